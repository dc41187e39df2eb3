-- thread.sql: threads that have runs, and their claims.

-- name: thread_list :owned :binary
-- $2 limit, $3 offset.  Page and total are one snapshot; a page without
-- threads shows no total: then thread_count tells.
SELECT thread_id, latest, run_count, first_prompt,
       (SELECT thread_count FROM owners WHERE email = $1::text) AS total,
       id::text
  FROM threads
 WHERE email = $1::text
   AND run_count > 0
 ORDER BY latest_key DESC, thread_id DESC
 LIMIT $2::integer
OFFSET $3::bigint;

-- name: thread_list_after :owned :binary
-- $2 limit, $3 latest (NULL where it was null) and $4 thread of the last row
-- seen, or NULL and $5 its id: a cursor is short, a thread_id may be long.  If
-- that row is gone, its latest alone decides.  CASE, because under row
-- security coalesce() is no index condition.  Otherwise as thread_list.
SELECT thread_id, latest, run_count, first_prompt,
       (SELECT thread_count FROM owners WHERE email = $1::text) AS total,
       id::text
  FROM threads
 WHERE email = $1::text
   AND run_count > 0
   AND (latest_key, thread_id)
       < (CASE WHEN $3::timestamp IS NULL THEN '-infinity'
	  ELSE $3::timestamp END,
	  CASE WHEN $4::text IS NULL
	  THEN (SELECT t.thread_id FROM threads t
		 WHERE t.email = $1::text AND t.id = $5::uuid)
	  ELSE $4::text END)
 ORDER BY latest_key DESC, thread_id DESC
 LIMIT $2::integer;

-- name: thread_count :owned
SELECT coalesce((SELECT thread_count FROM owners
		  WHERE email = $1::text), 0) AS total;

-- name: thread_delete :owned
-- $2 thread, $3 schema of LangGraph's tables
SELECT checkpoint_blobs, checkpoint_writes, checkpoints, users_threads_runs,
       messages, artifacts, feedback, existed
  FROM thread_delete($1::text, $2::text, $3::text);
