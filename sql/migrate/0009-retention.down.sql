-- 0009-retention, back.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

DROP FUNCTION attachments_expire(integer, integer),
    retention_loose(integer, boolean, integer, timestamptz, uuid),
    retention_batch(integer, boolean, text, integer, timestamptz, uuid),
    retention_take(text, uuid, integer, boolean),
    retention_list(integer, integer, timestamptz, uuid),
    thread_exempt(json, json);
DROP INDEX threads_rest;

RESET search_path;
RESET ROLE;
