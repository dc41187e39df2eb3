/* s3.c: one object put, looked at, deleted; signed, and streamed from disk. */
#include "config.h"

#include "jobs/s3.h"

#include <sys/stat.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/b64.h"
#include "base/log.h"
#include "codec/sigv4.h"

#define HASH		32
#define URL_MAX		2048
#define HEADER_MAX	16384	/* a session token is long */
/* SHA-256 of nothing: S3 wants the hash of each body. */
#define EMPTY		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca4" \
			"95991b7852b855"

/* One request, and the texts that it points into. */
struct call {
	struct httpc_req	 req;
	size_t			 nheaders;
	struct buf		 url, token, hash, sum;
	char			 sigv4[128];
};

static void
text(struct buf *b, const char *head, const char *tail)
{
	buf_str(b, head);
	buf_str(b, tail);
	buf_add(b, "", 1);
}

static void
header(struct call *c, struct buf *b, const char *name, const char *value)
{
	text(b, name, value);
	c->req.headers[c->nheaders++] = b->p;
}

/* body: SHA-256 of what is sent.  False: out of memory. */
static bool
prepare(struct call *c, const struct conf *conf, const char *method,
    const char *sha256, const char *body)
{
	struct s3_place	place;
	char		key[S3_KEY_MAX];

	memset(c, 0, sizeof(*c));
	buf_init(&c->url, URL_MAX);
	buf_init(&c->token, HEADER_MAX + 64);
	buf_init(&c->hash, HEADER_MAX);
	buf_init(&c->sum, HEADER_MAX);
	s3_place(conf, &place);
	s3_key(sha256, key);
	s3_url(&c->url, &place, key);
	buf_add(&c->url, "", 1);
	snprintf(c->sigv4, sizeof(c->sigv4), "aws:amz:%s:s3", place.region);
	c->req.method = method;
	c->req.url = c->url.p;
	c->req.sigv4 = c->sigv4;
	c->req.key_id = place.key_id;
	c->req.secret = place.secret;
	header(c, &c->hash, "x-amz-content-sha256: ", body);
	if (place.token != NULL)
		header(c, &c->token, "x-amz-security-token: ", place.token);
	return !c->url.over && !c->hash.over && !c->token.over;
}

static void
finish(struct call *c)
{
	buf_free(&c->url);
	buf_free(&c->token);
	buf_free(&c->hash);
	buf_free(&c->sum);
}

static bool
says(const struct httpc_res *res, const char *code)
{
	return memmem(res->body, res->bodylen, code, strlen(code)) != NULL;
}

/* What the server's answer comes to, where a 404 is the bucket's. */
static enum s3_rc
judge(const char *what, const char *sha256, const struct httpc_res *res)
{
	if (res->status >= 200 && res->status < 300)
		return S3_OK;
	if (res->status == 0) {
		log_warn("s3: %s %.8s: %s", what, sha256, res->why);
		return S3_RETRY;
	}
	log_warn("s3: %s %.8s: status %d%s", what, sha256, res->status,
	    says(res, "NoSuchBucket") ? ", no such bucket" : "");
	if (res->status == 408 || res->status == 409 || res->status == 429 ||
	    res->status >= 500 || says(res, "RequestTimeout"))
		return S3_RETRY;
	return S3_DENIED;
}

/* "x-amz-checksum-sha256: " and the hash again, as base64. */
static bool
add_checksum(struct call *c, const char *sha256)
{
	unsigned char	 hash[HASH];
	unsigned	 byte;
	size_t		 i;

	for (i = 0; i < HASH; i++) {
		if (sscanf(sha256 + 2 * i, "%2x", &byte) != 1)
			return false;
		hash[i] = (unsigned char)byte;
	}
	buf_str(&c->sum, "x-amz-checksum-sha256: ");
	b64_encode(&c->sum, hash, HASH);
	buf_add(&c->sum, "", 1);
	c->req.headers[c->nheaders++] = c->sum.p;
	return !c->sum.over;
}

static FILE *
open_file(const char *path, int64_t size)
{
	struct stat	 st;
	FILE		*f;
	int		 fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == size &&
	    (f = fdopen(fd, "r")) != NULL)
		return f;
	close(fd);
	return NULL;
}

enum s3_rc
s3_put(struct httpc *http, const struct conf *conf, const char *sha256,
    const char *path, int64_t size)
{
	struct httpc_res	 res;
	struct call		 c;
	enum s3_rc		 rc = S3_RETRY;
	FILE			*f;

	if ((f = open_file(path, size)) == NULL) {
		log_error("s3: put %.8s: no such file of %lld bytes", sha256,
		    (long long)size);
		return S3_MISSING;
	}
	if (prepare(&c, conf, "PUT", sha256, sha256) &&
	    add_checksum(&c, sha256)) {
		c.req.file = f;
		c.req.filelen = size;
		httpc_send(http, &c.req, &res);
		rc = judge("put", sha256, &res);
	}
	finish(&c);
	fclose(f);
	return rc;
}

/*
 * A HEAD's 404 has no body that tells the object from the bucket; taking a
 * wrong bucket's for the object's would lose every blob.
 */
static enum s3_rc
why_missing(struct httpc *http, const struct conf *conf, const char *sha256)
{
	struct httpc_res	 res;
	struct call		 c;
	enum s3_rc		 rc = S3_RETRY;

	if (prepare(&c, conf, "GET", sha256, EMPTY)) {
		c.req.headers[c.nheaders++] = "Range: bytes=0-0";
		httpc_send(http, &c.req, &res);
		if (res.status == 404 && says(&res, "NoSuchKey"))
			rc = S3_MISSING;
		else if ((rc = judge("get", sha256, &res)) == S3_OK)
			rc = S3_RETRY;	/* it has just come */
	}
	finish(&c);
	return rc;
}

enum s3_rc
s3_head(struct httpc *http, const struct conf *conf, const char *sha256,
    int64_t *size)
{
	struct httpc_res	 res;
	struct call		 c;
	enum s3_rc		 rc = S3_RETRY;

	if (prepare(&c, conf, "HEAD", sha256, EMPTY)) {
		httpc_send(http, &c.req, &res);
		*size = res.length;
		rc = res.status == 404 ? why_missing(http, conf, sha256) :
		    judge("head", sha256, &res);
	}
	finish(&c);
	return rc == S3_OK && *size < 0 ? S3_RETRY : rc;
}

enum s3_rc
s3_delete(struct httpc *http, const struct conf *conf, const char *sha256)
{
	struct httpc_res	 res;
	struct call		 c;
	enum s3_rc		 rc = S3_RETRY;

	if (prepare(&c, conf, "DELETE", sha256, EMPTY)) {
		httpc_send(http, &c.req, &res);
		rc = res.status == 404 && says(&res, "NoSuchKey") ? S3_OK :
		    judge("delete", sha256, &res);
	}
	finish(&c);
	return rc;
}
