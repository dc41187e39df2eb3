-- 0008-events: what changed, for live listeners.
--
-- Triggers write an event into the transaction of its change, whoever makes
-- it.  The relay of `bobbin jobs` numbers what it sees and publishes it by
-- those numbers, so that they grow in the order of delivery: a transaction
-- that commits late gets a late number, and nothing waits for it.  There is no
-- NOTIFY, whose commits would queue up behind one lock.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

-- seq is microseconds since 1970, moved on where two would be the same: a
-- plain counter would tell an owner how much the others do.  payload: the
-- members of the event that are its kind's own.
CREATE TABLE events (
	id		bigint GENERATED ALWAYS AS IDENTITY,
	seq		bigint,
	email		varchar(255) NOT NULL,
	at		timestamptz NOT NULL DEFAULT now(),
	kind		text NOT NULL,
	thread		uuid NOT NULL,
	thread_id	text COLLATE "C" NOT NULL,
	payload		text NOT NULL
);
CREATE INDEX events_new ON events (id) WHERE seq IS NULL;
CREATE INDEX events_numbered ON events (seq) WHERE seq IS NOT NULL;

-- How far the relay is, and who it is: several take turns by a short lease.
CREATE TABLE event_relay (
	sent		bigint NOT NULL DEFAULT 0,
	last		bigint NOT NULL DEFAULT 0,
	relay		text NOT NULL DEFAULT '',
	until		timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO event_relay DEFAULT VALUES;

-- When a relay was last seen, to some minutes.  Where there is none, events
-- are not written.  Apart from the above, because every writer reads it.
CREATE TABLE event_switch (
	seen		timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO event_switch DEFAULT VALUES;

DO $$
DECLARE
	t	text;
BEGIN
	FOREACH t IN ARRAY ARRAY['events', 'event_relay', 'event_switch'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY keeper ON %I TO bobbin_owner '
		    'USING (true) WITH CHECK (true)', t);
	END LOOP;
END
$$;

CREATE FUNCTION events_on() RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT seen > now() - interval '1 day' FROM event_switch;
END;

-- --- JSON.  An event is one line, and no larger than 64 KiB: texts are cut at
-- 2000 characters, a document of more than 16 KiB is null, and the object
-- then says that it is truncated.

CREATE FUNCTION event_str(text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(to_json($1)::text, 'null');

CREATE FUNCTION event_time(timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce('"' || to_char($1 AT TIME ZONE 'UTC', CASE
    WHEN date_trunc('second', $1) = $1 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"'
    ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"' END) || '"', 'null');

-- Line breaks stand between the tokens of a document, never within.
CREATE FUNCTION event_doc(p_doc json, p_none text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN p_doc IS NULL THEN p_none
    WHEN octet_length(p_doc::text) > 16384 THEN 'null'
    ELSE translate(p_doc::text, E'\n\r', '  ') END;

CREATE FUNCTION event_large(VARIADIC p_docs json[]) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN (SELECT max(octet_length(d::text)) FROM unnest(p_docs) d)
    > 16384 THEN ',"truncated":true}' ELSE '}' END;

-- As text: a parsed body would keep the table from being altered.
CREATE FUNCTION event_thread(t threads) RETURNS text
LANGUAGE sql STABLE AS $$
SELECT concat('"thread":{"thread_id":',
    event_str(coalesce(t.thread_id, t.id::text)),
    ',"conversation_id":"', t.id, '","title":', event_str(t.title),
    ',"metadata":', event_doc(t.meta, '{}'),
    ',"created_at":', event_time(t.created_at),
    ',"updated_at":', event_time(t.updated_at),
    ',"archived_at":', event_time(t.archived_at), event_large(t.meta))
$$;

-- The words of what is no plain string.  json may hold what text cannot.
CREATE FUNCTION event_text(p_content json) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN coalesce(CASE json_typeof(p_content)
	    WHEN 'string' THEN p_content #>> '{}'
	    WHEN 'object' THEN CASE json_typeof(p_content->'text')
		WHEN 'string' THEN p_content->>'text' END
	    WHEN 'array' THEN (
		SELECT string_agg(e->>'text', '' ORDER BY n)
		  FROM json_array_elements(p_content) WITH ORDINALITY a(e, n)
		 WHERE CASE json_typeof(e) WHEN 'object'
		       THEN json_typeof(e->'text') = 'string' END)
	    END, '');
EXCEPTION WHEN data_exception THEN
	RETURN '';
END
$$;

-- NULL for what is nobody's message: of ChatKit's items only two are.
CREATE FUNCTION event_message(m messages) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	who	text := CASE WHEN m.item_id IS NULL THEN m.role
		    WHEN m.item_type = 'user_message' THEN 'user'
		    WHEN m.item_type = 'assistant_message' THEN 'assistant' END;
	said	text;
	parts	json;
	cut	boolean;
BEGIN
	IF who IS NULL THEN
		RETURN NULL;
	ELSIF m.item_id IS NULL THEN
		said := event_text(m.content);
		IF json_typeof(m.content) <> 'string' THEN
			parts := m.content;
		END IF;
	ELSE
		said := coalesce(m.plain, event_text(m.document->'content'));
	END IF;
	cut := length(said) > 2000
	    OR coalesce(octet_length(parts::text), 0) > 16384;
	RETURN concat('"message":{"id":"', m.id, '","role":', event_str(who),
	    ',"content":', event_str(left(said, 2000)),
	    ',"created_at":', event_time(m.created_at),
	    ',"tool_name":' || to_json(m.tool_name),
	    ',"parts":' || event_doc(parts, NULL),
	    CASE WHEN cut THEN ',"truncated":true' END, '}');
END
$$;

CREATE FUNCTION event_call(c tool_calls) RETURNS text
LANGUAGE sql STABLE AS $$
SELECT concat('"tool_call":{"id":"', c.id, '","tool_id":',
    event_str(c.tool_id), ',"tool_name":', event_str(c.tool_name),
    ',"status":', event_str(c.status),
    ',"inputs":', event_doc(c.inputs, 'null'),
    ',"error_message":', event_str(left(c.error_message, 2000)),
    ',"requested_at":', event_time(c.requested_at),
    ',"responded_at":', event_time(c.responded_at),
    ',"edited_inputs":', event_doc(c.edited_inputs, 'null'),
    ',"responded_by":', event_str(c.responded_by),
    ',"message_id":', event_str(c.message_id::text),
    ',"checkpoint_id":', event_str(c.checkpoint_id),
    ',"metadata":', event_doc(c.metadata, '{}'),
    ',"updated_at":', event_time(c.updated_at),
    event_large(c.inputs, c.edited_inputs, c.metadata))
$$;

-- --- Triggers.  Set-wise where many rows come at once; a row's own where a
-- condition keeps most of them from firing.

CREATE FUNCTION thread_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	t	threads := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
	IF events_on() THEN
		INSERT INTO events (email, kind, thread, thread_id, payload)
		VALUES (t.email, 'thread.updated', t.id,
		    coalesce(t.thread_id, t.id::text),
		    CASE TG_OP WHEN 'DELETE' THEN '"thread":null,"deleted":true'
		    ELSE event_thread(t) END);
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER event_insert AFTER INSERT ON threads
    FOR EACH ROW EXECUTE FUNCTION thread_event();
CREATE TRIGGER event_update AFTER UPDATE ON threads
    FOR EACH ROW WHEN ((OLD.thread_id, OLD.title, OLD.archived_at,
	OLD.meta::text) IS DISTINCT FROM (NEW.thread_id, NEW.title,
	NEW.archived_at, NEW.meta::text))
    EXECUTE FUNCTION thread_event();
CREATE TRIGGER event_delete AFTER DELETE ON threads
    FOR EACH ROW EXECUTE FUNCTION thread_event();

CREATE FUNCTION messages_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	IF events_on() THEN
		INSERT INTO events (email, kind, thread, thread_id, payload)
		SELECT t.email, 'message.created', t.id,
		       coalesce(t.thread_id, t.id::text), m.said
		  FROM (SELECT a.email, a.thread_id, a.seq,
			       event_message(a::messages) AS said
			  FROM added a) m
		  JOIN threads t ON t.email = m.email AND t.id = m.thread_id
		 WHERE m.said IS NOT NULL
		 ORDER BY m.seq;
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER event_insert AFTER INSERT ON messages
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION messages_event();

CREATE FUNCTION calls_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	IF events_on() THEN
		INSERT INTO events (email, kind, thread, thread_id, payload)
		SELECT t.email, 'tool_call.requested', t.id,
		       coalesce(t.thread_id, t.id::text),
		       event_call(a::tool_calls)
		  FROM added a
		  JOIN threads t ON t.email = a.email
		   AND t.id = a.conversation_id
		 WHERE a.status = 'pending'
		 ORDER BY a.requested_at, a.id;
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER event_insert AFTER INSERT ON tool_calls
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION calls_event();

CREATE FUNCTION call_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	IF events_on() THEN
		INSERT INTO events (email, kind, thread, thread_id, payload)
		SELECT t.email, 'tool_call.decided', t.id,
		       coalesce(t.thread_id, t.id::text), event_call(NEW)
		  FROM threads t
		 WHERE t.email = NEW.email AND t.id = NEW.conversation_id;
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER event_update AFTER UPDATE ON tool_calls
    FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION call_event();

CREATE FUNCTION checkpoints_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	IF events_on() THEN
		INSERT INTO events (email, kind, thread, thread_id, payload)
		SELECT t.email, 'checkpoint.created', t.id,
		       coalesce(t.thread_id, t.id::text),
		       concat('"checkpoint":{"checkpoint_id":',
			event_str(a.checkpoint_id), ',"thread_id":',
			event_str(coalesce(t.thread_id, t.id::text)),
			',"created_at":', event_time(a.created_at), '}')
		  FROM added a
		  JOIN threads t ON t.email = a.email
		   AND t.id = a.conversation_id
		 ORDER BY a.created_at, a.id;
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER event_insert AFTER INSERT ON agent_checkpoints
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION checkpoints_event();

-- After runs_added (by name), which makes the threads.
CREATE FUNCTION runs_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	IF events_on() THEN
		INSERT INTO events (email, kind, thread, thread_id, payload)
		SELECT t.email, 'run.created', t.id, t.thread_id,
		       concat('"run":{"run_id":', event_str(coalesce(
			run_key(a.run_id), a.run_id)), ',"prompt":',
			event_str(left(a.prompt, 2000)), '}')
		  FROM added a
		  JOIN threads t ON t.email = a.email
		   AND t.thread_id = a.thread_id
		 ORDER BY a.timestamp, a.id;
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER runs_event AFTER INSERT ON users_threads_runs
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION runs_event();

-- A rating moves its thread's version and is told, in one statement.
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
DROP TRIGGER runs_rated ON users_threads_runs;
CREATE TRIGGER runs_rated AFTER UPDATE ON users_threads_runs
    FOR EACH ROW WHEN (NEW.email <> ''
	AND NEW.sentiment IS DISTINCT FROM OLD.sentiment)
    EXECUTE FUNCTION runs_rated();

-- A ChatKit item's rating; one that goes with its thread has none any more.
CREATE FUNCTION feedback_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	f	feedback := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
	IF events_on() THEN
		INSERT INTO events (email, kind, thread, thread_id, payload)
		SELECT t.email, 'sentiment.updated', t.id, t.thread_id,
		       concat('"item_ids":[', event_str(f.item_id),
			'],"sentiment":', CASE WHEN TG_OP = 'DELETE'
			THEN 'null' ELSE coalesce((f.score = 1)::text, 'null')
			END)
		  FROM threads t
		 WHERE t.email = f.email AND t.thread_id = f.thread_id;
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER event_insert AFTER INSERT ON feedback
    FOR EACH ROW WHEN (NEW.item_id IS NOT NULL AND NEW.score IS NOT NULL)
    EXECUTE FUNCTION feedback_event();
CREATE TRIGGER event_update AFTER UPDATE ON feedback
    FOR EACH ROW WHEN (NEW.item_id IS NOT NULL
	AND NEW.score IS DISTINCT FROM OLD.score)
    EXECUTE FUNCTION feedback_event();
CREATE TRIGGER event_delete AFTER DELETE ON feedback
    FOR EACH ROW WHEN (OLD.item_id IS NOT NULL AND OLD.score IS NOT NULL)
    EXECUTE FUNCTION feedback_event();

-- --- The relay

-- A batch to publish, for whoever has the lease: what is new gets its numbers,
-- in the order in which it was written.  Whatever a row was written after
-- has committed before, hence it has a number already or gets one here, too.
CREATE FUNCTION events_take(p_relay text, p_n integer)
RETURNS TABLE (seq bigint, email text, at timestamptz, kind text, thread uuid,
    thread_id text, payload text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
	r	event_relay;
	n	bigint;
BEGIN
	UPDATE event_switch SET seen = now()
	 WHERE seen < now() - interval '5 minutes';
	IF NOT EXISTS (SELECT FROM events e WHERE e.seq IS NULL)
	    AND NOT EXISTS (SELECT FROM event_relay l
			     JOIN events e ON e.seq > l.sent) THEN
		RETURN;
	END IF;
	UPDATE event_relay l SET relay = p_relay,
	       until = clock_timestamp() + interval '3 seconds',
	       last = greatest(l.last, (extract(epoch FROM clock_timestamp())
		* 1000000)::bigint)
	 WHERE l.relay = p_relay OR l.until < clock_timestamp()
	RETURNING l.* INTO r;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	WITH fresh AS (
		SELECT e.id, row_number() OVER (ORDER BY e.id) AS n
		  FROM events e
		 WHERE e.seq IS NULL
		 ORDER BY e.id
		 LIMIT p_n
	)
	UPDATE events e SET seq = r.last + f.n
	  FROM fresh f
	 WHERE e.id = f.id AND e.seq IS NULL;
	GET DIAGNOSTICS n = ROW_COUNT;
	IF n > 0 THEN
		UPDATE event_relay l SET last = r.last + n;
	END IF;
	RETURN QUERY SELECT e.seq, e.email::text, e.at, e.kind, e.thread,
	    e.thread_id, e.payload
	  FROM events e
	 WHERE e.seq > r.sent
	 ORDER BY e.seq
	 LIMIT p_n;
END
$$;

-- With the lease: all that is kept is to be published once more.
CREATE FUNCTION events_again(p_relay text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	UPDATE event_relay SET relay = p_relay, sent = 0,
	       until = clock_timestamp() + interval '3 seconds'
	 WHERE relay = p_relay OR until < clock_timestamp();
	RETURN FOUND;
END
$$;

-- Published up to p_seq; the lease ends.
CREATE FUNCTION events_done(p_relay text, p_seq bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
	UPDATE event_relay SET sent = greatest(sent, p_seq),
	       until = '-infinity'
	 WHERE relay = p_relay
$$;

-- What is older than nginx's buffer goes, published or not.
CREATE FUNCTION events_sweep(p_n integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	old	timestamptz := now() - interval '1 hour';
	n	bigint;
	m	bigint;
BEGIN
	DELETE FROM events WHERE seq IN (
		SELECT e.seq FROM events e
		 WHERE e.seq < (extract(epoch FROM old) * 1000000)::bigint
		 ORDER BY e.seq
		 LIMIT p_n);
	GET DIAGNOSTICS n = ROW_COUNT;
	DELETE FROM events WHERE seq IS NULL AND id IN (
		SELECT e.id FROM events e
		 WHERE e.seq IS NULL AND e.at < old
		 ORDER BY e.id
		 LIMIT p_n);
	GET DIAGNOSTICS m = ROW_COUNT;
	RETURN n + m;
END
$$;

REVOKE EXECUTE ON FUNCTION events_on(), event_str(text),
    event_time(timestamptz), event_doc(json, text), event_large(json[]),
    event_thread(threads), event_text(json), event_message(messages),
    event_call(tool_calls), thread_event(), messages_event(), calls_event(),
    call_event(), checkpoints_event(), runs_event(), feedback_event(),
    events_take(text, integer), events_again(text),
    events_done(text, bigint), events_sweep(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION events_take(text, integer), events_again(text),
    events_done(text, bigint), events_sweep(integer) TO bobbin_jobs;

RESET search_path;
RESET ROLE;
