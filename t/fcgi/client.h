#ifndef FCGI_CLIENT_H
#define FCGI_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * A FastCGI peer for tests: it says what it is told to, whole or in pieces,
 * and looks closely at every record that comes back.
 */
enum { FC_BEGIN = 1, FC_ABORT, FC_END, FC_PARAMS, FC_STDIN, FC_STDOUT,
    FC_STDERR };

enum fc_end {
	FC_DONE,		/* END_REQUEST came */
	FC_CLOSED,		/* end of file before that */
	FC_RESET,
	FC_SILENT,		/* nothing for 20 s */
	FC_BROKEN		/* not FastCGI */
};

/* Connected, with timeouts; -1 and errno. */
int	fc_connect(const char *path);

/* Appends to what is to be sent; id 1 where none is asked for. */
void	fc_record(struct buf *, int type, int id, const void *, size_t);
void	fc_begin(struct buf *, bool keep);
/* One parameter's length prefix, name and value; not yet in a record. */
void	fc_param(struct buf *, const char *name, const char *value);
/* PARAMS (of the CGI variables a responder needs) to the end of STDIN. */
void	fc_request(struct buf *, bool keep, const char *method,
	    const char *uri, const void *body, size_t len);

/* All of it; false with errno. */
bool	fc_send(int fd, const void *, size_t);
/* One reply: the bytes of STDOUT into the empty buf. */
enum fc_end fc_reply(int fd, struct buf *out);
/* "Status: NNN" of a reply, and where its body starts. */
int	fc_status(const struct buf *);
size_t	fc_body(const struct buf *);

/* Connect, one request, its reply; closes. */
enum fc_end fc_get(const char *path, const char *uri, struct buf *out);

#endif
