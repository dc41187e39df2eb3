/* sigv4.c: presigned S3 URLs (AWS Signature Version 4, in the query). */
#include "config.h"

#include "codec/sigv4.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TEXT_MAX	65536	/* of what is signed */
#define HASH		32
#define STAMP		17	/* 20130524T000000Z and its NUL */
#define DAY		8	/* of these, the date alone */
#define SERVICE		"/s3/aws4_request"
#define ALGORITHM	"AWS4-HMAC-SHA256"

/* The parts of a URL that both its text and its signature need. */
struct parts {
	const char	*scheme;
	struct buf	 host, path;
};

void
s3_place(const struct conf *conf, struct s3_place *p)
{
	p->bucket = conf->s3_bucket;
	p->region = conf->aws_region;
	p->key_id = conf->aws_key_id;
	p->secret = conf->aws_secret;
	p->token = conf->aws_token;
	p->endpoint = conf->s3_endpoint;
}

void
s3_key(const char *sha256, char out[S3_KEY_MAX])
{
	snprintf(out, S3_KEY_MAX, "output/artifacts/%.2s/%.2s/%.64s", sha256,
	    sha256 + 2, sha256);
}

/* RFC 3986, 2.3: all but the unreserved, and what `keep` names, as %XX. */
static void
escape(struct buf *b, const char *s, const char *keep)
{
	for (; *s != '\0'; s++)
		if ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		    (*s >= '0' && *s <= '9') || strchr("-._~", *s) != NULL ||
		    strchr(keep, *s) != NULL)
			buf_chr(b, *s);
		else
			buf_printf(b, "%%%02X", (unsigned char)*s);
}

/* A wildcard certificate covers one label, so no dots. */
static bool
is_label(const char *bucket)
{
	size_t	n = strspn(bucket, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return bucket[n] == '\0' && n <= 63;
}

static void
at_amazon(struct parts *u, const struct s3_place *p)
{
	u->scheme = "https";
	if (is_label(p->bucket))
		buf_printf(&u->host, "%s.", p->bucket);
	else
		buf_printf(&u->path, "/%s", p->bucket);
	buf_str(&u->host, "s3.");
	if (strcmp(p->region, "us-east-1") != 0)
		buf_printf(&u->host, "%s.", p->region);
	buf_str(&u->host, "amazonaws.com");
	if (strncmp(p->region, "cn-", 3) == 0)
		buf_str(&u->host, ".cn");
}

/* No client names the default port in Host, so the signature must not. */
static void
elsewhere(struct parts *u, const struct s3_place *p)
{
	const char	*host = strstr(p->endpoint, "://") + 3, *port;
	size_t		 n = strcspn(host, "/"), m;

	u->scheme = p->endpoint[4] == 's' ? "https" : "http";
	port = u->scheme[4] == 's' ? ":443" : ":80";
	m = strlen(port);
	buf_add(&u->host, host,
	    n > m && memcmp(host + n - m, port, m) == 0 ? n - m : n);
	buf_str(&u->path, host + n);
	buf_printf(&u->path, "/%s", p->bucket);
}

static void
split(struct parts *u, const struct s3_place *p, const char *key)
{
	buf_init(&u->host, TEXT_MAX);
	buf_init(&u->path, TEXT_MAX);
	if (p->endpoint != NULL)
		elsewhere(u, p);
	else
		at_amazon(u, p);
	buf_chr(&u->path, '/');
	escape(&u->path, key, "/");
}

static void
put_url(struct buf *b, const struct parts *u)
{
	buf_printf(b, "%s://", u->scheme);
	buf_add(b, u->host.p, u->host.len);
	buf_add(b, u->path.p, u->path.len);
}

static void
clear(struct parts *u)
{
	buf_free(&u->host);
	buf_free(&u->path);
}

void
s3_url(struct buf *b, const struct s3_place *p, const char *key)
{
	struct parts	u;

	split(&u, p, key);
	put_url(b, &u);
	clear(&u);
}

static void
parameter(struct buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(b, "%s%s=", b->len > 0 ? "&" : "", name);
	escape(b, value, "");
}

/* All but the signature, in the order in which it wants them: by bytes. */
static void
put_query(struct buf *b, const struct s3_place *p, const struct s3_get *get,
    const char *stamp)
{
	char	credential[512], expires[24];

	snprintf(credential, sizeof(credential), "%s/%.*s/%s" SERVICE,
	    p->key_id, DAY, stamp, p->region);
	snprintf(expires, sizeof(expires), "%lld", (long long)get->expires);
	parameter(b, "X-Amz-Algorithm", ALGORITHM);
	parameter(b, "X-Amz-Credential", credential);
	parameter(b, "X-Amz-Date", stamp);
	parameter(b, "X-Amz-Expires", expires);
	parameter(b, "X-Amz-Security-Token", p->token);
	parameter(b, "X-Amz-SignedHeaders", "host");
	parameter(b, "response-content-disposition", get->disposition);
	parameter(b, "response-content-type", get->type);
}

static bool
hmac(const void *key, size_t keylen, const char *text, size_t len,
    unsigned char out[HASH])
{
	return HMAC(EVP_sha256(), key, (int)keylen,
	    (const unsigned char *)text, len, out, NULL) != NULL;
}

/* The key of this day, region and service, then its word on the text. */
static bool
sign(const struct s3_place *p, const char *stamp, const struct buf *text,
    unsigned char out[HASH])
{
	struct buf	key = { .max = TEXT_MAX };
	bool		ok;

	buf_printf(&key, "AWS4%s", p->secret);
	ok = !key.over && hmac(key.p, key.len, stamp, DAY, out) &&
	    hmac(out, HASH, p->region, strlen(p->region), out) &&
	    hmac(out, HASH, "s3", 2, out) &&
	    hmac(out, HASH, "aws4_request", 12, out) &&
	    hmac(out, HASH, text->p, text->len, out);
	if (key.p != NULL)
		OPENSSL_cleanse(key.p, key.len);
	buf_free(&key);
	return ok;
}

static void
put_hex(struct buf *b, const unsigned char hash[HASH])
{
	size_t	i;

	for (i = 0; i < HASH; i++)
		buf_printf(b, "%02x", hash[i]);
}

/* Algorithm, time, scope, and the hash of the request in canonical form. */
static bool
put_text(struct buf *b, const struct parts *u, const struct s3_place *p,
    const struct s3_get *get, const char *stamp, const struct buf *query)
{
	struct buf	request = { .max = TEXT_MAX };
	unsigned char	hash[HASH];
	bool		ok;

	buf_printf(&request, "%s\n", get->method);
	buf_add(&request, u->path.p, u->path.len);
	buf_chr(&request, '\n');
	buf_add(&request, query->p, query->len);
	buf_str(&request, "\nhost:");
	buf_add(&request, u->host.p, u->host.len);
	buf_str(&request, "\n\nhost\nUNSIGNED-PAYLOAD");
	ok = !request.over && !query->over && !u->host.over && !u->path.over &&
	    EVP_Digest(request.p, request.len, hash, NULL, EVP_sha256(),
	    NULL) == 1;
	buf_free(&request);
	if (!ok)
		return false;
	buf_printf(b, ALGORITHM "\n%s\n%.*s/%s" SERVICE "\n", stamp, DAY,
	    stamp, p->region);
	put_hex(b, hash);
	return !b->over;
}

bool
sigv4_presign(struct buf *out, const struct s3_place *p,
    const struct s3_get *get)
{
	struct buf	 query = { .max = TEXT_MAX };
	struct buf	 text = { .max = TEXT_MAX };
	struct parts	 u;
	struct tm	 tm;
	time_t		 now = get->now;
	unsigned char	 mac[HASH];
	char		 stamp[STAMP];
	bool		 ok;

	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm) == 0)
		return false;
	split(&u, p, get->key);
	put_query(&query, p, get, stamp);
	ok = put_text(&text, &u, p, get, stamp, &query) &&
	    sign(p, stamp, &text, mac);
	if (ok) {
		put_url(out, &u);
		buf_chr(out, '?');
		buf_add(out, query.p, query.len);
		buf_str(out, "&X-Amz-Signature=");
		put_hex(out, mac);
	}
	clear(&u);
	buf_free(&query);
	buf_free(&text);
	return ok && !out->over;
}
