#ifndef CORE_CHECKPOINT_H
#define CORE_CHECKPOINT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/conf.h"
#include "codec/lcvalue.h"
#include "db/db.h"

/*
 * LangGraph's tables, as one connection finds them.  Only ckpt_state() asks
 * who holds a thread's claim; its statements' other callers know.
 */
struct ckpt;

enum ckpt_layout {
	CKPT_ABSENT,		/* no tables: every thread has no history */
	CKPT_STANDARD,
	CKPT_SHALLOW,		/* one checkpoint a thread and namespace */
	CKPT_BROKEN,		/* some tables only, or they may not be read */
	CKPT__MAX
};

/* NULL without memory.  conf must live as long; free with ckpt_free(). */
struct ckpt	*ckpt_new(struct db *, const struct conf *) NONNULL MUST_CHECK;
void		 ckpt_free(struct ckpt *);

/*
 * What was found, asked once a connection (while absent, at most every 10 s),
 * and defined for the statements: {checkpoints}, {checkpoint_blobs} and
 * {checkpoint_writes} are the tables, or subqueries with the standard columns
 * (CKPT_SHALLOW), without a row (CKPT_ABSENT).  {task_path} is the column, or
 * ''.  {thread_id} is a column thread_id of text in the tables' own type, NULL
 * where that has no such value.  CKPT_BROKEN is no failure here.  The
 * connection must be bound.
 */
enum rc		 ckpt_find(struct ckpt *, enum ckpt_layout *) NONNULL
		    MUST_CHECK;
/* The same, before statements that read them: RC_DOWN when they are broken. */
enum rc		 ckpt_ready(struct ckpt *) NONNULL MUST_CHECK;
/*
 * The rc of a statement on the tables: what says that they are not as they
 * were found, or not to be read, becomes RC_DOWN and they are looked at again.
 */
enum rc		 ckpt_judge(struct ckpt *, enum rc) NONNULL;
/* Bounds and key by the configuration; CHECKPOINT_MAX_BYTES as a parameter. */
const struct lc_opts *ckpt_opts(const struct ckpt *) NONNULL;
const char	*ckpt_bytes(const struct ckpt *) NONNULL;

/*
 * Appends the newest state of a thread's namespace ('' is the conversation)
 * as an object: checkpoint_id, ts, metadata, complete, messages or unreadable
 * (the reason), next, interrupts, errors, tasks, status, values (all other
 * channels).  Parts for which json has no room say that they are too large.
 * RC_NOTFOUND: there is no checkpoint, or the thread's claim is not owner's
 * (NULL: an operator asks, for any).  RC_DOWN: broken tables, or the database.
 * json is then as it was.  The connection must be bound.
 */
enum rc		 ckpt_state(struct ckpt *, const char *owner,
		    const char *thread, const char *ns, struct buf *json)
		    MUST_CHECK;

#endif
