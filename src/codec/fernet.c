/* fernet.c: sealed texts: AES-128-CBC under HMAC-SHA256, with a key ring. */
#include "config.h"

#include "codec/fernet.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/b64.h"

#define MARK		0x80
#define BLOCK		16
#define MAC		32
#define HEAD		(1 + 8 + FERNET_IV)
#define HALF		(FERNET_KEY / 2)
#define TEXT_MAX	((size_t)64 * 1024)	/* sealed or to be sealed */

struct fernet {
	unsigned char	 key[FERNET_KEYS][FERNET_KEY];
	size_t		 n;
};

struct fernet *
fernet_new(void)
{
	return calloc(1, sizeof(struct fernet));
}

void
fernet_free(struct fernet *f)
{
	if (f != NULL)
		OPENSSL_cleanse(f, sizeof(*f));
	free(f);
}

bool
fernet_add(struct fernet *f, const char *s, size_t len)
{
	unsigned char	key[FERNET_KEY + 4];
	size_t		n;
	bool		ok;

	ok = f->n < FERNET_KEYS && len == FERNET_KEY_TEXT &&
	    b64url_decode_padded(s, len, key, &n) && n == FERNET_KEY;
	if (ok)
		memcpy(f->key[f->n++], key, FERNET_KEY);
	OPENSSL_cleanse(key, sizeof(key));
	return ok;
}

size_t
fernet_keys(const struct fernet *f)
{
	return f->n;
}

void
fernet_wipe(struct buf *b)
{
	if (b->p != NULL)
		OPENSSL_cleanse(b->p, b->cap);
	buf_free(b);
}

bool
fernet_generate(char out[FERNET_KEY_TEXT + 1])
{
	unsigned char	key[FERNET_KEY];
	struct buf	b = { .max = 2 * FERNET_KEY_TEXT };
	bool		ok;

	if ((ok = RAND_priv_bytes(key, sizeof(key)) == 1)) {
		b64url_encode_padded(&b, key, sizeof(key));
		snprintf(out, FERNET_KEY_TEXT + 1, "%.*s", (int)b.len, b.p);
	}
	OPENSSL_cleanse(key, sizeof(key));
	fernet_wipe(&b);
	return ok;
}

static bool
sign(const unsigned char *key, const unsigned char *p, size_t n,
    unsigned char out[MAC])
{
	return HMAC(EVP_sha256(), key, HALF, p, n, out, NULL) != NULL;
}

/* out takes n + BLOCK bytes. */
static bool
encrypt(const unsigned char *key, const unsigned char *iv, const char *s,
    size_t n, unsigned char *out, size_t *outlen)
{
	EVP_CIPHER_CTX	*ctx = EVP_CIPHER_CTX_new();
	int		 a = 0, b = 0;
	bool		 ok;

	ok = ctx != NULL && EVP_EncryptInit_ex(ctx, EVP_aes_128_cbc(), NULL,
	    key + HALF, iv) == 1 && EVP_EncryptUpdate(ctx, out, &a,
	    (const unsigned char *)s, (int)n) == 1 &&
	    EVP_EncryptFinal_ex(ctx, out + a, &b) == 1;
	EVP_CIPHER_CTX_free(ctx);
	*outlen = (size_t)(a + b);
	return ok;
}

/* False: the padding.  out takes n bytes. */
static bool
decrypt(const unsigned char *key, const unsigned char *iv,
    const unsigned char *p, size_t n, unsigned char *out, size_t *outlen)
{
	EVP_CIPHER_CTX	*ctx = EVP_CIPHER_CTX_new();
	int		 a = 0, b = 0;
	bool		 ok;

	ok = ctx != NULL && EVP_DecryptInit_ex(ctx, EVP_aes_128_cbc(), NULL,
	    key + HALF, iv) == 1 &&
	    EVP_DecryptUpdate(ctx, out, &a, p, (int)n) == 1 &&
	    EVP_DecryptFinal_ex(ctx, out + a, &b) == 1;
	EVP_CIPHER_CTX_free(ctx);
	*outlen = (size_t)(a + b);
	return ok;
}

enum fernet_err
fernet_token(const struct fernet *f, int64_t now,
    const unsigned char iv[FERNET_IV], const char *s, size_t len,
    struct buf *out)
{
	unsigned char	*raw;
	size_t		 n;
	int		 i;
	bool		 ok;

	if (f->n == 0)
		return FERNET_KEYLESS;
	if (len > TEXT_MAX || (raw = malloc(HEAD + len + BLOCK + MAC)) == NULL)
		return FERNET_FAIL;
	raw[0] = MARK;
	for (i = 0; i < 8; i++)
		raw[1 + i] = (unsigned char)((uint64_t)now >> (56 - 8 * i));
	memcpy(raw + 9, iv, FERNET_IV);
	ok = encrypt(f->key[0], iv, s, len, raw + HEAD, &n) &&
	    sign(f->key[0], raw, HEAD + n, raw + HEAD + n);
	if (ok)
		b64url_encode_padded(out, raw, HEAD + n + MAC);
	free(raw);
	return ok && !out->over ? FERNET_OK : FERNET_FAIL;
}

enum fernet_err
fernet_seal(const struct fernet *f, const char *s, size_t len,
    struct buf *out)
{
	struct buf	 token = { .max = 2 * TEXT_MAX };
	unsigned char	 iv[FERNET_IV];
	enum fernet_err	 err = FERNET_FAIL;

	if (RAND_bytes(iv, sizeof(iv)) == 1)
		err = fernet_token(f, time(NULL), iv, s, len, &token);
	if (err == FERNET_OK) {
		b64_encode(out, token.p, token.len);
		if (out->over)
			err = FERNET_FAIL;
	}
	buf_free(&token);
	return err;
}

/* A whole token, decoded: its key by its signature, then its text. */
static enum fernet_err
unseal(const struct fernet *f, const unsigned char *raw, size_t n,
    struct buf *out, size_t *which)
{
	unsigned char	 mac[MAC];
	char		*text;
	size_t		 i, len;

	if (n < HEAD + BLOCK + MAC || (n - HEAD - MAC) % BLOCK != 0 ||
	    raw[0] != MARK)
		return FERNET_FORM;
	n -= MAC;
	for (i = 0; i < f->n; i++)
		if (sign(f->key[i], raw, n, mac) &&
		    CRYPTO_memcmp(mac, raw + n, MAC) == 0)
			break;
	if (i == f->n)
		return FERNET_KEYLESS;
	n -= HEAD;
	if ((text = buf_room(out, n)) == NULL)
		return FERNET_FAIL;
	if (!decrypt(f->key[i], raw + 9, raw + HEAD, n,
	    (unsigned char *)text, &len)) {
		OPENSSL_cleanse(text, n);
		return FERNET_PADDING;
	}
	out->len += len;
	if (which != NULL)
		*which = i;
	return FERNET_OK;
}

enum fernet_err
fernet_open(const struct fernet *f, const char *s, size_t len,
    struct buf *out, size_t *which)
{
	unsigned char	*inner = NULL, *raw = NULL;
	enum fernet_err	 err = FERNET_FORM;
	size_t		 n;

	if (len > 4 * TEXT_MAX)
		return FERNET_FORM;
	if ((inner = malloc(len + 4)) == NULL ||
	    (raw = malloc(len + 4)) == NULL) {
		free(inner);
		return FERNET_FAIL;
	}
	/* A bare token begins "gAAAAA", and no token's base64 does. */
	if (len > 0 && s[0] != 'g') {
		if (b64_decode(s, len, inner, &n) &&
		    b64url_decode_padded((char *)inner, n, raw, &n))
			err = unseal(f, raw, n, out, which);
	} else if (b64url_decode_padded(s, len, raw, &n))
		err = unseal(f, raw, n, out, which);
	free(inner);
	free(raw);
	return err;
}

void
mask_key(const char *key, char out[MASK_MAX])
{
	size_t	n = strlen(key);

	if (n < 8)
		snprintf(out, MASK_MAX, "***");
	else if (strncmp(key, "sk-ant-", 7) == 0)
		snprintf(out, MASK_MAX, "sk-ant-...%s", key + n - 6);
	else if (strncmp(key, "sk-", 3) == 0)
		snprintf(out, MASK_MAX, "sk-...%s", key + n - 6);
	else
		snprintf(out, MASK_MAX, "%.4s...%s", key, key + n - 4);
}

bool
mask_like(const char *s)
{
	return strcmp(s, "***") == 0 || strstr(s, "...") != NULL;
}
