/* relay.c: live events from their table to nginx, in order, at least once. */
#include "config.h"

#include "jobs/jobs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/json.h"
#include "core/channel.h"

#define BATCH		"500"	/* events of one turn */
#define BATCH_US	1000000	/* it ends by then: below the lease, */
#define REQUEST_MS	1500	/* together with its last request */
#define EVENT_MAX	((size_t)256 * 1024)
#define AWAY_MS		1000	/* until nginx is tried again */
#define SWEEP_US	((int64_t)10 * 1000000)
#define SWEEP_ROWS	"10000"

/* The columns of events_take. */
enum { EV_SEQ, EV_EMAIL, EV_AT, EV_KIND, EV_THREAD, EV_OUTSIDE, EV_PAYLOAD };

struct relay {
	char		 id[UUID_TEXT + 1];
	int64_t		 sweep_at;	/* mono_us() */
	bool		 away;		/* nginx was not there: told */
	unsigned	 refused;	/* by nginx, of this batch */
};

bool
relay_due(const struct jobs *j)
{
	return j->conf->event_secrets.n > 0;
}

void
relay_free(struct relay *r)
{
	free(r);
}

/* Once that nginx is away, once that it is back. */
static void
tell(struct jobs *j, const struct httpc_res *res)
{
	bool	away = res->status == 0 || res->status >= 500;

	if (away && !j->relay->away)
		log_warn("events: nginx does not take any: status %d %s",
		    res->status, res->why);
	else if (!away && j->relay->away)
		log_info("events: nginx takes them again");
	j->relay->away = away;
}

static int
ask(struct jobs *j, const char *method, const char *path, const char *kind,
    const struct buf *body)
{
	struct httpc_req	 req = {
		.method = method,
		.socket = j->conf->event_socket,
		.timeout_ms = REQUEST_MS,
	};
	struct httpc_res	 res;

	req.url = arena_printf(j->arena, "http://localhost%s", path);
	req.headers[0] = "Content-Type: application/json";
	if (kind != NULL)
		req.headers[1] = arena_printf(j->arena,
		    "X-EventSource-Event: %s", kind);
	if (body != NULL) {
		req.body = body->p;
		req.bodylen = body->len;
	}
	httpc_send(j->http, &req, &res);
	tell(j, &res);
	return res.status;
}

/*
 * nginx forgets what it was told when it is started or reloaded.  A mark that
 * is there only as long as the rest tells whether it has.
 */
static enum rc
look_for_mark(struct jobs *j, bool *lost)
{
	int	status = ask(j, "GET", "/mark", NULL, NULL);

	*lost = status == 404;
	return status == 200 || status == 404 ? RC_OK : RC_DOWN;
}

/* RC_CONFLICT: another relay is at work, and will see it, or we do later. */
static enum rc
start_over(struct jobs *j)
{
	char		 word[] = "here";
	struct buf	 mark = { .p = word, .len = sizeof(word) - 1 };
	struct db_res	*r;
	enum rc		 rc;

	rc = db_one(j->db, &r, Q_EVENTS_AGAIN, j->relay->id);
	if (rc != RC_OK)
		return rc;
	if (!res_bool(r, 0, 0))
		return RC_CONFLICT;
	if (ask(j, "POST", "/mark", NULL, &mark) / 100 != 2)
		return RC_DOWN;
	log_info("events: nginx is new and hears the last hour's");
	return RC_OK;
}

static void
write_event(struct buf *b, const struct db_res *r, size_t i)
{
	jw_open(b, '{');
	jw_key(b, "type");
	res_json(b, r, i, EV_KIND, COL_TEXT);
	jw_key(b, "seq");
	res_json(b, r, i, EV_SEQ, COL_INT);
	jw_key(b, "at");
	res_json(b, r, i, EV_AT, COL_UTC);
	jw_key(b, "thread_id");
	res_json(b, r, i, EV_OUTSIDE, COL_TEXT);
	jw_key(b, "conversation_id");
	res_json(b, r, i, EV_THREAD, COL_TEXT);
	buf_chr(b, ',');
	buf_add(b, res_str(r, i, EV_PAYLOAD), res_len(r, i, EV_PAYLOAD));
	jw_close(b, '}');
}

/*
 * To one channel.  What nginx refuses (403: the owner's channels hold as much
 * as they may) would be refused again, and others wait: it is passed over.
 */
static enum rc
publish(struct jobs *j, const char *group, const char *channel,
    const char *kind, const struct buf *b)
{
	int	status = ask(j, "POST", arena_printf(j->arena,
		    "/publish/%s/%s", group, channel), kind, b);

	if (status / 100 == 4)
		j->relay->refused++;
	return status / 100 == 2 || status / 100 == 4 ? RC_OK : RC_DOWN;
}

static enum rc
publish_row(struct jobs *j, const struct db_res *r, size_t i, struct buf *b)
{
	const char	*owner = res_str(r, i, EV_EMAIL);
	const char	*kind = res_str(r, i, EV_KIND);
	char		 all[CHANNEL_NAME], one[CHANNEL_NAME];
	enum rc		 rc;

	buf_cut(b, 0);
	write_event(b, r, i);
	if (b->over || !channel_name(j->conf, owner, NULL, all) ||
	    !channel_name(j->conf, owner, res_str(r, i, EV_THREAD), one)) {
		log_error("events: one could not be written");
		b->over = false;
		return RC_OK;
	}
	if ((rc = publish(j, all, all, kind, b)) != RC_OK)
		return rc;
	return publish(j, all, one, kind, b);
}

/* *done: how many rows of the batch are published. */
static enum rc
publish_all(struct jobs *j, const struct db_res *r, size_t *done)
{
	int64_t		 until = mono_us() + BATCH_US;
	struct buf	 b;
	enum rc		 rc = RC_OK;

	j->relay->refused = 0;
	buf_init(&b, EVENT_MAX);
	for (*done = 0; *done < res_rows(r) && !*j->stop; (*done)++)
		if (mono_us() >= until ||
		    (rc = publish_row(j, r, *done, &b)) != RC_OK)
			break;
	buf_free(&b);
	if (j->relay->refused > 0)
		log_warn("events: nginx refused %u", j->relay->refused);
	return rc;
}

/* One batch; *more: there may be another. */
static enum rc
batch(struct jobs *j, bool *more)
{
	const char	*id = j->relay->id;
	struct db_res	*r;
	size_t		 done;
	bool		 lost;
	enum rc		 rc, published;

	if ((rc = look_for_mark(j, &lost)) != RC_OK ||
	    (lost && (rc = start_over(j)) != RC_OK) ||
	    (rc = db_run(j->db, &r, Q_EVENTS_TAKE, id, BATCH)) != RC_OK)
		return rc;
	if (res_rows(r) == 0)
		return RC_OK;
	published = publish_all(j, r, &done);
	rc = db_run(j->db, &r, Q_EVENTS_DONE, id, done == 0 ? "0" :
	    res_str(r, done - 1, EV_SEQ));
	log_debug("events: %zu published", done);
	*more = done > 0;
	return rc != RC_OK ? rc : published;
}

static enum rc
sweep(struct jobs *j)
{
	struct db_res	*r;

	if (mono_us() < j->relay->sweep_at)
		return RC_OK;
	j->relay->sweep_at = mono_us() + SWEEP_US;
	return db_run(j->db, &r, Q_EVENTS_SWEEP, SWEEP_ROWS);
}

enum rc
relay_events(struct jobs *j, int64_t *wait)
{
	bool	more = false;
	enum rc	rc;

	if (j->conf->event_secrets.n == 0)
		return RC_OK;
	if (j->relay == NULL) {
		if ((j->relay = calloc(1, sizeof(*j->relay))) == NULL)
			return RC_FAIL;
		uuid_random(j->relay->id);
	}
	if ((rc = sweep(j)) == RC_OK)
		rc = batch(j, &more);
	if (rc != RC_OK)
		*wait = AWAY_MS;
	else if (more)
		*wait = 0;
	return rc;
}
