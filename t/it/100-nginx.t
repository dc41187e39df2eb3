# 100-nginx.t: what nginx does around bobbin, with the shipped files.
. "${SRCDIR:?}/t/it/lib.sh"

it_agent=yes
# An agent's patience and a rate that a test can wait for.
it_site='s/600s/1s/; s/rate=50r/rate=1r/'
it_start

run=11111111-2222-4333-8444-555555555555
analyze='{"prompt":"a very private prompt","thread_id":"plans","run_id":"'$run'"}'
secret 'a very private prompt'

# Puts a responder that shows its parameters in the place of the quick pool.
_with_parameters_shown() {
	stop_bobbin
	perl "$top/t/it/fcgi-env.pl" "$T/bobbin.sock" &
	it_env=$!
	_wait_for test -S "$T/bobbin.sock"
	"$@"
	kill $it_env
	wait $it_env 2>/dev/null
	start_bobbin
}

_ours() {
	grep -vE '^HTTP_(HOST|USER_AGENT|ACCEPT)=' "$T/body"
}

_some_parameters() {
	get '/chat-threads?a=1&b=%20' -H 'Proxy: http://evil' \
	    -H 'X-Request-Id: mine'
}

_body_parameters() {
	post /sentiment '{}' -H 'X_Bobbin_Owner: eve'
}

_client_id_parameters() {
	get /chat-threads -H "X-Request-Id: $1"
}

the_page_is_served() {
	get /
	status_is 200
	header_is Content-Type text/html
	header_like Content-Security-Policy "default-src 'none'"
	body_has '<h1>bobbin</h1>'
	get /bobbin.js
	status_is 200
	header_is X-Content-Type-Options nosniff
}

the_page_needs_no_inline_script() {
	for f in "$top"/nginx/html/*.html; do
		! grep -nE '<script>|<style|[[:space:]](style|on[a-z]+)=' "$f" ||
		    flunk "$f has inline code"
		! grep -nE '(src|href)="(https?:)?//' "$f" ||
		    flunk "$f wants somebody else's resources"
	done
}

environment_is_the_expected_set() {
	_with_parameters_shown _some_parameters
	is "$(_ours | sed -E 's/^(BOBBIN_REQUEST_ID)=[0-9a-f]{32}$/\1=ok/')" \
"BOBBIN_REQUEST_ID=ok
CONTENT_LENGTH=
CONTENT_TYPE=
GATEWAY_INTERFACE=CGI/1.1
HTTP_X_REQUEST_ID=mine
QUERY_STRING=a=1&b=%20
REMOTE_ADDR=127.0.0.1
REQUEST_METHOD=GET
REQUEST_SCHEME=http
REQUEST_URI=/chat-threads?a=1&b=%20
SERVER_PROTOCOL=HTTP/1.1" environment
}

a_header_with_underscores_is_dropped() {
	_with_parameters_shown _body_parameters
	body_has CONTENT_LENGTH=2
	body_has CONTENT_TYPE=application/json
	! grep -q BOBBIN_OWNER "$T/body" || flunk "X_Bobbin_Owner went through"
}

a_client_request_id_mints_nothing() {
	_with_parameters_shown _client_id_parameters forged-id
	! grep -q '^BOBBIN_REQUEST_ID=forged' "$T/body" || flunk "it does"
}

a_bad_request_id_is_replaced() {
	_with_parameters_shown _client_id_parameters 'has a space'
	grep -qE '^HTTP_X_REQUEST_ID=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' \
	    "$T/body" || flunk "$(grep REQUEST_ID "$T/body")"
}

a_good_request_id_comes_back() {
	get /health -H 'X-Request-Id: abc.DEF_1~2-3'
	header_is X-Request-Id abc.DEF_1~2-3
	get /%zz -H 'X-Request-Id: abc'
	header_like X-Request-Id '^[0-9a-f]{8}-'
	get /_bobbin/files/x -H 'X-Request-Id: abc'
	header_is X-Request-Id abc
}

a_large_body_is_413_json() {
	head -c 65537 /dev/zero | as alice post /sentiment @-
	status_is 413
	header_is Content-Type application/json
	body_is '{"detail":"Request body too large"}'
	header_is Cache-Control no-store
	head -c 1048577 /dev/zero | as alice post /chat/plans/runs @- \
	    -H 'Transfer-Encoding: chunked'
	status_is 413
	body_is '{"detail":"Request body too large"}'
}

a_body_at_the_cap_reaches_bobbin() {
	head -c 65536 /dev/zero | as alice post /sentiment @-
	status_is 400
	head -c 1048576 /dev/zero | as alice post /api/chat/plans/runs @-
	status_is 400
	head -c 262144 /dev/zero | as alice post /analyze @-
	status_is 400
}

a_path_that_does_not_parse_is_400_json() {
	for p in /chat/%zz/messages /chat/a%00b/messages /../etc/passwd; do
		get "$p"
		status_is 400
		header_is Content-Type application/json
		body_is '{"detail":"Malformed path"}'
	done
}

overlong_lines_are_json() {
	long=$(head -c 40000 /dev/zero | tr '\0' a)
	get "/$long"
	status_is 414
	body_is '{"detail":"URI too long"}'
	get /health -H "X-Long: $long"
	status_is 431
	body_is '{"detail":"Request headers too large"}'
}

two_tokens_are_400_json() {
	get /chat-threads -H 'Authorization: Bearer a' \
	    -H 'Authorization: Bearer b'
	status_is 400
	header_is Content-Type application/json
}

the_internal_locations_are_404_from_outside() {
	get /nothing-here
	status_is 404
	body_is '{"detail":"Not Found"}'
	for p in /_bobbin/files/ab/cd /_bobbin/error /@agent; do
		get "$p"
		same_body_as_before
	done
}

the_page_takes_no_post() {
	post / '{}'
	status_is 405
	header_is Allow 'GET, HEAD'
	body_is '{"detail":"Method Not Allowed"}'
}

metrics_are_for_loopback() {
	get /metrics
	status_is 200
	get /metrics --interface 127.0.0.2
	status_is 403
	header_is Content-Type application/json
	get /%6Detrics --interface 127.0.0.2
	status_is 403
}

too_many_requests_are_429_json() {
	for i in $(seq 400); do echo "url = $url/initial-followup-prompts"
		echo "output = /dev/null"; done >"$T/many"
	curl -s --interface 127.0.0.3 -Z --parallel-max 50 -K "$T/many" \
	    -w '%{http_code}\n' >"$T/codes" 2>/dev/null
	grep -qx 429 "$T/codes" || flunk "no 429 in 400 requests"
	get /initial-followup-prompts --interface 127.0.0.3
	status_is 429
	header_is Retry-After 1
	body_is '{"detail":"Too many requests"}'
	get /health
	status_is 200
}

slow_routes_and_no_others_go_to_the_slow_pool() {
	"$BOBBIN" routes --json >"$T/routes"
	jq -r '.[] | select(.method == "GET") |
	    "\(if .slow then "slow" else "bobbin" end) \(.path)"' "$T/routes" |
	    sed 's/{[^}]*}/x/g' >"$T/paths"
	[ "$(wc -l <"$T/paths")" -gt 5 ] || flunk "no routes"
	while read -r pool path; do
		as alice get "$path"
		_wait_for _goes_to "$pool" "$path" ||
		    flunk "$path is not for the $pool pool"
	done <"$T/paths"
}

# By the log, which is written behind the answer.  A path that names a user does
# so in no log.
_goes_to() {
	tail -n 1 "$T/log/bobbin.access.log" |
	    grep -q "GET $(echo "$2" | sed 's|/users/x|/users/[*]*|') .*/$1.sock/"
}

cors_is_on_what_nginx_answers() {
	for p in /_bobbin/error /metrics; do
		get "$p" -H "Origin: $it_origin" --interface 127.0.0.2
		header_is Access-Control-Allow-Origin "$it_origin"
		header_is Access-Control-Allow-Credentials true
		header_like Access-Control-Expose-Headers 'X-Request-Id'
		get "$p" -H 'Origin: https://evil.example' --interface 127.0.0.2
		no_header Access-Control-Allow-Origin
		no_header Access-Control-Allow-Credentials
	done
	get /_bobbin/error?token=abc -H 'Origin: https://any.example'
	header_is Access-Control-Allow-Origin '*'
	no_header Access-Control-Allow-Credentials
}

cors_comes_once_from_bobbin() {
	as alice get /chat-threads -H "Origin: $it_origin"
	status_is 200
	header_is Access-Control-Allow-Origin "$it_origin"
	header_is Access-Control-Allow-Credentials true
	as alice request OPTIONS /chat-threads -H "Origin: $it_origin" \
	    -H 'Access-Control-Request-Method: GET'
	status_is 200
	header_is Access-Control-Allow-Origin "$it_origin"
}

json_is_compressed_on_demand() {
	as alice get /health -H 'Accept-Encoding: gzip'
	status_is 200
	for i in $(seq 20); do
		as alice post "/chat/gzip-$i/runs" '{"prompt":"x"}'
	done
	as alice get '/chat-threads?limit=20' -H 'Accept-Encoding: gzip'
	header_is Content-Encoding gzip
	as alice get '/chat-threads?limit=20'
	no_header Content-Encoding
	json_is '.threads | length' 20
}

# --- The agent

agent_gets_the_same_request() {
	as alice post /api/analyze "$analyze" -H 'X-Request-Id: rid-1'
	status_is 200
	body_is '{"result":"42"}'
	head -n 1 "$T/agent.request" | grep -q '^POST /api/analyze HTTP/1' ||
	    flunk "$(head -n 1 "$T/agent.request")"
	is "$(tail -n 1 "$T/agent.request")" "$analyze" body
	for line in 'Content-Type: application/json' \
	    'X-Bobbin-Owner: alice@example.com' 'X-Bobbin-Thread: plans' \
	    "X-Bobbin-Run: $run" 'X-Bobbin-Action: analyze' \
	    'X-Bobbin-Repeat: 0' 'X-Request-Id: rid-1'; do
		grep -qix "$line.\?" "$T/agent.request" ||
		    flunk "the agent did not get $line"
	done
}

a_repeat_says_so() {
	as alice post /analyze "$analyze"
	status_is 200
	grep -qi '^X-Bobbin-Repeat: 1' "$T/agent.request" ||
	    flunk "$(cat "$T/agent.request")"
}

the_thread_travels_percent_encoded() {
	as alice post /analyze '{"prompt":"x","thread_id":"a b/č"}'
	status_is 200
	grep -q '^X-Bobbin-Thread: a%20b%2F%C4%8D' "$T/agent.request" ||
	    flunk "$(grep -i thread: "$T/agent.request")"
}

a_forged_owner_header_never_reaches_the_agent() {
	as alice post /analyze "$analyze" -H 'X-Bobbin-Owner: eve@evil' \
	    -H 'X-Bobbin-Run: evil' -H 'X-Bobbin-Admin: evil' \
	    -H 'Cookie: session=evil' -H 'Proxy: evil'
	status_is 200
	! grep -i evil "$T/agent.request" || flunk "it does"
	! grep -i '^authorization' "$T/agent.request" ||
	    flunk "the token does"
}

agent_reply_carries_only_the_agents_headers() {
	as alice post /analyze "$analyze" -H "Origin: $it_origin" \
	    -H 'X-Request-Id: rid-2'
	header_is X-Request-Id rid-2
	header_is Cache-Control no-store
	header_is Access-Control-Allow-Origin "$it_origin"
	header_is Access-Control-Allow-Credentials true
	header_is X-Content-Type-Options nosniff
	no_header X-Accel-Redirect
	for h in Owner Thread Run Action Repeat; do
		no_header "X-Bobbin-$h"
	done
}

an_error_of_the_agent_passes() {
	as alice post /analyze '{"prompt":"conflict","thread_id":"busy"}'
	status_is 409
	body_is '{"detail":"busy"}'
}

a_stream_is_not_buffered_and_holds_no_worker() {
	rm -f "$T/agent.go"
	: >"$T/stream"
	for i in 1 2 3; do
		curl -sSN -X POST -H 'Content-Type: application/json' \
		    -H "Authorization: Bearer $(token_of alice)" \
		    -d '{"prompt":"x","thread_id":"stream"}' \
		    "$url/analyze/stream" >>"$T/stream" 2>>"$T/curl.err" &
	done
	# The agent sends the rest only when told so below.
	_wait_for _statuses 3 || flunk "the first events did not come"
	as alice get /chat-threads
	status_is 200
	! grep -q final "$T/stream" || flunk "the stream had ended already"
	touch "$T/agent.go"
	_wait_for _finals 3 || flunk "the last events did not come"
}

_statuses() { [ "$(grep -c status "$T/stream")" = "$1" ]; }
_finals() { [ "$(grep -c final "$T/stream")" = "$1" ]; }

a_silent_agent_is_504_json() {
	as alice post /analyze '{"prompt":"silent","thread_id":"s"}' \
	    -H "Origin: $it_origin"
	status_is 504
	header_is Content-Type application/json
	header_is Cache-Control no-store
	header_is Access-Control-Allow-Origin "$it_origin"
	body_is '{"detail":"Agent unavailable"}'
}

a_dead_agent_is_502_json() {
	as alice post /analyze '{"prompt":"die","thread_id":"d"}'
	status_is 502
	body_is '{"detail":"Agent unavailable"}'
	stop_agent
	as alice post /analyze '{"prompt":"x","thread_id":"d"}'
	status_is 502
	body_is '{"detail":"Agent unavailable"}'
	start_agent
}

# --- No bobbin

dead_pool_is_503_json() {
	stop_bobbin KILL
	as alice post /chat/plans/runs '{"prompt":"a very private prompt"}' \
	    -H "Origin: $it_origin"
	status_is 503
	header_is Content-Type application/json
	header_is Retry-After 5
	header_is Cache-Control no-store
	header_is Access-Control-Allow-Origin "$it_origin"
	body_is '{"detail":"Service unavailable"}'
	as alice get /chat/all-messages-for-all-threads
	same_body_as_before
	get /
	status_is 200
	start_bobbin
	_wait_for alive
}

queries_and_owners_stay_out_of_the_log() {
	secret a-link-token
	get '/chat-threads?token=a-link-token'
	get /api/users/someone%40elsewhere.example/api-keys
	secret someone%40elsewhere.example
	_wait_for grep -q 'GET /api/users/\*\*\*/api-keys' \
	    "$T/log/bobbin.access.log" || flunk "not in the log at all"
}

# --- TLS, as one has it who uncomments what the sample says

tls_leaves_nothing_in_clear() {
	tls=$(free_port)
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/tls.key" \
	    -out "$T/tls.crt" -days 1 -subj /CN=localhost 2>"$T/openssl" &&
	    chmod a+r "$T/tls.key" || flunk "$(cat "$T/openssl")"
	cp "$T/nginx/site.conf" "$T/plain.conf"
	sed -e '/^	listen 127/d' -e 's/^# \(server {\|}\|	.*\)$/\1/' \
	    -e 's/^	# \(listen 443\|ssl_\|include .*tls\)/	\1/' \
	    -e "s|443 ssl|127.0.0.1:$tls ssl|" \
	    -e "s|/etc/ssl/certs/bobbin.pem|$T/tls.crt|" \
	    -e "s|/etc/ssl/private/bobbin.key|$T/tls.key|" \
	    "$T/plain.conf" >"$T/nginx/site.conf"
	nginx_reload
	_has_tls || flunk "no TLS: $(tail -n 5 "$T/log/nginx.log")"
	for p in /chat-threads '/api/artifacts/x/download?token=abc' /; do
		as alice post "$p" '{}'
		status_is 308
		header_is Location "https://127.0.0.1$p"
	done
	clear=$url url=https://127.0.0.1:$tls
	as alice get /chat-threads -k
	status_is 200
	header_like Strict-Transport-Security '^max-age='
	url=$clear
	! grep -r token=abc "$T/log" || flunk "a link's token in a log"
	cp "$T/plain.conf" "$T/nginx/site.conf"
	nginx_reload
}

_has_tls() {
	curl -sk -m 5 -o /dev/null "https://127.0.0.1:$tls/health" &&
	    [ "$(curl -s -m 5 -o /dev/null -w '%{http_code}' "$url/")" = 308 ]
}

it_run
