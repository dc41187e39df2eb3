-- items.sql: a ChatKit thread "ck" of every owner, with 20 items.

INSERT INTO threads (email, thread_id, document, title_at, title_length,
       sorted_at)
SELECT 1000000000000000000 + u, 'ck',
       '{"title":null,"id":"ck","created_at":"2026-01-01T00:00:00"}', 10, 4,
       '2026-01-01'
  FROM generate_series(1, 2001) u;
INSERT INTO messages (email, thread_id, item_id, item_type, document, role,
       plain, created_at)
SELECT t.email, t.id, 'msg_' || i, 'assistant_message', json_build_object(
       'id', 'msg_' || i, 'thread_id', 'ck',
       'created_at', '2026-01-01T00:00:' || lpad(i::text, 2, '0'),
       'type', 'assistant_message', 'content', json_build_array(
	json_build_object('type', 'output_text', 'text',
	    repeat('How many parcels came back last month? ', 10),
	    'annotations', json_build_array()))),
       'assistant', repeat('How many parcels came back last month? ', 10),
       '2026-01-01'::timestamptz + i * interval '1 s'
  FROM threads t, generate_series(1, 20) i
 WHERE t.thread_id = 'ck';
