-- 0006-chatkit, back: ratings of items are dropped.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

DROP FUNCTION chatkit_rate(text, text, text[], text[], smallint, boolean),
    feedback_keep(text, text, smallint, text, boolean),
    chatkit_item_save(text, text, uuid, uuid, text, text, json, text, text,
	text, timestamptz, boolean),
    chatkit_thread_save(text, text, uuid, json, text, integer, integer,
	timestamptz, boolean, text);
DROP TRIGGER document_titled ON threads;
DROP FUNCTION document_titled(),
    document_title(json, integer, integer, text);
REVOKE UPDATE (seq) ON threads FROM bobbin_app;
ALTER TABLE threads DROP COLUMN title_length, DROP COLUMN title_at;

DROP TRIGGER feedback_touch ON feedback;
DROP FUNCTION feedback_touch();
DELETE FROM feedback WHERE item_id IS NOT NULL;
DROP INDEX feedback_item;

RESET search_path;
RESET ROLE;
