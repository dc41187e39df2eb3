-- 0002-prune, back: functions only, nothing of LangGraph's changes.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

DROP FUNCTION
    prune_batch(text, text, integer, bigint, boolean, text, text, integer),
    prune_old(text, text), prune_plan(text, text, integer, bigint, boolean),
    prune_head(text, text, bigint), prune_kept(text, text, text, integer),
    prune_list(text, text, integer, boolean), prune_hold(text),
    prune_claimed(text), prune_claims(text, integer),
    prune_tables(text, text);

RESET search_path;
RESET ROLE;
