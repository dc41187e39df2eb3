/* cmd_key.c: `bobbin key`: makes keys, and changes to a new one. */
#include "config.h"

#include "cli/cli.h"

#include <openssl/crypto.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "core/keyring.h"

#define ARENA_MAX	((size_t)64 * 1024 * 1024)

static int
generate(void)
{
	char	key[FERNET_KEY_TEXT + 1];
	bool	ok;

	if (!fernet_generate(key)) {
		fprintf(stderr, "bobbin key: no random bytes\n");
		return EX_OSERR;
	}
	ok = puts(key) != EOF && fflush(stdout) != EOF;
	OPENSSL_cleanse(key, sizeof(key));
	return ok ? EX_OK : EX_IOERR;
}

static int
report(enum rc rc, const struct keyring_count *n, const struct db *db)
{
	printf("resealed %zu\ncurrent %zu\nunreadable %zu\n", n->resealed,
	    n->current, n->unreadable);
	if (rc == RC_CONFLICT)
		fprintf(stderr, "bobbin key: a row changes all the time\n");
	else if (rc != RC_OK)
		fprintf(stderr, "bobbin key: database: %s\n",
		    *db_sqlstate(db) != '\0' ? db_sqlstate(db) :
		    "unavailable");
	if (fflush(stdout) == EOF)
		return EX_IOERR;
	return rc != RC_OK || n->unreadable > 0;
}

static int
rotate_with(const struct conf *conf, const struct fernet *ring)
{
	struct keyring_count	 n;
	struct arena		*arena = arena_new(ARENA_MAX);
	struct db		*db = db_new(conf->database_url, conf);
	int			 status = EX_OSERR;
	enum rc			 rc;

	if (arena != NULL && db != NULL) {
		db_trust(db);
		rc = keyring_rotate(db, arena, ring, &n);
		status = report(rc, &n, db);
	}
	db_free(db);
	arena_free(arena);
	return status;
}

static int
rotate(const char *path)
{
	struct conf	*conf = cli_conf(path);
	struct fernet	*ring;
	const char	*why = NULL;
	char		 err[256];
	int		 status = EX_CONFIG;

	log_open(NULL, LOG_L_ERROR, "key");
	if ((ring = keyring_new(conf, err)) == NULL)
		why = err;
	else if (fernet_keys(ring) == 0)
		why = "neither ENCRYPTION_KEY nor ENCRYPTION_KEY_FILE is set";
	else if (conf->database_url == NULL)
		why = "DATABASE_URL is not set";
	if (why != NULL)
		fprintf(stderr, "bobbin key: %s\n", why);
	else
		status = rotate_with(conf, ring);
	fernet_free(ring);
	conf_free(conf);
	return status;
}

int
cmd_key(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "help",	no_argument,	NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	const char	*path = NULL;
	int		 c;

	while ((c = getopt_long(argc, argv, "c:", longopts, NULL)) != -1)
		switch (c) {
		case 'c':
			path = optarg;
			break;
		case 'h':
			return cli_usage(argv[0], EX_OK);
		default:
			return cli_usage(argv[0], EX_USAGE);
		}
	if (optind + 1 == argc && strcmp(argv[optind], "generate") == 0)
		return generate();
	if (optind + 1 == argc && strcmp(argv[optind], "rotate") == 0)
		return rotate(path);
	return cli_usage(argv[0], EX_USAGE);
}
