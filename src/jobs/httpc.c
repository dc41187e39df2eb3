/* httpc.c: one HTTP request with limits; the only user of libcurl. */
#include "config.h"

#include "jobs/httpc.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/text.h"

#define CONNECT_MS	5000L
#define TOTAL_MS	15000L
#define SLOWEST		256		/* bytes a millisecond, on the whole, */
#define STALL_BYTES	1024L		/* and a second, for */
#define STALL_SECONDS	30L

struct httpc {
	CURL		*curl;
	const volatile sig_atomic_t *stop;
	struct buf	 body;
	char		 retry_after[64];
};

static size_t
take_body(char *p, size_t one, size_t n, void *arg)
{
	struct httpc	*h = arg;

	buf_add(&h->body, p, one * n);
	return h->body.over ? 0 : one * n;
}

static size_t
take_header(char *p, size_t one, size_t n, void *arg)
{
	static const char	 name[] = "Retry-After:";
	struct httpc		*h = arg;
	const char		*v = p + sizeof(name) - 1;
	size_t			 len = one * n;

	/* A new status line: what an earlier 1xx said does not count. */
	if (len > 5 && memcmp(p, "HTTP/", 5) == 0)
		h->retry_after[0] = '\0';
	if (len < sizeof(name) || strncasecmp(p, name, sizeof(name) - 1) != 0)
		return len;
	len -= sizeof(name) - 1;
	text_trim(&v, &len);
	snprintf(h->retry_after, sizeof(h->retry_after), "%.*s", (int)len, v);
	return one * n;
}

static int
stopped(void *arg, curl_off_t dt, curl_off_t dn, curl_off_t ut, curl_off_t un)
{
	const struct httpc	*h = arg;

	(void)dt, (void)dn, (void)ut, (void)un;
	return *h->stop != 0;
}

/* curl_easy_setopt() for the options without which nothing may be sent. */
#define SET(curl, opt, v)	(curl_easy_setopt(curl, opt, v) == CURLE_OK)

/*
 * By number and not by name: the names came with libcurl 7.85, the masks
 * are deprecated since.
 */
static bool
only_http(CURL *c)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	return SET(c, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	return SET(c, CURLOPT_PROTOCOLS,
	    (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static bool
set_limits(struct httpc *h)
{
	CURL	*c = h->curl;

	return only_http(c) &&
	    SET(c, CURLOPT_NOSIGNAL, 1L) &&
	    SET(c, CURLOPT_FOLLOWLOCATION, 0L) &&
	    SET(c, CURLOPT_SSL_VERIFYPEER, 1L) &&
	    SET(c, CURLOPT_SSL_VERIFYHOST, 2L) &&
	    SET(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) &&
	    SET(c, CURLOPT_TIMEOUT_MS, TOTAL_MS) &&
	    SET(c, CURLOPT_USERAGENT, "bobbin/" PACKAGE_VERSION) &&
	    SET(c, CURLOPT_WRITEFUNCTION, take_body) &&
	    SET(c, CURLOPT_WRITEDATA, h) &&
	    SET(c, CURLOPT_HEADERFUNCTION, take_header) &&
	    SET(c, CURLOPT_HEADERDATA, h) &&
	    SET(c, CURLOPT_NOPROGRESS, 0L) &&
	    SET(c, CURLOPT_XFERINFOFUNCTION, stopped) &&
	    SET(c, CURLOPT_XFERINFODATA, h);
}

struct httpc *
httpc_new(const volatile sig_atomic_t *stop)
{
	struct httpc	*h;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return NULL;
	if ((h = calloc(1, sizeof(*h))) != NULL)
		h->curl = curl_easy_init();
	if (h == NULL || h->curl == NULL) {
		free(h);
		curl_global_cleanup();
		return NULL;
	}
	h->stop = stop;
	buf_init(&h->body, HTTPC_BODY_MAX);
	return h;
}

void
httpc_free(struct httpc *h)
{
	if (h == NULL)
		return;
	curl_easy_cleanup(h->curl);
	buf_free(&h->body);
	free(h);
	curl_global_cleanup();
}

/* False: out of memory. */
static bool
add_header(struct curl_slist **list, const char *line)
{
	struct curl_slist	*more;

	if ((more = curl_slist_append(*list, line)) == NULL)
		return false;
	*list = more;
	return true;
}

static size_t
read_file(char *p, size_t one, size_t n, void *arg)
{
	n = fread(p, one, n, arg);
	return ferror((FILE *)arg) ? CURL_READFUNC_ABORT : n;
}

/* A kept connection may turn out dead when some has been sent. */
static int
rewind_file(void *arg, curl_off_t at, int whence)
{
	return fseeko(arg, at, whence) == 0 ? CURL_SEEKFUNC_OK :
	    CURL_SEEKFUNC_FAIL;
}

static bool
set_body(CURL *c, const struct httpc_req *req)
{
	if (strcmp(req->method, "HEAD") == 0)
		return SET(c, CURLOPT_NOBODY, 1L);
	if (req->file != NULL)
		return SET(c, CURLOPT_UPLOAD, 1L) &&
		    SET(c, CURLOPT_INFILESIZE_LARGE,
			(curl_off_t)req->filelen) &&
		    SET(c, CURLOPT_READFUNCTION, read_file) &&
		    SET(c, CURLOPT_READDATA, req->file) &&
		    SET(c, CURLOPT_SEEKFUNCTION, rewind_file) &&
		    SET(c, CURLOPT_SEEKDATA, req->file) &&
		    SET(c, CURLOPT_TIMEOUT_MS,
			TOTAL_MS + (long)(req->filelen / SLOWEST)) &&
		    SET(c, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES) &&
		    SET(c, CURLOPT_LOW_SPEED_TIME, STALL_SECONDS);
	return req->body == NULL || (
	    SET(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->bodylen) &&
	    SET(c, CURLOPT_POSTFIELDS, req->body));
}

static bool
set_signature(CURL *c, const struct httpc_req *req)
{
	return req->sigv4 == NULL || (
	    SET(c, CURLOPT_AWS_SIGV4, req->sigv4) &&
	    SET(c, CURLOPT_USERNAME, req->key_id) &&
	    SET(c, CURLOPT_PASSWORD, req->secret));
}

static bool
set_way(CURL *c, const struct httpc_req *req)
{
	if (req->timeout_ms != 0 &&
	    !SET(c, CURLOPT_TIMEOUT_MS, (long)req->timeout_ms))
		return false;
	return req->socket == NULL || (
	    SET(c, CURLOPT_UNIX_SOCKET_PATH, req->socket) &&
	    SET(c, CURLOPT_PROXY, ""));
}

static bool
set_request(struct httpc *h, const struct httpc_req *req,
    struct curl_slist **headers)
{
	CURL	*c = h->curl;
	size_t	 i;

	/* No "Expect: 100-continue": it costs a second where unknown. */
	if (!add_header(headers, "Expect:"))
		return false;
	for (i = 0; i < nitems(req->headers) && req->headers[i] != NULL; i++)
		if (!add_header(headers, req->headers[i]))
			return false;
	return set_body(c, req) && set_signature(c, req) &&
	    set_way(c, req) &&
	    SET(c, CURLOPT_URL, req->url) &&
	    SET(c, CURLOPT_HTTPHEADER, *headers) &&
	    SET(c, CURLOPT_CUSTOMREQUEST, req->method);
}

void
httpc_send(struct httpc *h, const struct httpc_req *req, struct httpc_res *res)
{
	struct curl_slist	*headers = NULL;
	CURLcode		 code = CURLE_OUT_OF_MEMORY;
	curl_off_t		 length = -1;
	long			 status = 0;

	memset(res, 0, sizeof(*res));
	res->retry_after = -1;
	buf_reset(&h->body, 65536);
	h->retry_after[0] = '\0';
	curl_easy_reset(h->curl);	/* keeps the connection */
	if (set_limits(h) && set_request(h, req, &headers))
		code = curl_easy_perform(h->curl);
	res->cut = h->body.over;
	if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && res->cut)) {
		curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
		curl_easy_getinfo(h->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
		    &length);
	} else
		snprintf(res->why, sizeof(res->why), "%s",
		    curl_easy_strerror(code));
	/* The handle outlives these keys, and the file. */
	curl_easy_reset(h->curl);
	curl_slist_free_all(headers);
	res->status = (int)status;
	res->length = length;
	res->body = h->body.len > 0 ? h->body.p : "";
	res->bodylen = h->body.len;
	if (h->retry_after[0] != '\0')
		res->retry_after = httpc_retry_after(h->retry_after,
		    now_us() / 1000000);
}

int64_t
httpc_retry_after(const char *v, int64_t now)
{
	int64_t	 n;
	time_t	 t;

	if (int_strict(v, strlen(v), 0, INT32_MAX, &n))
		return n;
	/* curl_getdate() would take a bare number for a time of day. */
	if (strchr(v, ',') == NULL || (t = curl_getdate(v, NULL)) == -1)
		return -1;
	return t > now ? t - now : 0;
}

void
httpc_escape(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		if ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		    (*s >= '0' && *s <= '9') || strchr("-._~", *s) != NULL)
			buf_chr(b, *s);
		else
			buf_printf(b, "%%%02X", (unsigned char)*s);
}
