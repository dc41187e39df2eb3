#!/bin/sh
# 400-messages.t: conversations out of the tables that LangGraph's savers fill.
. "${SRCDIR:?}/t/it/lib.sh"

vectors=$top/t/vectors/langgraph
it_start

# Alice's claims and runs: every run takes the claim of a free thread.
_run() {	# thread run prompt [owner]
	sql "INSERT INTO users_threads_runs (email, thread_id, run_id, prompt,
	    timestamp) VALUES ('${4:-alice}@example.com', '$1',
	    '00000000-0000-4000-8000-$(printf %012d "$2")', $3,
	    timestamp '2026-11-22 06:00:00' + interval '1 s' * $2)"
}

_load() {
	pg_sql postgres -f "$vectors/py_checkpoints.sql" >/dev/null &&
	    grep '^INSERT INTO' "$vectors/js_checkpoints.sql" |
	    grep -v checkpoint_migrations | pg_sql postgres >/dev/null
}

_grant() {
	pg_sql postgres -f "$top/sql/roles.sql" >/dev/null
}

_claim() {
	sql "INSERT INTO thread_claims (thread_id, email)
	    SELECT DISTINCT thread_id, '$1@example.com'
	      FROM ${2:-checkpoints} ON CONFLICT DO NOTHING"
}

# The last question of a state, and what was said to it without calling a tool.
said='def text: if type == "string" then . else
	map(if type == "object" then .text // "" else . end) | add // "" end;
    def trim: sub("^\\s+"; "") | sub("\\s+$"; "");
    [.[] | if type == "string" then {type: "human", content: .}
	elif type == "array" then {type: .[0], content: .[1]}
	elif .role then .type = .role else . end
    | .type |= ({user: "human", assistant: "ai"}[.] // .)]
    | reduce .[] as $m (null; if $m.type == "human" then
	{prompt: ($m.content | text | trim), final_answer: ""}
      elif $m.type == "ai" and . and (($m.tool_calls // []) | length) == 0
      then .final_answer = ($m.content | text | trim) else . end)
    | if . and .final_answer != "" then . else null end'

# Checkpoints by hand.  _at THREAD N SOURCE STEP VERSIONS VALUES [METADATA]:
# the N-th, its parent being the one before; ids and times go by N.
_at() {
	sql "INSERT INTO checkpoints (thread_id, checkpoint_id,
	    parent_checkpoint_id, checkpoint, metadata)
	    VALUES ('$1', '1f-$(printf %04d "$2")', CASE WHEN $2 > 1 THEN
	    '1f-$(printf %04d $(($2 - 1)))' END, jsonb_build_object('v', 4,
	    'id', '1f-$(printf %04d "$2")', 'ts',
	    to_char(timestamp '2026-11-22 06:00:00' + interval '1 s' * $2,
	    'YYYY-MM-DD\"T\"HH24:MI:SS.US+00:00'), 'channel_versions', '$5'::jsonb,
	    'channel_values', '$6'::jsonb, 'versions_seen', '{}'::jsonb),
	    jsonb_build_object('source', '$3', 'step', $4) ||
	    '${7:-{\}}'::jsonb)"
}

# _turn THREAD K PROMPT ANSWER [METADATA]: a run of two checkpoints, the K-th
# from 0, whose channels are at version K + 1.
_turn() {
	v=$(($2 + 1))
	_at "$1" $(($2 * 2 + 1)) input $(($2 * 2 - 1)) \
	    "$(_versions $2)" '{}' "$5"
	_at "$1" $(($2 * 2 + 2)) loop $(($2 * 2)) "$(_versions $v)" \
	    "{\"prompt\": $3, \"final_answer\": $4}" "$5"
}

_versions() {
	[ "$1" -gt 0 ] || { echo '{}'; return; }
	echo "{\"prompt\": \"$1\", \"final_answer\": \"$1\"}"
}

_blob() {	# thread channel version json
	sql "INSERT INTO checkpoint_blobs (thread_id, channel, version, type,
	    blob) VALUES ('$1', '$2', '$3', 'json', convert_to('$4', 'UTF8'))"
}

# The lines with this text since _reconfigure: each worker may write one.
_logged_once() {
	tail -n +$((logged + 1)) "$T/log/bobbin.log" | grep -F "$1" >"$T/lines"
	[ -s "$T/lines" ] || flunk "nothing logged: $1"
	is "$(cut -d ' ' -f 3 "$T/lines" | sort | uniq -d)" '' "$1"
}

_uuid() {
	printf '00000000-0000-4000-8000-%012d' "$1"
}

without_tables_every_thread_is_empty() {
	_run absent 1 "'hello'"
	as alice get /chat/absent/messages
	status_is 200
	body_is '[]'
	as alice get /chat/all-messages-for-all-threads
	status_is 200
	json_is .messages '{"absent":[]}'
	json_is '.runIds.absent[0].prompt' '"hello"'
	as alice get /debug/chat/absent/checkpoints
	json_is .total_checkpoints 0
	as alice get /chat/absent/state
	status_is 404
	bobbin_run check >"$T/out" 2>&1
	grep -q 'ok .*all .* statements prepare' "$T/out" ||
	    flunk "$(cat "$T/out")"
}

tables_without_rights_are_no_empty_history() {
	_load || return 1
	_claim alice
	_reconfigure ''			# absent ones are looked for every 10 s
	for p in py-exit/messages py-send/messages py-pickle/messages \
	    all-messages-for-one-thread/py-exit all-messages-for-all-threads \
	    py-exit/state nosuch/state
	do
		as alice get "/chat/$p"
		status_is 503
		header_is Retry-After 5
	done
	as alice get /debug/chat/py-exit/checkpoints
	status_is 503
	_logged_once "LangGraph's tables: 3 of 3 found, 0 may be read"
	bobbin_run check >"$T/out" 2>&1
	grep -q "BAD .*LangGraph's tables" "$T/out" || flunk "$(cat "$T/out")"
	_grant
	as alice get /chat/py-exit/messages
	status_is 200
	json_is '[.[].final_answer]' '["echo: exit mode"]'
	bobbin_run check >"$T/out" 2>&1
	grep -q "ok .*LangGraph's tables: found" "$T/out" &&
	    grep -q 'ok .*all .* statements prepare' "$T/out" ||
	    flunk "$(cat "$T/out")"
}

every_sample_thread_says_what_its_state_says() {
	for lang in py js; do
		jq -c "to_entries[] | select(.value.decoded.messages)
		    | {key, want: (.value.decoded.messages | $said)}" \
		    "$vectors/${lang}_expected.json" >"$T/wanted"
		n=0
		while read -r line; do
			id=$(printf '%s' "$line" | jq -r .key)
			want=$(printf '%s' "$line" | jq -c .want)
			as alice get "/chat/$id/messages"
			status_is 200
			[ "$want" != null ] || case $id in
			*-multi-turn | *-delta*) flunk "$id: nothing said" ;;
			*)	json_is length 0
				continue ;;
			esac
			got=$(jq -c '.[-1] | {prompt, final_answer}' "$T/body")
			is "$got" "$want" "$id"
			n=$((n + 1))
		done <"$T/wanted"
		[ $n -ge 9 ] || flunk "only $n threads"
	done
}

every_turn_of_a_sample_is_there() {
	while read -r id want; do
		as alice get "/chat/$id/messages"
		json_is '[.[].final_answer | .[:9]]' "$want"
	done <<-X
	py-multi-turn ["echo: hel","The answe","echo: [{'"]
	js-multi-turn ["echo: hel","The answe","echo: [ob","echo: no "]
	py-delta ["echo: hel","The answe","echo: bye","echo: mor"]
	js-delta ["echo: m0","echo: m1","echo: m2","echo: m3"]
	X
	as alice get /chat/py-multi-turn/messages
	json_is '.[0] | keys_unsorted' "$(echo '["id","threadId","user",
	    "createdAt","startedAt","prompt","final_answer",
	    "queries_and_results","datasets_used","top_chunks","sql_query",
	    "error","isLoading","isError","run_id","followup_prompts"]' |
	    tr -d ' \n\t')"
	first=$(sql "SELECT min(checkpoint_id) FROM checkpoints
	    WHERE thread_id = 'py-multi-turn' AND checkpoint_ns = ''")
	ms=$(sql "SELECT trunc(extract(epoch FROM (checkpoint->>'ts')
	    ::timestamptz) * 1000) FROM checkpoints WHERE thread_id =
	    'py-multi-turn' AND checkpoint_ns = '' AND checkpoint_id = '$first'")
	json_is '.[0].id' "\"msg_$first\""
	json_is '.[0].createdAt' "$ms"
	json_is '.[0].user' '"alice@example.com"'
}

the_state_is_the_newest_ones() {
	as alice get /chat/py-interrupt-pending/state
	status_is 200
	json_is .status '"interrupted"'
	json_is '[.interrupts, .next | length | . > 0]' '[true,true]'
	for id in py-multi-turn js-multi-turn py-delta js-delta; do
		as alice get "/chat/$id/state"
		jq -cS --arg id "$id" '.[$id].decoded.messages' \
		    "$vectors/${id%%-*}_expected.json" >"$T/want"
		jq -cS .messages "$T/body" | cmp -s - "$T/want" ||
		    flunk "$id: $(cut -c 1-200 "$T/body")"
	done
	tag=$(header ETag)
	as alice get /chat/js-delta/state -H "If-None-Match: $tag"
	status_is 304
	as alice get /chat/py-encrypted/state
	json_is '[.unreadable, .messages]' '["cipher",null]'
	as alice get "/chat/js-delta/state?checkpoint_ns=none"
	status_is 404
	as alice get "/chat/js-delta/state?checkpoint_ns=$(printf %01001d 0)"
	status_is 422
	# Its tables know more namespaces than the conversation's.
	sql "SELECT thread_id, checkpoint_ns, max(checkpoint_id) FROM
	    checkpoints WHERE checkpoint_ns <> '' GROUP BY 1, 2 LIMIT 1" \
	    >"$T/sub"
	IFS='|' read -r id ns head <"$T/sub"
	as alice get "/chat/$id/state?checkpoint_ns=$(printf %s "$ns" |
	    jq -sRr @uri)"
	status_is 200
	json_is .checkpoint_id "\"$head\""
}

foreign_states_are_missing() {
	as bob get /chat/nosuch/state
	status_is 404
	cp "$T/body" "$T/missing"
	as bob get /chat/py-multi-turn/state
	status_is 404
	cmp -s "$T/body" "$T/missing" || flunk "$(cat "$T/body")"
	sql "UPDATE thread_claims SET deleted_at = now()
	    WHERE thread_id = 'py-multi-turn'"
	as alice get /chat/py-multi-turn/state
	status_is 404
	cmp -s "$T/body" "$T/missing" || flunk "$(cat "$T/body")"
	sql "UPDATE thread_claims SET deleted_at = NULL"
}

foreign_and_unclaimed_threads_are_empty() {
	as bob get /chat/py-multi-turn/messages
	status_is 200
	body_is '[]'
	as bob get /chat/nosuch/messages
	same_body_as_before
	sql "DELETE FROM thread_claims WHERE thread_id = 'py-send'"
	as alice get /chat/py-send/messages
	body_is '[]'
	sql "INSERT INTO thread_claims (thread_id, email, deleted_at)
	    VALUES ('py-send', 'alice@example.com', now())"
	as alice get /chat/py-send/messages
	body_is '[]'
	sql "UPDATE thread_claims SET deleted_at = NULL"
	as alice get /chat/all-messages-for-one-thread/py-send
	json_is '[.messages[].final_answer]' '["w2"]'
	as bob get /chat/all-messages-for-one-thread/py-send
	body_is '{"messages":[],"runIds":[],"sentiments":{}}'
}

channels_count_where_they_changed() {
	_run chan 10 "' one '" && _run chan 11 "'two'"
	_turn chan 0 '" one "' '"first "'
	sql "UPDATE checkpoints SET checkpoint = jsonb_set(checkpoint,
	    '{channel_versions}', checkpoint->'channel_versions' ||
	    '{\"queries_and_results\": \"1\", \"top_chunks\": \"1\",
	    \"top_selection_codes\": \"1\", \"followup_prompts\": \"1\"}')
	    WHERE thread_id = 'chan' AND checkpoint_id = '1f-0002'"
	_blob chan queries_and_results 1 \
	    '[["select 1", 1], ["q2", "r2"], "odd"]'
	_blob chan top_chunks 1 '[{"page_content": "c", "metadata":
	    {"page_number": 3, "source_file": "f.pdf"}}]'
	_blob chan top_selection_codes 1 '["A", 2]'
	_blob chan followup_prompts 1 '["more?"]'
	_turn chan 1 '"two"' '"second"'
	sql "UPDATE checkpoints SET checkpoint = jsonb_set(checkpoint,
	    '{channel_versions}', checkpoint->'channel_versions' ||
	    '{\"queries_and_results\": \"2\", \"top_chunks\": \"1\",
	    \"top_selection_codes\": \"1\", \"followup_prompts\": \"1\"}')
	    WHERE thread_id = 'chan' AND checkpoint_id = '1f-0004'"
	_blob chan queries_and_results 2 \
	    '[["select 1", 1], ["q2", "r2"], "odd", ["q3", "r3"]]'
	as alice get /chat/chan/messages
	json_is '[.[] | .prompt, .final_answer]' \
	    '["one","first","two","second"]'
	json_is '.[0].queries_and_results' '[["select 1","1"],["q2","r2"]]'
	json_is '.[0].sql_query' '"select 1"'
	json_is '.[0].top_chunks' '[{"page_content":"c","metadata":{"page_number":3,"source_file":"f.pdf"},"source_file":"f.pdf","page_number":3}]'
	json_is '.[0].datasets_used' '["A","2"]'
	json_is '.[0].followup_prompts' '["more?"]'
	json_is '.[1].queries_and_results' '[["q3","r3"]]'
	json_is '.[1] | [.top_chunks, .datasets_used, .followup_prompts]' \
	    '[null,null,null]'
	json_is '[.[].run_id]' "[\"$(_uuid 10)\",\"$(_uuid 11)\"]"
	as alice get /chat/all-messages-for-one-thread/chan
	json_is '.messages[1] | keys_unsorted' "$(echo '["id","threadId",
	    "user","createdAt","prompt","final_answer","queries_and_results",
	    "sql_query","isLoading","isError","run_id"]' | tr -d ' \n\t')"
	json_is '[.runIds[] | .run_id, .prompt, .timestamp]' \
	    "[\"$(_uuid 10)\",\" one \",\"2026-11-22T06:00:10\",\"$(_uuid 11)\",\"two\",\"2026-11-22T06:00:11\"]"
}

a_failed_run_is_not_shown() {
	_run failed 20 "'a'" && _run failed 21 "'b'" && _run failed 22 "'c'"
	_turn failed 0 '"a"' '"A"'
	_turn failed 1 '"b"' '"  "'
	_turn failed 2 '"c"' '"C"'
	as alice get /chat/failed/messages
	json_is '[.[] | .final_answer, .run_id]' \
	    "[\"A\",\"$(_uuid 20)\",\"C\",\"$(_uuid 22)\"]"
	# A run that wrote no answer leaves the old one where it was.
	_at failed 7 input 5 "$(_versions 3)" '{}'
	_at failed 8 loop 6 "$(_versions 3)" '{"prompt":"c","final_answer":"C"}'
	as alice get /chat/failed/messages
	json_is length 2
}

the_same_prompt_twice_is_two_messages() {
	_run twice 30 "'again'" && _run twice 31 "'again'"
	_turn twice 0 '"again"' '"1"'
	_turn twice 1 '"again"' '"2"'
	as alice get /chat/twice/messages
	json_is '[.[] | .final_answer, .run_id]' \
	    "[\"1\",\"$(_uuid 30)\",\"2\",\"$(_uuid 31)\"]"
}

unequal_numbers_go_by_prompts() {
	_run uneq 40 "'a'" && _run uneq 41 "'lost'" && _run uneq 42 "' b'" &&
	    _run uneq 43 "'a'"
	_turn uneq 0 '"a"' '"1"'
	_turn uneq 1 '"b "' '"2"'
	_turn uneq 2 '"never registered"' '"3"'
	as alice get /chat/uneq/messages
	json_is '[.[].run_id]' "[\"$(_uuid 40)\",\"$(_uuid 42)\",null]"
}

a_stored_run_id_comes_first() {
	_run stored 50 "'a'" && _run stored 51 "'b'"
	_turn stored 0 '"x"' '"1"' \
	    '{"run_id": "00000000000040008000000000000051"}'
	_turn stored 1 '"y"' '"2"' \
	    '{"run_id": "99999999-0000-4000-8000-000000000051"}'
	as alice get /chat/stored/messages
	json_is '[.[].run_id]' "[\"$(_uuid 51)\",\"$(_uuid 50)\"]"
}

what_cannot_be_read_is_null() {
	_blob odd final_answer 1 '{broken'
	_turn odd 0 '"p"' '"inline loses"'
	_claim alice
	as alice get /chat/odd/messages
	status_is 200
	json_is '[.[] | .prompt, .final_answer]' '["p",null]'
	as alice get /chat/py-encrypted/messages
	json_is '[.[] | .prompt, .final_answer] | unique' '[null]'
	as alice get /chat/py-pickle/messages
	json_is '[.[].final_answer]' '["p"]'
}

metadata_nested_too_deep_fails_nothing_else() {
	_turn deep 0 '"p"' '"a"' '{"deep": '"$(printf %0300d 0 |
	    sed 's/0/[/g; p; s/./]/g' | tr -d '\n')"'}'
	sql "UPDATE checkpoints SET checkpoint = jsonb_set(checkpoint,
	    '{channel_versions,messages}', '\"1\"') WHERE thread_id = 'deep'"
	_blob deep messages 1 '["hi"]'
	_claim alice
	as alice get /chat/deep/state
	status_is 200
	json_is '[.metadata, .messages, .status, .values.final_answer]' \
	    '[null,["hi"],"idle","a"]'
	as alice get /chat/deep/messages
	json_is '[.[] | .prompt, .final_answer]' '["p","a"]'
}

versions_that_are_no_object_name_no_channel() {
	for v in '["messages", "final_answer"]' '"messages"' null 3; do
		n=$((${n:-0} + 1))
		_turn shape$n 0 '"p"' '"a"'
		sql "UPDATE checkpoints SET checkpoint = jsonb_set(checkpoint,
		    '{channel_versions}', '$v') WHERE thread_id = 'shape$n'"
		_claim alice
		as alice get /chat/shape$n/state
		status_is 200
		json_is '[.messages, .values, .next, .status, .unreadable]' \
		    '[[],{},[],"idle",null]'
		as alice get /chat/shape$n/messages
		status_is 200
		as alice get /debug/chat/shape$n/checkpoints
		status_is 200
		json_is '[.checkpoints[].channel_values.message_count]' \
		    '[0,0]'
	done
}

# Three reads and two workers: one of them reads twice.
the_log_names_what_cannot_be_read_once() {
	_reconfigure ''
	for n in 1 2 3; do
		as alice get /chat/odd/messages
		as alice get /chat/py-encrypted/messages
		as alice get /debug/chat/py-encrypted/checkpoints
	done
	_logged_once 'channel final_answer cannot be read: corrupt, stored as json'
	_logged_once 'channel messages cannot be read: cipher, stored as msgpack+aes'
	! grep -q '{broken' "$T/log/bobbin.log" || flunk 'content is logged'
}

# _grown THREAD: twelve turns of a list that is stored whole after each of them;
# $.turn counts them, $.list is what was written until then.
_grown() {
	sql "WITH turn AS (
		SELECT k, jsonb_build_array(
		       jsonb_build_object('type', 'human', 'id', 'h-' || k,
			'content', 'What is \"' || k || '\", [then]?'),
		       jsonb_build_object('type', 'ai', 'id', 'a-' || k,
			'content', 'It is ' || k)) AS said
		  FROM generate_series(1, 12) k
	), blobs AS (
		INSERT INTO checkpoint_blobs (thread_id, channel, version,
		       type, blob)
		SELECT '$1', 'messages', t.k::text, 'json',
		       convert_to((SELECT jsonb_agg(m ORDER BY u.k, o)
			 FROM turn u, jsonb_array_elements(u.said)
			      WITH ORDINALITY e(m, o) WHERE u.k <= t.k)::text,
			'UTF8')
		  FROM turn t
	), writes AS (
		INSERT INTO checkpoint_writes (thread_id, checkpoint_id,
		       task_id, idx, channel, type, blob)
		SELECT '$1', '1f-' || lpad((2 * k - 1)::text, 4, '0'),
		       'task', o, 'messages', 'json',
		       convert_to(jsonb_build_array(m)::text, 'UTF8')
		  FROM turn, jsonb_array_elements(said)
		       WITH ORDINALITY e(m, o)
	)
	INSERT INTO checkpoints (thread_id, checkpoint_id,
	       parent_checkpoint_id, checkpoint, metadata)
	SELECT '$1', '1f-' || lpad(n::text, 4, '0'),
	       '1f-' || lpad(nullif(n - 1, 0)::text, 4, '0'),
	       jsonb_build_object('v', 4, 'ts', '2026-11-22T06:00:00.000Z',
	       'channel_versions', CASE WHEN n < 2 THEN '{}' ELSE
	       jsonb_build_object('messages', (n / 2)::text) END),
	       jsonb_build_object('source', CASE n % 2 WHEN 1 THEN 'input'
	       ELSE 'loop' END, 'step', n - 2)
	  FROM generate_series(1, 24) n"
	sql "INSERT INTO thread_claims (thread_id, email)
	    VALUES ('$1', 'alice@example.com')"
	_run "$1" "$2" "'p'"
}

# Lists after turn 8 have $2 in place of $1, of as many bytes.
_edit() {	# thread from to
	sql "UPDATE checkpoint_blobs SET blob = convert_to(replace(
	    convert_from(blob, 'UTF8'), '$2', '$3'), 'UTF8')
	    WHERE thread_id = '$1' AND version::int >= 8"
}

_write() {	# thread n json
	sql "INSERT INTO checkpoint_writes (thread_id, checkpoint_id, task_id,
	    idx, channel, type, blob) VALUES ('$1', '1f-$(printf %04d "$2")',
	    'more', 0, 'messages', 'json', convert_to('$3', 'UTF8'))"
}

_said() {	# thread turn
	as alice get "/chat/$1/messages"
	status_is 200
	jq -r ".[$2 - 1] | .prompt + \" \" + .final_answer" "$T/body"
}

# The bulk answer, with which they are compared below, reads each of them.
lists_that_only_grew_are_told_by_the_newest() {
	n=700
	for t in grown replaced edited removed unwritten trimmed forked; do
		_grown $t $((n += 1))
	done
	is "$(_said grown 3)" 'What is "3", [then]? It is 3' 'the third'
	is "$(_said grown 12)" 'What is "12", [then]? It is 12' 'the last'
	is "$(jq length "$T/body")" 12 turns
	sql "CREATE TABLE spoilt AS SELECT * FROM checkpoint_blobs
	    WHERE thread_id = 'grown';
	    UPDATE checkpoint_blobs SET blob = convert_to(repeat('x',
		octet_length(blob)), 'UTF8')
	     WHERE thread_id = 'grown' AND version::int < 12"
	is "$(_said grown 3)" 'What is "3", [then]? It is 3' 'not even read'
	sql "UPDATE checkpoint_blobs b SET blob = s.blob FROM spoilt s
	    WHERE (b.thread_id, b.channel, b.version) =
		(s.thread_id, s.channel, s.version);
	    DROP TABLE spoilt"
	_edit replaced 'It is 3' 'It is 9'
	_write replaced 15 '[{"type": "ai", "id": "a-3", "content": "It is 9"}]'
	is "$(_said replaced 3)" 'What is "3", [then]? It is 3' replaced
	_edit edited 'It is 3' 'It is 9'
	is "$(_said edited 3)" 'What is "3", [then]? It is 3' edited
	_edit removed ', {"id": "h-4"' ', {"id": "h-x"'
	_write removed 15 '[{"type": "remove", "id": "h-1", "content": ""}]'
	sql "DELETE FROM checkpoint_writes
	    WHERE thread_id = 'unwritten' AND checkpoint_id = '1f-0009'"
	sql "UPDATE checkpoint_blobs SET blob = convert_to(
		(convert_from(blob, 'UTF8')::jsonb - 0)::text, 'UTF8')
	     WHERE thread_id = 'trimmed' AND version::int >= 8"
	sql "UPDATE checkpoints SET parent_checkpoint_id = '1f-0016'
	     WHERE thread_id = 'forked' AND checkpoint_id = '1f-0019'"
	is "$(_said forked 9)" 'What is "10", [then]? It is 10' forked
}

the_bulk_answer_is_the_union_of_all() {
	sql "INSERT INTO users_threads_runs (email, thread_id, run_id, prompt,
	    sentiment, timestamp) SELECT 'alice@example.com', thread_id,
	    gen_random_uuid()::text, 'p', thread_id LIKE '%delta%' OR NULL,
	    now() FROM (SELECT DISTINCT thread_id FROM checkpoints) c"
	as alice get /chat/all-messages-for-all-threads
	status_is 200
	header_is Cache-Control 'private, no-cache'
	header_like ETag '^(W/)?"[A-Za-z0-9_-]{24}"$'
	cp "$T/body" "$T/bulk"
	etag=$(header ETag)
	is "$(jq -c '.messages | keys_unsorted' "$T/bulk")" \
	    "$(jq -c '.runIds | keys_unsorted' "$T/bulk")" keys
	is "$(jq -r '.messages | keys_unsorted[]' "$T/bulk")" \
	    "$(jq -r '.messages | keys_unsorted[]' "$T/bulk" |
	    LC_ALL=C sort)" order
	[ "$(jq '.messages | length' "$T/bulk")" -ge 35 ] ||
	    flunk "only $(jq '.messages | length' "$T/bulk") threads"
	for id in $(jq -r '.messages | keys[]' "$T/bulk"); do
		as alice get "/chat/$id/messages"
		is "$(jq -c --arg t "$id" '.messages[$t]' "$T/bulk")" \
		    "$(jq -c . "$T/body")" "$id"
		as alice get "/chat/all-messages-for-one-thread/$id"
		is "$(jq -c --arg t "$id" '[.runIds[$t], .sentiments[$t] //
		    {}]' "$T/bulk")" "$(jq -c '[.runIds, .sentiments]' \
		    "$T/body")" "runs of $id"
	done
	as bob get /chat/all-messages-for-all-threads
	body_is '{"messages":{},"runIds":{},"sentiments":{}}'
}

what_the_client_has_is_not_sent_again() {
	as alice get /chat/all-messages-for-all-threads \
	    -H "If-None-Match: \"x\", W/${etag#W/}"
	status_is 304
	body_is ''
	header_is Cache-Control 'private, no-cache'
	is "$(header ETag | sed 's/^W.//')" "${etag#W/}" ETag
	as alice head_ /chat/all-messages-for-all-threads
	status_is 200
	is "$(header ETag | sed 's/^W.//')" "${etag#W/}" ETag
	as bob get /chat/all-messages-for-all-threads \
	    -H "If-None-Match: $etag"
	status_is 200
	_turn twice 2 '"third"' '"3"'
	as alice get /chat/all-messages-for-all-threads \
	    -H "If-None-Match: $etag"
	status_is 200
	[ "$(header ETag)" != "$etag" ] || flunk 'the same tag'
	json_is '.messages.twice | length' 3
	etag=$(header ETag)
	sql "UPDATE users_threads_runs SET sentiment = false
	    WHERE run_id = '$(_uuid 30)'"
	as alice get /chat/all-messages-for-all-threads \
	    -H "If-None-Match: $etag"
	status_is 200
	json_is ".sentiments.twice[\"$(_uuid 30)\"]" false
	as alice get /chat/all-messages-for-one-thread/twice
	etag=$(header ETag)
	as alice get /chat/all-messages-for-one-thread/twice \
	    -H "If-None-Match: $etag"
	status_is 304
}

# The new thread has as many runs and changes as the deleted one had.
a_new_thread_of_an_old_name_is_sent() {
	for run in 241 242; do
		as eve post /chat/again/runs "{\"run_id\": \"$(_uuid $run)\"}"
		status_is 201
		as eve get /chat/all-messages-for-all-threads \
		    ${etag:+-H "If-None-Match: $etag"}
		status_is 200
		json_is '.runIds.again[0].run_id' "\"$(_uuid $run)\""
		etag=$(header ETag)
		as eve delete /chat/again
		status_is 200
	done
}

the_history_is_for_the_owner_and_admin() {
	as alice get '/debug/chat/py-multi-turn/checkpoints?limit=12'
	status_is 200
	json_is .total_checkpoints 12
	json_is '[.checkpoints[].index]' '[0,1,2,3,4,5,6,7,8,9,10,11]'
	json_is '[.checkpoints[].channel_values | has("messages")] |
	    group_by(.) | map(length)' '[2,10]'
	json_is '.checkpoints[0].channel_values.message_count' 10
	json_is '.checkpoints[0].channel_values.messages[1] |
	    [.index, .type, .id, .content_preview, .content_length]' \
	    '[1,"human","h-1","hello říp 😀",11]'
	json_is '.checkpoints[0].checkpoint_id' "\"$(sql "SELECT
	    max(checkpoint_id) FROM checkpoints WHERE checkpoint_ns = ''
	    AND thread_id = 'py-multi-turn'")\""
	as admin get '/debug/chat/py-multi-turn/checkpoints?limit=12'
	same_body_as_before
	as bob get /debug/chat/py-multi-turn/checkpoints
	body_is '{"thread_id":"py-multi-turn","total_checkpoints":0,"checkpoints":[]}'
	for n in 0 201 x; do
		as alice get "/debug/chat/py-exit/checkpoints?limit=$n"
		status_is 422
	done
	as alice get '/debug/chat/py-delta/checkpoints?limit=1'
	json_is '[.checkpoints[].channel_values.message_count > 2]' '[true]'
}

# More answers than a reply holds: the rest of them, and the other threads, are
# shown all the same.
a_long_thread_fails_nobody() {
	_run long 900 "'p'"
	for k in 0 1 2; do
		_turn long $k "\"p$k\"" '"inline loses"'
		sql "INSERT INTO checkpoint_blobs (thread_id, channel, version,
		    type, blob) VALUES ('long', 'final_answer', '$((k + 1))',
		    'json', convert_to('\"' || repeat('x', 30 << 20) || '\"',
		    'UTF8'))"
	done
	want='[["p0",31457280],[null,0],[null,0]]'
	as alice get /chat/long/messages
	status_is 200
	json_is '[.[] | [.prompt, (.final_answer | length)]]' "$want"
	as alice get /chat/all-messages-for-one-thread/long
	status_is 200
	json_is '[.messages[] | [.prompt, (.final_answer | length)]]' "$want"
	as alice get /chat/all-messages-for-all-threads
	status_is 200
	json_is '[.messages.long[] | [.prompt, (.final_answer | length)]]' \
	    "$want"
	json_is '.messages | [.twice, .chan | length]' '[3,2]'
	for t in checkpoints checkpoint_blobs users_threads_runs; do
		sql "DELETE FROM $t WHERE thread_id = 'long'"
	done
}

# It stands in the list of interrupts and in its task's.
an_interrupt_too_large_for_a_reply_is_said_to_be() {
	_turn wide 0 '"p"' '"a"'
	_claim alice
	sql "UPDATE checkpoints SET checkpoint = jsonb_set(jsonb_set(
	    checkpoint, '{channel_versions,branch:to:ask}', '\"1\"'),
	    '{channel_values,branch:to:ask}', 'null')
	    WHERE thread_id = 'wide';
	    INSERT INTO checkpoint_writes (thread_id, checkpoint_id, task_id,
	    task_path, idx, channel, type, blob) VALUES ('wide', '1f-0002',
	    '$(_uuid 1)', '~__pregel_pull, ask', -3, '__interrupt__', 'json',
	    convert_to('[\"' || repeat('x', 40 << 20) || '\"]', 'UTF8'))"
	as alice get /chat/wide/state
	status_is 200
	json_is '[.messages, .next, (.interrupts[0] | length), .tasks, .status,
	    .values.final_answer]' \
	    '[[],["ask"],41943040,[{"unreadable":"too_large"}],"interrupted","a"]'
	for t in checkpoints checkpoint_writes; do
		sql "DELETE FROM $t WHERE thread_id = 'wide'"
	done
}

_reconfigure() {
	it_conf=$1
	_write_conf
	logged=$(wc -l <"$T/log/bobbin.log")
	stop_bobbin && start_bobbin
}

older_checkpoints_are_left_out_and_it_is_said() {
	_reconfigure 'CHECKPOINT_MAX_ROWS = 3'
	as alice get /chat/all-messages-for-one-thread/chan
	json_is '[.messages[].final_answer]' '["second"]'
	json_is .truncated true
	json_is '.messages[0].queries_and_results' \
	    '[["select 1","1"],["q2","r2"],["q3","r3"]]'
	json_is '.messages[0] | has("top_chunks")' false
	as alice get /chat/all-messages-for-one-thread/absent
	json_is .truncated null
}

a_value_has_its_limit_wherever_it_stands() {
	_reconfigure 'CHECKPOINT_MAX_BYTES = 1024'
	_run large 901 "'p'"
	_turn large 0 '"p"' "\"$(printf %01025d 0)\""
	as alice get /chat/large/messages
	status_is 200
	json_is '[.[] | .prompt, .final_answer]' '["p",null]'
}

the_key_opens_what_is_sealed() {
	_reconfigure 'LANGGRAPH_AES_KEY = 0123456789abcdef'
	secret 0123456789abcdef
	as alice get /chat/py-encrypted/messages
	want=$(jq -c ".\"py-encrypted\".with_key.decoded.messages | $said" \
	    "$vectors/py_expected.json")
	json_is '.[-1] | {prompt, final_answer}' "$want"
	_reconfigure 'LANGGRAPH_AES_KEY = fedcba9876543210'
	as alice get /chat/py-encrypted/messages
	json_is '[.[].final_answer] | unique' '[null]'
}

the_schema_is_the_configured_one() {
	sql 'CREATE SCHEMA "Lang ""Graph"' || return 1
	for t in checkpoints checkpoint_blobs checkpoint_writes; do
		sql "ALTER TABLE $t SET SCHEMA \"Lang \"\"Graph\""
	done
	as alice get /chat/py-exit/messages
	status_is 503
	sql 'GRANT USAGE ON SCHEMA "Lang ""Graph" TO bobbin_app'
	_reconfigure 'CHECKPOINT_SCHEMA = Lang "Graph
BULK_CACHE_SECONDS = 60'
	as alice get /chat/py-exit/messages
	status_is 200
	json_is '[.[].final_answer]' '["echo: exit mode"]'
	as alice get /chat/all-messages-for-all-threads
	header_is Cache-Control 'private, max-age=60'
	for t in checkpoints checkpoint_blobs checkpoint_writes; do
		sql "ALTER TABLE \"Lang \"\"Graph\".$t SET SCHEMA public"
	done
	_reconfigure ''
}

# One checkpoint a thread, rows without its id.
the_shallow_layout_is_read_and_deleted() {
	sql "CREATE SCHEMA shallow;
	    CREATE TABLE shallow.checkpoints AS SELECT DISTINCT ON (thread_id,
		checkpoint_ns) thread_id, checkpoint_ns, type, checkpoint,
		metadata FROM checkpoints
		ORDER BY thread_id, checkpoint_ns, checkpoint_id DESC;
	    CREATE TABLE shallow.checkpoint_blobs AS SELECT b.thread_id,
		b.checkpoint_ns, b.channel, b.type, b.blob
		FROM checkpoint_blobs b JOIN shallow.checkpoints c ON
		b.version = c.checkpoint->'channel_versions'->>b.channel
		AND (b.thread_id, b.checkpoint_ns) =
		    (c.thread_id, c.checkpoint_ns);
	    CREATE TABLE shallow.checkpoint_writes AS
		SELECT w.* FROM checkpoint_writes w JOIN shallow.checkpoints c
		ON w.checkpoint_id = c.checkpoint->>'id'
		AND (w.thread_id, w.checkpoint_ns) =
		    (c.thread_id, c.checkpoint_ns);
	    GRANT USAGE ON SCHEMA shallow TO bobbin_app;
	    GRANT SELECT, DELETE ON ALL TABLES IN SCHEMA shallow
		TO bobbin_app" || return 1
	for id in py-exit py-multi-turn py-interrupt-pending; do
		as alice get "/chat/$id/messages"
		jq -c '.[-1].final_answer' "$T/body" >"$T/said.$id"
		as alice get "/chat/$id/state"
		jq -cS 'del(.checkpoint_id)' "$T/body" >"$T/state.$id"
	done
	_reconfigure 'CHECKPOINT_SCHEMA = shallow'
	for id in py-exit py-multi-turn py-interrupt-pending; do
		as alice get "/chat/$id/messages"
		status_is 200
		is "$(jq -c '.[-1].final_answer' "$T/body")" \
		    "$(cat "$T/said.$id")" "$id"
		as alice get "/chat/$id/state"
		is "$(jq -cS 'del(.checkpoint_id)' "$T/body")" \
		    "$(cat "$T/state.$id")" "$id"
	done
	as alice get /debug/chat/py-exit/checkpoints
	json_is .total_checkpoints 1
	as alice get /chat/all-messages-for-all-threads
	status_is 200
	json_is '.messages["py-exit"] | length' 1
	count="SELECT (SELECT count(*) FROM shallow.checkpoints WHERE x)
	    + (SELECT count(*) FROM shallow.checkpoint_blobs WHERE x)
	    + (SELECT count(*) FROM shallow.checkpoint_writes WHERE x)"
	of=$(echo "$count" | sed "s/x)/thread_id = 'py-subgraph')/")
	others=$(echo "$count" | sed "s/x)/thread_id <> 'py-subgraph')/")
	rest=$(sql "$others")
	was=$(sql "$of")
	[ "$was" -gt 1 ] || flunk "$was rows"
	as bob delete /chat/py-subgraph
	is "$(sql "$of")" "$was" "bob's"
	as alice delete /chat/py-subgraph
	json_is '.deleted_counts | .checkpoints + .checkpoint_blobs +
	    .checkpoint_writes' "$was"
	is "$(sql "$of")" 0
	is "$(sql "$others")" "$rest"
	sql 'SET client_min_messages = error; DROP SCHEMA shallow CASCADE'
	_reconfigure ''
}

# Of the workers; all but the slow one do nothing here.  In KiB.
_peak() {
	for pid in $(pgrep -P "$bobbin_pid"); do
		awk '$1 == "VmHWM:" { print $2 }' "/proc/$pid/status"
	done | sort -n | tail -n 1
}

memory_does_not_grow_with_the_threads() {
	_many() {	# owner n
		sql "INSERT INTO users_threads_runs (email, thread_id, run_id,
		    prompt) SELECT '$1@example.com', '$1-' || n,
		    gen_random_uuid()::text, repeat('p', 500)
		    FROM generate_series(1, $2) n;
		    INSERT INTO checkpoints SELECT '$1-' || n, '', '1f-0001',
		    NULL, NULL, jsonb_build_object('ts', '2026-11-22T06:00:00Z',
		    'channel_versions', '{\"messages\": \"1\"}'::jsonb,
		    'channel_values', '{}'::jsonb),
		    '{\"source\": \"input\", \"step\": -1}'
		    FROM generate_series(1, $2) n;
		    INSERT INTO checkpoint_blobs SELECT '$1-' || n, '',
		    'messages', '1', 'json', convert_to('[{\"type\":\"human\",'
		    '\"content\":\"q\"},{\"type\":\"ai\",\"content\":\"' ||
		    repeat(md5(n::text), 500) || '\"}]', 'UTF8')
		    FROM generate_series(1, $2) n"
	}
	_many few 50 && _many many 2000 || return 1
	if grep -aq __asan_init "$bobbin"; then
		skip 'a sanitizer keeps freed memory'
		return
	fi
	_reconfigure ''
	as few get /chat/all-messages-for-all-threads
	is "$(jq '[.messages[][] | .final_answer | length] | unique' -c \
	    "$T/body")" '[16000]' few
	few=$(_peak)
	as many get /chat/all-messages-for-all-threads
	is "$(jq '[.messages[][] | .final_answer | length] | unique' -c \
	    "$T/body")" '[16000]' many
	is "$(jq '.messages | length' "$T/body")" 2000 threads
	many=$(_peak)
	[ -n "$few" ] && [ "$many" -lt $((few + 8192)) ] ||
	    flunk "peak $few KiB for 50 threads, $many for 2000"
}

# The last of the threads cannot be read, and the only one.
a_failure_on_the_way_breaks_the_answer_off() {
	sql "UPDATE users_threads_runs SET thread_id = 'sole'
	    WHERE thread_id = 'few-1';
	    UPDATE checkpoints SET thread_id = 'sole'
	    WHERE thread_id = 'few-1';
	    INSERT INTO users_threads_runs (email, thread_id, run_id)
	    VALUES ('one@example.com', 'only', 'r');
	    INSERT INTO checkpoints (thread_id, checkpoint_id, checkpoint)
	    VALUES ('only', '1f', '{}');
	    ALTER TABLE checkpoints RENAME TO behind;
	    CREATE VIEW checkpoints AS SELECT thread_id, checkpoint_ns,
	    checkpoint_id, parent_checkpoint_id, metadata,
	    CASE WHEN thread_id IN ('many-999', 'only') THEN
	    to_jsonb(1 / (length(checkpoint_ns)))
	    ELSE checkpoint END AS checkpoint FROM behind;
	    GRANT SELECT ON checkpoints TO bobbin_app" || return 1
	_reconfigure ''
	as one get /chat/all-messages-for-all-threads
	status_is 500
	as one get /chat/only/messages
	status_is 500
	code=$(curl -sS -m 30 -o "$T/cut" -w '%{http_code}' \
	    -H "Authorization: Bearer $(token_of many)" \
	    "$url/chat/all-messages-for-all-threads" 2>"$T/cut.err")
	is "$code" 200 status
	[ "$(wc -c <"$T/cut")" -gt 1000000 ] || flunk 'it came too early'
	! jq . "$T/cut" >/dev/null 2>&1 || flunk 'the JSON parses'
}

# Its statement says how long it may last.
a_bulk_read_ends_before_its_worker_does() {
	sql "INSERT INTO behind (thread_id, checkpoint_id, checkpoint)
	    VALUES ('patient', '1f', '{}');
	    INSERT INTO thread_claims (thread_id, email)
	    VALUES ('patient', 'dave@example.com');
	    CREATE OR REPLACE VIEW checkpoints AS SELECT thread_id,
	    checkpoint_ns, checkpoint_id, parent_checkpoint_id, metadata,
	    CASE thread_id WHEN 'patient' THEN jsonb_build_object(
	    'channel_versions', '{\"prompt\": 1, \"final_answer\": 1}'::jsonb,
	    'channel_values', jsonb_build_object('prompt', 'p',
	    'final_answer', current_setting('statement_timeout')))
	    ELSE checkpoint END AS checkpoint FROM behind"
	_run patient 903 "'p'" dave
	_reconfigure 'BOBBIN_SLOW_WATCHDOG_SECONDS = 40'
	as dave get /chat/all-messages-for-all-threads
	status_is 200
	json_is '[.messages.patient[].final_answer]' '["30s"]'
	as dave get /chat/patient/messages
	json_is '[.[].final_answer]' '["6s"]'
}

it_run
