#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/rc.h"

/* A version of the schema.  Number n is migrations[n - 1]. */
struct migration {
	int		 version;
	const char	*name, *up, *down;
};
extern const struct migration migrations[];
/* The newest version. */
int	migrate_head(void);

enum mig_verb {
	MIG_CURRENT,
	MIG_HISTORY,
	MIG_HEADS,
	MIG_SHOW,
	MIG_UPGRADE,
	MIG_DOWNGRADE,
	MIG_STAMP,
	MIG__MAX
};

/* One command. */
struct migrate {
	enum mig_verb	 verb;
	/*
	 * N, "head", "base", "+N", "-N" or, with sql, also "from:to"; NULL
	 * where the verb needs none.
	 */
	const char	*target;
	bool		 sql;		/* print it, connect to nothing */
	const char	*url;		/* NULL where no database is needed */
	const char	*ckpt_schema;	/* CHECKPOINT_SCHEMA, or NULL */
	FILE		*out;
};

/*
 * Says on stderr what went wrong.  Returns an exit status of sysexits.h:
 * EX_USAGE (target), EX_CONFIG (no url, no schema), EX_UNAVAILABLE (no
 * connection), EX_TEMPFAIL (another one is at work), EX_DATAERR (the database
 * is newer than this program), EX_SOFTWARE (SQL failed; that version's
 * transaction is rolled back).
 */
int	migrate_run(const struct migrate *) NONNULL MUST_CHECK;

#endif
