-- 0009-retention: what `bobbin jobs` removes of ChatKit's threads and files.
--
-- bobbin_jobs sees no row of theirs: it asks the functions below, which give
-- ids and counts away, and remove only what has rested for days.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

CREATE INDEX threads_rest ON threads (updated_at, id)
    WHERE document IS NOT NULL;

-- Pinned by its document or by the row's own metadata.
CREATE FUNCTION thread_exempt(p_document json, p_meta json) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce((p_document->'metadata'->'pinned')::text = 'true',
	    false)
	    OR coalesce((p_document->'metadata'->'exempt')::text = 'true',
	    false)
	    OR coalesce((p_meta->'pinned')::text = 'true', false)
	    OR coalesce((p_meta->'exempt')::text = 'true', false)
$$;

-- Threads at rest, the oldest first, behind one of them.
CREATE FUNCTION retention_list(p_days integer, p_n integer,
    p_time timestamptz, p_id uuid)
RETURNS TABLE (email varchar, id uuid, updated_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
	SELECT t.email, t.id, t.updated_at
	  FROM threads t
	 WHERE t.document IS NOT NULL AND p_days > 0
	   AND t.updated_at < now() - make_interval(days => p_days)
	   AND (t.updated_at, t.id) > (p_time, p_id)
	   AND NOT thread_exempt(t.document, t.meta)
	 ORDER BY t.updated_at, t.id
	 LIMIT p_n
$$;

-- Counts what one of them holds and, unless p_dry, deletes it: not when it has
-- moved since, nor when somebody is using it.  keys: LangGraph's ids that were
-- claimed with it, whose rows are the caller's to delete.
CREATE FUNCTION retention_take(p_owner text, p_id uuid, p_days integer,
    p_dry boolean, OUT taken boolean, OUT items bigint, OUT files bigint,
    OUT bytes bigint, OUT keys text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	t	threads;
BEGIN
	taken := false;
	IF NOT p_dry THEN
		PERFORM FROM users_threads_runs r
		  JOIN threads x USING (email, thread_id)
		 WHERE x.email = p_owner AND x.id = p_id
		 ORDER BY r.id FOR UPDATE OF r NOWAIT;
		PERFORM FROM threads x
		  WHERE x.email = p_owner AND x.id = p_id
		   FOR UPDATE NOWAIT;
	END IF;
	SELECT * INTO t
	  FROM threads x
	 WHERE x.email = p_owner AND x.id = p_id AND x.document IS NOT NULL
	   AND p_days > 0
	   AND x.updated_at < now() - make_interval(days => p_days)
	   AND NOT thread_exempt(x.document, x.meta);
	IF NOT FOUND THEN
		RETURN;
	END IF;
	taken := true;
	SELECT count(*) INTO items
	  FROM messages m
	 WHERE m.email = p_owner AND m.thread_id = p_id;
	SELECT count(*), coalesce(sum(f.size), 0) INTO files, bytes
	  FROM (SELECT a.size FROM artifacts a
		 WHERE a.email = p_owner AND a.thread_id = p_id
		 UNION ALL
		SELECT a.size FROM attachments a
		 WHERE a.email = p_owner AND a.thread_id = t.thread_id
		   AND a.sha256 IS NOT NULL) f;
	IF NOT p_dry THEN
		-- No table of LangGraph's is there: its rows are not ours.
		PERFORM thread_drop(p_owner, p_id, 'pg_catalog');
		keys := ARRAY(SELECT c.thread_id FROM thread_claims c
		    WHERE c.email = p_owner
		      AND c.thread_id IN (t.thread_id, p_id::text));
	END IF;
EXCEPTION WHEN lock_not_available THEN
	taken := false;
END
$$;

-- At most p_n of them, in one transaction that is over in time.  at and id are
-- those of the last one that was looked at; NULL: there is none behind it.
CREATE FUNCTION retention_batch(p_days integer, p_dry boolean,
    p_schema text, p_n integer, p_time timestamptz, p_id uuid,
    OUT threads bigint, OUT items bigint, OUT files bigint, OUT bytes bigint,
    OUT at timestamptz, OUT id uuid)
LANGUAGE plpgsql AS $$
DECLARE
	l	record;
	t	record;
	name	text;
	seen	integer := 0;
BEGIN
	threads := 0;
	items := 0;
	files := 0;
	bytes := 0;
	FOR l IN SELECT * FROM retention_list(p_days, p_n, p_time, p_id)
	LOOP
		t := retention_take(l.email, l.id, p_days, p_dry);
		IF t.taken THEN
			threads := threads + 1;
			items := items + t.items;
			files := files + t.files;
			bytes := bytes + t.bytes;
		END IF;
		IF cardinality(t.keys) > 0 THEN
			FOREACH name IN ARRAY ARRAY['checkpoint_blobs',
			    'checkpoint_writes', 'checkpoints']
			LOOP
				PERFORM checkpoint_delete(p_schema, name,
				    t.keys);
			END LOOP;
		END IF;
		seen := seen + 1;
		at := l.updated_at;
		id := l.id;
		IF clock_timestamp() > statement_timestamp()
		    + interval '2 seconds' THEN
			RETURN;
		END IF;
	END LOOP;
	IF seen < p_n THEN
		at := NULL;
		id := NULL;
	END IF;
END
$$;

-- Uploaded attachments that no thread names, by their own age; the rest as
-- above.
CREATE FUNCTION retention_loose(p_days integer, p_dry boolean, p_n integer,
    p_time timestamptz, p_id uuid, OUT files bigint, OUT bytes bigint,
    OUT at timestamptz, OUT id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	loose	uuid[];
	seen	uuid[];
	times	timestamptz[];
BEGIN
	SELECT array_agg(o.id), array_agg(o.uploaded_at),
	       array_agg(o.id) FILTER (WHERE o.loose),
	       count(*) FILTER (WHERE o.loose),
	       coalesce(sum(o.size) FILTER (WHERE o.loose), 0)
	  INTO seen, times, loose, files, bytes
	  FROM (SELECT a.id, a.size, a.uploaded_at, NOT EXISTS (
			SELECT FROM threads t
			 WHERE t.email = a.email
			   AND t.thread_id = a.thread_id
			   AND t.document IS NOT NULL) AS loose
		  FROM attachments a
		 WHERE p_days > 0
		   AND a.uploaded_at < now() - make_interval(days => p_days)
		   AND (a.uploaded_at, a.id) > (p_time, p_id)
		 ORDER BY a.uploaded_at, a.id
		 LIMIT p_n) o;
	at := times[p_n];
	id := seen[p_n];
	IF NOT p_dry THEN
		DELETE FROM attachments a
		 WHERE a.id = ANY (loose)
		   AND NOT EXISTS (SELECT FROM threads t
				    WHERE t.email = a.email
				      AND t.thread_id = a.thread_id
				      AND t.document IS NOT NULL);
	END IF;
END
$$;

-- Announced, and never uploaded.
CREATE FUNCTION attachments_expire(p_hours integer, p_n integer)
RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
	WITH gone AS (
		DELETE FROM attachments
		 WHERE id IN (
			SELECT id
			  FROM attachments
			 WHERE made_here AND sha256 IS NULL
			   AND p_hours > 0
			   AND created_at < now()
			       - make_interval(hours => p_hours)
			 ORDER BY created_at
			 LIMIT p_n
			   FOR UPDATE SKIP LOCKED)
		RETURNING 1
	)
	SELECT count(*) FROM gone
$$;

REVOKE EXECUTE ON FUNCTION thread_exempt(json, json),
    retention_list(integer, integer, timestamptz, uuid),
    retention_take(text, uuid, integer, boolean),
    retention_batch(integer, boolean, text, integer, timestamptz, uuid),
    retention_loose(integer, boolean, integer, timestamptz, uuid),
    attachments_expire(integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    retention_list(integer, integer, timestamptz, uuid),
    retention_take(text, uuid, integer, boolean),
    retention_batch(integer, boolean, text, integer, timestamptz, uuid),
    retention_loose(integer, boolean, integer, timestamptz, uuid),
    attachments_expire(integer, integer) TO bobbin_jobs;

RESET search_path;
RESET ROLE;
