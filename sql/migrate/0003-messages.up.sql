-- 0003-messages: what people and agents say.
--
-- A conversation, a thread and a chat session are one row in threads.  Its
-- outside id is NULL where a face knows threads by their uuid: then the uuid's
-- text stands for it.  A ChatKit thread has a document; LangGraph knows it by
-- its uuid's text, because ChatKit's ids are unique per owner only.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

-- Before a table is made: one of that name that somebody else made is not
-- adopted, for its rows have no owner.
CREATE FUNCTION table_free(t text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM pg_catalog.pg_class c
		    WHERE c.oid = to_regclass('public.' || quote_ident(t))
		      AND c.relowner <> 'bobbin_owner'::regrole) THEN
		RAISE duplicate_table USING
		    MESSAGE = format('a table %I is there already', t),
		    HINT = 'Move it to another schema or database; '
		    'bobbin import copies its rows.';
	END IF;
END
$$;

-- Row security of a table with owners: an owner sees the own rows, the empty
-- setting none.  Triggers act as bobbin_owner, whom FORCE would blind.
CREATE FUNCTION owned_table(t regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
	EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
	EXECUTE format('CREATE POLICY keeper ON %s TO bobbin_owner '
	    'USING (true) WITH CHECK (true)', t);
	EXECUTE format('CREATE POLICY owner ON %s TO bobbin_app USING '
	    '(email = nullif(current_setting(''bobbin.email'', true), '
	    ''''')) WITH CHECK (email = '
	    'nullif(current_setting(''bobbin.email'', true), ''''))', t);
	EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s '
	    'TO bobbin_app', t);
END
$$;

-- seq breaks ties of sorted_at, ChatKit's own created_at.
ALTER TABLE threads
    ALTER COLUMN meta DROP NOT NULL,
    ALTER COLUMN meta DROP DEFAULT,
    ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN document json,
    ADD COLUMN sorted_at timestamptz,
    ADD CONSTRAINT threads_document CHECK (document IS NULL
	OR (thread_id IS NOT NULL AND sorted_at IS NOT NULL));
UPDATE threads SET meta = NULL WHERE meta::text = '{}';
CREATE INDEX threads_updated ON threads (email, updated_at DESC, id DESC);
CREATE INDEX threads_open ON threads (email, updated_at DESC, id DESC)
    WHERE archived_at IS NULL;
CREATE INDEX threads_document ON threads (email, sorted_at, seq)
    WHERE document IS NOT NULL;
GRANT INSERT (document, sorted_at), UPDATE (document, sorted_at)
    ON threads TO bobbin_app;

DO $$
BEGIN
	PERFORM table_free('messages');
END
$$;

-- One row a message, a tool's result or a ChatKit item (which has item_id,
-- item_type and the document, kept whole), by (created_at, seq).
CREATE TABLE IF NOT EXISTS messages (
	id		uuid NOT NULL DEFAULT gen_random_uuid(),
	email		varchar(255) NOT NULL CHECK (email <> ''),
	seq		bigint GENERATED ALWAYS AS IDENTITY,
	thread_id	uuid NOT NULL,
	message_id	varchar(255),
	role		varchar(32) CHECK (role IN ('user', 'assistant',
			    'system', 'tool')),
	content		json,
	tool_name	varchar(128),
	tool_input	json,
	tool_output	json,
	meta		json,
	tool_call_id	varchar(128),
	item_id		text COLLATE "C",
	item_type	text,
	document	json,
	run_id		text,
	plain		text,
	created_at	timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (email, id),
	UNIQUE (email, message_id),
	UNIQUE (email, thread_id, item_id),
	CHECK (CASE WHEN item_id IS NULL
	    THEN num_nulls(message_id, role) = 0
	    ELSE num_nulls(item_type, document) = 0 END),
	FOREIGN KEY (email, thread_id) REFERENCES threads (email, id)
	    ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS messages_thread
    ON messages (email, thread_id, created_at DESC, seq DESC);

DO $$
BEGIN
	PERFORM owned_table('messages');
END
$$;

-- updated_at moves when something really changes, and never backwards.
CREATE FUNCTION thread_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.updated_at := greatest(OLD.updated_at, now());
	NEW.version := OLD.version + 1;
	RETURN NEW;
END
$$;
CREATE TRIGGER thread_changed BEFORE UPDATE ON threads
    FOR EACH ROW WHEN ((OLD.thread_id, OLD.title, OLD.meta::text, OLD.status,
	OLD.archived_at, OLD.document::text) IS DISTINCT FROM (NEW.thread_id,
	NEW.title, NEW.meta::text, NEW.status, NEW.archived_at,
	NEW.document::text))
    EXECUTE FUNCTION thread_changed();

CREATE FUNCTION row_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.updated_at := greatest(OLD.updated_at, now());
	RETURN NEW;
END
$$;

-- Something of a thread was written: the thread moves too.
CREATE FUNCTION thread_touch(p_email text, p_id uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
	UPDATE threads SET updated_at = greatest(updated_at, now()),
	       version = version + 1
	 WHERE email = p_email AND id = p_id
$$;
CREATE FUNCTION threads_touch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	PERFORM thread_touch(email, thread_id)
	  FROM (SELECT DISTINCT email, thread_id FROM touched
		 ORDER BY email, thread_id) t;
	RETURN NULL;
END
$$;

-- Every write to t moves its threads; fn finds them in the rows touched.
CREATE FUNCTION touching_table(t regclass, fn text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	ev	text;
BEGIN
	FOREACH ev IN ARRAY ARRAY['insert', 'update', 'delete'] LOOP
		EXECUTE format('CREATE TRIGGER touch_%s AFTER %s ON %s '
		    'REFERENCING %s TABLE AS touched FOR EACH STATEMENT '
		    'EXECUTE FUNCTION %I()', ev, ev, t,
		    CASE ev WHEN 'delete' THEN 'OLD' ELSE 'NEW' END, fn);
	END LOOP;
END
$$;
DO $$
BEGIN
	PERFORM touching_table('messages', 'threads_touch');
END
$$;

-- A run under the text of a thread's uuid is that thread's: from now on the
-- text is its outside id.
CREATE FUNCTION runs_link() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	UPDATE threads SET thread_id = NEW.thread_id
	 WHERE email = NEW.email AND id = NEW.thread_id::uuid
	   AND thread_id IS NULL;
	RETURN NEW;
END
$$;
CREATE TRIGGER runs_link BEFORE INSERT OR UPDATE OF thread_id
    ON users_threads_runs
    FOR EACH ROW WHEN (run_key(NEW.thread_id) = NEW.thread_id)
    EXECUTE FUNCTION runs_link();

-- The identified owner takes a free id, or has it already: true.  A deleted
-- thread's id comes back to its owner.
CREATE FUNCTION claim_take(p_thread text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	owner	text := nullif(current_setting('bobbin.email', true), '');
BEGIN
	IF claim_allowed() THEN
		INSERT INTO thread_claims (thread_id, email)
		VALUES (p_thread, owner)
		ON CONFLICT (thread_id) DO NOTHING;
	END IF;
	UPDATE thread_claims c SET deleted_at = NULL
	 WHERE c.thread_id = p_thread AND c.email = owner
	   AND c.deleted_at IS NOT NULL;
	RETURN EXISTS (SELECT FROM thread_claims c
			WHERE c.thread_id = p_thread AND c.email = owner);
END
$$;
-- The same by the rule for ids under which checkpoints lie already: only an
-- agent takes those.  False changes nothing for a caller whose thread is the
-- own one all the same, without LangGraph's history.
CREATE FUNCTION thread_claim(p_thread text, p_agent boolean, p_schema text)
RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('bobbin.claim', CASE WHEN p_agent
	    OR NOT checkpoint_exists(p_schema, p_thread)
	    THEN 'free' ELSE 'held' END, true);
	RETURN claim_take(p_thread);
END
$$;

-- The uuid of an owner's thread by its outside id.
CREATE FUNCTION thread_find(p_owner text, p_thread text) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
DECLARE
	thread	uuid;
BEGIN
	SELECT t.id INTO thread
	  FROM threads t
	 WHERE t.email = p_owner AND t.thread_id = p_thread;
	IF NOT FOUND AND run_key(p_thread) = p_thread THEN
		SELECT t.id INTO thread
		  FROM threads t
		 WHERE t.email = p_owner AND t.id = p_thread::uuid
		   AND t.thread_id IS NULL;
	END IF;
	RETURN thread;
END
$$;

-- Deletes the caller's thread, LangGraph's rows too where the caller holds
-- the claim; the claim stays.  The runs are locked before the thread, in the
-- order of whoever writes a run; whoever writes other rows of a thread has them
-- locked after it.  Rows of other tables go with the thread's.
CREATE FUNCTION thread_drop(p_owner text, p_id uuid, p_schema text,
    OUT existed boolean, OUT checkpoint_blobs bigint,
    OUT checkpoint_writes bigint, OUT checkpoints bigint,
    OUT users_threads_runs bigint, OUT messages bigint, OUT artifacts bigint,
    OUT feedback bigint)
LANGUAGE plpgsql AS $$
DECLARE
	outside	text;
	keys	text[];
BEGIN
	existed := false;
	checkpoint_blobs := 0;
	checkpoint_writes := 0;
	checkpoints := 0;
	users_threads_runs := 0;
	messages := 0;
	artifacts := 0;
	feedback := 0;
	PERFORM FROM public.users_threads_runs r
	  JOIN public.threads t USING (email, thread_id)
	 WHERE t.email = p_owner AND t.id = p_id
	 ORDER BY r.id FOR UPDATE OF r;
	SELECT t.thread_id INTO outside
	  FROM public.threads t
	 WHERE t.email = p_owner AND t.id = p_id FOR UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	existed := true;
	DELETE FROM public.feedback f
	 WHERE f.email = p_owner AND f.thread_id = outside;
	GET DIAGNOSTICS feedback = ROW_COUNT;
	DELETE FROM public.users_threads_runs r
	 WHERE r.email = p_owner AND r.thread_id = outside;
	GET DIAGNOSTICS users_threads_runs = ROW_COUNT;
	DELETE FROM public.messages m
	 WHERE m.email = p_owner AND m.thread_id = p_id;
	GET DIAGNOSTICS messages = ROW_COUNT;
	DELETE FROM public.threads t
	 WHERE t.email = p_owner AND t.id = p_id;
	WITH held AS (
		UPDATE public.thread_claims c SET deleted_at = now()
		 WHERE c.email = p_owner
		   AND c.thread_id IN (outside, p_id::text)
		RETURNING c.thread_id
	)
	SELECT array_agg(thread_id) INTO keys FROM held;
	IF keys IS NOT NULL THEN
		checkpoint_blobs := checkpoint_delete(p_schema,
		    'checkpoint_blobs', keys);
		checkpoint_writes := checkpoint_delete(p_schema,
		    'checkpoint_writes', keys);
		checkpoints := checkpoint_delete(p_schema, 'checkpoints',
		    keys);
	END IF;
END
$$;
CREATE OR REPLACE FUNCTION thread_delete(p_owner text, p_thread text,
    p_schema text, OUT existed boolean, OUT checkpoint_blobs bigint,
    OUT checkpoint_writes bigint, OUT checkpoints bigint,
    OUT users_threads_runs bigint, OUT messages bigint, OUT artifacts bigint,
    OUT feedback bigint)
LANGUAGE sql AS $$
	SELECT * FROM thread_drop(p_owner, thread_find(p_owner, p_thread),
	    p_schema)
$$;

REVOKE EXECUTE ON FUNCTION table_free(text), owned_table(regclass),
    touching_table(regclass, text), thread_changed(), row_changed(),
    thread_touch(text, uuid), threads_touch(), runs_link(), claim_take(text),
    thread_claim(text, boolean, text), thread_find(text, text),
    thread_drop(text, uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_take(text),
    thread_claim(text, boolean, text), thread_find(text, text),
    thread_drop(text, uuid, text) TO bobbin_app;

RESET search_path;
RESET ROLE;
