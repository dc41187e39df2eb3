-- studio.sql: threads by their uuid, their settings, their owner's keys.

-- name: studio_create :owned
-- $2 thread, $3 title, $4 meta or NULL, $5 acts for an agent, $6 schema of
-- LangGraph's tables.  BB409: the id is taken.
SELECT studio_create($1::text, $2::uuid, $3::text, $4::json, $5::boolean,
       $6::text);

-- name: studio_thread :owned
-- $2 thread
SELECT id, email, title, archived_at, meta, created_at, updated_at
  FROM threads
 WHERE email = $1::text
   AND id = $2::uuid;

-- name: studio_threads :owned
-- $2 limit, $3 updated_at and $4 id of the last row seen, or NULL both.  Newest
-- first, archived ones too.  CASE, because under row security coalesce() is no
-- index condition.
SELECT id, email, title, archived_at, meta, created_at, updated_at
  FROM threads
 WHERE email = $1::text
   AND (updated_at, id) < (
       CASE WHEN $3::timestamptz IS NULL THEN 'infinity'
       ELSE $3::timestamptz END,
       CASE WHEN $4::uuid IS NULL THEN 'ffffffff-ffff-ffff-ffff-ffffffffffff'
       ELSE $4::uuid END)
 ORDER BY updated_at DESC, id DESC
 LIMIT $2::integer;

-- name: studio_threads_open :owned
-- As studio_threads, without the archived ones.
SELECT id, email, title, archived_at, meta, created_at, updated_at
  FROM threads
 WHERE email = $1::text
   AND archived_at IS NULL
   AND (updated_at, id) < (
       CASE WHEN $3::timestamptz IS NULL THEN 'infinity'
       ELSE $3::timestamptz END,
       CASE WHEN $4::uuid IS NULL THEN 'ffffffff-ffff-ffff-ffff-ffffffffffff'
       ELSE $4::uuid END)
 ORDER BY updated_at DESC, id DESC
 LIMIT $2::integer;

-- name: studio_change :owned
-- $2 thread, $3 change the title to $4, $5 change meta to $6
UPDATE threads
   SET title = CASE WHEN $3::boolean THEN $4::text ELSE title END,
       meta = CASE WHEN $5::boolean THEN $6::json ELSE meta END
 WHERE email = $1::text
   AND id = $2::uuid
RETURNING id, email, title, archived_at, meta, created_at, updated_at;

-- name: studio_archive :owned
-- $2 thread, $3 archive it, or take it back.  The first time stays.
UPDATE threads
   SET archived_at = CASE WHEN $3::boolean THEN coalesce(archived_at, now())
       END
 WHERE email = $1::text
   AND id = $2::uuid
RETURNING id, email, title, archived_at, meta, created_at, updated_at;

-- name: studio_drop :owned
-- $2 thread, $3 schema of LangGraph's tables
SELECT existed
  FROM thread_drop($1::text, $2::uuid, $3::text);

-- name: studio_first_text :owned
-- $2 thread.  What its first user message with text says; a text of blanks and
-- control characters alone is none.
SELECT v.said
  FROM threads t
  LEFT JOIN LATERAL (
	SELECT CASE WHEN m.item_id IS NULL
	       THEN message_text(m.content, ARRAY['text'])
	       ELSE message_text(m.document->'content',
		    ARRAY['text', 'input_text']) END AS said
	  FROM messages m
	 WHERE m.email = t.email
	   AND m.thread_id = t.id
	   AND m.role = 'user'
	   AND CASE WHEN m.item_id IS NULL
	       THEN message_text(m.content, ARRAY['text'])
	       ELSE message_text(m.document->'content',
		    ARRAY['text', 'input_text']) END
	       ~ '[^\u0001-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]'
	 ORDER BY m.created_at, m.seq
	 LIMIT 1) v ON true
 WHERE t.email = $1::text
   AND t.id = $2::uuid;

-- name: studio_config :owned
-- $2 thread
SELECT model, temperature, system_prompt, context_window, settings
  FROM configs
 WHERE email = $1::text
   AND thread_id = $2::uuid;

-- name: studio_config_put :owned
-- $2 thread, $3 model, $4 temperature, $5 system prompt, $6 context window,
-- $7 settings; NULL: unchanged.  The thread is locked before its row; what
-- changes nothing writes nothing.  No row: no thread.
WITH thread AS MATERIALIZED (
	SELECT id, email
	  FROM threads
	 WHERE email = $1::text
	   AND id = $2::uuid
	   FOR NO KEY UPDATE
), kept AS (
	INSERT INTO configs AS c (thread_id, email, model, temperature,
	       system_prompt, context_window, settings)
	SELECT id, email, $3::text, $4::double precision, $5::text,
	       $6::integer, $7::json
	  FROM thread
	ON CONFLICT (thread_id) DO UPDATE SET
	       model = coalesce(EXCLUDED.model, c.model),
	       temperature = coalesce(EXCLUDED.temperature, c.temperature),
	       system_prompt = coalesce(EXCLUDED.system_prompt,
			       c.system_prompt),
	       context_window = coalesce(EXCLUDED.context_window,
				c.context_window),
	       settings = coalesce(EXCLUDED.settings, c.settings)
	 WHERE (coalesce(EXCLUDED.model, c.model),
		coalesce(EXCLUDED.temperature, c.temperature),
		coalesce(EXCLUDED.system_prompt, c.system_prompt),
		coalesce(EXCLUDED.context_window, c.context_window),
		coalesce(EXCLUDED.settings, c.settings)::text)
	       IS DISTINCT FROM (c.model, c.temperature, c.system_prompt,
		c.context_window, c.settings::text)
	RETURNING c.model, c.temperature, c.system_prompt, c.context_window,
	       c.settings
)
SELECT model, temperature, system_prompt, context_window, settings
  FROM kept
 UNION ALL
SELECT c.model, c.temperature, c.system_prompt, c.context_window, c.settings
  FROM configs c
  JOIN thread t ON t.email = c.email AND t.id = c.thread_id
 WHERE NOT EXISTS (SELECT FROM kept);

-- name: studio_config_drop :owned
-- $2 thread
WITH thread AS MATERIALIZED (
	SELECT id, email
	  FROM threads
	 WHERE email = $1::text
	   AND id = $2::uuid
	   FOR NO KEY UPDATE
)
DELETE FROM configs c
 USING thread t
 WHERE c.email = $1::text
   AND c.email = t.email
   AND c.thread_id = t.id;

-- name: studio_state :owned
-- $2 thread, $3 schema of LangGraph's tables.  No row: no thread.
SELECT studio_tokens($1::text, thread_key(t.id, t.thread_id, t.document),
       $3::text) AS token_count, c.context_window
  FROM threads t
  LEFT JOIN configs c ON c.email = t.email AND c.thread_id = t.id
 WHERE t.email = $1::text
   AND t.id = $2::uuid;

-- name: studio_keys :owned
SELECT openai_key, anthropic_key
  FROM user_api_keys
 WHERE email = $1::text;

-- name: studio_keys_put :owned
-- $2 change the one key to $3, $4 the other one to $5; both sealed, or NULL.
INSERT INTO user_api_keys AS k (email, openai_key, anthropic_key)
VALUES ($1::text, $3::text, $5::text)
ON CONFLICT (email) DO UPDATE SET
       openai_key = CASE WHEN $2::boolean THEN EXCLUDED.openai_key
		    ELSE k.openai_key END,
       anthropic_key = CASE WHEN $4::boolean THEN EXCLUDED.anthropic_key
		       ELSE k.anthropic_key END
 WHERE k.email = $1::text
RETURNING openai_key, anthropic_key;

-- name: studio_keys_drop :owned
DELETE FROM user_api_keys
 WHERE email = $1::text;
