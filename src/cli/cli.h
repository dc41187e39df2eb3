#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/conf.h"

/* A subcommand; argv[0] is its name.  Exit status as in sysexits.h. */
struct cmd {
	const char	*name;
	int		(*run)(int argc, char **argv);
	const char	*usage;		/* after the name */
	const char	*help;		/* one line */
};

extern const struct cmd cmds[];

int	cmd_serve(int, char **);
int	cmd_cgi(int, char **);
int	cmd_jobs(int, char **);
int	cmd_migrate(int, char **);
int	cmd_checkpoint(int, char **);
int	cmd_key(int, char **);
int	cmd_import(int, char **);
int	cmd_token(int, char **);
int	cmd_check(int, char **);
int	cmd_routes(int, char **);
int	cmd_config(int, char **);

/* --help, or a bad option: prints this command's usage. */
int	cli_usage(const char *name, int status);
/*
 * The configuration of -c FILE, else $BOBBIN_CONF, else
 * SYSCONFDIR/bobbin.conf if there is one.  Exits EX_CONFIG with a message.
 */
struct conf	*cli_conf(const char *path);
/*
 * Parses a command line that knows -c FILE and --help alone; exits after
 * --help or a bad option.  Returns FILE, or NULL.
 */
const char	*cli_only_conf(int argc, char **argv);

#endif
