-- 0004-decisions, back: tool calls and agents' snapshots are dropped.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

DROP FUNCTION agent_time(text), thread_lock(text, text),
    document_same(json, json),
    thread_open(text, text, uuid, json, uuid, text, boolean, text),
    message_put(text, text, uuid, text, text, json, json, timestamptz),
    tool_call_put(text, text, uuid, boolean, text, text, json, text, json,
	text, timestamptz, uuid, text, json),
    checkpoint_put(text, text, uuid, text, json, timestamptz, json),
    tool_call_decide(text, text, text, uuid, text, json, text, json, text);
DROP TABLE tool_calls, agent_checkpoints;
DROP FUNCTION conversations_touch();

RESET search_path;
RESET ROLE;
