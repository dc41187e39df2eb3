/* test_jwks.c: the key file, its generations, its age, its early refresh. */
#include "config.h"

#include "auth/jwks.h"

#include <sys/stat.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit/forge.h"
#include "unit/unit.h"

#define NOW	INT64_C(1800000000)

static char		 dir[] = "/tmp/bobbin-jwks-XXXXXX", file[64], want[80];
static char		 secret[] = FORGE_SECRET, url[] = "https://issuer/";
static struct conf	 conf;

static void
set_up(bool with_url)
{
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	if (mkdtemp(dir) == NULL)
		abort();
	snprintf(file, sizeof(file), "%s/jwks.json", dir);
	snprintf(want, sizeof(want), "%s" JWKS_WANT_SUFFIX, file);
	memset(&conf, 0, sizeof(conf));
	conf.jwks_file = file;
	conf.jwks_url = with_url ? url : NULL;
	conf.jwks_max_age = 72;
}

static void
tear_down(void)
{
	unlink(file);
	unlink(want);
	check("directory", 0, rmdir(dir));
}

/* By rename, as jobs does; mtime decides what is new. */
static void
put(const char *text, int64_t mtime)
{
	struct timespec	 t[2] = { { .tv_sec = mtime }, { .tv_sec = mtime } };
	char		 tmp[80];
	int		 fd;

	snprintf(tmp, sizeof(tmp), "%s.tmp", file);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd == -1 || dprintf(fd, "%s", text) != (int)strlen(text) ||
	    futimens(fd, t) == -1 || rename(tmp, file) == -1)
		abort();
	close(fd);
}

/* A set of one key, for the time of one put(). */
static void
put_key(enum forge_key which, const char *more, int64_t mtime)
{
	char	*k = forge_jwk(which, more), *set = forge_set(k, NULL);

	put(set, mtime);
	free(set);
	free(k);
}

static struct jwks *
open_keys(void)
{
	struct jwks	*j;
	char		 err[256] = "";

	j = jwks_new(&conf, err);
	check_str("opens", "", err);
	if (j == NULL)
		abort();
	return j;
}

static void
a_new_file_is_a_new_generation(void)
{
	struct jwks	*j;
	uint64_t	 first, second;

	set_up(false);
	j = open_keys();
	first = jwks_look(j, NOW);
	check("no file", 0, jwks_count(j));
	check("not ready", false, jwks_ready(j, JWK_RS256));
	check("nor for HS256", false, jwks_ready(j, JWK_HS256));
	put_key(F_EC, ",\"kid\":\"a\"", NOW);
	check("not looked twice a second", first, jwks_look(j, NOW));
	check("and so nothing came", 0, jwks_count(j));
	second = jwks_look(j, NOW + 1);
	check("another generation", true, second != first);
	check("one key", 1, jwks_count(j));
	check("ready", true, jwks_ready(j, JWK_RS256));
	check("the same file", second, jwks_look(j, NOW + 2));
	put_key(F_RSA, ",\"kid\":\"b\"", NOW);
	second = jwks_look(j, NOW + 3);
	put_key(F_RSA_OTHER, ",\"kid\":\"b\"", NOW);
	check("same mtime and size, another file", true,
	    jwks_look(j, NOW + 4) != second);
	unlink(file);
	second = jwks_look(j, NOW + 5);
	check("gone, the keys stay", 1, jwks_count(j));
	check("and the generation", second, jwks_look(j, NOW + 6));
	jwks_free(j);
	tear_down();
}

static void
a_useless_file_replaces_nothing(void)
{
	static const struct {
		const char	*why, *text;
	} cases[] = {
		{ "empty file", "" },
		{ "no keys", "{\"keys\":[]}" },
		{ "not JSON", "<html>" },
		{ "an error document", "{\"error\":\"down\"}" },
		{ "only an oct key", "{\"keys\":[{\"kty\":\"oct\","
		  "\"k\":\"AAAA\"}]}" },
	};
	struct jwks	*j;
	uint64_t	 gen;
	size_t		 i, pos;
	char		*big;

	set_up(false);
	put_key(F_EC, ",\"kid\":\"a\"", NOW);
	j = open_keys();
	gen = jwks_look(j, NOW);
	for (i = 0; i < nitems(cases); i++) {
		put(cases[i].text, NOW + (int64_t)i);
		check(cases[i].why, gen, jwks_look(j, NOW + 1 + (int64_t)i));
		pos = 0;
		check(cases[i].why, true,
		    jwks_next(j, JWK_ES256, "a", &pos) != NULL);
	}
	big = malloc(JWKS_FILE_MAX + 2);
	memset(big, ' ', JWKS_FILE_MAX + 1);
	big[JWKS_FILE_MAX + 1] = '\0';
	put(big, NOW + 50);
	free(big);
	check("too large", gen, jwks_look(j, NOW + 60));
	unlink(file);
	check("a FIFO made", 0, mkfifo(file, 0600));
	check("a FIFO", gen, jwks_look(j, NOW + 61));
	unlink(file);
	put_key(F_RSA, "", NOW + 70);
	check("a good one again", true, jwks_look(j, NOW + 71) != gen);
	jwks_free(j);
	tear_down();
}

static void
fetched_keys_grow_stale(void)
{
	struct jwks	*j;
	uint64_t	 gen, aged;
	size_t		 pos = 0;

	set_up(true);
	put_key(F_EC, "", NOW);
	j = open_keys();
	gen = jwks_look(j, NOW + 72 * 3600);
	check("at the limit", true, jwks_ready(j, JWK_ES256));
	aged = jwks_look(j, NOW + 72 * 3600 + 1);
	check("verdicts die", true, aged != gen);
	check("past it", false, jwks_ready(j, JWK_ES256));
	check("no key", true, jwks_next(j, JWK_ES256, NULL, &pos) == NULL);
	check("counted", 0, jwks_count(j));
	put("{\"keys\":[]}", NOW + 72 * 3600 + 2);
	(void)jwks_look(j, NOW + 72 * 3600 + 3);
	check("an empty set does not help", false, jwks_ready(j, JWK_ES256));
	put_key(F_EC, "", NOW + 72 * 3600 + 2);
	check("another generation", true,
	    jwks_look(j, NOW + 72 * 3600 + 4) != aged);
	check("fetched again", true, jwks_ready(j, JWK_ES256));
	jwks_free(j);
	conf.jwks_url = NULL;
	j = open_keys();
	(void)jwks_look(j, NOW + 100 * 72 * 3600);
	check("the operator's own file does not", true,
	    jwks_ready(j, JWK_ES256));
	jwks_free(j);
	tear_down();
}

static void
keys_are_chosen_by_kid_and_alg(void)
{
	static const struct {
		const char	*why, *kid;
		enum jwk_alg	 alg;
		int		 n;
	} cases[] = {
		{ "kid and alg", "a", JWK_RS256, 1 },
		{ "the same kid, another alg", "a", JWK_ES256, 1 },
		{ "a repeated kid", "c", JWK_EDDSA, 2 },
		{ "alg of no key with that kid", "c", JWK_RS256, 0 },
		{ "unknown kid", "x", JWK_RS256, 0 },
		{ "no kid", NULL, JWK_RS256, 2 },
		{ "no kid, no such key", NULL, JWK_PS256, 0 },
		{ "the key without kid", "", JWK_RS256, 1 },
		{ "the secret answers to any kid", "a", JWK_HS256, 1 },
		{ "and to none", NULL, JWK_HS256, 1 },
	};
	char		*k[5], *set;
	struct jwks	*j;
	size_t		 i, pos;
	int		 n;

	set_up(false);
	k[0] = forge_jwk(F_RSA, ",\"kid\":\"a\"");
	k[1] = forge_jwk(F_EC, ",\"kid\":\"a\"");
	k[2] = forge_jwk(F_ED, ",\"kid\":\"c\"");
	k[3] = forge_jwk(F_ED_OTHER, ",\"kid\":\"c\"");
	k[4] = forge_jwk(F_RSA_OTHER, "");
	set = forge_set(k[0], k[1], k[2], k[3], k[4], NULL);
	put(set, NOW);
	conf.jwt_secret = secret;
	j = open_keys();
	(void)jwks_look(j, NOW);
	check("all and the secret", 6, jwks_count(j));
	for (i = 0; i < nitems(cases); i++) {
		for (n = 0, pos = 0; jwks_next(j, cases[i].alg, cases[i].kid,
		    &pos) != NULL; n++)
			;
		check(cases[i].why, cases[i].n, n);
	}
	jwks_free(j);
	for (i = 0; i < nitems(k); i++)
		free(k[i]);
	free(set);
	tear_down();
}

/* mtime of the wish, 0 if there is none. */
static int64_t
wished(void)
{
	struct stat	 st;

	return stat(want, &st) == 0 ? (int64_t)st.st_mtim.tv_sec : 0;
}

static void
an_unknown_kid_asks_once_a_minute(void)
{
	struct jwks	*j, *other;
	int		 i;

	set_up(true);
	put_key(F_EC, ",\"kid\":\"a\"", NOW);
	j = open_keys();
	other = open_keys();
	(void)jwks_look(j, NOW);
	(void)jwks_look(other, NOW);
	jwks_want(j, "a", NOW);
	check("a known kid", 0, wished());
	for (i = 0; i < 1000; i++)
		jwks_want(j, "x", NOW + i % 60);
	check("a thousand unknown ones", NOW, wished());
	jwks_want(other, "y", NOW + 59);
	check("another worker", NOW, wished());
	jwks_want(j, "z", NOW + 60);
	check("a minute later", NOW + 60, wished());
	jwks_free(j);
	jwks_free(other);
	unlink(want);
	conf.jwks_url = NULL;
	j = open_keys();
	jwks_want(j, "x", NOW + 600);
	check("nobody to ask", 0, wished());
	jwks_free(j);
	tear_down();
}

static void
refuses_bad_configuration(void)
{
	char		 brief[] = "0123456789abcdef012345678901234";
	char		 err[256] = "";
	struct jwks	*j;

	memset(&conf, 0, sizeof(conf));
	conf.jwt_secret = brief;
	check("31 bytes", true, jwks_new(&conf, err) == NULL);
	check_str("says so", "JWT_HS256_SECRET has less than 32 bytes", err);
	conf.jwt_secret = NULL;
	conf.jwks_url = url;
	check("URL without file", true, jwks_new(&conf, err) == NULL);
	check_str("says so", "JWT_JWKS_URL needs JWT_JWKS_FILE", err);
	conf.jwks_url = NULL;
	j = open_keys();
	(void)jwks_look(j, NOW);
	check("nothing configured", false, jwks_ready(j, JWK_RS256));
	jwks_free(j);
	conf.jwt_secret = secret;
	j = open_keys();
	check("the secret alone", true, jwks_ready(j, JWK_HS256));
	check("it is all there is", true, jwks_ready(j, JWK_RS256));
	jwks_free(j);
}

static CU_TestInfo tests[] = {
	{ "a_new_file_is_a_new_generation", a_new_file_is_a_new_generation },
	{ "a_useless_file_replaces_nothing", a_useless_file_replaces_nothing },
	{ "fetched_keys_grow_stale", fetched_keys_grow_stale },
	{ "keys_are_chosen_by_kid_and_alg", keys_are_chosen_by_kid_and_alg },
	{ "an_unknown_kid_asks_once_a_minute",
	  an_unknown_kid_asks_once_a_minute },
	{ "refuses_bad_configuration", refuses_bad_configuration },
	CU_TEST_INFO_NULL
};

const struct suite jwks_suite = { "jwks", tests };
