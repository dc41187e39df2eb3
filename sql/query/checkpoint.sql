-- checkpoint.sql: LangGraph's tables, read only.  {checkpoints},
-- {checkpoint_blobs}, {checkpoint_writes}, {task_path} and {thread_id} depend
-- on what is found (core/checkpoint.c).  Every column is text or bytea.

-- name: ckpt_layout :free
-- $1 schema ('': search path).  One row for each of the three tables.
SELECT v.name, format('%I.%I', n.nspname, c.relname) AS place,
       (has_schema_privilege(n.oid, 'USAGE')
	AND has_table_privilege(c.oid, 'SELECT'))::text AS readable,
       EXISTS (SELECT FROM pg_catalog.pg_attribute a
		WHERE a.attrelid = c.oid AND a.attnum > 0
		  AND NOT a.attisdropped AND a.attname = v.col)::text AS has,
       EXISTS (SELECT FROM pg_catalog.pg_attribute a
		WHERE a.attrelid = c.oid AND a.attname = 'thread_id'
		  AND a.atttypid = 'uuid'::regtype)::text AS uuid
  FROM (VALUES ('checkpoints', 'checkpoint_id'),
	       ('checkpoint_blobs', 'version'),
	       ('checkpoint_writes', 'task_path')) v(name, col)
  JOIN pg_catalog.pg_class c ON c.relname = v.name
   AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE CASE WHEN coalesce($1::text, '') = ''
       THEN c.oid = to_regclass(v.name)
       ELSE n.nspname = $1::text END;

-- name: ckpt_messages :free :binary
-- $1 thread, $2 namespace, $3 channel, $4 bytes at most.  The newest state of
-- one channel: rows in the order of application (core/replay.h).
WITH RECURSIVE t AS MATERIALIZED (
  SELECT {thread_id} AS id FROM (SELECT $1::text AS thread_id) p
), head AS MATERIALIZED (
  SELECT checkpoint_id, parent_checkpoint_id, checkpoint, metadata
    FROM {checkpoints} c
   WHERE c.thread_id = (SELECT id FROM t) AND c.checkpoint_ns = $2::text
   ORDER BY checkpoint_id DESC
   LIMIT 1
), walk AS (
  SELECT h.checkpoint_id, h.parent_checkpoint_id, 0 AS depth,
	 h.checkpoint->'channel_versions'->>$3::text AS ver,
	 h.checkpoint->'channel_values'->$3::text AS inline_val,
	 EXISTS (SELECT FROM {checkpoint_blobs} b
		  WHERE b.thread_id = (SELECT id FROM t)
		    AND b.checkpoint_ns = $2::text AND b.channel = $3::text
		    AND b.version = h.checkpoint->'channel_versions'->>$3::text
		    AND b.type <> 'empty') AS has_blob
    FROM head h
  UNION ALL
  SELECT p.checkpoint_id, p.parent_checkpoint_id, w.depth + 1,
	 p.checkpoint->'channel_versions'->>$3::text,
	 p.checkpoint->'channel_values'->$3::text,
	 EXISTS (SELECT FROM {checkpoint_blobs} b
		  WHERE b.thread_id = (SELECT id FROM t)
		    AND b.checkpoint_ns = $2::text AND b.channel = $3::text
		    AND b.version = p.checkpoint->'channel_versions'->>$3::text
		    AND b.type <> 'empty')
    FROM walk w
    JOIN {checkpoints} p ON p.thread_id = (SELECT id FROM t)
     AND p.checkpoint_ns = $2::text
     AND p.checkpoint_id = w.parent_checkpoint_id
   WHERE NOT w.has_blob AND w.inline_val IS NULL
     AND (w.depth > 0 OR w.ver IS NOT NULL)
     AND w.depth < 6000
), part AS MATERIALIZED (
  SELECT 's'::text AS k, w.depth, ''::text AS task_path, NULL::text AS task_id,
	 NULL::int AS idx, $3::text AS channel, b.type, b.blob, w.inline_val
    FROM walk w
    LEFT JOIN LATERAL (SELECT b.type, b.blob FROM {checkpoint_blobs} b
			WHERE b.thread_id = (SELECT id FROM t)
			  AND b.checkpoint_ns = $2::text
			  AND b.channel = $3::text AND b.version = w.ver
			  AND b.type <> 'empty' OFFSET 0) b ON true
   WHERE w.has_blob OR w.inline_val IS NOT NULL
  UNION ALL
  SELECT 'w', w.depth, CASE WHEN w.depth = 0 THEN cw.task_path ELSE '' END,
	 cw.task_id, cw.idx, cw.channel, cw.type, cw.blob, NULL
    FROM walk w
   CROSS JOIN LATERAL
	 (SELECT {task_path} AS task_path, cw.task_id::text AS task_id, cw.idx,
		 cw.channel, cw.type, cw.blob
	    FROM {checkpoint_writes} cw
	   WHERE cw.thread_id = (SELECT id FROM t)
	     AND cw.checkpoint_ns = $2::text
	     AND cw.checkpoint_id = w.checkpoint_id
	     AND (cw.channel = $3::text OR (w.depth = 0 AND cw.channel IN
		  ('__interrupt__', '__error__', '__resume__'))) OFFSET 0) cw
), total AS (
  SELECT coalesce(sum(octet_length(blob)), 0) AS bytes FROM part
)
SELECT r.k, r.depth::text AS depth, r.task_path, r.task_id, r.idx::text AS idx,
       r.channel, r.type, r.blob, r.inline_val::text AS inline_val,
       r.info::text AS info
  FROM (SELECT 'h'::text AS k, 0 AS depth, ''::text AS task_path,
	       NULL::text AS task_id, NULL::int AS idx, NULL::text AS channel,
	       NULL::text AS type, NULL::bytea AS blob,
	       NULL::jsonb AS inline_val, jsonb_build_object(
	       'checkpoint_id', h.checkpoint_id, 'ts', h.checkpoint->>'ts',
	       'metadata', h.metadata,
	       'versioned', (h.checkpoint->'channel_versions') ? $3::text,
	       'complete', l.has_blob OR l.inline_val IS NOT NULL
		   OR l.parent_checkpoint_id IS NULL
		   OR (l.depth = 0 AND l.ver IS NULL)) AS info
	  FROM head h,
	       LATERAL (SELECT * FROM walk ORDER BY depth DESC LIMIT 1) l
	 UNION ALL
	SELECT p.k, p.depth, p.task_path, p.task_id, p.idx, p.channel, p.type,
	       CASE WHEN t.bytes <= $4::bigint THEN p.blob END, p.inline_val,
	       NULL
	  FROM part p, total t) r
 ORDER BY (r.k <> 'h'), r.depth DESC, r.k, r.task_path COLLATE "C",
       r.task_id COLLATE "C", r.idx;

-- name: ckpt_tasks :free :binary
-- $1 thread, $2 namespace.  What the head's tasks are made of (core/tasks.h).
WITH t AS MATERIALIZED (
  SELECT {thread_id} AS id FROM (SELECT $1::text AS thread_id) p
), page AS MATERIALIZED (
  SELECT checkpoint_id, checkpoint, metadata
    FROM {checkpoints} c
   WHERE c.thread_id = (SELECT id FROM t) AND c.checkpoint_ns = $2::text
   ORDER BY checkpoint_id DESC
   LIMIT 1
), ver AS MATERIALIZED (
  SELECT p.checkpoint_id, v.key AS channel, v.value AS version, p.checkpoint,
	 CASE WHEN v.key LIKE 'branch:to:%' THEN substr(v.key, 11)
	 ELSE v.key END AS name
    FROM page p
   CROSS JOIN LATERAL jsonb_each_text(p.checkpoint->'channel_versions') v
   WHERE v.key LIKE 'branch:to:%' OR v.key IN ('__start__', '__pregel_tasks')
), r AS (
  SELECT checkpoint_id, 'c'::text AS k, NULL::text AS name,
	 NULL::text AS task_path, NULL::text AS task_id, NULL::int AS idx,
	 NULL::text AS type, NULL::bytea AS blob, jsonb_build_object(
	 'metadata', metadata,
	 'versions', checkpoint->'channel_versions') AS info
    FROM page
  UNION ALL
  SELECT v.checkpoint_id, 'n', v.name, NULL, NULL, NULL, NULL, NULL, NULL
    FROM ver v
   WHERE v.channel <> '__pregel_tasks'
     AND v.version IS DISTINCT FROM
	 v.checkpoint->'versions_seen'->v.name->>v.channel
     AND ((v.checkpoint->'channel_values') ? v.channel
	  OR EXISTS (SELECT FROM {checkpoint_blobs} b
		      WHERE b.thread_id = (SELECT id FROM t)
			AND b.checkpoint_ns = $2::text
			AND b.channel = v.channel AND b.version = v.version
			AND b.type <> 'empty'))
  UNION ALL
  SELECT v.checkpoint_id, 's', NULL, NULL, NULL, NULL, b.type, b.blob, NULL
    FROM ver v
    JOIN {checkpoint_blobs} b ON b.thread_id = (SELECT id FROM t)
     AND b.checkpoint_ns = $2::text AND b.channel = v.channel
     AND b.version = v.version AND b.type <> 'empty'
   WHERE v.channel = '__pregel_tasks'
  UNION ALL
  SELECT p.checkpoint_id, 'w', w.channel, {task_path}, w.task_id::text, w.idx,
	 w.type, CASE WHEN w.channel IN ('__interrupt__', '__error__',
	 '__resume__') THEN w.blob END, NULL
    FROM page p
    JOIN {checkpoint_writes} w ON w.thread_id = (SELECT id FROM t)
     AND w.checkpoint_ns = $2::text AND w.checkpoint_id = p.checkpoint_id
)
SELECT k, name, task_path, task_id, idx::text AS idx, type, blob,
       info::text AS info, checkpoint_id
  FROM r
 ORDER BY k, name COLLATE "C", task_path COLLATE "C", task_id COLLATE "C", idx;

-- name: ckpt_values :free :binary
-- $1 thread, $2 namespace, $3 channel to leave out, $4 bytes at most.  What
-- the head stores in every other channel that is the graph's own.
WITH t AS MATERIALIZED (
  SELECT {thread_id} AS id FROM (SELECT $1::text AS thread_id) p
), head AS MATERIALIZED (
  SELECT checkpoint_id, checkpoint
    FROM {checkpoints} c
   WHERE c.thread_id = (SELECT id FROM t) AND c.checkpoint_ns = $2::text
   ORDER BY checkpoint_id DESC
   LIMIT 1
), part AS MATERIALIZED (
  SELECT v.key AS channel, b.type, b.blob,
	 h.checkpoint->'channel_values'->v.key AS inline_val
    FROM head h
   CROSS JOIN LATERAL jsonb_each_text(h.checkpoint->'channel_versions') v
    LEFT JOIN {checkpoint_blobs} b ON b.thread_id = (SELECT id FROM t)
     AND b.checkpoint_ns = $2::text AND b.channel = v.key
     AND b.version = v.value AND b.type <> 'empty'
   WHERE v.key <> $3::text
     AND v.key !~ '^(__|branch:|start:|join:)' OR v.key = '__root__'
)
SELECT channel, type,
       CASE WHEN (SELECT coalesce(sum(octet_length(blob)), 0) FROM part)
		 <= $4::bigint THEN blob END AS blob,
       inline_val::text AS inline_val,
       (SELECT checkpoint_id FROM head) AS checkpoint_id
  FROM part
 WHERE type IS NOT NULL OR inline_val IS NOT NULL
 ORDER BY channel COLLATE "C";
