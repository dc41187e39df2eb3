-- 0006-chatkit: ratings of ChatKit's items.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

-- A rating of a ChatKit item.
CREATE UNIQUE INDEX feedback_item ON feedback (email, thread_id, item_id)
    WHERE item_id IS NOT NULL;

CREATE FUNCTION feedback_touch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	PERFORM thread_touch(t.email, t.id)
	  FROM threads t
	 WHERE t.email = NEW.email AND t.thread_id = NEW.thread_id;
	RETURN NULL;
END
$$;
CREATE TRIGGER feedback_touch AFTER INSERT OR UPDATE ON feedback
    FOR EACH ROW WHEN (NEW.item_id IS NOT NULL)
    EXECUTE FUNCTION feedback_touch();

REVOKE EXECUTE ON FUNCTION feedback_touch() FROM PUBLIC;

RESET search_path;
RESET ROLE;
