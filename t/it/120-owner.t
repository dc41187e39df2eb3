# 120-owner.t: what belongs to somebody else answers like what does not exist,
# on every route of the table that takes an id.
. "${SRCDIR:?}/t/it/lib.sh"

it_agent=yes
it_conf='S3_BUCKET = nobody-asks-it
AWS_ACCESS_KEY_ID = x
AWS_SECRET_ACCESS_KEY = x
EVENTS_SECRET = owner-events-0123456789abcdef0123456789abcdef
CHATKIT_STORE_ACCESS = user
ENCRYPTION_KEY = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
it_site='s/rate=50r/rate=5000r/'
it_start
touch "$T/agent.go"
printf secret >"$T/file"
langgraph_tables
bobbin_run routes --json >"$T/routes"

# Ids of one length, so that not even a Content-Length differs.
_ids() {
	n=$((${n:-100} + 1))
	her_item="item-of-alice-$n" no_item="item-of-nobody$n"
	hers="plans-of-alice-$n" no_thread="plans-of-nobody$n"
	her_run=11111111-2222-4333-8444-555555555$n
	no_run=99999999-2222-4333-8444-555555555$n
	her_call=11111111-3333-4333-8444-555555555$n
	no_call=99999999-3333-4333-8444-555555555$n
	no_conversation=99999999-4444-4333-8444-555555555$n
}

# All that one can have in a thread.
_plant() {
	_ids
	as alice post "/chat/$hers/runs" \
	    '{"prompt":"secret plan","run_id":"'$her_run'"}'
	status_is 201
	as alice post /sentiment '{"run_id":"'$her_run'","sentiment":false}'
	as alice post /feedback \
	    '{"run_id":"'$her_run'","feedback":1,"comment":"secret"}'
	status_is 200
	langgraph_rows "$hers"
	_plant_chatkit
	as alice get "/api/v1/threads/$hers"
	her_conversation=$(field conversation_id)
	as alice post "/api/v1/threads/$hers/messages" \
	    '{"role":"user","content":"secret"}'
	as alice _for checkpoints "$hers" \
	    '{"checkpoint_id":"c","state_data":{"secret":1}}'
	as alice _for tool-calls "$hers" '{"id":"'$her_call'",
	    "tool_id":"t","tool_name":"secret","checkpoint_id":"c"}'
	status_is 201
	as alice _ask_file 'POST /api/threads/{thread_id}/artifacts' "$hers"
	status_is 201
	as alice _ask_studio 'POST /api/threads/{id}/config' "$hers"
	as alice _ask_studio 'POST /api/threads/{id}/messages' "$hers"
	as alice _ask_studio 'POST /api/users/{user_id}/api-keys' "$hers"
	status_is 200
	as alice _ask_attachment 'POST /chatkit/attachments' "$hers"
	status_is 200
}

# An attachment of the thread's name.
_ask_attachment() {
	a_path=$(echo "${1#* }" | sed "s/{attachment_id}/$2/")
	case $1 in
	'POST /chatkit/attachments')
		request POST "$a_path?id=$2" -F "file=@$T/file" ;;
	'POST /chatkit/attachments/{attachment_id}/upload' | \
	'PUT /chatkit/attachments/{attachment_id}/upload')
		request "${1%% *}" "$a_path" -H 'Content-Type: x/y' \
		    --data-binary other ;;
	'GET /chatkit/attachments/{attachment_id}/preview' | \
	'GET /chatkit/attachments/{attachment_id}/content' | \
	'DELETE /chatkit/attachments/{attachment_id}')
		request "${1%% *}" "$a_path" ;;
	*)	return 2 ;;
	esac
}

# _for WHAT THREAD JSON: an agent writes for whoever asks.
_for() {
	for_whom=$who
	as agent post "/api/v1/threads/$2/$1" "$3" \
	    -H "X-Bobbin-On-Behalf-Of: $for_whom@example.com"
}

# Files know their thread by its uuid.
_ask_file() {
	f_thread=$(sql "SELECT id FROM threads WHERE thread_id = '$2'")
	f_id=$(sql "SELECT id FROM artifacts
	    WHERE thread_id = '${f_thread:-$no_run}'")
	f_path=$(echo "${1#* }" | sed -e "s/{thread_id}/${f_thread:-$no_run}/" \
	    -e "s/{artifact_id}/${f_id:-$no_run}/")
	case $1 in
	*/ingest)
		f_for="X-Bobbin-On-Behalf-Of: $who@example.com"
		as agent post "$f_path" '{"sha256":"'$(printf %064d 0)'",
		    "filename":"x","size":1}' -H "$f_for" ;;
	'POST '*)
		request POST "$f_path" -F "file=@$T/file" ;;
	*)	request "${1%% *}" "$f_path" ;;
	esac
}

_plant_chatkit() {
	as alice put "/chatkit/store/threads/$hers" \
	    '{"id":"'$hers'","created_at":"2026-01-01T00:00:00Z"}'
	as alice post "/chatkit/store/threads/$hers/items" \
	    '{"id":"'$her_item'","type":"x","created_at":"2026-01-01T00:00:00Z"}'
	status_is 201
	as alice put "/chatkit/store/attachments/$her_item" \
	    '{"id":"'$her_item'","name":"x","mime_type":"x/y","type":"file"}'
	as alice post /chatkit '{"type":"items.feedback","params":{"thread_id":"'$hers'","item_ids":["'$her_item'"],"kind":"positive"}}'
	status_is 200
}

# These know a thread by its uuid, and its owner by the email.
_ask_studio() {
	s_id=$(sql "SELECT id FROM threads WHERE thread_id = '$2'")
	s_user=nobody@example.com
	[ -z "$s_id" ] || s_user=alice@example.com
	s_id=${s_id:-$no_run}
	s_path=$(echo "${1#* }" | sed "s/{id}/$s_id/; s/{user_id}/$s_user/")
	case $1 in
	'GET /api/threads')
		get "/api/threads?user_id=$s_user" ;;
	'POST /api/threads')
		post /api/threads '{"id":"'"$s_id"'"}' ;;
	'PATCH '*)
		patch "$s_path" '{"title":"mine"}' ;;
	'POST '*/config)
		post "$s_path" '{"model":"mine"}' ;;
	'POST '*/messages)
		post "$s_path" '{"message_id":"m'$n'","role":"user",
		    "content":{"text":"x"}}' ;;
	'POST '*/api-keys)
		post "$s_path" '{"openai_key":"sk-of-alice-0123456789"}' ;;
	*/raw)
		as agent get "$s_path" \
		    -H "X-Bobbin-On-Behalf-Of: $who@example.com" ;;
	*)	request "${1%% *}" "$s_path" ;;
	esac
}

# The routes with an id in path, query or body: an id is what is named so.
_routes_with_ids() {
	jq -r '.[] | select((.path | test("\\{")) or
	    ((.query + .body) | any(test("(^|_)ids?$") and
		. != "last_event_id"))) |
	    "\(.method) \(.path)"' "$T/routes"
}

# _ask ROUTE THREAD RUN: the request, whoever asks; 2 if nobody has said here
# how.  A route that only reads or deletes what its path names needs no saying.
_ask() {
	case $1 in
	'POST /analyze' | 'POST /analyze/stream')
		post "${1#* }" \
		    '{"prompt":"x","thread_id":"'$2'","run_id":"'$3'"}' ;;
	'POST /stop-execution')
		post /stop-execution \
		    '{"thread_id":"'$2'","run_id":"'$3'"}' ;;
	'POST /sentiment')
		post /sentiment '{"run_id":"'$3'","sentiment":true}' ;;
	'POST /feedback')
		post /feedback '{"run_id":"'$3'","feedback":0}' ;;
	'GET /feedback')
		get "/feedback?thread_id=$2" ;;
	'POST /chat/{thread_id}/runs')
		post "/chat/$2/runs" '{"prompt":"x","run_id":"'$3'"}' ;;
	*' /api/threads/{thread_id}/artifacts'* | *' /api/artifacts/'*)
		_ask_file "$1" "$2" ;;
	*' /chatkit/attachments'*)
		_ask_attachment "$@" ;;
	*' /chatkit'*)
		_ask_chatkit "$@" ;;
	'POST /api/v1/threads')
		c=$no_conversation
		[ "$2" != "$hers" ] || c=$her_conversation
		post /api/v1/threads '{"conversation_id":"'$c'"}' ;;
	'PATCH /api/v1/threads/{thread_id}')
		patch "/api/v1/threads/$2" '{"title":"x"}' ;;
	'POST /api/v1/threads/{thread_id}/tool-result')
		post "/api/v1/threads/$2/tool-result" \
		    '{"tool_call_id":"t","status":"completed"}' ;;
	'POST /api/v1/threads/{thread_id}/messages')
		post "/api/v1/threads/$2/messages" \
		    '{"role":"user","content":"x"}' ;;
	'POST /api/v1/threads/{thread_id}/tool-calls')
		_for tool-calls "$2" '{"tool_id":"u","tool_name":"x"}' ;;
	'POST /api/v1/threads/{thread_id}/checkpoints')
		_for checkpoints "$2" '{"checkpoint_id":"d","state_data":{}}' ;;
	*' /api/threads' | *' /api/threads/{id}'* | *' /api/users/'*)
		_ask_studio "$1" "$2" ;;
	'GET '* | 'DELETE '*)
		c=$no_call
		[ "$2" != "$hers" ] || c=$her_call
		p=$(echo "${1#* }" | sed "s/{thread_id}/$2/; s/{run_id}/$3/
		    s/{tool_call_id}/$c/")
		case $p in
		*'{'* | "${1#* }") return 2 ;;
		esac
		request "${1%% *}" "$p" ;;
	*)	return 2 ;;
	esac
}

# Of a thread that is hers, the item is, too.
_ask_chatkit() {
	i=$no_item
	[ "$2" != "$hers" ] || i=$her_item
	case $1 in
	'GET /chatkit/store/threads/{thread_id}' | \
	'GET /chatkit/store/threads/{thread_id}/items' | \
	'GET /chatkit/store/threads/{thread_id}/feedback')
		get "$(echo "${1#* }" | sed "s/{thread_id}/$2/")" ;;
	'GET /chatkit/store/threads/{thread_id}/items/{item_id}')
		get "/chatkit/store/threads/$2/items/$i" ;;
	'PUT /chatkit/store/threads/{thread_id}')
		put "/chatkit/store/threads/$2" \
		    '{"id":"'$2'","created_at":"2026-01-02T00:00:00Z"}' ;;
	'DELETE /chatkit/store/threads/{thread_id}')
		delete "/chatkit/store/threads/$2" ;;
	'POST /chatkit/store/threads/{thread_id}/items')
		post "/chatkit/store/threads/$2/items" \
		    '{"id":"new","type":"x","created_at":"2026-01-01T00:00:00Z"}' ;;
	'PUT /chatkit/store/threads/{thread_id}/items/{item_id}')
		put "/chatkit/store/threads/$2/items/$i" \
		    '{"id":"'$i'","type":"y","created_at":"2026-01-01T00:00:00Z"}' ;;
	'DELETE /chatkit/store/threads/{thread_id}/items/{item_id}')
		delete "/chatkit/store/threads/$2/items/$i" ;;
	'GET /chatkit/store/attachments/{attachment_id}' | \
	'DELETE /chatkit/store/attachments/{attachment_id}')
		request "${1%% *}" "/chatkit/store/attachments/$i" ;;
	'PUT /chatkit/store/attachments/{attachment_id}')
		put "/chatkit/store/attachments/$i" \
		    '{"id":"'$i'","name":"y","mime_type":"x/y","type":"file"}' ;;
	*)	return 2 ;;
	esac
}

# What saves under an id that everybody has for himself.
_saves_own() {
	case $1 in
	'PUT /chatkit/store/threads/{thread_id}' | \
	'PUT /chatkit/store/attachments/{attachment_id}' | \
	'POST /chatkit/attachments') return 0 ;;
	esac
	return 1
}

# Where an id must be unique for all, "taken" is said, and nothing more.
_says_taken() {
	case $1 in
	'POST /chat/{thread_id}/runs' | 'POST /analyze' | 'POST /analyze/stream')
		return 0 ;;
	'POST /api/threads')
		return 0 ;;
	esac
	return 1
}

# What answers nothing to anybody must at least do something for the owner.
_says_nothing() {
	[ "$1" = 'DELETE /api/v1/threads/{thread_id}' ]
}

# The last answer, without what differs by its nature.
_answer() {
	status
	tr -d '\r' <"$T/headers" | grep -viE '^(date|x-request-id):' | sort
	sed -e "s/$hers/THREAD/g; s/$no_thread/THREAD/g" \
	    -e "s/$her_run/RUN/g; s/$no_run/RUN/g" \
	    -e "s/$her_item/ITEM/g; s/$no_item/ITEM/g" \
	    -e "s/$her_call/CALL/g; s/$no_call/CALL/g" \
	    -e "s/${her_conversation:-none}/CONVERSATION/g" \
	    -e "s/$no_conversation/CONVERSATION/g" "$T/body"
}

# _like_missing WHO ROUTE
_like_missing() {
	_plant
	remember_rows
	as "$1" _ask "$2" "$hers" "$her_run"
	_answer >"$T/foreign"
	nothing_changed
	as "$1" _ask "$2" "$no_thread" "$no_run"
	_answer >"$T/missing"
	nothing_changed
	as alice _ask "$2" "$hers" "$her_run"
	_answer >"$T/own"
	cmp -s "$T/foreign" "$T/missing" ||
	    flunk "$2 for $1: $(diff "$T/foreign" "$T/missing")"
	if _says_nothing "$2"; then
		rows >"$T/own"
		cp "$T/rows" "$T/foreign"
	fi
	rows >"$T/rows.now"
	! cmp -s "$T/foreign" "$T/own" || ! cmp -s "$T/rows" "$T/rows.now" ||
	    flunk "$2: the owner gets the same, so this proves nothing"
}

# _only_taken WHO ROUTE
_only_taken() {
	_plant
	remember_rows
	text='Run ID or thread ID is already in use'
	ids_of_runs="$hers $no_run,$no_thread $her_run"
	if [ "$2" = 'POST /api/threads' ]; then
		text='Thread id is already in use'
		ids_of_runs=
	fi
	it_ifs=$IFS
	IFS=,
	set -- "$1" "$2" "$hers $her_run" $ids_of_runs
	IFS=$it_ifs
	taker=$1 route=$2
	shift 2
	for ids in "$@"; do
		as "$taker" _ask "$route" ${ids% *} ${ids#* }
		status_is 409
		body_is '{"detail":"'"$text"'"}'
		_answer >"$T/taken.now"
		cmp -s "$T/taken.now" "$T/taken" || [ ! -e "$T/taken" ] ||
		    flunk "$route: $(diff "$T/taken.now" "$T/taken")"
		mv "$T/taken.now" "$T/taken"
		nothing_changed
	done
	as "$taker" _ask "$route" "$no_thread" "$no_run"
	case $(status) in
	20[01]) ;;
	*)	flunk "$route for $taker with free ids: $(status)" ;;
	esac
}

every_route_with_an_id_has_a_recipe() {
	_ids
	[ "$(_routes_with_ids | wc -l)" -gt 5 ] || flunk "no routes found"
	_routes_with_ids >"$T/with"
	while read -r route; do
		_ask "$route" "$no_thread" "$no_run"
		[ $? -ne 2 ] || flunk "nobody says here how to ask $route"
	done <"$T/with"
}

hidden_ids_answer_like_missing_ones() {
	_routes_with_ids >"$T/with"
	while read -r route; do
		_says_taken "$route" || _saves_own "$route" ||
		    _like_missing bob "$route"
	done <"$T/with"
}

a_unique_id_tells_no_more_than_taken() {
	_routes_with_ids >"$T/with"
	while read -r route; do
		rm -f "$T/taken"
		! _says_taken "$route" || _only_taken bob "$route"
	done <"$T/with"
}

# The scope opens USER routes for one owner at a time, by default its own.
an_agent_for_nobody_sees_as_little() {
	_routes_with_ids >"$T/with"
	while read -r route; do
		_says_taken "$route" || _saves_own "$route" ||
		    _like_missing agent "$route"
	done <"$T/with"
}

# Another owner's document under the same id is another one.
saved_under_a_foreign_id_is_the_own() {
	_plant
	for id in "$hers" "$no_thread"; do
		as bob put "/chatkit/store/threads/$id" \
		    '{"id":"'$id'","created_at":"2026-01-02T00:00:00Z"}'
		status_is 204
		_answer | sed '/thread-key/Id' >"$T/own.$id"
		as bob get "/chatkit/store/threads/$id/items"
		json_is .data '[]'
	done
	cmp -s "$T/own.$hers" "$T/own.$no_thread" || flunk "they differ"
	as alice get "/chatkit/store/threads/$hers"
	body_has 2026-01-01
	as bob _ask_chatkit 'PUT /chatkit/store/attachments/{attachment_id}' \
	    "$hers"
	status_is 204
	as alice get "/chatkit/store/attachments/$her_item"
	body_has '"name":"x"'
	as bob delete "/chatkit/store/threads/$hers"
	as alice get "/chatkit/store/threads/$hers/items/$her_item"
	status_is 200
}

# The protocol names its ids within params.
every_call_of_chatkit_hides_foreign_threads() {
	while read -r type params; do
		_plant
		remember_rows
		for t in "$hers" "$no_thread"; do
			i=$no_item
			[ "$t" != "$hers" ] || i=$her_item
			as bob post /chatkit '{"type":"'$type'","params":{"thread_id":"'$t'"'"$(echo "$params" | sed "s/ITEM/$i/g")"'}}'
			_answer >"$T/call.$t"
			nothing_changed
		done
		cmp -s "$T/call.$hers" "$T/call.$no_thread" ||
		    flunk "$type: $(diff "$T/call.$hers" \
			"$T/call.$no_thread")"
	done <<-'X'
	threads.get_by_id
	items.list
	items.list ,"after":"ITEM"
	items.feedback ,"item_ids":["ITEM"],"kind":"negative"
	threads.update ,"title":"x"
	threads.delete
	threads.add_user_message ,"input":{"content":[],"attachments":[],"inference_options":{}}
	threads.add_client_tool_output ,"result":1
	threads.add_structured_input ,"item_id":"ITEM","input":{"status":"skipped","answers":{}}
	threads.retry_after_item ,"item_id":"ITEM"
	threads.custom_action ,"item_id":"ITEM","action":{"type":"x"}
	threads.sync_custom_action ,"action":{"type":"x"}
	X
	as eve post /chatkit '{"type":"threads.list","params":{"after":"'$hers'"}}'
	status_is 404
	as eve post /chatkit '{"type":"threads.list","params":{}}'
	json_is .data '[]'
}

lists_hold_only_the_callers_rows() {
	_plant
	as eve get /chat-threads
	json_is '[.threads, .total_count]' '[[],0]'
	as eve get /chat-threads/count
	body_is '{"total_count":0}'
	as eve get /feedback
	json_is .feedback '[]'
	as eve get /statistics
	json_is .totals '{"threads":0,"runs":0,"rated":0,"positive":0}'
	as eve get /chatkit/store/threads
	json_is .data '[]'
	as eve get "/chatkit/store/threads?after=$hers"
	status_is 404
	as eve get '/api/v1/threads?archived=all'
	json_is .threads '[]'
	as eve get /api/v1/tool-calls
	json_is .tool_calls '[]'
}

# A cursor is a position, not a right.
a_foreign_cursor_walks_the_own_rows() {
	_plant
	_plant
	as carol post /chat/carols/runs '{"prompt":"hers"}'
	sql "UPDATE users_threads_runs SET timestamp = '2020-01-01'
	    WHERE email = 'carol@example.com'"
	as alice get '/chat-threads?limit=1'
	cursor=$(field next_cursor)
	as carol get "/chat-threads?limit=5&cursor=$cursor"
	status_is 200
	json_is '[.threads[].thread_id]' '["carols"]'
	# Of a list whose row the caller does not have: still only own rows.
	as alice post /feedback '{"run_id":"'$her_run'","feedback":1}'
	as alice get '/feedback?limit=1'
	as carol get "/feedback?cursor=$(field next_cursor)"
	status_is 200
	json_is .feedback '[]'
}

a_deletion_leaves_the_others_alone() {
	_plant
	as bob delete "/chat/$hers"
	status_is 200
	as alice delete "/chat/$hers"
	status_is 200
	json_is .deleted_counts.users_threads_runs 1
	json_is .deleted_counts.checkpoints 2
}

it_run
