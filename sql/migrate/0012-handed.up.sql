-- 0012-handed: runs that have not ended, threads that two make at once, and
-- what it costs to tell of runs and messages.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

-- When a run was registered, a question stored or something handed to the
-- agent, until an answer is stored.  Whoever reads it sets a limit: of a run
-- that died no end is ever told.
ALTER TABLE threads ADD COLUMN handed_at timestamptz;
GRANT UPDATE (handed_at) ON threads TO bobbin_app;

-- --- Runs

-- A run under the text of a thread's uuid is that thread's: from now on the
-- text is its outside id.  Not before the run has its claim: whoever makes a
-- thread of that uuid takes the same one first, so that of two at once the
-- second waits, and finds here what it waited for.
DROP TRIGGER runs_link ON users_threads_runs;
DROP FUNCTION runs_link();

-- Runs were added; new threads are told before their runs.  A single run takes
-- a short way, because nearly all come alone.  Of several, one statement
-- merges the summaries under the row locks: a loop would walk an ever longer
-- chain of its own dead versions in a bulk load.  Both add up whatever the
-- snapshots of concurrent writers saw; nothing reads the runs.
DROP TRIGGER runs_event ON users_threads_runs;
DROP FUNCTION runs_event();
CREATE FUNCTION run_event(p_run text, p_prompt text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN concat('"run":{"run_id":', event_str(coalesce(run_key(p_run), p_run)),
    ',"prompt":', event_str(left(p_prompt, 2000)), '}');
CREATE OR REPLACE FUNCTION runs_added() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	one	users_threads_runs;
	several	boolean;
	claim	record;
	made	record;
BEGIN
	FOR one IN SELECT * FROM added LIMIT 2 LOOP
		several := several IS NOT NULL;
	END LOOP;
	IF several IS NULL THEN
		RETURN NULL;
	ELSIF NOT several THEN
		SELECT o.email, o.deleted_at INTO claim FROM thread_claims o
		 WHERE o.thread_id = one.thread_id;
		IF NOT FOUND AND claim_allowed() THEN
			INSERT INTO thread_claims (thread_id, email)
			VALUES (one.thread_id, one.email)
			ON CONFLICT (thread_id) DO NOTHING;
		ELSIF claim.email = one.email
		    AND claim.deleted_at IS NOT NULL THEN
			UPDATE thread_claims o SET deleted_at = NULL
			 WHERE o.thread_id = one.thread_id;
		END IF;
		IF run_key(one.thread_id) = one.thread_id THEN
			UPDATE threads o SET thread_id = one.thread_id
			 WHERE o.email = one.email
			   AND o.id = one.thread_id::uuid
			   AND o.thread_id IS NULL;
		END IF;
		INSERT INTO threads AS o (email, thread_id, run_count, latest,
		       first_run, first_time, first_prompt, handed_at)
		VALUES (one.email, one.thread_id, 1, one.timestamp, one.id,
		       one.timestamp, one.prompt, now())
		ON CONFLICT (email, thread_id) DO UPDATE SET
		       run_count = o.run_count + 1,
		       latest = greatest(o.latest, EXCLUDED.latest),
		       (first_time, first_run, first_prompt) = (
			SELECT v.time, v.run, v.prompt
			  FROM (VALUES
			       (o.first_time, o.first_run, o.first_prompt),
			       (EXCLUDED.first_time, EXCLUDED.first_run,
				EXCLUDED.first_prompt)) v(time, run, prompt)
			 WHERE v.run IS NOT NULL
			 ORDER BY v.time, v.run
			 LIMIT 1),
		       handed_at = now(),
		       version = o.version + 1,
		       updated_at = now()
		RETURNING o.id, o.run_count INTO made;
		IF made.run_count = 1 THEN
			PERFORM owner_count(one.email, 1);
		END IF;
		IF events_on() THEN
			INSERT INTO events (email, kind, thread, thread_id,
			       payload)
			VALUES (one.email, 'run.created', made.id,
			    one.thread_id, run_event(one.run_id, one.prompt));
		END IF;
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
	UPDATE threads t SET thread_id = t.id::text
	  FROM added a
	 WHERE t.email = a.email AND t.thread_id IS NULL
	   AND t.id = CASE WHEN run_key(a.thread_id) = a.thread_id
	       THEN a.thread_id::uuid END;

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
		       first_run, first_time, first_prompt, handed_at)
		SELECT s.email, s.thread_id, s.n, s.latest,
		       f.id, f.timestamp, f.prompt, now()
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
		       handed_at = now(),
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
	IF events_on() THEN
		INSERT INTO events (email, kind, thread, thread_id, payload)
		SELECT t.email, 'run.created', t.id, t.thread_id,
		       run_event(a.run_id, a.prompt)
		  FROM added a
		  JOIN threads t ON t.email = a.email
		   AND t.thread_id = a.thread_id
		 ORDER BY a.timestamp, a.id;
	END IF;
	RETURN NULL;
END
$$;

-- A run was changed in more than its rating, perhaps moved to another thread,
-- or registered again.
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
		UPDATE threads SET thread_id = NEW.thread_id
		 WHERE email = NEW.email AND thread_id IS NULL
		   AND id = CASE WHEN run_key(NEW.thread_id) = NEW.thread_id
		       THEN NEW.thread_id::uuid END;
		INSERT INTO threads (email, thread_id)
		VALUES (NEW.email, NEW.thread_id)
		ON CONFLICT (email, thread_id) DO NOTHING;
		delta := thread_summarize(OLD.email, OLD.thread_id, -1);
	END IF;
	delta := delta + thread_summarize(NEW.email, NEW.thread_id,
	    moved::integer);
	PERFORM owner_count(NEW.email, delta);
	IF NEW.timestamp > OLD.timestamp THEN
		UPDATE threads SET handed_at = now()
		 WHERE email = NEW.email AND thread_id = NEW.thread_id;
	END IF;
	IF moved OR NEW.run_id <> OLD.run_id THEN
		UPDATE feedback SET thread_id = NEW.thread_id,
		       run_id = coalesce(run_key(NEW.run_id), NEW.run_id)
		 WHERE email = NEW.email AND item_id IS NULL
		   AND run_id = coalesce(run_key(OLD.run_id), OLD.run_id);
	END IF;
	RETURN NULL;
END
$$;

-- --- What is stored in a thread moves it and is told by one trigger

DROP TRIGGER touch_insert ON messages;
DROP TRIGGER event_insert ON messages;
DROP TRIGGER touch_insert ON tool_calls;
DROP TRIGGER event_insert ON tool_calls;
DROP TRIGGER touch_insert ON agent_checkpoints;
DROP TRIGGER event_insert ON agent_checkpoints;
DROP FUNCTION messages_event(), calls_event(), checkpoints_event();

-- A question waits for its answer from here on.
CREATE FUNCTION messages_added() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	g	record;
BEGIN
	FOR g IN
		SELECT email, thread_id, bool_or(role = 'user') AS asked,
		       bool_or(role = 'assistant') AS answered
		  FROM added
		 GROUP BY email, thread_id
		 ORDER BY email, thread_id
	LOOP
		UPDATE threads t SET
		       updated_at = greatest(t.updated_at, now()),
		       version = t.version + 1,
		       handed_at = CASE WHEN g.answered THEN NULL
				   WHEN g.asked THEN now()
				   ELSE t.handed_at END
		 WHERE t.email = g.email AND t.id = g.thread_id;
	END LOOP;
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
CREATE TRIGGER added AFTER INSERT ON messages
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION messages_added();

CREATE FUNCTION calls_added() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	g	record;
BEGIN
	FOR g IN
		SELECT DISTINCT email, conversation_id
		  FROM added
		 ORDER BY email, conversation_id
	LOOP
		UPDATE threads t SET
		       updated_at = greatest(t.updated_at, now()),
		       version = t.version + 1
		 WHERE t.email = g.email AND t.id = g.conversation_id;
	END LOOP;
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
CREATE TRIGGER added AFTER INSERT ON tool_calls
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION calls_added();

CREATE FUNCTION checkpoints_added() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	g	record;
BEGIN
	FOR g IN
		SELECT DISTINCT email, conversation_id
		  FROM added
		 ORDER BY email, conversation_id
	LOOP
		UPDATE threads t SET
		       updated_at = greatest(t.updated_at, now()),
		       version = t.version + 1
		 WHERE t.email = g.email AND t.id = g.conversation_id;
	END LOOP;
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
CREATE TRIGGER added AFTER INSERT ON agent_checkpoints
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION checkpoints_added();

-- --- Threads of one name

-- As in 0005 and 0004, but that what was made while the claim was waited for
-- is looked for behind it, by a statement of its own.
CREATE OR REPLACE FUNCTION studio_create(p_owner text, p_id uuid,
    p_title text, p_meta json, p_agent boolean, p_schema text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM threads t
		    WHERE t.email = p_owner AND t.id = p_id) THEN
		RETURN;
	END IF;
	IF thread_claim(p_id::text, p_agent, p_schema) THEN
		INSERT INTO threads (id, email, title, meta)
		SELECT p_id, p_owner, p_title, p_meta
		 WHERE NOT EXISTS (SELECT FROM threads t
				    WHERE t.email = p_owner
				      AND t.thread_id = p_id::text)
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
			SELECT p_new_id, p_owner, outside, p_meta
			 WHERE thread_find(p_owner, outside) IS NULL
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

-- --- Pruning

-- Has a run of it begun within the hour, and not ended?  An agent that writes
-- no answer here ends by a newer head, which is too young to prune.
CREATE FUNCTION prune_busy(p_thread text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
	SELECT EXISTS (SELECT FROM thread_claims c
			 JOIN threads t ON t.email = c.email
			  AND t.thread_id = c.thread_id
			WHERE c.thread_id = p_thread
			  AND t.handed_at > now() - interval '1 hour')
	    OR EXISTS (SELECT FROM thread_claims c
			 JOIN threads t ON t.email = c.email
			  AND t.id = CASE WHEN run_key(c.thread_id)
			      = c.thread_id THEN c.thread_id::uuid END
			WHERE c.thread_id = p_thread
			  AND t.handed_at > now() - interval '1 hour')
$$;

-- Is the id claimed, and idle?  With the claim locked until the transaction
-- ends.
CREATE OR REPLACE FUNCTION prune_hold(p_thread text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
	SELECT c.deleted_at IS NULL AND NOT prune_busy(p_thread)
	  FROM thread_claims c
	 WHERE c.thread_id = p_thread
	   FOR UPDATE
$$;

-- Would prune_batch() wait in vain for the two locks that it takes?  For who
-- must not write, and may take none of them: of the claim's row its last
-- locker is asked for, and whether that one is still there.
CREATE FUNCTION prune_locked(p_thread text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	key	bigint := hashtextextended('prune ' || p_thread, 4810);
BEGIN
	FOR attempt IN 0 .. 40 LOOP
		PERFORM pg_sleep(CASE attempt WHEN 0 THEN 0 ELSE 0.05 END);
		IF NOT EXISTS (SELECT FROM pg_catalog.pg_locks l
		    WHERE l.granted AND (l.locktype = 'advisory'
		      AND l.database = (SELECT oid FROM pg_catalog.pg_database
			WHERE datname = current_database())
		      AND (l.classid::bigint << 32) + l.objid::bigint = key
		      AND l.objsubid = 1
		     OR l.locktype = 'transactionid'
		      AND l.transactionid = (SELECT c.xmax
			FROM thread_claims c
			WHERE c.thread_id = p_thread))) THEN
			RETURN false;
		END IF;
	END LOOP;
	RETURN true;
END
$$;

REVOKE EXECUTE ON FUNCTION run_event(text, text), messages_added(),
    calls_added(), checkpoints_added(), prune_busy(text), prune_locked(text)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prune_busy(text), prune_locked(text)
    TO bobbin_jobs;

RESET search_path;
RESET ROLE;
