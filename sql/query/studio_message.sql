-- studio_message.sql: messages, by (created_at, seq).

-- name: studio_ask :owned
-- $2 thread, $3 message id, $4 content, $5 title to be given or NULL, $6 is to
-- be handed to the agent, $7 acts for an agent, $8 schema of LangGraph's
-- tables.  BB404: no thread; BB409: the message id is another message's.  A
-- repeated question waits for its answer anew.
WITH asked AS MATERIALIZED (
	SELECT id, fresh, held, key, title, answer, said
	  FROM studio_ask($1::text, $2::uuid, $3::text, $4::json, $5::text,
	       $6::boolean, $7::boolean, $8::text)
), again AS (
	UPDATE threads t SET handed_at = now()
	  FROM asked a
	 WHERE t.email = $1::text AND t.id = $2::uuid
	   AND $6::boolean AND a.held AND NOT a.fresh AND a.answer IS NULL
)
SELECT id, fresh, held, key, title, answer, said
  FROM asked;

-- name: studio_store :owned
-- $2 thread; arrays with an element a message: $3 message ids, $4 roles,
-- $5 contents, $6 tools, $7 inputs, $8 outputs, $9 metas.  BB404, BB409 as
-- above, and then nothing is stored.
SELECT message_id, id, fresh
  FROM studio_store($1::text, $2::uuid, $3::text[], $4::text[], $5::text[],
       $6::text[], $7::text[], $8::text[], $9::text[]);

-- name: in_order :free
-- For the statement after it: of a thread that is longer than most the index
-- in order is right, though by its estimates a sort looks no dearer.
SELECT set_config('enable_sort', 'off', true);

-- name: studio_messages :owned
-- $2 thread, $3 limit, $4 created_at and $5 seq of the last row seen, or NULL
-- both.  Newest first.  said: the text of content that is no object.  ChatKit's
-- rows are messages if they have a role; their content is in the document.
-- files: of assistants' rows, what the tools made in their turn, from the last
-- user's row on, each once, as [[id, name, type, size], ...]; only where the
-- thread has any is the page's oldest turn looked for before the page.
WITH page AS MATERIALIZED (
	SELECT m.id, m.thread_id, m.role, CASE WHEN m.item_id IS NULL
	       THEN m.content ELSE m.document->'content' END AS content,
	       m.item_id, m.tool_name, m.tool_input, m.tool_output,
	       m.message_id, m.created_at, m.meta, m.seq
	  FROM messages m
	 WHERE m.email = $1::text
	   AND m.thread_id = $2::uuid
	   AND m.role IS NOT NULL
	   AND (m.created_at, m.seq) < (
	       CASE WHEN $4::timestamptz IS NULL THEN 'infinity'
	       ELSE $4::timestamptz END,
	       CASE WHEN $5::bigint IS NULL THEN 9223372036854775807
	       ELSE $5::bigint END)
	 ORDER BY m.created_at DESC, m.seq DESC
	 LIMIT $3::integer
), bottom AS (
	SELECT created_at, seq
	  FROM page
	 WHERE EXISTS (SELECT FROM artifacts a
			WHERE a.email = $1::text AND a.thread_id = $2::uuid)
	 ORDER BY created_at, seq
	 LIMIT 1
), start AS (
	SELECT m.created_at, m.seq
	  FROM messages m
	 WHERE m.email = $1::text
	   AND m.thread_id = $2::uuid
	   AND m.role = 'user'
	   AND (m.created_at, m.seq) <= ((SELECT created_at FROM bottom),
	       (SELECT seq FROM bottom))
	 ORDER BY m.created_at DESC, m.seq DESC
	 LIMIT 1
), span AS MATERIALIZED (
	SELECT m.seq, m.role, m.tool_call_id, row_number() OVER w AS place,
	       count(*) FILTER (WHERE m.role = 'user') OVER w AS turn
	  FROM messages m
	 WHERE m.email = $1::text
	   AND m.thread_id = $2::uuid
	   AND m.role IS NOT NULL
	   AND EXISTS (SELECT FROM bottom)
	   AND (m.created_at, m.seq) >= (
	       CASE WHEN (SELECT seq FROM start) IS NULL THEN '-infinity'
	       ELSE (SELECT created_at FROM start) END,
	       CASE WHEN (SELECT seq FROM start) IS NULL THEN 0
	       ELSE (SELECT seq FROM start) END)
	   AND (m.created_at, m.seq) < (
	       CASE WHEN $4::timestamptz IS NULL THEN 'infinity'
	       ELSE $4::timestamptz END,
	       CASE WHEN $5::bigint IS NULL THEN 9223372036854775807
	       ELSE $5::bigint END)
	WINDOW w AS (ORDER BY m.created_at, m.seq)
), made AS MATERIALIZED (
	SELECT s.turn, min(s.place) AS place, a.id, a.filename, a.mime,
	       a.size, a.created_at
	  FROM span s
	  JOIN artifacts a ON a.email = $1::text
	   AND a.thread_id = $2::uuid
	   AND a.tool_call_id = s.tool_call_id
	 WHERE s.role = 'tool'
	 GROUP BY s.turn, a.id
)
SELECT p.id, p.thread_id, p.role, p.content, p.tool_name, p.tool_input,
       p.tool_output, p.message_id, p.created_at, p.meta, p.seq,
       CASE WHEN json_typeof(p.content) NOT IN ('object', 'null')
       THEN message_text(p.content, CASE WHEN p.item_id IS NULL
	   THEN ARRAY['text'] ELSE ARRAY['text', 'input_text', 'output_text']
	   END) END AS said,
       CASE WHEN p.role = 'assistant' THEN (
	SELECT json_agg(json_build_array(d.id, d.filename, d.mime, d.size)
	       ORDER BY d.created_at, d.id)
	  FROM span s
	  JOIN made d ON d.turn = s.turn AND d.place < s.place
	 WHERE s.seq = p.seq) END AS files
  FROM page p
 ORDER BY p.created_at DESC, p.seq DESC;
