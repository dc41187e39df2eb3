/* reply.c: a finished request to status, headers and body. */
#include "config.h"

#include "http/reply.h"

#include <string.h>

#include "base/b64.h"
#include "codec/json.h"
#include "codec/jws.h"
#include "http/fcgi.h"
#include "http/route.h"
#include "http/status.h"

#define ETAG_BYTES	16	/* of SHA-256: two bodies never share one */

#define EXPOSED		"ETag, Location, Link, Retry-After, X-Request-Id, " \
			"X-Next-Cursor, Content-Disposition"

enum rc
reply(struct req *r, int status)
{
	r->reply.status = status;
	return RC_OK;
}

void
reply_header(struct req *r, const char *name, const char *value)
{
	struct reply	*p = &r->reply;

	if (p->nheaders == REPLY_HEADERS)
		return;
	p->headers[p->nheaders].name = name;
	p->headers[p->nheaders++].value = value;
}

enum rc
reply_accel(struct req *r, const char *location)
{
	r->reply.accel = location;
	return reply(r, 200);
}

enum rc
reply_redirect(struct req *r, const char *url)
{
	buf_cut(r->out, 0);
	reply_header(r, "Location", url);
	return reply(r, 307);
}

/* What is wrong with the fields, as the face writes it, or the text. */
static void
write_detail(struct req *r, const char *text)
{
	enum faults	 form = face_of(r)->faults;
	struct buf	*b = r->out;
	bool		 list = r->rc == RC_INVALID && r->faults.len > 0;

	if (r->rc == RC_INVALID && r->fault != NULL)
		text = r->fault;
	if (!list || form == FAULTS_RUNS)
		jw_kstr(b, "detail", text);
	if (!list)
		return;
	jw_key(b, form == FAULTS_RUNS ? "errors" : "detail");
	jw_open(b, '[');
	buf_add(b, r->faults.p, r->faults.len);
	jw_close(b, ']');
}

/* The failure's status, headers and body; drops what was written before. */
static void
failure(struct req *r)
{
	const struct status	*st = status_of(r->rc);
	struct buf		*b = r->out;

	buf_cut(b, 0);
	b->over = false;
	r->reply.status = st->code;
	if (r->rc == RC_INVALID && face_of(r)->faults == FAULTS_FIRST)
		r->reply.status = 400;
	r->reply.type = r->reply.cache = r->reply.accel = NULL;
	r->reply.stream = r->reply.no_body = false;
	if (st->challenge != NULL)
		reply_header(r, "WWW-Authenticate", st->challenge);
	if (st->retry_after > 0)
		reply_header(r, "Retry-After", arena_printf(r->arena, "%d",
		    st->retry_after));
	jw_open(b, '{');
	write_detail(r, r->detail != NULL ? r->detail : st->detail);
	jw_close(b, '}');
}

/* Strong, opaque, the same for the same body. */
static const char *
make_etag(struct req *r)
{
	unsigned char	 md[32];
	struct buf	*b = &r->app->head;

	if (!jws_sha256(r->out->p, r->out->len, md))
		return NULL;
	buf_cut(b, 0);
	buf_chr(b, '"');
	b64url_encode(b, md, ETAG_BYTES);
	buf_chr(b, '"');
	return arena_memdup(r->arena, b->p, b->len);
}

/* RFC 9110, 13.1.2: a list or *; weak comparison, for nginx makes them weak. */
static bool
none_match(const char *list, const char *tag)
{
	size_t	n = strlen(tag);

	if (list == NULL)
		return false;
	list += strspn(list, " \t");
	if (strcmp(list, "*") == 0)
		return true;
	while (*list != '\0') {
		list += strspn(list, " \t,");
		if (strncmp(list, "W/", 2) == 0)
			list += 2;
		if (strncmp(list, tag, n) == 0)
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

static bool
add_etag(struct req *r, const char *tag, bool known)
{
	if (tag == NULL)
		return false;
	if (r->reply.cache == NULL)
		r->reply.cache = "private, no-cache";
	reply_header(r, "ETag", tag);
	if (!known && !none_match(req_env(r, "HTTP_IF_NONE_MATCH"), tag))
		return false;
	r->reply.status = 304;
	r->reply.no_body = true;
	return true;
}

bool
reply_etag(struct req *r, const char *tag, bool known)
{
	r->reply.stream = true;
	return add_etag(r, arena_printf(r->arena, "\"%s\"", tag), known);
}

static void
add(struct buf *h, const char *name, const char *value)
{
	buf_str(h, name);
	buf_add(h, ": ", 2);
	buf_str(h, value);
	buf_add(h, "\r\n", 2);
}

bool
cors_allows(const struct req *r, const char *origin)
{
	size_t	i;

	for (i = 0; origin != NULL && i < r->conf->cors.n; i++)
		if (strcmp(r->conf->cors.v[i], origin) == 0)
			return true;
	return false;
}

static void
add_cors(struct req *r, struct buf *h)
{
	const char	*origin = req_env(r, "HTTP_ORIGIN");

	/* A link is a right of its own: whoever has it may read. */
	if (r->link != NULL && *r->link != '\0') {
		add(h, "Access-Control-Allow-Origin", "*");
		add(h, "Access-Control-Expose-Headers", EXPOSED);
		return;
	}
	if (!cors_allows(r, origin))
		return;
	add(h, "Access-Control-Allow-Origin", origin);
	add(h, "Access-Control-Allow-Credentials", "true");
	add(h, "Access-Control-Expose-Headers", EXPOSED);
}

/*
 * Toward an internal location only what it needs: nginx keeps some of our
 * headers and would send them to the client beside the agent's own.
 */
static void
compose(struct req *r, struct buf *h)
{
	struct reply	*p = &r->reply;
	size_t		 i;

	add(h, "Status", status_line(p->status));
	for (i = 0; i < p->nheaders; i++)
		add(h, p->headers[i].name, p->headers[i].value);
	if (p->accel != NULL) {
		if (p->type != NULL)
			add(h, "Content-Type", p->type);
		if (p->cache != NULL)
			add(h, "Cache-Control", p->cache);
		add(h, "X-Accel-Redirect", p->accel);
		buf_add(h, "\r\n", 2);
		return;
	}
	if (p->status != 304 && p->status != 204 && p->status != 307)
		add(h, "Content-Type",
		    p->type != NULL ? p->type : "application/json");
	if (p->status != 304 && p->status != 204 && !p->stream)
		add(h, "Content-Length", arena_int(r->arena,
		    (int64_t)r->out->len));
	add(h, "Cache-Control", p->cache != NULL ? p->cache : "no-store");
	add(h, "X-Request-Id", r->id);
	add(h, "X-Content-Type-Options", "nosniff");
	buf_str(h, "Vary: Origin, ");
	buf_str(h, r->conf->jwt_header);
	buf_add(h, "\r\n", 2);
	add_cors(r, h);
	buf_add(h, "\r\n", 2);
}

static bool
send_out(struct req *r)
{
	return r->reply.no_body || fcgi_write(r->gw, r->out->p, r->out->len);
}

enum rc
reply_flush(struct req *r)
{
	struct buf	*h = &r->app->head;
	char		 last;
	bool		 ok;

	if (r->out->over)
		return RC_FAIL;
	if (!r->reply.begun) {
		r->reply.begun = r->reply.stream = true;
		r->reply.no_body = r->method == M_HEAD;
		r->reply.status = 200;
		buf_cut(h, 0);
		compose(r, h);
		if (!fcgi_write(r->gw, h->p, h->len))
			return RC_FAIL;
	}
	if (r->out->len < 2)
		return RC_OK;
	last = r->out->p[--r->out->len];
	ok = send_out(r);
	buf_cut(r->out, 0);
	buf_chr(r->out, last);
	return ok ? RC_OK : RC_FAIL;
}

bool
reply_send(struct req *r)
{
	struct buf	*h = &r->app->head;

	if (r->rc == RC_OK && r->out->over)
		r->rc = RC_FAIL;
	if (r->reply.begun)
		return r->rc == RC_OK && send_out(r);
	if (r->rc != RC_OK)
		failure(r);
	else if (r->route != NULL && (r->route->flags & RF_ETAG) &&
	    r->reply.status == 200 && r->reply.accel == NULL)
		(void)add_etag(r, make_etag(r), false);
	if (r->method == M_HEAD || r->reply.accel != NULL)
		r->reply.no_body = true;
	buf_cut(h, 0);
	compose(r, h);
	return fcgi_write(r->gw, h->p, h->len) && send_out(r);
}
