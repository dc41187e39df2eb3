-- 0003-messages, back: messages are dropped; threads keep their rows, without
-- ChatKit's documents.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION thread_delete(p_owner text, p_thread text, p_schema text,
    OUT existed boolean, OUT checkpoint_blobs bigint,
    OUT checkpoint_writes bigint, OUT checkpoints bigint,
    OUT users_threads_runs bigint, OUT messages bigint, OUT artifacts bigint,
    OUT feedback bigint)
LANGUAGE plpgsql AS $$
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
	  WHERE r.email = p_owner AND r.thread_id = p_thread
	  ORDER BY r.id FOR UPDATE;
	PERFORM FROM public.threads t
	  WHERE t.email = p_owner AND t.thread_id = p_thread FOR UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	existed := true;
	DELETE FROM public.feedback f
	 WHERE f.email = p_owner AND f.thread_id = p_thread;
	GET DIAGNOSTICS feedback = ROW_COUNT;
	DELETE FROM public.users_threads_runs r
	 WHERE r.email = p_owner AND r.thread_id = p_thread;
	GET DIAGNOSTICS users_threads_runs = ROW_COUNT;
	DELETE FROM public.threads t
	 WHERE t.email = p_owner AND t.thread_id = p_thread;
	UPDATE public.thread_claims c SET deleted_at = now()
	 WHERE c.email = p_owner AND c.thread_id = p_thread;
	IF FOUND THEN
		checkpoint_blobs := checkpoint_delete(p_schema,
		    'checkpoint_blobs', ARRAY[p_thread]);
		checkpoint_writes := checkpoint_delete(p_schema,
		    'checkpoint_writes', ARRAY[p_thread]);
		checkpoints := checkpoint_delete(p_schema, 'checkpoints',
		    ARRAY[p_thread]);
	END IF;
END
$$;

DROP FUNCTION thread_drop(text, uuid, text), thread_find(text, text),
    thread_claim(text, boolean, text), claim_take(text);
DROP TRIGGER runs_link ON users_threads_runs;
DROP TRIGGER thread_changed ON threads;
DROP TABLE messages;
DROP FUNCTION touching_table(regclass, text), runs_link(), threads_touch(),
    thread_touch(text, uuid), row_changed(), thread_changed(),
    owned_table(regclass), table_free(text);

DROP INDEX threads_updated, threads_open;
UPDATE threads SET meta = '{}' WHERE meta IS NULL;
ALTER TABLE threads
    DROP COLUMN sorted_at, DROP COLUMN document, DROP COLUMN seq,
    ALTER COLUMN meta SET DEFAULT '{}',
    ALTER COLUMN meta SET NOT NULL;

RESET search_path;
RESET ROLE;
