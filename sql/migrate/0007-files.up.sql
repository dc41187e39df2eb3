-- 0007-files: what tools produced and users sent along.
--
-- Bytes live once per SHA-256, for all owners; rows of owners refer to them.
-- blobs has no owner: workers reach it through the functions below alone.
-- Who writes takes the thread's lock, then the blob's.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

DO $$
BEGIN
	PERFORM table_free('blobs');
	PERFORM table_free('artifacts');
	PERFORM table_free('attachments');
END
$$;

-- state: stored; unverified: in the bucket, an agent says; missing: it is not;
-- gone: nobody refers to it, and jobs are removing it.  try_at: not before
-- then, after failures toward the bucket.
CREATE TABLE IF NOT EXISTS blobs (
	sha256		char(64) PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
	size		bigint NOT NULL CHECK (size >= 0),
	on_disk		boolean NOT NULL,
	in_s3		boolean NOT NULL,
	state		text NOT NULL CHECK (state IN ('stored', 'unverified',
			    'missing', 'gone')),
	created_at	timestamptz NOT NULL DEFAULT now(),
	unreferenced_at	timestamptz,
	tries		integer NOT NULL DEFAULT 0,
	try_at		timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE INDEX IF NOT EXISTS blobs_unreferenced ON blobs (unreferenced_at)
    WHERE unreferenced_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS blobs_on_disk ON blobs (try_at, sha256)
    WHERE on_disk AND state = 'stored';
CREATE INDEX IF NOT EXISTS blobs_unverified ON blobs (try_at, sha256)
    WHERE state = 'unverified';

CREATE TABLE IF NOT EXISTS artifacts (
	id		uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	email		varchar(255) NOT NULL CHECK (email <> ''),
	thread_id	uuid NOT NULL,
	sha256		char(64) NOT NULL REFERENCES blobs,
	filename	varchar(512) NOT NULL,
	mime		varchar(128) NOT NULL,
	size		bigint NOT NULL CHECK (size >= 0),
	session_id	varchar(128),
	run_id		varchar(128),
	tool_call_id	varchar(128),
	meta		json,
	created_at	timestamptz NOT NULL DEFAULT now(),
	FOREIGN KEY (email, thread_id) REFERENCES threads (email, id)
	    ON DELETE CASCADE
);
CREATE UNIQUE INDEX IF NOT EXISTS artifacts_once ON artifacts
    (email, thread_id, sha256, filename, coalesce(tool_call_id, ''));
CREATE INDEX IF NOT EXISTS artifacts_thread
    ON artifacts (email, thread_id, created_at, id);
CREATE INDEX IF NOT EXISTS artifacts_call
    ON artifacts (email, thread_id, tool_call_id);
CREATE INDEX IF NOT EXISTS artifacts_sha256 ON artifacts (sha256);

-- ChatKit's.  document, name, mime_type, declared_size and thread_id are what
-- the client said; mime and size are what the bytes are.
CREATE TABLE IF NOT EXISTS attachments (
	id		uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	email		varchar(255) NOT NULL CHECK (email <> ''),
	attachment_id	text COLLATE "C" NOT NULL,
	document	json NOT NULL,
	thread_id	text COLLATE "C",
	made_here	boolean NOT NULL DEFAULT false,
	name		text,
	mime_type	varchar(255),
	declared_size	bigint CHECK (declared_size >= 0),
	sha256		char(64) REFERENCES blobs,
	mime		varchar(128),
	size		bigint CHECK (size >= 0),
	uploaded_at	timestamptz,
	created_at	timestamptz NOT NULL DEFAULT now(),
	UNIQUE (email, attachment_id),
	CHECK (num_nulls(sha256, mime, size, uploaded_at) IN (0, 4))
);
CREATE INDEX IF NOT EXISTS attachments_thread
    ON attachments (email, thread_id);
CREATE INDEX IF NOT EXISTS attachments_sha256 ON attachments (sha256);
CREATE INDEX IF NOT EXISTS attachments_waiting ON attachments (created_at)
    WHERE made_here AND sha256 IS NULL;
CREATE INDEX IF NOT EXISTS attachments_uploaded
    ON attachments (uploaded_at, id) WHERE uploaded_at IS NOT NULL;

DO $$
BEGIN
	PERFORM owned_table('artifacts');
	PERFORM owned_table('attachments');
	PERFORM touching_table('artifacts', 'threads_touch');
END
$$;
ALTER TABLE blobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE blobs FORCE ROW LEVEL SECURITY;
CREATE POLICY keeper ON blobs TO bobbin_owner USING (true) WITH CHECK (true);
CREATE POLICY jobs ON blobs TO bobbin_jobs USING (true) WITH CHECK (true);
GRANT SELECT, DELETE, UPDATE (size, on_disk, in_s3, state, tries, try_at)
    ON blobs TO bobbin_jobs;

-- --- References

CREATE FUNCTION blob_used(p_sha bpchar) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
	SELECT EXISTS (SELECT FROM artifacts WHERE sha256 = p_sha)
	    OR EXISTS (SELECT FROM attachments WHERE sha256 = p_sha)
$$;

-- References went.  The locks first, in one order; then a new statement, whose
-- snapshot holds what those waited for: the last of two does see it is.
CREATE FUNCTION blobs_left() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	PERFORM FROM blobs b
	  WHERE b.sha256 IN (SELECT l.sha256 FROM left_behind l)
	  ORDER BY b.sha256 FOR UPDATE;
	UPDATE blobs b SET unreferenced_at = now()
	 WHERE b.sha256 IN (SELECT l.sha256 FROM left_behind l)
	   AND b.unreferenced_at IS NULL
	   AND NOT blob_used(b.sha256);
	RETURN NULL;
END
$$;
DO $$
DECLARE
	t	text;
	ev	text;
BEGIN
	FOREACH t IN ARRAY ARRAY['artifacts', 'attachments'] LOOP
		FOREACH ev IN ARRAY ARRAY['update', 'delete'] LOOP
			EXECUTE format('CREATE TRIGGER left_%s AFTER %s ON %I '
			    'REFERENCING OLD TABLE AS left_behind '
			    'FOR EACH STATEMENT EXECUTE FUNCTION blobs_left()',
			    ev, ev, t);
		END LOOP;
	END LOOP;
END
$$;

-- Takes the lock of a blob's row, making it first, and its reference's mark
-- away: in the transaction that makes the reference.  p_here: the bytes are on
-- the disk, and are new there; else an agent says that they are in the bucket,
-- and what is known better stays.
CREATE FUNCTION blob_hold(p_sha bpchar, p_size bigint, p_here boolean)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	b	blobs;
BEGIN
	LOOP
		INSERT INTO blobs (sha256, size, on_disk, in_s3, state)
		VALUES (p_sha, p_size, p_here, NOT p_here, CASE WHEN p_here
		    THEN 'stored' ELSE 'unverified' END)
		ON CONFLICT (sha256) DO NOTHING;
		IF FOUND THEN
			RETURN;
		END IF;
		SELECT * INTO b FROM blobs WHERE sha256 = p_sha FOR UPDATE;
		EXIT WHEN FOUND;
	END LOOP;
	IF b.state = 'gone' AND NOT p_here THEN
		RAISE EXCEPTION USING ERRCODE = 'BB503',
		    MESSAGE = 'the bytes are being removed';
	END IF;
	UPDATE blobs SET unreferenced_at = NULL,
	       size = CASE WHEN p_here OR b.state = 'missing'
		      THEN p_size ELSE b.size END,
	       on_disk = b.on_disk OR p_here,
	       in_s3 = CASE WHEN p_here
		       THEN b.in_s3 AND b.state = 'stored'
		       ELSE b.in_s3 OR b.state = 'missing' END,
	       state = CASE WHEN p_here THEN 'stored'
		       WHEN b.state = 'missing' THEN 'unverified'
		       ELSE b.state END,
	       tries = 0, try_at = '-infinity'
	 WHERE sha256 = p_sha;
END
$$;

-- Where the bytes of one's own row are.  missing: nowhere, or not these.
CREATE FUNCTION blob_find(p_sha bpchar, p_size bigint, OUT on_disk boolean,
    OUT in_s3 boolean, OUT missing boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	owner	text := nullif(current_setting('bobbin.email', true), '');
BEGIN
	SELECT b.on_disk, b.in_s3,
	       b.state IN ('missing', 'gone') OR b.size <> p_size
	  INTO on_disk, in_s3, missing
	  FROM blobs b
	 WHERE b.sha256 = p_sha
	   AND (EXISTS (SELECT FROM artifacts a
			 WHERE a.sha256 = p_sha AND a.email = owner)
	    OR EXISTS (SELECT FROM attachments a
			WHERE a.sha256 = p_sha AND a.email = owner));
END
$$;

-- --- Artifacts

-- Registers a file in the caller's thread, or finds it registered; no row: no
-- such thread.  created is true also when a request comes again that created.
CREATE FUNCTION artifact_put(p_owner text, p_thread uuid, p_id uuid,
    p_sha bpchar, p_size bigint, p_here boolean, p_filename text, p_mime text,
    p_session text, p_run text, p_call text, p_meta json)
RETURNS TABLE (artifact artifacts, created boolean)
LANGUAGE plpgsql AS $$
DECLARE
	a	artifacts;
BEGIN
	PERFORM FROM threads t
	  WHERE t.email = p_owner AND t.id = p_thread FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	PERFORM blob_hold(p_sha, p_size, p_here);
	INSERT INTO artifacts (id, email, thread_id, sha256, filename, mime,
	       size, session_id, run_id, tool_call_id, meta)
	VALUES (p_id, p_owner, p_thread, p_sha, p_filename, p_mime, p_size,
	       p_session, p_run, p_call, p_meta)
	ON CONFLICT DO NOTHING;
	SELECT * INTO a
	  FROM artifacts x
	 WHERE x.email = p_owner AND x.thread_id = p_thread
	   AND x.sha256 = p_sha AND x.filename = p_filename
	   AND coalesce(x.tool_call_id, '') = coalesce(p_call, '');
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'BB409',
		    MESSAGE = 'artifact id is in use';
	END IF;
	RETURN QUERY SELECT a, a.id = p_id;
END
$$;

-- For whoever has a good link: the one way without an owner.
CREATE FUNCTION artifact_link(p_id uuid)
RETURNS TABLE (artifact artifacts, on_disk boolean, in_s3 boolean,
    missing boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
	SELECT a, b.on_disk, b.in_s3,
	       b.state IN ('missing', 'gone') OR b.size <> a.size
	  FROM artifacts a
	  JOIN blobs b USING (sha256)
	 WHERE a.id = p_id
$$;

-- --- Attachments

-- The same for links of attachments; email: on whose behalf one goes on.
CREATE FUNCTION attachment_link(p_id uuid)
RETURNS TABLE (attachment attachments, on_disk boolean, in_s3 boolean,
    missing boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
	SELECT a, b.on_disk, b.in_s3,
	       b.state IN ('missing', 'gone') OR b.size <> a.size
	  FROM attachments a
	  LEFT JOIN blobs b USING (sha256)
	 WHERE a.id = p_id
$$;

-- The bytes of an attachment, once.  p_document takes the place of p_before,
-- if that is still what stands there.  NULL: no such row; elsewhere: it is only
-- metadata; other: it has other bytes; changed: it has another document.
CREATE FUNCTION attachment_fill(p_owner text, p_attachment text,
    p_sha bpchar, p_size bigint, p_mime text, p_before text,
    p_document json) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	a	attachments;
BEGIN
	SELECT * INTO a
	  FROM attachments x
	 WHERE x.email = p_owner AND x.attachment_id = p_attachment
	   FOR UPDATE;
	IF NOT FOUND THEN
		RETURN NULL;
	ELSIF NOT a.made_here THEN
		RETURN 'elsewhere';
	ELSIF a.sha256 <> p_sha THEN
		RETURN 'other';
	ELSIF a.sha256 IS NULL AND a.document::text <> p_before THEN
		RETURN 'changed';
	END IF;
	PERFORM blob_hold(p_sha, p_size, true);
	IF a.sha256 IS NULL THEN
		UPDATE attachments SET sha256 = p_sha, size = p_size,
		       mime = p_mime, uploaded_at = now(),
		       document = p_document
		 WHERE email = p_owner AND id = a.id;
	END IF;
	RETURN 'done';
END
$$;

-- --- Removal

-- Nobody has referred to it for p_grace seconds: it is gone from now on, and
-- its bytes may be removed.  No row: it stays.
CREATE FUNCTION blob_take(p_sha bpchar, p_grace bigint)
RETURNS TABLE (on_disk boolean, in_s3 boolean)
LANGUAGE plpgsql AS $$
DECLARE
	b	blobs;
BEGIN
	SELECT * INTO b FROM blobs x WHERE x.sha256 = p_sha FOR UPDATE;
	IF b.state = 'gone' OR (b.unreferenced_at
	    <= now() - make_interval(secs => p_grace)
	    AND NOT blob_used(p_sha)) THEN
		UPDATE blobs SET state = 'gone' WHERE sha256 = p_sha;
		RETURN QUERY SELECT b.on_disk, b.in_s3;
	END IF;
END
$$;

-- As in 0003, with files.  Deletes the caller's thread, LangGraph's rows too where the caller holds
-- the claim; the claim stays.  The runs are locked before the thread, in the
-- order of whoever writes a run; whoever writes other rows of a thread has them
-- locked after it.  Rows of other tables go with the thread's.
CREATE OR REPLACE FUNCTION thread_drop(p_owner text, p_id uuid, p_schema text,
    OUT existed boolean, OUT checkpoint_blobs bigint,
    OUT checkpoint_writes bigint, OUT checkpoints bigint,
    OUT users_threads_runs bigint, OUT messages bigint, OUT artifacts bigint,
    OUT feedback bigint)
LANGUAGE plpgsql AS $$
DECLARE
	outside	text;
	chatkit	boolean;
	keys	text[];
BEGIN
	existed := false;
	checkpoint_blobs := 0;
	checkpoint_writes := 0;
	checkpoints := 0;
	users_threads_runs := 0;
	messages := 0;
	artifacts := 0;
	feedback := 0;
	PERFORM FROM public.users_threads_runs r
	  JOIN public.threads t USING (email, thread_id)
	 WHERE t.email = p_owner AND t.id = p_id
	 ORDER BY r.id FOR UPDATE OF r;
	SELECT t.thread_id, t.document IS NOT NULL INTO outside, chatkit
	  FROM public.threads t
	 WHERE t.email = p_owner AND t.id = p_id FOR UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	existed := true;
	DELETE FROM public.feedback f
	 WHERE f.email = p_owner AND f.thread_id = outside;
	GET DIAGNOSTICS feedback = ROW_COUNT;
	DELETE FROM public.users_threads_runs r
	 WHERE r.email = p_owner AND r.thread_id = outside;
	GET DIAGNOSTICS users_threads_runs = ROW_COUNT;
	DELETE FROM public.messages m
	 WHERE m.email = p_owner AND m.thread_id = p_id;
	GET DIAGNOSTICS messages = ROW_COUNT;
	DELETE FROM public.artifacts a
	 WHERE a.email = p_owner AND a.thread_id = p_id;
	GET DIAGNOSTICS artifacts = ROW_COUNT;
	DELETE FROM public.attachments a
	 WHERE chatkit AND a.email = p_owner AND a.thread_id = outside;
	DELETE FROM public.threads t
	 WHERE t.email = p_owner AND t.id = p_id;
	WITH held AS (
		UPDATE public.thread_claims c SET deleted_at = now()
		 WHERE c.email = p_owner
		   AND c.thread_id IN (outside, p_id::text)
		RETURNING c.thread_id
	)
	SELECT array_agg(thread_id) INTO keys FROM held;
	IF keys IS NOT NULL THEN
		checkpoint_blobs := checkpoint_delete(p_schema,
		    'checkpoint_blobs', keys);
		checkpoint_writes := checkpoint_delete(p_schema,
		    'checkpoint_writes', keys);
		checkpoints := checkpoint_delete(p_schema, 'checkpoints',
		    keys);
	END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION blob_used(bpchar), blobs_left(),
    blob_hold(bpchar, bigint, boolean), blob_find(bpchar, bigint),
    artifact_put(text, uuid, uuid, bpchar, bigint, boolean, text, text, text,
	text, text, json), artifact_link(uuid), attachment_link(uuid),
    attachment_fill(text, text, bpchar, bigint, text, text, json),
    blob_take(bpchar, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION blob_hold(bpchar, bigint, boolean),
    blob_find(bpchar, bigint),
    artifact_put(text, uuid, uuid, bpchar, bigint, boolean, text, text, text,
	text, text, json), artifact_link(uuid), attachment_link(uuid),
    attachment_fill(text, text, bpchar, bigint, text, text, json) TO bobbin_app;
GRANT EXECUTE ON FUNCTION blob_used(bpchar), blob_take(bpchar, bigint)
    TO bobbin_jobs;

RESET search_path;
RESET ROLE;
