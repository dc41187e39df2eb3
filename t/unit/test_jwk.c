/* test_jwk.c: which keys of a key set count. */
#include "config.h"

#include "codec/jwk.h"

#include <stdlib.h>
#include <string.h>

#include "codec/json.h"
#include "unit/forge.h"
#include "unit/unit.h"

static enum jwk_err
load(const char *text, struct jwk *k)
{
	struct json_object	*o = json_tokener_parse(text);
	enum jwk_err		 err = jwk_load(o, k);

	json_object_put(o);
	return err;
}

static void
pins_the_algorithm(void)
{
	static const struct {
		const char	*why, *more;
		enum forge_key	 key;
		enum jwk_err	 err;
		enum jwk_alg	 alg;
	} cases[] = {
		{ "RSA without alg", "", F_RSA, JWK_OK, JWK_RS256 },
		{ "RSA, RS256", ",\"alg\":\"RS256\"", F_RSA, JWK_OK,
		  JWK_RS256 },
		{ "RSA, PS256", ",\"alg\":\"PS256\"", F_RSA, JWK_OK,
		  JWK_PS256 },
		{ "EC without alg", "", F_EC, JWK_OK, JWK_ES256 },
		{ "EC, ES256", ",\"alg\":\"ES256\"", F_EC, JWK_OK, JWK_ES256 },
		{ "Ed25519 without alg", "", F_ED, JWK_OK, JWK_EDDSA },
		{ "RSA, RS384", ",\"alg\":\"RS384\"", F_RSA, JWK_ALG, 0 },
		{ "RSA, HS256", ",\"alg\":\"HS256\"", F_RSA, JWK_ALG, 0 },
		{ "RSA, ES256", ",\"alg\":\"ES256\"", F_RSA, JWK_ALG, 0 },
		{ "RSA, none", ",\"alg\":\"none\"", F_RSA, JWK_ALG, 0 },
		{ "RSA, empty alg", ",\"alg\":\"\"", F_RSA, JWK_ALG, 0 },
		{ "RSA, rs256", ",\"alg\":\"rs256\"", F_RSA, JWK_ALG, 0 },
		{ "RSA, alg a number", ",\"alg\":256", F_RSA, JWK_ALG, 0 },
		{ "RSA, alg null", ",\"alg\":null", F_RSA, JWK_ALG, 0 },
		{ "RSA, alg a boolean", ",\"alg\":true", F_RSA, JWK_ALG, 0 },
		{ "EC, RS256", ",\"alg\":\"RS256\"", F_EC, JWK_ALG, 0 },
		{ "EC, HS256", ",\"alg\":\"HS256\"", F_EC, JWK_ALG, 0 },
		{ "Ed25519, ES256", ",\"alg\":\"ES256\"", F_ED, JWK_ALG, 0 },
		{ "Ed25519, HS256", ",\"alg\":\"HS256\"", F_ED, JWK_ALG, 0 },
		{ "use sig", ",\"use\":\"sig\"", F_RSA, JWK_OK, JWK_RS256 },
		{ "use enc", ",\"use\":\"enc\"", F_RSA, JWK_USE, 0 },
		{ "use a number", ",\"use\":1", F_EC, JWK_USE, 0 },
		{ "key_ops verify", ",\"key_ops\":[\"verify\"]", F_EC,
		  JWK_OK, JWK_ES256 },
		{ "key_ops encrypt", ",\"key_ops\":[\"encrypt\"]", F_EC,
		  JWK_USE, 0 },
		{ "key_ops sign", ",\"key_ops\":[\"sign\"]", F_EC, JWK_USE,
		  0 },
		{ "key_ops empty", ",\"key_ops\":[]", F_EC, JWK_USE, 0 },
		{ "key_ops a string", ",\"key_ops\":\"verify\"", F_EC,
		  JWK_USE, 0 },
		{ "RSA of 1024 bits", "", F_RSA_1024, JWK_WEAK, 0 },
		{ "P-384", "", F_P384, JWK_CRV, 0 },
		{ "kid a number", ",\"kid\":7", F_EC, JWK_KID, 0 },
		{ "kid empty", ",\"kid\":\"\"", F_EC, JWK_KID, 0 },
		{ "kid with a line end", ",\"kid\":\"a\\nb\"", F_EC, JWK_KID,
		  0 },
		{ "kid not ASCII", ",\"kid\":\"\\u00e9\"", F_EC, JWK_KID, 0 },
		{ "members nobody knows", ",\"x5u\":\"http://a/\",\"q\":{}",
		  F_EC, JWK_OK, JWK_ES256 },
	};
	struct jwk	 k;
	char		*text;
	size_t		 i;

	for (i = 0; i < nitems(cases); i++) {
		text = forge_jwk(cases[i].key, cases[i].more);
		check(cases[i].why, cases[i].err, load(text, &k));
		check(cases[i].why, cases[i].alg, k.alg);
		jwk_clear(&k);
		free(text);
	}
}

/* 2048 bits, odd; of what use it is does not matter here. */
#define US48	"________________________________________________"
#define NTOP	"gP" US48 US48 US48 US48 US48 US48 US48 \
		"___"
#define N2048	NTOP "w"
#define N_EVEN	NTOP "g"

static void
refuses_broken_keys(void)
{
	static const struct {
		const char	*why, *text;
		enum jwk_err	 err;
	} cases[] = {
		{ "not an object", "[]", JWK_SHAPE },
		{ "null", "null", JWK_SHAPE },
		{ "empty", "{}", JWK_SHAPE },
		{ "kty a number", "{\"kty\":1}", JWK_SHAPE },
		{ "kty unknown", "{\"kty\":\"DSA\"}", JWK_KTY },
		{ "kty in lower case", "{\"kty\":\"rsa\"}", JWK_KTY },
		{ "kty empty", "{\"kty\":\"\"}", JWK_KTY },
		{ "oct", "{\"kty\":\"oct\",\"k\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM"
		  "0NTY3ODlhYmNkZWY\"}", JWK_KTY },
		{ "oct, HS256", "{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"M"
		  "DEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\"}", JWK_KTY },
		{ "RSA without n", "{\"kty\":\"RSA\",\"e\":\"AQAB\"}",
		  JWK_SHAPE },
		{ "RSA without e", "{\"kty\":\"RSA\",\"n\":\"" N2048 "\"}",
		  JWK_SHAPE },
		{ "RSA, n a number", "{\"kty\":\"RSA\",\"n\":5,\"e\":\"AQAB\"}",
		  JWK_SHAPE },
		{ "RSA, n padded", "{\"kty\":\"RSA\",\"n\":\"AQ==\",\"e\":"
		  "\"AQAB\"}", JWK_SHAPE },
		{ "RSA, n empty", "{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"AQAB\"}",
		  JWK_SHAPE },
		{ "RSA, e = 0", "{\"kty\":\"RSA\",\"n\":\"" N2048 "\","
		  "\"e\":\"AA\"}", JWK_WEAK },
		{ "RSA, e = 1", "{\"kty\":\"RSA\",\"n\":\"" N2048 "\","
		  "\"e\":\"AQ\"}", JWK_WEAK },
		{ "RSA, e = 2", "{\"kty\":\"RSA\",\"n\":\"" N2048 "\","
		  "\"e\":\"Ag\"}", JWK_WEAK },
		{ "RSA, e = 3", "{\"kty\":\"RSA\",\"n\":\"" N2048 "\","
		  "\"e\":\"Aw\"}", JWK_OK },
		{ "RSA, e of 72 bits", "{\"kty\":\"RSA\",\"n\":\"" N2048 "\","
		  "\"e\":\"AQAAAAAAAAAB\"}", JWK_WEAK },
		{ "RSA, n even", "{\"kty\":\"RSA\",\"n\":\"" N_EVEN "\","
		  "\"e\":\"AQAB\"}", JWK_WEAK },
		{ "RSA, n of one byte", "{\"kty\":\"RSA\",\"n\":\"AQ\","
		  "\"e\":\"AQAB\"}", JWK_WEAK },
		{ "EC without crv", "{\"kty\":\"EC\",\"x\":\"AQ\","
		  "\"y\":\"AQ\"}", JWK_CRV },
		{ "EC on secp256k1", "{\"kty\":\"EC\",\"crv\":\"secp256k1\","
		  "\"x\":\"AQ\",\"y\":\"AQ\"}", JWK_CRV },
		{ "EC without x", "{\"kty\":\"EC\",\"crv\":\"P-256\","
		  "\"y\":\"AQ\"}", JWK_SHAPE },
		{ "EC, short x", "{\"kty\":\"EC\",\"crv\":\"P-256\","
		  "\"x\":\"AQ\",\"y\":\"AQ\"}", JWK_SHAPE },
		{ "EC off the curve", "{\"kty\":\"EC\",\"crv\":\"P-256\","
		  "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
		  "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1\"}",
		  JWK_SHAPE },
		{ "EC off the curve, canonical", "{\"kty\":\"EC\","
		  "\"crv\":\"P-256\","
		  "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
		  "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4\"}",
		  JWK_POINT },
		{ "EC at infinity", "{\"kty\":\"EC\",\"crv\":\"P-256\","
		  "\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
		  "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
		  JWK_POINT },
		{ "Ed25519 without x", "{\"kty\":\"OKP\",\"crv\":"
		  "\"Ed25519\"}", JWK_SHAPE },
		{ "Ed25519 of 31 bytes", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
		  "\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
		  JWK_SHAPE },
		{ "Ed448", "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"AQ\"}",
		  JWK_CRV },
		{ "X25519", "{\"kty\":\"OKP\",\"crv\":\"X25519\","
		  "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
		  JWK_CRV },
	};
	struct jwk	 k;
	size_t		 i;

	for (i = 0; i < nitems(cases); i++) {
		check(cases[i].why, cases[i].err, load(cases[i].text, &k));
		jwk_clear(&k);
	}
}

static void
kid_is_128_bytes(void)
{
	struct jwk	 k;
	char		 more[256], *text;
	int		 n;

	for (n = 128; n <= 129; n++) {
		snprintf(more, sizeof(more), ",\"kid\":\"%0*d\"", n, 1);
		text = forge_jwk(F_EC, more);
		check("kid length", n == 128 ? JWK_OK : JWK_KID,
		    load(text, &k));
		check("kid kept", n == 128 ? 128 : 0, strlen(k.kid));
		jwk_clear(&k);
		free(text);
	}
}

static void
secrets_have_32_bytes(void)
{
	struct jwk	 k;

	check("31 bytes", JWK_WEAK, jwk_secret(FORGE_SECRET, 31, &k));
	check("32 bytes", JWK_OK, jwk_secret(FORGE_SECRET, 32, &k));
	check("pinned", JWK_HS256, k.alg);
	jwk_clear(&k);
}

static void
mixed_key_set_keeps_the_good(void)
{
	struct jwk_set	 set;
	char		*rsa = forge_jwk(F_RSA, ",\"kid\":\"a\"");
	char		*weak = forge_jwk(F_RSA_1024, ",\"kid\":\"b\"");
	char		*enc = forge_jwk(F_RSA, ",\"use\":\"enc\"");
	char		*ec = forge_jwk(F_EC, ",\"kid\":\"a\"");
	char		*ed = forge_jwk(F_ED, "");
	char		*text = forge_set(weak, rsa, "{}", "7", "null", enc, ec,
			    "{\"kty\":\"oct\",\"k\":\"AAAA\"}", ed, NULL);

	check("loads", true, jwk_set_load(text, strlen(text), &set));
	check("usable", 3, set.n);
	check("refused", 6, set.refused);
	check("RSA first", JWK_RS256, set.v[0].alg);
	check("then EC", JWK_ES256, set.v[1].alg);
	check_str("with its kid", "a", set.v[1].kid);
	check("then Ed25519", JWK_EDDSA, set.v[2].alg);
	check_str("without kid", "", set.v[2].kid);
	jwk_set_clear(&set);
	check("cleared", 0, set.n);
	free(rsa);
	free(weak);
	free(enc);
	free(ec);
	free(ed);
	free(text);
}

static void
what_is_a_key_set(void)
{
	static const struct {
		const char	*why, *text;
		bool		 ok;
	} cases[] = {
		{ "no keys", "{\"keys\":[]}", true },
		{ "more members", "{\"a\":1,\"keys\":[]}", true },
		{ "empty text", "", false },
		{ "empty object", "{}", false },
		{ "keys no array", "{\"keys\":{}}", false },
		{ "keys null", "{\"keys\":null}", false },
		{ "array at the top", "[{\"kty\":\"RSA\"}]", false },
		{ "cut", "{\"keys\":[", false },
		{ "keys twice", "{\"keys\":[],\"keys\":[]}", false },
		{ "tail", "{\"keys\":[]}x", false },
		{ "too deep", "{\"keys\":[[[[[[[[[]]]]]]]]]}", false },
	};
	struct jwk_set	 set;
	size_t		 i;

	for (i = 0; i < nitems(cases); i++) {
		check(cases[i].why, cases[i].ok, jwk_set_load(cases[i].text,
		    strlen(cases[i].text), &set));
		check(cases[i].why, 0, set.n);
	}
}

static void
a_set_is_bounded(void)
{
	struct jwk_set	 set;
	char		*ed = forge_jwk(F_ED, ""), *text;
	struct buf	 b;
	int		 i;

	buf_init(&b, 1 << 20);
	buf_str(&b, "{\"keys\":[");
	for (i = 0; i < JWK_SET_MAX + 5; i++)
		buf_printf(&b, "%s%s", i > 0 ? "," : "", ed);
	buf_str(&b, "]}");
	check("loads", true, jwk_set_load(b.p, b.len, &set));
	check("as many as fit", JWK_SET_MAX, set.n);
	check("the rest", 5, set.refused);
	jwk_set_clear(&set);
	text = b.p;
	free(text);
	free(ed);
}

static CU_TestInfo tests[] = {
	{ "pins_the_algorithm", pins_the_algorithm },
	{ "refuses_broken_keys", refuses_broken_keys },
	{ "kid_is_128_bytes", kid_is_128_bytes },
	{ "secrets_have_32_bytes", secrets_have_32_bytes },
	{ "mixed_key_set_keeps_the_good", mixed_key_set_keeps_the_good },
	{ "what_is_a_key_set", what_is_a_key_set },
	{ "a_set_is_bounded", a_set_is_bounded },
	CU_TEST_INFO_NULL
};

const struct suite jwk_suite = { "jwk", tests };
