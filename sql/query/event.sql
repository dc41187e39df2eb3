-- event.sql: live events.  All but the first are the relay's, in bobbin jobs.

-- name: event_thread :owned
-- $2 thread.  Its uuid; NULL: the caller has none of that id.
SELECT thread_find($1::text, $2::text) AS id;

-- name: events_take :free
-- $1 relay, $2 rows
SELECT seq, email, at, kind, thread, thread_id, payload
  FROM events_take($1::text, $2::integer);

-- name: events_again :free
-- $1 relay.  False: another one is at it.
SELECT events_again($1::text);

-- name: events_done :free
-- $1 relay, $2 number of the last event that was published
SELECT events_done($1::text, $2::bigint);

-- name: events_sweep :free
-- $1 rows
SELECT events_sweep($1::integer);
