# 130-runs.t: registering, listing and deleting, as clients see them.
. "${SRCDIR:?}/t/it/lib.sh"

it_site='s/rate=50r/rate=5000r/'
it_start

taken='{"detail":"Run ID or thread ID is already in use"}'
star=$(printf '\360\237\214\237')	# four bytes, one code point

# A run id of its own for each test: 12 hexadecimal digits at the end.
_run() {
	serial=$((${serial:-0} + 1))
	run=$(printf '0a0b0c0d-1111-4222-8333-%012d' $serial)
}

# _register WHO THREAD [JSON]
_register() {
	as "$1" post "/chat/$2/runs" "${3:-{\}}"
}

# _error TYPE LOC MSG: the only fault of the last answer.
_error() {
	status_is 422
	json_is .detail '"Validation error"'
	json_is '[.errors[] | [.type, (.loc | join("/")), .msg]]' \
	    "[[\"$1\",\"$2\",\"$3\"]]"
}

# _times N TEXT
_times() {
	awk -v n="$1" -v s="$2" \
	    'BEGIN { while (n-- > 0) printf "%s", s }'
}

# --- POST /chat/{thread_id}/runs

a_new_run_is_201() {
	_run
	_register alice plans '{"prompt":" hi ","run_id":"'$run'"}'
	status_is 201
	header_is Cache-Control no-store
	no_header ETag
	time=$(field timestamp)
	echo "$time" | grep -qE '^....-..-..T..:..:..(\.[0-9]{6})?$' ||
	    flunk "timestamp is $time"
	body_is '{"run_id":"'$run'","thread_id":"plans","prompt":" hi ","timestamp":"'$time'","sentiment":null,"created":true}'
}

a_repeat_is_200_and_keeps_the_rating() {
	_run
	_register alice plans '{"prompt":"one","run_id":"'$run'"}'
	as alice post /sentiment '{"run_id":"'$run'","sentiment":true}'
	sql "UPDATE users_threads_runs SET timestamp = '2020-01-01'
	    WHERE run_id = '$run'"
	_register alice plans '{"prompt":"two","run_id":"'$run'"}'
	status_is 200
	json_is '[.prompt, .sentiment, .created]' '["two",true,false]'
	[ "$(field timestamp)" \> 2025 ] || flunk "the time stayed"
	is "$(sql "SELECT count(*) FROM users_threads_runs
	    WHERE run_id = '$run'")" 1 rows
}

a_repeat_without_a_prompt_keeps_it() {
	_run
	_register alice plans '{"prompt":"kept","run_id":"'$run'"}'
	_register alice plans '{"run_id":"'$run'"}'
	status_is 200
	json_is .prompt '"kept"'
}

a_repeat_with_null_clears_the_prompt() {
	_run
	_register alice plans '{"prompt":"gone","run_id":"'$run'"}'
	_register alice plans '{"run_id":"'$run'","prompt":null}'
	status_is 200
	json_is .prompt null
}

a_run_without_an_id_gets_one() {
	for body in '{}' '{"run_id":null}' '{"prompt":null,"run_id":null}'; do
		_register alice plans "$body"
		status_is 201
		field run_id | grep -qE \
		    '^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' ||
		    flunk "minted: $(field run_id)"
	done
}

an_empty_body_is_an_empty_object() {
	as alice request POST /chat/plans/runs
	status_is 201
	json_is .prompt null
}

the_clients_request_id_mints_nothing() {
	_register alice plans
	first=$(field run_id)
	for i in 1 2; do
		as alice post /chat/plans/runs '{}' -H 'X-Request-Id: same' \
		    -H 'BOBBIN-REQUEST-ID: same'
		status_is 201
		[ "$(field run_id)" != "$first" ] || flunk "minted twice"
		first=$(field run_id)
	done
}

# As nginx sends a request again whose worker died.
_again() {
	(cd "$T" && printf %s '{"prompt":"x"}' |
	    as_priv env -i BOBBIN_CONF="$T/bobbin.conf" \
	    GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST \
	    REQUEST_URI=/chat/again/runs CONTENT_TYPE=application/json \
	    CONTENT_LENGTH=14 HTTP_X_REQUEST_ID="$2" BOBBIN_REQUEST_ID="$1" \
	    HTTP_AUTHORIZATION="Bearer $(token_of "${3:-alice}")" \
	    "$priv_bobbin" cgi) | tr -d '\r' >"$T/cgi"
	cgi_status=$(sed -n 's/^Status: \([0-9]*\).*/\1/p' "$T/cgi")
	cgi_run=$(sed '1,/^$/d' "$T/cgi" | jq -r .run_id)
}

a_request_that_comes_again_mints_the_same_run() {
	id=0123456789abcdef0123456789abcdef
	_again $id a
	is "$cgi_status" 201 status
	first=$cgi_run
	_again $id b
	is "$cgi_status" 200 status
	is "$cgi_run" "$first" run
	_again 1123456789abcdef0123456789abcdef a
	is "$cgi_status" 201 status
	[ "$cgi_run" != "$first" ] || flunk "another request, the same run"
}

a_run_id_has_many_spellings() {
	_run
	bare=$(echo $run | tr -d -)
	_register alice plans '{"run_id":"'$run'"}'
	for s in "urn:uuid:$run" "{$run}" "$bare" " $run\\n" \
	    "$(echo $run | tr a-f A-F)" "{$(echo $bare | tr a-f A-F)}"; do
		_register alice plans '{"run_id":"'"$s"'"}'
		status_is 200
		json_is '[.run_id, .created]' '["'$run'",false]'
	done
}

a_run_that_an_agent_wrote_is_found() {
	_run
	upper=$(echo $run | tr a-f A-F)
	sql_as demo_agent "INSERT INTO users_threads_runs
	    (email, thread_id, run_id, prompt)
	    VALUES ('Alice@Example.com', 'sqls', '$upper', 'by SQL')"
	_register alice sqls '{"run_id":"'$run'"}'
	status_is 200
	json_is '[.run_id, .prompt]' '["'$run'","by SQL"]'
}

bad_run_ids_are_422() {
	remember_rows
	_register alice plans '{"run_id":""}'
	_error string_too_short body/run_id \
	    'String should have at least 1 character'
	json_is '.errors[0] | [.input, .ctx]' '["",{"min_length":1}]'
	for blank in '  ' '\u00a0' '\u3000\t'; do
		_register alice plans '{"run_id":"'"$blank"'"}'
		_error value_error body/run_id \
		    'Value error, Run ID cannot be empty'
		json_is '.errors[0].ctx' '{"error":{}}'
	done
	for bad in x "${run}0" "${run%?}" "${run%?}g" urn:uuid: {} 'Ⅻ'; do
		_register alice plans '{"run_id":"'"$bad"'"}'
		_error value_error body/run_id \
		    'Value error, Run ID must be a valid UUID format'
	done
	for type in 1 true '[]' '{}'; do
		_register alice plans '{"run_id":'"$type"'}'
		_error string_type body/run_id 'Input should be a valid string'
	done
	nothing_changed
}

bad_thread_ids_are_422() {
	remember_rows
	for blank in %20 %09%C2%A0 %E3%80%80; do
		_register alice $blank
		_error value_error path/thread_id \
		    'Value error, Thread ID cannot be empty or only whitespace'
	done
	_register alice "$(_times 256 a)"
	_error string_too_long path/thread_id \
	    'String should have at most 255 characters'
	json_is '.errors[0].ctx' '{"max_length":255}'
	nothing_changed
}

# In field order; what is longer than 1 KiB does not come back.
all_faults_of_a_request_come_at_once() {
	_register alice %20 '{"prompt":1,"run_id":false}'
	status_is 422
	json_is '[.errors[].loc[1]]' '["thread_id","prompt","run_id"]'
	_register alice plans '{"prompt":["'"$(_times 1100 a)"'"]}'
	json_is '.errors[0].input' null
	_register alice plans '{"prompt":["'"$(_times 1000 a)"'"]}'
	json_is '.errors[0].input[0] | length' 1000
}

a_thread_id_is_opaque() {
	for id in a%2Fb %25 '%22%5C' . .. '..%2F..%2Fx' 'a%0Ab' %7F '+' 'a+b' \
	    "$(_times 255 %F0%9F%8C%9F)"; do
		case $id in
		. | ..) continue ;;	# a path of its own
		..%2F*) id=x%2F$id ;;
		esac
		_register alice "$id" '{"prompt":"odd"}'
		status_is 201
		as alice get "/chat/$id/run-ids"
		json_is '[.run_ids[].prompt]' '["odd"]'
		as alice delete "/chat/$id"
		json_is .deleted_counts.users_threads_runs 1
	done
	json_is '.thread_id | length' 255
}

a_prompt_is_kept_verbatim() {
	_run
	printf '{"run_id":"%s","prompt":"%s\\u0001\\ud83c\\udf1f/\\/"}' \
	    $run "$(_times 100000 ä)" >"$T/prompt.json"
	_register alice plans @"$T/prompt.json"
	status_is 201
	jq -j .prompt "$T/body" >"$T/prompt.got"
	jq -j .prompt "$T/prompt.json" | cmp -s - "$T/prompt.got" ||
	    flunk "it came back otherwise"
	body_has "${star}//"
}

what_is_taken_is_409_and_changes_nothing() {
	_run
	_register bob bobs '{"prompt":"bobs","run_id":"'$run'"}'
	as bob post /sentiment '{"run_id":"'$run'","sentiment":true}'
	_register alice alices
	remember_rows
	_register alice alices '{"prompt":"x","run_id":"'$run'"}'
	status_is 409
	body_is "$taken"
	_register alice fresh '{"prompt":"x","run_id":"'$run'"}'
	same_body_as_before
	_register alice fresh '{"run_id":"'$(echo $run | tr a-f- A-F_ |
	    tr -d _)'"}'
	same_body_as_before
	_register alice bobs '{"prompt":"x"}'
	same_body_as_before
	_register bob another '{"run_id":"'$run'"}'
	same_body_as_before
	nothing_changed
}

a_deleted_thread_stays_its_owners() {
	_register alice mine-for-ever
	as alice delete /chat/mine-for-ever
	_register bob mine-for-ever
	status_is 409
	is "$(sql "SELECT deleted_at IS NULL FROM thread_claims
	    WHERE thread_id = 'mine-for-ever'")" f claim
	_register alice mine-for-ever
	status_is 201
	is "$(sql "SELECT deleted_at IS NULL FROM thread_claims
	    WHERE thread_id = 'mine-for-ever'")" t claim
}

# --- GET /chat-threads

# _history ROWS: runs by plain SQL, of known times.
_history() {
	sql_as demo_agent "INSERT INTO users_threads_runs
	    (email, thread_id, run_id, prompt, timestamp) $1"
}

the_list_has_its_shape() {
	_history "VALUES
	    ('lena@example.com', 't1', 'l-1', 'first', '2026-01-01 10:00:00'),
	    ('lena@example.com', 't1', 'l-2', 'later', '2026-01-03 10:00:00.5'),
	    ('lena@example.com', 't2', 'l-3', NULL, '2026-01-02 10:00:00')"
	as lena get /chat-threads
	status_is 200
	header_is Content-Type application/json
	header_is Cache-Control 'private, no-cache'
	body_is '{"threads":[{"thread_id":"t1","latest_timestamp":"2026-01-03T10:00:00.500000","run_count":2,"title":"first","full_prompt":"first"},{"thread_id":"t2","latest_timestamp":"2026-01-02T10:00:00","run_count":1,"title":"Untitled Conversation","full_prompt":""}],"total_count":2,"page":1,"limit":10,"has_more":false,"next_cursor":null}'
	as lena get /chat-threads/count
	body_is '{"total_count":2}'
	header_is Cache-Control no-store
}

nobodys_list_is_empty() {
	as nobody get /chat-threads
	status_is 200
	body_is '{"threads":[],"total_count":0,"page":1,"limit":10,"has_more":false,"next_cursor":null}'
	as nobody get '/chat-threads?page=3'
	json_is '[.threads, .page, .has_more]' '[[],3,false]'
	as nobody get /chat-threads/count
	body_is '{"total_count":0}'
}

# _title PROMPT TITLE FULL-PROMPT, as JSON.
_title() {
	as tina delete /chat/titled
	_register tina titled '{"prompt":'"$1"'}'
	as tina get /chat-threads
	json_is '.threads[0].title' "$2"
	json_is '.threads[0].full_prompt' "$3"
}

titles_count_code_points() {
	s50=$(_times 50 $star) s51=$(_times 51 $star) s47=$(_times 47 $star)
	_title null '"Untitled Conversation"' '""'
	_title '""' '"Untitled Conversation"' '""'
	_title '" "' '" "' '" "'
	_title "\"$s50\"" "\"$s50\"" "\"$s50\""
	_title "\"$s51\"" "\"$s47...\"" "\"$s51\""
	a48=$(_times 48 a)
	_title "\"${a48}bc\"" "\"${a48}bc\"" "\"${a48}bc\""
	_title "\"${a48}bcd\"" "\"${a48%?}...\"" "\"${a48}bcd\""
}

# Ties in byte order backwards; what has no time comes last.
_tied() {
	_history "SELECT 'tom@example.com', t, md5(t), t,
	    '2026-01-01'::timestamp
	    FROM unnest(ARRAY['a', 'B', 'ä', 'aa', 
	repeat('$star', 255)]) t
	    UNION ALL SELECT 'tom@example.com', t, md5(t), t, NULL::timestamp
	    FROM unnest(ARRAY['none-1', 'none-2', E'\\tnone',
		repeat('$star', 254) || 'n']) t
	    UNION ALL VALUES
	    ('tom@example.com', 'new', 'tie-new', 'new',
	'2026-01-02'::timestamp)"
}
_tied_order() {
	jq -nc --arg l "$(_times 255 $star)" \
	    --arg n "$(_times 254 $star)n" '["new", $l, "ä", "aa", "a", "B",
	    $n, "none-2", "none-1", "\tnone"]'
}

ties_and_nulls_have_an_order() {
	_tied
	as tom get /chat-threads
	json_is '[.threads[].thread_id]' "$(_tied_order)"
	json_is '[.threads[].latest_timestamp] | map(. == null) | index(true)' 6
}

# _walk LIMIT: every thread of tom by cursor into $T/walk; $pages counts.
_walk() {
	cursor= pages=0
	: >"$T/walk"
	while [ $pages -lt 30 ]; do
		as tom get "/chat-threads?limit=$1${cursor:+&cursor=$cursor}"
		status_is 200 || return
		pages=$((pages + 1))
		json_is '[.page, .total_count]' '[1,10]'
		jq -c '.threads[].thread_id' "$T/body" >>"$T/walk"
		cursor=$(field next_cursor)
		[ "$(field has_more)" = true ] || break
		echo "$cursor" | grep -qE '^[A-Za-z0-9_.~-]{1,256}$' ||
		    flunk "cursor of ${#cursor}: $cursor"
	done
	is "$cursor" null 'the last cursor'
	is "$(jq -sc . "$T/walk")" "$(_tied_order)" walk
}

a_cursor_walks_over_ties_and_long_ids() {
	for limit in 1 2 3 5 9 10 50; do
		_walk $limit
		is $pages $(((9 + limit) / limit)) pages
	done
}

pages_walk_as_well() {
	: >"$T/walk"
	for p in 1 2 3 4; do
		as tom get "/chat-threads?limit=3&page=$p"
		jq -c '.threads[].thread_id' "$T/body" >>"$T/walk"
		json_is '[.page, .limit, .has_more]' \
		    "[$p,3,$([ $p -lt 4 ] && echo true || echo false)]"
	done
	is "$(jq -sc . "$T/walk")" "$(_tied_order)" walk
	as tom get '/chat-threads?limit=3&page=5'
	json_is '[.threads, .total_count, .has_more]' '[[],10,false]'
	as tom get '/chat-threads?limit=10'
	json_is .has_more false
	as tom get '/chat-threads?page=2147483647&limit=50'
	status_is 200
	json_is '[.threads, .total_count]' '[[],10]'
}

# A page that goes while one reads it neither repeats nor loses the others.
a_walk_survives_a_deletion() {
	as tom get '/chat-threads?limit=2'
	cursor=$(field next_cursor)
	id=$(jq -rn --arg l "$(_times 255 $star)" '$l | @uri')
	as tom delete "/chat/$id"
	json_is .deleted_counts.users_threads_runs 1
	as tom get "/chat-threads?limit=2&cursor=$cursor"
	status_is 200
	as ben get "/chat-threads?cursor=$cursor"
	status_is 200
	json_is .threads '[]'
}

page_and_limit_are_checked() {
	while read -r query type msg; do
		as tom get "/chat-threads?$query"
		_error "$type" "query/${query%%=*}" "$msg"
	done <<-X
	page=0 greater_than_equal Input should be greater than or equal to 1
	page=-1 greater_than_equal Input should be greater than or equal to 1
	page=2147483648 less_than_equal Input should be less than or equal to 2147483647
	limit=0 greater_than_equal Input should be greater than or equal to 1
	limit=51 less_than_equal Input should be less than or equal to 50
	limit= int_parsing Input should be a valid integer, unable to parse string as an integer
	limit=x int_parsing Input should be a valid integer, unable to parse string as an integer
	limit=1.5 int_parsing Input should be a valid integer, unable to parse string as an integer
	page=1e1 int_parsing Input should be a valid integer, unable to parse string as an integer
	page=0x1 int_parsing Input should be a valid integer, unable to parse string as an integer
	X
	as tom get '/chat-threads?page=0&limit=99&cursor='
	status_is 422
	json_is '[.errors[].loc[1]]' '["page","limit"]'
	json_is '.errors[0] | [.input, .ctx]' '["0",{"ge":1}]'
	for ok in 1 %201%20 +1+ %2B1 01 1.0 '9&limit=1' '9&x=%20&limit=1&y'; do
		as tom get "/chat-threads?limit=$ok"
		status_is 200
		json_is .limit 1
	done
}

bad_cursors_are_422() {
	as tom get '/chat-threads?limit=1'
	good=$(field next_cursor)
	for bad in '' x AAAA "$good=" "$good%0A" "$good$good" "A$good" \
	    "$(_times 300 A)" "$(printf '2026-13-01 00:00:00\nx' | basenc --base64url | tr -d =)" \
	    "$(printf '2026-02-30 00:00:00\nx' | basenc --base64url | tr -d =)" \
	    "$(printf "x' OR 1=1\nx" | basenc --base64url -w0 | tr -d =)" \
	    "$(printf '2026-01-01 00:00:00\n\377' | basenc --base64url | tr -d =)" \
	    "$(printf '2026-01-01 00:00:00\n\0' | basenc --base64url | tr -d =)" \
	    %F0%9F%8C%9F; do
		as tom get "/chat-threads?cursor=$bad"
		_error value_error query/cursor 'Value error, Invalid cursor'
		as tom get "/feedback?cursor=$bad"
		_error value_error query/cursor 'Value error, Invalid cursor'
	done
	# One list's cursor in the other's hand.
	as tom get "/feedback?cursor=$good"
	_error value_error query/cursor 'Value error, Invalid cursor'
	as tom get "/chat-threads?cursor=$good&page=1"
	status_is 422
	json_is '[.errors[].loc[1]]' '["page"]'
}

# --- Caching

the_list_answers_304_while_it_stays() {
	_register etta one '{"prompt":"x"}'
	as etta get /chat-threads
	etag=$(header ETag)
	echo "$etag" | grep -qE '^"[A-Za-z0-9_-]+"$' || flunk "ETag: $etag"
	for m in "$etag" "W/$etag" "\"x\", $etag" "\"x\",W/$etag" '*' \
	    "$etag, \"y\""; do
		as etta get /chat-threads -H "If-None-Match: $m" \
		    -H "Origin: $it_origin"
		status_is 304
		is "$(wc -c <"$T/body")" 0 'length of the body'
		header_is ETag "$etag"
		header_is Cache-Control 'private, no-cache'
		header_like Vary 'Origin, Authorization'
		header_is Access-Control-Allow-Origin "$it_origin"
		header_like X-Request-Id .
	done
	for m in '"x"' "${etag%?}" "$(echo "$etag" | tr -d '"')" '"*"' W/; do
		as etta get /chat-threads -H "If-None-Match: $m"
		status_is 200
	done
	as etta request HEAD /chat-threads -H "If-None-Match: $etag"
	status_is 304
	as eric get /chat-threads -H "If-None-Match: $etag"
	status_is 200
	_register etta two '{"prompt":"y"}'
	as etta get /chat-threads -H "If-None-Match: $etag"
	status_is 200
	[ "$(header ETag)" != "$etag" ] || flunk "two bodies share an ETag"
	as etta delete /chat/two
	as etta get /chat-threads -H "If-None-Match: $etag"
	status_is 304
}

a_page_has_an_etag_of_its_own() {
	for q in 'limit=10' 'limit=9' 'limit=10&page=2'; do
		as etta get "/chat-threads?$q"
		header ETag
	done >"$T/etags"
	is "$(sort -u "$T/etags" | wc -l)" 3 ETags
}

# --- HEAD, methods, prefix

# Of every reading route: what GET says, without the body.
head_is_get_without_the_body() {
	bobbin_run routes --json | jq -r '.[] | select(.method == "GET") | .path' |
	    grep -vE '^/(health|metrics)' | sed 's/{[^}]*}/x/g' >"$T/paths"
	[ "$(wc -l <"$T/paths")" -gt 5 ] || flunk "no routes"
	for p in $(cat "$T/paths") /nothing; do
		for m in GET HEAD; do
			as alice request $m "$p" -H 'X-Request-Id: same'
			grep -viE '^(date|transfer-encoding):' "$T/headers" \
			    >"$T/headers.$m"
		done
		cmp -s "$T/headers.GET" "$T/headers.HEAD" ||
		    flunk "$p: $(diff "$T/headers.GET" "$T/headers.HEAD")"
		etag=$(header ETag)
		[ -n "$etag" ] || continue
		for m in '*' "$etag"; do
			as alice get "$p" -H "If-None-Match: $m"
			status_is 304
			header_is ETag "$etag"
		done
	done
}

# Of every path: the methods it lacks are 405 and say which it has.
a_known_path_names_its_methods() {
	bobbin_run routes --json | jq -r 'group_by(.path)[] |
	    [.[0].path, (map(if .method == "GET" then "GET", "HEAD"
	    else .method end) + ["OPTIONS"] | join(","))] | join(" ")' |
	    sed 's/{[^}]*}/x/g' >"$T/allowed"
	[ "$(wc -l <"$T/allowed")" -gt 5 ] || flunk "no routes"
	remember_rows
	while read -r p has; do
		for m in GET HEAD POST PUT PATCH DELETE OPTIONS BREW; do
			case ",$has," in
			*",$m,"*) [ $m = OPTIONS ] || continue ;;
			esac
			request $m "$p" -H "Origin: $it_origin"
			status_is $([ $m = OPTIONS ] && echo 200 || echo 405)
			is "$(header Allow | tr -d ' ')" "$has" "Allow of $m $p"
			header_is Access-Control-Allow-Origin "$it_origin"
			[ $m = OPTIONS ] || [ $m = HEAD ] ||
			    body_is '{"detail":"Method Not Allowed"}'
		done
	done <"$T/allowed"
	nothing_changed
}

unknown_paths_are_404() {
	for p in /chat /chat/ /chat/x/runs/ /chat-threads/ /chat-threads/x \
	    /Chat-Threads /feedback/x/y /api/health/ /chat//runs /chat/x//runs \
	    //chat-threads /debug /health/nothing /sentiment/; do
		as alice get "$p"
		status_is 404
		body_is '{"detail":"Not Found"}'
		header_is Cache-Control no-store
		as alice post "$p" '{}'
		status_is 404
	done
}

one_api_is_taken_off() {
	as lena get /chat-threads
	as lena get /api/chat-threads
	same_body_as_before
	_register lena prefixed
	as lena post /api/chat/prefixed/runs '{"prompt":"x"}'
	status_is 201
	as lena get /api/chat/prefixed/run-ids
	json_is '.run_ids | length' 2
	as lena get '/api/chat-threads?limit=0'
	status_is 422
	as lena delete /api/chat/prefixed
	json_is .deleted_counts.users_threads_runs 2
	get /api/health
	status_is 200
	for p in /api /api/ /api/api/chat-threads /api/auth/session \
	    /api/auth /API/chat-threads /api/metrics /api/x; do
		as lena get "$p"
		status_is 404
		body_is '{"detail":"Not Found"}'
	done
	as lena put /api/chat-threads '{}'
	status_is 405
	header_is Allow 'GET, HEAD, OPTIONS'
}

# Nobody's token: who is asked for one has been found.
no_other_route_is_below_api() {
	bobbin_run routes --json | jq -r '.[] |
	    "\(.below_api) \(.method) /api\(.path)"' |
	    sed 's/{[^}]*}/x/g' >"$T/below"
	is "$(cut -d ' ' -f 1 "$T/below" | sort -u | tr '\n' ' ')" \
	    'false true ' 'kinds of routes'
	while read -r below m p; do
		request "$m" "$p"
		case $below$(status) in
		true404 | false[!4]* | false40[!4])
			flunk "$m $p: $(status), below /api: $below" ;;
		esac
	done <"$T/below"
}

# --- CORS, and what stands on every answer

a_preflight_needs_no_token() {
	for p in /chat-threads /api/analyze /chat/x/runs /nothing; do
		request OPTIONS "$p" -H "Origin: $it_origin" \
		    -H 'Access-Control-Request-Method: POST' \
		    -H 'Access-Control-Request-Headers: authorization,x-mine'
		status_is 200
		body_is ''
		header_is Access-Control-Allow-Origin "$it_origin"
		header_is Access-Control-Allow-Credentials true
		header_is Access-Control-Allow-Methods \
		    'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'
		header_is Access-Control-Allow-Headers authorization,x-mine
		header_is Access-Control-Max-Age 600
	done
}

another_origin_is_refused() {
	for o in https://evil.example null "$it_origin.evil.example" \
	    "$it_origin/" HTTPS://APP.EXAMPLE.COM '*'; do
		request OPTIONS /chat-threads -H "Origin: $o" \
		    -H 'Access-Control-Request-Method: GET'
		status_is 400
		body_is '{"detail":"Disallowed CORS origin"}'
		as alice get /chat-threads -H "Origin: $o"
		status_is 200
		for h in Origin Credentials; do
			no_header Access-Control-Allow-$h
		done
	done
}

# _wears STATUS METHOD PATH [curl's arguments]: the headers of all answers.
_wears() {
	want=$1
	shift
	request "$@" -H "Origin: $it_origin" -H 'X-Request-Id: mine'
	status_is "$want"
	header_is X-Request-Id mine
	header_is X-Content-Type-Options nosniff
	header_like Vary 'Origin, Authorization'
	header_is Access-Control-Allow-Origin "$it_origin"
	header_is Access-Control-Allow-Credentials true
	header_is Access-Control-Expose-Headers 'ETag, Location, Link, Retry-After, X-Request-Id, X-Next-Cursor, Content-Disposition'
	case $want in
	2* | 304) ;;
	*)	header_is Cache-Control no-store
		header_is Content-Type application/json
		[ "$1" = HEAD ] || json_is '.detail | type' '"string"' ;;
	esac
}

every_answer_wears_the_same_headers() {
	json='Content-Type: application/json'
	_wears 401 GET /chat-threads
	_wears 404 GET /nothing
	_wears 405 PUT /chat-threads
	_wears 400 GET /chat/%FF/run-ids
	who=alice
	_wears 200 GET /chat-threads
	_wears 200 HEAD /chat-threads
	_wears 304 GET /chat-threads -H 'If-None-Match: *'
	_wears 200 DELETE /chat/none
	_wears 201 POST /chat/worn/runs
	_wears 400 POST /chat/worn/runs -H "$json" -d '{'
	_wears 403 GET /chat-threads -H 'X-Bobbin-On-Behalf-Of: bob@x.example'
	_wears 404 POST /sentiment -H "$json" \
	    -d '{"run_id":"99999999-2222-4333-8444-555555555555"}'
	_wears 409 POST /chat/bobs/runs
	head -c 70000 /dev/zero | _wears 413 POST /sentiment -H "$json" \
	    --data-binary @-
	_wears 415 POST /sentiment -d '{}'
	_wears 422 POST /sentiment -H "$json" -d '{}'
	_wears 503 POST /analyze -H "$json" \
	    -d '{"prompt":"x","thread_id":"worn"}'
	who=
}

without_an_agent_nothing_is_recorded() {
	remember_rows
	for p in /analyze /analyze/stream; do
		as alice post $p '{"prompt":"x","thread_id":"unserved"}'
		status_is 503
		no_header Retry-After
		body_is '{"detail":"No agent is configured"}'
	done
	_run
	_register alice unserved '{"run_id":"'$run'"}'
	remember_rows
	as alice post /stop-execution \
	    '{"thread_id":"unserved","run_id":"'$run'"}'
	status_is 200
	body_is '{"status":"not_found","message":"Execution not found or already completed","thread_id":"unserved","run_id":"'$run'"}'
	nothing_changed
}

# --- GET /chat/{thread_id}/run-ids, /initial-followup-prompts

run_ids_are_the_uuids_in_order() {
	_history "VALUES
	    ('rita@example.com', 'r', '0A0B0C0D-1111-4222-8333-AAAAAAAAAAAA',
		'c', NULL),
	    ('rita@example.com', 'r', 'no-uuid', 'x', '2026-01-01'),
	    ('rita@example.com', 'r', '0a0b0c0d11114222833300000000bbbb',
		NULL, '2026-01-02'),
	    ('rita@example.com', 'r', '0a0b0c0d-1111-4222-8333-00000000cccc',
		'a', '2026-01-01 00:00:00.000001'),
	    ('rita@example.com', 's', '0a0b0c0d-1111-4222-8333-00000000dddd',
		'other', '2026-01-01')"
	as rita get /chat/r/run-ids
	status_is 200
	header_is Cache-Control no-store
	body_is '{"run_ids":[{"run_id":"0a0b0c0d-1111-4222-8333-00000000cccc","prompt":"a","timestamp":"2026-01-01T00:00:00.000001"},{"run_id":"0a0b0c0d-1111-4222-8333-00000000bbbb","prompt":null,"timestamp":"2026-01-02T00:00:00"},{"run_id":"0a0b0c0d-1111-4222-8333-aaaaaaaaaaaa","prompt":"c","timestamp":null}]}'
	for p in /chat/unknown/run-ids /chat/%20/run-ids \
	    "/chat/$(_times 300 a)/run-ids"; do
		as rita get "$p"
		status_is 200
		body_is '{"run_ids":[]}'
	done
}

suggestions_need_no_database() {
	as alice get /initial-followup-prompts
	status_is 200
	header_is Cache-Control 'private, max-age=300'
	json_is 'length >= 1 and length <= 20 and all(type == "string")' true
	pg_down
	as alice get /initial-followup-prompts
	same_body_as_before
	_pg_up
	_wait_for alive
}

# --- DELETE /chat/{thread_id}

a_deletion_counts_what_went() {
	_run
	_register dora gone '{"prompt":"x","run_id":"'$run'"}'
	_register dora gone
	as dora post /feedback '{"run_id":"'$run'","feedback":1}'
	as dora delete /chat/gone
	status_is 200
	header_is Cache-Control no-store
	body_is '{"message":"Checkpoint records and thread entries deleted for thread_id: gone","deleted_counts":{"checkpoint_blobs":0,"checkpoint_writes":0,"checkpoints":0,"users_threads_runs":2,"messages":0,"artifacts":0,"feedback":1},"thread_id":"gone","user_email":"dora@example.com"}'
	is "$(sql "SELECT (SELECT count(*) FROM users_threads_runs WHERE
	    email = 'dora@example.com') + (SELECT count(*) FROM threads WHERE
	    email = 'dora@example.com') + (SELECT count(*) FROM feedback WHERE
	    email = 'dora@example.com')")" 0 'what is left'
}

a_second_deletion_is_200_as_well() {
	remember_rows
	as dora delete /chat/gone
	status_is 200
	body_is '{"message":"Thread not found or access denied","thread_id":"gone","user_email":"dora@example.com","deleted_counts":{}}'
	nothing_changed
}

a_deletion_takes_the_checkpoints() {
	langgraph_tables
	_register dora talk
	langgraph_rows talk
	langgraph_rows other
	as dora delete /chat/talk
	json_is '.deleted_counts | [.checkpoint_blobs, .checkpoint_writes,
	    .checkpoints, .users_threads_runs]' '[1,3,2,1]'
	is "$(sql "SELECT (SELECT count(*) FROM checkpoints) +
	    (SELECT count(*) FROM checkpoint_writes) +
	    (SELECT count(*) FROM checkpoint_blobs)")" 6 "the other thread's"
}

# An agent's SQL may put a run under an id that somebody else holds.
a_foreign_claim_keeps_its_checkpoints() {
	_register dora held
	langgraph_rows held
	_history "VALUES
	    ('bob@example.com', 'held', 'held-by-dora', 'x', now())"
	as bob delete /chat/held
	json_is '.deleted_counts | [.checkpoints, .users_threads_runs]' '[0,1]'
	as bob get /chat-threads
	json_is '[.threads[] | select(.thread_id == "held")]' '[]'
	as dora get /chat/held/run-ids
	json_is '.run_ids | length' 1
	as dora delete /chat/held
	json_is '.deleted_counts | [.checkpoints, .users_threads_runs]' '[2,1]'
}

# Whoever comes first may not open what an agent has already written.
an_unclaimed_history_is_the_agents_to_give() {
	langgraph_rows unclaimed
	remember_rows
	_register dora unclaimed
	status_is 409
	body_is "$taken"
	nothing_changed
	as agent post /chat/unclaimed/runs '{}' \
	    -H 'X-Bobbin-On-Behalf-Of: Dora@Example.COM'
	status_is 201
	_register dora unclaimed
	status_is 201
}

# An unreadable table must not pass for an empty one.
a_table_that_cannot_be_read_is_no_empty_one() {
	_register dora locked
	sql 'REVOKE DELETE ON checkpoint_writes FROM bobbin_app'
	remember_rows
	as dora delete /chat/locked
	status_is 503
	header_is Retry-After 5
	nothing_changed
	sql 'GRANT DELETE ON checkpoint_writes TO bobbin_app'
	as dora delete /chat/locked
	json_is .deleted_counts.users_threads_runs 1
}

# --- GET /health, /health/database, /debug/run-id/{run_id}

health_tells_nothing_of_the_database() {
	get /health
	status_is 200
	json_is 'keys_unsorted' '["status","timestamp","uptime_seconds","database","version"]'
	json_is '[.status, .database, (.timestamp | endswith("Z"))]' \
	    '["healthy",{"healthy":true,"checkpointer_type":"postgres","error":null},true]'
	json_is '.uptime_seconds > 0' true
	get /health/database
	status_is 200
	json_is 'keys_unsorted' '["timestamp","checkpointer_available","checkpointer_type","database_connection","read_latency_ms","read_test"]'
	json_is '[.checkpointer_available, .database_connection, .read_test]' \
	    '[true,"healthy","passed"]'
	header_is Cache-Control no-store
}

# _debug WHO RUN EXISTS OWNS
_debug() {
	as "$1" get "/debug/run-id/$2"
	status_is 200
	json_is '[.exists_in_database, .user_owns_run_id,
	    .database_details.email]' "[$3]"
}

debug_shows_a_run_to_its_owner() {
	_run
	_register dora seen '{"prompt":"x","run_id":"'$run'"}'
	time=$(field timestamp)
	as dora get "/debug/run-id/$run"
	status_is 200
	body_is '{"run_id":"'$run'","run_id_type":"str","run_id_length":36,"is_valid_uuid_format":true,"exists_in_database":true,"user_owns_run_id":true,"database_details":{"email":"dora@example.com","thread_id":"seen","prompt":"x","timestamp":"'$time'"},"uuid_parsed":"'$run'"}'
	_debug bob $run false,false,null
	_debug admin $run 'true,false,"dora@example.com"'
	_debug dora "$(echo $run | tr -d -)" 'true,true,"dora@example.com"'
	_debug bob held-by-dora false,false,null
	as dora get /debug/run-id/%F0%9F%8C%9F
	body_is '{"run_id":"'$star'","run_id_type":"str","run_id_length":1,"is_valid_uuid_format":false,"exists_in_database":false,"user_owns_run_id":false,"database_details":null,"uuid_error":"badly formed hexadecimal UUID string"}'
}

debug_can_be_off() {
	stop_bobbin
	echo 'DEBUG_ROUTES = off' >>"$T/bobbin.conf"
	start_bobbin
	_wait_for alive
	as dora get "/debug/run-id/$run"
	status_is 404
	body_is '{"detail":"Not Found"}'
}

it_run
