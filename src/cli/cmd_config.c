/* cmd_config.c: what is in force, and where each value came from. */
#include "config.h"

#include "cli/cli.h"

#include <sysexits.h>

int
cmd_config(int argc, char **argv)
{
	struct conf	*conf = cli_conf(cli_only_conf(argc, argv));

	conf_print(conf, stdout);
	conf_free(conf);
	return EX_OK;
}
