/*
 * kept.c: the same answer under bobbin's own process manager and transport:
 * what kept connections and the gate around a request cost without an API.
 */
#include "config.h"

#include <stdlib.h>
#include <sysexits.h>

#include "bench/answer.h"
#include "http/fcgi.h"
#include "proc/master.h"

static struct app *
make(const struct conf *conf, struct verdicts *verdicts)
{
	struct app	*app = calloc(1, sizeof(*app));

	(void)verdicts;
	if (app != NULL)
		app->conf = conf;
	return app;
}

static void
delete(struct app *app)
{
	free(app);
}

static struct gateway	*begun;

static bool
begin(struct app *app, struct gateway *gw, size_t lane)
{
	(void)app;
	(void)lane;
	begun = gw;
	return false;
}

static void
end(struct app *app, size_t lane, bool *again)
{
	bool	sent = fcgi_write(begun, answer, answer_len);

	(void)app;
	(void)lane;
	(void)fcgi_finish(begun, !sent, again);
}

static const struct app_ops	ops = { make, delete, begin, end };

/* kept FILE: socket and workers as the configuration says. */
int
main(int argc, char **argv)
{
	struct master_args	args = { .ops = &ops };
	char			err[256];

	compose();
	if (argc != 2) {
		fprintf(stderr, "usage: kept file\n");
		return EX_USAGE;
	}
	args.conf_path = argv[1];
	if ((args.conf = conf_load(argv[1], err)) == NULL) {
		fprintf(stderr, "kept: %s\n", err);
		return EX_CONFIG;
	}
	return master_run(&args);
}
