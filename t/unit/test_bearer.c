/* test_bearer.c: from the header's value to an identity, or the reason. */
#include "config.h"

#include "auth/bearer.h"

#include <sys/stat.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/verdicts.h"
#include "codec/jws.h"
#include "unit/forge.h"
#include "unit/unit.h"

#define NOW	INT64_C(1800000000)
#define H_HS	"{\"alg\":\"HS256\"}"
#define H_RS	"{\"alg\":\"RS256\",\"kid\":\"r\"}"
#define GOOD	"{\"exp\":1800000100,\"email\":\"Alice@Example.COM\"," \
		"\"sub\":\"u-1\"}"

static char		 secret[] = FORGE_SECRET, url[] = "https://issuer/";
static char		*issuers[] = { (char[]){ "https://a" },
			    (char[]){ "https://b" } };
static char		*audiences[] = { (char[]){ "one" }, (char[]){ "two" } };
static char		 dir[] = "/tmp/bobbin-auth-XXXXXX", file[64];
static struct conf	 conf;
static struct auth	*au;
static struct verdicts	*verdicts;
static struct arena	*arena;
static struct identity	 id;

static void
open_auth(void)
{
	char	 err[256] = "";

	verdicts = verdicts_new();
	au = auth_new(&conf, verdicts, err);
	check_str("opens", "", err);
	if (au == NULL)
		abort();
	arena = arena_new(1 << 20);
}

static void
close_auth(void)
{
	auth_free(au);
	verdicts_free(verdicts);
	arena_free(arena);
}

/* A configuration with the secret alone. */
static void
with_secret(void)
{
	memset(&conf, 0, sizeof(conf));
	conf.jwt_secret = secret;
	conf.jwt_leeway = 30;
}

static enum auth_err
ask(const char *tok, int64_t now)
{
	char		*value = malloc(strlen(tok) + 8);
	enum auth_err	 err;

	arena_reset(arena);
	strcpy(value, "Bearer ");
	strcat(value, tok);
	err = auth_identify(au, value, false, now, arena, &id);
	free(value);
	return err;
}

/* The verdict on claims signed with the secret. */
static enum auth_err
claims(const char *json, int64_t now)
{
	char		*tok = forge_token(H_HS, json, JWK_HS256, 0);
	enum auth_err	 err = ask(tok, now);

	free(tok);
	return err;
}

static void
put(const char *text, int64_t mtime)
{
	struct timespec	 t[2] = { { .tv_sec = mtime }, { .tv_sec = mtime } };
	int		 fd;

	unlink(file);
	fd = open(file, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd == -1 || dprintf(fd, "%s", text) != (int)strlen(text) ||
	    futimens(fd, t) == -1)
		abort();
	close(fd);
}

static void
put_keys(enum forge_key rsa, int64_t mtime)
{
	char	*a = forge_jwk(rsa, ",\"kid\":\"r\"");
	char	*b = forge_jwk(F_EC, ",\"kid\":\"e\"");
	char	*set = forge_set(a, b, NULL);

	put(set, mtime);
	free(set);
	free(b);
	free(a);
}

static void
with_file(void)
{
	memset(&conf, 0, sizeof(conf));
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	if (mkdtemp(dir) == NULL)
		abort();
	snprintf(file, sizeof(file), "%s/jwks.json", dir);
	conf.jwks_file = file;
	conf.jwks_max_age = 72;
	conf.jwt_leeway = 30;
}

static void
remove_file(void)
{
	char	 want[80];

	unlink(file);
	snprintf(want, sizeof(want), "%s.want", file);
	unlink(want);
	rmdir(dir);
}

static void
header_table(void)
{
	static const struct {
		const char	*why, *value;
		bool		 raw;
		enum auth_err	 want;
	} cases[] = {
		{ "not sent", NULL, false, AUTH_NONE },
		{ "not sent, raw", NULL, true, AUTH_NONE },
		{ "empty", "", false, AUTH_SCHEME },
		{ "Basic", "Basic dTpw", false, AUTH_SCHEME },
		{ "the token alone", "e30.e30.AA", false, AUTH_SCHEME },
		{ "Bearerx", "Bearerx e30.e30.AA", false, AUTH_SCHEME },
		{ "a space first", " Bearer e30.e30.AA", false, AUTH_SCHEME },
		{ "a tab", "Bearer\te30.e30.AA", false, AUTH_SCHEME },
		{ "Bear", "Bear", false, AUTH_SCHEME },
		{ "Bearer", "Bearer", false, AUTH_EMPTY },
		{ "Bearer and spaces", "Bearer   ", false, AUTH_EMPTY },
		{ "empty, raw", "", true, AUTH_EMPTY },
		{ "no token", "Bearer x", false, AUTH_FORMAT },
		{ "two tokens", "Bearer e30.e30.AA e30.e30.AA", false,
		  AUTH_FORMAT },
		{ "a scheme, raw", "Bearer e30.e30.AA", true, AUTH_FORMAT },
		{ "no JSON", "Bearer AA.AA.AA", false, AUTH_FORMAT },
		{ "no alg", "Bearer e30.e30.AA", false, AUTH_KEY },
	};
	char	*tok, value[1024], *big;
	size_t	 i;

	with_secret();
	open_auth();
	for (i = 0; i < nitems(cases); i++)
		check(cases[i].why, cases[i].want, auth_identify(au,
		    cases[i].value, cases[i].raw, NOW, arena, &id));
	tok = forge_token(H_HS, GOOD, JWK_HS256, 0);
	check("raw", AUTH_OK, auth_identify(au, tok, true, NOW, arena, &id));
	snprintf(value, sizeof(value), "bEARER   %s", tok);
	check("any case, more spaces", AUTH_OK, auth_identify(au, value,
	    false, NOW, arena, &id));
	free(tok);
	big = malloc(JWS_MAX + 2);
	memset(big, 'A', JWS_MAX + 1);
	big[JWS_MAX + 1] = '\0';
	check("too long", AUTH_FORMAT, ask(big, NOW));
	free(big);
	close_auth();
}

static void
claims_table(void)
{
#define E	"\"exp\":1800000100"
#define M	"\"email\":\"a@b\""
	static const struct {
		const char	*why, *json;
		enum auth_err	 want;
	} cases[] = {
		{ "all there is to it", "{" E "," M "}", AUTH_OK },
		{ "no exp", "{" M "}", AUTH_EXPIRED },
		{ "nbf now", "{" E ",\"nbf\":1800000000," M "}", AUTH_OK },
		{ "nbf within the leeway", "{" E ",\"nbf\":1800000030," M "}",
		  AUTH_OK },
		{ "nbf past it", "{" E ",\"nbf\":1800000031," M "}",
		  AUTH_EARLY },
		{ "nbf past it by a fraction", "{" E ",\"nbf\":1800000030.9,"
		  M "}", AUTH_OK },
		{ "nbf a string", "{" E ",\"nbf\":\"1\"," M "}", AUTH_EARLY },
		{ "nbf null", "{" E ",\"nbf\":null," M "}", AUTH_EARLY },
		{ "nbf beyond 2^53", "{" E ",\"nbf\":1e300," M "}",
		  AUTH_EARLY },
		{ "nbf below -2^53", "{" E ",\"nbf\":-1e300," M "}",
		  AUTH_EARLY },
		{ "iat within the leeway", "{" E ",\"iat\":1800000030," M "}",
		  AUTH_OK },
		{ "iat past it", "{" E ",\"iat\":1800000031," M "}",
		  AUTH_EARLY },
		{ "iat a list", "{" E ",\"iat\":[1]," M "}", AUTH_EARLY },
		{ "no email", "{" E "}", AUTH_EMAIL },
		{ "email null", "{" E ",\"email\":null}", AUTH_EMAIL },
		{ "email a number", "{" E ",\"email\":7}", AUTH_EMAIL },
		{ "email a list", "{" E ",\"email\":[\"a@b\"]}", AUTH_EMAIL },
		{ "email empty", "{" E ",\"email\":\"\"}", AUTH_EMAIL },
		{ "email with a line end", "{" E ",\"email\":\"a@b\\n\"}",
		  AUTH_EMAIL },
		{ "email with DEL", "{" E ",\"email\":\"a@b\\u007f\"}",
		  AUTH_EMAIL },
		{ "email with a blank before it", "{" E ",\"email\":"
		  "\" a@b\"}", AUTH_EMAIL },
		{ "email with a blank behind it", "{" E ",\"email\":"
		  "\"a@b \"}", AUTH_EMAIL },
		{ "email of a blank", "{" E ",\"email\":\" \"}", AUTH_EMAIL },
		{ "email with NUL", "{" E ",\"email\":\"a@b\\u0000c\"}",
		  AUTH_FORMAT },
		{ "email with a lone surrogate", "{" E ",\"email\":"
		  "\"\\ud800\"}", AUTH_FORMAT },
		{ "email not UTF-8", "{" E ",\"email\":\"\xc0\xaf\"}",
		  AUTH_FORMAT },
		{ "email twice", "{" E "," M ",\"email\":\"c@d\"}",
		  AUTH_FORMAT },
		{ "exp twice", "{" E ",\"exp\":9," M "}", AUTH_FORMAT },
		{ "verified", "{" E "," M ",\"email_verified\":true}",
		  AUTH_OK },
		{ "verified in words", "{" E "," M ",\"email_verified\":"
		  "\"true\"}", AUTH_OK },
		{ "not verified", "{" E "," M ",\"email_verified\":false}",
		  AUTH_UNVERIFIED },
		{ "not verified, in words", "{" E "," M ",\"email_verified\":"
		  "\"false\"}", AUTH_UNVERIFIED },
		{ "not verified, in capitals", "{" E "," M
		  ",\"email_verified\":\"False\"}", AUTH_UNVERIFIED },
		{ "verified null", "{" E "," M ",\"email_verified\":null}",
		  AUTH_OK },
		{ "no email comes before not verified", "{" E
		  ",\"email_verified\":false}", AUTH_EMAIL },
		{ "expired comes before early", "{\"exp\":1,\"nbf\":"
		  "1900000000," M "}", AUTH_EXPIRED },
		{ "any issuer", "{" E ",\"iss\":\"x\",\"aud\":7," M "}",
		  AUTH_OK },
		{ "claims an array", "[]", AUTH_FORMAT },
	};
	char	 email[300], json[400];
	size_t	 i;

	with_secret();
	open_auth();
	for (i = 0; i < nitems(cases); i++) {
		check(cases[i].why, cases[i].want, claims(cases[i].json, NOW));
		check(cases[i].why, cases[i].want == AUTH_OK,
		    id.email != NULL);
	}
	for (i = 255; i <= 256; i++) {
		memset(email, 'A', i);
		email[i] = '\0';
		snprintf(json, sizeof(json), "{" E ",\"email\":\"%s\"}",
		    email);
		check("255 bytes and no more", i == 255 ? AUTH_OK :
		    AUTH_EMAIL, claims(json, NOW));
	}
	close_auth();
}

static void
exp_out_of_range(void)
{
	static const struct {
		const char	*why, *exp;
		int64_t		 now;
		enum auth_err	 want;
	} cases[] = {
		{ "ahead", "1800000001", NOW, AUTH_OK },
		{ "now, within the leeway", "1800000000", NOW, AUTH_OK },
		{ "last second of the leeway", "1799999971", NOW, AUTH_OK },
		{ "past it", "1799999970", NOW, AUTH_EXPIRED },
		{ "a fraction does not help", "1799999970.9", NOW,
		  AUTH_EXPIRED },
		{ "a fraction", "1799999971.9", NOW, AUTH_OK },
		{ "with an exponent", "18e8", NOW, AUTH_OK },
		{ "0", "0", NOW, AUTH_EXPIRED },
		{ "negative", "-1", NOW, AUTH_EXPIRED },
		{ "negative fraction", "-0.5", 29, AUTH_EXPIRED },
		{ "2^53", "9007199254740992", NOW, AUTH_OK },
		{ "2^53 + 2", "9007199254740994", NOW, AUTH_EXPIRED },
		{ "-2^53 - 2", "-9007199254740994", NOW, AUTH_EXPIRED },
		{ "2^63", "9223372036854775808", NOW, AUTH_EXPIRED },
		{ "2^64", "18446744073709551616", NOW, AUTH_EXPIRED },
		{ "thirty digits", "111111111111111111111111111111", NOW,
		  AUTH_EXPIRED },
		{ "1e300", "1e300", NOW, AUTH_EXPIRED },
		{ "beyond a double", "1e400", NOW, AUTH_FORMAT },
		{ "a string", "\"1800000100\"", NOW, AUTH_EXPIRED },
		{ "true", "true", NOW, AUTH_EXPIRED },
		{ "null", "null", NOW, AUTH_EXPIRED },
		{ "NaN", "NaN", NOW, AUTH_FORMAT },
		{ "Infinity", "Infinity", NOW, AUTH_FORMAT },
	};
	char	 json[200];
	size_t	 i;

	with_secret();
	open_auth();
	for (i = 0; i < nitems(cases); i++) {
		snprintf(json, sizeof(json), "{\"exp\":%s," M "}",
		    cases[i].exp);
		check(cases[i].why, cases[i].want, claims(json,
		    cases[i].now));
	}
	check("exp is told", AUTH_OK, claims("{\"exp\":1800000099.9," M "}",
	    NOW));
	check("floored", 1800000099, id.exp);
	close_auth();
}

static void
issuer_and_audience(void)
{
	static const struct {
		const char	*why, *json;
		enum auth_err	 want;
	} cases[] = {
		{ "both", "{" E ",\"iss\":\"https://a\",\"aud\":\"one\"," M
		  "}", AUTH_OK },
		{ "the others", "{" E ",\"iss\":\"https://b\",\"aud\":"
		  "[\"x\",7,\"two\"]," M "}", AUTH_OK },
		{ "no issuer", "{" E ",\"aud\":\"one\"," M "}", AUTH_ISSUER },
		{ "issuer with a slash", "{" E ",\"iss\":\"https://a/\","
		  "\"aud\":\"one\"," M "}", AUTH_ISSUER },
		{ "issuer in capitals", "{" E ",\"iss\":\"HTTPS://A\","
		  "\"aud\":\"one\"," M "}", AUTH_ISSUER },
		{ "issuer a list", "{" E ",\"iss\":[\"https://a\"],"
		  "\"aud\":\"one\"," M "}", AUTH_ISSUER },
		{ "no audience", "{" E ",\"iss\":\"https://a\"," M "}",
		  AUTH_AUDIENCE },
		{ "another audience", "{" E ",\"iss\":\"https://a\","
		  "\"aud\":\"three\"," M "}", AUTH_AUDIENCE },
		{ "none of them", "{" E ",\"iss\":\"https://a\","
		  "\"aud\":[\"three\"]," M "}", AUTH_AUDIENCE },
		{ "an empty list", "{" E ",\"iss\":\"https://a\","
		  "\"aud\":[]," M "}", AUTH_AUDIENCE },
		{ "a list within", "{" E ",\"iss\":\"https://a\","
		  "\"aud\":[[\"one\"]]," M "}", AUTH_AUDIENCE },
		{ "two in one string", "{" E ",\"iss\":\"https://a\","
		  "\"aud\":\"one two\"," M "}", AUTH_AUDIENCE },
		{ "issuer before audience", "{" E "," M "}", AUTH_ISSUER },
		{ "expired before issuer", "{\"exp\":1," M "}",
		  AUTH_EXPIRED },
		{ "audience before email", "{" E ",\"iss\":\"https://a\"}",
		  AUTH_AUDIENCE },
	};
	size_t	 i;

	with_secret();
	conf.jwt_iss = (struct list){ issuers, nitems(issuers) };
	conf.jwt_aud = (struct list){ audiences, nitems(audiences) };
	open_auth();
	for (i = 0; i < nitems(cases); i++)
		check(cases[i].why, cases[i].want, claims(cases[i].json,
		    NOW));
	close_auth();
}

static void
who_it_is(void)
{
	static const struct {
		const char	*why, *more, *sub;
		bool		 agent, admin;
	} cases[] = {
		{ "plain", "", "", false, false },
		{ "sub", ",\"sub\":\"u-1\"", "u-1", false, false },
		{ "sub a number", ",\"sub\":7", "", false, false },
		{ "agent", ",\"scope\":\"bobbin:agent\"", "", true, false },
		{ "admin", ",\"scope\":\"bobbin:admin\"", "", false, true },
		{ "both", ",\"scope\":\"openid  bobbin:admin bobbin:agent \"",
		  "", true, true },
		{ "near misses", ",\"scope\":\"xbobbin:agent bobbin:agentx "
		  "bobbin:admi BOBBIN:ADMIN\"", "", false, false },
		{ "a list", ",\"scope\":[\"x\",\"bobbin:agent\",7]", "", true,
		  false },
		{ "two in one element", ",\"scope\":[\"bobbin:agent "
		  "bobbin:admin\"]", "", false, false },
		{ "scp", ",\"scp\":[\"bobbin:admin\"]", "", false, true },
		{ "scp a string", ",\"scp\":\"bobbin:admin\"", "", false,
		  false },
		{ "permissions", ",\"permissions\":[\"bobbin:admin\"]", "",
		  false, false },
		{ "comma", ",\"scope\":\"bobbin:agent,bobbin:admin\"", "",
		  false, false },
		{ "empty", ",\"scope\":\"\",\"scp\":[]", "", false, false },
	};
	char	 json[300];
	size_t	 i;
	int	 turn;

	with_secret();
	open_auth();
	/* The second turn is answered from the cache. */
	for (i = 0; i < 2 * nitems(cases); i++) {
		turn = i >= nitems(cases);
		snprintf(json, sizeof(json), "{" E "," M "%s}",
		    cases[i % nitems(cases)].more);
		check(cases[i % nitems(cases)].why, AUTH_OK,
		    claims(json, NOW + turn));
		check(cases[i % nitems(cases)].why,
		    cases[i % nitems(cases)].agent, id.agent);
		check(cases[i % nitems(cases)].why,
		    cases[i % nitems(cases)].admin, id.admin);
		check_str(cases[i % nitems(cases)].why,
		    cases[i % nitems(cases)].sub, id.sub);
	}
	check("mixed case", AUTH_OK, claims("{" E ",\"email\":"
	    "\"\xc3\x89lise M@Example.COM\"}", NOW));
	check_str("ASCII lowered, and nothing else",
	    "\xc3\x89lise m@example.com", id.email);
	close_auth();
}

static void
keys_table(void)
{
	static const struct {
		const char	*why, *header, *json;
		enum jwk_alg	 alg;
		enum forge_key	 which;
		enum auth_err	 want;
	} cases[] = {
		{ "RS256", H_RS, GOOD, JWK_RS256, F_RSA, AUTH_OK },
		{ "RS256 without kid", "{\"alg\":\"RS256\"}", GOOD, JWK_RS256,
		  F_RSA, AUTH_OK },
		{ "ES256", "{\"alg\":\"ES256\",\"kid\":\"e\"}", GOOD,
		  JWK_ES256, F_EC, AUTH_OK },
		{ "kid of the other key", "{\"alg\":\"ES256\",\"kid\":\"r\"}",
		  GOOD, JWK_ES256, F_EC, AUTH_KEY },
		{ "unknown kid", "{\"alg\":\"RS256\",\"kid\":\"x\"}", GOOD,
		  JWK_RS256, F_RSA, AUTH_KEY },
		{ "kid too strange", "{\"alg\":\"RS256\",\"kid\":7}", GOOD,
		  JWK_RS256, F_RSA, AUTH_KEY },
		{ "no such key", "{\"alg\":\"EdDSA\"}", GOOD, JWK_EDDSA, F_ED,
		  AUTH_KEY },
		{ "PS256 by an RS256 key", "{\"alg\":\"PS256\"}", GOOD,
		  JWK_PS256, F_RSA, AUTH_KEY },
		{ "alg none", "{\"alg\":\"none\"}", GOOD, JWK_RS256, F_RSA,
		  AUTH_KEY },
		{ "HS256 without a secret", H_HS, GOOD, JWK_HS256, 0,
		  AUTH_KEY },
		{ "crit", "{\"alg\":\"RS256\",\"crit\":[\"x\"]}", GOOD,
		  JWK_RS256, F_RSA, AUTH_FORMAT },
		{ "forged", H_RS, GOOD, JWK_RS256, F_RSA_OTHER,
		  AUTH_SIGNATURE },
		{ "forged and expired", H_RS, "{\"exp\":1}", JWK_RS256,
		  F_RSA_OTHER, AUTH_SIGNATURE },
		{ "expired", H_RS, "{\"exp\":1}", JWK_RS256, F_RSA,
		  AUTH_EXPIRED },
		{ "bad claims before the key", "{\"alg\":\"none\"}", "[]",
		  JWK_RS256, F_RSA, AUTH_FORMAT },
	};
	char	*tok;
	size_t	 i;

	with_file();
	put_keys(F_RSA, NOW);
	open_auth();
	check("keys", 2, auth_keys(au));
	for (i = 0; i < nitems(cases); i++) {
		tok = forge_token(cases[i].header, cases[i].json,
		    cases[i].alg, cases[i].which);
		check(cases[i].why, cases[i].want, ask(tok, NOW));
		free(tok);
	}
	close_auth();
	remove_file();
}

static void
no_keys_is_not_a_bad_token(void)
{
	char	*rs = forge_token(H_RS, GOOD, JWK_RS256, F_RSA);
	char	*hs = forge_token(H_HS, GOOD, JWK_HS256, 0);

	memset(&conf, 0, sizeof(conf));
	open_auth();
	check("nothing configured", AUTH_NOKEYS, ask(rs, NOW));
	check("nor a secret", AUTH_NOKEYS, ask(hs, NOW));
	check("malformed all the same", AUTH_FORMAT, ask("x", NOW));
	check("alg none all the same", AUTH_KEY,
	    ask("eyJhbGciOiJub25lIn0.e30.", NOW));
	close_auth();
	with_file();
	open_auth();
	check("no file yet", AUTH_NOKEYS, ask(rs, NOW));
	put_keys(F_RSA, NOW);
	check("the file came", AUTH_OK, ask(rs, NOW + 1));
	close_auth();
	unlink(file);
	conf.jwt_secret = secret;
	open_auth();
	check("a secret, but the token needs the file", AUTH_NOKEYS,
	    ask(rs, NOW));
	check("the token needs the secret", AUTH_OK, ask(hs, NOW));
	close_auth();
	conf.jwt_secret = NULL;
	conf.jwks_url = url;
	put_keys(F_RSA, NOW - 72 * 3600 - 1);
	open_auth();
	check("too old", AUTH_NOKEYS, ask(rs, NOW));
	close_auth();
	remove_file();
	with_secret();
	open_auth();
	check("the secret alone", AUTH_KEY, ask(rs, NOW));
	close_auth();
	free(rs);
	free(hs);
}

static void
verdicts_die_in_time(void)
{
	char	*tok;

	with_secret();
	open_auth();
	tok = forge_token(H_HS, GOOD, JWK_HS256, 0);
	check("first", AUTH_OK, ask(tok, NOW + 100));
	check("cached", AUTH_OK, ask(tok, NOW + 129));
	check_str("email", "alice@example.com", id.email);
	check_str("sub", "u-1", id.sub);
	check("exp", NOW + 100, id.exp);
	check("expired on a hit", AUTH_EXPIRED, ask(tok, NOW + 130));
	check("no identity", true, id.email == NULL);
	check("expired and not cached", AUTH_EXPIRED, ask(tok, NOW + 131));
	check("the clock went back", AUTH_OK, ask(tok, NOW));
	free(tok);
	tok = forge_token(H_HS, "{" E ",\"nbf\":1800000000," M "}",
	    JWK_HS256, 0);
	check("valid", AUTH_OK, ask(tok, NOW));
	check("back before nbf", AUTH_EARLY, ask(tok, NOW - 31));
	tok[strlen(tok) - 3] ^= 1;
	check("another signature is another token", AUTH_SIGNATURE,
	    ask(tok, NOW));
	tok[strlen(tok) - 3] ^= 1;
	check("a bad one is not remembered", AUTH_OK, ask(tok, NOW));
	free(tok);
	close_auth();
}

static void
verdicts_die_with_the_generation(void)
{
	char	*tok = forge_token(H_RS, GOOD, JWK_RS256, F_RSA);
	char	*theirs = forge_token(H_RS, GOOD, JWK_RS256, F_RSA_OTHER);

	with_file();
	put_keys(F_RSA, NOW);
	open_auth();
	check("good", AUTH_OK, ask(tok, NOW));
	check("not theirs", AUTH_SIGNATURE, ask(theirs, NOW));
	check("good again", AUTH_OK, ask(tok, NOW + 1));
	put_keys(F_RSA_OTHER, NOW + 1);
	check("the key is gone", AUTH_SIGNATURE, ask(tok, NOW + 2));
	check("theirs is good", AUTH_OK, ask(theirs, NOW + 2));
	put_keys(F_RSA, NOW + 2);
	check("and back", AUTH_OK, ask(tok, NOW + 3));
	conf.jwks_url = url;
	close_auth();
	put_keys(F_RSA, NOW - 72 * 3600);
	open_auth();
	check("the last second of the keys", AUTH_OK, ask(tok, NOW));
	check("too old, verdict or not", AUTH_NOKEYS, ask(tok, NOW + 1));
	close_auth();
	remove_file();
	free(tok);
	free(theirs);
}

/* What is judged again fails: the audience has changed meanwhile. */
static void
many_verdicts_stand_side_by_side(void)
{
	static char	*tok[1000];
	char		 json[400];
	size_t		 i, kept = 0;

	with_secret();
	open_auth();
	for (i = 0; i < nitems(tok); i++) {
		snprintf(json, sizeof(json), "{\"exp\":1900000000,"
		    "\"aud\":\"x\",\"sub\":\"%zu\"," M "}", i);
		tok[i] = forge_token(H_HS, json, JWK_HS256, 0);
		kept += ask(tok[i], NOW) == AUTH_OK;
	}
	check("all are good", nitems(tok), kept);
	conf.jwt_aud = (struct list){ audiences, nitems(audiences) };
	for (i = kept = 0; i < nitems(tok); i++) {
		kept += ask(tok[i], NOW + 1) == AUTH_OK;
		free(tok[i]);
	}
	check("none has pushed another one out", nitems(tok), kept);
	close_auth();
}

/* A cached verdict is one without the claims: the rules may change under it. */
static void
verdicts_are_remembered_for_a_minute(void)
{
	char	*tok, json[800];
	int	 i;

	with_secret();
	open_auth();
	tok = forge_token(H_HS, "{\"exp\":1900000000,\"aud\":\"x\"," M "}",
	    JWK_HS256, 0);
	check("good", AUTH_OK, ask(tok, NOW));
	conf.jwt_aud = (struct list){ audiences, nitems(audiences) };
	check("not judged again", AUTH_OK, ask(tok, NOW + 59));
	check("but after a minute", AUTH_AUDIENCE, ask(tok, NOW + 60));
	check("bad verdicts are not kept", AUTH_AUDIENCE, ask(tok, NOW + 60));
	conf.jwt_aud.n = 0;
	check("so it is good at once", AUTH_OK, ask(tok, NOW + 60));
	free(tok);
	snprintf(json, sizeof(json), "{\"exp\":1900000000,\"aud\":\"x\","
	    "\"sub\":\"%0300d\"," M "}", 1);
	tok = forge_token(H_HS, json, JWK_HS256, 0);
	check("a long sub", AUTH_OK, ask(tok, NOW));
	check("kept whole", 300, strlen(id.sub));
	conf.jwt_aud.n = nitems(audiences);
	check("is not cached", AUTH_AUDIENCE, ask(tok, NOW));
	conf.jwt_aud.n = 0;
	free(tok);
	/* More tokens than the table has room for: each one is still itself. */
	for (i = 0; i < 3000; i++) {
		snprintf(json, sizeof(json), "{" E ",\"email\":\"u%d@x\"}",
		    i % 1500);
		check("good", AUTH_OK, claims(json, NOW));
		snprintf(json, sizeof(json), "u%d@x", i % 1500);
		check_str("and nobody else", json, id.email);
	}
	close_auth();
}

static void
details_are_the_contract(void)
{
	static const struct {
		enum auth_err	 err;
		const char	*text;
	} cases[] = {
		{ AUTH_NONE, "Missing Authorization header" },
		{ AUTH_SCHEME, "Invalid Authorization header format. Expected "
		  "'Bearer <token>'" },
		{ AUTH_EMPTY, "Invalid Authorization header format" },
		{ AUTH_FORMAT, "Invalid JWT token format" },
		{ AUTH_KEY, "Invalid token: public key not found" },
		{ AUTH_SIGNATURE, "Invalid token signature" },
		{ AUTH_EXPIRED, "Token has expired" },
		{ AUTH_EARLY, "Token not yet valid" },
		{ AUTH_ISSUER, "Invalid token issuer" },
		{ AUTH_AUDIENCE, "Invalid token audience" },
		{ AUTH_EMAIL, "User email not found in token" },
		{ AUTH_UNVERIFIED, "User email not verified" },
		{ AUTH_NOKEYS, "Token verification keys are unavailable" },
	};
	size_t	 i;

	check("all but AUTH_OK", AUTH__MAX - 1, nitems(cases));
	for (i = 0; i < nitems(cases); i++)
		check_str("text", cases[i].text, auth_detail(cases[i].err));
}

static void
a_short_secret_is_refused(void)
{
	char	 brief[] = "0123456789abcdef012345678901234", err[256] = "";

	with_secret();
	conf.jwt_secret = brief;
	check("31 bytes", true, auth_new(&conf, NULL, err) == NULL);
	check_str("says so", "JWT_HS256_SECRET has less than 32 bytes", err);
}

static CU_TestInfo tests[] = {
	{ "header_table", header_table },
	{ "claims_table", claims_table },
	{ "exp_out_of_range", exp_out_of_range },
	{ "issuer_and_audience", issuer_and_audience },
	{ "who_it_is", who_it_is },
	{ "keys_table", keys_table },
	{ "no_keys_is_not_a_bad_token", no_keys_is_not_a_bad_token },
	{ "verdicts_die_in_time", verdicts_die_in_time },
	{ "many_verdicts_stand_side_by_side",
	  many_verdicts_stand_side_by_side },
	{ "verdicts_die_with_the_generation",
	  verdicts_die_with_the_generation },
	{ "verdicts_are_remembered_for_a_minute",
	  verdicts_are_remembered_for_a_minute },
	{ "details_are_the_contract", details_are_the_contract },
	{ "a_short_secret_is_refused", a_short_secret_is_refused },
	CU_TEST_INFO_NULL
};

const struct suite bearer_suite = { "bearer", tests };
