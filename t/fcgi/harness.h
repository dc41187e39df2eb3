#ifndef FCGI_HARNESS_H
#define FCGI_HARNESS_H

#include <sys/types.h>
#include <stdbool.h>

#include "base/buf.h"
#include "fcgi/client.h"

/* One echo server in a directory of its own. */
struct server {
	pid_t	pid;		/* 0: none runs */
	char	dir[64];
	char	sock[80], slow[80], conf[80], log[80], file[80];
};

/* One behaviour; its name is a sentence. */
struct tcase {
	const char	*name;
	void		(*fn)(void);
};

/* TAP for all cases, or the ones named; the exit status. */
int	run_cases(int argc, char **argv, const struct tcase *, size_t);
/* Counts as the failure of the case that runs. */
bool	expect(bool, const char *, ...) PRINTF(2, 3);
/* The rest of the case makes no sense here. */
void	skip(const char *why);

/* A directory and a configuration: ours, then these "key = value" lines. */
void	server_make(struct server *, const char *lines);
/* Writes the configuration again. */
void	server_configure(struct server *, const char *lines);
/* Starts it on its own sockets, and waits until it answers. */
void	server_start(struct server *, const char *lines);
/*
 * Starts it without waiting; setup(arg) runs in the child before exec.  The
 * first is 0 for none.
 */
void	server_exec(struct server *, void (*setup)(void *), void *);
bool	server_answers(struct server *);
/* Sends sig, if not 0, waits for the end; exit status, 128 + signal, or -1. */
int	server_end(struct server *, int sig);
/* TERM, expects 0, and removes the directory. */
void	server_stop(struct server *);
void	server_remove(struct server *);

/* The reply's body to a GET, as a string until the next call; "" if none. */
const char *ask(const char *sock, const char *uri);
/* Waits until the log holds text; false after some 10 s. */
bool	logged(const struct server *, const char *text);
/* The whole file as a string until the next call, "" if there is none. */
const char *contents(const char *path);
void	nap(int ms);
/* The echo program, $BUILDDIR/t/fcgi/echo. */
const char *echo_path(void);

#endif
