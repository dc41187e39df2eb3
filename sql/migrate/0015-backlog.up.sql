-- 0015-backlog: what many rows cost `bobbin jobs` is their number, not its
-- square.
--
-- A join of a table with its own first rows was planned when there were few,
-- and kept: of a backlog, it read the first ones again for each.  Bounds need
-- no join.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

-- Numbers follow the ids, with their gaps.
CREATE OR REPLACE FUNCTION events_take(p_relay text, p_n integer)
RETURNS TABLE (seq bigint, email text, at timestamptz, kind text, thread uuid,
    thread_id text, payload text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
	r	event_relay;
	v_from	bigint;
	v_to	bigint;
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
	SELECT min(f.id), max(f.id)
	  INTO v_from, v_to
	  FROM (SELECT e.id
		  FROM events e
		 WHERE e.seq IS NULL
		 ORDER BY e.id
		 LIMIT p_n) f;
	IF v_to IS NOT NULL THEN
		UPDATE events e SET seq = r.last + e.id - v_from + 1
		 WHERE e.seq IS NULL
		   AND e.id BETWEEN v_from AND v_to;
		UPDATE event_relay l SET last = r.last + v_to - v_from + 1;
	END IF;
	RETURN QUERY SELECT e.seq, e.email::text, e.at, e.kind, e.thread,
	    e.thread_id, e.payload
	  FROM events e
	 WHERE e.seq > r.sent
	 ORDER BY e.seq
	 LIMIT p_n;
END
$$;

CREATE OR REPLACE FUNCTION events_sweep(p_n integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	old	timestamptz := now() - interval '1 hour';
	v_to	bigint;
	n	bigint;
	m	bigint;
BEGIN
	SELECT max(f.seq)
	  INTO v_to
	  FROM (SELECT e.seq
		  FROM events e
		 WHERE e.seq < (extract(epoch FROM old) * 1000000)::bigint
		 ORDER BY e.seq
		 LIMIT p_n) f;
	DELETE FROM events e
	 WHERE e.seq <= v_to;
	GET DIAGNOSTICS n = ROW_COUNT;
	SELECT max(f.id)
	  INTO v_to
	  FROM (SELECT e.id
		  FROM events e
		 WHERE e.seq IS NULL
		   AND e.at < old
		 ORDER BY e.id
		 LIMIT p_n) f;
	DELETE FROM events e
	 WHERE e.seq IS NULL
	   AND e.at < old
	   AND e.id <= v_to;
	GET DIAGNOSTICS m = ROW_COUNT;
	RETURN n + m;
END
$$;

-- Announced, and never uploaded.
CREATE OR REPLACE FUNCTION attachments_expire(p_hours integer, p_n integer)
RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
	WITH gone AS (
		DELETE FROM attachments
		 WHERE id = ANY (ARRAY (
			SELECT id
			  FROM attachments
			 WHERE made_here AND sha256 IS NULL
			   AND p_hours > 0
			   AND created_at < now()
			       - make_interval(hours => p_hours)
			 ORDER BY created_at
			 LIMIT p_n
			   FOR UPDATE SKIP LOCKED))
		RETURNING 1
	)
	SELECT count(*) FROM gone
$$;

RESET search_path;
RESET ROLE;
