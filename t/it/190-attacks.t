# 190-attacks.t: what somebody hostile tries, with a token and without.
. "${SRCDIR:?}/t/it/lib.sh"

it_conf='BOBBIN_MEMORY_MB = 192'
it_start
! grep -aq __asan_init "$bobbin" || bobbin_asan=yes

# _cgi QUERY ARGUMENTS...: as a web server starts a CGI program for it.
_cgi() {
	it_query=$1
	shift
	(cd "$T" && as_priv env -i PATH="$PATH" BOBBIN_CONF="$T/bobbin.conf" \
	    GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET \
	    REQUEST_URI="/health?$it_query" QUERY_STRING="$it_query" \
	    "$priv_bobbin" "$@") </dev/null >"$T/body" 2>&1
}

a_query_is_no_command_line() {
	_cgi token+--scope+bobbin:admin+eve@example.com \
	    token --scope bobbin:admin eve@example.com
	body_has 'Status: 200'
	body_has '"status":"healthy"'
	_cgi migrate+downgrade+base migrate downgrade base
	body_has '"status":"healthy"'
	_cgi cgi+-c+/dev/null cgi -c /dev/null
	body_has '"status":"healthy"'
	_cgi a=b cgi -c /nonexistent
	body_has '/nonexistent'
}

# _write OWNER THREAD RUNS KILOBYTES: as an agent's own SQL does.
_write() {
	sql_as demo_agent "INSERT INTO users_threads_runs
	    (email, thread_id, run_id, prompt)
	    SELECT '$1@example.com', '$2' || CASE $3 WHEN 1 THEN i ELSE 1 END,
		   gen_random_uuid()::text, repeat('1234567890abcdef', 64 * $4)
	      FROM generate_series(1, CASE $3 WHEN 1 THEN 50 ELSE $3 END) i"
}

_master_children() {
	ps -o pid= --ppid "$bobbin_pid" | sort
}

a_result_too_large_kills_nobody() {
	case $bobbin_asan in yes) skip "no limit of memory"; return ;; esac
	before=$(_master_children)
	_write alice wide 1 6000
	as alice get '/chat-threads?limit=50'
	status_is 503
	header_is Retry-After 5
	as bob get /chat-threads
	status_is 200
	body_has '"threads":[]'
	_write alice deep 300 1024
	as alice get /chat/deep1/run-ids
	status_is 500
	header_is Cache-Control no-store
	sql "DELETE FROM users_threads_runs WHERE id % 10 <> 0"
	as alice get /chat/deep1/run-ids
	status_is 200
	json_is '.run_ids | length' 30
	is "$(_master_children)" "$before" workers
	sql "DELETE FROM users_threads_runs"
}

it_run
