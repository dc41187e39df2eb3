/* sock.c: the listening sockets: our own, spawn-fcgi's or systemd's. */
#include "config.h"

#include "proc/sock.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/text.h"

#define BACKLOG		4096	/* a full one is an instant EAGAIN */
#define SYSTEMD_FD	3	/* SD_LISTEN_FDS_START */

_Static_assert(sizeof(((struct listener *)0)->path) ==
    sizeof(((struct sockaddr_un *)0)->sun_path), "a path that fits");

/* Formats the reason and returns the exit status. */
static int PRINTF(3, 4)
no(char err[SOCK_ERR], int status, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	vsnprintf(err, SOCK_ERR, fmt, ap);
	va_end(ap);
	return status;
}

bool
sock_fds(void)
{
	int	fd;

	do {
		if ((fd = open("/dev/null", O_RDWR)) == -1)
			return false;
	} while (fd <= STDERR_FILENO);
	close(fd);
	return true;
}

static bool
get_int(int fd, int option, int *value)
{
	socklen_t	len = sizeof(*value);

	return getsockopt(fd, SOL_SOCKET, option, value, &len) == 0;
}

/* Takes over a descriptor that we were started with. */
static int
inherit(struct listener *l, int fd, bool shared, char err[SOCK_ERR])
{
	int	domain, type, listening, flags;

	if (!get_int(fd, SO_DOMAIN, &domain) || !get_int(fd, SO_TYPE, &type) ||
	    !get_int(fd, SO_ACCEPTCONN, &listening))
		return no(err, EX_USAGE, "descriptor %d is not a socket", fd);
	if (domain != AF_UNIX)
		return no(err, EX_USAGE, "descriptor %d is not a unix socket; "
		    "FastCGI over TCP has no access control", fd);
	if (type != SOCK_STREAM || !listening)
		return no(err, EX_USAGE, "descriptor %d is a socket, but not a "
		    "listening stream socket", fd);
	if (l->fd != -1)
		return no(err, EX_USAGE, "descriptor %d is one listener too "
		    "many", fd);
	if ((l->fd = fcntl(fd, F_DUPFD_CLOEXEC, SYSTEMD_FD)) == -1 ||
	    (flags = fcntl(l->fd, F_GETFL)) == -1 ||
	    fcntl(l->fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return no(err, EX_OSERR, "descriptor %d: %s", fd,
		    strerror(errno));
	l->shared = shared;
	close(fd);
	return 0;
}

/* How many descriptors LISTEN_FDS means for us; -1: too many. */
static int
announced(void)
{
	const char	*pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	int64_t		 v;

	if (pid == NULL || n == NULL ||
	    !int_strict(pid, strlen(pid), 1, INT32_MAX, &v) || v != getpid())
		return 0;
	return int_strict(n, strlen(n), 0, 2, &v) ? (int)v : -1;
}

/* The pool of the next name; without names, of the i-th place. */
static struct listener *
named(struct listeners *ls, const char **names, int i)
{
	size_t	len;
	bool	slow = i == 1;

	if (*names != NULL) {
		len = strcspn(*names, ":");
		if (len == 4 && strncmp(*names, "slow", len) == 0)
			slow = true;
		if (len == 5 && strncmp(*names, "quick", len) == 0)
			slow = false;
		*names = (*names)[len] == ':' ? *names + len + 1 : NULL;
	}
	return slow ? &ls->slow : &ls->quick;
}

/* sd_listen_fds(3), without the library. */
static int
from_systemd(struct listeners *ls, char err[SOCK_ERR])
{
	const char	*names = getenv("LISTEN_FDNAMES");
	int		 n = announced(), i, rc;

	if (n == -1)
		return no(err, EX_USAGE, "LISTEN_FDS: want 1 or 2");
	/* Whatever else was left open for us is none of our business. */
	close_range(SYSTEMD_FD + (unsigned)n, ~0U, 0);
	for (i = 0; i < n; i++)
		if ((rc = inherit(named(ls, &names, i), SYSTEMD_FD + i, true,
		    err)) != 0)
			return rc;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return 0;
}

/* spawn-fcgi's; any other socket there is a mistake worth a word. */
static int
from_stdin(struct listeners *ls, char err[SOCK_ERR])
{
	int	domain, rc;

	if (!get_int(STDIN_FILENO, SO_DOMAIN, &domain))
		return 0;
	if ((rc = inherit(&ls->quick, STDIN_FILENO, false, err)) != 0)
		return rc;
	if (!sock_fds())
		return no(err, EX_OSERR, "/dev/null: %s", strerror(errno));
	return 0;
}

/* Removes what a dead process left; whoever still listens keeps it. */
static int
clear_path(const struct sockaddr_un *sun, char err[SOCK_ERR])
{
	struct stat	st;
	int		fd, e;

	if (lstat(sun->sun_path, &st) == -1)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return no(err, EX_CANTCREAT, "%s exists and is not a socket",
		    sun->sun_path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0)) == -1)
		return no(err, EX_OSERR, "socket: %s", strerror(errno));
	e = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0 ?
	    EADDRINUSE : errno;
	close(fd);
	if (e != ECONNREFUSED)
		return no(err, EX_CANTCREAT, "%s is taken: %s", sun->sun_path,
		    strerror(e));
	if (unlink(sun->sun_path) == -1)
		return no(err, EX_CANTCREAT, "%s: %s", sun->sun_path,
		    strerror(errno));
	return 0;
}

static int
give(const char *path, const struct conf *conf, char err[SOCK_ERR])
{
	struct passwd	*pw;
	struct group	*gr;
	uid_t		 uid = (uid_t)-1;
	gid_t		 gid = (gid_t)-1;

	if (conf->sock_owner != NULL) {
		if ((pw = getpwnam(conf->sock_owner)) == NULL)
			return no(err, EX_NOUSER, "no such user: %s",
			    conf->sock_owner);
		uid = pw->pw_uid;
	}
	if (conf->sock_group != NULL) {
		if ((gr = getgrnam(conf->sock_group)) == NULL)
			return no(err, EX_NOUSER, "no such group: %s",
			    conf->sock_group);
		gid = gr->gr_gid;
	}
	if ((uid != (uid_t)-1 || gid != (gid_t)-1) &&
	    lchown(path, uid, gid) == -1)
		return no(err, EX_NOPERM, "%s: cannot give it to %s:%s: %s",
		    path, conf->sock_owner != NULL ? conf->sock_owner : "",
		    conf->sock_group != NULL ? conf->sock_group : "",
		    strerror(errno));
	return 0;
}

/* Mode 0660 from the first moment: under a umask, not by a later chmod. */
static int
make(struct listener *l, const char *path, const struct conf *conf,
    char err[SOCK_ERR])
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	struct stat		 st;
	mode_t			 mask;
	int			 rc;

	if (strlen(path) >= sizeof(sun.sun_path))
		return no(err, EX_CONFIG, "%s: longer than %zu bytes", path,
		    sizeof(sun.sun_path) - 1);
	strcpy(sun.sun_path, path);
	if ((rc = clear_path(&sun, err)) != 0)
		return rc;
	if ((l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0)) == -1)
		return no(err, EX_OSERR, "socket: %s", strerror(errno));
	mask = umask(0117);
	rc = bind(l->fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(mask);
	if (rc == -1 || lstat(path, &st) == -1)
		return no(err, EX_CANTCREAT, "%s: %s", path, strerror(errno));
	strcpy(l->path, path);
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	if ((rc = give(path, conf, err)) != 0)
		return rc;
	if (listen(l->fd, BACKLOG) == -1)
		return no(err, EX_OSERR, "%s: %s", path, strerror(errno));
	return 0;
}

int
sock_open(struct listeners *ls, const struct conf *conf, char err[SOCK_ERR])
{
	int	rc;

	memset(ls, 0, sizeof(*ls));
	ls->quick.fd = ls->slow.fd = -1;
	if ((rc = from_systemd(ls, err)) != 0)
		goto out;
	if (ls->quick.fd == -1 && (rc = from_stdin(ls, err)) != 0)
		goto out;
	if (ls->quick.fd == -1 &&
	    (rc = make(&ls->quick, conf->sock, conf, err)) != 0)
		goto out;
	if (ls->slow.fd == -1 && conf->slow_workers > 0)
		rc = make(&ls->slow, conf->slow_sock, conf, err);
out:
	if (rc != 0)
		sock_close(ls);
	return rc;
}

/* Another instance may have put its own there meanwhile. */
static void
unlink_own(struct listener *l)
{
	struct stat	st;

	if (l->path[0] != '\0' && lstat(l->path, &st) == 0 &&
	    st.st_dev == l->dev && st.st_ino == l->ino)
		unlink(l->path);
	l->path[0] = '\0';
}

static void
shut_one(struct listener *l)
{
	unlink_own(l);
	/* Linux: connect() is refused from now on, the queue stays. */
	if (l->fd != -1 && !l->shared)
		shutdown(l->fd, SHUT_RD);
}

void
sock_shut(struct listeners *ls)
{
	shut_one(&ls->quick);
	shut_one(&ls->slow);
}

static void
close_one(struct listener *l)
{
	unlink_own(l);
	if (l->fd != -1)
		close(l->fd);
	l->fd = -1;
}

void
sock_close(struct listeners *ls)
{
	close_one(&ls->quick);
	close_one(&ls->slow);
}
