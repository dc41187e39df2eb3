-- toolcall.sql: calls of tools that a human may have to decide.

-- name: toolcall_put :owned
-- $2 thread, $3 id, $4 which the client did not give, $5 tool, $6 its name, $7
-- inputs, $8 status, $9 outputs, $10 error, $11 requested_at, $12 message, $13
-- checkpoint, $14 metadata
SELECT p.outcome, p.outside, (p.c).conversation_id AS conversation_id,
       (p.c).id AS id, (p.c).tool_id AS tool_id, (p.c).tool_name AS tool_name,
       (p.c).status AS status, (p.c).inputs AS inputs,
       (p.c).outputs AS outputs, (p.c).error_message AS error_message,
       (p.c).requested_at AS requested_at, (p.c).responded_at AS responded_at,
       (p.c).edited_inputs AS edited_inputs,
       (p.c).responded_by AS responded_by, (p.c).message_id AS message_id,
       (p.c).checkpoint_id AS checkpoint_id, (p.c).metadata AS metadata,
       (p.c).updated_at AS updated_at
  FROM tool_call_put($1::text, $2::text, $3::uuid, $4::boolean, $5::text,
       $6::text, $7::json, $8::text, $9::json, $10::text, $11::timestamptz,
       $12::uuid, $13::text, $14::json) p;

-- name: toolcall_decide :owned
-- $2 thread, $3 the call as it is named, $4 the same as a UUID or NULL, $5
-- status, $6 outputs, $7 error, $8 edited inputs, $9 by whom
SELECT outcome, id, status, updated_at
  FROM tool_call_decide($1::text, $2::text, $3::text, $4::uuid, $5::text,
       $6::json, $7::text, $8::json, $9::text);

-- name: toolcall_show :owned
-- $2 id
SELECT '' AS outcome,
       CASE WHEN t.thread_id IS NULL THEN t.id::text ELSE t.thread_id END
       AS outside, c.conversation_id, c.id, c.tool_id, c.tool_name, c.status,
       c.inputs, c.outputs, c.error_message, c.requested_at, c.responded_at,
       c.edited_inputs, c.responded_by, c.message_id, c.checkpoint_id,
       c.metadata, c.updated_at
  FROM tool_calls c
  JOIN threads t ON t.email = $1::text AND t.id = c.conversation_id
 WHERE c.email = $1::text
   AND c.id = $2::uuid;

-- name: toolcall_list :owned
-- $2 thread or NULL for all, $3 the same as a UUID or NULL, $4 status or NULL,
-- $5 limit, $6 newest first, $7 requested_at in microseconds and $8 id of the
-- last row seen, or NULL both, $9 bytes at most.  One arm for each index and
-- direction; all but one have nothing to do.  fits: as conversation_messages.
WITH t AS MATERIALIZED (
  SELECT id FROM threads WHERE email = $1::text AND thread_id = $2::text
  UNION ALL
  SELECT id FROM threads
   WHERE email = $1::text AND id = $3::uuid
   AND (thread_id IS NULL) IS TRUE
), after AS MATERIALIZED (
  SELECT CASE WHEN $7::bigint IS NOT NULL
	 THEN timestamptz 'epoch' + $7::bigint * interval '1 us'
	 WHEN $6::boolean THEN 'infinity' ELSE '-infinity' END AS at,
	 CASE WHEN $8::uuid IS NOT NULL THEN $8::uuid
	 ELSE '00000000-0000-0000-0000-000000000000' END AS id
), p AS MATERIALIZED (
  (SELECT c.id, row_number() OVER w AS n FROM tool_calls c
    WHERE c.email = $1::text AND c.conversation_id = (SELECT id FROM t LIMIT 1)
      AND ($4::text IS NULL OR c.status = $4::text)
      AND $2::text IS NOT NULL AND NOT $6::boolean
      AND (c.requested_at, c.id) >
	  ((SELECT at FROM after), (SELECT id FROM after))
    WINDOW w AS (ORDER BY c.requested_at, c.id)
    ORDER BY c.requested_at, c.id LIMIT $5::integer)
  UNION ALL
  (SELECT c.id, row_number() OVER w AS n FROM tool_calls c
    WHERE c.email = $1::text AND c.conversation_id = (SELECT id FROM t LIMIT 1)
      AND ($4::text IS NULL OR c.status = $4::text)
      AND $2::text IS NOT NULL AND $6::boolean
      AND (c.requested_at, c.id) <
	  ((SELECT at FROM after), (SELECT id FROM after))
    WINDOW w AS (ORDER BY c.requested_at DESC, c.id DESC)
    ORDER BY c.requested_at DESC, c.id DESC LIMIT $5::integer)
  UNION ALL
  (SELECT c.id, row_number() OVER w AS n FROM tool_calls c
    WHERE c.email = $1::text AND c.status = $4::text
      AND $2::text IS NULL AND NOT $6::boolean
      AND (c.requested_at, c.id) >
	  ((SELECT at FROM after), (SELECT id FROM after))
    WINDOW w AS (ORDER BY c.requested_at, c.id)
    ORDER BY c.requested_at, c.id LIMIT $5::integer)
  UNION ALL
  (SELECT c.id, row_number() OVER w AS n FROM tool_calls c
    WHERE c.email = $1::text AND c.status = $4::text
      AND $2::text IS NULL AND $6::boolean
      AND (c.requested_at, c.id) <
	  ((SELECT at FROM after), (SELECT id FROM after))
    WINDOW w AS (ORDER BY c.requested_at DESC, c.id DESC)
    ORDER BY c.requested_at DESC, c.id DESC LIMIT $5::integer)
  UNION ALL
  (SELECT c.id, row_number() OVER w AS n FROM tool_calls c
    WHERE c.email = $1::text AND $4::text IS NULL
      AND $2::text IS NULL AND NOT $6::boolean
      AND (c.requested_at, c.id) >
	  ((SELECT at FROM after), (SELECT id FROM after))
    WINDOW w AS (ORDER BY c.requested_at, c.id)
    ORDER BY c.requested_at, c.id LIMIT $5::integer)
  UNION ALL
  (SELECT c.id, row_number() OVER w AS n FROM tool_calls c
    WHERE c.email = $1::text AND $4::text IS NULL
      AND $2::text IS NULL AND $6::boolean
      AND (c.requested_at, c.id) <
	  ((SELECT at FROM after), (SELECT id FROM after))
    WINDOW w AS (ORDER BY c.requested_at DESC, c.id DESC)
    ORDER BY c.requested_at DESC, c.id DESC LIMIT $5::integer)
), r AS (
  SELECT c.*, p.n,
	 sum(c.bytes) OVER (ORDER BY p.n ROWS UNBOUNDED PRECEDING) AS total
    FROM p,
 LATERAL (SELECT o.thread_id AS outside, o.id AS thread, c.id, c.tool_id,
		 c.tool_name, c.status, c.inputs, c.outputs, c.error_message,
		 c.requested_at, c.responded_at, c.edited_inputs,
		 c.responded_by, c.message_id, c.checkpoint_id, c.metadata,
		 c.updated_at, coalesce(octet_length(c.inputs::text), 0)
		 + coalesce(octet_length(c.outputs::text), 0)
		 + coalesce(octet_length(c.error_message), 0)
		 + coalesce(octet_length(c.edited_inputs::text), 0)
		 + coalesce(octet_length(c.metadata::text), 0) AS bytes
	    FROM tool_calls c
	    JOIN threads o ON o.email = $1::text AND o.id = c.conversation_id
	   WHERE c.email = $1::text AND c.id = p.id OFFSET 0) c
)
SELECT '' AS outcome,
       CASE WHEN r.outside IS NULL THEN r.thread::text ELSE r.outside END
       AS outside, r.thread AS conversation_id, r.id, r.tool_id, r.tool_name,
       r.status, CASE WHEN f.fits THEN r.inputs END AS inputs,
       CASE WHEN f.fits THEN r.outputs END AS outputs,
       CASE WHEN f.fits THEN r.error_message END AS error_message,
       r.requested_at, r.responded_at,
       CASE WHEN f.fits THEN r.edited_inputs END AS edited_inputs,
       r.responded_by, r.message_id, r.checkpoint_id,
       CASE WHEN f.fits THEN r.metadata END AS metadata, r.updated_at, f.fits,
       (extract(epoch FROM r.requested_at) * 1000000)::bigint AS at
  FROM r, LATERAL (SELECT r.n = 1 OR r.total <= $9::bigint AS fits) f
 ORDER BY r.n;
