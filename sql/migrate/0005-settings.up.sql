-- 0005-settings: a thread's model settings, an owner's sealed keys, and how
-- studio's threads and messages are written.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

DO $$
BEGIN
	PERFORM table_free('configs');
	PERFORM table_free('user_api_keys');
END
$$;

CREATE TABLE IF NOT EXISTS configs (
	thread_id	uuid PRIMARY KEY,
	email		varchar(255) NOT NULL CHECK (email <> ''),
	model		varchar(128),
	temperature	double precision CHECK (temperature BETWEEN 0 AND 2),
	system_prompt	text,
	context_window	integer CHECK (context_window > 0),
	settings	json,
	FOREIGN KEY (email, thread_id) REFERENCES threads (email, id)
	    ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS configs_owner ON configs (email, thread_id);

CREATE TABLE IF NOT EXISTS user_api_keys (
	email		varchar(255) PRIMARY KEY CHECK (email <> ''),
	openai_key	text,
	anthropic_key	text,
	created_at	timestamptz NOT NULL DEFAULT now(),
	updated_at	timestamptz NOT NULL DEFAULT now()
);

DO $$
BEGIN
	PERFORM owned_table('configs');
	PERFORM owned_table('user_api_keys');
	PERFORM touching_table('configs', 'threads_touch');
END
$$;

CREATE TRIGGER row_changed BEFORE UPDATE ON user_api_keys
    FOR EACH ROW WHEN ((OLD.*) IS DISTINCT FROM (NEW.*))
    EXECUTE FUNCTION row_changed();

-- What somebody says in plain words: an object's text, the texts of a list's
-- parts of these types (or of none), a string itself; else nothing.
CREATE FUNCTION message_text(p_content json, p_types text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN coalesce(CASE json_typeof(p_content)
	    WHEN 'string' THEN p_content #>> '{}'
	    WHEN 'object' THEN
		CASE WHEN json_typeof(p_content->'text') = 'string'
		THEN p_content->>'text' END
	    WHEN 'array' THEN (
		SELECT string_agg(e->>'text', '' ORDER BY n)
		  FROM json_array_elements(p_content) WITH ORDINALITY a(e, n)
		 WHERE CASE WHEN json_typeof(e) = 'object'
		       THEN json_typeof(e->'text') = 'string'
			AND (coalesce(json_typeof(e->'type'), 'null') = 'null'
			 OR e->>'type' = ANY (p_types)) END)
	    END, '');
EXCEPTION WHEN data_exception THEN
	RETURN '';	-- json may hold what text cannot
END
$$;

-- The tool call that a row belongs to.
CREATE FUNCTION message_call(p_input json, p_output json, p_meta json)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT d->>'tool_call_id'
	  FROM (VALUES (1, p_input), (2, p_output), (3, p_meta)) v(n, d)
	 WHERE CASE WHEN json_typeof(d) = 'object'
	       THEN json_typeof(d->'tool_call_id') = 'string'
		AND char_length(d->>'tool_call_id') BETWEEN 1 AND 128 END
	 ORDER BY n
	 LIMIT 1);

-- The same values, however they are written.
CREATE FUNCTION json_same(json, json) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN $1 IS NULL OR $2 IS NULL THEN $1 IS NULL AND $2 IS NULL
    WHEN $1::text = $2::text THEN true
    ELSE $1::jsonb = $2::jsonb END;

-- What LangGraph and the agent know a thread by.  ChatKit's own ids are unique
-- per owner only.
CREATE FUNCTION thread_key(p_id uuid, p_thread text, p_document json)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN p_document IS NULL AND p_thread IS NOT NULL THEN p_thread
    ELSE p_id::text END;

-- Makes a thread with this id, unless the owner has it.  BB409: it is taken by
-- a row or a claim of somebody else, or by the outside id of another thread.
CREATE FUNCTION studio_create(p_owner text, p_id uuid, p_title text,
    p_meta json, p_agent boolean, p_schema text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM threads t
		    WHERE t.email = p_owner AND t.id = p_id) THEN
		RETURN;
	END IF;
	IF thread_claim(p_id::text, p_agent, p_schema)
	    AND NOT EXISTS (SELECT FROM threads t WHERE t.email = p_owner
				AND t.thread_id = p_id::text) THEN
		INSERT INTO threads (id, email, title, meta)
		VALUES (p_id, p_owner, p_title, p_meta)
		ON CONFLICT (id) DO NOTHING;
	END IF;
	IF NOT EXISTS (SELECT FROM threads t
			WHERE t.email = p_owner AND t.id = p_id) THEN
		RAISE EXCEPTION USING ERRCODE = 'BB409',
		    MESSAGE = 'thread id is in use';
	END IF;
END
$$;

-- A user's message, stored once.  fresh: now.  held: the thread may be handed
-- to the agent; if p_hand and it may not, nothing was stored.  title: what the
-- thread is called from now on, NULL if that did not change.  answer and said:
-- the row that answers a repeated message, and its text.  BB404: no thread;
-- BB409: the id is another message's.
CREATE FUNCTION studio_ask(p_owner text, p_thread uuid, p_message text,
    p_content json, p_title text, p_hand boolean, p_agent boolean,
    p_schema text, OUT id uuid, OUT fresh boolean, OUT held boolean,
    OUT key text, OUT title text, OUT answer uuid, OUT said text)
LANGUAGE plpgsql AS $$
DECLARE
	m	messages;
	called	text;
BEGIN
	SELECT thread_key(t.id, t.thread_id, t.document), t.title
	  INTO key, called
	  FROM threads t
	 WHERE t.email = p_owner AND t.id = p_thread
	   FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'BB404',
		    MESSAGE = 'no such thread';
	END IF;
	held := EXISTS (SELECT FROM thread_claims c WHERE c.email = p_owner
			    AND c.thread_id = key);
	IF p_hand AND NOT held THEN
		held := thread_claim(key, p_agent, p_schema);
	END IF;
	SELECT * INTO m FROM messages o
	 WHERE o.email = p_owner AND o.message_id = p_message;
	fresh := NOT FOUND;
	IF fresh AND (held OR NOT p_hand) THEN
		INSERT INTO messages (email, thread_id, message_id, role,
		       content)
		VALUES (p_owner, p_thread, p_message, 'user', p_content)
		ON CONFLICT (email, message_id) DO NOTHING
		RETURNING * INTO m;
	END IF;
	IF m.id IS NULL AND fresh AND p_hand AND NOT held THEN
		RETURN;
	ELSIF m.id IS NULL OR NOT fresh AND (m.thread_id <> p_thread
	    OR m.role IS DISTINCT FROM 'user'
	    OR NOT json_same(m.content, p_content)) THEN
		RAISE EXCEPTION USING ERRCODE = 'BB409',
		    MESSAGE = 'message id is in use';
	END IF;
	id := m.id;
	IF NOT fresh THEN
		SELECT a.id, message_text(a.content, '{text}')
		  INTO answer, said
		  FROM messages a
		 WHERE a.email = p_owner
		   AND a.message_id = 'assistant:' || p_message
		   AND a.thread_id = p_thread AND a.role = 'assistant';
	ELSIF called = 'New chat' AND p_title IS NOT NULL
	    AND NOT EXISTS (SELECT FROM messages o
		WHERE o.email = p_owner AND o.thread_id = p_thread
		  AND o.role = 'user' AND o.id <> m.id) THEN
		UPDATE threads t SET title = p_title
		 WHERE t.email = p_owner AND t.id = p_thread;
		title := p_title;
	END IF;
END
$$;

-- An agent's messages, all or none, in the order given; with each the row that
-- has it and whether any is new.  BB404: no thread; BB409: an id is another
-- message's.
CREATE FUNCTION studio_store(p_owner text, p_thread uuid, p_messages text[],
    p_roles text[], p_contents text[], p_tools text[], p_inputs text[],
    p_outputs text[], p_metas text[])
RETURNS TABLE (message_id text, id uuid, fresh boolean)
LANGUAGE plpgsql AS $$
DECLARE
	added	integer;
	stored	integer;
BEGIN
	PERFORM FROM threads t WHERE t.email = p_owner AND t.id = p_thread
	    FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'BB404',
		    MESSAGE = 'no such thread';
	END IF;
	INSERT INTO messages (email, thread_id, message_id, role, content,
	       tool_name, tool_input, tool_output, meta, tool_call_id)
	SELECT p_owner, p_thread, g.message, g.role, g.content::json, g.tool,
	       g.input::json, g.output::json, g.meta::json,
	       message_call(g.input::json, g.output::json, g.meta::json)
	  FROM unnest(p_messages, p_roles, p_contents, p_tools, p_inputs,
	       p_outputs, p_metas) WITH ORDINALITY
	       g(message, role, content, tool, input, output, meta, n)
	 ORDER BY g.n
	ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS added = ROW_COUNT;
	RETURN QUERY SELECT g.message, m.id, added > 0
	  FROM unnest(p_messages, p_roles, p_contents, p_tools, p_inputs,
	       p_outputs, p_metas) WITH ORDINALITY
	       g(message, role, content, tool, input, output, meta, n)
	  JOIN messages m ON m.email = p_owner AND m.message_id = g.message
	 WHERE added = cardinality(p_messages)
	    OR (m.thread_id = p_thread AND m.role = g.role
	   AND json_same(m.content, g.content::json)
	   AND m.tool_name IS NOT DISTINCT FROM g.tool
	   AND json_same(m.tool_input, g.input::json)
	   AND json_same(m.tool_output, g.output::json)
	   AND json_same(m.meta, g.meta::json))
	 ORDER BY g.n;
	GET DIAGNOSTICS stored = ROW_COUNT;
	IF stored < cardinality(p_messages) THEN
		RAISE EXCEPTION USING ERRCODE = 'BB409',
		    MESSAGE = 'message id is in use';
	END IF;
END
$$;

-- How many tokens the newest state of a thread counts, 0 where nothing says so
-- or the claim is not the owner's.
CREATE FUNCTION studio_tokens(p_owner text, p_key text, p_schema text)
RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
	t	regclass;
	key	text;
	tokens	jsonb;
BEGIN
	IF NOT EXISTS (SELECT FROM thread_claims c
			WHERE c.email = p_owner AND c.thread_id = p_key) THEN
		RETURN 0;
	END IF;
	t := checkpoint_table(p_schema, 'checkpoints', 'SELECT');
	key := (checkpoint_ids(t, ARRAY[p_key], true))[1];
	IF t IS NULL OR key IS NULL THEN
		RETURN 0;
	END IF;
	EXECUTE format('SELECT c.checkpoint->''channel_values''->''token_count''
	      FROM %s c WHERE c.thread_id = %L AND c.checkpoint_ns = ''''
	     ORDER BY %s DESC LIMIT 1', t, key, CASE WHEN EXISTS (
	    SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = t
	       AND a.attname = 'checkpoint_id' AND NOT a.attisdropped)
	    THEN 'c.checkpoint_id' ELSE 'c.checkpoint->>''id''' END)
	   INTO tokens;
	RETURN CASE WHEN tokens::text ~ '^[0-9]{1,15}$'
	    THEN tokens::text::bigint ELSE 0 END;
END
$$;

REVOKE EXECUTE ON FUNCTION message_text(json, text[]),
    message_call(json, json, json), json_same(json, json),
    thread_key(uuid, text, json),
    studio_create(text, uuid, text, json, boolean, text),
    studio_ask(text, uuid, text, json, text, boolean, boolean, text),
    studio_store(text, uuid, text[], text[], text[], text[], text[], text[],
    text[]), studio_tokens(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION message_text(json, text[]),
    message_call(json, json, json), json_same(json, json),
    thread_key(uuid, text, json),
    studio_create(text, uuid, text, json, boolean, text),
    studio_ask(text, uuid, text, json, text, boolean, boolean, text),
    studio_store(text, uuid, text[], text[], text[], text[], text[], text[],
    text[]), studio_tokens(text, text, text) TO bobbin_app;

-- What `bobbin import studio` writes: rows of one owner as a JSON array, in
-- batches that may come again.  added: rows that are new.  refused: rows that
-- did not fit, or whose id is somebody's.  updated_at stays what it was.
CREATE FUNCTION import_threads(p_owner text, p_rows json, p_schema text,
    OUT added bigint, OUT refused bigint)
LANGUAGE plpgsql AS $$
DECLARE
	r	record;
BEGIN
	added := 0;
	refused := 0;
	FOR r IN
		SELECT * FROM json_to_recordset(p_rows) x(id uuid, title text,
		    meta json, created_at timestamptz, updated_at timestamptz,
		    archived_at timestamptz)
	LOOP
		CONTINUE WHEN EXISTS (SELECT FROM threads t
		    WHERE t.email = p_owner AND t.id = r.id);
		BEGIN
			IF NOT thread_claim(r.id::text, true, p_schema)
			    OR EXISTS (SELECT FROM threads t
				WHERE t.email = p_owner
				  AND t.thread_id = r.id::text) THEN
				RAISE EXCEPTION USING ERRCODE = 'BB409';
			END IF;
			INSERT INTO threads (id, email, title, meta,
			       created_at, updated_at, archived_at)
			VALUES (r.id, p_owner, left(r.title, 512), r.meta,
			       coalesce(r.created_at, now()),
			       coalesce(r.updated_at, r.created_at, now()),
			       r.archived_at)
			ON CONFLICT (id) DO NOTHING;
			IF NOT FOUND THEN
				RAISE EXCEPTION USING ERRCODE = 'BB409';
			END IF;
			added := added + 1;
		EXCEPTION WHEN SQLSTATE 'BB409' THEN
			refused := refused + 1;
		END;
	END LOOP;
END
$$;

-- Locks these threads of the owner's, in one order; import_unmoved() sets
-- their times back to what they were.
CREATE FUNCTION import_hold(p_owner text, p_threads uuid[],
    OUT ids uuid[], OUT times timestamptz[])
LANGUAGE sql AS $$
	SELECT array_agg(t.id), array_agg(t.updated_at)
	  FROM (SELECT id, updated_at FROM threads
		 WHERE email = p_owner AND id = ANY (p_threads)
		 ORDER BY id FOR NO KEY UPDATE) t
$$;
CREATE FUNCTION import_unmoved(p_owner text, p_ids uuid[],
    p_times timestamptz[]) RETURNS void
LANGUAGE sql AS $$
	UPDATE threads t SET updated_at = v.at
	  FROM unnest(p_ids, p_times) v(id, at)
	 WHERE t.email = p_owner AND t.id = v.id AND t.updated_at <> v.at
$$;

CREATE FUNCTION import_messages(p_owner text, p_rows json, p_schema text,
    OUT added bigint, OUT refused bigint)
LANGUAGE plpgsql AS $$
DECLARE
	held	record;
BEGIN
	SELECT * INTO held FROM import_hold(p_owner, ARRAY(
	    SELECT (e->>'thread_id')::uuid
	      FROM json_array_elements(p_rows) e));
	INSERT INTO messages (id, email, thread_id, message_id, role, content,
	       tool_name, tool_input, tool_output, meta, tool_call_id,
	       created_at)
	SELECT x.id, p_owner, x.thread_id, coalesce(x.message_id, x.id::text),
	       x.role, x.content, left(x.tool_name, 128), x.tool_input,
	       x.tool_output, x.meta, message_call(x.tool_input,
	       x.tool_output, x.meta), coalesce(x.created_at, now())
	  FROM ROWS FROM (json_to_recordset(p_rows) AS (id uuid,
	       thread_id uuid, message_id text, role text, content json,
	       tool_name text, tool_input json, tool_output json, meta json,
	       created_at timestamptz)) WITH ORDINALITY x
	 WHERE x.thread_id = ANY (held.ids)
	   AND x.role IN ('user', 'assistant', 'system', 'tool')
	   AND char_length(coalesce(x.message_id, 'x')) BETWEEN 1 AND 255
	 ORDER BY x.ordinality
	ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS added = ROW_COUNT;
	PERFORM import_unmoved(p_owner, held.ids, held.times);
	SELECT count(*) FILTER (WHERE m.id IS NULL) INTO refused
	  FROM json_array_elements(p_rows) e
	  LEFT JOIN messages m ON m.email = p_owner
	   AND m.id = (e->>'id')::uuid
	   AND m.thread_id = (e->>'thread_id')::uuid;
END
$$;

CREATE FUNCTION import_configs(p_owner text, p_rows json, p_schema text,
    OUT added bigint, OUT refused bigint)
LANGUAGE plpgsql AS $$
DECLARE
	held	record;
BEGIN
	SELECT * INTO held FROM import_hold(p_owner, ARRAY(
	    SELECT (e->>'thread_id')::uuid
	      FROM json_array_elements(p_rows) e));
	INSERT INTO configs (thread_id, email, model, temperature,
	       system_prompt, context_window, settings)
	SELECT x.thread_id, p_owner, left(x.model, 128),
	       CASE WHEN x.temperature BETWEEN 0 AND 2 THEN x.temperature END,
	       x.system_prompt,
	       CASE WHEN x.context_window > 0 THEN x.context_window END,
	       x.settings
	  FROM json_to_recordset(p_rows) x(thread_id uuid, model text,
	       temperature double precision, system_prompt text,
	       context_window integer, settings json)
	 WHERE x.thread_id = ANY (held.ids)
	ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS added = ROW_COUNT;
	PERFORM import_unmoved(p_owner, held.ids, held.times);
	refused := json_array_length(p_rows)
	    - coalesce(cardinality(held.ids), 0);
END
$$;

-- Keys stay sealed as they are; those that bobbin has already win.
CREATE FUNCTION import_keys(p_owner text, p_rows json, p_schema text,
    OUT added bigint, OUT refused bigint)
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO user_api_keys (email, openai_key, anthropic_key,
	       created_at, updated_at)
	SELECT p_owner, nullif(x.openai_key, ''), nullif(x.anthropic_key, ''),
	       coalesce(x.created_at, now()), coalesce(x.updated_at, now())
	  FROM json_to_recordset(p_rows) x(openai_key text,
	       anthropic_key text, created_at timestamptz,
	       updated_at timestamptz)
	ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS added = ROW_COUNT;
	refused := 0;
END
$$;

-- p_here: the bytes are in the store; else they are in the bucket, it is said.
-- Names get the form that uploads give them.
CREATE FUNCTION import_artifacts(p_owner text, p_rows json, p_here boolean,
    OUT added bigint, OUT refused bigint)
LANGUAGE plpgsql AS $$
DECLARE
	held	record;
	r	record;
BEGIN
	added := 0;
	refused := 0;
	SELECT * INTO held FROM import_hold(p_owner, ARRAY(
	    SELECT (e->>'thread_id')::uuid
	      FROM json_array_elements(p_rows) e));
	FOR r IN
		SELECT * FROM json_to_recordset(p_rows) x(id uuid,
		    thread_id uuid, sha256 text, filename text, mime text,
		    size bigint, session_id text, run_id text,
		    tool_call_id text, meta json, created_at timestamptz)
		 ORDER BY sha256
	LOOP
		CONTINUE WHEN EXISTS (SELECT FROM artifacts a
		    WHERE a.email = p_owner AND a.id = r.id);
		IF NOT coalesce(r.thread_id = ANY (held.ids), false)
		    OR r.sha256 !~ '^[0-9a-f]{64}$' OR r.size < 0
		    OR greatest(length(r.session_id), length(r.run_id),
			length(r.tool_call_id)) > 128 THEN
			refused := refused + 1;
			CONTINUE;
		END IF;
		PERFORM blob_hold(r.sha256::bpchar, r.size, p_here);
		INSERT INTO artifacts (id, email, thread_id, sha256, filename,
		       mime, size, session_id, run_id, tool_call_id, meta,
		       created_at)
		VALUES (r.id, p_owner, r.thread_id, r.sha256, coalesce(nullif(
		       left(btrim(regexp_replace(regexp_replace(r.filename,
			   '^.*[/\\]', ''), '[\u0001-\u001f\u007f-\u009f'
			   '\u200e\u200f\u202a-\u202e\u2066-\u2069]', '',
			   'g'), '. '), 200), ''), 'artifact'),
		       CASE WHEN r.mime ~ '^[A-Za-z0-9.+_-]+/[A-Za-z0-9.+_-]+$'
		       AND length(r.mime) <= 128 THEN r.mime
		       ELSE 'application/octet-stream' END, r.size,
		       r.session_id, r.run_id, r.tool_call_id, r.meta,
		       coalesce(r.created_at, now()))
		ON CONFLICT DO NOTHING;
		IF FOUND THEN
			added := added + 1;
		ELSE
			refused := refused + 1;
		END IF;
	END LOOP;
	PERFORM import_unmoved(p_owner, held.ids, held.times);
END
$$;

REVOKE EXECUTE ON FUNCTION import_threads(text, json, text),
    import_artifacts(text, json, boolean),
    import_hold(text, uuid[]), import_unmoved(text, uuid[], timestamptz[]),
    import_messages(text, json, text), import_configs(text, json, text),
    import_keys(text, json, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION import_threads(text, json, text),
    import_artifacts(text, json, boolean),
    import_hold(text, uuid[]), import_unmoved(text, uuid[], timestamptz[]),
    import_messages(text, json, text), import_configs(text, json, text),
    import_keys(text, json, text) TO bobbin_app;

RESET search_path;
RESET ROLE;
