-- run.sql: the run ledger.  Run ids in parameters are canonical (what is no
-- UUID: verbatim); in rows they are made so.

-- name: run_register :owned
-- $2 thread, $3 run, $4 prompt, $5 keep a stored prompt, $6 acts for an agent,
-- $7 schema of LangGraph's tables ('': search path).  BB409 if taken.
SELECT run_id, thread_id, prompt, timestamp, sentiment, created
  FROM run_register($1::text, $2::text, $3::text, $4::text, $5::boolean,
       $6::boolean, $7::text);

-- name: run_ids :owned :binary
-- $2 thread.  Its runs, oldest first; ids as they are stored, because the
-- caller makes canonical ones of them at a fraction of the price.
SELECT run_id, prompt, timestamp
  FROM users_threads_runs
 WHERE email = $1::text
   AND thread_id = $2::text COLLATE "C"
 ORDER BY timestamp, id;

-- name: run_ids_few :owned :binary
-- $2 thread, $3 rows at most.  The same, but for a prompt that is long: large
-- is true, and nothing of it here.
SELECT run_id,
       CASE WHEN octet_length(prompt) <= 4096 THEN prompt END AS prompt,
       timestamp, octet_length(prompt) > 4096 AS large
  FROM users_threads_runs
 WHERE email = $1::text
   AND thread_id = $2::text COLLATE "C"
 ORDER BY timestamp, id
 LIMIT $3::integer;

-- name: sentiments :owned
-- $2 thread.  Ids as they are stored.
SELECT run_id, sentiment
  FROM users_threads_runs
 WHERE email = $1::text
   AND thread_id = $2::text COLLATE "C"
   AND sentiment IS NOT NULL
 ORDER BY timestamp, id;

-- name: sentiment_set :owned
-- $2 run as it is stored, $3 sentiment or NULL.  No row: not the caller's, or
-- spelt otherwise.
UPDATE users_threads_runs
   SET sentiment = $3::boolean
 WHERE email = $1::text
   AND run_id = $2::text
RETURNING run_id;

-- name: sentiment_find :owned
-- The same of a run in any spelling.
UPDATE users_threads_runs
   SET sentiment = $3::boolean
 WHERE email = $1::text
   AND id = (SELECT run_find($2::text))
RETURNING run_id;

-- name: run_in_thread :owned
-- $2 thread, $3 run.  A row if the run is the caller's in that thread, and
-- the claim on the thread is too.
SELECT coalesce(run_key(run_id), run_id) AS run_id
  FROM users_threads_runs
 WHERE email = $1::text
   AND id = run_find($3::text)
   AND thread_id = $2::text
   AND EXISTS (SELECT FROM thread_claims c
		WHERE c.email = $1::text
		  AND c.thread_id = $2::text);

-- name: run_statistics :owned
-- $2 days, $3 minutes that the caller's clock is ahead of UTC.  A row for each
-- of the last days, the oldest first; threads is of all of them.  One index
-- leads to the threads, another to the runs of these days and to none before:
-- an aggregate by thread leaves the planner no other way.
WITH day AS (
	SELECT $3::integer * interval '1 minute' AS ahead,
	       (now() AT TIME ZONE 'UTC' + $3::integer * interval '1 minute')
	       ::date AS today
), bound AS (
	SELECT today - $2::integer + 1 - ahead AS since,
	       today + 1 - ahead AS until
	  FROM day
), used AS MATERIALIZED (
	SELECT t.thread_id, r.at, r.n, r.good, r.bad
	  FROM threads t
	 CROSS JOIN LATERAL (
		SELECT (r.timestamp + (SELECT ahead FROM day))::date AS at,
		       count(*) AS n,
		       count(*) FILTER (WHERE r.sentiment) AS good,
		       count(*) FILTER (WHERE NOT r.sentiment) AS bad
		  FROM users_threads_runs r
		 WHERE r.email = $1::text
		   AND r.thread_id = t.thread_id
		   AND r.timestamp >= (SELECT since FROM bound)
		   AND r.timestamp < (SELECT until FROM bound)
		 GROUP BY 1) r
	 WHERE t.email = $1::text
	   AND t.run_count > 0
	   AND t.latest_key >= (SELECT since FROM bound)
)
SELECT d.today - ago AS day, coalesce(sum(u.n), 0)::bigint AS runs,
       coalesce(sum(u.good), 0)::bigint AS positive,
       coalesce(sum(u.bad), 0)::bigint AS negative,
       (SELECT count(DISTINCT thread_id) FROM used) AS threads
  FROM day d
 CROSS JOIN generate_series($2::integer - 1, 0, -1) ago
  LEFT JOIN used u ON u.at = d.today - ago
 GROUP BY d.today - ago
 ORDER BY 1;

-- name: debug_run_own :owned
-- $2 run
SELECT email, thread_id, prompt, timestamp
  FROM users_threads_runs
 WHERE email = $1::text
   AND id = run_find($2::text);

-- name: debug_run_any :free
-- $1 run, whoever owns it: for ADMIN only.
SELECT email, thread_id, prompt, timestamp
  FROM debug_run($1::text);
