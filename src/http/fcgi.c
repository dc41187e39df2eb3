/* fcgi.c: the only user of fcgiapp.h: a connection, or CGI, to a request. */
#include "config.h"

#include "http/fcgi.h"

#include <sys/socket.h>
#include <errno.h>
#include <fastcgi.h>
#include <fcgiapp.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rc.h"
#include "base/text.h"

/*
 * Of a body that nobody wanted; nginx caps bodies below, files too.  It has to
 * go before the connection can carry another request, and before a close,
 * since the peer may still be sending and would miss the reply.
 */
#define UNREAD_MAX	((size_t)1 << 30)
#define ROLE		"FCGI_ROLE="

struct gateway {
	FCGX_Request	 req;		/* ipcFd is -1 once it is closed */
	bool		 keep;
	bool		 cgi;
	bool		 lost;		/* CGI: standard output is gone */
	size_t		 left;		/* CGI: of the body */
};

/* FCGX_Init() takes default and ignored handlers away; they come back. */
void
fcgi_init(void)
{
	static const int signals[] = { SIGPIPE, SIGTERM, SIGUSR1 };
	struct sigaction old[nitems(signals)];
	size_t		 i;

	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "50", 1);
	for (i = 0; i < nitems(signals); i++)
		sigaction(signals[i], NULL, &old[i]);
	if (FCGX_Init() != 0)
		abort();	/* out of memory before the first request */
	for (i = 0; i < nitems(signals); i++)
		sigaction(signals[i], &old[i], NULL);
}

bool
fcgi_is_cgi(void)
{
	socklen_t	 len = sizeof(int);
	int		 listening = 0;

	if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_ACCEPTCONN, &listening,
	    &len) == 0 && listening)
		return false;
	return getenv("GATEWAY_INTERFACE") != NULL;
}

struct gateway *
fcgi_open(int fd, bool keep)
{
	struct gateway	*gw;

	if ((gw = calloc(1, sizeof(*gw))) == NULL) {
		close(fd);
		return NULL;
	}
	/* No listener: a failed handover is -EBADF, never an accept. */
	FCGX_InitRequest(&gw->req, -1, 0);
	gw->req.ipcFd = fd;
	gw->keep = keep;
	return gw;
}

struct gateway *
fcgi_cgi(void)
{
	struct gateway	*gw;
	const char	*s;
	int64_t		 n;

	if ((gw = calloc(1, sizeof(*gw))) == NULL)
		return NULL;
	signal(SIGPIPE, SIG_IGN);
	FCGX_InitRequest(&gw->req, -1, 0);
	gw->cgi = true;
	/* RFC 3875, 4.2: nothing beyond CONTENT_LENGTH may be read. */
	if ((s = getenv("CONTENT_LENGTH")) != NULL &&
	    int_strict(s, strlen(s), 0, INT64_MAX, &n))
		gw->left = (size_t)n;
	return gw;
}

/*
 * Detached, the library closes at once: it neither waits for the peer's close
 * nor reads what an endless sender has for us.  Whatever was written stays
 * readable for the peer.
 */
static void
hang_up(struct gateway *gw)
{
	FCGX_Detach(&gw->req);
	FCGX_Free(&gw->req, 1);
}

void
fcgi_close(struct gateway *gw)
{
	if (gw == NULL)
		return;
	if (!gw->cgi)
		hang_up(gw);
	free(gw);
}

int
fcgi_fd(const struct gateway *gw)
{
	return gw->cgi ? STDIN_FILENO : gw->req.ipcFd;
}

void
fcgi_last(struct gateway *gw)
{
	gw->keep = false;
}

bool
fcgi_accept(struct gateway *gw)
{
	FCGX_Request	*r = &gw->req;

	if (gw->cgi)
		return getenv("REQUEST_METHOD") != NULL;
	/*
	 * These fields stand below "Don't use anything below here"; the
	 * library offers no other way to hand a connection over.
	 */
	r->keepConnection = 1;
	FCGX_Detach(r);
	if (FCGX_Accept_r(r) != 0)
		return false;
	/* A cut environment is no error to the library (it returned 0). */
	if (FCGX_GetError(r->in) == 0 && r->role == FCGI_RESPONDER &&
	    FCGX_GetParam("REQUEST_METHOD", r->envp) != NULL)
		return true;
	hang_up(gw);
	return false;
}

char **
fcgi_env(struct gateway *gw)
{
	if (gw->cgi)
		return environ;
	/* The library's own addition comes first; CGI has no such thing. */
	if (strncmp(gw->req.envp[0], ROLE, sizeof(ROLE) - 1) == 0)
		return gw->req.envp + 1;
	return gw->req.envp;
}

static size_t
cgi_read(struct gateway *gw, char *p, size_t n)
{
	size_t	 done = 0;
	ssize_t	 got;

	if (n > gw->left)
		n = gw->left;
	while (done < n) {
		got = read(STDIN_FILENO, p + done, n - done);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	gw->left -= done;
	return done;
}

size_t
fcgi_read(struct gateway *gw, void *p, size_t n)
{
	size_t	 done = 0;
	int	 want, got;

	if (gw->cgi)
		return cgi_read(gw, p, n);
	while (done < n) {
		want = n - done > INT_MAX ? INT_MAX : (int)(n - done);
		got = FCGX_GetStr((char *)p + done, want, gw->req.in);
		done += (size_t)got;
		if (got < want)
			break;
	}
	return done;
}

static bool
cgi_write(struct gateway *gw, const char *p, size_t n)
{
	ssize_t	 done;

	while (n > 0 && !gw->lost) {
		done = write(STDOUT_FILENO, p, n);
		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1) {
			gw->lost = true;
			break;
		}
		p += done;
		n -= (size_t)done;
	}
	return !gw->lost;
}

bool
fcgi_write(struct gateway *gw, const void *p, size_t n)
{
	const char	*s = p;
	int		 part;

	if (gw->cgi)
		return cgi_write(gw, s, n);
	for (; n > 0; s += part, n -= (size_t)part) {
		part = n > INT_MAX ? INT_MAX : (int)n;
		if (FCGX_PutStr(s, part, gw->req.out) != part)
			return false;
	}
	return true;
}

/* A server that still writes may not look for the answer yet. */
static void
cgi_skip(struct gateway *gw)
{
	char	 trash[8192];
	size_t	 got = 0, n;

	while (got < UNREAD_MAX &&
	    (n = cgi_read(gw, trash, sizeof(trash))) > 0)
		got += n;
}

/* The body to its end.  False: too much of it, or the peer is gone. */
static bool
skip_body(struct gateway *gw)
{
	char	 trash[8192];
	size_t	 got = 0;

	while (FCGX_HasSeenEOF(gw->req.in) == 0 && got < UNREAD_MAX)
		got += (size_t)FCGX_GetStr(trash, sizeof(trash), gw->req.in);
	return FCGX_HasSeenEOF(gw->req.in) != 0 &&
	    FCGX_GetError(gw->req.in) == 0;
}

bool
fcgi_finish(struct gateway *gw, bool broken, bool *again)
{
	FCGX_Request	*r = &gw->req;
	bool		 ok;

	*again = false;
	if (gw->cgi) {
		cgi_skip(gw);
		return !gw->lost && !broken;
	}
	/* After a failed flush the library would send the same bytes again. */
	if (broken || FCGX_GetError(r->out) != 0) {
		hang_up(gw);
		return false;
	}
	*again = skip_body(gw) && gw->keep && r->keepConnection != 0;
	if (!*again)
		shutdown(r->ipcFd, SHUT_RD);
	/* err first: then it costs no record of its own. */
	ok = FCGX_FClose(r->err) == 0;
	ok = FCGX_FClose(r->out) == 0 && ok;
	*again = *again && ok;
	if (*again)
		FCGX_Free(r, 0);
	else
		hang_up(gw);
	return ok;
}
