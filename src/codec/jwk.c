/* jwk.c: keys of RFC 7517 to OpenSSL's, the algorithm pinned per key. */
#include "config.h"

#include "codec/jwk.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/b64.h"
#include "codec/json.h"

#define RSA_BITS_MIN	2048
#define RSA_BITS_MAX	(JWK_SIG_MAX * 8)
#define EC_BYTES	32
#define JSON_NEST	8
#define MEMBER_MAX	((JWK_SIG_MAX + 2) / 3 * 4)	/* base64url of n */
#define BYTES_MAX	(MEMBER_MAX / 4 * 3 + 2)
#define SALT_BYTES	32		/* RFC 7518, 3.5 */

static const struct {
	const char	*name, *kty;
	bool		 by_default;	/* for a key of this kty without alg */
} algs[JWK_ALG__MAX] = {
	[JWK_NONE]  = { "",      "",    false },
	[JWK_RS256] = { "RS256", "RSA", true },
	[JWK_PS256] = { "PS256", "RSA", false },
	[JWK_ES256] = { "ES256", "EC",  true },
	[JWK_EDDSA] = { "EdDSA", "OKP", true },
	[JWK_HS256] = { "HS256", "oct", true },
};

enum jwk_alg
jwk_alg_of(const char *name)
{
	size_t	 i;

	for (i = JWK_NONE + 1; i < nitems(algs); i++)
		if (strcmp(algs[i].name, name) == 0)
			return (enum jwk_alg)i;
	return JWK_NONE;
}

/* The member's text; NULL when it is missing or not a string. */
static const char *
member(struct json_object *o, const char *name)
{
	struct json_object	*v;

	if (!json_object_object_get_ex(o, name, &v) ||
	    !json_object_is_type(v, json_type_string))
		return NULL;
	return json_object_get_string(v);
}

/* Strict base64url of a member into out, which takes BYTES_MAX. */
static bool
bytes(struct json_object *o, const char *name, unsigned char *out, size_t *len)
{
	const char	*s;
	size_t		 n;

	if ((s = member(o, name)) == NULL || (n = strlen(s)) == 0 ||
	    n > MEMBER_MAX)
		return false;
	return b64url_decode(s, n, out, len);
}

static enum jwk_err
pin(struct json_object *o, struct jwk *k)
{
	const char	*kty, *alg;
	size_t		 i;

	if ((kty = member(o, "kty")) == NULL)
		return JWK_SHAPE;
	for (i = JWK_NONE + 1; i < nitems(algs); i++)
		if (algs[i].by_default && strcmp(algs[i].kty, kty) == 0)
			k->alg = (enum jwk_alg)i;
	if (k->alg == JWK_NONE || k->alg == JWK_HS256)
		return JWK_KTY;
	if (!json_object_object_get_ex(o, "alg", NULL))
		return JWK_OK;
	if ((alg = member(o, "alg")) == NULL)
		return JWK_ALG;
	k->alg = jwk_alg_of(alg);
	return strcmp(algs[k->alg].kty, kty) == 0 ? JWK_OK : JWK_ALG;
}

static enum jwk_err
purpose(struct json_object *o)
{
	struct json_object	*ops, *op;
	const char		*use;
	size_t			 i;

	if (json_object_object_get_ex(o, "use", NULL) &&
	    ((use = member(o, "use")) == NULL || strcmp(use, "sig") != 0))
		return JWK_USE;
	if (!json_object_object_get_ex(o, "key_ops", &ops))
		return JWK_OK;
	if (!json_object_is_type(ops, json_type_array))
		return JWK_USE;
	for (i = 0; i < json_object_array_length(ops); i++) {
		op = json_object_array_get_idx(ops, i);
		if (json_object_is_type(op, json_type_string) &&
		    strcmp(json_object_get_string(op), "verify") == 0)
			return JWK_OK;
	}
	return JWK_USE;
}

static enum jwk_err
name(struct json_object *o, struct jwk *k)
{
	const char	*kid;
	size_t		 i;

	if (!json_object_object_get_ex(o, "kid", NULL))
		return JWK_OK;
	if ((kid = member(o, "kid")) == NULL)
		return JWK_KID;
	for (i = 0; kid[i] != '\0'; i++)
		if (i == JWK_KID_MAX || kid[i] < 0x20 || kid[i] > 0x7e)
			return JWK_KID;
	memcpy(k->kid, kid, i + 1);
	return i > 0 ? JWK_OK : JWK_KID;
}

/* The public key of one type from a filled builder, which is freed. */
static EVP_PKEY *
from_params(const char *type, OSSL_PARAM_BLD *bld)
{
	EVP_PKEY_CTX	*ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM	*par = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY	*pkey = NULL;

	if (ctx == NULL || par == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, par) != 1)
		pkey = NULL;
	OSSL_PARAM_free(par);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static enum jwk_err
load_rsa(struct json_object *o, struct jwk *k)
{
	unsigned char	 nb[BYTES_MAX], eb[BYTES_MAX];
	OSSL_PARAM_BLD	*bld;
	BIGNUM		*n, *e;
	enum jwk_err	 err = JWK_CRYPTO;
	size_t		 nlen, elen;

	if (!bytes(o, "n", nb, &nlen) || !bytes(o, "e", eb, &elen))
		return JWK_SHAPE;
	n = BN_bin2bn(nb, (int)nlen, NULL);
	e = BN_bin2bn(eb, (int)elen, NULL);
	if (n == NULL || e == NULL)
		goto out;
	err = JWK_WEAK;
	/* e past 64 bits is nobody's, and makes verifying slow. */
	if (BN_num_bits(n) < RSA_BITS_MIN || BN_num_bits(n) > RSA_BITS_MAX ||
	    !BN_is_odd(n) || !BN_is_odd(e) || BN_is_one(e) ||
	    BN_num_bits(e) > 64)
		goto out;
	err = JWK_CRYPTO;
	if ((bld = OSSL_PARAM_BLD_new()) == NULL)
		goto out;
	if (OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e) != 1)
		OSSL_PARAM_BLD_free(bld);
	else if ((k->pkey = from_params("RSA", bld)) != NULL)
		err = JWK_OK;
out:
	BN_free(n);
	BN_free(e);
	return err;
}

static enum jwk_err
load_ec(struct json_object *o, struct jwk *k)
{
	unsigned char	 b[BYTES_MAX], point[1 + 2 * EC_BYTES];
	OSSL_PARAM_BLD	*bld;
	const char	*crv;
	size_t		 i, len;

	if ((crv = member(o, "crv")) == NULL || strcmp(crv, "P-256") != 0)
		return JWK_CRV;
	point[0] = POINT_CONVERSION_UNCOMPRESSED;
	for (i = 0; i < 2; i++) {
		/* RFC 7518, 6.2.1.2: the full size, leading zeros kept. */
		if (!bytes(o, i == 0 ? "x" : "y", b, &len) || len != EC_BYTES)
			return JWK_SHAPE;
		memcpy(point + 1 + i * EC_BYTES, b, EC_BYTES);
	}
	if ((bld = OSSL_PARAM_BLD_new()) == NULL)
		return JWK_CRYPTO;
	if (OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
	    "prime256v1", 0) != 1 || OSSL_PARAM_BLD_push_octet_string(bld,
	    OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)) != 1) {
		OSSL_PARAM_BLD_free(bld);
		return JWK_CRYPTO;
	}
	/* OpenSSL refuses a point that is not on the curve here. */
	k->pkey = from_params("EC", bld);
	return k->pkey != NULL ? JWK_OK : JWK_POINT;
}

static enum jwk_err
load_okp(struct json_object *o, struct jwk *k)
{
	unsigned char	 x[BYTES_MAX];
	const char	*crv;
	size_t		 len;

	if ((crv = member(o, "crv")) == NULL || strcmp(crv, "Ed25519") != 0)
		return JWK_CRV;
	if (!bytes(o, "x", x, &len) || len != 32)
		return JWK_SHAPE;
	k->pkey = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, x, len);
	return k->pkey != NULL ? JWK_OK : JWK_CRYPTO;
}

/* One context for all verifications, so that nothing is fetched per token. */
static bool
prepare(struct jwk *k)
{
	EVP_PKEY_CTX	*ctx;

	if (k->alg == JWK_EDDSA)
		return true;
	k->verify = ctx = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
	if (ctx == NULL || EVP_PKEY_verify_init(ctx) != 1)
		return false;
	if (k->alg == JWK_RS256 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1)
		return false;
	if (k->alg == JWK_PS256 &&
	    (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, SALT_BYTES) != 1))
		return false;
	return EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1;
}

static enum jwk_err
load_key(struct json_object *o, struct jwk *k)
{
	enum jwk_err	 err;

	if ((err = pin(o, k)) != JWK_OK || (err = purpose(o)) != JWK_OK ||
	    (err = name(o, k)) != JWK_OK)
		return err;
	if (k->alg == JWK_ES256)
		err = load_ec(o, k);
	else if (k->alg == JWK_EDDSA)
		err = load_okp(o, k);
	else
		err = load_rsa(o, k);
	return err != JWK_OK || prepare(k) ? err : JWK_CRYPTO;
}

enum jwk_err
jwk_load(struct json_object *o, struct jwk *k)
{
	enum jwk_err	 err = JWK_SHAPE;

	memset(k, 0, sizeof(*k));
	if (json_object_is_type(o, json_type_object))
		err = load_key(o, k);
	if (err != JWK_OK) {
		jwk_clear(k);
		ERR_clear_error();
	}
	return err;
}

enum jwk_err
jwk_secret(const void *secret, size_t len, struct jwk *k)
{
	memset(k, 0, sizeof(*k));
	if (len < JWK_SECRET_MIN)
		return JWK_WEAK;
	if ((k->secret = OPENSSL_memdup(secret, len)) == NULL)
		return JWK_CRYPTO;
	k->alg = JWK_HS256;
	k->secretlen = len;
	return JWK_OK;
}

bool
jwk_set_load(const char *text, size_t len, struct jwk_set *set)
{
	struct arena		*a = arena_new(64 * 1024);
	struct json_object	*o, *keys;
	size_t			 i;
	bool			 ok;

	memset(set, 0, sizeof(*set));
	ok = json_parse(a, text, len, JSON_NEST, &o) == JSON_OK &&
	    json_object_is_type(o, json_type_object) &&
	    json_object_object_get_ex(o, "keys", &keys) &&
	    json_object_is_type(keys, json_type_array);
	for (i = 0; ok && i < json_object_array_length(keys); i++)
		if (set->n < JWK_SET_MAX &&
		    jwk_load(json_object_array_get_idx(keys, i),
		    &set->v[set->n]) == JWK_OK)
			set->n++;
		else
			set->refused++;
	arena_free(a);
	return ok;
}

void
jwk_clear(struct jwk *k)
{
	EVP_PKEY_CTX_free(k->verify);
	EVP_PKEY_free(k->pkey);
	OPENSSL_clear_free(k->secret, k->secretlen);
	memset(k, 0, sizeof(*k));
}

void
jwk_set_clear(struct jwk_set *set)
{
	while (set->n > 0)
		jwk_clear(&set->v[--set->n]);
}
