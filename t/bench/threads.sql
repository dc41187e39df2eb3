-- threads.sql: after `bobbin migrate`: a tool call in each thread of owners 1
-- to 2000, and in the first thread of owner 1000 what a long day leaves there.

INSERT INTO tool_calls (email, conversation_id, tool_id, tool_name, inputs)
SELECT email, id, 'bench', 'Web Search', '{"query": "weather"}'
  FROM threads
 WHERE email <> '1000000000000002001';

INSERT INTO messages (email, thread_id, message_id, role, content, created_at)
SELECT t.email, t.id, 'bench-' || n,
       CASE WHEN n % 2 = 0 THEN 'assistant' ELSE 'user' END,
       to_json('How many parcels of order ' || n || ' came back last month, '
       'and what did each of them cost us?'), now() + n * interval '1 s'
  FROM threads t, generate_series(1, 1000) n
 WHERE t.email = '1000000000000001000'
   AND t.thread_id = '2000000000010000001';
INSERT INTO tool_calls (email, conversation_id, tool_id, tool_name, status,
       inputs, outputs, requested_at)
SELECT t.email, t.id, 'bench-' || n, 'Web Search', 'completed',
       '{"query": "weather"}', '{"result": "rain"}', now() + n * interval '1 s'
  FROM threads t, generate_series(1, 199) n
 WHERE t.email = '1000000000000001000'
   AND t.thread_id = '2000000000010000001';
