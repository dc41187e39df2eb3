/* main.c: the table of subcommands, and the way to one. */
#include "config.h"

#include "cli/cli.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "http/fcgi.h"

const struct cmd cmds[] = {
	{ "serve",	cmd_serve,
	  "[-c file] [--socket path] [--slow-socket path] [--workers n] "
	  "[--with-jobs]",
	  "answer FastCGI requests" },
	{ "cgi",	cmd_cgi, "[-c file]",
	  "answer the one CGI request of the environment" },
	{ "jobs",	cmd_jobs,
	  "[-c file] [--once job] [--requeue] [--list]\n"
	  "       bobbin jobs [-c file] --once prune [--dry-run] "
	  "[--thread id] [--unclaimed]\n           [--json]\n"
	  "       bobbin jobs [-c file] --once retention [--dry-run] "
	  "[--json]",
	  "everything that speaks to the outside, on timers" },
	{ "migrate",	cmd_migrate,
	  "[-c file] current|history|heads|upgrade|downgrade|show|stamp "
	  "[version] [--sql]",
	  "bring the database to a version of the schema" },
	{ "import",	cmd_import,
	  "[-c file] --map file [--files dir] studio [dsn]\n"
	  "       bobbin import [-c file] [--map file] chatkit [dsn]",
	  "copy another system's database" },
	{ "checkpoint",	cmd_checkpoint,
	  "[-c file] list | size [thread]\n"
	  "       bobbin checkpoint [-c file] show [--ns ns] "
	  "[--channel name [--raw]] thread",
	  "look at what LangGraph stored, whoever owns it" },
	{ "key",	cmd_key, "[-c file] generate | rotate",
	  "a new key for users' API keys; seal them by the first one" },
	{ "token",	cmd_token,
	  "[-c file] [--scope s] [--ttl seconds] [--sub s] email",
	  "mint a token for development, signed with JWT_HS256_SECRET" },
	{ "check",	cmd_check, "[-c file] [--store]",
	  "prove that configuration, keys and database work" },
	{ "routes",	cmd_routes, "[--json]",
	  "print the whole API" },
	{ "config",	cmd_config, "[-c file]",
	  "print every option, its value and where that came from" },
	{ NULL, NULL, NULL, NULL }
};

static void
usage(FILE *f)
{
	const struct cmd	*c;

	fprintf(f, "usage: bobbin command [options]\n");
	for (c = cmds; c->name != NULL; c++)
		fprintf(f, "  %-10s  %s\n", c->name, c->help);
	fprintf(f, "`bobbin command --help` shows a command's options.\n");
}

int
cli_usage(const char *name, int status)
{
	const struct cmd	*c;

	for (c = cmds; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			fprintf(status == 0 ? stdout : stderr,
			    "usage: bobbin %s %s\n%s\n", c->name, c->usage,
			    c->help);
	return status;
}

struct conf *
cli_conf(const char *path)
{
	struct conf	*conf;
	char		 err[256];

	if (path == NULL)
		path = getenv("BOBBIN_CONF");
	if (path == NULL && access(SYSCONFDIR "/bobbin.conf", R_OK) == 0)
		path = SYSCONFDIR "/bobbin.conf";
	if ((conf = conf_load(path, err)) == NULL) {
		fprintf(stderr, "bobbin: %s\n", err);
		exit(EX_CONFIG);
	}
	return conf;
}

const char *
cli_only_conf(int argc, char **argv)
{
	static const struct option	longopts[] = {
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	const char			*path = NULL;
	int				 ch;

	while ((ch = getopt_long(argc, argv, "c:", longopts, NULL)) != -1)
		switch (ch) {
		case 'c':
			path = optarg;
			break;
		case 'h':
			exit(cli_usage(argv[0], EX_OK));
		default:
			exit(cli_usage(argv[0], EX_USAGE));
		}
	if (optind != argc)
		exit(cli_usage(argv[0], EX_USAGE));
	return path;
}

/*
 * RFC 3875, 4.4: a query without '=' comes as arguments too, so anybody on the
 * network would choose the command and its options.
 */
static bool
args_are_clients(void)
{
	const char	*query = getenv("QUERY_STRING");

	return query != NULL && *query != '\0' && strchr(query, '=') == NULL;
}

int
main(int argc, char **argv)
{
	const struct cmd	*c;

	/* A web server that starts us without arguments speaks CGI. */
	if ((argc < 2 || args_are_clients()) && fcgi_is_cgi())
		return cmd_cgi(1, argv);
	if (argc < 2) {
		usage(stderr);
		return EX_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("bobbin %s\n", PACKAGE_VERSION);
		return 0;
	}
	if (strcmp(argv[1], "--help") == 0) {
		usage(stdout);
		return 0;
	}
	for (c = cmds; c->name != NULL; c++)
		if (strcmp(argv[1], c->name) == 0)
			return c->run(argc - 1, argv + 1);
	fprintf(stderr, "bobbin: no such command: %s\n", argv[1]);
	usage(stderr);
	return EX_USAGE;
}
