/* pipe.c: identity, statements and one Sync out; everything until it back. */
#include "config.h"

#include "db/conn.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "db/ahead.h"
#include "db/pipe.h"
#include "db/sqlstate.h"

#define GRACE_US	2000000		/* to answer a cancel request */
#define YIELD_MS	50		/* to the other one of a deadlock */

void
db_bind(struct db *db, struct arena *arena, const char *owner)
{
	db->arena = arena;
	db->owner = owner;
	db->queue[0] = (struct call){ db->nstmts, &db->owner };
	db->nqueue = 1;
	db->nargs = 0;
	db->misuse = NULL;
	db->state[0] = '\0';
	db->limit = db->timeout;
}

void
db_limit(struct db *db, int ms)
{
	if ((int64_t)ms * 1000 < db->timeout)
		db->limit = (int64_t)ms * 1000;
}

const char *
db_sqlstate(const struct db *db)
{
	return db->state;
}

static void
enqueue(struct db *db, enum query q, va_list ap)
{
	const struct stmt	*s = conn_stmt(db, q);
	int			 i;

	if (db->nqueue == nitems(db->queue) ||
	    db->nargs + (size_t)s->nparams > PARAM_MAX)
		db->misuse = "too much for one pipeline";
	else if (s->flags & STMT_OWNED && db->owner == NULL)
		db->misuse = "an owned statement without an owner";
	if (db->misuse != NULL) {
		log_error("query %s: %s", s->name, db->misuse);
		return;
	}
	db->queue[db->nqueue++] = (struct call){ q, &db->args[db->nargs] };
	for (i = 0; i < s->nparams; i++)
		db->args[db->nargs++] = i == 0 && s->flags & STMT_OWNED ?
		    db->owner :
		    va_arg(ap, const char *);
}

void
db_queue(struct db *db, enum query q, ...)
{
	va_list	ap;

	va_start(ap, q);
	enqueue(db, q, ap);
	va_end(ap);
}

static bool
preparing(const struct db *db, const struct pipe *p, size_t q)
{
	size_t	i;

	for (i = 0; i < p->n; i++)
		if (p->elem[i].prepare && db->queue[p->elem[i].slot].q == q)
			return true;
	return false;
}

static bool
send_call(struct db *db, struct pipe *p, size_t slot)
{
	const struct call	*c = &db->queue[slot];
	const struct stmt	*s = conn_stmt(db, c->q);
	const struct prep	*prep = &db->prep[c->q];
	const char		*text;
	int			 binary = (s->flags & STMT_BINARY) != 0;

	if ((text = conn_text(db, s->text)) == NULL)
		return false;
	if ((db->prepare || p->dry) && !prep->ready &&
	    !preparing(db, p, c->q)) {
		if (PQsendPrepare(db->pg, db->prepare ? prep->name : "",
		    text, 0, NULL) == 0)
			return false;
		p->elem[p->n++] = (struct elem){ true, slot };
	}
	if (p->dry)
		return true;
	p->elem[p->n++] = (struct elem){ false, slot };
	return db->prepare ?
	    PQsendQueryPrepared(db->pg, prep->name, s->nparams, c->argv,
	    NULL, NULL, binary) == 1 :
	    PQsendQueryParams(db->pg, text, s->nparams, NULL, c->argv,
	    NULL, NULL, binary) == 1;
}

/* libpq buffers up to the Sync, which makes it one write. */
bool
pipe_send(struct db *db, struct pipe *p)
{
	size_t	slot;

	for (slot = db->owner != NULL ? 0 : 1; slot < db->nqueue; slot++)
		if (!send_call(db, p, slot))
			return false;
	return PQpipelineSync(db->pg) == 1;
}

/*
 * PQcancel() returns after the server has signalled the backend, so a late
 * cancel meets an idle backend, which ignores it, and not the next request.
 */
static void
cancel(struct db *db, struct pipe *p)
{
	PGcancel	*c;
	char		 err[256];

	p->cancelled = true;
	p->deadline = mono_us() +
	    (db->limit < GRACE_US ? db->limit : GRACE_US);
	if ((c = PQgetCancel(db->pg)) != NULL &&
	    PQcancel(c, err, sizeof(err)) == 0)
		log_warn("database: cannot cancel: %.*s", conn_line(err), err);
	PQfreeCancel(c);
}

/* True when PQgetResult() will not block. */
static bool
ready(struct db *db, struct pipe *p)
{
	while (PQisBusy(db->pg))
		switch (conn_wait(db->pg, p->deadline)) {
		case WAIT_READ:
			break;
		case WAIT_LATE:
			if (p->cancelled)
				return false;
			cancel(db, p);
			break;
		case WAIT_DEAD:
			return false;
		}
	return true;
}

static const char *
current(const struct db *db, const struct pipe *p)
{
	if (p->cur == p->n)
		return "commit";
	return conn_stmt(db, db->queue[p->elem[p->cur].slot].q)->name;
}

/*
 * The first failure counts; what follows it was not run.  The message goes to
 * the log only where it cannot quote a value.
 */
static void
failed(struct db *db, struct pipe *p, const PGresult *r)
{
	const char	*code, *text;

	if (p->why != NULL || p->rc != RC_OK)
		return;
	if ((code = PQresultErrorField(r, PG_DIAG_SQLSTATE)) == NULL) {
		/* No server said this: the connection broke, or no memory. */
		p->rc = RC_DOWN;
		p->spent = true;
		if (PQstatus(db->pg) == CONNECTION_OK)
			log_error("query %s: %.*s", current(db, p),
			    conn_line(PQresultErrorMessage(r)),
			    PQresultErrorMessage(r));
		return;
	}
	p->why = sqlstate_find(code);
	p->rc = p->why->rc;
	snprintf(db->state, sizeof(db->state), "%s", code);
	text = p->why->flags & SS_TEXT ?
	    PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	log_msg(p->why->flags & SS_QUIET ? LOG_L_DEBUG :
	    p->why->flags & SS_RETRY ? LOG_L_INFO :
	    p->rc == RC_INVALID ? LOG_L_WARN : LOG_L_ERROR,
	    "query %s: SQLSTATE %s%s%s%s", current(db, p), code,
	    p->cancelled ? " (out of time)" : "",
	    text != NULL ? ": " : "", text != NULL ? text : "");
	if (p->why->flags & SS_FORGET && p->cur < p->n)
		conn_forget(db, db->queue[p->elem[p->cur].slot].q);
	if (p->why->flags & SS_FORGET_ALL)
		conn_forget_all(db);
}

/*
 * A row of db_each(); one that wants no more gets no more.  What must not take
 * longer than the timeout is the way to the next row, not all of them.
 */
static void
row(struct db *db, struct pipe *p, PGresult *r)
{
	const struct db_res	res = { r };

	p->rows = true;
	if (!p->cancelled)
		p->deadline = mono_us() + db->limit;
	if (p->rc == RC_OK && (p->rc = p->fn(p->arg, &res)) != RC_OK &&
	    !p->cancelled)
		cancel(db, p);
	PQclear(r);
}

/* Keeps or clears the result. */
static void
take(struct db *db, struct pipe *p, PGresult *r)
{
	const struct elem	*e = &p->elem[p->cur];

	switch (PQresultStatus(r)) {
	case PGRES_SINGLE_TUPLE:
		row(db, p, r);
		return;
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
		if (p->cur == p->n)
			break;
		if (e->prepare)
			db->prep[db->queue[e->slot].q].ready = true;
		else if (p->res[e->slot] == NULL) {
			p->res[e->slot] = r;
			return;
		}
		break;
	case PGRES_PIPELINE_ABORTED:
		break;
	default:
		failed(db, p, r);
		break;
	}
	PQclear(r);
}

/*
 * Reads until the Sync's own result, whatever fails on the way: only then is
 * the connection fit for the next request.  False: it is lost.  libpq 15 takes
 * an error of the commit itself for the Sync's result and is out of step from
 * then on, so that backend has done its service.
 */
static bool
drain(struct db *db, struct pipe *p)
{
	PGresult	*r;
	bool		 fresh = true;

	for (;;) {
		if (fresh && p->fn != NULL && p->cur + 1 == p->n)
			PQsetSingleRowMode(db->pg);
		fresh = false;
		if (!ready(db, p))
			return false;
		if ((r = PQgetResult(db->pg)) == NULL) {
			if (p->cur++ >= p->n)
				return false;
			fresh = true;
		} else if (PQresultStatus(r) == PGRES_PIPELINE_SYNC) {
			PQclear(r);
			return true;
		} else
			take(db, p, r);
		if (p->cur == p->n && p->why != NULL && r != NULL) {
			p->spent = true;
			return true;
		}
		if (PQstatus(db->pg) == CONNECTION_BAD)
			return false;
	}
}

/* A backend that dies has no SQLSTATE: the status tells, afterwards. */
static void
lost(struct db *db, struct pipe *p)
{
	if (p->why == NULL)
		log_error("database: connection lost%s: %.*s",
		    p->cancelled ? " (no answer in time)" : "",
		    conn_line(PQerrorMessage(db->pg)),
		    PQerrorMessage(db->pg));
	p->rc = RC_DOWN;
	p->why = NULL;
	conn_drop(db);
}

void
pipe_clear(struct pipe *p)
{
	size_t	i;

	for (i = 0; i < nitems(p->res); i++) {
		PQclear(p->res[i]);
		p->res[i] = NULL;
	}
}

/* Whose rows these are: what was not asked for this owner is nobody's. */
static bool
identified(const struct db *db, const struct pipe *p)
{
	return p->rc != RC_OK || db->owner == NULL || p->dry ||
	    (PQntuples(p->res[0]) == 1 &&
	    strcmp(PQgetvalue(p->res[0], 0, 0), db->owner) == 0);
}

void
pipe_finish(struct db *db, struct pipe *p)
{
	if (!drain(db, p)) {
		lost(db, p);
		return;
	}
	db->proven = true;
	db->fails = 0;
	if (!identified(db, p)) {
		log_error("query %s: another one's answer", current(db, p));
		p->rc = RC_FAIL;
		p->spent = true;
	}
	if (p->spent || (p->why != NULL && p->why->flags & SS_DROP))
		conn_drop(db);
}

static void
attempt(struct db *db, struct pipe *p)
{
	p->n = p->cur = 0;
	p->why = NULL;
	p->cancelled = p->spent = false;
	if ((p->rc = conn_up(db)) != RC_OK)
		return;
	if (pipe_send(db, p))
		pipe_finish(db, p);
	else
		lost(db, p);
}

/*
 * All that is queued, with a second try where the first one's failure is
 * known to have changed nothing.  Leaves results only with RC_OK.
 */
static enum rc
run(struct db *db, struct pipe *p)
{
	ahead_hold(db);
	if (db->asking != NULL)
		db->misuse = "not by db_run()";
	db->state[0] = '\0';
	p->deadline = mono_us() + db->limit;
	if (db->misuse != NULL)
		p->rc = RC_FAIL;
	else
		attempt(db, p);
	if (p->why != NULL && p->why->flags & SS_RETRY && !p->rows &&
	    !p->cancelled) {
		pipe_clear(p);
		/* Who waited for us must get its lock before we want it. */
		if (strncmp(db->state, "40", 2) == 0)
			poll(NULL, 0, YIELD_MS);
		db->state[0] = '\0';
		attempt(db, p);
	}
	if (p->rc != RC_OK)
		pipe_clear(p);
	db->nqueue = 1;
	db->nargs = 0;
	db->misuse = NULL;
	return p->rc;
}

static void
clear(void *r)
{
	PQclear(r);
}

/* Moves a slot's result into the arena. */
static struct db_res *
keep(struct db *db, struct pipe *p, size_t slot)
{
	struct db_res	*res;

	if (p->res[slot] == NULL)
		return NULL;
	res = arena_alloc(db->arena, sizeof(*res));
	res->pg = p->res[slot];
	arena_cleanup(db->arena, clear, res->pg);
	p->res[slot] = NULL;
	return res;
}

enum rc
db_exec(struct db *db, struct db_res **res, size_t n)
{
	struct pipe	p = { 0 };
	enum rc		rc;
	size_t		i;

	if (db->nqueue == 1 && db->misuse == NULL)
		return RC_OK;
	rc = run(db, &p);
	for (i = 0; res != NULL && i < n; i++)
		res[i] = i < PIPE_MAX ? keep(db, &p, i + 1) : NULL;
	pipe_clear(&p);
	return rc;
}

/* Everything queued; the result of the last statement. */
static enum rc
run_last(struct db *db, struct db_res **res)
{
	struct pipe	p = { 0 };
	size_t		last = db->nqueue - 1;
	enum rc		rc;

	if (ahead_ask(db))
		return RC_DOWN;
	rc = ahead_take(db, &p) ? p.rc : run(db, &p);
	if (res != NULL)
		*res = keep(db, &p, last);
	pipe_clear(&p);
	return rc;
}

enum rc
db_run(struct db *db, struct db_res **res, enum query q, ...)
{
	va_list	ap;

	va_start(ap, q);
	enqueue(db, q, ap);
	va_end(ap);
	return run_last(db, res);
}

enum rc
db_one(struct db *db, struct db_res **res, enum query q, ...)
{
	va_list	ap;
	enum rc	rc;

	va_start(ap, q);
	enqueue(db, q, ap);
	va_end(ap);
	if ((rc = run_last(db, res)) == RC_OK && res_rows(*res) == 0)
		rc = RC_NOTFOUND;
	return rc;
}

enum rc
db_prepare(struct db *db, enum query q)
{
	struct pipe	p = { .dry = true };

	db->queue[1] = (struct call){ q, NULL };
	db->nqueue = 2;
	return run(db, &p);
}

enum rc
db_each(struct db *db, each_fn *fn, void *arg, enum query q, ...)
{
	struct pipe	p = { .fn = fn, .arg = arg };
	enum rc		rc;
	va_list		ap;

	va_start(ap, q);
	enqueue(db, q, ap);
	va_end(ap);
	rc = run(db, &p);
	pipe_clear(&p);
	return rc;
}
