-- 0004-decisions: tool calls that wait for a human, and agents' snapshots.
-- Their columns and first seven indexes are those that agents know; every
-- statement of them can be run again.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

DO $$
BEGIN
	PERFORM table_free('tool_calls');
	PERFORM table_free('agent_checkpoints');
END
$$;

CREATE TABLE IF NOT EXISTS agent_checkpoints (
	id		uuid NOT NULL DEFAULT gen_random_uuid(),
	checkpoint_id	varchar(255) NOT NULL,
	thread_id	varchar(255) NOT NULL,
	state_data	json NOT NULL,
	conversation_id	uuid NOT NULL,
	created_at	timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
	updated_at	timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
	metadata	json,
	email		varchar(255) NOT NULL CHECK (email <> ''),
	PRIMARY KEY (email, id),
	UNIQUE (email, conversation_id, checkpoint_id),
	FOREIGN KEY (email, conversation_id) REFERENCES threads (email, id)
	    ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS tool_calls (
	id		uuid NOT NULL DEFAULT gen_random_uuid(),
	tool_id		varchar(255) NOT NULL,
	tool_name	varchar(255) NOT NULL,
	status		varchar(50) NOT NULL DEFAULT 'pending'
			    CHECK (status IN ('pending', 'approved',
			    'rejected', 'completed', 'failed')),
	inputs		json,
	outputs		json,
	error_message	text,
	requested_at	timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
	responded_at	timestamptz,
	message_id	uuid,
	conversation_id	uuid NOT NULL,
	checkpoint_id	varchar(255),
	created_at	timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
	updated_at	timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
	metadata	json,
	email		varchar(255) NOT NULL CHECK (email <> ''),
	decision	varchar(16) CHECK (decision IN ('approved',
			    'rejected')),
	edited_inputs	json,
	responded_by	text,
	PRIMARY KEY (email, id),
	FOREIGN KEY (email, conversation_id) REFERENCES threads (email, id)
	    ON DELETE CASCADE,
	FOREIGN KEY (email, message_id) REFERENCES messages (email, id)
	    ON DELETE CASCADE,
	FOREIGN KEY (email, conversation_id, checkpoint_id)
	    REFERENCES agent_checkpoints (email, conversation_id,
		checkpoint_id)
	    ON DELETE SET NULL (checkpoint_id),
	CHECK (edited_inputs IS NULL
	    OR decision IS NOT DISTINCT FROM 'approved')
);
CREATE INDEX IF NOT EXISTS idx_tool_calls_tool_id ON tool_calls (tool_id);
CREATE INDEX IF NOT EXISTS idx_tool_calls_status ON tool_calls (status);
CREATE INDEX IF NOT EXISTS idx_tool_calls_message_id
    ON tool_calls (message_id);
CREATE INDEX IF NOT EXISTS idx_tool_calls_conversation_id
    ON tool_calls (conversation_id);
CREATE INDEX IF NOT EXISTS idx_agent_checkpoints_checkpoint_id
    ON agent_checkpoints (checkpoint_id);
CREATE INDEX IF NOT EXISTS idx_agent_checkpoints_thread_id
    ON agent_checkpoints (thread_id);
CREATE INDEX IF NOT EXISTS idx_agent_checkpoints_conversation_id
    ON agent_checkpoints (conversation_id);
CREATE INDEX IF NOT EXISTS idx_tool_calls_inbox
    ON tool_calls (email, status, requested_at, id);
CREATE INDEX IF NOT EXISTS idx_tool_calls_owner
    ON tool_calls (email, requested_at, id);
CREATE INDEX IF NOT EXISTS idx_tool_calls_thread
    ON tool_calls (email, conversation_id, requested_at, id);
CREATE INDEX IF NOT EXISTS idx_agent_checkpoints_thread
    ON agent_checkpoints (email, conversation_id, created_at, id);

DO $$
BEGIN
	PERFORM owned_table('agent_checkpoints');
	PERFORM owned_table('tool_calls');
END
$$;

CREATE TRIGGER row_changed BEFORE UPDATE ON tool_calls
    FOR EACH ROW EXECUTE FUNCTION row_changed();
CREATE TRIGGER row_changed BEFORE UPDATE ON agent_checkpoints
    FOR EACH ROW EXECUTE FUNCTION row_changed();

CREATE FUNCTION conversations_touch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	PERFORM thread_touch(email, conversation_id)
	  FROM (SELECT DISTINCT email, conversation_id FROM touched
		 ORDER BY email, conversation_id) t;
	RETURN NULL;
END
$$;
DO $$
BEGIN
	PERFORM touching_table('tool_calls', 'conversations_touch');
	PERFORM touching_table('agent_checkpoints', 'conversations_touch');
END
$$;

-- What an agent calls a time, NULL for what is none.
CREATE FUNCTION agent_time(p_time text) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN CASE WHEN p_time ~ '^\d{4}-\d\d-\d\dT' THEN p_time END;
EXCEPTION WHEN data_exception THEN
	RETURN NULL;
END
$$;

-- The caller's thread by its outside id, and how it is called, locked before
-- any of its rows is: deletion waits, and so does whoever writes another one.
CREATE FUNCTION thread_lock(p_owner text, p_thread text, OUT id uuid,
    OUT outside text)
LANGUAGE sql AS $$
	SELECT t.id, coalesce(t.thread_id, t.id::text)
	  FROM threads t
	 WHERE t.email = p_owner AND t.id = thread_find(p_owner, p_thread)
	   FOR NO KEY UPDATE
$$;

-- Two documents mean the same; NULL is the empty one.
CREATE FUNCTION document_same(a json, b json) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(a, '{}')::jsonb = coalesce(b, '{}')::jsonb;

-- Finds a thread, makes one, or gives a conversation its outside id.  What
-- came of it: 'new' (also for the request that made it, sent again) or
-- 'known', and the row; or 'missing' (the conversation), 'taken' (the thread
-- has another one), 'linked' (the conversation has another thread).
CREATE FUNCTION thread_open(p_owner text, p_thread text, p_conversation uuid,
    p_meta json, p_new_id uuid, p_new_thread text, p_agent boolean,
    p_schema text, OUT outcome text, OUT t threads)
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

-- The three writers: 'new' (also for the request that made the row, sent
-- again), 'repeat', 'other' (the id stands for other content), 'thread' (not
-- found), and the row as it is now.  Times are those under the lock, so that a
-- list only grows at its end.
CREATE FUNCTION message_put(p_owner text, p_thread text, p_id uuid,
    p_message text, p_role text, p_content json, p_meta json,
    p_at timestamptz, OUT outcome text, OUT outside text, OUT m messages)
LANGUAGE plpgsql AS $$
DECLARE
	thread	uuid;
BEGIN
	SELECT l.id, l.outside INTO thread, outside
	  FROM thread_lock(p_owner, p_thread) l;
	IF thread IS NULL THEN
		outcome := 'thread';
		RETURN;
	END IF;
	INSERT INTO messages AS n (id, email, thread_id, message_id, role,
	       content, meta, created_at)
	VALUES (p_id, p_owner, thread, p_message, p_role, p_content, p_meta,
	       coalesce(p_at, clock_timestamp()))
	ON CONFLICT DO NOTHING RETURNING n.* INTO m;
	IF NOT FOUND THEN
		SELECT n.* INTO m FROM messages n
		 WHERE n.email = p_owner AND n.message_id = p_message;
	END IF;
	outcome := CASE WHEN m.id = p_id THEN 'new'
	    WHEN m.thread_id = thread AND m.role = p_role
	    AND m.content::jsonb = p_content::jsonb
	    AND document_same(m.meta, p_meta) THEN 'repeat'
	    ELSE 'other' END;
END
$$;

-- Also 'message' and 'checkpoint': not of this thread.
CREATE FUNCTION tool_call_put(p_owner text, p_thread text, p_id uuid,
    p_minted boolean, p_tool text, p_name text, p_inputs json, p_status text,
    p_outputs json, p_error text, p_at timestamptz, p_message uuid,
    p_checkpoint text, p_meta json, OUT outcome text, OUT outside text,
    OUT c tool_calls)
LANGUAGE plpgsql AS $$
DECLARE
	thread	uuid;
BEGIN
	SELECT l.id, l.outside INTO thread, outside
	  FROM thread_lock(p_owner, p_thread) l;
	IF thread IS NULL THEN
		outcome := 'thread';
		RETURN;
	END IF;
	FOR attempt IN 1 .. 2 LOOP
		SELECT o.* INTO c FROM tool_calls o
		 WHERE o.email = p_owner AND o.id = p_id;
		IF FOUND THEN
			outcome := CASE WHEN p_minted THEN 'new'
			    WHEN c.conversation_id = thread
			    AND c.tool_id = p_tool AND c.tool_name = p_name
			    AND document_same(c.inputs, p_inputs) THEN 'repeat'
			    ELSE 'other' END;
			RETURN;
		END IF;
		IF p_message IS NOT NULL AND NOT EXISTS (SELECT FROM messages m
		    WHERE m.email = p_owner AND m.id = p_message
		      AND m.thread_id = thread) THEN
			outcome := 'message';
			RETURN;
		END IF;
		IF p_checkpoint IS NOT NULL AND NOT EXISTS (SELECT
		    FROM agent_checkpoints k
		    WHERE k.email = p_owner AND k.conversation_id = thread
		      AND k.checkpoint_id = p_checkpoint) THEN
			outcome := 'checkpoint';
			RETURN;
		END IF;
		INSERT INTO tool_calls AS n (id, email, conversation_id,
		       tool_id, tool_name, inputs, status, outputs,
		       error_message, requested_at, message_id, checkpoint_id,
		       metadata)
		VALUES (p_id, p_owner, thread, p_tool, p_name, p_inputs,
		       p_status, p_outputs, p_error,
		       coalesce(p_at, clock_timestamp()), p_message,
		       p_checkpoint, p_meta)
		ON CONFLICT DO NOTHING RETURNING n.* INTO c;
		IF FOUND THEN
			outcome := 'new';
			RETURN;
		END IF;
	END LOOP;
	RAISE EXCEPTION USING ERRCODE = 'BB503',
	    MESSAGE = 'the tool call comes and goes';
END
$$;

CREATE FUNCTION checkpoint_put(p_owner text, p_thread text, p_id uuid,
    p_checkpoint text, p_state json, p_at timestamptz, p_meta json,
    OUT outcome text, OUT outside text, OUT created_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
	thread	uuid;
	stored	uuid;
	same	boolean;
BEGIN
	SELECT l.id, l.outside INTO thread, outside
	  FROM thread_lock(p_owner, p_thread) l;
	IF thread IS NULL THEN
		outcome := 'thread';
		RETURN;
	END IF;
	INSERT INTO agent_checkpoints AS n (id, email, conversation_id,
	       thread_id, checkpoint_id, state_data, created_at, metadata)
	VALUES (p_id, p_owner, thread, outside, p_checkpoint, p_state,
	       coalesce(p_at, clock_timestamp()), p_meta)
	ON CONFLICT DO NOTHING RETURNING n.created_at INTO created_at;
	IF FOUND THEN
		outcome := 'new';
		RETURN;
	END IF;
	SELECT k.id, k.created_at, document_same(k.state_data, p_state)
	  INTO stored, created_at, same
	  FROM agent_checkpoints k
	 WHERE k.email = p_owner AND k.conversation_id = thread
	   AND k.checkpoint_id = p_checkpoint;
	outcome := CASE WHEN stored = p_id THEN 'new'
	    WHEN same THEN 'repeat' ELSE 'other' END;
END
$$;

-- One decision or result, under the row's lock: 'done', 'repeat' (nothing
-- changed), 'not' (the call is already what status says), 'thread', 'call'
-- (not found) or 'ambiguous'.  p_uuid is p_call where that is a UUID; a NULL
-- payload is none.
CREATE FUNCTION tool_call_decide(p_owner text, p_thread text, p_call text,
    p_uuid uuid, p_status text, p_outputs json, p_error text, p_edited json,
    p_by text, OUT outcome text, OUT id uuid, OUT status text,
    OUT updated_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
	thread	uuid;
	c	tool_calls;
	ids	uuid[];
BEGIN
	SELECT l.id INTO thread FROM thread_lock(p_owner, p_thread) l;
	IF thread IS NULL THEN
		outcome := 'thread';
		RETURN;
	END IF;
	SELECT o.* INTO c FROM tool_calls o
	 WHERE o.email = p_owner AND o.id = p_uuid
	   AND o.conversation_id = thread FOR UPDATE;
	IF NOT FOUND THEN
		ids := ARRAY(SELECT o.id FROM tool_calls o
		    WHERE o.email = p_owner AND o.conversation_id = thread
		      AND o.tool_id = p_call);
		IF cardinality(ids) > 1 THEN
			ids := ARRAY(SELECT o.id FROM tool_calls o
			    WHERE o.email = p_owner AND o.conversation_id = thread
			      AND o.tool_id = p_call
			      AND o.status = 'pending');
			IF cardinality(ids) <> 1 THEN
				outcome := 'ambiguous';
				RETURN;
			END IF;
		END IF;
		SELECT o.* INTO c FROM tool_calls o
		 WHERE o.email = p_owner AND o.id = ids[1] FOR UPDATE;
		IF NOT FOUND THEN
			outcome := 'call';
			RETURN;
		END IF;
	END IF;
	-- From what to what; what is equal, or was approved before, repeats.
	outcome := CASE
	    WHEN c.status = p_status THEN 'repeat'
	    WHEN c.status = 'pending' THEN 'done'
	    WHEN c.status = 'approved'
		AND p_status IN ('completed', 'failed') THEN 'done'
	    WHEN c.status IN ('completed', 'failed')
		AND p_status = 'approved' AND c.decision = 'approved'
		THEN 'repeat'
	    ELSE 'not' END;
	IF outcome = 'repeat' AND NOT (
	    (p_outputs IS NULL OR (c.outputs IS NOT NULL
		AND c.outputs::jsonb = p_outputs::jsonb))
	    AND (p_error IS NULL OR p_error IS NOT DISTINCT FROM
		c.error_message)
	    AND (p_edited IS NULL OR (c.edited_inputs IS NOT NULL
		AND c.edited_inputs::jsonb = p_edited::jsonb))) THEN
		outcome := 'not';
	END IF;
	IF outcome = 'done' THEN
		UPDATE tool_calls o SET status = p_status,
		       outputs = coalesce(p_outputs, o.outputs),
		       error_message = coalesce(p_error, o.error_message),
		       edited_inputs = coalesce(p_edited, o.edited_inputs),
		       decision = CASE WHEN p_status IN ('approved',
			   'rejected') THEN p_status ELSE o.decision END,
		       responded_at = CASE o.status WHEN 'pending' THEN now()
			   ELSE o.responded_at END,
		       responded_by = CASE o.status WHEN 'pending' THEN p_by
			   ELSE o.responded_by END
		 WHERE o.email = p_owner AND o.id = c.id
		RETURNING o.* INTO c;
	END IF;
	id := c.id;
	status := c.status;
	updated_at := c.updated_at;
END
$$;

REVOKE EXECUTE ON FUNCTION conversations_touch(), agent_time(text),
    thread_lock(text, text), document_same(json, json),
    thread_open(text, text, uuid, json, uuid, text, boolean, text),
    message_put(text, text, uuid, text, text, json, json, timestamptz),
    tool_call_put(text, text, uuid, boolean, text, text, json, text, json,
	text, timestamptz, uuid, text, json),
    checkpoint_put(text, text, uuid, text, json, timestamptz, json),
    tool_call_decide(text, text, text, uuid, text, json, text, json, text)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agent_time(text), thread_lock(text, text),
    document_same(json, json),
    thread_open(text, text, uuid, json, uuid, text, boolean, text),
    message_put(text, text, uuid, text, text, json, json, timestamptz),
    tool_call_put(text, text, uuid, boolean, text, text, json, text, json,
	text, timestamptz, uuid, text, json),
    checkpoint_put(text, text, uuid, text, json, timestamptz, json),
    tool_call_decide(text, text, text, uuid, text, json, text, json, text)
    TO bobbin_app;

RESET search_path;
RESET ROLE;
