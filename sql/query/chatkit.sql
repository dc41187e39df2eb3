-- chatkit.sql: ChatKit's threads and items: those that have a document, and
-- with it sorted_at, which is asked for where one thread is looked up: the
-- index of all that have a document would be as good to the planner.
--
-- Pages are read row by row.  The first row (head) tells of the thread and of
-- the row that $3 or $2 names, where the page begins behind it.  A position
-- that is not given is CASE's other end, because under row security coalesce()
-- is no index condition.

-- name: ck_thread_save :owned
-- $2 thread, $3 uuid of a new one, $4 document, $5 title, $6 and $7 its place
-- in the document, $8 created_at, $9 acts for an agent, $10 schema of
-- LangGraph's tables
SELECT chatkit_thread_save($1::text, $2::text, $3::uuid, $4::json, $5::text,
       $6::integer, $7::integer, $8::timestamptz, $9::boolean, $10::text)
       AS key;

-- name: ck_thread_get :owned
-- $2 thread
SELECT id AS key, document
  FROM threads
 WHERE email = $1::text
   AND thread_id = $2::text
   AND sorted_at IS NOT NULL;

-- name: ck_thread_title :owned
-- $2 thread, $3 title
UPDATE threads t
   SET (document, title_at, title_length) = (
       SELECT d.document, d.at, d.length
	 FROM document_title(t.document, t.title_at, t.title_length,
	      $3::text) d),
       title = left($3::text, 512)
 WHERE email = $1::text
   AND thread_id = $2::text
   AND sorted_at IS NOT NULL
RETURNING id AS key, document;

-- name: ck_thread_delete :owned
-- $2 thread, $3 schema of LangGraph's tables
WITH t AS (
	SELECT id
	  FROM threads
	 WHERE email = $1::text
	   AND thread_id = $2::text
	   AND sorted_at IS NOT NULL
)
SELECT t.id AS key
  FROM t, thread_drop($1::text, t.id, $3::text) d
 WHERE d.existed;

-- name: ck_threads_down :owned
-- $2 after or NULL, $3 limit
SELECT true AS head, NULL AS id, NULL AS type, NULL AS document,
       ($2::text IS NULL OR EXISTS (
	SELECT FROM threads a
	 WHERE a.email = $1::text
	   AND a.thread_id = $2::text
	   AND a.sorted_at IS NOT NULL)) AS known
 UNION ALL
(SELECT false, t.thread_id, NULL, t.document, NULL
   FROM threads t
  WHERE t.email = $1::text
    AND t.document IS NOT NULL
    AND (t.sorted_at, t.seq) < (
	CASE WHEN $2::text IS NULL THEN 'infinity' ELSE (
	SELECT a.sorted_at FROM threads a
	 WHERE a.email = $1::text AND a.thread_id = $2::text
	   AND a.sorted_at IS NOT NULL) END,
	CASE WHEN $2::text IS NULL THEN 9223372036854775807 ELSE (
	SELECT a.seq FROM threads a
	 WHERE a.email = $1::text AND a.thread_id = $2::text
	   AND a.sorted_at IS NOT NULL) END)
  ORDER BY t.sorted_at DESC, t.seq DESC
  LIMIT $3::integer);

-- name: ck_threads_up :owned
-- The same the other way round.
SELECT true AS head, NULL AS id, NULL AS type, NULL AS document,
       ($2::text IS NULL OR EXISTS (
	SELECT FROM threads a
	 WHERE a.email = $1::text
	   AND a.thread_id = $2::text
	   AND a.sorted_at IS NOT NULL)) AS known
 UNION ALL
(SELECT false, t.thread_id, NULL, t.document, NULL
   FROM threads t
  WHERE t.email = $1::text
    AND t.document IS NOT NULL
    AND (t.sorted_at, t.seq) > (
	CASE WHEN $2::text IS NULL THEN '-infinity' ELSE (
	SELECT a.sorted_at FROM threads a
	 WHERE a.email = $1::text AND a.thread_id = $2::text
	   AND a.sorted_at IS NOT NULL) END,
	CASE WHEN $2::text IS NULL THEN -9223372036854775807 ELSE (
	SELECT a.seq FROM threads a
	 WHERE a.email = $1::text AND a.thread_id = $2::text
	   AND a.sorted_at IS NOT NULL) END)
  ORDER BY t.sorted_at, t.seq
  LIMIT $3::integer);

-- name: ck_items_down :owned
-- $2 thread, $3 after or NULL, $4 limit, $5 with the thread's document.  The
-- head's id is the thread's key; no row at all: no such thread.
WITH thread AS (
	SELECT id, document
	  FROM threads
	 WHERE email = $1::text
	   AND thread_id = $2::text
	   AND sorted_at IS NOT NULL
), after AS (
	SELECT a.created_at, a.seq
	  FROM messages a
	 WHERE a.email = $1::text
	   AND a.thread_id = (SELECT id FROM thread)
	   AND a.item_id = $3::text
)
SELECT true AS head, id::text AS id, NULL AS type,
       CASE WHEN $5::boolean THEN document END AS document,
       ($3::text IS NULL OR EXISTS (SELECT FROM after)) AS known
  FROM thread
 UNION ALL
(SELECT false, m.item_id, m.item_type, m.document, NULL
   FROM messages m
  WHERE m.email = $1::text
    AND m.thread_id = (SELECT id FROM thread)
    AND m.item_id IS NOT NULL
    AND (m.created_at, m.seq) < (
	CASE WHEN $3::text IS NULL THEN 'infinity'
	ELSE (SELECT created_at FROM after) END,
	CASE WHEN $3::text IS NULL THEN 9223372036854775807
	ELSE (SELECT seq FROM after) END)
  ORDER BY m.created_at DESC, m.seq DESC
  LIMIT $4::integer);

-- name: ck_items_up :owned
-- The same the other way round.
WITH thread AS (
	SELECT id, document
	  FROM threads
	 WHERE email = $1::text
	   AND thread_id = $2::text
	   AND sorted_at IS NOT NULL
), after AS (
	SELECT a.created_at, a.seq
	  FROM messages a
	 WHERE a.email = $1::text
	   AND a.thread_id = (SELECT id FROM thread)
	   AND a.item_id = $3::text
)
SELECT true AS head, id::text AS id, NULL AS type,
       CASE WHEN $5::boolean THEN document END AS document,
       ($3::text IS NULL OR EXISTS (SELECT FROM after)) AS known
  FROM thread
 UNION ALL
(SELECT false, m.item_id, m.item_type, m.document, NULL
   FROM messages m
  WHERE m.email = $1::text
    AND m.thread_id = (SELECT id FROM thread)
    AND m.item_id IS NOT NULL
    AND (m.created_at, m.seq) > (
	CASE WHEN $3::text IS NULL THEN '-infinity'
	ELSE (SELECT created_at FROM after) END,
	CASE WHEN $3::text IS NULL THEN -9223372036854775807
	ELSE (SELECT seq FROM after) END)
  ORDER BY m.created_at, m.seq
  LIMIT $4::integer);

-- name: ck_item_save :owned
-- $2 thread, $3 what its uuid is taken for, $4 uuid of the item by that one,
-- $5 item, $6 type, $7 document, $8 role, $9 plain text, $10 run or NULL,
-- $11 created_at, $12 only add it
SELECT thread AS key, state
  FROM chatkit_item_save($1::text, $2::text, $3::uuid, $4::uuid, $5::text,
       $6::text, $7::json, $8::text, $9::text, $10::text, $11::timestamptz,
       $12::boolean);

-- name: ck_item_get :owned
-- $2 thread, $3 item.  No row: no such thread; document is NULL: no such item.
SELECT t.id AS key, m.document
  FROM threads t
  LEFT JOIN messages m ON m.email = $1::text AND m.thread_id = t.id
   AND m.item_id = $3::text
 WHERE t.email = $1::text
   AND t.thread_id = $2::text
   AND t.sorted_at IS NOT NULL;

-- name: ck_item_delete :owned
-- $2 thread, $3 item.  The thread is locked first, as by whoever saves one.
WITH thread AS (
	SELECT id
	  FROM threads
	 WHERE email = $1::text
	   AND thread_id = $2::text
	   AND sorted_at IS NOT NULL
	   FOR NO KEY UPDATE
), gone AS (
	DELETE FROM messages m
	 WHERE m.email = $1::text
	   AND m.thread_id = (SELECT id FROM thread)
	   AND m.item_id = $3::text
)
SELECT id AS key
  FROM thread;

-- name: ck_rate :owned
-- $2 thread, $3 items and $4 types that stay hidden (arrays), $5 score,
-- $6 queue for delivery
SELECT thread AS key, rated
  FROM chatkit_rate($1::text, $2::text, $3::text[], $4::text[],
       $5::smallint, $6::boolean);

-- name: ck_ratings_head :owned
-- $2 thread, $3 item to begin after, or NULL.  No row: no such thread.
SELECT t.id AS key,
       ($3::text IS NULL OR EXISTS (
	SELECT FROM feedback f
	 WHERE f.email = $1::text
	   AND f.thread_id = $2::text
	   AND f.item_id = $3::text)) AS known
  FROM threads t
 WHERE t.email = $1::text
   AND t.thread_id = $2::text
   AND t.sorted_at IS NOT NULL;

-- name: ck_ratings :owned
-- $2 thread, $3 item to begin after, or NULL, $4 limit, $5 ascending.  A
-- thread's ratings are few.
SELECT f.item_id, CASE f.score WHEN 1 THEN 'positive' ELSE 'negative' END
       AS kind, f.run_id, f.created_at, f.updated_at
  FROM feedback f
  LEFT JOIN feedback a ON a.email = $1::text AND a.thread_id = $2::text
   AND a.item_id = $3::text
 WHERE f.email = $1::text
   AND f.thread_id = $2::text
   AND f.item_id IS NOT NULL
   AND ($3::text IS NULL OR CASE WHEN $5::boolean
	THEN (f.created_at, f.item_id COLLATE "C") >
	     (a.created_at, a.item_id COLLATE "C")
	ELSE (f.created_at, f.item_id COLLATE "C") <
	     (a.created_at, a.item_id COLLATE "C") END)
 ORDER BY CASE WHEN $5::boolean THEN f.created_at END,
       CASE WHEN $5::boolean THEN f.item_id END COLLATE "C",
       f.created_at DESC, f.item_id COLLATE "C" DESC
 LIMIT $4::integer;

-- name: ck_call :owned
-- $2 thread, $3 item or NULL, $4 type that it must have, $5 the newest one must
-- be a client's tool call.  What a request for the agent is about: type and
-- status of that item, and of the thread's newest one.  No row: no such thread.
-- With $6 the thread is the agent's from now on, if all is as it must be.
WITH found AS MATERIALIZED (
	SELECT t.id AS key, i.item_type AS type,
	       CASE i.item_type WHEN 'structured_input'
	       THEN i.document->>'status' END AS status,
	       n.item_type AS last_type,
	       CASE n.item_type WHEN 'client_tool_call'
	       THEN n.document->>'status' END AS last_status
	  FROM threads t
	  LEFT JOIN messages i ON i.email = $1::text AND i.thread_id = t.id
	   AND i.item_id = $3::text
	  LEFT JOIN LATERAL (
		SELECT m.item_type, m.document
		  FROM messages m
		 WHERE m.email = $1::text
		   AND m.thread_id = t.id
		   AND m.item_id IS NOT NULL
		 ORDER BY m.created_at DESC, m.seq DESC
		 LIMIT 1) n ON true
	 WHERE t.email = $1::text
	   AND t.thread_id = $2::text
	   AND t.sorted_at IS NOT NULL
), handed AS (
	UPDATE threads t SET handed_at = now()
	  FROM found f
	 WHERE t.email = $1::text AND t.id = f.key AND $6::boolean
	   AND ($3::text IS NULL OR f.type = $4::text
		AND (f.type <> 'structured_input' OR f.status = 'pending'))
	   AND (NOT $5::boolean OR f.last_type = 'client_tool_call'
		AND f.last_status = 'pending')
)
SELECT key, type, status, last_type, last_status
  FROM found;

-- name: ck_attachment_save :owned
-- $2 attachment, $3 document, $4 the same as it is once the bytes are here,
-- $5 thread as given, $6 name, $7 type.  What is known of the bytes stays.
INSERT INTO attachments AS a (email, attachment_id, document, thread_id, name,
       mime_type)
VALUES ($1::text, $2::text, $3::json, $5::text, $6::text, left($7::text, 255))
ON CONFLICT (email, attachment_id) DO UPDATE SET
       document = CASE WHEN a.sha256 IS NULL THEN $3::json ELSE $4::json END,
       thread_id = EXCLUDED.thread_id,
       name = EXCLUDED.name,
       mime_type = EXCLUDED.mime_type
 WHERE a.email = $1::text;

-- name: ck_attachment_get :owned
-- $2 attachment
SELECT document
  FROM attachments
 WHERE email = $1::text
   AND attachment_id = $2::text;

-- name: ck_attachment_delete :owned
-- $2 attachment
DELETE FROM attachments
 WHERE email = $1::text
   AND attachment_id = $2::text;

-- name: ck_attachments_check :owned
-- $2 attachments (an array).  The first that cannot be sent along: it is not
-- known, or waits for its bytes.
SELECT i.id, a.id IS NOT NULL AS known
  FROM unnest($2::text[]) WITH ORDINALITY i(id, n)
  LEFT JOIN attachments a ON a.email = $1::text AND a.attachment_id = i.id
 WHERE a.id IS NULL OR (a.made_here AND a.sha256 IS NULL)
 ORDER BY i.n
 LIMIT 1;
