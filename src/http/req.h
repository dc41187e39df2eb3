#ifndef HTTP_REQ_H
#define HTTP_REQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/bearer.h"
#include "base/arena.h"
#include "base/board.h"
#include "base/buf.h"
#include "base/conf.h"
#include "db/db.h"
#include "http/fields.h"

enum method {
	M_GET, M_HEAD, M_POST, M_PUT, M_PATCH, M_DELETE, M_OPTIONS, M__MAX
};

#define ROUTE_ARGS	4	/* parameters in a path */
#define ROUTE_FIELDS	15	/* fields of a query or of a body */
#define REPLY_HEADERS	16

struct ckpt;
struct fernet;
struct gateway;
struct route;
struct visit;

/* What one worker has, for as long as it lives. */
struct app {
	const struct conf	*conf;
	struct auth		*auth;
	struct db		*db;
	struct ckpt		*ckpt;
	struct fernet		*ring;	/* may hold no key */
	struct visit		*visits; /* LANES; http/route.c */
	struct board		*board;	/* NULL under CGI */
	struct slot		*slot;	/* NULL under CGI */
	char			 token_env[128]; /* CGI name of its header */
	struct buf		 head;	/* of the reply; both are reused */
	struct buf		 body;
};

struct header {
	const char	*name;
	const char	*value;
};

/*
 * "NAME=value" strings that can be asked for by name: chains of places in v,
 * plus one, by a hash of the name.
 */
#define ENV_MAX		200
#define ENV_BUCKETS	64
struct env {
	char		**v;
	uint8_t		 first[ENV_BUCKETS];
	uint8_t		 next[ENV_MAX + 1];
};

struct reply {
	int		 status;
	bool		 no_body;	/* HEAD, 204, 304 */
	const char	*type;		/* Content-Type; NULL: JSON */
	const char	*cache;		/* Cache-Control; NULL: no-store */
	struct header	 headers[REPLY_HEADERS];
	size_t		 nheaders;
	const char	*accel;		/* X-Accel-Redirect */
	bool		 stream;	/* its length is not told */
	bool		 begun;		/* the headers are gone */
};

/* One request: bounded, parsed once, gone with the arena. */
struct req {
	struct app	*app;
	const struct conf *conf;
	struct arena	*arena;
	struct db	*db;		/* bound to the owner */
	struct buf	*out;		/* the reply's body */

	struct gateway	*gw;
	struct env	 env;		/* the gateway's, indexed once */
	const char	*id;		/* X-Request-Id, ours or a good one */
	const char	*mint;		/* nginx's own $request_id, or NULL */
	enum method	 method;
	char		*path;		/* raw, without the query */
	char		*query_string;
	int64_t		 length;	/* CONTENT_LENGTH, 0 without */
	int64_t		 began;		/* mono_us() */

	const struct route *route;
	struct identity	 who;
	const char	*owner;		/* whose rows; NULL: NONE, link */
	const char	*link;		/* A_LINK: the query's token, or NULL */
	/* In the order of the route's tables. */
	struct value	 arg[ROUTE_ARGS];
	struct value	 query[ROUTE_FIELDS];
	struct value	 body[ROUTE_FIELDS];
	const char	*raw;		/* the body as it came */
	size_t		 rawlen;
	struct json_object *doc;	/* and parsed */
	size_t		 unread;	/* RF_FILE: what req_read() has left */

	struct reply	 reply;
	enum rc		 rc;
	const char	*detail;	/* of a failure, for the client */
	struct buf	 faults;	/* of fields: JSON, by commas */
	const char	*fault;		/* of a field: a strict face's words */
	size_t		 nfaults;
};

/*
 * The environment into a request: method, path, length, id.  RC_MALFORMED
 * for what no gateway should send (a second Authorization or CONTENT_LENGTH).
 */
enum rc		 req_init(struct req *, struct app *, struct arena *,
		    struct gateway *);
/* "GET"; "?" for an unknown one. */
const char	*method_name(enum method);
/* A parameter by its CGI name ("HTTP_ORIGIN"); NULL if absent or empty. */
const char	*req_env(const struct req *, const char *) NONNULL;
/* The same, but what is given and empty is "". */
const char	*req_given(const struct req *, const char *) NONNULL;
/* "X-Bobbin-Owner" to "HTTP_X_BOBBIN_OWNER"; false when out is too small. */
bool		 req_cgi_name(char *out, size_t max, const char *header)
		    NONNULL;
/* Reads the whole body, as long as it was announced, into the arena. */
enum rc		 req_body(struct req *) MUST_CHECK;

/*
 * RF_FILE: up to max bytes of the body that the gate left alone; *n is 0 at
 * its end.  Fewer bytes than announced: RC_MALFORMED, and what was stored so
 * far must go.  A handler may stop reading at any time.
 */
enum rc		 req_read(struct req *, void *, size_t max, size_t *n)
		    MUST_CHECK;
/* RF_FILE: 413, in the words of the routes that take files. */
enum rc		 req_file_too_large(struct req *);

/* Remembers why, once, where it is known.  Returns rc. */
enum rc		 fail(struct req *, enum rc, const char *, ...) PRINTF(3, 4);
/* uuid5 of the owner, nginx's $request_id and name; random without the id. */
void		 req_mint(const struct req *, const char *name, char *uuid);

#endif
