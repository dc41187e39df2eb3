/* studio_threads.c: threads by their uuid (seed 002). */
#include "config.h"

#include "api/studio.h"

#include <inttypes.h>
#include <string.h>

#include "api/api.h"
#include "base/text.h"
#include "codec/json.h"
#include "core/title.h"
#include "http/reply.h"

enum { C_USER, C_TITLE, C_ID, C_META };		/* body of studio_create */
enum { L_USER, L_LIMIT, L_ARCHIVED, L_CURSOR };	/* query of studio_list */
enum { P_TITLE, P_META };			/* body of studio_change */

/* Columns of the statements that return threads. */
enum { T_ID, T_UPDATED = 6 };

static void
write_thread(struct req *r, const struct db_res *res, size_t i)
{
	static const struct col	cols[] = {
		{ "id", COL_TEXT }, { "user_id", COL_TEXT },
		{ "title", COL_TEXT }, { "archived_at", COL_UTC },
		{ "meta", COL_JSON }, { "created_at", COL_UTC },
		{ "updated_at", COL_UTC },
	};

	jw_open(r->out, '{');
	row_json(r->out, res, i, cols, nitems(cols));
	jw_close(r->out, '}');
}

/* The one row that a statement found or changed. */
static enum rc
answer(struct req *r, enum rc rc, const struct db_res *row)
{
	if (rc == RC_NOTFOUND)
		return studio_missing(r);
	if (rc != RC_OK)
		return rc;
	write_thread(r, row, 0);
	return reply(r, 200);
}

/* POST /api/threads.  A repeated id is the stored thread, as it is. */
enum rc
studio_create(struct req *r)
{
	const struct value	*v = r->body;
	const char		*id = v[C_ID].s;
	char			 minted[UUID_TEXT + 1];
	struct db_res		*row;
	enum rc			 rc;

	if ((rc = studio_owner(r, &v[C_USER])) != RC_OK)
		return rc;
	if (id == NULL) {
		req_mint(r, "thread", minted);
		id = minted;
	}
	db_queue(r->db, Q_STUDIO_CREATE, id,
	    v[C_TITLE].given ? v[C_TITLE].s : "New chat", v[C_META].s,
	    r->who.agent ? "t" : "f", r->conf->ckpt_schema);
	rc = db_one(r->db, &row, Q_STUDIO_THREAD, id);
	if (rc == RC_CONFLICT)
		return fail(r, rc, "Thread id is already in use");
	return answer(r, rc, row);
}

/* GET /api/threads, newest first. */
enum rc
studio_list(struct req *r)
{
	const struct value	*q = r->query;
	size_t			 limit = (size_t)q[L_LIMIT].i, n, i;
	const char		*time, *id;
	struct db_res		*res;
	enum rc			 rc;

	if ((rc = studio_owner(r, &q[L_USER])) != RC_OK)
		return rc;
	if (!studio_cursor(r, &q[L_CURSOR], studio_is_uuid, &time, &id))
		return RC_INVALID;
	rc = db_run(r->db, &res, q[L_ARCHIVED].i ? Q_STUDIO_THREADS :
	    Q_STUDIO_THREADS_OPEN, arena_int(r->arena, (int64_t)limit + 1),
	    time, id);
	if (rc != RC_OK)
		return rc;
	if ((n = res_rows(res)) > limit) {
		n = limit;
		studio_next(r, arena_printf(r->arena,
		    "/api/threads?limit=%zu%s", limit, q[L_ARCHIVED].i ?
		    "&include_archived=true" : ""),
		    res_str(res, n - 1, T_UPDATED), res_str(res, n - 1, T_ID));
	}
	jw_open(r->out, '[');
	for (i = 0; i < n; i++)
		write_thread(r, res, i);
	jw_close(r->out, ']');
	return reply(r, 200);
}

/* GET /api/threads/{id}. */
enum rc
studio_show(struct req *r)
{
	const char	*id = studio_id(r);
	struct db_res	*row;
	enum rc		 rc;

	if (id == NULL)
		return studio_missing(r);
	rc = db_one(r->db, &row, Q_STUDIO_THREAD, id);
	return answer(r, rc, row);
}

static enum rc
change(struct req *r, const struct value *title, const struct value *meta)
{
	static const struct value	 none;
	const char			*id = studio_id(r);
	struct db_res			*row;
	enum rc				 rc;

	if (id == NULL)
		return studio_missing(r);
	if (meta == NULL)
		meta = &none;
	rc = db_one(r->db, &row, Q_STUDIO_CHANGE, id, title->given ? "t" : "f",
	    title->s, meta->given ? "t" : "f", meta->s);
	return answer(r, rc, row);
}

/* PATCH /api/threads/{id}.  What is absent stays. */
enum rc
studio_change(struct req *r)
{
	return change(r, &r->body[P_TITLE], &r->body[P_META]);
}

/* PATCH /api/threads/{id}/title. */
enum rc
studio_rename(struct req *r)
{
	return change(r, &r->body[0], NULL);
}

/* POST /api/threads/{id}/title/auto. */
enum rc
studio_title(struct req *r)
{
	const char	*id = studio_id(r);
	char		 text[TITLE_BYTES];
	struct value	 title = { .given = true, .s = text };
	struct db_res	*row;
	enum rc		 rc;

	if (id == NULL)
		return studio_missing(r);
	rc = db_one(r->db, &row, Q_STUDIO_FIRST_TEXT, id);
	if (rc == RC_NOTFOUND)
		return studio_missing(r);
	if (rc != RC_OK)
		return rc;
	if (title_make(res_str(row, 0, 0), res_len(row, 0, 0), text) == 0)
		return fail(r, RC_MALFORMED,
		    "No messages to generate title from");
	return change(r, &title, NULL);
}

static enum rc
archive(struct req *r, const char *on)
{
	const char	*id = studio_id(r);
	struct db_res	*row;
	enum rc		 rc;

	if (id == NULL)
		return studio_missing(r);
	rc = db_one(r->db, &row, Q_STUDIO_ARCHIVE, id, on);
	return answer(r, rc, row);
}

/* POST /api/threads/{id}/archive. */
enum rc
studio_archive(struct req *r)
{
	return archive(r, "t");
}

/* POST /api/threads/{id}/unarchive. */
enum rc
studio_unarchive(struct req *r)
{
	return archive(r, "f");
}

/* DELETE /api/threads/{id}: gone afterwards, whoever had it before. */
enum rc
studio_drop(struct req *r)
{
	const char	*id = studio_id(r);
	enum rc		 rc = RC_OK;

	if (id != NULL)
		rc = db_run(r->db, NULL, Q_STUDIO_DROP, id,
		    r->conf->ckpt_schema);
	return rc != RC_OK ? rc : reply(r, 204);
}
