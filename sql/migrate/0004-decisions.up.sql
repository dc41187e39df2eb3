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

REVOKE EXECUTE ON FUNCTION conversations_touch() FROM PUBLIC;

RESET search_path;
RESET ROLE;
