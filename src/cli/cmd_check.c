/* cmd_check.c: proves that what is configured works. */
#include "config.h"

#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "auth/bearer.h"
#include "base/log.h"
#include "core/checkpoint.h"
#include "core/store.h"
#include "core/keyring.h"
#include "db/db.h"
#include "db/migrate.h"

#define BACKLOG	4096	/* of proc/sock.c */

static unsigned	bad;

static void PRINTF(2, 0)
print(const char *word, const char *fmt, va_list ap)
{
	printf("%-4s  ", word);
	vprintf(fmt, ap);
	putchar('\n');
}

static void PRINTF(2, 3)
verdict(bool ok, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	print(ok ? "ok" : "BAD", fmt, ap);
	va_end(ap);
	if (!ok)
		bad++;
}

/* What works, and is seldom meant; no failure. */
static void PRINTF(1, 2)
doubt(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	print("warn", fmt, ap);
	va_end(ap);
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

	if ((auth = auth_new(conf, NULL, err)) == NULL) {
		verdict(false, "tokens: %s", err);
		return;
	}
	verdict(auth_keys(auth) > 0, "tokens: %zu usable keys",
	    auth_keys(auth));
	auth_free(auth);
	if (conf->jwks_file == NULL)
		return;
	if (conf->jwt_iss.n == 0 && conf->jwt_aud.n == 0)
		doubt("tokens: neither JWT_ISSUER nor JWT_AUDIENCE is set: "
		    "those for other programs are good here");
	if (conf->jwt_secret != NULL)
		doubt("tokens: JWT_HS256_SECRET is set beside JWT_JWKS_FILE: "
		    "who knows it can be anybody");
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

/* What stands under a name must hash to it. */
static bool
check_blob(const char *dir, const char *sha, int64_t size)
{
	char	found[STORE_SHA + 1];
	int64_t	n;
	enum rc	rc = store_hash(dir, sha, found, &n);

	if (rc == RC_OK && n == size && strcmp(found, sha) == 0)
		return true;
	if (rc == RC_OK && n == size)
		verdict(false, "store: %s has other bytes", sha);
	else if (rc == RC_OK)
		verdict(false, "store: %s has %" PRId64 " bytes, not %" PRId64,
		    sha, n, size);
	else
		verdict(false, "store: %s %s", sha, rc == RC_NOTFOUND ?
		    "is not there" : "cannot be read");
	return false;
}

/* One page of rows after the hash in last; false: there are no more. */
static bool
check_page(struct db *db, struct arena *arena, const char *dir,
    char last[STORE_SHA + 1], int64_t *good)
{
	struct db_res	*r;
	size_t		 i;

	arena_reset(arena);
	db_bind(db, arena, NULL);
	if (db_run(db, &r, Q_BLOB_ON_DISK, *last != '\0' ? last : NULL,
	    "1000") != RC_OK) {
		verdict(false, "store: rows cannot be read (SQLSTATE %s)",
		    db_sqlstate(db));
		return false;
	}
	for (i = 0; i < res_rows(r); i++) {
		snprintf(last, STORE_SHA + 1, "%s", res_str(r, i, 0));
		*good += check_blob(dir, last, res_int(r, i, 1));
	}
	return i > 0;
}

/* Every file in full, by the rows of bobbin_jobs. */
static void
check_files(const struct conf *conf, struct arena *arena)
{
	char		 last[STORE_SHA + 1] = "";
	int64_t		 good = 0;
	unsigned	 before = bad;
	struct db	*db;

	if (conf_jobs_url(conf) == NULL) {
		verdict(false, "store: BOBBIN_JOBS_DATABASE_URL or "
		    "DATABASE_URL is not set");
		return;
	}
	db = db_new(conf_jobs_url(conf), conf);
	while (check_page(db, arena, conf->blob_dir, last, &good))
		;
	db_free(db);
	verdict(bad == before, "store: %" PRId64 " files as they should be",
	    good);
}

/* Made by the first upload; as root nothing is made here. */
static void
check_store(const struct conf *conf)
{
	if (access(conf->blob_dir, R_OK | W_OK | X_OK) == 0)
		verdict(true, "store: writable");
	else
		verdict(errno == ENOENT, "store: %s", errno == ENOENT ?
		    "not there (yet)" : strerror(errno));
}

int
cmd_check(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "store",	no_argument,		NULL, 's' },
		{ "help",	no_argument,		NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	const char	*path = NULL;
	struct conf	*conf;
	struct arena	*arena;
	bool		 files = false;
	int		 c;

	while ((c = getopt_long(argc, argv, "c:", longopts, NULL)) != -1)
		switch (c) {
		case 'c':
			path = optarg;
			break;
		case 's':
			files = true;
			break;
		default:
			return cli_usage("check", c == 'h' ? 0 : EX_USAGE);
		}
	if (optind < argc)
		return cli_usage("check", EX_USAGE);
	conf = cli_conf(path);
	arena = arena_new(64UL << 20);
	log_open(NULL, LOG_L_ERROR, "check");
	verdict(true, "configuration: %s",
	    conf->path != NULL ? conf->path : "environment");
	check_keys(conf);
	check_ring(conf);
	check_database(conf, arena);
	check_store(conf);
	if (files)
		check_files(conf, arena);
	check_backlog();
	arena_free(arena);
	conf_free(conf);
	return bad == 0 ? EX_OK : EX_CONFIG;
}
