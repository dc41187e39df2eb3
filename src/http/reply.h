#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "http/req.h"

/* The handler's last word: the status of a success.  Returns RC_OK. */
enum rc	reply(struct req *, int status);
/* A header of the reply.  value must live as long as the arena. */
void	reply_header(struct req *, const char *name, const char *value);
/*
 * Hands the request to an internal nginx location: an agent or a file.  What
 * was written to r->out is dropped.
 */
enum rc	reply_accel(struct req *, const char *location);
/* Writes status, headers and body to the gateway; false: the peer is gone. */
bool	reply_send(struct req *);

/* The origin is one of CORS_ALLOWED_ORIGINS; NULL is not. */
bool	cors_allows(const struct req *, const char *origin);

#endif
