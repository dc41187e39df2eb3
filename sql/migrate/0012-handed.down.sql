-- 0012-handed, back.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

DROP FUNCTION prune_locked(text);
CREATE OR REPLACE FUNCTION prune_hold(p_thread text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
	SELECT c.deleted_at IS NULL
	  FROM thread_claims c
	 WHERE c.thread_id = p_thread
	   FOR UPDATE
$$;
DROP FUNCTION prune_busy(text);

CREATE OR REPLACE FUNCTION studio_create(p_owner text, p_id uuid,
    p_title text, p_meta json, p_agent boolean, p_schema text) RETURNS void
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
CREATE OR REPLACE FUNCTION thread_open(p_owner text, p_thread text,
    p_conversation uuid, p_meta json, p_new_id uuid, p_new_thread text,
    p_agent boolean, p_schema text, OUT outcome text, OUT t threads)
LANGUAGE plpgsql AS $$
DECLARE
	outside	text := coalesce(p_thread, p_new_thread);
	known	uuid;
	made	boolean := false;
BEGIN
	-- Again where somebody was faster: then there is something to find.
	FOR attempt IN 1 .. 4 LOOP
		IF p_conversation IS NOT NULL AND NOT EXISTS (SELECT
		    FROM threads o
		    WHERE o.email = p_owner AND o.id = p_conversation) THEN
			outcome := 'missing';
			RETURN;
		END IF;
		known := CASE WHEN p_thread IS NOT NULL
		    THEN thread_find(p_owner, p_thread)
		    ELSE coalesce(p_conversation, (SELECT o.id FROM threads o
			WHERE o.email = p_owner AND o.id = p_new_id)) END;
		EXIT WHEN known IS NOT NULL;
		IF p_conversation IS NULL THEN
			PERFORM thread_claim(outside, p_agent, p_schema);
			INSERT INTO threads (id, email, thread_id, meta)
			VALUES (p_new_id, p_owner, outside, p_meta)
			ON CONFLICT DO NOTHING;
			CONTINUE;
		END IF;
		SELECT o.* INTO t FROM threads o
		 WHERE o.email = p_owner AND o.id = p_conversation FOR UPDATE;
		CONTINUE WHEN NOT FOUND OR t.thread_id = outside;
		IF t.thread_id IS NOT NULL
		    OR EXISTS (SELECT FROM users_threads_runs r
			WHERE r.email = p_owner AND r.thread_id = t.id::text)
		    OR checkpoint_exists(p_schema, t.id::text) THEN
			outcome := 'linked';
			RETURN;
		END IF;
		PERFORM thread_claim(outside, p_agent, p_schema);
		BEGIN
			UPDATE threads o SET thread_id = outside,
			       meta = CASE WHEN o.meta IS NULL
				   OR o.meta::text = '{}'
				   THEN coalesce(p_meta, o.meta)
				   ELSE o.meta END
			 WHERE o.email = p_owner AND o.id = t.id;
			UPDATE agent_checkpoints c SET thread_id = outside
			 WHERE c.email = p_owner AND c.conversation_id = t.id;
			made := true;
		EXCEPTION WHEN unique_violation THEN
			NULL;
		END;
	END LOOP;
	SELECT o.* INTO t FROM threads o
	 WHERE o.email = p_owner AND o.id = known;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'BB503',
		    MESSAGE = 'the thread comes and goes';
	END IF;
	outcome := CASE WHEN p_conversation <> known THEN 'taken'
	    WHEN made OR known = p_new_id THEN 'new' ELSE 'known' END;
END
$$;

DROP TRIGGER added ON messages;
DROP TRIGGER added ON tool_calls;
DROP TRIGGER added ON agent_checkpoints;
DROP FUNCTION messages_added(), calls_added(), checkpoints_added();
CREATE FUNCTION messages_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	IF events_on() THEN
		INSERT INTO events (email, kind, thread, thread_id, payload)
		SELECT t.email, 'message.created', t.id,
		       coalesce(t.thread_id, t.id::text), m.said
		  FROM (SELECT a.email, a.thread_id, a.seq,
			       event_message(a::messages) AS said
			  FROM added a) m
		  JOIN threads t ON t.email = m.email AND t.id = m.thread_id
		 WHERE m.said IS NOT NULL
		 ORDER BY m.seq;
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER event_insert AFTER INSERT ON messages
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION messages_event();
CREATE TRIGGER touch_insert AFTER INSERT ON messages
    REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION threads_touch();
CREATE FUNCTION calls_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	IF events_on() THEN
		INSERT INTO events (email, kind, thread, thread_id, payload)
		SELECT t.email, 'tool_call.requested', t.id,
		       coalesce(t.thread_id, t.id::text),
		       event_call(a::tool_calls)
		  FROM added a
		  JOIN threads t ON t.email = a.email
		   AND t.id = a.conversation_id
		 WHERE a.status = 'pending'
		 ORDER BY a.requested_at, a.id;
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER event_insert AFTER INSERT ON tool_calls
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION calls_event();
CREATE TRIGGER touch_insert AFTER INSERT ON tool_calls
    REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION conversations_touch();
CREATE FUNCTION checkpoints_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	IF events_on() THEN
		INSERT INTO events (email, kind, thread, thread_id, payload)
		SELECT t.email, 'checkpoint.created', t.id,
		       coalesce(t.thread_id, t.id::text),
		       concat('"checkpoint":{"checkpoint_id":',
			event_str(a.checkpoint_id), ',"thread_id":',
			event_str(coalesce(t.thread_id, t.id::text)),
			',"created_at":', event_time(a.created_at), '}')
		  FROM added a
		  JOIN threads t ON t.email = a.email
		   AND t.id = a.conversation_id
		 ORDER BY a.created_at, a.id;
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER event_insert AFTER INSERT ON agent_checkpoints
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION checkpoints_event();
CREATE TRIGGER touch_insert AFTER INSERT ON agent_checkpoints
    REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION conversations_touch();

CREATE OR REPLACE FUNCTION runs_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	moved	boolean := NEW.thread_id <> OLD.thread_id;
	delta	integer := 0;
BEGIN
	IF claim_allowed() THEN
		INSERT INTO thread_claims (thread_id, email)
		SELECT NEW.thread_id, NEW.email
		 WHERE NOT EXISTS (SELECT FROM thread_claims c
				    WHERE c.thread_id = NEW.thread_id)
		ON CONFLICT (thread_id) DO NOTHING;
	END IF;
	UPDATE thread_claims SET deleted_at = NULL
	 WHERE thread_id = NEW.thread_id AND email = NEW.email
	   AND deleted_at IS NOT NULL;
	IF moved THEN
		INSERT INTO threads (email, thread_id)
		VALUES (NEW.email, NEW.thread_id)
		ON CONFLICT (email, thread_id) DO NOTHING;
		delta := thread_summarize(OLD.email, OLD.thread_id, -1);
	END IF;
	delta := delta + thread_summarize(NEW.email, NEW.thread_id,
	    moved::integer);
	PERFORM owner_count(NEW.email, delta);
	IF moved OR NEW.run_id <> OLD.run_id THEN
		UPDATE feedback SET thread_id = NEW.thread_id,
		       run_id = coalesce(run_key(NEW.run_id), NEW.run_id)
		 WHERE email = NEW.email AND item_id IS NULL
		   AND run_id = coalesce(run_key(OLD.run_id), OLD.run_id);
	END IF;
	RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION runs_added() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM added) THEN
		RETURN NULL;
	END IF;
	IF claim_allowed() THEN
		INSERT INTO thread_claims (thread_id, email)
		SELECT DISTINCT ON (a.thread_id COLLATE "C")
		       a.thread_id, a.email
		  FROM added a
		 WHERE NOT EXISTS (SELECT FROM thread_claims c
				    WHERE c.thread_id = a.thread_id)
		 ORDER BY a.thread_id COLLATE "C", a.timestamp, a.id
		ON CONFLICT (thread_id) DO NOTHING;
	END IF;
	UPDATE thread_claims c SET deleted_at = NULL
	  FROM added a
	 WHERE c.thread_id = a.thread_id AND c.email = a.email
	   AND c.deleted_at IS NOT NULL;

	WITH sums AS (
		SELECT email, thread_id, count(*) AS n,
		       max(timestamp) AS latest
		  FROM added
		 GROUP BY email, thread_id
	), firsts AS (
		SELECT DISTINCT ON (email, thread_id)
		       email, thread_id, id, timestamp, prompt
		  FROM added
		 ORDER BY email, thread_id, timestamp, id
	), kept AS (
		INSERT INTO threads AS t (email, thread_id, run_count, latest,
		       first_run, first_time, first_prompt)
		SELECT s.email, s.thread_id, s.n, s.latest,
		       f.id, f.timestamp, f.prompt
		  FROM sums s
		  JOIN firsts f USING (email, thread_id)
		 ORDER BY s.email, s.thread_id
		ON CONFLICT (email, thread_id) DO UPDATE SET
		       run_count = t.run_count + EXCLUDED.run_count,
		       latest = greatest(t.latest, EXCLUDED.latest),
		       (first_time, first_run, first_prompt) = (
			SELECT v.time, v.run, v.prompt
			  FROM (VALUES
			       (t.first_time, t.first_run, t.first_prompt),
			       (EXCLUDED.first_time, EXCLUDED.first_run,
				EXCLUDED.first_prompt)) v(time, run, prompt)
			 WHERE v.run IS NOT NULL
			 ORDER BY v.time, v.run
			 LIMIT 1),
		       version = t.version + 1,
		       updated_at = now()
		RETURNING t.email, t.thread_id, t.run_count
	)
	INSERT INTO owners AS o (email, thread_count)
	SELECT k.email, count(*)
	  FROM kept k
	  JOIN sums s USING (email, thread_id)
	 WHERE k.run_count = s.n
	 GROUP BY k.email
	 ORDER BY k.email
	ON CONFLICT (email) DO UPDATE SET
	       thread_count = o.thread_count + EXCLUDED.thread_count;
	RETURN NULL;
END
$$;
CREATE FUNCTION runs_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	IF events_on() THEN
		INSERT INTO events (email, kind, thread, thread_id, payload)
		SELECT t.email, 'run.created', t.id, t.thread_id,
		       concat('"run":{"run_id":', event_str(coalesce(
			run_key(a.run_id), a.run_id)), ',"prompt":',
			event_str(left(a.prompt, 2000)), '}')
		  FROM added a
		  JOIN threads t ON t.email = a.email
		   AND t.thread_id = a.thread_id
		 ORDER BY a.timestamp, a.id;
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER runs_event AFTER INSERT ON users_threads_runs
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION runs_event();
DROP FUNCTION run_event(text, text);
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

ALTER TABLE threads DROP COLUMN handed_at;

REVOKE EXECUTE ON FUNCTION messages_event(), calls_event(),
    checkpoints_event(), runs_event(), runs_link() FROM PUBLIC;

RESET search_path;
RESET ROLE;
