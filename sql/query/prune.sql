-- prune.sql: pruning LangGraph's checkpoints; run by bobbin_jobs, and by an
-- operator's tools that only look.  $1 is the schema of LangGraph's tables
-- ('': search path).

-- name: read_only :free
-- Nothing after it in the pipeline can write.
SELECT set_config('transaction_read_only', 'on', true);

-- name: prune_list :free
-- $2 ids after this one (NULL: all), $3 how many, $4 unclaimed ones too.
-- Rows of (thread, id of its head or NULL).
SELECT thread_id, head
  FROM prune_list($1::text, $2::text, $3::integer, $4::boolean);

-- name: prune_plan :free
-- $2 thread, $3 checkpoints that stay, $4 seconds of age, $5 unclaimed too
SELECT CASE WHEN (reason IS NULL OR reason = 'incomplete')
       AND prune_busy($2::text) THEN 'busy' ELSE reason END AS reason,
       head, mark, checkpoints, checkpoints_go, writes, writes_go,
       blobs, blobs_go, bytes, bytes_go
  FROM prune_plan($1::text, $2::text, $3::integer, $4::bigint, $5::boolean);

-- name: prune_locked :free
-- $1 thread.  Of what the next one waits for, somebody has a lock; takes none.
SELECT prune_locked($1::text);

-- name: prune_batch :free
-- $2..$5 as in prune_plan, $6 head, $7 mark, $8 rows
SELECT reason, checkpoints, writes, blobs, bytes, more
  FROM prune_batch($1::text, $2::text, $3::integer, $4::bigint, $5::boolean,
       $6::text, $7::text, $8::integer);
