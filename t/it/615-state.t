# 615-state.t: a thread's messages, tool calls and checkpoints, page by page.
. "${SRCDIR:?}/t/it/lib.sh"

it_site='s/rate=50r/rate=5000r/'
it_start

vectors=$top/t/vectors/langgraph
v1=/api/v1/threads
time='20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{6})?Z'

_detail() {
	status_is "$1"
	body_is '{"detail":"'"$2"'"}'
}

# A thread of alice's with as many messages, calls and checkpoints; some share
# a time.
_fill() {
	as alice post $v1 '{"thread_id":"'$1'","metadata":{"m": 1.0}}'
	sql "INSERT INTO messages (email, thread_id, message_id, role, content,
	    created_at) SELECT email, id, '$1-' || n, 'user',
	    to_json('m' || n), timestamptz '2026-01-01' + n / 2
	    * interval '1 us' FROM threads, generate_series(1, $2) n
	    WHERE email = 'alice@example.com' AND thread_id = '$1'"
	sql "INSERT INTO tool_calls (email, conversation_id, tool_id,
	    tool_name, status, inputs, requested_at) SELECT email, id,
	    't' || n, 'x', (ARRAY['pending','approved','rejected',
	    'completed','failed'])[n % 5 + 1], '{\"n\": 1}',
	    timestamptz '2026-01-01' + n / 2 * interval '1 s'
	    FROM threads, generate_series(1, $3) n
	    WHERE email = 'alice@example.com' AND thread_id = '$1'"
	sql "INSERT INTO agent_checkpoints (email, conversation_id, thread_id,
	    checkpoint_id, state_data, created_at) SELECT email, id,
	    thread_id, 'k' || n, '{\"s\": 1}', timestamptz '2026-01-01'
	    + n / 2 * interval '1 s'
	    FROM threads, generate_series(1, $4) n
	    WHERE email = 'alice@example.com' AND thread_id = '$1'"
}

lists='[[.messages[] | .content], [.tool_calls[] | .tool_id],
    [.checkpoints[] | .checkpoint_id]]'

# _walk PATH: lists of all its pages, of two rows each, one page a line.
_walk() {
	next=
	for page in $(seq 60); do
		as alice get "$1$next"
		status_is 200
		jq -c "$lists" "$T/body"
		[ "$(field has_more)" = true ] || break
		next="&cursor=$(field next_cursor)"
	done
	json_is '[.has_more,.next_cursor]' '[false,null]'
}

an_empty_thread_has_empty_lists() {
	as alice post $v1 '{"thread_id":"empty","metadata":{"a": 1}}'
	id=$(field conversation_id)
	as alice get $v1/empty/state
	status_is 200
	body_is '{"thread_id":"empty","conversation_id":"'$id'","messages":[],"tool_calls":[],"checkpoints":[],"metadata":{"a": 1},"has_more":false,"next_cursor":null}'
	as alice get $v1/nothing/state
	_detail 404 'Thread not found: nothing'
	as bob get $v1/empty/state
	_detail 404 'Thread not found: empty'
}

everything_comes_at_once() {
	_fill whole 1000 200 20
	as alice get $v1/whole/state
	status_is 200
	json_is '[(.messages, .tool_calls, .checkpoints | length), .has_more]' \
	    '[1000,200,20,false]'
	json_is '[.messages[0,1,999].content]' '["m1","m2","m1000"]'
	json_is '[.tool_calls[].status] | unique | length' 5
	json_is '.tool_calls[0] | keys_unsorted' "$(echo '["id","tool_id",
	    "tool_name","status","inputs","outputs","error_message",
	    "requested_at","responded_at","edited_inputs","responded_by",
	    "message_id","checkpoint_id","metadata","updated_at"]' |
	    jq -c .)"
	json_is '.checkpoints[0] | [keys_unsorted, .thread_id]' \
	    '[["checkpoint_id","thread_id","created_at"],"whole"]'
	as alice get "$v1/whole/state?include=state_data"
	body_has '"state_data":{"s": 1}}'
	as alice get $v1/whole/state
	as alice get "$v1/whole/state?tail=true"
	same_body_as_before
}

pages_go_forward() {
	_fill pages 7 5 1
	_walk "$v1/pages/state?limit=2" >"$T/walk"
	is "$(cat "$T/walk" | head -n 2 | tail -n 1)" \
	    '[["m3","m4"],'"$(sed -n 2p "$T/walk" | jq -c '.[1]')"',[]]'
	is "$(wc -l <"$T/walk")" 4 pages
	as alice get $v1/pages/state
	is "$(jq -cs '[transpose[] | add]' "$T/walk")" \
	    "$(jq -c "$lists" "$T/body")"
}

pages_go_back_from_the_tail() {
	_fill tail 7 5 3
	as alice get "$v1/tail/state?limit=2&tail=true"
	json_is '[.messages[].content]' '["m6","m7"]'
	_walk "$v1/tail/state?limit=2&tail=true" >"$T/walk"
	is "$(wc -l <"$T/walk")" 4 pages
	as alice get $v1/tail/state
	is "$(jq -cs '[reverse | transpose[] | add]' "$T/walk")" \
	    "$(jq -c "$lists" "$T/body")"
}

a_list_that_ended_stays_empty() {
	_fill ended 3 1 0
	as alice get "$v1/ended/state?limit=2"
	next=$(field next_cursor)
	as agent post $v1/ended/tool-calls '{"tool_id":"n","tool_name":"x"}' \
	    -H 'X-Bobbin-On-Behalf-Of: alice@example.com'
	sql "DELETE FROM messages WHERE message_id = 'ended-2'"
	as alice get "$v1/ended/state?limit=2&cursor=$next"
	json_is "$lists" '[["m3"],[],[]]'
	# A position, not a right.
	as bob post $v1 '{"thread_id":"ended"}'
	as bob get "$v1/ended/state?cursor=$next"
	json_is "$lists" '[[],[],[]]'
}

bad_queries_are_400() {
	as alice post $v1 '{"thread_id":"bad"}'
	b64() { printf "$1" | basenc --base64url | tr -d '=\n'; }
	good='\nf\t1\t1\t\t\t\t\t\t'
	as alice get "$v1/bad/state?cursor=$(b64 "$good")"
	status_is 200
	for c in x '' "$(b64 "$good\t")" "$(b64 '\nf')" "$(b64 '\n')" \
	    "$(b64 '\nf\tx\t1\t\t\t\t\t\t')" "$(b64 '\nf\t1\tx\t\t\t\t\t\t')" \
	    "$(b64 '\nf\t1\t-1\t\t\t\t\t\t')" \
	    "$(b64 '\nf\t9223372036854775807\t1\t\t\t\t\t\t')" \
	    "$(b64 '\nf\t\t\t1\tx\t\t\t\t')" \
	    "$(b64 '2026-01-01 00:00:00\nf\t1\t1\t\t\t\t\t\t')"; do
		as alice get "$v1/bad/state?cursor=$c"
		_detail 400 'cursor: invalid'
	done
	words='include: must be one of state_data, interrupts, state_data,interrupts'
	for q in 'limit=0:limit: must be at least 1' \
	    'limit=1001:limit: must be at most 1000' \
	    'tail=1:tail: must be true or false' \
	    "include=all:$words" "include=:$words" \
	    "include=interrupts,state_data:$words" \
	    "include=state_data,:$words" \
	    "include=interrupts,interrupts:$words" \
	    'include=interrupts&include=state_data:Repeated query parameter: include' \
	    'order=asc:Unknown query parameter: order'; do
		as alice get "$v1/bad/state?${q%%:*}"
		_detail 400 "${q#*:}"
	done
}

# 6 MB each: two fit, of the second list one, though the page is full.
a_page_is_cut_at_16_mib() {
	_fill heavy 0 0 0
	sql "INSERT INTO messages (email, thread_id, message_id, role, content)
	    SELECT email, id, 'heavy-' || n, 'user', to_json(n ||
	    repeat('x', 6000000)) FROM threads, generate_series(1, 5) n
	    WHERE thread_id = 'heavy'"
	sql "INSERT INTO tool_calls (email, conversation_id, tool_id,
	    tool_name, inputs, requested_at) SELECT email, id, 't' || n, 'x',
	    json_build_object('a', repeat('x', 6000000)),
	    now() + n * interval '1 s'
	    FROM threads, generate_series(1, 3) n WHERE thread_id = 'heavy'"
	for q in '' 'tail=true'; do
		: >"$T/pages"
		next=
		for i in 1 2 3 4 5; do
			as alice get "$v1/heavy/state?$q$next"
			status_is 200
			[ "$(wc -c <"$T/body")" -lt 24000000 ] ||
			    flunk "$(wc -c <"$T/body") bytes"
			jq -c '[[.messages[].content[:1]],
			    [.tool_calls[].tool_id]]' "$T/body" >>"$T/pages"
			[ "$(field has_more)" = true ] || break
			next="&cursor=$(field next_cursor)"
		done
		case $q in
		'')	want='[["1","2"],["t1"]] [["3","4"],["t2"]] [["5"],["t3"]]' ;;
		*)	want='[["4","5"],["t3"]] [["2","3"],["t2"]] [["1"],["t1"]]' ;;
		esac
		is "$(jq -c '.[1] |= sort' "$T/pages" | xargs -d '\n')" "$want" "$q"
	done
}

# --- Other faces' rows

studios_rows_keep_their_role() {
	id=$(sql "INSERT INTO threads (email) VALUES ('alice@example.com')
	    RETURNING id")
	sql "INSERT INTO messages (email, thread_id, message_id, role, content,
	    tool_name, tool_output) VALUES
	    ('alice@example.com', '$id', 's1', 'user', '{\"text\":\"q\"}',
	    NULL, NULL), ('alice@example.com', '$id', 's2', 'tool', NULL,
	    'sql', '{}'), ('alice@example.com', '$id', 's3', 'assistant',
	    '[{\"type\":\"text\",\"text\":\"a\"}]', NULL, NULL)"
	as alice get $v1/$id/state
	json_is .thread_id '"'$id'"'
	json_is '[.messages[] | del(.id, .created_at)]' "$(echo '[
	    {"role":"user","content":"q","parts":{"text":"q"}},
	    {"role":"tool","content":"","tool_name":"sql"},
	    {"role":"assistant","content":"a",
	    "parts":[{"type":"text","text":"a"}]}]' | jq -c .)"
}

chatkits_items_show_what_was_said() {
	id=$(sql "INSERT INTO threads (email, thread_id, document, sorted_at,
	    title_at, title_length)
	    VALUES ('alice@example.com', 'thr_1', '{}', now(), 2, 0)
	    RETURNING id")
	sql "INSERT INTO messages (email, thread_id, item_id, item_type,
	    document) SELECT 'alice@example.com', '$id', 'i' || n, type, doc::json
	    FROM (VALUES (1, 'hidden_context_item', '{\"content\":\"secret\"}'),
	    (2, 'user_message', '{\"content\":[{\"type\":\"input_text\",
	    \"text\":\"Hi \"},{\"type\":\"input_tag\",\"text\":\"@Bob\"}],
	    \"attachments\":[{\"metadata\":\"secret\"}]}'),
	    (3, 'task', '{\"content\":\"secret\"}'),
	    (4, 'assistant_message', '{\"content\":[{\"type\":\"output_text\",
	    \"text\":\"Hello\",\"annotations\":[\"secret\"]}]}'),
	    (5, 'sdk_hidden_context', '{\"content\":\"secret\"}'),
	    (6, 'assistant_message', '{\"content\":[]}')) v(n, type, doc)"
	as alice get $v1/thr_1/state
	json_is '[.messages[] | del(.id, .created_at)]' "$(echo '[
	    {"role":"user","content":"Hi @Bob"},
	    {"role":"assistant","content":"Hello"},
	    {"role":"assistant","content":""}]' | jq -c .)"
	! grep -q secret "$T/body" || flunk "$(cat "$T/body")"
	_walk "$v1/thr_1/state?limit=1" >"$T/walk"
	is "$(jq -c '.[0]' "$T/walk" | xargs -d '\n')" \
	    '["Hi @Bob"] ["Hello"] [""]'
}

# --- LangGraph's

# Where there are no tables there is no history; broken ones are a failure.
tables_that_are_absent_or_broken() {
	as alice post $v1 '{"thread_id":"lg"}'
	as alice get $v1/lg/state
	status_is 200
	json_is "$lists" '[[],[],[]]'
	as alice get "$v1/lg/state?include=interrupts"
	json_is "[.interrupts, $lists]" '[[],[[],[],[]]]'
	as bob post $v1 '{"thread_id":"lg"}'
	sql 'CREATE TABLE checkpoints (thread_id text)'
	sql "UPDATE threads SET title = 'x' WHERE thread_id = 'lg'"
	stop_bobbin
	start_bobbin
	as alice get $v1/lg/state
	_detail 503 'Database unavailable'
	# What is stored needs no tables.
	as alice post $v1/lg/messages '{"role":"user","content":"x"}'
	as alice get $v1/lg/state
	status_is 200
	as alice get "$v1/lg/state?include=state_data"
	status_is 200
	# What waits does, where the claim is held.
	for q in interrupts state_data,interrupts; do
		as alice get "$v1/lg/state?include=$q"
		_detail 503 'Database unavailable'
	done
	as bob get "$v1/lg/state?include=interrupts"
	json_is .interrupts '[]'
	sql 'DROP TABLE checkpoints'
	pg_sql postgres -f "$vectors/py_checkpoints.sql" >/dev/null
	grep '^INSERT INTO' "$vectors/js_checkpoints.sql" |
	    grep -v checkpoint_migrations | pg_sql postgres >/dev/null
	pg_sql postgres -f "$top/sql/roles.sql" >/dev/null
	sql "INSERT INTO thread_claims (thread_id, email)
	    SELECT DISTINCT thread_id, 'alice@example.com' FROM checkpoints
	    ON CONFLICT DO NOTHING"
	sql "INSERT INTO threads (email, thread_id)
	    SELECT DISTINCT 'alice@example.com', thread_id FROM checkpoints
	    ON CONFLICT DO NOTHING"
	stop_bobbin
	start_bobbin
}

# A library's messages as this face shows them.
shown='def text: if type == "string" then . elif type == "array" then
	map(if type != "object" then . elif (.type // "text") == "text"
	then .text // "" else "" end) | add // "" else "" end;
    [.[] | if type == "string" then {type: "human", content: .}
	elif type == "array" then {type: .[0], content: .[1]}
	elif .role then .type = .role else . end
    | [({human: "user", ai: "assistant", AIMessageChunk: "assistant",
	function: "tool", critic: "system"}[.type] // .type),
	(.content | text), .id]]'

every_sample_thread_shows_its_messages() {
	for lang in py js; do
		for t in $(jq -r 'keys[]' "$vectors/${lang}_expected.json"); do
			case $t in
			py-encrypted) continue ;;
			esac
			as alice get $v1/$t/state
			status_is 200
			want=$(jq -c --arg t $t ".[\$t].state.messages // [] |
			    $shown" "$vectors/${lang}_expected.json")
			got=$(jq -c --argjson want "$want" '[.messages |
			    to_entries[] | [.value.role, .value.content,
			    if $want[.key][2] == null then null
			    else .value.id end]]' "$T/body")
			is "$got" "$want" "$t"
			json_is '[.messages[] | select((.id | type) != "string"
			    or (.created_at | type) != "string")]' '[]'
			is "$(jq '.checkpoints | length' "$T/body")" "$(sql "
			    SELECT count(*) FROM checkpoints WHERE
			    thread_id = '$t' AND checkpoint_ns = ''")" $t
		done
	done
}

metadata_nested_too_deep_fails_nothing() {
	for t in py-multi-turn js-multi-turn; do
		as alice get $v1/$t/state
		sql "UPDATE checkpoints SET metadata = metadata ||
		    jsonb_build_object('deep',
		    (repeat('[', 300) || repeat(']', 300))::jsonb)
		    WHERE thread_id = '$t'"
		as alice get $v1/$t/state
		status_is 200
		same_body_as_before
		sql "UPDATE checkpoints SET metadata = metadata - 'deep'
		    WHERE thread_id = '$t'"
	done
}

a_message_has_its_checkpoints_time() {
	as alice get $v1/py-multi-turn/state
	json_is '[.messages[].created_at] | . == sort' true
	json_is '[.messages[].created_at] | unique | length > 3' true
	at=$(sql "SELECT to_char((c.checkpoint ->> 'ts')::timestamptz
	    AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')
	    FROM checkpoints c JOIN checkpoint_writes w USING (thread_id,
	    checkpoint_ns, checkpoint_id)
	    WHERE thread_id = 'py-multi-turn' AND checkpoint_ns = ''
	    AND w.channel = 'messages' AND position('ai-2' IN
	    encode(w.blob, 'escape')) > 0")
	json_is '[.messages[] | select(.id == "ai-2").created_at]' "[\"$at\"]"
	json_is '[.checkpoints[].created_at] | . == sort' true
}

tools_have_names_and_blocks_are_parts() {
	as alice get $v1/py-multi-turn/state
	json_is '[.messages[] | select(.role == "tool").tool_name]' \
	    '["run_sql","delete_file"]'
	as alice get $v1/py-interrupt-resumed/state
	json_is '.messages[-1] | [.content, .parts]' "$(jq -c \
	    '.["py-interrupt-resumed"].state.messages[-1].content |
	    [.[0].text, .]' "$vectors/py_expected.json")"
}

unreadable_history_is_one_opaque_message() {
	as alice get $v1/py-encrypted/state
	status_is 200
	json_is '[.messages[] | [.id, .role, .content]]' \
	    '[["unreadable","system","This conversation is stored in a form that cannot be read here."]]'
	json_is '[.messages[].created_at, .checkpoints[-1].created_at] |
	    unique | length' 1
}

pages_of_history_keep_their_head() {
	as alice get $v1/py-multi-turn/state
	whole=$(jq -c "$lists" "$T/body")
	for q in 'limit=2' 'limit=2&tail=true'; do
		_walk "$v1/py-multi-turn/state?$q" >"$T/walk"
		case $q in
		*tail*) reverse='reverse |' ;;
		*)	reverse= ;;
		esac
		is "$(jq -cs "[$reverse transpose[] | add]" "$T/walk")" \
		    "$whole" "$q"
	done
	# A new head, with nothing in it, between two pages.
	as alice get "$v1/py-multi-turn/state?limit=2"
	next=$(field next_cursor)
	sql "INSERT INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id,
	    checkpoint, metadata) VALUES ('py-multi-turn', '', 'ffff',
	    '{\"v\":4,\"id\":\"ffff\",\"ts\":\"2027-01-01T00:00:00+00:00\",
	    \"channel_versions\":{},\"channel_values\":{},
	    \"versions_seen\":{}}', '{\"step\":9,\"source\":\"loop\"}')"
	as alice get "$v1/py-multi-turn/state?limit=1000&cursor=$next"
	is "$(jq -c "$lists | .[0]" "$T/body")" \
	    "$(echo "$whole" | jq -c '.[0][2:]')"
	json_is '[.checkpoints[].checkpoint_id] | index("ffff")' null
	as alice get $v1/py-multi-turn/state
	json_is '.messages' '[]'
	json_is '.checkpoints[-1].checkpoint_id' '"ffff"'
	# The head that it began with is gone: on with the newest.
	as alice get "$v1/py-delta/state?limit=2"
	next=$(field next_cursor)
	head=$(printf %s "$next" | basenc -d --base64url 2>/dev/null |
	    tail -n 1 | cut -f 8)
	sql "DELETE FROM checkpoints WHERE thread_id = 'py-delta'
	    AND checkpoint_id = '$head'"
	as alice get "$v1/py-delta/state?limit=2&cursor=$next"
	status_is 200
	json_is '.messages | length' 2
	sql "DELETE FROM checkpoints WHERE checkpoint_id = 'ffff'"
}

a_stored_checkpoint_wins() {
	id=$(sql "SELECT min(checkpoint_id) FROM checkpoints
	    WHERE thread_id = 'js-send' AND checkpoint_ns = ''")
	n=$(sql "SELECT count(*) FROM checkpoints
	    WHERE thread_id = 'js-send' AND checkpoint_ns = ''")
	for k in $id own; do
		as agent post $v1/js-send/checkpoints '{"checkpoint_id":"'$k'",
		    "state_data":{"mine":1},
		    "created_at":"2020-01-01T00:00:00Z"}' \
		    -H 'X-Bobbin-On-Behalf-Of: alice@example.com'
		status_is 201
	done
	as alice get "$v1/js-send/state?include=state_data"
	json_is '.checkpoints | length' $((n + 1))
	json_is '[.checkpoints[:2][] | .checkpoint_id] | sort' \
	    "$(jq -cn --arg id $id '["own", $id] | sort')"
	json_is '[.checkpoints[] | select(.checkpoint_id == "'$id'")
	    .state_data]' '[{"mine":1}]'
	json_is '[.checkpoints[2:][].state_data] | unique' '[null]'
	_walk "$v1/js-send/state?limit=2" >"$T/walk"
	as alice get $v1/js-send/state
	is "$(jq -cs '[transpose[] | add]' "$T/walk")" \
	    "$(jq -c "$lists" "$T/body")"
	# Tool calls are always the stored ones.
	as agent post $v1/js-send/tool-calls '{"tool_id":"a","tool_name":"b"}' \
	    -H 'X-Bobbin-On-Behalf-Of: alice@example.com'
	as alice get $v1/js-send/state
	json_is '[.tool_calls[].tool_id]' '["a"]'
	json_is '.messages | length > 0' true
}

# --- What waits

_waiting() { as "${2:-alice}" get "$v1/$1/state?include=interrupts"; }

every_sample_thread_tells_what_waits() {
	waiting=0
	for lang in py js; do
		for t in $(jq -r 'keys[]' "$vectors/${lang}_expected.json"); do
			as alice get /chat/$t/state
			want=$(jq -c .interrupts "$T/body")
			as alice get $v1/$t/state
			json_is 'has("interrupts")' false
			plain=$(jq -c 'del(.next_cursor)' "$T/body")
			_waiting $t
			status_is 200
			json_is '[keys_unsorted[5:8]]' \
			    '[["metadata","interrupts","has_more"]]'
			json_is .interrupts "$want"
			json_is 'del(.next_cursor, .interrupts)' "$plain"
			[ "$want" = '[]' ] || waiting=$((waiting + 1))
			[ $t != py-encrypted ] || continue
			is "$(jq -cS .interrupts "$T/body")" "$(jq -cS \
			    --arg t $t '.[$t].state.interrupts // []' \
			    "$vectors/${lang}_expected.json")" $t
		done
	done
	is $waiting 6 'threads that wait'
	as alice get "$v1/js-parallel-pending/state?include=state_data,interrupts"
	json_is '[.interrupts[].value]' '["ok?"]'
	json_is '.checkpoints[0] | has("state_data")' true
	_waiting js-parallel-pending
	json_is '.checkpoints[0] | has("state_data")' false
	_waiting empty
	json_is .interrupts '[]'
}

# _head THREAD: a new one, where nothing waits.
_head() {
	sql "INSERT INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id,
	    checkpoint, metadata) VALUES ('$1', '', 'ffff',
	    '{\"v\":4,\"id\":\"ffff\",\"ts\":\"2027-01-01T00:00:00+00:00\",
	    \"channel_versions\":{},\"channel_values\":{},
	    \"versions_seen\":{}}', '{\"step\":9,\"source\":\"loop\"}')"
}

# With the cursor too, which goes on in the messages that it began with.
what_waits_is_of_now() {
	t=py-interrupt-pending
	as alice get "$v1/$t/state?limit=1"
	next=$(field next_cursor)
	as alice get "$v1/$t/state?limit=1&cursor=$next"
	second=$(jq -c .messages "$T/body")
	_head $t
	for q in "limit=1&cursor=$next" limit=1; do
		as alice get "$v1/$t/state?$q&include=interrupts"
		status_is 200
		json_is .interrupts '[]'
	done
	json_is .messages '[]'
	late=$(field next_cursor)
	as alice get "$v1/$t/state?limit=1&cursor=$next&include=interrupts"
	json_is .messages "$second"
	# And the other way: a cursor from when nothing waited.
	sql "DELETE FROM checkpoints WHERE checkpoint_id = 'ffff'"
	for q in $next $late; do
		as alice get "$v1/$t/state?limit=1&cursor=$q&include=interrupts"
		json_is '[.interrupts[].value.action_requests[].name]' \
		    '["run_sql","delete_file"]'
	done
}

beside_stored_messages_it_waits_too() {
	t=py-parallel-many
	as alice post $v1/$t/messages '{"role":"user","content":"x"}'
	_waiting $t
	json_is "[[.interrupts[].value], ($lists | .[0])]" '[["go on?"],["x"]]'
	as alice get "$v1/$t/state?limit=1&tail=true&include=interrupts"
	json_is '[.interrupts[].value]' '["go on?"]'
	_head $t
	_waiting $t
	json_is "[.interrupts, ($lists | .[0])]" '[[],["x"]]'
	sql "DELETE FROM checkpoints WHERE checkpoint_id = 'ffff'"
}

# An owner's agent is the owner; without the claim there is nothing.
only_the_holder_learns_what_waits() {
	for t in py-interrupt-pending py-parallel-many; do
		_waiting $t
		json_is '.interrupts | length' 1
		as agent get "$v1/$t/state?include=interrupts" \
		    -H 'X-Bobbin-On-Behalf-Of: alice@example.com'
		same_body_as_before
		_waiting $t bob
		_detail 404 "Thread not found: $t"
		as bob post $v1 '{"thread_id":"'$t'"}'
		for content in '' x; do
			[ -z "$content" ] || as bob post $v1/$t/messages \
			    '{"role":"user","content":"x"}'
			_waiting $t bob
			json_is .interrupts '[]'
			as agent get "$v1/$t/state?include=interrupts" \
			    -H 'X-Bobbin-On-Behalf-Of: bob@example.com'
			json_is .interrupts '[]'
		done
		sql "UPDATE thread_claims SET deleted_at = now()
		    WHERE thread_id = '$t'"
		_waiting $t
		json_is .interrupts '[]'
		sql "UPDATE thread_claims SET deleted_at = NULL
		    WHERE thread_id = '$t'"
	done
}

what_waits_and_cannot_be_read_is_told() {
	t=js-interrupt-pending
	sql "CREATE TABLE kept AS SELECT * FROM checkpoint_writes
	    WHERE thread_id = '$t' AND channel = '__interrupt__'"
	for bad in "type = 'msgpack', blob = '\\xc1'" \
	    "type = 'json+aes', blob = '\\x00'" "blob = '{'"; do
		sql "UPDATE checkpoint_writes SET $bad
		    WHERE thread_id = '$t' AND channel = '__interrupt__'"
		_waiting $t
		status_is 200
		json_is '[.interrupts[] | keys]' '[["unreadable"]]'
		json_is '.messages | length > 0' true
	done
	sql "UPDATE checkpoint_writes w SET type = k.type, blob = k.blob
	    FROM kept k WHERE (w.thread_id, w.checkpoint_id, w.task_id, w.idx)
	    = (k.thread_id, k.checkpoint_id, k.task_id, k.idx)"
	sql 'DROP TABLE kept'
	_waiting $t
	json_is '[.interrupts[] | keys]' '[["id","value"]]'
}

stored_messages_end_the_history() {
	as alice post $v1/py-exit/messages '{"role":"user","content":"x"}'
	as alice get $v1/py-exit/state
	json_is "$lists" '[["x"],[],[]]'
}

without_the_claim_there_is_no_history() {
	as bob post $v1 '{"thread_id":"py-send"}'
	status_is 201
	as bob get $v1/py-send/state
	json_is "$lists" '[[],[],[]]'
	sql "UPDATE thread_claims SET deleted_at = now()
	    WHERE thread_id = 'py-fork'"
	as alice get $v1/py-fork/state
	json_is "$lists" '[[],[],[]]'
}

# _rename FROM TO: a thread of LangGraph's.
_rename() {
	for table in checkpoints checkpoint_blobs checkpoint_writes; do
		sql "UPDATE $table SET thread_id = '$2' WHERE thread_id = '$1'"
	done
}

# LangGraph knows ChatKit's threads, and those without an outside id, by uuid.
some_threads_are_known_by_their_uuid() {
	for t in thr_lg studio; do
		id=$(cat /proc/sys/kernel/random/uuid)
		[ $t = studio ] && columns= values= || {
			columns=', thread_id, document, sorted_at,
			    title_at, title_length'
			values=", '$t', '{}', now(), 2, 0"
		}
		sql "INSERT INTO threads (id, email$columns)
		    VALUES ('$id', 'alice@example.com'$values)"
		_rename py-removed $id
		[ $t != studio ] || t=$id
		as alice get $v1/$t/state
		json_is .messages '[]'
		sql "INSERT INTO thread_claims (thread_id, email)
		    VALUES ('$id', 'alice@example.com')"
		as alice get $v1/$t/state
		json_is '.messages | length > 0' true
		_rename $id py-removed
		_rename js-parallel-many $id
		_waiting $t
		json_is '[.interrupts[].value]' '["go on?"]'
		_rename $id js-parallel-many
	done
}

it_run
