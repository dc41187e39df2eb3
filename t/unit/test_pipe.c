/* test_pipe.c: the pipeline against a real server, and against worse. */
#include "config.h"

#include "unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "db/conn.h"
#include "unit/pg.h"

enum {
	T_PING, T_PID, T_WHO, T_MINE, T_ECHO, T_DIV, T_PUT, T_LATE, T_COUNT,
	T_MISSING, T_DIE, T_SLEEP, T_STAR, T_FORGET, T_FLAKY, T_RAISE, T_JSONB,
	T_SERIES, T_TOUCH, T__MAX
};

static const struct stmt stmts[] = {
	[T_PING]    = { "ping", 0, false, "SELECT 1" },
	[T_PID]	    = { "pid", 0, false, "SELECT pg_backend_pid()" },
	[T_WHO]	    = { "who", 0, false,
	    "SELECT current_setting('bobbin.email', true)" },
	[T_MINE]    = { "mine", 1, true,
	    "SELECT $1::text, current_setting('bobbin.email', true)" },
	[T_ECHO]    = { "echo", 1, false, "SELECT $1::text" },
	[T_DIV]	    = { "div", 1, false, "SELECT 1 / $1::int" },
	[T_PUT]	    = { "put", 0, false, "INSERT INTO app.t VALUES (1)" },
	[T_LATE]    = { "late", 0, false, "INSERT INTO app.late VALUES (1)" },
	[T_COUNT]   = { "count", 0, false, "SELECT count(*) FROM app.t" },
	[T_MISSING] = { "missing", 0, false, "SELECT 1 FROM app.missing" },
	[T_DIE]	    = { "die", 0, false,
	    "SELECT pg_terminate_backend(pg_backend_pid())" },
	[T_SLEEP]   = { "sleep", 0, false, "SELECT pg_sleep(60)" },
	[T_STAR]    = { "star", 0, false, "SELECT * FROM app.star" },
	[T_FORGET]  = { "forget", 0, false, "DEALLOCATE ALL" },
	[T_FLAKY]   = { "flaky", 0, false, "SELECT app.flaky()" },
	[T_RAISE]   = { "raise", 1, false, "SELECT app.raise($1::text)" },
	[T_JSONB]   = { "jsonb", 1, false, "SELECT $1::jsonb" },
	[T_SERIES]  = { "series", 3, true, "SELECT $1::text, "
	    "1 / (i - $3::int) "
	    "FROM (SELECT generate_series(1, $2::int) AS i) AS s" },
	[T_TOUCH]   = { "touch", 1, false, "UPDATE app.two SET id = id "
	    "WHERE id <= $1::int" },
};
_Static_assert(nitems(stmts) == T__MAX, "one row per statement");

#define SCHEMA								\
	"CREATE TABLE app.t (id int);"					\
	"CREATE TABLE app.late (id int UNIQUE DEFERRABLE INITIALLY "	\
	    "DEFERRED);"						\
	"INSERT INTO app.late VALUES (1);"				\
	"CREATE TABLE app.two (id int); INSERT INTO app.two VALUES (1), (2);" \
	"CREATE TABLE app.star (a int); INSERT INTO app.star VALUES (7);" \
	"CREATE SEQUENCE app.tries;"					\
	"CREATE FUNCTION app.flaky() RETURNS int LANGUAGE plpgsql AS $$" \
	    "BEGIN IF nextval('app.tries') % 2 = 1 THEN RAISE 'again' "	\
	    "USING ERRCODE = '40001'; END IF; RETURN 5; END $$;"	\
	"CREATE FUNCTION app.raise(text) RETURNS int LANGUAGE plpgsql AS $$" \
	    "BEGIN RAISE 'x' USING ERRCODE = $1; END $$;"		\
	"GRANT ALL ON ALL TABLES IN SCHEMA app TO app;"			\
	"GRANT ALL ON ALL SEQUENCES IN SCHEMA app TO app;"

static struct arena	*arena;

static enum query
q(int n)
{
	return (enum query)n;
}

static struct db *
make(const char *url, bool prepare, int64_t timeout)
{
	static bool		 made;
	const struct conf	 conf = { .db_prepare = prepare,
				     .db_timeout = timeout };
	struct db		*db = db_new(url, &conf);

	if (!made && pg_url("app") != NULL) {
		pg_do(SCHEMA);
		made = true;
	}
	if (arena == NULL)
		arena = arena_new(16 << 20);
	arena_reset(arena);
	conn_use(db, stmts, T__MAX);
	db_bind(db, arena, NULL);
	return db;
}

static struct db *
make_app(int64_t timeout)
{
	return pg_url("app") == NULL ? NULL :
	    make(pg_url("app"), true, timeout);
}

/* The one number that a statement answers, or -1. */
static int64_t
number(struct db *db, int n)
{
	struct db_res	*r;

	return db_one(db, &r, q(n)) == RC_OK ? res_int(r, 0, 0) : -1;
}

/* How the routes through which a test goes differ. */
static const struct {
	const char	*why;
	bool		 pooled, prepare;
} ways[] = {
	{ "prepared",	false,	true },
	{ "unprepared",	false,	false },
	{ "pooled",	true,	false },
};

static struct db *
make_way(size_t i)
{
	const char	*url = ways[i].pooled ? pg_pool_url("app") :
			    pg_url("app");

	return url == NULL ? NULL : make(url, ways[i].prepare, 8000);
}

static const struct {
	const char	*why;
	int		 bad;
	const char	*arg;
	enum rc		 want;
	const char	*state;
} failures[] = {
	{ "while running",	T_DIV,	   "0",		RC_INVALID, "22012" },
	{ "in a parameter",	T_DIV,	   "x",		RC_INVALID, "22P02" },
	{ "while preparing",	T_MISSING, NULL,	RC_FAIL,    "42P01" },
	{ "while committing",	T_LATE,	   NULL,	RC_CONFLICT, "23505" },
};

static void
fail_at(struct db *db, size_t f, int at, const char *why)
{
	struct db_res	*res[4] = { NULL };
	int64_t		 pid = number(db, T_PID);
	int		 i;

	for (i = 0; i < 4; i++)
		if (i == at)
			db_queue(db, q(failures[f].bad), failures[f].arg);
		else
			db_queue(db, q(T_PUT));
	check(failures[f].why, failures[f].want, db_exec(db, res, 4));
	check_str(why, failures[f].state, db_sqlstate(db));
	for (i = 0; i < 4; i++)
		check("no result is left", true, res[i] == NULL);
	check("nothing was written", 0, number(db, T_COUNT));
	if (failures[f].bad != T_LATE)
		check("the backend stays", pid, number(db, T_PID));
	check_str("no failure", "", db_sqlstate(db));
}

static void
pipe_drains_after_any_failure(void)
{
	struct db	*db;
	size_t		 i, f;
	int		 at;

	for (i = 0; i < nitems(ways); i++) {
		if ((db = make_way(i)) == NULL)
			continue;
		for (f = 0; f < nitems(failures); f++)
			for (at = 0; at < 4; at++)
				fail_at(db, f, at, ways[i].why);
		db_free(db);
	}
}

static void
results_come_in_order(void)
{
	struct db	*db;
	struct db_res	*res[5];
	size_t		 i;

	for (i = 0; i < nitems(ways); i++) {
		if ((db = make_way(i)) == NULL)
			continue;
		db_queue(db, q(T_ECHO), "one");
		db_queue(db, q(T_ECHO), NULL);
		db_queue(db, q(T_TOUCH), "2");
		db_queue(db, q(T_ECHO), "four");
		check(ways[i].why, RC_OK, db_exec(db, res, 5));
		check_str("first", "one", res_str(res[0], 0, 0));
		check("SQL NULL", true, res_null(res[1], 0, 0));
		check("rows touched", 2, res_affected(res[2]));
		check_str("the same statement", "four", res_str(res[3], 0, 0));
		check("none queued", true, res[4] == NULL);
		check("nothing to do", RC_OK, db_exec(db, NULL, 0));
		check("no row", RC_NOTFOUND,
		    db_one(db, res, q(T_TOUCH), "0"));
		db_free(db);
	}
}

static void
prepare_after_error_is_prepared_again(void)
{
	struct db	*db;
	struct db_res	*r;

	if ((db = make_app(8000)) == NULL)
		return;
	db_queue(db, q(T_DIV), "0");
	db_queue(db, q(T_ECHO), "x");
	check("the first fails", RC_INVALID, db_exec(db, NULL, 0));
	check("it was prepared", true, db->prep[T_DIV].ready);
	check("the second was not", false, db->prep[T_ECHO].ready);
	check("now it is", RC_OK, db_run(db, &r, q(T_ECHO), "x"));
	check_str("and answers", "x", res_str(r, 0, 0));
	check("under its first name", 0, strcmp(db->prep[T_ECHO].name,
	    "q4.1"));
	db_free(db);
}

static void
count(void *arg)
{
	++*(int *)arg;
}

static void
a_killed_backend_is_down_then_ok(void)
{
	struct db	*db;
	struct db_res	*r = NULL;
	int64_t		 pid;
	int		 told = 0;

	if ((db = make_app(8000)) == NULL)
		return;
	db_on_reconnect(db, count, &told);
	pid = number(db, T_PID);
	check("the first is none", 0, told);
	check("killed", RC_DOWN, db_run(db, &r, q(T_DIE)));
	check("no result", true, r == NULL);
	check("well again", RC_OK, db_run(db, &r, q(T_ECHO), "x"));
	check("another backend", true, pid != number(db, T_PID));
	check("it was told", 1, told);
	db_free(db);
}

/* Returns when the process is gone, and with it its end of the socket. */
static void
kill_backend(int64_t pid)
{
	char	sql[64];
	int	i;

	snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%d)", (int)pid);
	pg_do(sql);
	for (i = 0; i < 1000 && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
	    i++)
		usleep(10000);
}

/* The kernel gives up on a host that is gone; no URL needs to say so. */
static void
a_dead_host_is_noticed(void)
{
	static const char *const want[][2] = {
		{ "tcp_user_timeout", "3000" }, { "connect_timeout", "5" },
		{ "keepalives_idle", "30" }, { "keepalives_interval", "10" },
		{ "keepalives_count", "3" }, { "client_encoding", "UTF8" },
		{ "target_session_attrs", "any" },
	};
	PQconninfoOption	*opts, *o;
	struct db		*db;
	size_t			 i;

	if ((db = make_app(8000)) == NULL)
		return;
	check("there", RC_OK, db_run(db, NULL, q(T_PING)));
	opts = PQconninfo(db->pg);
	for (i = 0; i < nitems(want); i++) {
		for (o = opts; o != NULL && o->keyword != NULL; o++)
			if (strcmp(o->keyword, want[i][0]) == 0)
				break;
		check_str(want[i][0], want[i][1], o != NULL ? o->val : NULL);
	}
	PQconninfoFree(opts);
	db_free(db);
}

static void
an_idle_death_costs_nothing(void)
{
	struct db	*db;
	int64_t		 pid;

	if ((db = make_app(8000)) == NULL)
		return;
	pid = number(db, T_PID);
	kill_backend(pid);
	check("no failure", RC_OK, db_run(db, NULL, q(T_PING)));
	check("another backend", true, pid != number(db, T_PID));
	db_free(db);
}

static void
a_slow_query_is_cancelled_not_killed(void)
{
	struct db	*db;
	int64_t		 pid;

	if ((db = make_app(8000)) == NULL)
		return;
	pid = number(db, T_PID);
	db_limit(db, 100);
	check("cancelled", RC_DOWN, db_run(db, NULL, q(T_SLEEP)));
	check_str("by us", "57014", db_sqlstate(db));
	db_bind(db, arena, NULL);
	check("not killed", pid, number(db, T_PID));
	db_free(db);
}

static void
a_stuck_backend_is_given_up(void)
{
	struct db	*db;
	int64_t		 pid;

	if ((db = make_app(8000)) == NULL)
		return;
	pid = number(db, T_PID);
	db_limit(db, 100);
	kill((pid_t)pid, SIGSTOP);
	check("no answer", RC_DOWN, db_run(db, NULL, q(T_PING)));
	check_str("no state", "", db_sqlstate(db));
	kill((pid_t)pid, SIGCONT);
	db_bind(db, arena, NULL);
	check("well again", true, number(db, T_PID) > 0);
	check("another backend", true, pid != number(db, T_PID));
	db_free(db);
}

static void
owner_does_not_outlive_the_sync(void)
{
	struct db	*db, *other;
	struct db_res	*r;
	size_t		 i;

	for (i = 0; i < nitems(ways); i++) {
		if ((db = make_way(i)) == NULL)
			continue;
		other = make_way(i);
		db_bind(db, arena, "a@example.org");
		check(ways[i].why, RC_OK, db_run(db, &r, q(T_MINE)));
		check_str("$1", "a@example.org", res_str(r, 0, 0));
		check_str("the setting", "a@example.org", res_str(r, 0, 1));
		check("failing", RC_INVALID, db_run(db, &r, q(T_DIV), "0"));
		check("another client", RC_OK, db_one(other, &r, q(T_WHO)));
		check_str("sees nobody", "", res_str(r, 0, 0));
		db_bind(db, arena, NULL);
		check("the next request", RC_OK, db_one(db, &r, q(T_WHO)));
		check_str("is nobody's", "", res_str(r, 0, 0));
		db_free(db);
		db_free(other);
	}
}

static void
roles_above_row_security_are_refused(void)
{
	static const struct {
		const char	*why, *role;
		bool		 trust;
		enum rc		 want;
	} roles[] = {
		{ "superuser",		"boss",	false,	RC_DOWN },
		{ "BYPASSRLS",		"lax",	false,	RC_DOWN },
		{ "bound",		"app",	false,	RC_OK },
		{ "a tool's",		"boss",	true,	RC_OK },
		{ "no such role",	"nil",	false,	RC_DOWN },
	};
	struct db	*db;
	size_t		 i;

	for (i = 0; i < nitems(roles) && pg_url("app") != NULL; i++) {
		db = make(pg_url(roles[i].role), true, 8000);
		if (roles[i].trust)
			db_trust(db);
		check(roles[i].why, roles[i].want,
		    db_run(db, NULL, q(T_PING)));
		db_free(db);
	}
}

static void
stale_plans_are_made_anew(void)
{
	struct db	*db;
	struct db_res	*r;

	if ((db = make_app(8000)) == NULL)
		return;
	check("before", 7, number(db, T_STAR));
	pg_do("ALTER TABLE app.star ALTER a TYPE text");
	check("another type", 7, number(db, T_STAR));
	pg_do("ALTER TABLE app.star ALTER a TYPE int USING a::int");
	check("and back", 7, number(db, T_STAR));
	check("all are lost", RC_OK, db_run(db, NULL, q(T_FORGET)));
	db_bind(db, arena, "a@example.org");
	check("the identity too", RC_OK, db_run(db, &r, q(T_MINE)));
	check_str("it answers", "a@example.org", res_str(r, 0, 1));
	db_free(db);
}

static void
lost_races_are_run_again(void)
{
	struct db	*db;

	if ((db = make_app(8000)) == NULL)
		return;
	pg_do("ALTER SEQUENCE app.tries RESTART 1");
	check("the second time it works", 5, number(db, T_FLAKY));
	check("once is enough", RC_DOWN, db_run(db, NULL, q(T_RAISE), "40P01"));
	check_str("its state", "40P01", db_sqlstate(db));
	db_free(db);
}

static void
raised_states_reach_the_caller(void)
{
	static const struct {
		const char	*state;
		enum rc		 want;
		bool		 dropped;
	} raised[] = {
		{ "BB404", RC_NOTFOUND,	false },
		{ "BB409", RC_CONFLICT,	false },
		{ "BB503", RC_DOWN,	false },
		{ "P0001", RC_FAIL,	false },
		{ "25006", RC_DOWN,	true },
		{ "57P01", RC_DOWN,	true },
	};
	struct db	*db;
	int64_t		 pid;
	size_t		 i;

	if ((db = make_app(8000)) == NULL)
		return;
	for (i = 0; i < nitems(raised); i++) {
		pid = number(db, T_PID);
		check(raised[i].state, raised[i].want,
		    db_run(db, NULL, q(T_RAISE), raised[i].state));
		check_str("state", raised[i].state, db_sqlstate(db));
		check("dropped", raised[i].dropped, pid != number(db, T_PID));
	}
	db_free(db);
}

static void
a_nul_in_jsonb_is_invalid(void)
{
	struct db	*db;

	if ((db = make_app(8000)) == NULL)
		return;
	check("refused", RC_INVALID,
	    db_run(db, NULL, q(T_JSONB), "\"\\u0000\""));
	check("and then", RC_OK, db_run(db, NULL, q(T_JSONB), "1"));
	db_free(db);
}

struct seen {
	int	rows, stop;
};

static enum rc
see(void *arg, const struct db_res *r)
{
	struct seen	*s = arg;

	check("one at a time", 1, res_rows(r));
	return ++s->rows == s->stop ? RC_TOOLARGE : RC_OK;
}

static const struct {
	const char	*why, *n, *bad;
	int		 stop;
	enum rc		 want;
	int		 rows;
} walks[] = {
	{ "all",		"5000",	"0",	0,	RC_OK,	     5000 },
	{ "none",		"0",	"0",	0,	RC_OK,	     0 },
	{ "fails half way",	"5000",	"3000",	0,	RC_INVALID,  2999 },
	{ "fails at once",	"x",	"0",	0,	RC_INVALID,  0 },
	{ "stopped",		"2000000000", "0", 9,	RC_TOOLARGE, 9 },
};

static void
rows_come_one_by_one(void)
{
	struct db	*db;
	struct seen	 s;
	int64_t		 pid;
	size_t		 i, w;

	for (w = 0; w < nitems(ways); w++) {
		if ((db = make_way(w)) == NULL)
			continue;
		db_bind(db, arena, "a@example.org");
		pid = number(db, T_PID);
		for (i = 0; i < nitems(walks); i++) {
			s = (struct seen){ 0, walks[i].stop };
			check(walks[i].why, walks[i].want, db_each(db, see, &s,
			    q(T_SERIES), walks[i].n, walks[i].bad));
			check(walks[i].why, walks[i].rows, s.rows);
			check("the backend stays", pid, number(db, T_PID));
		}
		db_free(db);
	}
}

/* 16 * 2 MiB there and back: more than any socket buffer holds. */
static void
large_pipelines_do_not_deadlock(void)
{
	struct db	*db;
	struct db_res	*res[16];
	char		*big;
	int		 i;

	if ((db = make_app(60000)) == NULL)
		return;
	big = malloc((2 << 20) + 1);
	memset(big, 'x', 2 << 20);
	big[2 << 20] = '\0';
	for (i = 0; i < 16; i++)
		db_queue(db, q(T_ECHO), big);
	check("all of them", RC_OK, db_exec(db, res, 16));
	check("whole", 2 << 20, res_len(res[15], 0, 0));
	free(big);
	db_free(db);
}

static void
statements_can_be_tried(void)
{
	struct db	*db;
	size_t		 i;

	for (i = 0; i < nitems(ways); i++) {
		if ((db = make_way(i)) == NULL)
			continue;
		check(ways[i].why, RC_OK, db_prepare(db, q(T_MINE)));
		check("again", RC_OK, db_prepare(db, q(T_MINE)));
		check("not run", RC_OK, db_prepare(db, q(T_PUT)));
		check("no table", RC_FAIL, db_prepare(db, q(T_MISSING)));
		check_str("its state", "42P01", db_sqlstate(db));
		check("nothing was written", 0, number(db, T_COUNT));
		db_free(db);
	}
}

static void
misuse_runs_nothing(void)
{
	struct db	*db;
	int		 i;

	if ((db = make_app(8000)) == NULL)
		return;
	check("no owner", RC_FAIL, db_run(db, NULL, q(T_MINE)));
	for (i = 0; i <= PIPE_MAX; i++)
		db_queue(db, q(T_PUT));
	check("too many", RC_FAIL, db_exec(db, NULL, 0));
	check("nothing was written", 0, number(db, T_COUNT));
	db_free(db);
}

/* A server that takes connections and says nothing. */
static int
deaf(char url[256])
{
	struct sockaddr_un	sa = { .sun_family = AF_UNIX };
	int			fd;

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/.s.PGSQL.7777",
	    pg_dir());
	unlink(sa.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == -1 ||
	    listen(fd, 8) == -1)
		return -1;
	snprintf(url, 256, "host=%s port=7777 user=app", pg_dir());
	return fd;
}

static int
callers(int fd)
{
	int	n = 0, c;

	while ((c = accept(fd, NULL, NULL)) != -1) {
		close(c);
		n++;
	}
	return n;
}

static void
backing_off_does_not_storm(void)
{
	struct db	*db;
	char		 url[256];
	int		 fd, i;

	fd = deaf(url);
	CU_ASSERT_FATAL(fd != -1);
	db = make(url, true, 100);
	check("no answer", RC_DOWN, db_run(db, NULL, q(T_PING)));
	check("one call", 1, callers(fd));
	check("backing off", true, db->retry_at > 0);
	db->retry_at = INT64_MAX;
	for (i = 0; i < 100; i++)
		check("at once", RC_DOWN, db_run(db, NULL, q(T_PING)));
	check("no call", 0, callers(fd));
	db->retry_at = 0;
	check("the time has come", RC_DOWN, db_run(db, NULL, q(T_PING)));
	check("one call", 1, callers(fd));
	check("longer each time", 2, db->fails);
	db_free(db);
	close(fd);
}

static void
drivers_in_urls_are_left_out(void)
{
	static const struct {
		const char	*url, *want;
	} urls[] = {
		{ "postgresql+asyncpg://a:b@h/d", "postgresql://a:b@h/d" },
		{ "postgresql://a@h/d",		  "postgresql://a@h/d" },
		{ "postgres://a@h/d",		  "postgres://a@h/d" },
		{ "host=/tmp user=a",		  "host=/tmp user=a" },
	};
	char	*url;
	size_t	 i;

	for (i = 0; i < nitems(urls); i++) {
		url = conn_url(urls[i].url);
		check_str(urls[i].url, urls[i].want, url);
		free(url);
	}
	check("several hosts", true, conn_many("postgresql://a,b:1/d"));
	check("one host", false, conn_many("postgresql://a:1/d,e"));
}

static void
one_database_has_many_urls(void)
{
	static const struct {
		const char	*a, *b;
		bool		 same;
	} pairs[] = {
		{ "postgresql://a:x@h/d", "postgresql://b:y@h:5432/d", true },
		{ "postgresql+asyncpg://a@h/d?sslmode=require",
		  "postgres://h/d", true },
		{ "postgresql://H.example/d", "postgresql://h.EXAMPLE/d",
		  true },
		{ "postgresql://localhost/d", "postgresql://127.0.0.1/d",
		  true },
		{ "postgresql:///d?host=/run/a", "host=/run/a dbname=d", true },
		{ "postgresql://d@h", "postgresql://e@h/d", true },
		{ "postgresql://h/d", "postgresql://h/e", false },
		{ "postgresql://h/d", "postgresql://h/D", false },
		{ "postgresql://h/d", "postgresql://i/d", false },
		{ "postgresql://h/d", "postgresql://h:5433/d", false },
		{ "postgresql:///d?host=/run/a", "postgresql:///d?host=/run/b",
		  false },
		{ "postgresql:///d?host=/run/a", "postgresql://localhost/d",
		  false },
		{ "postgresql://h/d", "postgresql://h/d?nonsense=1", false },
		{ "postgresql://h/d", "mysql://h/d", false },
	};
	size_t	 i;

	for (i = 0; i < nitems(pairs); i++) {
		check(pairs[i].b, pairs[i].same,
		    db_same(pairs[i].a, pairs[i].b));
		check(pairs[i].b, pairs[i].same,
		    db_same(pairs[i].b, pairs[i].a));
	}
}

static CU_TestInfo tests[] = {
	{ "one_database_has_many_urls", one_database_has_many_urls },
	{ "pipe_drains_after_any_failure", pipe_drains_after_any_failure },
	{ "results_come_in_order", results_come_in_order },
	{ "prepare_after_error_is_prepared_again",
	  prepare_after_error_is_prepared_again },
	{ "a_killed_backend_is_down_then_ok",
	  a_killed_backend_is_down_then_ok },
	{ "a_dead_host_is_noticed", a_dead_host_is_noticed },
	{ "an_idle_death_costs_nothing", an_idle_death_costs_nothing },
	{ "a_slow_query_is_cancelled_not_killed",
	  a_slow_query_is_cancelled_not_killed },
	{ "a_stuck_backend_is_given_up", a_stuck_backend_is_given_up },
	{ "owner_does_not_outlive_the_sync", owner_does_not_outlive_the_sync },
	{ "roles_above_row_security_are_refused",
	  roles_above_row_security_are_refused },
	{ "stale_plans_are_made_anew", stale_plans_are_made_anew },
	{ "lost_races_are_run_again", lost_races_are_run_again },
	{ "raised_states_reach_the_caller", raised_states_reach_the_caller },
	{ "a_nul_in_jsonb_is_invalid", a_nul_in_jsonb_is_invalid },
	{ "rows_come_one_by_one", rows_come_one_by_one },
	{ "large_pipelines_do_not_deadlock", large_pipelines_do_not_deadlock },
	{ "statements_can_be_tried", statements_can_be_tried },
	{ "misuse_runs_nothing", misuse_runs_nothing },
	{ "backing_off_does_not_storm", backing_off_does_not_storm },
	{ "drivers_in_urls_are_left_out", drivers_in_urls_are_left_out },
	CU_TEST_INFO_NULL
};

const struct suite pipe_suite = { "pipe", tests };
