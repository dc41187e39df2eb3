/* cmd_serve.c: the options of `bobbin serve`, and what its children run. */
#include "config.h"

#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/app.h"
#include "jobs/jobs.h"
#include "proc/master.h"

static const struct option opts[] = {
	{ "socket", required_argument, NULL, 's' },
	{ "slow-socket", required_argument, NULL, 'S' },
	{ "workers", required_argument, NULL, 'w' },
	{ "with-jobs", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

/* The environment wins over the file, then and after each reload. */
static void
override(const char *name, const char *value)
{
	if (setenv(name, value, 1) == -1) {
		perror("bobbin");
		exit(EX_OSERR);
	}
}

int
cmd_serve(int argc, char **argv)
{
	struct master_args	 args = { .ops = &app_ops };
	const char		*path = NULL;
	char			*kept = NULL;
	int			 c, status;

	while ((c = getopt_long(argc, argv, "c:h", opts, NULL)) != -1)
		switch (c) {
		case 'c':
			path = optarg;
			break;
		case 's':
			override("BOBBIN_SOCKET", optarg);
			break;
		case 'S':
			override("BOBBIN_SLOW_SOCKET", optarg);
			break;
		case 'w':
			override("BOBBIN_WORKERS", optarg);
			break;
		case 'j':
			args.jobs = jobs_run;
			break;
		case 'h':
			return cli_usage("serve", 0);
		default:
			return cli_usage("serve", EX_USAGE);
		}
	if (optind < argc)
		return cli_usage("serve", EX_USAGE);
	args.conf = cli_conf(path);
	/* It outlives this configuration. */
	if (args.conf->path != NULL &&
	    (kept = strdup(args.conf->path)) == NULL) {
		perror("bobbin");
		return EX_OSERR;
	}
	args.conf_path = kept;
	status = master_run(&args);
	free(kept);
	return status;
}
