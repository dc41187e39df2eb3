#ifndef PROC_SOCK_H
#define PROC_SOCK_H

#include <sys/types.h>
#include <stdbool.h>

#include "base/conf.h"

#define SOCK_ERR	256

/* A listening unix socket, non-blocking and close-on-exec. */
struct listener {
	int		 fd;		/* -1: none */
	char		 path[108];	/* empty: somebody else made it */
	dev_t		 dev;		/* of what we made at path */
	ino_t		 ino;
	bool		 shared;	/* systemd listens on it as well */
};

struct listeners {
	struct listener	 quick, slow;
};

/* Opens /dev/null wherever descriptor 0, 1 or 2 is closed; false: cannot. */
bool	sock_fds(void) MUST_CHECK;
/*
 * The listeners: systemd's (LISTEN_FDS; by LISTEN_FDNAMES "quick" and "slow",
 * else in that order), else descriptor 0 as spawn-fcgi leaves it for the quick
 * pool; what is missing is made at the configured paths, the slow one only if
 * there are slow workers.  0, or an exit status (sysexits.h) with err filled
 * in.  Nothing is left behind on failure.  Closes all other descriptors from 3.
 */
int	sock_open(struct listeners *, const struct conf *, char err[SOCK_ERR])
	    NONNULL MUST_CHECK;
/*
 * No further connect() succeeds, those who came before can still be accepted,
 * and our own path is gone.  A socket that systemd shares stays as it is.
 */
void	sock_shut(struct listeners *) NONNULL;
/* Closes, and removes what sock_open() made if it is still there. */
void	sock_close(struct listeners *) NONNULL;

#endif
