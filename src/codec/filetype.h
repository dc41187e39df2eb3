#ifndef CODEC_FILETYPE_H
#define CODEC_FILETYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/conf.h"

#define FILETYPE_HEAD	64	/* first bytes that are looked at */
#define FILETYPE_MAX	127	/* bytes of a type */

/*
 * What was seen of a file that came in pieces: its first bytes, and whether it
 * is UTF-8 without NUL so far.  Begins as zeros.
 */
struct filetype {
	unsigned char	 head[FILETYPE_HEAD];
	size_t		 nhead;
	uint32_t	 tail;		/* bytes of a cut character */
	size_t		 ntail;
	bool		 binary;
};
void		 filetype_push(struct filetype *, const char *, size_t)
		    NONNULL;

/*
 * The type of a whole file (studio.md, 7.4): by its first bytes, else by its
 * extension if it is text, else as declared (may be NULL) if that is no type
 * which is shown.  Never NULL; lives in the arena, or for ever.
 */
const char	*filetype_of(struct arena *, const struct filetype *,
		    const char *name, const char *declared,
		    const struct list *in_line);
/* Of bytes that nobody saw: as declared, else by the extension. */
const char	*filetype_unseen(struct arena *, const char *name,
		    const char *declared);
/* The image that the first bytes are, image/avif too; NULL: none. */
const char	*filetype_image(const struct filetype *) NONNULL;

/* May be shown in a page: images, SVG, HTML and the operator's own. */
bool		 filetype_inline(const char *, const struct list *) NONNULL;

#endif
