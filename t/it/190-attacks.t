# 190-attacks.t: what somebody hostile tries, with a token and without.
. "${SRCDIR:?}/t/it/lib.sh"

limited=yes
if grep -aq __asan_init "$bobbin"; then
	limited=no	# it reserves terabytes
else
	it_conf='BOBBIN_MEMORY_MB = 192'
fi
it_start

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
	[ $limited = yes ] || { skip "no limit of memory"; return; }
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

# _migrate DATABASE: as superuser.
_migrate() {
	(cd "$T" && as_priv env -i PATH="$PATH" DATABASE_URL="host=$T \
	    user=postgres dbname=$1" "$priv_bobbin" migrate upgrade) \
	    >"$T/migrate" 2>&1
}

_old() {
	psql -X -q -A -t -h "$T" -U "$1" -d old -c "$2"
}

# The former owner's trigger would run as the superuser who migrates.
an_adopted_table_brings_no_code_along() {
	"$pgbin/createdb" -h "$T" -U postgres old
	_old postgres "CREATE ROLE seed LOGIN; CREATE ROLE other LOGIN;
	    GRANT CREATE ON SCHEMA public TO seed"
	_old seed "CREATE TABLE users_threads_runs (id serial PRIMARY KEY,
	    email varchar(255) NOT NULL, thread_id varchar(255) NOT NULL,
	    run_id varchar(255) UNIQUE NOT NULL, prompt text,
	    timestamp timestamp DEFAULT now(), sentiment boolean);
	    INSERT INTO users_threads_runs (email, thread_id, run_id)
	    VALUES ('Alice@example.com', 't', 'r');
	    GRANT ALL ON users_threads_runs TO other, PUBLIC;
	    CREATE FUNCTION evil() RETURNS trigger LANGUAGE plpgsql AS
	    'BEGIN RESET ROLE; ALTER ROLE seed SUPERUSER; RETURN NEW; END';
	    CREATE TRIGGER evil BEFORE UPDATE ON users_threads_runs
	    FOR EACH ROW EXECUTE FUNCTION evil()"
	! _migrate old || flunk "migrated over a trigger"
	grep -q 'has triggers or rules' "$T/migrate" || flunk "no reason"
	is "$(sql "SELECT rolsuper FROM pg_roles WHERE rolname = 'seed'")" f
	_old seed 'DROP TRIGGER evil ON users_threads_runs'
	_migrate old || flunk "$(cat "$T/migrate")"
	is "$(_old postgres "SELECT string_agg(DISTINCT privilege_type, ' ')
	    FROM information_schema.role_table_grants
	    WHERE table_name = 'users_threads_runs'
	    AND grantee IN ('other', 'PUBLIC')")" 'DELETE INSERT SELECT UPDATE'
	_old postgres "REVOKE CREATE ON SCHEMA public FROM seed"
}

# check_says LINE VERDICT
_check_says() {
	bobbin_run check >"$T/checked" 2>&1
	is "$(grep "$1" "$T/checked" | cut -d ' ' -f 1)" "$2" "$1"
}

who_may_create_functions_in_public_is_noticed() {
	_check_says 'creates functions in public' ok
	sql 'GRANT CREATE ON SCHEMA public TO demo_agent'
	_check_says 'creates functions in public' BAD
	sql 'REVOKE CREATE ON SCHEMA public FROM demo_agent'
}

# nginx decides by its own reading of a path who may see the numbers, which
# pool works and how large a body may be: no spelling gets past that.
a_path_has_one_reading() {
	sed -i 's/allow 127.0.0.1;//' "$T/nginx/bobbin/bobbin.conf"
	nginx_reload
	get /metrics
	status_is 403
	for p in /%6detrics /%6Detrics//. /metrics/ /metrics%0a /metrics%2f \
	    //metrics /./metrics /x/../metrics /chat/%2e%2e/metrics \
	    /api/metrics /api/../metrics '/metrics;x' '/metrics%3fx' \
	    '/metrics#x' /x%2f..%2fmetrics; do
		get "$p"
		case $(status) in
		400 | 403 | 404) ;;
		*) flunk "$p is $(status): $(head -c 100 "$T/body")" ;;
		esac
	done
}

# _raw TEXT: as it is, on a connection of its own.
_raw() {
	printf "$@" | perl -MIO::Socket::INET -e '
	    my $s = IO::Socket::INET->new("127.0.0.1:'"$port"'") or die;
	    local $/; print $s <STDIN>; $s->flush; print <$s>' |
	    tr -d '\r' >"$T/body"
}

no_request_hides_in_another() {
	auth="Authorization: Bearer $(token_of alice)"
	_raw 'POST /sentiment HTTP/1.1\r\nHost: x\r\n%s\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n' "$auth"
	is "$(grep -ac '^HTTP/' "$T/body")" 1 answers
	body_has 'HTTP/1.1 400'
	_raw 'POST /sentiment HTTP/1.1\r\nHost: x\r\n%s\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}GET /health HTTP/1.1\r\nHost: x\r\n\r\n' "$auth"
	is "$(grep -ac '^HTTP/' "$T/body")" 1 answers
	body_has 'HTTP/1.1 400'
	# What the first says of itself is not true of the second.
	_raw 'GET /chat-threads/count HTTP/1.1\r\nHost: x\r\n%s\r\n\r\nGET /chat-threads/count HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' "$auth"
	is "$(grep -ao 'HTTP/1.1 ...' "$T/body" | tr '\n' ' ')" \
	    'HTTP/1.1 200 HTTP/1.1 401 '
}

a_header_by_another_name_is_nobodys() {
	_write bob plans 1 1
	for h in X_Bobbin_On_Behalf_Of X.Bobbin.On.Behalf.Of \
	    Bobbin-On-Behalf-Of X-Bobbin-Owner X-Bobbin-Email; do
		as agent get /chat-threads/count -H "$h: bob@example.com"
		status_is 200
		body_is '{"total_count":0}'
	done
	as alice get /chat-threads/count \
	    -H 'X-Bobbin-On-Behalf-Of: bob@example.com'
	status_is 403
	as agent get /chat-threads/count \
	    -H 'X-Bobbin-On-Behalf-Of: bob@example.com' \
	    -H 'X-Bobbin-On-Behalf-Of: alice@example.com'
	status_is 400
}

a_header_of_any_bytes_is_no_fault_of_ours() {
	for p in /chat-threads /chat/t/messages \
	    /chat/all-messages-for-one-thread/t \
	    /chat/all-messages-for-all-threads; do
		for h in If-None-Match Origin X-Request-Id Accept Cookie; do
			as alice get "$p" -H "$h: $(printf '\377\001"')"
			status_is 200
		done
	done
}

a_body_of_many_objects_is_refused_cheaply() {
	perl -e 'print "{\"x\":[", "{}," x 300000, "0]}"' >"$T/many"
	as alice post /chat/many/runs "@$T/many"
	status_is 400
	body_is '{"detail":"Malformed JSON: too many objects and arrays"}'
}

# _with_url URL COMMAND...
_with_url() {
	it_url=$1
	shift
	env -i PATH="$PATH" JWT_HS256_SECRET="$it_secret" \
	    DATABASE_URL="$it_url" "$bobbin" "$@" >"$T/said" 2>&1
}

# libpq quotes what it does not understand.
no_message_quotes_a_password() {
	for u in 'postgresql://u:hun%ter2@127.0.0.1/x' \
	    'postgresql://u:hunter2@[::1/x' 'mysql://u:hunter2@127.0.0.1/x' \
	    'postgres:/u:hunter2@127.0.0.1/x' 'host=x password=hun ter2'; do
		for c in check 'migrate current'; do
			! _with_url "$u" $c || flunk "$u was good for $c"
			! grep -E 'hun.?ter2|ter2' "$T/said" ||
			    flunk "$c: $(cat "$T/said")"
			grep -q 'cannot be parsed' "$T/said" ||
			    flunk "$c: $(cat "$T/said")"
		done
	done
}

it_run
