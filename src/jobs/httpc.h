#ifndef JOBS_HTTPC_H
#define JOBS_HTTPC_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

#define HTTPC_BODY_MAX	((size_t)1024 * 1024)

/* A client that keeps its connection; one request at a time. */
struct httpc;

struct httpc_req {
	const char	*method, *url;
	const char	*headers[8];	/* "Name: value", NULL ends them */
	const char	*body;		/* NULL: none */
	size_t		 bodylen;
	FILE		*file;		/* the body instead, read as it goes; */
	int64_t		 filelen;	/* gets more time */
	const char	*sigv4;		/* "aws:amz:REGION:SERVICE", with */
	const char	*key_id, *secret; /* this key; NULL: not signed */
	const char	*socket;	/* a unix socket; no proxy then */
	int		 timeout_ms;	/* for all of it; 0: as below */
};

/* An answer; its body belongs to the client until the next request. */
struct httpc_res {
	int		 status;	/* 0: none came, why says so */
	int64_t		 retry_after;	/* seconds, -1: not said */
	int64_t		 length;	/* Content-Length, -1: not said */
	bool		 cut;		/* body past HTTPC_BODY_MAX left out */
	const char	*body;		/* not terminated */
	size_t		 bodylen;
	char		 why[256];	/* without URL and headers */
};

/* A request under way is given up within a second once *stop is not 0. */
struct httpc	*httpc_new(const volatile sig_atomic_t *stop)
		    NONNULL MUST_CHECK;
void		 httpc_free(struct httpc *);

/*
 * Sends one request: 5 s to connect, 15 s in all (for a file, as much more as
 * 256 KB/s need, but no 30 s below 1 KB/s), http and https only, the
 * server's certificate verified, no redirect followed, the environment's
 * proxies honoured.
 */
void		 httpc_send(struct httpc *, const struct httpc_req *,
		    struct httpc_res *) NONNULL;

/* Retry-After (RFC 9110, 10.2.3) at `now` (since 1970), or -1; never past. */
int64_t		 httpc_retry_after(const char *, int64_t now) NONNULL;
/* Everything but unreserved characters (RFC 3986, 2.3) as %XX. */
void		 httpc_escape(struct buf *, const char *) NONNULL;

#endif
