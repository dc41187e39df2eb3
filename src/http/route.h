#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "http/req.h"

#define KB(n)	((size_t)(n) * 1024)
#define MB(n)	((size_t)(n) * 1024 * 1024)

enum face { F_OPS, F_RUNS, F__MAX };

/* How a face words its failures, and what it lets pass. */
struct face_rules {
	const char	*name;
	bool		 strip_api;	/* also below /api */
};

#define RF_SLOW		1	/* nginx sends it to the slow pool */
#define RF_ETAG		2	/* private, no-cache, ETag, 304 */
#define RF_DEBUG	4	/* 404 with DEBUG_ROUTES=off */
#define RF_BODY_OPT	8	/* an empty body is {} */

/*
 * One row per method and path: everything that is known before a handler
 * runs.  {name} is one decoded segment.  path_fields, query, body: tables of
 * fields.h, NULL when there are none; a route without max_body takes no body.
 */
struct route {
	enum face	 face;
	enum method	 method;
	const char	*path;
	enum rc		(*fn)(struct req *);
	enum access	 access;
	size_t		 max_body;
	const struct field *args, *query, *body;
	unsigned	 flags;
	const char	*help;		/* one line, for `bobbin routes` */
};

extern const struct route routes[];
extern const size_t nroutes;
extern const struct face_rules faces[F__MAX];

/* One request from its first parameter to its reply.  Never fails. */
void	dispatch(struct app *, struct gateway *, bool *again);

/* Path against pattern: how many arguments, or -1.  Exposed for tests. */
int	route_match(const char *pattern, const char *const seg[], size_t nseg,
	    const char *arg[ROUTE_ARGS]);

#endif
