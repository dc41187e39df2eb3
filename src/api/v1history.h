#ifndef API_V1HISTORY_H
#define API_V1HISTORY_H

#include "codec/lctext.h"
#include "core/tasks.h"
#include "http/req.h"

/* A thread's messages as LangGraph has them. */
struct history {
	struct req	*r;
	const char	*key;		/* what LangGraph calls the thread */
	const char	*thread;	/* its conversation, a UUID */
	const char	*head;		/* of the checkpoints; NULL: none */
	struct buf	 list;		/* JSON, and its n elements */
	struct lc_text	*message;
	const char	**time;
	size_t		 n;
	struct tasks	 tasks;		/* of the head */
	bool		 moved;		/* results of two states: ask again */
};

/* The statements of a pipeline, three results; head may be NULL. */
enum { HISTORY_MESSAGES, HISTORY_TASKS, HISTORY_WRITES, HISTORY__MAX };
void	history_queue(struct req *, const char *key, const char *head);
/*
 * Their results to messages; what cannot be read is one that says so.  Free it
 * whatever came back.
 */
enum rc	history_read(struct history *, struct db_res *res[HISTORY__MAX])
	    NONNULL MUST_CHECK;
void	history_free(struct history *) NONNULL;
/* The members of message i. */
void	history_put(struct buf *, const struct history *, size_t i) NONNULL;

#endif
