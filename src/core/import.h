#ifndef CORE_IMPORT_H
#define CORE_IMPORT_H

#include <stdio.h>

#include "base/conf.h"
#include "codec/json.h"
#include "db/db.h"
#include "db/source.h"

#define IMPORT_STEPS	8

/*
 * What is copied out of another system's database, and how: one step a kind of
 * row, in an order in which what others refer to comes first.
 */
struct import_step {
	const char	*name;		/* in the counts */
	const char	*table;		/* without it the step is left out */
	/* Of one user, $1: one column, the row as a JSON object in text. */
	const char	*read;
	/*
	 * Owned; $2 a JSON array of such rows, $3 schema of LangGraph's tables.
	 * Returns how many were added and how many refused; what is there
	 * already is neither, so that a batch may come again.
	 */
	enum query	 write;
	/*
	 * If set: called before a row is taken, which then is a batch of its
	 * own.  RC_NOTFOUND: it is left out; done() is called once the row is
	 * stored, or was not.
	 */
	enum rc		(*keep)(void *, const char *row);
	void		(*done)(void *);
};
struct import_plan {
	/* Statements with one column, the users that have rows, by table. */
	struct import_users {
		const char	*table, *read;
	} users[4];
	struct import_step	 steps[IMPORT_STEPS];
	/* Who is not in the map, and has an email's name, is that owner. */
	bool			 emails;
	/*
	 * If set: adds members to a row of that step, with a comma in front of
	 * each; false: the row is left out.
	 */
	bool			(*edit)(size_t step, struct buf *,
				    const char *email, struct json_span row);
};

/* Whose rows become whose: from a file of "user email" lines. */
struct import_map;
/* path NULL: it is empty.  NULL: err says why and where. */
struct import_map *import_map_read(const char *path, char err[256])
		    MUST_CHECK;
void		 import_map_free(struct import_map *);
#define IMPORT_EMAIL	(255 * 4)	/* bytes */
/* A user's name that is an email, as owners have it. */
bool		 import_email(const char *, char out[IMPORT_EMAIL + 1])
		    NONNULL MUST_CHECK;
/* The email of a user, or NULL. */
const char	*import_map_find(const struct import_map *, const char *user)
		    NONNULL MUST_CHECK;

struct import_count {
	int64_t		 added, there, refused, left;
};
struct import {
	const struct conf *conf;
	struct source	*from;
	struct db	*to;
	const struct import_map *map;
	FILE		*log;		/* progress, and who is not mapped */
	void		*arg;		/* of keep() and done() */
	/* What became of it, by step. */
	struct import_count count[IMPORT_STEPS];
	size_t		 users, unmapped;
};
/*
 * Copies what is not there yet, a transaction a batch: whatever ends it, the
 * next run goes on.  RC_DOWN: source or destination failed, and log has why.
 */
enum rc		 import_run(struct import *, const struct import_plan *)
		    NONNULL MUST_CHECK;

#endif
