#ifndef BASE_RC_H
#define BASE_RC_H

#include <stddef.h>

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

#define PRINTF(f, a)	__attribute__((format(printf, f, a)))
#define NONNULL		__attribute__((nonnull))
#define MUST_CHECK	__attribute__((warn_unused_result))

/*
 * What can become of a request.  http/status.c gives each its HTTP status,
 * its headers and the text that stands when nobody said more.
 */
enum rc {
	RC_OK,
	RC_MALFORMED,		/* 400 */
	RC_NOAUTH,		/* 401: nothing was sent */
	RC_BADTOKEN,		/* 401: what was sent is no good */
	RC_DENIED,		/* 403: scope */
	RC_FORBIDDEN,		/* 403: whatever the scope */
	RC_NOTFOUND,		/* 404: or somebody else's */
	RC_METHOD,		/* 405 */
	RC_CONFLICT,		/* 409 */
	RC_GONE,		/* 410 */
	RC_TOOLARGE,		/* 413 */
	RC_MEDIATYPE,		/* 415 */
	RC_INVALID,		/* 422, or 400 by face */
	RC_FAIL,		/* 500 */
	RC_DOWN,		/* 503: database or keys; try again */
	RC_NOAGENT,		/* 503: not configured */
	RC__MAX
};

#endif
