-- 0008-events, back: nothing is told any more.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

DROP TRIGGER event_insert ON threads;
DROP TRIGGER event_update ON threads;
DROP TRIGGER event_delete ON threads;
DROP TRIGGER event_insert ON messages;
DROP TRIGGER event_insert ON tool_calls;
DROP TRIGGER event_update ON tool_calls;
DROP TRIGGER event_insert ON agent_checkpoints;
DROP TRIGGER event_insert ON feedback;
DROP TRIGGER event_update ON feedback;
DROP TRIGGER event_delete ON feedback;
DROP TRIGGER runs_event ON users_threads_runs;

DROP TRIGGER runs_rated ON users_threads_runs;
CREATE OR REPLACE FUNCTION runs_rated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	UPDATE threads SET version = version + 1
	 WHERE email = NEW.email AND thread_id = NEW.thread_id;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'a run has no thread';
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER runs_rated AFTER UPDATE ON users_threads_runs
    FOR EACH ROW WHEN (NEW.email <> ''
	AND NEW.sentiment IS DISTINCT FROM OLD.sentiment
	AND (OLD.id, OLD.thread_id, OLD.run_id, OLD.prompt, OLD.timestamp)
	IS NOT DISTINCT FROM
	(NEW.id, NEW.thread_id, NEW.run_id, NEW.prompt, NEW.timestamp))
    EXECUTE FUNCTION runs_rated();

DROP FUNCTION thread_event(), messages_event(), calls_event(), call_event(),
    checkpoints_event(), runs_event(), feedback_event(),
    events_take(text, integer), events_again(text), events_done(text, bigint),
    events_sweep(integer), event_message(messages), event_call(tool_calls),
    event_thread(threads), event_text(json), event_doc(json, text),
    event_large(json[]), event_time(timestamptz), event_str(text),
    events_on();
DROP TABLE events, event_relay, event_switch;

RESET search_path;
RESET ROLE;
