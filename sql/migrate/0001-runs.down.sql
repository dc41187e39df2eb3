-- 0001-runs, back: the run ledger stays as agents know it, rows, indexes and
-- the rights of bobbin_agent included; everything else is dropped.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

DROP TRIGGER runs_check_insert ON users_threads_runs;
DROP TRIGGER runs_check_update ON users_threads_runs;
DROP TRIGGER runs_added ON users_threads_runs;
DROP TRIGGER runs_removed ON users_threads_runs;
DROP TRIGGER runs_changed ON users_threads_runs;
DROP TRIGGER runs_rated ON users_threads_runs;
DROP POLICY keeper ON users_threads_runs;
DROP POLICY owner ON users_threads_runs;
DROP POLICY agent ON users_threads_runs;
ALTER TABLE users_threads_runs NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_threads_runs DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON users_threads_runs FROM bobbin_app;
REVOKE ALL ON SEQUENCE users_threads_runs_id_seq FROM bobbin_app;
ALTER TABLE users_threads_runs RESET (fillfactor);
DROP INDEX users_threads_runs_order, users_threads_runs_key;

DROP FUNCTION sweep_deleted(text), thread_delete(text, text, text),
    run_register(text, text, text, text, boolean, boolean, text),
    checkpoint_delete(text, text, text[]), checkpoint_exists(text, text),
    checkpoint_ids(regclass, text[], boolean),
    checkpoint_table(text, text, text), debug_run(text), run_find(text);
DROP TABLE feedback_outbox, feedback, thread_claims, owners, threads;
DROP FUNCTION threads_check(), runs_rated(), runs_changed(), runs_removed(),
    runs_added(), runs_check(), thread_summarize(text, text, bigint),
    owner_count(text, bigint), claim_allowed(), run_key(text), run_hex(text);

RESET search_path;
RESET ROLE;
