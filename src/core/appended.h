#ifndef CORE_APPENDED_H
#define CORE_APPENDED_H

#include "codec/lctext.h"
#include "codec/lcvalue.h"

/*
 * The states of a list of messages that only ever grew, told by the newest of
 * them, by the bytes of each and by everything that was written.  A state is
 * the newest's first k elements if it has as many bytes as these, if what was
 * written until then appends exactly k messages, and if each of them says what
 * its element says.  Anything else, from a message that was replaced to a
 * reducer of the graph's own, is no such list, and has to be read.
 */
struct appended;

/* NULL: no list of which that can be said. */
struct appended	*appended_new(const struct lc_blob *newest,
		    const struct lc_opts *) NONNULL MUST_CHECK;
void		 appended_free(struct appended *);
/*
 * All writes as one list, and the ids of the checkpoints from which they come,
 * with commas: by ids, and at one checkpoint in the order of application.
 */
void		 appended_writes(struct appended *, const char *checkpoints,
		    const struct lc_blob *, const struct lc_opts *) NONNULL;
/*
 * The elements of the state that the checkpoint has, later each time; NULL: it
 * is not known.
 */
const struct lc_text *appended_state(struct appended *, const char *checkpoint,
		    size_t bytes, size_t *n) NONNULL;
/* The newest state as JSON. */
struct lc_text	 appended_text(const struct appended *) NONNULL;

#endif
