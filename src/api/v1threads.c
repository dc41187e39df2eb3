/* v1threads.c: threads: opening, listing, changing, deleting, and health. */
#include "config.h"

#include "api/v1.h"

#include <string.h>

#include "api/api.h"
#include "base/text.h"
#include "http/reply.h"

#define PATIENCE_MS	2000	/* a probe that hangs is a probe that fails */

enum { OPEN_THREAD, OPEN_CONVERSATION, OPEN_METADATA };	/* v1_open's body */
enum { LIST_LIMIT, LIST_CURSOR, LIST_ARCHIVED, LIST_Q };	/* v1_list's */
enum { ONLY_OPEN, ONLY_ARCHIVED, ALL };		/* words of LIST_ARCHIVED */
enum { SET_TITLE, SET_METADATA, SET_ARCHIVED };	/* v1_change's body */

/* Columns of conversation_open. */
enum { O_OUTCOME, O_THREAD, O_ID, O_CREATED, O_METADATA };

static enum rc
refused(struct req *r, const char *outcome)
{
	if (strcmp(outcome, "missing") == 0)
		return v1_missing(r, "Conversation",
		    v1_written(r, "conversation_id"));
	return fail(r, RC_CONFLICT, "%s", strcmp(outcome, "taken") == 0 ?
	    "Thread already belongs to another conversation" :
	    "Conversation already has a thread");
}

/* "thread-" and the digits of a UUID that nobody else has. */
static const char *
mint_thread(struct req *r)
{
	char	uuid[UUID_TEXT + 1], *to = uuid, *from;

	req_mint(r, "thread", uuid);
	for (from = uuid; *from != '\0'; from++)
		if (*from != '-')
			*to++ = *from;
	*to = '\0';
	return arena_printf(r->arena, "thread-%s", uuid);
}

/* POST /api/v1/threads. */
enum rc
v1_open(struct req *r)
{
	const char	*thread = r->body[OPEN_THREAD].s, *outcome;
	char		 id[UUID_TEXT + 1];
	struct db_res	*row;
	struct buf	*b = r->out;
	enum rc		 rc;
	bool		 made;

	if (thread != NULL && strcmp(thread, "health") == 0)
		return fields_refuse(r, AT_BODY, "thread_id", thread,
		    "must not be health");
	req_mint(r, "conversation", id);
	rc = db_one(r->db, &row, Q_CONVERSATION_OPEN, thread,
	    r->body[OPEN_CONVERSATION].s, r->body[OPEN_METADATA].s, id,
	    mint_thread(r), r->who.agent ? "t" : "f", r->conf->ckpt_schema);
	if (rc != RC_OK)
		return rc;
	outcome = res_str(row, 0, O_OUTCOME);
	made = strcmp(outcome, "new") == 0;
	if (!made && strcmp(outcome, "known") != 0)
		return refused(r, outcome);
	jw_open(b, '{');
	jw_key(b, "thread_id");
	res_json(b, row, 0, O_THREAD, COL_TEXT);
	jw_key(b, "conversation_id");
	res_json(b, row, 0, O_ID, COL_TEXT);
	jw_key(b, "created_at");
	res_json(b, row, 0, O_CREATED, COL_UTC);
	jw_key(b, "metadata");
	v1_document(b, row, 0, O_METADATA);
	jw_close(b, '}');
	return reply(r, made ? 201 : 200);
}

/* Columns of conversation_show, _list and _change, from that of a Thread. */
enum { T_THREAD, T_ID, T_TITLE, T_META, T_CREATED, T_UPDATED, T_ARCHIVED };

static void
put_thread(struct buf *b, const void *res, size_t i)
{
	static const struct {
		const char	*name;
		int		 col;
		enum col_type	 type;
	} cols[] = {
		{ "created_at", T_CREATED, COL_UTC },
		{ "updated_at", T_UPDATED, COL_UTC },
		{ "archived_at", T_ARCHIVED, COL_UTC },
	};
	static const struct col	first[] = {
		{ "thread_id", COL_TEXT }, { "conversation_id", COL_TEXT },
		{ "title", COL_TEXT },
	};
	size_t			c;

	row_json(b, res, i, first, nitems(first));
	jw_key(b, "metadata");
	v1_document(b, res, i, T_META);
	for (c = 0; c < nitems(cols); c++) {
		jw_key(b, cols[c].name);
		res_json(b, res, i, cols[c].col, cols[c].type);
	}
}

static enum rc
reply_thread(struct req *r, enum rc rc, const struct db_res *row)
{
	if (rc == RC_NOTFOUND)
		return v1_missing(r, "Thread", r->arg[0].s);
	if (rc != RC_OK)
		return rc;
	jw_open(r->out, '{');
	put_thread(r->out, row, 0);
	jw_close(r->out, '}');
	return reply(r, 200);
}

/* The position behind the last row seen; both NULL without a cursor. */
static bool
take_cursor(struct req *r, const char **time, const char **id)
{
	const struct value	*cursor = &r->query[LIST_CURSOR];
	char			 uuid[UUID_TEXT + 1];

	*time = *id = NULL;
	if (!cursor->given)
		return true;
	if (!cursor_take(r, cursor, time, id))
		return false;
	if (*time != NULL && uuid_strict(*id, strlen(*id), uuid))
		return true;
	fields_refuse(r, AT_QUERY, "cursor", cursor->s, "invalid");
	return false;
}

/* The time goes without its zone, which is UTC. */
static const char *
next_cursor(struct req *r, const struct db_res *res, size_t i)
{
	const char	*time = res_str(res, i, T_UPDATED);

	return cursor_make(r, arena_memdup(r->arena, time,
	    strcspn(time, "+")), res_str(res, i, T_ID));
}

/* GET /api/v1/threads.  One row more than asked for tells of more. */
enum rc
v1_list(struct req *r)
{
	struct page	 page = { .out = r->out };
	size_t		 n, rows, limit = (size_t)r->query[LIST_LIMIT].i;
	const char	*q = r->query[LIST_Q].s, *time, *id, *more;
	struct db_res	*res;
	enum rc		 rc;

	if (!take_cursor(r, &time, &id))
		return RC_INVALID;
	more = arena_int(r->arena, (int64_t)limit + 1);
	if (r->query[LIST_ARCHIVED].i == ONLY_OPEN)
		rc = db_run(r->db, &res, Q_CONVERSATION_LIST, more, time, id,
		    q);
	else
		rc = db_run(r->db, &res, Q_CONVERSATION_LIST_ALL, more, time,
		    id, q, r->query[LIST_ARCHIVED].i == ALL ? "f" : "t");
	if (rc != RC_OK)
		return rc;
	rows = res_rows(res);
	jw_open(r->out, '{');
	n = page_list(&page, "threads", rows < limit ? rows : limit,
	    put_thread, res);
	jw_kbool(r->out, "has_more", n < rows);
	jw_kstr(r->out, "next_cursor", n < rows ?
	    next_cursor(r, res, n - 1) : NULL);
	jw_close(r->out, '}');
	return reply(r, 200);
}

/* GET /api/v1/threads/{thread_id}. */
enum rc
v1_show(struct req *r)
{
	struct db_res	*row;
	enum rc		 rc;

	rc = db_one(r->db, &row, Q_CONVERSATION_SHOW, r->arg[0].s,
	    v1_uuid(r->arg[0].s));
	return reply_thread(r, rc, row);
}

/* PATCH /api/v1/threads/{thread_id}. */
enum rc
v1_change(struct req *r)
{
	const struct value	*title = &r->body[SET_TITLE];
	const struct value	*meta = &r->body[SET_METADATA];
	const struct value	*archived = &r->body[SET_ARCHIVED];
	struct db_res		*row;
	enum rc			 rc;

	if (archived->null)
		return fields_refuse(r, AT_BODY, "archived", NULL,
		    "must be true or false");
	if (!title->given && !meta->given && !archived->given)
		return fail(r, RC_MALFORMED, "Nothing to change");
	rc = db_one(r->db, &row, Q_CONVERSATION_CHANGE, r->arg[0].s,
	    title->given ? "t" : "f", title->s, meta->given ? "t" : "f",
	    meta->s, !archived->given ? NULL : archived->i ? "t" : "f");
	return reply_thread(r, rc, row);
}

/* DELETE /api/v1/threads/{thread_id}: own, missing and foreign alike. */
enum rc
v1_delete(struct req *r)
{
	struct db_res	*row;
	enum rc		 rc;

	rc = db_one(r->db, &row, Q_THREAD_DELETE, r->arg[0].s,
	    r->conf->ckpt_schema);
	return rc == RC_OK ? reply(r, 204) : rc;
}

/* GET /api/v1/threads/health. */
enum rc
v1_health(struct req *r)
{
	char		 now[32];
	struct db_res	*res;
	bool		 alive;

	db_limit(r->db, PATIENCE_MS);
	alive = db_run(r->db, &res, Q_PING, NULL) == RC_OK;
	time_utc(now_us(), now);
	jw_open(r->out, '{');
	if (!alive)
		jw_kstr(r->out, "detail", "Database unavailable");
	jw_kstr(r->out, "status", alive ? "healthy" : "unhealthy");
	jw_kstr(r->out, "timestamp", now);
	jw_close(r->out, '}');
	if (!alive)
		reply_header(r, "Retry-After", "5");
	return reply(r, alive ? 200 : 503);
}
