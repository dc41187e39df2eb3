/* fuzz_request.c: the input as a request's URI, through the real dispatcher. */
#include "config.h"

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/api.h"
#include "base/text.h"
#include "codec/json.h"
#include "http/fcgi.h"
#include "http/reply.h"
#include "http/route.h"

#define SECRET	"0123456789abcdef0123456789abcdef"
#define URI_MAX	16000	/* that it takes for sure */
#define END	{ NULL, FT_TEXT, 0, 0, 0, 0, NULL }

/* The transport: what comes in and what goes out. */
struct gateway {
	char		*env[8];
	struct buf	 out;
};

/* What the handler was called with, spelt in one way; empty if it was not. */
static struct buf	 heard;
static const char	*uri;	/* as it came */

static enum rc	thing(struct req *);

static const struct field ids[] = {
	{ "id", FT_UUID, 0, 0, 0, 0, "ID" },
	{ "name", FT_TEXT, FF_LINE, 0, 9, 0, "Name" },
	END
};
static const struct field keys[] = {
	{ "cursor", FT_CURSOR, 0, 0, 0, 0, "Cursor" },
	{ "id", FT_UUID, FF_NOBLANK, 0, 0, 0, "ID" },
	{ "kind", FT_ENUM, 0, 0, 0, 0, "open, closed" },
	{ "limit", FT_INT, 0, 1, 100, 50, "Limit" },
	{ "on", FT_BOOL, 0, 0, 0, 0, "On" },
	{ "q", FT_TRIM, 0, 0, 9, 0, "Q" },
	{ "token", FT_TEXT, FF_LINE, 0, 0, 0, "Token" },
	{ "when", FT_TIME, 0, 0, 0, 0, "When" },
	{ "x", FT_NUM, 0, 0, 9, 0, "X" },
	END
};

#define R(f, p, who, a)	{ .face = F_##f, .method = M_GET, .path = p, \
			  .fn = thing, .access = A_##who, .args = a, \
			  .query = keys, .help = p }

const struct route routes[] = {
	R(V1, "/api/v1/threads/search", NONE, NULL),
	R(V1, "/api/v1/threads/{id}", NONE, NULL),
	R(V1, "/api/v1/threads/{id}/tool-calls/{call}", NONE, NULL),
	R(STUDIO, "/api/threads/{id}/state/{name}", NONE, ids),
	R(RUNS, "/chat-threads", NONE, NULL),
	R(RUNS, "/chat/{thread}/runs", NONE, NULL),
	R(CHATKIT, "/chatkit/attachments/{id}", LINK, NULL),
	R(OPS, "/health", NONE, NULL),
};
const size_t nroutes = nitems(routes);

char **
fcgi_env(struct gateway *gw)
{
	return gw->env;
}

size_t
fcgi_read(struct gateway *gw, void *p, size_t n)
{
	(void)gw;
	(void)p;
	(void)n;
	return 0;
}

bool
fcgi_write(struct gateway *gw, const void *p, size_t n)
{
	if (n > 0)
		buf_add(&gw->out, p, n);
	return true;
}

bool
fcgi_finish(struct gateway *gw, bool broken, bool *again)
{
	(void)gw;
	*again = false;
	return !broken;
}

/* Every byte that could mean something is escaped. */
static void
spell(const char *s, size_t n)
{
	for (; n > 0; s++, n--)
		if ((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') ||
		    *s == '-')
			buf_chr(&heard, *s);
		else
			buf_printf(&heard, "%%%02X", (unsigned char)*s);
}

/* The k-th of the URI's own segments, decoded without a word of bobbin's. */
static bool
segment_is(size_t k, const char *want)
{
	const char	*p = uri;
	unsigned	 c;

	for (; *p != '\0' && *p != '?'; p++)
		if (*p == '/' && k-- == 0)
			break;
	for (p++; *want != '\0'; want++, p++) {
		c = (unsigned char)*p;
		if (c == '%') {
			if (sscanf(p + 1, "%2x", &c) != 1)
				return false;
			p += 2;
		}
		if (c != (unsigned char)*want)
			return false;
	}
	return *p == '/' || *p == '?' || *p == '\0';
}

/* A segment that a proxy in front would have taken for a step. */
static bool
has_dots(void)
{
	const char	*p;
	size_t		 dots;

	for (p = uri; *p == '/';) {
		for (dots = 0, p++; *p == '.' ||
		    strncasecmp(p, "%2e", 3) == 0; dots++)
			p += *p == '.' ? 1 : 3;
		if ((dots == 1 || dots == 2) && strchr("/?", *p) != NULL)
			return true;
		p += strcspn(p, "/?");
	}
	return false;
}

/*
 * The route's own segments and arguments are those of the URI, one by one, or
 * one by one behind "api"; a table of arguments may have rewritten some.
 */
static void
path_of(const struct req *r)
{
	const struct route	*e = r->route;
	char			 copy[64], *s, *rest = copy + 1;
	const char		*p, *want;
	size_t			 k = 0, arg = 0;

	for (p = uri; p < uri + strcspn(uri, "?"); p++)
		k += *p == '/';
	for (p = e->path; *p != '\0'; p++)
		k -= *p == '/';
	if (has_dots() || k > 1 || (k == 1 && (!faces[e->face].strip_api ||
	    !segment_is(0, "api"))))
		abort();
	snprintf(copy, sizeof(copy), "%s", e->path);
	for (; (s = strsep(&rest, "/")) != NULL; k++) {
		want = s;
		if (*s == '{') {
			want = r->arg[arg].s;
			if (r->arg[arg++].n != strlen(want))
				abort();
		}
		if (*want == '\0' ||
		    (e->args == NULL && !segment_is(k, want)))
			abort();
		buf_chr(&heard, '/');
		spell(want, strlen(want));
	}
}

/* What it takes is exactly what it would make. */
static bool
cursor_of(struct req *r, const struct value *v)
{
	const char	*time, *id, *again;

	if (!cursor_take(r, v, &time, &id))
		return false;
	again = cursor_make(r, time, id);
	if (again == NULL || strcmp(again, v->s) != 0)
		abort();
	return true;
}

static enum rc
thing(struct req *r)
{
	const struct value	*v = r->query;
	size_t			 i;
	char			 sep = '?';

	path_of(r);
	for (i = 0; keys[i].name != NULL; i++, v++) {
		if (!v->given)
			continue;
		if (v->n != strlen(v->s) || !utf8_valid(v->s, v->n))
			abort();
		if (keys[i].type == FT_CURSOR && !cursor_of(r, v)) {
			buf_cut(&heard, 0);
			return RC_INVALID;
		}
		buf_printf(&heard, "%c%s=", sep, keys[i].name);
		spell(v->s, v->n);
		sep = '&';
	}
	jw_open(r->out, '{');
	jw_close(r->out, '}');
	return reply(r, 200);
}

/* Lines of text, an empty one, and JSON: nothing of the URI breaks out. */
static void
well_formed(const struct buf *b)
{
	char	*end, *p;
	size_t	 head;

	if (b->len < 13 || memcmp(b->p, "Status: ", 8) != 0 ||
	    b->p[8] == '5' ||
	    (end = memmem(b->p, b->len, "\r\n\r\n", 4)) == NULL)
		abort();
	for (p = b->p; p < end; p++)
		if ((unsigned char)*p < ' ' && memcmp(p, "\r\n", 2) != 0 &&
		    (p == b->p || memcmp(p - 1, "\r\n", 2) != 0))
			abort();
	head = (size_t)(end + 4 - b->p);
	if (b->len > head &&
	    json_scan(b->p + head, b->len - head, 9) != JSON_OK)
		abort();
}

static struct app *
app(void)
{
	static struct app	 a;
	char			 err[256];

	if (a.conf != NULL)
		return &a;
	setenv("JWT_HS256_SECRET", SECRET, 1);
	setenv("CORS_ALLOWED_ORIGINS", "https://app.example.com", 1);
	a.conf = conf_load(NULL, err);
	if (a.conf == NULL || (a.auth = auth_new(a.conf, NULL, err)) == NULL ||
	    (a.db = db_new("postgresql:///none", a.conf)) == NULL)
		abort();
	if ((a.visits = visits_new(1 << 24)) == NULL)
		abort();
	buf_init(&a.head, 1 << 16);
	buf_init(&a.body, 1 << 20);
	snprintf(a.token_env, sizeof(a.token_env), "HTTP_AUTHORIZATION");
	return &a;
}

/* With the headers that make OPTIONS a page's question whether it may. */
static void
ask(const char *method, const char *target)
{
	static char	 origin[] = "HTTP_ORIGIN=https://app.example.com";
	static char	 wants[] = "HTTP_ACCESS_CONTROL_REQUEST_METHOD=GET";
	struct gateway	 gw = { .out = { .max = 1 << 20 } };
	struct buf	 m = { .max = 64 }, t = { .max = 1 << 20 };
	bool		 again;

	buf_printf(&m, "REQUEST_METHOD=%s", method);
	buf_chr(&m, '\0');
	buf_printf(&t, "REQUEST_URI=%s", target);
	buf_chr(&t, '\0');
	gw.env[0] = m.p;
	gw.env[1] = t.p;
	gw.env[2] = origin;
	gw.env[3] = wants;
	uri = target;
	buf_cut(&heard, 0);
	dispatch_begin(app(), &gw, 0);
	dispatch_end(app(), 0, &again);
	well_formed(&gw.out);
	buf_free(&gw.out);
	buf_free(&m);
	buf_free(&t);
}

/* What was heard means the same when it is said that way. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char	*s = strndup((const char *)data, len), *said;

	if (s == NULL)
		abort();
	heard.max = 1 << 20;
	ask("OPTIONS", s);
	if (heard.len > 0)
		abort();
	ask("GET", s);
	if (heard.len > 0 && heard.len < URI_MAX) {
		if ((said = strndup(heard.p, heard.len)) == NULL)
			abort();
		ask("GET", said);
		if (heard.len != strlen(said) ||
		    memcmp(heard.p, said, heard.len) != 0)
			abort();
		free(said);
	}
	free(s);
	return 0;
}
