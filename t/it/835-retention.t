# 835-retention.t: ChatKit's threads at rest and uploads that never came
# (chatkit.md, 10 and 11).
. "${SRCDIR:?}/t/it/lib.sh"

it_conf='CHATKIT_STORE_ACCESS = user
CHATKIT_RETENTION_DAYS = 30'
it_site='s/rate=50r/rate=5000r/'
holder=
_end() {
	status=$?
	[ -z "$holder" ] || kill "$holder" 2>/dev/null
	(exit $status)
	it_stop
}
it_start
trap _end EXIT
langgraph_tables
sql 'GRANT SELECT, DELETE ON checkpoints, checkpoint_blobs, checkpoint_writes
    TO bobbin_jobs' >/dev/null
s=/chatkit/store/threads

# _thread WHO ID [METADATA]: with an item.
_thread() {
	as "$1" put "$s/$2" '{"id":"'$2'","created_at":"2020-01-01T00:00:00","metadata":'"${3-null}"'}'
	status_is 204
	as "$1" post "$s/$2/items" '{"id":"i","created_at":"2020-01-01T00:00:00","type":"x"}'
	status_is 201
}

# _file WHO ID THREAD TEXT
_file() {
	printf "$4" >"$T/file"
	as "$1" request POST "/chatkit/attachments?id=$2" -F "file=@$T/file"
	status_is 200
	[ -z "$3" ] || sql "UPDATE attachments SET thread_id = '$3'
	    WHERE attachment_id = '$2'" >/dev/null
}

# _rest DAYS IDS...: as if nothing had been written to them since.
_rest() {
	days=$1
	shift
	for i; do
		sql "UPDATE threads SET updated_at = now() - interval '$days days'
		    WHERE thread_id = '$i'" >/dev/null
	done
}

_jobs() {
	bobbin_run jobs --once "$@" >"$T/out" 2>>"$T/log/jobs.log" ||
	    flunk "jobs: $(tail -n 3 "$T/log/jobs.log")"
}

# _says THREADS ITEMS FILES BYTES [SKIPPED]
_says() {
	is "$(xargs <"$T/out")" \
	    "threads $1 items $2 files $3 bytes $4 skipped ${5:-0}"
}

_threads() {
	sql "SELECT string_agg(thread_id, ' ' ORDER BY thread_id) FROM threads"
}

_forget() {
	sql 'DELETE FROM threads; DELETE FROM attachments' >/dev/null
}

the_activity_counts_and_not_the_age() {
	_thread ann old
	_thread ann new
	_thread bob old
	_rest 31 old
	_rest 29 new
	remember_rows
	_jobs retention --dry-run
	_says 2 2 0 0
	nothing_changed
	# A write is what the thread rests from.
	as bob post "$s/old/items" '{"id":"i2","created_at":"2020-01-01T00:00:00","type":"x"}'
	_jobs retention
	_says 1 1 0 0
	is "$(sql "SELECT string_agg(email || ' ' || thread_id, ','
	    ORDER BY email) FROM threads")" \
	    'ann@example.com new,bob@example.com old'
	_rest 31 old
	as bob post /chatkit '{"type":"items.feedback","params":{"thread_id":"old","item_ids":["i"],"kind":"positive"}}'
	status_is 200
	_jobs retention
	_says 0 0 0 0
	_rest 31 old
	_jobs retention --json
	is "$(cat "$T/out")" '{"threads":1,"items":2,"files":0,"bytes":0,"skipped":0}'
	is "$(_threads)" new
	is "$(sql 'SELECT count(*) FROM feedback')" 0
	_forget
}

what_is_pinned_stays() {
	_thread ann a '{"pinned":true}'
	_thread ann b '{"x":1, "exempt" : true}'
	_thread ann c
	_thread ann d
	sql "UPDATE threads SET meta = '{\"exempt\":true}'
	    WHERE thread_id = 'c'" >/dev/null
	sql "UPDATE threads SET meta = '{\"pinned\":true}'
	    WHERE thread_id = 'd'" >/dev/null
	_thread ann e '{"pinned":"true"}'
	_thread ann f '{"in":{"pinned":true}}'
	_thread ann g '{"pinned":false,"exempt":1}'
	_rest 31 a b c d e f g
	_jobs retention
	_says 3 3 0 0
	is "$(_threads)" 'a b c d'
	_forget
}

files_go_along_and_bytes_after_them() {
	_thread ann files
	_file ann f1 files 12345
	_file ann f2 files 67
	_file ann f3 '' 'another one'
	_file bob f1 files 12345
	# Artifacts of the thread count, too.
	sql "INSERT INTO artifacts (email, thread_id, sha256, filename, mime,
	    size) SELECT a.email, t.id, a.sha256, 'x', 'x/y', a.size
	    FROM attachments a JOIN threads t USING (email)
	    WHERE a.attachment_id = 'f2'" >/dev/null
	_rest 31 files
	_jobs retention --dry-run
	_says 1 1 3 9
	_jobs retention
	_says 1 1 3 9
	is "$(sql "SELECT string_agg(email || ' ' || attachment_id, ','
	    ORDER BY email) FROM attachments")" \
	    'ann@example.com f3,bob@example.com f1'
	is "$(sql "SELECT string_agg(size::text, ' ') FROM blobs
	    WHERE unreferenced_at IS NOT NULL")" 2
	_forget
}

loose_files_go_by_their_own_age() {
	_thread ann here
	_file ann young '' a
	_file ann loose '' bb
	_file ann lost none ccc
	_file ann held here dddd
	_file bob held here dddd
	sql "UPDATE attachments SET uploaded_at = now() - interval '31 days'
	    WHERE attachment_id <> 'young'" >/dev/null
	remember_rows
	_jobs retention --dry-run
	_says 0 0 3 9
	nothing_changed
	_jobs retention
	_says 0 0 3 9
	is "$(sql "SELECT string_agg(email || ' ' || attachment_id, ','
	    ORDER BY attachment_id) FROM attachments")" \
	    'ann@example.com held,ann@example.com young'
	_forget
}

other_faces_threads_stay() {
	as ann post /chat/runs1/runs '{"prompt":"x"}'
	sql "INSERT INTO threads (email, title) VALUES ('ann@example.com', 'x')" \
	    >/dev/null
	sql "UPDATE threads SET updated_at = now() - interval '400 days'" \
	    >/dev/null
	_jobs retention
	_says 0 0 0 0
	is "$(sql 'SELECT count(*) FROM threads')" 2
	as ann delete /chat/runs1
	_forget
}

claims_take_langgraphs_rows_along() {
	_thread ann lg
	key=$(sql "SELECT id FROM threads WHERE thread_id = 'lg'")
	langgraph_rows "$key"
	langgraph_rows somebody-elses
	_rest 31 lg
	_jobs retention
	_says 1 1 0 0
	for t in checkpoints checkpoint_blobs checkpoint_writes; do
		is "$(sql "SELECT string_agg(DISTINCT thread_id, ' ') FROM $t")" \
		    somebody-elses $t
	done
	is "$(sql "SELECT deleted_at IS NOT NULL FROM thread_claims
	    WHERE thread_id = '$key'")" t
	# A table that jobs may not delete from stops it, whole.
	_thread ann lg
	langgraph_rows "$key"
	_rest 31 lg
	sql 'REVOKE DELETE ON checkpoint_writes FROM bobbin_jobs' >/dev/null
	remember_rows
	! bobbin_run jobs --once retention >"$T/out" 2>>"$T/log/jobs.log" ||
	    flunk 'it did not fail'
	_says 0 0 0 0
	nothing_changed
	sql 'GRANT DELETE ON checkpoint_writes TO bobbin_jobs' >/dev/null
	_jobs retention
	_says 1 1 0 0
	_forget
}

thousands_go_in_batches() {
	sql "INSERT INTO threads (email, thread_id, title, document, title_at,
	    title_length, sorted_at, updated_at)
	    SELECT 'o' || n % 7 || '@example.com', 't' || n, 'x', '{}', 1, 0,
	    now(), now() - interval '1 hour' * (10000 - n)
	    FROM generate_series(1, 1300) n" >/dev/null
	# Of two, the oldest goes first: a batch that is stopped has done that.
	is "$(sql_as bobbin_jobs "BEGIN; SELECT threads,
	    at < now() - interval '9490 hours' FROM retention_batch(30, false,
	    '', 500, '-infinity', '00000000-0000-0000-0000-000000000000');
	    ROLLBACK" | grep '|')" '500|t'
	_jobs retention
	_says 1300 0 0 0
	is "$(sql 'SELECT count(*) FROM threads')" 0
}

what_is_in_use_waits() {
	_thread ann busy
	_thread ann idle
	_rest 31 busy idle
	mkfifo "$T/release"
	{
		echo "BEGIN; SELECT 1 FROM threads WHERE thread_id = 'busy' FOR UPDATE;"
		echo "\\! touch $T/held"
		cat "$T/release"
		echo 'ROLLBACK;'
	} | pg_sql postgres >/dev/null 2>&1 &
	holder=$!
	_wait_for test -e "$T/held"
	_jobs retention
	_says 1 1 0 0
	is "$(_threads)" busy
	: >"$T/release"
	wait $holder
	holder=
	_jobs retention
	_says 1 1 0 0
	_forget
}

# How long the deletion of an item in these takes: large is too much for one
# statement, huge for any.
_slow() {
	sql "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \$\$
	    BEGIN
		PERFORM pg_sleep(CASE t.thread_id WHEN 'large' THEN 1
		    WHEN 'huge' THEN 100 ELSE 0 END) FROM public.threads t
		 WHERE t.email = OLD.email AND t.id = OLD.thread_id;
		RETURN OLD;
	    END \$\$;
	    CREATE TRIGGER slow BEFORE DELETE ON messages FOR EACH ROW
	    EXECUTE FUNCTION slow();
	    ALTER ROLE bobbin_jobs IN DATABASE bobbin
	    SET statement_timeout = '500ms'" >/dev/null
}

_fast() {
	sql "DROP FUNCTION slow() CASCADE; ALTER ROLE bobbin_jobs
	    IN DATABASE bobbin SET statement_timeout = '6s'" >/dev/null 2>&1
}

what_is_too_large_holds_up_nothing() {
	for i in a1 large a2 huge a3; do
		_thread ann $i
		_file ann "f-$i" $i "of $i"
	done
	_rest 35 a1
	_rest 34 large
	_rest 33 a2
	_rest 32 huge
	_rest 31 a3
	_slow
	as ann get "$s/huge/items?limit=10"
	cp "$T/body" "$T/huge"
	_jobs retention
	_says 4 4 4 23 1
	is "$(_threads)" huge
	id=$(sql "SELECT id FROM threads")
	grep -rq "retention: thread $id is too large" "$T/log" ||
	    flunk 'it does not say so'
	# It is whole, with its claim, and the others' bytes are free.
	as ann get "$s/huge/items?limit=10"
	status_is 200
	cmp -s "$T/body" "$T/huge" || flunk "$(cat "$T/body")"
	is "$(sql "SELECT deleted_at IS NULL FROM thread_claims
	    WHERE thread_id = '$id'")" t claim
	is "$(sql "SELECT string_agg(attachment_id, ' ') FROM attachments")" \
	    f-huge
	is "$(sql "SELECT string_agg(size::text, ' ') FROM blobs
	    WHERE unreferenced_at IS NULL")" 7 kept
	_fast
	_jobs retention
	_says 1 1 1 7
	_forget
}

the_timer_gets_past_it() {
	_thread ann huge
	_thread ann behind
	_rest 32 huge
	_rest 31 behind
	_slow
	stop_bobbin
	start_bobbin
	bobbin_exec jobs >"$T/log/timer.log" 2>&1 &
	holder=$!
	_past() { [ "$(_threads)" = huge ]; }
	_wait_for _past || flunk "$(_threads)"
	kill $holder
	wait $holder 2>/dev/null
	holder=
	_fast
	_forget
}

the_role_of_jobs_can_do_no_more() {
	_thread ann fresh
	_file ann fresh fresh x
	remember_rows
	for q in 'SELECT count(*) FROM threads' \
	    'SELECT count(*) FROM attachments' \
	    'SELECT count(*) FROM messages' 'DELETE FROM threads' \
	    'DELETE FROM attachments' \
	    "SELECT thread_drop('ann@example.com', id, '') FROM threads"; do
		! sql_as bobbin_jobs "$q" >"$T/out" 2>&1 ||
		    flunk "$q: $(cat "$T/out")"
	done
	id=$(sql "SELECT id FROM threads WHERE thread_id = 'fresh'")
	for days in 0 -1 1; do
		is "$(sql_as bobbin_jobs "SELECT taken FROM
		    retention_take('ann@example.com', '$id', $days, false)")" f
		is "$(sql_as bobbin_jobs "SELECT files FROM
		    retention_loose($days, false, 10, '-infinity', '$id')")" 0
		is "$(sql_as bobbin_jobs "SELECT count(*) FROM
		    retention_list($days, 10, '-infinity', '$id')")" 0
		is "$(sql_as bobbin_jobs "SELECT attachments_expire($days, 9)")" \
		    0
	done
	! sql_as bobbin_app "SELECT * FROM retention_take('ann@example.com',
	    '$id', 1, false)" >"$T/out" 2>&1 || flunk 'workers may'
	nothing_changed
	_forget
}

uploads_that_never_came_expire() {
	_file ann here '' x
	for n in waiting late; do
		as ann post /chatkit '{"type":"attachments.create","params":{"name":"'$n'","size":1,"mime_type":"a/b"}}'
		status_is 200
	done
	sql "INSERT INTO attachments (email, attachment_id, document)
	    VALUES ('ann@example.com', 'elsewhere', '{}')" >/dev/null
	sql "UPDATE attachments SET created_at = now() - interval '25 hours'
	    WHERE name IS DISTINCT FROM 'waiting'" >/dev/null
	_jobs expiry
	is "$(cat "$T/out")" ''
	is "$(sql "SELECT string_agg(coalesce(name, '-'), ' ' ORDER BY name)
	    FROM attachments")" 'file waiting -'
	_forget
}

it_runs_on_a_timer() {
	_thread ann timed
	_rest 31 timed
	stop_bobbin
	start_bobbin
	bobbin_exec jobs >"$T/log/timer.log" 2>&1 &
	holder=$!
	_gone() { [ -z "$(_threads)" ]; }
	_wait_for _gone || flunk "$(_threads)"
	kill $holder
	wait $holder 2>/dev/null
	holder=
	grep -rq 'retention: 1 threads, 1 items, 0 files' "$T/log" ||
	    flunk 'nothing was logged'
}

off_is_off() {
	_thread ann kept
	_rest 9999 kept
	_file ann kept '' x
	sql "UPDATE attachments SET uploaded_at = now() - interval '9999 days'" \
	    >/dev/null
	sed -i 's/^CHATKIT_RETENTION_DAYS.*/CHATKIT_RETENTION_DAYS = 0/' \
	    "$T/bobbin.conf"
	remember_rows
	_jobs retention
	_says 0 0 0 0
	nothing_changed
}

options_fit_their_jobs() {
	for o in '--once expiry --dry-run' '--once retention --unclaimed' \
	    '--once retention --thread x' '--dry-run' '--once sweep --json'; do
		bobbin_run jobs $o >"$T/out" 2>&1
		is $? 64 "$o"
	done
}

it_run
