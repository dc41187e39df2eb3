/* test_jws.c: forged tokens, each refused for its own reason. */
#include "config.h"

#include "codec/jws.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "codec/json.h"
#include "unit/forge.h"
#include "unit/unit.h"

#define CLAIMS	"{\"email\":\"alice@example.com\"}"
#define SHA256_INFO \
	"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01" \
	"\x05\x00\x04\x20"

/* Keys as they stand in a key set; HS256 from the configuration. */
static struct jwk	rs, ps, es, ed, hs;

static const struct {
	struct jwk	*k;
	enum forge_key	 which;
	const char	*more;
} ring[] = {
	{ &rs, F_RSA, "" },
	{ &ps, F_RSA, ",\"alg\":\"PS256\"" },
	{ &es, F_EC, "" },
	{ &ed, F_ED, "" },
};

static void
make_keys(void)
{
	struct json_object	*o;
	char			*text;
	size_t			 i;

	for (i = 0; i < nitems(ring); i++) {
		text = forge_jwk(ring[i].which, ring[i].more);
		o = json_tokener_parse(text);
		check("key", JWK_OK, jwk_load(o, ring[i].k));
		json_object_put(o);
		free(text);
	}
	check("secret", JWK_OK, jwk_secret(FORGE_SECRET,
	    strlen(FORGE_SECRET), &hs));
}

static void
drop_keys(void)
{
	size_t	 i;

	for (i = 0; i < nitems(ring); i++)
		jwk_clear(ring[i].k);
	jwk_clear(&hs);
}

static enum jws_err
run(const char *tok, size_t len, const struct jwk *k)
{
	struct arena		*a = arena_new(1 << 20);
	struct json_object	*claims;
	struct jws		 j;
	enum jws_err		 err;

	if ((err = jws_open(a, tok, len, &j)) == JWS_OK &&
	    (err = jws_claims(a, &j, &claims)) == JWS_OK &&
	    (err = jws_header(&j)) == JWS_OK)
		err = jws_check(&j, k);
	jws_wipe(&j);
	arena_free(a);
	return err;
}

/* Checks a token and frees it. */
static void
expect(const char *why, enum jws_err want, char *tok, const struct jwk *k)
{
	check(why, want, run(tok, strlen(tok), k));
	free(tok);
}

static void
accepts_good_tokens(void)
{
	make_keys();
	expect("RS256", JWS_OK, forge_token("{\"alg\":\"RS256\"}", CLAIMS,
	    JWK_RS256, F_RSA), &rs);
	expect("PS256", JWS_OK, forge_token("{\"alg\":\"PS256\"}", CLAIMS,
	    JWK_PS256, F_RSA), &ps);
	expect("ES256", JWS_OK, forge_token("{\"alg\":\"ES256\"}", CLAIMS,
	    JWK_ES256, F_EC), &es);
	expect("EdDSA", JWS_OK, forge_token("{\"alg\":\"EdDSA\"}", CLAIMS,
	    JWK_EDDSA, F_ED), &ed);
	expect("HS256", JWS_OK, forge_token("{\"alg\":\"HS256\"}", CLAIMS,
	    JWK_HS256, 0), &hs);
	expect("the same key again", JWS_OK, forge_token(
	    "{\"alg\":\"RS256\"}", CLAIMS, JWK_RS256, F_RSA), &rs);
	expect("another key", JWS_SIGNATURE, forge_token(
	    "{\"alg\":\"RS256\"}", CLAIMS, JWK_RS256, F_RSA_OTHER), &rs);
	expect("after a failure", JWS_OK, forge_token("{\"alg\":\"RS256\"}",
	    CLAIMS, JWK_RS256, F_RSA), &rs);
	expect("another EC key", JWS_SIGNATURE, forge_token(
	    "{\"alg\":\"ES256\"}", CLAIMS, JWK_ES256, F_EC_OTHER), &es);
	expect("another Ed25519 key", JWS_SIGNATURE, forge_token(
	    "{\"alg\":\"EdDSA\"}", CLAIMS, JWK_EDDSA, F_ED_OTHER), &ed);
	drop_keys();
}

/* HS256 with the text of a public key as its secret (CVE-2016-10555). */
static void
confused(const struct jwk *victim, enum forge_key which)
{
	char		*text = forge_jwk(which, "");
	struct jwk	 fake;
	struct buf	 b;

	check("fake secret", JWK_OK, jwk_secret(text, strlen(text), &fake));
	buf_init(&b, JWS_MAX);
	check("minted", true, jws_mint(&b, CLAIMS, strlen(CLAIMS), &fake));
	check("it is a good HS256 token", JWS_OK, run(b.p, b.len, &fake));
	check("HS256 with the public key", JWS_KEY, run(b.p, b.len, victim));
	buf_free(&b);
	jwk_clear(&fake);
	free(text);
}

static void
rejects_forged_tokens(void)
{
	static const struct {
		const char	*why, *header;
		enum jwk_alg	 alg;		/* how it is signed */
		enum forge_key	 which;
		struct jwk	*k;		/* how it is verified */
		enum jws_err	 want;
	} cases[] = {
		{ "alg none, signed", "{\"alg\":\"none\"}", JWK_RS256, F_RSA,
		  &rs, JWS_ALG },
		{ "alg None", "{\"alg\":\"None\"}", JWK_RS256, F_RSA, &rs,
		  JWS_ALG },
		{ "alg NONE", "{\"alg\":\"NONE\"}", JWK_RS256, F_RSA, &rs,
		  JWS_ALG },
		{ "alg a number", "{\"alg\":256}", JWK_RS256, F_RSA, &rs,
		  JWS_ALG },
		{ "alg null", "{\"alg\":null}", JWK_RS256, F_RSA, &rs,
		  JWS_ALG },
		{ "alg a list", "{\"alg\":[\"RS256\"]}", JWK_RS256, F_RSA,
		  &rs, JWS_ALG },
		{ "alg missing", "{\"typ\":\"JWT\"}", JWK_RS256, F_RSA, &rs,
		  JWS_ALG },
		{ "alg empty", "{\"alg\":\"\"}", JWK_RS256, F_RSA, &rs,
		  JWS_ALG },
		{ "alg in lower case", "{\"alg\":\"rs256\"}", JWK_RS256,
		  F_RSA, &rs, JWS_ALG },
		{ "RS384", "{\"alg\":\"RS384\"}", JWK_RS256, F_RSA, &rs,
		  JWS_ALG },
		{ "HS384", "{\"alg\":\"HS384\"}", JWK_HS256, 0, &rs,
		  JWS_ALG },
		{ "HS512", "{\"alg\":\"HS512\"}", JWK_HS256, 0, &hs,
		  JWS_ALG },
		{ "HS256 for an RSA key", "{\"alg\":\"HS256\"}", JWK_HS256, 0,
		  &rs, JWS_KEY },
		{ "HS256 for an EC key", "{\"alg\":\"HS256\"}", JWK_HS256, 0,
		  &es, JWS_KEY },
		{ "HS256 for an Ed25519 key", "{\"alg\":\"HS256\"}",
		  JWK_HS256, 0, &ed, JWS_KEY },
		{ "PS256 for an RS256 key", "{\"alg\":\"PS256\"}", JWK_PS256,
		  F_RSA, &rs, JWS_KEY },
		{ "RS256 for a PS256 key", "{\"alg\":\"RS256\"}", JWK_RS256,
		  F_RSA, &ps, JWS_KEY },
		{ "RS256 for the secret", "{\"alg\":\"RS256\"}", JWK_RS256,
		  F_RSA, &hs, JWS_KEY },
		{ "RS256 named, PS256 made", "{\"alg\":\"RS256\"}",
		  JWK_PS256, F_RSA, &rs, JWS_SIGNATURE },
		{ "PS256 named, RS256 made", "{\"alg\":\"PS256\"}",
		  JWK_RS256, F_RSA, &ps, JWS_SIGNATURE },
		{ "crit", "{\"alg\":\"RS256\",\"crit\":[\"exp\"]}",
		  JWK_RS256, F_RSA, &rs, JWS_CRIT },
		{ "crit empty", "{\"alg\":\"RS256\",\"crit\":[]}", JWK_RS256,
		  F_RSA, &rs, JWS_CRIT },
		{ "crit null", "{\"alg\":\"RS256\",\"crit\":null}", JWK_RS256,
		  F_RSA, &rs, JWS_CRIT },
		{ "b64 false", "{\"alg\":\"RS256\",\"b64\":false}",
		  JWK_RS256, F_RSA, &rs, JWS_CRIT },
		{ "b64 false and crit", "{\"alg\":\"RS256\",\"b64\":false,"
		  "\"crit\":[\"b64\"]}", JWK_RS256, F_RSA, &rs, JWS_CRIT },
		{ "kid a number", "{\"alg\":\"RS256\",\"kid\":1}", JWK_RS256,
		  F_RSA, &rs, JWS_KID },
		{ "kid empty", "{\"alg\":\"RS256\",\"kid\":\"\"}", JWK_RS256,
		  F_RSA, &rs, JWS_KID },
		{ "kid with a line end", "{\"alg\":\"RS256\",\"kid\":"
		  "\"a\\u000ab\"}", JWK_RS256, F_RSA, &rs, JWS_KID },
		{ "kid not ASCII", "{\"alg\":\"RS256\",\"kid\":\"\\u00e9\"}",
		  JWK_RS256, F_RSA, &rs, JWS_KID },
		{ "kid a path is only a name", "{\"alg\":\"RS256\",\"kid\":"
		  "\"../../dev/null\"}", JWK_RS256, F_RSA, &rs, JWS_OK },
		{ "alg twice", "{\"alg\":\"RS256\",\"alg\":\"none\"}",
		  JWK_RS256, F_RSA, &rs, JWS_HEADER },
		{ "alg twice, escaped", "{\"alg\":\"RS256\",\"\\u0061lg\":"
		  "\"none\"}", JWK_RS256, F_RSA, &rs, JWS_HEADER },
		{ "header an array", "[\"RS256\"]", JWK_RS256, F_RSA, &rs,
		  JWS_HEADER },
		{ "header not JSON", "alg", JWK_RS256, F_RSA, &rs,
		  JWS_HEADER },
		{ "header empty", "", JWK_RS256, F_RSA, &rs, JWS_HEADER },
		{ "header in single quotes", "{'alg':'RS256'}", JWK_RS256,
		  F_RSA, &rs, JWS_HEADER },
		{ "header with a tail", "{\"alg\":\"RS256\"}x", JWK_RS256,
		  F_RSA, &rs, JWS_HEADER },
		{ "header nine deep", "{\"alg\":\"RS256\",\"a\":"
		  "[[[[[[[[1]]]]]]]]}", JWK_RS256, F_RSA, &rs, JWS_HEADER },
	};
	char	 long_kid[256];
	size_t	 i;

	make_keys();
	for (i = 0; i < nitems(cases); i++)
		expect(cases[i].why, cases[i].want, forge_token(
		    cases[i].header, CLAIMS, cases[i].alg, cases[i].which),
		    cases[i].k);
	for (i = 128; i <= 129; i++) {
		snprintf(long_kid, sizeof(long_kid),
		    "{\"alg\":\"RS256\",\"kid\":\"%0*d\"}", (int)i, 1);
		expect("kid of 128 bytes and no more",
		    i == 128 ? JWS_OK : JWS_KID, forge_token(long_kid, CLAIMS,
		    JWK_RS256, F_RSA), &rs);
	}
	expect("alg none, unsigned", JWS_ALG, forge_with("{\"alg\":\"none\"}",
	    CLAIMS, NULL, 0), &rs);
	confused(&rs, F_RSA);
	confused(&ps, F_RSA);
	confused(&es, F_EC);
	confused(&ed, F_ED);
	drop_keys();
}

static void
header_keys_are_inert(void)
{
	static const char *const	 fmt[] = {
		"{\"alg\":\"RS256\",\"jwk\":%s}",
		"{\"alg\":\"RS256\",\"jwk\":%s,\"kid\":\"x\"}",
		"{\"alg\":\"RS256\",\"x5c\":[%s]}",
		("{\"alg\":\"RS256\",\"jku\":\"http://127.0.0.1:1/\","
		"\"x5u\":\"file:///etc/passwd\",\"jwk\":%s}"),
	};
	char	*theirs = forge_jwk(F_RSA_OTHER, ""), header[2048];
	size_t	 i;

	make_keys();
	for (i = 0; i < nitems(fmt); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(header, sizeof(header), fmt[i], theirs);
#pragma GCC diagnostic pop
		expect("signed with the key that it brings", JWS_SIGNATURE,
		    forge_token(header, CLAIMS, JWK_RS256, F_RSA_OTHER), &rs);
		expect("signed with ours, another key beside", JWS_OK,
		    forge_token(header, CLAIMS, JWK_RS256, F_RSA), &rs);
	}
	free(theirs);
	drop_keys();
}

static void
limits_come_first(void)
{
	static char	 big[JWS_MAX + 2];
	static const struct {
		const char	*why, *tok;
		enum jws_err	 want;
	} cases[] = {
		{ "empty", "", JWS_SIZE },
		{ "no dot", "e30", JWS_SEGMENTS },
		{ "one dot, bad base64", "!.!", JWS_SEGMENTS },
		{ "three dots, bad base64", "!.!.!.!", JWS_SEGMENTS },
		{ "many dots", "........", JWS_SEGMENTS },
		{ "three dots at the end", "e30.e30.AA.", JWS_SEGMENTS },
		{ "only dots", "..", JWS_HEADER },
		{ "padding", "e30=.e30.AA", JWS_BASE64 },
		{ "padding inside", "e3=0.e30.AA", JWS_BASE64 },
		{ "padding in the claims", "e30.e30=.AA", JWS_BASE64 },
		{ "padding in the signature", "e30.e30.AA==", JWS_BASE64 },
		{ "plus", "e30.e30.+A", JWS_BASE64 },
		{ "slash", "e30.e30./A", JWS_BASE64 },
		{ "space", "e30.e30.A A", JWS_BASE64 },
		{ "leading space", " e30.e30.AA", JWS_BASE64 },
		{ "line end", "e30.e30.AA\n", JWS_BASE64 },
		{ "one character", "e30.e30.A", JWS_BASE64 },
		{ "unused bits", "e30.e30.AB", JWS_BASE64 },
		{ "not ASCII", "e30.e30.\xc3\xa9", JWS_BASE64 },
		{ "claims empty", "eyJhbGciOiJSUzI1NiJ9..AA", JWS_CLAIMS },
		{ "claims an array", "eyJhbGciOiJSUzI1NiJ9.W10.AA",
		  JWS_CLAIMS },
		{ "claims not JSON, alg none", "eyJhbGciOiJub25lIn0.Zm9v.",
		  JWS_CLAIMS },
		{ "no signature", "eyJhbGciOiJSUzI1NiJ9.e30.",
		  JWS_SIGNATURE },
	};
	size_t	 i;

	make_keys();
	for (i = 0; i < nitems(cases); i++)
		check(cases[i].why, cases[i].want, run(cases[i].tok,
		    strlen(cases[i].tok), &rs));
	memset(big, '.', sizeof(big));
	check("one byte too long", JWS_SIZE, run(big, JWS_MAX + 1, &rs));
	check("as long as may be", JWS_SEGMENTS, run(big, JWS_MAX, &rs));
	memset(big, 'A', sizeof(big));
	big[4] = big[8] = '.';
	check("zero bytes are no JSON", JWS_HEADER, run(big, JWS_MAX - 1,
	    &rs));
	expect("claims twice", JWS_CLAIMS, forge_token("{\"alg\":\"RS256\"}",
	    "{\"email\":\"a\",\"email\":\"b\"}", JWK_RS256, F_RSA), &rs);
	expect("claims nine deep", JWS_CLAIMS, forge_token(
	    "{\"alg\":\"RS256\"}", "{\"a\":[[[[[[[[1]]]]]]]]}", JWK_RS256,
	    F_RSA), &rs);
	expect("claims eight deep", JWS_OK, forge_token(
	    "{\"alg\":\"RS256\"}", "{\"a\":[[[[[[[1]]]]]]]}", JWK_RS256,
	    F_RSA), &rs);
	drop_keys();
}

/* The private operation on a padded message of the caller's. */
static size_t
raw_rsa(const unsigned char em[256], unsigned char sig[JWK_SIG_MAX])
{
	EVP_PKEY_CTX	*ctx;
	size_t		 n = JWK_SIG_MAX;

	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, forge_key(F_RSA), NULL);
	check("raw", 1, EVP_PKEY_sign_init(ctx));
	check("raw", 1, EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING));
	check("raw", 1, EVP_PKEY_sign(ctx, sig, &n, em, 256));
	EVP_PKEY_CTX_free(ctx);
	return n;
}

static void
rsa_padding_is_exact(void)
{
	static const struct {
		const char	*why;
		bool		 ok;
		int		 first, type, fill, garbage;
		const char	*info;
		size_t		 infolen;
	} cases[] = {
		{ "as it should be", true, 0, 1, 0xff, 0, SHA256_INFO, 19 },
		{ "first byte", false, 1, 1, 0xff, 0, SHA256_INFO, 19 },
		{ "block type 2", false, 0, 2, 0xff, 0, SHA256_INFO, 19 },
		{ "block type 0", false, 0, 0, 0, 0, SHA256_INFO, 19 },
		{ "filled with 0xfe", false, 0, 1, 0xfe, 0, SHA256_INFO, 19 },
		{ "garbage behind the hash", false, 0, 1, 0xff, 100,
		  SHA256_INFO, 19 },
		{ "one byte behind it", false, 0, 1, 0xff, 1, SHA256_INFO,
		  19 },
		{ "no parameters", false, 0, 1, 0xff, 0,
		  "\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02"
		  "\x01\x04\x20", 17 },
		{ "SHA-512's name", false, 0, 1, 0xff, 0,
		  "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02"
		  "\x03\x05\x00\x04\x20", 19 },
		{ "long form length", false, 0, 1, 0xff, 0,
		  "\x30\x81\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04"
		  "\x02\x01\x05\x00\x04\x20", 20 },
		{ "bare hash", false, 0, 1, 0xff, 0, "", 0 },
	};
	static const char	 msg[] = "message";
	unsigned char		 em[256], sig[JWK_SIG_MAX], md[32];
	size_t			 i, end, n;

	make_keys();
	check("hash", true, jws_sha256(msg, sizeof(msg), md));
	for (i = 0; i < nitems(cases); i++) {
		end = sizeof(em) - (size_t)cases[i].garbage;
		memset(em, cases[i].fill, sizeof(em));
		memset(em + end, 0x5a, sizeof(em) - end);
		em[0] = (unsigned char)cases[i].first;
		em[1] = (unsigned char)cases[i].type;
		/* A first byte of 1 would be past the modulus. */
		if (cases[i].first != 0)
			memset(em + 1, 0, 8);
		memcpy(em + end - 32, md, 32);
		memcpy(em + end - 32 - cases[i].infolen, cases[i].info,
		    cases[i].infolen);
		em[end - 32 - cases[i].infolen - 1] = 0;
		n = raw_rsa(em, sig);
		check(cases[i].why, cases[i].ok, jws_verify(&rs, msg,
		    sizeof(msg), sig, n));
	}
	drop_keys();
}

static void
rsa_signatures_are_as_long_as_the_modulus(void)
{
	static const char	 msg[] = "message";
	unsigned char		 sig[JWK_SIG_MAX + 1];
	struct jwk		*keys[2];
	size_t			 i, n;

	make_keys();
	keys[0] = &rs;
	keys[1] = &ps;
	for (i = 0; i < 2; i++) {
		memset(sig, 0, sizeof(sig));
		n = forge_sign(keys[i]->alg, F_RSA, msg, sizeof(msg), sig + 1);
		check("length", 256, n);
		check("exact", true, jws_verify(keys[i], msg, sizeof(msg),
		    sig + 1, n));
		check("a zero before", false, jws_verify(keys[i], msg,
		    sizeof(msg), sig, n + 1));
		check("a zero behind", false, jws_verify(keys[i], msg,
		    sizeof(msg), sig + 1, n + 1));
		check("cut", false, jws_verify(keys[i], msg, sizeof(msg),
		    sig + 1, n - 1));
		check("one byte", false, jws_verify(keys[i], msg, sizeof(msg),
		    sig + 1, 1));
		check("nothing", false, jws_verify(keys[i], msg, sizeof(msg),
		    sig + 1, 0));
	}
	drop_keys();
}

static void
pss_salt_and_hash_are_fixed(void)
{
	static const struct {
		const char	*why, *mgf;
		int		 salt;
		bool		 ok;
	} cases[] = {
		{ "salt 32", "SHA256", 32, true },
		{ "salt 0", "SHA256", 0, false },
		{ "salt 20", "SHA256", 20, false },
		{ "salt 33", "SHA256", 33, false },
		{ "longest salt", "SHA256", 222, false },
		{ "MGF1 of SHA-1", "SHA1", 32, false },
		{ "MGF1 of SHA-512", "SHA512", 32, false },
	};
	static const char	 msg[] = "message";
	unsigned char		 sig[JWK_SIG_MAX];
	EVP_PKEY_CTX		*pc;
	EVP_MD_CTX		*ctx;
	size_t			 i, n;

	make_keys();
	for (i = 0; i < nitems(cases); i++) {
		ctx = EVP_MD_CTX_new();
		n = sizeof(sig);
		check("made", true, EVP_DigestSignInit_ex(ctx, &pc, "SHA256",
		    NULL, NULL, forge_key(F_RSA), NULL) == 1 &&
		    EVP_PKEY_CTX_set_rsa_padding(pc,
		    RSA_PKCS1_PSS_PADDING) == 1 &&
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(pc, cases[i].salt) == 1 &&
		    EVP_PKEY_CTX_set_rsa_mgf1_md_name(pc, cases[i].mgf,
		    NULL) == 1 &&
		    EVP_DigestSign(ctx, sig, &n, (const void *)msg,
		    sizeof(msg)) == 1);
		EVP_MD_CTX_free(ctx);
		check(cases[i].why, cases[i].ok, jws_verify(&ps, msg,
		    sizeof(msg), sig, n));
	}
	drop_keys();
}

/* The group order n, n-1 and what lies past it, as 32 bytes. */
#define ZERO	"00000000000000000000000000000000" \
		"00000000000000000000000000000000"
#define ONE	"00000000000000000000000000000000" \
		"00000000000000000000000000000001"
#define NM1	"ffffffff00000000ffffffffffffffff" \
		"bce6faada7179e84f3b9cac2fc632550"
#define N	"ffffffff00000000ffffffffffffffff" \
		"bce6faada7179e84f3b9cac2fc632551"
#define NP1	"ffffffff00000000ffffffffffffffff" \
		"bce6faada7179e84f3b9cac2fc632552"
#define ONES	"ffffffffffffffffffffffffffffffff" \
		"ffffffffffffffffffffffffffffffff"

static void
es256_is_64_bytes_in_range(void)
{
	static const char *const	 edge[] = {
		ZERO, ONE, NM1, N, NP1, ONES
	};
	static const char	 msg[] = "message";
	unsigned char		 sig[JWK_SIG_MAX], der[JWK_SIG_MAX];
	EVP_MD_CTX		*ctx = EVP_MD_CTX_new();
	char			 hex[129];
	BIGNUM			*n = NULL, *s = NULL;
	size_t			 i, len;

	make_keys();
	memset(sig, 0, sizeof(sig));
	len = forge_sign(JWK_ES256, F_EC, msg, sizeof(msg), sig);
	check("exact", true, jws_verify(&es, msg, sizeof(msg), sig, len));
	check("65 bytes", false, jws_verify(&es, msg, sizeof(msg), sig, 65));
	check("63 bytes", false, jws_verify(&es, msg, sizeof(msg), sig, 63));
	check("96 bytes", false, jws_verify(&es, msg, sizeof(msg), sig, 96));
	check("r alone", false, jws_verify(&es, msg, sizeof(msg), sig, 32));
	check("nothing", false, jws_verify(&es, msg, sizeof(msg), sig, 0));
	check("another message", false, jws_verify(&es, msg, 3, sig, len));
	/* (r, n-s) is the other signature of the same message: RFC 8725. */
	BN_hex2bn(&n, N);
	s = BN_bin2bn(sig + 32, 32, NULL);
	BN_sub(s, n, s);
	BN_bn2binpad(s, sig + 32, 32);
	check("n-s is a signature too", true, jws_verify(&es, msg,
	    sizeof(msg), sig, len));
	len = sizeof(der);
	check("DER made", true, EVP_DigestSignInit_ex(ctx, NULL, "SHA256",
	    NULL, NULL, forge_key(F_EC), NULL) == 1 && EVP_DigestSign(ctx, der,
	    &len, (const void *)msg, sizeof(msg)) == 1);
	check("DER", false, jws_verify(&es, msg, sizeof(msg), der, len));
	check("DER of 64 bytes", false, jws_verify(&es, msg, sizeof(msg), der,
	    64));
	for (i = 0; i < nitems(edge) * nitems(edge); i++) {
		snprintf(hex, sizeof(hex), "%s%s", edge[i / nitems(edge)],
		    edge[i % nitems(edge)]);
		BN_hex2bn(&n, hex);
		BN_bn2binpad(n, sig, 64);
		check(hex, false, jws_verify(&es, msg, sizeof(msg), sig, 64));
	}
	EVP_MD_CTX_free(ctx);
	BN_free(n);
	BN_free(s);
	drop_keys();
}

static void
eddsa_is_64_bytes(void)
{
	/* The order of the base point, least byte first. */
	static const unsigned char	 order[32] = {
		0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c,
		0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0x10
	};
	static const char	 msg[] = "message";
	unsigned char		 sig[JWK_SIG_MAX] = { 0 };
	unsigned		 i, sum = 0;

	make_keys();
	check("length", 64, forge_sign(JWK_EDDSA, F_ED, msg, sizeof(msg),
	    sig));
	check("exact", true, jws_verify(&ed, msg, sizeof(msg), sig, 64));
	check("63 bytes", false, jws_verify(&ed, msg, sizeof(msg), sig, 63));
	check("65 bytes", false, jws_verify(&ed, msg, sizeof(msg), sig, 65));
	check("nothing", false, jws_verify(&ed, msg, sizeof(msg), sig, 0));
	for (i = 0; i < 32; i++) {
		sum += sig[32 + i] + order[i];
		sig[32 + i] = (unsigned char)sum;
		sum >>= 8;
	}
	check("S plus the order", false, jws_verify(&ed, msg, sizeof(msg),
	    sig, 64));
	drop_keys();
}

/* The examples of RFC 7515, A.1 to A.3, and RFC 8037, A.4. */
#define RFC_CLAIMS "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6" \
	"Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
#define RFC_SECRET "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aK" \
	"tMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"

static void
rfc_examples(void)
{
	static const struct {
		const char	*why, *jwk, *tok;
	} cases[] = {
		{ "RFC 7515, A.2", "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\""
		  "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPdd"
		  "xHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgN"
		  "MsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kp"
		  "aSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xs"
		  "mtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNm"
		  "oudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
		  "\"}", "eyJhbGciOiJSUzI1NiJ9." RFC_CLAIMS "."
		  "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZ"
		  "j5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1d"
		  "nZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIAR"
		  "NPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwu"
		  "sC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8"
		  "np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
		},
		{ "RFC 7515, A.3", "{\"kty\":\"EC\",\"crv\":\"P-256\","
		  "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
		  "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
		  "eyJhbGciOiJFUzI1NiJ9." RFC_CLAIMS "."
		  "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxL"
		  "a8ISlSApmWQxfKTUJqPP3-Kg6NU1Q" },
		{ "RFC 8037, A.4", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
		  "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
		  "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
		  "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4i"
		  "ylGjg5BhVsPt9g7sVvpAr_MuM0KAg" },
		{ "RFC 7515, A.1", NULL, "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUz"
		  "I1NiJ9." RFC_CLAIMS "."
		  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" },
	};
	unsigned char		 secret[sizeof(RFC_SECRET)];
	struct json_object	*o;
	struct arena		*a;
	struct jwk		 k;
	struct jws		 j;
	size_t			 i, n;

	for (i = 0; i < nitems(cases); i++) {
		if (cases[i].jwk != NULL) {
			o = json_tokener_parse(cases[i].jwk);
			check(cases[i].why, JWK_OK, jwk_load(o, &k));
			json_object_put(o);
		} else {
			check("secret", true, b64url_decode(RFC_SECRET,
			    strlen(RFC_SECRET), secret, &n));
			check("secret", JWK_OK, jwk_secret(secret, n, &k));
		}
		a = arena_new(1 << 20);
		check(cases[i].why, JWS_OK, jws_open(a, cases[i].tok,
		    strlen(cases[i].tok), &j));
		check(cases[i].why, JWS_OK, jws_header(&j));
		check(cases[i].why, JWS_OK, jws_check(&j, &k));
		j.inputlen--;
		check(cases[i].why, JWS_SIGNATURE, jws_check(&j, &k));
		arena_free(a);
		jwk_clear(&k);
	}
}

static void
mints_what_it_accepts(void)
{
	struct buf	 b;

	make_keys();
	buf_init(&b, JWS_MAX);
	check("minted", true, jws_mint(&b, CLAIMS, strlen(CLAIMS), &hs));
	check("accepted", JWS_OK, run(b.p, b.len, &hs));
	b.p[b.len - 2] ^= 1;
	check("changed", JWS_SIGNATURE, run(b.p, b.len, &hs));
	buf_reset(&b, 0);
	check("not with a public key", false, jws_mint(&b, CLAIMS,
	    strlen(CLAIMS), &rs));
	buf_free(&b);
	buf_init(&b, 16);
	check("no room", false, jws_mint(&b, CLAIMS, strlen(CLAIMS), &hs));
	buf_free(&b);
	drop_keys();
}

static CU_TestInfo tests[] = {
	{ "accepts_good_tokens", accepts_good_tokens },
	{ "rejects_forged_tokens", rejects_forged_tokens },
	{ "header_keys_are_inert", header_keys_are_inert },
	{ "limits_come_first", limits_come_first },
	{ "rsa_padding_is_exact", rsa_padding_is_exact },
	{ "rsa_signatures_are_as_long_as_the_modulus",
	  rsa_signatures_are_as_long_as_the_modulus },
	{ "pss_salt_and_hash_are_fixed", pss_salt_and_hash_are_fixed },
	{ "es256_is_64_bytes_in_range", es256_is_64_bytes_in_range },
	{ "eddsa_is_64_bytes", eddsa_is_64_bytes },
	{ "rfc_examples", rfc_examples },
	{ "mints_what_it_accepts", mints_what_it_accepts },
	CU_TEST_INFO_NULL
};

const struct suite jws_suite = { "jws", tests };
