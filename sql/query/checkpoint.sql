-- checkpoint.sql: LangGraph's tables, read only.  {checkpoints},
-- {checkpoint_blobs}, {checkpoint_writes}, {task_path} and {thread_id} depend
-- on what is found (core/checkpoint.c).  Every column is text or bytea.
-- channel_versions that are no object name no channel.

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
-- $1 thread, $2 namespace, $3 channel, $4 bytes at most, $5 the head or NULL
-- for the newest, $6 who must hold the claim or NULL.  The state of one channel
-- there: rows in the order of application (core/replay.h).
WITH RECURSIVE t AS MATERIALIZED (
  SELECT {thread_id} AS id FROM (SELECT $1::text AS thread_id
	 WHERE $6::text IS NULL
	    OR EXISTS (SELECT FROM thread_claims c
			WHERE c.email = $6::text
			  AND c.thread_id = $1::text COLLATE "C"
			  AND c.deleted_at IS NULL)) p
), head AS MATERIALIZED (
  SELECT checkpoint_id, parent_checkpoint_id, checkpoint, metadata
    FROM {checkpoints} c
   WHERE c.thread_id = (SELECT id FROM t) AND c.checkpoint_ns = $2::text
     AND ($5::text IS NULL OR c.checkpoint_id = $5::text)
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
	       'versioned', h.checkpoint->'channel_versions'->$3::text
		   IS NOT NULL,
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
-- $1 thread, $2 namespace, $3 the head or NULL for the newest, $4 who must
-- hold the claim or NULL, $5 bytes at most.  What the head's tasks are made of
-- (core/tasks.h).
WITH t AS MATERIALIZED (
  SELECT {thread_id} AS id FROM (SELECT $1::text AS thread_id
	 WHERE $4::text IS NULL
	    OR EXISTS (SELECT FROM thread_claims c
			WHERE c.email = $4::text
			  AND c.thread_id = $1::text COLLATE "C"
			  AND c.deleted_at IS NULL)) p
), page AS MATERIALIZED (
  SELECT checkpoint_id, checkpoint, metadata,
	 checkpoint->'channel_versions' AS versions
    FROM {checkpoints} c
   WHERE c.thread_id = (SELECT id FROM t) AND c.checkpoint_ns = $2::text
     AND ($3::text IS NULL OR c.checkpoint_id = $3::text)
   ORDER BY checkpoint_id DESC
   LIMIT 1
), ver AS MATERIALIZED (
  SELECT p.checkpoint_id, v.key AS channel, v.value AS version, p.checkpoint,
	 CASE WHEN v.key LIKE 'branch:to:%' THEN substr(v.key, 11)
	 ELSE v.key END AS name
    FROM page p
   CROSS JOIN LATERAL jsonb_each_text(CASE jsonb_typeof(p.versions)
	 WHEN 'object' THEN p.versions END) v
   WHERE v.key LIKE 'branch:to:%' OR v.key IN ('__start__', '__pregel_tasks')
), r AS (
  SELECT checkpoint_id, 'c'::text AS k, NULL::text AS name,
	 NULL::text AS task_path, NULL::text AS task_id, NULL::int AS idx,
	 NULL::text AS type, NULL::bytea AS blob, jsonb_build_object(
	 'metadata', metadata, 'versions', versions) AS info
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
SELECT k, name, task_path, task_id, idx::text AS idx, type,
       CASE WHEN sum(octet_length(blob)) OVER () <= $5::bigint THEN blob END
       AS blob, info::text AS info, checkpoint_id
  FROM r
 ORDER BY k, name COLLATE "C", task_path COLLATE "C", task_id COLLATE "C", idx;

-- name: ckpt_values :free :binary
-- $1 thread, $2 namespace, $3 channel to leave out, $4 bytes at most, $5 who
-- must hold the claim or NULL.  What the head stores in every other channel
-- that is the graph's own.
WITH t AS MATERIALIZED (
  SELECT {thread_id} AS id FROM (SELECT $1::text AS thread_id
	 WHERE $5::text IS NULL
	    OR EXISTS (SELECT FROM thread_claims c
			WHERE c.email = $5::text
			  AND c.thread_id = $1::text COLLATE "C"
			  AND c.deleted_at IS NULL)) p
), head AS MATERIALIZED (
  SELECT checkpoint_id, checkpoint, checkpoint->'channel_versions' AS versions
    FROM {checkpoints} c
   WHERE c.thread_id = (SELECT id FROM t) AND c.checkpoint_ns = $2::text
   ORDER BY checkpoint_id DESC
   LIMIT 1
), part AS MATERIALIZED (
  SELECT v.key AS channel, b.type, b.blob,
	 h.checkpoint->'channel_values'->v.key AS inline_val
    FROM head h
   CROSS JOIN LATERAL jsonb_each_text(CASE jsonb_typeof(h.versions)
	 WHEN 'object' THEN h.versions END) v
    LEFT JOIN LATERAL (SELECT b.type, b.blob FROM {checkpoint_blobs} b
			WHERE b.thread_id = (SELECT id FROM t)
			  AND b.checkpoint_ns = $2::text AND b.channel = v.key
			  AND b.version = v.value
			  AND b.type <> 'empty' OFFSET 0) b ON true
   WHERE v.key <> $3::text
     AND v.key !~ '^(__|branch:|start:|join:)' OR v.key = '__root__'
)
SELECT channel, CASE WHEN type IS NOT NULL OR t.inlines THEN type ELSE 'json' END
       AS type, CASE WHEN t.blobs THEN blob END AS blob,
       CASE WHEN t.inlines THEN inline_val END::text AS inline_val,
       (SELECT checkpoint_id FROM head) AS checkpoint_id
  FROM part, (SELECT coalesce(sum(octet_length(blob)), 0) <= $4::bigint
		     AS blobs,
		     coalesce(sum(pg_column_size(inline_val)), 0)
		     <= $4::bigint AS inlines
		FROM part) t
 WHERE type IS NOT NULL OR inline_val IS NOT NULL
 ORDER BY channel COLLATE "C";

-- name: conversations :owned :binary
-- $2 thread, or NULL for all that have runs; $3 checkpoints and $4 bytes at
-- most; $5 salt of the tag; $6 If-None-Match; $7 the ledger, too; $8 lists of
-- messages by their newest one where that may be (core/appended.h).  One
-- snapshot; rows in the order in which they are used (core/conversation.h):
-- the tag, then each thread with its runs, its interactions and their values,
-- then with $7 all runs, then all ratings.  Only tag and `same` if the tag is
-- among those of $6.
--
-- Mostly each checkpoint's parent is the one before it; then one ordered scan
-- is the chain, and only forks are walked from row to row.
--
-- A checkpoint row opens no interaction of its own but the root, source
-- "input", and a step beyond the next one; rows beyond $3 are not shown, but
-- the first of them tells what the last one shown has changed.
--
-- LangGraph's keys have the database's collation: under another one none of
-- their indexes would be used.
WITH RECURSIVE scope AS MATERIALIZED (
  SELECT s.thread_id, s.version, c.thread_id AS claimed
    FROM (SELECT $2::text AS thread_id, 0::bigint AS version
	   WHERE $2::text IS NOT NULL
	  UNION ALL
	  SELECT thread_id, version FROM threads
	   WHERE email = $1::text AND run_count > 0 AND $2::text IS NULL) s
    LEFT JOIN thread_claims c ON c.thread_id = s.thread_id COLLATE "C"
     AND c.email = $1::text AND c.deleted_at IS NULL
   ORDER BY s.thread_id COLLATE "C"
), keyed AS MATERIALIZED (
  SELECT s.thread_id AS name, s.version, k.id AS key
    FROM scope s,
	 LATERAL (SELECT {thread_id} AS id
		    FROM (SELECT s.claimed COLLATE "default" AS thread_id) p) k
   ORDER BY s.thread_id COLLATE "C"
), tag AS MATERIALIZED (
  SELECT translate(encode(substr(sha256(convert_to(concat_ws(E'\n',
	 $1::text, $5::text, string_agg(concat_ws(E'\t', k.name, k.version,
	 h.checkpoint_id, l.checkpoint_id, w.n), E'\n'
	 ORDER BY k.name COLLATE "C")), 'UTF8')), 1, 18), 'base64'),
	 '+/', '-_') AS tag
    FROM keyed k
    LEFT JOIN LATERAL (SELECT c.checkpoint_id FROM {checkpoints} c
			WHERE c.thread_id = k.key AND c.checkpoint_ns = ''
			ORDER BY c.checkpoint_id DESC LIMIT 1) h ON true
    LEFT JOIN LATERAL (SELECT c.checkpoint_id FROM {checkpoints} c
			WHERE c.thread_id = k.key AND c.checkpoint_ns = ''
			ORDER BY c.checkpoint_id LIMIT 1) l ON true
    LEFT JOIN LATERAL (SELECT count(*) AS n FROM {checkpoint_writes} w
			WHERE w.thread_id = k.key AND w.checkpoint_ns = ''
			  AND w.checkpoint_id = h.checkpoint_id) w ON true
   WHERE $5::text IS NOT NULL
), news AS MATERIALIZED (
  SELECT tag, ($6::text = '*'
	 OR strpos($6::text, '"' || tag || '"') > 0) IS TRUE AS same
    FROM tag
)
SELECT 'e' AS k, NULL AS thread_id, NULL AS grp, tag AS a, same::text AS b,
       NULL AS c, NULL AS channel, NULL AS type, NULL::bytea AS blob,
       NULL AS inline_val
  FROM news
UNION ALL
SELECT p.k, s.name, p.grp::text, p.a, p.b, p.c, p.channel, p.type, p.blob,
       p.inline_val
  FROM keyed s,
LATERAL (
WITH RECURSIVE every AS MATERIALIZED (
  SELECT c.checkpoint_id, c.ts, c.run_id,
	 row_number() OVER o - 1 AS depth, lead(c.checkpoint_id) OVER o AS up,
	 row_number() OVER o <= $3::integer
	 AND (lead(c.checkpoint_id) OVER o IS NULL OR c.source = 'input'
	 OR c.step > lead(c.step) OVER o + 1) IS TRUE AS begins,
	 (lead(c.checkpoint_id) OVER o IS NULL
	  OR c.parent_checkpoint_id = lead(c.checkpoint_id) OVER o) IS TRUE
	 AS linked
    FROM (SELECT c.checkpoint_id, c.parent_checkpoint_id,
		 c.checkpoint->>'ts' AS ts, c.metadata->>'source' AS source,
		 CASE jsonb_typeof(c.metadata->'step') WHEN 'number'
		 THEN (c.metadata->'step')::numeric END AS step,
		 c.metadata->>'run_id' AS run_id
	    FROM {checkpoints} c
	   WHERE c.thread_id = s.key AND c.checkpoint_ns = ''
	   ORDER BY c.checkpoint_id DESC
	   LIMIT $3::integer + 1) c
  WINDOW o AS (ORDER BY c.checkpoint_id DESC)
), straight AS MATERIALIZED (
  SELECT bool_and(linked) AS yes, count(*) AS n, max(checkpoint_id) AS head,
	 NOT bool_and(linked) OR count(run_id) > 0 AS named
    FROM every
), walk AS (
  (SELECT c.checkpoint_id, c.parent_checkpoint_id, 0::bigint AS depth,
	  c.checkpoint->>'ts' AS ts, c.metadata->>'source' AS source,
	  CASE jsonb_typeof(c.metadata->'step') WHEN 'number'
	  THEN (c.metadata->'step')::numeric END AS step,
	  c.metadata->>'run_id' AS run_id
     FROM {checkpoints} c
    WHERE c.thread_id = s.key AND c.checkpoint_ns = ''
      AND NOT (SELECT yes FROM straight)
    ORDER BY c.checkpoint_id DESC
    LIMIT 1)
  UNION ALL
  SELECT p.checkpoint_id, p.parent_checkpoint_id, w.depth + 1,
	 p.checkpoint->>'ts', p.metadata->>'source',
	 CASE jsonb_typeof(p.metadata->'step') WHEN 'number'
	 THEN (p.metadata->'step')::numeric END,
	 p.metadata->>'run_id'
    FROM walk w
    JOIN {checkpoints} p ON p.thread_id = s.key AND p.checkpoint_ns = ''
     AND p.checkpoint_id = w.parent_checkpoint_id
   WHERE w.depth < $3::integer
), chain AS NOT MATERIALIZED (
  SELECT checkpoint_id, depth, ts, run_id, up, begins
    FROM every
   WHERE (SELECT yes FROM straight)
  UNION ALL
  SELECT w.checkpoint_id, w.depth, w.ts, w.run_id,
	 lead(w.checkpoint_id) OVER o AS up, w.depth < $3::integer
	 AND (lead(w.checkpoint_id) OVER o IS NULL OR w.source = 'input'
	 OR w.step > lead(w.step) OVER o + 1) IS TRUE AS begins
    FROM walk w
  WINDOW o AS (ORDER BY w.depth)
), inter AS MATERIALIZED (
  SELECT 1 - row_number() OVER o AS grp,
	 coalesce(lag(c.depth) OVER o + 1, 0) AS depth,
	 c.checkpoint_id AS first_id, c.ts, c.up AS before_id,
	 coalesce(lag(c.up) OVER o, (SELECT head FROM straight)) AS last_id
    FROM chain c
   WHERE c.begins
  WINDOW o AS (ORDER BY c.depth)
), names AS MATERIALIZED (
  SELECT c.grp, jsonb_agg(DISTINCT c.run_id)::text AS runs
    FROM (SELECT c.run_id, -count(*) FILTER (WHERE c.begins) OVER (ORDER BY
		 c.depth ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
		 AS grp
	    FROM chain c
	   WHERE (SELECT named FROM straight)) c
   WHERE c.run_id IS NOT NULL
   GROUP BY c.grp
), ends AS MATERIALIZED (
  SELECT e.*, coalesce(lag(e.ver) OVER (ORDER BY e.grp),
	 (SELECT b.checkpoint->'channel_versions' FROM {checkpoints} b
	   WHERE b.thread_id = s.key AND b.checkpoint_ns = ''
	     AND b.checkpoint_id = e.before_id), '{}') AS old
    FROM (SELECT i.*, l.checkpoint->'channel_versions' AS ver,
		 l.checkpoint->'channel_values' AS val,
		 l.parent_checkpoint_id AS parent_id
	    FROM inter i
	    JOIN {checkpoints} l ON l.thread_id = s.key
	     AND l.checkpoint_ns = '' AND l.checkpoint_id = i.last_id) e
), graph AS MATERIALIZED (
  SELECT e.ver->'final_answer' IS NOT NULL AS answers, e.last_id,
	 jsonb_typeof(e.ver->'messages') = 'number' AS js
    FROM ends e
   WHERE e.depth = 0
), changed AS MATERIALIZED (
  SELECT e.*, e.val->'messages' AS inline_val, b.type, b.blob,
	 octet_length(b.blob) AS bytes
    FROM ends e
    LEFT JOIN {checkpoint_blobs} b ON b.thread_id = s.key
     AND b.checkpoint_ns = '' AND b.channel = 'messages'
     AND b.version = e.ver->>'messages' AND b.type <> 'empty'
   WHERE NOT (SELECT g.answers FROM graph g)
     AND (e.ver->>'messages' IS DISTINCT FROM e.old->>'messages'
	  OR (e.depth = 0 AND EXISTS
	      (SELECT FROM {checkpoint_writes} w
		WHERE w.thread_id = s.key AND w.checkpoint_ns = ''
		  AND w.checkpoint_id = e.last_id
		  AND w.channel = 'messages')))
), grown AS MATERIALIZED (
  SELECT ($8::boolean AND (SELECT yes FROM straight) AND count(*) > 8
	  AND count(type) = count(*) AND min(type) = max(type)
	  AND min(type) IN ('json', 'msgpack')
	  AND sum(bytes) > 4 * max(bytes) AND max(bytes) <= $4::bigint)
	 IS TRUE AS yes, min(type) AS type
    FROM changed
), messages AS (
  SELECT e.grp, m.complete, m.k, m.depth, m.path, m.task_id, m.idx, m.type,
	 CASE WHEN m.bytes <= $4::bigint THEN m.blob END AS blob, m.inline_val,
	 e.last_id
    FROM changed e,
   LATERAL (
  WITH RECURSIVE up AS (
    SELECT e.last_id AS checkpoint_id, e.parent_id AS parent_id, 0 AS depth,
	   e.ver->>'messages' AS ver, e.val->'messages' AS inline_val,
	   EXISTS (SELECT FROM {checkpoint_blobs} b
		    WHERE b.thread_id = s.key AND b.checkpoint_ns = ''
		      AND b.channel = 'messages'
		      AND b.version = e.ver->>'messages'
		      AND b.type <> 'empty') AS has_blob
    UNION ALL
    SELECT p.checkpoint_id, p.parent_checkpoint_id, u.depth + 1,
	   p.checkpoint->'channel_versions'->>'messages',
	   p.checkpoint->'channel_values'->'messages',
	   EXISTS (SELECT FROM {checkpoint_blobs} b
		    WHERE b.thread_id = s.key AND b.checkpoint_ns = ''
		      AND b.channel = 'messages'
		      AND b.version =
			  p.checkpoint->'channel_versions'->>'messages'
		      AND b.type <> 'empty')
      FROM up u
      JOIN {checkpoints} p ON p.thread_id = s.key AND p.checkpoint_ns = ''
       AND p.checkpoint_id = u.parent_id
     WHERE NOT u.has_blob AND u.inline_val IS NULL AND u.depth < 6000
       AND u.checkpoint_id IS DISTINCT FROM e.before_id
       AND (u.depth > 0 OR u.ver IS NOT NULL)
  ), part AS MATERIALIZED (
    SELECT 's' AS k, u.depth, '' AS path, NULL AS task_id, NULL::int AS idx,
	   b.type, b.blob, u.inline_val
      FROM up u
      LEFT JOIN {checkpoint_blobs} b ON b.thread_id = s.key
       AND b.checkpoint_ns = '' AND b.channel = 'messages'
       AND b.version = u.ver AND b.type <> 'empty'
     WHERE u.has_blob OR u.inline_val IS NOT NULL
    UNION ALL
    SELECT 'w', u.depth, CASE WHEN u.depth = 0 THEN w.path ELSE '' END,
	   w.task_id, w.idx, w.type, w.blob, NULL
      FROM up u,
     LATERAL (SELECT {task_path} AS path, w.task_id::text AS task_id, w.idx,
		     w.type, w.blob
		FROM {checkpoint_writes} w
	       WHERE w.thread_id = s.key AND w.checkpoint_ns = ''
		 AND w.checkpoint_id = u.checkpoint_id
		 AND w.channel = 'messages') w
     WHERE u.depth > 0 OR e.depth = 0
  )
  SELECT 'm' AS k, NULL::int AS depth, NULL AS path, NULL AS task_id,
	 NULL::int AS idx, NULL AS type, NULL::bytea AS blob,
	 NULL::jsonb AS inline_val, 0::bigint AS bytes,
	 (SELECT u.has_blob OR u.inline_val IS NOT NULL
	      OR u.parent_id IS NULL
	      OR u.checkpoint_id IS NOT DISTINCT FROM e.before_id
	      OR (u.depth = 0 AND u.ver IS NULL)
	    FROM up u ORDER BY u.depth DESC LIMIT 1) AS complete
  UNION ALL
  SELECT p.k, p.depth, p.path, p.task_id, p.idx, p.type, p.blob, p.inline_val,
	 t.bytes, NULL
    FROM part p,
	 (SELECT sum(octet_length(p.blob)) AS bytes FROM part p) t
  ) m
   WHERE e.depth = 0 OR (e.type IS NULL AND e.inline_val IS NULL)
  UNION ALL
  SELECT e.grp, true, 'm', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM changed e
   WHERE e.depth > 0 AND (e.type IS NOT NULL OR e.inline_val IS NOT NULL)
     AND NOT (SELECT yes FROM grown)
  UNION ALL
  SELECT e.grp, NULL, 's', 0, '', NULL, NULL, e.type,
	 CASE WHEN e.bytes <= $4::bigint THEN e.blob END, e.inline_val,
	 e.last_id
    FROM changed e
   WHERE e.depth > 0 AND (e.type IS NOT NULL OR e.inline_val IS NOT NULL)
), pending AS MATERIALIZED (
  SELECT g.last_id, c.checkpoint, c.metadata
    FROM graph g
    JOIN {checkpoints} c ON c.thread_id = s.key AND c.checkpoint_ns = ''
     AND c.checkpoint_id = g.last_id
   WHERE g.js AND NOT g.answers
     AND EXISTS (SELECT FROM {checkpoint_writes} w
		  WHERE w.thread_id = s.key AND w.checkpoint_ns = ''
		    AND w.checkpoint_id = g.last_id AND w.channel = 'messages')
), task AS (
  SELECT 'C' AS k, NULL AS name, NULL AS type, NULL::bytea AS blob,
	 jsonb_build_object('metadata', p.metadata,
	 'versions', p.checkpoint->'channel_versions')::text AS info, p.last_id
    FROM pending p
  UNION ALL
  SELECT CASE v.key WHEN '__pregel_tasks' THEN 'S' ELSE 'N' END,
	 CASE WHEN v.key LIKE 'branch:to:%' THEN substr(v.key, 11)
	 ELSE v.key END, b.type,
	 CASE WHEN v.key = '__pregel_tasks'
	  AND octet_length(b.blob) <= $4::bigint THEN b.blob END, NULL, p.last_id
    FROM pending p
   CROSS JOIN LATERAL jsonb_each_text(p.checkpoint->'channel_versions') v
    LEFT JOIN {checkpoint_blobs} b ON b.thread_id = s.key
     AND b.checkpoint_ns = '' AND b.channel = v.key AND b.version = v.value
     AND b.type <> 'empty'
   WHERE (v.key LIKE 'branch:to:%' OR v.key IN ('__start__', '__pregel_tasks'))
     AND (b.type IS NOT NULL
	  OR (p.checkpoint->'channel_values') ? v.key)
     AND (v.key = '__pregel_tasks' OR v.value IS DISTINCT FROM
	  p.checkpoint->'versions_seen'->(CASE WHEN v.key LIKE 'branch:to:%'
	  THEN substr(v.key, 11) ELSE v.key END)->>v.key)
)
SELECT 't' AS k, 0::bigint AS grp, ((SELECT CASE WHEN yes THEN n
	ELSE (SELECT count(*) FROM walk) END FROM straight) > $3::integer)
       ::text AS a, coalesce(g.answers, false)::text AS b,
       coalesce(g.js, false)::text AS c, NULL AS channel, NULL AS type,
       NULL::bytea AS blob, NULL AS inline_val
  FROM (VALUES (1)) v(n) LEFT JOIN graph g ON true
UNION ALL
(SELECT 'r', 0, r.run_id, r.prompt, NULL, NULL,
	NULL, NULL, NULL
   FROM users_threads_runs r
  WHERE r.email = $1::text AND r.thread_id = s.name COLLATE "C"
  ORDER BY r.timestamp, r.id)
UNION ALL
(SELECT t.k, 0, t.last_id, NULL, NULL, t.name, t.type, t.blob, t.info
   FROM task t
  ORDER BY t.k, t.name COLLATE "C")
UNION ALL
(SELECT 'H', 0, NULL, NULL, NULL, NULL, c.type, c.blob, NULL
   FROM changed c, grown g
  WHERE g.yes
  ORDER BY c.depth
  LIMIT 1)
UNION ALL
SELECT 'd', 0, string_agg(w.checkpoint_id, ',' ORDER BY w.n), NULL, NULL, NULL,
       min(w.form), CASE WHEN bool_and(w.type = w.form) THEN
	CASE min(w.form) WHEN 'json' THEN '\x5b'::bytea
	ELSE '\xdd'::bytea || int4send(count(*)::integer) END
	|| string_agg(w.blob, CASE w.form WHEN 'json' THEN '\x2c'::bytea
	ELSE ''::bytea END ORDER BY w.n)
	|| CASE min(w.form) WHEN 'json' THEN '\x5d'::bytea ELSE '' END END,
       NULL
  FROM (SELECT w.checkpoint_id, w.type, g.type AS form,
	       CASE WHEN sum(octet_length(w.blob)) OVER () <= $4::bigint
	       THEN w.blob END AS blob, row_number() OVER
	       (ORDER BY w.checkpoint_id COLLATE "C", {task_path} COLLATE "C",
		w.task_id::text COLLATE "C", w.idx) AS n
	  FROM grown g, {checkpoint_writes} w
	 WHERE g.yes AND w.thread_id = s.key AND w.checkpoint_ns = ''
	   AND w.channel = 'messages'
	   AND w.checkpoint_id <> (SELECT last_id FROM graph)) w
HAVING count(*) > 0
UNION ALL
(SELECT q.k, q.grp, q.a, q.b, q.c, q.channel, q.type, q.blob, q.inline_val
   FROM (
 SELECT 'i' AS k, 0 AS part, e.grp, e.first_id AS a, e.ts AS b,
	n.runs AS c, NULL AS channel, NULL AS type, NULL::bytea AS blob,
	NULL AS inline_val, 0 AS depth, '' AS path, '' AS task_id, 0 AS idx
   FROM ends e
   LEFT JOIN names n ON n.grp = e.grp
 UNION ALL
 SELECT 'v', 1, e.grp, NULL, NULL, NULL, w.channel,
	CASE WHEN b.type IS NOT NULL OR i.fits THEN b.type ELSE 'json' END,
	CASE WHEN octet_length(b.blob) <= $4::bigint THEN b.blob END,
	CASE WHEN i.fits THEN (e.val->w.channel)::text END, 0, '', '', 0
   FROM ends e
  CROSS JOIN unnest(ARRAY['prompt', 'final_answer', 'queries_and_results',
	'top_selection_codes', 'top_chunks', 'followup_prompts']) w(channel)
   LEFT JOIN LATERAL (SELECT b.type, b.blob FROM {checkpoint_blobs} b
		       WHERE b.thread_id = s.key AND b.checkpoint_ns = ''
			 AND b.channel = w.channel
			 AND b.version = e.ver->>w.channel
			 AND b.type <> 'empty' OFFSET 0) b ON true
  CROSS JOIN LATERAL (SELECT pg_column_size(e.val->w.channel) <= $4::bigint
			     AS fits) i
  WHERE e.ver->>w.channel IS DISTINCT FROM e.old->>w.channel
    AND (b.type IS NOT NULL OR e.val->w.channel IS NOT NULL)
 UNION ALL
 SELECT CASE WHEN p.yes THEN 'p' ELSE m.k END, 2, m.grp, CASE WHEN p.yes
	THEN octet_length(m.blob)::text
	ELSE coalesce(m.complete::text, m.depth::text) END,
	CASE WHEN p.yes THEN m.last_id ELSE m.task_id END,
	m.idx::text, m.path, m.type, CASE WHEN NOT p.yes THEN m.blob END,
	m.inline_val::text, coalesce(m.depth, 6001), m.path, m.task_id, m.idx
   FROM messages m, grown g, LATERAL (SELECT g.yes AND m.k = 's' AS yes) p) q
  ORDER BY q.grp, q.part, q.depth DESC, q.k, q.path COLLATE "C",
	q.task_id COLLATE "C", q.idx)
) p
 WHERE NOT coalesce((SELECT same FROM news), false)
UNION ALL
SELECT 'R', s.thread_id, NULL, r.run_id, r.prompt, r.timestamp::text, NULL,
       NULL, NULL, NULL
  FROM scope s,
LATERAL (SELECT r.run_id, r.prompt,
		r.timestamp
	   FROM users_threads_runs r
	  WHERE r.email = $1::text AND r.thread_id = s.thread_id COLLATE "C"
	  ORDER BY r.timestamp, r.id) r
 WHERE $7::boolean AND NOT coalesce((SELECT same FROM news), false)
UNION ALL
SELECT 'F', s.thread_id, NULL, r.run_id, r.sentiment::text, NULL, NULL, NULL,
       NULL, NULL
  FROM scope s,
LATERAL (SELECT r.run_id, r.sentiment
	   FROM users_threads_runs r
	  WHERE r.email = $1::text AND r.thread_id = s.thread_id COLLATE "C"
	    AND r.sentiment IS NOT NULL
	  ORDER BY r.timestamp, r.id) r
 WHERE $7::boolean AND NOT coalesce((SELECT same FROM news), false);

-- name: patience :free
-- $1 milliseconds that the next statement of this pipeline may take.
SELECT set_config('statement_timeout', $1::text, true) AS patience;

-- name: ckpt_history :owned :binary
-- $2 thread, $3 whoever holds the claim, $4 checkpoints, $5 of them with
-- messages, $6 bytes at most of each one's.  Newest first; the columns are
-- those of ckpt_messages, the checkpoint's number and id behind them.
WITH RECURSIVE t AS MATERIALIZED (
  SELECT {thread_id} AS id
    FROM (SELECT $2::text AS thread_id
	   WHERE $3::boolean
	      OR EXISTS (SELECT FROM thread_claims c
			  WHERE c.email = $1::text
			    AND c.thread_id = $2::text COLLATE "C"
			    AND c.deleted_at IS NULL)) p
), page AS MATERIALIZED (
  SELECT c.checkpoint_id, c.parent_checkpoint_id AS parent_id, c.checkpoint,
	 c.metadata, row_number() OVER (ORDER BY c.checkpoint_id DESC) - 1 AS n
    FROM {checkpoints} c
   WHERE c.thread_id = (SELECT id FROM t) AND c.checkpoint_ns = ''
   ORDER BY c.checkpoint_id DESC
   LIMIT $4::integer
), walk AS (
  SELECT h.n, h.checkpoint_id, h.parent_id, 0 AS depth,
	 h.checkpoint->'channel_versions'->>'messages' AS ver,
	 h.checkpoint->'channel_values'->'messages' AS inline_val,
	 EXISTS (SELECT FROM {checkpoint_blobs} b
		  WHERE b.thread_id = (SELECT id FROM t)
		    AND b.checkpoint_ns = '' AND b.channel = 'messages'
		    AND b.version =
			h.checkpoint->'channel_versions'->>'messages'
		    AND b.type <> 'empty') AS has_blob
    FROM page h
   WHERE h.n < $5::integer
  UNION ALL
  SELECT w.n, p.checkpoint_id, p.parent_checkpoint_id, w.depth + 1,
	 p.checkpoint->'channel_versions'->>'messages',
	 p.checkpoint->'channel_values'->'messages',
	 EXISTS (SELECT FROM {checkpoint_blobs} b
		  WHERE b.thread_id = (SELECT id FROM t)
		    AND b.checkpoint_ns = '' AND b.channel = 'messages'
		    AND b.version =
			p.checkpoint->'channel_versions'->>'messages'
		    AND b.type <> 'empty')
    FROM walk w
    JOIN {checkpoints} p ON p.thread_id = (SELECT id FROM t)
     AND p.checkpoint_ns = '' AND p.checkpoint_id = w.parent_id
   WHERE NOT w.has_blob AND w.inline_val IS NULL
     AND (w.depth > 0 OR w.ver IS NOT NULL)
     AND w.depth < 6000
), part AS MATERIALIZED (
  SELECT w.n, 's'::text AS k, w.depth, NULL::text AS task_id,
	 NULL::int AS idx, b.type, b.blob, w.inline_val
    FROM walk w
    LEFT JOIN {checkpoint_blobs} b ON b.thread_id = (SELECT id FROM t)
     AND b.checkpoint_ns = '' AND b.channel = 'messages'
     AND b.version = w.ver AND b.type <> 'empty'
   WHERE w.has_blob OR w.inline_val IS NOT NULL
  UNION ALL
  SELECT w.n, 'w', w.depth, cw.task_id::text, cw.idx, cw.type, cw.blob, NULL
    FROM walk w
    JOIN {checkpoint_writes} cw ON cw.thread_id = (SELECT id FROM t)
     AND cw.checkpoint_ns = '' AND cw.checkpoint_id = w.checkpoint_id
     AND cw.channel = 'messages'
), total AS (
  SELECT n, sum(octet_length(blob)) AS bytes FROM part GROUP BY n
), last AS (
  SELECT DISTINCT ON (n) n, has_blob OR inline_val IS NOT NULL
	 OR parent_id IS NULL OR (depth = 0 AND ver IS NULL) AS complete
    FROM walk ORDER BY n, depth DESC
)
SELECT r.k, r.depth::text AS depth, '' AS task_path, r.task_id,
       r.idx::text AS idx, 'messages' AS channel, r.type, r.blob,
       r.inline_val::text AS inline_val, r.info::text AS info,
       r.n::text AS n, r.checkpoint_id
  FROM (SELECT h.n, 'h'::text AS k, 6001 AS depth, NULL::text AS task_id,
	       NULL::int AS idx, NULL::text AS type, NULL::bytea AS blob,
	       NULL::jsonb AS inline_val, jsonb_build_object(
	       'has_checkpoint', h.checkpoint IS NOT NULL,
	       'has_metadata', h.metadata IS NOT NULL,
	       'js', jsonb_typeof(h.checkpoint->'channel_versions'->'messages')
		   = 'number',
	       'versioned', h.checkpoint->'channel_versions'->'messages'
		   IS NOT NULL,
	       'complete', l.complete) AS info, h.checkpoint_id
	  FROM page h LEFT JOIN last l ON l.n = h.n
	 UNION ALL
	SELECT p.n, p.k, p.depth, p.task_id, p.idx, p.type,
	       CASE WHEN t.bytes <= $6::bigint THEN p.blob END, p.inline_val,
	       NULL, NULL
	  FROM part p JOIN total t ON t.n = p.n) r
 ORDER BY r.n, r.depth DESC, r.k, r.task_id COLLATE "C", r.idx;
