-- 0010-import, back.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

DROP FUNCTION import_chatkit_items(text, json, text),
    import_chatkit_threads(text, json, text),
    import_chatkit_thread(text, text, uuid, uuid, text, json, timestamptz,
	timestamptz, text), chatkit_time(timestamptz);

RESET search_path;
RESET ROLE;
