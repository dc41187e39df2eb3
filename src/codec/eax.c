/* eax.c: AES-EAX, which OpenSSL lacks, over its CMAC and CTR. */
#include "config.h"

#include "codec/eax.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#define BLOCK	16

/* OMAC_t(x) of Bellare, Rogaway and Wagner: CMAC over t as a block, then x. */
static bool
omac(EVP_MAC_CTX *ctx, const void *key, size_t keylen, unsigned char t,
    const void *x, size_t n, unsigned char mac[BLOCK])
{
	unsigned char	block[BLOCK] = { [BLOCK - 1] = t };
	size_t		len;

	return EVP_MAC_init(ctx, key, keylen, NULL) == 1 &&
	    EVP_MAC_update(ctx, block, BLOCK) == 1 &&
	    (n == 0 || EVP_MAC_update(ctx, x, n) == 1) &&
	    EVP_MAC_final(ctx, mac, &len, BLOCK) == 1 && len == BLOCK;
}

static const char *
cipher_name(size_t keylen, bool ctr)
{
	switch (keylen) {
	case 16:
		return ctr ? "AES-128-CTR" : "AES-128-CBC";
	case 24:
		return ctr ? "AES-192-CTR" : "AES-192-CBC";
	case 32:
		return ctr ? "AES-256-CTR" : "AES-256-CBC";
	default:
		return NULL;
	}
}

bool
eax_key_ok(size_t keylen)
{
	return cipher_name(keylen, true) != NULL;
}

/* counter: OMAC_0 of the nonce, the first counter block. */
static bool
tag_ok(const void *key, size_t keylen, const unsigned char *in, size_t n,
    unsigned char counter[BLOCK])
{
	char		 cbc[16];
	OSSL_PARAM	 params[2];
	EVP_MAC		*mac = EVP_MAC_fetch(NULL, "CMAC", NULL);
	EVP_MAC_CTX	*ctx = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
	unsigned char	 header[BLOCK], body[BLOCK];
	bool		 ok;
	int		 i;

	strcpy(cbc, cipher_name(keylen, false));
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER,
	    cbc, 0);
	params[1] = OSSL_PARAM_construct_end();
	ok = ctx != NULL && EVP_MAC_CTX_set_params(ctx, params) == 1 &&
	    omac(ctx, key, keylen, 0, in, BLOCK, counter) &&
	    omac(ctx, key, keylen, 1, NULL, 0, header) &&
	    omac(ctx, key, keylen, 2, in + EAX_OVERHEAD, n - EAX_OVERHEAD,
	    body);
	for (i = 0; ok && i < BLOCK; i++)
		body[i] ^= counter[i] ^ header[i];
	ok = ok && CRYPTO_memcmp(body, in + BLOCK, BLOCK) == 0;
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	return ok;
}

static bool
ctr(const void *key, size_t keylen, const unsigned char counter[BLOCK],
    const unsigned char *in, size_t n, void *out)
{
	EVP_CIPHER	*cipher;
	EVP_CIPHER_CTX	*ctx = EVP_CIPHER_CTX_new();
	int		 len;
	bool		 ok;

	cipher = EVP_CIPHER_fetch(NULL, cipher_name(keylen, true), NULL);
	ok = ctx != NULL && cipher != NULL && n <= INT_MAX &&
	    EVP_DecryptInit_ex2(ctx, cipher, key, counter, NULL) == 1 &&
	    EVP_DecryptUpdate(ctx, out, &len, in, (int)n) == 1 &&
	    (size_t)len == n;
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	return ok;
}

bool
eax_open(const void *key, size_t keylen, const void *sealed, size_t n,
    void *out)
{
	const unsigned char	*in = sealed;
	unsigned char		 counter[BLOCK];

	if (!eax_key_ok(keylen) || n < EAX_OVERHEAD ||
	    !tag_ok(key, keylen, in, n, counter))
		return false;
	return n == EAX_OVERHEAD || ctr(key, keylen, counter,
	    in + EAX_OVERHEAD, n - EAX_OVERHEAD, out);
}
