#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/conf.h"

/* One row per statement of sql/query, in the order of the generated table. */
enum query {
#define Q(name, nparams, flags, text)	Q_##name,
#include "db/queries.h"
#undef Q
	Q__MAX
};

/* One connection: a worker's, for good. */
struct db;
/* What one statement returned; lives in the request's arena. */
struct db_res;

/*
 * Whether two URLs lead to one database: host, port and name, with libpq's
 * defaults.  A socket's directory is another host than its machine's name.
 */
bool		 db_same(const char *, const char *) NONNULL MUST_CHECK;
/* Connects at the first use.  url is copied.  Free with db_free(). */
struct db	*db_new(const char *url, const struct conf *) MUST_CHECK;
void		 db_free(struct db *);
/*
 * For an operator's tools alone: the role may be one that row security does
 * not bind.  Without this such a role is RC_DOWN.
 */
void		 db_trust(struct db *) NONNULL;
/* Called once for each new backend, the first one excepted. */
void		 db_on_reconnect(struct db *, void (*)(void *), void *);

/* A number that is another one for each backend; 0: not connected. */
unsigned	 db_backend(const struct db *) NONNULL;
/*
 * From now on text stands where a statement has {name}, a word of lower case
 * and '_' in braces; not defined, it is the name itself.  name is kept, text is
 * copied: SQL, with identifiers quoted by the caller.
 */
void		 db_define(struct db *, const char *name, const char *text)
		    NONNULL;

/*
 * Binds the connection to one request: all results go to the arena, $1 of
 * every owned statement is the owner (NULL: only unowned ones may run), and
 * the pipeline starts with set_config('bobbin.email', owner, true).
 */
void		 db_bind(struct db *, struct arena *, const char *owner);
/* A shorter deadline than DATABASE_TIMEOUT_MS, until the next db_bind(). */
void		 db_limit(struct db *, int ms);

/*
 * Queues a statement.  The parameters are text (const char *, NULL is SQL
 * NULL), as many as the statement has beyond the owner; they must live until
 * db_exec().
 */
void		 db_queue(struct db *, enum query, ...);
/*
 * Sends everything queued as one pipeline with one Sync, which is one
 * transaction, and fills res[0..n) in the order queued (res may be NULL).
 * RC_OK, or what the first failing statement's SQLSTATE means, or RC_DOWN;
 * then nothing was changed.  0A000, 26000, 40001 and 40P01 are retried once.
 */
enum rc		 db_exec(struct db *, struct db_res **res, size_t n)
		    MUST_CHECK;
/* The SQLSTATE of the last failure, "" if it had none. */
const char	*db_sqlstate(const struct db *) NONNULL;

/* One queued statement and db_exec(). */
enum rc		 db_run(struct db *, struct db_res **, enum query, ...)
		    MUST_CHECK;
/* The same; RC_NOTFOUND when it returns no row. */
enum rc		 db_one(struct db *, struct db_res **, enum query, ...)
		    MUST_CHECK;

/*
 * Reads of several requests at once, each in a lane of its own from 0 on.
 * First for each: db_bind(), db_ahead(), and its handler, whose db_run() sends
 * the statement, if it can at once, and returns RC_DOWN; db_asked() says
 * whether the handler came that far.  Then for each: db_bind(), db_resume(),
 * and the handler once more, whose db_run() finds the answer (or asks now);
 * db_finish() ends it.  What one request has asked, no other one can see.
 */
#define LANES		8
void		 db_ahead(struct db *, size_t lane) NONNULL;
bool		 db_asked(struct db *) NONNULL;
void		 db_resume(struct db *, size_t lane) NONNULL;
void		 db_finish(struct db *, size_t lane) NONNULL;

/*
 * One owned statement in single-row mode: fn is called for each row (row 0 of
 * a result that is only valid during the call) and may stop by returning
 * anything but RC_OK.  Memory does not grow with the number of rows.  Rows may
 * come before an error does.
 */
enum rc		 db_each(struct db *, enum rc (*fn)(void *,
		    const struct db_res *), void *, enum query, ...)
		    MUST_CHECK;

/* Whether the server takes the statement; runs nothing.  For `check`. */
enum rc		 db_prepare(struct db *, enum query) MUST_CHECK;

/* Rows, and a field: never NULL ("" for SQL NULL; ask res_null()). */
size_t		 res_rows(const struct db_res *) NONNULL;
/* Rows that INSERT, UPDATE or DELETE touched. */
int64_t		 res_affected(const struct db_res *) NONNULL;
const char	*res_str(const struct db_res *, size_t row, int col) NONNULL;
size_t		 res_len(const struct db_res *, size_t row, int col) NONNULL;
bool		 res_null(const struct db_res *, size_t row, int col) NONNULL;
int64_t		 res_int(const struct db_res *, size_t row, int col) NONNULL;
bool		 res_bool(const struct db_res *, size_t row, int col) NONNULL;
/* A timestamp as PostgreSQL writes it; the result may hold it, or text does. */
#define RES_TIME	48
const char	*res_time(const struct db_res *, size_t row, int col, bool zone,
		    char text[RES_TIME]) NONNULL;

/*
 * How a column goes out as JSON.  All but COL_JSON, whose text it is, may come
 * in binary form.
 */
enum col_type {
	COL_TEXT,	/* string, or null */
	COL_INT,
	COL_BOOL,
	COL_NAIVE,	/* timestamp: YYYY-MM-DDTHH:MM:SS[.ffffff] */
	COL_UTC,	/* timestamptz (TimeZone is UTC): the same with Z */
	COL_JSON,	/* json: byte for byte */
	COL__MAX
};
struct col {
	const char	*name;
	enum col_type	 type;
};
/* One field, without a name. */
void		 res_json(struct buf *, const struct db_res *, size_t row,
		    int c, enum col_type) NONNULL;
/* The columns of a row as members; ncol of them, from column 0. */
void		 row_json(struct buf *, const struct db_res *, size_t row,
		    const struct col *, size_t ncol) NONNULL;

/* Number of statements; name and text of one, for `check` and tests. */
const char	*db_query_name(enum query);
const char	*db_query_text(enum query);
/* Whether its text has {name}. */
bool		 db_query_uses(enum query, const char *name) NONNULL;

#endif
