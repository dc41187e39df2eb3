# 670-import.t: bobbin import studio: a database of seed 002's original schema.
. "${SRCDIR:?}/t/it/lib.sh"

it_site='s/rate=50r/rate=5000r/'
it_start
"$pgbin/createdb" -h "$T" -U postgres source
src() { psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$T" -U postgres -d source "$@"; }

src <<'X'
CREATE TABLE threads (id uuid PRIMARY KEY, user_id varchar NOT NULL,
    title varchar, meta jsonb, created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(), archived_at timestamptz);
CREATE TABLE messages (id uuid PRIMARY KEY, thread_id uuid NOT NULL
    REFERENCES threads ON DELETE CASCADE, message_id varchar UNIQUE,
    role varchar NOT NULL, content jsonb, tool_name varchar,
    tool_input jsonb, tool_output jsonb, meta jsonb,
    created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE configs (thread_id uuid PRIMARY KEY REFERENCES threads
    ON DELETE CASCADE, model varchar, temperature double precision,
    system_prompt text, context_window integer, settings jsonb);
CREATE TABLE artifacts (id uuid PRIMARY KEY, thread_id uuid NOT NULL
    REFERENCES threads ON DELETE CASCADE, sha256 varchar(64) NOT NULL,
    filename varchar NOT NULL, mime varchar, size integer, session_id varchar,
    run_id varchar, tool_call_id varchar, meta jsonb,
    created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE user_api_keys (user_id varchar(255) PRIMARY KEY,
    openai_key text, anthropic_key text, created_at timestamp DEFAULT now(),
    updated_at timestamp DEFAULT now());
CREATE FUNCTION u(n int) RETURNS uuid LANGUAGE sql AS
    $$SELECT ('00000000-0670-4000-8000-' || lpad(n::text, 12, '0'))::uuid$$;
INSERT INTO threads SELECT u(n), CASE WHEN n <= 3 THEN 'ann-1'
    WHEN n <= 5 THEN 'user bob' ELSE 'user_nobody' END, 'thread ' || n,
    CASE n WHEN 1 THEN '{"b": 1.50, "a": "ü"}' WHEN 2 THEN 'null' END::jsonb,
    '2025-01-01 00:00:00+00'::timestamptz + n * interval '1 day',
    '2025-02-01 00:00:00.25+00'::timestamptz + n * interval '1 day',
    CASE n WHEN 3 THEN '2025-03-01 00:00:00+00'::timestamptz END
  FROM generate_series(1, 6) n;
-- A tool's row and its answer have one time; the answer was stored first.
INSERT INTO messages SELECT u(1000 + n), u(1), CASE n % 3 WHEN 0 THEN 'q'
    WHEN 1 THEN 'assistant:q' ELSE 'tool:q' END || n / 3,
    CASE n % 3 WHEN 0 THEN 'user' WHEN 1 THEN 'assistant' ELSE 'tool' END,
    jsonb_build_object('text', n), CASE n % 3 WHEN 2 THEN 'plot' END,
    CASE n % 3 WHEN 2 THEN jsonb_build_object('tool_call_id', 'c' || n / 3)
    WHEN 1 THEN 'null' END, NULL, CASE n % 3 WHEN 2 THEN '["x", 1e2]'::jsonb
    END, '2025-01-02 00:00:00+00'::timestamptz
    + (n / 3 * 2 + (n % 3 > 0)::int) * interval '1 s'
  FROM generate_series(0, 2999) n;
INSERT INTO messages VALUES (u(9001), u(4), NULL, 'user', '"hi"'),
    (u(9002), u(6), 'lost', 'user', '"hi"');
INSERT INTO configs VALUES (u(1), 'gpt-4o', 0.7, 'be good', 0,
    '{"k": [1]}'), (u(4), NULL, 3, NULL, 9, 'null');
INSERT INTO user_api_keys VALUES ('ann-1', 'Z0FBQUFBsealed', NULL),
    ('user_keys_only', '', 'Z0FBQUFBother');
X
cat >"$T/map" <<'X'
# whose is whose
ann-1	Ann@Example.com

  user bob   bob@example.com
user_keys_only keys@example.com
X
dsn="host=$T dbname=source user=postgres"

# _import STATUS [DSN]: as the workers' user; its output in $T/out, progress in
# $T/err.
_import() {
	want=$1
	shift
	bobbin_run import --map "$T/map" ${files:+--files "$files"} studio \
	    "${@-$dsn}" </dev/null >"$T/out" 2>"$T/err"
	is $? "$want" "status ($(cat "$T/err"))"
}

# _counts NAME ADDED THERE REFUSED LEFT
_counts() {
	is "$(awk -v n="$1" '$1 == n { print $2, $3, $4, $5 }' "$T/out")" \
	    "$2 $3 $4 $5" "counts of $1"
}

_id() { printf '00000000-0670-4000-8000-%012d' "$1"; }

a_password_in_the_arguments_is_refused() {
	for d in "$dsn password=hidden-word" \
	    "postgresql://postgres:hidden-word@/source?host=$T" \
	    'postgresql+asyncpg://u:hidden-word@h/d' 'x=hidden-word'; do
		_import 64 "$d"
		! grep -q hidden-word "$T/err" || flunk "$(cat "$T/err")"
		grep -q PGPASSWORD "$T/err" || flunk "$(cat "$T/err")"
	done
	is "$(sql 'SELECT count(*) FROM threads')" 0
}

bad_maps_are_refused() {
	cp "$T/map" "$T/map.good"
	for line in 'alone' 'ann-1 other@example.com' 'user no-email' \
	    "u $(printf %0250d 0)@example.com"; do
		{ cat "$T/map.good"; echo "$line"; } >"$T/map"
		_import 1
		grep -qE "$T/map:[0-9]+: " "$T/err" || flunk "$(cat "$T/err")"
	done
	rm "$T/map"
	_import 1
	grep -q 'No such file' "$T/err" || flunk "$(cat "$T/err")"
	mv "$T/map.good" "$T/map"
	is "$(sql 'SELECT count(*) FROM threads')" 0
}

a_source_that_fails_is_no_empty_success() {
	_import 1 "host=$T/nowhere dbname=source"
	_import 1 "host=$T dbname=none user=postgres"
	env -i "$bobbin" import -c "$T/bobbin.conf" --map "$T/map" studio \
	    2>"$T/err"
	is $? 78 'status without a source'
	grep -q IMPORT_DATABASE_URL "$T/err" || flunk "$(cat "$T/err")"
	src -c 'ALTER TABLE messages RENAME COLUMN content TO contents'
	_import 1
	grep -q 'run it again' "$T/err" || flunk "$(cat "$T/err")"
	src -c 'ALTER TABLE messages RENAME COLUMN contents TO content'
	sql 'DELETE FROM threads'
}

# Killed while a batch waits for a lock: the batches before it stay.
a_killed_run_leaves_whole_batches() {
	sql "DELETE FROM thread_claims"
	pg_sql postgres <<-X >"$T/lock.out" &
	BEGIN;
	LOCK TABLE configs IN ACCESS EXCLUSIVE MODE;
	\\! touch $T/locked
	SELECT pg_sleep(60) \\g /dev/null
	X
	locker=$!
	_wait_for test -e "$T/locked"
	(cd "$T" && exec env -i PATH="$PATH" "$bobbin" import \
	    -c "$T/bobbin.conf" --map "$T/map" studio "$dsn") \
	    </dev/null >"$T/out" 2>"$T/err" &
	import_pid=$!
	_wait_for _blocked || flunk 'it did not come to the lock'
	kill -KILL $import_pid
	wait $import_pid 2>/dev/null
	sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
	    WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()" \
	    >/dev/null
	wait $locker 2>/dev/null
	is "$(sql 'SELECT (SELECT count(*) FROM threads),
	    (SELECT count(*) FROM messages)')" '3|3000'
	# As if it had been killed earlier still.
	sql "SET session_replication_role = replica;
	    DELETE FROM messages WHERE id >= '$(_id 2500)'"
}
_blocked() {
	[ "$(sql "SELECT count(*) FROM pg_stat_activity
	    WHERE wait_event_type = 'Lock' AND query LIKE '%import_configs%'"
	)" = 1 ]
}

the_next_run_goes_on() {
	_import 1	# one user has no email
	is "$(grep -c 'no email for user' "$T/err")" 1
	grep -qx 'no email for user user_nobody' "$T/err" ||
	    flunk "$(cat "$T/err")"
	_counts threads 2 3 0 0
	_counts messages 1501 1500 0 0
	# The batch that waited was the server's already.
	is "$(awk '$1 == "configs" { print $2 + $3, $4 }' "$T/out")" '2 0'
	_counts keys 2 0 0 0
	grep -qx 'users 4, without an email 1' "$T/out" ||
	    flunk "$(cat "$T/out")"
	is "$(sql "SELECT count(*) FROM threads WHERE email = 'ann@example.com'
	    AND id BETWEEN '$(_id 1)' AND '$(_id 3)'")" 3
}

rows_are_what_they_were() {
	as ann get "/api/threads/$(_id 1)"
	body_is '{"id":"'$(_id 1)'","user_id":"ann@example.com","title":"thread 1","archived_at":null,"meta":{"a": "ü", "b": 1.50},"created_at":"2025-01-02T00:00:00Z","updated_at":"2025-02-02T00:00:00.250000Z"}'
	as ann get "/api/threads/$(_id 2)"
	json_is '[.meta, .updated_at]' '[null,"2025-02-03T00:00:00.250000Z"]'
	as ann get "/api/threads/$(_id 3)"
	json_is .archived_at '"2025-03-01T00:00:00Z"'
	as ann get "/api/threads/$(_id 1)/messages?limit=6"
	json_is '[.[] | .message_id]' '["assistant:q999","tool:q999","q999","assistant:q998","tool:q998","q998"]'
	json_is '.[1] | [.tool_name, .tool_input, .tool_output, .meta, .created_at]' \
	    '["plot",{"tool_call_id":"c999"},null,["x",100],"2025-01-02T00:33:19Z"]'
	json_is '.[0].tool_input' null
	as ann get "/api/threads/$(_id 1)/config"
	body_is '{"model":"gpt-4o","temperature":0.7,"system_prompt":"be good","context_window":null,"settings":{"k": [1]}}'
	as bob get "/api/threads/$(_id 4)/messages"
	json_is '[.[] | [.message_id, .content.text]]' \
	    "[[\"$(_id 9001)\",\"hi\"]]"
	as bob get "/api/threads/$(_id 4)/config"
	json_is '[.temperature, .context_window, .settings]' '[null,9,null]'
	is "$(sql 'SELECT email, openai_key, anthropic_key FROM user_api_keys
	    ORDER BY 1')" 'ann@example.com|Z0FBQUFBsealed|
keys@example.com||Z0FBQUFBother'
	is "$(sql "SELECT count(DISTINCT tool_call_id) FROM messages
	    WHERE role = 'tool'")" 1000
	# Asked again, a message is known; the agent may be handed the thread.
	as ann post "/api/threads/$(_id 1)/messages" \
	    '{"message_id":"q1","content":{"text":3}}'
	status_is 202
	is "$(sql "SELECT count(*) FROM thread_claims c JOIN threads t
	    ON c.thread_id = t.id::text AND c.email = t.email")" 5
}

again_is_nothing_twice() {
	as ann patch "/api/threads/$(_id 2)" '{"title":"mine now"}'
	remember_rows
	_import 1
	_counts threads 0 5 0 0
	_counts messages 0 3001 0 0
	_counts configs 0 2 0 0
	_counts keys 0 2 0 0
	nothing_changed
}

what_is_somebodys_is_refused() {
	echo 'user_nobody eve@example.com' >>"$T/map"
	as ann post /api/threads '{"id":"'$(_id 6)'"}'
	status_is 200
	remember_rows
	_import 1
	_counts threads 0 5 1 0
	_counts messages 0 3001 1 0
	nothing_changed
	as ann delete "/api/threads/$(_id 6)"	# the claim stays hers
	remember_rows
	_import 1
	_counts threads 0 5 1 0
	nothing_changed
	sql "DELETE FROM thread_claims WHERE deleted_at IS NOT NULL"
	_import 0
	_counts threads 1 5 0 0
	_counts messages 1 3001 0 0
	_import 0
	_counts threads 0 6 0 0
}

what_does_not_fit_is_refused() {
	src -c "INSERT INTO messages VALUES (u(9100), u(4), 'odd', 'robot'),
	    (u(9101), u(4), repeat('x', 256), 'user'),
	    (u(9102), u(4), '$(_id 9001)', 'user')"	# an id given above
	remember_rows
	_import 1
	_counts messages 0 3002 3 0
	nothing_changed
	src -c "DELETE FROM messages WHERE id IN (u(9100), u(9101), u(9102))"
}

files_come_along_with_their_bytes() {
	files=$T/source.files
	sha=$(printf 'the bytes' | sha256sum | cut -d ' ' -f 1)
	bad=$(printf other | sha256sum | cut -d ' ' -f 1)
	for f in $sha $bad; do
		d=$files/$(echo $f | cut -c 1-2)/$(echo $f | cut -c 3-4)
		mkdir -p "$d"
		printf 'the bytes' >"$d/$f"
	done
	src -c "INSERT INTO artifacts VALUES
	    (u(1), u(1), '$sha', E'../a\n\u202e\"b\".txt', 'text/plain',
	    9, 's', 'r', 'c999', '{\"k\": 1}', '2025-01-03 00:00:00+00'),
	    (u(2), u(4), '$sha', '...', E'x\r\ny', 9, NULL, NULL, NULL, NULL,
	    now()), (u(3), u(1), '$bad', 'bad', 'text/plain', 9,
	    NULL, NULL, NULL, NULL, now()),
	    (u(4), u(1), '$sha', 'size', 'text/plain', 8,
	    NULL, NULL, NULL, NULL, now()),
	    (u(5), u(1), repeat('0', 64), 'none', 'text/plain', 9,
	    NULL, NULL, NULL, NULL, now()),
	    (u(6), u(1), '../../../etc/passwd', 'odd', 'text/plain', 9,
	    NULL, NULL, NULL, NULL, now())"
	_import 1
	_counts artifacts 2 0 0 4
	grep -rq 'the bytes' "$T/blobs/$(echo $sha | cut -c 1-2)" ||
	    flunk 'no bytes in the store'
	as ann get "/api/threads/$(_id 1)/artifacts"
	json_is '[.[] | [.id, .name, .mime, .size, .run_id, .tool_call_id, .created_at]]' \
	    '[["'$(_id 1)'","a\"b\".txt","text/plain",9,"r","c999","2025-01-03T00:00:00Z"]]'
	as ann get "/api/artifacts/$(_id 1)"
	status_is 200
	body_is 'the bytes'
	as bob get "/api/threads/$(_id 4)/artifacts"
	json_is '[.[] | [.name, .mime]]' \
	    '[["artifact","application/octet-stream"]]'
	as bob get "/api/artifacts/$(_id 1)"
	status_is 404
	as ann get "/api/threads/$(_id 1)/messages?limit=1"
	json_is '.[0].artifacts[0].id' "\"$(_id 1)\""
	as ann get "/api/threads/$(_id 1)"
	json_is .updated_at '"2025-02-02T00:00:00.250000Z"'
	remember_rows
	_import 1
	_counts artifacts 0 2 0 4
	nothing_changed
	files=
	_import 1	# neither a directory nor a bucket
	_counts artifacts 0 0 0 6
	nothing_changed
	echo 'S3_BUCKET = somewhere
AWS_ACCESS_KEY_ID = x
AWS_SECRET_ACCESS_KEY = x' >>"$T/bobbin.conf"
	_import 1
	_counts artifacts 3 2 1 0
	is "$(sql "SELECT on_disk, in_s3, state FROM blobs
	    WHERE sha256 = repeat('0', 64)")" 'f|t|unverified'
	src -c 'DELETE FROM artifacts'
}

the_configuration_may_hold_the_password() {
	from=$(pg_url postgres | sed 's|/bobbin?|/source?|; s|postgres@|postgres:hidden-word@|')
	with="IMPORT_DATABASE_URL=$from"
	(cd "$T" && env -i PATH="$PATH" "$with" "$bobbin" import \
	    -c "$T/bobbin.conf" --map "$T/map" studio) >"$T/out" 2>"$T/err"
	is $? 0 "status ($(cat "$T/err"))"
	unset with
	_counts threads 0 6 0 0
}

it_run
