# 610-decide.t: decisions on tool calls, and the lists to decide from.
. "${SRCDIR:?}/t/it/lib.sh"
. "$top/t/it/load.sh"

it_site='s/rate=50r/rate=5000r/'
it_start

v1=/api/v1/threads
t=$v1/work
nobody=99999999-9999-4999-8999-999999999999
time='20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{6})?Z'
as alice post $v1 '{"thread_id":"work"}'

_detail() {
	status_is "$1"
	body_is '{"detail":"'"$2"'"}'
}

_agent() {
	as agent post "$1" "$2" -H 'X-Bobbin-On-Behalf-Of: alice@example.com'
}

# A pending call of the thread at hand.
_call() {
	n=$((${n:-0} + 1))
	_agent ${1:-$t}/tool-calls \
	    '{"tool_id":"tool-'$n'","tool_name":"x","inputs":{"a":1}}'
	call=$(field id)
}

# _decide STATUS [MEMBERS]
_decide() {
	as alice post $t/tool-result \
	    '{"tool_call_id":"'$call'","status":"'$1'"'"${2:+,$2}"'}'
}

# _in STATE: a call in it, "ab" having been approved before.
_in() {
	_call
	case $1 in
	*b)	_decide approved
		_decide ${1%b} ;;
	pending) ;;
	*)	_decide $1 ;;
	esac
}

_row() {
	sql "SELECT c::text FROM tool_calls c WHERE id = '$call'"
}

a_decision_is_recorded() {
	_call
	_decide approved '"outputs":{"result": "ok"}'
	status_is 200
	grep -qE "^\{\"success\":true,\"tool_call_id\":\"$call\",\"status\":\"approved\",\"updated_at\":\"$time\"\}$" \
	    "$T/body" || flunk "$(cat "$T/body")"
	at=$(field updated_at)
	as alice get /api/v1/tool-calls/$call
	json_is '[.status,.outputs,.inputs,.responded_by,.responded_at,.updated_at]' \
	    '["approved",{"result":"ok"},{"a":1},"alice@example.com","'$at'","'$at'"]'
}

an_edit_stands_beside_the_inputs() {
	_call
	_decide approved '"edited_inputs":{"a": 2}'
	status_is 200
	as alice get /api/v1/tool-calls/$call
	body_has '"inputs":{"a":1},'
	body_has '"edited_inputs":{"a": 2},'
}

# The table of what may follow what; b: was approved before.
what_may_follow_what() {
	while read -r from approved rejected completed failed; do
		for to in approved rejected completed failed; do
			eval "want=\$$to"
			_in $from
			before=$(_row)
			by=$(sql "SELECT responded_by, responded_at, decision
			    FROM tool_calls WHERE id = '$call'")
			_decide $to
			case $want in
			yes)	status_is 200
				json_is .status '"'$to'"'
				is "$(sql "SELECT status FROM tool_calls
				    WHERE id = '$call'")" $to "$from to $to" ;;
			repeat)	status_is 200
				json_is .status '"'${from%b}'"'
				is "$(_row)" "$before" "$from to $to: row" ;;
			no)	_detail 409 "Tool call is already ${from%b}"
				is "$(_row)" "$before" "$from to $to: row" ;;
			esac
			[ $from = pending ] || is "$(sql "SELECT responded_by,
			    responded_at, decision FROM tool_calls
			    WHERE id = '$call'")" "$by" "$from to $to: who"
		done
	done <<-X
	pending yes yes yes yes
	approved repeat no yes yes
	rejected no repeat no no
	completed no no repeat no
	completedb repeat no repeat no
	failed no no no repeat
	failedb repeat no no repeat
	X
}

a_repeat_must_say_the_same() {
	_call
	_decide approved '"outputs":{"a":1,"b":2},"edited_inputs":{"x":1}'
	before=$(_row)
	for same in '' '"outputs":{"b":2.0,"a":1}' '"edited_inputs":{"x":1}' \
	    '"outputs":null,"error_message":null'; do
		_decide approved "$same"
		status_is 200
		json_is .status '"approved"'
	done
	for other in '"outputs":{"a":1}' '"error_message":"x"' \
	    '"edited_inputs":{}' '"outputs":{}'; do
		_decide approved "$other"
		_detail 409 'Tool call is already approved'
	done
	is "$(_row)" "$before" row
	_call
	_decide failed '"error_message":"why"'
	_decide failed '"error_message":"why"'
	status_is 200
	_decide failed '"error_message":"why not"'
	_detail 409 'Tool call is already failed'
	# A payload where none is stored.
	_call
	_decide rejected
	_decide rejected '"outputs":{}'
	_detail 409 'Tool call is already rejected'
}

what_is_not_said_is_kept() {
	_call
	_decide approved '"outputs":{"plan":1},"edited_inputs":{"x":1}'
	_decide completed '"outputs":{"done":1}'
	as alice get /api/v1/tool-calls/$call
	json_is '[.status,.outputs,.edited_inputs]' \
	    '["completed",{"done":1},{"x":1}]'
	_call
	_decide approved '"outputs":{"plan":1}'
	_decide failed '"error_message":"e"'
	as alice get /api/v1/tool-calls/$call
	json_is '[.status,.outputs,.error_message]' '["failed",{"plan":1},"e"]'
}

agents_report_and_humans_decide() {
	_call
	for s in approved rejected; do
		_agent $t/tool-result \
		    '{"tool_call_id":"'$call'","status":"'$s'"}'
		_detail 403 'Only the owner may approve or reject'
		no_header WWW-Authenticate
		# Before anything is looked for.
		_agent $v1/none/tool-result \
		    '{"tool_call_id":"x","status":"'$s'"}'
		_detail 403 'Only the owner may approve or reject'
	done
	_agent $t/tool-result '{"tool_call_id":"'$call'","status":"completed"}'
	status_is 200
	as alice get /api/v1/tool-calls/$call
	json_is .responded_by '"agent:sub-of-agent"'
	_call
	_decide approved
	_agent $t/tool-result '{"tool_call_id":"'$call'","status":"failed"}'
	as alice get /api/v1/tool-calls/$call
	json_is '[.status,.responded_by]' '["failed","alice@example.com"]'
}

a_call_is_named_by_either_id() {
	_call
	upper=$(echo $call | tr a-f A-F)
	as alice post $t/tool-result \
	    '{"tool_call_id":"'$upper'","status":"approved"}'
	status_is 200
	json_is .tool_call_id '"'$call'"'
	_call
	as alice post $t/tool-result \
	    '{"tool_call_id":"tool-'$n'","status":"approved"}'
	status_is 200
	json_is .tool_call_id '"'$call'"'
	# A tool's id that looks like a call's.
	_agent $t/tool-calls '{"tool_id":"'$nobody'","tool_name":"x"}'
	call=$(field id)
	as alice post $t/tool-result \
	    '{"tool_call_id":"'$nobody'","status":"approved"}'
	status_is 200
	json_is .tool_call_id '"'$call'"'
}

several_calls_of_one_tool() {
	why='Tool call is ambiguous: many'
	as alice post $v1 '{"thread_id":"several"}'
	t=$v1/several
	for i in 1 2 3; do
		_agent $t/tool-calls '{"tool_id":"many","tool_name":"x"}'
	done
	as alice get $t/tool-calls
	ids=$(jq -r '.tool_calls[].id' "$T/body")
	call=many
	remember_rows
	_decide approved
	_detail 409 "$why"
	nothing_changed
	for call in $(echo "$ids" | head -n 2); do
		_decide rejected
	done
	call=many
	_decide approved
	status_is 200
	json_is .tool_call_id '"'$(echo "$ids" | tail -n 1)'"'
	_decide approved
	_detail 409 "$why"
	t=$v1/work
}

what_is_not_there_is_404() {
	_call
	as alice post $v1 '{"thread_id":"other"}'
	remember_rows
	for id in $call tool-$n $nobody none; do
		as alice post $v1/other/tool-result \
		    '{"tool_call_id":"'$id'","status":"approved"}'
		_detail 404 "Tool call not found: $id"
		as bob post $t/tool-result \
		    '{"tool_call_id":"'$id'","status":"approved"}'
		_detail 404 'Thread not found: work'
	done
	nothing_changed
}

bad_decisions_are_400() {
	_call
	remember_rows
	one=approved,\ rejected,\ completed,\ failed
	c='"tool_call_id":"'$call'"'
	for b in '{}|tool_call_id: required' \
	    '{"tool_call_id":1}|tool_call_id: must be a string' \
	    '{"tool_call_id":null,"status":"x"}|tool_call_id: must be a string' \
	    '{'$c'}|status: required' \
	    '{'$c',"status":"pending"}|status: must be one of '"$one" \
	    '{'$c',"status":"Approved"}|status: must be one of '"$one" \
	    '{'$c',"status":1}|status: must be one of '"$one" \
	    '{'$c',"status":"approved","outputs":[]}|outputs: must be an object' \
	    '{'$c',"status":"approved","outputs":"x"}|outputs: must be an object' \
	    '{'$c',"status":"failed","error_message":{}}|error_message: must be a string' \
	    '{'$c',"status":"rejected","edited_inputs":{}}|edited_inputs: only with status approved' \
	    '{'$c',"status":"completed","edited_inputs":{}}|edited_inputs: only with status approved' \
	    '{'$c',"status":"approved","edited_inputs":[]}|edited_inputs: must be an object'
	do
		as alice post $t/tool-result "${b%|*}"
		_detail 400 "${b##*|}"
	done
	for len in 65537:400 65536:200; do
		{
			printf '{%s,"status":"failed","error_message":"' "$c"
			printf "%0${len%:*}d" 0 | sed 's/0/\xc3\xa9/g'
			printf '"}'
		} >"$T/long"
		[ $len = 65536:200 ] || remember_rows
		as alice post $t/tool-result "@$T/long"
		status_is ${len#*:}
		[ $len = 65536:200 ] || nothing_changed
	done
}

# Whoever comes first decides; the others meet the decision.
thirty_two_clicks_are_one_decision() {
	as alice post $v1 '{"thread_id":"clicks"}'
	t=$v1/clicks
	_call $t
	hold "SELECT FROM tool_calls WHERE id = '$call' FOR UPDATE"
	for i in $(seq 32); do
		s=approved
		[ $((i % 2)) = 0 ] || s=rejected
		send c$i alice POST $t/tool-result --data-binary \
		    '{"tool_call_id":"'$call'","status":"'$s'",
		    "outputs":{"by":"'$s'"}}'
	done
	_wait_for waiting 2 || flunk "nobody waits"
	let_go
	for i in $(seq 32); do
		reap c$i
	done
	is "$(cat "$T"/c[0-9]*.status | fold -w 3 | sort | uniq -c |
	    awk '{ printf "%s:%s ", $2, $1 }')" '200:16 409:16 ' answers
	decided=$(sql "SELECT status FROM tool_calls WHERE id = '$call'")
	for i in $(seq 32); do
		case $(cat "$T/c$i.status") in
		200)	is "$(jq -r .status "$T/c$i.body")" $decided ;;
		*)	is "$(cat "$T/c$i.body")" \
			    '{"detail":"Tool call is already '$decided'"}' ;;
		esac
	done
	is "$(jq -r .updated_at "$T"/c[0-9]*.body | grep -v null | sort -u |
	    wc -l)" 1 'times of change'
	is "$(sql "SELECT decision || (outputs ->> 'by') FROM tool_calls
	    WHERE id = '$call'")" $decided$decided row
	t=$v1/work
}

# --- Lists

_ids() {
	jq -c '[.tool_calls[].tool_id]' "$T/body"
}

_fill() {
	as "$1" post $v1 '{"thread_id":"'$2'"}'
	sql "INSERT INTO tool_calls (email, conversation_id, tool_id,
	    tool_name, status, requested_at)
	    SELECT email, id, '$2-' || n, 'x',
	    (ARRAY['pending','approved','rejected','completed','failed'])
		[n % 5 + 1],
	    timestamptz '2026-01-01' + n / 2 * interval '1 us'
	    FROM threads, generate_series(1, $3) n
	    WHERE email = '$1@example.com' AND thread_id = '$2'"
}

lists_are_in_order() {
	_fill lister one 10
	_fill lister two 10
	for p in $v1/one/tool-calls:10 /api/v1/tool-calls:20; do
		as lister get ${p%:*}
		status_is 200
		json_is '.tool_calls | length' ${p#*:}
		json_is '[.has_more,.next_cursor]' '[false,null]'
		up=$(_ids)
		as lister get "${p%:*}?order=asc"
		is "$(_ids)" "$up" asc
		as lister get "${p%:*}?order=desc"
		is "$(jq -c '[.tool_calls[].tool_id] | reverse' "$T/body")" \
		    "$up" desc
		as lister get "${p%:*}?status=pending"
		json_is '[.tool_calls[].status] | unique' '["pending"]'
		json_is '.tool_calls | length' $((${p#*:} / 5))
	done
	as lister get $v1/one/tool-calls
	json_is '[.tool_calls[0] | .thread_id, .tool_id]' '["one","one-1"]'
}

walks_meet_every_call_once() {
	_fill walker one 11
	_fill walker two 12
	for q in order=asc order=desc 'order=asc&status=failed' \
	    'order=desc&status=failed'; do
		for p in $v1/one/tool-calls /api/v1/tool-calls; do
			as walker get "$p?limit=500&$q"
			whole=$(_ids)
			got= next=
			for i in 1 2 3 4 5 6 7 8 9; do
				as walker get "$p?limit=3&$q$next"
				status_is 200
				got="$got $(_ids)"
				[ "$(field has_more)" = true ] || break
				next="&cursor=$(field next_cursor)"
			done
			is "$(echo "$got" | jq -cs add)" "$whole" "$p $q"
		done
	done
}

bad_lists_are_refused() {
	for p in $t/tool-calls /api/v1/tool-calls; do
		for q in 'limit=0:limit: must be at least 1' \
		    'limit=501:limit: must be at most 500' \
		    'cursor=x:cursor: invalid' \
		    'order=up:order: must be one of asc, desc' \
		    'status=done:status: must be one of pending, approved, rejected, completed, failed' \
		    'wait=1:Unknown query parameter: wait'; do
			as alice get "$p?${q%%:*}"
			_detail 400 "${q#*:}"
		done
	done
	as alice get $v1/none/tool-calls
	_detail 404 'Thread not found: none'
	_call
	as bob get $t/tool-calls
	_detail 404 'Thread not found: work'
	as bob get /api/v1/tool-calls
	json_is .tool_calls '[]'
}

# A page is cut where it would be too large, never before its first call.
a_list_of_large_calls_is_cut() {
	as heavy post $v1 '{"thread_id":"heavy"}'
	sql "INSERT INTO tool_calls (email, conversation_id, tool_id,
	    tool_name, inputs)
	    SELECT email, id, 'h' || n, 'x', json_build_object('x',
	    repeat('y', 6000000))
	    FROM threads, generate_series(1, 5) n WHERE thread_id = 'heavy'"
	as heavy get $v1/heavy/tool-calls
	json_is '[(.tool_calls | length), .has_more]' '[2,true]'
	as heavy get "$v1/heavy/tool-calls?cursor=$(field next_cursor)"
	as heavy get "$v1/heavy/tool-calls?cursor=$(field next_cursor)"
	json_is '[(.tool_calls | length), .has_more]' '[1,false]'
}

it_run
