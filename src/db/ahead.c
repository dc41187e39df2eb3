/* ahead.c: several requests' statements under way at once, one backend. */
#include "config.h"

#include "db/ahead.h"

#include <string.h>

#include "base/text.h"
#include "db/sqlstate.h"

#define HOLD_US		1000000	/* one request waits for the others' answers */

static struct lane *
waiting(struct db *db)
{
	return &db->lanes[db->next_lane];
}

/* Reads what the next one waits for: answers come in the order of sending. */
static void
read_next(struct db *db, int64_t deadline)
{
	struct lane	*l = waiting(db);
	struct call	 was[2] = { db->queue[0], db->queue[1] };
	const char	*owner = db->owner;

	db->owner = l->owner;
	db->queue[0].q = db->nstmts;
	db->queue[1].q = l->q;
	db->limit = db->timeout;
	l->pipe.deadline = deadline;
	l->sent = false;
	db->next_lane++;
	pipe_finish(db, &l->pipe);
	l->read = true;
	db->shot = db->shot || l->pipe.cancelled;
	db->owner = owner;
	memcpy(db->queue, was, sizeof(was));
}

static bool
under_way(const struct db *db)
{
	return db->next_lane < LANES && db->lanes[db->next_lane].sent;
}

/*
 * Not for long: who has to wait here did not ask what takes so long.  Without
 * an answer the connection goes, and each of them asks alone.
 */
void
ahead_hold(struct db *db)
{
	int64_t		 limit = db->limit, until = mono_us() + HOLD_US;
	struct lane	*l;
	bool		 shot = db->shot;

	while (under_way(db)) {
		l = waiting(db);
		l->pipe.cancelled = true;	/* late is lost */
		read_next(db, until);
		l->read = l->pipe.rc == RC_OK || l->pipe.why != NULL;
		l->pipe.cancelled = false;
	}
	db->limit = limit;
	db->shot = shot;
}

void
ahead_lost(struct db *db)
{
	size_t	i;

	for (i = 0; i < LANES; i++)
		db->lanes[i].sent = false;
}

void
db_ahead(struct db *db, size_t lane)
{
	struct lane	*l = &db->lanes[lane];

	if (lane == 0) {
		db->next_lane = 0;
		db->shot = false;
	}
	memset(l, 0, sizeof(*l));
	l->owner = db->owner;
	db->asking = l;
}

bool
db_asked(struct db *db)
{
	bool	asked = db->asking != NULL && db->asking->asked;

	db->asking = NULL;
	return asked;
}

/* Nothing to prepare or to find out first. */
static bool
at_once(struct db *db, const struct lane *l)
{
	size_t	lane = (size_t)(l - db->lanes);

	if (!db->prepare || db->misuse != NULL || db->owner == NULL ||
	    db->nqueue != 2)
		return false;
	if (lane > 0 ? !l[-1].sent : conn_up(db) != RC_OK)
		return false;
	return db->prep[db->nstmts].ready && db->prep[l->q].ready;
}

bool
ahead_ask(struct db *db)
{
	struct lane	*l = db->asking;

	if (l == NULL)
		return false;
	if (!l->asked) {
		l->asked = true;
		l->q = db->queue[db->nqueue - 1].q;
		if (at_once(db, l) && !(l->sent = pipe_send(db, &l->pipe)))
			conn_drop(db);
	}
	db->nqueue = 1;
	db->nargs = 0;
	db->misuse = NULL;
	return true;
}

void
db_resume(struct db *db, size_t lane)
{
	db->taking = &db->lanes[lane];
}

/*
 * Whether a failure says nothing about the statement: the connection went, a
 * second try is due, or a cancel came too late for the one that it was for.
 */
static bool
ask_alone(const struct db *db, const struct pipe *p)
{
	if (p->rc == RC_OK || p->cancelled)
		return false;
	return p->why == NULL || (p->why->flags & (SS_RETRY | SS_DROP)) != 0 ||
	    (db->shot && strcmp(p->why->code, "57014") == 0);
}

bool
ahead_take(struct db *db, struct pipe *p)
{
	struct lane	*l = db->taking;

	db->taking = NULL;
	if (l == NULL || db->nqueue != 2 || db->queue[1].q != l->q)
		return false;
	while (l->sent)
		read_next(db, mono_us() + db->timeout);
	if (!l->read || ask_alone(db, &l->pipe))
		return false;
	if (l->pipe.rc != RC_OK)
		pipe_clear(&l->pipe);
	*p = l->pipe;
	memset(&l->pipe, 0, sizeof(l->pipe));
	db->nqueue = 1;
	db->nargs = 0;
	return true;
}

void
db_finish(struct db *db, size_t lane)
{
	struct lane	*l = &db->lanes[lane];

	db->taking = NULL;
	while (l->sent)
		read_next(db, mono_us() + db->timeout);
	pipe_clear(&l->pipe);
}
