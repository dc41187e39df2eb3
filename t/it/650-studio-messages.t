# 650-studio-messages.t: messages of seed 002: listed, asked by users, stored by
# agents, handed over and answered again.
. "${SRCDIR:?}/t/it/lib.sh"

it_agent=yes
it_conf='ARTIFACTS_SECRET = it-links-0123456789abcdef0123456789abcdef'
it_site='s/rate=50r/rate=5000r/'
it_start
touch "$T/agent.go"
sse='Accept: text/event-stream'
for_ann='X-Bobbin-On-Behalf-Of: ann@example.com'

_thread() {
	as "$1" post /api/threads "${2:-{\}}"
	status_is 200
	id=$(field id)
	m=/api/threads/$id/messages
}

# _key: another message id each time, in $key.
_key() {
	serial=$((${serial:-0} + 1))
	key=msg-$serial
}

# _ask WHO TEXT [curl's arguments]: under a new key; _again: the same.
_ask() {
	_key
	_again "$@"
}
_again() {
	asks=$1 text=$2
	shift 2
	as $asks post "$m" '{"message_id":"'"$key"'","content":{"text":"'"$text"'"}}' "$@"
}

# _store BODY: by ann's agent.
_store() { as agent post "$m" "$1" -H "$for_ann"; }

_told() {
	tr -d '\r' <"$T/agent.request" | grep -qxF "$1" ||
	    flunk "not told $1: $(grep -i ^x-bobbin "$T/agent.request")"
}
_not_told() {
	! grep -qi "^$1:" "$T/agent.request" ||
	    flunk "told $(grep -i "^$1:" "$T/agent.request")"
}
_asked() {
	rm -f "$T/agent.request"
	"$@"
	[ -e "$T/agent.request" ] || flunk "the agent was not asked"
}
_not_asked() {
	rm -f "$T/agent.request"
	"$@"
	[ ! -e "$T/agent.request" ] || flunk "the agent was asked"
}

_stored() {
	sql "SELECT count(*) FROM messages WHERE message_id = '$key'"
}

# --- By a user

a_message_is_stored_then_handed_over() {
	_thread ann
	_asked _ask ann 'Hello  there'
	status_is 200
	header_is Content-Type application/json	# the stub's
	_told 'X-Bobbin-Action: message'
	_told 'X-Bobbin-Owner: ann@example.com'
	_told "X-Bobbin-Thread: $id"
	_told "X-Bobbin-Message: $key"
	_told 'X-Bobbin-Repeat: 0'
	_told 'X-Bobbin-Title: Hello%20there'
	_not_told X-Bobbin-Run
	_not_told Authorization
	grep -qF '{"message_id":"'$key'","content":{"text":"Hello  there"}}' \
	    "$T/agent.request" || flunk 'the body did not reach the agent'
	is "$(sql "SELECT role, content, email FROM messages
	    WHERE message_id = '$key'")" \
	    'user|{"text":"Hello  there"}|ann@example.com'
	as ann get "/api/threads/$id"
	json_is .title '"Hello there"'
}

it_streams_before_the_agent_has_finished() {
	_thread ann
	rm -f "$T/agent.go"
	_key
	curl -sSN -m 20 -X POST -H "Authorization: Bearer $(token_of ann)" \
	    -H 'Content-Type: application/json' -H "$sse" \
	    -d '{"message_id":"'$key'","content":{"text":"x"}}' \
	    "$url$m" >"$T/stream" &
	curl_pid=$!
	_wait_for grep -q token "$T/stream" || flunk 'nothing came'
	! grep -q done "$T/stream" || flunk 'it came at once'
	is "$(_stored)" 1 'rows while it streams'
	touch "$T/agent.go"
	wait $curl_pid
	grep -q done "$T/stream" || flunk "$(cat "$T/stream")"
}

a_key_is_percent_encoded_for_the_agent() {
	_thread ann '{"title":"kept"}'
	key='a b/ü%"'
	_asked as ann post "$m" '{"message_id":"a b/ü%\"","content":{"text":"x"}}'
	status_is 200
	_told 'X-Bobbin-Message: a%20b%2F%C3%BC%25%22'
	_not_told X-Bobbin-Title
	_asked as ann post "$m" '{"message_id":"a\r\nX-Bobbin-Owner: eve","content":{}}' \
	    -H 'X-Bobbin-Message: forged' -H 'X-Bobbin-Title: forged'
	_told 'X-Bobbin-Message: a%0D%0AX-Bobbin-Owner%3A%20eve'
	_told 'X-Bobbin-Owner: ann@example.com'
	_not_told X-Bobbin-Title
}

bad_messages_are_refused() {
	_thread ann
	remember_rows
	_not_asked as ann post "$m" '{}'
	status_is 422
	json_is '[.detail[] | [.type, .loc[1]]]' \
	    '[["missing","message_id"],["missing","content"]]'
	long=$(printf %0129d 0)
	while read -r want body; do
		_not_asked as ann post "$m" "$body"
		status_is "$want"
	done <<-X
	422 {"message_id":"","content":{}}
	422 {"message_id":"$long","content":{}}
	422 {"message_id":null,"content":{}}
	422 {"message_id":7,"content":{}}
	422 {"message_id":"k","content":"text"}
	422 {"message_id":"k","content":[]}
	422 {"message_id":"k","content":null}
	422 {"message_id":"k","content":{},"role":null}
	422 {"messages":[{"message_id":"k","role":"user"}]}
	422 []
	400 {"message_id":"k","content":{"a":"\\u0000"}}
	400 {"message_id":"k","content":{"a":"\\ud800"}}
	400 {"message_id":"k","content":{},"role":"assistant"}
	400 {"message_id":"k","content":{},"role":"User"}
	X
	body_is '{"detail":"Only user role allowed"}'
	m=/api/threads/99999999-9999-4999-8999-999999999999/messages
	_not_asked as ann post $m '{"message_id":"k","content":{},"role":"tool"}'
	status_is 400
	_not_asked as ann post $m '{"message_id":"k","content":{}}'
	status_is 404
	body_is '{"detail":"Thread not found"}'
	_not_asked as bob post "/api/threads/$id/messages" \
	    '{"message_id":"k","content":{}}'
	status_is 404
	same_body_as_before
	nothing_changed
}

four_mib_pass_and_no_more() {
	_thread ann
	_key
	{
		printf '{"message_id":"%s","content":{"text":"' $key
		head -c 4194200 /dev/zero | tr '\0' x
		printf '"}}'
	} >"$T/large"
	_asked as ann post "$m" "@$T/large"
	status_is 200
	head -c 200 /dev/zero | tr '\0' ' ' >>"$T/large"
	_not_asked as ann post "$m" "@$T/large"
	status_is 413
}

a_repeat_is_no_second_row() {
	_thread ann
	_ask ann first
	_asked as ann post "$m" '{ "role":"user","content":{"text" : "f\u0069rst"},"message_id":"'$key'"}'
	status_is 200
	_told 'X-Bobbin-Repeat: 1'
	_not_told X-Bobbin-Title
	is "$(_stored)" 1
	as ann get "/api/threads/$id"
	was=$(field updated_at)
	_again ann first
	as ann get "/api/threads/$id"
	is "$(field updated_at)" "$was"
}

# Until an answer is stored; a question asked again waits again.
_waits() {
	is "$(sql "SELECT handed_at > now() - interval '1 minute' FROM threads
	    WHERE id = '$id'")" "$1" "$2"
}

a_question_waits_for_its_answer() {
	_thread ann
	_waits '' new
	_ask ann first
	_waits t asked
	sql "UPDATE threads SET handed_at = now() - interval '1 day'
	    WHERE id = '$id'" >/dev/null
	_store '{"message_id":"tool:'$key'","role":"tool","content":{"text":"x"}}'
	_waits f 'a tool answered'
	_again ann first
	_waits t again
	_store '{"message_id":"assistant:'$key'","role":"assistant","content":{"text":"x"}}'
	status_is 201
	_waits '' answered
	_not_asked _again ann first
	_waits '' 'played again'
}

what_differs_is_a_duplicate() {
	_thread ann
	_ask ann first
	remember_rows
	_not_asked _again ann second
	status_is 409
	body_is '{"detail":"Duplicate message_id"}'
	first=$id
	nothing_changed
	_thread ann
	remember_rows
	_not_asked _again ann first
	status_is 409
	nothing_changed
	m=/api/threads/$first/messages
	_store '{"message_id":"'$key'","role":"user","content":{"text":"other"}}'
	status_is 409
	body_is '{"detail":"Duplicate message_id"}'
	nothing_changed
}

another_owners_key_is_nothing_to_me() {
	_thread ann
	_ask ann hers
	_thread bob
	_asked _again bob his
	status_is 200
	_told 'X-Bobbin-Repeat: 0'
	is "$(_stored)" 2
	_asked _again bob his
	_told 'X-Bobbin-Repeat: 1'
}

fifty_clients_send_one_message() {
	_thread ann
	_key
	pids=
	for i in $(seq 50); do
		curl -sS -o /dev/null -w '%{http_code}\n' -X POST \
		    -H "Authorization: Bearer $(token_of ann)" \
		    -H 'Content-Type: application/json' \
		    -d '{"message_id":"'$key'","content":{"text":"one"}}' \
		    "$url$m" >"$T/fifty.$i" &
		pids="$pids $!"
	done
	wait $pids
	is "$(cat "$T"/fifty.* | sort -u)" 200
	is "$(_stored)" 1
}

a_thread_without_the_claim_is_not_handed_over() {
	_thread ann
	sql "UPDATE thread_claims SET email = 'eve@example.com'
	    WHERE thread_id = '$id'"
	remember_rows
	_not_asked _ask ann x
	status_is 409
	body_is '{"detail":"Thread id is already in use"}'
	nothing_changed
	sql "DELETE FROM thread_claims WHERE thread_id = '$id'"
	_asked _again ann x	# free: taken up
	status_is 200
}

a_thread_of_another_face_has_its_outside_id() {
	as ann post /chat/out%20side/runs '{"prompt":"x"}'
	id=$(sql "SELECT id FROM threads WHERE thread_id = 'out side'")
	m=/api/threads/$id/messages
	_asked _ask ann x
	_told 'X-Bobbin-Thread: out%20side'
}

a_finished_answer_is_played_again() {
	_thread ann
	_ask ann question
	_store '{"messages":[
	    {"message_id":"tool:'$key':0","role":"tool","content":"no"},
	    {"message_id":"assistant:'$key'","role":"assistant",
	    "content":{"text":"It is \"42\".\n\u2026"}}]}'
	status_is 201
	answer=$(field 'messages[1].id')
	_not_asked _again ann question
	status_is 200
	header_is Content-Type text/event-stream
	header_is Cache-Control no-store
	body_is 'data: {"type":"token","content":"It is \"42\".\n…"}

data: {"type":"done","message_id":"'$answer'"}

'
	_not_asked _again ann other
	status_is 409
	as ann get "/api/threads/$id"
	was=$(field updated_at)
	_again ann question
	as ann get "/api/threads/$id"
	is "$(field updated_at)" "$was"
}

a_long_answer_is_played_in_pieces() {
	_thread ann
	_ask ann question
	long=$(printf %06000d 0 | sed 's/0/ü"/g')
	_store '{"message_id":"assistant:'$key'","role":"assistant","content":{"text":"'"$(echo "$long" | sed 's/"/\\"/g')"'"}}'
	status_is 201
	_again ann question
	[ "$(sed 's/^data: //' "$T/body" | awk '{ if (length($0) > n)
	    n = length($0) } END { print n }')" -lt 8192 ] ||
	    flunk 'an event is too long'
	[ "$(grep -c '"token"' "$T/body")" -gt 2 ] || flunk 'too few pieces'
	is "$(sed -n 's/^data: //p' "$T/body" | jq -rj \
	    'select(.type == "token") | .content' | cksum)" \
	    "$(printf %s "$long" | cksum)"
}

somebody_elses_answer_is_not_played() {
	_thread ann
	_ask ann question
	other=$m
	_thread ann
	_store '{"message_id":"assistant:'$key'","role":"assistant","content":{"text":"elsewhere"}}'
	m=$other
	_asked _again ann question
	_told 'X-Bobbin-Repeat: 1'
}

only_the_first_message_of_a_new_chat_names_it() {
	_thread ann '{"title":"New chat"}'
	_store '{"message_id":"sys-'$id'","role":"system","content":{"text":"be good"}}'
	_asked _ask ann '  \n '	# no text, no title
	_not_told X-Bobbin-Title
	_asked _ask ann second
	_not_told X-Bobbin-Title
	as ann get "/api/threads/$id"
	json_is .title '"New chat"'
	_thread ann '{"title":"new chat"}'
	_asked _ask ann first
	_not_told X-Bobbin-Title
	_thread ann
	as ann patch "/api/threads/$id/title" '{"title":"mine"}'
	_asked _ask ann first
	_not_told X-Bobbin-Title
	as ann get "/api/threads/$id"
	json_is .title '"mine"'
}

a_title_is_made_of_the_first_text() {
	_thread ann '{"title":"t"}'
	as ann request POST "/api/threads/$id/title/auto"
	status_is 400
	body_is '{"detail":"No messages to generate title from"}'
	_store '{"messages":[
	    {"message_id":"'$id'-1","role":"system","content":"system"},
	    {"message_id":"'$id'-2","role":"user","content":{"image":"x"}},
	    {"message_id":"'$id'-3","role":"user","content":" \u00a0\u0001\n"},
	    {"message_id":"'$id'-4","role":"user","content":[{"type":"text","text":"one"},{"text":" \ttwo"},{"type":"image","text":"no"},7,{"type":null,"text":" 3"}]},
	    {"message_id":"'$id'-5","role":"user","content":"later"}]}'
	status_is 201
	as ann request POST "/api/threads/$id/title/auto"
	status_is 200
	json_is .title '"one two 3"'
	was=$(field updated_at)
	as ann request POST "/api/threads/$id/title/auto"
	is "$(field updated_at)" "$was"
}

# --- By an agent

an_agent_stores_one() {
	_thread ann
	_not_asked _store '{"message_id":"one-'$id'","role":"tool","content":[ 1.50 ],"tool_name":"t","tool_input":{"tool_call_id":"c1","x": 1e2},"tool_output":"\u00fc","meta":{ }}'
	status_is 201
	json_is 'keys_unsorted' '["message_id","id","status"]'
	json_is '[.message_id, .status]' '["one-'$id'","stored"]'
	is "$(sql "SELECT content, tool_name, tool_input, tool_output, meta,
	    tool_call_id FROM messages WHERE message_id = 'one-$id'")" \
	    '[ 1.50 ]|t|{"tool_call_id":"c1","x": 1e2}|"\u00fc"|{ }|c1'
	remember_rows
	_store '{"meta":{},"message_id":"one-'$id'","role":"tool","content":[1.5],"tool_name":"t","tool_input":{"x":100,"tool_call_id":"c1"},"tool_output":"ü"}'
	status_is 200
	cmp -s "$T/body" "$T/body.before" || flunk "$(cat "$T/body")"
	nothing_changed
	for c in '"role":"user"' '"content":[2]' '"tool_name":null' \
	    '"tool_input":{}' '"tool_output":null' '"meta":{"a":1}'; do
		jq -c ". + {$c}" >"$T/changed" <<-X
		{"message_id":"one-$id","role":"tool","content":[1.5],"tool_name":"t","tool_input":{"tool_call_id":"c1","x":100},"tool_output":"ü","meta":{}}
		X
		_store "@$T/changed"
		status_is 409
		body_is '{"detail":"Duplicate message_id"}'
	done
	nothing_changed
}

a_batch_keeps_its_order() {
	_thread ann
	jq -nc --arg id "$id" '{messages: [range(100) | {message_id:
	    "\($id)-\(.)", role: (if . % 3 == 0 then "user" else "tool" end),
	    content: {text: "\(.)"}}]}' >"$T/batch"
	_store "@$T/batch"
	status_is 201
	json_is '.messages | length' 100
	json_is '[.messages[] | .message_id] == [range(100) | "'$id'-\(.)"]' true
	as ann get "$m?limit=200"
	json_is '[.[].content.text | tonumber] == [range(99; -1; -1)]' true
	_store "@$T/batch"
	status_is 200
	jq -c '.messages += [{message_id: "more", role: "user"}]' \
	    "$T/batch" >"$T/more"
	_store "@$T/more"
	status_is 422
}

a_batch_is_stored_whole_or_not_at_all() {
	_thread ann
	_store '{"message_id":"b-'$id'","role":"user","content":"x"}'
	remember_rows
	while read -r want body; do
		_store "$body"
		status_is "$want"
		nothing_changed
	done <<-X
	409 {"messages":[{"message_id":"new-$id","role":"user"},{"message_id":"b-$id","role":"user","content":"y"}]}
	409 {"messages":[{"message_id":"new-$id","role":"user"},{"message_id":"new-$id","role":"tool"}]}
	422 {"messages":[{"message_id":"new-$id","role":"user"},{"message_id":"x","role":"robot"}]}
	422 {"messages":[{"message_id":"new-$id","role":"user"},7]}
	422 {"messages":[]}
	422 {"messages":{}}
	422 {"messages":null}
	422 {"message_id":"new-$id"}
	422 {"message_id":"new-$id","role":"user","meta":[]}
	422 {"message_id":"new-$id","role":"user","tool_name":"$(printf %0129d 0)"}
	422 {"message_id":"$(printf %0256d 0)","role":"user"}
	X
	_store '{"messages":[{"message_id":"x","role":"user"},{"message_id":"x","role":"robot","meta":7}]}'
	json_is '[.detail[] | [.type, .loc]]' '[["value_error",["body","messages",1,"role"]],["dict_type",["body","messages",1,"meta"]]]'
	_store '{"messages":[{"message_id":"twice-'$id'","role":"user"},{"message_id":"twice-'$id'","role":"user"}]}'
	status_is 201
	json_is '.messages[0].id == .messages[1].id' true
	_store '{"messages":[{"message_id":"b-'$id'","role":"user","content":"x"},{"message_id":"c-'$id'","role":"user"}]}'
	status_is 201
}

what_arrays_would_misread_is_kept() {
	_thread ann
	jq -nc '{message_id: "a\"\\,{}NULL", role: "tool",
	    tool_name: "NULL", content: "{\"a\\\\\",NULL}", tool_input:
	    {a: "\\\"{},"}, tool_output: "}"}' >"$T/odd"
	_store "@$T/odd"
	status_is 201
	as ann get "$m"
	json_is '.[0] | [.message_id, .tool_name, .content, .tool_input, .tool_output]' \
	    "$(jq -c '[.message_id, .tool_name, {text: .content},
	    .tool_input, {content: .tool_output}]' "$T/odd")"
}

an_agent_stores_for_one_owner() {
	_thread ann
	remember_rows
	as agent post "$m" '{"message_id":"k","role":"user"}'
	status_is 404
	as agent post "$m" '{"message_id":"k","role":"user"}' \
	    -H 'X-Bobbin-On-Behalf-Of: bob@example.com'
	status_is 404
	as ann post "$m" '{"message_id":"k","role":"user"}' -H "$for_ann"
	status_is 403
	nothing_changed
}

two_agents_with_the_same_rows_store_them_once() {
	_thread ann
	jq -nc --arg id "$id" '{messages: [range(50) |
	    {message_id: "\($id)-\(.)", role: "tool"}]}' >"$T/batch"
	pids=
	for i in 1 2 3 4 5 6 7 8; do
		curl -sS -o /dev/null -w '%{http_code}\n' -X POST \
		    -H "Authorization: Bearer $(token_of agent)" \
		    -H "$for_ann" -H 'Content-Type: application/json' \
		    -d "@$T/batch" "$url$m" >"$T/eight.$i" &
		pids="$pids $!"
	done
	wait $pids
	is "$(cat "$T"/eight.* | sort | uniq -c | xargs)" '7 200 1 201'
	is "$(sql "SELECT count(*) FROM messages WHERE thread_id = '$id'")" 50
}

# --- Listing

content_reaches_the_client_as_an_object() {
	_thread ann
	_store '{"messages":[
	    {"message_id":"'$id'1","role":"user","content":{"a": [1,2.50] }},
	    {"message_id":"'$id'2","role":"user","content":"say \"x\"\n"},
	    {"message_id":"'$id'3","role":"user","content":[{"type":"text","text":"a"},{"text":"b"},{"type":"image","text":"c"},{"type":"text"},"d",{"type":"text","text":5}]},
	    {"message_id":"'$id'4","role":"user","content":7.50},
	    {"message_id":"'$id'5","role":"user","content":true},
	    {"message_id":"'$id'6","role":"user","content":null},
	    {"message_id":"'$id'7","role":"user","tool_input":[1],"tool_output":"x","meta":{ "z":1}},
	    {"message_id":"'$id'8","role":"user","tool_input":{ "y":1},"tool_output":false}]}'
	status_is 201
	as ann get "$m"
	status_is 200
	json_is '.[0] | keys_unsorted' '["id","thread_id","role","content","tool_name","tool_input","tool_output","artifacts","message_id","created_at","meta"]'
	for want in '"content":{"a": [1,2.50] }' \
	    '"content":{"text":"say \"x\"\n"}' \
	    '"content":{"text":"ab","blocks":[{"type":"text","text":"a"},' \
	    '"content":{"text":"7.50"}' '"content":{"text":"true"}' \
	    '"content":null,' '"tool_input":{"content":[1]}' \
	    '"tool_output":{"content":"x"}' '"meta":{ "z":1}' \
	    '"tool_input":{ "y":1}' '"tool_output":{"content":false}' \
	    '"artifacts":[],"message_id":"'"$id"1'"'; do
		body_has "$want"
	done
	json_is '[.[] | .content | type] | unique' '["null","object"]'
	json_is '.[0] | [.tool_name, .thread_id, .meta]' "[null,\"$id\",null]"
}

# What no route would store: a damaged row shows, and hides no other one.
an_odd_row_does_not_fail_the_list() {
	_thread ann
	_store '{"message_id":"'$id'1","role":"user","content":"good"}'
	sql "INSERT INTO messages (email, thread_id, message_id, role, content)
	    VALUES ('ann@example.com', '$id', '$id-2', 'user', '\"\\u0000\"'),
	    ('ann@example.com', '$id', '$id-3', 'user',
	    '[{\"text\":\"\\u0000\"}]'), ('ann@example.com', '$id', '$id-4',
	    'user', 'null')"
	as ann get "$m"
	status_is 200
	json_is '[.[].content.text]' '[null,"","","good"]'
}

pages_are_cut_by_time_and_sequence() {
	_thread ann
	jq -nc --arg id "$id" '{messages: [range(7) | {message_id:
	    "\($id)-\(.)", role: "user", content: "\(.)"}]}' >"$T/batch"
	_store "@$T/batch"	# one transaction, one time
	: >"$T/walk"
	next="$m?limit=3"
	while [ -n "$next" ]; do
		as ann get "$next"
		status_is 200
		jq -r '.[].content.text' "$T/body" >>"$T/walk"
		[ "$(wc -l <"$T/walk")" -le 7 ] || return 1
		next=$(header Link | sed -n 's/^<\(.*\)>; rel="next"$/\1/p')
	done
	is "$(xargs <"$T/walk")" '6 5 4 3 2 1 0'
	no_header X-Next-Cursor
	as ann get "$m?limit=7"
	no_header X-Next-Cursor
	tag=$(header ETag)
	as ann get "$m?limit=7" -H "If-None-Match: $tag"
	status_is 304
	for q in limit=0 limit=201 cursor=x \
	    cursor=MjAyNi0wMS0wMSAxMDowMDowMApub3NlcQ; do
		as ann get "$m?$q"
		status_is 422
	done
	as bob get "$m?limit=7"
	status_is 200
	body_is '[]'
	no_header X-Next-Cursor
}

chatkits_items_show_where_they_are_messages() {
	_thread ann
	sql "INSERT INTO messages (id, email, thread_id, role, item_id,
	    item_type, document) SELECT gen_random_uuid(), 'ann@example.com',
	    '$id', v.role, 'i' || n, v.type, v.doc::json FROM (VALUES
	    (1, 'user', 'user_message', '{\"id\":\"i1\",\"content\":[{\"type\":\"input_text\",\"text\":\"hi\"}]}'),
	    (2, NULL, 'client_tool_call', '{\"id\":\"i2\",\"call_id\":\"c\"}'),
	    (3, 'assistant', 'assistant_message', '{\"content\":[{\"type\":\"output_text\",\"text\":\"ho\",\"annotations\":[]}],\"id\":\"i3\"}'))
	    v(n, role, type, doc) ORDER BY n"
	as ann get "$m"
	json_is '[.[] | [.role, .content.text, .content.blocks[0].type, .message_id]]' \
	    '[["assistant","ho","output_text",null],["user","hi","input_text",null]]'
	as ann request POST "/api/threads/$id/title/auto"
	json_is .title '"hi"'
}

# --- Files of a turn

# _file THREAD CALL NAME [WHO]: a row as an upload makes it.
_file() {
	sql "INSERT INTO blobs (sha256, size, on_disk, in_s3, state)
	    VALUES (repeat('a', 64), 3, true, false, 'stored')
	    ON CONFLICT DO NOTHING;
	    INSERT INTO artifacts (email, thread_id, sha256, filename, mime,
	    size, tool_call_id, created_at) VALUES
	    ('${4:-ann}@example.com', '$1', repeat('a', 64), '$3',
	    'text/plain', 3, '$2', clock_timestamp()) RETURNING id"
}

files_are_shown_with_the_answer_of_their_turn() {
	_thread bob
	theirs=$id
	_thread ann
	other=$id
	_thread ann
	_store '{"messages":[
	    {"message_id":"'$id'u1","role":"user","content":"one"},
	    {"message_id":"'$id't1","role":"tool","tool_input":{"tool_call_id":"c1"}},
	    {"message_id":"'$id't2","role":"tool","tool_output":{"tool_call_id":"c2"}},
	    {"message_id":"'$id'a1","role":"assistant","content":"early"},
	    {"message_id":"'$id't3","role":"tool","tool_input":{"tool_call_id":7},"tool_output":[],"meta":{"tool_call_id":"c3"}},
	    {"message_id":"'$id't4","role":"tool","tool_input":{"tool_call_id":"c1"}},
	    {"message_id":"'$id'a2","role":"assistant","content":"late"},
	    {"message_id":"'$id'u2","role":"user","content":"two"},
	    {"message_id":"'$id't5","role":"tool","tool_input":{"tool_call_id":"c2"}},
	    {"message_id":"'$id'a3","role":"assistant","content":"again"},
	    {"message_id":"'$id'u3","role":"user","content":"three"},
	    {"message_id":"'$id'a4","role":"assistant","content":"none"}]}'
	status_is 201
	one=$(_file $id c1 'one "1"/ü')
	two=$(_file $id c2 two)
	_file $id c3 three >/dev/null
	_file $id c9 nobodys >/dev/null
	_file $other c1 elsewhere >/dev/null
	_file $theirs c1 theirs bob >/dev/null
	as ann get "$m"
	status_is 200
	json_is '[.[] | select(.role == "assistant") | [.artifacts[].name]]' \
	    '[[],["two"],["one \"1\"/ü","two","three"],["one \"1\"/ü","two"]]'
	json_is '[.[] | select(.role != "assistant") | .artifacts[]]' '[]'
	json_is '[.[] | select(.message_id == "'$id'a1")][0].artifacts[0] | [keys_unsorted, .id, .mime, .size]' \
	    '[["id","name","mime","size","url"],"'$one'","text/plain",3]'
	json_is '[.[] | select(.message_id == "'$id'a1")][0].artifacts[1].url | test("^/api/artifacts/'$two'[?]token=[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+$")' true
	# One row a page: a turn begins long before it.
	: >"$T/walk"
	next="$m?limit=1"
	while [ -n "$next" ]; do
		as ann get "$next"
		jq -c '.[] | select(.role == "assistant") |
		    [.artifacts[].name]' "$T/body" >>"$T/walk"
		[ "$(wc -l <"$T/walk")" -le 4 ] || return 1
		next=$(header Link | sed -n 's/^<\(.*\)>; rel="next"$/\1/p')
	done
	is "$(cat "$T/walk")" '[]
["two"]
["one \"1\"/ü","two","three"]
["one \"1\"/ü","two"]'
}

links_stay_so_that_tags_do() {
	tag=$(as ann get "$m?limit=100"; header ETag)
	as ann get "$m?limit=100" -H "If-None-Match: $tag"
	status_is 304
}

# --- What a page costs

# _explain STATEMENT ARGUMENTS SORT: its plan as a worker's, for ann.
_explain() {
	it_sql=$(awk -v name="$1" '/^-- name: / { on = $3 == name; next }
	    on && !/^--/' "$top"/sql/query/studio*.sql)
	pg_sql bobbin_app <<-X
	PREPARE q AS $it_sql
	BEGIN;
	SELECT set_config('bobbin.email', 'ann@example.com', true) \\g /dev/null
	SELECT set_config('enable_sort', '$3', true) \\g /dev/null
	EXPLAIN (ANALYZE, BUFFERS, COSTS off, TIMING off, SUMMARY off)
	EXECUTE q($2);
	ROLLBACK;
	X
}

# _reads MOST: pages that the last plan's root touched.
_reads() {
	pages=$(sed -n 's/^ *Buffers: shared//p' "$T/plan" | head -n 1 |
	    grep -oE '=[0-9]+' | tr -d = | awk '{ n += $1 } END { print n }')
	[ -n "$pages" ] && [ "$pages" -le "$1" ] ||
	    flunk "$pages pages, not $1: $(cat "$T/plan")"
}

pages_cost_the_same_in_a_thread_of_ten_thousand() {
	_thread ann
	sql "INSERT INTO messages (email, thread_id, message_id, role, content,
	    tool_input, tool_call_id, created_at) SELECT 'ann@example.com',
	    '$id', 'k-' || n, CASE n % 10 WHEN 0 THEN 'user' WHEN 9 THEN
	    'assistant' ELSE 'tool' END, json_build_object('text', n), NULL,
	    'call-' || n, '2026-01-01'::timestamptz + n * interval '1 s'
	    FROM generate_series(1, 10000) n"
	sql "INSERT INTO threads (email, title) SELECT 'ann@example.com', n
	    FROM generate_series(1, 5000) n"
	# Most threads are short, so none is thought to be long.
	sql "WITH t AS (INSERT INTO threads (email) SELECT n || '@example.com'
	    FROM generate_series(1, 2000) n RETURNING email, id)
	    INSERT INTO messages (email, thread_id, message_id, role)
	    SELECT email, id, n, 'user' FROM t, generate_series(1, 5) n"
	sql 'VACUUM ANALYZE messages, threads'
	for at in NULL "'2026-01-01 01:30:00'" NULL; do
		_explain studio_messages "'ann@example.com', '$id', 51, $at,
		    $([ "$at" = NULL ] && echo NULL || echo 0)" off >"$T/plan"
		! grep -q 'Seq Scan on messages' "$T/plan" ||
		    flunk "$(cat "$T/plan")"
		grep -q 'Index.*messages_thread' "$T/plan" ||
		    flunk "$(cat "$T/plan")"
		_reads 300
		[ "$at" = NULL ] || _file $id call-9998 plot >/dev/null
	done
	as ann get "$m?limit=5"
	json_is '[.[].artifacts | length]' '[0,1,0,0,0]'
	for q in studio_threads_open studio_threads; do
		_explain $q "'ann@example.com', 21, now(),
		    gen_random_uuid()" on >"$T/plan"
		grep -qE 'Index.*threads_(open|updated)' "$T/plan" ||
		    flunk "$(cat "$T/plan")"
		! grep -q 'Sort Key' "$T/plan" || flunk "$(cat "$T/plan")"
		_reads 60
	done
	as ann get "$m?limit=200"
	status_is 200
	json_is length 200
}

# --- Without an agent

without_an_agent_it_is_stored_all_the_same() {
	sed -i '/^AGENT_LOCATION/d' "$T/bobbin.conf"
	stop_bobbin
	start_bobbin
	_thread ann
	_ask ann 'Good day'
	status_is 202
	json_is '[.message_id, .status]' "[\"$key\",\"stored\"]"
	is "$(sql "SELECT id FROM messages WHERE message_id = '$key'")" \
	    "$(field id)"
	_again ann 'Good day'
	status_is 202
	same_body_as_before
	is "$(_stored)" 1
	_again ann other
	status_is 409
	_again ann 'Good day' -H "$sse"
	status_is 200
	header_is Content-Type text/event-stream
	body_is 'data: {"type":"error","error":"No agent is configured"}

'
	as ann get "/api/threads/$id"
	json_is .title '"Good day"'
	# Nobody is handed anything, so no claim is needed.
	sql "UPDATE thread_claims SET email = 'eve@example.com'
	    WHERE thread_id = '$id'"
	_ask ann more
	status_is 202
	# An agent that asks by itself answers all the same.
	_store '{"message_id":"assistant:'$key'","role":"assistant","content":"yes"}'
	_again ann more
	status_is 202
	_again ann more -H "$sse"
	body_has '"content":"yes"'
	body_has '"type":"done"'
}

a_frontend_that_waits_for_a_stream_gets_one() {
	printf 'AGENT_MISSING = stream\nAUTO_TITLE = off\n' >>"$T/bobbin.conf"
	stop_bobbin
	start_bobbin
	_thread ann
	_ask ann hello
	status_is 200
	header_is Content-Type text/event-stream
	body_has '"type":"error"'
	is "$(_stored)" 1
	as ann get "/api/threads/$id"
	json_is .title '"New chat"'
}

it_run
