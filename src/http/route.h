#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "http/req.h"

#define KB(n)	((size_t)(n) * 1024)
#define MB(n)	((size_t)(n) * 1024 * 1024)

enum face { F_OPS, F_RUNS, F_V1, F_STUDIO, F_CHATKIT, F__MAX };

enum faults {
	FAULTS_RUNS,		/* 422 {"detail":"…","errors":[E,…]} */
	FAULTS_STUDIO,		/* 422 {"detail":[E,…]} */
	FAULTS_FIRST		/* 400 {"detail":"<field>: <reason>"} */
};

/* How a face words its failures, and what it lets pass. */
struct face_rules {
	const char	*name;
	bool		 strip_api;	/* also below /api */
	bool		 strict;	/* fields.h; query keys: known, once */
	enum faults	 faults;
};

#define RF_SLOW		1	/* nginx sends it to the slow pool */
#define RF_ETAG		2	/* private, no-cache, ETag, 304 */
#define RF_DEBUG	4	/* 404 with DEBUG_ROUTES=off */
#define RF_BODY_OPT	8	/* an empty body is {} */
#define RF_DOC		16	/* a JSON object, with or without a table */
#define RF_DOC_ANY	32	/* any JSON; a table excludes it */
#define RF_FILE		64	/* the handler reads the body: req_read() */
#define RF_SCAN		128	/* see below */
#define RF_LOG		256	/* reading it is logged like an agent's write */
#define RF_AHEAD	512	/* see below */

/*
 * One row per method and path: everything that is known before a handler
 * runs.  {name} is one decoded segment.  path_fields, query, body: tables of
 * fields.h, NULL when there are none; a route without max_body takes no body.
 * RF_SCAN: the body is JSON, but stays text, whatever its size: objects and
 * arrays have their bytes in s, but nothing in obj; doc has nothing that the
 * table does not name.
 * RF_AHEAD: a GET whose handler does nothing but ask with db_run(), and answers
 * then; it is called twice (db_ahead()).
 * limit: of RF_FILE, the bytes of a file; max_body is then what may come
 * around it, and the handler holds the file itself to the limit.
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
	size_t		(*limit)(const struct conf *);
};

extern const struct route routes[];
extern const size_t nroutes;
extern const struct face_rules faces[F__MAX];

/* The rules of a request's route; of F_RUNS as long as there is none. */
const struct face_rules *face_of(const struct req *) NONNULL;
/* The largest body that a route takes. */
size_t	route_body(const struct route *, const struct conf *) NONNULL;

/*
 * A request, up to what it asks the database.  True: another one may begin, in
 * the next lane, before this one ends; dispatch_end() in the order of lanes.
 */
bool	dispatch_begin(struct app *, struct gateway *, size_t lane);
/* The request to its reply.  Never fails. */
void	dispatch_end(struct app *, size_t lane, bool *again);
/* What LANES requests need.  NULL: no memory. */
struct visit	*visits_new(size_t arena_max) MUST_CHECK;
void		 visits_free(struct visit *);

/* Path against pattern: how many arguments, or -1.  Exposed for tests. */
int	route_match(const char *pattern, const char *const seg[], size_t nseg,
	    const char *arg[ROUTE_ARGS]);

#endif
