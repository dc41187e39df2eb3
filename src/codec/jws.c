/* jws.c: compact tokens of RFC 7515, taken apart and verified. */
#include "config.h"

#include "codec/jws.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/b64.h"
#include "codec/json.h"

#define SHA_BYTES	32
#define HALF		32		/* r or s of ES256 */
#define DER_MAX		(2 + 2 * (2 + 1 + HALF))

/* n of P-256 (FIPS 186-5, SP 800-186): r and s are in 1..n-1. */
static const unsigned char p256_n[HALF] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
	0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51
};

/* EVP_sha256() would be fetched again by every use of it. */
static const EVP_MD *
sha256(void)
{
	static EVP_MD	*md;

	if (md == NULL)
		md = EVP_MD_fetch(NULL, "SHA256", NULL);
	return md;
}

bool
jws_sha256(const void *p, size_t len, unsigned char out[32])
{
	static EVP_MD_CTX	*ctx;	/* kept: making one costs as much */

	if (ctx == NULL)
		ctx = EVP_MD_CTX_new();
	return ctx != NULL && sha256() != NULL &&
	    EVP_DigestInit_ex2(ctx, sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(ctx, p, len) == 1 &&
	    EVP_DigestFinal_ex(ctx, out, NULL) == 1;
}

static enum jws_err
object(struct arena *a, const char *p, size_t len, enum jws_err why,
    struct json_object **o)
{
	if (json_parse(a, p, len, JWS_DEPTH, o) != JSON_OK ||
	    !json_object_is_type(*o, json_type_object))
		return why;
	return JWS_OK;
}

/* base64url of [from, to) into the arena. */
static bool
decode(struct arena *a, const char *from, const char *to, void *out,
    size_t *outlen)
{
	size_t	 len = (size_t)(to - from);
	void	*p = arena_alloc(a, len / 4 * 3 + 2);

	*(void **)out = p;
	return b64url_decode(from, len, p, outlen);
}

enum jws_err
jws_open(struct arena *a, const char *tok, size_t len, struct jws *j)
{
	const char	*dot1, *dot2, *end = tok + len;
	char		*header;
	size_t		 headerlen;

	memset(j, 0, sizeof(*j));
	if (len == 0 || len > JWS_MAX)
		return JWS_SIZE;
	if ((dot1 = memchr(tok, '.', len)) == NULL ||
	    (dot2 = memchr(dot1 + 1, '.', (size_t)(end - dot1 - 1))) == NULL ||
	    memchr(dot2 + 1, '.', (size_t)(end - dot2 - 1)) != NULL)
		return JWS_SEGMENTS;
	j->input = tok;
	j->inputlen = (size_t)(dot2 - tok);
	if (!decode(a, tok, dot1, &header, &headerlen) ||
	    !decode(a, dot1 + 1, dot2, &j->payload, &j->payloadlen) ||
	    !decode(a, dot2 + 1, end, &j->sig, &j->siglen))
		return JWS_BASE64;
	return object(a, header, headerlen, JWS_HEADER, &j->header);
}

enum jws_err
jws_claims(struct arena *a, const struct jws *j, struct json_object **claims)
{
	return object(a, j->payload, j->payloadlen, JWS_CLAIMS, claims);
}

enum jws_err
jws_header(struct jws *j)
{
	struct json_object	*v;
	size_t			 i;

	if (json_object_object_get_ex(j->header, "crit", NULL) ||
	    json_object_object_get_ex(j->header, "b64", NULL))
		return JWS_CRIT;
	if (!json_object_object_get_ex(j->header, "alg", &v) ||
	    !json_object_is_type(v, json_type_string))
		return JWS_ALG;
	if ((j->alg = jwk_alg_of(json_object_get_string(v))) == JWK_NONE)
		return JWS_ALG;
	if (!json_object_object_get_ex(j->header, "kid", &v))
		return JWS_OK;
	if (!json_object_is_type(v, json_type_string))
		return JWS_KID;
	j->kid = json_object_get_string(v);
	for (i = 0; j->kid[i] != '\0'; i++)
		if (i == JWK_KID_MAX || j->kid[i] < 0x20 || j->kid[i] > 0x7e)
			return JWS_KID;
	return i > 0 ? JWS_OK : JWS_KID;
}

void
jws_wipe(struct jws *j)
{
	if (j->payload != NULL)
		OPENSSL_cleanse(j->payload, j->payloadlen);
	if (j->sig != NULL)
		OPENSSL_cleanse(j->sig, j->siglen);
}

/* An INTEGER in DER: no leading zeros, one before a high bit. */
static size_t
der_int(unsigned char *out, const unsigned char *p)
{
	size_t	 len = HALF, pad;

	while (len > 1 && *p == 0) {
		p++;
		len--;
	}
	pad = *p >> 7;
	out[0] = 0x02;
	out[1] = (unsigned char)(len + pad);
	out[2] = 0;
	memcpy(out + 2 + pad, p, len);
	return 2 + pad + len;
}

static bool
in_range(const unsigned char *p)
{
	static const unsigned char	zero[HALF];

	return memcmp(p, zero, HALF) != 0 && memcmp(p, p256_n, HALF) < 0;
}

/* RFC 7518, 3.4: r||s, 32 bytes each, to the DER that OpenSSL takes. */
static size_t
es256_der(const unsigned char *sig, size_t len, unsigned char out[DER_MAX])
{
	size_t	 n;

	if (len != 2 * HALF || !in_range(sig) || !in_range(sig + HALF))
		return 0;
	n = der_int(out + 2, sig);
	n += der_int(out + 2 + n, sig + HALF);
	out[0] = 0x30;
	out[1] = (unsigned char)n;
	return 2 + n;
}

static bool
verify_eddsa(const struct jwk *k, const void *msg, size_t len,
    const unsigned char *sig, size_t siglen)
{
	EVP_MD_CTX	*ctx;
	bool		 ok;

	if (siglen != 64 || (ctx = EVP_MD_CTX_new()) == NULL)
		return false;
	ok = EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, k->pkey) == 1 &&
	    EVP_DigestVerify(ctx, sig, siglen, msg, len) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool
mac(const struct jwk *k, const void *msg, size_t len, unsigned char out[32])
{
	return HMAC(sha256(), k->secret, (int)k->secretlen, msg, len, out,
	    NULL) != NULL;
}

static bool
verify_hs256(const struct jwk *k, const void *msg, size_t len,
    const unsigned char *sig, size_t siglen)
{
	unsigned char	 want[SHA_BYTES];
	bool		 ok;

	ok = siglen == sizeof(want) && mac(k, msg, len, want) &&
	    CRYPTO_memcmp(want, sig, sizeof(want)) == 0;
	OPENSSL_cleanse(want, sizeof(want));
	return ok;
}

bool
jws_verify(const struct jwk *k, const void *msg, size_t len,
    const unsigned char *sig, size_t siglen)
{
	unsigned char	 md[SHA_BYTES], der[DER_MAX];
	bool		 ok;

	if (k->alg == JWK_HS256)
		return verify_hs256(k, msg, len, sig, siglen);
	if (k->alg == JWK_EDDSA)
		ok = verify_eddsa(k, msg, len, sig, siglen);
	else {
		if (k->alg == JWK_ES256) {
			siglen = es256_der(sig, siglen, der);
			sig = der;
		} else if (siglen != (size_t)EVP_PKEY_get_size(k->pkey))
			siglen = 0;
		ok = siglen > 0 && jws_sha256(msg, len, md) &&
		    EVP_PKEY_verify(k->verify, sig, siglen, md,
		    sizeof(md)) == 1;
	}
	/* A forgery's errors must not pile up for OpenSSL's next user. */
	if (!ok)
		ERR_clear_error();
	return ok;
}

enum jws_err
jws_check(const struct jws *j, const struct jwk *k)
{
	if (j->alg == JWK_NONE || j->alg != k->alg)
		return JWS_KEY;
	return jws_verify(k, j->input, j->inputlen, j->sig, j->siglen) ?
	    JWS_OK : JWS_SIGNATURE;
}

bool
jws_mint(struct buf *out, const char *claims, size_t len,
    const struct jwk *secret)
{
	static const char	 header[] =
				    "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
	unsigned char		 tag[SHA_BYTES];
	size_t			 start = out->len;

	b64url_encode(out, header, sizeof(header) - 1);
	buf_chr(out, '.');
	b64url_encode(out, claims, len);
	if (out->over || secret->alg != JWK_HS256 ||
	    !mac(secret, out->p + start, out->len - start, tag))
		return false;
	buf_chr(out, '.');
	b64url_encode(out, tag, sizeof(tag));
	OPENSSL_cleanse(tag, sizeof(tag));
	return !out->over;
}
