/* door.c: the real dispatcher, as CGI, before a route table of its own. */
#include "config.h"

#include <sysexits.h>

#include "api/handover.h"
#include "cli/app.h"
#include "codec/json.h"
#include "http/fcgi.h"
#include "http/reply.h"
#include "http/route.h"

#define END	{ NULL, FT_TEXT, 0, 0, 0, 0, NULL }

static const struct field query_thing[] = {
	{ "limit", FT_INT, 0, 1, 10, 5, "Limit" },
	END
};
static const struct field query_link[] = {
	{ "token", FT_TEXT, 0, 0, 0, 0, "Token" },
	{ "stop", FT_BOOL, 0, 0, 0, 0, "Stop" },
	END
};
static const struct field body_thing[] = {
	{ "id", FT_UUID, 0, 0, 0, 0, "ID" },
	{ "n", FT_INT, 0, 1, 9, 3, "N" },
	{ "status", FT_ENUM, 0, 0, 0, 0, "open, closed" },
	{ "meta", FT_OBJECT, FF_NULL, 0, 32, 0, "Meta" },
	END
};

static enum rc
thing(struct req *r)
{
	struct value	*v = r->body;

	jw_open(r->out, '{');
	jw_kstr(r->out, "owner", r->owner);
	jw_kint(r->out, "limit", r->query[0].i);
	jw_kstr(r->out, "id", v[0].s);
	jw_kint(r->out, "n", v[1].i);
	jw_kint(r->out, "status", v[2].i);
	jw_kbool(r->out, "cleared", v[3].null);
	jw_kstr(r->out, "meta", v[3].s);
	jw_close(r->out, '}');
	return reply(r, 200);
}

static enum rc
document(struct req *r)
{
	jw_raw(r->out, r->raw, r->rawlen);
	return reply(r, 200);
}

/* Length and sum of the body, seven bytes at a time. */
static enum rc
file(struct req *r)
{
	unsigned char	 piece[7];
	int64_t		 sum = 0, len = 0;
	size_t		 n, i;
	enum rc		 rc;

	if (r->query[1].i)
		return RC_GONE;
	while ((rc = req_read(r, piece, sizeof(piece), &n)) == RC_OK &&
	    n > 0) {
		len += (int64_t)n;
		for (i = 0; i < n; i++)
			sum += piece[i];
	}
	if (rc != RC_OK)
		return rc;
	jw_open(r->out, '{');
	jw_kstr(r->out, "owner", r->owner);
	jw_kstr(r->out, "link", r->link);
	jw_kint(r->out, "len", len);
	jw_kint(r->out, "sum", sum);
	jw_close(r->out, '}');
	return reply(r, 201);
}

static enum rc
moved(struct req *r)
{
	return reply_redirect(r, "https://elsewhere.example/x");
}

static enum rc
stored(struct req *r)
{
	if (reply_etag(r, "tag", false))
		return RC_OK;
	r->reply.type = "image/png";
	return reply_accel(r, "/_bobbin/files/x");
}

static enum rc
handed(struct req *r)
{
	static const struct handover	h = { .action = "message",
					    .thread = "a b", .message = "m/1",
					    .title = "\xc3\xa4\r\n",
					    .thread_key = "key" };

	return hand_over(r, &h);
}

static enum rc
refused(struct req *r)
{
	return fail(r, RC_FORBIDDEN, "user_id does not match the token");
}

static size_t
hundred(const struct conf *conf)
{
	(void)conf;
	return 100;
}

#define R(f, m, p, handler)	.face = F_##f, .method = M_##m, .path = p, \
				.fn = handler, .access = A_USER, .help = p
#define THING	.max_body = 1024, .query = query_thing, .body = body_thing, \
		.flags = RF_BODY_OPT

const struct route routes[] = {
	{ R(V1, POST, "/api/v1/things", thing), THING },
	{ R(V1, GET, "/api/v1/refused", refused) },
	{ R(STUDIO, POST, "/api/things", thing), THING },
	{ R(STUDIO, GET, "/api/only", moved) },
	{ R(RUNS, POST, "/things", thing), THING },
	{ R(CHATKIT, POST, "/chatkit/doc", document), .max_body = 64,
	  .flags = RF_DOC },
	{ R(CHATKIT, POST, "/chatkit/any", document), .max_body = 64,
	  .flags = RF_DOC_ANY },
	{ R(CHATKIT, POST, "/chatkit/handed", handed) },
	{ .face = F_CHATKIT, .method = M_PUT, .path = "/chatkit/file",
	  .fn = file, .access = A_LINK, .max_body = 50, .limit = hundred,
	  .query = query_link, .flags = RF_FILE | RF_SLOW },
	{ .face = F_STUDIO, .method = M_GET, .path = "/api/stored",
	  .fn = stored, .access = A_LINK, .query = query_link },
};
const size_t nroutes = nitems(routes);

/* One request, from the environment. */
int
main(void)
{
	struct conf	*conf;
	struct app	*app;
	struct gateway	*gw;
	char		 err[256];
	bool		 again;

	if ((conf = conf_load(NULL, err)) == NULL ||
	    (app = app_ops.app_new(conf, NULL)) == NULL)
		return EX_CONFIG;
	if ((gw = fcgi_cgi()) == NULL || !fcgi_accept(gw))
		return EX_USAGE;
	app_ops.begin(app, gw, 0);
	app_ops.end(app, 0, &again);
	fcgi_close(gw);
	app_ops.app_free(app);
	conf_free(conf);
	return 0;
}
