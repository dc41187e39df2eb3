/* bearer.c: a token's header to claims to identity and access. */
#include "config.h"

#include "auth/bearer.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth/jwks.h"
#include "auth/verdicts.h"
#include "base/text.h"
#include "codec/json.h"
#include "codec/jws.h"

#define EMAIL_MAX	255		/* code points, as the columns have */
#define TIME_MAX	9007199254740992.0	/* 2^53: exact in a double */

struct auth {
	const struct conf *conf;
	struct jwks	*keys;
	struct verdicts	*verdicts;		/* or NULL */
};

static const char *const details[] = {
	[AUTH_OK]         = "",
	[AUTH_NONE]       = "Missing Authorization header",
	[AUTH_SCHEME]     = ("Invalid Authorization header format. "
	    "Expected 'Bearer <token>'"),
	[AUTH_EMPTY]      = "Invalid Authorization header format",
	[AUTH_FORMAT]     = "Invalid JWT token format",
	[AUTH_KEY]        = "Invalid token: public key not found",
	[AUTH_SIGNATURE]  = "Invalid token signature",
	[AUTH_EXPIRED]    = "Token has expired",
	[AUTH_EARLY]      = "Token not yet valid",
	[AUTH_ISSUER]     = "Invalid token issuer",
	[AUTH_AUDIENCE]   = "Invalid token audience",
	[AUTH_EMAIL]      = "User email not found in token",
	[AUTH_UNVERIFIED] = "User email not verified",
	[AUTH_NOKEYS]     = "Token verification keys are unavailable",
};
_Static_assert(nitems(details) == AUTH__MAX, "one text per error");

static const enum auth_err of_jws[] = {
	[JWS_OK]        = AUTH_OK,
	[JWS_SIZE]      = AUTH_FORMAT,
	[JWS_SEGMENTS]  = AUTH_FORMAT,
	[JWS_BASE64]    = AUTH_FORMAT,
	[JWS_HEADER]    = AUTH_FORMAT,
	[JWS_CLAIMS]    = AUTH_FORMAT,
	[JWS_CRIT]      = AUTH_FORMAT,
	[JWS_ALG]       = AUTH_KEY,
	[JWS_KID]       = AUTH_KEY,
	[JWS_KEY]       = AUTH_KEY,
	[JWS_SIGNATURE] = AUTH_SIGNATURE,
};
_Static_assert(nitems(of_jws) == JWS__MAX, "one row per jws_err");

const char *
auth_detail(enum auth_err err)
{
	return details[err];
}

struct auth *
auth_new(const struct conf *conf, struct verdicts *verdicts, char err[256])
{
	struct auth	*au;

	if ((au = calloc(1, sizeof(*au))) == NULL) {
		memcpy(err, "out of memory", sizeof("out of memory"));
		return NULL;
	}
	au->conf = conf;
	au->verdicts = verdicts;
	if ((au->keys = jwks_new(conf, err)) == NULL) {
		free(au);
		return NULL;
	}
	(void)jwks_look(au->keys, now_us() / 1000000);
	return au;
}

void
auth_free(struct auth *au)
{
	if (au == NULL)
		return;
	jwks_free(au->keys);
	free(au);
}

size_t
auth_keys(struct auth *au)
{
	(void)jwks_look(au->keys, now_us() / 1000000);
	return jwks_count(au->keys);
}

/* The text of a string; NULL for anything else. */
static const char *
text_of(struct json_object *v)
{
	return json_object_is_type(v, json_type_string) ?
	    json_object_get_string(v) : NULL;
}

static bool
listed(const struct list *l, const char *s)
{
	size_t	 i;

	for (i = 0; s != NULL && i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return true;
	return false;
}

/* NumericDate (RFC 7519, 2), fraction dropped downwards. */
static bool
seconds(struct json_object *v, int64_t *t)
{
	double	 d;

	if (!json_object_is_type(v, json_type_int) &&
	    !json_object_is_type(v, json_type_double))
		return false;
	d = json_object_get_double(v);
	if (!(d >= -TIME_MAX && d <= TIME_MAX))
		return false;
	*t = (int64_t)d;
	*t -= (double)*t > d;
	return true;
}

static enum auth_err
check_times(const struct conf *conf, struct json_object *claims, int64_t now,
    struct identity *id)
{
	static const char *const	 starts[] = { "nbf", "iat" };
	struct json_object		*v;
	int64_t				 t;
	size_t				 i;

	if (!json_object_object_get_ex(claims, "exp", &v) ||
	    !seconds(v, &id->exp) || now >= id->exp + conf->jwt_leeway)
		return AUTH_EXPIRED;
	for (i = 0; i < nitems(starts); i++)
		if (json_object_object_get_ex(claims, starts[i], &v) &&
		    (!seconds(v, &t) || t > now + conf->jwt_leeway))
			return AUTH_EARLY;
	return AUTH_OK;
}

static bool
for_us(const struct list *ours, struct json_object *aud)
{
	size_t	 i;

	if (!json_object_is_type(aud, json_type_array))
		return listed(ours, text_of(aud));
	for (i = 0; i < json_object_array_length(aud); i++)
		if (listed(ours, text_of(json_object_array_get_idx(aud, i))))
			return true;
	return false;
}

static enum auth_err
check_parties(const struct conf *conf, struct json_object *claims)
{
	struct json_object	*v = NULL;

	if (conf->jwt_iss.n > 0 &&
	    (!json_object_object_get_ex(claims, "iss", &v) ||
	    !listed(&conf->jwt_iss, text_of(v))))
		return AUTH_ISSUER;
	if (conf->jwt_aud.n > 0 &&
	    (!json_object_object_get_ex(claims, "aud", &v) ||
	    !for_us(&conf->jwt_aud, v)))
		return AUTH_AUDIENCE;
	return AUTH_OK;
}

static enum auth_err
check_email(struct json_object *claims, struct arena *a, struct identity *id)
{
	struct json_object	*v;
	const char		*s, *flag;
	char			*email;
	size_t			 i;

	if (!json_object_object_get_ex(claims, "email", &v) ||
	    (s = text_of(v)) == NULL || *s == '\0' ||
	    utf8_count(s, strlen(s)) > EMAIL_MAX)
		return AUTH_EMAIL;
	for (i = 0; s[i] != '\0'; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return AUTH_EMAIL;
	/* Headers lose them on the way to the agent: it were another owner. */
	if (s[0] == ' ' || s[i - 1] == ' ')
		return AUTH_EMAIL;
	if (json_object_object_get_ex(claims, "email_verified", &v) &&
	    ((json_object_is_type(v, json_type_boolean) &&
	    !json_object_get_boolean(v)) || ((flag = text_of(v)) != NULL &&
	    strcasecmp(flag, "false") == 0)))
		return AUTH_UNVERIFIED;
	email = arena_strdup(a, s);
	text_lower(email);
	id->email = email;
	return AUTH_OK;
}

static void
grant(const char *s, size_t len, struct identity *id)
{
	static const char	 agent[] = "bobbin:agent";
	static const char	 admin[] = "bobbin:admin";

	if (len == sizeof(agent) - 1 && memcmp(s, agent, len) == 0)
		id->agent = true;
	if (len == sizeof(admin) - 1 && memcmp(s, admin, len) == 0)
		id->admin = true;
}

static void
grant_each(struct json_object *v, struct identity *id)
{
	const char	*s;
	size_t		 i;

	for (i = 0; i < json_object_array_length(v); i++)
		if ((s = text_of(json_object_array_get_idx(v, i))) != NULL)
			grant(s, strlen(s), id);
}

/* scope: a string (RFC 8693, 4.2) or an array; scp: an array. */
static void
read_scopes(struct json_object *claims, struct identity *id)
{
	struct json_object	*v;
	const char		*s;
	size_t			 n;

	if (json_object_object_get_ex(claims, "scope", &v)) {
		if (json_object_is_type(v, json_type_array))
			grant_each(v, id);
		for (s = text_of(v); s != NULL && *s != '\0'; s += n) {
			s += strspn(s, " ");
			n = strcspn(s, " ");
			grant(s, n, id);
		}
	}
	if (json_object_object_get_ex(claims, "scp", &v) &&
	    json_object_is_type(v, json_type_array))
		grant_each(v, id);
}

static enum auth_err
judge(const struct conf *conf, struct json_object *claims, int64_t now,
    struct arena *a, struct identity *id)
{
	struct json_object	*v;
	const char		*s;
	enum auth_err		 err;

	if ((err = check_times(conf, claims, now, id)) != AUTH_OK ||
	    (err = check_parties(conf, claims)) != AUTH_OK ||
	    (err = check_email(claims, a, id)) != AUTH_OK)
		return err;
	read_scopes(claims, id);
	id->sub = "";
	if (json_object_object_get_ex(claims, "sub", &v) &&
	    (s = text_of(v)) != NULL)
		id->sub = arena_strdup(a, s);
	return AUTH_OK;
}

/* Any key of that algorithm and kid may have signed it. */
static enum auth_err
check_keys(struct jwks *keys, const struct jws *j, int64_t now)
{
	const struct jwk	*k;
	enum jws_err		 err = JWS_KEY;
	size_t			 pos = 0;

	if (!jwks_ready(keys, j->alg))
		return AUTH_NOKEYS;
	while (err != JWS_OK &&
	    (k = jwks_next(keys, j->alg, j->kid, &pos)) != NULL)
		err = jws_check(j, k);
	if (err == JWS_KEY && j->kid != NULL && j->alg != JWK_HS256)
		jwks_want(keys, j->kid, now);
	return of_jws[err];
}

static enum auth_err
verify(struct auth *au, const char *token, size_t len, int64_t now,
    struct arena *a, struct identity *id)
{
	struct json_object	*claims;
	struct jws		 j;
	enum jws_err		 why;
	enum auth_err		 err;

	if ((why = jws_open(a, token, len, &j)) != JWS_OK ||
	    (why = jws_claims(a, &j, &claims)) != JWS_OK ||
	    (why = jws_header(&j)) != JWS_OK)
		err = of_jws[why];
	else if ((err = check_keys(au->keys, &j, now)) == AUTH_OK)
		err = judge(au->conf, claims, now, a, id);
	jws_wipe(&j);
	return err;
}

/* Past "Bearer" (any case) and the spaces after it (RFC 6750, 2.1). */
static enum auth_err
strip_scheme(const char **value)
{
	static const char	 scheme[] = "Bearer";
	const size_t		 n = sizeof(scheme) - 1;
	const char		*s = *value;

	if (strncasecmp(s, scheme, n) != 0 || (s[n] != ' ' && s[n] != '\0'))
		return AUTH_SCHEME;
	*value = s + n + strspn(s + n, " ");
	return AUTH_OK;
}

enum auth_err
auth_identify(struct auth *au, const char *value, bool raw, int64_t now,
    struct arena *a, struct identity *id)
{
	unsigned char	 hash[32];
	enum auth_err	 err;
	uint64_t	 gen;
	size_t		 len;

	memset(id, 0, sizeof(*id));
	if (value == NULL)
		return AUTH_NONE;
	if (!raw && (err = strip_scheme(&value)) != AUTH_OK)
		return err;
	if (*value == '\0')
		return AUTH_EMPTY;
	if ((len = strnlen(value, JWS_MAX + 1)) > JWS_MAX)
		return AUTH_FORMAT;
	gen = jwks_look(au->keys, now);
	if (!jws_sha256(value, len, hash))
		return AUTH_NOKEYS;
	if (au->verdicts != NULL &&
	    verdicts_recall(au->verdicts, hash, gen, now, a, id))
		return AUTH_OK;
	err = verify(au, value, len, now, a, id);
	if (err != AUTH_OK)
		memset(id, 0, sizeof(*id));
	else if (au->verdicts != NULL)
		verdicts_remember(au->verdicts, hash, gen, now,
		    id->exp + au->conf->jwt_leeway, id);
	return err;
}
