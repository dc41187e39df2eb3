/* conn.c: one backend: connecting, proving the role, backing off. */
#include "config.h"

#include "db/ahead.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

#define TEXT_MAX	65536		/* of a statement */
#define CONNECT_US	5000000
#define BACKOFF_US	100000		/* the first; doubles */
#define BACKOFF_MAX	6		/* times */

static const struct stmt builtin[] = {
#define Q(name, nparams, flags, text)	{ #name, nparams, flags, text },
#include "db/queries.h"
#undef Q
};

static const struct stmt identity = {
	"identity", 1, STMT_OWNED,
	"SELECT set_config('bobbin.email', $1::text, true)"
};

const char *
db_query_name(enum query q)
{
	return builtin[q].name;
}

const char *
db_query_text(enum query q)
{
	return builtin[q].text;
}

const struct stmt *
conn_stmt(const struct db *db, size_t q)
{
	return q < db->nstmts ? &db->stmts[q] : &identity;
}

static void
prep_name(struct db *db, size_t q)
{
	struct prep	*p = &db->prep[q];

	snprintf(p->name, sizeof(p->name), "q%zu.%u", q, p->gen);
}

void
conn_use(struct db *db, const struct stmt *stmts, size_t n)
{
	struct prep	*prep;
	size_t		 q;

	if ((prep = calloc(n + 1, sizeof(*prep))) == NULL)
		abort();
	free(db->prep);
	db->prep = prep;
	db->stmts = stmts;
	db->nstmts = n;
	for (q = 0; q <= n; q++)
		prep_name(db, q);
	db_bind(db, NULL, NULL);
}

struct db *
db_new(const char *url, const struct conf *conf)
{
	struct db	*db;

	if ((db = calloc(1, sizeof(*db))) == NULL ||
	    (db->url = conn_url(url)) == NULL) {
		free(db);
		return NULL;
	}
	db->prepare = conf->db_prepare;
	db->timeout = conf->db_timeout * 1000;
	if ((db->lanes = calloc(LANES, sizeof(*db->lanes))) == NULL)
		abort();
	buf_init(&db->text, TEXT_MAX);
	conn_use(db, builtin, nitems(builtin));
	return db;
}

void
db_free(struct db *db)
{
	size_t	i;

	if (db == NULL)
		return;
	PQfinish(db->pg);
	for (i = 0; i < DEFINES; i++)
		free(db->defines[i].text);
	buf_free(&db->text);
	free(db->prep);
	free(db->lanes);
	free(db->url);
	free(db);
}

void
db_trust(struct db *db)
{
	db->trusted = true;
}

unsigned
db_backend(const struct db *db)
{
	return db->pg != NULL && PQstatus(db->pg) == CONNECTION_OK ?
	    db->backends : 0;
}

void
db_on_reconnect(struct db *db, void (*fn)(void *), void *arg)
{
	db->hook = fn;
	db->hook_arg = arg;
}

char *
conn_url(const char *url)
{
	const char	*rest;
	char		*out;

	if (strncmp(url, "postgresql+", 11) != 0 ||
	    (rest = strstr(url, "://")) == NULL)
		return strdup(url);
	return asprintf(&out, "postgresql%s", rest) == -1 ? NULL : out;
}

bool
conn_parses(const char *url)
{
	PQconninfoOption	*opts;

	if (strpbrk(url, "=:/@") == NULL)
		return true;	/* the name of a database alone */
	opts = PQconninfoParse(url, NULL);
	PQconninfoFree(opts);
	return opts != NULL;
}

bool
conn_many(const char *url)
{
	PQconninfoOption	*opts, *o;
	bool			 many = false;

	if ((opts = PQconninfoParse(url, NULL)) == NULL)
		return false;
	for (o = opts; o->keyword != NULL; o++)
		if (strncmp(o->keyword, "host", 4) == 0 && o->val != NULL &&
		    strchr(o->val, ',') != NULL)
			many = true;
	PQconninfoFree(opts);
	return many;
}

/* Where a URL leads, in libpq's words; NULLs where it does not say. */
struct whither {
	PQconninfoOption	*opts;
	const char		*host, *port, *dbname;
};

static const char *
lookup(const PQconninfoOption *o, const char *keyword)
{
	for (; o->keyword != NULL; o++)
		if (strcmp(o->keyword, keyword) == 0 && o->val != NULL &&
		    *o->val != '\0')
			return o->val;
	return NULL;
}

/* What a URL leaves open is libpq's default for everybody. */
static const char *
given(const struct whither *w, const PQconninfoOption *defaults,
    const char *keyword)
{
	const char	*v = lookup(w->opts, keyword);

	return v != NULL || defaults == NULL ? v : lookup(defaults, keyword);
}

static bool
whither(struct whither *w, const char *url, const PQconninfoOption *defaults)
{
	char	*plain = conn_url(url);

	memset(w, 0, sizeof(*w));
	if (plain != NULL)
		w->opts = PQconninfoParse(plain, NULL);
	free(plain);
	if (w->opts == NULL)
		return false;
	if ((w->host = lookup(w->opts, "hostaddr")) == NULL)
		w->host = given(w, defaults, "host");
	if (w->host != NULL && (strcasecmp(w->host, "localhost") == 0 ||
	    strcmp(w->host, "::1") == 0))
		w->host = "127.0.0.1";
	w->port = given(w, defaults, "port");
	if ((w->dbname = given(w, defaults, "dbname")) == NULL)
		w->dbname = given(w, defaults, "user");
	return true;
}

static bool
equal(const char *a, const char *b, int (*compare)(const char *, const char *))
{
	return a == b || (a != NULL && b != NULL && compare(a, b) == 0);
}

bool
db_same(const char *a, const char *b)
{
	PQconninfoOption	*defaults = PQconndefaults();
	struct whither		 wa, wb;
	bool			 same;

	same = whither(&wa, a, defaults);
	same = whither(&wb, b, defaults) && same;
	same = same && equal(wa.host, wb.host, strcasecmp) &&
	    equal(wa.port, wb.port, strcmp) &&
	    equal(wa.dbname, wb.dbname, strcmp);
	PQconninfoFree(wa.opts);
	PQconninfoFree(wb.opts);
	PQconninfoFree(defaults);
	return same;
}

int
conn_line(const char *message)
{
	return (int)strcspn(message, "\n");
}

void
conn_forget(struct db *db, size_t q)
{
	db->prep[q].ready = false;
	db->prep[q].gen++;
	prep_name(db, q);
}

void
conn_forget_all(struct db *db)
{
	size_t	q;

	for (q = 0; q <= db->nstmts; q++)
		conn_forget(db, q);
}

/*
 * A backend that had answered is replaced at the next use; one that never
 * did (or was never there) is waited for, so that many workers do not storm a
 * server that is starting.
 */
void
conn_drop(struct db *db)
{
	unsigned	r;
	int64_t		delay;

	PQfinish(db->pg);
	db->pg = NULL;
	ahead_lost(db);
	if (db->proven) {
		db->proven = false;
		return;
	}
	if (getentropy(&r, sizeof(r)) == -1)
		r = (unsigned)getpid();
	delay = (int64_t)BACKOFF_US << db->fails;
	db->retry_at = mono_us() + delay / 2 + r % (delay / 2);
	if (db->fails < BACKOFF_MAX)
		db->fails++;
}

static int
left_ms(int64_t deadline)
{
	int64_t	us = deadline - mono_us();

	return us <= 0 ? 0 : (int)((us + 999) / 1000);
}

/* poll(2) that a signal does not end. */
static int
wait_fd(struct pollfd *p, int64_t deadline)
{
	int	n;

	do
		n = poll(p, 1, left_ms(deadline));
	while (n == -1 && errno == EINTR);
	return n;
}

enum wait
conn_wait(PGconn *pg, int64_t deadline)
{
	struct pollfd	p = { .fd = PQsocket(pg), .events = POLLIN };
	int		n;

	if ((n = PQflush(pg)) == -1)
		return WAIT_DEAD;
	if (n == 1)
		p.events |= POLLOUT;
	if ((n = wait_fd(&p, deadline)) == 0)
		return WAIT_LATE;
	return n == 1 && PQconsumeInput(pg) == 1 ? WAIT_READ : WAIT_DEAD;
}

/* Notices are not for us, but a farewell to an idle connection is one. */
static void
notice(void *arg, const PGresult *r)
{
	struct db	*db = arg;
	const char	*s;

	s = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);
	if (s != NULL && strcmp(s, "FATAL") == 0)
		db->dying = true;
}

/*
 * Whether the server has closed the connection while nobody looked: then
 * nothing has been sent yet, and a new one may be had without any doubt about
 * what was done.  One system call, 0.3 us.
 */
static bool
alive(struct db *db)
{
	struct pollfd	 p = { .fd = PQsocket(db->pg),
			     .events = POLLIN | POLLRDHUP };

	if (PQstatus(db->pg) != CONNECTION_OK)
		return false;
	if (poll(&p, 1, 0) != 1)
		return true;
	if ((p.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0 ||
	    PQconsumeInput(db->pg) == 0)
		return false;
	PQfreemem(PQnotifies(db->pg));	/* makes libpq look at what came */
	return !db->dying;
}

/*
 * Defaults first, then the URL, then what it must not change: libpq lets the
 * last one win.  tcp_user_timeout bounds connect(2) too, so that a dead host
 * leaves time for the next one.
 */
static PGconn *
start(const struct db *db)
{
	const char	*attrs = conn_many(db->url) ? "read-write" : "any";
	const char	*const keys[] = { "application_name",
			     "target_session_attrs", "keepalives_idle",
			     "keepalives_interval", "keepalives_count",
			     "tcp_user_timeout", "connect_timeout", "dbname",
			     "client_encoding", NULL };
	const char	*const values[] = { "bobbin", attrs, "30", "10", "3",
			     "3000", "5", db->url, "UTF8", NULL };

	return PQconnectStartParams(keys, values, 1);
}

static bool
dial(struct db *db, int64_t deadline)
{
	PostgresPollingStatusType	 s = PGRES_POLLING_WRITING;
	struct pollfd			 p;

	if (!conn_parses(db->url)) {
		log_error("database: the URL cannot be parsed");
		return false;
	}
	if ((db->pg = start(db)) == NULL)
		return false;
	while (PQstatus(db->pg) != CONNECTION_BAD &&
	    s != PGRES_POLLING_OK && s != PGRES_POLLING_FAILED) {
		p.fd = PQsocket(db->pg);
		p.events = s == PGRES_POLLING_READING ? POLLIN : POLLOUT;
		if (wait_fd(&p, deadline) != 1) {
			log_error("database: no connection in time");
			return false;
		}
		s = PQconnectPoll(db->pg);
	}
	if (s == PGRES_POLLING_OK)
		return PQsetnonblocking(db->pg, 1) == 0;
	log_error("database: %.*s", conn_line(PQerrorMessage(db->pg)),
	    PQerrorMessage(db->pg));
	return false;
}

/* The answer to the one question that is asked before the pipeline mode. */
static bool
ask(struct db *db, const char *sql, int64_t deadline, bool *yes)
{
	PGresult	*r;
	bool		 ok = false;

	if (PQsendQuery(db->pg, sql) == 0)
		return false;
	for (;;) {
		while (PQisBusy(db->pg))
			if (conn_wait(db->pg, deadline) != WAIT_READ)
				return false;
		if ((r = PQgetResult(db->pg)) == NULL)
			return ok;
		ok = PQntuples(r) == 1;
		*yes = ok && *PQgetvalue(r, 0, 0) == 't';
		PQclear(r);
	}
}

/* Row security protects nobody from a role that it does not bind. */
static bool
bound(struct db *db, int64_t deadline)
{
	bool	exempt;

	if (db->trusted)
		return true;
	if (!ask(db, "SELECT rolsuper OR rolbypassrls OR "
	    "coalesce(pg_catalog.pg_has_role(c.relowner, 'USAGE'), false) "
	    "FROM pg_catalog.pg_roles LEFT JOIN pg_catalog.pg_class c "
	    "ON c.oid = to_regclass('public.users_threads_runs') "
	    "WHERE rolname = current_user", deadline, &exempt)) {
		log_error("database: cannot tell the rights of our role");
		return false;
	}
	if (exempt && !db->told) {
		log_error("database: refused: role %s bypasses row security",
		    PQuser(db->pg));
		db->told = true;
	}
	return !exempt;
}

enum rc
conn_up(struct db *db)
{
	int64_t	deadline;

	if (db->pg != NULL && alive(db))
		return RC_OK;
	if (db->pg != NULL)
		conn_drop(db);
	if (mono_us() < db->retry_at)
		return RC_DOWN;
	deadline = mono_us() +
	    (db->limit < CONNECT_US ? db->limit : CONNECT_US);
	if (!dial(db, deadline) || !bound(db, deadline) ||
	    PQenterPipelineMode(db->pg) == 0) {
		conn_drop(db);
		return RC_DOWN;
	}
	PQsetNoticeReceiver(db->pg, notice, db);
	db->dying = false;
	conn_forget_all(db);
	if (db->backends++ > 0 && db->hook != NULL)
		db->hook(db->hook_arg);
	return RC_OK;
}
