#ifndef CODEC_HPARAM_H
#define CODEC_HPARAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define HPARAM_MAX	12

/* A header such as `form-data; name="a"; filename="b.png"`, taken apart. */
struct hparams {
	const char	*value;		/* before the first ';', lower case */
	size_t		 n;
	struct {
		const char	*name;	/* lower case */
		const char	*text;	/* without quotes and backslashes */
	} p[HPARAM_MAX];
};

/*
 * RFC 9110, 5.6.6.  False: no token or quoted string, a name twice, too many,
 * no UTF-8, a control character.  Everything lives in the arena.
 */
bool		 hparam_parse(struct arena *, const char *, size_t,
		    struct hparams *) NONNULL MUST_CHECK;
/* A parameter, or NULL. */
const char	*hparam_get(const struct hparams *, const char *name) NONNULL;
/*
 * The file name: filename* (RFC 8187, UTF-8) before filename, or NULL.  What
 * browsers write in forms as %22, %0D and %0A is decoded.  Not cleaned.
 */
const char	*hparam_filename(struct arena *, const struct hparams *)
		    NONNULL;
/* %22, %0D and %0A to the bytes (HTML, multipart/form-data encoding). */
const char	*hparam_unform(struct arena *, const char *) NONNULL;

#endif
