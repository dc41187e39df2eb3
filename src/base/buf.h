#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/rc.h"

/*
 * Growing bytes with a ceiling.  Past the ceiling nothing more is added and
 * `over` is set; writers append without checks and look at `over` once.
 * A zeroed struct with `max` set is a valid empty buffer.
 */
struct buf {
	char	*p;		/* not terminated */
	size_t	 len;
	size_t	 cap;
	size_t	 max;
	bool	 over;
};

void	 buf_init(struct buf *, size_t max) NONNULL;
void	 buf_add(struct buf *, const void *, size_t) NONNULL;
void	 buf_str(struct buf *, const char *) NONNULL;
void	 buf_chr(struct buf *, char) NONNULL;
void	 buf_printf(struct buf *, const char *, ...) PRINTF(2, 3) NONNULL;
/* Room for n more bytes at p + len, or NULL when that is past the ceiling. */
char	*buf_room(struct buf *, size_t n) NONNULL;
/* Back to a length it had before; clears nothing else. */
void	 buf_cut(struct buf *, size_t len) NONNULL;
/* Empty again, `over` cleared; a block larger than keep is given back. */
void	 buf_reset(struct buf *, size_t keep) NONNULL;
void	 buf_free(struct buf *) NONNULL;

#endif
