/* cmd_migrate.c: `bobbin migrate`: the schema's version, and changing it. */
#include "config.h"

#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "db/migrate.h"

static const struct verb {
	const char	*name;
	const char	*target;	/* what stands when none was given */
	bool		 takes;		/* a target */
	bool		 writes;	/* takes --sql */
} verbs[] = {
	[MIG_CURRENT]	= { "current",	 NULL,   false, false },
	[MIG_HISTORY]	= { "history",	 NULL,   false, false },
	[MIG_HEADS]	= { "heads",	 NULL,   false, false },
	[MIG_SHOW]	= { "show",	 NULL,   true,  false },
	[MIG_UPGRADE]	= { "upgrade",	 "head", true,  true },
	[MIG_DOWNGRADE]	= { "downgrade", NULL,   true,  true },
	[MIG_STAMP]	= { "stamp",	 NULL,   true,  true },
};
_Static_assert(nitems(verbs) == MIG__MAX, "one row per verb");

static enum mig_verb
find(const char *name)
{
	size_t	i;

	for (i = 0; i < nitems(verbs); i++)
		if (strcmp(name, verbs[i].name) == 0)
			return (enum mig_verb)i;
	return MIG__MAX;
}

/* By hand: "-1" is a version and no option. */
int
cmd_migrate(int argc, char **argv)
{
	const char	*path = NULL, *target = NULL;
	enum mig_verb	 verb = MIG__MAX;
	struct conf	*conf = NULL;
	bool		 sql = false;
	int		 i, status;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return cli_usage(argv[0], EX_OK);
		else if (strcmp(argv[i], "-c") == 0 && i + 1 < argc)
			path = argv[++i];
		else if (strcmp(argv[i], "--sql") == 0)
			sql = true;
		else if (verb == MIG__MAX && (verb = find(argv[i])) != MIG__MAX)
			;
		else if (verb != MIG__MAX && verbs[verb].takes &&
		    target == NULL && strncmp(argv[i], "--", 2) != 0)
			target = argv[i];
		else
			return cli_usage(argv[0], EX_USAGE);
	}
	if (verb == MIG__MAX || (sql && !verbs[verb].writes))
		return cli_usage(argv[0], EX_USAGE);
	if (target == NULL && (target = verbs[verb].target) == NULL &&
	    verbs[verb].takes)
		return cli_usage(argv[0], EX_USAGE);
	if (!sql && (verb == MIG_CURRENT || verbs[verb].writes))
		conf = cli_conf(path);
	status = migrate_run(verb, target, sql,
	    conf != NULL ? conf->database_url : NULL, stdout);
	conf_free(conf);
	return fflush(stdout) == EOF && status == EX_OK ? EX_IOERR : status;
}
