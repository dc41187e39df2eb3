#ifndef AUTH_LINK_H
#define AUTH_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/text.h"

/*
 * Tokens in links, which open one thing for one purpose without a header:
 * b64url(message) "." b64url(HMAC-SHA256(secret, message)), and the message
 * is [purpose "."] id "." expiry.
 */
enum link_purpose {
	LINK_READ,		/* an artifact: no prefix */
	LINK_UPLOAD,		/* an attachment: "u." */
	LINK_PREVIEW,		/* "p." */
	LINK_EVENTS,		/* an owner's live events: "e." */
	LINK__MAX
};

enum link_err {
	LINK_OK,
	LINK_FORM,
	LINK_SIGNATURE,		/* by none of the secrets */
	LINK_EXPIRED,
	LINK_OTHER,		/* good, but for another id or purpose */
	LINK_ERR__MAX
};

/*
 * When a link that is made now ends (seconds since 1970): between 3/4 of ttl
 * and ttl from now, and the same for a quarter of ttl.
 */
int64_t	link_expiry(int64_t now, int64_t ttl);
/* Appends a token by the first secret; false without one, or memory. */
bool	link_sign(const struct list *secrets, enum link_purpose,
	    const char *id, int64_t expiry, struct buf *out)
	    NONNULL MUST_CHECK;
/* The first that is wrong, in the order of the enum; id in any case. */
enum link_err	link_verify(const struct list *secrets, enum link_purpose,
		    const char *id, int64_t now, const char *token)
		    NONNULL MUST_CHECK;
/*
 * The same where the id is not known before: LINK_OK puts it into id.  An id
 * that does not fit is LINK_FORM.
 */
enum link_err	link_open(const struct list *secrets, enum link_purpose,
		    int64_t now, const char *token, char *id, size_t max)
		    NONNULL MUST_CHECK;

/* The token of any message by any secret, for link_sign() and vectors. */
bool	link_token(const char *secret, const char *message, struct buf *out)
	    NONNULL MUST_CHECK;

#endif
