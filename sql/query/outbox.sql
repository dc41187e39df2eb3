-- outbox.sql: delivery to LangSmith; run by bobbin_jobs alone.
--
-- A batch is taken by moving next_at a lease ahead, because no lock lives
-- through an HTTP request; a sender that dies gives it back by doing nothing.
-- revision is what was read: a newer submission keeps the row pending.  A row
-- with a run's id is of feedback that was taken back, and has no other row.

-- name: outbox_claim :free
-- $1 rows, $2 seconds of lease.  What was said anew of a run waits until what
-- was taken back is gone; LIMIT, so that this is an index probe for each row.
WITH due AS (
	SELECT o.feedback_id
	  FROM feedback_outbox o
	 WHERE o.state = 'pending'
	   AND o.next_at <= now()
	   AND (SELECT true
		  FROM feedback f
		  JOIN feedback_outbox gone ON gone.email = f.email
		   AND gone.run_id = f.run_id AND gone.state = 'pending'
		 WHERE f.id = o.feedback_id
		 LIMIT 1) IS NULL
	 ORDER BY o.next_at
	 LIMIT $1::integer
	   FOR UPDATE SKIP LOCKED
), taken AS (
	UPDATE feedback_outbox o
	   SET next_at = now() + $2::integer * interval '1 second',
	       tried = true
	  FROM due
	 WHERE o.feedback_id = due.feedback_id
	RETURNING o.feedback_id, o.created, o.dirty_score, o.dirty_comment,
	       o.revision, o.attempts, o.first_at,
	       o.run_id IS NOT NULL AS gone
)
SELECT t.feedback_id, f.run_id, f.score, f.comment, f.created_at,
       f.updated_at, t.created, t.dirty_score, t.dirty_comment, t.revision,
       t.attempts, extract(epoch FROM now() - t.first_at)::bigint AS age,
       t.gone
  FROM taken t
  LEFT JOIN feedback f ON f.id = t.feedback_id
 WHERE t.gone OR f.id IS NOT NULL
 ORDER BY t.first_at;

-- name: outbox_created :free
-- $1 feedback.  It exists there; from now on it is updated.
UPDATE feedback_outbox
   SET created = true
 WHERE feedback_id = $1::uuid;

-- name: outbox_missing :free
-- $1 feedback.  It exists there no longer; it is created again, at once.
UPDATE feedback_outbox
   SET created = false, next_at = now()
 WHERE feedback_id = $1::uuid;

-- name: outbox_delivered :free
-- $1 feedback, $2 revision that was sent, $3 status
UPDATE feedback_outbox
   SET created = true,
       last_status = $3::integer,
       last_error = NULL,
       attempts = 0,
       next_at = now(),
       state = CASE revision WHEN $2::bigint THEN 'delivered'
	       ELSE state END,
       dirty_score = dirty_score AND revision <> $2::bigint,
       dirty_comment = dirty_comment AND revision <> $2::bigint
 WHERE feedback_id = $1::uuid
   AND state = 'pending';

-- name: outbox_gone :free
-- $1 feedback that was taken back, and is no longer there.
DELETE FROM feedback_outbox
 WHERE feedback_id = $1::uuid
   AND run_id IS NOT NULL;

-- name: outbox_retry :free
-- $1 feedback, $2 milliseconds from now, $3 status or NULL, $4 error (valid
-- UTF-8, at most 500 bytes)
UPDATE feedback_outbox
   SET attempts = attempts + 1,
       next_at = now() + $2::bigint * interval '1 millisecond',
       last_status = $3::integer,
       last_error = $4::text
 WHERE feedback_id = $1::uuid
   AND state = 'pending';

-- name: outbox_dead :free
-- $1 feedback, $2 revision, $3 status or NULL, $4 error as above
UPDATE feedback_outbox
   SET state = CASE revision WHEN $2::bigint THEN 'dead' ELSE state END,
       next_at = now(),
       last_status = $3::integer,
       last_error = $4::text
 WHERE feedback_id = $1::uuid
   AND state = 'pending';

-- name: outbox_pause :free
-- $1 seconds: nothing is due before; attempts are not counted.
UPDATE feedback_outbox
   SET next_at = now() + $1::integer * interval '1 second'
 WHERE state = 'pending'
   AND next_at < now() + $1::integer * interval '1 second';

-- name: outbox_requeue :free
-- The dead ones once more.
UPDATE feedback_outbox
   SET state = 'pending', attempts = 0, first_at = now(), next_at = now()
 WHERE state = 'dead';

-- name: outbox_count :free
SELECT state, count(*) AS n
  FROM feedback_outbox
 GROUP BY state
 ORDER BY state;

-- name: claims_sweep :free
-- $1 schema of LangGraph's tables.  Rows that came back after a deletion.
SELECT sweep_deleted($1::text) AS swept;
