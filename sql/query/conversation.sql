-- conversation.sql: threads as rows of their own, whoever made them, and what
-- is stored in them.  A thread is asked for by its outside id and, where that
-- is the text of a UUID, by the UUID too (NULL if not): thread_find(), but
-- plain, because it stands in every read.  IS TRUE keeps the index on outside
-- ids away, which has a NULL for each thread of some faces.

-- name: conversation_open :owned
-- $2 thread or NULL, $3 conversation or NULL, $4 metadata, $5 id and $6 thread
-- of a new one, $7 acts for an agent, $8 schema of LangGraph's tables
SELECT o.outcome, CASE WHEN (o.t).thread_id IS NULL THEN (o.t).id::text
       ELSE (o.t).thread_id END AS thread_id, (o.t).id AS id,
       (o.t).created_at AS created_at, (o.t).meta AS metadata
  FROM thread_open($1::text, $2::text, $3::uuid, $4::json, $5::uuid, $6::text,
       $7::boolean, $8::text) o;

-- name: conversation_show :owned
-- $2 thread, $3 the same as a UUID or NULL.  claim: what LangGraph knows the
-- thread by, if the owner holds the claim on it; history: the same, if nothing
-- is stored.
SELECT t.thread_id, t.id, t.title, t.meta, t.created_at, t.updated_at,
       t.archived_at, c.thread_id AS claim,
       CASE WHEN c.thread_id IS NOT NULL
	     AND NOT EXISTS (SELECT FROM messages m
			      WHERE m.email = $1::text AND m.thread_id = t.id)
       THEN c.thread_id END AS history
  FROM (SELECT 0 AS n, id, thread_id, title, meta, created_at, updated_at,
	       archived_at,
	       CASE WHEN document IS NULL THEN thread_id ELSE id::text END AS key
	  FROM threads
	 WHERE email = $1::text AND thread_id = $2::text
	 UNION ALL
	SELECT 1, id, id::text, title, meta, created_at, updated_at,
	       archived_at, id::text
	  FROM threads
	 WHERE email = $1::text AND id = $3::uuid
   AND (thread_id IS NULL) IS TRUE
	 ORDER BY n
	 LIMIT 1) t
  LEFT JOIN thread_claims c ON c.thread_id = t.key AND c.email = $1::text
   AND c.deleted_at IS NULL;

-- name: conversation_list :owned
-- $2 limit, $3 updated_at and $4 id of the last row seen, or NULL both, $5 part
-- of the title or NULL.  Those that are not archived, newest first.
SELECT CASE WHEN thread_id IS NULL THEN id::text ELSE thread_id END AS thread_id,
       id, title, meta, created_at, updated_at, archived_at
  FROM threads
 WHERE email = $1::text
   AND archived_at IS NULL
   AND (updated_at, id) < (
       CASE WHEN $3::timestamptz IS NULL THEN 'infinity'
       ELSE $3::timestamptz END,
       CASE WHEN $4::uuid IS NULL THEN 'ffffffff-ffff-ffff-ffff-ffffffffffff'
       ELSE $4::uuid END)
   AND ($5::text IS NULL OR strpos(lower(title), lower($5::text)) > 0)
 ORDER BY updated_at DESC, id DESC
 LIMIT $2::integer;

-- name: conversation_list_all :owned
-- As conversation_list, $6 true: only archived ones, false: all.
SELECT CASE WHEN thread_id IS NULL THEN id::text ELSE thread_id END AS thread_id,
       id, title, meta, created_at, updated_at, archived_at
  FROM threads
 WHERE email = $1::text
   AND (archived_at IS NOT NULL OR NOT $6::boolean)
   AND (updated_at, id) < (
       CASE WHEN $3::timestamptz IS NULL THEN 'infinity'
       ELSE $3::timestamptz END,
       CASE WHEN $4::uuid IS NULL THEN 'ffffffff-ffff-ffff-ffff-ffffffffffff'
       ELSE $4::uuid END)
   AND ($5::text IS NULL OR strpos(lower(title), lower($5::text)) > 0)
 ORDER BY updated_at DESC, id DESC
 LIMIT $2::integer;

-- name: conversation_change :owned
-- $2 thread, $3 whether the title is $4, $5 whether the metadata are $6, $7
-- whether it is archived or NULL.  What is so already stays as it is.
UPDATE threads
   SET title = CASE WHEN $3::boolean THEN $4::text ELSE title END,
       meta = CASE WHEN NOT $5::boolean OR ($6::json IS NULL
		    AND (meta IS NULL OR meta::text = '{}')) THEN meta
	      ELSE $6::json END,
       archived_at = CASE WHEN $7::boolean IS NULL THEN archived_at
		     WHEN NOT $7::boolean THEN NULL
		     WHEN archived_at IS NULL THEN now()
		     ELSE archived_at END
 WHERE email = $1::text
   AND id = thread_find($1::text, $2::text)
RETURNING CASE WHEN thread_id IS NULL THEN id::text ELSE thread_id END
       AS thread_id, id, title, meta, created_at, updated_at, archived_at;

-- name: conversation_messages :owned
-- $2 thread, $3 the same as a UUID or NULL, $4 limit, $5 newest first, $6
-- created_at in microseconds and $7 seq of the last row seen, or NULL both,
-- $8 bytes at most.  Of ChatKit's items only what was said.  fits: not for the
-- first row too large for the page, nor for those behind it, whose content
-- does not come.
WITH t AS MATERIALIZED (
  SELECT id FROM threads WHERE email = $1::text AND thread_id = $2::text
  UNION ALL
  SELECT id FROM threads
   WHERE email = $1::text AND id = $3::uuid
   AND (thread_id IS NULL) IS TRUE
), p AS MATERIALIZED (
  (SELECT m.id, m.item_id, m.item_type, m.role, m.content, m.document,
	  m.tool_name, m.created_at, m.seq,
	  row_number() OVER (ORDER BY m.created_at, m.seq) AS n
     FROM messages m
    WHERE m.email = $1::text AND m.thread_id = (SELECT id FROM t LIMIT 1)
      AND (m.item_id IS NULL
	   OR m.item_type IN ('user_message', 'assistant_message'))
      AND NOT $5::boolean
      AND (m.created_at, m.seq) > (
	  CASE WHEN $6::bigint IS NULL THEN '-infinity'
	  ELSE timestamptz 'epoch' + $6::bigint * interval '1 us' END,
	  CASE WHEN $7::bigint IS NULL THEN 0 ELSE $7::bigint END)
    ORDER BY m.created_at, m.seq
    LIMIT $4::integer)
  UNION ALL
  (SELECT m.id, m.item_id, m.item_type, m.role, m.content, m.document,
	  m.tool_name, m.created_at, m.seq,
	  row_number() OVER (ORDER BY m.created_at DESC, m.seq DESC) AS n
     FROM messages m
    WHERE m.email = $1::text AND m.thread_id = (SELECT id FROM t LIMIT 1)
      AND (m.item_id IS NULL
	   OR m.item_type IN ('user_message', 'assistant_message'))
      AND $5::boolean
      AND (m.created_at, m.seq) < (
	  CASE WHEN $6::bigint IS NULL THEN 'infinity'
	  ELSE timestamptz 'epoch' + $6::bigint * interval '1 us' END,
	  CASE WHEN $7::bigint IS NULL THEN 0 ELSE $7::bigint END)
    ORDER BY m.created_at DESC, m.seq DESC
    LIMIT $4::integer)
), q AS (
  SELECT id, CASE item_type WHEN 'user_message' THEN 'user'
	 WHEN 'assistant_message' THEN 'assistant' ELSE role END AS role,
	 CASE WHEN item_id IS NULL THEN content ELSE document->'content' END
	 AS content, created_at, tool_name, item_id IS NOT NULL AS item, seq, n
    FROM p
), r AS (
  SELECT id, role, content, created_at, tool_name, item, seq, n,
	 sum(coalesce(octet_length(content::text), 0))
	 OVER (ORDER BY n ROWS UNBOUNDED PRECEDING) AS bytes
    FROM q
)
SELECT id, role, CASE WHEN n = 1 OR bytes <= $8::bigint THEN content END
       AS content, created_at, tool_name, item,
       n = 1 OR bytes <= $8::bigint AS fits,
       (extract(epoch FROM created_at) * 1000000)::bigint AS at, seq
  FROM r
 ORDER BY n;

-- name: conversation_checkpoints :owned
-- $2 thread, $3 the same as a UUID or NULL, $4 limit, $5 newest first, $6
-- created_at in microseconds and $7 id of the last row seen, or NULL both,
-- $8 bytes at most of state_data, or NULL without it.
WITH t AS MATERIALIZED (
  SELECT id FROM threads WHERE email = $1::text AND thread_id = $2::text
  UNION ALL
  SELECT id FROM threads
   WHERE email = $1::text AND id = $3::uuid
   AND (thread_id IS NULL) IS TRUE
), p AS MATERIALIZED (
  (SELECT c.id, c.checkpoint_id, c.created_at, c.state_data,
	  row_number() OVER (ORDER BY c.created_at, c.id) AS n
     FROM agent_checkpoints c
    WHERE c.email = $1::text
      AND c.conversation_id = (SELECT id FROM t LIMIT 1)
      AND NOT $5::boolean
      AND (c.created_at, c.id) > (
	  CASE WHEN $6::bigint IS NULL THEN '-infinity'
	  ELSE timestamptz 'epoch' + $6::bigint * interval '1 us' END,
	  CASE WHEN $7::uuid IS NULL
	  THEN '00000000-0000-0000-0000-000000000000' ELSE $7::uuid END)
    ORDER BY c.created_at, c.id
    LIMIT $4::integer)
  UNION ALL
  (SELECT c.id, c.checkpoint_id, c.created_at, c.state_data,
	  row_number() OVER (ORDER BY c.created_at DESC, c.id DESC)
     FROM agent_checkpoints c
    WHERE c.email = $1::text
      AND c.conversation_id = (SELECT id FROM t LIMIT 1)
      AND $5::boolean
      AND (c.created_at, c.id) < (
	  CASE WHEN $6::bigint IS NULL THEN 'infinity'
	  ELSE timestamptz 'epoch' + $6::bigint * interval '1 us' END,
	  CASE WHEN $7::uuid IS NULL
	  THEN '00000000-0000-0000-0000-000000000000' ELSE $7::uuid END)
    ORDER BY c.created_at DESC, c.id DESC
    LIMIT $4::integer)
), r AS (
  SELECT id, checkpoint_id, created_at,
	 CASE WHEN $8::bigint IS NOT NULL THEN state_data END AS state_data,
	 n, sum(CASE WHEN $8::bigint IS NULL THEN 0
	    ELSE octet_length(state_data::text) END)
	 OVER (ORDER BY n ROWS UNBOUNDED PRECEDING) AS bytes
    FROM p
)
SELECT checkpoint_id, created_at, CASE WHEN n = 1 OR bytes <= $8::bigint
       THEN state_data END AS state_data,
       n = 1 OR $8::bigint IS NULL OR bytes <= $8::bigint AS fits,
       (extract(epoch FROM created_at) * 1000000)::bigint AS at, id
  FROM r
 ORDER BY n;

-- name: history_checkpoints :owned
-- $2 thread, $3 what LangGraph knows it by, $4 limit, $5 newest first, $6
-- the last one seen or NULL, $7 the newest that counts or NULL.  Not those that
-- are stored too, nor what is no reasonable id.
WITH t AS MATERIALIZED (
  SELECT {thread_id} AS id
    FROM (SELECT $3::text AS thread_id
	   WHERE EXISTS (SELECT FROM thread_claims c
			  WHERE c.email = $1::text
			    AND c.thread_id = $3::text COLLATE "C"
			    AND c.deleted_at IS NULL)) p
), p AS (
  (SELECT c.checkpoint_id, c.checkpoint->>'ts' AS ts
     FROM {checkpoints} c
    WHERE c.thread_id = (SELECT id FROM t) AND c.checkpoint_ns = ''
      AND NOT $5::boolean
      AND ($7::text IS NULL OR c.checkpoint_id <= $7::text)
      AND c.checkpoint_id > CASE WHEN $6::text IS NULL THEN ''
	  ELSE $6::text END
      AND octet_length(c.checkpoint_id) <= 255
      AND NOT EXISTS (SELECT FROM agent_checkpoints a
		       WHERE a.email = $1::text AND a.conversation_id = $2::uuid
			 AND a.checkpoint_id = c.checkpoint_id)
    ORDER BY c.checkpoint_id
    LIMIT $4::integer)
  UNION ALL
  (SELECT c.checkpoint_id, c.checkpoint->>'ts'
     FROM {checkpoints} c
    WHERE c.thread_id = (SELECT id FROM t) AND c.checkpoint_ns = ''
      AND $5::boolean
      AND ($7::text IS NULL OR c.checkpoint_id <= $7::text)
      AND ($6::text IS NULL OR c.checkpoint_id < $6::text)
      AND octet_length(c.checkpoint_id) <= 255
      AND NOT EXISTS (SELECT FROM agent_checkpoints a
		       WHERE a.email = $1::text AND a.conversation_id = $2::uuid
			 AND a.checkpoint_id = c.checkpoint_id)
    ORDER BY c.checkpoint_id DESC
    LIMIT $4::integer)
)
SELECT checkpoint_id, agent_time(ts) AS created_at
  FROM p
 ORDER BY CASE WHEN $5::boolean THEN checkpoint_id END DESC, checkpoint_id;

-- name: history_writes :free :binary
-- $1 thread, $2 the newest checkpoint that counts, $3 bytes at most.  What
-- brought its messages, and when, oldest first.
WITH t AS MATERIALIZED (
  SELECT {thread_id} AS id FROM (SELECT $1::text AS thread_id) p
)
SELECT c.checkpoint->>'ts' AS ts, w.type,
       CASE WHEN sum(octet_length(w.blob)) OVER () <= $3::bigint THEN w.blob
       END AS blob
  FROM {checkpoint_writes} w
  JOIN {checkpoints} c ON c.thread_id = (SELECT id FROM t)
   AND c.checkpoint_ns = '' AND c.checkpoint_id = w.checkpoint_id
 WHERE w.thread_id = (SELECT id FROM t) AND w.checkpoint_ns = ''
   AND w.channel = 'messages'
   AND ($2::text IS NULL OR w.checkpoint_id <= $2::text)
 ORDER BY w.checkpoint_id, w.task_id, w.idx;

-- name: conversation_message_put :owned
-- $2 thread, $3 id of a new row, $4 message, $5 role, $6 content, $7 metadata,
-- $8 created_at or NULL
SELECT p.outcome, p.outside, (p.m).id AS id, (p.m).role AS role,
       (p.m).content AS content, (p.m).created_at AS created_at,
       (p.m).tool_name AS tool_name, (p.m).message_id AS message_id
  FROM message_put($1::text, $2::text, $3::uuid, $4::text, $5::text, $6::json,
       $7::json, $8::timestamptz) p;

-- name: conversation_checkpoint_put :owned
-- $2 thread, $3 id of a new row, $4 checkpoint, $5 state_data, $6 created_at
-- or NULL, $7 metadata
SELECT outcome, outside, created_at
  FROM checkpoint_put($1::text, $2::text, $3::uuid, $4::text, $5::json,
       $6::timestamptz, $7::json);
