#ifndef HTTP_FCGI_H
#define HTTP_FCGI_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The transport, in this one place: FastCGI through libfcgi's FCGX_*_r, or
 * CGI from environment, standard input and output.  One struct gateway is one
 * connection; it carries one request at a time.
 */
struct gateway;

/* Once a process, after the signal handlers are set and before any fork. */
void		 fcgi_init(void);
/* Fd 0 is a listening socket, so FastCGI; else GATEWAY_INTERFACE says CGI. */
bool		 fcgi_is_cgi(void);

/*
 * Takes an accepted connection over, which must be blocking with SO_RCVTIMEO
 * and SO_SNDTIMEO set.  keep: it may stay open when the peer asks for that.
 * NULL: fd was closed.  Free with fcgi_close().
 */
struct gateway	*fcgi_open(int fd, bool keep);
/* The one request of this process's environment. */
struct gateway	*fcgi_cgi(void);
void		 fcgi_close(struct gateway *);
int		 fcgi_fd(const struct gateway *);
/*
 * The next reply is this connection's last, whatever the peer asked for.  A
 * request that the peer sends behind it fails in the peer's write().
 */
void		 fcgi_last(struct gateway *);

/*
 * Reads the next request's parameters, at most until the receive timeout.
 * False: the peer closed, stalled or sent no whole request; close it.
 */
bool		 fcgi_accept(struct gateway *);
/* "NAME=value" strings, NULL at the end; valid until fcgi_finish(). */
char		**fcgi_env(struct gateway *);
/* Up to n bytes of the body; short only at its end, at a lost peer or at a
 * timeout: who needs all compares with CONTENT_LENGTH. */
size_t		 fcgi_read(struct gateway *, void *, size_t n);
/* All n bytes, buffered; false when the peer is gone. */
bool		 fcgi_write(struct gateway *, const void *, size_t n);
/*
 * Ends the request and flushes.  False: the peer is gone.  broken: the reply
 * is cut off so that the client sees a truncated one; the connection is then
 * closed hard.  *again tells whether the connection can carry another request;
 * if not, call fcgi_close().
 */
bool		 fcgi_finish(struct gateway *, bool broken, bool *again);

#endif
