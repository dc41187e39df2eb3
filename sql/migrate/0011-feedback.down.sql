-- 0011-feedback, back.  Deletions that have not arrived at LangSmith are
-- forgotten.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

DROP FUNCTION feedback_clear(text, text, boolean, boolean, boolean);
DROP TRIGGER feedback_removed ON feedback;
DROP FUNCTION feedback_removed();
DROP POLICY jobs_delete ON feedback_outbox;
REVOKE DELETE ON feedback_outbox FROM bobbin_jobs;
DROP INDEX feedback_outbox_gone;
DELETE FROM feedback_outbox WHERE run_id IS NOT NULL;
ALTER TABLE feedback_outbox
    DROP COLUMN run_id,
    DROP COLUMN tried,
    ADD FOREIGN KEY (email, feedback_id) REFERENCES feedback (email, id)
	ON DELETE CASCADE;

RESET search_path;
RESET ROLE;
