/* app.c: what a process needs before it can answer its first request. */
#include "config.h"

#include "cli/app.h"

#include <stdlib.h>

#include "base/log.h"
#include "core/checkpoint.h"
#include "core/keyring.h"
#include "http/route.h"

#define REQUEST_MAX	MB(96)	/* of the arena: the largest body, twice */
#define REPLY_MAX	MB(64)
#define HEAD_MAX	KB(64)

static void
count_reconnect(void *arg)
{
	struct app	*app = arg;

	if (app->slot != NULL)
		atomic_fetch_add(&app->slot->reconnects, 1);
	if (app->board != NULL)
		atomic_fetch_add(&app->board->totals.reconnects, 1);
}

static void
delete(struct app *app)
{
	if (app == NULL)
		return;
	ckpt_free(app->ckpt);
	fernet_free(app->ring);
	db_free(app->db);
	auth_free(app->auth);
	visits_free(app->visits);
	buf_free(&app->head);
	buf_free(&app->body);
	free(app);
}

/* Connects to nothing: the database comes with the first request. */
static struct app *
make(const struct conf *conf, struct verdicts *verdicts)
{
	struct app	*app;
	char		 err[256];

	if ((app = calloc(1, sizeof(*app))) == NULL) {
		log_error("no memory");
		return NULL;
	}
	app->conf = conf;
	buf_init(&app->head, HEAD_MAX);
	buf_init(&app->body, REPLY_MAX);
	if (!req_cgi_name(app->token_env, sizeof(app->token_env),
	    conf->jwt_header)) {
		log_error("JWT_HEADER is too long");
		goto out;
	}
	if ((app->auth = auth_new(conf, verdicts, err)) == NULL) {
		log_error("%s", err);
		goto out;
	}
	if (conf_app_url(conf) == NULL) {
		log_error("BOBBIN_APP_DATABASE_URL or DATABASE_URL is not "
		    "set");
		goto out;
	}
	if (conf->ckpt_url != NULL &&
	    !db_same(conf->ckpt_url, conf_app_url(conf))) {
		log_error("LANGGRAPH_CHECKPOINT_DB_URL is not the workers' "
		    "database");
		goto out;
	}
	if ((app->ring = keyring_new(conf, err)) == NULL) {
		log_error("%s", err);
		goto out;
	}
	app->visits = visits_new(REQUEST_MAX);
	app->db = db_new(conf_app_url(conf), conf);
	if (app->visits == NULL || app->db == NULL) {
		log_error("no memory");
		goto out;
	}
	if ((app->ckpt = ckpt_new(app->db, conf)) == NULL) {
		log_error("no memory");
		goto out;
	}
	db_on_reconnect(app->db, count_reconnect, app);
	return app;
out:
	delete(app);
	return NULL;
}

const struct app_ops	app_ops = { make, delete, dispatch_begin,
			    dispatch_end };
