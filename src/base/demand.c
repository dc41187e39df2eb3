/* demand.c: what the texts of some options must look like. */
#include "config.h"

#include "base/demand.h"

#include <stdbool.h>
#include <string.h>

#include "base/b64.h"
#include "base/text.h"

#define HS256_MIN	32	/* bytes; RFC 7518, 3.2 */
#define MODEL_MAX	128	/* code points */
#define FERNET_KEY	32	/* bytes, as 44 characters */

#define LOWER		"abcdefghijklmnopqrstuvwxyz"
#define UPPER		"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS		"0123456789"

static bool
is_level(const char *s)
{
	return strcmp(s, "error") == 0 || strcmp(s, "warn") == 0 ||
	    strcmp(s, "info") == 0 || strcmp(s, "debug") == 0;
}

static bool
is_prune(const char *s)
{
	return strcmp(s, "off") == 0 || strcmp(s, "keep-latest") == 0;
}

/* RFC 9110, 5.6.2. */
static bool
is_token(const char *s)
{
	size_t	n;

	n = strspn(s, "!#$%&'*+-.^_`|~0123456789"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	return n > 0 && s[n] == '\0';
}

static bool
is_strong(const char *s)
{
	return strlen(s) >= HS256_MIN;
}

/* scheme "://" host [":" port], as a browser writes it (RFC 6454, 6.2). */
static bool
is_origin(const char *s)
{
	static const char	 scheme[] =
	    "abcdefghijklmnopqrstuvwxyz0123456789+-.";
	static const char	 host[] =
	    "abcdefghijklmnopqrstuvwxyz0123456789-._";
	int64_t			 port;
	size_t			 n;

	n = strspn(s, scheme);
	if (n == 0 || s[0] < 'a' || s[0] > 'z' ||
	    strncmp(s + n, "://", 3) != 0)
		return false;
	s += n + 3;
	if (*s == '[') {
		n = strspn(s + 1, "0123456789abcdef:.");
		if (n == 0 || s[n + 1] != ']')
			return false;
		s += n + 2;
	} else {
		if ((n = strspn(s, host)) == 0)
			return false;
		s += n;
	}
	return *s == '\0' || (*s == ':' &&
	    int_strict(s + 1, strlen(s + 1), 1, 65535, &port));
}

static bool
is_location(const char *s)
{
	static const char	chars[] = "0123456789-._/"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	if (*s == '@')
		return s[1] != '\0' && strchr(s, '/') == NULL &&
		    s[1 + strspn(s + 1, chars)] == '\0';
	return *s == '/' && s[strspn(s, chars)] == '\0';
}

static bool
is_aes_key(const char *s)
{
	size_t	n = strlen(s);

	return n == 16 || n == 24 || n == 32;
}

/* PostgreSQL cuts longer names silently. */
static bool
is_identifier(const char *s)
{
	return strlen(s) <= 63;
}

/* What the key of links is called in published sources opens nothing. */
static bool
is_link_secret(const char *s)
{
	return is_strong(s) &&
	    strcmp(s, "default-secret-change-in-production") != 0 &&
	    strcmp(s, "fixed-secret-key-for-development") != 0;
}

static bool
is_fernet_key(const char *s)
{
	unsigned char	 key[FERNET_KEY + 4];
	size_t		 len = strlen(s), n;
	bool		 ok;

	ok = len == 44 && b64url_decode_padded(s, len, key, &n) &&
	    n == FERNET_KEY;
	explicit_bzero(key, sizeof(key));
	return ok;
}

static bool
is_model(const char *s)
{
	size_t	n = strlen(s);

	return utf8_valid(s, n) && utf8_count(s, n) <= MODEL_MAX;
}

static bool
is_auto_title(const char *s)
{
	return strcmp(s, "first_message") == 0 || strcmp(s, "off") == 0;
}

static bool
is_agent_missing(const char *s)
{
	return strcmp(s, "store") == 0 || strcmp(s, "stream") == 0;
}

static bool
is_store_access(const char *s)
{
	return strcmp(s, "agent") == 0 || strcmp(s, "user") == 0;
}

/* Such a path goes into nginx's configuration, too. */
static bool
is_directory(const char *s)
{
	return *s == '/';
}

/* http or https, then host, port and path; nothing that signs or hides. */
static bool
is_base_url(const char *s)
{
	char	 origin[256];
	size_t	 n;

	n = strncmp(s, "https://", 8) == 0 ? 8 :
	    strncmp(s, "http://", 7) == 0 ? 7 : 0;
	if (n == 0)
		return false;
	n += strcspn(s + n, "/");
	if (n >= sizeof(origin))
		return false;
	memcpy(origin, s, n);
	origin[n] = '\0';
	s += n;
	n = strlen(s);
	return is_origin(origin) && strstr(s, "//") == NULL &&
	    s[strspn(s, "/-._~" DIGITS LOWER UPPER)] == '\0' &&
	    (n == 0 || s[n - 1] != '/');
}

/* A bucket's name, also that of servers which know looser rules. */
static bool
is_bucket(const char *s)
{
	size_t	n = strspn(s, "-._" DIGITS LOWER UPPER);

	return s[n] == '\0' && n >= 3 && n <= 255 &&
	    strchr("-._", s[0]) == NULL && strchr("-._", s[n - 1]) == NULL;
}

static bool
is_region(const char *s)
{
	size_t	n = strspn(s, "-" DIGITS LOWER);

	return s[n] == '\0' && n <= 63;
}

/* It stands in a header, and between the slashes of a credential. */
static bool
is_key_id(const char *s)
{
	size_t	n = strspn(s, "-._" DIGITS LOWER UPPER);

	return s[n] == '\0' && n <= 128;
}

static bool
is_graphic(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

/* type "/" subtype (RFC 6838, 4.2), in lower case. */
static bool
is_media_type(const char *s)
{
	static const char	chars[] = "!#$&-^_.+" DIGITS LOWER;
	size_t			n = strspn(s, chars), m;

	if (n == 0 || s[n] != '/')
		return false;
	m = strspn(s + n + 1, chars);
	return m > 0 && s[n + 1 + m] == '\0';
}

static const struct {
	const char	*name;
	bool		(*ok)(const char *);	/* never with "" */
	const char	*why;
} demands[] = {
	{ "LOG_LEVEL", is_level, "must be error, warn, info or debug" },
	{ "CHECKPOINT_PRUNE", is_prune, "must be off or keep-latest" },
	{ "JWT_HEADER", is_token, "must be the name of a header" },
	{ "JWT_HS256_SECRET", is_strong, "must have 32 bytes at least" },
	{ "CORS_ALLOWED_ORIGINS", is_origin, "each must be an exact origin, "
	  "scheme://host or scheme://host:port in lower case" },
	{ "AGENT_LOCATION", is_location, "must be @name or a path" },
	{ "LANGGRAPH_AES_KEY", is_aes_key, "must have 16, 24 or 32 bytes" },
	{ "CHECKPOINT_SCHEMA", is_identifier, "must have 63 bytes at most" },
	{ "DEFAULT_MODEL", is_model, "must have 128 characters at most" },
	{ "AUTO_TITLE", is_auto_title, "must be first_message or off" },
	{ "AGENT_MISSING", is_agent_missing, "must be store or stream" },
	{ "ARTIFACTS_SECRET", is_link_secret, "each must have 32 bytes at "
	  "least, and be no published default" },
	{ "ARTIFACTS_PUBLIC_BASE_URL", is_base_url, "must be http:// or "
	  "https://, a host in lower case, and no slash at the end" },
	{ "ARTIFACTS_INLINE_TYPES", is_media_type, "each must be "
	  "type/subtype in lower case" },
	{ "BLOBSTORE_DIR", is_directory, "must begin with a slash" },
	{ "S3_BUCKET", is_bucket, "must be the name of a bucket" },
	{ "S3_ENDPOINT", is_base_url, "must be http:// or https://, a host "
	  "in lower case, and no slash at the end" },
	{ "AWS_REGION", is_region, "must be the name of a region" },
	{ "AWS_ACCESS_KEY_ID", is_key_id, "must be the id of a key" },
	{ "AWS_SECRET_ACCESS_KEY", is_graphic, "must be printable ASCII" },
	{ "AWS_SESSION_TOKEN", is_graphic, "must be printable ASCII" },
	{ "ENCRYPTION_KEY", is_fernet_key, "each must be 32 bytes in urlsafe "
	  "base64, as bobbin key generate prints them" },
	{ "CHATKIT_STORE_ACCESS", is_store_access, "must be agent or user" },
};

const char *
demand_unmet(const char *name, const char *s)
{
	size_t	i;

	for (i = 0; i < nitems(demands); i++)
		if (strcmp(demands[i].name, name) == 0 && !demands[i].ok(s))
			return demands[i].why;
	return NULL;
}
