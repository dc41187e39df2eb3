/* langsmith.c: feedback to LangSmith, at least once, under one stable id. */
#include "config.h"

#include "jobs/jobs.h"
#include "jobs/langsmith.h"

#include <sys/random.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/json.h"
#include "core/outbox.h"

#define PAUSE_SECONDS	900	/* after 401 and 403 */
#define BUSY_SECONDS	30	/* after 429 without Retry-After */
#define PAYLOAD_MAX	((size_t)1024 * 1024)	/* comments end at 4 KB */

static const struct {
	int		 from, to;
	enum outcome	 outcome;
} verdicts[] = {
	{ 200, 299, OUT_DELIVERED },
	{ 401, 401, OUT_PAUSED },
	{ 403, 403, OUT_PAUSED },
	{ 404, 404, OUT_RETRY },	/* the run may not be ingested yet */
	{ 408, 408, OUT_RETRY },
	{ 409, 409, OUT_RETRY },	/* came and went while we asked */
	{ 429, 429, OUT_RETRY },
	{ 400, 499, OUT_DEAD },
};

enum outcome
langsmith_outcome(int status)
{
	size_t	 i;

	for (i = 0; i < nitems(verdicts); i++)
		if (status >= verdicts[i].from && status <= verdicts[i].to)
			return verdicts[i].outcome;
	return OUT_RETRY;
}

/* {endpoint}path, however many slashes the endpoint ends with. */
static char *
url_of(struct jobs *j, const char *path)
{
	const char	*base = j->conf->ls_endpoint;
	size_t		 n = strlen(base);

	while (n > 0 && base[n - 1] == '/')
		n--;
	return arena_printf(j->arena, "%.*s%s", (int)n, base, path);
}

static void
call(struct jobs *j, const char *method, const char *path,
    const struct buf *body, struct httpc_res *res)
{
	const struct conf	*conf = j->conf;
	struct httpc_req	 req = { .method = method };
	size_t			 n = 0;

	req.url = url_of(j, path);
	req.headers[n++] = arena_printf(j->arena, "x-api-key: %s",
	    conf->ls_key);
	req.headers[n++] = "Accept: application/json";
	if (conf->ls_workspace != NULL)
		req.headers[n++] = arena_printf(j->arena, "X-Tenant-Id: %s",
		    conf->ls_workspace);
	if (body != NULL) {
		req.headers[n++] = "Content-Type: application/json";
		req.body = body->p;
		req.bodylen = body->len;
	}
	httpc_send(j->http, &req, res);
}

/* The id of the first project in the answer. */
static bool
first_id(struct jobs *j, const struct httpc_res *res)
{
	struct json_object	*list, *id;
	const char		*s;

	if (res->cut || json_parse(j->arena, res->body, res->bodylen, 32,
	    &list) != JSON_OK || !json_object_is_type(list, json_type_array) ||
	    json_object_array_length(list) == 0 ||
	    !json_object_object_get_ex(json_object_array_get_idx(list, 0),
	    "id", &id))
		return false;
	s = json_object_get_string(id);
	return s != NULL && uuid_strict(s, strlen(s), j->session);
}

/*
 * j->session, asked for once.  False: res says why.  A project that does not
 * exist yet comes with its first trace, so that is no reason to give up, and
 * feedback without it would be refused for good.
 */
static bool
know_session(struct jobs *j, struct httpc_res *res)
{
	struct buf	 path;
	int		 status;

	if (j->conf->ls_project_id != NULL || j->conf->ls_project == NULL ||
	    j->session[0] != '\0')
		return true;
	buf_init(&path, PAYLOAD_MAX);
	buf_str(&path, "/sessions?name=");
	httpc_escape(&path, j->conf->ls_project);
	buf_str(&path, "&limit=1");
	call(j, "GET", arena_memdup(j->arena, path.p, path.len), NULL, res);
	buf_free(&path);
	status = res->status;
	if (langsmith_outcome(status) == OUT_DELIVERED && first_id(j, res))
		return true;
	if (status != 0 && status != 429 &&
	    langsmith_outcome(status) != OUT_PAUSED) {
		res->status = 0;
		snprintf(res->why, sizeof(res->why),
		    "no id for LANGSMITH_PROJECT (status %d)", status);
	}
	return false;
}

static void
member(struct buf *b, const char *name, const struct delivery *d,
    enum outbox_col c, enum col_type type)
{
	if (res_null(d->row, 0, c))
		return;
	jw_key(b, name);
	res_json(b, d->row, 0, c, type);
}

/* The document of a creation; no email, no prompt. */
static void
document(struct buf *b, const struct jobs *j, const struct delivery *d)
{
	const char	*session = j->session;

	if (j->conf->ls_project_id != NULL)
		session = j->conf->ls_project_id;
	jw_open(b, '{');
	member(b, "id", d, OB_ID, COL_TEXT);
	member(b, "run_id", d, OB_RUN, COL_TEXT);
	jw_kstr(b, "key", "SENTIMENT");
	member(b, "score", d, OB_SCORE, COL_INT);
	member(b, "comment", d, OB_COMMENT, COL_TEXT);
	jw_key(b, "feedback_source");
	jw_open(b, '{');
	jw_kstr(b, "type", "api");
	jw_key(b, "metadata");
	jw_open(b, '{');
	jw_close(b, '}');
	jw_close(b, '}');
	member(b, "created_at", d, OB_CREATED_AT, COL_UTC);
	member(b, "modified_at", d, OB_UPDATED_AT, COL_UTC);
	if (session[0] != '\0')
		jw_kstr(b, "session_id", session);
	jw_close(b, '}');
}

static void
create(struct jobs *j, const struct delivery *d, struct httpc_res *res)
{
	struct buf	 b;

	if (!know_session(j, res))
		return;
	buf_init(&b, PAYLOAD_MAX);
	document(&b, j, d);
	call(j, "POST", "/feedback", &b, res);
	buf_free(&b);
}

/* Only what was submitted since the last delivery. */
static void
update(struct jobs *j, const struct delivery *d, struct httpc_res *res)
{
	struct buf	 b;

	buf_init(&b, PAYLOAD_MAX);
	jw_open(&b, '{');
	if (res_bool(d->row, 0, OB_DIRTY_SCORE))
		member(&b, "score", d, OB_SCORE, COL_INT);
	if (res_bool(d->row, 0, OB_DIRTY_COMMENT))
		member(&b, "comment", d, OB_COMMENT, COL_TEXT);
	jw_close(&b, '}');
	call(j, "PATCH", arena_printf(j->arena, "/feedback/%s",
	    res_str(d->row, 0, OB_ID)), &b, res);
	buf_free(&b);
}

static void
erase(struct jobs *j, const struct delivery *d, struct httpc_res *res)
{
	call(j, "DELETE", arena_printf(j->arena, "/feedback/%s",
	    res_str(d->row, 0, OB_ID)), NULL, res);
}

/*
 * Creates, updates or deletes.  An update that finds nothing creates again, a
 * creation that finds something updates; each way once, then it is an attempt
 * lost.
 */
static void
send(struct jobs *j, struct delivery *d, struct httpc_res *res)
{
	int	 turns;

	if (res_bool(d->row, 0, OB_GONE)) {
		erase(j, d, res);
		return;
	}
	for (turns = 0; turns < 3; turns++) {
		if (d->created)
			update(j, d, res);
		else
			create(j, d, res);
		if (d->created && res->status == 404)
			d->created = false;
		else if (!d->created && res->status == 409)
			d->created = true;
		else
			break;
	}
}

static unsigned
random_bits(void)
{
	unsigned	 r = 0;

	/* Jitter: without random bytes it is only less spread. */
	(void)!getrandom(&r, sizeof(r), GRND_NONBLOCK);
	return r;
}

static void
judge(const struct jobs *j, const struct delivery *d,
    const struct httpc_res *res, struct verdict *v)
{
	v->outcome = langsmith_outcome(res->status);
	if (res_bool(d->row, 0, OB_GONE) && res->status == 404)
		v->outcome = OUT_DELIVERED;	/* what was wanted */
	v->status = res->status;
	v->answer = res->status == 0 ? res->why : res->body;
	v->answerlen = res->status == 0 ? strlen(res->why) : res->bodylen;
	v->delay_ms = outbox_backoff(res_int(d->row, 0, OB_ATTEMPTS) + 1,
	    random_bits());
	if (res->status == 429)
		v->delay_ms = 1000 * (res->retry_after >= 0 ?
		    res->retry_after : BUSY_SECONDS);
	if (v->outcome == OUT_PAUSED || v->delay_ms > PAUSE_SECONDS * 1000)
		v->delay_ms = PAUSE_SECONDS * 1000;
	if (v->outcome == OUT_RETRY &&
	    res_int(d->row, 0, OB_AGE) >= j->conf->ls_max_age * 3600)
		v->outcome = OUT_DEAD;
}

/* One turn's work, for the log. */
struct tally {
	unsigned	 n[OUT__MAX];
};

static void
tell(const struct tally *t)
{
	if (t->n[OUT_DEAD] > 0)
		log_warn("feedback: %u delivered, %u to try again, %u dead",
		    t->n[OUT_DELIVERED], t->n[OUT_RETRY], t->n[OUT_DEAD]);
	else if (t->n[OUT_DELIVERED] + t->n[OUT_RETRY] > 0)
		log_info("feedback: %u delivered, %u to try again",
		    t->n[OUT_DELIVERED], t->n[OUT_RETRY]);
}

/*
 * One row from claim to verdict.  RC_NOTFOUND: none is due.  RC_DENIED and
 * RC_DOWN: LangSmith wants no more for *wait seconds.
 */
static enum rc
deliver_one(struct jobs *j, struct tally *t, int64_t *wait)
{
	struct httpc_res	 res;
	struct delivery		 d;
	struct verdict		 v;
	enum rc			 rc;

	if ((rc = outbox_claim(j->db, &d)) != RC_OK)
		return rc;
	send(j, &d, &res);
	if (res.status == 0 && *j->stop)
		return RC_OK;	/* hung up by us: the lease brings it back */
	judge(j, &d, &res, &v);
	if ((rc = outbox_settle(j->db, j->arena, &d, &v)) != RC_OK)
		return rc;
	t->n[v.outcome]++;
	if (res.status == 0)
		log_warn("feedback: no answer: %s", res.why);
	if (v.outcome == OUT_PAUSED)
		log_error("feedback: LangSmith refuses the key (status %d); "
		    "waiting %d s", res.status, PAUSE_SECONDS);
	if (v.outcome == OUT_PAUSED || res.status == 429)
		*wait = (v.delay_ms + 999) / 1000;
	if (v.outcome == OUT_PAUSED)
		return RC_DENIED;
	return res.status == 429 || res.status == 0 ? RC_DOWN : RC_OK;
}

enum rc
langsmith_deliver(struct jobs *j, int64_t *wait)
{
	struct tally	 t = { { 0 } };
	enum rc		 rc = RC_OK;

	if (j->conf->ls_key == NULL)
		return RC_OK;
	while (rc == RC_OK && !*j->stop) {
		rc = deliver_one(j, &t, wait);
		arena_reset(j->arena);
		db_bind(j->db, j->arena, NULL);
	}
	tell(&t);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}
