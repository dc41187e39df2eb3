#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/rc.h"

/* An option's values; n is 0 and v is empty when it is not set. */
struct list {
	char	**v;
	size_t	  n;
};

enum opt_type {
	OPT_STR, OPT_INT, OPT_REAL, OPT_BOOL, OPT_LIST, OPT_SECRET, OPT_SECRETS,
	OPT_JSON
};
enum opt_from { FROM_DEFAULT, FROM_FILE, FROM_ENV, FROM__MAX };

/* Everything that can be configured, parsed; options.h says what each is. */
struct conf {
#define CT_STR		char *
#define CT_SECRET	char *
#define CT_INT		int64_t
#define CT_REAL		double
#define CT_BOOL		bool
#define CT_LIST		struct list
#define CT_SECRETS	struct list
#define CT_JSON		struct list
#define O(type, name, field, def, reload, min, max, help) CT_##type field;
#include "base/options.h"
#undef O
	char	*path;		/* the file it was read from, or NULL */
	uint8_t	 from[128];	/* enum opt_from, by position in the table */
};

struct conf_option {
	const char	*name, *def, *help;
	enum opt_type	 type;
	bool		 reload;
	int64_t		 min, max;
	size_t		 offset;
};
extern const struct conf_option conf_options[];
extern const size_t nconf_options;

/*
 * A fresh configuration from the defaults, the file (`key = value`, path may
 * be NULL) and the environment, which wins.  NULL: err (256 bytes) says why,
 * without any secret.  Unknown names in the file are errors; a line that
 * begins with a blank goes on with the value before it.  Set to nothing
 * means not set, but is an error where a text has a default, for a number, a
 * switch and a JSON array.
 */
struct conf	*conf_load(const char *path, char err[256]) MUST_CHECK;
void		 conf_free(struct conf *);
/* Carries what needs a restart over from old; logs each such change. */
void		 conf_keep(struct conf *fresh, const struct conf *old) NONNULL;
/* One "NAME = value  # from" line an option, secrets masked. */
void		 conf_print(const struct conf *, FILE *) NONNULL;
/* The database URL for the workers, for jobs: own one or DATABASE_URL. */
const char	*conf_app_url(const struct conf *) NONNULL;
const char	*conf_jobs_url(const struct conf *) NONNULL;

#endif
