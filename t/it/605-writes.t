# 605-writes.t: messages, tool calls and checkpoints: what is kept, once.
. "${SRCDIR:?}/t/it/lib.sh"

it_site='s/rate=50r/rate=5000r/'
it_start

v1=/api/v1/threads
uuid='[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
time='20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{6})?Z'
nobody=99999999-9999-4999-8999-999999999999

_detail() {
	status_is "$1"
	body_is '{"detail":"'"$2"'"}'
}

_like() {
	grep -qE -e "$1" "$T/body" || flunk "body is not like $1
it is: $(head -c 500 "$T/body")"
}

# A thread of alice's for each test.
_thread() {
	n=$((${n:-0} + 1))
	t=$v1/thread-$n
	as alice post $v1 '{"thread_id":"thread-'$n'"}'
	conversation=$(field conversation_id)
}

# _agent PATH JSON: for alice.
_agent() {
	as agent post "$1" "$2" -H 'X-Bobbin-On-Behalf-Of: alice@example.com'
}

_rows() {
	sql "SELECT count(*) FROM $1 WHERE ${2:-true}"
}

# --- Messages

a_message_is_kept() {
	_thread
	as alice post $t/messages '{"role":"user","content":"Hello"}'
	status_is 201
	_like "^\{\"id\":\"$uuid\",\"role\":\"user\",\"content\":\"Hello\",\"created_at\":\"$time\",\"message_id\":\"$uuid\",\"thread_id\":\"thread-$n\"\}$"
	id=$(field id)
	as alice get $t/state
	json_is '.messages | length' 1
	json_is '.messages[0] | [.id,.role,.content]' \
	    '["'$id'","user","Hello"]'
	is "$(jq -r '.messages[0] | keys_unsorted | join(" ")' "$T/body")" \
	    'id role content created_at' members
}

the_same_message_is_one() {
	_thread
	m='{"message_id":"m-'$n'","role":"user","content":{"text":"a","n":1.0},"metadata":{"x":1}}'
	as alice post $t/messages "$m"
	status_is 201
	as alice post $t/messages "$m"
	status_is 200
	cmp -s "$T/body" "$T/body.before" || flunk "another answer"
	# Equal as documents, not as bytes.
	as alice post $t/messages '{"content":{"n":1.00,"text":"\u0061"},"role":"user","metadata":{"x":1e0},"message_id":"m-'$n'"}'
	status_is 200
	body_has '"parts":{"text":"a","n":1.0}'
	is "$(_rows messages "message_id = 'm-$n'")" 1 rows
}

another_content_is_409() {
	_thread
	as alice post $t/messages \
	    '{"message_id":"c-'$n'","role":"user","content":"a"}'
	other=$t
	as alice post $v1 '{"thread_id":"elsewhere"}'
	remember_rows
	why="Message already exists with other content: c-$n"
	as alice post $t/messages \
	    '{"message_id":"c-'$n'","role":"user","content":"b"}'
	_detail 409 "$why"
	as alice post $t/messages '{"message_id":"c-'$n'","role":"user",
	    "content":"a","metadata":{"x":1}}'
	_detail 409 "$why"
	_agent $t/messages \
	    '{"message_id":"c-'$n'","role":"system","content":"a"}'
	_detail 409 "$why"
	as alice post $v1/elsewhere/messages \
	    '{"message_id":"c-'$n'","role":"user","content":"a"}'
	_detail 409 "$why"
	nothing_changed
	# Ids are each owner's own.
	as bob post $v1 '{"thread_id":"bobs"}'
	as bob post $v1/bobs/messages \
	    '{"message_id":"c-'$n'","role":"user","content":"b"}'
	status_is 201
}

content_is_text_and_parts() {
	_thread
	for c in '"a\u00e9\/\n":"a\u00e9\/\n":' '"":"":' '{"text":"b"}:"b":p' \
	    '{"text":1}:"":p' '{}:"":p' '[]:"":p' \
	    '[{"type":"text","text":"c"},{"type":"image","text":"no"},{"text":"d"}]:"cd":p' \
	    '[1,null,[{"text":"x"}],{"type":"text"}]:"":p' \
	    '[ {"text" : "\ud83d\ude00"} ]:"\ud83d\ude00":p'; do
		stored=$(echo "$c" | sed -E 's/:"[^"]*":p?$//')
		text=$(echo "$c" | sed -E 's/^.*:("[^"]*"):p?$/\1/')
		as alice post $t/messages \
		    '{"role":"user","content":'"$stored"'}'
		status_is 201
		body_has '"role":"user","content":'"$text"',"created_at":'
		case $c in
		*:p)	body_has ',"parts":'"$stored"',"message_id"' ;;
		*)	json_is 'has("parts")' false ;;
		esac
	done
}

bad_messages_are_400() {
	_thread
	remember_rows
	for b in '{}|role: required' \
	    '{"role":"user"}|content: required' \
	    '{"role":"human","content":"x"}|role: must be one of user, assistant, system, tool' \
	    '{"role":1,"content":"x"}|role: must be one of user, assistant, system, tool' \
	    '{"role":"assistant","content":"x"}|role: only \"user\" is allowed' \
	    '{"role":"tool","content":"x"}|role: only \"user\" is allowed' \
	    '{"role":"user","content":1}|content: must be a string, an array or an object' \
	    '{"role":"user","content":true}|content: must be a string, an array or an object' \
	    '{"role":"user","content":null}|content: must be a string, an array or an object' \
	    '{"role":"user","content":"x","created_at":"2026-01-01T00:00:00Z"}|created_at: only an agent may set it' \
	    '{"role":"user","content":"x","metadata":[]}|metadata: must be an object' \
	    '{"message_id":"","role":"user","content":"x"}|message_id: must not be empty' \
	    '{"message_id":1,"role":"user","content":"x"}|message_id: must be a string' \
	    '{"message_id":"'$(printf '%0256d' 0)'","role":"user","content":"x"}|message_id: must have at most 255 characters'
	do
		as alice post $t/messages "${b%|*}"
		_detail 400 "${b##*|}"
	done
	_agent $t/messages \
	    '{"role":"user","content":"x","created_at":"2026-01-01T00:00:00"}'
	_detail 400 'created_at: must be a time with an offset (RFC 3339)'
	nothing_changed
	as alice post $v1/none/messages '{"role":"user","content":"x"}'
	_detail 404 'Thread not found: none'
}

agents_write_every_role_and_time() {
	_thread
	for role in user assistant system tool; do
		_agent $t/messages '{"role":"'$role'","content":"x",
		    "created_at":"2026-01-01T02:00:00.5+02:00"}'
		status_is 201
		json_is '[.role,.created_at]' \
		    '["'$role'","2026-01-01T00:00:00.500000Z"]'
	done
	as alice get $t/state
	json_is '[.messages[] | .role]' '["user","assistant","system","tool"]'
	json_is '.messages[3].tool_name' null
	as bob get $t/state
	status_is 404
}

# --- Checkpoints

a_checkpoint_is_kept() {
	_thread
	_agent $t/checkpoints \
	    '{"checkpoint_id":"k-1","state_data":{"a": 1.0,"b":-0.0}}'
	status_is 201
	_like "^\{\"checkpoint_id\":\"k-1\",\"thread_id\":\"thread-$n\",\"created_at\":\"$time\"\}$"
	_agent $t/checkpoints \
	    '{"checkpoint_id":"k-1","state_data":{"b":0,"a":1}}'
	status_is 200
	cmp -s "$T/body" "$T/body.before" || flunk "another answer"
	_agent $t/checkpoints '{"checkpoint_id":"k-1","state_data":{"a":2}}'
	_detail 409 'Checkpoint already exists with other content: k-1'
	as alice get "$t/state?include=state_data"
	body_has '"state_data":{"a": 1.0,"b":-0.0}}]'
	# Its id is the thread's.
	_thread
	_agent $t/checkpoints '{"checkpoint_id":"k-1","state_data":{"a":2}}'
	status_is 201
	is "$(sql "SELECT thread_id FROM agent_checkpoints
	    WHERE conversation_id = '$conversation'")" thread-$n thread_id
}

a_checkpoint_of_16_mib_is_kept() {
	_thread
	{
		printf '{"checkpoint_id":"big","state_data":{"x":[1'
		head -c 16777100 /dev/zero | sed 's/\x00\x00/,1/g'
		printf ']}}'
	} >"$T/big"
	_agent $t/checkpoints "@$T/big"
	status_is 201
	is "$(sql "SELECT octet_length(state_data::text) > 16000000
	    FROM agent_checkpoints WHERE checkpoint_id = 'big'")" t size
	as alice get "$t/state?include=state_data"
	status_is 200
	[ "$(wc -c <"$T/body")" -gt 16000000 ] || flunk "it is cut"
	{ cat "$T/big"; head -c 200 /dev/zero | tr '\0' ' '; } >"$T/bigger"
	_agent $t/checkpoints "@$T/bigger"
	_detail 413 'Request body too large'
}

bad_checkpoints_are_400() {
	_thread
	remember_rows
	for b in '{}|checkpoint_id: required' \
	    '{"checkpoint_id":"k"}|state_data: required' \
	    '{"checkpoint_id":"k","state_data":null}|state_data: must be an object' \
	    '{"checkpoint_id":"k","state_data":[]}|state_data: must be an object' \
	    '{"checkpoint_id":"","state_data":{}}|checkpoint_id: must not be empty' \
	    '{"checkpoint_id":"k","state_data":{},"created_at":"x"}|created_at: must be a time with an offset (RFC 3339)' \
	    '{"checkpoint_id":"k","state_data":{},"metadata":1}|metadata: must be an object'
	do
		_agent $t/checkpoints "${b%|*}"
		_detail 400 "${b##*|}"
	done
	nothing_changed
	_agent $v1/none/checkpoints '{"checkpoint_id":"k","state_data":{}}'
	_detail 404 'Thread not found: none'
	as agent post $t/checkpoints '{"checkpoint_id":"k","state_data":{}}' \
	    -H 'X-Bobbin-On-Behalf-Of: bob@example.com'
	_detail 404 "Thread not found: thread-$n"
}

# --- Tool calls

a_tool_call_is_kept() {
	_thread
	_agent $t/tool-calls '{"tool_id":"search-1","tool_name":"Web Search",
	    "inputs":{"q": "weather"}}'
	status_is 201
	_like "^\{\"id\":\"$uuid\",\"tool_id\":\"search-1\",\"tool_name\":\"Web Search\",\"status\":\"pending\",\"inputs\":\{\"q\": \"weather\"\},\"outputs\":null,\"error_message\":null,\"requested_at\":\"$time\",\"responded_at\":null,\"edited_inputs\":null,\"responded_by\":null,\"message_id\":null,\"checkpoint_id\":null,\"metadata\":\{\},\"updated_at\":\"$time\",\"thread_id\":\"thread-$n\",\"conversation_id\":\"$conversation\"\}$"
	as alice get /api/v1/tool-calls/$(field id)
	status_is 200
	cmp -s "$T/body" "$T/body.before" || flunk "another answer"
	as alice get "/api/v1/tool-calls/$(field id | tr a-f A-F)"
	status_is 200
}

the_same_call_is_one() {
	_thread
	id=$(printf '11111111-0000-4000-8000-%012d' $n)
	c='"id":"'$id'","tool_id":"a","tool_name":"b"'
	_agent $t/tool-calls '{'$c',"inputs":{"x":1}}'
	status_is 201
	_agent $t/tool-calls '{'$c',"inputs":{"x":1.0},"metadata":{"y":1}}'
	status_is 200
	cmp -s "$T/body" "$T/body.before" || flunk "another answer"
	upper=$(echo $id | sed 's/^1/A/')
	why="Tool call already exists with other content: $id"
	_agent $t/tool-calls '{'$c',"inputs":{"x":2}}'
	_detail 409 "$why"
	_agent $t/tool-calls '{'$c'}'
	_detail 409 "$why"
	first=$t
	_thread
	_agent $t/tool-calls '{'$c',"inputs":{"x":1}}'
	_detail 409 "$why"
	as agent post $v1/none/tool-calls '{'$c'}' \
	    -H 'X-Bobbin-On-Behalf-Of: bob@example.com'
	status_is 404
	as bob post $v1 '{"thread_id":"bobs-calls"}'
	as agent post $v1/bobs-calls/tool-calls '{'$c'}' \
	    -H 'X-Bobbin-On-Behalf-Of: bob@example.com'
	status_is 201
	# A repeat shows the row as it is now.
	as alice post $first/tool-result \
	    '{"tool_call_id":"'$id'","status":"rejected"}'
	_agent $first/tool-calls '{'$c',"inputs":{"x":1}}'
	status_is 200
	json_is .status '"rejected"'
}

a_call_is_logged_after_the_fact() {
	_thread
	_agent $t/tool-calls '{"tool_id":"a","tool_name":"b",
	    "status":"completed","outputs":{"r":1},
	    "requested_at":"2026-01-01T00:00:00Z"}'
	status_is 201
	json_is '[.status,.outputs,.requested_at,.responded_at,.responded_by]' \
	    '["completed",{"r":1},"2026-01-01T00:00:00Z",null,null]'
	_agent $t/tool-calls '{"tool_id":"a","tool_name":"b",
	    "status":"failed","error_message":"no"}'
	json_is '[.status,.error_message]' '["failed","no"]'
}

what_a_call_names_is_of_its_thread() {
	_thread
	as alice post $t/messages '{"role":"user","content":"x"}'
	message=$(field id)
	_agent $t/checkpoints '{"checkpoint_id":"here","state_data":{}}'
	_agent $t/tool-calls '{"tool_id":"a","tool_name":"b",
	    "message_id":"'$message'","checkpoint_id":"here"}'
	status_is 201
	json_is '[.message_id,.checkpoint_id]' '["'$message'","here"]'
	_thread
	remember_rows
	for m in $message $nobody; do
		_agent $t/tool-calls '{"tool_id":"a","tool_name":"b",
		    "message_id":"'$m'"}'
		_detail 404 "Message not found: $m"
	done
	for k in here there; do
		_agent $t/tool-calls '{"tool_id":"a","tool_name":"b",
		    "checkpoint_id":"'$k'"}'
		_detail 404 "Checkpoint not found: $k"
	done
	nothing_changed
}

bad_calls_are_400() {
	_thread
	remember_rows
	for b in '{}|tool_id: required' '{"tool_id":"a"}|tool_name: required' \
	    '{"id":"x","tool_id":"a","tool_name":"b"}|id: must be a UUID' \
	    '{"tool_id":"","tool_name":"b"}|tool_id: must not be empty' \
	    '{"tool_id":"a","tool_name":1}|tool_name: must be a string' \
	    '{"tool_id":"a","tool_name":"b","inputs":[]}|inputs: must be an object' \
	    '{"tool_id":"a","tool_name":"b","status":"approved"}|status: must be one of pending, completed, failed' \
	    '{"tool_id":"a","tool_name":"b","outputs":{}}|outputs: only with status completed or failed' \
	    '{"tool_id":"a","tool_name":"b","status":"pending","error_message":"x"}|error_message: only with status completed or failed' \
	    '{"tool_id":"a","tool_name":"b","requested_at":1}|requested_at: must be a string' \
	    '{"tool_id":"a","tool_name":"b","message_id":"m"}|message_id: must be a UUID' \
	    '{"tool_id":"a","tool_name":"b","checkpoint_id":""}|checkpoint_id: must not be empty'
	do
		_agent $t/tool-calls "${b%|*}"
		_detail 400 "${b##*|}"
	done
	nothing_changed
	_agent $v1/none/tool-calls '{"tool_id":"a","tool_name":"b"}'
	_detail 404 'Thread not found: none'
	for id in x $nobody; do
		as alice get /api/v1/tool-calls/$id
		_detail 404 "Tool call not found: $id"
	done
	as alice get "/api/v1/tool-calls/$(printf '%0256d' 0)"
	_detail 400 'tool_call_id: must have at most 255 characters'
}

# --- What holds for all three

every_write_moves_the_thread() {
	_thread
	_agent $t/tool-calls '{"tool_id":"a","tool_name":"b"}'
	for p in 'messages:{"role":"user","content":"x"}' \
	    'tool-calls:{"tool_id":"a2","tool_name":"b"}' \
	    'checkpoints:{"checkpoint_id":"k","state_data":{}}' \
	    'tool-result:{"tool_call_id":"a","status":"failed"}'; do
		sql "UPDATE threads SET updated_at = '2020-01-01'
		    WHERE thread_id = 'thread-$n'"
		_agent $t/${p%%:*} "${p#*:}"
		as alice get $t
		[ "$(field updated_at)" \> 2021 ] || flunk "it stayed: $p"
	done
	as alice get $t
	before=$(field updated_at)
	_agent $t/checkpoints '{"checkpoint_id":"k","state_data":{}}'
	as alice get $t
	is "$(field updated_at)" "$before" 'a repeat moved it: updated_at'
}

documents_come_back_byte_for_byte() {
	_thread
	doc='{"z":1e22, "a":-0.0,"big":123456789012345678901234567890,"s":"\u00e9\/\"\\","n":[1.0,1.50, null ]	,"":{}}'
	printf '%s' "$doc" >"$T/doc"
	_agent $t/tool-calls '{"tool_id":"a","tool_name":"b","inputs":'"$doc"',
	    "metadata":'"$doc"',"status":"failed","outputs":'"$doc"'}'
	body_has ',"inputs":'"$doc"',"outputs":'"$doc"',"error_message":null'
	body_has ',"metadata":'"$doc"',"updated_at"'
	_agent $t/tool-calls '{"tool_id":"e","tool_name":"b"}'
	as alice post $t/tool-result '{"tool_call_id":"e",
	    "status":"approved","edited_inputs":'"$doc"'}'
	as alice post $t/messages '{"role":"user","content":'"$doc"'}'
	body_has ',"parts":'"$doc"',"message_id"'
	_agent $t/checkpoints '{"checkpoint_id":"k","state_data":'"$doc"'}'
	as alice get "$t/state?include=state_data"
	body_has ',"inputs":'"$doc"',"outputs":'"$doc"',"error_message":null'
	body_has ',"edited_inputs":'"$doc"',"responded_by"'
	body_has ',"parts":'"$doc"'}]'
	body_has ',"state_data":'"$doc"'}]'
}

bodies_have_their_caps() {
	_thread
	remember_rows
	{
		printf '{"role":"user","content":"'
		head -c 1048576 /dev/zero | tr '\0' x
		printf '"}'
	} >"$T/big"
	for p in messages tool-calls tool-result; do
		_agent $t/$p "@$T/big"
		_detail 413 'Request body too large'
	done
	nothing_changed
	head -c 1048500 "$T/big" >"$T/fits"
	printf '"}' >>"$T/fits"
	as alice post $t/messages "@$T/fits"
	status_is 201
}

it_run
