#ifndef DB_SOURCE_H
#define DB_SOURCE_H

#include <stdbool.h>

#include "base/rc.h"
#include "db/db.h"

/*
 * Somebody else's database, read within one snapshot and never written: its
 * rows come through server-side cursors, so that memory does not grow with
 * them.  Where libpq asks for a password, PGPASSWORD, a service or a password
 * file may tell it.
 */
struct source;

/* NULL: err says why, without any secret. */
struct source	*source_open(const char *dsn, char err[256])
		    NONNULL MUST_CHECK;
void		 source_close(struct source *);
/* The text has a password in it, or is none that libpq understands. */
bool		 source_is_secret(const char *dsn) NONNULL MUST_CHECK;
/*
 * fn for each row of a statement, whose $1 is param (NULL: it has none); it
 * may stop by anything but RC_OK.  RC_DOWN: the source failed, source_why()
 * says how.
 */
enum rc		 source_each(struct source *, const char *sql,
		    const char *param, enum rc (*fn)(void *,
		    const struct db_res *, size_t row), void *)
		    __attribute__((nonnull(1, 2, 4))) MUST_CHECK;
/* Is there a table (or view) of this name in the search path? */
enum rc		 source_has(struct source *, const char *table, bool *has)
		    NONNULL MUST_CHECK;
/* One line, never a value. */
const char	*source_why(const struct source *) NONNULL;

#endif
