/* link.c: tokens in links, for what cannot send a header. */
#include "config.h"

#include "auth/link.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "base/b64.h"
#include "base/text.h"

#define TOKEN_MAX	1536
#define MESSAGE_MAX	1088	/* the longest email is 1020 bytes */
#define MAC		32

static const char *const prefixes[] = {
	[LINK_READ] = "", [LINK_UPLOAD] = "u.", [LINK_PREVIEW] = "p.",
	[LINK_EVENTS] = "e.",
};
_Static_assert(nitems(prefixes) == LINK__MAX, "one prefix per purpose");

int64_t
link_expiry(int64_t now, int64_t ttl)
{
	int64_t	q = ttl / 4 > 0 ? ttl / 4 : 1;

	return (now + q - 1) / q * q + ttl - q;
}

static bool
mac_of(const char *secret, const void *message, size_t n,
    unsigned char out[MAC])
{
	return HMAC(EVP_sha256(), secret, (int)strlen(secret), message, n,
	    out, NULL) != NULL;
}

bool
link_token(const char *secret, const char *message, struct buf *out)
{
	unsigned char	mac[MAC];
	size_t		n = strlen(message);

	if (!mac_of(secret, message, n, mac))
		return false;
	b64url_encode(out, message, n);
	buf_chr(out, '.');
	b64url_encode(out, mac, sizeof(mac));
	return !out->over;
}

bool
link_sign(const struct list *secrets, enum link_purpose purpose,
    const char *id, int64_t expiry, struct buf *out)
{
	char	message[MESSAGE_MAX];
	int	n;

	n = snprintf(message, sizeof(message), "%s%s.%lld", prefixes[purpose],
	    id, (long long)expiry);
	return secrets->n > 0 && n > 0 && (size_t)n < sizeof(message) &&
	    link_token(secrets->v[0], message, out);
}

static bool
signed_by_any(const struct list *secrets, const void *message, size_t n,
    const unsigned char mac[MAC])
{
	unsigned char	want[MAC];
	size_t		i;

	for (i = 0; i < secrets->n; i++)
		if (mac_of(secrets->v[i], message, n, want) &&
		    CRYPTO_memcmp(want, mac, MAC) == 0)
			return true;
	return false;
}

/* What a token says, before anybody believes it. */
struct claim {
	char		 message[TOKEN_MAX];
	size_t		 len, subject;	/* all of it; up to its last dot */
	int64_t		 expiry;
	unsigned char	 mac[TOKEN_MAX];
	size_t		 maclen;
};

static bool
parse(const char *token, struct claim *c)
{
	const char	*dot = strchr(token, '.'), *last;
	size_t		 n = strlen(token), head;

	if (dot == NULL || n >= TOKEN_MAX)
		return false;
	head = (size_t)(dot - token);
	if (!b64url_decode(token, head, c->message, &c->len) ||
	    !b64url_decode(dot + 1, n - head - 1, c->mac, &c->maclen) ||
	    (last = memrchr(c->message, '.', c->len)) == NULL)
		return false;
	c->subject = (size_t)(last - c->message);
	return int_strict(last + 1, c->len - c->subject - 1, 0, INT64_MAX,
	    &c->expiry);
}

static bool
names(const struct claim *c, enum link_purpose purpose, const char *id)
{
	size_t	head = strlen(prefixes[purpose]), n = strlen(id);

	return c->subject == head + n &&
	    memcmp(c->message, prefixes[purpose], head) == 0 &&
	    text_same(c->message + head, id, n);
}

/* Taken apart into c, and judged but for what it names. */
static enum link_err
judge(const struct list *secrets, int64_t now, const char *token,
    struct claim *c)
{
	if (!parse(token, c))
		return LINK_FORM;
	if (c->maclen != MAC ||
	    !signed_by_any(secrets, c->message, c->len, c->mac))
		return LINK_SIGNATURE;
	return now > c->expiry ? LINK_EXPIRED : LINK_OK;
}

enum link_err
link_verify(const struct list *secrets, enum link_purpose purpose,
    const char *id, int64_t now, const char *token)
{
	struct claim	c;
	enum link_err	err;

	if ((err = judge(secrets, now, token, &c)) != LINK_OK)
		return err;
	return names(&c, purpose, id) ? LINK_OK : LINK_OTHER;
}

enum link_err
link_open(const struct list *secrets, enum link_purpose purpose, int64_t now,
    const char *token, char *id, size_t max)
{
	size_t		head = strlen(prefixes[purpose]), n;
	struct claim	c;
	enum link_err	err;

	if ((err = judge(secrets, now, token, &c)) != LINK_OK)
		return err;
	if (c.subject <= head ||
	    memcmp(c.message, prefixes[purpose], head) != 0)
		return LINK_OTHER;
	n = c.subject - head;
	if (n >= max || memchr(c.message + head, '\0', n) != NULL)
		return LINK_FORM;
	memcpy(id, c.message + head, n);
	id[n] = '\0';
	return LINK_OK;
}
