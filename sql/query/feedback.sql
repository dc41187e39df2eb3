-- feedback.sql: ratings with comments.  Rows with an item are another face's.

-- name: feedback_put :owned
-- $2 run, $3 score or NULL, $4 comment or NULL, $5 queue for delivery.  What is
-- NULL keeps its stored value.  No row: not the caller's run.
SELECT run_id, thread_id, score, comment, created_at, updated_at, queued
  FROM feedback_keep($1::text, $2::text, $3::smallint, $4::text, $5::boolean);

-- name: feedback_clear :owned
-- $2 run, $3 the score, $4 the comment (whether), $5 queue what is left.  No
-- row: not the caller's run.
SELECT run_id
  FROM feedback_clear($1::text, $2::text, $3::boolean, $4::boolean,
       $5::boolean) AS run_id
 WHERE run_id IS NOT NULL;

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
