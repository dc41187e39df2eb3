-- 0014-columns, back.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

DROP TRIGGER runs_check_update ON users_threads_runs;
CREATE TRIGGER runs_check_update BEFORE UPDATE ON users_threads_runs
    FOR EACH ROW WHEN (NEW.email <> OLD.email OR NEW.run_id <> OLD.run_id)
    EXECUTE FUNCTION runs_check();

DROP TRIGGER runs_changed ON users_threads_runs;
CREATE TRIGGER runs_changed AFTER UPDATE ON users_threads_runs
    FOR EACH ROW WHEN (NEW.email <> ''
	AND (OLD.id, OLD.thread_id, OLD.run_id, OLD.prompt, OLD.timestamp)
	IS DISTINCT FROM
	(NEW.id, NEW.thread_id, NEW.run_id, NEW.prompt, NEW.timestamp))
    EXECUTE FUNCTION runs_changed();

DROP TRIGGER thread_changed ON threads;
CREATE TRIGGER thread_changed BEFORE UPDATE ON threads
    FOR EACH ROW WHEN ((OLD.thread_id, OLD.title, OLD.meta::text, OLD.status,
	OLD.archived_at, OLD.document::text) IS DISTINCT FROM (NEW.thread_id,
	NEW.title, NEW.meta::text, NEW.status, NEW.archived_at,
	NEW.document::text))
    EXECUTE FUNCTION thread_changed();

DROP TRIGGER event_update ON threads;
CREATE TRIGGER event_update AFTER UPDATE ON threads
    FOR EACH ROW WHEN ((OLD.thread_id, OLD.title, OLD.archived_at,
	OLD.meta::text) IS DISTINCT FROM (NEW.thread_id, NEW.title,
	NEW.archived_at, NEW.meta::text))
    EXECUTE FUNCTION thread_event();

DROP TRIGGER runs_rated ON users_threads_runs;
CREATE TRIGGER runs_rated AFTER UPDATE ON users_threads_runs
    FOR EACH ROW WHEN (NEW.email <> ''
	AND NEW.sentiment IS DISTINCT FROM OLD.sentiment)
    EXECUTE FUNCTION runs_rated();

CREATE OR REPLACE FUNCTION runs_rated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	t	uuid;
BEGIN
	UPDATE threads SET version = version + 1
	 WHERE email = NEW.email AND thread_id = NEW.thread_id
	RETURNING id INTO t;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'a run has no thread';
	END IF;
	IF events_on() THEN
		INSERT INTO events (email, kind, thread, thread_id, payload)
		VALUES (NEW.email, 'sentiment.updated', t, NEW.thread_id,
		    concat('"run_id":', event_str(coalesce(run_key(NEW.run_id),
		    NEW.run_id)), ',"sentiment":', coalesce(
		    NEW.sentiment::text, 'null')));
	END IF;
	RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION events_on() RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT seen > now() - interval '1 day' FROM event_switch;
END;

RESET search_path;
RESET ROLE;
