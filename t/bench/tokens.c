/* tokens.c: tokens of many owners, and what it costs to verify one. */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "auth/bearer.h"
#include "base/b64.h"
#include "base/text.h"
#include "codec/json.h"
#include "codec/jws.h"

#define RSA_BITS	2048
#define TTL		86400
#define CAP		(64 << 10)
#define KID		"bench"

static EVP_PKEY		*rsa;
static struct jwk	 secret;

static void
die(const char *what)
{
	fprintf(stderr, "tokens: %s\n", what);
	exit(EX_SOFTWARE);
}

/* What a provider's id token holds, so that its size is an ordinary one. */
static void
write_claims(struct buf *b, const char *owner, int64_t now)
{
	jw_open(b, '{');
	jw_kstr(b, "iss", "https://issuer.example.com");
	jw_kstr(b, "aud", "bobbin-bench.apps.example.com");
	jw_kstr(b, "sub", owner);
	jw_kstr(b, "email", owner);
	jw_kbool(b, "email_verified", true);
	jw_kint(b, "iat", now);
	jw_kint(b, "exp", now + TTL);
	jw_close(b, '}');
}

static void
member(struct buf *b, const char *name, const char *param)
{
	unsigned char	 raw[RSA_BITS / 8];
	BIGNUM		*n = NULL;
	struct buf	 text;

	buf_init(&text, CAP);
	if (EVP_PKEY_get_bn_param(rsa, param, &n) != 1)
		die("no such member of the key");
	b64url_encode(&text, raw, (size_t)BN_bn2bin(n, raw));
	jw_key(b, name);
	jw_str(b, text.p, text.len);
	BN_free(n);
	buf_free(&text);
}

static void
write_jwks(const char *path)
{
	struct buf	 b;
	FILE		*f;

	buf_init(&b, CAP);
	buf_str(&b, "{\"keys\":[");
	jw_open(&b, '{');
	jw_kstr(&b, "kty", "RSA");
	jw_kstr(&b, "alg", "RS256");
	jw_kstr(&b, "kid", KID);
	member(&b, "n", OSSL_PKEY_PARAM_RSA_N);
	member(&b, "e", OSSL_PKEY_PARAM_RSA_E);
	jw_close(&b, '}');
	buf_str(&b, "]}");
	if ((f = fopen(path, "w")) == NULL ||
	    fwrite(b.p, 1, b.len, f) != b.len || fclose(f) != 0)
		die("cannot write JWT_JWKS_FILE");
	buf_free(&b);
}

static bool
mint_rs256(struct buf *b, const char *claims, size_t n)
{
	static const char	 head[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\","
				    "\"kid\":\"" KID "\"}";
	unsigned char		 sig[RSA_BITS / 8];
	size_t			 siglen = sizeof(sig);
	EVP_MD_CTX		*md = EVP_MD_CTX_new();
	bool			 ok;

	b64url_encode(b, head, sizeof(head) - 1);
	buf_str(b, ".");
	b64url_encode(b, claims, n);
	ok = md != NULL && EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL,
	    rsa) == 1 && EVP_DigestSign(md, sig, &siglen,
	    (const unsigned char *)b->p, b->len) == 1;
	buf_str(b, ".");
	b64url_encode(b, sig, siglen);
	EVP_MD_CTX_free(md);
	return ok;
}

static bool
mint_hs256(struct buf *b, const char *claims, size_t n)
{
	return jws_mint(b, claims, n, &secret);
}

static void
mint(bool (*fn)(struct buf *, const char *, size_t), int64_t first,
    int64_t last)
{
	int64_t		now = now_us() / 1000000, i;
	struct buf	claims, token;
	char		owner[32];

	buf_init(&claims, CAP);
	buf_init(&token, CAP);
	for (i = first; i <= last; i++) {
		buf_reset(&claims, CAP);
		buf_reset(&token, CAP);
		snprintf(owner, sizeof(owner), "%lld", (long long)i);
		write_claims(&claims, owner, now);
		if (!fn(&token, claims.p, claims.len))
			die("cannot sign");
		printf("%.*s\n", (int)token.len, token.p);
	}
	buf_free(&claims);
	buf_free(&token);
}

/* Every line once, so that none is in the cache; microseconds for each. */
static void
verify(const struct conf *conf)
{
	char		 line[16 + JWS_MAX] = "Bearer ", err[256];
	struct arena	*a = arena_new(1 << 20);
	struct auth	*au = auth_new(conf, NULL, err);
	struct identity	 id;
	int64_t		 spent = 0, t;
	size_t		 n = 0;

	if (a == NULL || au == NULL)
		die("no memory, or bad keys");
	while (fgets(line + 7, sizeof(line) - 7, stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		t = mono_us();
		if (auth_identify(au, line, false, now_us() / 1000000, a,
		    &id) != AUTH_OK)
			die("a token is not valid");
		arena_reset(a);
		spent += mono_us() - t;
		n++;
	}
	if (n == 0)
		die("no tokens");
	printf("%.1f\n", (double)spent / (double)n);
	auth_free(au);
	arena_free(a);
}

/*
 * tokens FILE hs256|rs256 FIRST LAST, or tokens FILE verify: keys as the
 * configuration says; rs256 makes a new one and writes JWT_JWKS_FILE.
 */
int
main(int argc, char **argv)
{
	struct conf	*conf;
	char		 err[256];

	if (argc != 3 && argc != 5) {
		fprintf(stderr, "usage: tokens file verify | "
		    "tokens file hs256|rs256 first last\n");
		return EX_USAGE;
	}
	if ((conf = conf_load(argv[1], err)) == NULL)
		die(err);
	if (argc == 3)
		verify(conf);
	else if (strcmp(argv[2], "rs256") == 0) {
		if ((rsa = EVP_RSA_gen(RSA_BITS)) == NULL)
			die("cannot make a key");
		write_jwks(conf->jwks_file);
		mint(mint_rs256, atoll(argv[3]), atoll(argv[4]));
	} else {
		if (jwk_secret(conf->jwt_secret, strlen(conf->jwt_secret),
		    &secret) != JWK_OK)
			die("JWT_HS256_SECRET is too short");
		mint(mint_hs256, atoll(argv[3]), atoll(argv[4]));
	}
	EVP_PKEY_free(rsa);
	jwk_clear(&secret);
	conf_free(conf);
	return EX_OK;
}
