#!/bin/sh
# 210-schema.t: what the database itself promises, proved with plain SQL.
#
# SQL that LangGraph's saver wrote can be named by LANGGRAPH_SQL; without it
# the test makes tables of the same shape.

set -u
LC_ALL=C; export LC_ALL
unset PGOPTIONS PGUSER PGDATABASE PGHOST PGPORT PGSERVICE
src=${SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
bin=$(pg_config --bindir 2>/dev/null || echo /usr/lib/postgresql/15/bin)
tmp=$(mktemp -d /tmp/bobbin-210.XXXXXX) || exit 1
PATH=$bin:$PATH
PGHOST=$tmp/run; export PGHOST
n=0

# PostgreSQL does not run as root.
as_nobody() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid postgres --regid postgres --clear-groups "$@"
	else
		"$@"
	fi
}

finish() {
	as_nobody pg_ctl -D "$tmp/data" -m immediate -w stop >/dev/null 2>&1
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

start() {
	mkdir "$tmp/data" "$tmp/run" || return 1
	[ "$(id -u)" != 0 ] ||
	    chown postgres: "$tmp" "$tmp/data" "$tmp/run" || return 1
	cd "$tmp" || return 1
	as_nobody initdb -D "$tmp/data" -U postgres -A trust -E UTF8 \
	    --locale=C.UTF-8 --no-sync >"$tmp/initdb.log" 2>&1 &&
	as_nobody pg_ctl -D "$tmp/data" -w -l "$tmp/data/log" -o "-F -k \
	    $tmp/run -c listen_addresses= -c deadlock_timeout=50ms" start \
	    >/dev/null
}

# q database role: SQL from stdin, bare rows, errors as their SQLSTATE.
q() {
	psql -X -q -At -v VERBOSITY="${verbose:-sqlstate}" -d "$1" -U "$2" -f - 2>&1 |
	    sed 's/^psql:<stdin>:[0-9]*: //'
}
sql() {
	echo "$3" | q "$1" "$2"
}
# migrate database owner up|down: all the way.
migrate() {
	files=$(ls "$src"/sql/migrate/*."$3".sql)
	[ "$3" = up ] || files=$(echo "$files" | sort -r)
	# shellcheck disable=SC2046
	PGOPTIONS='-c client_min_messages=warning' \
	    psql -X -q -1 -v ON_ERROR_STOP=1 -d "$1" -U "$2" \
	    -f "$src/sql/roles.sql" $(printf -- '-f %s ' $files) \
	    >"$tmp/migrate.log" 2>&1 && [ ! -s "$tmp/migrate.log" ] ||
	    { sed 's/^/# /' "$tmp/migrate.log"; return 1; }
}

# Newer clients frame a dump with a random word.
dump() {
	pg_dump -U postgres -s "$1" | sed '/^.\(un\)\{0,1\}restrict /d'
}

# stmt name: its text.  prep name: a PREPARE of it.
stmt() {
	awk -v name="$1" '/^-- name: / { on = $3 == name; next }
	    on && !/^--/' "$src"/sql/query/*.sql
}
prep() {
	echo "PREPARE $1 AS $(stmt "$1")"
}
# held owner thread: the thread, if the owner sees a claim that stands.
held() {
	q seed bobbin_app <<-SQL
	BEGIN;
	SELECT set_config('bobbin.email', '$1', true) \\g /dev/null
	SELECT thread_id FROM thread_claims
	 WHERE email = '$1' AND thread_id = '$2' AND deleted_at IS NULL;
	COMMIT;
	SQL
}
# ask database owner name [arguments as SQL]: one statement as a worker.
ask() {
	q "$1" bobbin_app <<-SQL
	BEGIN;
	SELECT set_config('bobbin.email', '$2', true) \\g /dev/null
	$(prep "$3")
	EXECUTE $3('$2'${4:+, $4});
	COMMIT;
	SQL
}
job() {
	q "$1" bobbin_jobs <<-SQL
	$(prep "$2")
	EXECUTE $2${3:+($3)};
	SQL
}

is() {
	[ "$1" = "$2" ] && return
	echo "$1" | sed 's/^/# got:  /'
	echo "$2" | sed 's/^/# want: /'
	bad=1
}
t() {
	n=$((n + 1)) bad=0
	"$1"
	sql postgres postgres 'SELECT 1' | grep -qx 1 || bad=1
	[ $bad = 0 ] && echo "ok $n - $1" || echo "not ok $n - $1"
}

# The seed's own set-up, and some of its data.
seed_ddl() {
	cat <<-'SQL'
	CREATE TABLE IF NOT EXISTS users_threads_runs (
	    id SERIAL PRIMARY KEY,
	    email VARCHAR(255) NOT NULL,
	    thread_id VARCHAR(255) NOT NULL,
	    run_id VARCHAR(255) UNIQUE NOT NULL,
	    prompt TEXT,
	    timestamp TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
	    sentiment BOOLEAN DEFAULT NULL
	);
	CREATE INDEX IF NOT EXISTS idx_users_threads_runs_email
	ON users_threads_runs(email);
	CREATE INDEX IF NOT EXISTS idx_users_threads_runs_thread_id
	ON users_threads_runs(thread_id);
	CREATE INDEX IF NOT EXISTS idx_users_threads_runs_email_thread
	ON users_threads_runs(email, thread_id);
	SQL
}
seed_rows() {
	cat <<-'SQL'
	INSERT INTO users_threads_runs
	    (id, email, thread_id, run_id, prompt, timestamp, sentiment) VALUES
	(3, 'Alice@X.org', 't1', 'AAAAAAAA-0000-4000-8000-000000000001',
	    'first', '2026-01-01 10:00:00.5', true),
	(5, 'alice@x.org', 't1', 'r-5', 'late', '2026-01-02', NULL),
	(7, 'bob@x.org', 't1', 'r-7', 'older', '2025-12-31', false),
	(8, 'bob@x.org', 't2', 'r-8', NULL, NULL, NULL),
	(9, 'bob@x.org', 't2', 'r-9', 'x', NULL, NULL),
	(12, 'ÄLICE@x.org', 't3', 'r-12', E'a\tb\n', '2026-01-01', NULL),
	(13, '', 't4', 'r-13', 'nobody', '2026-01-01', NULL);
	SELECT setval('users_threads_runs_id_seq', 20);
	SQL
}
rows="SELECT id, lower(email COLLATE \"C\"), thread_id, run_id, prompt,
    timestamp, sentiment FROM users_threads_runs ORDER BY id;
    SELECT last_value, is_called FROM users_threads_runs_id_seq;"

# What the summaries must be, against what they are; nothing if they agree.
agree="WITH runs AS (
	SELECT email::text, thread_id::text, count(*)::integer AS n,
	       max(timestamp) AS latest,
	       (SELECT prompt FROM users_threads_runs f
		 WHERE f.email = r.email AND f.thread_id = r.thread_id
		 ORDER BY timestamp ASC, id LIMIT 1) AS first_prompt
	  FROM users_threads_runs r WHERE email <> ''
	 GROUP BY email, thread_id),
    kept AS (SELECT email::text, thread_id::text, run_count, latest,
	first_prompt FROM threads WHERE run_count > 0)
    (TABLE runs EXCEPT TABLE kept) UNION ALL (TABLE kept EXCEPT TABLE runs);
    SELECT email, thread_count FROM owners WHERE thread_count > 0 EXCEPT
    SELECT email, count(DISTINCT thread_id) FROM users_threads_runs
     WHERE email <> '' GROUP BY email;
    SELECT email, count(DISTINCT thread_id) FROM users_threads_runs
     WHERE email <> '' GROUP BY email EXCEPT
    SELECT email, thread_count FROM owners;
    SELECT id FROM threads WHERE run_count = 0
	AND (latest IS NOT NULL OR first_run IS NOT NULL);"

# --- migration

a_database_owner_with_createrole_migrates() {
	sql postgres postgres 'CREATE ROLE dbo LOGIN CREATEROLE;
	    CREATE DATABASE owned OWNER dbo' >/dev/null
	seed_ddl | q owned dbo
	seed_rows | q owned dbo >/dev/null
	before=$(sql owned postgres "$rows")
	migrate owned dbo up || bad=1
	is "$(sql owned postgres "$rows")" "$before"
	is "$(sql owned postgres "SELECT relowner::regrole FROM pg_class
	    WHERE relname = 'users_threads_runs'")" bobbin_owner
	is "$(sql owned dbo "UPDATE users_threads_runs SET sentiment = NULL
	    WHERE run_id = 'r-7' RETURNING id")" 7
}

a_superuser_migrates_when_the_roles_exist() {
	sql postgres postgres 'CREATE DATABASE fresh'
	migrate fresh postgres up || bad=1
	psql -X -q -d fresh -U postgres -f "$src/sql/roles.sql" || bad=1
	for role in bobbin_app bobbin_jobs; do
		is "$(sql fresh $role "SHOW search_path; SHOW timezone;
		    SHOW datestyle; SHOW statement_timeout; SHOW lock_timeout;
		    SHOW idle_in_transaction_session_timeout;
		    SHOW plan_cache_mode; SHOW jit")" \
		    'public, pg_temp
UTC
ISO, YMD
6s
3s
10s
force_generic_plan
off'
	done
}

bobbin_owner_migrates_itself() {
	sql postgres postgres 'ALTER ROLE bobbin_owner LOGIN;
	    CREATE DATABASE own'
	psql -X -q -d own -U postgres -f "$src/sql/roles.sql"
	migrate own bobbin_owner up || bad=1
	sql postgres postgres 'ALTER ROLE bobbin_owner NOLOGIN'
	dump own >"$tmp/own.sql"
	dump fresh | diff - "$tmp/own.sql" | sed 's/^/# /'
	dump fresh | cmp -s - "$tmp/own.sql" || bad=1
}

without_the_right_nothing_is_made() {
	sql postgres postgres 'CREATE ROLE weak LOGIN; CREATE DATABASE weak'
	migrate weak weak up >/dev/null && bad=1
	is "$(sql weak postgres "SELECT count(*) FROM pg_class
	    WHERE relnamespace = 'public'::regnamespace")" 0
}

adoption_keeps_rows_ids_and_sequence() {
	sql postgres postgres 'CREATE ROLE agent LOGIN; CREATE DATABASE seed'
	sql seed postgres 'GRANT ALL ON SCHEMA public TO agent'
	seed_ddl | q seed agent
	seed_rows | q seed agent >/dev/null
	sql seed agent "$rows" >"$tmp/before"
	migrate seed postgres up || bad=1
	sql seed postgres "$rows" | cmp - "$tmp/before" || bad=1
	is "$(sql seed postgres "SELECT email FROM users_threads_runs
	    WHERE id IN (3, 12) ORDER BY id")" 'alice@x.org
Älice@x.org'
	is "$(sql seed postgres "$agree")" ''
	is "$(sql seed postgres "SELECT first_prompt, latest, run_count,
	    created_at AT TIME ZONE 'UTC' FROM threads
	    WHERE email = 'alice@x.org'")" \
	    'first|2026-01-02 00:00:00|2|2026-01-01 10:00:00.5'
}

claims_come_from_the_oldest_row() {
	is "$(sql seed postgres 'SELECT thread_id, email FROM thread_claims
	    ORDER BY 1')" 't1|bob@x.org
t2|bob@x.org
t3|Älice@x.org'
}

up_down_up_leaves_the_same_schema() {
	sql postgres postgres 'CREATE DATABASE twice'
	seed_ddl | q twice postgres
	seed_rows | q twice postgres >/dev/null
	migrate twice postgres up || bad=1
	dump twice >"$tmp/up"
	before=$(sql twice postgres "$rows")
	migrate twice postgres down || bad=1
	is "$(sql twice postgres "$rows")" "$before"
	is "$(sql twice postgres "SELECT relname, relrowsecurity,
	    relforcerowsecurity, (SELECT count(*) FROM pg_trigger
	    WHERE tgrelid = c.oid), relowner::regrole FROM pg_class c
	    WHERE relnamespace = 'public'::regnamespace
	    AND relkind = 'r'")" 'users_threads_runs|f|f|0|bobbin_owner'
	is "$(sql twice postgres "SELECT count(*) FROM pg_proc
	    WHERE pronamespace = 'public'::regnamespace")" 0
	is "$(sql twice postgres "SELECT indexrelid::regclass FROM pg_index
	    WHERE indrelid = 'users_threads_runs'::regclass
	    ORDER BY indexrelid::regclass::text")" \
	    'idx_users_threads_runs_email
idx_users_threads_runs_email_thread
idx_users_threads_runs_thread_id
users_threads_runs_pkey
users_threads_runs_run_id_key'
	migrate twice postgres up || bad=1
	dump twice | cmp - "$tmp/up" || bad=1
	is "$(sql twice postgres "$agree")" ''
}

# --- row security

no_identity_sees_no_row() {
	for table in users_threads_runs threads owners thread_claims feedback \
	    feedback_outbox artifacts attachments; do
		is "$(sql seed bobbin_app "SELECT count(*) FROM $table;
		    BEGIN; SELECT set_config('bobbin.email', '', true) <> '';
		    SELECT count(*) FROM $table")" '0
f
0'
	done
	is "$(sql seed bobbin_app "SELECT set_config('bobbin.email', 'bob@x.org',
	    false); SELECT DISTINCT email FROM users_threads_runs;
	    SELECT DISTINCT email FROM threads;
	    SELECT DISTINCT email FROM thread_claims;
	    INSERT INTO users_threads_runs (email, thread_id, run_id)
	    VALUES ('eve@x.org', 't9', 'r-99')")" 'bob@x.org
bob@x.org
bob@x.org
bob@x.org
ERROR:  42501'
}

# Whatever table holds owners' rows: a new one cannot be forgotten.
every_table_of_owners_is_under_row_security() {
	mine="(email)::text = NULLIF(current_setting('bobbin.email'::text, true), ''::text)"
	of="pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
	    AND a.attname = 'email' AND NOT a.attisdropped"
	ours="c.relkind IN ('r', 'p')
	    AND c.relnamespace = 'public'::regnamespace"
	is "$(sql seed postgres "SELECT count(*) > 10 FROM $of WHERE $ours")" t
	is "$(sql seed postgres "SELECT c.relname FROM $of WHERE $ours
	    AND NOT (c.relrowsecurity AND c.relforcerowsecurity)")" ''
	# Workers have the one policy: no setting and an empty one see nothing.
	is "$(sql seed postgres "SELECT c.relname, p.polname, p.polcmd
	    FROM $of LEFT JOIN pg_policy p ON p.polrelid = c.oid
	    AND p.polroles && ARRAY[0::oid, 'bobbin_app'::regrole::oid]
	    WHERE $ours AND has_any_column_privilege('bobbin_app', c.oid,
		'SELECT, INSERT, UPDATE') AND (p.oid IS NULL
	    OR strpos(coalesce(pg_get_expr(p.polqual, c.oid), ''),
		\$\$$mine\$\$) = 0
	    OR strpos(coalesce(pg_get_expr(p.polwithcheck, c.oid),
		\$\$$mine\$\$), \$\$$mine\$\$) = 0)")" ''
	# Nobody is called nothing; what triggers fill comes from the others.
	is "$(sql seed postgres "SELECT c.relname FROM $of WHERE $ours
	    AND NOT EXISTS (SELECT FROM pg_constraint k
		WHERE k.conrelid = c.oid AND (k.contype = 'c'
		AND pg_get_constraintdef(k.oid) LIKE '%email%<> ''''%'
		OR k.contype = 'f' AND a.attnum = ANY (k.conkey)))
	    ORDER BY 1")" 'events
feedback_outbox
users_threads_runs'
	is "$(sql seed agent "INSERT INTO users_threads_runs (email, thread_id,
	    run_id) VALUES ('', 't9', 'r-99')")" 'ERROR:  23514'
}

roles_get_no_more_than_they_need() {
	is "$(sql seed agent 'SELECT count(*) FROM threads')" 'ERROR:  42501'
	is "$(sql seed agent "SELECT debug_run('r-7')")" 'ERROR:  42501'
	is "$(sql seed bobbin_jobs 'SELECT count(*) FROM users_threads_runs')" \
	    'ERROR:  42501'
	is "$(sql seed bobbin_jobs 'SELECT count(*) FROM thread_claims')" 0
	is "$(sql seed bobbin_app 'SELECT count(*) FROM blobs')" 'ERROR:  42501'
	is "$(sql seed bobbin_jobs 'SELECT count(*) FROM artifacts')" \
	    'ERROR:  42501'
	is "$(sql seed bobbin_jobs "SELECT artifact_link(NULL)")" \
	    'ERROR:  42501'
	is "$(sql seed bobbin_app "BEGIN;
	    SELECT set_config('bobbin.email', 'bob@x.org', true) \\g /dev/null
	    UPDATE thread_claims SET email = 'bob@x.org'")" 'ERROR:  42501'
	is "$(sql seed bobbin_app "BEGIN;
	    SELECT set_config('bobbin.email', 'bob@x.org', true) \\g /dev/null
	    UPDATE threads SET run_count = 9")" 'ERROR:  42501'
	is "$(sql seed bobbin_app "SELECT thread_summarize('bob@x.org', 't1',
	    1)")" 'ERROR:  42501'
	is "$(sql seed bobbin_app 'CREATE TABLE public.x (i int)')" \
	    'ERROR:  42501'
}

temp_tables_shadow_nothing() {
	is "$(sql seed agent 'CREATE TEMPORARY TABLE threads (i int)')" \
	    'ERROR:  42501'
	is "$(sql seed bobbin_app 'CREATE TEMPORARY TABLE threads (i int)')" \
	    'ERROR:  42501'
	# Even where the operator gave it back, ours comes first.
	is "$(q seed postgres <<-SQL
	CREATE TEMPORARY TABLE thread_claims (thread_id text, email text);
	INSERT INTO public.users_threads_runs (email, thread_id, run_id)
	VALUES ('temp@x.org', 'shadow', 'r-shadow');
	SELECT count(*) FROM pg_temp.thread_claims;
	SELECT email FROM public.thread_claims WHERE thread_id = 'shadow';
	DELETE FROM public.users_threads_runs WHERE run_id = 'r-shadow';
	SQL
	)" '0
temp@x.org'
}

# --- agents

plain_sql_insert_moves_the_summary() {
	is "$(sql seed agent "INSERT INTO users_threads_runs (email, thread_id,
	    run_id, prompt, timestamp) VALUES ('Carol@X.org', 'c1', 'r-c1',
	    'one', '2026-02-02'), ('carol@x.org', 'c1', 'r-c2', 'zero',
	    '2026-02-01')")" ''
	is "$(sql seed postgres "SELECT t.run_count, t.latest, t.first_prompt,
	    o.thread_count, c.email FROM threads t JOIN owners o USING (email)
	    JOIN thread_claims c USING (thread_id)
	    WHERE t.email = 'carol@x.org'")" \
	    '2|2026-02-02 00:00:00|zero|1|carol@x.org'
	is "$(sql seed agent "DELETE FROM users_threads_runs
	    WHERE thread_id = 'c1'")" ''
	is "$(sql seed postgres "SELECT t.run_count, t.latest, t.first_prompt,
	    o.thread_count FROM threads t JOIN owners o USING (email)
	    WHERE t.email = 'carol@x.org'")" '0|||0'
}

# FORCE blinds the triggers' own role where its policy is gone: no row is kept
# whose summary is not.
a_trigger_that_sees_nothing_is_an_error() {
	for run in "INSERT INTO users_threads_runs (email, thread_id, run_id)
	    VALUES ('bob@x.org', 'blind', 'r-blind')" \
	    "UPDATE users_threads_runs SET sentiment = true" \
	    "UPDATE users_threads_runs SET prompt = 'blind'" \
	    "DELETE FROM users_threads_runs"; do
		is "$(sql seed postgres "BEGIN; DROP POLICY keeper ON threads;
		    SET LOCAL ROLE bobbin_agent; $run; COMMIT" |
		    sed 's/ERROR:.*/ERROR/')" ERROR
	done
}

seed_statements_run_as_they_are() {
	u=11111111-2222-4333-8444-555555555555
	is "$(q seed agent <<-SQL
	PREPARE s2(text, text, text, text) AS
	INSERT INTO users_threads_runs (email, thread_id, run_id, prompt)
	VALUES (\$1, \$2, \$3, \$4)
	ON CONFLICT (run_id) DO UPDATE SET
	    email = EXCLUDED.email,
	    thread_id = EXCLUDED.thread_id,
	    prompt = EXCLUDED.prompt,
	    timestamp = CURRENT_TIMESTAMP;
	EXECUTE s2('dan@x.org', 'd1', '$u', 'p1');
	EXECUTE s2('dan@x.org', 'd1', '$u', 'p2');
	EXECUTE s2('dan@x.org', 'd2', '$u', 'p3');
	PREPARE s3(text, text, int, int) AS
	SELECT thread_id, MAX(timestamp) as latest_timestamp,
	    COUNT(*) as run_count,
	    (SELECT prompt FROM users_threads_runs utr2
	     WHERE utr2.email = \$1 AND utr2.thread_id = utr.thread_id
	     ORDER BY timestamp ASC LIMIT 1) as first_prompt
	FROM users_threads_runs utr WHERE email = \$2 GROUP BY thread_id
	ORDER BY latest_timestamp DESC LIMIT \$3 OFFSET \$4;
	EXECUTE s3('bob@x.org', 'bob@x.org', 10, 1);
	PREPARE s4(text) AS SELECT COUNT(DISTINCT thread_id) as total_threads
	FROM users_threads_runs WHERE email = \$1;
	EXECUTE s4('dan@x.org');
	PREPARE s6(bool, text) AS
	UPDATE users_threads_runs SET sentiment = \$1 WHERE run_id = \$2;
	EXECUTE s6(true, '$u');
	PREPARE s7(text, text) AS SELECT run_id, sentiment
	FROM users_threads_runs
	WHERE email = \$1 AND thread_id = \$2 AND sentiment IS NOT NULL;
	EXECUTE s7('dan@x.org', 'd2');
	PREPARE s5a(text, text) AS SELECT COUNT(*) FROM users_threads_runs
	WHERE email = \$1 AND thread_id = \$2;
	EXECUTE s5a('dan@x.org', 'd2');
	PREPARE s5(text, text) AS DELETE FROM users_threads_runs
	WHERE email = \$1 AND thread_id = \$2;
	EXECUTE s5('dan@x.org', 'd2');
	EXECUTE s5a('dan@x.org', 'd2');
	PREPARE s16(text, text, text, bool) AS INSERT INTO users_threads_runs
	(email, thread_id, run_id, sentiment, timestamp)
	VALUES (\$1, \$2, \$3, \$4, NOW()) ON CONFLICT (run_id) DO NOTHING;
	EXECUTE s16('dan@x.org', 'd3', '$u', NULL);
	EXECUTE s16('dan@x.org', 'd4', '$u', NULL);
	SELECT thread_id FROM users_threads_runs WHERE run_id = '$u';
	DELETE FROM users_threads_runs WHERE run_id = '$u';
	SQL
	)" "t1|2025-12-31 00:00:00|1|older
1
$u|t
1
0
d3"
	is "$(sql seed postgres "$agree")" ''
}

the_seeds_upsert_moves_no_run_to_another_owner() {
	before=$(sql seed postgres "$rows")
	for run in r-7 aaaaaaaa-0000-4000-8000-000000000001 \
	    '{AAAAAAAA000040008000000000000001}' \
	    urn:uuid:AAAAAAAA-0000-4000-8000-000000000001; do
		is "$(sql seed agent "INSERT INTO users_threads_runs (email,
		    thread_id, run_id, prompt) VALUES ('eve@x.org', 'e',
		    '$run', 'mine') ON CONFLICT (run_id) DO UPDATE SET
		    email = EXCLUDED.email, thread_id = EXCLUDED.thread_id,
		    prompt = EXCLUDED.prompt, timestamp = CURRENT_TIMESTAMP")" \
		    'ERROR:  23505'
	done
	is "$(sql seed agent "UPDATE users_threads_runs SET email = 'eve@x.org'
	    WHERE run_id = 'r-7'")" 'ERROR:  23505'
	is "$(sql seed agent "UPDATE users_threads_runs SET run_id =
	    'AAAAAAAA000040008000000000000001' WHERE run_id = 'r-7'")" \
	    'ERROR:  23505'
	is "$(sql seed postgres "$rows" | sed '$d')" \
	    "$(echo "$before" | sed '$d')"
	is "$(sql seed postgres "SELECT count(*) FROM thread_claims
	    WHERE email = 'eve@x.org'")" 0
}

run_keys_are_canonical() {
	is "$(q seed agent <<-'SQL'
	SELECT coalesce(run_key(v), '-') FROM (VALUES
	    (1, '0123abcd-0000-4000-8000-00000000000f'),
	    (2, '0123ABCD-0000-4000-8000-00000000000F'),
	    (3, 'urn:uuid:0123abcd0000400080000000-0000000f'),
	    (4, '{0123abcd-0000-4000-8000-00000000000f}'),
	    (5, '0123abcd-0000-4000-8000-00000000000'),
	    (6, '0123abcd-0000-4000-8000-00000000000g'),
	    (7, E'0123abcd-0000-4000-8000-00000000000f\n'),
	    (8, ''), (9, NULL)) AS c(n, v) ORDER BY n;
	SQL
	)" '0123abcd-0000-4000-8000-00000000000f
0123abcd-0000-4000-8000-00000000000f
0123abcd-0000-4000-8000-00000000000f
0123abcd-0000-4000-8000-00000000000f
-
-
-
-
-'
}

a_rating_is_one_cheap_update() {
	sql seed agent "INSERT INTO users_threads_runs (email, thread_id, run_id)
	    VALUES ('rate@x.org', 'h', 'r-h')"
	sql seed postgres 'VACUUM threads'
	state="SELECT ctid::text, version, updated_at FROM threads
	    WHERE thread_id = 'h';"
	hot="SELECT pg_stat_force_next_flush();
	    SELECT n_tup_hot_upd FROM pg_stat_all_tables
	    WHERE relid = 'threads'::regclass;"
	was=$(sql seed postgres "$hot" | tail -1)
	next=$(sql seed postgres "SELECT version + 1 FROM threads
	    WHERE thread_id = 'h'")
	is "$(sql seed agent "UPDATE users_threads_runs SET sentiment = true
	    WHERE run_id = 'r-h'; SELECT pg_stat_force_next_flush()" |
	    tail -1)" ''
	is "$(sql seed postgres "$hot" | tail -1)" $((was + 1))
	is "$(sql seed postgres "SELECT version FROM threads
	    WHERE thread_id = 'h'")" "$next"
	sql seed agent "UPDATE users_threads_runs SET sentiment = true
	    WHERE run_id = 'r-h'"
	is "$(sql seed postgres "SELECT version FROM threads
	    WHERE thread_id = 'h'")" "$next"
	# A condition alone is read anew by every statement.
	is "$(sql seed postgres "SELECT tgname FROM pg_trigger
	    WHERE tgrelid IN ('users_threads_runs'::regclass,
	    'threads'::regclass) AND NOT tgisinternal
	    AND pg_get_triggerdef(oid) ~ ' UPDATE (?!OF )'")" ''
}

# --- registering

register() {
	ask "${db:-seed}" "$1" run_register "$2"
}
rid() {
	printf "'00000000-0000-4000-8000-%012d'" "$1"
}

a_new_run_is_created_and_claims() {
	is "$(register fay@x.org "'f1', $(rid 1), 'hello', false, false, ''" |
	    cut -d'|' -f 1,2,3,5,6)" \
	    "$(rid 1 | tr -d "'")|f1|hello||t"
	is "$(sql seed postgres "SELECT email, deleted_at FROM thread_claims
	    WHERE thread_id = 'f1'")" 'fay@x.org|'
	is "$(sql seed postgres "SELECT timestamp = (SELECT latest FROM threads
	    WHERE thread_id = 'f1') FROM users_threads_runs
	    WHERE thread_id = 'f1'")" t
}

a_repeat_is_the_same_run() {
	sql seed agent "UPDATE users_threads_runs SET sentiment = false,
	    timestamp = '2020-01-01' WHERE thread_id = 'f1'"
	is "$(register fay@x.org "'f1', $(rid 1), 'other', true, false, ''" |
	    cut -d'|' -f 3,5,6)" 'hello|f|f'
	is "$(sql seed postgres "SELECT timestamp > '2021-01-01'
	    FROM users_threads_runs WHERE thread_id = 'f1'")" t
	is "$(register fay@x.org "'f1', $(rid 1), 'other', false, false, ''" |
	    cut -d'|' -f 3,5,6)" 'other|f|f'
	is "$(register fay@x.org "'f1', $(rid 1), NULL, false, false, ''" |
	    cut -d'|' -f 3,5,6)" '|f|f'
	is "$(sql seed postgres "SELECT run_count, first_prompt FROM threads
	    WHERE thread_id = 'f1'")" '1|'
}

what_is_taken_is_409_and_leaves_nothing() {
	is "$(register fay@x.org "'f1', $(rid 2), 'mine', false, false, ''" |
	    cut -d'|' -f 6)" t
	before=$(sql seed postgres "$rows TABLE thread_claims ORDER BY 1;
	    TABLE threads ORDER BY id; TABLE owners ORDER BY 1")
	# Another owner's run; the caller's in another thread; the same in a
	# thread of nobody's; another's thread; all of it for an agent too.
	for args in "gus@x.org 'g1', $(rid 1)" "fay@x.org 'f2', $(rid 1)" \
	    "gus@x.org 'f1', $(rid 9)" "gus@x.org 'f1', $(rid 1)"; do
		for agent in false true; do
			is "$(register "${args%% *}" \
			    "${args#* }, 'x', false, $agent, ''")" \
			    'ERROR:  BB409'
		done
	done
	is "$(sql seed postgres "$rows TABLE thread_claims ORDER BY 1;
	    TABLE threads ORDER BY id; TABLE owners ORDER BY 1" |
	    sed '/^[0-9]*|t$/d')" "$(echo "$before" | sed '/^[0-9]*|t$/d')"
}

a_run_without_the_claim_is_409_even_repeated() {
	# The seed let bob and alice into one thread; the claim is bob's.
	sql seed agent "INSERT INTO users_threads_runs (email, thread_id,
	    run_id) VALUES ('alice@x.org', 't1', $(rid 70))"
	is "$(register alice@x.org "'t1', $(rid 70), NULL, true, false, ''")" \
	    'ERROR:  BB409'
	is "$(ask seed alice@x.org thread_list '10, 0' | cut -d'|' -f 1,3)" \
	    't1|3'
	is "$(held alice@x.org t1)" ''
}

another_spelling_is_the_same_run() {
	sql seed agent "INSERT INTO users_threads_runs (email, thread_id,
	    run_id, prompt) VALUES ('hal@x.org', 'h1',
	    'ABCDEF0000004000800000000000000A', 'was')"
	key="'abcdef00-0000-4000-8000-00000000000a'"
	is "$(register hal@x.org "'h1', $key, 'is', false, false, ''" |
	    cut -d'|' -f 1,3,6)" "$(echo "$key" | tr -d "'")|is|f"
	is "$(register hal@x.org "'h2', $key, 'is', false, false, ''")" \
	    'ERROR:  BB409'
	is "$(register eve@x.org "'h2', $key, 'is', false, false, ''")" \
	    'ERROR:  BB409'
	is "$(sql seed postgres "SELECT count(*) FROM users_threads_runs
	    WHERE email = 'hal@x.org'")" 1
	is "$(ask seed hal@x.org sentiment_set "$key, true")" ''
	is "$(ask seed hal@x.org sentiment_find "$key, true")" \
	    ABCDEF0000004000800000000000000A
	is "$(ask seed eve@x.org sentiment_find "$key, false")" ''
	is "$(ask seed hal@x.org sentiments "'h1'")" \
	    'ABCDEF0000004000800000000000000A|t'
	is "$(ask seed hal@x.org run_in_thread "'h1', $key")" \
	    "$(echo "$key" | tr -d "'")"
	is "$(ask seed hal@x.org run_in_thread "'h2', $key")" ''
	is "$(ask seed hal@x.org debug_run_own "$key" | cut -d'|' -f 1-3)" \
	    'hal@x.org|h1|is'
	is "$(ask seed eve@x.org debug_run_own "$key")" ''
	is "$(ask seed hal@x.org debug_run_own "'r-7'")" ''
	is "$(ask seed bob@x.org debug_run_own "'r-7'" | cut -d'|' -f 1-2)" \
	    'bob@x.org|t1'
	is "$(q seed bobbin_app <<-SQL | cut -d'|' -f 1-3
	$(prep debug_run_any)
	EXECUTE debug_run_any($key);
	EXECUTE debug_run_any('r-7');
	EXECUTE debug_run_any('nowhere');
	SQL
	)" 'hal@x.org|h1|is
bob@x.org|t1|older'
}

# Waits inside a transaction until somebody waits for it.
until_blocked="DO \$\$ BEGIN FOR i IN 1 .. 2000 LOOP
	IF EXISTS (SELECT FROM pg_locks WHERE NOT granted
	    AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))
	THEN RETURN; END IF;
	PERFORM pg_sleep(0.005);
	END LOOP; RAISE 'nobody waits'; END \$\$;"

# race owner1 args1 owner2 args2: the second meets the first in flight.
race() {
	mkfifo "$tmp/go"
	q seed bobbin_app >"$tmp/one" <<-SQL &
	BEGIN;
	SELECT set_config('bobbin.email', '$1', true) \\g /dev/null
	SET LOCAL statement_timeout = 0;
	SELECT created FROM run_register('$1', $2, 'p', false, false, '');
	SELECT max(version) + 1 FROM threads WHERE email = '$1' \\g $tmp/next
	\\! echo >$tmp/go
	$until_blocked
	COMMIT;
	SQL
	one=$!
	read -r go <"$tmp/go"
	register "$3" "$4, 'p', false, false, ''" | sed 's/.*|//' >"$tmp/two"
	wait $one
	rm "$tmp/go"
	cat "$tmp/one" "$tmp/two"
}

concurrent_registrations_are_one_run() {
	is "$(race ida@x.org "'i1', $(rid 20)" ida@x.org "'i1', $(rid 20)")" 't
f'
	is "$(sql seed postgres "SELECT run_count, version FROM threads
	    WHERE thread_id = 'i1'")" "1|$(cat "$tmp/next")"
	is "$(race ida@x.org "'i2', $(rid 21)" joe@x.org "'j2', $(rid 21)")" 't
ERROR:  BB409'
	is "$(race ida@x.org "'i3', $(rid 22)" joe@x.org "'i3', $(rid 23)")" 't
ERROR:  BB409'
	is "$(race ida@x.org "'i4', $(rid 24)" ida@x.org "'i4', $(rid 25)")" 't
t'
	is "$(sql seed postgres "SELECT run_count FROM threads
	    WHERE thread_id = 'i4'; $agree")" 2
}

# --- LangGraph's tables

langgraph() {
	if [ -n "${LANGGRAPH_SQL:-}" ] && [ "$2" = text ]; then
		cat "$LANGGRAPH_SQL"
	else
		cat <<-SQL
		CREATE TABLE checkpoints (thread_id $2 NOT NULL,
		    checkpoint_ns text NOT NULL DEFAULT '', checkpoint_id text,
		    parent_checkpoint_id text, type text, checkpoint jsonb
		    NOT NULL, metadata jsonb NOT NULL DEFAULT '{}', PRIMARY KEY
		    (thread_id, checkpoint_ns, checkpoint_id));
		CREATE TABLE checkpoint_blobs (thread_id $2 NOT NULL,
		    checkpoint_ns text NOT NULL DEFAULT '', channel text,
		    version text, type text NOT NULL, blob bytea, PRIMARY KEY
		    (thread_id, checkpoint_ns, channel, version));
		CREATE TABLE checkpoint_writes (thread_id $2 NOT NULL,
		    checkpoint_ns text NOT NULL DEFAULT '', checkpoint_id text,
		    task_id text, idx integer, channel text NOT NULL, type text,
		    blob bytea NOT NULL, task_path text NOT NULL DEFAULT '',
		    PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id,
		    task_id, idx));
		SQL
	fi | q "$1" agent
}
# checkpoints database thread: two, in two namespaces, with blobs and writes.
checkpoints() {
	sql "$1" agent "INSERT INTO checkpoints (thread_id, checkpoint_ns,
	    checkpoint_id, checkpoint) VALUES ('$2', '', '1', '{}'),
	    ('$2', 'sub', '1', '{}');
	    INSERT INTO checkpoint_blobs (thread_id, channel, version, type)
	    VALUES ('$2', 'a', '1', 'empty'), ('$2', 'b', '1', 'empty'),
	    ('$2', 'c', '1', 'empty');
	    INSERT INTO checkpoint_writes (thread_id, checkpoint_id, task_id,
	    idx, channel, blob) VALUES ('$2', '1', 't', 0, 'a', '')"
}

deletion_without_langgraph_counts_zero() {
	register kim@x.org "'k1', $(rid 30), 'p', false, false, ''" >/dev/null
	is "$(ask seed eve@x.org thread_delete "'k1', ''")" '0|0|0|0|0|0|0|f'
	is "$(ask seed kim@x.org thread_delete "'k1', ''")" '0|0|0|1|0|0|0|t'
	is "$(ask seed kim@x.org thread_delete "'k1', ''")" '0|0|0|0|0|0|0|f'
	is "$(sql seed postgres "SELECT email, deleted_at IS NOT NULL
	    FROM thread_claims WHERE thread_id = 'k1';
	    SELECT count(*) FROM threads WHERE thread_id = 'k1'; $agree")" \
	    'kim@x.org|t
0'
	is "$(held kim@x.org k1)" ''
	is "$(register eve@x.org "'k1', $(rid 31), 'p', false, false, ''")" \
	    'ERROR:  BB409'
	is "$(register kim@x.org "'k1', $(rid 31), 'p', false, false, ''" |
	    cut -d'|' -f 6)" t
	is "$(held kim@x.org k1)" k1
}

an_unreadable_table_is_no_empty_one() {
	langgraph seed text
	is "$(register lea@x.org "'l1', $(rid 40), 'p', false, false, ''")" \
	    'ERROR:  BB503'
	is "$(ask seed kim@x.org thread_delete "'k1', ''")" 'ERROR:  BB503'
	is "$(sql seed postgres "SELECT count(*) FROM threads
	    WHERE thread_id IN ('l1', 'k1') AND run_count > 0")" 1
	psql -X -q -d seed -U postgres -f "$src/sql/roles.sql" || bad=1
}

checkpoints_belong_to_the_claim() {
	checkpoints seed u1
	checkpoints seed u2
	# Unclaimed, and checkpoints exist: not for a user.
	is "$(register lea@x.org "'u1', $(rid 41), 'p', false, false, ''")" \
	    'ERROR:  BB409'
	is "$(sql seed postgres "SELECT count(*) FROM thread_claims
	    WHERE thread_id = 'u1'")" 0
	is "$(register lea@x.org "'u1', $(rid 41), 'p', false, true, ''" |
	    cut -d'|' -f 6)" t
	sql seed agent "INSERT INTO users_threads_runs (email, thread_id, run_id)
	    VALUES ('lea@x.org', 'u2', 'r-u2'), ('eve@x.org', 'u2', 'r-u3')"
	is "$(ask seed eve@x.org thread_delete "'u2', ''")" '0|0|0|1|0|0|0|t'
	is "$(ask seed lea@x.org thread_delete "'u2', ''")" '3|1|2|1|0|0|0|t'
	is "$(sql seed agent "SELECT count(*) FROM checkpoints
	    WHERE thread_id IN ('u1', 'u2')")" 2
	# A named schema is exactly that one.
	is "$(ask seed lea@x.org thread_delete "'u1', 'elsewhere'")" \
	    '0|0|0|1|0|0|0|t'
}

what_comes_back_is_swept_for_a_day() {
	checkpoints seed u2
	is "$(sql seed agent "SELECT count(*) FROM checkpoints
	    WHERE thread_id = 'u2'")" 2
	is "$(job seed claims_sweep "''")" 12
	is "$(job seed claims_sweep "''")" 0
	checkpoints seed u2
	sql seed postgres "UPDATE thread_claims SET deleted_at = now() -
	    interval '25 hours' WHERE thread_id = 'u2'"
	is "$(job seed claims_sweep "''")" 0
	is "$(sql seed bobbin_jobs "UPDATE thread_claims SET deleted_at = NULL")" \
	    'ERROR:  42501'
	register lea@x.org "'u2', $(rid 42), 'p', false, false, ''" >/dev/null
	is "$(job seed claims_sweep "''")" 0
}

uuid_columns_work_in_their_own_schema() {
	sql postgres postgres 'CREATE DATABASE typed'
	sql typed postgres 'CREATE SCHEMA lg AUTHORIZATION agent'
	sql postgres postgres \
	    'ALTER ROLE agent IN DATABASE typed SET search_path = lg, public'
	langgraph typed uuid
	sql postgres postgres \
	    "ALTER DATABASE typed SET bobbin.checkpoint_schema = 'lg'"
	migrate typed postgres up || bad=1
	u=abcdef00-0000-4000-8000-000000000001
	up=ABCDEF00-0000-4000-8000-000000000001
	checkpoints typed $u
	db=typed
	is "$(register eve@x.org "'$up', $(rid 1), 'p', false, false, 'lg'")" \
	    'ERROR:  BB409'
	is "$(register eve@x.org "'no uuid', $(rid 1), 'p', false, false, 'lg'" |
	    cut -d'|' -f 6)" t
	is "$(register mia@x.org "'$u', $(rid 2), 'p', false, true, 'lg'" |
	    cut -d'|' -f 6)" t
	sql typed postgres "INSERT INTO thread_claims (thread_id, email)
	    VALUES ('$up', 'eve@x.org'); INSERT INTO users_threads_runs
	    (email, thread_id, run_id) VALUES ('eve@x.org', '$up', 'e')"
	is "$(ask typed eve@x.org thread_delete "'$up', 'lg'")" \
	    '0|0|0|1|0|0|0|t'
	is "$(ask typed eve@x.org thread_delete "'no uuid', 'lg'")" \
	    '0|0|0|1|0|0|0|t'
	is "$(ask typed mia@x.org thread_delete "'$u', 'lg'")" \
	    '3|1|2|1|0|0|0|t'
	db=
	is "$(q typed bobbin_app <<-SQL
	$(prep ping)
	EXECUTE ping('lg');
	EXECUTE ping('');
	SQL
	)" 't
f'
}

# --- feedback

feedback_is_merged_and_queued() {
	register ned@x.org "'n1', $(rid 50), 'p', false, false, ''" >/dev/null
	register ned@x.org "'n1', $(rid 51), 'p', false, false, ''" >/dev/null
	run=$(rid 50 | tr -d "'")
	is "$(ask seed ned@x.org feedback_put "$(rid 50), 1, NULL, false" |
	    cut -d'|' -f 1-4,7)" "$run|n1|1||0"
	is "$(ask seed ned@x.org feedback_list 'NULL, 10, NULL, NULL' |
	    cut -d'|' -f 1-4,7)" "$run|n1|1||none"
	is "$(ask seed ned@x.org feedback_put "$(rid 50), NULL, 'why', true" |
	    cut -d'|' -f 1-4,7)" "$run|n1|1|why|1"
	is "$(ask seed ned@x.org feedback_list "'n1', 10, NULL, NULL" |
	    cut -d'|' -f 1-4,7)" "$run|n1|1|why|pending"
	is "$(ask seed ned@x.org feedback_list "'n2', 10, NULL, NULL")" ''
	is "$(ask seed eve@x.org feedback_put "$(rid 50), 0, 'x', true")" ''
	is "$(ask seed eve@x.org feedback_list 'NULL, 10, NULL, NULL')" ''
	is "$(ask seed ned@x.org feedback_thread "'n1'" | cut -d'|' -f 1-3)" \
	    "$run|1|why"
	ask seed ned@x.org feedback_put "$(rid 51), 0, NULL, false" >/dev/null
	set -- $(ask seed ned@x.org feedback_list 'NULL, 1, NULL, NULL' |
	    awk -F'|' '{ sub(" ", "T", $6); print $6, $8 }')
	is "$(ask seed ned@x.org feedback_list "NULL, 10, '$1', '$2'" |
	    cut -d'|' -f 1)" "$run"
}

the_outbox_is_shared_and_ends() {
	is "$(job seed outbox_claim '10, 60' | cut -d'|' -f 2-4,7-9,11)" \
	    "$(rid 50 | tr -d "'")|1|why|f|f|t|0"
	is "$(job seed outbox_claim '10, 60')" ''
	set -- $(sql seed postgres \
	    'SELECT feedback_id, revision FROM feedback_outbox' | tr '|' ' ')
	job seed outbox_retry "'$1', -1, 503, 'busy'"
	is "$(job seed outbox_claim '10, 60' | cut -d'|' -f 11)" 1
	# A newer submission during delivery keeps it pending.
	ask seed ned@x.org feedback_put "$(rid 50), 0, NULL, true" >/dev/null
	job seed outbox_delivered "'$1', $2, 200"
	is "$(job seed outbox_claim '10, 60' | cut -d'|' -f 3,7-11)" \
	    "0|t|t|t|$(($2 + 1))|0"
	job seed outbox_delivered "'$1', $(($2 + 1)), 200"
	delivery="SELECT state, created, dirty_score, dirty_comment, attempts
	    FROM feedback_outbox"
	is "$(sql seed postgres "$delivery")" 'delivered|t|f|f|0'
	is "$(ask seed ned@x.org feedback_list 'NULL, 10, NULL, NULL' |
	    cut -d'|' -f 7)" 'delivered
none'
	ask seed ned@x.org feedback_put "$(rid 50), NULL, 'new', true" >/dev/null
	is "$(sql seed postgres "$delivery")" 'pending|t|f|t|0'
	job seed outbox_dead "'$1', $(($2 + 2)), 400, 'no'"
	is "$(ask seed ned@x.org feedback_list 'NULL, 10, NULL, NULL' |
	    cut -d'|' -f 4,7)" 'new|failed
|none'
	is "$(job seed outbox_count)" 'dead|1'
	job seed outbox_requeue
	is "$(job seed outbox_count)" 'pending|1'
	job seed outbox_pause 900
	is "$(job seed outbox_claim '10, 60')" ''
	job seed outbox_missing "'$1'"
	is "$(job seed outbox_claim '10, 60' | cut -d'|' -f 7,9)" 'f|t'
	job seed outbox_created "'$1'"
	is "$(sql seed postgres "SELECT created FROM feedback_outbox")" t
}

# What may be elsewhere already outlives its feedback; what never went does not.
what_is_taken_back_stays_in_the_outbox() {
	gone="SELECT run_id IS NOT NULL, state, attempts FROM feedback_outbox
	    ORDER BY 1"
	register tim@x.org "'tim', $(rid 155), 'p', false, false, ''" >/dev/null
	ask seed tim@x.org feedback_put "$(rid 155), 1, 'why', true" >/dev/null
	was=$(sql seed postgres "SELECT id FROM feedback
	    WHERE email = 'tim@x.org'")
	sql seed postgres "UPDATE feedback_outbox SET next_at = 'infinity'
	    WHERE feedback_id <> '$was'"
	is "$(ask seed eve@x.org feedback_clear \
	    "$(rid 155), true, true, true")" ''
	is "$(ask seed tim@x.org feedback_clear \
	    "$(rid 155), false, true, true")" "$(rid 155 | tr -d "'")"
	is "$(ask seed tim@x.org feedback_thread "'tim'" |
	    cut -d'|' -f 2,3)" '1|'
	is "$(sql seed postgres "$gone")" 'f|pending|0
f|pending|0'
	is "$(job seed outbox_claim '10, 60' | cut -d'|' -f 3,4,7-9,13)" \
	    '1||f|t|f|f'
	id=$(sql seed postgres "SELECT id FROM feedback
	    WHERE email = 'tim@x.org'")
	# On its way, perhaps created: it keeps its lease, then it is deleted.
	ask seed tim@x.org feedback_clear "$(rid 155), true, true, true" \
	    >/dev/null
	ask seed tim@x.org feedback_put "$(rid 155), 0, NULL, true" >/dev/null
	sql seed agent "DELETE FROM users_threads_runs
	    WHERE run_id = $(rid 155)"
	is "$(sql seed postgres "$gone")" 'f|pending|0
t|pending|0'
	register tim@x.org "'tim', $(rid 155), 'p', false, false, ''" >/dev/null
	ask seed tim@x.org feedback_put "$(rid 155), 0, NULL, true" >/dev/null
	is "$(job seed outbox_claim '10, 60')" ''
	job seed outbox_delivered "'$id', 1, 200"
	is "$(job seed outbox_claim '10, 60' | cut -d'|' -f 1,7,13)" "$id|t|t"
	is "$(job seed outbox_claim '10, 60')" ''
	job seed outbox_gone "'$id'"
	is "$(job seed outbox_claim '10, 60' | cut -d'|' -f 3,7,13)" '0|f|f'
	# Only what was taken back is the jobs' to delete.
	is "$(sql seed bobbin_jobs 'DELETE FROM feedback_outbox;
	    SELECT count(*) FROM feedback_outbox')" 2
	sql seed agent "DELETE FROM users_threads_runs
	    WHERE run_id = $(rid 155)"
}

feedback_follows_its_run() {
	sql seed agent "UPDATE users_threads_runs SET thread_id = 'n2'
	    WHERE run_id = $(rid 50)"
	is "$(ask seed ned@x.org feedback_thread "'n2'" | cut -d'|' -f 2,3)" \
	    '0|new'
	sql seed agent "DELETE FROM users_threads_runs WHERE run_id = $(rid 50)"
	is "$(sql seed postgres "SELECT count(*) FROM feedback
	    WHERE thread_id = 'n2'; SELECT count(*) FROM feedback_outbox")" '0
0'
	is "$(ask seed ned@x.org thread_delete "'n1', ''")" '0|0|0|1|0|0|1|t'
	is "$(sql seed postgres 'SELECT count(*) FROM feedback')" 0
}

# --- listing

pages_come_in_one_order() {
	sql seed agent "INSERT INTO users_threads_runs (email, thread_id, run_id,
	    timestamp) SELECT 'pat@x.org', v.t, 'r-' || v.t, v.ts::timestamp
	    FROM (VALUES ('pa', '2026-01-01'), ('pB', '2026-01-01'),
	    ('pc', '2026-01-02'), ('pd', NULL), ('pE', NULL)) AS v(t, ts)"
	is "$(ask seed pat@x.org thread_list '2, 0' | cut -d'|' -f 1,5)" 'pc|5
pa|5'
	is "$(ask seed pat@x.org thread_list '9, 2' | cut -d'|' -f 1)" 'pB
pd
pE'
	is "$(ask seed pat@x.org thread_list '2, 5')" ''
	is "$(ask seed pat@x.org thread_list_after "2, '2026-01-01', 'pa', NULL" |
	    cut -d'|' -f 1)" 'pB
pd'
	is "$(ask seed pat@x.org thread_list_after "5, NULL, 'pd', NULL" |
	    cut -d'|' -f 1)" pE
	is "$(ask seed pat@x.org thread_list_after "5, NULL, 'pE', NULL")" ''
	row=$(ask seed pat@x.org thread_list '1, 1' | cut -d'|' -f 6)
	is "$(ask seed pat@x.org thread_list_after \
	    "2, '2026-01-01', NULL, '$row'" | cut -d'|' -f 1)" 'pB
pd'
	is "$(ask seed pat@x.org thread_count)" 5
}

run_ids_keep_the_order_of_runs() {
	sql seed agent "INSERT INTO users_threads_runs (email, thread_id, run_id,
	    prompt, timestamp, sentiment) VALUES
	    ('pat@x.org', 'o', 'plain', 'c', NULL, true),
	    ('pat@x.org', 'o', 'DDDDDDDD-0000-4000-8000-000000000001', 'b',
	    '2026-01-01', NULL), ('pat@x.org', 'o', $(rid 61), 'a',
	    '2025-01-01', false)"
	is "$(ask seed pat@x.org run_ids "'o'" | cut -d'|' -f 2)" 'a
b
c'
	is "$(ask seed pat@x.org sentiments "'o'")" \
	    "$(rid 61 | tr -d "'")|f
plain|t"
	is "$(ask seed eve@x.org run_ids "'o'")" ''
}

# --- summaries

# A random walk over few threads: every kind of write, from one session.
walk() {
	cat <<-SQL
	DO \$\$
	DECLARE
	    t text; e text; r text;
	BEGIN
	    PERFORM setseed($1);
	    FOR i IN 1 .. $2 LOOP
		e := 'w' || floor(random() * 3) || '@x.org';
		t := 'w' || floor(random() * 6);
		r := 'w' || e || floor(random() * 40);
		BEGIN
		CASE floor(random() * 8)::int
		WHEN 0, 1, 2 THEN
		    INSERT INTO users_threads_runs (email, thread_id, run_id,
			prompt, timestamp) VALUES (e, t, r, 'p' || i,
			CASE WHEN random() < 0.2 THEN NULL ELSE
			'2026-01-01'::timestamp + random() * interval '9 s' END)
		    ON CONFLICT (run_id) DO UPDATE SET email = EXCLUDED.email,
			thread_id = EXCLUDED.thread_id,
			prompt = EXCLUDED.prompt, timestamp = CURRENT_TIMESTAMP;
		WHEN 3 THEN DELETE FROM users_threads_runs WHERE run_id = r;
		WHEN 4 THEN
		    DELETE FROM users_threads_runs
		     WHERE email = e AND thread_id = t AND random() < 0.5;
		WHEN 5 THEN
		    UPDATE users_threads_runs SET sentiment = random() < 0.5,
			timestamp = timestamp - interval '1 s'
		     WHERE run_id = r;
		WHEN 6 THEN
		    UPDATE users_threads_runs SET thread_id = 'w0'
		     WHERE email = e AND thread_id = t AND id % 2 = 0;
		WHEN 7 THEN
		    INSERT INTO users_threads_runs (email, thread_id, run_id)
		    SELECT e, 'w' || g % 3, r || '-' || g FROM
			generate_series(1, 5) g ON CONFLICT DO NOTHING;
		END CASE;
		EXCEPTION WHEN deadlock_detected THEN NULL;
		END;
		COMMIT;
	    END LOOP;
	END \$\$;
	SQL
}

summaries_survive_a_random_walk() {
	is "$(walk 0.21 500 | q seed agent)" ''
	is "$(sql seed postgres "$agree")" ''
	is "$(sql seed postgres "SELECT count(*) > 5 FROM users_threads_runs
	    WHERE email LIKE 'w_@x.org'")" t
}

summaries_survive_four_walkers() {
	for w in 1 2 3 4; do
		walk 0.$w 150 | q seed agent >"$tmp/walk.$w" &
		pids="${pids:-} $!"
	done
	wait $pids
	is "$(cat "$tmp"/walk.?)" ''
	is "$(sql seed postgres "$agree")" ''
}

a_summary_sees_what_it_waited_for() {
	sql seed agent "INSERT INTO users_threads_runs (email, thread_id, run_id,
	    timestamp) VALUES ('sue@x.org', 's', 's1', '2026-01-01'),
	    ('sue@x.org', 's', 's2', '2026-01-02')"
	mkfifo "$tmp/go"
	q seed agent >"$tmp/one" <<-SQL &
	BEGIN;
	INSERT INTO users_threads_runs (email, thread_id, run_id, timestamp)
	VALUES ('sue@x.org', 's', 's3', '2030-01-01');
	\\! echo >$tmp/go
	$until_blocked
	COMMIT;
	SQL
	one=$!
	read -r go <"$tmp/go"
	is "$(sql seed agent "DELETE FROM users_threads_runs
	    WHERE run_id = 's2'")" ''
	wait $one
	rm "$tmp/go"
	is "$(cat "$tmp/one")" ''
	is "$(sql seed postgres "SELECT run_count, latest FROM threads
	    WHERE thread_id = 's'; $agree")" '2|2030-01-01 00:00:00'
}

a_thread_with_runs_stays() {
	is "$(sql seed postgres "DELETE FROM threads WHERE thread_id = 'pa'")" \
	    'ERROR:  23503'
}

# --- plans

fill() {
	q fresh postgres <<-'SQL'
	INSERT INTO users_threads_runs (email, thread_id, run_id, prompt,
	    timestamp)
	SELECT 'big@x.org', 'b' || g % 5000, md5(g::text)::uuid::text, 'p',
	    '2026-01-01'::timestamp + g * interval '1 s'
	  FROM generate_series(1, 15000) g;
	INSERT INTO users_threads_runs (email, thread_id, run_id, prompt)
	SELECT 'o' || g % 2000 || '@x.org', 'o' || g / 2,
	    md5('o' || g)::uuid::text, 'p'
	  FROM generate_series(1, 20000) g;
	INSERT INTO feedback (email, thread_id, run_id, score)
	SELECT email, thread_id, run_id, 1 FROM users_threads_runs
	 WHERE id % 3 = 0;
	INSERT INTO feedback_outbox (feedback_id, email, dirty_score,
	    dirty_comment, state)
	SELECT id, email, true, false, CASE WHEN random() < 0.01 THEN 'pending'
	    ELSE 'delivered' END FROM feedback;
	INSERT INTO threads (email, thread_id, document, title_at,
	    title_length, sorted_at)
	SELECT 'big@x.org', 'ck' || g, '{"id":1}', 8, 0,
	    '2026-01-01'::timestamptz + g * interval '1 s'
	  FROM generate_series(1, 3000) g;
	INSERT INTO messages (email, thread_id, item_id, item_type, document,
	    created_at)
	SELECT t.email, t.id, 'i' || g, 'x', '{}',
	    '2026-01-01'::timestamptz + g * interval '1 s'
	  FROM threads t, generate_series(1, 3000) g
	 WHERE t.document IS NOT NULL AND (g < 3 OR t.thread_id = 'ck1');
	VACUUM ANALYZE;
	SQL
}

# Every plan, those inside functions and triggers included.
plans() {
	verbose=terse
	q fresh postgres <<-SQL
	LOAD 'auto_explain';
	SET auto_explain.log_min_duration = 0;
	SET auto_explain.log_nested_statements = on;
	SET plan_cache_mode = force_generic_plan;
	SET jit = off;
	SET ROLE $1;
	$(prep "$2")
	BEGIN;
	SELECT set_config('bobbin.email', 'big@x.org', true) \\g /dev/null
	SET LOCAL client_min_messages = log;
	EXECUTE $2($3);
	ROLLBACK;
	SQL
	verbose=
}

# plan role name index arguments: the index is used, nothing is read whole,
# and nothing but a page is sorted.
plan() {
	plans "$1" "$2" "$4" >"$tmp/plan"
	if grep -q 'ERROR' "$tmp/plan" ||
	    grep -Eq 'Seq Scan on (users_|threads|owners|thread_|feedback|messages)' \
	    "$tmp/plan" ||
	    ! grep -q "Index.* $3" "$tmp/plan"; then
		echo "# $2:"
		sed 's/^/# /' "$tmp/plan"
		bad=1
	fi
}
unsorted() {
	# A sort stands above the page's LIMIT or nowhere.
	if awk '/ Limit /{ lim = 1 } / Sort /{ if (lim) bad = 1 }
	    END { exit !bad }' "$tmp/plan"; then
		echo "# sorted:"
		sed 's/^/# /' "$tmp/plan"
		bad=1
	fi
}
# The key of the page is where the index is entered.
seeks() {
	grep -q "Index Cond:.*ROW($1) <" "$tmp/plan" && return
	sed 's/^/# /' "$tmp/plan"
	bad=1
}
within() {
	grep -q "Index Cond:.*$1" "$tmp/plan" && return
	sed 's/^/# /' "$tmp/plan"
	bad=1
}
nosort() {
	grep -q 'Sort Key' "$tmp/plan" || return
	sed 's/^/# /' "$tmp/plan"
	bad=1
}

hot_plans_keep_their_indexes() {
	fill
	o="'big@x.org'"
	r="'$(sql fresh postgres "SELECT run_id FROM users_threads_runs
	    WHERE id = 77")'"
	plan bobbin_app run_register threads_email_thread_id_key \
	    "$o, 'b1', $(rid 1), 'p', false, false, ''"
	plan bobbin_app run_register users_threads_runs_key \
	    "$o, 'b77', $r, 'p', false, false, ''"
	plan bobbin_app run_ids users_threads_runs_order "$o, 'b1'"; nosort
	plan bobbin_app sentiments users_threads_runs_order "$o, 'b1'"; nosort
	plan bobbin_app sentiment_set users_threads_runs_run_id_key \
	    "$o, $r, true"
	plan bobbin_app sentiment_find users_threads_runs_pkey "$o, $r, true"
	plan bobbin_app run_in_thread users_threads_runs_key "$o, 'b1', $r"
	plan bobbin_app debug_run_own users_threads_runs_key "$o, $r"
	plan bobbin_app debug_run_any users_threads_runs_key "$r"
	for query in "thread_list:10, 0" "thread_list:10, 4990" \
	    "thread_list_after:10, '2026-01-01 01:00', 'b1', NULL" \
	    "thread_list_after:10, NULL, NULL, gen_random_uuid()" \
	    "thread_list_after:10, NULL, 'b1', NULL"; do
		plan bobbin_app "${query%%:*}" threads_latest "$o, ${query#*:}"
		unsorted
	done
	plan bobbin_app thread_list_after threads_latest \
	    "$o, 10, '2026-01-01 01:00', 'b1', NULL"
	seeks 'latest_key, thread_id'
	plan bobbin_app thread_count owners_pkey "$o"
	plan bobbin_app thread_delete threads_email_thread_id_key \
	    "$o, 'b1', ''"
	plan bobbin_app feedback_put feedback_run "$o, $r, 1, 'c', true"
	plan bobbin_app feedback_list feedback_newest "$o, NULL, 10, NULL, NULL"
	nosort
	seeks 'updated_at, id'
	plan bobbin_app feedback_thread feedback_thread "$o, 'b1'"; nosort
	plan bobbin_app feedback_clear feedback_run \
	    "$o, '$(sql fresh postgres "SELECT run_id FROM feedback
	    WHERE email = 'big@x.org' LIMIT 1")', true, false, true"
	plan bobbin_jobs outbox_claim feedback_outbox_due "10, 60"
	plan bobbin_jobs outbox_claim feedback_outbox_gone "10, 60"

	# Of threads and of runs, those of these days alone.
	plan bobbin_app run_statistics threads_latest "$o, 30, 60"
	within 'latest_key >= '
	plan bobbin_app run_statistics users_threads_runs_order "$o, 366, 0"
	within 'thread_id.* = t.thread_id.*"timestamp" >= .*"timestamp" < '

	for after in NULL "'ck77'"; do
		plan bobbin_app ck_threads_down threads_document \
		    "$o, $after, 20"
		nosort
		seeks 'sorted_at, seq'
		plan bobbin_app ck_threads_up threads_document "$o, $after, 20"
		nosort
	done
	for after in NULL "'i77'"; do
		plan bobbin_app ck_items_down messages_thread \
		    "$o, 'ck1', $after, 20, false"
		nosort
		seeks 'created_at, seq'
		plan bobbin_app ck_items_up messages_thread \
		    "$o, 'ck1', $after, 20, true"
		nosort
	done
	plan bobbin_app ck_thread_get threads_email_thread_id_key "$o, 'ck1'"
	plan bobbin_app ck_thread_title threads_email_thread_id_key \
	    "$o, 'ck1', 'x'"
	plan bobbin_app ck_item_get messages_email_thread_id_item_id_key \
	    "$o, 'ck1', 'i1'"
	plan bobbin_app ck_item_delete messages_email_thread_id_item_id_key \
	    "$o, 'ck1', 'i1'"
	plan bobbin_app ck_call messages_thread "$o, 'ck1', 'i1', NULL, false, true"
	nosort
	plan bobbin_app ck_rate messages_email_thread_id_item_id_key \
	    "$o, 'ck1', '{i1,i2}', '{h}', 1, true"
}

every_statement_prepares_for_its_role() {
	# What migrate keeps its own book in.
	sql fresh postgres 'CREATE TABLE bobbin_migrations (version int);
	    GRANT SELECT ON bobbin_migrations TO PUBLIC;
	    INSERT INTO bobbin_migrations VALUES (1)'
	for name in $(awk '/^-- name: / { print $3 }' "$src"/sql/query/*.sql)
	do
		case $(stmt "$name") in
		*'{'*) continue ;; # names that LangGraph's tables decide
		esac
		case $name in
		outbox_*|claims_sweep|prune_*) role=bobbin_jobs ;;
		*) role=bobbin_app ;;
		esac
		is "$(prep "$name" | q fresh $role)" ''
	done
}

check_says_what_is_wrong() {
	check="$(prep check_schema) EXECUTE check_schema(1);"
	is "$(sql fresh bobbin_app "$check" | cut -d'|' -f 1 | tr -d '\n')" \
	    tttttttt
	is "$(sql fresh postgres "SET search_path = pg_temp; CREATE TABLE
	    threads (i int); SET search_path = public; UPDATE bobbin_migrations
	    SET version = 2; $check" | cut -d'|' -f 1 | tr -d '\n')" \
	    fffftftf
	for other in search_path=public timezone=CET datestyle=German \
	    statement_timeout=0 lock_timeout=0 \
	    idle_in_transaction_session_timeout=0 plan_cache_mode=auto jit=on
	do
		is "$(sql fresh bobbin_app "SET $other; $check" |
		    tail -n 1 | cut -d '|' -f 1)" f "$other"
	done
}

start || { echo "Bail out! PostgreSQL does not start"; exit 1; }
t a_database_owner_with_createrole_migrates
t a_superuser_migrates_when_the_roles_exist
t bobbin_owner_migrates_itself
t without_the_right_nothing_is_made
t adoption_keeps_rows_ids_and_sequence
t claims_come_from_the_oldest_row
t up_down_up_leaves_the_same_schema
t no_identity_sees_no_row
t every_table_of_owners_is_under_row_security
t roles_get_no_more_than_they_need
t temp_tables_shadow_nothing
t plain_sql_insert_moves_the_summary
t a_trigger_that_sees_nothing_is_an_error
t seed_statements_run_as_they_are
t the_seeds_upsert_moves_no_run_to_another_owner
t run_keys_are_canonical
t a_rating_is_one_cheap_update
t a_new_run_is_created_and_claims
t a_repeat_is_the_same_run
t what_is_taken_is_409_and_leaves_nothing
t a_run_without_the_claim_is_409_even_repeated
t another_spelling_is_the_same_run
t concurrent_registrations_are_one_run
t deletion_without_langgraph_counts_zero
t an_unreadable_table_is_no_empty_one
t checkpoints_belong_to_the_claim
t what_comes_back_is_swept_for_a_day
t uuid_columns_work_in_their_own_schema
t feedback_is_merged_and_queued
t the_outbox_is_shared_and_ends
t what_is_taken_back_stays_in_the_outbox
t feedback_follows_its_run
t pages_come_in_one_order
t run_ids_keep_the_order_of_runs
t summaries_survive_a_random_walk
t summaries_survive_four_walkers
t a_summary_sees_what_it_waited_for
t a_thread_with_runs_stays
t hot_plans_keep_their_indexes
t every_statement_prepares_for_its_role
t check_says_what_is_wrong
echo "1..$n"
