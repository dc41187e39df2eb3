/* cmd_check.c: proves that what is configured works. */
#include "config.h"

#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "auth/bearer.h"
#include "base/log.h"
#include "core/checkpoint.h"
#include "core/keyring.h"
#include "db/db.h"
#include "db/migrate.h"

#define BACKLOG	4096	/* of proc/sock.c */

static unsigned	bad;

static void PRINTF(2, 3)
verdict(bool ok, const char *fmt, ...)
{
	va_list	ap;

	printf("%-4s  ", ok ? "ok" : "BAD");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (!ok)
		bad++;
}

/* Rows of (ok, what). */
static void
report(const struct db_res *res)
{
	size_t	i;

	for (i = 0; i < res_rows(res); i++)
		verdict(res_bool(res, i, 0), "%s", res_str(res, i, 1));
}

static void
check_keys(const struct conf *conf)
{
	struct auth	*auth;
	char		 err[256];

	if ((auth = auth_new(conf, err)) == NULL) {
		verdict(false, "tokens: %s", err);
		return;
	}
	verdict(auth_keys(auth) > 0, "tokens: %zu usable keys",
	    auth_keys(auth));
	auth_free(auth);
}

static void
check_ring(const struct conf *conf)
{
	struct fernet	*ring;
	char		 err[256];

	ring = keyring_new(conf, err);
	if (ring == NULL)
		verdict(false, "users' API keys: %s", err);
	else if (fernet_keys(ring) > 0)
		verdict(true, "users' API keys: %zu keys open them",
		    fernet_keys(ring));
	fernet_free(ring);
}

/* False: statements on LangGraph's tables cannot be prepared. */
static bool
check_checkpoints(struct db *db, const struct conf *conf)
{
	static const char *const	found[CKPT__MAX] = {
		[CKPT_ABSENT] = "not there (yet)",
		[CKPT_STANDARD] = "found",
		[CKPT_SHALLOW] = "found, of the Shallow saver",
		[CKPT_BROKEN] = "some are missing, or must not be read"
	};
	enum ckpt_layout		layout;
	struct ckpt			*c;
	enum rc				rc;

	if ((c = ckpt_new(db, conf)) == NULL)
		return false;
	rc = ckpt_find(c, &layout);
	ckpt_free(c);
	if (rc != RC_OK)
		verdict(false, "LangGraph's tables: cannot be looked at");
	else
		verdict(layout != CKPT_BROKEN, "LangGraph's tables: %s",
		    found[layout]);
	return rc == RC_OK && layout != CKPT_BROKEN;
}

static void
check_statements(struct db *db, bool checkpoints)
{
	enum query	q;
	unsigned	broken = 0;

	for (q = 0; q < Q__MAX; q++)
		if ((checkpoints || !db_query_uses(q, "checkpoints")) &&
		    db_prepare(db, q) != RC_OK) {
			verdict(false, "statement %s: SQLSTATE %s",
			    db_query_name(q), db_sqlstate(db));
			broken++;
		}
	if (broken == 0)
		verdict(true, "all %d statements prepare", (int)Q__MAX);
}

static void
check_database(const struct conf *conf, struct arena *arena)
{
	struct db	*db;
	struct db_res	*res;

	if (conf_app_url(conf) == NULL) {
		verdict(false, "database: BOBBIN_APP_DATABASE_URL or "
		    "DATABASE_URL is not set");
		return;
	}
	if (conf->ckpt_url != NULL)
		verdict(db_same(conf->ckpt_url, conf_app_url(conf)),
		    "LANGGRAPH_CHECKPOINT_DB_URL: the workers' database");
	db = db_new(conf_app_url(conf), conf);
	db_bind(db, arena, NULL);
	if (db_run(db, &res, Q_PING, conf->ckpt_schema) != RC_OK)
		verdict(false, "database: not reachable, not migrated, or "
		    "its role may do too much (SQLSTATE %s)",
		    *db_sqlstate(db) != '\0' ? db_sqlstate(db) : "none");
	else {
		verdict(true, "database: reachable");
		if (db_run(db, &res, Q_CHECK_SCHEMA, arena_printf(arena, "%d",
		    migrate_head())) == RC_OK)
			report(res);
		else
			verdict(false, "schema: cannot be looked at");
		check_statements(db, check_checkpoints(db, conf));
	}
	db_free(db);
}

/* A backlog above somaxconn is cut silently; a full one is a 503. */
static void
check_backlog(void)
{
	FILE	*f = fopen("/proc/sys/net/core/somaxconn", "r");
	int	 n = 0;

	if (f == NULL)
		return;
	if (fscanf(f, "%d", &n) == 1)
		verdict(n >= BACKLOG, "net.core.somaxconn is %d, "
		    "the sockets ask for %d", n, BACKLOG);
	fclose(f);
}

int
cmd_check(int argc, char **argv)
{
	struct conf	*conf = cli_conf(cli_only_conf(argc, argv));
	struct arena	*arena = arena_new(64UL << 20);

	log_open(NULL, LOG_L_ERROR, "check");
	verdict(true, "configuration: %s",
	    conf->path != NULL ? conf->path : "environment");
	check_keys(conf);
	check_ring(conf);
	check_database(conf, arena);
	check_backlog();
	arena_free(arena);
	conf_free(conf);
	return bad == 0 ? EX_OK : EX_CONFIG;
}
