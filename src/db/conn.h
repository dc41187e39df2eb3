#ifndef DB_CONN_H
#define DB_CONN_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/db.h"

#define PIPE_MAX	32	/* statements of one pipeline */
#define PARAM_MAX	256	/* parameters of all of them */
#define DEFINES		8	/* names that statements may leave open */

#define STMT_OWNED	1u	/* $1 is the owner */
#define STMT_BINARY	2u	/* results come in binary form */

/* A row of the statement table. */
struct stmt {
	const char	*name;
	int		 nparams;	/* the owner included */
	unsigned	 flags;
	const char	*text;
};

/* What the backend knows of a statement, by its number. */
struct prep {
	bool		 ready;
	unsigned	 gen;		/* a forgotten name is not used again */
	char		 name[24];
};

/* What stands for {name} in a text; name NULL: free. */
struct define {
	const char	*name;
	char		*text;
};

/* A statement that waits for db_exec(). */
struct call {
	size_t		 q;
	const char	*const *argv;
};

struct db_res {
	PGresult	*pg;
};

struct db {
	PGconn		*pg;		/* NULL: not connected */
	char		*url;
	bool		 prepare;
	bool		 trusted;	/* by db_trust() */
	bool		 proven;	/* this backend has answered once */
	bool		 dying;		/* it said FATAL while we were idle */
	bool		 told;		/* the log knows about the role */
	int64_t		 timeout;	/* microseconds */
	int64_t		 limit;		/* the same, of this request */
	int64_t		 retry_at;	/* no connecting before (mono_us()) */
	unsigned	 fails;		/* in a row */
	unsigned	 backends;	/* so far */
	void		(*hook)(void *);
	void		*hook_arg;

	/* Statements 0..nstmts-1, and the identity as number nstmts. */
	const struct stmt *stmts;
	size_t		 nstmts;
	struct prep	*prep;
	struct define	 defines[DEFINES];
	struct buf	 text;		/* of a statement, with them */

	struct arena	*arena;
	const char	*owner;
	struct call	 queue[1 + PIPE_MAX];	/* 0 is the identity */
	size_t		 nqueue;
	const char	*args[PARAM_MAX];
	size_t		 nargs;
	const char	*misuse;	/* why the queue must not run */
	struct lane	*lanes;		/* LANES; ahead.c */
	size_t		 next_lane;	/* whose answer comes next */
	bool		 shot;		/* one of them was cancelled */
	struct lane	*asking;	/* db_run() is to send */
	struct lane	*taking;	/* db_run() may find its answer */
	char		 state[6];	/* SQLSTATE of the last failure */
};

/* Other statements than the built-in ones; before the first use. */
void		 conn_use(struct db *, const struct stmt *, size_t) NONNULL;
const struct stmt *conn_stmt(const struct db *, size_t q) NONNULL;
/* The text as the server gets it, until the next call; NULL: no memory. */
const char	*conn_text(struct db *, const char *) NONNULL;

/*
 * RC_OK: there is a backend, in pipeline mode, and it was alive a moment ago.
 * RC_DOWN otherwise, at once while backing off.
 */
enum rc		 conn_up(struct db *) NONNULL MUST_CHECK;
/* Ends the connection; the next use makes a new one. */
void		 conn_drop(struct db *) NONNULL;
/* Makes the statement be prepared again, under a name never used before. */
void		 conn_forget(struct db *, size_t q) NONNULL;
void		 conn_forget_all(struct db *) NONNULL;

enum wait { WAIT_READ, WAIT_LATE, WAIT_DEAD };
/* Sends what is left to send, waits for bytes to come and takes them in. */
enum wait	 conn_wait(PGconn *, int64_t deadline) NONNULL MUST_CHECK;

/* The URL without SQLAlchemy's "+driver" in its scheme; free() it. */
char		*conn_url(const char *) NONNULL MUST_CHECK;
/* False: libpq would say why, and quote the password in it. */
bool		 conn_parses(const char *url) NONNULL;
/* Several hosts: the one that takes writes must be found. */
bool		 conn_many(const char *url) NONNULL;
/* Length of a message without its further lines. */
int		 conn_line(const char *) NONNULL;

#endif
