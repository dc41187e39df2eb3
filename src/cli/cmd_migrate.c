/* cmd_migrate.c: `bobbin migrate`: the schema's version, and changing it. */
#include "config.h"

#include "cli/cli.h"

#include <stdbool.h>
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

static const struct verb *
find(const char *name)
{
	size_t	i;

	for (i = 0; i < nitems(verbs); i++)
		if (strcmp(name, verbs[i].name) == 0)
			return &verbs[i];
	return NULL;
}

/* By hand: "-1" is a version and no option. */
int
cmd_migrate(int argc, char **argv)
{
	struct migrate	 how = { .verb = MIG__MAX, .out = stdout };
	const struct verb *v = NULL;
	const char	*path = NULL;
	struct conf	*conf = NULL;
	int		 i, status;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return cli_usage(argv[0], EX_OK);
		else if (strcmp(argv[i], "-c") == 0 && i + 1 < argc)
			path = argv[++i];
		else if (strcmp(argv[i], "--sql") == 0)
			how.sql = true;
		else if (v == NULL && (v = find(argv[i])) != NULL)
			how.target = v->target;
		else if (v != NULL && v->takes && how.target == v->target &&
		    strncmp(argv[i], "--", 2) != 0)
			how.target = argv[i];
		else
			return cli_usage(argv[0], EX_USAGE);
	}
	if (v == NULL || (how.sql && !v->writes) ||
	    (v->takes && how.target == NULL))
		return cli_usage(argv[0], EX_USAGE);
	how.verb = (enum mig_verb)(v - verbs);
	if (!how.sql && (how.verb == MIG_CURRENT || v->writes)) {
		conf = cli_conf(path);
		how.url = conf->database_url;
		how.ckpt_schema = conf->ckpt_schema;
	}
	status = migrate_run(&how);
	conf_free(conf);
	return fflush(stdout) == EOF && status == EX_OK ? EX_IOERR : status;
}
