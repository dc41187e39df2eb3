/* test_eax.c: AES-EAX against a sealing of our own; each type's outcome. */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>

#include "codec/eax.h"
#include "codec/lcvalue.h"
#include "unit/lctest.h"
#include "unit/unit.h"

#define BLOCK	16

/* OMAC_t(x) of the paper: CMAC over fifteen zero bytes, t, x. */
static void
omac(const void *key, size_t nkey, unsigned char t, const void *x, size_t n,
    unsigned char out[BLOCK])
{
	unsigned char	 in[512] = { 0 };
	size_t		 len;

	in[BLOCK - 1] = t;
	memcpy(in + BLOCK, x, n);
	check("CMAC", true, EVP_Q_mac(NULL, "CMAC", NULL, nkey == 16 ?
	    "AES-128-CBC" : nkey == 24 ? "AES-192-CBC" : "AES-256-CBC", NULL,
	    key, nkey, in, BLOCK + n, out, BLOCK, &len) != NULL);
}

/* Nonce, tag, ciphertext: what LangGraph's serializer stores. */
static void
seal(const void *key, size_t nkey, const void *nonce, const void *text,
    size_t n, unsigned char *out)
{
	unsigned char	 iv[BLOCK], mac[BLOCK], none[BLOCK];
	EVP_CIPHER_CTX	*ctx = EVP_CIPHER_CTX_new();
	int		 i, len;

	omac(key, nkey, 0, nonce, BLOCK, iv);
	EVP_EncryptInit_ex(ctx, nkey == 16 ? EVP_aes_128_ctr() : nkey == 24 ?
	    EVP_aes_192_ctr() : EVP_aes_256_ctr(), NULL, key, iv);
	EVP_EncryptUpdate(ctx, out + EAX_OVERHEAD, &len, text, (int)n);
	EVP_CIPHER_CTX_free(ctx);
	omac(key, nkey, 1, "", 0, none);
	omac(key, nkey, 2, out + EAX_OVERHEAD, n, mac);
	memcpy(out, nonce, BLOCK);
	for (i = 0; i < BLOCK; i++)
		out[BLOCK + i] = mac[i] ^ none[i] ^ iv[i];
}

static void
opens_what_was_sealed(void)
{
	static const size_t	keys[] = { 16, 24, 32 };
	unsigned char		key[32], text[256], in[256 + EAX_OVERHEAD];
	unsigned char		out[256];
	size_t			k, n;

	RAND_bytes(key, sizeof(key));
	RAND_bytes(text, sizeof(text));
	for (k = 0; k < nitems(keys); k++)
		for (n = 0; n <= sizeof(text); n += n < 34 ? 1 : 37) {
			seal(key, keys[k], text, text, n, in);
			check("opens", true, eax_open(key, keys[k], in,
			    n + EAX_OVERHEAD, out));
			check("the same text", 0, memcmp(text, out, n));
		}
}

/* Every single bit counts: of the nonce, the tag, the text and the key. */
static void
refuses_a_changed_bit(void)
{
	struct buf	key, in;
	unsigned char	out[256];
	size_t		i;

	buf_init(&key, 64);
	buf_init(&in, 512);
	buf_str(&key, "0123456789abcdef");
	seal(key.p, key.len, "a nonce of 16 by", "x", 1,
	    (unsigned char *)buf_room(&in, 1 + EAX_OVERHEAD));
	in.len = 1 + EAX_OVERHEAD;
	check("as it was sealed", true,
	    eax_open(key.p, key.len, in.p, in.len, out));
	memset(out, 0x55, sizeof(out));
	for (i = 0; i < in.len * 8; i++) {
		in.p[i / 8] ^= (char)(1 << i % 8);
		check("a changed bit", false,
		    eax_open(key.p, key.len, in.p, in.len, out));
		in.p[i / 8] ^= (char)(1 << i % 8);
	}
	for (i = 0; i < key.len * 8; i++) {
		key.p[i / 8] ^= (char)(1 << i % 8);
		check("another key", false,
		    eax_open(key.p, key.len, in.p, in.len, out));
		key.p[i / 8] ^= (char)(1 << i % 8);
	}
	for (i = 0; i < sizeof(out) && out[i] == 0x55; i++)
		;
	check("nothing was decrypted", sizeof(out), i);
	buf_free(&key);
	buf_free(&in);
}

static void
refuses_wrong_sizes(void)
{
	char	zero[64] = "", out[64];
	size_t	n;

	for (n = 0; n <= 40; n++)
		check("key length", n == 16 || n == 24 || n == 32,
		    eax_key_ok(n));
	for (n = 0; n < EAX_OVERHEAD; n++)
		check("too short", false, eax_open(zero, 16, zero, n, out));
	check("a key of 17", false, eax_open(zero, 17, zero, 40, out));
}

static void
by_type_column(void)
{
	static const struct {
		const char	*why, *type, *key;
		bool		 there;
		enum outcome	 want;
	} c[] = {
		{ "no key", "msgpack+aes", NULL, true, OUT_CIPHER },
		{ "a wrong key", "msgpack+aes", "0000000000000000", true,
		  OUT_CIPHER },
		{ "another cipher", "msgpack+gcm", "0123456789abcdef", true,
		  OUT_CIPHER },
		{ "two ciphers", "msgpack+aes+aes", "0123456789abcdef", true,
		  OUT_CIPHER },
		{ "withheld", "msgpack+aes", "0123456789abcdef", false,
		  OUT_TOO_LARGE },
		{ "pickle", "pickle", NULL, true, OUT_TYPE },
		{ "somebody's", "cbor", NULL, true, OUT_TYPE },
		{ "an upper case one", "JSON", NULL, true, OUT_TYPE },
		{ "empty", "empty", NULL, false, OUT_EMPTY },
		{ "null", "null", NULL, false, OUT_VALUE },
		{ "SQL's NULL", NULL, NULL, false, OUT_VALUE },
		{ "bytes", "bytes", NULL, true, OUT_VALUE },
		{ "a bytearray", "bytearray", NULL, true, OUT_VALUE },
		{ "withheld msgpack", "msgpack", NULL, false, OUT_TOO_LARGE },
	};
	struct lc_opts	o = lc_plain;
	struct lc_blob	b;
	struct buf	out;
	size_t		i;

	for (i = 0; i < nitems(c); i++) {
		buf_init(&out, 4096);
		o.key = c[i].key;
		o.keylen = c[i].key != NULL ? 16 : 0;
		b.type = c[i].type;
		b.p = c[i].there ? "\x00\x01\x02" : NULL;
		b.n = c[i].there ? 3 : 0;
		check(c[i].why, c[i].want, lc_value(&b, &o, 0, &out));
		buf_chr(&out, '\0');
		check_str(c[i].why, c[i].want != OUT_VALUE ? "" :
		    c[i].there ? "\"AAEC\"" : "null", out.p);
		buf_free(&out);
	}
}

static CU_TestInfo	tests[] = {
	{ "opens what was sealed", opens_what_was_sealed },
	{ "refuses a changed bit", refuses_a_changed_bit },
	{ "refuses wrong sizes", refuses_wrong_sizes },
	{ "by type column", by_type_column },
	CU_TEST_INFO_NULL
};

const struct suite	eax_suite = { "eax", tests };
