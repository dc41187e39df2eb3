# 840-import.t: bobbin import chatkit: a database of seed 003's tables
# (chatkit.md, 11).
. "${SRCDIR:?}/t/it/lib.sh"

it_conf='CHATKIT_STORE_ACCESS = user'
it_site='s/rate=50r/rate=5000r/'
it_start
"$pgbin/createdb" -h "$T" -U postgres source
_src() { psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$T" -U postgres -d source "$@"; }

_src <<'X'
ALTER DATABASE source SET TimeZone = 'Asia/Tokyo';
CREATE TABLE chat_sessions (session_id uuid PRIMARY KEY,
    user_id varchar(255) NOT NULL, title varchar(255),
    created_at timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp DEFAULT CURRENT_TIMESTAMP, metadata jsonb);
CREATE TABLE chat_messages (message_id uuid PRIMARY KEY,
    session_id uuid REFERENCES chat_sessions ON DELETE CASCADE,
    user_id varchar(255) NOT NULL, content text NOT NULL,
    sender_type varchar(50) NOT NULL,
    timestamp timestamp DEFAULT CURRENT_TIMESTAMP, metadata jsonb);
CREATE FUNCTION u(n int) RETURNS uuid LANGUAGE sql AS
    $$SELECT ('00000000-0840-4000-8000-' || lpad(n::text, 12, '0'))::uuid$$;
INSERT INTO chat_sessions VALUES
    ('597ad0dc-2fc8-526c-9bcc-21d9a18220a6', 'Alice@Example.com', 'Plans "é"',
     '2025-01-01 10:00:00.5', '2025-02-01', '{"chatkit_thread_id":
     "thr_0df84abe", "b": 1.50, "a": null}'),
    (u(1), 'bob-1', NULL, '2025-01-02', '2025-02-02', NULL),
    (u(2), 'bob-1', 'second', '2025-01-03', '2025-02-03', '[1]'),
    (u(3), 'nobody', 'x', '2025-01-03', '2025-02-03', NULL),
    (u(4), 'alice@example.com', 'odd', '2025-01-04', '2025-02-04',
     '{"chatkit_thread_id": "a\nb"}');
INSERT INTO chat_messages SELECT u(1000 + n), u(1), 'bob-1', 'text ' || n,
    CASE n % 3 WHEN 0 THEN 'user' WHEN 1 THEN 'assistant' ELSE 'tool' END,
    '2025-01-02'::timestamp + n / 2 * interval '1 s', NULL
  FROM generate_series(0, 1999) n;
INSERT INTO chat_messages VALUES
    (u(1), '597ad0dc-2fc8-526c-9bcc-21d9a18220a6', 'Alice@Example.com',
     E'hello "you"\n\\', 'user', '2025-01-01 10:00:01',
     '{"chatkit_message_id": "msg_1"}'),
    -- Saved three times; the other item came in between.
    (u(2), '597ad0dc-2fc8-526c-9bcc-21d9a18220a6', 'Alice@Example.com',
     'h', 'assistant', '2025-01-01 10:00:02',
     '{"chatkit_message_id": "msg_2"}'),
    (u(3), '597ad0dc-2fc8-526c-9bcc-21d9a18220a6', 'Alice@Example.com',
     'later', 'user', '2025-01-01 10:00:03',
     '{"chatkit_message_id": "msg_3"}'),
    (u(4), '597ad0dc-2fc8-526c-9bcc-21d9a18220a6', 'Alice@Example.com',
     'hi', 'assistant', '2025-01-01 10:00:04',
     '{"chatkit_message_id": "msg_2"}'),
    -- Another user's, by a collision of ids.
    (u(5), '597ad0dc-2fc8-526c-9bcc-21d9a18220a6', 'bob-1', 'secret of bob',
     'user', '2025-01-01 10:00:05', '{"chatkit_message_id": "msg_1"}');
X
echo 'bob-1 Bob@Example.com' >"$T/map"
dsn="host=$T dbname=source user=postgres"
key=597ad0dc-2fc8-526c-9bcc-21d9a18220a6
s=/chatkit/store/threads

# _import STATUS [ARGUMENTS]: its output in $T/out, progress in $T/err.
_import() {
	want=$1
	shift
	(cd "$T" && env -i PATH="$PATH" "$bobbin" import \
	    -c "$T/bobbin.conf" "$@" chatkit "$dsn") \
	    </dev/null >"$T/out" 2>"$T/err"
	is $? "$want" "status ($(cat "$T/err"))"
}

# _counts NAME ADDED THERE REFUSED LEFT
_counts() {
	is "$(awk -v n="$1" '$1 == n { print $2, $3, $4, $5 }' "$T/out")" \
	    "$2 $3 $4 $5" "counts of $1"
}

_id() { printf '00000000-0840-4000-8000-%012d' "$1"; }

_blocked() {
	[ "$(sql "SELECT count(*) FROM pg_stat_activity
	    WHERE wait_event_type = 'Lock'
	      AND query LIKE '%import_chatkit_items%'")" = 1 ]
}

# Killed while a batch waits for a lock: the batches before it stay.
a_killed_run_leaves_whole_batches() {
	pg_sql postgres <<-X >"$T/lock.out" &
	BEGIN;
	LOCK TABLE messages IN ACCESS EXCLUSIVE MODE;
	\\! touch $T/locked
	SELECT pg_sleep(60) \\g /dev/null
	X
	locker=$!
	_wait_for test -e "$T/locked"
	(cd "$T" && exec env -i PATH="$PATH" "$bobbin" import \
	    -c "$T/bobbin.conf" --map "$T/map" chatkit "$dsn") \
	    </dev/null >"$T/out" 2>"$T/err" &
	import_pid=$!
	_wait_for _blocked || flunk "it did not come to the lock: $(cat "$T/err")"
	kill -KILL $import_pid
	wait $import_pid 2>/dev/null
	sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
	    WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()" \
	    >/dev/null
	wait $locker 2>/dev/null
	is "$(sql "SELECT count(*) FROM threads")" 1
	# As if it had been killed earlier still.
	sql 'SET session_replication_role = replica; DELETE FROM messages'
}

the_next_run_goes_on() {
	_import 1 --map "$T/map"
	grep -qx 'no email for user nobody' "$T/err" || flunk "$(cat "$T/err")"
	is "$(grep -c 'no email for user' "$T/err")" 1
	grep -qx 'users 4, without an email 1' "$T/out" ||
	    flunk "$(cat "$T/out")"
	_counts threads 2 1 1 0
	_counts items 2003 0 0 1
}

documents_are_made() {
	as alice get "$s/thr_0df84abe"
	header_is X-Bobbin-Thread-Key $key
	body_is '{"title":"Plans \"é\"","id":"thr_0df84abe","created_at":"2025-01-01T10:00:00.500000Z","status":{"type":"active"},"allowed_image_domains":null,"metadata":{"a": null, "b": 1.50}}'
	as alice get "$s/thr_0df84abe/items?order=asc"
	json_is '[.data[].id]' '["msg_1","msg_2","msg_3"]'
	json_is '.data[0] | keys_unsorted' '["id","thread_id","created_at","type","content","attachments","quoted_text","inference_options"]'
	json_is '.data[0] | [.thread_id, .created_at, .type, .content]' \
	    '["thr_0df84abe","2025-01-01T10:00:01.000000Z","user_message",[{"type":"input_text","text":"hello \"you\"\n\\"}]]'
	json_is '.data[1]' '{"id":"msg_2","thread_id":"thr_0df84abe","created_at":"2025-01-01T10:00:02.000000Z","type":"assistant_message","content":[{"annotations":[],"text":"hi","type":"output_text"}]}'
	! grep -q secret "$T/body" || flunk "another user's message"
	as bob get "$s/$(_id 1)"
	json_is '[.title, .metadata]' '[null,{}]'
	header_is X-Bobbin-Thread-Key "$(_id 1)"
	as bob get "$s/$(_id 1)/items?order=asc&limit=4"
	json_is '[.data[] | [.id, .type]]' "[[\"$(_id 1000)\",\"user_message\"],[\"$(_id 1001)\",\"assistant_message\"],[\"$(_id 1002)\",\"assistant_message\"],[\"$(_id 1003)\",\"user_message\"]]"
	is "$(sql "SELECT t.email, t.updated_at, t.created_at, c.email
	    FROM threads t JOIN thread_claims c ON c.thread_id = t.id::text
	    WHERE t.id = '$key'")" 'alice@example.com|2025-02-01 00:00:00+00|2025-01-01 10:00:00.5+00|alice@example.com'
	is "$(sql "SELECT id, role, plain FROM messages
	    WHERE item_id = 'msg_2'")" "$(_id 4)|assistant|hi"
	# The protocol shows them, and a title can be edited in place.
	as alice post /chatkit '{"type":"threads.get_by_id","params":{"thread_id":"thr_0df84abe"}}'
	json_is '.items.data | length' 3
	as alice post /chatkit '{"type":"threads.update","params":{"thread_id":"thr_0df84abe","title":"new"}}'
	as alice get "$s/thr_0df84abe"
	body_is '{"title":"new","id":"thr_0df84abe","created_at":"2025-01-01T10:00:00.500000Z","status":{"type":"active"},"allowed_image_domains":null,"metadata":{"a": null, "b": 1.50}}'
	as bob post /chatkit '{"type":"threads.update","params":{"thread_id":"'$(_id 1)'","title":"é"}}'
	as bob get "$s/$(_id 1)"
	json_is '[.title, .status.type]' '["é","active"]'
}

again_is_nothing_twice() {
	remember_rows
	_import 1 --map "$T/map"
	_counts threads 0 3 1 0
	_counts items 0 2003 0 1
	nothing_changed
}

a_uuid_of_another_owner_is_left_to_them() {
	as alice delete "$s/thr_0df84abe"
	sql "DELETE FROM thread_claims" >/dev/null
	sql "INSERT INTO threads (id, email, title)
	    VALUES ('$key', 'eve@example.com', 'x')" >/dev/null
	_import 1 --map "$T/map"
	_counts threads 1 2 1 0
	_counts items 3 2000 0 1
	is "$(sql "SELECT email, id FROM threads
	    WHERE thread_id = 'thr_0df84abe'")" \
	    'alice@example.com|eeaf291a-38fc-5d92-ac13-4bb6722e2148'
	# The same where only its text is somebody's.
	sql "DELETE FROM threads WHERE thread_id = 'thr_0df84abe'" >/dev/null
	sql "DELETE FROM threads WHERE id = '$key'" >/dev/null
	sql "DELETE FROM thread_claims; INSERT INTO thread_claims
	    VALUES ('$key', 'eve@example.com')" >/dev/null
	_import 1 --map "$T/map"
	_counts threads 1 2 1 0
	is "$(sql "SELECT id FROM threads WHERE thread_id = 'thr_0df84abe'")" \
	    eeaf291a-38fc-5d92-ac13-4bb6722e2148
}

emails_need_no_map() {
	sql 'DELETE FROM threads; DELETE FROM thread_claims' >/dev/null
	_import 1
	grep -qx 'users 4, without an email 2' "$T/out" ||
	    flunk "$(cat "$T/out")"
	is "$(sql 'SELECT DISTINCT email FROM threads')" alice@example.com
	# The map comes first, all the same.
	echo 'Alice@Example.com al@example.com' >>"$T/map"
	_import 1 --map "$T/map"
	is "$(sql "SELECT count(*) FROM threads
	    WHERE email = 'al@example.com'")" 1
}

a_thread_of_another_face_gets_the_document() {
	sql 'DELETE FROM threads; DELETE FROM thread_claims' >/dev/null
	sql "INSERT INTO threads (email, thread_id, title)
	    VALUES ('alice@example.com', 'thr_0df84abe', 'x')" >/dev/null
	_import 1
	_counts threads 1 0 1 0
	_counts items 3 0 0 1
	as alice get "$s/thr_0df84abe/items"
	json_is '.data | length' 3
}

it_run
