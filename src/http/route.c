/* route.c: one request through CORS, match, gate and handler. */
#include "config.h"

#include "http/route.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/json.h"
#include "http/fcgi.h"
#include "http/reply.h"
#include "http/status.h"

#define SEGMENTS	12	/* more than any pattern has */
#define JSON_DEPTH_MAX	100
#define DEFAULT_BODY	KB(64)	/* that a route without a body lets pass */
#define KEEP		KB(256)	/* of a reply buffer between requests */

/* A request between its beginning and its end. */
struct visit {
	struct arena	*arena;
	struct req	 req;
	bool		 handle;	/* its handler has not answered yet */
};

const struct face_rules faces[F__MAX] = {
	[F_OPS]		= { "operations", false, false, FAULTS_RUNS },
	[F_RUNS]	= { "runs", true, false, FAULTS_RUNS },
	[F_V1]		= { "threads", false, true, FAULTS_FIRST },
	[F_STUDIO]	= { "studio", false, false, FAULTS_STUDIO },
	[F_CHATKIT]	= { "chatkit", false, true, FAULTS_FIRST },
};

static const char *const allowed_methods =
    "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/* At '/' first, then each segment decoded: an id may hold %2F. */
static enum rc
split(struct req *r, const char *seg[SEGMENTS], size_t *nseg)
{
	char	*p = r->path, *s;
	size_t	 n;

	*nseg = 0;
	if (*p++ != '/')
		return fail(r, RC_MALFORMED, "Malformed path");
	while ((s = strsep(&p, "/")) != NULL) {
		if (*nseg == SEGMENTS)
			return RC_NOTFOUND;
		n = strlen(s);
		if (!percent_decode(s, &n, false))
			return fail(r, RC_MALFORMED, "Malformed path");
		s[n] = '\0';
		/* nginx has gone where they lead, however they are spelled. */
		if (strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
			return fail(r, RC_MALFORMED, "Malformed path");
		seg[(*nseg)++] = s;
	}
	return RC_OK;
}

int
route_match(const char *pattern, const char *const seg[], size_t nseg,
    const char *arg[ROUTE_ARGS])
{
	size_t	i, n;
	int	args = 0;

	for (i = 0; i < nseg; i++) {
		if (*pattern++ != '/')
			return -1;
		n = strcspn(pattern, "/");
		if (*pattern == '{') {
			if (*seg[i] == '\0' || args == ROUTE_ARGS)
				return -1;
			arg[args++] = seg[i];
		} else if (strlen(seg[i]) != n ||
		    memcmp(pattern, seg[i], n) != 0)
			return -1;
		pattern += n;
	}
	return *pattern == '\0' ? args : -1;
}

/*
 * The first pattern that fits is the path (literal ones stand first in the
 * table); then the method decides among its rows.  *path stays NULL when
 * nothing fits.
 */
static const struct route *
find(struct req *r, const char *const seg[], size_t nseg, bool stripped,
    const char **path)
{
	const struct route	*e;
	const char		*arg[ROUTE_ARGS];
	enum method		 m;
	int			 i, n;

	m = r->method == M_HEAD ? M_GET : r->method;
	for (e = routes; e < routes + nroutes; e++) {
		if (stripped && !faces[e->face].strip_api)
			continue;
		if (*path != NULL && strcmp(*path, e->path) != 0)
			continue;
		if ((n = route_match(e->path, seg, nseg, arg)) == -1)
			continue;
		*path = e->path;
		if (e->method != m)
			continue;
		for (i = 0; i < n; i++) {
			r->arg[i].given = true;
			r->arg[i].s = arg[i];
			r->arg[i].n = strlen(arg[i]);
		}
		return e;
	}
	return NULL;
}

/* "GET, HEAD, OPTIONS" of one path. */
static const char *
allow_of(struct req *r, const char *path)
{
	const struct route	*e;
	char			*s = arena_strdup(r->arena, "");

	for (e = routes; e < routes + nroutes; e++)
		if (strcmp(e->path, path) == 0)
			s = arena_printf(r->arena, "%s%s, ", s,
			    e->method == M_GET ? "GET, HEAD" :
			    method_name(e->method));
	return arena_printf(r->arena, "%sOPTIONS", s);
}

static enum rc
match(struct req *r)
{
	const char	*seg[SEGMENTS] = { NULL };
	const char	*path = NULL;
	size_t		 n;
	enum rc		 rc;

	if ((rc = split(r, seg, &n)) != RC_OK)
		return rc;
	r->route = find(r, seg, n, false, &path);
	if (path == NULL && n > 1 && strcmp(seg[0], "api") == 0)
		r->route = find(r, seg + 1, n - 1, true, &path);
	if (path == NULL)
		return RC_NOTFOUND;
	if (r->route == NULL) {
		reply_header(r, "Allow", allow_of(r, path));
		return r->method == M_OPTIONS ? reply(r, 200) : RC_METHOD;
	}
	if ((r->route->flags & RF_DEBUG) && !r->conf->debug_routes)
		return RC_NOTFOUND;
	return RC_OK;
}

/*
 * A link with a token is a right of its own: it may be asked for from anywhere,
 * without credentials, as add_cors() says.
 */
static bool
asks_for_link(struct req *r)
{
	const char	*m = req_env(r, "HTTP_ACCESS_CONTROL_REQUEST_METHOD");
	enum rc		 rc;

	for (r->method = 0; r->method < M__MAX; r->method++)
		if (strcmp(method_name(r->method), m) == 0)
			break;
	rc = match(r);
	r->method = M_OPTIONS;
	r->reply.nheaders = 0;
	if (rc != RC_OK || r->route == NULL || r->route->access != A_LINK)
		return false;
	r->link = query_find(r, "token");
	return r->link != NULL && *r->link != '\0';
}

/* Fetch standard, 4.8: asked by the browser, before any token. */
static enum rc
preflight(struct req *r)
{
	const char	*names;

	if (!cors_allows(r, req_env(r, "HTTP_ORIGIN")) && !asks_for_link(r))
		return fail(r, RC_MALFORMED, "Disallowed CORS origin");
	r->reply.type = "text/plain";
	reply_header(r, "Access-Control-Allow-Methods", allowed_methods);
	names = req_env(r, "HTTP_ACCESS_CONTROL_REQUEST_HEADERS");
	if (names != NULL)
		reply_header(r, "Access-Control-Allow-Headers", names);
	reply_header(r, "Access-Control-Max-Age", "600");
	return reply(r, 200);
}

static bool
is_preflight(const struct req *r)
{
	return r->method == M_OPTIONS && req_env(r, "HTTP_ORIGIN") != NULL &&
	    req_env(r, "HTTP_ACCESS_CONTROL_REQUEST_METHOD") != NULL;
}

static enum rc
authenticate(struct req *r)
{
	const char	*value = req_env(r, r->app->token_env);
	enum auth_err	 err;
	bool		 raw;

	/* A proxy's own header may hold the bare token. */
	raw = strcasecmp(r->conf->jwt_header, "Authorization") != 0 &&
	    value != NULL && strncasecmp(value, "Bearer ", 7) != 0;
	err = auth_identify(r->app->auth, value, raw, time(NULL), r->arena,
	    &r->who);
	if (err == AUTH_OK)
		return RC_OK;
	return fail(r, err == AUTH_NOKEYS ? RC_DOWN :
	    err == AUTH_NONE ? RC_NOAUTH : RC_BADTOKEN, "%s",
	    auth_detail(err));
}

/*
 * Whom an agent acts for: the one named, else itself.  An empty name is a name
 * that went missing on the way, and no leave to act for oneself.
 */
static enum rc
choose_owner(struct req *r)
{
	const char	*name = req_given(r, "HTTP_X_BOBBIN_ON_BEHALF_OF");
	char		*owner;
	size_t		 n;

	r->owner = r->who.email;
	if (name == NULL)
		return r->route->access == A_AGENT ? fail(r, RC_MALFORMED,
		    "X-Bobbin-On-Behalf-Of is required") : RC_OK;
	if (!r->who.agent)
		return RC_DENIED;
	n = strlen(name);
	if (n == 0 || name[0] == ' ' || name[n - 1] == ' ' ||
	    !utf8_valid(name, n) || utf8_count(name, n) > 255 ||
	    strpbrk(name, "\t\r\n") != NULL)
		return fail(r, RC_MALFORMED,
		    "X-Bobbin-On-Behalf-Of is invalid");
	owner = arena_memdup(r->arena, name, n);
	text_lower(owner);
	r->owner = owner;
	return RC_OK;
}

const struct face_rules *
face_of(const struct req *r)
{
	return &faces[r->route != NULL ? r->route->face : F_RUNS];
}

static bool
allowed(const struct req *r, enum access need)
{
	switch (need) {
	case A_AGENT:
		return r->who.agent;
	case A_ADMIN:
		return r->who.admin;
	case A_STORE:
		return r->who.agent ||
		    strcmp(r->conf->ck_store_access, "user") == 0;
	case A_NONE:
	case A_USER:
	case A_LINK:
	case A__MAX:
		break;
	}
	return true;
}

static enum rc
authorise(struct req *r)
{
	static const struct identity	 nobody;
	enum access			 need = r->route->access;
	enum rc				 rc;

	r->who = nobody;
	if (need == A_LINK)
		r->link = query_find(r, "token");
	if (need == A_NONE || r->link != NULL)
		return RC_OK;
	if ((rc = authenticate(r)) != RC_OK)
		return rc;
	if (!allowed(r, need))
		return RC_DENIED;
	return choose_owner(r);
}

/* application/json, or anything that says +json; parameters do not count. */
static bool
is_json(const char *type)
{
	size_t	n;

	if (type == NULL)
		return false;
	n = strcspn(type, "; \t");
	return (n == 16 && strncasecmp(type, "application/json", n) == 0) ||
	    (n > 5 && strncasecmp(type + n - 5, "+json", 5) == 0);
}

size_t
route_body(const struct route *e, const struct conf *conf)
{
	return e->max_body + (e->limit != NULL ? e->limit(conf) : 0);
}

static const char *
named(const struct field *f, struct json_span key)
{
	for (; f->name != NULL; f++)
		if (json_is(key, f->name))
			break;
	return f->name;
}

/*
 * RF_SCAN: of an object the members that the table names; in the place of an
 * object or array in it stands an empty one.
 */
static struct json_object *
outline(struct req *r, const struct field *f)
{
	struct json_span	 body = json_whole(r->raw, r->rawlen), key, v;
	struct json_iter	 it = json_walk(body);
	struct json_object	*obj, *member;
	const char		*name, *text = *body.p == '{' ? "{}" : "[]";

	if (json_parse(r->arena, text, 2, 1, &obj) != JSON_OK || *text == '[')
		return obj;
	while (json_next(&it, &key, &v)) {
		if ((name = named(f, key)) == NULL)
			continue;
		if (*v.p == '{' || *v.p == '[')
			v = (struct json_span){ *v.p == '{' ? "{}" : "[]", 2 };
		if (json_parse(r->arena, v.p, v.n, 1, &member) == JSON_OK)
			json_object_object_add(obj, name,
			    json_object_get(member));
	}
	return obj;
}

/* JSON as the route wants it, from what was read. */
static enum rc
take_json(struct req *r)
{
	static const struct field	 none[1];
	const struct route		*e = r->route;
	enum json_err			 err;

	if (!(e->flags & RF_SCAN))
		err = json_parse(r->arena, r->raw, r->rawlen, JSON_DEPTH_MAX,
		    &r->doc);
	else if ((err = json_scan(r->raw, r->rawlen, JSON_DEPTH_MAX)) ==
	    JSON_OK && e->body != NULL)
		r->doc = outline(r, e->body);
	if (err != JSON_OK)
		return fail(r, RC_MALFORMED, "Malformed JSON: %s",
		    json_why(err));
	if (!(e->flags & RF_DOC_ANY))
		fields_body(r, e->body != NULL ? e->body : none, r->body,
		    r->doc);
	return RC_OK;
}

static enum rc
take_body(struct req *r)
{
	const struct route	*e = r->route;
	size_t			 max = route_body(e, r->conf);
	enum rc			 rc;

	if ((uint64_t)r->length > (max != 0 ? max : DEFAULT_BODY))
		return e->flags & RF_FILE ? req_file_too_large(r) :
		    RC_TOOLARGE;
	if (e->body == NULL && !(e->flags & (RF_DOC | RF_DOC_ANY)))
		return RC_OK;
	if (r->length == 0 && (e->flags & RF_BODY_OPT)) {
		r->raw = "{}";
		r->rawlen = 2;
	} else if (!is_json(req_env(r, "CONTENT_TYPE")))
		return RC_MEDIATYPE;
	else if ((rc = req_body(r)) != RC_OK)
		return rc;
	return take_json(r);
}

/* With some issuers the subject is an email, which no log may hold. */
static void
log_agent(const struct req *r)
{
	const char	*sub = r->who.sub != NULL ? r->who.sub : "";
	char		 digest[LOG_DIGEST];

	if (strchr(sub, '@') != NULL) {
		log_digest(sub, digest);
		sub = digest;
	}
	log_info("agent %s: %s %s sub=%s", r->route->flags & RF_LOG ?
	    "read" : "write", method_name(r->method), r->route->path, sub);
}

/* A strict face looks at the keys of a query that has no table, too. */
static void
take_query(struct req *r)
{
	static const struct field	 none[1];

	if (r->route->query != NULL)
		fields_query(r, r->route->query, r->query);
	else if (face_of(r)->strict && *r->query_string != '\0')
		fields_query(r, none, r->query);
}

/* Everything that is known before a handler runs. */
static enum rc
gate(struct req *r)
{
	enum rc	rc;

	if ((rc = authorise(r)) != RC_OK)
		return rc;
	log_context(r->id, r->owner);
	if (r->route->args != NULL)
		fields_path(r, r->route->args, r->arg);
	take_query(r);
	if (r->rc != RC_OK)
		return r->rc;
	if ((rc = take_body(r)) != RC_OK)
		return rc;
	if (r->nfaults > 0)
		return RC_INVALID;
	if (r->who.agent && ((r->method != M_GET && r->method != M_HEAD) ||
	    r->route->flags & RF_LOG))
		log_agent(r);
	db_bind(r->db, r->arena, r->owner);
	return RC_OK;
}

/* What the log and the scoreboard say that we are at. */
static void
show(const struct req *r)
{
	log_context(r->id, r->owner);
	if (r->app->slot != NULL && r->route != NULL)
		atomic_store(&r->app->slot->route,
		    (uint16_t)(r->route - routes));
}

/* Up to its handler; what it says goes into r->rc. */
static void
prepare(struct req *r)
{
	if (is_preflight(r)) {
		r->rc = preflight(r);
		return;
	}
	if ((r->rc = match(r)) != RC_OK || r->route == NULL)
		return;
	show(r);
	r->rc = gate(r);
}

static bool
has_handler(const struct req *r)
{
	return r->rc == RC_OK && r->route != NULL && r->reply.status == 0;
}

static void
account(const struct req *r)
{
	unsigned	route = BOARD_ROUTES - 1;

	if (r->route != NULL)
		route = (unsigned)(r->route - routes);
	if (r->app->board != NULL)
		board_count(r->app->board, route,
		    status_row(r->reply.status), mono_us() - r->began);
	log_debug("%s %s %d", method_name(r->method),
	    r->route != NULL ? r->route->path : "-", r->reply.status);
}

bool
dispatch_begin(struct app *app, struct gateway *gw, size_t lane)
{
	struct visit	*v = &app->visits[lane];
	struct req	*r = &v->req;
	int64_t		 began = mono_us();

	v->handle = false;
	v->req.rc = req_init(r, app, v->arena, gw);
	r->began = began;
	log_context(r->id, NULL);
	if (r->rc == RC_OK)
		prepare(r);
	if (!has_handler(r))
		return false;
	v->handle = true;
	if ((r->route->flags & RF_AHEAD) == 0)
		return false;
	db_ahead(r->db, lane);
	r->rc = r->route->fn(r);
	v->handle = db_asked(r->db);
	return v->handle;
}

void
dispatch_end(struct app *app, size_t lane, bool *again)
{
	struct visit	*v = &app->visits[lane];
	struct req	*r = &v->req;
	bool		 sent;

	show(r);
	buf_reset(&app->body, KEEP);
	if (v->handle) {
		db_bind(r->db, r->arena, r->owner);
		if (r->route->flags & RF_AHEAD)
			db_resume(r->db, lane);
		r->rc = r->route->fn(r);
	}
	sent = reply_send(r);
	account(r);
	if (!fcgi_finish(r->gw, !sent, again))
		*again = false;
	if (r->route != NULL && r->route->flags & RF_AHEAD)
		db_finish(r->db, lane);
	log_context(NULL, NULL);
	buf_free(&r->faults);
	arena_reset(v->arena);
}

struct visit *
visits_new(size_t arena_max)
{
	struct visit	*v;
	size_t		 i;

	if ((v = calloc(LANES, sizeof(*v))) == NULL)
		return NULL;
	for (i = 0; i < LANES; i++)
		if ((v[i].arena = arena_new(arena_max)) == NULL) {
			visits_free(v);
			return NULL;
		}
	return v;
}

void
visits_free(struct visit *v)
{
	size_t	i;

	for (i = 0; v != NULL && i < LANES; i++)
		arena_free(v[i].arena);
	free(v);
}
