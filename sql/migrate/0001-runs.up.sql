-- 0001-runs: threads, claims, the run ledger, feedback and its outbox.
--
-- users_threads_runs is the agents' own table and keeps its seven columns, its
-- rows and its three indexes; an existing one is adopted where it stands.
-- Everything else hangs on it by triggers, so that an agent's plain SQL moves
-- the summaries as well.

-- An existing table changes hands; its former owner goes on as an agent.
-- Whose triggers and rules it has, runs what he likes as whoever writes, and
-- this session is one of those.
SET search_path = pg_catalog, pg_temp;
DO $$
DECLARE
	runs	regclass := to_regclass('public.users_threads_runs');
	old	regrole := (SELECT relowner FROM pg_class WHERE oid = runs);
	other	oid;
BEGIN
	IF old IS NULL OR old = 'bobbin_owner'::regrole THEN
		RETURN;
	END IF;
	IF EXISTS (SELECT FROM pg_trigger
		    WHERE tgrelid = runs AND NOT tgisinternal)
	    OR EXISTS (SELECT FROM pg_rewrite WHERE ev_class = runs) THEN
		RAISE object_not_in_prerequisite_state USING
		    MESSAGE = 'users_threads_runs has triggers or rules',
		    HINT = 'Drop them first: workers would run them.';
	END IF;
	ALTER TABLE public.users_threads_runs OWNER TO bobbin_owner;
	FOR other IN
		SELECT DISTINCT a.grantee
		  FROM pg_class c, aclexplode(c.relacl) a
		 WHERE c.oid = runs AND a.grantee <> c.relowner
	LOOP
		EXECUTE format('REVOKE TRIGGER, TRUNCATE, REFERENCES ON '
		    'public.users_threads_runs FROM %s',
		    CASE other WHEN 0 THEN 'PUBLIC'
		    ELSE other::regrole::text END);
	END LOOP;
	IF NOT (SELECT rolsuper FROM pg_roles WHERE oid = old) THEN
		EXECUTE format('GRANT bobbin_agent TO %s', old);
	END IF;
END
$$;

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

CREATE TABLE IF NOT EXISTS users_threads_runs (
	id		serial PRIMARY KEY,
	email		varchar(255) NOT NULL,
	thread_id	varchar(255) NOT NULL,
	run_id		varchar(255) UNIQUE NOT NULL,
	prompt		text,
	timestamp	timestamp DEFAULT CURRENT_TIMESTAMP,
	sentiment	boolean DEFAULT NULL
);
-- Room for ratings: as HOT updates they touch none of the indexes.  Pages that
-- are full already get it by VACUUM FULL.
ALTER TABLE users_threads_runs SET (fillfactor = 90);
CREATE INDEX IF NOT EXISTS idx_users_threads_runs_email
    ON users_threads_runs (email);
CREATE INDEX IF NOT EXISTS idx_users_threads_runs_thread_id
    ON users_threads_runs (thread_id);
CREATE INDEX IF NOT EXISTS idx_users_threads_runs_email_thread
    ON users_threads_runs (email, thread_id);

-- The canonical form of a run id, NULL for what is no UUID.  Both are single
-- expressions, so that they are inlined wherever they stand.  No regular
-- expression for what is canonical already: that took a third of the time.
CREATE FUNCTION run_hex(text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN replace(btrim(replace(replace($1, 'urn:', ''), 'uuid:', ''), '{}'),
    '-', '');
CREATE FUNCTION run_key(text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN $1 COLLATE "C" LIKE '________-____-____-____-____________'
	AND translate($1, '0123456789abcdef', '') = '----'
    THEN $1
    WHEN run_hex($1) COLLATE "C" ~ '^[0-9A-Fa-f]{32}$'
    THEN run_hex($1)::uuid::text
END;

-- Byte order for the bulk answer; the key leads, because who registers a run
-- must learn of another owner's.
CREATE INDEX users_threads_runs_order
    ON users_threads_runs (email, thread_id COLLATE "C", timestamp, id);
CREATE INDEX users_threads_runs_key
    ON users_threads_runs (run_key(run_id), email);

-- A conversation, with the summary of its runs.  latest_key makes NULLS LAST
-- one comparable key, which a keyset page can seek to; version grows with
-- every change and stands in no index, so that a rating is a HOT update.
CREATE TABLE threads (
	id		uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	email		varchar(255) NOT NULL CHECK (email <> ''),
	thread_id	text COLLATE "C",
	title		varchar(512),
	meta		json NOT NULL DEFAULT '{}',
	status		text,
	created_at	timestamptz NOT NULL DEFAULT now(),
	updated_at	timestamptz NOT NULL DEFAULT now(),
	archived_at	timestamptz,
	version		bigint NOT NULL DEFAULT 1,
	run_count	integer NOT NULL DEFAULT 0 CHECK (run_count >= 0),
	latest		timestamp,
	latest_key	timestamp NOT NULL GENERATED ALWAYS AS
			    (coalesce(latest, '-infinity')) STORED,
	first_run	integer,
	first_time	timestamp,
	first_prompt	text,
	UNIQUE (email, thread_id),
	UNIQUE (email, id)
) WITH (fillfactor = 90);
CREATE INDEX threads_latest
    ON threads (email, latest_key DESC, thread_id DESC)
    WHERE run_count > 0;

CREATE TABLE owners (
	email		varchar(255) PRIMARY KEY CHECK (email <> ''),
	thread_count	bigint NOT NULL DEFAULT 0 CHECK (thread_count >= 0)
) WITH (fillfactor = 90);

-- Who may see LangGraph's checkpoints of an id.  The one key that is not led
-- by the email: LangGraph's ids are one space for all.
CREATE TABLE thread_claims (
	thread_id	text COLLATE "C" PRIMARY KEY,
	email		varchar(255) NOT NULL CHECK (email <> ''),
	claimed_at	timestamptz NOT NULL DEFAULT now(),
	deleted_at	timestamptz
);
CREATE INDEX thread_claims_deleted ON thread_claims (deleted_at)
    WHERE deleted_at IS NOT NULL;

CREATE TABLE feedback (
	id		uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	email		varchar(255) NOT NULL CHECK (email <> ''),
	thread_id	text COLLATE "C" NOT NULL,
	run_id		text,
	item_id		text,
	score		smallint CHECK (score IN (0, 1)),
	comment		text,
	created_at	timestamptz NOT NULL DEFAULT now(),
	updated_at	timestamptz NOT NULL DEFAULT now(),
	CHECK (run_id IS NOT NULL OR item_id IS NOT NULL),
	UNIQUE (email, id),
	FOREIGN KEY (email, thread_id) REFERENCES threads (email, thread_id)
	    ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE UNIQUE INDEX feedback_run ON feedback (email, run_id)
    WHERE item_id IS NULL;
CREATE INDEX feedback_newest ON feedback (email, updated_at, id);
CREATE INDEX feedback_thread ON feedback (email, thread_id, updated_at, id);

-- What LangSmith must still hear of.  revision tells a sender whether the row
-- changed while it was sending.
CREATE TABLE feedback_outbox (
	feedback_id	uuid PRIMARY KEY,
	email		varchar(255) NOT NULL,
	state		text NOT NULL DEFAULT 'pending'
			    CHECK (state IN ('pending', 'delivered', 'dead')),
	created		boolean NOT NULL DEFAULT false,
	dirty_score	boolean NOT NULL,
	dirty_comment	boolean NOT NULL,
	revision	bigint NOT NULL DEFAULT 1,
	attempts	integer NOT NULL DEFAULT 0,
	first_at	timestamptz NOT NULL DEFAULT now(),
	next_at		timestamptz NOT NULL DEFAULT now(),
	last_status	integer,
	last_error	text CHECK (octet_length(last_error) <= 500),
	FOREIGN KEY (email, feedback_id) REFERENCES feedback (email, id)
	    ON DELETE CASCADE
);
CREATE INDEX feedback_outbox_due ON feedback_outbox (next_at)
    WHERE state = 'pending';

-- What stands already.  An empty email is nobody's: such a row stays, and no
-- worker ever shows it.
UPDATE users_threads_runs SET email = lower(email COLLATE "C")
 WHERE email <> lower(email COLLATE "C");

INSERT INTO thread_claims (thread_id, email, claimed_at)
SELECT DISTINCT ON (thread_id COLLATE "C") thread_id, email,
       coalesce(timestamp AT TIME ZONE 'UTC', now())
  FROM users_threads_runs
 WHERE email <> ''
 ORDER BY thread_id COLLATE "C", timestamp, id;

INSERT INTO threads (email, thread_id, created_at, updated_at, run_count,
       latest, first_run, first_time, first_prompt)
SELECT s.email, s.thread_id, coalesce(f.timestamp AT TIME ZONE 'UTC', now()),
       coalesce(s.latest AT TIME ZONE 'UTC', now()), s.n, s.latest,
       f.id, f.timestamp, f.prompt
  FROM (SELECT email, thread_id, count(*) AS n, max(timestamp) AS latest
	  FROM users_threads_runs
	 WHERE email <> ''
	 GROUP BY email, thread_id) s
  JOIN (SELECT DISTINCT ON (email, thread_id)
	       email, thread_id, id, timestamp, prompt
	  FROM users_threads_runs
	 ORDER BY email, thread_id, timestamp, id) f USING (email, thread_id);

INSERT INTO owners (email, thread_count)
SELECT email, count(*) FROM threads GROUP BY email;

-- Row security: an owner sees the own rows, the empty setting none.  The
-- triggers act as bobbin_owner, whom FORCE would blind without a policy.
DO $$
DECLARE
	t	text;
BEGIN
	FOREACH t IN ARRAY ARRAY['users_threads_runs', 'threads', 'owners',
	    'thread_claims', 'feedback', 'feedback_outbox']
	LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY keeper ON %I TO bobbin_owner '
		    'USING (true) WITH CHECK (true)', t);
		EXECUTE format('CREATE POLICY owner ON %I TO bobbin_app USING '
		    '(email = nullif(current_setting(''bobbin.email'', true), '
		    ''''')) WITH CHECK (email = '
		    'nullif(current_setting(''bobbin.email'', true), ''''))',
		    t);
	END LOOP;
END
$$;
CREATE POLICY agent ON users_threads_runs TO bobbin_agent
    USING (true) WITH CHECK (true);
CREATE POLICY jobs ON feedback FOR SELECT TO bobbin_jobs USING (true);
CREATE POLICY jobs ON feedback_outbox FOR SELECT TO bobbin_jobs USING (true);
CREATE POLICY jobs_update ON feedback_outbox FOR UPDATE TO bobbin_jobs
    USING (true) WITH CHECK (true);
-- The sweep locks the claims that it reads, and may change none.
CREATE POLICY jobs ON thread_claims FOR SELECT TO bobbin_jobs
    USING (deleted_at IS NOT NULL);
CREATE POLICY jobs_lock ON thread_claims FOR UPDATE TO bobbin_jobs
    USING (deleted_at IS NOT NULL) WITH CHECK (false);

GRANT SELECT, INSERT, UPDATE, DELETE ON users_threads_runs TO bobbin_agent;
GRANT USAGE, SELECT ON SEQUENCE users_threads_runs_id_seq TO bobbin_agent;
GRANT SELECT, INSERT, UPDATE, DELETE ON users_threads_runs TO bobbin_app;
GRANT USAGE ON SEQUENCE users_threads_runs_id_seq TO bobbin_app;
GRANT SELECT, DELETE, INSERT (id, email, thread_id, title, meta, status,
    created_at, updated_at, archived_at),
    UPDATE (thread_id, title, meta, status, updated_at, archived_at, version)
    ON threads TO bobbin_app;
GRANT SELECT ON owners TO bobbin_app;
GRANT SELECT, UPDATE (deleted_at) ON thread_claims TO bobbin_app;
GRANT SELECT, UPDATE (deleted_at) ON thread_claims TO bobbin_jobs;
GRANT SELECT, INSERT, UPDATE, DELETE ON feedback TO bobbin_app;
GRANT SELECT ON feedback TO bobbin_jobs;
GRANT SELECT, INSERT, UPDATE ON feedback_outbox TO bobbin_app;
GRANT SELECT, UPDATE (state, created, dirty_score, dirty_comment, attempts,
    first_at, next_at, last_status, last_error)
    ON feedback_outbox TO bobbin_jobs;

-- Before a run is written.  A worker's conflict has its own code, because no
-- other failure may look like it; plain SQL sees an ordinary unique violation.
-- Two owners that write two spellings of one id at the same moment are not
-- told apart here; nothing of theirs meets, every key begins with the email.
CREATE FUNCTION runs_check() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	key	text := run_key(NEW.run_id);
BEGIN
	NEW.email := lower(NEW.email COLLATE "C");
	IF TG_OP = 'UPDATE' AND NEW.email <> OLD.email THEN
		RAISE unique_violation USING MESSAGE =
		    'a run does not change its owner';
	END IF;
	IF NEW.email = '' THEN
		RAISE check_violation USING MESSAGE = 'a run has an owner';
	END IF;
	IF key IS NOT NULL AND EXISTS (SELECT FROM users_threads_runs r
	    WHERE run_key(r.run_id) = key AND r.email <> NEW.email) THEN
		RAISE EXCEPTION USING MESSAGE = 'run id is in use',
		    ERRCODE = CASE coalesce(current_setting('bobbin.email',
		    true), '') WHEN '' THEN '23505' ELSE 'BB409' END;
	END IF;
	RETURN NEW;
END
$$;

-- May this transaction take a free claim?  Plain SQL may; a worker says so.
CREATE FUNCTION claim_allowed() RETURNS boolean
LANGUAGE sql STABLE
RETURN coalesce(current_setting('bobbin.email', true), '') = ''
    OR coalesce(current_setting('bobbin.claim', true), '') = 'free';

CREATE FUNCTION owner_count(p_email text, p_delta bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	IF p_delta <> 0 THEN
		UPDATE owners SET thread_count = thread_count + p_delta
		 WHERE email = p_email;
		IF NOT FOUND THEN
			INSERT INTO owners AS o (email, thread_count)
			VALUES (p_email, p_delta)
			ON CONFLICT (email) DO UPDATE SET thread_count =
			    o.thread_count + EXCLUDED.thread_count;
		END IF;
	END IF;
END
$$;

-- Runs were added.  One statement merges the summaries under the row locks,
-- so that concurrent writers of a thread add up whatever their snapshots saw;
-- nothing reads the runs.  Set-wise, because a row-wise trigger would walk an
-- ever longer chain of its own dead versions in a bulk load.
CREATE FUNCTION runs_added() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM added) THEN
		RETURN NULL;
	END IF;
	IF claim_allowed() THEN
		INSERT INTO thread_claims (thread_id, email)
		SELECT DISTINCT ON (a.thread_id COLLATE "C")
		       a.thread_id, a.email
		  FROM added a
		 WHERE NOT EXISTS (SELECT FROM thread_claims c
				    WHERE c.thread_id = a.thread_id)
		 ORDER BY a.thread_id COLLATE "C", a.timestamp, a.id
		ON CONFLICT (thread_id) DO NOTHING;
	END IF;
	UPDATE thread_claims c SET deleted_at = NULL
	  FROM added a
	 WHERE c.thread_id = a.thread_id AND c.email = a.email
	   AND c.deleted_at IS NOT NULL;

	WITH sums AS (
		SELECT email, thread_id, count(*) AS n,
		       max(timestamp) AS latest
		  FROM added
		 GROUP BY email, thread_id
	), firsts AS (
		SELECT DISTINCT ON (email, thread_id)
		       email, thread_id, id, timestamp, prompt
		  FROM added
		 ORDER BY email, thread_id, timestamp, id
	), kept AS (
		INSERT INTO threads AS t (email, thread_id, run_count, latest,
		       first_run, first_time, first_prompt)
		SELECT s.email, s.thread_id, s.n, s.latest,
		       f.id, f.timestamp, f.prompt
		  FROM sums s
		  JOIN firsts f USING (email, thread_id)
		 ORDER BY s.email, s.thread_id
		ON CONFLICT (email, thread_id) DO UPDATE SET
		       run_count = t.run_count + EXCLUDED.run_count,
		       latest = greatest(t.latest, EXCLUDED.latest),
		       (first_time, first_run, first_prompt) = (
			SELECT v.time, v.run, v.prompt
			  FROM (VALUES
			       (t.first_time, t.first_run, t.first_prompt),
			       (EXCLUDED.first_time, EXCLUDED.first_run,
				EXCLUDED.first_prompt)) v(time, run, prompt)
			 WHERE v.run IS NOT NULL
			 ORDER BY v.time, v.run
			 LIMIT 1),
		       version = t.version + 1,
		       updated_at = now()
		RETURNING t.email, t.thread_id, t.run_count
	)
	INSERT INTO owners AS o (email, thread_count)
	SELECT k.email, count(*)
	  FROM kept k
	  JOIN sums s USING (email, thread_id)
	 WHERE k.run_count = s.n
	 GROUP BY k.email
	 ORDER BY k.email
	ON CONFLICT (email) DO UPDATE SET
	       thread_count = o.thread_count + EXCLUDED.thread_count;
	RETURN NULL;
END
$$;

-- Brings one summary in line after runs went, came or moved: the lock first,
-- then a new statement, whose snapshot holds all that the lock waited for.
-- Two index probes, however many runs.  Returns how many threads with runs
-- the owner has gained: -1, 0 or 1.
CREATE FUNCTION thread_summarize(p_email text, p_thread text, p_delta bigint)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	n	integer;
BEGIN
	PERFORM FROM threads
	  WHERE email = p_email AND thread_id = p_thread FOR UPDATE;
	UPDATE threads t SET
	       run_count = t.run_count + p_delta,
	       latest = (SELECT max(r.timestamp) FROM users_threads_runs r
			  WHERE r.email = t.email
			    AND r.thread_id = t.thread_id),
	       (first_run, first_time, first_prompt) = (
		SELECT r.id, r.timestamp, r.prompt
		  FROM users_threads_runs r
		 WHERE r.email = t.email AND r.thread_id = t.thread_id
		 ORDER BY r.timestamp, r.id
		 LIMIT 1),
	       version = t.version + 1,
	       updated_at = now()
	 WHERE t.email = p_email AND t.thread_id = p_thread
	RETURNING t.run_count INTO n;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'a run has no thread';
	END IF;
	RETURN CASE WHEN p_delta > 0 AND n = p_delta THEN 1
		    WHEN p_delta < 0 AND n = 0 THEN -1 ELSE 0 END;
END
$$;

CREATE FUNCTION runs_removed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	o	record;
BEGIN
	DELETE FROM feedback f USING removed r
	 WHERE f.email = r.email AND f.item_id IS NULL
	   AND f.run_id = coalesce(run_key(r.run_id), r.run_id);
	FOR o IN
		SELECT g.email, sum(thread_summarize(g.email, g.thread_id,
		       -g.n)) AS delta
		  FROM (SELECT email, thread_id, count(*) AS n
			  FROM removed
			 WHERE email <> ''
			 GROUP BY email, thread_id
			 ORDER BY email, thread_id) g
		 GROUP BY g.email
		 ORDER BY g.email
	LOOP
		PERFORM owner_count(o.email, o.delta);
	END LOOP;
	RETURN NULL;
END
$$;

-- A run was changed in more than its rating, perhaps moved to another thread.
CREATE FUNCTION runs_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	moved	boolean := NEW.thread_id <> OLD.thread_id;
	delta	integer := 0;
BEGIN
	IF claim_allowed() THEN
		INSERT INTO thread_claims (thread_id, email)
		SELECT NEW.thread_id, NEW.email
		 WHERE NOT EXISTS (SELECT FROM thread_claims c
				    WHERE c.thread_id = NEW.thread_id)
		ON CONFLICT (thread_id) DO NOTHING;
	END IF;
	UPDATE thread_claims SET deleted_at = NULL
	 WHERE thread_id = NEW.thread_id AND email = NEW.email
	   AND deleted_at IS NOT NULL;
	IF moved THEN
		INSERT INTO threads (email, thread_id)
		VALUES (NEW.email, NEW.thread_id)
		ON CONFLICT (email, thread_id) DO NOTHING;
		delta := thread_summarize(OLD.email, OLD.thread_id, -1);
	END IF;
	delta := delta + thread_summarize(NEW.email, NEW.thread_id,
	    moved::integer);
	PERFORM owner_count(NEW.email, delta);
	IF moved OR NEW.run_id <> OLD.run_id THEN
		UPDATE feedback SET thread_id = NEW.thread_id,
		       run_id = coalesce(run_key(NEW.run_id), NEW.run_id)
		 WHERE email = NEW.email AND item_id IS NULL
		   AND run_id = coalesce(run_key(OLD.run_id), OLD.run_id);
	END IF;
	RETURN NULL;
END
$$;

CREATE FUNCTION runs_rated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	UPDATE threads SET version = version + 1
	 WHERE email = NEW.email AND thread_id = NEW.thread_id;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'a run has no thread';
	END IF;
	RETURN NULL;
END
$$;

-- A summary that went before its runs would be missed only much later.
CREATE FUNCTION threads_check() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	RAISE foreign_key_violation USING MESSAGE = 'the thread has runs';
END
$$;

CREATE TRIGGER runs_check_insert BEFORE INSERT ON users_threads_runs
    FOR EACH ROW EXECUTE FUNCTION runs_check();
CREATE TRIGGER runs_check_update BEFORE UPDATE ON users_threads_runs
    FOR EACH ROW WHEN (NEW.email <> OLD.email OR NEW.run_id <> OLD.run_id)
    EXECUTE FUNCTION runs_check();
CREATE TRIGGER runs_added AFTER INSERT ON users_threads_runs
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION runs_added();
CREATE TRIGGER runs_removed AFTER DELETE ON users_threads_runs
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION runs_removed();
CREATE TRIGGER runs_changed AFTER UPDATE ON users_threads_runs
    FOR EACH ROW WHEN (NEW.email <> ''
	AND (OLD.id, OLD.thread_id, OLD.run_id, OLD.prompt, OLD.timestamp)
	IS DISTINCT FROM
	(NEW.id, NEW.thread_id, NEW.run_id, NEW.prompt, NEW.timestamp))
    EXECUTE FUNCTION runs_changed();
CREATE TRIGGER runs_rated AFTER UPDATE ON users_threads_runs
    FOR EACH ROW WHEN (NEW.email <> ''
	AND NEW.sentiment IS DISTINCT FROM OLD.sentiment
	AND (OLD.id, OLD.thread_id, OLD.run_id, OLD.prompt, OLD.timestamp)
	IS NOT DISTINCT FROM
	(NEW.id, NEW.thread_id, NEW.run_id, NEW.prompt, NEW.timestamp))
    EXECUTE FUNCTION runs_rated();
CREATE TRIGGER threads_check BEFORE DELETE ON threads
    FOR EACH ROW WHEN (OLD.run_count > 0) EXECUTE FUNCTION threads_check();

-- The id of the identified owner's run of this canonical (or, for what is no
-- UUID, verbatim) run id.  Row security keeps run_key(), which is not
-- leakproof, out of the index for bobbin_app; here it is bobbin_owner's
-- query, and the owner is the setting's, never an argument's.
CREATE FUNCTION run_find(p_run text) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	owner	text := nullif(current_setting('bobbin.email', true), '');
	key	text := run_key(p_run);
	run	integer;
BEGIN
	IF key IS NULL THEN
		SELECT r.id INTO run FROM users_threads_runs r
		 WHERE r.run_id = p_run AND r.email = owner;
	ELSE
		SELECT r.id INTO run FROM users_threads_runs r
		 WHERE run_key(r.run_id) = key AND r.email = owner
		 ORDER BY r.run_id <> key, r.id
		 LIMIT 1;
	END IF;
	RETURN run;
END
$$;

-- Any owner's run, for ADMIN.
CREATE FUNCTION debug_run(p_run text)
RETURNS TABLE (email text, thread_id text, prompt text, "timestamp" timestamp)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
	key	text := run_key(p_run);
BEGIN
	IF key IS NULL THEN
		RETURN QUERY SELECT r.email::text, r.thread_id::text,
		    r.prompt, r.timestamp
		  FROM users_threads_runs r
		 WHERE r.run_id = p_run;
	ELSE
		RETURN QUERY SELECT r.email::text, r.thread_id::text,
		    r.prompt, r.timestamp
		  FROM users_threads_runs r
		 WHERE run_key(r.run_id) = key
		 ORDER BY r.run_id <> key, r.id
		 LIMIT 1;
	END IF;
END
$$;

-- One of LangGraph's tables, NULL where there is none.  An empty schema means
-- the search path.  A right that is missing is an error (BB503), because an
-- unreadable table must not pass for an empty one.
CREATE FUNCTION checkpoint_table(p_schema text, p_name text, p_right text)
RETURNS regclass
LANGUAGE plpgsql STABLE AS $$
DECLARE
	t	regclass;
BEGIN
	IF coalesce(p_schema, '') = '' THEN
		t := to_regclass(quote_ident(p_name));
	ELSE
		SELECT c.oid INTO t
		  FROM pg_catalog.pg_class c
		  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		 WHERE n.nspname = p_schema AND c.relname = p_name;
	END IF;
	IF NOT has_table_privilege(t, 'SELECT')
	    OR NOT has_table_privilege(t, p_right)
	    OR NOT has_schema_privilege((SELECT relnamespace
	    FROM pg_catalog.pg_class WHERE oid = t), 'USAGE') THEN
		RAISE EXCEPTION USING ERRCODE = 'BB503',
		    MESSAGE = format('no %s right on %s', p_right, t);
	END IF;
	RETURN t;
END
$$;

-- The ids in the type of the table's column: some servers use uuid, where one
-- id has many spellings.  With exact only the canonical one counts.
CREATE FUNCTION checkpoint_ids(p_table regclass, p_ids text[], p_exact boolean)
RETURNS text[]
LANGUAGE sql STABLE
RETURN CASE WHEN (SELECT atttypid FROM pg_catalog.pg_attribute
		   WHERE attrelid = p_table AND attname = 'thread_id')
		 <> 'uuid'::regtype THEN p_ids
    ELSE ARRAY(SELECT run_key(i) FROM unnest(p_ids) i
		WHERE run_key(i) IS NOT NULL
		  AND (run_key(i) = i OR NOT p_exact)) END;

CREATE FUNCTION checkpoint_exists(p_schema text, p_thread text)
RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	t	regclass := checkpoint_table(p_schema, 'checkpoints',
		    'SELECT');
	some	boolean := false;
BEGIN
	IF t IS NOT NULL THEN
		EXECUTE format('SELECT EXISTS (SELECT FROM %s '
		    'WHERE thread_id = ANY (%L))', t,
		    checkpoint_ids(t, ARRAY[p_thread], false)) INTO some;
	END IF;
	RETURN some;
END
$$;

CREATE FUNCTION checkpoint_delete(p_schema text, p_name text, p_ids text[])
RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	t	regclass := checkpoint_table(p_schema, p_name, 'DELETE');
	n	bigint := 0;
BEGIN
	IF t IS NOT NULL THEN
		EXECUTE format('DELETE FROM %s WHERE thread_id = ANY (%L)', t,
		    checkpoint_ids(t, p_ids, true));
		GET DIAGNOSTICS n = ROW_COUNT;
	END IF;
	RETURN n;
END
$$;

-- Registers a run, or finds it registered: one row, or BB409 for whatever is
-- taken, and then nothing was written.  p_run is canonical.
CREATE FUNCTION run_register(p_owner text, p_thread text, p_run text,
    p_prompt text, p_keep boolean, p_agent boolean, p_schema text)
RETURNS TABLE (run_id text, thread_id text, prompt text,
    "timestamp" timestamp, sentiment boolean, created boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	at	timestamp := CURRENT_TIMESTAMP AT TIME ZONE 'UTC';
	held	boolean := EXISTS (SELECT FROM thread_claims c
		    WHERE c.email = p_owner AND c.thread_id = p_thread);
	run	integer;
	r	users_threads_runs;
BEGIN
	PERFORM set_config('bobbin.claim', CASE WHEN p_agent OR held
	    OR NOT checkpoint_exists(p_schema, p_thread)
	    THEN 'free' ELSE 'held' END, true);
	-- Twice: the second look finds what another transaction has just
	-- registered, unless it is another owner's or in another thread.
	FOR attempt IN 1 .. 2 LOOP
		run := run_find(p_run);
		IF run IS NULL THEN
			INSERT INTO users_threads_runs AS u
			       (email, thread_id, run_id, prompt, timestamp)
			VALUES (p_owner, p_thread, p_run, p_prompt, at)
			ON CONFLICT (run_id) DO NOTHING
			RETURNING u.* INTO r;
		ELSE
			UPDATE users_threads_runs u SET timestamp = at,
			       prompt = CASE WHEN p_keep THEN u.prompt
					ELSE p_prompt END
			 WHERE u.email = p_owner AND u.id = run
			   AND u.thread_id = p_thread
			RETURNING u.* INTO r;
		END IF;
		EXIT WHEN FOUND;
	END LOOP;
	IF r.id IS NULL OR NOT (held OR EXISTS (SELECT FROM thread_claims c
	    WHERE c.email = p_owner AND c.thread_id = p_thread)) THEN
		RAISE EXCEPTION USING ERRCODE = 'BB409',
		    MESSAGE = 'run or thread id is in use';
	END IF;
	RETURN QUERY SELECT coalesce(run_key(r.run_id), r.run_id),
	    r.thread_id::text, r.prompt, r.timestamp, r.sentiment,
	    run IS NULL;
END
$$;

-- Deletes the caller's thread, LangGraph's rows too if the caller holds the
-- claim.  The runs are locked before the thread, in the order of whoever
-- writes a run.  Rows of other tables go with the thread's.
CREATE FUNCTION thread_delete(p_owner text, p_thread text, p_schema text,
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

-- For a day after a deletion: removes what a graph that was still running
-- wrote again.  The lock keeps a new registration waiting until it is done.
CREATE FUNCTION sweep_deleted(p_schema text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	ids	text[];
	t	text;
	n	bigint := 0;
BEGIN
	ids := ARRAY(SELECT c.thread_id FROM thread_claims c
	    WHERE c.deleted_at > now() - interval '1 day'
	    FOR SHARE SKIP LOCKED);
	FOREACH t IN ARRAY ARRAY['checkpoint_blobs', 'checkpoint_writes',
	    'checkpoints']
	LOOP
		n := n + checkpoint_delete(p_schema, t, ids);
	END LOOP;
	RETURN n;
END
$$;

REVOKE EXECUTE ON FUNCTION runs_check(), runs_added(), runs_removed(),
    runs_changed(), runs_rated(), threads_check(), claim_allowed(),
    owner_count(text, bigint), thread_summarize(text, text, bigint),
    run_find(text), debug_run(text), checkpoint_table(text, text, text),
    checkpoint_ids(regclass, text[], boolean), checkpoint_exists(text, text),
    checkpoint_delete(text, text, text[]),
    run_register(text, text, text, text, boolean, boolean, text),
    thread_delete(text, text, text), sweep_deleted(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION run_find(text), debug_run(text),
    checkpoint_exists(text, text),
    run_register(text, text, text, text, boolean, boolean, text),
    thread_delete(text, text, text) TO bobbin_app;
GRANT EXECUTE ON FUNCTION checkpoint_table(text, text, text),
    checkpoint_ids(regclass, text[], boolean),
    checkpoint_delete(text, text, text[]) TO bobbin_app, bobbin_jobs;
GRANT EXECUTE ON FUNCTION sweep_deleted(text) TO bobbin_jobs;

RESET search_path;
RESET ROLE;
