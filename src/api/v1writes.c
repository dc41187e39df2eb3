/* v1writes.c: messages, tool calls and checkpoints that clients store. */
#include "config.h"

#include "api/v1.h"

#include <string.h>

#include "api/api.h"
#include "base/text.h"
#include "http/reply.h"

/* Bodies, in the order of their tables. */
enum { M_ID, M_ROLE, M_CONTENT, M_CREATED, M_METADATA };
enum { C_ID, C_TOOL, C_NAME, C_INPUTS, C_STATUS, C_OUTPUTS, C_ERROR,
    C_REQUESTED, C_MESSAGE, C_CHECKPOINT, C_METADATA };
enum { K_ID, K_STATE, K_CREATED, K_METADATA };

/* Columns of conversation_message_put: what came of it, then the message. */
enum { PUT_OUTCOME, PUT_OUTSIDE, PUT_ID, PUT_ROLE, PUT_CONTENT, PUT_CREATED,
    PUT_TOOL, PUT_MESSAGE };

/*
 * What came of a write.  The client's id is what another row may have; minted
 * ones are nobody else's.
 */
static enum rc
judge(struct req *r, const struct db_res *row, const char *what,
    const char *id)
{
	const char	*outcome = res_str(row, 0, 0);

	if (strcmp(outcome, "thread") == 0)
		return v1_missing(r, "Thread", r->arg[0].s);
	if (strcmp(outcome, "message") == 0)
		return v1_missing(r, "Message", v1_written(r, "message_id"));
	if (strcmp(outcome, "checkpoint") == 0)
		return v1_missing(r, "Checkpoint",
		    v1_written(r, "checkpoint_id"));
	if (strcmp(outcome, "other") == 0)
		return v1_other(r, what, id);
	return RC_OK;
}

static enum rc
reply_put(struct req *r, const struct db_res *row)
{
	jw_close(r->out, '}');
	return reply(r, strcmp(res_str(row, 0, 0), "new") == 0 ? 201 : 200);
}

/* The client's own id, or one that this request alone mints. */
static const char *
id_or_mint(struct req *r, const struct value *id, const char *name)
{
	char	uuid[UUID_TEXT + 1];

	if (id != NULL && id->given)
		return id->s;
	req_mint(r, name, uuid);
	return arena_strdup(r->arena, uuid);
}

static enum rc
check_message(struct req *r)
{
	if (!r->who.agent && strcmp(r->body[M_ROLE].s, "user") != 0)
		return fields_refuse(r, AT_BODY, "role", r->body[M_ROLE].s,
		    "only \"user\" is allowed");
	if (strchr("\"[{", *r->body[M_CONTENT].s) == NULL)
		return fields_refuse(r, AT_BODY, "content", NULL,
		    "must be a string, an array or an object");
	if (!r->who.agent && r->body[M_CREATED].given)
		return fields_refuse(r, AT_BODY, "created_at",
		    r->body[M_CREATED].s, "only an agent may set it");
	return RC_OK;
}

/* POST /api/v1/threads/{thread_id}/messages. */
enum rc
v1_message_put(struct req *r)
{
	const struct value	*v = r->body;
	const char		*message;
	struct buf		*b = r->out;
	struct db_res		*row;
	enum rc			 rc;

	if ((rc = check_message(r)) != RC_OK)
		return rc;
	message = id_or_mint(r, &v[M_ID], "message_id");
	rc = db_one(r->db, &row, Q_CONVERSATION_MESSAGE_PUT, r->arg[0].s,
	    id_or_mint(r, NULL, "message"), message, v[M_ROLE].s,
	    v[M_CONTENT].s, v[M_METADATA].s, v[M_CREATED].s);
	if (rc != RC_OK || (rc = judge(r, row, "Message", message)) != RC_OK)
		return rc;
	jw_open(b, '{');
	v1_message(b, row, 0, PUT_ID, false);
	jw_key(b, "message_id");
	res_json(b, row, 0, PUT_MESSAGE, COL_TEXT);
	jw_key(b, "thread_id");
	res_json(b, row, 0, PUT_OUTSIDE, COL_TEXT);
	return reply_put(r, row);
}

static enum rc
check_call(struct req *r)
{
	static const char	why[] = "only with status completed or failed";
	const struct value	*v = r->body;

	if (v[C_STATUS].i != 0)
		return RC_OK;
	if (v[C_OUTPUTS].given)
		return fields_refuse(r, AT_BODY, "outputs", NULL, why);
	if (v[C_ERROR].given)
		return fields_refuse(r, AT_BODY, "error_message", NULL, why);
	return RC_OK;
}

/* POST /api/v1/threads/{thread_id}/tool-calls. */
enum rc
v1_call_put(struct req *r)
{
	const struct value	*v = r->body;
	struct db_res		*row;
	enum rc			 rc;

	if ((rc = check_call(r)) != RC_OK)
		return rc;
	rc = db_one(r->db, &row, Q_TOOLCALL_PUT, r->arg[0].s,
	    id_or_mint(r, &v[C_ID], "tool call"), v[C_ID].given ? "f" : "t",
	    v[C_TOOL].s, v[C_NAME].s, v[C_INPUTS].s,
	    v[C_STATUS].given ? v[C_STATUS].s : "pending", v[C_OUTPUTS].s,
	    v[C_ERROR].s, v[C_REQUESTED].s, v[C_MESSAGE].s, v[C_CHECKPOINT].s,
	    v[C_METADATA].s);
	if (rc != RC_OK || (rc = judge(r, row, "Tool call",
	    v[C_ID].given ? v1_written(r, "id") : "")) != RC_OK)
		return rc;
	jw_open(r->out, '{');
	v1_call(r->out, row, 0, true);
	return reply_put(r, row);
}

/* POST /api/v1/threads/{thread_id}/checkpoints. */
enum rc
v1_checkpoint_put(struct req *r)
{
	const struct value	*v = r->body;
	struct buf		*b = r->out;
	struct db_res		*row;
	enum rc			 rc;

	rc = db_one(r->db, &row, Q_CONVERSATION_CHECKPOINT_PUT, r->arg[0].s,
	    id_or_mint(r, NULL, "checkpoint"), v[K_ID].s, v[K_STATE].s,
	    v[K_CREATED].s, v[K_METADATA].s);
	if (rc != RC_OK ||
	    (rc = judge(r, row, "Checkpoint", v[K_ID].s)) != RC_OK)
		return rc;
	jw_open(b, '{');
	jw_kstr(b, "checkpoint_id", v[K_ID].s);
	jw_key(b, "thread_id");
	res_json(b, row, 0, 1, COL_TEXT);
	jw_key(b, "created_at");
	res_json(b, row, 0, 2, COL_UTC);
	return reply_put(r, row);
}
