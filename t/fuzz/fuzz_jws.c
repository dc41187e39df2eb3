/* fuzz_jws.c: the input as a compact token, and as a key set. */
#include "config.h"

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "codec/json.h"
#include "codec/jws.h"

#define SECRET	"0123456789abcdef0123456789abcdef"

/* Public keys of RFC 7515, A.3 and RFC 8037, A.4. */
static const char	 ours[] = "{\"keys\":["
    "{\"kty\":\"EC\",\"crv\":\"P-256\","
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
    "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";

/* Tells nothing, but keeps the calls: a forged key may well accept. */
static unsigned long	 accepted;

/* A set holds what can verify, and takes any signature without harm. */
static void
as_keys(const char *p, size_t len)
{
	static const unsigned char	 sig[JWK_SIG_MAX];
	struct jwk_set			 set;
	size_t				 i, n;

	if (!jwk_set_load(p, len, &set) && set.n > 0)
		abort();
	for (i = 0; i < set.n; i++) {
		if (set.v[i].alg == JWK_NONE || set.v[i].alg == JWK_HS256)
			abort();
		for (n = 0; n < sizeof(sig); n += 32)
			accepted += jws_verify(&set.v[i], p, len, sig, n);
	}
	jwk_set_clear(&set);
}

static void
as_token(const char *p, size_t len, const struct jwk *k, size_t n)
{
	struct arena		*a = arena_new(1 << 20);
	struct json_object	*claims;
	struct jws		 j;
	size_t			 i;

	if (jws_open(a, p, len, &j) == JWS_OK) {
		if (j.inputlen + j.siglen > JWS_MAX)
			abort();
		if (jws_claims(a, &j, &claims) == JWS_OK &&
		    !json_object_is_type(claims, json_type_object))
			abort();
		if (jws_header(&j) == JWS_OK)
			for (i = 0; i < n; i++)
				if (jws_check(&j, &k[i]) == JWS_OK &&
				    (j.siglen < 32 || j.alg != k[i].alg))
					abort();
	}
	jws_wipe(&j);
	arena_free(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct jwk_set	 set;
	static struct jwk	 secret;
	const char		*p = (const char *)data;

	if (set.n == 0 && (!jwk_set_load(ours, strlen(ours), &set) ||
	    set.n != 2 || jwk_secret(SECRET, strlen(SECRET), &secret) !=
	    JWK_OK))
		abort();
	as_keys(p, len);
	as_token(p, len, set.v, set.n);
	as_token(p, len, &secret, 1);
	return 0;
}
