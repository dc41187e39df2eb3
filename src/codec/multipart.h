#ifndef CODEC_MULTIPART_H
#define CODEC_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define MULTIPART_PARTS	16
#define MULTIPART_HEAD	8192	/* bytes of one part's headers */
#define MULTIPART_BOUND	70	/* of a boundary: RFC 2046, 5.1.1 */

enum mp_err {
	MP_OK,
	MP_TYPE,		/* not multipart/form-data with a boundary */
	MP_SYNTAX,		/* a delimiter or header that is none */
	MP_HEAD,		/* headers are too long */
	MP_NAME,		/* a part without a name */
	MP_MANY,		/* more than MULTIPART_PARTS */
	MP_CUT,			/* the end is missing */
	MP_STOP,		/* the receiver said so */
	MP__MAX
};

/* A part's headers, for as long as the arena. */
struct mp_part {
	const char	*name;
	const char	*filename;	/* NULL: it has none; not cleaned */
	const char	*type;		/* Content-Type as sent, or NULL */
};

/* Gets the parts; what returns false ends the parse with MP_STOP. */
struct mp_sink {
	bool	(*part)(void *, const struct mp_part *);
	bool	(*data)(void *, const char *, size_t);
	void	*arg;
};

/*
 * A push parser of multipart/form-data (RFC 7578).  It holds one part's headers
 * and no bytes of a part: those go to the sink in pieces of any size.
 */
struct multipart {
	struct arena	*arena;
	struct mp_sink	 sink;
	int		 state;
	unsigned	 parts;
	size_t		 ndelim;	/* of delim */
	size_t		 match;		/* bytes of delim seen */
	size_t		 nhead;		/* of head */
	char		 delim[4 + MULTIPART_BOUND + 1];
	char		 head[MULTIPART_HEAD];
};

enum mp_err	 multipart_init(struct multipart *, struct arena *,
		    const char *content_type, const struct mp_sink *)
		    NONNULL MUST_CHECK;
/* The next piece of the body.  After a failure there is no next one. */
enum mp_err	 multipart_push(struct multipart *, const char *, size_t)
		    NONNULL MUST_CHECK;
/* The body is over: MP_OK or MP_CUT. */
enum mp_err	 multipart_end(const struct multipart *) NONNULL MUST_CHECK;
/* In words, for a client. */
const char	*multipart_why(enum mp_err);

#endif
