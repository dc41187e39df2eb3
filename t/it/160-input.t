# 160-input.t: whatever comes in is refused clearly, changes nothing and kills
# no worker; so is a database that is away.
. "${SRCDIR:?}/t/it/lib.sh"

it_agent=yes
it_site='s/rate=50r/rate=5000r/'
it_start
touch "$T/agent.go"

run=0a0b0c0d-1111-4222-8333-000000000001
bobbin_run routes --json >"$T/routes"

# The routes that take a body, by a path that fits.
_body_routes() {
	jq -r '.[] | select(.face == "runs" and .body != []) | .path' "$T/routes" |
	    sed 's/{[^}]*}/plans/g'
}

# A body for each of them that is right.
_good_body() {
	case $1 in
	/analyze*)	echo '{"prompt":"x","thread_id":"plans"}' ;;
	/stop-execution) echo '{"thread_id":"plans","run_id":"x"}' ;;
	/sentiment)	echo '{"run_id":"'$run'","sentiment":true}' ;;
	/feedback)	echo '{"run_id":"'$run'","feedback":1}' ;;
	/chat/plans/runs) echo '{"prompt":"x"}' ;;
	*)		flunk "nobody says here what $1 takes" ;;
	esac
}

_refused() {
	status_is "$1"
	body_is "{\"detail\":\"$2\"}"
	header_is Content-Type application/json
	header_is Cache-Control no-store
}

_workers() { pgrep -P $bobbin_pid | sort | xargs; }

# No request in between cost a worker its life.
_workers_live() {
	is "$(_workers)" "$workers" 'the workers'
}

something_is_there() {
	as alice post /chat/plans/runs '{"prompt":"x","run_id":"'$run'"}'
	status_is 201
	as alice post /feedback '{"run_id":"'$run'","comment":"c"}'
	status_is 200
	workers=$(_workers)
	[ "$(echo $workers | wc -w)" = 3 ] || flunk "workers: $workers"
}

# --- Bodies

# What is not RFC 8259, one a line, as printf has it; what no line can hold
# follows below.
_malformed() {
	cat <<-'X'
	{
	}
	{}x
	{}{}
	{},
	{'a':1}
	{"a":NaN}
	{"a":Infinity}
	{"a":-Infinity}
	{a:1}
	// comment\n{}
	/* comment */{}
	{"a":1,}
	{,}
	{"a" 1}
	{"a":}
	{"a"}
	[1,]
	[1 2]
	{"a":01}
	{"a":+1}
	{"a":.5}
	{"a":1.}
	{"a":1e}
	{"a":-}
	{"a":0x1}
	{"a":TRUE}
	{"a":nul}
	{"a":undefined}
	{"a":"\001"}
	{"a":"\n"}
	{"a":"\\q"}
	{"a":"\\u12"}
	{"a":"\\x41"}
	{"a":"
	{"a":1,"a":2}
	{"a":1,"\\u0061":2}
	{"b":{"a":1,"c":0,"a":1}}
	{"a":"\\u0000"}
	{"\\u0000":1}
	{"a":"\000"}
	{}\000
	\000{}
	{"a":"\\ud800"}
	{"a":"\\udc00\\ud800"}
	{"a":"\\ud800x"}
	{"a":"\377"}
	{"a":"\300\257"}
	{"a":"\355\240\200"}
	{"a":"\364\220\200\200"}
	{"a":"\360\237\214"}
	\377
	\357\273\277{}
	{"a":1e400}
	{"a":-1e400}
	\040
	\f{}
	\302\240{}
	X
}

_malformed_body() {
	as alice post "$1" @"$T/bad"
	status_is 400
	header_is Content-Type application/json
	json_is '.detail | startswith("Malformed JSON: ")' true
	json_is 'keys' '["detail"]'
}

malformed_json_is_400() {
	remember_rows
	_malformed >"$T/lines"
	while IFS= read -r line; do
		printf "$(printf %s "$line" | sed 's/%/%%/g')" >"$T/bad"
		_malformed_body /sentiment || echo "# with $line"
	done <"$T/lines"
	nothing_changed
	_workers_live
}

# The gate is one, but a route could go around it.
every_route_refuses_malformed_json() {
	remember_rows
	_body_routes >"$T/posts"
	[ "$(wc -l <"$T/posts")" -gt 4 ] || flunk "no routes"
	while read -r p; do
		for line in '{' '{"prompt":"\\u0000"}' '{"run_id":"\\ud800"}' \
		    '{"run_id":"a","run_id":"a"}' '{"thread_id":"\377"}' \
		    '{"run_id":NaN}' '{"thread_id":"\000"}'; do
			printf "$line" >"$T/bad"
			_malformed_body "$p"
		done
	done <"$T/posts"
	nothing_changed
	_workers_live
}

an_empty_body_is_no_object() {
	remember_rows
	for p in /sentiment /feedback /stop-execution /analyze; do
		as alice post $p ''
		status_is 400
		json_is '.detail | startswith("Malformed JSON: ")' true
	done
	nothing_changed
}

# Depth 100 is a document, 101 is not.
depth_has_a_limit() {
	for n in 98 99; do
		perl -e '$n = shift; print "{\"a\":", "[" x $n, "]" x $n, "}"' \
		    $n >"$T/deep"
		as alice post /sentiment @"$T/deep"
		status_is 422
	done
	perl -e 'print "{\"a\":", "[" x 100, "]" x 100, "}"' >"$T/bad"
	_malformed_body /sentiment
	head -c 65536 /dev/zero | tr '\0' '[' >"$T/bad"
	_malformed_body /sentiment
	head -c 1048576 /dev/zero | tr '\0' '[' >"$T/bad"
	_malformed_body /chat/plans/runs
	_workers_live
}

# Whatever a megabyte can be made of is refused as too much of it, or as a
# faulty field, and no more.
a_crowded_body_kills_no_worker() {
	remember_rows
	for x in '{},' '[],' '0,' '"",' '{"a":{}},' '1e5,'; do
		perl -e '$x = shift; $l = $x; chop $l; print "{\"prompt\":[",
		    $x x (1048000 / length $x), "$l]}"' "$x" >"$T/crowd"
		as alice post /chat/plans/runs @"$T/crowd"
		[ "$(status)" = 400 ] || status_is 422
		json_is '.detail | test("^(Validation error|Malformed JSON: too many)")' true
		json_is '.errors[0].input' null
	done
	perl -e 'print "{", join(",", map { "\"k$_\":$_" } 1 .. 70000), "}"' \
	    >"$T/crowd"
	remember_rows
	as alice post /feedback '{"run_id":"x","feedback":['$(seq -s , 9000)']}'
	status_is 422
	nothing_changed
	as alice post /chat/plans/runs @"$T/crowd"
	case $(status) in
	201 | 400) ;;
	*)	flunk "70000 members: $(status) $(head -c 200 "$T/body")" ;;
	esac
	perl -e 'print "{\"a\":", "1" x 1000000, "}"' >"$T/bad"
	_malformed_body /chat/plans/runs
	_workers_live
}

a_body_of_another_kind_is_422() {
	remember_rows
	_body_routes >"$T/posts"
	while read -r p; do
		for b in '[]' '"x"' 1 1.5 null true '[{"run_id":"x"}]'; do
			as alice post "$p" "$b"
			status_is 422
			json_is .detail '"Validation error"'
			json_is '.errors[] | [.type, .loc, .input]' \
			    "[\"model_attributes_type\",[\"body\"],$b]"
		done
	done <"$T/posts"
	nothing_changed
}

unknown_members_are_ignored() {
	as alice post /sentiment '{"x":[{"y":null}],"run_id":"'$run'","":1}'
	status_is 200
}

a_number_comes_back_as_it_was_sent() {
	for n in 7 -7 1.5 1e2 123456789012345678; do
		as alice post /feedback '{"run_id":'$n',"feedback":1}'
		status_is 422
		body_has '"input":'$n'}'
	done
}

# --- Types and sizes

_form_types="text/plain application/x-www-form-urlencoded text/json
    application/jsonx application/json2 json application multipart/form-data
    xapplication/json application/xml+jsonx"

a_body_must_say_that_it_is_json() {
	remember_rows
	_body_routes >"$T/posts"
	while read -r p; do
		for t in $_form_types; do
			as alice request POST "$p" -H "Content-Type: $t" \
			    --data-binary "$(_good_body "$p")"
			_refused 415 'Content-Type must be application/json'
		done
		as alice request POST "$p" -H Content-Type: \
		    --data-binary "$(_good_body "$p")"
		_refused 415 'Content-Type must be application/json'
	done <"$T/posts"
	nothing_changed
	for t in 'application/json; charset=utf-8' APPLICATION/Json \
	    'application/json ;x' application/merge-patch+json text/x+JSON; do
		as alice request POST /sentiment -H "Content-Type: $t" \
		    --data-binary "$(_good_body /sentiment)"
		status_is 200
	done
}

# At each route's own cap: nginx's and bobbin's are the same.
a_large_body_is_413() {
	remember_rows
	jq -r '.[] | select(.max_body > 0 and (.file | not)) |
	    "\(.path) \(.max_body)"' \
	    "$T/routes" | sed 's/{[^}]*}/plans/g' >"$T/caps"
	while read -r p max; do
		head -c $((max + 1)) /dev/zero >"$T/large"
		as alice post "$p" @"$T/large"
		_refused 413 'Request body too large'
		as alice post "$p" @"$T/large" -H 'Transfer-Encoding: chunked'
		_refused 413 'Request body too large'
	done <"$T/caps"
	# A route without a body lets 64 KiB pass, where nginx lets more.
	head -c 65537 /dev/zero >"$T/large"
	as alice get /chat/plans/run-ids --data-binary @"$T/large"
	_refused 413 'Request body too large'
	head -c 65536 /dev/zero >"$T/large"
	as alice get /chat/plans/run-ids --data-binary @"$T/large"
	status_is 200
	nothing_changed
	_workers_live
}

a_chunked_body_is_a_body() {
	as alice post /sentiment "$(_good_body /sentiment)" \
	    -H 'Transfer-Encoding: chunked'
	status_is 200
}

# --- Paths and queries

a_path_that_does_not_decode_is_400() {
	remember_rows
	for bad in %zz % %1 %00 a%00 %FF %C0%AF %ED%A0%80 %F4%90%80%80 %F0%9F; do
		for p in "/chat/$bad/run-ids" "/api/chat/$bad/run-ids" \
		    "/debug/run-id/$bad" "/nothing/$bad"; do
			as alice get "$p"
			_refused 400 'Malformed path'
		done
		as alice post "/chat/$bad/runs" '{}'
		_refused 400 'Malformed path'
		as alice delete "/chat/$bad"
		_refused 400 'Malformed path'
	done
	for bad in /./chat-threads /chat/../chat-threads /chat/. \
	    /chat/%2e%2e/run-ids /chat/.%2E/run-ids /chat/%2E; do
		as alice get "$bad"
		_refused 400 'Malformed path'
	done
	nothing_changed
}

a_query_that_does_not_decode_is_400() {
	for bad in limit=%zz limit=% limit=%FF limit=1%00 x=%ED%A0%80 %FF=1 \
	    'limit=1&%' cursor=%00; do
		as alice get "/chat-threads?$bad"
		_refused 400 'Malformed query'
	done
}

unknown_keys_are_ignored() {
	as alice get '/chat-threads'
	for q in '?' '?_=1' '?&&' '?=' '?limits=0&Limit=0&x%5Blimit%5D=0' \
	    '?%6Cimit=10' '?a=b=c&limit=10'; do
		as alice get "/chat-threads$q"
		same_body_as_before
	done
}

# However many keys there are.
of_a_repeated_key_the_last_counts() {
	as alice get '/chat-threads?limit=0&limit=x&limit=3'
	json_is .limit 3
	as alice get "/chat-threads?limit=4&$(seq -s '&' 200)&limit=5"
	json_is .limit 5
	as alice get "/chat-threads?limit=4&$(seq -s '&' 200)&limit=0"
	status_is 422
}

# --- The order of checks

the_gate_has_an_order() {
	remember_rows
	big="$T/large"
	head -c 70000 /dev/zero >"$big"
	post /nothing '{'
	status_is 404
	request PUT /sentiment
	status_is 405
	get /chat/%FF/run-ids
	status_is 400
	get /chat/plans/run-ids --data-binary @"$big"
	status_is 401
	as bob get /chat/plans/run-ids --data-binary @"$big" \
	    -H 'X-Bobbin-On-Behalf-Of: alice@example.com'
	status_is 403
	post /sentiment '{' -H 'Content-Type: text/plain'
	status_is 401
	as alice request POST /sentiment -H 'Content-Type: text/plain' -d '{'
	status_is 415
	as alice post /chat/%20/runs '{'
	status_is 400
	as alice post /chat/%20/runs '{"run_id":1}'
	status_is 422
	nothing_changed
}

# --- /analyze and /stop-execution

_error() {
	status_is 422
	json_is '[.errors[] | [.type, (.loc | join("/")), .msg]]' \
	    "[[\"$1\",\"$2\",\"$3\"]]"
}

_analyze() {
	for p in /analyze /analyze/stream; do
		as alice post $p @"$T/fields"
		"$@"
	done
}

analyze_checks_its_fields() {
	remember_rows
	rm -f "$T/agent.request"
	while IFS='|' read -r body type loc msg; do
		printf '%s' "$body" >"$T/fields"
		_analyze _error "$type" "body/$loc" "$msg"
	done <<-X
	{"thread_id":"t"}|missing|prompt|Field required
	{"prompt":"p"}|missing|thread_id|Field required
	{"prompt":null,"thread_id":"t"}|string_type|prompt|Input should be a valid string
	{"prompt":"p","thread_id":7}|string_type|thread_id|Input should be a valid string
	{"prompt":"","thread_id":"t"}|string_too_short|prompt|String should have at least 1 character
	{"prompt":"p","thread_id":""}|string_too_short|thread_id|String should have at least 1 character
	{"prompt":" \\n","thread_id":"t"}|value_error|prompt|Value error, Prompt cannot be empty or only whitespace
	{"prompt":"p","thread_id":"\\u2003"}|value_error|thread_id|Value error, Thread ID cannot be empty or only whitespace
	{"prompt":"$(printf %010001d 0)","thread_id":"t"}|string_too_long|prompt|String should have at most 10000 characters
	{"prompt":"p","thread_id":"$(printf %0101d 0)"}|string_too_long|thread_id|String should have at most 100 characters
	{"prompt":"p","thread_id":"t","run_id":""}|string_too_short|run_id|String should have at least 1 character
	{"prompt":"p","thread_id":"t","run_id":" "}|value_error|run_id|Value error, Run ID cannot be empty
	{"prompt":"p","thread_id":"t","run_id":"x"}|value_error|run_id|Value error, Run ID must be a valid UUID format
	{"prompt":"p","thread_id":"t","stream":"ja"}|bool_parsing|stream|Input should be a valid boolean, unable to interpret input
	{"prompt":"p","thread_id":"t","stream":[]}|bool_type|stream|Input should be a valid boolean
	X
	printf '{"stream":2}' >"$T/fields"
	_analyze json_is '[.errors[].loc[1]]' '["prompt","thread_id","stream"]'
	nothing_changed
	[ ! -e "$T/agent.request" ] || flunk "the agent was asked"
}

stop_execution_needs_two_strings() {
	remember_rows
	as alice post /stop-execution '{}'
	status_is 422
	json_is '[.errors[] | [.type, .loc[1]]]' \
	    '[["missing","thread_id"],["missing","run_id"]]'
	as alice post /stop-execution '{"thread_id":1,"run_id":null}'
	json_is '[.errors[] | [.type, .loc[1]]]' \
	    '[["string_type","thread_id"],["string_type","run_id"]]'
	for id in '' ' ' 'no uuid' "$(printf %0300d 0)" "x' OR 1=1"; do
		as alice post /stop-execution \
		    '{"thread_id":"'"$id"'","run_id":"'"$id"'"}'
		status_is 200
		json_is '[.status, .thread_id, .run_id]' \
		    "[\"not_found\",\"$id\",\"$id\"]"
	done
	nothing_changed
}

# --- The database is away

_down() {
	status_is 503
	body_is '{"detail":"Database unavailable"}'
	header_is Retry-After 5
	header_is Cache-Control no-store
	header_is Access-Control-Allow-Origin "$it_origin"
	no_header ETag
}

# Every route but those that never ask it; never an empty success.
without_a_database_it_is_503() {
	pg_down
	jq -r '.[] | select(.face == "runs" or .face == "operations") |
	    "\(.method) \(.path)"' "$T/routes" | grep -vE \
	    ' /(metrics|health(/database)?|initial-followup-prompts)$' |
	    sed -e "s/{run_id}/$run/; s/{[^}]*}/plans/g" >"$T/asking"
	while read -r m p; do
		set -- "$m" "$p" -H "Origin: $it_origin"
		[ "$m" != POST ] || set -- "$@" --data-binary \
		    "$(_good_body "$p")" -H 'Content-Type: application/json'
		as alice request "$@"
		_down
	done <"$T/asking"
	# Known before the database is asked, so told all the same.
	get /chat-threads
	status_is 401
	as alice post /sentiment '{'
	status_is 400
	as alice get '/chat-threads?limit=0'
	status_is 422
	as alice get /nothing
	status_is 404
	for p in /health /health/database; do
		get $p
		status_is 503
		header_is Retry-After 5
	done
	json_is '[.database_connection, .read_test, .checkpointer_type]' \
	    '["error","failed","none"]'
	get /health
	json_is '[.status, .database]' '["degraded",{"healthy":false,"checkpointer_type":"none","error":"unavailable"}]'
	_pg_up
	_wait_for alive
}

# ... and the same workers go on when it is back.
a_database_that_is_back_is_found() {
	for i in 1 2 3 4 5 6; do
		as alice get /chat/plans/run-ids
		status_is 200
		json_is '.run_ids[0].run_id' "\"$run\""
	done
	as alice post /sentiment "$(_good_body /sentiment)"
	status_is 200
	_workers_live
}

_gets_200() {
	as alice get /chat/plans/run-ids
	[ "$(status)" = 200 ]
}

killed_backend_is_503_then_200() {
	_gets_200
	sql "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
	    WHERE usename = 'bobbin_app'" >/dev/null
	as alice get /chat/plans/run-ids -H "Origin: $it_origin"
	case $(status) in
	200)	json_is '.run_ids[0].run_id' "\"$run\"" ;;
	*)	_down ;;
	esac
	_wait_for _gets_200 || status_is 200
	_workers_live
}

a_database_that_refuses_is_503() {
	sql 'ALTER ROLE bobbin_app NOLOGIN' >/dev/null
	sql "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
	    WHERE usename = 'bobbin_app'" >/dev/null
	as alice get /chat-threads -H "Origin: $it_origin"
	as alice get /chat-threads -H "Origin: $it_origin"
	_down
	sql 'ALTER ROLE bobbin_app LOGIN' >/dev/null
	_wait_for _gets_200 || status_is 200
	_workers_live
}

it_run
