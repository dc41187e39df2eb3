/*
 * probe.c: for tests against other programs: what no command shows.
 *
 *	probe presign TIME SECONDS METHOD KEY [DISPOSITION [TYPE]]
 *	probe put SHA256 FILE SIZE | head SHA256 | delete SHA256
 *	probe seal | open	a text a line
 *
 * Options come from the environment.
 */
#include "config.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "codec/sigv4.h"
#include "core/keyring.h"
#include "jobs/s3.h"

static const volatile sig_atomic_t	never;

static const char *
given(int argc, char **argv, int i)
{
	return i < argc && strcmp(argv[i], "-") != 0 ? argv[i] : NULL;
}

static int
presign(const struct conf *conf, int argc, char **argv)
{
	struct s3_get	get = { .now = atoll(argv[0]),
	    .expires = atoll(argv[1]), .method = argv[2], .key = argv[3] };
	struct s3_place	place;
	struct buf	b = { .max = 65536 };

	get.disposition = given(argc, argv, 4);
	get.type = given(argc, argv, 5);
	s3_place(conf, &place);
	if (!sigv4_presign(&b, &place, &get))
		errx(1, "too long");
	printf("%.*s\n", (int)b.len, b.p);
	buf_free(&b);
	return 0;
}

static int
object(const struct conf *conf, const char *what, char **argv)
{
	static const char *const names[] = {
		[S3_OK] = "ok", [S3_MISSING] = "missing",
		[S3_DENIED] = "denied", [S3_RETRY] = "retry",
	};
	struct httpc	*http = httpc_new(&never);
	enum s3_rc	 rc;
	int64_t		 size = -1;

	if (http == NULL)
		errx(1, "no HTTP client");
	if (strcmp(what, "put") == 0)
		rc = s3_put(http, conf, argv[0], argv[1], atoll(argv[2]));
	else if (strcmp(what, "head") == 0)
		rc = s3_head(http, conf, argv[0], &size);
	else
		rc = s3_delete(http, conf, argv[0]);
	httpc_free(http);
	if (rc == S3_OK && size != -1)
		printf("%s %lld\n", names[rc], (long long)size);
	else
		printf("%s\n", names[rc]);
	return 0;
}

static int
texts(const struct conf *conf, bool seal)
{
	char		 why[256], line[8192];
	struct fernet	*ring = keyring_new(conf, why);
	struct buf	 b = { .max = 65536 };
	enum fernet_err	 err;
	size_t		 n;

	if (ring == NULL)
		errx(1, "%s", why);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		n = strcspn(line, "\n");
		err = seal ? fernet_seal(ring, line, n, &b) :
		    fernet_open(ring, line, n, &b, NULL);
		if (err != FERNET_OK)
			printf("error %d\n", (int)err);
		else
			printf("%.*s\n", (int)b.len, b.len > 0 ? b.p : "");
		buf_reset(&b, 65536);
	}
	buf_free(&b);
	fernet_free(ring);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char	*name;
		int		 args;
	} verbs[] = {
		{ "presign", 4 }, { "put", 3 }, { "head", 1 },
		{ "delete", 1 }, { "seal", 0 }, { "open", 0 },
	};
	struct conf	*conf;
	char		 why[256];
	size_t		 i;
	int		 rc;

	for (i = 0; i < nitems(verbs); i++)
		if (argc > 1 && strcmp(argv[1], verbs[i].name) == 0 &&
		    argc - 2 >= verbs[i].args)
			break;
	if (i == nitems(verbs))
		errx(64, "no such verb, or too few arguments");
	log_open(NULL, LOG_L_INFO, "probe");
	if ((conf = conf_load(NULL, why)) == NULL)
		errx(78, "%s", why);
	if (i == 0)
		rc = presign(conf, argc - 2, argv + 2);
	else if (i < 4)
		rc = object(conf, argv[1], argv + 2);
	else
		rc = texts(conf, i == 4);
	conf_free(conf);
	return rc;
}
