-- 0002-prune: what `bobbin jobs --once prune` runs on LangGraph's tables.
--
-- Decisions are read-only functions and one statement each, so that a dry run
-- takes the same ones.  Names of tables depend on the configuration, and
-- thread ids may be text or uuid: hence statements put together here.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

-- LangGraph's tables, or NULLs when there are none.  Some of them only are a
-- broken set-up (BB503).  Shallow tables have no checkpoint ids.
CREATE FUNCTION prune_tables(p_schema text, p_right text,
    OUT checkpoints regclass, OUT blobs regclass, OUT writes regclass,
    OUT shallow boolean)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	checkpoints := checkpoint_table(p_schema, 'checkpoints', p_right);
	blobs := checkpoint_table(p_schema, 'checkpoint_blobs', p_right);
	writes := checkpoint_table(p_schema, 'checkpoint_writes', p_right);
	IF num_nulls(checkpoints, blobs, writes) IN (1, 2) THEN
		RAISE EXCEPTION USING ERRCODE = 'BB503',
		    MESSAGE = 'some of LangGraph''s tables are missing';
	END IF;
	shallow := (SELECT count(*)
	      FROM pg_catalog.pg_attribute
	     WHERE NOT attisdropped
	       AND (attrelid, attname) IN ((checkpoints, 'checkpoint_id'),
		   (blobs, 'version'))) < 2;
END
$$;

-- Claims that stand, a page of them.  Their owners stay unknown here.
CREATE FUNCTION prune_claims(p_after text, p_n integer) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
	SELECT c.thread_id
	  FROM thread_claims c
	 WHERE c.deleted_at IS NULL
	   AND (p_after IS NULL OR c.thread_id > p_after COLLATE "C")
	 ORDER BY c.thread_id
	 LIMIT p_n
$$;

-- Is the id claimed?  NULL: by nobody; false: its thread was deleted.
CREATE FUNCTION prune_claimed(p_thread text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
	SELECT c.deleted_at IS NULL
	  FROM thread_claims c
	 WHERE c.thread_id = p_thread
$$;

-- The same, with the claim locked until the transaction ends.
CREATE FUNCTION prune_hold(p_thread text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
	SELECT c.deleted_at IS NULL
	  FROM thread_claims c
	 WHERE c.thread_id = p_thread
	   FOR UPDATE
$$;

-- A page of ids that may have checkpoints, after p_after (NULL: from the
-- start), each with the id of its head.  Every row costs index probes only.
CREATE FUNCTION prune_list(p_schema text, p_after text, p_n integer,
    p_unclaimed boolean)
RETURNS TABLE (thread_id text, head text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	t	record := prune_tables(p_schema, 'SELECT');
	is_uuid	boolean := (SELECT atttypid = 'uuid'::regtype
		    FROM pg_catalog.pg_attribute
		    WHERE attrelid = t.checkpoints AND attname = 'thread_id');
	ids	text;
BEGIN
	IF t.checkpoints IS NULL THEN
		RETURN;
	ELSIF p_unclaimed THEN
		ids := format('WITH RECURSIVE ids(id, n) AS (
		    (SELECT thread_id, 1 FROM %1$s
		      WHERE %2$s ORDER BY thread_id LIMIT 1)
		     UNION ALL
		    SELECT (SELECT c.thread_id FROM %1$s c
			     WHERE c.thread_id > i.id
			     ORDER BY c.thread_id LIMIT 1), i.n + 1
		      FROM ids i
		     WHERE i.id IS NOT NULL AND i.n < $1)
		    SELECT id::text AS thread_id, id FROM ids
		     WHERE id IS NOT NULL', t.checkpoints,
		    CASE WHEN p_after IS NULL THEN 'true'
		    ELSE format('thread_id > %L', p_after) END);
	ELSE
		ids := format('SELECT c AS thread_id, %s AS id
		    FROM prune_claims(%L, $1) c', CASE WHEN is_uuid
		    THEN 'CASE WHEN c = run_key(c) THEN c::uuid END'
		    ELSE 'c' END, p_after);
	END IF;
	RETURN QUERY EXECUTE format('SELECT i.thread_id, h.head FROM (%s) i
	    LEFT JOIN LATERAL (SELECT %s AS head FROM %s c
		WHERE c.thread_id = i.id AND c.checkpoint_ns = ''''
		ORDER BY 1 DESC LIMIT 1) h ON true', ids,
	    CASE WHEN t.shallow THEN 'c.checkpoint->>''id'''
	    ELSE 'c.checkpoint_id::text' END, t.checkpoints) USING p_n;
END
$$;

-- What stays of a thread whose newest conversation state is p_head: the
-- newest checkpoints of the conversation and of subgraphs with a memory of
-- their own; what their delta channels are replayed from; and, of an older
-- format, the parents, whose writes hold the pending sends.  broken: the walk
-- of a channel of the head ends where ancestors are missing.
CREATE FUNCTION prune_kept(p_schema text, p_thread text, p_head text,
    p_keep integer)
RETURNS TABLE (ns text, id text, broken boolean)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	t	record := prune_tables(p_schema, 'SELECT');
	key	text := (checkpoint_ids(t.checkpoints, ARRAY[p_thread],
		    true))[1];
	stored	text := format('(coalesce((c.checkpoint->''channel_values'')
		    ? d.channel, false) OR EXISTS (SELECT FROM %s b WHERE b.thread_id = %L
		    AND b.checkpoint_ns = c.checkpoint_ns
		    AND b.channel = d.channel AND b.version =
			c.checkpoint->''channel_versions''->>d.channel
		    AND b.type <> ''empty''))', t.blobs, key);
BEGIN
	RETURN QUERY EXECUTE format($q$
	WITH RECURSIVE newest AS MATERIALIZED (
		SELECT c.*
		  FROM (SELECT DISTINCT checkpoint_ns FROM %1$s
			 WHERE thread_id = %2$L
			   AND strpos(checkpoint_ns, ':') = 0) n
		 CROSS JOIN LATERAL (
			SELECT c.checkpoint_ns, c.checkpoint_id,
			       c.parent_checkpoint_id, c.checkpoint, c.metadata
			  FROM %1$s c
			 WHERE c.thread_id = %2$L
			   AND c.checkpoint_ns = n.checkpoint_ns
			   AND c.checkpoint_id <= %3$L
			 ORDER BY c.checkpoint_id DESC
			 LIMIT %4$s) c
	), walk AS (
		SELECT c.checkpoint_ns, d.channel, c.checkpoint_id AS start,
		       c.checkpoint_id, c.parent_checkpoint_id, 0 AS depth,
		       %5$s AS stored,
		       coalesce(c.checkpoint->'v', '0') < '4' AS old
		  FROM newest c
		 CROSS JOIN LATERAL (
			SELECT jsonb_object_keys(CASE WHEN jsonb_typeof(
			       c.metadata->'counters_since_delta_snapshot') =
			       'object' THEN
			       c.metadata->'counters_since_delta_snapshot' END)
			 UNION
			SELECT 'messages'
			 WHERE (c.checkpoint->'channel_versions')
			       ? 'messages') d(channel)
		 UNION ALL
		SELECT c.checkpoint_ns, d.channel, d.start, c.checkpoint_id,
		       c.parent_checkpoint_id, d.depth + 1, %5$s,
		       coalesce(c.checkpoint->'v', '0') < '4'
		  FROM walk d
		  JOIN %1$s c ON c.thread_id = %2$L
			     AND c.checkpoint_ns = d.checkpoint_ns
			     AND c.checkpoint_id = d.parent_checkpoint_id
		 WHERE NOT d.stored
		   AND d.depth < 6000
	), kept AS (
		SELECT checkpoint_ns, checkpoint_id, parent_checkpoint_id,
		       coalesce(checkpoint->'v', '0') < '4' AS old
		  FROM newest
		 UNION
		SELECT checkpoint_ns, checkpoint_id, parent_checkpoint_id, old
		  FROM walk
	), ends AS (
		SELECT DISTINCT ON (channel) stored, parent_checkpoint_id
		  FROM walk
		 WHERE checkpoint_ns = '' AND start = %3$L
		 ORDER BY channel, depth DESC
	)
	SELECT checkpoint_ns, checkpoint_id::text, false FROM kept
	 UNION
	SELECT k.checkpoint_ns, c.checkpoint_id::text, false
	  FROM kept k
	  JOIN %1$s c ON c.thread_id = %2$L
		     AND c.checkpoint_ns = k.checkpoint_ns
		     AND c.checkpoint_id = k.parent_checkpoint_id
	 WHERE k.old
	 UNION
	SELECT NULL, NULL, true
	  FROM ends
	 WHERE NOT stored AND parent_checkpoint_id IS NOT NULL
	$q$, t.checkpoints, key, p_head, p_keep, stored);
END
$$;

-- The newest state's id, whether it is younger than p_age seconds (or of no
-- known age), and a mark that changes with what its tasks have written.
CREATE FUNCTION prune_head(p_schema text, p_thread text, p_age bigint,
    OUT head text, OUT recent boolean, OUT mark text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	t	record := prune_tables(p_schema, 'SELECT');
	key	text := (checkpoint_ids(t.checkpoints, ARRAY[p_thread],
		    true))[1];
BEGIN
	EXECUTE format($q$
	SELECT c.checkpoint_id::text, coalesce(CASE WHEN c.checkpoint->>'ts' ~
	       '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$'
	       THEN (c.checkpoint->>'ts')::timestamptz
		    > now() - $1 * interval '1 second' END, true),
	       (SELECT md5(string_agg(concat_ws(' ', w.task_id, w.idx,
			w.channel), ',' ORDER BY w.task_id, w.idx))
		  FROM %3$s w
		 WHERE w.thread_id = %2$L
		   AND w.checkpoint_ns = ''
		   AND w.checkpoint_id = c.checkpoint_id)
	  FROM %1$s c
	 WHERE c.thread_id = %2$L
	   AND c.checkpoint_ns = ''
	 ORDER BY c.checkpoint_id DESC
	 LIMIT 1
	$q$, t.checkpoints, key, t.writes) USING p_age INTO head, recent, mark;
	mark := coalesce(mark, '');
END
$$;

-- Why the thread is left alone (NULL: it is not, unless its tasks say so),
-- what it has, and what would go.  Text length of checkpoints, octets of the
-- rest.
CREATE FUNCTION prune_plan(p_schema text, p_thread text, p_keep integer,
    p_age bigint, p_unclaimed boolean, OUT reason text, OUT head text,
    OUT mark text, OUT checkpoints bigint, OUT checkpoints_go bigint,
    OUT writes bigint, OUT writes_go bigint, OUT blobs bigint,
    OUT blobs_go bigint, OUT bytes bigint, OUT bytes_go bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	t	record := prune_tables(p_schema, 'SELECT');
	key	text := (checkpoint_ids(t.checkpoints, ARRAY[p_thread],
		    true))[1];
	h	record;
	broken	boolean;
BEGIN
	IF t.shallow AND t.checkpoints IS NOT NULL THEN
		reason := 'shallow';
		EXECUTE format('SELECT (SELECT count(*) FROM %1$s WHERE %4$s),
		    (SELECT count(*) FROM %2$s WHERE %4$s),
		    (SELECT count(*) FROM %3$s WHERE %4$s),
		    (SELECT coalesce(sum(octet_length(checkpoint::text)), 0)
		       FROM %1$s WHERE %4$s)
		    + (SELECT coalesce(sum(octet_length(blob)), 0)
			 FROM %2$s WHERE %4$s)
		    + (SELECT coalesce(sum(octet_length(blob)), 0)
			 FROM %3$s WHERE %4$s)', t.checkpoints, t.writes,
		    t.blobs, format('thread_id = %L', key))
		    INTO checkpoints, writes, blobs, bytes;
		RETURN;
	END IF;
	IF t.checkpoints IS NOT NULL THEN
		h := prune_head(p_schema, p_thread, p_age);
		head := h.head;
		mark := h.mark;
	END IF;
	IF head IS NULL THEN
		reason := 'absent';
		RETURN;
	END IF;
	EXECUTE format($q$
	WITH keep AS MATERIALIZED (
		SELECT * FROM prune_kept($1, $2, $3, $4)
	), c AS (
		SELECT count(*) AS n, count(*) FILTER (WHERE go) AS n_go,
		       sum(size) AS size, sum(size) FILTER (WHERE go) AS size_go
		  FROM (SELECT octet_length(c.checkpoint::text) AS size,
			       k.id IS NULL AND c.checkpoint_id <= %5$L AS go
			  FROM %1$s c
			  LEFT JOIN keep k ON k.ns = c.checkpoint_ns
			   AND k.id = c.checkpoint_id::text
			 WHERE c.thread_id = %4$L) c
	), w AS (
		SELECT count(*) AS n, count(*) FILTER (WHERE go) AS n_go,
		       sum(size) AS size, sum(size) FILTER (WHERE go) AS size_go
		  FROM (SELECT octet_length(w.blob) AS size,
			       k.id IS NULL AND prune_old(w.checkpoint_id::text,
				%5$L) AS go
			  FROM %2$s w
			  LEFT JOIN keep k ON k.ns = w.checkpoint_ns
			   AND k.id = w.checkpoint_id::text
			 WHERE w.thread_id = %4$L) w
	), named AS MATERIALIZED (
		SELECT DISTINCT c.checkpoint_ns, v.key, v.value
		  FROM %1$s c
		  LEFT JOIN keep k ON k.ns = c.checkpoint_ns
		   AND k.id = c.checkpoint_id::text
		 CROSS JOIN LATERAL jsonb_each_text(
		       c.checkpoint->'channel_versions') v
		 WHERE c.thread_id = %4$L
		   AND (k.id IS NOT NULL OR c.checkpoint_id > %5$L)
	), b AS (
		SELECT count(*) AS n, count(*) FILTER (WHERE go) AS n_go,
		       sum(size) AS size, sum(size) FILTER (WHERE go) AS size_go
		  FROM (SELECT octet_length(b.blob) AS size,
			       NOT EXISTS (SELECT FROM named n
				WHERE n.checkpoint_ns = b.checkpoint_ns
				  AND n.key = b.channel
				  AND n.value = b.version) AS go
			  FROM %3$s b
			 WHERE b.thread_id = %4$L) b
	)
	SELECT (SELECT bool_or(keep.broken) FROM keep), c.n, c.n_go, w.n,
	       w.n_go, b.n, b.n_go,
	       coalesce(c.size, 0) + coalesce(w.size, 0) + coalesce(b.size, 0),
	       coalesce(c.size_go, 0) + coalesce(w.size_go, 0)
	       + coalesce(b.size_go, 0)
	  FROM c, w, b
	$q$, t.checkpoints, t.writes, t.blobs, key, head)
	    USING p_schema, p_thread, head, p_keep
	    INTO broken, checkpoints, checkpoints_go, writes, writes_go,
		blobs, blobs_go, bytes, bytes_go;
	reason := CASE prune_claimed(p_thread)
	    WHEN false THEN 'deleted'
	    WHEN true THEN NULL
	    ELSE CASE WHEN NOT p_unclaimed THEN 'unclaimed' END END;
	IF reason IS NULL THEN
		reason := CASE WHEN h.recent THEN 'recent'
		    WHEN broken THEN 'incomplete' END;
	END IF;
END
$$;

-- Nothing newer than the head is touched: it is of a run that has just begun.
-- What is no UUID is nobody's.
CREATE FUNCTION prune_old(p_id text, p_head text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN p_id COLLATE "C" <= p_head COLLATE "C"
    OR p_id !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';

-- One batch of p_batch rows at most: writes and their checkpoints, oldest
-- first; when these are gone, blobs that no checkpoint names.  A reason says
-- that nothing was done: locked by somebody for two seconds, or not as it was
-- planned (changed).  more: there may be more to do.
CREATE FUNCTION prune_batch(p_schema text, p_thread text, p_keep integer,
    p_age bigint, p_unclaimed boolean, p_head text, p_mark text,
    p_batch integer, OUT reason text, OUT checkpoints bigint,
    OUT writes bigint, OUT blobs bigint, OUT bytes bigint, OUT more boolean)
LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
DECLARE
	t	record := prune_tables(p_schema, 'DELETE');
	key	text := (checkpoint_ids(t.checkpoints, ARRAY[p_thread],
		    true))[1];
	h	record;
	size	bigint;
BEGIN
	checkpoints := 0;
	writes := 0;
	blobs := 0;
	bytes := 0;
	more := false;
	PERFORM pg_advisory_xact_lock(hashtextextended('prune ' || p_thread,
	    4810));
	IF NOT coalesce(prune_hold(p_thread), p_unclaimed) THEN
		reason := 'changed';
		RETURN;
	END IF;
	h := prune_head(p_schema, p_thread, p_age);
	IF h.recent OR (h.head, h.mark) IS DISTINCT FROM (p_head, p_mark) THEN
		reason := 'changed';
		RETURN;
	END IF;
	EXECUTE format($q$
	WITH keep AS MATERIALIZED (
		SELECT * FROM prune_kept($1, $2, $3, $4)
	), dead AS MATERIALIZED (
		SELECT checkpoint_ns, checkpoint_id, task_id, idx
		  FROM %2$s w
		 WHERE w.thread_id = %3$L
		   AND prune_old(w.checkpoint_id::text, %4$L)
		   AND NOT EXISTS (SELECT FROM keep k
			WHERE k.ns = w.checkpoint_ns
			  AND k.id = w.checkpoint_id::text)
		 UNION ALL
		SELECT checkpoint_ns, checkpoint_id, NULL, NULL
		  FROM %1$s c
		 WHERE c.thread_id = %3$L
		   AND c.checkpoint_id <= %4$L
		   AND NOT EXISTS (SELECT FROM keep k
			WHERE k.ns = c.checkpoint_ns
			  AND k.id = c.checkpoint_id::text)
		 ORDER BY checkpoint_id, task_id
		 LIMIT $5
	), w AS (
		DELETE FROM %2$s w USING dead d
		 WHERE w.thread_id = %3$L
		   AND w.checkpoint_ns = d.checkpoint_ns
		   AND w.checkpoint_id = d.checkpoint_id
		   AND w.task_id = d.task_id
		   AND w.idx = d.idx
		RETURNING octet_length(w.blob) AS size
	), c AS (
		DELETE FROM %1$s c USING dead d
		 WHERE d.task_id IS NULL
		   AND c.thread_id = %3$L
		   AND c.checkpoint_ns = d.checkpoint_ns
		   AND c.checkpoint_id = d.checkpoint_id
		RETURNING octet_length(c.checkpoint::text) AS size
	)
	SELECT (SELECT count(*) FROM c), (SELECT count(*) FROM w),
	       coalesce((SELECT sum(size) FROM c), 0)
	       + coalesce((SELECT sum(size) FROM w), 0)
	$q$, t.checkpoints, t.writes, key, p_head)
	    USING p_schema, p_thread, p_head, p_keep, p_batch
	    INTO checkpoints, writes, bytes;
	IF checkpoints + writes < p_batch THEN
		EXECUTE format($q$
		WITH named AS MATERIALIZED (
			SELECT DISTINCT c.checkpoint_ns, v.key, v.value
			  FROM %1$s c
			 CROSS JOIN LATERAL jsonb_each_text(
			       c.checkpoint->'channel_versions') v
			 WHERE c.thread_id = %3$L
		), dead AS MATERIALIZED (
			SELECT b.checkpoint_ns, b.channel, b.version
			  FROM %2$s b
			 WHERE b.thread_id = %3$L
			   AND NOT EXISTS (SELECT FROM named n
				WHERE n.checkpoint_ns = b.checkpoint_ns
				  AND n.key = b.channel
				  AND n.value = b.version)
			 LIMIT $1
		), b AS (
			DELETE FROM %2$s b USING dead d
			 WHERE b.thread_id = %3$L
			   AND b.checkpoint_ns = d.checkpoint_ns
			   AND b.channel = d.channel
			   AND b.version = d.version
			RETURNING octet_length(b.blob) AS size
		)
		SELECT count(*), coalesce(sum(size), 0) FROM b
		$q$, t.checkpoints, t.blobs, key)
		    USING p_batch - checkpoints - writes INTO blobs, size;
		bytes := bytes + size;
	END IF;
	more := checkpoints + writes + blobs = p_batch;
EXCEPTION
	WHEN lock_not_available THEN
		reason := 'locked';
		checkpoints := 0;
		writes := 0;
		blobs := 0;
		bytes := 0;
		more := false;
END
$$;

REVOKE EXECUTE ON FUNCTION prune_tables(text, text),
    prune_claims(text, integer), prune_claimed(text), prune_hold(text),
    prune_list(text, text, integer, boolean),
    prune_kept(text, text, text, integer), prune_head(text, text, bigint),
    prune_plan(text, text, integer, bigint, boolean),
    prune_old(text, text),
    prune_batch(text, text, integer, bigint, boolean, text, text, integer)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prune_tables(text, text),
    prune_claims(text, integer), prune_claimed(text), prune_hold(text),
    prune_list(text, text, integer, boolean),
    prune_kept(text, text, text, integer), prune_head(text, text, bigint),
    prune_plan(text, text, integer, bigint, boolean),
    prune_old(text, text),
    prune_batch(text, text, integer, bigint, boolean, text, text, integer)
    TO bobbin_jobs;

RESET search_path;
RESET ROLE;
