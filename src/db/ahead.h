#ifndef DB_AHEAD_H
#define DB_AHEAD_H

#include "db/pipe.h"

/* A request whose statement may be on the way. */
struct lane {
	size_t		 q;		/* the statement */
	const char	*owner;
	bool		 asked;		/* its handler has come that far */
	bool		 sent;		/* and the answer is still to come */
	bool		 read;		/* it is in pipe */
	struct pipe	 pipe;
};

/*
 * Between db_ahead() and db_asked(): sends what is queued, if that can be done
 * at once, and forgets it.  False: not between them.
 */
bool	 ahead_ask(struct db *) NONNULL;
/* After db_resume(): what came back, if the queue is what was sent. */
bool	 ahead_take(struct db *, struct pipe *) NONNULL MUST_CHECK;
/* Reads what all others wait for, so that something else can be sent. */
void	 ahead_hold(struct db *) NONNULL;
/* The connection is gone, and with it what is on the way. */
void	 ahead_lost(struct db *) NONNULL;

#endif
