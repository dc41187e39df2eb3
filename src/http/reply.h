#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "http/req.h"

/* The handler's last word: the status of a success.  Returns RC_OK. */
enum rc	reply(struct req *, int status);
/* A header of the reply.  value must live as long as the arena. */
void	reply_header(struct req *, const char *name, const char *value);
/*
 * Hands the request to an internal nginx location: an agent or a file.  What
 * was written to r->out is dropped.  Headers of the reply, its type and cache
 * rule go along if they were set; what nginx makes of them is its location's.
 */
enum rc	reply_accel(struct req *, const char *location);
/* 307 to an absolute URL, without a body; no-store unless cache says else. */
enum rc	reply_redirect(struct req *, const char *url);
/*
 * A strong tag of a body that is not written yet, without its quotes.  True:
 * the client has it (or known says so), the reply is 304 and is complete.
 */
bool	reply_etag(struct req *, const char *tag, bool known);
/*
 * Sends what is in r->out on its way, the first time behind the headers: the
 * body comes in pieces and its length is not told.  The last byte stays, since
 * commas depend on it.  From then on a failure breaks the connection off.
 * RC_FAIL: the peer is gone.
 */
enum rc	reply_flush(struct req *) MUST_CHECK;
/* Writes status, headers and body to the gateway; false: the peer is gone. */
bool	reply_send(struct req *);

/* The origin is one of CORS_ALLOWED_ORIGINS; NULL is not. */
bool	cors_allows(const struct req *, const char *origin);

#endif
