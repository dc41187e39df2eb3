/* req.c: the environment and the body of one request, bounded. */
#include "config.h"

#include "http/req.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "http/fcgi.h"
#include "http/route.h"

/* RFC 3986 knows no longest URI; nginx's own default buffer is 8 KiB. */
#define URI_MAX		(16 * 1024)
#define PIECE		(64 * 1024)

/* Namespace of all ids that are minted from a request. */
#define MINT_NS		"5c1f2a0e-3c55-5d6e-9a53-0d5a3b0f6c11"

static const char *const methods[] = {
	[M_GET] = "GET", [M_HEAD] = "HEAD", [M_POST] = "POST",
	[M_PUT] = "PUT", [M_PATCH] = "PATCH", [M_DELETE] = "DELETE",
	[M_OPTIONS] = "OPTIONS",
};
_Static_assert(nitems(methods) == M__MAX, "one name per method");

/* What must not come twice: who believes the first, who the last? */
static const char *const singles[] = {
	"HTTP_AUTHORIZATION", "CONTENT_LENGTH", "REQUEST_URI",
	"REQUEST_METHOD", "BOBBIN_REQUEST_ID",
};

const char *
method_name(enum method m)
{
	return m < M__MAX ? methods[m] : "?";
}

static unsigned
hash(const char *name, size_t n)
{
	return ((unsigned)n * 31 + (unsigned char)name[n - 1] * 7 +
	    (unsigned char)name[n / 2]) % ENV_BUCKETS;
}

/* The entry of a name, or NULL. */
static const char *
lookup(const struct req *r, const char *name, size_t n)
{
	unsigned	i;

	for (i = r->env.first[hash(name, n)]; i != 0; i = r->env.next[i])
		if (strncmp(r->env.v[i - 1], name, n) == 0 &&
		    r->env.v[i - 1][n] == '=')
			return r->env.v[i - 1];
	return NULL;
}

const char *
req_given(const struct req *r, const char *name)
{
	size_t		 n = strlen(name);
	const char	*e = lookup(r, name, n);

	return e != NULL ? e + n + 1 : NULL;
}

const char *
req_env(const struct req *r, const char *name)
{
	const char	*s = req_given(r, name);

	return s != NULL && *s != '\0' ? s : NULL;
}

bool
req_cgi_name(char *out, size_t max, const char *header)
{
	size_t	n;

	n = (size_t)snprintf(out, max, "HTTP_%s", header);
	for (out += 5; n < max && *out != '\0'; out++)
		*out = *out == '-' ? '_' : (char)toupper((unsigned char)*out);
	return n < max;
}

/* A name that says who acts or what comes must not stand twice. */
static bool
is_single(const struct req *r, const char *name, size_t n)
{
	size_t	i;

	if (strncmp(name, "HTTP_X_BOBBIN_", 14) == 0 ||
	    (strncmp(name, r->app->token_env, n) == 0 &&
	    r->app->token_env[n] == '\0'))
		return true;
	for (i = 0; i < nitems(singles); i++)
		if (strncmp(name, singles[i], n) == 0 && singles[i][n] == '\0')
			return true;
	return false;
}

/* One pass over the environment; the first of equal names counts. */
static enum rc
index_env(struct req *r, char **v)
{
	unsigned	 i, h;
	const char	*eq;
	size_t		 n;

	r->env.v = v;
	for (i = 0; v[i] != NULL; i++) {
		if (i == ENV_MAX)
			return fail(r, RC_MALFORMED, "Too many headers");
		eq = strchr(v[i], '=');
		if (eq == NULL || (n = (size_t)(eq - v[i])) == 0)
			continue;
		if (lookup(r, v[i], n) != NULL) {
			if (is_single(r, v[i], n))
				return fail(r, RC_MALFORMED,
				    "Repeated header");
			continue;
		}
		h = hash(v[i], n);
		r->env.next[i + 1] = r->env.first[h];
		r->env.first[h] = (uint8_t)(i + 1);
	}
	return RC_OK;
}

/* 1..128 of the characters that need no quoting anywhere. */
static bool
good_id(const char *s)
{
	size_t	n;

	n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789._~-");
	return n >= 1 && n <= 128 && s[n] == '\0';
}

/*
 * The request's id is the client's, if it is a good one; else nginx's own,
 * so that a request which nginx sends again keeps it; else a new one.
 */
static void
name_request(struct req *r)
{
	char		 uuid[UUID_TEXT + 1];
	const char	*s;

	r->mint = req_env(r, "BOBBIN_REQUEST_ID");
	if ((s = req_env(r, "HTTP_X_REQUEST_ID")) != NULL && good_id(s)) {
		r->id = s;
		return;
	}
	if (r->mint == NULL || !uuid_lax(r->mint, strlen(r->mint), uuid))
		uuid_random(uuid);
	r->id = arena_strdup(r->arena, uuid);
}

static enum rc
read_length(struct req *r)
{
	const char	*s;

	if ((s = req_env(r, "CONTENT_LENGTH")) == NULL)
		return RC_OK;
	if (!int_strict(s, strlen(s), 0, INT64_MAX, &r->length))
		return fail(r, RC_MALFORMED, "Malformed Content-Length");
	r->unread = (size_t)r->length;
	return RC_OK;
}

static enum rc
read_uri(struct req *r)
{
	const char	*uri;
	char		*q;
	size_t		 n;

	if ((uri = req_env(r, "REQUEST_URI")) == NULL)
		return fail(r, RC_MALFORMED, "Malformed path");
	if ((n = strlen(uri)) > URI_MAX)
		return fail(r, RC_MALFORMED, "Request URI too long");
	r->path = arena_memdup(r->arena, uri, n);
	r->query_string = r->path + n;
	if ((q = strchr(r->path, '?')) != NULL) {
		*q = '\0';
		r->query_string = q + 1;
	}
	return RC_OK;
}

enum rc
req_init(struct req *r, struct app *app, struct arena *arena,
    struct gateway *gw)
{
	const char	*s;
	enum rc		 rc, env;

	memset(r, 0, sizeof(*r));
	r->app = app;
	r->conf = app->conf;
	r->arena = arena;
	r->db = app->db;
	r->out = &app->body;
	r->gw = gw;
	buf_init(&r->faults, PIECE);
	env = index_env(r, fcgi_env(gw));
	name_request(r);
	s = req_env(r, "REQUEST_METHOD");
	for (r->method = 0; r->method < M__MAX; r->method++)
		if (s != NULL && strcmp(s, methods[r->method]) == 0)
			break;
	if ((rc = env) == RC_OK && (rc = read_uri(r)) == RC_OK)
		rc = read_length(r);
	return rc;
}

enum rc
req_body(struct req *r)
{
	char	*p;
	size_t	 n = (size_t)r->length;

	p = arena_alloc(r->arena, n + 1);
	if (n > 0 && fcgi_read(r->gw, p, n) != n)
		return fail(r, RC_MALFORMED, "Request body is incomplete");
	p[n] = '\0';
	r->raw = p;
	r->rawlen = n;
	return RC_OK;
}

enum rc
req_read(struct req *r, void *p, size_t max, size_t *n)
{
	*n = r->unread < max ? r->unread : max;
	if (*n > 0 && fcgi_read(r->gw, p, *n) != *n)
		return fail(r, RC_MALFORMED, "Request body is incomplete");
	r->unread -= *n;
	return RC_OK;
}

enum rc
req_file_too_large(struct req *r)
{
	return fail(r, RC_TOOLARGE, "File too large (> %zu bytes).",
	    r->route->limit(r->conf));
}

enum rc
fail(struct req *r, enum rc rc, const char *fmt, ...)
{
	char	text[4096];
	va_list	ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->detail = arena_strdup(r->arena, text);
	return rc;
}

void
req_mint(const struct req *r, const char *name, char *uuid)
{
	const char	*text;

	if (r->mint == NULL) {
		uuid_random(uuid);
		return;
	}
	text = arena_printf(r->arena, "%s\n%s\n%s",
	    r->owner != NULL ? r->owner : "", r->mint, name);
	uuid_v5(MINT_NS, text, strlen(text), uuid);
}
