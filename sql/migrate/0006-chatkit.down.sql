-- 0006-chatkit, back: ratings of items are dropped.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

DROP TRIGGER feedback_touch ON feedback;
DROP FUNCTION feedback_touch();
DELETE FROM feedback WHERE item_id IS NOT NULL;
DROP INDEX feedback_item;

RESET search_path;
RESET ROLE;
