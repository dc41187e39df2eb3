/* channel.c: where live events go: names that tell nothing and fit nobody. */
#include "config.h"

#include "core/channel.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "base/b64.h"
#include "base/buf.h"

#define LABEL_MAX	1100	/* the longest email is 1020 bytes */

bool
channel_name(const struct conf *conf, const char *owner, const char *thread,
    char out[CHANNEL_NAME])
{
	char		label[LABEL_MAX];
	unsigned char	mac[32];
	struct buf	b;
	int		n;
	bool		ok;

	if (conf->event_secrets.n == 0)
		return false;
	/* An uuid has no ':', and 36 characters: no two labels are the same. */
	n = snprintf(label, sizeof(label), "channel:%s:%s",
	    thread != NULL ? thread : "", owner);
	if (n < 0 || (size_t)n >= sizeof(label) || HMAC(EVP_sha256(),
	    conf->event_secrets.v[0], (int)strlen(conf->event_secrets.v[0]),
	    (const unsigned char *)label, (size_t)n, mac, NULL) == NULL)
		return false;
	buf_init(&b, 256);
	b64url_encode(&b, mac, sizeof(mac));
	ok = !b.over && b.len == CHANNEL_NAME - 1;
	if (ok)
		memcpy(out, b.p, b.len);
	out[ok ? b.len : 0] = '\0';
	buf_free(&b);
	return ok;
}
