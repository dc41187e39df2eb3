#ifndef AUTH_BEARER_H
#define AUTH_BEARER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/conf.h"

/*
 * A_LINK: a token in the query, which the handler checks, or A_USER.
 * A_STORE: scope bobbin:agent, or with CHATKIT_STORE_ACCESS = user any token.
 */
enum access { A_NONE, A_USER, A_AGENT, A_ADMIN, A_LINK, A_STORE, A__MAX };

/* Who sent the token.  Strings live in the request's arena. */
struct identity {
	const char	*email;		/* ASCII lower case, 1..255 bytes */
	const char	*sub;		/* "" if there is none */
	bool		 agent;		/* scope bobbin:agent */
	bool		 admin;		/* scope bobbin:admin */
	int64_t		 exp;		/* seconds since 1970 */
};

enum auth_err {
	AUTH_OK,
	AUTH_NONE,		/* no header */
	AUTH_SCHEME,
	AUTH_EMPTY,
	AUTH_FORMAT,
	AUTH_KEY,
	AUTH_SIGNATURE,
	AUTH_EXPIRED,
	AUTH_EARLY,
	AUTH_ISSUER,
	AUTH_AUDIENCE,
	AUTH_EMAIL,
	AUTH_UNVERIFIED,
	AUTH_NOKEYS,		/* no key set loaded yet: 503 */
	AUTH__MAX
};

/* Keys and claims rules of one worker. */
struct auth;
struct verdicts;

/*
 * Never fails for want of keys: a missing file is looked for again by mtime.
 * NULL: err says why (a secret that is too short).  Free with auth_free();
 * conf must outlive it.  Verdicts are kept in those given, if any.
 */
struct auth	*auth_new(const struct conf *, struct verdicts *,
		    char err[256]) MUST_CHECK;
void		 auth_free(struct auth *);
/*
 * The header's value (NULL: not sent) to an identity.  now: seconds since
 * 1970.  raw: the value is the bare token, without the scheme "Bearer".
 * Verdicts are cached by SHA-256 of the token for min(exp, 60 s), and die
 * with the key generation.
 */
enum auth_err	 auth_identify(struct auth *, const char *value, bool raw,
		    int64_t now, struct arena *, struct identity *) MUST_CHECK;
/* The text for {"detail"}. */
const char	*auth_detail(enum auth_err);
/* How many keys are usable now, for `bobbin check`. */
size_t		 auth_keys(struct auth *) NONNULL;

#endif
