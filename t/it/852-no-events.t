#!/bin/sh
# 852-no-events.t: without EVENTS_SECRET, and without nchan, all else works.
. "${SRCDIR:?}/t/it/lib.sh"

it_args=--with-jobs
it_site='/^nchan_/,/^}/d; /bobbin-events;/d'
it_start

nobody_can_listen() {
	for p in /api/v1/events /api/v1/threads/any/events; do
		as alice get $p -H 'Accept: text/event-stream'
		status_is 503
		body_is '{"detail":"Live events are not configured"}'
		no_header Retry-After
	done
	as alice request POST /api/v1/events/token
	status_is 503
	get '/api/v1/events?token=x' -H 'Accept: text/event-stream'
	status_is 503
	get /api/v1/events -H 'Accept: text/event-stream'
	status_is 401
}

nothing_is_written() {
	as alice post /chat/plans/runs '{"prompt":"x"}'
	status_is 201
	as alice post /sentiment '{"run_id":"'$(field run_id)'","sentiment":true}'
	status_is 200
	is "$(sql 'SELECT count(*) FROM events')" 0 events
}

a_short_secret_is_refused() {
	printf 'EVENTS_SECRET = %s\n' "$(printf %031d 1)" >"$T/short.conf"
	! bobbin_run config -c "$T/short.conf" >"$T/out" 2>&1 ||
	    flunk 'it is not'
	grep -q 'EVENTS_SECRET: needs 32 bytes' "$T/out" || flunk "$(cat "$T/out")"
}

it_run
