# 330-cli.t: every subcommand, its exit status, and what reaches the log.
. "${SRCDIR:?}/t/it/lib.sh"

it_conf='LOG_LEVEL = debug'
it_start

# _run STATUS ARGUMENTS: with nothing of the test's in the environment.
_run() {
	want=$1
	shift
	(cd "$T" && env -i PATH="$PATH" ${with+"$with"} "$bobbin" "$@") \
	    </dev/null >"$T/out" 2>"$T/err"
	is $? "$want" "status of $*"
}

_out_has() { grep -qF -e "$1" "$T/out" || flunk "no \"$1\" in: $(cat "$T/out")"; }
_err_has() { grep -qF -e "$1" "$T/err" || flunk "no \"$1\" in: $(cat "$T/err")"; }

_commands() {
	"$bobbin" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'
}

every_command_helps() {
	[ "$(_commands | grep -c .)" -ge 8 ] || flunk "few: $(_commands)"
	for c in $(_commands); do
		_run 0 "$c" --help
		_out_has "usage: bobbin $c"
		is "$(cat "$T/err")" '' 'standard error'
	done
	_run 0 --help
	_run 0 --version
	grep -qE '^bobbin [0-9]+\.[0-9]+\.[0-9]+$' "$T/out" ||
	    flunk "$(cat "$T/out")"
}

a_bad_option_is_64() {
	for c in $(_commands); do
		_run 64 "$c" --nonsense
		_err_has "usage: bobbin $c"
		is "$(cat "$T/out")" '' 'standard output'
		[ "$c" = token ] || _run 64 "$c" nonsense-word
	done
	_run 64
	_run 64 nonsense
	_err_has 'no such command: nonsense'
	_run 64 jobs --once nonsense -c "$T/bobbin.conf"
	_err_has 'feedback, jwks, sweep'
	_run 64 jobs --list --requeue
	_run 64 token
	_run 64 token --ttl 0 a@example.com
	_run 64 token a@example.com b@example.com
}

a_missing_file_is_78() {
	for c in serve jobs check config; do
		_run 78 $c -c "$T/nowhere.conf"
		_err_has "$T/nowhere.conf: No such file"
	done
	_run 78 token -c "$T/nowhere.conf" a@example.com
	_run 78 migrate -c "$T/nowhere.conf" current
}

config_masks_secrets_and_names_sources() {
	hidden=do-not-show-this-do-not-show-this-x
	cat >"$T/c.conf" <<-X
		JWT_HS256_SECRET = $hidden
		DATABASE_URL = postgresql://u:$hidden@h/d
		LANGCHAIN_API_KEY = $hidden
		BOBBIN_WORKERS = 7
		LOG_LEVEL = debug
	X
	with=LOG_LEVEL=warn
	_run 0 config -c "$T/c.conf"
	unset with
	! grep -F "$hidden" "$T/out" || flunk "a secret is shown"
	_out_has 'BOBBIN_WORKERS = 7  # file'
	_out_has 'LOG_LEVEL = warn  # environment'
	_out_has 'DATABASE_TIMEOUT_MS = 8000  # default'
	_out_has '# LOG_FILE (not set)  # default'
	grep -qE '^JWT_HS256_SECRET = .*  # file$' "$T/out" ||
	    flunk "the secret is not listed"
	# Every option of the table, once.
	sed -n 's/^O([A-Z]*, *\([A-Z0-9_]*\),.*/\1/p' \
	    "$top/src/base/options.h" | sort >"$T/options"
	sed -nE 's/^(# )?([A-Z0-9_]+) [=(].*/\2/p' "$T/out" | sort |
	    diff - "$T/options" >"$T/differ" || flunk "$(cat "$T/differ")"
}

the_environment_names_the_file() {
	with=BOBBIN_CONF=$T/c.conf
	_run 0 config
	unset with
	_out_has 'BOBBIN_WORKERS = 7  # file'
}

# _bad LINE TEXT: as the third line of a file.
_bad() {
	printf '# one\nBOBBIN_WORKERS = 2\n%s\n' "$1" >"$T/bad.conf"
	_run 78 config -c "$T/bad.conf"
	_err_has "$2"
	! grep -F zecret "$T/err" || flunk "a value is shown"
}

a_bad_line_is_named() {
	_bad 'NO_SUCH = zecret' "bad.conf:3: no option has the name NO_SUCH"
	_bad 'BOBBIN_WORKERS = 3' 'bad.conf:3: BOBBIN_WORKERS is set twice'
	_bad '[section]' 'bad.conf:3: there are no [sections]'
	_bad 'zecret' 'bad.conf:3: not of the form NAME = value'
	_bad 'JWT_ISSUER = a ; b' 'bad.conf:3: a comment needs a line of its own'
	_bad "JWT_ISSUER = $(head -c 300 /dev/zero | tr '\0' x)" \
	    'bad.conf:3: longer than'
	_bad 'BOBBIN_SLOW_WORKERS = many' 'BOBBIN_SLOW_WORKERS (file): must be'
	_bad 'DATABASE_PREPARE = perhaps' 'DATABASE_PREPARE (file)'
	_bad 'JWT_HS256_SECRET = zecret' 'JWT_HS256_SECRET (file)'
	_bad 'INITIAL_FOLLOWUP_PROMPTS = []' 'INITIAL_FOLLOWUP_PROMPTS (file)'
}

# --- check

# _check STATUS LINES: with the test's own file, changed by sed.
_check() {
	sed "$2" "$T/bobbin.conf" >"$T/check.conf"
	_run "$1" check -c "$T/check.conf"
}

# Another kernel may have another limit; that line is judged by itself.
_bad_is() {
	grep '^BAD' "$T/out" | grep -v somaxconn >"$T/bad" || :
	if [ -z "$1" ]; then
		is "$(cat "$T/bad")" '' 'what is BAD'
	else
		grep -qE "$1" "$T/bad" || flunk "no $1 in: $(cat "$T/out")"
	fi
}

_somaxconn() {
	[ "$(cat /proc/sys/net/core/somaxconn)" -lt 4096 ] && echo 78 ||
	    echo 0
}

check_says_that_all_is_well() {
	_check "$(_somaxconn)" ''
	_bad_is ''
	_out_has 'ok    tokens: 1 usable keys'
	_out_has 'ok    database: reachable'
	grep -q '^ok    all [0-9]* statements prepare' "$T/out" ||
	    flunk "$(cat "$T/out")"
	! grep -vE '^(ok   |BAD  |warn ) ' "$T/out" || flunk "another line"
	! grep '^warn' "$T/out" || flunk "a doubt"
}

# _doubts LINES TEXT: what it warns of, with a key set and these lines.
_doubts() {
	_check "$(_somaxconn)" "s|^\(JWT_HS256.*\)|JWT_JWKS_FILE = \
$T/one.jwks\n$1|"
	_bad_is ''
	_out_has 'ok    tokens: '
	is "$(sed -n 's/^warn  tokens: \([^:]*\):.*/\1/p' "$T/out")" "$2" \
	    "what '$1' makes doubtful"
}

check_warns_of_who_else_could_sign() {
	any='neither JWT_ISSUER nor JWT_AUDIENCE is set'
	old='JWT_HS256_SECRET is set beside JWT_JWKS_FILE'
	cat >"$T/one.jwks" <<-'X'
		{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"one","x":
		"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}
	X
	_doubts '' "$any"
	_doubts 'JWT_ISSUER = https://id.example' ''
	_doubts 'JWT_AUDIENCE = bobbin' ''
	_doubts '\1' "$any
$old"
	_doubts 'JWT_AUDIENCE = bobbin\n\1' "$old"
}

check_fails_for_what_is_wrong() {
	_check 78 's|^BOBBIN_APP_.*|BOBBIN_APP_DATABASE_URL = postgresql:///x?host=/nowhere|'
	_bad_is '^BAD   database: not reachable'
	_check 78 '/DATABASE_URL/d'
	_bad_is '^BAD   database: .*DATABASE_URL is not set'
	_check 78 '/JWT_HS256/d'
	_bad_is '^BAD   tokens: 0 usable keys'
	_check 78 "s|^JWT_HS256.*|JWT_JWKS_FILE = $T/no.jwks|"
	_bad_is '^BAD   tokens: 0 usable keys'
	echo '{"keys":[]}' >"$T/empty.jwks"
	_check 78 "s|^JWT_HS256.*|JWT_JWKS_FILE = $T/empty.jwks|"
	_bad_is '^BAD   tokens: 0 usable keys'
	_check 78 's|^JWT_HS256.*|JWT_JWKS_URL = https://keys.invalid/|'
	_bad_is 'JWT_JWKS_URL needs JWT_JWKS_FILE'
	_check 78 's|^\(JWT_HS256_SECRET =\).*|\1 short|'
	_err_has 'must have 32 bytes'
	for role in postgres bobbin_owner; do
		_check 78 "s|^BOBBIN_APP_.*|BOBBIN_APP_DATABASE_URL = $(pg_url \
		    $role)|"
		_bad_is 'role may do too much'
	done
	sql 'ALTER TABLE threads NO FORCE ROW LEVEL SECURITY'
	_check 78 ''
	_bad_is '^BAD   schema: row security is forced, on tables that are not'
	sql 'ALTER TABLE threads FORCE ROW LEVEL SECURITY'
	_check 78 "s|^BOBBIN_APP_.*|BOBBIN_APP_DATABASE_URL = $(pg_url bobbin_jobs)|"
	_bad_is '^BAD   role: has the rights of workers'
	sql 'ALTER ROLE bobbin_app IN DATABASE bobbin RESET search_path'
	_check 78 ''
	_bad_is '^BAD   role: settings'
	sql 'ALTER ROLE bobbin_app IN DATABASE bobbin
	    SET search_path = public, pg_temp'
	sql 'INSERT INTO bobbin_migrations VALUES (9999, $$later$$)'
	_check 78 ''
	_bad_is '^BAD   schema: version 9999'
	_run 65 migrate -c "$T/bobbin.conf" upgrade
	sql 'DELETE FROM bobbin_migrations WHERE version = 9999'
	_check "$(_somaxconn)" ''
}

check_knows_a_database_without_a_schema() {
	pg_sql postgres -c 'CREATE DATABASE bare' >/dev/null
	_check 78 "s|@/bobbin?|@/bare?|"
	_bad_is '^BAD   (schema|statement)'
	bobbin_run routes >/dev/null
	pg_sql postgres -c 'DROP DATABASE bare' >/dev/null
}

# --- The other commands

routes_are_the_same_in_both_forms() {
	_run 0 routes --json
	jq -r '.[] | .method + " " + .path' "$T/out" >"$T/json.routes" ||
	    flunk "no JSON"
	jq -e 'all(.[]; has("access") and has("max_body") and has("help"))' \
	    "$T/out" >/dev/null || flunk "a member is missing"
	_run 0 routes
	awk '{ print $2, $3 }' "$T/out" | diff - "$T/json.routes" \
	    >"$T/differ" || flunk "$(cat "$T/differ")"
}

a_token_opens_the_door() {
	_run 0 token -c "$T/bobbin.conf" --ttl 60 --sub s1 Token@Example.com
	is "$(wc -l <"$T/out")" 1 lines
	cp "$T/out" "$T/token.minted"
	get /chat-threads -H "Authorization: Bearer $(cat "$T/out")"
	status_is 200
	get /debug/run-id/x -H "Authorization: Bearer $(cat "$T/out")"
	status_is 200
	_run 78 token -c "$T/empty.conf" a@example.com
	: >"$T/empty.conf"
	_run 78 token -c "$T/empty.conf" a@example.com
	_err_has JWT_HS256_SECRET
	_run 64 token -c "$T/bobbin.conf" "$(head -c 256 /dev/zero |
	    tr '\0' x)"
	_run 65 token -c "$T/bobbin.conf" --sub "$(head -c 20000 /dev/zero |
	    tr '\0' x)" a@example.com
	_err_has 'the token would be longer'
}

jobs_show_the_queue() {
	_run 0 jobs -c "$T/bobbin.conf" --list
	is "$(awk '{ print $1, $2 }' "$T/out" | tr '\n' ,)" \
	    'pending 0,delivered 0,dead 0,' list
	_run 0 jobs -c "$T/bobbin.conf" --requeue
	is "$(cat "$T/out")" 0 requeued
}

without_a_database_each_says_so() {
	sed 's|host=[^ ]*|host=/nowhere|' "$T/bobbin.conf" >"$T/none.conf"
	_run 1 jobs -c "$T/none.conf" --list
	_err_has 'database: unavailable'
	_run 1 jobs -c "$T/none.conf" --once sweep
	_run 69 migrate -c "$T/none.conf" upgrade
	sed '/DATABASE_URL/d' "$T/bobbin.conf" >"$T/none.conf"
	for args in '--list' '--requeue' '--once sweep'; do
		_run 78 jobs -c "$T/none.conf" $args
	done
	_run 78 migrate -c "$T/none.conf" current
}

serve_says_why_it_will_not() {
	sed "/^LOG_FILE/d; s|^BOBBIN_S[A-Z_]*SOCKET.*||; s|^BOBBIN_SOCKET.*||" \
	    "$T/bobbin.conf" >"$T/serve.conf"
	if [ "$(id -u)" = 0 ]; then
		_run 78 serve -c "$T/serve.conf" --socket "$T/q" \
		    --slow-socket "$T/s1"
		_err_has 'started as root: set BOBBIN_USER'
		echo 'BOBBIN_USER = no-such-user' >>"$T/serve.conf"
		_run 67 serve -c "$T/serve.conf" --socket "$T/q" \
		    --slow-socket "$T/s1"
	fi
	_run 73 serve -c "$T/serve.conf" --socket "$T/bobbin.sock" \
	    --slow-socket "$T/s1"
	_err_has "$T/bobbin.sock is taken"
	_run 73 serve -c "$T/serve.conf" --socket "$T/no/where"
	_run 78 serve -c "$T/serve.conf" --workers 0
	_err_has 'BOBBIN_WORKERS (environment)'
	[ ! -e "$T/q" ] && [ ! -e "$T/s1" ] || flunk "a socket stayed"
}

# --- The log

a_line_has_its_parts() {
	secret 'a prompt that nobody may read'
	secret 'a-client-token'
	as alice post /chat/logged/runs \
	    '{"prompt":"a prompt that nobody may read"}' \
	    -H 'X-Request-Id: rid-of-alice'
	as alice get /chat-threads -H 'X-Request-Id: rid-again'
	as bob get /chat-threads -H 'X-Request-Id: rid-of-bob'
	get /chat-threads -H 'Authorization: Bearer a-client-token' \
	    -H 'X-Request-Id: rid-of-nobody'
	as agent post /chat/agents/runs '{"prompt":"x"}' \
	    -H 'X-Bobbin-On-Behalf-Of: alice@example.com'
	status_is 201
	as alice request POST /sentiment -H 'Content-Type: application/json' \
	    -d '{"run_id":"a prompt that nobody may read"}'
	digest='[0-9a-f]{12}'
	stamp='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z'
	! grep -vE "^$stamp (error|warn|info|debug) [0-9]+ (master|worker|slow|\
jobs|cgi) (rid=[A-Za-z0-9._~-]+ )?(owner=$digest )?[^ ]" "$T/log/bobbin.log" ||
	    flunk "another form of line"
	for r in alice again bob; do
		case $r in again) ;; *) r=of-$r ;; esac
		sed -nE "s/.* rid=rid-$r owner=($digest) .*/\1/p" \
		    "$T/log/bobbin.log" | tail -n 1 >"$T/digest.$r"
		[ -s "$T/digest.$r" ] || flunk "no owner of rid-$r"
	done
	cmp -s "$T/digest.of-alice" "$T/digest.again" ||
	    flunk "one owner, two digests"
	! cmp -s "$T/digest.of-alice" "$T/digest.of-bob" ||
	    flunk "two owners, one digest"
	grep 'rid=rid-of-nobody' "$T/log/bobbin.log" | grep -q owner= &&
	    flunk "a forged token has an owner"
	grep -q ' info .*agent write: POST /chat/{thread_id}/runs sub=' \
	    "$T/log/bobbin.log" || flunk "an agent's write is not logged"
}

a_forged_line_stays_one_line() {
	before=$(wc -l <"$T/log/bobbin.log")
	get "/x%0A2026-01-01T00:00:00.000000Z%20error%201%20master%20forged"
	get /x -H "X-Request-Id: a$(printf '\001')b"
	! grep -E '^2026-01-01' "$T/log/bobbin.log" || flunk "it does"
	! grep -aP '[\x00-\x08\x0b-\x1f\x7f]' "$T/log/bobbin.log" ||
	    flunk "a control character"
}

it_run
