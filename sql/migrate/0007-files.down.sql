-- 0007-files, back: rows of files are dropped; their bytes stay in the store.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION thread_drop(p_owner text, p_id uuid, p_schema text,
    OUT existed boolean, OUT checkpoint_blobs bigint,
    OUT checkpoint_writes bigint, OUT checkpoints bigint,
    OUT users_threads_runs bigint, OUT messages bigint, OUT artifacts bigint,
    OUT feedback bigint)
LANGUAGE plpgsql AS $$
DECLARE
	outside	text;
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
	SELECT t.thread_id INTO outside
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
DROP FUNCTION blob_take(bpchar, bigint),
    attachment_fill(text, text, bpchar, bigint, text, text, json),
    attachment_link(uuid), artifact_link(uuid),
    artifact_put(text, uuid, uuid, bpchar, bigint, boolean, text, text, text,
	text, text, json), blob_find(bpchar, bigint),
    blob_hold(bpchar, bigint, boolean);
DROP TABLE attachments, artifacts, blobs;
DROP FUNCTION blobs_left(), blob_used(bpchar);

RESET search_path;
RESET ROLE;
