# 320-database.t: a database that dies, waits, changes, moves, or is too kind.
. "${SRCDIR:?}/t/it/lib.sh"
. "$top/t/it/load.sh"

it_start
trap _all_stop EXIT
bouncer_pid=

_all_stop() {
	_all_status=$?
	[ -z "$bouncer_pid" ] || priv_kill "$bouncer_pid"
	[ ! -e "$T/b/postmaster.pid" ] && [ ! -e "$T/pg2/postmaster.pid" ] ||
	    _pg2_down
	(exit $_all_status)
	it_stop
}

# _restart LINES: bobbin, with these lines besides.
_restart() {
	stop_bobbin
	it_conf=$1
	_write_conf
	start_bobbin
	_wait_for _up
}

_up() {
	get /chat-threads
	[ "$(status)" = 401 ]
}

# _restart_as URL: with that database for the workers.
_restart_as() {
	stop_bobbin
	_write_conf
	sed -i "s|^\(BOBBIN_APP_DATABASE_URL =\).*|\1 $(echo "$1" |
	    sed 's/&/\\&/g')|" "$T/bobbin.conf"
	start_bobbin
	_wait_for _up
}

_reads() {
	as alice get /chat-threads
	[ "$(status)" = 200 ]
}

_is_unavailable() {
	status_is 503
	header_is Retry-After 5
	header_is Cache-Control no-store
	body_is '{"detail":"Database unavailable"}'
}

_backends() {
	sql "SELECT string_agg(pid::text, ' ' ORDER BY pid)
	    FROM pg_stat_activity WHERE usename = 'bobbin_app'"
}

killed_backend_is_replaced_unseen() {
	for i in 1 2 3 4 5 6; do
		_reads || flunk "before: $(status)"
		sql "SELECT pg_terminate_backend(pid, 5000)
		    FROM pg_stat_activity WHERE usename = 'bobbin_app'" \
		    >/dev/null
		as alice post "/chat/killed/runs" "{\"prompt\":\"$i\"}"
		status_is 201
	done
	is "$(sql "SELECT count(*) FROM users_threads_runs
	    WHERE thread_id = 'killed'")" 6 rows
}

# The client's own repetition, after it was left in doubt.
killed_backend_in_a_request_is_503_then_one_row() {
	run=22222222-0000-4000-8000-000000000001
	hold 'LOCK TABLE users_threads_runs'
	send doubt alice POST /chat/doubt/runs -d "{\"run_id\":\"$run\"}"
	_wait_for waiting 1 || flunk "no request waits"
	sql "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
	    WHERE usename = 'bobbin_app' AND wait_event_type = 'Lock'" \
	    >/dev/null
	reap doubt
	let_go
	ended_with doubt 503
	is "$(cat "$T/doubt.body")" '{"detail":"Database unavailable"}' body
	grep -qi '^Retry-After: 5' "$T/doubt.headers" || flunk "no Retry-After"
	for created in true false; do
		as alice post /chat/doubt/runs "{\"run_id\":\"$run\"}"
		json_is .created $created
	done
	is "$(sql "SELECT count(*) FROM users_threads_runs
	    WHERE thread_id = 'doubt'")" 1 rows
}

# What a route takes, if it takes something.
_body_of() {
	at='"created_at":"2026-01-01T00:00:00Z"'
	case $1 in
	'POST /analyze' | 'POST /analyze/stream')
		echo '{"prompt":"x","thread_id":"t"}' ;;
	'POST /stop-execution')
		echo '{"thread_id":"t","run_id":"'$id'"}' ;;
	'POST /sentiment')
		echo '{"run_id":"'$id'","sentiment":true}' ;;
	'POST /feedback')
		echo '{"run_id":"'$id'","feedback":1}' ;;
	*/tool-result)
		echo '{"tool_call_id":"t","status":"completed"}' ;;
	'POST /api/v1/'*/messages)
		echo '{"role":"user","content":"x"}' ;;
	'POST /api/v1/'*/tool-calls)
		echo '{"tool_id":"t","tool_name":"t"}' ;;
	'POST /api/v1/'*/checkpoints)
		echo '{"checkpoint_id":"c","state_data":{}}' ;;
	*/ingest)
		printf '{"sha256":"%064d","filename":"f","size":1}' 0 ;;
	'POST /api/threads/'*/messages)
		echo '{"message_id":"m","content":{"text":"x"}}' ;;
	*/api-keys)
		echo '{"openai_key":"sk-of-alice-0123456789"}' ;;
	'POST /chatkit')
		echo '{"type":"threads.list","params":{}}' ;;
	'PUT /chatkit/store/attachments/'*)
		echo '{"id":"'$id'","name":"x","mime_type":"x/y",
		    "type":"file"}' ;;
	'P'*' /chatkit/store/'*)
		echo '{"id":"'$id'","type":"x",'"$at"'}' ;;
	'P'*)	echo '{"title":"x"}' ;;
	esac
}

# Every row of the API, with a request that would get past its checks.
_every_route() {
	id=22222222-0000-4000-8000-000000000002
	"$BOBBIN" routes --json | jq -r '.[] | select(.access != "none") |
	    "\(.method) \(.access) \(.path)"' >"$T/all"
	while read -r method access path <&9; do
		url_path=$(echo "$path" |
		    sed "s/{user_id}/me/; s/{[^}]*}/$id/g; s/ids$/&?type=thread/")
		case $path in
		*/artifacts | */upload)
			set -- "$@" -H 'Content-Type: x/y' ;;
		/chatkit/attachments)
			set -- "$@" -F "file=@$T/all" ;;
		esac
		_route_asked "$@"
		set -- "$1"
	done 9<"$T/all"
}

# _route_asked FUNCTION [curl's arguments]
_route_asked() {
	fn=$1
	shift
	case $access in
	agent | store)
		asker=agent
		set -- "$@" -H 'X-Bobbin-On-Behalf-Of: alice@example.com' ;;
	*)	asker=alice ;;
	esac
	body=$(_body_of "$method $path")
	case "$method $path" in
	'POST /chatkit/attachments') ;;
	'P'*/artifacts | 'P'*/upload)
		set -- "$@" --data-binary x ;;
	'P'*)	set -- "$@" -H 'Content-Type: application/json' \
		    --data-binary "$body" ;;
	esac
	as $asker request "$method" "$url_path" "$@"
	$fn "$method $path"
}

# Some answers are no rows of anybody.
_unavailable_but_for_constants() {
	echo "$1" >>"$T/asked.routes"
	case $1 in
	'GET /initial-followup-prompts' | 'GET /api/config/defaults' | \
	'GET /chatkit/store/ids' | 'POST /api/v1/events/token')
		status_is 200 ;;
	'GET /api/v1/events')	# asks nothing; and this is no listener
		status_is 400 ;;
	*)	_is_unavailable ;;
	esac
}

without_a_database_nothing_looks_empty() {
	_restart "AGENT_LOCATION = @agent
EVENTS_SECRET = it-database-0123456789abcdef0123456789abcdef
ENCRYPTION_KEY = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
S3_BUCKET = nobody-asks-it
AWS_ACCESS_KEY_ID = x
AWS_SECRET_ACCESS_KEY = x"
	pg_down immediate
	: >"$T/asked.routes"
	_every_route _unavailable_but_for_constants
	# No row of the table was left out.
	"$BOBBIN" routes --json | jq -r '.[] | select(.access != "none") |
	    "\(.method) \(.path)"' | sort >"$T/all.routes"
	sort "$T/asked.routes" | diff - "$T/all.routes" >"$T/differ" ||
	    flunk "$(cat "$T/differ")"
	get /chat-threads
	status_is 401
	_pg_up
	_wait_for _reads
}

health_tells_the_truth() {
	get /health
	status_is 200
	json_is .status '"healthy"'
	json_is .database.healthy true
	pg_down immediate
	get /health
	status_is 503
	header_is Retry-After 5
	json_is .status '"degraded"'
	json_is .database.healthy false
	json_is .database.error '"unavailable"'
	get /health/database
	status_is 503
	json_is .database_connection '"error"'
	json_is .read_test '"failed"'
	get /metrics
	status_is 200
	_pg_up
}

it_recovers_by_itself() {
	before=$(workers bobbin)
	_wait_for _reads || flunk "it does not"
	get /health
	json_is .status '"healthy"'
	as alice post /chat/recovered/runs '{"prompt":"x"}'
	status_is 201
	is "$(workers bobbin)" "$before" workers
}

slow_query_is_cancelled_not_killed() {
	it_args='--workers 1'
	_restart 'DATABASE_TIMEOUT_MS = 300'
	_reads
	before=$(_backends)
	hold 'LOCK TABLE users_threads_runs, threads'
	as alice get /chat-threads
	_is_unavailable
	as alice post /chat/slow/runs '{"prompt":"x"}'
	_is_unavailable
	grep -q 'SQLSTATE 57014 (out of time)' "$T/log/bobbin.log" ||
	    flunk "not logged"
	let_go
	_reads || flunk "afterwards: $(status)"
	is "$(_backends)" "$before" 'the backend'
	is "$(sql "SELECT count(*) FROM users_threads_runs
	    WHERE thread_id = 'slow'")" 0 rows
}

lock_timeout_is_503() {
	sql "ALTER ROLE bobbin_app IN DATABASE bobbin SET lock_timeout = '200ms'"
	_restart ''
	_reads
	before=$(_backends)
	hold 'LOCK TABLE users_threads_runs'
	as alice post /chat/slow/runs '{"prompt":"x"}'
	_is_unavailable
	grep -q 'SQLSTATE 55P03' "$T/log/bobbin.log" || flunk "not logged"
	let_go
	as alice post /chat/slow/runs '{"prompt":"x"}'
	status_is 201
	is "$(_backends)" "$before" 'the backend'
	sql "ALTER ROLE bobbin_app IN DATABASE bobbin SET lock_timeout = '20s'"
}

# Who finds the cycle gives up: the worker, as the other one never looks.
a_deadlock_is_tried_again() {
	sql "ALTER ROLE bobbin_app SET deadlock_timeout = '2s'"
	it_args=
	_restart ''
	as dora post /chat/first/runs '{"prompt":"x"}'
	hold "SET LOCAL deadlock_timeout = '60s';
	    SELECT FROM owners WHERE email = 'dora@example.com' FOR UPDATE"
	send dead dora POST /chat/dead/runs -d '{"prompt":"x"}'
	_wait_for waiting 1 || flunk "no request waits"
	then_hold "INSERT INTO threads (email, thread_id)
	    VALUES ('dora@example.com', 'dead')"
	let_go
	reap dead
	ended_with dead 201
	grep -q 'SQLSTATE 40P01' "$T/log/bobbin.log" || flunk "no deadlock"
	is "$(sql "SELECT count(*) FROM users_threads_runs
	    WHERE thread_id = 'dead'")" 1 rows
	sql "ALTER ROLE bobbin_app RESET deadlock_timeout"
}

# A sequence keeps its value when its transaction fails.
a_serialization_failure_is_tried_once_more() {
	sql "CREATE SEQUENCE trips; GRANT USAGE ON trips TO PUBLIC;
	    CREATE FUNCTION trip() RETURNS trigger LANGUAGE plpgsql AS \$\$
	    BEGIN
		IF nextval('trips') <= TG_ARGV[0]::int THEN
			RAISE serialization_failure;
		END IF;
		RETURN NEW;
	    END \$\$;
	    CREATE TRIGGER trip BEFORE INSERT ON users_threads_runs
	    FOR EACH ROW EXECUTE FUNCTION trip(1)"
	as alice post /chat/tripped/runs '{"prompt":"x"}'
	status_is 201
	is "$(sql "SELECT last_value FROM trips")" 2 tries
	sql "DROP TRIGGER trip ON users_threads_runs;
	    ALTER SEQUENCE trips RESTART;
	    CREATE TRIGGER trip BEFORE INSERT ON users_threads_runs
	    FOR EACH ROW EXECUTE FUNCTION trip(1000)"
	as alice post /chat/tripped/runs '{"prompt":"x"}'
	_is_unavailable
	is "$(sql "SELECT last_value FROM trips")" 2 tries
	sql 'DROP TRIGGER trip ON users_threads_runs'
}

_alters() {
	sql "$1" || flunk "$1"
}

migrate_under_load_loses_nothing() {
	load_start
	before=$(_backends)
	_alters 'ALTER TABLE users_threads_runs ADD COLUMN new1 text'
	load_goes_on 10
	_alters 'ALTER TABLE threads ADD COLUMN new2 integer NOT NULL DEFAULT 7'
	load_goes_on 10
	_alters 'CREATE INDEX CONCURRENTLY new3 ON users_threads_runs (prompt)'
	load_goes_on 10
	# The result types of prepared statements change under them.
	_alters 'ALTER TABLE threads ALTER COLUMN first_prompt TYPE varchar(500)'
	load_goes_on 20
	_alters 'ALTER TABLE threads ALTER COLUMN first_prompt TYPE text'
	load_goes_on 20
	bobbin_run migrate upgrade >"$T/log/migrate.again" 2>&1 ||
	    flunk "$(cat "$T/log/migrate.again")"
	load_goes_on 10
	is "$(_backends)" "$before" backends
	_alters 'ALTER TABLE users_threads_runs DROP COLUMN new1;
	    ALTER TABLE threads DROP COLUMN new2'
	load_goes_on 10
	load_end
}

a_backend_that_turns_read_only_is_left() {
	it_args='--workers 1'
	_restart ''
	_reads
	before=$(_backends)
	sql "CREATE FUNCTION closed() RETURNS trigger LANGUAGE plpgsql AS \$\$
	    BEGIN RAISE read_only_sql_transaction; END \$\$;
	    CREATE TRIGGER closed BEFORE INSERT ON users_threads_runs
	    FOR EACH ROW EXECUTE FUNCTION closed()"
	as alice post /chat/closed/runs '{"prompt":"x"}'
	_is_unavailable
	sql 'DROP TRIGGER closed ON users_threads_runs'
	as alice post /chat/closed/runs '{"prompt":"x"}'
	status_is 201
	[ "$(_backends)" != "$before" ] || flunk "the same backend"
	it_args=
	_restart ''
}

a_role_with_too_much_power_is_refused() {
	sql "CREATE ROLE mighty LOGIN BYPASSRLS IN ROLE bobbin_app"
	as alice post /chat/mine/runs '{"prompt":"x"}'
	for role in postgres mighty bobbin_owner; do
		_restart_as "$(pg_url $role)"
		as alice get /chat-threads
		_is_unavailable
		as bob get /chat/mine/run-ids
		_is_unavailable
		get /health
		status_is 503
		grep -q "refused: role $role bypasses row security" \
		    "$T/log/bobbin.log" || flunk "$role: not said"
		bobbin_run check >"$T/check" 2>&1
		is $? 78 "check as $role"
		grep -q '^BAD .*role' "$T/check" || flunk "$(cat "$T/check")"
	done
	_restart ''
	_wait_for _reads
}

# --- A pooler

_start_bouncer() {
	mkdir -p "$T/b"
	[ "$(id -u)" != 0 ] || chown "$priv_user" "$T/b"
	cat >"$T/b/pgbouncer.ini" <<-X
		[databases]
		bobbin = host=$T dbname=bobbin user=bobbin_app
		[pgbouncer]
		listen_port = 6432
		unix_socket_dir = $T/b
		auth_type = any
		pool_mode = transaction
		default_pool_size = 1
		logfile = $T/log/pgbouncer.log
		log_connections = 0
		log_disconnections = 0
	X
	(cd "$T" && as_priv pgbouncer -q "$T/b/pgbouncer.ini") </dev/null \
	    >>"$T/log/pgbouncer.out" 2>&1 &
	bouncer_pid=$!
	_wait_for _pooled 'SELECT 1' ||
	    flunk "$(cat "$T"/log/pgbouncer.* "$T/pooled")"
}

# Another client of the same pool, whose one backend it gets.
_pooled() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$T/b" -p 6432 -U bobbin_app \
	    -d bobbin -c "$1" >"$T/pooled" 2>&1
}

_pooled_is() {
	_pooled "$1" && is "$(cat "$T/pooled")" "$2" "$1" ||
	    flunk "$(cat "$T/pooled")"
}

owner_does_not_outlive_the_sync() {
	PATH=$PATH:/usr/sbin
	it_conf='DATABASE_PREPARE = off'
	_start_bouncer
	_restart_as "$(pg_url bobbin_app | sed 's|$|%2Fb\&port=6432|')"
	for who_ in alice bob; do
		as $who_ post "/chat/of-$who_/runs" '{"prompt":"x"}'
		status_is 201
		_pooled_is "SELECT current_setting('bobbin.email', true)" ''
		_pooled_is 'SELECT count(*) FROM users_threads_runs' 0
		_pooled_is 'SELECT count(*) FROM threads' 0
	done
	as alice post /chat/of-bob/runs '{"run_id":"not-a-uuid"}'
	status_is 422
	as alice post /sentiment \
	    '{"run_id":"22222222-0000-4000-8000-00000000dead"}'
	status_is 404
	_pooled_is "SELECT current_setting('bobbin.email', true)" ''
	is "$(sql "SELECT count(*) FROM pg_stat_activity
	    WHERE usename = 'bobbin_app'")" 1 'backends of the pool'
}

owners_that_share_a_backend_share_nothing() {
	for i in 1 2 3 4 5 6 7 8; do
		send a$i alice GET /chat-threads
		send b$i bob GET /chat-threads
		send w$i alice POST /chat/pooled/runs -d "{\"prompt\":\"$i\"}"
	done
	for i in 1 2 3 4 5 6 7 8; do
		reap a$i
		reap b$i
		reap w$i
		ended_with a$i 200
		ended_with b$i 200
		ended_with w$i 201
		! grep -q of-bob "$T/a$i.body" || flunk "alice sees bob's"
		! grep -q of-alice "$T/b$i.body" || flunk "bob sees alice's"
		grep -q of-bob "$T/b$i.body" || flunk "bob does not see his own"
	done
}

# Even where somebody granted what migrate revokes.
temp_tables_shadow_nothing() {
	_pooled 'CREATE TEMP TABLE users_threads_runs (email text)' &&
	    flunk "a temporary table could be made"
	sql 'GRANT TEMPORARY ON DATABASE bobbin TO bobbin_app'
	_pooled 'CREATE TEMP TABLE users_threads_runs (email text)' ||
	    flunk "$(cat "$T/pooled")"
	_pooled 'CREATE TEMP TABLE threads (email text)'
	as alice get /chat/of-alice/run-ids
	status_is 200
	json_is '.run_ids | length' 1
	as alice get /chat-threads
	status_is 200
	_pooled_is 'SELECT count(*) FROM pg_temp.users_threads_runs' 0
	sql 'REVOKE TEMPORARY ON DATABASE bobbin FROM bobbin_app'
}

the_pooler_may_restart() {
	priv_kill "$bouncer_pid"
	as alice get /chat-threads
	_is_unavailable
	_start_bouncer
	_wait_for _reads || flunk "no recovery"
	priv_kill "$bouncer_pid"
	bouncer_pid=
	it_conf=
	_restart ''
}

# --- Two hosts

_start_standby() {
	mkdir -p "$T/s"
	[ "$(id -u)" != 0 ] || chown "$priv_user" "$T/s"
	(cd "$T" && as_priv "$pgbin/pg_basebackup" -h "$T" -U postgres \
	    -D "$T/pg2" -R --checkpoint=fast --no-sync) \
	    >"$T/log/basebackup" 2>&1 || flunk "$(cat "$T/log/basebackup")"
	(cd "$T" && as_priv "$pgbin/pg_ctl" -D "$T/pg2" -w -s \
	    -l "$T/log/standby.log" -o "-k '$T/s' -c fsync=off" start) \
	    </dev/null >/dev/null || flunk "no standby"
}

_pg2_down() {
	(cd "$T" && as_priv "$pgbin/pg_ctl" -D "$T/pg2" -w -s -m immediate \
	    stop) 2>/dev/null
}

_on_standby() {
	psql -X -q -A -t -h "$T/s" -U postgres -d bobbin -c "$1"
}

_replayed() {
	[ "$(_on_standby "SELECT count(*) FROM users_threads_runs
	    WHERE thread_id = 'moved'")" = 1 ]
}

_posts() {
	as alice post /chat/moved/runs '{"prompt":"after"}'
	[ "$(status)" = 201 ]
}

failover_finds_the_new_primary() {
	_start_standby
	# The standby comes first, and takes no writes.
	_restart_as "$(pg_url bobbin_app | sed "s|host=|&$(echo "$T/s" |
	    sed 's|/|%2F|g'),|")"
	as alice post /chat/moved/runs '{"prompt":"before"}'
	status_is 201
	_wait_for _replayed || flunk "not replicated"
	pg_down immediate
	as alice get /chat/moved/run-ids
	_is_unavailable
	as alice post /chat/moved/runs '{"prompt":"lost"}'
	_is_unavailable
	(cd "$T" && as_priv "$pgbin/pg_ctl" -D "$T/pg2" -w -s promote) ||
	    flunk "no promotion"
	_wait_for _posts || flunk "after the promotion: $(status)"
	as alice get /chat/moved/run-ids
	json_is '[.run_ids[].prompt]' '["before","after"]'
	_pg2_down
	_pg_up
	_restart ''
}

it_run
