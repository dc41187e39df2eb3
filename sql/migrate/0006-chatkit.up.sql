-- 0006-chatkit: what ChatKit's store needs beside the tables of all faces.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

-- A rating of a ChatKit item.
CREATE UNIQUE INDEX feedback_item ON feedback (email, thread_id, item_id)
    WHERE item_id IS NOT NULL;

CREATE FUNCTION feedback_touch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	PERFORM thread_touch(t.email, t.id)
	  FROM threads t
	 WHERE t.email = NEW.email AND t.thread_id = NEW.thread_id;
	RETURN NULL;
END
$$;
CREATE TRIGGER feedback_touch AFTER INSERT OR UPDATE ON feedback
    FOR EACH ROW WHEN (NEW.item_id IS NOT NULL)
    EXECUTE FUNCTION feedback_touch();

-- A document is the client's own bytes; only its title is ever edited.  Where
-- that stands is known from the save: characters from 1 on; of a document
-- without one, the place where a member can be added, and length 0.
ALTER TABLE threads
    ADD COLUMN title_at integer,
    ADD COLUMN title_length integer,
    ADD CONSTRAINT threads_title CHECK (num_nulls(document, sorted_at,
	title_at, title_length) IN (0, 4));
GRANT INSERT (title_at, title_length), UPDATE (title_at, title_length, seq)
    ON threads TO bobbin_app;

CREATE FUNCTION document_title(p_document json, p_at integer,
    p_length integer, p_title text, OUT document json, OUT at integer,
    OUT length integer)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	title	text := coalesce(to_json(p_title)::text, 'null');
	name	text := CASE p_length WHEN 0 THEN ',"title":' ELSE '' END;
BEGIN
	document := overlay(p_document::text PLACING name || title
	    FROM p_at FOR p_length);
	at := p_at + char_length(name);
	length := char_length(title);
END
$$;

-- A title that another face changes is the document's, too.
CREATE FUNCTION document_titled() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	SELECT d.document, d.at, d.length
	  INTO NEW.document, NEW.title_at, NEW.title_length
	  FROM document_title(NEW.document, NEW.title_at, NEW.title_length,
	       NEW.title) d;
	RETURN NEW;
END
$$;
CREATE TRIGGER document_titled BEFORE UPDATE OF title ON threads
    FOR EACH ROW WHEN (NEW.document IS NOT NULL
	AND NEW.title IS DISTINCT FROM OLD.title
	AND NEW.document::text = OLD.document::text)
    EXECUTE FUNCTION document_titled();

-- Saves a thread's document, under an id that the owner has in another face
-- into that row.  p_new is the uuid of a new one.  Returns the row's uuid; its
-- text is the key under which LangGraph knows the thread, claimed by the
-- first save, which also decides the thread's place.
CREATE FUNCTION chatkit_thread_save(p_owner text, p_thread text, p_new uuid,
    p_document json, p_title text, p_at integer, p_length integer,
    p_time timestamptz, p_agent boolean, p_schema text) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
	thread	uuid;
	known	boolean := false;
BEGIN
	-- Twice: the second look finds what another transaction just made.
	FOR attempt IN 1 .. 2 LOOP
		SELECT t.id, t.document IS NOT NULL INTO thread, known
		  FROM threads t
		 WHERE t.email = p_owner
		   AND t.id = thread_find(p_owner, p_thread)
		   FOR NO KEY UPDATE;
		EXIT WHEN FOUND;
		INSERT INTO threads (id, email, thread_id, title, document,
		       title_at, title_length, sorted_at)
		VALUES (p_new, p_owner, p_thread, p_title, p_document, p_at,
		       p_length, p_time)
		ON CONFLICT DO NOTHING
		RETURNING id INTO thread;
		IF FOUND THEN
			PERFORM thread_claim(thread::text, p_agent, p_schema);
			RETURN thread;
		END IF;
	END LOOP;
	IF thread IS NULL THEN
		RAISE EXCEPTION 'no place for a thread';
	END IF;
	UPDATE threads t SET document = p_document, title = p_title,
	       title_at = p_at, title_length = p_length,
	       thread_id = coalesce(t.thread_id, p_thread),
	       sorted_at = coalesce(t.sorted_at, p_time)
	 WHERE t.email = p_owner AND t.id = thread;
	IF NOT known THEN
		UPDATE threads t SET seq = DEFAULT
		 WHERE t.email = p_owner AND t.id = thread;
		PERFORM thread_claim(thread::text, p_agent, p_schema);
	END IF;
	RETURN thread;
END
$$;

-- Saves an item.  p_row is its uuid, made of p_guess, which the thread's uuid
-- is taken for; where it is another one, state is 'other' and nothing was
-- written.  Of an item that is there, p_add only tells whether it is the very
-- same ('same' or 'taken'); else it is replaced, and keeps its place.
CREATE FUNCTION chatkit_item_save(p_owner text, p_thread text, p_guess uuid,
    p_row uuid, p_item text, p_type text, p_document json, p_role text,
    p_plain text, p_run text, p_time timestamptz, p_add boolean,
    OUT thread uuid, OUT state text)
LANGUAGE plpgsql AS $$
BEGIN
	SELECT t.id INTO thread
	  FROM threads t
	 WHERE t.email = p_owner AND t.thread_id = p_thread
	   AND t.sorted_at IS NOT NULL
	   FOR NO KEY UPDATE;
	state := CASE WHEN thread IS NULL THEN 'missing'
		 WHEN thread <> p_guess THEN 'other' ELSE 'new' END;
	IF state <> 'new' THEN
		RETURN;
	END IF;
	INSERT INTO messages (id, email, thread_id, item_id, item_type,
	       document, role, plain, run_id, created_at)
	VALUES (p_row, p_owner, thread, p_item, p_type, p_document, p_role,
	       p_plain, p_run, p_time)
	ON CONFLICT (email, thread_id, item_id) DO NOTHING;
	IF FOUND THEN
		RETURN;
	END IF;
	IF p_add THEN
		SELECT CASE m.document::text WHEN p_document::text
		       THEN 'same' ELSE 'taken' END INTO state
		  FROM messages m
		 WHERE m.email = p_owner AND m.thread_id = thread
		   AND m.item_id = p_item;
	ELSE
		UPDATE messages m SET item_type = p_type,
		       document = p_document, role = p_role, plain = p_plain,
		       run_id = coalesce(p_run, m.run_id)
		 WHERE m.email = p_owner AND m.thread_id = thread
		   AND m.item_id = p_item;
		state := 'saved';
	END IF;
END
$$;

-- Keeps a rating of a run and queues it for delivery; p_run as run_find() has
-- it.  What is NULL keeps its stored value.  No row: not the caller's run.
CREATE FUNCTION feedback_keep(p_owner text, p_run text, p_score smallint,
    p_comment text, p_queue boolean)
RETURNS TABLE (run_id text, thread_id text, score smallint, comment text,
    created_at timestamptz, updated_at timestamptz, queued bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH run AS (
		SELECT r.email, r.thread_id,
		       coalesce(run_key(r.run_id), r.run_id) AS run_id
		  FROM users_threads_runs r
		 WHERE r.email = p_owner AND r.id = run_find(p_run)
		   FOR SHARE
	), kept AS (
		INSERT INTO feedback AS f (email, thread_id, run_id, score,
		       comment)
		SELECT email, thread_id, run_id, p_score, p_comment
		  FROM run
		ON CONFLICT (email, run_id) WHERE item_id IS NULL
		DO UPDATE SET
		       score = coalesce(EXCLUDED.score, f.score),
		       comment = coalesce(EXCLUDED.comment, f.comment),
		       updated_at = now()
		RETURNING f.*
	), outbox AS (
		INSERT INTO feedback_outbox AS o (feedback_id, email,
		       dirty_score, dirty_comment)
		SELECT id, email, p_score IS NOT NULL, p_comment IS NOT NULL
		  FROM kept
		 WHERE p_queue
		ON CONFLICT (feedback_id) DO UPDATE SET
		       state = 'pending',
		       dirty_score = o.dirty_score OR EXCLUDED.dirty_score,
		       dirty_comment = o.dirty_comment
			   OR EXCLUDED.dirty_comment,
		       revision = o.revision + 1,
		       attempts = CASE o.state WHEN 'pending' THEN o.attempts
				  ELSE 0 END,
		       first_at = CASE o.state WHEN 'pending' THEN o.first_at
				  ELSE now() END,
		       next_at = CASE o.state WHEN 'pending' THEN o.next_at
				 ELSE now() END
		RETURNING o.feedback_id
	)
	SELECT k.run_id, k.thread_id, k.score, k.comment, k.created_at,
	       k.updated_at, (SELECT count(*) FROM outbox)
	  FROM kept k;
END
$$;

-- Rates items of a thread, and the runs that they came of; hidden items and
-- ids of none are left out.  thread is NULL without the thread; rated counts
-- the items.  The runs are locked before the thread, as by whoever writes one.
CREATE FUNCTION chatkit_rate(p_owner text, p_thread text, p_items text[],
    p_hidden text[], p_score smallint, p_queue boolean, OUT thread uuid,
    OUT rated bigint)
LANGUAGE plpgsql AS $$
DECLARE
	runs	text[];
BEGIN
	runs := ARRAY(
	    SELECT DISTINCT m.run_id
	      FROM threads t
	      JOIN messages m ON m.email = t.email AND m.thread_id = t.id
	     WHERE t.email = p_owner AND t.thread_id = p_thread
	       AND t.sorted_at IS NOT NULL AND m.email = p_owner
	       AND m.item_id = ANY (p_items)
	       AND m.item_type <> ALL (p_hidden) AND m.run_id IS NOT NULL);
	PERFORM FROM users_threads_runs r
	  WHERE r.email = p_owner
	    AND r.id = ANY (ARRAY(SELECT run_find(u) FROM unnest(runs) u))
	  ORDER BY r.id FOR SHARE;
	SELECT t.id INTO thread
	  FROM threads t
	 WHERE t.email = p_owner AND t.thread_id = p_thread
	   AND t.sorted_at IS NOT NULL
	   FOR NO KEY UPDATE;
	INSERT INTO feedback AS f (email, thread_id, run_id, item_id, score)
	SELECT m.email, p_thread, m.run_id, m.item_id, p_score
	  FROM messages m
	 WHERE m.email = p_owner AND m.thread_id = thread
	   AND m.item_id = ANY (p_items) AND m.item_type <> ALL (p_hidden)
	 ORDER BY m.item_id
	ON CONFLICT (email, thread_id, item_id) WHERE item_id IS NOT NULL
	DO UPDATE SET run_id = EXCLUDED.run_id, score = EXCLUDED.score,
	       updated_at = now();
	GET DIAGNOSTICS rated = ROW_COUNT;
	PERFORM feedback_keep(p_owner, u, p_score, NULL, p_queue)
	  FROM unnest(runs) u;
END
$$;

REVOKE EXECUTE ON FUNCTION feedback_touch(), document_titled(),
    document_title(json, integer, integer, text),
    chatkit_thread_save(text, text, uuid, json, text, integer, integer,
	timestamptz, boolean, text),
    chatkit_item_save(text, text, uuid, uuid, text, text, json, text, text,
	text, timestamptz, boolean),
    feedback_keep(text, text, smallint, text, boolean),
    chatkit_rate(text, text, text[], text[], smallint, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION document_title(json, integer, integer, text),
    chatkit_thread_save(text, text, uuid, json, text, integer, integer,
	timestamptz, boolean, text),
    chatkit_item_save(text, text, uuid, uuid, text, text, json, text, text,
	text, timestamptz, boolean),
    feedback_keep(text, text, smallint, text, boolean),
    chatkit_rate(text, text, text[], text[], smallint, boolean)
    TO bobbin_app;

RESET search_path;
RESET ROLE;
