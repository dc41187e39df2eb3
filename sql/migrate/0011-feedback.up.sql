-- 0011-feedback: what was said of a run can be taken back.
--
-- What LangSmith may have of it is deleted there, and that outlives the row of
-- feedback, and its thread.  Such a row of the outbox has the run's id; others
-- go with their feedback, by a trigger instead of the foreign key.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

-- tried: it has been on its way once, so it may be there, whatever came back.
-- Of what stands already nobody knows.
ALTER TABLE feedback_outbox
    DROP CONSTRAINT feedback_outbox_email_feedback_id_fkey,
    ADD COLUMN run_id text,
    ADD COLUMN tried boolean NOT NULL DEFAULT true;
ALTER TABLE feedback_outbox ALTER COLUMN tried SET DEFAULT false;
-- Holds nothing but deletions that have not arrived.
CREATE INDEX feedback_outbox_gone ON feedback_outbox (email, run_id)
    WHERE run_id IS NOT NULL;

CREATE POLICY jobs_delete ON feedback_outbox FOR DELETE TO bobbin_jobs
    USING (run_id IS NOT NULL);
GRANT DELETE, UPDATE (tried) ON feedback_outbox TO bobbin_jobs;

CREATE FUNCTION feedback_removed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	DELETE FROM feedback_outbox o USING removed r
	 WHERE o.feedback_id = r.id AND o.run_id IS NULL;
	RETURN NULL;
END
$$;
CREATE TRIGGER feedback_removed AFTER DELETE ON feedback
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION feedback_removed();

-- Takes back the score of a run, its comment, or both; p_run as run_find() has
-- it.  What is left begins anew under another id, because of all changes only
-- the deletion of the whole is sure to take a value away elsewhere.  NULL: not
-- the caller's run.  The run's lock keeps whoever rates it waiting; a row that
-- is on its way right now keeps its lease.
CREATE FUNCTION feedback_clear(p_owner text, p_run text, p_score boolean,
    p_comment boolean, p_queue boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	run	text;
	f	feedback;
BEGIN
	SELECT coalesce(run_key(r.run_id), r.run_id) INTO run
	  FROM users_threads_runs r
	 WHERE r.email = p_owner AND r.id = run_find(p_run)
	   FOR NO KEY UPDATE;
	SELECT * INTO f
	  FROM feedback
	 WHERE email = p_owner AND run_id = run AND item_id IS NULL
	   AND (p_score AND score IS NOT NULL
	    OR p_comment AND comment IS NOT NULL);
	IF NOT FOUND THEN
		RETURN run;
	END IF;
	UPDATE feedback_outbox SET
	       run_id = run,
	       state = 'pending',
	       revision = revision + 1,
	       attempts = 0,
	       first_at = now(),
	       next_at = CASE state WHEN 'pending' THEN next_at ELSE now() END
	 WHERE email = p_owner AND feedback_id = f.id AND tried;
	DELETE FROM feedback WHERE email = p_owner AND id = f.id;
	IF p_score THEN
		f.score := NULL;
	END IF;
	IF p_comment THEN
		f.comment := NULL;
	END IF;
	IF num_nonnulls(f.score, f.comment) > 0 THEN
		INSERT INTO feedback (email, thread_id, run_id, score, comment,
		       created_at)
		VALUES (p_owner, f.thread_id, run, f.score, f.comment,
		       f.created_at)
		RETURNING id INTO f.id;
		INSERT INTO feedback_outbox (feedback_id, email, dirty_score,
		       dirty_comment)
		SELECT f.id, p_owner, f.score IS NOT NULL,
		       f.comment IS NOT NULL
		 WHERE p_queue;
	END IF;
	RETURN run;
END
$$;

REVOKE EXECUTE ON FUNCTION feedback_removed(),
    feedback_clear(text, text, boolean, boolean, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    feedback_clear(text, text, boolean, boolean, boolean) TO bobbin_app;

RESET search_path;
RESET ROLE;
