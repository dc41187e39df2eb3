# 900-quickstart.t: packaging/quickstart from its start to Ctrl-C, and again,
# in a tree of its own; what its links open is t/page/600-quickstart.t's.
. "${SRCDIR:?}/t/it/lib.sh"

trap it_stop EXIT
trap 'exit 1' INT TERM HUP
T=$(mktemp -d /tmp/bobbin-it.XXXXXX) || _bail 'no directory'
chmod 711 "$T"		# PostgreSQL's user works below it
tree=$T/tree
var=$tree/var
mkdir -p "$T/bin" "$var"
cp -R "$top/packaging" "$top/nginx" "$top/sql" "$top/configure.ac" "$tree"
chmod -R u+w "$tree"
# It is built already.
ln -s "$BUILDDIR" "$var/build"
cp -p "$top/configure" "$tree"
touch "$tree/configure"
ln -s "$var/run/log" "$T/log"

# Where all is installed nothing is to be; elsewhere it is not for a test to do.
. "$top/packaging/deps.sh"
missing=$(deps_missing $deps_build $deps_run)
[ -z "$missing" ] || _bail "not installed:" $missing
for p in apt-get sudo; do
	printf '#!/bin/sh\necho "$0 $*" >>"%s"\nexit 1\n' "$T/installed" \
	    >"$T/bin/$p"
	chmod 755 "$T/bin/$p"
done

# _begin [ARGUMENTS]: in a session of its own, as a terminal has it: there
# Ctrl-C is not ignored, as in the background of a script.
_begin() {
	env -u MAKEFLAGS -u MAKELEVEL PATH="$T/bin:$PATH" perl -MPOSIX=setsid \
	    -e 'setsid; $SIG{INT} = "DEFAULT"; exec @ARGV' \
	    "$tree/packaging/quickstart" "$@" >"$T/out" 2>&1 </dev/null &
	quickstart=$!
	it_pids=$quickstart
	# Longer than others: it makes a database.
	_wait_for _is_up || _wait_for _is_up || _wait_for _is_up ||
	    _wait_for _is_up || _bail "$(cat "$T/out")"
	. "$var/quickstart.env"
	url=$BOBBIN_URL
	for n in ALICE BOB AGENT ADMIN; do
		eval "printf %s \"\$BOBBIN_TOKEN_$n\"" \
		    >"$T/token.$(echo $n | tr '[:upper:]' '[:lower:]')"
	done
}

_is_up() {
	[ -s "$var/quickstart.env" ] && return
	kill -0 "$quickstart" 2>/dev/null || return 9
	return 1
}

# Its servers have sessions of their own, but work below the tree.
_processes() {
	ps -o pid= -s "$quickstart"
	find /proc/[0-9]* -maxdepth 1 -name cwd -lname "$tree/*" 2>/dev/null
}

_is_gone() { [ -z "$(_processes)" ]; }

_sockets() { find "$var/run/" -type s; }

# Ctrl-C goes to all that the terminal knows of.
_interrupt() {
	kill -s INT -- "-$quickstart" || flunk 'it was gone already'
	wait "$quickstart"
	is $? 0 'its exit status'
	it_pids=
	_wait_for _is_gone || flunk "left: $(_processes)"
}

_begin --no-demo --port "$(free_port)"
secret "$BOBBIN_HS256_SECRET"
run=00000000-0000-4000-8000-00000000000a

it_installs_nothing_that_is_there() {
	[ ! -e "$T/installed" ] || flunk "$(cat "$T/installed")"
}

it_writes_eight_names_for_nobody_else() {
	is "$(sed "s/=.*//" "$var/quickstart.env" | xargs)" \
	    'BOBBIN_URL BOBBIN_TOKEN_ALICE BOBBIN_TOKEN_BOB BOBBIN_TOKEN_AGENT BOBBIN_TOKEN_ADMIN BOBBIN_HS256_SECRET DATABASE_URL BOBBIN_APP_DATABASE_URL' names
	is "$(stat -c %a "$var/quickstart.env")" 600 mode
	grep -qF "bobbin is at $BOBBIN_URL" "$T/out" || flunk "$(cat "$T/out")"
	grep -qF "as Bob    $BOBBIN_URL/#token=$BOBBIN_TOKEN_BOB" "$T/out" ||
	    flunk 'no link for Bob'
}

without_a_demo_there_is_nothing() {
	for w in alice bob; do
		as $w get /chat-threads
		status_is 200
		json_is '[.total_count, .threads]' '[0,[]]'
	done
	is "$(psql -XAtq "$DATABASE_URL" \
	    -c "SELECT to_regclass('checkpoints')")" '' 'LangGraph'
}

every_token_works() {
	as alice post /chat/kept/runs '{"prompt":"kept","run_id":"'$run'"}'
	status_is 201
	as alice get /chat-threads
	json_is .total_count 1
	as bob get /chat-threads
	json_is .total_count 0
	# What is an administrator's.
	as bob get /debug/run-id/$run
	json_is .exists_in_database false
	as admin get /debug/run-id/$run
	json_is .exists_in_database true
	# What is an agent's.
	for w in alice admin agent; do
		as $w get /api/users/alice@example.com/api-keys/raw \
		    -H 'X-Bobbin-On-Behalf-Of: alice@example.com'
		[ $w = agent ] && status_is 200 || status_is 403
	done
}

the_secret_signs() {
	env -i PATH="$PATH" JWT_HS256_SECRET="$BOBBIN_HS256_SECRET" \
	    "$bobbin" token --ttl 60 alice@example.com >"$T/token.forged" ||
	    flunk 'no token'
	as forged get /chat-threads
	json_is .total_count 1
}

# By itself, the workers' role sees nobody's rows.
the_addresses_lead_to_their_roles() {
	is "$(psql -XAtq "$DATABASE_URL" \
	    -c 'SELECT current_user, count(*) FROM threads')" 'bobbin_owner|1'
	is "$(psql -XAtq "$BOBBIN_APP_DATABASE_URL" \
	    -c 'SELECT current_user, count(*) FROM threads')" 'bobbin_app|0'
}

a_second_one_beside_it_is_refused() {
	PATH=$T/bin:$PATH timeout -k 10 60 "$tree/packaging/quickstart" \
	    >"$T/second" 2>&1
	is $? 1 'exit status'
	is "$(cat "$T/second")" "quickstart: already running in $var"
	[ -s "$var/quickstart.env" ] || flunk 'the first one lost its file'
	as alice get /chat-threads
	status_is 200
}

a_thread_is_there_after_ctrl_c_and_nothing_else() {
	# Else the look for what is left would see nothing either.
	[ "$(_processes | wc -l)" -ge 6 ] || flunk "few: $(_processes)"
	[ "$(_sockets | wc -l)" -ge 4 ] || flunk "few: $(_sockets)"
	before=$BOBBIN_TOKEN_ALICE
	_interrupt
	tail -n 1 "$T/out" | grep -qx stopping || flunk "$(tail "$T/out")"
	is "$(_sockets)" '' sockets
	[ ! -e "$var/quickstart.env" ] || flunk 'its file is there'
	_begin
	for t in "$before" "$BOBBIN_TOKEN_ALICE"; do
		printf %s "$t" >"$T/token.alice"
		as alice get /chat-threads
		json_is '[.threads[].thread_id]' '["kept"]'
	done
	as bob get /chat-threads
	json_is .total_count 0
}

it_run
