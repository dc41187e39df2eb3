/* ckthreads.c: ChatKit's store: threads, and ids. */
#include "config.h"

#include "api/api.h"

#include <string.h>

#include "api/chatkit.h"
#include "codec/ckcall.h"
#include "codec/ckdoc.h"
#include "http/reply.h"

#define TITLE_MAX	512	/* characters of the column */

enum { PG_LIMIT, PG_AFTER, PG_ORDER };		/* query of pages */
enum { TH_ID, TH_CREATED, TH_TITLE };		/* body of a thread */
enum { IDS_TYPE, IDS_N };			/* query of ids */

enum rc
ck_take_page(struct req *r, struct ck_page *p)
{
	const struct value	*limit = &r->query[PG_LIMIT];

	p->put = ck_put_document;
	p->after = r->query[PG_AFTER].s;
	p->ascending = r->query[PG_ORDER].i == 0;
	if (!ckcall_limit(limit->given ? limit->s : "", limit->n, &p->limit))
		return fields_refuse(r, AT_QUERY, "limit", NULL,
		    "must be an integer from 0 on");
	return RC_OK;
}

/* GET /chatkit/store/threads. */
enum rc
ck_thread_list(struct req *r)
{
	struct ck_page	p = { 0 };
	enum rc		rc;

	if ((rc = ck_take_page(r, &p)) == RC_OK &&
	    (rc = ck_page_threads(r, &p)) == RC_OK)
		rc = reply(r, 200);
	return rc;
}

/* GET /chatkit/store/threads/{thread_id}. */
enum rc
ck_thread_show(struct req *r)
{
	struct db_res	*row;
	enum rc		 rc;

	rc = db_one(r->db, &row, Q_CK_THREAD_GET, r->arg[0].s);
	if (rc == RC_NOTFOUND)
		return ck_no_thread(r, r->arg[0].s);
	if (rc != RC_OK)
		return rc;
	ck_key(r, res_str(row, 0, 0));
	buf_add(r->out, res_str(row, 0, 1), res_len(row, 0, 1));
	return reply(r, 200);
}

enum rc
ck_envelope(struct req *r, const char *id, const struct value *given,
    const struct value *created, char time[32])
{
	if (id != NULL && strcmp(id, given->s) != 0)
		return fields_refuse(r, AT_BODY, "id", NULL,
		    "must be the path's");
	if (created != NULL &&
	    !ck_time(r->arena, created->s, created->n, time))
		return fields_refuse(r, AT_BODY, "created_at", NULL,
		    "must be a date and time (ISO 8601)");
	return RC_OK;
}

/* PUT /chatkit/store/threads/{thread_id}. */
enum rc
ck_thread_save(struct req *r)
{
	const char		*id = r->arg[0].s, *title = NULL;
	const struct value	*v = &r->body[TH_TITLE];
	struct ckdoc_title	 at = ckdoc_title(r->raw, r->rawlen);
	char			 time[32], uuid[UUID_TEXT + 1];
	struct db_res		*row;
	enum rc			 rc;

	rc = ck_envelope(r, id, &r->body[TH_ID], &r->body[TH_CREATED], time);
	if (rc != RC_OK)
		return rc;
	if (v->given)
		title = arena_memdup(r->arena, v->s,
		    utf8_prefix(v->s, v->n, TITLE_MAX));
	ck_thread_uuid(r->owner, id, uuid);
	rc = db_one(r->db, &row, Q_CK_THREAD_SAVE, id, uuid, r->raw, title,
	    arena_int(r->arena, (int64_t)at.at),
	    arena_int(r->arena, (int64_t)at.length), time,
	    r->who.agent ? "t" : "f",
	    r->conf->ckpt_schema != NULL ? r->conf->ckpt_schema : "");
	if (rc != RC_OK)
		return rc;
	ck_key(r, res_str(row, 0, 0));
	return reply(r, 204);
}

/* DELETE /chatkit/store/threads/{thread_id}: there or not. */
enum rc
ck_thread_delete(struct req *r)
{
	struct db_res	*res;
	enum rc		 rc;

	rc = db_run(r->db, &res, Q_CK_THREAD_DELETE, r->arg[0].s,
	    r->conf->ckpt_schema != NULL ? r->conf->ckpt_schema : "");
	if (rc != RC_OK)
		return rc;
	if (res_rows(res) > 0)
		ck_key(r, res_str(res, 0, 0));
	return reply(r, 204);
}

/* GET /chatkit/store/ids: the same for a request that nginx sends again. */
enum rc
ck_ids(struct req *r)
{
	/* In the order of the query's words. */
	static const char *const	prefixes[] = { "thr", "msg", "tc",
					    "wf", "tsk", "atc", "shcx" };
	const char			*prefix;
	char				 uuid[UUID_TEXT + 1];
	int64_t				 k;

	if (!r->query[IDS_TYPE].given)
		return fields_refuse(r, AT_QUERY, "type", NULL, "required");
	prefix = prefixes[r->query[IDS_TYPE].i];
	jw_open(r->out, '{');
	jw_key(r->out, "ids");
	jw_open(r->out, '[');
	for (k = 0; k < r->query[IDS_N].i; k++) {
		req_mint(r, arena_printf(r->arena, "%s %lld", prefix,
		    (long long)k), uuid);
		jw_cstr(r->out, arena_printf(r->arena,
		    "%s_%.8s%.4s%.4s%.4s%s", prefix, uuid, uuid + 9,
		    uuid + 14, uuid + 19, uuid + 24));
	}
	jw_close(r->out, ']');
	jw_close(r->out, '}');
	return reply(r, 200);
}
