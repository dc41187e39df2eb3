/* ckitems.c: ChatKit's store: items of a thread, and their ratings. */
#include "config.h"

#include "api/api.h"

#include <string.h>

#include "api/chatkit.h"
#include "codec/ckdoc.h"
#include "http/reply.h"

enum { IT_ID, IT_TYPE, IT_CREATED };		/* body of an item */
enum { S_KEY, S_STATE };			/* columns of ck_item_save */

/* GET /chatkit/store/threads/{thread_id}/items. */
enum rc
ck_item_list(struct req *r)
{
	struct ck_page	p = { 0 };
	enum rc		rc;

	if ((rc = ck_take_page(r, &p)) != RC_OK ||
	    (rc = ck_page_items(r, &p, r->arg[0].s)) != RC_OK)
		return rc;
	if (p.key != NULL)
		ck_key(r, p.key);
	return reply(r, 200);
}

/* The run that an agent says the item came of; NULL without one. */
static enum rc
take_run(struct req *r, const char **run)
{
	const char	*s = req_env(r, "HTTP_X_BOBBIN_RUN");
	char		*uuid;

	*run = NULL;
	if (s == NULL || !r->who.agent)
		return RC_OK;
	uuid = arena_alloc(r->arena, UUID_TEXT + 1);
	if (!uuid_lax(s, strlen(s), uuid))
		return fail(r, RC_MALFORMED, "X-Bobbin-Run: must be a UUID");
	*run = uuid;
	return RC_OK;
}

/*
 * An item's uuid hangs on its thread's, which is known beforehand where the
 * thread was made here; else it is asked for once.
 */
static enum rc
save(struct req *r, bool add, const char **state)
{
	const char	*thread = r->arg[0].s, *id = r->body[IT_ID].s;
	const char	*type = r->body[IT_TYPE].s, *run, *plain;
	char		 time[32], key[UUID_TEXT + 1], uuid[UUID_TEXT + 1];
	struct db_res	*row;
	bool		 asked = false;
	enum rc		 rc;

	rc = ck_envelope(r, add ? NULL : r->arg[1].s, &r->body[IT_ID],
	    &r->body[IT_CREATED], time);
	if (rc != RC_OK || (rc = take_run(r, &run)) != RC_OK)
		return rc;
	plain = ckdoc_plain(r->arena, type, json_whole(r->raw, r->rawlen));
	ck_thread_uuid(r->owner, thread, key);
	for (;;) {
		uuid_v5(key, id, strlen(id), uuid);
		rc = db_one(r->db, &row, Q_CK_ITEM_SAVE, thread, key, uuid,
		    id, type, r->raw, ckdoc_role(type), plain, run, time,
		    add ? "t" : "f");
		if (rc != RC_OK)
			return rc;
		*state = res_str(row, 0, S_STATE);
		if (strcmp(*state, "other") != 0 || asked)
			break;
		asked = true;
		memcpy(key, res_str(row, 0, S_KEY), UUID_TEXT + 1);
	}
	if (strcmp(*state, "missing") == 0)
		return ck_no_thread(r, thread);
	ck_key(r, res_str(row, 0, S_KEY));
	return RC_OK;
}

/* POST /chatkit/store/threads/{thread_id}/items: nothing is replaced. */
enum rc
ck_item_add(struct req *r)
{
	const char	*state;
	enum rc		 rc;

	if ((rc = save(r, true, &state)) != RC_OK)
		return rc;
	if (strcmp(state, "taken") == 0)
		return fail(r, RC_CONFLICT, "Item %s already exists",
		    r->body[IT_ID].s);
	buf_add(r->out, "{}", 2);
	return reply(r, strcmp(state, "new") == 0 ? 201 : 200);
}

/* PUT /chatkit/store/threads/{thread_id}/items/{item_id}. */
enum rc
ck_item_save(struct req *r)
{
	const char	*state;
	enum rc		 rc;

	if ((rc = save(r, false, &state)) != RC_OK)
		return rc;
	return reply(r, 204);
}

/* GET /chatkit/store/threads/{thread_id}/items/{item_id}. */
enum rc
ck_item_show(struct req *r)
{
	const char	*thread = r->arg[0].s, *item = r->arg[1].s;
	struct db_res	*row;
	enum rc		 rc;

	rc = db_one(r->db, &row, Q_CK_ITEM_GET, thread, item);
	if (rc == RC_NOTFOUND)
		return ck_no_thread(r, thread);
	if (rc != RC_OK)
		return rc;
	ck_key(r, res_str(row, 0, 0));
	if (res_null(row, 0, 1))
		return ck_no_item(r, item, thread);
	buf_add(r->out, res_str(row, 0, 1), res_len(row, 0, 1));
	return reply(r, 200);
}

/* DELETE /chatkit/store/threads/{thread_id}/items/{item_id}: there or not. */
enum rc
ck_item_delete(struct req *r)
{
	struct db_res	*res;
	enum rc		 rc;

	rc = db_run(r->db, &res, Q_CK_ITEM_DELETE, r->arg[0].s, r->arg[1].s);
	if (rc != RC_OK)
		return rc;
	if (res_rows(res) > 0)
		ck_key(r, res_str(res, 0, 0));
	return reply(r, 204);
}

static void
write_ratings(struct req *r, const struct db_res *res, size_t limit)
{
	static const struct col	cols[] = {
		{ "item_id", COL_TEXT }, { "kind", COL_TEXT },
		{ "run_id", COL_TEXT }, { "created_at", COL_UTC },
		{ "updated_at", COL_UTC },
	};
	size_t			n = res_rows(res), i;
	bool			more = n > limit;

	n = more ? limit : n;
	jw_open(r->out, '{');
	jw_key(r->out, "data");
	jw_open(r->out, '[');
	for (i = 0; i < n; i++) {
		jw_open(r->out, '{');
		row_json(r->out, res, i, cols, nitems(cols));
		jw_close(r->out, '}');
	}
	ck_page_end(r->out, more, more ? res_str(res, n - 1, 0) : NULL, false);
}

/* GET /chatkit/store/threads/{thread_id}/feedback. */
enum rc
ck_ratings(struct req *r)
{
	const char	*thread = r->arg[0].s;
	struct ck_page	 p = { 0 };
	struct db_res	*res[2];
	enum rc		 rc;

	if ((rc = ck_take_page(r, &p)) != RC_OK)
		return rc;
	if (p.after != NULL && *p.after == '\0')
		p.after = NULL;
	db_queue(r->db, Q_CK_RATINGS_HEAD, thread, p.after);
	db_queue(r->db, Q_CK_RATINGS, thread, p.after,
	    arena_int(r->arena, p.limit + 1), p.ascending ? "t" : "f");
	if ((rc = db_exec(r->db, res, 2)) != RC_OK)
		return rc;
	if (res_rows(res[0]) == 0)
		return ck_no_thread(r, thread);
	ck_key(r, res_str(res[0], 0, 0));
	if (!res_bool(res[0], 0, 1))
		return ck_no_item(r, p.after, NULL);
	write_ratings(r, res[1], (size_t)p.limit);
	return reply(r, 200);
}
