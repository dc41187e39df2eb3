/* chatkit.c: POST /chatkit: answered here, or checked and handed over. */
#include "config.h"

#include "api/chatkit.h"

#include <string.h>

#include "api/api.h"
#include "api/attachment.h"
#include "api/handover.h"
#include "codec/ckcall.h"
#include "codec/ckdoc.h"
#include "http/reply.h"
#include "http/route.h"

#define CALL_MAX	MB(2)	/* of a body that is no recording */
#define FIRST_ITEMS	20	/* that come with a thread */
#define EMPTY_PAGE	"{\"data\":[],\"has_more\":false}"
#define HIDDEN		"{hidden_context_item,sdk_hidden_context}"

typedef enum rc	call_fn(struct req *, const struct ck_params *);

static void
renew(void *arg, struct buf *b, struct json_span url)
{
	attachment_preview(arg, b, url);
}

static void
put_item(struct req *r, const char *type, struct json_span doc)
{
	const struct ckdoc_links	links = { renew, r };

	if (!ckdoc_hidden(type))
		ckdoc_item(r->out, type, doc, &links);
}

static void
put_thread(struct req *r, const char *type, struct json_span doc)
{
	(void)type;
	ckdoc_thread(r->out, doc);
	buf_str(r->out, EMPTY_PAGE);
	jw_close(r->out, '}');
}

static enum rc
thread_get(struct req *r, const struct ck_params *p)
{
	struct ck_page	page = { .limit = FIRST_ITEMS, .ascending = true,
			    .protocol = true, .put = put_item,
			    .open = ckdoc_thread };
	enum rc		rc;

	if ((rc = ck_page_items(r, &page, p->thread_id)) != RC_OK)
		return rc;
	if (!page.head)
		return ck_no_thread(r, p->thread_id);
	jw_close(r->out, '}');
	return reply(r, 200);
}

static enum rc
thread_list(struct req *r, const struct ck_params *p)
{
	struct ck_page	page = { .limit = p->limit, .after = p->after,
			    .ascending = p->ascending, .protocol = true,
			    .put = put_thread };
	enum rc		rc;

	if ((rc = ck_page_threads(r, &page)) != RC_OK)
		return rc;
	return reply(r, 200);
}

static enum rc
item_list(struct req *r, const struct ck_params *p)
{
	struct ck_page	page = { .limit = p->limit, .after = p->after,
			    .ascending = p->ascending, .protocol = true,
			    .put = put_item };
	enum rc		rc;

	if ((rc = ck_page_items(r, &page, p->thread_id)) != RC_OK)
		return rc;
	return reply(r, 200);
}

static enum rc
empty(struct req *r)
{
	buf_add(r->out, "{}", 2);
	return reply(r, 200);
}

static enum rc
rate(struct req *r, const struct ck_params *p)
{
	const struct ck_list	*ids = &p->item_ids;
	struct db_res		*row;
	enum rc			 rc;

	rc = db_one(r->db, &row, Q_CK_RATE, p->thread_id,
	    ck_array(r->arena, ids->v, ids->n), HIDDEN,
	    p->positive ? "1" : "0", r->conf->ls_key != NULL ? "t" : "f");
	if (rc != RC_OK)
		return rc;
	if (res_null(row, 0, 0))
		return ck_no_thread(r, p->thread_id);
	if (ids->n > 0 && res_int(row, 0, 1) == 0)
		return ck_no_item(r, ids->v[0], p->thread_id);
	return empty(r);
}

static enum rc
thread_update(struct req *r, const struct ck_params *p)
{
	struct db_res	*row;
	enum rc		 rc;

	rc = db_one(r->db, &row, Q_CK_THREAD_TITLE, p->thread_id, p->title);
	if (rc == RC_NOTFOUND)
		return ck_no_thread(r, p->thread_id);
	if (rc != RC_OK)
		return rc;
	put_thread(r, NULL, json_whole(res_str(row, 0, 1),
	    res_len(row, 0, 1)));
	return reply(r, 200);
}

static enum rc
thread_delete_call(struct req *r, const struct ck_params *p)
{
	enum rc	rc;

	rc = db_run(r->db, NULL, Q_CK_THREAD_DELETE, p->thread_id,
	    r->conf->ckpt_schema != NULL ? r->conf->ckpt_schema : "");
	return rc != RC_OK ? rc : empty(r);
}

static enum rc
attachment_delete(struct req *r, const struct ck_params *p)
{
	enum rc	rc;

	rc = db_run(r->db, NULL, Q_CK_ATTACHMENT_DELETE, p->attachment_id);
	return rc != RC_OK ? rc : empty(r);
}

/* What an item must be that a request for the agent names. */
static const struct {
	const char	*type, *words;
} wanted[CK__MAX] = {
	[CK_RETRY] = { "user_message", "a user message" },
	[CK_STRUCTURED_INPUT] = { "structured_input", "a structured input" },
	[CK_ACTION] = { "widget", "a widget" },
	[CK_SYNC_ACTION] = { "widget", "a widget" },
};

/* Columns of ck_call. */
enum { C_KEY, C_TYPE, C_STATUS, C_LAST_TYPE, C_LAST_STATUS };

static enum rc
check_item(struct req *r, enum ck_type t, const struct ck_params *p,
    const struct db_res *row)
{
	if (res_null(row, 0, C_TYPE))
		return ck_no_item(r, p->item_id, p->thread_id);
	if (strcmp(res_str(row, 0, C_TYPE), wanted[t].type) != 0)
		return fail(r, RC_MALFORMED, "params.item_id: not %s",
		    wanted[t].words);
	if (t == CK_STRUCTURED_INPUT &&
	    strcmp(res_str(row, 0, C_STATUS), "pending") != 0)
		return fail(r, RC_CONFLICT,
		    "Structured input item %s is not pending", p->item_id);
	return RC_OK;
}

static enum rc
check_thread(struct req *r, enum ck_type t, const struct ck_params *p,
    bool last, const char **key)
{
	struct db_res	*row;
	enum rc		 rc;

	rc = db_one(r->db, &row, Q_CK_CALL, p->thread_id, p->item_id,
	    wanted[t].type, t == CK_TOOL_OUTPUT ? "t" : "f",
	    last ? "t" : "f");
	if (rc == RC_NOTFOUND)
		return ck_no_thread(r, p->thread_id);
	if (rc != RC_OK)
		return rc;
	*key = res_str(row, 0, C_KEY);
	if (t == CK_TOOL_OUTPUT &&
	    (strcmp(res_str(row, 0, C_LAST_TYPE), "client_tool_call") != 0 ||
	    strcmp(res_str(row, 0, C_LAST_STATUS), "pending") != 0))
		return fail(r, RC_CONFLICT, "Last item of %s is not a "
		    "pending client tool call", p->thread_id);
	return p->item_id != NULL ? check_item(r, t, p, row) : RC_OK;
}

/* Each is known, and its bytes are here if they are to come here. */
static enum rc
check_attachments(struct req *r, const struct ck_list *ids)
{
	struct db_res	*res;
	enum rc		 rc;

	rc = db_run(r->db, &res, Q_CK_ATTACHMENTS_CHECK,
	    ck_array(r->arena, ids->v, ids->n));
	if (rc != RC_OK || res_rows(res) == 0)
		return rc;
	if (!res_bool(res, 0, 1))
		return ck_no_attachment(r, res_str(res, 0, 0));
	return fail(r, RC_CONFLICT, "Attachment %s has not been uploaded yet",
	    res_str(res, 0, 0));
}

/*
 * The agent writes all that comes of it itself, through the store, under ids
 * of its own: here nothing is recorded but that it has the thread, by the last
 * of the checks.  Files are checked behind the thread, and so it again.
 */
static enum rc
to_agent(struct req *r, enum ck_type t, const struct ck_params *p)
{
	struct handover	h = { .action = "chatkit", .thread = p->thread_id };
	char		run[UUID_TEXT + 1];
	enum rc		rc;

	if (p->thread_id != NULL && (rc = check_thread(r, t, p,
	    p->attachments.n == 0, &h.thread_key)) != RC_OK)
		return rc;
	if (p->attachments.n > 0 &&
	    ((rc = check_attachments(r, &p->attachments)) != RC_OK ||
	    (p->thread_id != NULL && (rc = check_thread(r, t, p, true,
	    &h.thread_key)) != RC_OK)))
		return rc;
	req_mint(r, "run", run);
	h.run = run;
	return hand_over(r, &h);
}

static call_fn *const calls[CK_THREAD_CREATE] = {
	[CK_THREAD_GET] = thread_get,
	[CK_THREAD_LIST] = thread_list,
	[CK_ITEM_LIST] = item_list,
	[CK_FEEDBACK] = rate,
	[CK_THREAD_UPDATE] = thread_update,
	[CK_THREAD_DELETE] = thread_delete_call,
	[CK_ATTACHMENT_CREATE] = attachment_create,
	[CK_ATTACHMENT_DELETE] = attachment_delete,
};

/* POST /chatkit. */
enum rc
chatkit(struct req *r)
{
	struct json_span	 body = json_whole(r->raw, r->rawlen);
	struct ck_params	 p;
	enum ck_type		 t;
	const char		*why = NULL;

	t = ckcall_type(r->arena, body, &why);
	if (t != CK_TRANSCRIBE && r->rawlen > CALL_MAX)
		return RC_TOOLARGE;
	if (why == NULL)
		why = ckcall_params(r->arena, body, t, &p);
	if (why == NULL && t < CK_THREAD_CREATE && calls[t] == NULL)
		why = "type: unknown";	/* and none of the agent's business */
	if (why != NULL)
		return fail(r, RC_MALFORMED, "%s", why);
	return t < CK_THREAD_CREATE ? calls[t](r, &p) : to_agent(r, t, &p);
}
