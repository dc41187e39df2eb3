#!/bin/sh
# 850-events.t: what becomes an event, and who is told.
. "${SRCDIR:?}/t/it/lib.sh"
. "$top/t/it/events.sh"

it_args=--with-jobs
ev_start

# As a worker writes for an owner.
_as_app() {
	pg_sql bobbin_app -v owner="$1@example.com" -f - <<-X
		BEGIN;
		SELECT set_config('bobbin.email', :'owner', true) \\g /dev/null
		$2
		COMMIT;
	X
}

# _event FILE N EXPRESSION VALUE: of the n-th event that came.
_event() {
	ev_got=$(_data "$1" | sed -n "$2p" | jq -c "$3" 2>&1)
	[ "$ev_got" = "$4" ] || flunk "$3 of event $2 is $ev_got, not $4"
}

_uuid() {
	sql "SELECT id FROM threads WHERE email = '$1@example.com'
	    AND thread_id = '$2'"
}

# ---- the relay

# Its plans are from when there was nothing; it still reads what it needs alone.
a_backlog_is_not_searched() {
	as ivy post /chat/backlog/runs '{"prompt":"first"}'
	_told
	_listen ivy "$T/backlog"
	before=$(_searched)
	pg_sql postgres <<-'X' >/dev/null
	INSERT INTO users_threads_runs (email, thread_id, run_id, prompt)
	SELECT 'jack@example.com', 'q-' || n % 5, 'r-' || n, 'x'
	  FROM generate_series(1, 4000) n;
	X
	as ivy post /chat/backlog/runs '{"prompt":"last"}'
	_hears "$T/backlog" 1
	n=$(($(_searched) - before))
	[ $n -lt 1000000 ] || flunk "$n rows read"
}

# A server's process tells once a second how much it read.
_searched() {
	sleep 1.2
	sql "SELECT seq_tup_read + (SELECT sum(idx_tup_read)
	    FROM pg_stat_user_indexes WHERE relname = 'events')
	    FROM pg_stat_user_tables WHERE relname = 'events'"
}

# ---- what becomes an event

a_run_and_its_thread_are_told() {
	_listen alice "$T/run"
	as alice post /chat/runs-1/runs '{"prompt":"say \"hi\" in\ntwo lines"}'
	status_is 201
	run=$(field run_id)
	_hears "$T/run" 2
	id=$(_uuid alice runs-1)
	is "$(sed -n 's/^event: //p' "$T/run" | xargs)" \
	    'thread.updated run.created' events
	_event "$T/run" 1 '[.type, .thread_id, .conversation_id]' \
	    '["thread.updated","runs-1","'"$id"'"]'
	_event "$T/run" 1 '.thread | [keys_unsorted, .title, .metadata]' \
	    '[["thread_id","conversation_id","title","metadata","created_at","updated_at","archived_at"],null,{}]'
	_event "$T/run" 2 'del(.at, .seq)' '{"type":"run.created","thread_id":"runs-1","conversation_id":"'"$id"'","run":{"run_id":"'"$run"'","prompt":"say \"hi\" in\ntwo lines"}}'
	_event "$T/run" 2 '.at | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}([.][0-9]{6})?Z$")' true
	# Repeated, it is no news.
	as alice post /chat/runs-1/runs '{"run_id":"'"$run"'","prompt":"x"}'
	status_is 200
	as alice post /chat/runs-1/runs '{"prompt":"next"}'
	_hears "$T/run" 3
	_event "$T/run" 3 .run.prompt '"next"'
}

a_rating_is_told() {
	as alice post /chat/rated/runs '{"prompt":"x"}'
	run=$(field run_id)
	_told
	_listen alice "$T/rating"
	for s in true true false null; do
		as alice post /sentiment \
		    '{"run_id":"'"$run"'","sentiment":'$s'}'
		status_is 200
	done
	_hears "$T/rating" 3
	is "$(_data "$T/rating" | jq -c '[.type, .run_id, .sentiment]' | xargs)" \
"[sentiment.updated,$run,true] [sentiment.updated,$run,false] [sentiment.updated,$run,null]"
}

plain_sql_of_an_agent_is_told() {
	_told
	_listen carol "$T/sql"
	sql_as demo_agent "INSERT INTO users_threads_runs (email, thread_id,
	    run_id, prompt) SELECT 'Carol@Example.com', 'sql-' || n % 2,
	    'sql-run-' || n, repeat('é', 3000) FROM generate_series(1, 4) n"
	_hears "$T/sql" 6
	is "$(_data "$T/sql" | jq -r .type | sort | uniq -c | xargs)" \
	    '4 run.created 2 thread.updated'
	_event "$T/sql" 3 '[.run.run_id, (.run.prompt | length)]' '["sql-run-1",2000]'
	sql_as demo_agent "UPDATE users_threads_runs SET sentiment = true
	    WHERE run_id IN ('sql-run-1', 'sql-run-2')"
	_hears "$T/sql" 8
	is "$(_data "$T/sql" | jq -c 'select(.type == "sentiment.updated") |
	    [.run_id, .sentiment]' | sort | xargs)" \
	    '[sql-run-1,true] [sql-run-2,true]'
}

changes_of_a_thread_are_told() {
	as alice post /chat/changing/runs '{"prompt":"x"}'
	_told
	_listen alice "$T/thread"
	_as_app alice "UPDATE threads SET title = 'Trip \"A\"'
	    WHERE thread_id = 'changing';"
	_as_app alice "UPDATE threads SET archived_at = '2026-01-02 03:04:05Z'
	    WHERE thread_id = 'changing';"
	_as_app alice "UPDATE threads SET meta = E'{\"b\":1.0,\r\n \"a\":[]}'
	    WHERE thread_id = 'changing';"
	# Touched, and written over with the same, it has not changed.
	_as_app alice "UPDATE threads SET updated_at = now()
	    WHERE thread_id = 'changing';
	    UPDATE threads SET title = title, status = 'x'
	    WHERE thread_id = 'changing';"
	as alice delete /chat/changing
	_hears "$T/thread" 4
	is "$(_data "$T/thread" | jq -r .type | sort -u)" thread.updated
	_event "$T/thread" 1 .thread.title '"Trip \"A\""'
	_event "$T/thread" 2 .thread.archived_at '"2026-01-02T03:04:05Z"'
	_data "$T/thread" | sed -n 3p | grep -qF '"metadata":{"b":1.0,   "a":[]}' ||
	    flunk "not its bytes: $(_data "$T/thread" | sed -n 3p)"
	_event "$T/thread" 4 '[.thread_id, .thread, .deleted]' '["changing",null,true]'
}

messages_are_told() {
	as alice post /chat/talk/runs '{"prompt":"x"}'
	id=$(_uuid alice talk)
	_told
	_listen alice "$T/msg"
	_as_app alice "INSERT INTO messages (email, thread_id, message_id, role,
	    content, created_at, tool_name) VALUES
	    (:'owner', '$id', 'm1', 'user', '\"a \\u00e9\\n\"', '2026-01-01Z', NULL),
	    (:'owner', '$id', 'm2', 'tool', '{\"text\":\"b\"}', '2026-01-01Z', 'calc'),
	    (:'owner', '$id', 'm3', 'assistant',
	     '[{\"type\":\"text\",\"text\":\"c\"},{\"x\":1},{\"text\":\"d\"}]', '2026-01-01Z', NULL),
	    (:'owner', '$id', 'm4', 'user', to_json(repeat('x', 2001)), '2026-01-01Z', NULL),
	    (:'owner', '$id', 'm5', 'user', '\"nul \\u0000\"', '2026-01-01Z', NULL);"
	_hears "$T/msg" 5
	is "$(_data "$T/msg" | jq -r .type | sort -u)" message.created
	uuid=$(sql "SELECT id FROM messages WHERE message_id = 'm1'")
	_event "$T/msg" 1 .message '{"id":"'"$uuid"'","role":"user","content":"a é\n","created_at":"2026-01-01T00:00:00Z"}'
	_event "$T/msg" 2 '.message | [.content, .parts, .tool_name]' '["b",{"text":"b"},"calc"]'
	_event "$T/msg" 3 '.message | [.content, (.parts | length)]' '["cd",3]'
	_event "$T/msg" 4 '.message | [(.content | length), .truncated]' '[2000,true]'
	_event "$T/msg" 5 .message.content '""'
	# Rewritten, it is not created.
	_as_app alice "UPDATE messages SET content = '\"z\"'
	    WHERE message_id = 'm1';"
	_as_app alice "INSERT INTO messages (email, thread_id, message_id, role,
	    content) SELECT :'owner', '$id', 'm6', 'user', '\"last\"';"
	_hears "$T/msg" 6
	_event "$T/msg" 6 .message.content '"last"'
}

of_chatkit_items_only_messages_are_told() {
	_told
	_listen dave "$T/ck"
	_as_app dave "INSERT INTO threads (email, thread_id, document, sorted_at,
	    title_at, title_length)
	    VALUES (:'owner', 'thr_1', '{}', now(), 2, 0);"
	id=$(_uuid dave thr_1)
	_as_app dave "INSERT INTO messages (email, thread_id, item_id, item_type,
	    document, plain)
	    SELECT :'owner', '$id', 'item_' || t, t, '{\"content\":[{\"type\":
	    \"output_text\",\"text\":\"words\"}],\"secret\":1}',
	    CASE t WHEN 'user_message' THEN 'plain words' END
	    FROM unnest(ARRAY['hidden_context_item', 'sdk_hidden_context',
	    'user_message', 'widget', 'assistant_message', 'client_tool_call',
	    'workflow', 'task', 'end_of_turn']) t;"
	_as_app dave "INSERT INTO feedback (email, thread_id, item_id, score)
	    VALUES (:'owner', 'thr_1', 'item_x', 1);
	    UPDATE feedback SET comment = 'no news' WHERE item_id = 'item_x';
	    UPDATE feedback SET score = 0 WHERE item_id = 'item_x';
	    DELETE FROM feedback WHERE item_id = 'item_x';"
	_hears "$T/ck" 6
	is "$(_data "$T/ck" | jq -c '[.type, .message.role, .message.content]' |
	    sed -n 2,3p | xargs)" '[message.created,user,plain words] [message.created,assistant,words]'
	is "$(_data "$T/ck" | jq -c '[.type, .item_ids, .sentiment]' |
	    sed -n '4,$p' | xargs)" '[sentiment.updated,[item_x],true] [sentiment.updated,[item_x],false] [sentiment.updated,[item_x],null]'
	! grep -q secret "$T/ck" || flunk 'a whole item was told'
}

tool_calls_and_decisions_are_told() {
	as alice post /chat/tools/runs '{"prompt":"x"}'
	id=$(_uuid alice tools)
	_told
	_listen alice "$T/call"
	_as_app alice "INSERT INTO tool_calls (email, conversation_id, tool_id,
	    tool_name, status, inputs, outputs) VALUES
	    (:'owner', '$id', 't1', 'Mail', 'pending', '{\"to\": \"x\"}', NULL),
	    (:'owner', '$id', 't2', 'Log', 'completed', NULL, '{\"o\":1}');"
	_as_app alice "UPDATE tool_calls SET status = 'approved',
	    decision = 'approved', responded_at = '2026-01-01Z',
	    responded_by = 'alice', edited_inputs = '{\"to\":\"y\"}'
	    WHERE tool_id = 't1';
	    UPDATE tool_calls SET metadata = '{}' WHERE tool_id = 't1';
	    UPDATE tool_calls SET status = 'completed', outputs = '{\"s\":1}',
	    inputs = to_json(repeat('x', 20000)) WHERE tool_id = 't1';"
	_hears "$T/call" 3
	is "$(_data "$T/call" | jq -c '[.type, .tool_call.status]' | xargs)" \
	    '[tool_call.requested,pending] [tool_call.decided,approved] [tool_call.decided,completed]'
	_event "$T/call" 1 '.tool_call | keys_unsorted' '["id","tool_id","tool_name","status","inputs","error_message","requested_at","responded_at","edited_inputs","responded_by","message_id","checkpoint_id","metadata","updated_at"]'
	_event "$T/call" 2 '.tool_call | [.tool_id, .inputs, .edited_inputs, .responded_at]' '["t1",{"to":"x"},{"to":"y"},"2026-01-01T00:00:00Z"]'
	_event "$T/call" 3 '.tool_call | [.inputs, .truncated]' '[null,true]'
	_data "$T/call" | sed -n 1p | grep -qF '"inputs":{"to": "x"}' ||
	    flunk 'not its bytes'
	! grep -q outputs "$T/call" || flunk 'outputs were told'
}

checkpoints_are_told() {
	as alice post /chat/chk/runs '{"prompt":"x"}'
	id=$(_uuid alice chk)
	_told
	_listen alice "$T/chk"
	_as_app alice "INSERT INTO agent_checkpoints (email, conversation_id,
	    thread_id, checkpoint_id, state_data, created_at) VALUES
	    (:'owner', '$id', 'chk', 'c-1', '{\"secret\":1}', '2026-01-01Z');"
	_hears "$T/chk" 1
	_event "$T/chk" 1 '[.type, .checkpoint]' '["checkpoint.created",{"checkpoint_id":"c-1","thread_id":"chk","created_at":"2026-01-01T00:00:00Z"}]'
	! grep -q secret "$T/chk" || flunk 'the state was told'
}

what_is_rolled_back_is_not_told() {
	_listen alice "$T/back"
	sql_as demo_agent "BEGIN; INSERT INTO users_threads_runs (email,
	    thread_id, run_id) VALUES ('alice@example.com', 'never', 'never');
	    ROLLBACK"
	as alice post /chat/plans/runs '{"prompt":"x"}'
	_hears "$T/back" 1
	! grep -q never "$T/back" || flunk 'it was'
}

# ---- who is told

one_owners_events_never_reach_another() {
	_told
	_listen alice "$T/own.a"
	_listen bob "$T/own.b"
	as alice post /chat/hers/runs '{"prompt":"secret of alice"}'
	as bob post /chat/his/runs '{"prompt":"secret of bob"}'
	_hears "$T/own.a" 2
	_hears "$T/own.b" 2
	! grep -q his "$T/own.a" || flunk 'bob to alice'
	! grep -q hers "$T/own.b" || flunk 'alice to bob'
	is "$(_data "$T/own.a" | wc -l) $(_data "$T/own.b" | wc -l)" '2 2'
}

a_threads_stream_has_its_events_alone() {
	as alice post /chat/one/runs '{"prompt":"x"}'
	as alice post /chat/two/runs '{"prompt":"x"}'
	_told
	_listen alice "$T/t1" /api/v1/threads/one/events
	sql "INSERT INTO threads (email) VALUES ('alice@example.com')"
	id=$(sql "SELECT id FROM threads WHERE thread_id IS NULL")
	_listen alice "$T/t2" "/api/v1/threads/$id/events"
	as alice post /chat/two/runs '{"prompt":"of two"}'
	as alice post /chat/one/runs '{"prompt":"of one"}'
	_hears "$T/t1" 1
	_event "$T/t1" 1 '[.thread_id, .run.prompt]' '["one","of one"]'
	is "$(_data "$T/t1" | wc -l)" 1
	sql "UPDATE threads SET title = 'x' WHERE id = '$id'"
	_hears "$T/t2" 1
	_event "$T/t2" 1 '[.thread_id, .thread.title]' '["'"$id"'","x"]'
}

an_agent_listens_for_its_owner() {
	_listen agent "$T/agent" /api/v1/events \
	    -H 'X-Bobbin-On-Behalf-Of: alice@example.com'
	as alice post /chat/for-agents/runs '{"prompt":"x"}'
	_hears "$T/agent" 2
}

what_is_not_allowed_is_said_before() {
	sse='Accept: text/event-stream'
	get /api/v1/events -H "$sse"
	status_is 401
	body_is '{"detail":"Missing Authorization header"}'
	as bob get /api/v1/threads/hers/events -H "$sse"
	status_is 404
	body_is '{"detail":"Thread not found: hers"}'
	as bob get "/api/v1/threads/$(_uuid alice hers)/events" -H "$sse"
	status_is 404
	as alice get /api/v1/events
	status_is 400
	as alice get '/api/v1/events?x=1' -H "$sse"
	status_is 400
	body_is '{"detail":"Unknown query parameter: x"}'
	for id in x 1 : 1: :1 1:2:3 '1:2,[1]' 99999999999999:1 -1:1; do
		as alice get /api/v1/events -H "$sse" -H "Last-Event-ID: $id"
		status_is 400
		body_is '{"detail":"last_event_id: invalid"}'
	done
	as alice post /api/v1/events '{}'
	status_is 405
	as alice head_ /api/v1/events -H "$sse"
	status_is 200
	header_is Content-Type text/event-stream
}

# No path, header or parameter names a channel.
channels_cannot_be_named() {
	_told
	_listen alice "$T/named"
	name=$(sql_as bobbin_jobs 'SELECT 1')	# nothing there tells one
	for p in /_bobbin/events /publish/x/y /mark \
	    /_bobbin/events?nchan_channel_id=x "/publish/$name/$name"; do
		get "$p" -H 'Accept: text/event-stream' \
		    -H 'X-Bobbin-Channel: mark' -H 'X-Bobbin-Group: bobbin'
		status_is 404
		post "$p" '{"forged":1}'
		case $(status) in
		404 | 405) ;;
		*) flunk "$p: $(status)" ;;
		esac
	done
	# Headers of a client change nothing: it still hears its own.
	_listen bob "$T/named.b" /api/v1/events -H 'X-Bobbin-Channel: mark' \
	    -H 'X-Bobbin-Group: bobbin' -H 'X-Bobbin-From: 1:0'
	as bob post /chat/his-own/runs '{"prompt":"x"}'
	_hears "$T/named.b" 2
	is "$(_data "$T/named.b" | jq -r .thread_id | sort -u)" his-own
}

the_workers_role_sees_no_events() {
	for t in events event_relay event_switch; do
		! sql_as bobbin_app "SELECT * FROM $t" >"$T/out" 2>&1 ||
		    flunk "bobbin_app reads $t"
		! sql_as demo_agent "SELECT * FROM $t" >"$T/out" 2>&1 ||
		    flunk "an agent reads $t"
		! sql_as bobbin_jobs "SELECT * FROM $t" >"$T/out" 2>&1 ||
		    flunk "bobbin_jobs reads $t"
	done
	! sql_as bobbin_app "SELECT * FROM events_take('x', 1)" >"$T/out" 2>&1 ||
	    flunk 'bobbin_app takes events'
}

# ---- tokens

_token() {
	as "$1" request POST /api/v1/events/token
	status_is 200
	secret "$(field token)"
}

a_token_opens_the_owners_stream() {
	_token alice
	json_is 'keys_unsorted' '["token","expires_at"]'
	header_is Cache-Control no-store
	json_is '(.expires_at | fromdate) - now | . > 50 and . <= 60' true
	_told
	_listen '' "$T/by.token" "/api/v1/events?token=$(field token)"
	_listen '' "$T/by.token.t" "/api/v1/threads/hers/events?token=$(field token)"
	as alice post /chat/hers/runs '{"prompt":"x"}'
	_hears "$T/by.token" 1
	_hears "$T/by.token.t" 1
	_token bob
	get "/api/v1/threads/hers/events?token=$(field token)" \
	    -H 'Accept: text/event-stream'
	status_is 404
}

forged_tokens_are_401() {
	_token alice
	good=$(field token)
	name=${good%.*} mac=${good#*.}
	other=$(printf 'e.bob@example.com.9999999999' | base64 | tr -d '=\n')
	past=$(printf 'e.alice@example.com.1' | base64 | tr -d '=\n')
	for t in '' x . "$name" "$name." ".$mac" "$other.$mac" \
	    "$past.$(_mac e.alice@example.com.1 another-secret)" \
	    "$other.$(_mac e.bob@example.com.9999999999 another-secret)" \
	    "$(printf 'u.alice@example.com.9999999999' | base64 | tr -d '=\n').$(_mac u.alice@example.com.9999999999)" \
	    "$(printf 'e..9999999999' | base64 | tr -d '=\n').$(_mac e..9999999999)" \
	    "$past.$(_mac e.alice@example.com.1)"; do
		get "/api/v1/events?token=$t" -H 'Accept: text/event-stream'
		status_is 401
		header_is WWW-Authenticate 'Bearer error="invalid_token"'
	done
	body_is '{"detail":"Token has expired"}'
	# The same by the right secret is good: the cases above are.
	t=$other.$(_mac e.bob@example.com.9999999999)
	secret "$t"
	_listen '' "$T/forged" "/api/v1/events?token=$t"
	get "/api/v1/events?token=$good&token=$good"
	status_is 400
	# It opens nothing else.
	get /chat-threads -H "Authorization: Bearer $good"
	status_is 401
	request POST "/api/v1/events/token?token=$good"
	status_is 401
}

_mac() {
	printf %s "$1" | openssl dgst -sha256 -hmac "${2:-$ev_secret}" -binary |
	    base64 | tr '+/' '-_' | tr -d '=\n'
}

# ---- the streams

headers_are_those_of_a_stream() {
	_told
	_listen alice "$T/head"
	mv "$T/head.h" "$T/headers"
	header_is Content-Type 'text/event-stream; charset=utf-8'
	header_is Cache-Control no-cache
	header_is X-Accel-Buffering no
	header_is X-Content-Type-Options nosniff
	header_is Vary 'Origin, Authorization'
	header_like X-Request-Id .
	no_header Access-Control-Allow-Origin
	no_header Access-Control-Allow-Credentials
	no_header X-Bobbin-Channel
	no_header X-Bobbin-Group
	_listen alice "$T/head2" /api/v1/events -H "Origin: $it_origin"
	mv "$T/head2.h" "$T/headers"
	header_is Access-Control-Allow-Origin "$it_origin"
	header_is Access-Control-Allow-Credentials true
	header_like Access-Control-Expose-Headers X-Request-Id
	_token alice
	_listen '' "$T/head3" "/api/v1/events?token=$(field token)" \
	    -H 'Origin: https://elsewhere.example.org'
	mv "$T/head3.h" "$T/headers"
	header_is Access-Control-Allow-Origin '*'
	no_header Access-Control-Allow-Credentials
	# With a bearer token only listed origins and the page's own.
	as alice get /api/v1/events -H 'Accept: text/event-stream' \
	    -H 'Origin: https://elsewhere.example.org'
	status_is 403
	no_header Access-Control-Allow-Origin
	_listen alice "$T/head4" /api/v1/events -H "Origin: $url"
}

it_resumes_after_the_last_event() {
	_told
	_listen alice "$T/res"
	for n in 1 2 3; do
		as alice post /chat/resumed/runs '{"prompt":"'$n'"}'
	done
	_hears "$T/res" 4
	last=$(sed -n 's/^id: //p' "$T/res" | sed -n 2p)
	for how in header query; do
		case $how in
		header)	_listen alice "$T/res.$how" /api/v1/events \
			    -H "Last-Event-ID: $last" ;;
		query)	_listen alice "$T/res.$how" \
			    "/api/v1/events?last_event_id=$last" ;;
		esac
		_hears "$T/res.$how" 2
		is "$(_data "$T/res.$how" | jq -r .run.prompt | xargs)" '2 3'
	done
}

order_is_that_of_the_commits() {
	_told
	_listen erin "$T/order"
	n=0
	while [ $n -lt 4 ]; do
		pg_sql demo_agent -c "$(for m in $(seq 25); do
			echo "INSERT INTO users_threads_runs (email, thread_id,
			    run_id, prompt) VALUES ('erin@example.com', 'o-$n',
			    'o-$n-$m', '$m');"
		done)" &
		pids="$pids $!"
		n=$((n + 1))
	done
	wait $pids
	_hears "$T/order" 104
	_data "$T/order" | jq .seq >"$T/seqs"
	sort -n -u "$T/seqs" | cmp -s - "$T/seqs" || flunk 'seq does not grow'
	for n in 0 1 2 3; do
		is "$(_data "$T/order" | jq -r 'select(.type == "run.created" and
		    .thread_id == "o-'$n'") | .run.prompt' | xargs)" \
		    "$(seq 25 | xargs)" "thread $n"
	done
}

# A transaction that began first and commits last is neither skipped nor does
# anybody wait for it.
a_late_commit_is_told_late() {
	as frank post /chat/late/runs '{"prompt":"x"}'
	as frank post /chat/early/runs '{"prompt":"x"}'
	_told
	_listen frank "$T/late"
	mkfifo "$T/sql.in"
	pg_sql demo_agent -f - <"$T/sql.in" &
	late=$!
	exec 7>"$T/sql.in"
	echo "BEGIN; INSERT INTO users_threads_runs (email, thread_id, run_id)
	    VALUES ('frank@example.com', 'late', 'late');" >&7
	_wait_for _is 1 "SELECT count(*) FROM pg_stat_activity
	    WHERE state = 'idle in transaction' AND usename = 'demo_agent'" ||
	    flunk 'it does not begin'
	as frank post /chat/early/runs '{"prompt":"x"}'
	_hears "$T/late" 1
	echo 'COMMIT;' >&7
	exec 7>&-
	wait $late
	_hears "$T/late" 2
	is "$(_data "$T/late" | jq -r .thread_id | xargs)" 'early late'
	_data "$T/late" | jq .seq >"$T/seqs"
	sort -n -u "$T/seqs" | cmp -s - "$T/seqs" || flunk 'seq does not grow'
}

_is() {
	[ "$(sql "$2")" = "$1" ]
}

# An owner's streams, and an address's, which loopback is now.
listeners_have_limits() {
	sed -i 's/127\.0\.0\.1 0;/127.0.0.1 1;/' "$T/nginx/site.conf"
	sed -i 's/bobbin_listen 1000/bobbin_listen 210/' \
	    "$T/nginx/bobbin/bobbin-events"
	nginx_reload || flunk 'nginx does not reload'
	as kim post /chat/kims/runs '{"prompt":"x"}'
	_listeners 150 sse "$T/limit" /api/v1/events \
	    "Authorization: Bearer $(token_of kim)"
	_listeners 50 sse "$T/limit.t" /api/v1/threads/kims/events \
	    "Authorization: Bearer $(token_of kim)"
	kept=$listener
	for p in events threads/kims/events; do
		as kim get /api/v1/$p -H 'Accept: text/event-stream' \
		    -H "Origin: $it_origin"
		_too_many
		header_is Access-Control-Allow-Origin "$it_origin"
	done
	_listeners 10 ws "$T/limit.leo" /api/v1/events \
	    "Authorization: Bearer $(token_of leo)"
	as nia get /api/v1/events -H 'Accept: text/event-stream'
	_too_many
	# Who goes makes room.
	kill "$kept"
	wait "$kept" 2>/dev/null
	_wait_for _subscribes kim || flunk "no room: $(cat "$T/code")"
	_wait_for _subscribes nia || flunk "no room: $(cat "$T/code")"
}

_too_many() {
	status_is 429
	body_is '{"detail":"Too many requests"}'
	header_is Content-Type application/json
	header_is Retry-After 60
	header_is Cache-Control no-store
	header_like X-Request-Id .
	no_header X-Bobbin-Group
}

# For a second, by curl's patience.
_subscribes() {
	curl -sN -m 1 -o /dev/null -w '%{http_code}' \
	    -H 'Accept: text/event-stream' \
	    -H "Authorization: Bearer $(token_of "$1")" \
	    "$url/api/v1/events" >"$T/code"
	[ "$(cat "$T/code")" = 200 ]
}

websockets_get_the_same() {
	_token grace
	_listeners 1 ws "$T/ws" "/api/v1/events?token=$(field token)" \
	    'Origin: https://any.example.org'
	_listeners 1 ws "$T/ws2" /api/v1/events \
	    "Authorization: Bearer $(token_of grace)"
	_listen grace "$T/ws.sse"
	as grace post /chat/sockets/runs '{"prompt":"x"}'
	_hears "$T/ws.sse" 2
	_data "$T/ws.sse" >"$T/ws.want"
	_wait_for cmp -s "$T/ws.want" "$T/ws" || flunk "by token: $(cat "$T/ws")"
	_wait_for cmp -s "$T/ws.want" "$T/ws2" || flunk "by header: $(cat "$T/ws2")"
	# What is not allowed is an answer, no socket.
	get '/api/v1/events?token=x' -H 'Connection: Upgrade' \
	    -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' \
	    -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
	status_is 401
}

# Sent over the socket, nothing is published.
a_websocket_cannot_publish() {
	_token henry
	printf 'GET /api/v1/events?token=%s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n' \
	    "$(field token)" >"$T/ws.req"
	_told
	_listen henry "$T/ws.pub"
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new("127.0.0.1:" . shift) or die;
		local $/; open(my $f, "<", shift); my $all = <$f>;
		print $s $all; $s->flush;
		sysread($s, my $head, 4096);
		exit 1 unless $head =~ /^HTTP.1.1 101/;
		print $s pack("CCa4a*", 0x81, 0x80 | 6, "\0\0\0\0", "forged");
		$s->flush; sysread($s, my $more, 4096);
	' "$port" "$T/ws.req" &
	forger=$!
	listeners="$listeners $forger"
	as henry post /chat/own/runs '{"prompt":"x"}'
	_hears "$T/ws.pub" 2
	! grep -q forged "$T/ws.pub" || flunk 'it was'
}

it_run
