-- run.sql: the run ledger.  Run ids in parameters are canonical (what is no
-- UUID: verbatim); in rows they are made so.

-- name: run_register :owned
-- $2 thread, $3 run, $4 prompt, $5 keep a stored prompt, $6 acts for an agent,
-- $7 schema of LangGraph's tables ('': search path).  BB409 if taken.
SELECT run_id, thread_id, prompt, timestamp, sentiment, created
  FROM run_register($1::text, $2::text, $3::text, $4::text, $5::boolean,
       $6::boolean, $7::text);

-- name: run_ids :owned
-- $2 thread.  Its runs, oldest first; ids as they are stored, because the
-- caller makes canonical ones of them at a fraction of the price.
SELECT run_id, prompt, timestamp
  FROM users_threads_runs
 WHERE email = $1::text
   AND thread_id = $2::text COLLATE "C"
 ORDER BY timestamp, id;

-- name: run_ids_few :owned
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
-- $2 run, $3 sentiment or NULL.  No row: not the caller's.  The canonical
-- spelling, which most have, is found without a function call.
UPDATE users_threads_runs
   SET sentiment = $3::boolean
 WHERE email = $1::text
   AND id = (SELECT coalesce((SELECT r.id FROM users_threads_runs r
			       WHERE r.email = $1::text
				 AND r.run_id = $2::text),
		    run_find($2::text)))
RETURNING coalesce(run_key(run_id), run_id) AS run_id, sentiment;

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
