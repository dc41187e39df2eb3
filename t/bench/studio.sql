-- studio.sql: what load.sql has no tables for yet: one thread with ten messages
-- an owner, and one of owner 1999 with ten thousand.
--
-- Owner u's thread is the UUID that ends in u; the long one ends in ten
-- thousand.

INSERT INTO threads (id, email, title)
SELECT ('00000000-0000-4000-8002-' || lpad(u::text, 12, '0'))::uuid,
       1000000000000000000 + u, 'Parcels'
  FROM generate_series(1, 2000) u
 UNION ALL
SELECT '00000000-0000-4000-8002-000000010000', 1000000000000001999, 'Long';

INSERT INTO messages (email, thread_id, message_id, role, content, created_at)
SELECT t.email, t.id, t.id || '-' || n,
       CASE n % 2 WHEN 0 THEN 'assistant' ELSE 'user' END,
       json_build_object('text', 'How many parcels of order ' || n ||
       ' came back last month, and what did each of them cost us?'),
       '2026-01-01'::timestamptz + n * interval '1 s'
  FROM threads t,
       generate_series(1, CASE t.title WHEN 'Long' THEN 10000 ELSE 10 END) n
 WHERE t.title IN ('Parcels', 'Long');
