#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"

/*
 * Per-request memory: everything is released at once by arena_reset().
 * Nothing here returns NULL: past the cap the process logs and exits
 * (EX_OSERR), because every size that a client controls is checked earlier.
 */
struct arena;

/* A new arena that may hold at most cap bytes.  Free with arena_free(). */
struct arena	*arena_new(size_t cap) MUST_CHECK;
void		 arena_free(struct arena *);

/* Zeroed memory, aligned for anything; lives until the next reset. */
void		*arena_alloc(struct arena *, size_t) NONNULL MUST_CHECK;
char		*arena_strdup(struct arena *, const char *) NONNULL MUST_CHECK;
/* Copies n bytes and terminates them. */
char		*arena_memdup(struct arena *, const void *, size_t)
		    NONNULL MUST_CHECK;
char		*arena_printf(struct arena *, const char *, ...) PRINTF(2, 3)
		    NONNULL MUST_CHECK;

char		*arena_int(struct arena *, int64_t) NONNULL MUST_CHECK;

/* fn(arg) runs at the next reset or free, last registered first. */
void		 arena_cleanup(struct arena *, void (*)(void *), void *);

/* Runs the cleanups, forgets all allocations, keeps one block for reuse. */
void		 arena_reset(struct arena *) NONNULL;
size_t		 arena_used(const struct arena *) NONNULL;

#endif
