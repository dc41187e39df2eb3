/* b64.c: base64 and base64url, strict both. */
#include "config.h"

#include "base/b64.h"

#include <stdint.h>

static const char std[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The six bits of a character, or -1. */
static int
sextet(char c, const char *alphabet)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == alphabet[62])
		return 62;
	return c == alphabet[63] ? 63 : -1;
}

static bool
decode(const char *s, size_t len, const char *alphabet, unsigned char *out,
    size_t *outlen)
{
	uint32_t	acc = 0;
	unsigned	bits = 0;
	size_t		i, n = 0;
	int		v;

	if (len % 4 == 1)
		return false;
	for (i = 0; i < len; i++) {
		if ((v = sextet(s[i], alphabet)) == -1)
			return false;
		acc = acc << 6 | (uint32_t)v;
		if ((bits += 6) >= 8) {
			bits -= 8;
			out[n++] = (unsigned char)(acc >> bits);
		}
	}
	*outlen = n;
	/* What is left over must be zero: one text for one value. */
	return (acc & ((1U << bits) - 1)) == 0;
}

static void
encode(struct buf *b, const unsigned char *p, size_t n, const char *alphabet,
    bool pad)
{
	uint32_t	v;
	size_t		i, left;
	char		four[4];

	for (i = 0; i < n; i += 3) {
		left = n - i;
		v = (uint32_t)p[i] << 16;
		if (left > 1)
			v |= (uint32_t)p[i + 1] << 8;
		if (left > 2)
			v |= p[i + 2];
		four[0] = alphabet[v >> 18];
		four[1] = alphabet[v >> 12 & 63];
		four[2] = left > 1 ? alphabet[v >> 6 & 63] : '=';
		four[3] = left > 2 ? alphabet[v & 63] : '=';
		buf_add(b, four, left > 2 || pad ? 4 : left + 1);
	}
}

bool
b64url_decode(const char *s, size_t len, void *out, size_t *outlen)
{
	return decode(s, len, url, out, outlen);
}

void
b64url_encode(struct buf *b, const void *p, size_t n)
{
	encode(b, p, n, url, false);
}

static bool
decode_padded(const char *s, size_t len, const char *alphabet, void *out,
    size_t *outlen)
{
	if (len % 4 != 0)
		return false;
	if (len > 0 && s[len - 1] == '=')
		len -= s[len - 2] == '=' ? 2 : 1;
	return decode(s, len, alphabet, out, outlen);
}

bool
b64url_decode_padded(const char *s, size_t len, void *out, size_t *outlen)
{
	return decode_padded(s, len, url, out, outlen);
}

void
b64url_encode_padded(struct buf *b, const void *p, size_t n)
{
	encode(b, p, n, url, true);
}

bool
b64_decode(const char *s, size_t len, void *out, size_t *outlen)
{
	return decode_padded(s, len, std, out, outlen);
}

void
b64_encode(struct buf *b, const void *p, size_t n)
{
	encode(b, p, n, std, true);
}
