/* attachments.c: files that ChatKit's users send along (chatkit.md, 10). */
#include "config.h"

#include "api/attachment.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "api/api.h"
#include "api/chatkit.h"
#include "api/files.h"
#include "auth/link.h"
#include "codec/ckdoc.h"
#include "codec/filename.h"
#include "codec/filetype.h"
#include "http/reply.h"
#include "http/route.h"

#define UNKNOWN_TYPE	"application/octet-stream"
#define FORM		"multipart/form-data"
#define RACES		8	/* with who saves its document */

/* Columns of attachment_get and attachment_link. */
enum { A_ID, A_DOCUMENT, A_HERE, A_NAME, A_TYPE, A_SHA, A_MIME, A_SIZE,
    A_ON_DISK, A_IN_S3, A_MISSING, A_EMAIL };

size_t
attachment_limit(const struct conf *conf)
{
	return (size_t)conf->ck_attachment_mb * 1048576;
}

static struct json_span
document(const struct db_res *row)
{
	return json_whole(res_str(row, 0, A_DOCUMENT),
	    res_len(row, 0, A_DOCUMENT));
}

/* --- The row */

/* A link's row; its owner is the request's from now on. */
static enum rc
by_link(struct req *r, enum link_purpose purpose, struct db_res **row)
{
	char		id[UUID_TEXT + 1], uuid[UUID_TEXT + 1];
	enum link_err	err;
	enum rc		rc;

	err = link_open(&r->conf->link_secrets, purpose, time(NULL),
	    r->link, id, sizeof(id));
	if (err == LINK_OK && !uuid_strict(id, strlen(id), uuid))
		err = LINK_OTHER;
	switch (err) {
	case LINK_OK:
		break;
	case LINK_OTHER:
		return fail(r, RC_FORBIDDEN,
		    "Token does not match attachment");
	case LINK_SIGNATURE:
		return fail(r, RC_BADTOKEN, "Invalid token signature");
	case LINK_EXPIRED:
		return fail(r, RC_BADTOKEN, "Token expired");
	default:
		return fail(r, RC_BADTOKEN, "Invalid token format");
	}
	if ((rc = db_one(r->db, row, Q_ATTACHMENT_LINK, uuid)) != RC_OK)
		return rc;
	if (strcmp(res_str(*row, 0, A_ID), r->arg[0].s) != 0)
		return fail(r, RC_FORBIDDEN,
		    "Token does not match attachment");
	r->owner = res_str(*row, 0, A_EMAIL);
	db_bind(r->db, r->arena, r->owner);
	return RC_OK;
}

/* RC_NOTFOUND has its words, too. */
static enum rc
find(struct req *r, enum link_purpose purpose, struct db_res **row)
{
	enum rc	rc;

	rc = r->link != NULL ? by_link(r, purpose, row) :
	    db_one(r->db, row, Q_ATTACHMENT_GET, r->arg[0].s);
	return rc == RC_NOTFOUND ? ck_no_attachment(r, r->arg[0].s) : rc;
}

/* --- Writing */

/* A row that is to be. */
struct fresh {
	const char	*id, *name, *type, *document;
	int64_t		 size;		/* as declared */
};

static const char *
new_id(struct req *r)
{
	char	u[UUID_TEXT + 1];

	req_mint(r, "attachment", u);
	return arena_printf(r->arena, "atc_%.8s%.4s%.4s%.4s%s", u, u + 9,
	    u + 14, u + 19, u + 24);
}

/* Nothing happens if there is one of that id. */
static void
queue_new(struct req *r, const struct fresh *a)
{
	char	*uuid = arena_alloc(r->arena, UUID_TEXT + 1);

	attachment_uuid(r->owner, a->id, uuid);
	db_queue(r->db, Q_ATTACHMENT_NEW, uuid, a->id, a->document, a->name,
	    a->type, arena_int(r->arena, a->size));
}

/* What attachments.create asks for. */
static enum rc
check_create(struct req *r, const struct ck_params *p)
{
	const char	*why;

	if ((why = attachment_name_fault(p->name)) != NULL)
		return fail(r, RC_MALFORMED, "params.name: %s", why);
	if ((why = attachment_type_fault(p->mime_type)) != NULL)
		return fail(r, RC_MALFORMED, "params.mime_type: %s", why);
	if ((uint64_t)p->size > attachment_limit(r->conf))
		return fail(r, RC_TOOLARGE, "File too large (> %zu bytes).",
		    attachment_limit(r->conf));
	return RC_OK;
}

/* Answered from the row: a request that nginx sends again made it before. */
enum rc
attachment_create(struct req *r, const struct ck_params *p)
{
	struct fresh	 a = { .name = p->name, .type = p->mime_type,
			    .size = p->size };
	struct db_res	*res[2];
	enum rc		 rc;

	if ((rc = check_create(r, p)) != RC_OK)
		return rc;
	a.id = new_id(r);
	a.document = attachment_document(r, a.id, a.name, a.type, true);
	queue_new(r, &a);
	db_queue(r->db, Q_ATTACHMENT_GET, a.id);
	if ((rc = db_exec(r->db, res, 2)) != RC_OK)
		return rc;
	if (res_rows(res[1]) == 0)
		return ck_no_attachment(r, a.id);
	attachment_write(r, document(res[1]));
	return reply(r, 200);
}

static enum rc
answer(struct req *r, const char *id, const char *state,
    const struct db_res *row)
{
	if (res_rows(row) == 0 || *state == '\0')
		return ck_no_attachment(r, id);
	if (strcmp(state, "elsewhere") == 0)
		return fail(r, RC_CONFLICT, "Attachment %s is kept elsewhere",
		    id);
	if (strcmp(state, "other") == 0)
		return fail(r, RC_CONFLICT,
		    "Attachment %s is already uploaded", id);
	if (strcmp(state, "changed") == 0)
		return RC_DOWN;
	attachment_write(r, document(row));
	return reply(r, 200);
}

/*
 * The bytes into the store and to their row.  Its document is edited here, so
 * it goes in only where it is still the one that was read.  fresh: of a row
 * that may have to be made.
 */
static enum rc
fill(struct req *r, struct file_in *f, const struct fresh *a, bool fresh)
{
	struct db_res	*res[3] = { NULL };
	const char	*doc = a->document, *mime, *state = "changed";
	char		 name[FILENAME_MAX_BYTES + 1];
	size_t		 n = fresh ? 1 : 0;
	int		 i;
	enum rc		 rc;

	if ((rc = file_commit(r, f)) != RC_OK)
		return rc;
	filename_clean(a->name, strlen(a->name), name);
	mime = filetype_of(r->arena, &f->put.seen, name, a->type,
	    &r->conf->inline_types);
	for (i = 0; i < RACES && strcmp(state, "changed") == 0; i++) {
		if (fresh)
			queue_new(r, a);
		db_queue(r->db, Q_ATTACHMENT_FILL, a->id, f->put.sha256,
		    arena_int(r->arena, f->put.size), mime, doc,
		    ckdoc_uploaded(r->arena, doc, strlen(doc)));
		db_queue(r->db, Q_ATTACHMENT_GET, a->id);
		if ((rc = db_exec(r->db, res, n + 2)) != RC_OK)
			return rc;
		state = res_str(res[n], 0, 0);
		if (res_rows(res[n + 1]) > 0)
			doc = res_str(res[n + 1], 0, A_DOCUMENT);
	}
	store_end(&f->put);
	return answer(r, a->id, state, res[n + 1]);
}

static enum rc
receive(struct req *r, struct file_in *f, bool keep)
{
	enum rc	rc;

	if ((rc = file_receive(r, f, NULL, false, keep)) != RC_OK)
		return rc;
	if (f->files != 1)
		return fields_refuse(r, AT_BODY, "file", NULL,
		    "exactly one part is needed");
	return r->nfaults > 0 ? RC_INVALID : RC_OK;
}

/*
 * POST, PUT /chatkit/attachments/{id}/upload.  What the row says is known
 * before the body is read, and told after it was looked at.
 */
enum rc
attachment_upload(struct req *r)
{
	struct file_in	*f = arena_alloc(r->arena, sizeof(*f));
	struct fresh	 a = { .id = r->arg[0].s };
	struct db_res	*row;
	bool		 here;
	enum rc		 found = find(r, LINK_UPLOAD, &row), rc;

	if (found != RC_OK && found != RC_NOTFOUND)
		return found;
	here = found == RC_OK && res_bool(row, 0, A_HERE);
	if ((rc = receive(r, f, here)) != RC_OK)
		return rc;
	if (!here)
		return answer(r, a.id, found == RC_OK ? "elsewhere" : "",
		    row);
	a.document = res_str(row, 0, A_DOCUMENT);
	a.name = res_str(row, 0, A_NAME);
	a.type = res_str(row, 0, A_TYPE);
	return fill(r, f, &a, false);
}

/* A form's own words: name and type of the part. */
static enum rc
take_part(struct req *r, const struct file_in *f, struct fresh *a)
{
	const char	*why, *type = f->type;

	a->name = f->name != NULL && *f->name != '\0' ? f->name : "file";
	if (type == NULL || *type == '\0')
		type = UNKNOWN_TYPE;
	a->type = arena_memdup(r->arena, type, strcspn(type, "; \t"));
	a->size = f->put.size;
	if ((why = attachment_name_fault(a->name)) != NULL)
		return fields_refuse(r, AT_BODY, "file", NULL,
		    arena_printf(r->arena, "its name %s", why));
	if ((why = attachment_type_fault(a->type)) != NULL)
		return fields_refuse(r, AT_BODY, "file", NULL,
		    arena_printf(r->arena, "its type %s", why));
	return RC_OK;
}

/* POST /chatkit/attachments: both steps in one. */
enum rc
attachment_direct(struct req *r)
{
	const char	*type = req_env(r, "CONTENT_TYPE");
	struct file_in	*f = arena_alloc(r->arena, sizeof(*f));
	struct fresh	 a = { .id = r->query[0].s };
	enum rc		 rc;

	if (type == NULL ||
	    strncasecmp(type, FORM, strlen(FORM)) != 0)
		return fail(r, RC_MEDIATYPE, "Content-Type must be " FORM);
	if ((rc = receive(r, f, true)) != RC_OK ||
	    (rc = take_part(r, f, &a)) != RC_OK)
		return rc;
	if (!r->query[0].given)
		a.id = new_id(r);
	a.document = attachment_document(r, a.id, a.name, a.type, false);
	return fill(r, f, &a, true);
}

/* --- Reading */

static enum rc
send_file(struct req *r, const struct db_res *row, bool image)
{
	struct file_out	f = { .image = image, .attach = !image };
	char		name[FILENAME_MAX_BYTES + 1];

	filename_clean(res_str(row, 0, A_NAME), res_len(row, 0, A_NAME), name);
	f.sha256 = res_str(row, 0, A_SHA);
	f.name = name;
	f.mime = res_str(row, 0, A_MIME);
	f.size = res_int(row, 0, A_SIZE);
	f.on_disk = res_bool(row, 0, A_ON_DISK);
	f.in_s3 = res_bool(row, 0, A_IN_S3);
	f.missing = res_bool(row, 0, A_MISSING);
	return file_reply(r, &f);
}

static enum rc
not_yet(struct req *r)
{
	return fail(r, RC_NOTFOUND, "Attachment %s has not been uploaded yet",
	    r->arg[0].s);
}

/* GET /chatkit/attachments/{id}/preview: what was said to be an image is. */
enum rc
attachment_show(struct req *r)
{
	struct db_res	*row;
	enum rc		 rc;

	if ((rc = find(r, LINK_PREVIEW, &row)) != RC_OK)
		return rc;
	if (res_null(row, 0, A_SHA))
		return not_yet(r);
	if (!attachment_is_image(res_str(row, 0, A_TYPE)) ||
	    !attachment_is_image(res_str(row, 0, A_MIME)))
		return fail(r, RC_NOTFOUND, "Attachment %s has no preview",
		    r->arg[0].s);
	return send_file(r, row, true);
}

/* GET /chatkit/attachments/{id}/content. */
enum rc
attachment_content(struct req *r)
{
	struct db_res	*row;
	enum rc		 rc;

	if ((rc = find(r, LINK_PREVIEW, &row)) != RC_OK)
		return rc;
	return res_null(row, 0, A_SHA) ? not_yet(r) :
	    send_file(r, row, false);
}
