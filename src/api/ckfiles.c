/* ckfiles.c: ChatKit's store: documents of attachments. */
#include "config.h"

#include "api/api.h"

#include <string.h>

#include "api/chatkit.h"
#include "codec/ckdoc.h"
#include "http/reply.h"

#define ID_MAX	255	/* characters */

/* Body of an attachment. */
enum { FI_ID, FI_NAME, FI_MIME };

/* The thread that the document names, if that can be one's id. */
static const char *
thread_of(struct req *r)
{
	struct json_span	v;
	char			*id;

	if (!json_member(json_whole(r->raw, r->rawlen), "thread_id", &v) ||
	    *v.p != '"')
		return NULL;
	id = arena_alloc(r->arena, v.n);
	id[json_unescape(v.p + 1, v.n - 2, id)] = '\0';
	return utf8_count(id, strlen(id)) <= ID_MAX ? id : NULL;
}

/* PUT /chatkit/store/attachments/{attachment_id}. */
enum rc
ck_attachment_save(struct req *r)
{
	const char	*id = r->arg[0].s;
	enum rc		 rc;

	rc = ck_envelope(r, id, &r->body[FI_ID], NULL, NULL);
	if (rc == RC_OK)
		rc = db_run(r->db, NULL, Q_CK_ATTACHMENT_SAVE, id, r->raw,
		    ckdoc_uploaded(r->arena, r->raw, r->rawlen),
		    thread_of(r), r->body[FI_NAME].s,
		    r->body[FI_MIME].s);
	return rc == RC_OK ? reply(r, 204) : rc;
}

/* GET /chatkit/store/attachments/{attachment_id}. */
enum rc
ck_attachment_show(struct req *r)
{
	struct db_res	*row;
	enum rc		 rc;

	rc = db_one(r->db, &row, Q_CK_ATTACHMENT_GET, r->arg[0].s);
	if (rc == RC_NOTFOUND)
		return ck_no_attachment(r, r->arg[0].s);
	if (rc != RC_OK)
		return rc;
	buf_add(r->out, res_str(row, 0, 0), res_len(row, 0, 0));
	return reply(r, 200);
}

/* DELETE /chatkit/store/attachments/{attachment_id}: there or not. */
enum rc
ck_attachment_delete(struct req *r)
{
	enum rc	rc;

	rc = db_run(r->db, NULL, Q_CK_ATTACHMENT_DELETE, r->arg[0].s);
	return rc == RC_OK ? reply(r, 204) : rc;
}
