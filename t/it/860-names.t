#!/bin/sh
# 860-names.t: two faces that make a thread of one name at the same moment make
# one thread.
. "${SRCDIR:?}/t/it/lib.sh"

pids=
trap '' PIPE
it_start

_end() {
	status=$?
	for pid in $pids; do
		kill "$pid" 2>/dev/null
	done
	(exit $status)
	it_stop
}
trap _end EXIT

# What each face does for ann under the name $id.
_studio="studio_create('ann@example.com', :'id', 'T', NULL, false, '')"
_run="run_register('ann@example.com', :'id', gen_random_uuid()::text, 'p',
    false, false, '')"
_v1="thread_open('ann@example.com', :'id', NULL, NULL, gen_random_uuid(), '',
    false, '')"

# _session WHAT: its transaction up to the COMMIT.
_session() {
	# However slow this machine is, they wait for each other.
	echo 'SET lock_timeout = 0; SET statement_timeout = 0;
	    SET idle_in_transaction_session_timeout = 0; BEGIN;'
	case $1 in
	plain)	echo "INSERT INTO users_threads_runs (email, thread_id, run_id)
		    VALUES ('ann@example.com', :'id', gen_random_uuid());" ;;
	several)
		echo "INSERT INTO users_threads_runs (email, thread_id, run_id)
		    SELECT 'ann@example.com', t, gen_random_uuid()
		    FROM unnest(ARRAY[:'id', 'no uuid', :'id']) t;" ;;
	moved)	echo "UPDATE users_threads_runs SET thread_id = :'id'
		    WHERE thread_id = 'elsewhere';" ;;
	*)	echo "SELECT set_config('bobbin.email', 'ann@example.com', true);
		    SELECT * FROM $1;" ;;
	esac
}

_role() {
	case $1 in
	plain | several | moved) echo demo_agent ;;
	*) echo bobbin_app ;;
	esac
}

# _race FIRST SECOND: the second begins before the first has committed, which
# it does once the other waits or has come to its own COMMIT.  Both succeed, or
# the second one is refused; the rows of that name are in $names.
_race() {
	# What the last one said is not awaited again.
	rm -f "$T/first" "$T/second"
	mkfifo "$T/first.in"
	pg_sql "$(_role "$1")" -v id="$id" -f - <"$T/first.in" \
	    >"$T/first" 2>&1 &
	first=$!
	exec 7>"$T/first.in"
	{ _session "$1"; echo "SELECT 'begun';"; } >&7
	_wait_for grep -qs '^begun' "$T/first" || flunk "$(cat "$T/first")"
	{ _session "$2"; echo "SELECT 'through';"; echo 'COMMIT;'; } |
	    pg_sql "$(_role "$2")" -v id="$id" -f - >"$T/second" 2>&1 &
	second=$!
	pids="$first $second"
	_wait_for _meets || flunk 'they do not meet'
	echo 'COMMIT;' >&7
	exec 7>&-
	wait $first || flunk "first: $(cat "$T/first")"
	wait $second
	pids=
	rm "$T/first.in"
	names=$(sql "SELECT count(*) || ' ' || coalesce(sum(run_count), 0)
	    FROM threads WHERE email = 'ann@example.com'
	      AND (id::text = '$id' OR thread_id = '$id')")
}

_meets() {
	grep -qs '^through' "$T/second" || [ "$(sql "SELECT count(*)
	    FROM pg_stat_activity WHERE wait_event_type = 'Lock'")" = 1 ]
}

# Another name, new, or that of a thread that was deleted.
_name() {
	id=$(sql 'SELECT gen_random_uuid()')
	sql "INSERT INTO users_threads_runs (email, thread_id, run_id) VALUES
	    ('ann@example.com', 'elsewhere', gen_random_uuid())"
	[ -z "$1" ] ||
	    sql "INSERT INTO thread_claims (thread_id, email, deleted_at)
		VALUES ('$id', 'ann@example.com', now())"
}

a_run_and_a_studio_thread_are_one() {
	for how in '' deleted; do
		for w in "$_run" plain several moved; do
			_name $how
			n=1
			[ "$w" != several ] || n=2
			_race "$_studio" "$w"
			[ "$w" != moved ] || n=$(sql "SELECT count(*) FROM
			    users_threads_runs WHERE thread_id = '$id'")
			is "$names" "1 $n" "studio, then $w"
			is "$(sql "SELECT id = '$id' AND title = 'T' FROM threads
			    WHERE thread_id = '$id'")" t "$w"
			_name $how
			_race "$w" "$_studio"
			[ "$w" != moved ] || n=$(sql "SELECT count(*) FROM
			    users_threads_runs WHERE thread_id = '$id'")
			is "$names" "1 $n" "$w, then studio"
			grep -q 'thread id is in use' "$T/second" ||
			    flunk "not refused: $(cat "$T/second")"
		done
	done
}

an_open_thread_and_a_studio_thread_are_one() {
	for how in '' deleted; do
		_name $how
		_race "$_studio" "$_v1"
		is "$names" '1 0' 'studio, then v1'
		_name $how
		_race "$_v1" "$_studio"
		is "$names" '1 0' 'v1, then studio'
		grep -q 'thread id is in use' "$T/second" ||
		    flunk "not refused: $(cat "$T/second")"
	done
}

runs_of_one_name_are_one_thread() {
	for how in '' deleted; do
		_name $how
		_race "$_run" "$_run"
		is "$names" '1 2' runs
		_name $how
		_race plain several
		is "$names" '1 3' 'one and several'
		_name $how
		_race "$_v1" "$_run"
		is "$names" '1 1' 'v1, then a run'
		_name $how
		_race "$_run" "$_v1"
		is "$names" '1 1' 'a run, then v1'
	done
	is "$(sql "SELECT count(*) FROM threads WHERE email <>
	    'ann@example.com'")" 0
}

it_run
