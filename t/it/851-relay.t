#!/bin/sh
# 851-relay.t: events on their way: killed, absent, slow or twice, nothing is
# lost and nobody is told in another order.
. "${SRCDIR:?}/t/it/lib.sh"
. "$top/t/it/events.sh"

relays= m=0
ev_start

_relay_end() {
	status=$?
	for pid in $relays; do
		kill -9 "$pid" 2>/dev/null
	done
	(exit $status)
	_ev_stop
}
trap _relay_end EXIT

# A `bobbin jobs`; sets relay.
_relay_up() {
	bobbin_exec jobs -c "$T/bobbin.conf" </dev/null \
	    >>"$T/log/jobs.out" 2>&1 &
	relay=$!
	relays="$relays $relay"
}

_relay_down() {
	kill "-${1:-TERM}" "$relay"
	wait "$relay" 2>/dev/null
}

# The process that publishes.
_publisher() {
	ps -o pid= --ppid "$relay" | tr -d ' '
}

_made() {
	[ -n "$(_publisher)" ]
}

_relay_on() {
	_relay_up
	_wait_for _made || flunk 'no relay'
	_wait_for _ev_on || flunk 'events are not written'
}

# _say OWNER N: N events by plain SQL, numbered over the whole file.
_say() {
	s_from=$((m + 1))
	m=$((m + $2))
	s_into='INSERT INTO users_threads_runs (email, thread_id, run_id, prompt)'
	seq $s_from $m | sed "s/.*/$s_into VALUES ('$1@example.com', 'relay', 'm-&', '&');/" |
	    pg_sql demo_agent -f -
}

# _sequence FILE: prompts of its runs, each once, in the order they came: what
# a client has that drops what is not newer than the last.
_sequence() {
	_data "$1" | jq -r 'select(.type == "run.created") |
	    "\(.seq) \(.run.prompt)"' |
	    awk '$1 > last { last = $1; print $2 }' | xargs
}

# _got FROM TO FILE...: the files together hold these, in order.
_complete() {
	c_from=$1 c_to=$2
	shift 2
	cat "$@" >"$T/joined"
	[ "$(_sequence "$T/joined")" = "$(seq "$c_from" "$c_to" | xargs)" ]
}

_last_id() {
	sed -n 's/^id: //p' "$1" | tail -n 1
}

# The listener's connection ends, and it comes back with its last id.
_back() {
	kill "$listener" 2>/dev/null
	wait "$listener" 2>/dev/null
	_listen "$1" "$3" /api/v1/events -H "Last-Event-ID: $(_last_id "$2")"
}

# ---- nobody relays

nothing_is_written_without_a_relay() {
	_say alice 1
	is "$(sql 'SELECT count(*) FROM events')" 0 events
	_relay_on
	_say alice 1
	_wait_for _none_new || flunk 'not published'
	_relay_down
	is $? 0 'exit status'
}

_none_new() {
	[ "$(sql 'SELECT count(*) FROM events e, event_relay
	    WHERE e.seq IS NULL OR e.seq > sent')" = 0 ]
}

an_absent_relay_loses_nothing() {
	_listen alice "$T/absent"
	from=$((m + 1))
	_say alice 30
	as alice post /chat/relay/runs '{"prompt":"'$((m + 1))'"}'
	status_is 201
	m=$((m + 1))
	_relay_on
	_wait_for _complete $from $m "$T/absent" ||
	    flunk "$(_sequence "$T/absent")"
	_relay_down
}

# ---- killed

a_killed_relay_loses_nothing() {
	_relay_on
	_listen alice "$T/killed"
	from=$((m + 1))
	for turn in 1 2 3 4 5; do
		_say alice 40 &
		said=$!
		pid=$(_publisher)
		[ -z "$pid" ] || kill -9 "$pid"
		wait $said
		m=$((m + 40))
	done
	_wait_for _complete $from $m "$T/killed" ||
	    flunk "$(_sequence "$T/killed")"
	grep -q 'the relay ended' "$T/log/bobbin.log" || flunk 'nobody died'
	_relay_down
}

a_killed_jobs_takes_its_relay_along() {
	_relay_on
	pid=$(_publisher)
	_relay_down KILL
	_wait_for _gone "$pid" || flunk 'the relay lives on'
	_listen alice "$T/jobs"
	from=$((m + 1))
	_say alice 20
	_relay_on
	_wait_for _complete $from $m "$T/jobs" || flunk "$(_sequence "$T/jobs")"
	_relay_down
}

_gone() {
	! kill -0 "$1" 2>/dev/null
}

a_crash_before_the_note_tells_twice() {
	_relay_on
	_listen alice "$T/twice"
	_say alice 3
	_hears "$T/twice" 3
	_relay_down
	sql "UPDATE event_relay SET sent = (SELECT seq - 1 FROM events
	    WHERE payload LIKE '%\"prompt\":\"$((m - 1))\"%')"
	_relay_on
	_hears "$T/twice" 5
	is "$(_data "$T/twice" | jq -r .run.prompt | xargs)" \
	    "$((m - 2)) $((m - 1)) $m $((m - 1)) $m" told
	_complete $((m - 2)) $m "$T/twice" || flunk 'seq does not tell'
	_relay_down
}

a_reload_of_jobs_loses_nothing() {
	_relay_on
	_listen alice "$T/hup"
	from=$((m + 1))
	_say alice 5
	kill -HUP "$relay"
	_say alice 5
	_wait_for grep -q 'relay reloaded' "$T/log/bobbin.log" ||
	    flunk 'the relay does not reload'
	_say alice 5
	_wait_for _complete $from $m "$T/hup" || flunk "$(_sequence "$T/hup")"
	_relay_down
}

# ---- nginx

a_reload_of_nginx_loses_nothing() {
	_relay_on
	_listen alice "$T/ng.1"
	from=$((m + 1))
	_say alice 5
	_wait_for _complete $from $m "$T/ng.1" || flunk 'not even before'
	# nginx ends the streams, and forgets.
	kill -HUP "$nginx_pid"
	wait "$listener"
	_say alice 5
	_back alice "$T/ng.1" "$T/ng.2"
	_say alice 5
	_wait_for _complete $from $m "$T/ng.1" "$T/ng.2" ||
	    flunk "$(_sequence "$T/ng.2")"
	_relay_down
}

a_restart_of_nginx_loses_nothing() {
	_relay_on
	_listen alice "$T/rs.1"
	from=$((m + 1))
	_say alice 5
	_wait_for _complete $from $m "$T/rs.1" || flunk 'not even before'
	# All was published, and nobody was there to hear the second half.
	kill "$listener"
	_say alice 5
	_wait_for _none_new || flunk 'not published'
	priv_kill "$nginx_pid" KILL
	_sweep_nginx
	_say alice 5
	nginx_up
	_wait_for _answers || flunk 'nginx is not back'
	_back alice "$T/rs.1" "$T/rs.2"
	_say alice 5
	_wait_for _complete $from $m "$T/rs.1" "$T/rs.2" ||
	    flunk "$(_sequence "$T/rs.2")"
	_relay_down
}

# Workers outlive a master that was killed.
_sweep_nginx() {
	find /proc/[0-9]* -maxdepth 1 -name cwd -lname "$T" 2>/dev/null |
	    while IFS=/ read -r _ _ pid _; do
		case $(readlink "/proc/$pid/exe") in
		*/nginx*) priv_kill "$pid" KILL ;;
		esac
	done
}

# ---- several

two_relays_tell_in_one_order() {
	_relay_on
	first=$relay
	_relay_on
	_listen alice "$T/two"
	from=$((m + 1))
	for turn in 1 2 3 4 5 6 7 8; do
		_say alice 25
	done
	_wait_for _complete $from $m "$T/two" || flunk "$(_sequence "$T/two")"
	_data "$T/two" | jq .seq >"$T/seqs"
	sort -n -u "$T/seqs" | cmp -s - "$T/seqs" || flunk 'out of order'
	_relay_down
	relay=$first
	_say alice 5
	_wait_for _complete $from $m "$T/two" || flunk 'the other one does not'
	_relay_down
}

# What another one is about to publish is left to it, for three seconds.
a_lease_is_kept() {
	_say alice 1
	sql "UPDATE event_relay SET relay = 'another',
	    until = now() + interval '1 hour'"
	is "$(pg_sql bobbin_jobs -c "SELECT count(*) FROM events_take('x', 9)")" 0
	is "$(pg_sql bobbin_jobs -c "SELECT events_again('x')")" f
	sql "UPDATE event_relay SET until = now() - interval '1 second'"
	is "$(pg_sql bobbin_jobs -c "SELECT count(*) FROM events_take('x', 9)")" 1
	is "$(pg_sql bobbin_jobs -c "SELECT count(*) FROM events_take('y', 9)")" 0
	# Who has lost it changes nothing.
	pg_sql bobbin_jobs -c "SELECT events_done('y', 9223372036854775807)" \
	    >"$T/out"
	is "$(sql 'SELECT sent < last FROM event_relay')" t
	sql "UPDATE event_relay SET until = '-infinity'"
}

# ---- the table

an_hour_later_events_are_gone() {
	sql 'UPDATE events SET seq = seq - 3601000000 WHERE seq IS NOT NULL'
	sql 'UPDATE event_relay SET sent = sent - 3601000000,
	    last = last - 3601000000'
	_say alice 2
	sql "UPDATE events SET at = now() - interval '61 minutes'
	    WHERE seq IS NULL AND payload LIKE '%\"$m\"%'"
	pg_sql bobbin_jobs -c 'SELECT events_sweep(1)' >"$T/out"
	pg_sql bobbin_jobs -c 'SELECT events_sweep(100000)' >"$T/out"
	is "$(sql 'SELECT count(*) FROM events')" 1 'events that stay'
	_relay_on
	_wait_for _none_new
	_relay_down
}

without_a_relay_for_a_day_nothing_is_written() {
	sql "UPDATE event_switch SET seen = now() - interval '25 hours'"
	before=$(sql 'SELECT count(*) FROM events')
	_say alice 3
	is "$(sql 'SELECT count(*) FROM events')" "$before" events
	_relay_on
	_say alice 1
	is "$(sql 'SELECT count(*) FROM events')" $((before + 1)) events
	_relay_down
}

a_bulk_load_is_told() {
	_relay_on
	_listen judy "$T/bulk"
	pg_sql demo_agent -c "INSERT INTO users_threads_runs (email, thread_id,
	    run_id, prompt) SELECT 'judy@example.com', 'bulk', 'bulk-' || n, n
	    FROM generate_series(1, 2000) n"
	_wait_for _complete 1 2000 "$T/bulk" ||
	    flunk "$(_data "$T/bulk" | wc -l) events"
	# The buffer has the last thousand.
	_listen judy "$T/bulk.2" /api/v1/events -H 'Last-Event-ID: 1:0'
	_wait_for _complete 1001 2000 "$T/bulk.2" ||
	    flunk "$(_data "$T/bulk.2" | wc -l) events"
	_relay_down
}

# ---- many

a_thousand_listeners_hold_no_worker() {
	_relay_on
	for u in 1 2 3 4 5 6 7 8 9 10; do
		_listeners 100 sse "$T/many.$u" /api/v1/events \
		    "Authorization: Bearer $(token_of "user-$u")"
	done
	as alice get /chat-threads
	status_is 200
	_say_to_all
	_wait_for _counted 200 || flunk "some are not told: $(cat "$T"/many.*.count)"
	# The workers are free, and one user's news wake nobody else.
	as user-1 post /chat/relay-1/runs '{"prompt":"x"}'
	status_is 201
	_wait_for _is 300 "$T/many.1.count" || flunk 'user-1 is not told'
	is "$(cat "$T/many.2.count")" 200 'events of user-2'
	_relay_down
}

_say_to_all() {
	pg_sql demo_agent -c "INSERT INTO users_threads_runs (email, thread_id,
	    run_id) SELECT 'user-' || n || '@example.com', 'relay-' || n,
	    'all-' || n FROM generate_series(1, 10) n"
}

_is() {
	[ "$(cat "$2" 2>/dev/null)" = "$1" ]
}

_counted() {
	for u in 1 2 3 4 5 6 7 8 9 10; do
		_is "$1" "$T/many.$u.count" || return 1
	done
}

# What does not fit into an owner's share of nginx's memory is dropped.
a_flood_of_one_owner_stops_nobody() {
	sed -i 's/16m/100k/' "$T/nginx/bobbin/bobbin-publish"
	nginx_reload
	_relay_on
	_listen leo "$T/flood"
	pg_sql demo_agent -c "INSERT INTO users_threads_runs (email, thread_id,
	    run_id, prompt) SELECT 'mallory@example.com', 'flood',
	    'flood-' || n, repeat('x', 2000) FROM generate_series(1, 200) n"
	as leo post /chat/calm/runs '{"prompt":"x"}'
	_hears "$T/flood" 2
	_wait_for grep -q 'nginx refused [1-9]' "$T/log/bobbin.log" ||
	    flunk 'there is no limit'
	_relay_down
}

it_run
