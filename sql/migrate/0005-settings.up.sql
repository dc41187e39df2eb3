-- 0005-settings: a thread's model settings, an owner's sealed keys.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

DO $$
BEGIN
	PERFORM table_free('configs');
	PERFORM table_free('user_api_keys');
END
$$;

CREATE TABLE IF NOT EXISTS configs (
	thread_id	uuid PRIMARY KEY,
	email		varchar(255) NOT NULL CHECK (email <> ''),
	model		varchar(128),
	temperature	double precision CHECK (temperature BETWEEN 0 AND 2),
	system_prompt	text,
	context_window	integer CHECK (context_window > 0),
	settings	json,
	FOREIGN KEY (email, thread_id) REFERENCES threads (email, id)
	    ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS configs_owner ON configs (email, thread_id);

CREATE TABLE IF NOT EXISTS user_api_keys (
	email		varchar(255) PRIMARY KEY CHECK (email <> ''),
	openai_key	text,
	anthropic_key	text,
	created_at	timestamptz NOT NULL DEFAULT now(),
	updated_at	timestamptz NOT NULL DEFAULT now()
);

DO $$
BEGIN
	PERFORM owned_table('configs');
	PERFORM owned_table('user_api_keys');
	PERFORM touching_table('configs', 'threads_touch');
END
$$;

CREATE TRIGGER row_changed BEFORE UPDATE ON user_api_keys
    FOR EACH ROW WHEN ((OLD.*) IS DISTINCT FROM (NEW.*))
    EXECUTE FUNCTION row_changed();

RESET search_path;
RESET ROLE;
