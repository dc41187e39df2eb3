/* cmd_cgi.c: one request from the environment, by the same code as serve. */
#include "config.h"

#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/log.h"
#include "cli/app.h"
#include "http/fcgi.h"

static const struct option opts[] = {
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

static int
answer(const struct conf *conf)
{
	struct app	*app;
	struct gateway	*gw;
	bool		 again;
	int		 status = 0;

	if ((app = app_ops.app_new(conf, NULL)) == NULL)
		return EX_CONFIG;
	if ((gw = fcgi_cgi()) != NULL && fcgi_accept(gw)) {
		app_ops.begin(app, gw, 0);
		app_ops.end(app, 0, &again);
	} else {
		fprintf(stderr, "bobbin: no request in the environment\n");
		status = EX_USAGE;
	}
	fcgi_close(gw);
	app_ops.app_free(app);
	return status;
}

int
cmd_cgi(int argc, char **argv)
{
	struct conf	*conf;
	const char	*path = NULL;
	int		 c, status;

	while ((c = getopt_long(argc, argv, "c:h", opts, NULL)) != -1)
		switch (c) {
		case 'c':
			path = optarg;
			break;
		case 'h':
			return cli_usage("cgi", 0);
		default:
			return cli_usage("cgi", EX_USAGE);
		}
	if (optind < argc)
		return cli_usage("cgi", EX_USAGE);
	if (!fcgi_is_cgi()) {
		fprintf(stderr, "bobbin: not started as CGI: "
		    "GATEWAY_INTERFACE is not set\n");
		return EX_USAGE;
	}
	conf = cli_conf(path);
	log_open(conf->log_file, log_level(conf->log_level), "cgi");
	status = answer(conf);
	conf_free(conf);
	return status;
}
