#ifndef CODEC_JWK_H
#define CODEC_JWK_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/rc.h"

struct json_object;

#define JWK_KID_MAX	128	/* printable ASCII */
#define JWK_SECRET_MIN	32	/* RFC 7518, 3.2: as long as the hash */
#define JWK_SET_MAX	64	/* keys of one set */
#define JWK_SIG_MAX	1024	/* bytes: RSA of 8192 bits */

/* What is accepted, and nothing else. */
enum jwk_alg {
	JWK_NONE,
	JWK_RS256,
	JWK_PS256,
	JWK_ES256,
	JWK_EDDSA,
	JWK_HS256,
	JWK_ALG__MAX
};

enum jwk_err {
	JWK_OK,
	JWK_SHAPE,		/* no object; a member missing, no string */
	JWK_KTY,		/* unknown, or oct: no HMAC from a key set */
	JWK_ALG,		/* unknown, or not of this kty */
	JWK_USE,		/* use or key_ops: not for signatures */
	JWK_KID,
	JWK_CRV,
	JWK_WEAK,		/* RSA modulus or exponent, short secret */
	JWK_POINT,		/* not a point of the curve */
	JWK_CRYPTO,		/* OpenSSL failed */
	JWK_ERR__MAX
};

/*
 * A key that verifies, with its one algorithm.  A zeroed struct is valid to
 * free.  verify holds that algorithm's padding and digest, set once at load.
 */
struct jwk {
	enum jwk_alg	 alg;
	char		 kid[JWK_KID_MAX + 1];	/* "": the key has none */
	EVP_PKEY	*pkey;
	EVP_PKEY_CTX	*verify;	/* RS256, PS256, ES256 */
	unsigned char	*secret;	/* HS256 */
	size_t		 secretlen;
};

struct jwk_set {
	struct jwk	 v[JWK_SET_MAX];
	size_t		 n;		/* usable */
	size_t		 refused;
};

/* The name in "alg"; anything else is JWK_NONE. */
enum jwk_alg	 jwk_alg_of(const char *) NONNULL;
/*
 * One key of RFC 7517; private members are not looked at.  The caller frees
 * what JWK_OK filled with jwk_clear(); on error there is nothing to free.
 */
enum jwk_err	 jwk_load(struct json_object *, struct jwk *) MUST_CHECK;
/* An HS256 key from our own configuration; copied. */
enum jwk_err	 jwk_secret(const void *, size_t, struct jwk *) NONNULL
		    MUST_CHECK;
/*
 * A set of RFC 7517: refused keys are counted and left out, and so are those
 * past JWK_SET_MAX.  False: not a strict JSON object with an array "keys".
 */
bool		 jwk_set_load(const char *, size_t, struct jwk_set *) NONNULL
		    MUST_CHECK;
void		 jwk_clear(struct jwk *) NONNULL;
void		 jwk_set_clear(struct jwk_set *) NONNULL;

#endif
