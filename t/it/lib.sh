# lib.sh: sourced: end-to-end tests in TAP.
#
#	. "${SRCDIR:?}/t/it/lib.sh"
#	it_start
#	a_thread_of_somebody_else_is_empty() {
#		as bob get /chat/plans/run-ids
#		status_is 200
#	}
#	it_run
#
# it_start runs a PostgreSQL, a bobbin and an nginx of this file's own in $T.
# it_run runs every function of the file whose name does not begin with _, in
# the order they stand there; a test fails when one of its checks does, when
# it returns nonzero, or when the server does not answer afterwards.
#
# Set before it_start:
#	it_conf		lines for bobbin.conf
#	it_args		further arguments of `bobbin serve`
#	it_site		a sed script for nginx's site
#	it_agent=yes	run agent.pl behind @agent

export LC_ALL=C.UTF-8
top=$SRCDIR
bobbin=${BOBBIN:?}
. "$top/packaging/private.sh"

it_secret=it-0123456789abcdef0123456789abcdef-secret
it_origin=https://app.example.com
it_file=$0
it_conf= it_args= it_site= it_agent=
bobbin_pid= nginx_pid= agent_pid=
it_pids=		# more, which it_stop ends
who=

# --- Start and stop

it_start() {
	trap it_stop EXIT
	trap 'exit 1' INT TERM HUP
	it_tmp=${TMPDIR:-/tmp}
	[ ${#it_tmp} -le 40 ] || it_tmp=/tmp	# sockets' names are short
	T=$(mktemp -d "$it_tmp/bobbin-it.XXXXXX") || _bail "no directory"
	priv_init "$T" || _bail "no place for PostgreSQL"
	_database || _bail "PostgreSQL did not start"
	_write_conf
	start_bobbin || _bail "bobbin did not start"
	[ -z "$it_agent" ] || start_agent
	_site || _bail "nginx did not start"
	alive || _bail "no answer: $(cat "$T/status" 2>/dev/null)"
}

it_stop() {
	it_status=$?
	trap '' INT TERM HUP
	[ -n "$T" ] || return
	[ -z "$nginx_pid" ] || priv_kill "$nginx_pid"
	[ -z "$agent_pid" ] || priv_kill "$agent_pid"
	for it_pid in $it_pids; do
		priv_kill "$it_pid"
	done
	[ -z "$bobbin_pid" ] || priv_kill "$bobbin_pid"
	pg_down immediate
	[ -n "$IT_KEEP" ] || rm -rf "$T"
	exit $it_status
}

_bail() {
	for it_log in "$T"/log/*; do
		[ ! -f "$it_log" ] || tail -n 20 "$it_log" | sed 's/^/# /'
	done
	echo "Bail out! $*"
	exit 1
}

# A copy of a migrated cluster, which the first test of a build makes.
_database() {
	it_key=$(cat "$bobbin" "$top/sql/roles.sql" | cksum | cut -d ' ' -f 1)
	it_template=$BUILDDIR/t/it/pgtemplate.$it_key
	mkdir -p "$BUILDDIR/t/it"
	(
		flock 8
		[ -d "$it_template" ] || _make_template
	) 8>"$BUILDDIR/t/it/pgtemplate.lock" || return 1
	cp -a "$it_template" "$T/pg" && _pg_up
}

_pg_up() {
	pg_up "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
}

_make_template() {
	rm -rf "$BUILDDIR"/t/it/pgtemplate.[0-9]*
	pg_create && _pg_up && pg_setup &&
	    _write_conf && bobbin_run migrate upgrade >"$T/log/migrate" 2>&1 &&
	    pg_down && cp -a "$T/pg" "$it_template.new" &&
	    mv "$it_template.new" "$it_template" && rm -rf "$T/pg" || {
		cat "$T/log/migrate" >&2 2>/dev/null
		return 1
	}
}

_write_conf() {
	bobbin_conf <<-X
		JWT_HS256_SECRET = $it_secret
		CORS_ALLOWED_ORIGINS = $it_origin
		BOBBIN_WORKERS = 2
		BOBBIN_SLOW_WORKERS = 1
		$(! grep -aq __asan_init "$bobbin" ||
		    echo BOBBIN_MEMORY_MB = 1048576)
		$([ -z "$it_agent" ] || echo AGENT_LOCATION = @agent)
		$it_conf
	X
}

_site() {
	for it_try in 1 2 3 4 5; do
		port=$(free_port)
		nginx_conf "$port" "unix:$T/agent.sock"
		sed -i -e "s|# \"$it_origin\"|\"$it_origin\"|" -e "$it_site" \
		    "$T/nginx/site.conf"
		url=http://127.0.0.1:$port
		nginx_up
		_wait_for _answers && return 0
		priv_kill "$nginx_pid"
	done
	return 1
}

_answers() {
	kill -0 "$nginx_pid" 2>/dev/null || return 9
	curl -sS -m 5 -o /dev/null "$url/" 2>/dev/null
}

# Its changed configuration, for every request from now on: an old worker may
# still accept some.
nginx_reload() {
	it_old=$(pgrep -P "$nginx_pid")
	kill -HUP "$nginx_pid"
	_wait_for _old_are_gone
}

_old_are_gone() {
	for it_pid in $it_old; do
		! kill -0 "$it_pid" 2>/dev/null || return 1
	done
}

# _wait_for COMMAND...: until it succeeds; 9 means that it never will.
_wait_for() {
	it_n=0
	until "$@"; do
		[ $? -ne 9 ] && [ $it_n -lt 200 ] || return 1
		it_n=$((it_n + 1))
		sleep 0.05
	done
}

start_bobbin() {
	bobbin_up $it_args
	_wait_for _listens
}

_listens() {
	[ -S "$T/bobbin.sock" ] && return 0
	kill -0 "$bobbin_pid" 2>/dev/null || return 9
	return 1
}

stop_bobbin() {
	priv_kill "$bobbin_pid" "${1:-TERM}"
	wait "$bobbin_pid" 2>/dev/null
	bobbin_pid=
}

start_agent() {
	perl "$top/t/it/agent.pl" "$T" &
	agent_pid=$!
	_wait_for test -S "$T/agent.sock"
}

stop_agent() {
	priv_kill "$agent_pid"
	rm -f "$T/agent.sock"
	agent_pid=
}

# --- Requests; what came back is in $T/status, headers and body

# as NAME get PATH...: with a token of NAME@example.com; agent and admin have
# the scope of that name.
as() {
	who=$1
	shift
	"$@"
	it_rc=$?
	who=
	return $it_rc
}

token_of() {
	[ -s "$T/token.$1" ] || case $1 in
	agent | admin)
		bobbin_run token --ttl 3600 --scope "bobbin:$1" \
		    --sub "sub-of-$1" "$1@example.com" ;;
	*)	bobbin_run token --ttl 3600 "$1@example.com" ;;
	esac >"$T/token.$1"
	cat "$T/token.$1"
}

# request METHOD PATH [curl's arguments]
request() {
	it_method=$1 it_path=$2
	echo "$1 $2" >"$T/asked"	# a pipeline's variables are lost
	shift 2
	for it_f in status headers body; do
		[ ! -e "$T/$it_f" ] || mv "$T/$it_f" "$T/$it_f.before"
	done
	: >"$T/body"
	[ -z "$who" ] || set -- -H "Authorization: Bearer $(token_of "$who")" "$@"
	[ "$it_method" != HEAD ] || set -- -I "$@"
	curl -sS -m 30 --path-as-is -X "$it_method" -H Expect: \
	    -D "$T/headers" -o "$T/body" -w '%{http_code}' "$@" \
	    "$url$it_path" >"$T/status" 2>"$T/curl.err" ||
	    flunk "curl: $(cat "$T/curl.err")"
}

get() { request GET "$@"; }
head_() { request HEAD "$@"; }
delete() { request DELETE "$@"; }

# post PATH JSON [curl's arguments]; "@file" and "@-" as curl has them.
post() { _with_body POST "$@"; }
put() { _with_body PUT "$@"; }
patch() { _with_body PATCH "$@"; }

_with_body() {
	it_m=$1 it_p=$2 it_b=$3
	shift 3
	request "$it_m" "$it_p" -H 'Content-Type: application/json' \
	    --data-binary "$it_b" "$@"
}

# --- Checks

# Says why the test at hand failed; the test goes on.
flunk() {
	printf '%s\n' "$*" | sed 's/^/# /'
	echo x >>"$T/failed"
	return 1
}

skip() {
	echo "$*" >"$T/skipped"
}

status() {
	cat "$T/status"
}

status_is() {
	[ "$(status)" = "$1" ] ||
	    flunk "$(cat "$T/asked"): status $(status), not $1:" \
		"$(head -c 300 "$T/body")"
}

body_is() {
	printf %s "$1" | cmp -s - "$T/body" ||
	    flunk "body is not: $1
but: $(head -c 500 "$T/body")"
}

body_has() {
	grep -qF -e "$1" "$T/body" ||
	    flunk "body lacks: $1
it is: $(head -c 500 "$T/body")"
}

# json_is EXPRESSION VALUE: what jq makes of the body, compact.
json_is() {
	it_got=$(jq -c "$1" "$T/body" 2>&1)
	[ "$it_got" = "$2" ] || flunk "$1 is $it_got, not $2"
}

field() {
	jq -r ".$1" "$T/body"
}

# header NAME: its values, one a line.
header() {
	tr -d '\r' <"$T/headers" | awk -v want="$1" '
	    { i = index($0, ":") }
	    i && tolower(substr($0, 1, i - 1)) == tolower(want) {
		    v = substr($0, i + 1); sub(/^ */, "", v); print v }'
}

header_is() {
	it_got=$(header "$1")
	[ "$it_got" = "$2" ] || flunk "header $1 is \"$it_got\", not \"$2\""
}

header_like() {
	header "$1" | grep -qE -e "$2" ||
	    flunk "header $1 is \"$(header "$1")\", not like $2"
}

no_header() {
	[ -z "$(header "$1")" ] || flunk "header $1 is \"$(header "$1")\""
}

# Status and body of the last two answers are the same.
same_body_as_before() {
	cmp -s "$T/status" "$T/status.before" &&
	    cmp -s "$T/body" "$T/body.before" ||
	    flunk "before: $(cat "$T/status.before") $(cat "$T/body.before")
now: $(status) $(cat "$T/body")"
}

is() {
	[ "$1" = "$2" ] || flunk "${3:-value} is \"$1\", not \"$2\""
}

# sql STATEMENT: as superuser; sql_as ROLE STATEMENT.
sql() { pg_sql postgres -c "$1"; }
sql_as() { pg_sql "$1" -c "$2"; }

# A line for each of bobbin's tables, another one after any change.
rows() {
	pg_sql postgres <<-'X'
	SELECT format('SELECT %L, md5(coalesce(string_agg(t::text, chr(10)
	       ORDER BY t::text), '''')) FROM %I t', tablename, tablename)
	  FROM pg_tables WHERE schemaname = 'public' ORDER BY 1 \gexec
	X
}

# From remember_rows to nothing_changed no table changes.
remember_rows() { rows >"$T/rows"; }

nothing_changed() {
	rows >"$T/rows.now"
	[ -s "$T/rows" ] && cmp -s "$T/rows" "$T/rows.now" ||
	    flunk "$(cat "$T/asked") changed rows: $(diff "$T/rows" \
		"$T/rows.now" | sed -n 's/^> \([a-z_]*\).*/\1/p' | xargs)"
}

# LangGraph's tables, as its saver makes them, in the test's database.
langgraph_tables() {
	pg_sql postgres <<-'X'
	CREATE TABLE checkpoints (thread_id text NOT NULL,
	    checkpoint_ns text NOT NULL DEFAULT '', checkpoint_id text NOT NULL,
	    parent_checkpoint_id text, type text, checkpoint jsonb NOT NULL,
	    metadata jsonb NOT NULL DEFAULT '{}',
	    PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id));
	CREATE TABLE checkpoint_blobs (thread_id text NOT NULL,
	    checkpoint_ns text NOT NULL DEFAULT '', channel text NOT NULL,
	    version text NOT NULL, type text NOT NULL, blob bytea,
	    PRIMARY KEY (thread_id, checkpoint_ns, channel, version));
	CREATE TABLE checkpoint_writes (thread_id text NOT NULL,
	    checkpoint_ns text NOT NULL DEFAULT '', checkpoint_id text NOT NULL,
	    task_id text NOT NULL, idx integer NOT NULL, channel text NOT NULL,
	    type text, blob bytea NOT NULL, task_path text NOT NULL DEFAULT '',
	    PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id, task_id, idx));
	GRANT SELECT, DELETE ON checkpoints, checkpoint_blobs,
	    checkpoint_writes TO bobbin_app;
	X
}

# langgraph_rows THREAD: a conversation of one prompt and its answer.
langgraph_rows() {
	pg_sql postgres -v t="$1" <<-'X'
	INSERT INTO checkpoints (thread_id, checkpoint_id,
	       parent_checkpoint_id, checkpoint, metadata) VALUES
	(:'t', '1f0a0000-0000-6000-8000-000000000001', NULL,
	 '{"v":4,"id":"1f0a0000-0000-6000-8000-000000000001",
	   "ts":"2026-01-01T10:00:00+00:00","versions_seen":{},
	   "channel_values":{"__start__":{"prompt":"x"}},
	   "channel_versions":{"__start__":"1"}}',
	 '{"source":"input","step":-1}'),
	(:'t', '1f0a0000-0000-6000-8000-000000000002',
	 '1f0a0000-0000-6000-8000-000000000001',
	 '{"v":4,"id":"1f0a0000-0000-6000-8000-000000000002",
	   "ts":"2026-01-01T10:00:01+00:00","versions_seen":{},
	   "channel_values":{"prompt":"x","final_answer":"y"},
	   "channel_versions":{"__start__":"2","prompt":"2",
	   "final_answer":"2"}}', '{"source":"loop","step":0}');
	INSERT INTO checkpoint_blobs VALUES
	(:'t', '', 'messages', '2', 'empty', NULL);
	INSERT INTO checkpoint_writes VALUES
	(:'t', '', '1f0a0000-0000-6000-8000-000000000002', 'task', 0,
	 'final_answer', 'null', ''),
	(:'t', '', '1f0a0000-0000-6000-8000-000000000002', 'task', 1,
	 'final_answer', 'null', ''),
	(:'t', 'inner', '1f0a0000-0000-6000-8000-000000000003', 'task', 0,
	 'x', 'null', '');
	X
}

alive() {
	it_code=$(curl -sS -m 10 -o /dev/null -w '%{http_code}' \
	    "$url/health" 2>/dev/null)
	[ "$it_code" = 200 ]
}

# A text of this test that no log may hold.
secret() {
	printf '%s\n' "$1" >>"$T/secrets"
}

# --- The run

_no_secret_in_the_logs() {
	{
		printf '%s\n' "$it_secret" @example.com
		cat "$T"/token.* "$T/secrets" 2>/dev/null
	} | sed '/^$/d' >"$T/patterns"
	if grep -rnF -f "$T/patterns" --exclude=postgres.log \
	    --exclude=initdb.log "$T/log" >"$T/found"; then
		flunk "$(cut -c 1-300 "$T/found" | head -n 5)"
	fi
}

_no_sanitizer_complains() {
	if grep -rhE 'Sanitizer|runtime error:' "$T/log" >"$T/found"; then
		flunk "$(head -n 40 "$T/found")"
	fi
}

_one() {
	it_count=$((it_count + 1))
	rm -f "$T/failed" "$T/skipped"
	it_name=$(echo "${1#_}" | tr _ ' ')
	"$1" || echo x >>"$T/failed"
	if [ -z "$2" ] && ! alive; then
		flunk "the server does not answer after this"
	fi
	if [ -e "$T/failed" ]; then
		echo "not ok $it_count - $it_name"
		it_failed=$((it_failed + 1))
	elif [ -e "$T/skipped" ]; then
		echo "ok $it_count - $it_name # SKIP $(cat "$T/skipped")"
	else
		echo "ok $it_count - $it_name"
	fi
}

it_run() {
	it_count=0 it_failed=0
	it_tests=$(sed -nE 's/^([a-z0-9][a-z0-9_]*)\(\).*/\1/p' "$it_file")
	echo "1..$(($(echo "$it_tests" | grep -c .) + 2))"
	for it_t in $it_tests; do
		_one "$it_t"
	done
	stop_bobbin
	_one _no_secret_in_the_logs done
	_one _no_sanitizer_complains done
	if [ $it_failed -ne 0 ]; then
		tail -n 30 "$T/log/bobbin.log" "$T/log/bobbin.out" \
		    2>/dev/null | sed 's/^/# /'
	fi
	exit 0		# the TAP above tells; a status would count as one more
}
