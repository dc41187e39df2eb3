/* forge.c: keys and tokens for the tests, good ones and forged ones. */
#include "config.h"

#include "unit/forge.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"

static void
need(int ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "forge: %s\n", what);
		abort();
	}
}

EVP_PKEY *
forge_key(enum forge_key which)
{
	static EVP_PKEY	*keys[F__MAX];
	EVP_PKEY	*k = keys[which];

	if (k != NULL)
		return k;
	switch (which) {
	case F_RSA:
	case F_RSA_OTHER:
		k = EVP_RSA_gen(2048);
		break;
	case F_RSA_1024:
		k = EVP_RSA_gen(1024);
		break;
	case F_EC:
	case F_EC_OTHER:
		k = EVP_EC_gen("P-256");
		break;
	case F_P384:
		k = EVP_EC_gen("P-384");
		break;
	default:
		k = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	}
	need(k != NULL, "keygen");
	return keys[which] = k;
}

static void
add_bn(struct buf *b, const char *name, EVP_PKEY *k, const char *param)
{
	unsigned char	 bytes[JWK_SIG_MAX];
	BIGNUM		*bn = NULL;
	int		 n;

	need(EVP_PKEY_get_bn_param(k, param, &bn), param);
	/* Coordinates keep their leading zeros. */
	n = EVP_PKEY_is_a(k, "EC") ? (EVP_PKEY_get_bits(k) + 7) / 8 :
	    BN_num_bytes(bn);
	need(BN_bn2binpad(bn, bytes, n) == n, "binpad");
	buf_printf(b, ",\"%s\":\"", name);
	b64url_encode(b, bytes, (size_t)n);
	buf_chr(b, '"');
	BN_free(bn);
}

/* The buffer's bytes as a string for free(). */
static char *
take(struct buf *b)
{
	buf_chr(b, '\0');
	need(!b->over, "buffer");
	return b->p;
}

char *
forge_jwk(enum forge_key which, const char *more)
{
	EVP_PKEY	*k = forge_key(which);
	unsigned char	 raw[32];
	struct buf	 b;
	size_t		 n = sizeof(raw);

	buf_init(&b, 1 << 16);
	if (EVP_PKEY_is_a(k, "RSA")) {
		buf_str(&b, "{\"kty\":\"RSA\"");
		add_bn(&b, "n", k, OSSL_PKEY_PARAM_RSA_N);
		add_bn(&b, "e", k, OSSL_PKEY_PARAM_RSA_E);
	} else if (EVP_PKEY_is_a(k, "EC")) {
		buf_printf(&b, "{\"kty\":\"EC\",\"crv\":\"%s\"",
		    which == F_P384 ? "P-384" : "P-256");
		add_bn(&b, "x", k, OSSL_PKEY_PARAM_EC_PUB_X);
		add_bn(&b, "y", k, OSSL_PKEY_PARAM_EC_PUB_Y);
	} else {
		need(EVP_PKEY_get_raw_public_key(k, raw, &n), "raw key");
		buf_str(&b, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"");
		b64url_encode(&b, raw, n);
		buf_chr(&b, '"');
	}
	buf_str(&b, more);
	buf_chr(&b, '}');
	return take(&b);
}

char *
forge_set(const char *jwk, ...)
{
	struct buf	 b;
	va_list		 ap;
	const char	*sep = "";

	buf_init(&b, 1 << 20);
	buf_str(&b, "{\"keys\":[");
	va_start(ap, jwk);
	for (; jwk != NULL; jwk = va_arg(ap, const char *)) {
		buf_str(&b, sep);
		buf_str(&b, jwk);
		sep = ",";
	}
	va_end(ap);
	buf_str(&b, "]}");
	return take(&b);
}

/* ECDSA's DER to r||s. */
static size_t
p1363(unsigned char *sig, size_t len)
{
	const unsigned char	*p = sig;
	ECDSA_SIG		*s = d2i_ECDSA_SIG(NULL, &p, (long)len);

	need(s != NULL, "DER");
	need(BN_bn2binpad(ECDSA_SIG_get0_r(s), sig, 32) == 32 &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(s), sig + 32, 32) == 32, "r||s");
	ECDSA_SIG_free(s);
	return 64;
}

size_t
forge_sign(enum jwk_alg alg, enum forge_key which, const void *msg, size_t len,
    unsigned char sig[JWK_SIG_MAX])
{
	EVP_PKEY_CTX	*pc;
	EVP_MD_CTX	*ctx;
	size_t		 n = JWK_SIG_MAX;
	unsigned	 maclen;

	if (alg == JWK_HS256) {
		need(HMAC(EVP_sha256(), FORGE_SECRET, strlen(FORGE_SECRET),
		    msg, len, sig, &maclen) != NULL, "HMAC");
		return maclen;
	}
	need((ctx = EVP_MD_CTX_new()) != NULL, "context");
	need(EVP_DigestSignInit(ctx, &pc,
	    alg == JWK_EDDSA ? NULL : EVP_sha256(), NULL,
	    forge_key(which)) == 1, "sign init");
	if (alg == JWK_PS256)
		need(EVP_PKEY_CTX_set_rsa_padding(pc,
		    RSA_PKCS1_PSS_PADDING) == 1 &&
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(pc, 32) == 1, "PSS");
	need(EVP_DigestSign(ctx, sig, &n, msg, len) == 1, "sign");
	EVP_MD_CTX_free(ctx);
	return alg == JWK_ES256 ? p1363(sig, n) : n;
}

static void
input(struct buf *b, const char *header, const char *claims)
{
	buf_init(b, 1 << 20);
	b64url_encode(b, header, strlen(header));
	buf_chr(b, '.');
	b64url_encode(b, claims, strlen(claims));
}

char *
forge_with(const char *header, const char *claims, const void *sig, size_t len)
{
	struct buf	 b;

	input(&b, header, claims);
	buf_chr(&b, '.');
	if (sig != NULL)
		b64url_encode(&b, sig, len);
	return take(&b);
}

char *
forge_token(const char *header, const char *claims, enum jwk_alg alg,
    enum forge_key which)
{
	unsigned char	 sig[JWK_SIG_MAX];
	struct buf	 b;
	size_t		 n;

	input(&b, header, claims);
	n = forge_sign(alg, which, b.p, b.len, sig);
	buf_free(&b);
	return forge_with(header, claims, sig, n);
}
