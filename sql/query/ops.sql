-- ops.sql: health.

-- name: ping :free
-- $1 schema of LangGraph's tables ('': search path).  Reads no row; whether
-- the table may be read is `bobbin check`'s question.
SELECT CASE WHEN $1::text = '' THEN to_regclass('checkpoints') IS NOT NULL
       ELSE EXISTS (SELECT FROM pg_catalog.pg_class c
		      JOIN pg_catalog.pg_namespace n
			ON n.oid = c.relnamespace
		     WHERE n.nspname = $1::text
		       AND c.relname = 'checkpoints') END AS checkpointer;
