/* ahead.c: several requests' statements under way at once, one backend. */
#include "config.h"

#include "db/ahead.h"

#include <string.h>

#include "base/text.h"

static struct lane *
waiting(struct db *db)
{
	return &db->lanes[db->next_lane];
}

/* Reads what the next one waits for: answers come in the order of sending. */
static void
read_next(struct db *db)
{
	struct lane	*l = waiting(db);
	struct call	 was[2] = { db->queue[0], db->queue[1] };
	const char	*owner = db->owner;

	db->owner = l->owner;
	db->queue[0].q = db->nstmts;
	db->queue[1].q = l->q;
	db->limit = db->timeout;
	l->pipe.deadline = mono_us() + db->limit;
	l->sent = false;
	db->next_lane++;
	pipe_finish(db, &l->pipe);
	l->read = true;
	db->owner = owner;
	memcpy(db->queue, was, sizeof(was));
}

static bool
under_way(const struct db *db)
{
	return db->next_lane < LANES && db->lanes[db->next_lane].sent;
}

void
ahead_hold(struct db *db)
{
	int64_t	limit = db->limit;

	while (under_way(db))
		read_next(db);
	db->limit = limit;
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

	if (lane == 0)
		db->next_lane = 0;
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

bool
ahead_take(struct db *db, struct pipe *p)
{
	struct lane	*l = db->taking;

	db->taking = NULL;
	if (l == NULL || db->nqueue != 2 || db->queue[1].q != l->q)
		return false;
	while (l->sent)
		read_next(db);
	/* What failed is asked again, alone; but not what took too long. */
	if (!l->read || (l->pipe.rc != RC_OK && !l->pipe.cancelled))
		return false;
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
		read_next(db);
	pipe_clear(&l->pipe);
}
