-- 0004-decisions, back: tool calls and agents' snapshots are dropped.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

DROP TABLE tool_calls, agent_checkpoints;
DROP FUNCTION conversations_touch();

RESET search_path;
RESET ROLE;
