/* feedback.c: sentiments, and ratings with comments (seed 000). */
#include "config.h"

#include "api/api.h"

#include <string.h>

#include "base/text.h"
#include "codec/json.h"
#include "http/reply.h"

#define SHOWN_MAX	100	/* code points of a bad id that come back */

enum { S_RUN, S_SENTIMENT };			/* body of sentiment_set */
enum { FB_RUN, FB_SCORE, FB_COMMENT };		/* body of feedback_put */
enum { FL_THREAD, FL_LIMIT, FL_CURSOR };	/* query of feedback_list */

/* POST /sentiment.  Absent or null clears. */
enum rc
sentiment_set(struct req *r)
{
	const struct value	*run = &r->body[S_RUN];
	const struct value	*s = &r->body[S_SENTIMENT];
	bool			 clear = !s->given || s->null;
	const char		*to = clear ? NULL : s->i ? "t" : "f";
	struct db_res		*row;
	enum rc			 rc;

	/* Nearly all are spelt as they are stored: the way without a call. */
	rc = db_one(r->db, &row, Q_SENTIMENT_SET, run->s, to);
	if (rc == RC_NOTFOUND)
		rc = db_one(r->db, &row, Q_SENTIMENT_FIND, run->s, to);
	if (rc == RC_NOTFOUND)
		return fail(r, rc, "Run ID not found or access denied: %s",
		    run->s);
	if (rc != RC_OK)
		return rc;
	jw_open(r->out, '{');
	jw_kstr(r->out, "message", "Sentiment updated successfully");
	jw_kstr(r->out, "run_id", run->s);
	jw_key(r->out, "sentiment");
	if (clear)
		jw_null(r->out);
	else
		jw_bool(r->out, s->i != 0);
	jw_close(r->out, '}');
	return reply(r, 200);
}

/* GET /chat/{thread_id}/sentiments: {run_id: bool}. */
enum rc
sentiments_list(struct req *r)
{
	char		 uuid[UUID_TEXT + 1];
	const char	*id;
	struct db_res	*res;
	size_t		 i;
	enum rc		 rc;

	rc = db_run(r->db, &res, Q_SENTIMENTS, r->arg[0].s);
	if (rc != RC_OK)
		return rc;
	jw_open(r->out, '{');
	for (i = 0; i < res_rows(res); i++) {
		id = uuid_or_text(res_str(res, i, 0), res_len(res, i, 0), uuid);
		jw_key_n(r->out, id, strlen(id));
		jw_bool(r->out, res_bool(res, i, 1));
	}
	jw_close(r->out, '}');
	return reply(r, 200);
}

/* What a blank comment is: none. */
static bool
has_comment(const struct value *v)
{
	const char	*s = v->s;
	size_t		 n = v->n;

	if (s == NULL)
		return false;
	text_trim(&s, &n);
	return n > 0;
}

static enum rc
bad_run(struct req *r, const struct value *run)
{
	return fail(r, RC_MALFORMED,
	    "Invalid run_id format. Expected UUID, got: %.*s",
	    (int)utf8_prefix(run->s, run->n, SHOWN_MAX), run->s);
}

/* POST /feedback: kept here, queued for delivery in the same transaction. */
enum rc
feedback_put(struct req *r)
{
	const struct value	*run = &r->body[FB_RUN];
	const struct value	*score = &r->body[FB_SCORE];
	const struct value	*comment = &r->body[FB_COMMENT];
	const char		*s = run->s;
	char			 uuid[UUID_TEXT + 1];
	size_t			 n = run->n;
	bool			 scored = score->given && !score->null;
	bool			 said = has_comment(comment);
	struct db_res		*row;
	enum rc			 rc;

	text_trim(&s, &n);
	if (!uuid_lax(s, n, uuid))
		return bad_run(r, run);
	if (!scored && !said)
		return fail(r, RC_MALFORMED, "At least one of 'feedback' or "
		    "'comment' must be provided");
	rc = db_one(r->db, &row, Q_FEEDBACK_PUT, uuid,
	    !scored ? NULL : score->i ? "1" : "0", said ? comment->s : NULL,
	    r->conf->ls_key != NULL ? "t" : "f");
	if (rc == RC_NOTFOUND)
		return fail(r, rc, "Run ID not found or access denied");
	if (rc != RC_OK)
		return rc;
	jw_open(r->out, '{');
	jw_kstr(r->out, "message", "Feedback submitted successfully");
	jw_kstr(r->out, "run_id", uuid);
	jw_key(r->out, "feedback");
	if (scored)
		jw_int(r->out, score->i);
	else
		jw_null(r->out);
	jw_kstr(r->out, "comment", said ? comment->s : NULL);
	jw_close(r->out, '}');
	return reply(r, 200);
}

static enum rc
clear(struct req *r, bool score, bool comment, const char *message)
{
	const struct value	*run = &r->arg[0];
	const char		*s = run->s;
	char			 uuid[UUID_TEXT + 1];
	size_t			 n = run->n;
	struct db_res		*row;
	enum rc			 rc;

	text_trim(&s, &n);
	if (!uuid_lax(s, n, uuid))
		return bad_run(r, run);
	rc = db_one(r->db, &row, Q_FEEDBACK_CLEAR, uuid, score ? "t" : "f",
	    comment ? "t" : "f", r->conf->ls_key != NULL ? "t" : "f");
	if (rc == RC_NOTFOUND)
		return fail(r, rc, "Run ID not found or access denied");
	if (rc != RC_OK)
		return rc;
	jw_open(r->out, '{');
	jw_kstr(r->out, "message", message);
	jw_kstr(r->out, "run_id", uuid);
	jw_close(r->out, '}');
	return reply(r, 200);
}

/* DELETE /feedback/{run_id}, and one of its two values. */
enum rc
feedback_delete(struct req *r)
{
	return clear(r, true, true, "Feedback deleted");
}

enum rc
feedback_delete_score(struct req *r)
{
	return clear(r, true, false, "Score deleted");
}

enum rc
feedback_delete_comment(struct req *r)
{
	return clear(r, false, true, "Comment deleted");
}

/* Columns of feedback_list. */
enum { F_UPDATED = 5, F_ID = 7 };

static void
write_feedback(struct req *r, const struct db_res *res, size_t limit)
{
	static const struct col	cols[] = {
		{ "run_id", COL_TEXT }, { "thread_id", COL_TEXT },
		{ "feedback", COL_INT }, { "comment", COL_TEXT },
		{ "created_at", COL_UTC }, { "updated_at", COL_UTC },
		{ "delivery", COL_TEXT },
	};
	size_t			 n = res_rows(res), i;
	bool			 more = n > limit;
	const char		*time;

	if (more)
		n = limit;
	jw_open(r->out, '{');
	jw_key(r->out, "feedback");
	jw_open(r->out, '[');
	for (i = 0; i < n; i++) {
		jw_open(r->out, '{');
		row_json(r->out, res, i, cols, nitems(cols));
		jw_close(r->out, '}');
	}
	jw_close(r->out, ']');
	time = NULL;
	if (more)	/* without the zone, which is UTC */
		time = arena_memdup(r->arena, res_str(res, n - 1, F_UPDATED),
		    strcspn(res_str(res, n - 1, F_UPDATED), "+"));
	jw_kstr(r->out, "next_cursor", !more ? NULL :
	    cursor_make(r, time, res_str(res, n - 1, F_ID)));
	jw_close(r->out, '}');
}

/* GET /feedback, newest first. */
enum rc
feedback_list(struct req *r)
{
	const struct value	*cursor = &r->query[FL_CURSOR];
	const char		*time = NULL, *id = NULL;
	char			 uuid[UUID_TEXT + 1];
	struct db_res		*res;
	enum rc			 rc;

	if (cursor->given) {
		if (!cursor_take(r, cursor, &time, &id))
			return RC_INVALID;
		if (time == NULL || !uuid_strict(id, strlen(id), uuid))
			return fields_refuse(r, AT_QUERY, "cursor",
			    cursor->s, "Invalid cursor");
	}
	rc = db_run(r->db, &res, Q_FEEDBACK_LIST,
	    r->query[FL_THREAD].s, arena_int(r->arena,
	    r->query[FL_LIMIT].i + 1), time, id);
	if (rc != RC_OK)
		return rc;
	write_feedback(r, res, (size_t)r->query[FL_LIMIT].i);
	return reply(r, 200);
}

/* GET /chat/{thread_id}/feedback: {run_id: {…}}. */
enum rc
feedback_thread(struct req *r)
{
	static const struct col	cols[] = {
		{ NULL, COL_TEXT }, { "feedback", COL_INT },
		{ "comment", COL_TEXT }, { "updated_at", COL_UTC },
	};
	struct db_res		*res;
	size_t			 i;
	int			 c;
	enum rc			 rc;

	rc = db_run(r->db, &res, Q_FEEDBACK_THREAD, r->arg[0].s);
	if (rc != RC_OK)
		return rc;
	jw_open(r->out, '{');
	for (i = 0; i < res_rows(res); i++) {
		jw_key_n(r->out, res_str(res, i, 0), res_len(res, i, 0));
		jw_open(r->out, '{');
		for (c = 1; c < (int)nitems(cols); c++) {
			jw_key(r->out, cols[c].name);
			res_json(r->out, res, i, c, cols[c].type);
		}
		jw_close(r->out, '}');
	}
	jw_close(r->out, '}');
	return reply(r, 200);
}
