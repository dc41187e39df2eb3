#ifndef API_STUDIO_H
#define API_STUDIO_H

#include "http/req.h"

/*
 * A user_id of a body, a query or a path: absent, null, "me" or the owner's
 * email in any case; RC_FORBIDDEN, with its text, for everything else.
 */
enum rc		 studio_owner(struct req *, const struct value *) NONNULL
		    MUST_CHECK;
/*
 * The UUID of the path's parameter in canonical form, or NULL: then there is
 * no such thread.
 */
const char	*studio_id(struct req *) NONNULL;
/* RC_NOTFOUND, "Thread not found". */
enum rc		 studio_missing(struct req *) NONNULL;
/*
 * The position that a cursor tells, both NULL without one.  is_id says what
 * an id is.  False after fields_refuse().
 */
bool		 studio_cursor(struct req *, const struct value *,
		    bool (*is_id)(const char *), const char **time,
		    const char **id) NONNULL MUST_CHECK;
bool		 studio_is_uuid(const char *) NONNULL;
/*
 * More rows follow: X-Next-Cursor and Link.  url has a query already; time is
 * a timestamptz as PostgreSQL writes it.
 */
void		 studio_next(struct req *, const char *url, const char *time,
		    const char *id) NONNULL;

#endif
