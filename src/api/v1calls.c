/* v1calls.c: tool calls: decisions, a thread's list, the owner's inbox. */
#include "config.h"

#include "api/v1.h"

#include <string.h>

#include "api/api.h"
#include "base/text.h"
#include "http/reply.h"

enum { D_CALL, D_STATUS, D_OUTPUTS, D_ERROR, D_EDITED };	/* a body */
enum { A_APPROVED, A_REJECTED };		/* words of D_STATUS */
enum { L_STATUS, L_LIMIT, L_CURSOR, L_ORDER };	/* query of the lists */

/* Columns of toolcall_decide. */
enum { DID_OUTCOME, DID_ID, DID_STATUS, DID_UPDATED };

/* Approving and rejecting are a human's. */
static enum rc
check_decision(struct req *r)
{
	int64_t	status = r->body[D_STATUS].i;

	if (r->body[D_EDITED].given && status != A_APPROVED)
		return fields_refuse(r, AT_BODY, "edited_inputs", NULL,
		    "only with status approved");
	if (r->who.agent && status <= A_REJECTED)
		return fail(r, RC_FORBIDDEN,
		    "Only the owner may approve or reject");
	return RC_OK;
}

static enum rc
refused(struct req *r, const struct db_res *row)
{
	const char	*outcome = res_str(row, 0, DID_OUTCOME);

	if (strcmp(outcome, "thread") == 0)
		return v1_missing(r, "Thread", r->arg[0].s);
	if (strcmp(outcome, "call") == 0)
		return v1_missing(r, "Tool call", r->body[D_CALL].s);
	if (strcmp(outcome, "ambiguous") == 0)
		return fail(r, RC_CONFLICT, "Tool call is ambiguous: %s",
		    r->body[D_CALL].s);
	return fail(r, RC_CONFLICT, "Tool call is already %s",
	    res_str(row, 0, DID_STATUS));
}

/* POST /api/v1/threads/{thread_id}/tool-result. */
enum rc
v1_decide(struct req *r)
{
	static const struct col	cols[] = {
		{ "status", COL_TEXT }, { "updated_at", COL_UTC },
	};
	const struct value	*v = r->body;
	char			 uuid[UUID_TEXT + 1];
	struct buf		*b = r->out;
	struct db_res		*row;
	size_t			 c;
	bool			 is_uuid;
	enum rc			 rc;

	if ((rc = check_decision(r)) != RC_OK)
		return rc;
	is_uuid = uuid_strict(v[D_CALL].s, v[D_CALL].n, uuid);
	rc = db_one(r->db, &row, Q_TOOLCALL_DECIDE, r->arg[0].s, v[D_CALL].s,
	    is_uuid ? uuid : NULL, v[D_STATUS].s, v[D_OUTPUTS].s,
	    v[D_ERROR].s, v[D_EDITED].s, !r->who.agent ? r->owner :
	    arena_printf(r->arena, "agent:%s", r->who.sub));
	if (rc != RC_OK)
		return rc;
	if (strcmp(res_str(row, 0, DID_OUTCOME), "done") != 0 &&
	    strcmp(res_str(row, 0, DID_OUTCOME), "repeat") != 0)
		return refused(r, row);
	jw_open(b, '{');
	jw_kbool(b, "success", true);
	jw_key(b, "tool_call_id");
	res_json(b, row, 0, DID_ID, COL_TEXT);
	for (c = 0; c < nitems(cols); c++) {
		jw_key(b, cols[c].name);
		res_json(b, row, 0, DID_STATUS + (int)c, cols[c].type);
	}
	jw_close(b, '}');
	return reply(r, 200);
}

static void
put_call(struct buf *b, const void *res, size_t i)
{
	v1_call(b, res, i, true);
}

static enum rc
take_cursor(struct req *r, struct place *p)
{
	const struct value	*cursor = &r->query[L_CURSOR];
	const char		*time, *id;
	char			*text;

	*p = (struct place){ .done = false };
	if (!cursor->given)
		return RC_OK;
	if (!cursor_take(r, cursor, &time, &id))
		return RC_INVALID;
	text = arena_strdup(r->arena, id);
	if (time == NULL && place_read(&text, PLACE_UUID, p) &&
	    p->at != NULL && text != NULL && *text == '\0')
		return RC_OK;
	return fields_refuse(r, AT_QUERY, "cursor", cursor->s, "invalid");
}

static const char *
next_cursor(struct req *r, const struct db_res *res, size_t i)
{
	struct place	p = { .at = res_str(res, i, CALL_AT),
			    .id = res_str(res, i, CALL_ID) };
	struct buf	text;
	const char	*s;

	buf_init(&text, 256);
	place_write(&text, &p);
	buf_chr(&text, '\0');
	s = cursor_make(r, NULL, text.p);
	buf_free(&text);
	return s;
}

static enum rc
write_calls(struct req *r, const struct db_res *res)
{
	struct page	page = { .out = r->out };
	size_t		n, rows = res_rows(res);
	size_t		limit = (size_t)r->query[L_LIMIT].i;

	for (n = 0; n < rows && n < limit && res_bool(res, n, CALL_FITS); n++)
		;
	jw_open(r->out, '{');
	n = page_list(&page, "tool_calls", n, put_call, res);
	jw_kbool(r->out, "has_more", n < rows);
	jw_kstr(r->out, "next_cursor", n < rows ?
	    next_cursor(r, res, n - 1) : NULL);
	jw_close(r->out, '}');
	return reply(r, 200);
}

/* A thread's, or all with NULL; the thread is looked for in the same trip. */
static enum rc
list(struct req *r, const char *thread)
{
	const char	*uuid = thread != NULL ? v1_uuid(thread) : NULL;
	struct db_res	*res[2];
	struct place	 p;
	size_t		 n = 0;
	enum rc		 rc;

	if ((rc = take_cursor(r, &p)) != RC_OK)
		return rc;
	if (thread != NULL) {
		db_queue(r->db, Q_CONVERSATION_SHOW, thread, uuid);
		n++;
	}
	db_queue(r->db, Q_TOOLCALL_LIST, thread, uuid, r->query[L_STATUS].s,
	    arena_int(r->arena, r->query[L_LIMIT].i + 1),
	    r->query[L_ORDER].i != 0 ? "t" : "f", p.at, p.id, PAGE_BYTES);
	if ((rc = db_exec(r->db, res, n + 1)) != RC_OK)
		return rc;
	if (thread != NULL && res_rows(res[0]) == 0)
		return v1_missing(r, "Thread", thread);
	return write_calls(r, res[n]);
}

/* GET /api/v1/threads/{thread_id}/tool-calls. */
enum rc
v1_calls(struct req *r)
{
	return list(r, r->arg[0].s);
}

/* GET /api/v1/tool-calls. */
enum rc
v1_inbox(struct req *r)
{
	return list(r, NULL);
}

/* GET /api/v1/tool-calls/{tool_call_id}. */
enum rc
v1_call_show(struct req *r)
{
	const char	*id = r->arg[0].s;
	char		 uuid[UUID_TEXT + 1];
	struct db_res	*row;
	enum rc		 rc = RC_NOTFOUND;

	if (uuid_strict(id, r->arg[0].n, uuid))
		rc = db_one(r->db, &row, Q_TOOLCALL_SHOW, uuid);
	if (rc == RC_NOTFOUND)
		return v1_missing(r, "Tool call", id);
	if (rc != RC_OK)
		return rc;
	jw_open(r->out, '{');
	v1_call(r->out, row, 0, true);
	jw_close(r->out, '}');
	return reply(r, 200);
}
