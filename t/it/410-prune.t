#!/bin/sh
# 410-prune.t: what pruning removes, what it leaves, and whom it leaves alone.
# The threads are those of t/vectors/langgraph; `bobbin checkpoint show` reads
# their newest states before and after.
. "${SRCDIR:?}/t/it/lib.sh"

vectors=$top/t/vectors/langgraph
mail=alice@example.com
tables='checkpoints checkpoint_blobs checkpoint_writes'
holder= job=

it_start

_end() {
	status=$?
	for pid in $holder $job; do
		kill -9 "$pid" 2>/dev/null
	done
	(exit $status)
	it_stop
}
trap _end EXIT

_load() {
	pg_sql bobbin_owner -f "$vectors/py_checkpoints.sql" >/dev/null &&
	    grep '^INSERT' "$vectors/js_checkpoints.sql" |
	    grep -v checkpoint_migrations >"$T/js.sql" &&
	    pg_sql bobbin_owner -f "$T/js.sql" >/dev/null &&
	    bobbin_run migrate upgrade &&
	    sql "UPDATE checkpoints SET checkpoint = jsonb_set(checkpoint,
		'{ts}', to_jsonb(now() - interval '25 hours'))" &&
	    sql "CREATE SCHEMA spare" || return 1
	for t in $tables; do
		sql "CREATE TABLE spare.$t AS TABLE $t" || return 1
	done
}

# Every test begins with the samples, all claimed and old enough.
_fresh() {
	sql "DELETE FROM thread_claims"
	for t in $tables; do
		sql "TRUNCATE $t; INSERT INTO $t SELECT * FROM spare.$t" ||
		    return 1
	done
	sql "INSERT INTO thread_claims (thread_id, email)
	    SELECT DISTINCT thread_id, '$mail' FROM checkpoints"
	_configure
}

_configure() {
	{
		echo "BOBBIN_JOBS_DATABASE_URL = $(pg_url bobbin_jobs)"
		echo "DATABASE_URL = $(pg_url bobbin_owner)"
		for line; do
			echo "$line"
		done
	} >"$T/jobs.conf"
}

_prune() {
	bobbin_run jobs -c "$T/jobs.conf" --once prune --json "$@" \
	    >"$T/report" 2>>"$T/log/jobs.log"
}

_result() {
	jq -r --arg t "$1" 'select(.thread_id == $t) | .result' "$T/report"
}

_show() {
	bobbin_run checkpoint -c "$T/jobs.conf" show "$@" 2>"$T/err"
}

# The newest state of every thread, to a file.
_states() {
	for of in $(sql "SELECT DISTINCT thread_id FROM spare.checkpoints
	    ORDER BY 1"); do
		echo "$of $(_show "$of")"
	done >"$T/$1"
}

# Rows of a table, of one thread or of all.
_rows() {
	sql "SELECT count(*) FROM $1 WHERE thread_id = '$2' OR '$2' = ''"
}

_all_rows() {
	for t in $tables; do
		sql "SELECT md5(coalesce(string_agg(x::text, ',' ORDER BY
		    x::text), '')) FROM $t x"
	done
}

# A session that keeps a lock until _release.
_hold() {
	rm -f "$T/hold" "$T/held"
	mkfifo "$T/hold"
	pg_sql postgres <"$T/hold" >"$T/held" &
	holder=$!
	exec 7>"$T/hold"
	echo "BEGIN; $1; SELECT 'held';" >&7
	_wait_for grep -qs held "$T/held"
}

_release() {
	exec 7>&-
	wait $holder
	holder=
}

# ---- the commands

options_are_checked() {
	_configure
	for bad in '--dry-run' '--once sweep --json' '--thread x' \
	    '--once prune --thread' '--once prune surplus' \
	    '--list --unclaimed' '--once prune --bogus'; do
		# shellcheck disable=SC2086
		bobbin_run jobs -c "$T/jobs.conf" $bad >"$T/out" 2>&1
		is $? 64 "status of jobs $bad"
	done
	for bad in '' bogus show 'list x' 'size a b' '--bogus list' \
	    '--ns x list' '--raw show x' 'show x y'; do
		# shellcheck disable=SC2086
		bobbin_run checkpoint $bad >"$T/out" 2>&1
		is $? 64 "status of checkpoint $bad"
		grep -q '^usage: bobbin checkpoint' "$T/out" ||
		    flunk "no usage: $bad"
	done
	bobbin_run checkpoint --help >"$T/out" && grep -q size "$T/out"
}

values_are_checked() {
	for bad in 'CHECKPOINT_PRUNE = on' 'CHECKPOINT_PRUNE_AGE = 0' \
	    'CHECKPOINT_PRUNE_KEEP = 0' 'CHECKPOINT_PRUNE_BATCH = 0'; do
		_configure "$bad"
		_prune
		is $? 78 "status with $bad"
	done
}

without_tables_there_is_nothing() {
	_configure
	_prune && is "$(cat "$T/report" | jq -c '[.threads, .pruned]')" '[0,0]'
	bobbin_run checkpoint list >"$T/out" && is "$(cat "$T/out")" ''
	_show x
	is $? 1 && grep -q 'no such thread' "$T/err"
	_load
}

threads_are_listed_and_measured() {
	_fresh
	bobbin_run checkpoint list >"$T/out" || return 1
	is "$(wc -l <"$T/out")" "$(sql "SELECT count(DISTINCT thread_id)
	    FROM checkpoints WHERE checkpoint_ns = ''")"
	is "$(jq -r 'select(.thread_id == "py-fork").checkpoint_id' \
	    "$T/out")" "$(sql "SELECT max(checkpoint_id) FROM checkpoints
	    WHERE thread_id = 'py-fork' AND checkpoint_ns = ''")"
	bobbin_run checkpoint size >"$T/sizes" &&
	    is "$(wc -l <"$T/sizes")" "$(wc -l <"$T/out")" || return 1
	for t in py-send js-delta; do
		is "$(bobbin_run checkpoint size $t)" "$(sql "SELECT
		    json_build_object('thread_id', '$t', 'checkpoints',
			(SELECT count(*) FROM checkpoints WHERE thread_id = '$t'),
			'writes', (SELECT count(*) FROM checkpoint_writes
			WHERE thread_id = '$t'), 'blobs', (SELECT count(*)
			FROM checkpoint_blobs WHERE thread_id = '$t'),
			'bytes', (SELECT sum(octet_length(checkpoint::text))
			FROM checkpoints WHERE thread_id = '$t')
			+ (SELECT coalesce(sum(octet_length(blob)), 0)
			FROM checkpoint_writes WHERE thread_id = '$t')
			+ (SELECT coalesce(sum(octet_length(blob)), 0)
			FROM checkpoint_blobs WHERE thread_id = '$t'))" |
			tr -d ' ')"
	done
	bobbin_run checkpoint size no-such 2>"$T/err"
	is $? 1
}

metadata_nested_too_deep_is_null() {
	_fresh
	_show js-removed | jq -c '.metadata = null' >"$T/want"
	[ -s "$T/want" ] || flunk "$(cat "$T/err")"
	sql "UPDATE checkpoints SET metadata = metadata || jsonb_build_object(
	    'deep', (repeat('[', 300) || repeat(']', 300))::jsonb)"
	_show js-removed | jq -c . | cmp -s - "$T/want" ||
	    flunk "$(_show js-removed) $(cat "$T/err")"
}

channels_are_shown_alone() {
	_fresh
	is "$(_show --channel messages js-removed)" \
	    "$(_show js-removed | jq -c .messages)"
	t=js-interrupt-resumed
	name=$(_show py-no-messages | jq -r '.values | keys_unsorted[0]')
	is "$(_show --channel "$name" py-no-messages)" \
	    "$(_show py-no-messages | jq -c ".values[\"$name\"]")"
	is "$(_show --raw --channel "$name" py-no-messages)" \
	    "$(_show py-no-messages | jq -r ".values[\"$name\"]")"
	_show --ns child py-subgraph | jq -e .checkpoint_id >/dev/null || flunk ns
	_show --channel none $t
	is $? 1
	_show --ns elsewhere $t
	is $? 1
}

# ---- what stays

the_newest_states_are_the_same_bytes() {
	_fresh
	_states before
	for t in $tables; do
		_rows $t >"$T/$t.before"
	done
	_prune || return 1
	_states after
	cmp -s "$T/before" "$T/after" ||
	    flunk "$(diff "$T/before" "$T/after" | cut -c 1-300 | head -n 6)"
	# What the report says is what went.
	for t in checkpoints:checkpoints blobs:checkpoint_blobs \
	    writes:checkpoint_writes; do
		is "$(tail -n 1 "$T/report" | jq -c ".${t%%:*} |
		    [.before, .before - .removed]")" \
		    "[$(cat "$T/${t#*:}.before"),$(_rows "${t#*:}")]" "$t"
	done
	# Something did, and the second time nothing does.
	tail -n 1 "$T/report" |
	    jq -e '.pruned > 15 and .bytes.removed > 50000' >/dev/null ||
	    flunk "$(tail -n 1 "$T/report")"
	_prune && is "$(tail -n 1 "$T/report" | jq -c '[.checkpoints.removed,
	    .writes.removed, .blobs.removed, .bytes.removed]')" '[0,0,0,0]'
	_states again
	cmp -s "$T/before" "$T/again"
}

reasons_are_the_states() {
	_fresh
	_prune --dry-run || return 1
	for lang in py js; do
		jq -r 'to_entries[] | "\(.key) \(.value.decoded.status)"' \
		    "$vectors/${lang}_expected.json"
	done | sort >"$T/want"
	jq -r 'select(.thread_id) | "\(.thread_id) \(
	    if .result == "pruned" then "idle" else .result end)"' \
	    "$T/report" | sort | diff "$T/want" - >"$T/diff" ||
	    flunk "$(cat "$T/diff")"
}

one_checkpoint_stays_and_what_it_names() {
	_fresh
	_prune || return 1
	t=py-multi-turn
	is "$(_rows checkpoints $t)" 1 && is "$(sql "SELECT checkpoint_id =
	    (SELECT max(checkpoint_id) FROM spare.checkpoints
		WHERE thread_id = '$t') FROM checkpoints
	    WHERE thread_id = '$t'")" t
	is "$(sql "SELECT count(*) FROM checkpoint_blobs b JOIN checkpoints c
	    USING (thread_id, checkpoint_ns) WHERE b.thread_id = '$t' AND
	    c.checkpoint->'channel_versions'->>b.channel IS DISTINCT FROM
	    b.version")" 0
}

# Three checkpoints name one blob; it goes with the last of them only.
shared_blobs_survive() {
	_fresh
	t=py-plain-dicts
	sql "INSERT INTO checkpoint_blobs VALUES ('$t', '', 'shared', '7',
		'null', ''), ('$t', 'other', 'shared', '7', 'null', '');
	    UPDATE checkpoints SET checkpoint = jsonb_set(checkpoint,
		'{channel_versions,shared}', '\"7\"') WHERE thread_id = '$t'"
	_prune --thread $t && is "$(_result $t)" pruned &&
	    is "$(sql "SELECT checkpoint_ns FROM checkpoint_blobs
		WHERE thread_id = '$t' AND channel = 'shared'")" '' &&
	    is "$(_rows checkpoints $t)" 1
}

more_may_be_kept() {
	_fresh
	_configure 'CHECKPOINT_PRUNE_KEEP = 3'
	_states before
	_prune || return 1
	is "$(_rows checkpoints py-multi-turn)" 3
	is "$(_rows checkpoints py-exit)" 1
	is "$(sql "SELECT min(checkpoint_id) = (SELECT checkpoint_id
	    FROM spare.checkpoints WHERE thread_id = 'py-multi-turn'
	    ORDER BY checkpoint_id DESC OFFSET 2 LIMIT 1) FROM checkpoints
	    WHERE thread_id = 'py-multi-turn'")" t
	# All that a kept one names is there, not only what the head names.
	is "$(sql "SELECT count(*) FROM checkpoints c,
	    jsonb_each_text(c.checkpoint->'channel_versions') v
	    WHERE EXISTS (SELECT FROM spare.checkpoint_blobs b
		WHERE (b.thread_id, b.checkpoint_ns, b.channel, b.version) =
		(c.thread_id, c.checkpoint_ns, v.key, v.value))
	    AND NOT EXISTS (SELECT FROM checkpoint_blobs b
		WHERE (b.thread_id, b.checkpoint_ns, b.channel, b.version) =
		(c.thread_id, c.checkpoint_ns, v.key, v.value))")" 0
	_states after
	cmp -s "$T/before" "$T/after"
}

calls_of_subgraphs_go_their_memory_stays() {
	_fresh
	t=py-subgraph
	for table in $tables; do
		sql "CREATE TEMP TABLE x AS SELECT * FROM $table
		    WHERE thread_id = '$t' AND checkpoint_ns = 'child';
		    UPDATE x SET checkpoint_ns =
			'child:0b9bf4b7-ab4c-5bd4-9bfc-0ad4fdc1c1f0';
		    INSERT INTO $table SELECT * FROM x" || return 1
	done
	memory=$(_show --ns child $t)
	_prune --thread $t && is "$(_result $t)" pruned &&
	    is "$(sql "SELECT string_agg(checkpoint_ns || '=' || n, ','
		ORDER BY 1) FROM (SELECT checkpoint_ns, count(*) AS n
		FROM checkpoints WHERE thread_id = '$t' GROUP BY 1) s")" \
	    '=1,child=1' && is "$(sql "SELECT count(*) FROM
		(SELECT checkpoint_ns FROM checkpoint_blobs WHERE thread_id = '$t'
		UNION ALL SELECT checkpoint_ns FROM checkpoint_writes
		WHERE thread_id = '$t') s WHERE strpos(checkpoint_ns, ':') > 0")" \
	    0 && [ -n "$memory" ] && is "$(_show --ns child $t)" "$memory"
}

parents_of_an_old_format_stay() {
	_fresh
	t=py-multi-turn
	sql "UPDATE checkpoints SET checkpoint = jsonb_set(checkpoint, '{v}',
	    '3') WHERE thread_id = '$t'"
	_prune --thread $t && is "$(_rows checkpoints $t)" 2 &&
	    is "$(sql "SELECT count(*) FROM checkpoints c JOIN checkpoints p
		ON p.thread_id = c.thread_id AND
		p.checkpoint_id = c.parent_checkpoint_id
		WHERE c.thread_id = '$t'")" 1 && _prune --thread $t &&
	    is "$(tail -n 1 "$T/report" | jq .checkpoints.removed)" 0
}

what_nobody_names_goes() {
	_fresh
	t=py-exit
	sql "INSERT INTO checkpoint_writes SELECT '$t', '',
		'00000000-0000-6000-8000-000000000000', 'task', 0, 'x', 'null', '';
	    INSERT INTO checkpoint_blobs VALUES ('$t', '', 'x', '1', 'null',
		'abc'), ('$t', 'gone', 'x', '1', 'null', 'abc')"
	_prune --thread $t && is "$(head -n 1 "$T/report" | jq -c '[.result,
	    .checkpoints.removed, .writes.removed, .blobs.removed,
	    .bytes.removed]')" '["pruned",0,1,2,6]'
}

# ---- who is left alone

a_recent_thread_is_left_alone() {
	_fresh
	sql "UPDATE checkpoints SET checkpoint = jsonb_set(checkpoint, '{ts}',
	    to_jsonb(now() - interval '23 hours'))"
	was=$(_all_rows)
	_prune || return 1
	is "$(jq -r 'select(.thread_id).result' "$T/report" | sort -u)" recent
	is "$(_all_rows)" "$was" || return 1
	_configure 'CHECKPOINT_PRUNE_AGE = 23'
	_prune --thread py-removed && is "$(_result py-removed)" pruned || return 1
	# A time that is none is no age.
	sql "UPDATE checkpoints SET checkpoint = jsonb_set(checkpoint, '{ts}',
	    '\"long ago\"')"
	_prune --thread js-removed && is "$(_result js-removed)" recent
}

an_incomplete_thread_is_left_alone() {
	_fresh
	for t in py-delta js-delta; do
		sql "DELETE FROM checkpoints WHERE (thread_id, checkpoint_id) IN
		    (SELECT thread_id, parent_checkpoint_id FROM checkpoints
			WHERE thread_id = '$t'
			ORDER BY checkpoint_id DESC LIMIT 1)"
		was=$(_all_rows)
		_prune --thread $t && is "$(_result $t)" incomplete &&
		    is "$(_all_rows)" "$was" || return 1
	done
}

a_locked_thread_is_left_alone() {
	_fresh
	t=py-removed
	_hold "SELECT 1 FROM thread_claims WHERE thread_id = '$t' FOR UPDATE" ||
	    return 1
	was=$(_all_rows)
	for dry in '' --dry-run; do
		_prune $dry --thread $t
		is $? 0 && is "$(_result $t)" locked "with $dry" &&
		    is "$(_all_rows)" "$was"
		is "$(jq -c 'select(.thread_id) | [.checkpoints.before > 1,
		    .checkpoints.removed, .bytes.removed]' "$T/report")" \
		    '[true,0,0]'
	done
	_release
	_hold "SELECT pg_advisory_xact_lock(hashtextextended('prune $t', 4810))"
	for dry in '' --dry-run; do
		_prune $dry --thread $t && is "$(_result $t)" locked "with $dry"
	done
	# Another one's is none of its business.
	_prune --dry-run --thread js-removed &&
	    is "$(_result js-removed)" pruned
	_release
	# Who has had the row's lock and gone, has it no more.
	_hold "SELECT 1 FROM thread_claims WHERE thread_id = '$t' FOR UPDATE"
	_release
	_prune --dry-run --thread $t && is "$(_result $t)" pruned &&
	    _prune --thread $t && is "$(_result $t)" pruned
}

# The holder ends when it sees that somebody waits.
a_dry_run_waits_for_a_lock() {
	_fresh
	t=py-removed
	_hold "SELECT 1 FROM thread_claims WHERE thread_id = '$t' FOR UPDATE" ||
	    return 1
	echo "DO \$\$ BEGIN
	    WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE
		usename = 'bobbin_jobs' AND wait_event = 'PgSleep') LOOP
		PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
	    END LOOP;
	    END \$\$; COMMIT;" >&7
	_prune --dry-run --thread $t
	_release
	is "$(_result $t)" pruned
}

# _stored ROLE: a message of somebody's in the thread.
_stored() {
	sql "INSERT INTO messages (email, thread_id, message_id, role, content)
	    SELECT email, id, gen_random_uuid(), '$1', '\"x\"' FROM threads
	    WHERE thread_id = '$t'"
}

# Rows of LangGraph's that are old enough, and bobbin's that say: busy.
a_busy_thread_is_left_alone() {
	_fresh
	t=py-removed
	sql "INSERT INTO users_threads_runs (email, thread_id, run_id)
	    VALUES ('$mail', '$t', 'busy-1')"
	was=$(_all_rows)
	for dry in --dry-run ''; do
		_prune $dry --thread $t && is "$(_result $t)" busy "run $dry" &&
		    is "$(_all_rows)" "$was" || return 1
	done
	# Not for ever.
	sql "UPDATE threads SET handed_at = now() - interval '61 minutes'"
	_prune --dry-run --thread $t && is "$(_result $t)" pruned 'an hour'
	# The same run once more; rated, it has not begun again.
	sql "UPDATE users_threads_runs SET timestamp = now(), prompt = 'x'
	    WHERE run_id = 'busy-1'"
	_prune --dry-run --thread $t && is "$(_result $t)" busy repeated
	sql "UPDATE threads SET handed_at = NULL;
	    UPDATE users_threads_runs SET sentiment = true"
	_prune --dry-run --thread $t && is "$(_result $t)" pruned rated
	# A question, what a tool said, the answer.
	_stored user
	_prune --dry-run --thread $t && is "$(_result $t)" busy question
	_stored tool
	_prune --dry-run --thread $t && is "$(_result $t)" busy tool
	_stored assistant
	_prune --dry-run --thread $t && is "$(_result $t)" pruned answer
	# It is the claimant's thread that counts, and no namesake.
	sql "INSERT INTO threads (email, thread_id, handed_at)
	    VALUES ('bob@example.com', '$t', now())"
	_prune --dry-run --thread $t && is "$(_result $t)" pruned namesake
	# Older reasons come first.
	sql "UPDATE threads SET handed_at = now()"
	for o in py-error py-interrupt-pending; do
		sql "INSERT INTO threads (email, thread_id, handed_at)
		    VALUES ('$mail', '$o', now())"
	done
	_prune --dry-run && is "$(_result py-error)" error &&
	    is "$(_result py-interrupt-pending)" interrupted
	# Begun between the look and the first batch.
	sql "UPDATE threads SET handed_at = now()"
	head=$(sql "SELECT max(checkpoint_id) FROM checkpoints
	    WHERE thread_id = '$t'")
	mark=$(sql "SELECT mark FROM prune_head('', '$t', 1)")
	is "$(sql_as bobbin_jobs "SELECT reason, checkpoints FROM
	    prune_batch('', '$t', 1, 3600, false, '$head', '$mark', 9)")" \
	    'changed|0'
	sql "DELETE FROM users_threads_runs; DELETE FROM threads"
	_prune --thread $t && is "$(_result $t)" pruned
}

# Threads without an outside id, and ChatKit's, are known by their uuid.
a_busy_thread_may_be_known_by_its_uuid() {
	_fresh
	t=py-removed
	for doc in "NULL, NULL, NULL, NULL, NULL" \
	    "'thr', '{}', 2, 0, now()"; do
		id=$(sql "INSERT INTO threads (email, thread_id, document,
		    title_at, title_length, sorted_at)
		    VALUES ('$mail', $doc) RETURNING id")
		for table in $tables; do
			sql "UPDATE $table SET thread_id = '$id'
			    WHERE thread_id = '$t'"
		done
		sql "UPDATE thread_claims SET thread_id = '$id'
		    WHERE thread_id = '$t'"
		_prune --dry-run --thread "$id" && is "$(_result "$id")" pruned
		sql "UPDATE threads SET handed_at = now()"
		_prune --dry-run --thread "$id" && is "$(_result "$id")" busy
		t=$id
	done
	sql "DELETE FROM threads"
}

shallow_tables_are_left_alone() {
	_fresh
	sql "CREATE SCHEMA shallow;
	    CREATE TABLE shallow.checkpoints AS SELECT DISTINCT ON (thread_id)
		thread_id, checkpoint_ns, type, checkpoint, metadata
		FROM checkpoints WHERE checkpoint_ns = ''
		ORDER BY thread_id, checkpoint_id DESC;
	    CREATE TABLE shallow.checkpoint_blobs AS
		SELECT thread_id, checkpoint_ns, channel, type, blob
		FROM checkpoint_blobs;
	    CREATE TABLE shallow.checkpoint_writes AS TABLE checkpoint_writes;
	    GRANT USAGE ON SCHEMA shallow TO bobbin_jobs;
	    GRANT SELECT, DELETE ON ALL TABLES IN SCHEMA shallow TO bobbin_jobs"
	_configure 'CHECKPOINT_SCHEMA = shallow'
	_prune || return 1
	is "$(jq -r 'select(.thread_id).result' "$T/report" | sort -u)" shallow
	is "$(sql 'SELECT count(*) FROM shallow.checkpoints')" \
	    "$(tail -n 1 "$T/report" | jq .checkpoints.before)"
	sql 'SET client_min_messages = error; DROP SCHEMA shallow CASCADE'
}

only_claimed_threads_are_pruned() {
	_fresh
	sql "DELETE FROM thread_claims WHERE thread_id = 'py-removed';
	    UPDATE thread_claims SET deleted_at = now()
	    WHERE thread_id = 'js-removed'"
	_prune && is "$(_result py-removed)" '' &&
	    is "$(_rows checkpoints py-removed)" 5 || return 1
	_prune --thread py-removed && is "$(_result py-removed)" unclaimed &&
	    is "$(_rows checkpoints py-removed)" 5 || return 1
	_prune --unclaimed && is "$(_result py-removed)" pruned &&
	    is "$(_rows checkpoints py-removed)" 1 &&
	    is "$(_result js-removed)" deleted &&
	    is "$(_rows checkpoints js-removed)" 5 &&
	    _prune --thread no-such && is "$(_result no-such)" absent
}

what_changed_since_is_looked_at_again() {
	_fresh
	t=py-removed
	head=$(sql "SELECT max(checkpoint_id) FROM checkpoints
	    WHERE thread_id = '$t'")
	for other in "'$head', 'another mark'" "'1f', ''"; do
		is "$(sql_as bobbin_jobs "SELECT reason, checkpoints, more
		    FROM prune_batch('', '$t', 1, 3600, false, $other, 100)")" \
		    'changed|0|f' || return 1
	done
	is "$(_rows checkpoints $t)" 5
}

# ---- how

a_dry_run_changes_nothing() {
	_fresh
	was=$(_all_rows)
	_prune --dry-run && is "$(_all_rows)" "$was" || return 1
	cp "$T/report" "$T/dry"
	_prune && cmp -s "$T/dry" "$T/report" ||
	    flunk "$(diff "$T/dry" "$T/report")"
	# It cannot change anything.
	is "$(pg_sql bobbin_jobs -c "BEGIN;
	    SELECT set_config('transaction_read_only', 'on', true);
	    DELETE FROM checkpoints" 2>&1 | grep -c read-only)" 1
}

# One row at a time, killed where it waits for a row that somebody holds.
a_kill_between_batches_leaves_the_states() {
	_fresh
	_configure 'CHECKPOINT_PRUNE_BATCH = 1'
	_states before
	t=js-multi-turn
	held=$(sql "SELECT checkpoint_id FROM checkpoints
	    WHERE thread_id = '$t' ORDER BY checkpoint_id OFFSET 9 LIMIT 1")
	_hold "SELECT 1 FROM checkpoints WHERE thread_id = '$t'
	    AND checkpoint_id = '$held' FOR UPDATE" || return 1
	bobbin_exec jobs -c "$T/jobs.conf" --once prune --thread $t \
	    >"$T/out" 2>>"$T/log/jobs.log" &
	job=$!
	_wait_for eval '[ "$(sql "SELECT count(*) FROM pg_stat_activity
	    WHERE wait_event_type = '\''Lock'\''")" = 1 ]' || return 1
	kill -9 $job
	wait $job 2>/dev/null
	job=
	_release
	rows=$(_rows checkpoints $t)
	[ "$rows" -lt 18 ] && [ "$rows" -gt 1 ] || flunk "$rows checkpoints left"
	_states between
	cmp -s "$T/before" "$T/between" || flunk 'states differ'
	_prune --thread $t && is "$(_rows checkpoints $t)" 1
	_states after
	cmp -s "$T/before" "$T/after"
}

a_batch_is_no_larger_than_told() {
	_fresh
	t=js-multi-turn
	head=$(sql "SELECT max(checkpoint_id) FROM checkpoints
	    WHERE thread_id = '$t'")
	mark=$(sql "SELECT mark FROM prune_head('', '$t', 1)")
	for n in 1 7 20; do
		is "$(sql_as bobbin_jobs "SELECT checkpoints + writes + blobs,
		    more FROM prune_batch('', '$t', 1, 3600, false, '$head',
		    '$mark', $n)")" "$n|t" || return 1
	done
}

a_reader_sees_the_same_all_the_time() {
	_fresh
	_configure 'CHECKPOINT_PRUNE_BATCH = 1'
	t=js-multi-turn
	_show $t >"$T/first"
	bobbin_exec jobs -c "$T/jobs.conf" --once prune --thread $t \
	    >"$T/out" 2>>"$T/log/jobs.log" &
	job=$!
	n=0
	while kill -0 $job 2>/dev/null; do
		_show $t | cmp -s - "$T/first" || flunk "look $n differs"
		n=$((n + 1))
	done
	wait $job || return 1
	job=
	[ $n -gt 0 ] && is "$(_rows checkpoints $t)" 1
}

reports_name_no_owner() {
	_fresh
	_prune || return 1
	jq -e 'has("thread_id") or has("threads")' "$T/report" >/dev/null &&
	    is "$(jq -c 'keys' "$T/report" | sort | uniq -c | wc -l)" 2 &&
	    is "$(tail -n 1 "$T/report" | jq .threads)" \
	    "$(($(wc -l <"$T/report") - 1))" || return 1
	bobbin_run jobs -c "$T/jobs.conf" --once prune >"$T/out" &&
	    grep -q '^"py-error"  error  checkpoints 2 - 0 ' "$T/out" &&
	    grep -q '^total  32 threads, 21 pruned ' "$T/out" || return 1
	if grep -e alice -e @ "$T/report" "$T/out"; then
		return 1
	fi
}

oldest_heads_come_first() {
	_fresh
	_prune --dry-run
	is "$(jq -r 'select(.thread_id).thread_id' "$T/report")" \
	    "$(sql "SELECT thread_id FROM checkpoints WHERE checkpoint_ns = ''
		GROUP BY 1 ORDER BY max(checkpoint_id), 1")"
}

a_database_that_fails_is_an_error() {
	_fresh
	was=$(_all_rows)
	sql 'REVOKE DELETE ON checkpoint_writes FROM bobbin_jobs'
	_prune
	is $? 1 && is "$(_all_rows)" "$was"
	_prune --dry-run
	is $? 0
	sql 'GRANT DELETE ON checkpoint_writes TO bobbin_jobs;
	    ALTER TABLE checkpoint_writes RENAME TO elsewhere'
	_prune
	is $? 1
	sql 'ALTER TABLE elsewhere RENAME TO checkpoint_writes'
	is "$(_all_rows)" "$was"
	sed -i "s|^BOBBIN_JOBS.*|BOBBIN_JOBS_DATABASE_URL = \
	    postgresql:///x?host=$T/none|" "$T/jobs.conf"
	_prune
	is $? 1
}

ids_may_be_uuids() {
	_fresh
	id=5f0c7a52-9d0e-4b6a-8c11-2f5e9a7b4d10
	sql "CREATE SCHEMA ids"
	for t in $tables; do
		sql "CREATE TABLE ids.$t (LIKE $t INCLUDING ALL);
		    ALTER TABLE ids.$t ALTER thread_id TYPE uuid USING NULL;
		    CREATE TEMP TABLE x AS SELECT * FROM $t
			WHERE thread_id = 'py-removed';
		    ALTER TABLE x ALTER thread_id TYPE uuid USING '$id';
		    INSERT INTO ids.$t SELECT * FROM x" || return 1
	done
	sql "GRANT USAGE ON SCHEMA ids TO bobbin_jobs;
	    GRANT SELECT, DELETE ON ALL TABLES IN SCHEMA ids TO bobbin_jobs;
	    INSERT INTO thread_claims (thread_id, email) VALUES ('$id', '$mail')"
	_configure 'CHECKPOINT_SCHEMA = ids'
	_prune --unclaimed --dry-run && is "$(_result $id)" pruned || return 1
	_prune && is "$(_result $id)" pruned &&
	    is "$(sql "SELECT count(*) FROM ids.checkpoints")" 1
	sql 'SET client_min_messages = error; DROP SCHEMA ids CASCADE'
}

# ---- the periodic job

_swept() {
	is_swept=$(sql "SELECT count(*) FROM checkpoints
	    WHERE thread_id = 'js-exit'")
	[ "$is_swept" = 0 ]
}

# The sweep shows that a round of all jobs has begun, a second one that the
# first has ended.
it_is_off_unless_told() {
	_fresh
	sql "UPDATE thread_claims SET deleted_at = now()
	    WHERE thread_id = 'js-exit'"
	bobbin_exec jobs -c "$T/jobs.conf" 2>>"$T/log/jobs.log" &
	job=$!
	_wait_for _swept || return 1
	sql "INSERT INTO checkpoints SELECT * FROM spare.checkpoints
	    WHERE thread_id = 'js-exit'"
	kill -HUP $job
	_wait_for _swept || return 1
	is "$(_rows checkpoints py-removed)" 5
	_configure 'CHECKPOINT_PRUNE = keep-latest'
	kill -HUP $job
	_wait_for eval '[ "$(_rows checkpoints js-delta-raw)" = 15 ] &&
	    [ "$(_rows checkpoints py-removed)" = 1 ] &&
	    [ "$(_rows checkpoints js-send)" = 1 ]' || return 1
	kill -TERM $job
	wait $job
	rc=$?
	job=
	is $rc 0
}

it_run
