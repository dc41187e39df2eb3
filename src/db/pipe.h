#ifndef DB_PIPE_H
#define DB_PIPE_H

#include "db/conn.h"

struct sqlstate;

typedef enum rc	each_fn(void *, const struct db_res *);

/* What was sent, in the order in which results come back. */
struct elem {
	bool		 prepare;
	size_t		 slot;		/* of db->queue */
};

/* One pipeline under way. */
struct pipe {
	struct elem	 elem[2 * (1 + PIPE_MAX)];
	size_t		 n, cur;
	PGresult	*res[1 + PIPE_MAX];	/* by slot */
	int64_t		 deadline;
	bool		 cancelled;
	enum rc		 rc;
	const struct sqlstate *why;	/* NULL: no statement failed */
	each_fn		*fn;		/* db_each(), for the last slot */
	void		*arg;
	bool		 rows;		/* it has seen one */
	bool		 spent;		/* the backend, see drain() */
	bool		 dry;		/* prepare and run nothing */
};

/* Sends what is queued, and a Sync.  False: the connection is lost. */
bool	 pipe_send(struct db *, struct pipe *) NONNULL MUST_CHECK;
/*
 * Reads all that comes back for it, as long as p->deadline lets it, and says
 * in p->rc how it went; the connection may be gone then.
 */
void	 pipe_finish(struct db *, struct pipe *) NONNULL;
void	 pipe_clear(struct pipe *) NONNULL;

#endif
