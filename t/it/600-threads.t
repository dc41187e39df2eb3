# 600-threads.t: /api/v1/threads: opening, listing, changing and deleting.
. "${SRCDIR:?}/t/it/lib.sh"
. "$top/t/it/load.sh"

it_site='s/rate=50r/rate=5000r/'
it_start
langgraph_tables

v1=/api/v1/threads
nobody=99999999-9999-4999-8999-999999999999
uuid='[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
time='20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{6})?Z'

# A conversation as studio makes it: without an outside id.
_studio() {
	studio=$(sql "INSERT INTO threads (email, title)
	    VALUES ('${1:-alice}@example.com', 'studio') RETURNING id")
}

_count() {
	sql "SELECT count(*) FROM threads WHERE $1"
}

_detail() {
	status_is "$1"
	body_is '{"detail":"'"$2"'"}'
}

_like() {
	grep -qE -e "$1" "$T/body" || flunk "body is not like $1
it is: $(head -c 500 "$T/body")"
}

# --- The seed's own requests, and a token

# As they stand but for the port; "uuid-here" stands for one of the caller's.
the_seeds_examples_work() {
	token=$(token_of seed)
	_studio seed
	curl -sS -X POST "$url/api/v1/threads" \
	    -H "Authorization: Bearer $token" \
	    -H "Content-Type: application/json" \
	    -d '{
	    "thread_id": "thread-abc123",
	    "conversation_id": "'$studio'",
	    "metadata": {"source": "web"}
	  }' >"$T/body"
	json_is '[.thread_id,.conversation_id,.metadata]' \
	    '["thread-abc123","'$studio'",{"source":"web"}]'
	call=11111111-1111-4111-8111-111111111111
	as agent post $v1/thread-abc123/tool-calls '{"id":"'$call'",
	    "tool_id":"search-1","tool_name":"Web Search",
	    "inputs":{"query": "weather"}}' \
	    -H 'X-Bobbin-On-Behalf-Of: seed@example.com'
	status_is 201
	curl -sS -X GET "$url/api/v1/threads/thread-abc123/state" \
	    -H "Authorization: Bearer $token" >"$T/body"
	json_is '[.tool_calls[0] | .tool_id, .status]' '["search-1","pending"]'
	curl -sS -X POST "$url/api/v1/threads/thread-abc123/tool-result" \
	    -H "Authorization: Bearer $token" \
	    -H "Content-Type: application/json" \
	    -d '{
	    "tool_call_id": "'$call'",
	    "status": "approved",
	    "outputs": {"result": "Tool execution result"}
	  }' >"$T/body"
	json_is '[.success,.tool_call_id,.status]' \
	    '[true,"'$call'","approved"]'
	curl -sS -X GET "$url/api/v1/threads/health" >"$T/body"
	json_is .status '"healthy"'
}

# --- POST /api/v1/threads, case by case

without_ids_both_are_minted() {
	for body in '{}' '' '{"thread_id":null,"conversation_id":null}'; do
		as alice post $v1 "$body"
		status_is 201
		_like "^\{\"thread_id\":\"thread-[0-9a-f]{32}\",\"conversation_id\":\"$uuid\",\"created_at\":\"$time\",\"metadata\":\{\}\}$"
	done
}

a_new_thread_is_201_and_a_known_one_200() {
	as alice post $v1 '{"thread_id":"plans","metadata":{"a": 1.0}}'
	status_is 201
	body_has '"metadata":{"a": 1.0}}'
	own=$(field conversation_id)
	for c in '' ',"conversation_id":"'$own'"' \
	    ',"conversation_id":"'$(echo $own | tr a-f A-F)'"'; do
		as alice post $v1 '{"thread_id":"plans","metadata":{"b":2}'$c'}'
		status_is 200
		body_has '"conversation_id":"'$own'"'
		body_has '"metadata":{"a": 1.0}}'
	done
	is "$(_count "thread_id = 'plans'")" 1 rows
}

a_thread_keeps_its_conversation() {
	as alice post $v1 '{"thread_id":"kept"}'
	_studio
	remember_rows
	as alice post $v1 '{"thread_id":"kept","conversation_id":"'$studio'"}'
	_detail 409 'Thread already belongs to another conversation'
	nothing_changed
}

a_conversation_alone_is_found() {
	as alice post $v1 '{"thread_id":"by-conversation"}'
	own=$(field conversation_id)
	as alice post $v1 '{"conversation_id":"'$own'"}'
	status_is 200
	json_is .thread_id '"by-conversation"'
	_studio
	as alice post $v1 '{"conversation_id":"'$studio'"}'
	status_is 200
	json_is .thread_id '"'$studio'"'
	as alice post $v1 '{"thread_id":"'$studio'"}'
	status_is 200
	json_is .conversation_id '"'$studio'"'
}

an_unlinked_conversation_gets_its_thread() {
	_studio
	as alice post $v1 '{"thread_id":"linked","conversation_id":"'$studio'",
	    "metadata":{"x":1}}'
	status_is 201
	json_is '[.thread_id,.conversation_id,.metadata]' \
	    '["linked","'$studio'",{"x":1}]'
	as alice post $v1 '{"thread_id":"linked","conversation_id":"'$studio'"}'
	status_is 200
	is "$(sql "SELECT email FROM thread_claims
	    WHERE thread_id = 'linked'")" alice@example.com claim
	_studio
	sql "UPDATE threads SET meta = '{\"own\":1}' WHERE id = '$studio'"
	as alice post $v1 '{"thread_id":"linked-too",
	    "conversation_id":"'$studio'","metadata":{"x":1}}'
	status_is 201
	json_is .metadata '{"own":1}'
}

a_linked_conversation_stays() {
	why='Conversation already has a thread'
	_studio
	as alice post $v1 '{"thread_id":"first","conversation_id":"'$studio'"}'
	remember_rows
	as alice post $v1 '{"thread_id":"second","conversation_id":"'$studio'"}'
	_detail 409 "$why"
	nothing_changed
	# Runs under its uuid make that its outside id.
	_studio
	as alice post /chat/$studio/runs '{"prompt":"hi"}'
	as alice post $v1 '{"thread_id":"third","conversation_id":"'$studio'"}'
	_detail 409 "$why"
	# So do LangGraph's checkpoints.
	_studio
	langgraph_rows $studio
	remember_rows
	as alice post $v1 '{"thread_id":"fourth","conversation_id":"'$studio'"}'
	_detail 409 "$why"
	nothing_changed
}

an_unknown_conversation_is_404() {
	_studio bob
	as alice post $v1 '{"thread_id":"there"}'
	remember_rows
	for id in $nobody $studio; do
		for t in '' '"thread_id":"there",' '"thread_id":"new",'; do
			as alice post $v1 "{$t\"conversation_id\":\"$id\"}"
			_detail 404 "Conversation not found: $id"
		done
	done
	upper=$(echo $studio | tr a-f A-F)
	as alice post $v1 '{"conversation_id":"'$upper'"}'
	_detail 404 "Conversation not found: $upper"
	nothing_changed
}

two_owners_may_use_one_text() {
	as alice post $v1 '{"thread_id":"same","metadata":{"who":"alice"}}'
	status_is 201
	as bob post $v1 '{"thread_id":"same"}'
	status_is 201
	json_is .metadata '{}'
	is "$(sql "SELECT email FROM thread_claims
	    WHERE thread_id = 'same'")" alice@example.com claim
}

bad_thread_ids_are_400() {
	remember_rows
	long=$(printf '%0256d' 0)
	for t in '1:must be a string' 'true:must be a string' \
	    '[]:must be a string' '"":must not be empty' \
	    '" ":must not be blank' '"\u3000\u00a0":must not be blank' \
	    "\"$long\":must have at most 255 characters" \
	    '"a\nb":must not contain control characters' \
	    '"a\u0085":must not contain control characters' \
	    '"health":must not be health'; do
		as alice post $v1 '{"thread_id":'"${t%:*}"'}'
		_detail 400 "thread_id: ${t##*:}"
	done
	nothing_changed
	as alice post $v1 '{"thread_id":"'"${long%?}"'"}'
	status_is 201
	as alice get "$v1/${long%?}"
	status_is 200
}

other_bad_members_are_400() {
	for c in '"x"' '""' '"{'$nobody'}"' '"'$(echo $nobody | tr -d -)'"'; do
		as alice post $v1 '{"conversation_id":'"$c"',"metadata":1}'
		_detail 400 'conversation_id: must be a UUID'
	done
	for m in 1 '"x"' '[]' true; do
		as alice post $v1 '{"metadata":'"$m"'}'
		_detail 400 'metadata: must be an object'
	done
	as alice post $v1 '[]'
	_detail 400 'body: must be an object'
	as alice post $v1 '{"unknown":1,"metadata":null}'
	status_is 201
}

# The other one waits for the first one's commit, and finds.
simultaneous_requests_make_one_row() {
	hold "INSERT INTO threads (email, thread_id)
	    VALUES ('alice@example.com', 'race')"
	send one alice POST $v1 --data-binary '{"thread_id":"race"}'
	_wait_for waiting 1 || flunk "nobody waits"
	let_go COMMIT
	reap one
	ended_with one 200
	for i in 1 2 3 4 5 6 7 8; do
		send r$i alice POST $v1 --data-binary '{"thread_id":"race-2"}'
	done
	for i in 1 2 3 4 5 6 7 8; do
		reap r$i
	done
	is "$(cat "$T"/r[1-8].status | grep -o 20[01] | sort | uniq -c |
	    awk '{ printf "%s:%s ", $2, $1 }')" '200:7 201:1 ' answers
	is "$(_count "thread_id = 'race-2'")" 1 rows
}

simultaneous_links_make_one() {
	_studio
	for i in 1 2 3 4; do
		send l$i alice POST $v1 --data-binary \
		    '{"thread_id":"one-link","conversation_id":"'$studio'"}'
	done
	for i in 1 2 3 4; do
		reap l$i
	done
	is "$(cat "$T"/l[1-4].status | grep -o 20[01] | sort | uniq -c |
	    awk '{ printf "%s:%s ", $2, $1 }')" '200:3 201:1 ' answers
}

# As nginx sends a request again whose worker died.
_again() {
	(cd "$T" && printf %s "$2" |
	    as_priv env -i BOBBIN_CONF="$T/bobbin.conf" \
	    GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST REQUEST_URI=$1 \
	    CONTENT_TYPE=application/json CONTENT_LENGTH=${#2} \
	    BOBBIN_REQUEST_ID="$3" \
	    HTTP_AUTHORIZATION="Bearer $(token_of alice)" \
	    "$priv_bobbin" cgi) | tr -d '\r' >"$T/cgi"
	sed -n 's/^Status: \([0-9]*\).*/\1/p' "$T/cgi" >"$T/status"
	sed '1,/^$/d' "$T/cgi" >"$T/body"
}

a_request_that_comes_again_answers_as_the_first_time() {
	echo again >"$T/asked"
	n=0
	for body in '{}' '{"thread_id":"again"}'; do
		n=$((n + 1))
		id=0123456789abcdef0123456789abcde$n
		_again $v1 "$body" $id
		status_is 201
		cp "$T/body" "$T/first"
		before=$(_count true)
		_again $v1 "$body" $id
		status_is 201
		cmp -s "$T/body" "$T/first" || flunk "$(cat "$T/body")"
		is "$(_count true)" "$before" rows
	done
	_again $v1 '{"thread_id":"again"}' 1123456789abcdef0123456789abcde1
	status_is 200
	_again $v1/again/messages '{"role":"user","content":"x"}' $id
	status_is 201
	cp "$T/body" "$T/first"
	_again $v1/again/messages '{"role":"user","content":"x"}' $id
	status_is 201
	cmp -s "$T/body" "$T/first" || flunk "$(cat "$T/body")"
	is "$(sql 'SELECT count(*) FROM messages')" 1 messages
}

# --- Claims

opening_claims_the_id() {
	as alice post $v1 '{"thread_id":"claimed"}'
	is "$(sql "SELECT email FROM thread_claims
	    WHERE thread_id = 'claimed'")" alice@example.com claim
	as bob post /chat/claimed/runs '{}'
	status_is 409
}

checkpoints_without_a_claim_are_an_agents() {
	langgraph_rows orphan
	as alice post $v1 '{"thread_id":"orphan"}'
	status_is 201
	is "$(_claims orphan)" 0 claims
	as alice get $v1/orphan/state
	json_is '[.messages, .checkpoints]' '[[],[]]'
	langgraph_rows orphan-2
	as agent post $v1 '{"thread_id":"orphan-2"}' \
	    -H 'X-Bobbin-On-Behalf-Of: alice@example.com'
	status_is 201
	is "$(_claims orphan-2)" 1 claims
	as alice get $v1/orphan-2/state
	json_is '.checkpoints | length' 2
}

_claims() {
	sql "SELECT count(*) FROM thread_claims WHERE thread_id = '$1'"
}

# --- GET, PATCH, DELETE

a_thread_shows_all_its_members() {
	as alice post $v1 '{"thread_id":"shown"}'
	own=$(field conversation_id)
	as alice get $v1/shown
	status_is 200
	header_is Cache-Control no-store
	_like "^\{\"thread_id\":\"shown\",\"conversation_id\":\"$own\",\"title\":null,\"metadata\":\{\},\"created_at\":\"$time\",\"updated_at\":\"$time\",\"archived_at\":null\}$"
	as alice head_ $v1/shown
	status_is 200
	as alice get $v1/unknown%20%22id%22
	_detail 404 'Thread not found: unknown \"id\"'
}

a_thread_of_runs_is_there() {
	as alice post /chat/ran/runs '{"prompt":"x"}'
	as alice get $v1/ran
	status_is 200
	as alice post $v1 '{"thread_id":"opened"}'
	as alice post /chat/opened/runs '{"prompt":"x"}'
	status_is 201
	as alice get /chat-threads
	body_has '"thread_id":"opened"'
}

a_studio_thread_is_found_by_its_uuid() {
	_studio
	as alice get $v1/$studio
	status_is 200
	json_is '[.thread_id,.conversation_id,.title]' \
	    '["'$studio'","'$studio'","studio"]'
	as alice get "$v1/$(echo $studio | tr a-f A-F)"
	status_is 404
	# One with an outside id is found by that alone.
	as alice post $v1 '{"thread_id":"outside"}'
	as alice get "$v1/$(field conversation_id)"
	status_is 404
}

a_chatkit_thread_is_known_by_its_id() {
	sql "INSERT INTO threads (email, thread_id, document, sorted_at, meta,
	    title_at, title_length)
	    VALUES ('alice@example.com', 'thr_1', '{\"metadata\":{\"d\":1}}',
	    now(), '{\"m\":1}', 20, 0)"
	as alice get $v1/thr_1
	json_is '[.thread_id,.metadata]' '["thr_1",{"m":1}]'
}

ids_may_hold_anything() {
	for id in 'a/b' 'a b' '?#%' "it's" '%_' '日本' '..x' '{"a":1}' '+'; do
		as alice post $v1 "$(jq -cn --arg t "$id" '{thread_id:$t}')"
		status_is 201
		enc=$(jq -rn --arg t "$id" '$t | @uri')
		as alice get "$v1/$enc"
		status_is 200
		is "$(field thread_id)" "$id" id
		as alice post "$v1/$enc/messages" \
		    '{"role":"user","content":"x"}'
		status_is 201
		as alice patch "$v1/$enc" '{"title":"t"}'
		status_is 200
		as alice delete "$v1/$enc"
		status_is 204
	done
}

malformed_paths_are_400() {
	for p in %00 %ff %C0%AF; do
		as alice get "$v1/x$p"
		case $p in
		%00) status_is 400 ;;	# nginx says it itself
		*) _detail 400 'Malformed path' ;;
		esac
	done
	as alice get "$v1/$(printf '%0256d' 0)"
	_detail 400 'thread_id: must have at most 255 characters'
}

health_stands_before_ids() {
	get $v1/health
	status_is 200
	_like "^\{\"status\":\"healthy\",\"timestamp\":\"$time\"\}$"
	as alice delete $v1/health
	status_is 405
	header_is Allow 'GET, HEAD, OPTIONS'
	as alice get $v1/health/state
	_detail 404 'Thread not found: health'
}

a_patch_changes_what_it_names() {
	as alice post $v1 '{"thread_id":"patched","metadata":{"a":1}}'
	as alice patch $v1/patched '{"title":"First"}'
	status_is 200
	json_is '[.title,.metadata,.archived_at]' '["First",{"a":1},null]'
	as alice patch $v1/patched '{"metadata":{"b": 1e22}}'
	body_has '"metadata":{"b": 1e22}'
	json_is .title '"First"'
	as alice patch $v1/patched '{"archived":true}'
	at=$(field archived_at)
	echo "$at" | grep -qE "^$time$" || flunk "archived_at is $at"
	as alice patch $v1/patched '{"archived":true,"title":null}'
	json_is '[.title,.archived_at]' '[null,"'$at'"]'
	as alice patch $v1/patched '{"archived":false,"metadata":null}'
	json_is '[.archived_at,.metadata]' '[null,{}]'
	as alice get $v1/patched
	same_body_as_before
}

a_repeated_patch_changes_nothing() {
	as alice post $v1 '{"thread_id":"calm"}'
	for body in '{"title":"T"}' '{"metadata":{"x":[1,2]}}' \
	    '{"archived":true}' '{"metadata":null}' '{"archived":false}' \
	    '{"title":null}'; do
		as alice patch $v1/calm "$body"
		status_is 200
		as alice patch $v1/calm "$body"
		same_body_as_before
	done
	# Metadata that are none already.
	as alice post $v1 '{"thread_id":"calm-2"}'
	as alice get $v1/calm-2
	as alice patch $v1/calm-2 '{"metadata":null}'
	same_body_as_before
}

a_change_moves_updated_at() {
	as alice post $v1 '{"thread_id":"moved"}'
	sql "UPDATE threads SET updated_at = '2020-01-01'
	    WHERE thread_id = 'moved'"
	for body in '{"title":"a"}' '{"metadata":{"a":1}}' '{"archived":true}'
	do
		sql "UPDATE threads SET updated_at = '2020-01-01'
		    WHERE thread_id = 'moved'"
		as alice patch $v1/moved "$body"
		[ "$(field updated_at)" \> 2021 ] || flunk "it stayed: $body"
	done
}

bad_patches_are_400() {
	as alice post $v1 '{"thread_id":"bad"}'
	remember_rows
	for body in '{}' '' '{"x":1}'; do
		as alice patch $v1/bad "$body"
		_detail 400 'Nothing to change'
	done
	for b in '"title":1:title: must be a string' \
	    '"title":"'$(printf '%0513d' 0)'":title: must have at most 512 characters' \
	    '"metadata":[]:metadata: must be an object' \
	    '"archived":null:archived: must be true or false' \
	    '"archived":1:archived: must be true or false' \
	    '"archived":"true":archived: must be true or false'; do
		as alice patch $v1/bad "{$(echo "$b" |
		    sed -E 's/:[a-z]+: must.*//')}"
		_detail 400 "$(echo "$b" | grep -oE '[a-z]+: must.*')"
	done
	nothing_changed
	as alice patch $v1/unknown '{"title":"x"}'
	_detail 404 'Thread not found: unknown'
}

a_deletion_is_204_always() {
	as alice post $v1 '{"thread_id":"gone"}'
	own=$(field conversation_id)
	as alice post $v1/gone/messages '{"role":"user","content":"x"}'
	as agent post $v1/gone/checkpoints \
	    '{"checkpoint_id":"k","state_data":{}}' \
	    -H 'X-Bobbin-On-Behalf-Of: alice@example.com'
	as agent post $v1/gone/tool-calls \
	    '{"tool_id":"t","tool_name":"n","checkpoint_id":"k"}' \
	    -H 'X-Bobbin-On-Behalf-Of: alice@example.com'
	status_is 201
	as alice post /chat/gone/runs '{"prompt":"x"}'
	langgraph_rows gone
	remember_rows
	as bob delete $v1/gone
	status_is 204
	nothing_changed
	as alice delete $v1/gone
	status_is 204
	body_is ''
	no_header Content-Type
	is "$(sql "SELECT (SELECT count(*) FROM messages
	    WHERE thread_id = '$own') + (SELECT count(*) FROM tool_calls
	    WHERE conversation_id = '$own') + (SELECT count(*)
	    FROM agent_checkpoints WHERE conversation_id = '$own')
	    + (SELECT count(*) FROM users_threads_runs
	    WHERE thread_id = 'gone') + (SELECT count(*) FROM checkpoints
	    WHERE thread_id = 'gone') + (SELECT count(*) FROM threads
	    WHERE thread_id = 'gone')")" 0 'rows left'
	as alice delete $v1/gone
	status_is 204
	as alice get $v1/gone
	status_is 404
	as bob post $v1 '{"thread_id":"gone"}'
	status_is 201
	is "$(sql "SELECT email FROM thread_claims
	    WHERE thread_id = 'gone'")" alice@example.com claim
	_studio
	as alice delete $v1/$studio
	status_is 204
	is "$(_count "id = '$studio'")" 0 rows
}

# --- GET /api/v1/threads

_fill() {
	sql "INSERT INTO threads (email, thread_id, title, updated_at,
	    archived_at)
	    SELECT '$1@example.com', 't' || n, 'Title ' || n,
	    timestamptz '2026-01-01' + (n / 2 + 1) * interval '1 us',
	    CASE WHEN n % 3 = 0 THEN now() END
	    FROM generate_series(1, $2) n"
}

a_list_is_newest_first() {
	as lister get $v1
	status_is 200
	body_is '{"threads":[],"has_more":false,"next_cursor":null}'
	_fill lister 7
	as lister get $v1
	json_is '[.has_more,.next_cursor]' '[false,null]'
	json_is '.threads | length' 5
	json_is '[.threads[].archived_at] | unique' '[null]'
	is "$(jq -c '[.threads[] | [.updated_at, .conversation_id]]' \
	    "$T/body")" "$(jq -c '[.threads[] |
	    [.updated_at, .conversation_id]] | sort | reverse' "$T/body")"
	as lister get "$v1?archived=true"
	json_is '[.threads[].thread_id] | sort' '["t3","t6"]'
	as lister get "$v1?archived=all"
	json_is '.threads | length' 7
	as lister get "$v1?archived=false"
	json_is '.threads | length' 5
}

a_walk_meets_every_thread_once() {
	_fill walker 25
	for which in false true all; do
		as walker get "$v1?limit=200&archived=$which"
		whole=$(jq -c '[.threads[].thread_id]' "$T/body")
		got= next=
		for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do
			as walker get "$v1?limit=3&archived=$which$next"
			status_is 200
			got="$got $(jq -c '[.threads[].thread_id]' "$T/body")"
			[ "$(field has_more)" = true ] || break
			next="&cursor=$(field next_cursor)"
		done
		json_is .next_cursor null
		is "$(echo "$got" | jq -cs add)" "$whole" "$which"
	done
}

a_cursor_outlives_its_row() {
	_fill leaver 6
	as leaver get "$v1?limit=2&archived=all"
	next=$(field next_cursor)
	as leaver delete "$v1/$(field 'threads[1].thread_id')"
	as leaver get "$v1?limit=10&archived=all&cursor=$next"
	json_is '.threads | length' 4
	# A position, not a right.
	as mallory get "$v1?cursor=$next"
	body_is '{"threads":[],"has_more":false,"next_cursor":null}'
}

q_is_a_part_of_the_title() {
	as seeker post $v1 '{"thread_id":"a"}'
	as seeker patch $v1/a '{"title":"100% Über_Plan"}'
	as seeker post $v1 '{"thread_id":"b"}'
	as seeker patch $v1/b '{"title":"1000 plans"}'
	as seeker post $v1 '{"thread_id":"c"}'
	for q in '100%25:["a"]' 'plan:["a","b"]' 'PLANS:["b"]' '_:["a"]' \
	    '%C3%BCBER:["a"]' '0%25%20:["a"]' '%5C:[]' "%27:[]" 'zzz:[]'; do
		as seeker get "$v1?q=${q%%:*}"
		status_is 200
		json_is '[.threads[].thread_id] | sort' "${q#*:}"
		as seeker get "$v1?archived=all&q=${q%%:*}"
		json_is '[.threads[].thread_id] | sort' "${q#*:}"
	done
}

bad_queries_are_400() {
	for q in 'limit=0:limit: must be at least 1' \
	    'limit=201:limit: must be at most 200' \
	    'limit=x:limit: must be an integer' \
	    'limit=:limit: must be an integer' \
	    'limit=1.0:limit: must be an integer' \
	    'limit=%201:limit: must be an integer' \
	    'limit=99999999999999999999:limit: must be an integer' \
	    'cursor=x:cursor: invalid' 'cursor=:cursor: invalid' \
	    'cursor=AAAA:cursor: invalid' \
	    'cursor=MjAyNi0wMS0wMSAwMDowMDowMAp4:cursor: invalid' \
	    'archived=yes:archived: must be one of false, true, all' \
	    'q=:q: must not be empty' \
	    "q=$(printf '%0201d' 0):q: must have at most 200 characters" \
	    'x=1:Unknown query parameter: x' \
	    'limit=1&limit=1:Repeated query parameter: limit' \
	    'limit=1&user=bob:Unknown query parameter: user'; do
		as alice get "$v1?${q%%:*}"
		_detail 400 "${q#*:}"
	done
	as alice get "$v1/x?a=b"
	_detail 400 'Unknown query parameter: a'
	as alice post "$v1?email=bob" '{}'
	_detail 400 'Unknown query parameter: email'
}

# --- What holds for every route

identity_comes_before_everything_else() {
	for p in "GET $v1" "POST $v1" "GET $v1/x" "PATCH $v1/x" \
	    "DELETE $v1/x" "GET $v1/x/state" "POST $v1/x/tool-result" \
	    "POST $v1/x/messages" "POST $v1/x/tool-calls" \
	    "GET $v1/x/tool-calls" "POST $v1/x/checkpoints" \
	    "GET /api/v1/tool-calls" "GET /api/v1/tool-calls/x"; do
		request "${p% *}" "${p#* }?bad=1"
		status_is 401
		body_is '{"detail":"Missing Authorization header"}'
	done
	for p in tool-calls checkpoints; do
		as alice post "$v1/x/$p?bad=1" '{'
		_detail 403 'Insufficient scope'
		as agent post "$v1/x/$p" '{}'
		_detail 400 'X-Bobbin-On-Behalf-Of is required'
	done
	as alice get $v1 -H 'X-Bobbin-On-Behalf-Of: bob@example.com'
	_detail 403 'Insufficient scope'
}

checks_come_in_order() {
	as alice post "$v1?a=1" '{' -H 'Content-Type: text/plain'
	_detail 400 'Unknown query parameter: a'
	head -c 262145 /dev/zero | tr '\0' ' ' >"$T/big"
	as alice request POST $v1 -H 'Content-Type: text/plain' \
	    --data-binary "@$T/big"
	_detail 413 'Request body too large'
	as alice request POST $v1 -H 'Content-Type: text/plain' -d '{'
	_detail 415 'Content-Type must be application/json'
	as alice post $v1 '{"thread_id":1,}'
	status_is 400
	body_has '"Malformed JSON: '
	as alice request POST $v1 -d '{}' \
	    -H 'Content-Type: application/x+json; charset=utf-8'
	status_is 201
	as alice request PUT $v1 -d '{}'
	_detail 405 'Method Not Allowed'
	header_is Allow 'POST, GET, HEAD, OPTIONS'
	as alice get $v1/x/y
	_detail 404 'Not Found'
}

bad_json_is_400() {
	remember_rows
	deep=$(awk 'BEGIN { for (i = 0; i < 100; i++) printf "["
	    for (i = 0; i < 100; i++) printf "]" }')
	for j in '{"metadata":{"a":NaN}}' '{"metadata":{"a":1,"a":2}}' \
	    '{"metadata":{"a":"\u0000"}}' '{"metadata":{"a":"\ud800"}}' \
	    '{"metadata":{"a":1e400}}' '{"metadata":{"a":'$deep'}}' \
	    "{'a':1}" '{} x' '{"metadata":{"a":01}}' '{"thread_id":"x",}'; do
		as alice post $v1 "$j"
		status_is 400
		_like '^\{"detail":"Malformed JSON: [^"]+"\}$'
	done
	nothing_changed
}

no_stored_document_is_touched() {
	doc='{"z":1e22, "a":-0.0,"big":123456789012345678901234567890,
	"esc":"\u00e9\/\"\\","n":[1.0,1.50, null ]	,"":{}}'
	as alice post $v1 '{"thread_id":"bytes","metadata": '"$doc"' }'
	body_has '"big":123456789012345678901234567890,'
	printf '%s' "$doc" >"$T/doc"
	for p in $v1/bytes $v1/bytes/state $v1; do
		as alice get $p
		perl -0777 -e '($b, $d) = map { open F, $_; <F> } @ARGV;
		    exit(index($b, "\"metadata\":$d") < 0)' "$T/body" \
		    "$T/doc" || flunk "$p changed it"
	done
}

# --- The database fails

without_a_database_nothing_is_an_empty_success() {
	as alice post $v1 '{"thread_id":"stays"}'
	pg_down
	for p in "GET $v1" "POST $v1" "GET $v1/stays" "PATCH $v1/stays" \
	    "DELETE $v1/stays" "GET $v1/stays/state" \
	    "POST $v1/stays/messages" "GET $v1/stays/tool-calls" \
	    "POST $v1/stays/tool-result" "GET /api/v1/tool-calls" \
	    "GET /api/v1/tool-calls/$nobody"; do
		case $p in
		*messages)	b='{"role":"user","content":"x"}' ;;
		*tool-result)	b='{"tool_call_id":"x","status":"failed"}' ;;
		*)		b='{"title":"x"}' ;;
		esac
		case $p in
		P*)	as alice _with_body "${p% *}" "${p#* }" "$b" ;;
		*)	as alice request "${p% *}" "${p#* }" ;;
		esac
		_detail 503 'Database unavailable'
		header_is Retry-After 5
	done
	get $v1/health
	status_is 503
	header_is Retry-After 5
	_like "^\{\"detail\":\"Database unavailable\",\"status\":\"unhealthy\",\"timestamp\":\"$time\"\}$"
	_pg_up
	_wait_for alive
	as alice get $v1/stays
	status_is 200
	json_is .title null
}

a_thread_that_is_locked_too_long_is_503() {
	as alice post $v1 '{"thread_id":"locked"}'
	hold "SELECT FROM threads WHERE thread_id = 'locked' FOR UPDATE"
	as alice post $v1/locked/messages '{"role":"user","content":"x"}'
	_detail 503 'Database unavailable'
	let_go
	is "$(sql "SELECT count(*) FROM messages WHERE thread_id = (SELECT id
	    FROM threads WHERE thread_id = 'locked')")" 0 messages
}

it_run
