/* eax.c: AES-EAX, which OpenSSL lacks, over its CMAC and CTR. */
#include "config.h"

#include "codec/eax.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdint.h>

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

static const struct aes {
	size_t		 keylen;
	const char	*cbc, *ctr;
} ciphers[] = {
	{ 16, "AES-128-CBC", "AES-128-CTR" },
	{ 24, "AES-192-CBC", "AES-192-CTR" },
	{ 32, "AES-256-CBC", "AES-256-CTR" },
};

static const struct aes *
aes_of(size_t keylen)
{
	size_t	i;

	for (i = 0; i < nitems(ciphers); i++)
		if (ciphers[i].keylen == keylen)
			return &ciphers[i];
	return NULL;
}

bool
eax_key_ok(size_t keylen)
{
	return aes_of(keylen) != NULL;
}

/* counter: OMAC_0 of the nonce, the first counter block. */
static bool
tag_ok(const struct aes *aes, const void *key, const unsigned char *in,
    size_t n, unsigned char counter[BLOCK])
{
	OSSL_PARAM	 params[2];
	EVP_MAC		*mac = EVP_MAC_fetch(NULL, "CMAC", NULL);
	EVP_MAC_CTX	*ctx = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
	unsigned char	 header[BLOCK], body[BLOCK];
	bool		 ok;
	int		 i;

	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER,
	    (char *)(uintptr_t)aes->cbc, 0);
	params[1] = OSSL_PARAM_construct_end();
	ok = ctx != NULL && EVP_MAC_CTX_set_params(ctx, params) == 1 &&
	    omac(ctx, key, aes->keylen, 0, in, BLOCK, counter) &&
	    omac(ctx, key, aes->keylen, 1, NULL, 0, header) &&
	    omac(ctx, key, aes->keylen, 2, in + EAX_OVERHEAD, n - EAX_OVERHEAD,
	    body);
	for (i = 0; ok && i < BLOCK; i++)
		body[i] ^= counter[i] ^ header[i];
	ok = ok && CRYPTO_memcmp(body, in + BLOCK, BLOCK) == 0;
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	return ok;
}

static bool
ctr(const struct aes *aes, const void *key, const unsigned char *counter,
    const unsigned char *in, size_t n, void *out)
{
	EVP_CIPHER	*cipher;
	EVP_CIPHER_CTX	*ctx = EVP_CIPHER_CTX_new();
	int		 len;
	bool		 ok;

	cipher = EVP_CIPHER_fetch(NULL, aes->ctr, NULL);
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
	const struct aes	*aes = aes_of(keylen);
	unsigned char		 counter[BLOCK];

	if (aes == NULL || n < EAX_OVERHEAD ||
	    !tag_ok(aes, key, in, n, counter))
		return false;
	return n == EAX_OVERHEAD || ctr(aes, key, counter, in + EAX_OVERHEAD,
	    n - EAX_OVERHEAD, out);
}
