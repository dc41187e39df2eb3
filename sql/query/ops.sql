-- ops.sql: health, and what `bobbin check` proves.

-- name: ping :free
-- $1 schema of LangGraph's tables (NULL or '': search path).  Reads no row.
SELECT CASE coalesce($1::text, '')
       WHEN '' THEN to_regclass('checkpoints') IS NOT NULL
       ELSE EXISTS (SELECT FROM pg_catalog.pg_class c
		      JOIN pg_catalog.pg_namespace n
			ON n.oid = c.relnamespace
		     WHERE n.nspname = $1::text
		       AND c.relname = 'checkpoints') END AS checkpointer;

-- name: check_schema :free
-- $1 version that this program knows.  Rows of (ok, what).
WITH tables(name) AS (
	SELECT unnest(ARRAY['users_threads_runs', 'threads', 'owners',
	    'thread_claims', 'feedback', 'feedback_outbox', 'messages',
	    'tool_calls', 'agent_checkpoints', 'configs', 'user_api_keys',
	    'blobs', 'artifacts', 'attachments', 'events', 'event_relay',
	    'event_switch'])
)
SELECT coalesce(max(version), 0) = $1::integer AS ok,
       'schema: version ' || coalesce(max(version), 0) || ', known '
       || $1::integer AS what
  FROM bobbin_migrations
UNION ALL
SELECT bool_and(coalesce(to_regclass(name) = to_regclass('public.' || name),
       false)), 'schema: every table is found in public'
  FROM tables
UNION ALL
SELECT bool_and(c.relrowsecurity AND c.relforcerowsecurity
       AND NOT pg_has_role(c.relowner, 'USAGE')),
       'schema: row security is forced, on tables that are not our own'
  FROM pg_catalog.pg_class c
 WHERE c.relnamespace = 'public'::regnamespace
   AND c.relname IN (SELECT name FROM tables)
UNION ALL
SELECT NOT (rolsuper OR rolbypassrls),
       'role: ' || rolname || ' is under row security'
  FROM pg_catalog.pg_roles
 WHERE rolname = current_user
UNION ALL
SELECT pg_has_role('bobbin_app', 'USAGE'), 'role: has the rights of workers'
UNION ALL
SELECT NOT has_database_privilege(current_database(), 'TEMPORARY')
       AND NOT has_schema_privilege('public', 'CREATE'),
       'role: creates neither temporary nor public tables'
UNION ALL
SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_roles r
		    WHERE r.rolcanlogin AND NOT r.rolsuper
		      AND NOT pg_has_role(r.oid, 'bobbin_owner', 'USAGE')
		      AND has_schema_privilege(r.oid, 'public', 'CREATE')),
       'schema: nobody but bobbin_owner creates functions in public'
UNION ALL
SELECT bool_and(current_setting(name) = value),
       'role: settings are those that migrate makes'
  FROM (VALUES ('search_path', 'public, pg_temp'), ('timezone', 'UTC'),
	       ('datestyle', 'ISO, YMD'), ('statement_timeout', '6s'),
	       ('lock_timeout', '3s'),
	       ('idle_in_transaction_session_timeout', '10s'),
	       ('plan_cache_mode', 'force_generic_plan'),
	       ('jit', 'off')) AS s(name, value);
