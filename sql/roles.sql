-- roles.sql: the database's roles, run before every migration.
--
--   bobbin_owner	owns every table and function; migrations act as it
--   bobbin_app		what the workers log in as: the rows of one owner at a time
--   bobbin_jobs	what `bobbin jobs` logs in as: the outbox and the sweep
--   bobbin_agent	granted to the logins of agents that write
--			users_threads_runs with SQL of their own
--
-- Roles belong to the cluster: what another database made already is used as
-- it is.  bobbin_app and bobbin_jobs can log in but get no password here; the
-- operator sets one, or lets them in by peer.  PostgreSQL does not inherit
-- settings, so the logins are these roles themselves, not members of them.
--
-- Runs as a superuser, as a role with CREATEROLE that owns the database, or
-- as a bobbin_owner that may log in, once one of the others has run it.
--
-- PUBLIC loses CREATE on schema public and TEMPORARY on the database, so that
-- nobody's table can stand before ours (search_path is pinned as well).  Grant
-- CREATE there to nobody: a function lower(varchar) in public is a better match
-- than PostgreSQL's own, and bobbin_owner's triggers would run it.  An agent
-- whose saver sets up its own tables gets a schema of its own.

SET search_path = pg_catalog, pg_temp;

DO $$
DECLARE
	may	boolean := (SELECT rolsuper OR rolcreaterole FROM pg_roles
			     WHERE rolname = current_user);
	want	record;
BEGIN
	FOR want IN
		SELECT * FROM (VALUES
		    ('bobbin_owner', 'NOLOGIN'), ('bobbin_app', 'LOGIN'),
		    ('bobbin_jobs', 'LOGIN'), ('bobbin_agent', 'NOLOGIN'))
		    AS v(role, login)
		 WHERE NOT EXISTS (SELECT FROM pg_roles r
				    WHERE r.rolname = v.role)
	LOOP
		IF NOT may THEN
			RAISE insufficient_privilege USING
			    MESSAGE = format('role %s is missing', want.role),
			    HINT = 'Migrate once as a superuser, or as a role '
			    'with CREATEROLE that owns the database.';
		END IF;
		EXECUTE format('CREATE ROLE %I %s', want.role, want.login);
	END LOOP;

	IF EXISTS (SELECT FROM pg_roles
		    WHERE rolname IN ('bobbin_owner', 'bobbin_app',
			'bobbin_jobs', 'bobbin_agent')
		      AND (rolsuper OR rolbypassrls))
	    OR pg_has_role('bobbin_app', 'bobbin_owner', 'MEMBER')
	    OR pg_has_role('bobbin_jobs', 'bobbin_owner', 'MEMBER')
	    OR pg_has_role('bobbin_agent', 'bobbin_owner', 'MEMBER') THEN
		RAISE invalid_role_specification USING
		    MESSAGE = 'a bobbin role stands above row security',
		    HINT = 'None may be superuser or BYPASSRLS, nor a member '
		    'of bobbin_owner.';
	END IF;

	IF may AND NOT pg_has_role(current_user, 'bobbin_owner', 'USAGE') THEN
		EXECUTE format('GRANT bobbin_owner TO %I', current_user);
	END IF;
END
$$;

-- One list for both; the timeouts stay below the workers' own deadline.
DO $$
DECLARE
	want	record;
BEGIN
	IF NOT (SELECT rolsuper OR rolcreaterole FROM pg_roles
		 WHERE rolname = current_user) THEN
		RETURN;
	END IF;
	FOR want IN
		SELECT role, name, value
		  FROM (VALUES ('bobbin_app'), ('bobbin_jobs')) AS r(role),
		       (VALUES ('search_path', 'public, pg_temp'),
			('timezone', 'UTC'),
			('datestyle', 'ISO, YMD'),
			('statement_timeout', '6s'),
			('lock_timeout', '3s'),
			('idle_in_transaction_session_timeout', '10s'),
			('plan_cache_mode', 'force_generic_plan'),
			('jit', 'off')) AS s(name, value)
	LOOP
		EXECUTE format('ALTER ROLE %I IN DATABASE %I SET %s = %s',
		    want.role, current_database(), want.name,
		    CASE want.name WHEN 'search_path' THEN want.value
		    ELSE quote_literal(want.value) END);
	END LOOP;
END
$$;

-- Only who may grant these does; for anybody else they would be a warning.
DO $$
BEGIN
	IF pg_has_role(current_user, (SELECT datdba FROM pg_database
	    WHERE datname = current_database()), 'USAGE') THEN
		EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC',
		    current_database());
		EXECUTE format('GRANT CONNECT ON DATABASE %I TO bobbin_owner, '
		    'bobbin_app, bobbin_jobs, bobbin_agent',
		    current_database());
	END IF;
	IF pg_has_role(current_user, (SELECT nspowner FROM pg_namespace
	    WHERE nspname = 'public'), 'USAGE') THEN
		REVOKE CREATE ON SCHEMA public FROM PUBLIC;
		GRANT USAGE, CREATE ON SCHEMA public TO bobbin_owner;
		GRANT USAGE ON SCHEMA public
		    TO bobbin_app, bobbin_jobs, bobbin_agent;
	END IF;
END
$$;

-- LangGraph's tables: read and deleted from, never written.  Their schema is
-- public, or what the migrating session set bobbin.checkpoint_schema to.  If
-- the agent's role makes them later, run `bobbin migrate` again.
DO $$
DECLARE
	lg	text := coalesce(nullif(current_setting(
		    'bobbin.checkpoint_schema', true), ''), 'public');
	t	record;
BEGIN
	FOR t IN
		SELECT c.oid::regclass AS name
		  FROM pg_class c
		  JOIN pg_namespace n ON n.oid = c.relnamespace
		 WHERE n.nspname = lg
		   AND c.relname IN ('checkpoints', 'checkpoint_blobs',
			'checkpoint_writes')
		   AND c.relkind IN ('r', 'p')
		   AND pg_has_role(current_user, c.relowner, 'USAGE')
	LOOP
		EXECUTE format('GRANT SELECT, DELETE ON %s '
		    'TO bobbin_app, bobbin_jobs', t.name);
	END LOOP;
	IF lg <> 'public' AND pg_has_role(current_user,
	    (SELECT nspowner FROM pg_namespace WHERE nspname = lg), 'USAGE')
	THEN
		EXECUTE format('GRANT USAGE ON SCHEMA %I '
		    'TO bobbin_app, bobbin_jobs', lg);
	END IF;
END
$$;

RESET search_path;
