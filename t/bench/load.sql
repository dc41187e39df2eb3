-- load.sql: the ledger as agents left it, before bobbin adopts it.
--
-- Owner u is 10^18 + u, its thread t is 2 * 10^18 + 10000 u + t, and a run's
-- UUID ends in ten times (10000 u + t) plus r: pgbench's variables are
-- integers, and so both clients can make up every id.  Owners 1 to 2000 have
-- 50 threads of 10 runs, 2001 has 5,000.  The rows lie in the order of time,
-- so those of one thread are far apart.

CREATE TABLE users_threads_runs (
	id		serial PRIMARY KEY,
	email		varchar(255) NOT NULL,
	thread_id	varchar(255) NOT NULL,
	run_id		varchar(255) UNIQUE NOT NULL,
	prompt		text,
	timestamp	timestamp DEFAULT CURRENT_TIMESTAMP,
	sentiment	boolean DEFAULT NULL
);
INSERT INTO users_threads_runs (email, thread_id, run_id, prompt, timestamp,
       sentiment)
SELECT 1000000000000000000 + u, 2000000000000000000 + n,
       '00000000-0000-4000-8000-' || lpad((10 * n + r)::text, 12, '0'),
       'How many parcels of order ' || n || ' came back last month, and what '
       'did each of them cost us?',
       timestamp '2024-01-01' + (r * 5000 + t) * interval '15 min'
       + u * interval '0.4 s', CASE WHEN n % 3 = 0 THEN r % 2 = 0 END
  FROM generate_series(0, 9) r,
       generate_series(1, 5000) t,
       generate_series(CASE WHEN t <= 50 THEN 1 ELSE 2001 END, 2001) u,
       LATERAL (SELECT 10000 * u + t AS n) x;
CREATE INDEX idx_users_threads_runs_email ON users_threads_runs (email);
CREATE INDEX idx_users_threads_runs_thread_id
    ON users_threads_runs (thread_id);
CREATE INDEX idx_users_threads_runs_email_thread
    ON users_threads_runs (email, thread_id);
