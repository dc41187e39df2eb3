-- thread.sql: threads that have runs, and their claims.

-- name: thread_list :owned
-- $2 limit, $3 offset.  One snapshot for page and total; a page without
-- threads is one row whose thread_id is NULL.
SELECT t.thread_id, t.latest, t.run_count, t.first_prompt, o.total, t.id,
       t.version
  FROM (SELECT coalesce((SELECT thread_count FROM owners
			  WHERE email = $1::text), 0) AS total) o
  LEFT JOIN LATERAL (
	SELECT id, thread_id, latest, latest_key, run_count, first_prompt,
	       version
	  FROM threads
	 WHERE email = $1::text
	   AND run_count > 0
	 ORDER BY latest_key DESC, thread_id DESC
	 LIMIT $2::integer
	OFFSET $3::bigint) t ON true
 ORDER BY t.latest_key DESC, t.thread_id DESC;

-- name: thread_list_after :owned
-- $2 limit, $3 latest (NULL where it was null) and $4 thread of the last row
-- seen, or NULL and $5 its id: a cursor is short, a thread_id may be long.  If
-- that row is gone, its latest alone decides.  CASE, because under row security coalesce() is no index condition.
SELECT t.thread_id, t.latest, t.run_count, t.first_prompt, o.total, t.id,
       t.version
  FROM (SELECT coalesce((SELECT thread_count FROM owners
			  WHERE email = $1::text), 0) AS total) o
  LEFT JOIN LATERAL (
	SELECT id, thread_id, latest, latest_key, run_count, first_prompt,
	       version
	  FROM threads
	 WHERE email = $1::text
	   AND run_count > 0
	   AND (latest_key, thread_id)
	       < (CASE WHEN $3::timestamp IS NULL THEN '-infinity'
		  ELSE $3::timestamp END,
		  CASE WHEN $4::text IS NULL
		  THEN (SELECT thread_id FROM threads
			 WHERE email = $1::text AND id = $5::uuid)
		  ELSE $4::text END)
	 ORDER BY latest_key DESC, thread_id DESC
	 LIMIT $2::integer) t ON true
 ORDER BY t.latest_key DESC, t.thread_id DESC;

-- name: thread_count :owned
SELECT coalesce((SELECT thread_count FROM owners
		  WHERE email = $1::text), 0) AS total;

-- name: thread_delete :owned
-- $2 thread, $3 schema of LangGraph's tables
SELECT checkpoint_blobs, checkpoint_writes, checkpoints, users_threads_runs,
       messages, artifacts, feedback, existed
  FROM thread_delete($1::text, $2::text, $3::text);

-- name: claim_held :owned
-- $2 thread.  A row if its checkpoints are the caller's to see.
SELECT claimed_at
  FROM thread_claims
 WHERE email = $1::text
   AND thread_id = $2::text
   AND deleted_at IS NULL;
