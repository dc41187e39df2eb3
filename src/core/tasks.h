#ifndef CORE_TASKS_H
#define CORE_TASKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/text.h"
#include "codec/lcvalue.h"
#include "core/replay.h"

/* A row of thread_tasks.sql, all of one checkpoint; NULLs are SQL's. */
struct task_row {
	char		 k;		/* 'c', 'n', 's' or 'w' */
	int		 idx;
	const char	*name, *task_path, *task_id;
	struct lc_blob	 blob;
	struct lc_text	 info;		/* jsonb as text */
};

enum task_status { TASKS_IDLE, TASKS_INTERRUPTED, TASKS_ERROR, TASKS__MAX };

struct task {
	char		*name;		/* any UTF-8, no NUL */
	char		*path;		/* as Python's savers spell it */
	char		 id[UUID_TEXT + 1];
	bool		 guessed;	/* the id is ours: no row names it */
	bool		 done;
	struct lc_text	 error;		/* JSON; p NULL: none */
	size_t		 event, nevents;	/* of tasks.events */
};

/* What a checkpoint is about to do.  All memory is its own. */
struct tasks {
	struct task	*v, **index;
	size_t		 n;
	enum task_status status;
	enum outcome	 sends;		/* OUT_VALUE: all of them are known */
	bool		 js;		/* written by LangGraph.js */
	struct event	*events;	/* errors and interrupts */
	size_t		 nevents;
	struct buf	 text;
};

/*
 * The checkpoint's rows to its tasks; false without memory.  Unreadable
 * errors and interrupts appear as {"unreadable":reason}, and count.
 * checkpoint is its id.  tasks_free() afterwards, whatever came back.
 */
bool	tasks_read(struct tasks *, const struct task_row *, size_t n,
	    const char *checkpoint, const struct lc_opts *, size_t max)
	    NONNULL MUST_CHECK;
void	tasks_free(struct tasks *) NONNULL;

/* JSON arrays: interrupts of one task or of all (t NULL); errors; names. */
void	tasks_interrupts(struct buf *, const struct tasks *,
	    const struct task *t);
void	tasks_errors(struct buf *, const struct tasks *) NONNULL;
/* Names of the tasks that are not done; history: of all. */
void	tasks_next(struct buf *, const struct tasks *, bool history) NONNULL;
const char *task_status_name(enum task_status);

/*
 * Brings the pending writes among thread_messages.sql's rows into the order
 * of their tasks' paths, which LangGraph.js does not store.  The rows then
 * point into the tasks.
 */
void	tasks_order(const struct tasks *, struct replay_row *, size_t n)
	    NONNULL;

#endif
