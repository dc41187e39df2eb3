/* events.c: who may listen to live events; nginx holds the connections. */
#include "config.h"

#include "api/api.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "auth/link.h"
#include "base/log.h"
#include "base/text.h"
#include "codec/json.h"
#include "core/channel.h"
#include "http/reply.h"

#define TOKEN_SECONDS	60
#define OWNER_MAX	1024	/* 255 characters */

static enum rc
on(struct req *r)
{
	if (r->conf->event_secrets.n > 0)
		return RC_OK;
	return fail(r, RC_NOAGENT, "Live events are not configured");
}

enum rc
events_token(struct req *r)
{
	int64_t		 end = time(NULL) + TOKEN_SECONDS;
	char		 when[32];
	struct buf	 token;
	enum rc		 rc;

	if ((rc = on(r)) != RC_OK)
		return rc;
	time_utc(end * 1000000, when);
	strcpy(strchr(when, '.'), "Z");		/* a whole second */
	buf_init(&token, 2048);
	if (link_sign(&r->conf->event_secrets, LINK_EVENTS, r->owner, end,
	    &token)) {
		jw_open(r->out, '{');
		jw_key(r->out, "token");
		jw_str(r->out, token.p, token.len);
		jw_kstr(r->out, "expires_at", when);
		jw_close(r->out, '}');
		rc = reply(r, 200);
	} else
		rc = RC_FAIL;
	buf_free(&token);
	return rc;
}

/* The owner that a link's token names is the request's from here on. */
static enum rc
take_token(struct req *r)
{
	static const char *const whys[LINK_ERR__MAX] = {
		[LINK_FORM] = "Invalid token format",
		[LINK_SIGNATURE] = "Invalid token signature",
		[LINK_EXPIRED] = "Token has expired",
		[LINK_OTHER] = "Invalid token",
	};
	char		 owner[OWNER_MAX];
	enum link_err	 err;

	err = link_open(&r->conf->event_secrets, LINK_EVENTS, time(NULL),
	    r->link, owner, sizeof(owner));
	if (err != LINK_OK)
		return fail(r, RC_BADTOKEN, "%s", whys[err]);
	r->owner = arena_strdup(r->arena, owner);
	log_context(r->id, r->owner);
	db_bind(r->db, r->arena, r->owner);
	return RC_OK;
}

/* One of a list's words, without parameters: "text/html, text/event-stream". */
static bool
lists(const char *list, const char *word)
{
	size_t	n = strlen(word);

	while (list != NULL && *list != '\0') {
		list += strspn(list, " \t,");
		if (strncasecmp(list, word, n) == 0 &&
		    strchr(" \t,;", list[n]) != NULL)
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

/* "1795319304:1": what nginx gave as an event's id. */
static bool
is_id(const char *s)
{
	const char	*colon = strchr(s, ':');
	int64_t		 n;

	return colon != NULL &&
	    int_strict(s, (size_t)(colon - s), 0, INT32_MAX * 2LL, &n) &&
	    int_strict(colon + 1, strlen(colon + 1), 0, INT16_MAX, &n);
}

/*
 * To nginx's subscriber location, which gets everything that it must know from
 * here, and nothing from the client.
 */
static enum rc
listen_to(struct req *r, const char *thread)
{
	const char	*from = req_env(r, "HTTP_LAST_EVENT_ID");
	char		*group = arena_alloc(r->arena, CHANNEL_NAME);
	char		*name = arena_alloc(r->arena, CHANNEL_NAME);

	if (r->query[1].given)
		from = r->query[1].s;
	if (from != NULL && !is_id(from))
		return fail(r, RC_MALFORMED, "last_event_id: invalid");
	if (!lists(req_env(r, "HTTP_UPGRADE"), "websocket") &&
	    !lists(req_env(r, "HTTP_ACCEPT"), "text/event-stream"))
		return fail(r, RC_MALFORMED,
		    "Accept must include text/event-stream");
	if (r->method == M_HEAD) {
		r->reply.type = "text/event-stream";
		r->reply.cache = "no-cache";
		return reply(r, 200);
	}
	if (!channel_name(r->conf, r->owner, NULL, group) ||
	    !channel_name(r->conf, r->owner, thread, name))
		return RC_FAIL;
	reply_header(r, "X-Bobbin-Group", group);
	reply_header(r, "X-Bobbin-Channel", name);
	if (from != NULL)
		reply_header(r, "X-Bobbin-From", from);
	return reply_accel(r, "/_bobbin/events");
}

enum rc
events_all(struct req *r)
{
	enum rc	rc;

	if ((rc = on(r)) != RC_OK ||
	    (r->link != NULL && (rc = take_token(r)) != RC_OK))
		return rc;
	return listen_to(r, NULL);
}

enum rc
events_thread(struct req *r)
{
	struct db_res	*row;
	enum rc		 rc;

	if ((rc = on(r)) != RC_OK ||
	    (r->link != NULL && (rc = take_token(r)) != RC_OK) ||
	    (rc = db_one(r->db, &row, Q_EVENT_THREAD, r->arg[0].s)) != RC_OK)
		return rc;
	if (res_null(row, 0, 0))
		return fail(r, RC_NOTFOUND, "Thread not found: %s",
		    r->arg[0].s);
	return listen_to(r, res_str(row, 0, 0));
}
