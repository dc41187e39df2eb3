# 810-handover.t: ChatKit's requests for the agent: what is checked before.
. "${SRCDIR:?}/t/it/lib.sh"

it_agent=yes
it_conf='CHATKIT_STORE_ACCESS = user'
it_site='s/rate=50r/rate=5000r/'
it_start
touch "$T/agent.go"

s=/chatkit/store/threads
at=2026-01-02T03:04:05
message='"input":{"content":[{"type":"input_text","text":"hi"}],"attachments":[],"inference_options":{}}'

# _call WHO TYPE PARAMS
_call() {
	body='{"type":"'"$2"'","params":'"$3"'}'
	rm -f "$T/agent.request"
	as "$1" post /chatkit "$body" -H 'X-Bobbin-Thread: forged' \
	    -H 'X-Bobbin-Owner: forged'
}

# The agent has got it, and it alone; nothing was recorded but that.
_handed() {
	status_is 200
	case $body in
	*'"thread_id"'*)
		is "$(sql "UPDATE threads SET handed_at = NULL
		    WHERE handed_at IS NOT NULL RETURNING 1")" 1 handed ;;
	esac
	nothing_changed
	[ -e "$T/agent.request" ] || flunk 'the agent was not asked' || return
	tr -d '\r' <"$T/agent.request" >"$T/told"
	[ "$(sed '1,/^$/d' "$T/told")" = "$body" ] ||
	    flunk "body: $(cat "$T/told")"
	head -n 1 "$T/told" | grep -q '^POST /chatkit HTTP' ||
	    flunk "$(head -n 1 "$T/told")"
	_told 'X-Bobbin-Action: chatkit'
	_told 'X-Bobbin-Repeat: 0'
	grep -qE '^X-Bobbin-Run: [0-9a-f-]{36}$' "$T/told" || flunk 'no run'
	! grep -q 'forged\|^Authorization' "$T/told" || flunk "$(cat "$T/told")"
}
_told() {
	grep -qxF "$1" "$T/told" ||
	    flunk "not told $1: $(grep -i ^x-bobbin "$T/told")"
}

_refused() {
	status_is "$1"
	body_is "{\"detail\":\"$2\"}"
	[ ! -e "$T/agent.request" ] || flunk 'the agent was asked'
	nothing_changed
}

# _thread WHO ID; _item WHO THREAD ID TYPE SECOND [MEMBERS]
_thread() {
	as "$1" put "$s/$2" '{"id":"'"$2"'","created_at":"'$at'"}'
	status_is 204
}
_item() {
	as "$1" put "$s/$2/items/$3" '{"id":"'$3'","created_at":"2026-01-02T03:04:'$5'","type":"'$4'"'"$6"'}'
	status_is 204
	sql 'UPDATE threads SET handed_at = NULL'
}

a_new_thread_has_no_name_yet() {
	remember_rows
	_call new threads.create '{'"$message"'}'
	_handed
	_told 'X-Bobbin-Owner: new@example.com'
	! grep -qi '^x-bobbin-thread' "$T/told" || flunk "$(cat "$T/told")"
	_call new input.transcribe '{"audio_base64":"aGk=","mime_type":"audio/webm"}'
	_handed
}

a_thread_is_told_with_its_key() {
	as ann put "$s/a%20b" '{"id":"a b","created_at":"'$at'"}'
	status_is 204
	remember_rows
	_call ann threads.add_user_message '{"thread_id":"a b",'"$message"'}'
	_handed
	_told 'X-Bobbin-Thread: a%20b'
	_told "X-Bobbin-Thread-Key: $(sql "SELECT id FROM threads
	    WHERE email = 'ann@example.com'")"
	_call ann threads.sync_custom_action '{"thread_id":"a b","action":{"type":"x"}}'
	_handed
	_call ann threads.add_user_message '{"thread_id":"none",'"$message"'}'
	_refused 404 'Thread none not found'
	for type in threads.add_client_tool_output threads.custom_action; do
		_call ann $type '{"thread_id":"none","result":1,"action":{"type":"x"}}'
		_refused 404 'Thread none not found'
	done
}

# Its bytes are the agent's, as they come; the run is another one each time.
the_body_goes_on_unchanged() {
	_thread byt t
	remember_rows
	odd='{ "thread_id":"t", "input":{"content":[ ],"attachments":[],"inference_options":{"a":1e2}},"x":"\u0061" }'
	_call byt threads.add_user_message "$odd"
	_handed
	run=$(grep ^X-Bobbin-Run "$T/told")
	_call byt threads.add_user_message "$odd"
	_handed
	[ "$run" != "$(grep ^X-Bobbin-Run "$T/told")" ] || flunk 'one run'
}

a_tool_output_needs_a_pending_call_at_the_end() {
	_thread too t
	_out() {
		remember_rows
		_call too threads.add_client_tool_output '{"thread_id":"t","result":null}'
	}
	no='Last item of t is not a pending client tool call'
	_out
	_refused 409 "$no"
	_item too t c client_tool_call 10 ',"status":"pending"'
	_out
	_handed
	_item too t c client_tool_call 10 ',"status":"completed"'
	_out
	_refused 409 "$no"
	_item too t c client_tool_call 10 ',"status":["pending"]'
	_out
	_refused 409 "$no"
	_item too t c client_tool_call 10 ',"status":"pending"'
	# The newest by its time, hidden or not, whenever it was saved.
	_item too t h hidden_context_item 09
	_out
	_handed
	_item too t i hidden_context_item 11
	_out
	_refused 409 "$no"
}

an_answer_needs_a_pending_question() {
	_thread que t
	_item que t q structured_input 10 ',"status":"pending"'
	_item que t m user_message 11
	_ans() {
		remember_rows
		_call que threads.add_structured_input '{"thread_id":"t","item_id":"'$1'","input":{"status":"answered","answers":{"p":{"values":["a"]}}}}'
	}
	_ans q
	_handed
	_ans m
	_refused 400 'params.item_id: not a structured input'
	_ans none
	_refused 404 'Item none not found in thread t'
	_item que t q structured_input 10 ',"status":"answered"'
	_ans q
	_refused 409 'Structured input item q is not pending'
}

a_retry_needs_a_user_message() {
	_thread ret t
	_item ret t m user_message 10
	_item ret t a assistant_message 11
	remember_rows
	_call ret threads.retry_after_item '{"thread_id":"t","item_id":"m"}'
	_handed
	_call ret threads.retry_after_item '{"thread_id":"t","item_id":"a"}'
	_refused 400 'params.item_id: not a user message'
	_call ret threads.retry_after_item '{"thread_id":"t","item_id":"none"}'
	_refused 404 'Item none not found in thread t'
}

an_action_needs_a_widget_or_no_item() {
	_thread act t
	_item act t w widget 10
	_item act t m user_message 11
	remember_rows
	for type in threads.custom_action threads.sync_custom_action; do
		for item in '"w"' null; do
			_call act $type '{"thread_id":"t","item_id":'$item',"action":{"type":"x","payload":[1]}}'
			_handed
		done
		_call act $type '{"thread_id":"t","item_id":"m","action":{"type":"x"}}'
		_refused 400 'params.item_id: not a widget'
		_call act $type '{"thread_id":"t","item_id":"none","action":{"type":"x"}}'
		_refused 404 'Item none not found in thread t'
	done
}

bad_input_is_refused() {
	_thread inp t
	remember_rows
	_call inp threads.create '{"input":{"content":[],"attachments":[]}}'
	_refused 400 'params.input.inference_options: required'
	_call inp threads.add_user_message '{"thread_id":"t","input":{"content":[{"type":"output_text","text":"x"}],"attachments":[],"inference_options":{}}}'
	_refused 400 'params.input.content[0].type: must be one of input_text, input_tag'
}

attachments_must_be_known_and_here() {
	_thread fil t
	for id in there made; do
		as fil put /chatkit/store/attachments/$id '{"id":"'$id'","name":"n","mime_type":"a/b","type":"file"}'
		status_is 204
	done
	sql "UPDATE attachments SET made_here = true
	    WHERE attachment_id = 'made'"
	as eve put /chatkit/store/attachments/hers '{"id":"hers","name":"n","mime_type":"a/b","type":"file"}'
	# _sent IDS COMMAND...: with or without a thread.
	_sent() {
		ids=$1
		shift
		remember_rows
		for params in '{' '{"thread_id":"t",'; do
			type=threads.create
			[ "$params" = '{' ] || type=threads.add_user_message
			_call fil $type "$params"'"input":{"content":[],"attachments":'"$ids"',"inference_options":{}}}'
			"$@"
		done
	}
	_sent '["there"]' _handed
	_sent '["there","none"]' _refused 404 'Attachment none not found'
	_sent '["none","made"]' _refused 404 'Attachment none not found'
	_sent '["hers"]' _refused 404 'Attachment hers not found'
	_sent '["there","made","none"]' _refused 409 \
	    'Attachment made has not been uploaded yet'
	_call fil threads.add_user_message '{"thread_id":"none","input":{"content":[],"attachments":["none"],"inference_options":{}}}'
	_refused 404 'Thread none not found'
}

files_are_none_of_its_business() {
	remember_rows
	for type in attachments.create attachments.delete; do
		_call fil $type '{"name":"a","size":1,"mime_type":"a/b","attachment_id":"x"}'
		[ ! -e "$T/agent.request" ] || flunk "$type was handed over"
	done
}

an_agent_may_ask_for_its_owner() {
	_thread own t
	remember_rows
	rm -f "$T/agent.request"
	body='{"type":"threads.add_user_message","params":{"thread_id":"t",'"$message"'}}'
	as agent post /chatkit "$body" \
	    -H 'X-Bobbin-On-Behalf-Of: own@example.com'
	_handed
	_told 'X-Bobbin-Owner: own@example.com'
}

an_agent_that_is_gone_is_502() {
	stop_agent
	remember_rows
	_call new threads.create '{'"$message"'}'
	status_is 502
	body_is '{"detail":"Agent unavailable"}'
	start_agent
}

without_an_agent_it_is_503() {
	stop_bobbin
	grep -v ^AGENT "$T/bobbin.conf" >"$T/conf.none"
	cat "$T/conf.none" >"$T/bobbin.conf"
	start_bobbin
	_thread non t
	remember_rows
	_call non threads.create '{'"$message"'}'
	_refused 503 'No agent is configured'
	_call non threads.add_user_message '{"thread_id":"none",'"$message"'}'
	_refused 404 'Thread none not found'
	_call non threads.create '{}'
	_refused 400 'params.input: required'
}

it_run
