-- feedback.sql: ratings with comments.  Rows with an item are another face's.

-- name: feedback_put :owned
-- $2 run, $3 score or NULL, $4 comment or NULL, $5 queue for delivery.  What is
-- NULL keeps its stored value.  No row: not the caller's run.
WITH run AS (
	SELECT email, thread_id, coalesce(run_key(run_id), run_id) AS run_id
	  FROM users_threads_runs
	 WHERE email = $1::text
	   AND id = run_find($2::text)
	   FOR SHARE
), kept AS (
	INSERT INTO feedback AS f (email, thread_id, run_id, score, comment)
	SELECT email, thread_id, run_id, $3::smallint, $4::text
	  FROM run
	ON CONFLICT (email, run_id) WHERE item_id IS NULL DO UPDATE SET
	       score = coalesce(EXCLUDED.score, f.score),
	       comment = coalesce(EXCLUDED.comment, f.comment),
	       updated_at = now()
	RETURNING id, email, thread_id, run_id, score, comment, created_at,
	       updated_at
), queued AS (
	INSERT INTO feedback_outbox AS o (feedback_id, email, dirty_score,
	       dirty_comment)
	SELECT id, email, $3::smallint IS NOT NULL, $4::text IS NOT NULL
	  FROM kept
	 WHERE $5::boolean
	ON CONFLICT (feedback_id) DO UPDATE SET
	       state = 'pending',
	       dirty_score = o.dirty_score OR EXCLUDED.dirty_score,
	       dirty_comment = o.dirty_comment OR EXCLUDED.dirty_comment,
	       revision = o.revision + 1,
	       attempts = CASE o.state WHEN 'pending' THEN o.attempts
			  ELSE 0 END,
	       first_at = CASE o.state WHEN 'pending' THEN o.first_at
			  ELSE now() END,
	       next_at = CASE o.state WHEN 'pending' THEN o.next_at
			 ELSE now() END
	RETURNING state
)
SELECT k.run_id, k.thread_id, k.score, k.comment, k.created_at, k.updated_at,
       (SELECT count(*) FROM queued) AS queued
  FROM kept k;

-- name: feedback_list :owned
-- $2 thread or NULL, $3 limit, $4 updated_at and $5 id of the last row seen,
-- or NULL both.  Newest first.  CASE, because under row security coalesce()
-- is no index condition.
SELECT f.run_id, f.thread_id, f.score, f.comment, f.created_at, f.updated_at,
       CASE o.state WHEN 'dead' THEN 'failed' ELSE coalesce(o.state, 'none')
       END AS delivery, f.id
  FROM feedback f
  LEFT JOIN feedback_outbox o ON o.email = f.email AND o.feedback_id = f.id
 WHERE f.email = $1::text
   AND f.item_id IS NULL
   AND ($2::text IS NULL OR f.thread_id = $2::text)
   AND (f.updated_at, f.id) < (
       CASE WHEN $4::timestamptz IS NULL THEN 'infinity'
       ELSE $4::timestamptz END,
       CASE WHEN $5::uuid IS NULL THEN 'ffffffff-ffff-ffff-ffff-ffffffffffff'
       ELSE $5::uuid END)
 ORDER BY f.updated_at DESC, f.id DESC
 LIMIT $3::integer;

-- name: feedback_thread :owned
-- $2 thread
SELECT run_id, score, comment, updated_at
  FROM feedback
 WHERE email = $1::text
   AND thread_id = $2::text
   AND item_id IS NULL
 ORDER BY updated_at, id;
