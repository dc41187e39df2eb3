#ifndef CORE_CONVERSATION_H
#define CORE_CONVERSATION_H

#include "base/buf.h"
#include "codec/lcvalue.h"
#include "db/db.h"

/* Columns of `conversations`; what they hold depends on the kind. */
enum conv_col {
	CV_KIND,
	CV_THREAD,
	CV_GRP,
	CV_A,
	CV_B,
	CV_C,
	CV_CHANNEL,
	CV_TYPE,
	CV_BLOB,
	CV_INLINE
};
#define CONV_TAG	'e'	/* a: tag, b: the client has it */
#define CONV_THREAD	't'	/* a thread begins; its rows follow */
#define CONV_RUN	'R'	/* a: run, b: prompt, c: timestamp */
#define CONV_RATING	'F'	/* a: run, b: sentiment */

/*
 * One thread at a time out of rows that come one by one: memory is that of its
 * answers and of one state.
 */
struct conv;

struct conv	*conv_new(const struct lc_opts *, const char *owner, bool nulls)
		    NONNULL MUST_CHECK;
void		 conv_free(struct conv *);
/* Starts the thread of a CONV_THREAD row. */
void		 conv_begin(struct conv *, const struct db_res *) NONNULL;
/* A row of that thread.  RC_FAIL: not one, or no memory. */
enum rc		 conv_row(struct conv *, const struct db_res *) NONNULL
		    MUST_CHECK;
/*
 * True once the thread's rows told its lists by their newest (`conversations`,
 * $8) but did not prove them: it has to be read again without that.
 */
bool		 conv_doubtful(const struct conv *) NONNULL;
/* Its ChatMessages as an array, added to out. */
enum rc		 conv_end(struct conv *, struct buf *out) NONNULL MUST_CHECK;
/* Of the thread last begun. */
const char	*conv_thread(const struct conv *) NONNULL;
bool		 conv_truncated(const struct conv *) NONNULL;

#endif
