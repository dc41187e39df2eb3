/* artifacts.c: files that tools produced (studio.md, section 7). */
#include "config.h"

#include "api/api.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "api/files.h"
#include "auth/link.h"
#include "base/text.h"
#include "codec/filename.h"
#include "codec/json.h"
#include "codec/sigv4.h"
#include "http/reply.h"
#include "http/route.h"

enum { IN_FILENAME, IN_SESSION, IN_RUN, IN_CALL };	/* query of upload */
enum { FORM_FILE, FORM_SESSION, FORM_RUN, FORM_CALL, FORM_META };
enum { ING_KEY, ING_SHA, ING_NAME, ING_MIME, ING_SIZE, ING_SESSION, ING_RUN,
    ING_CALL, ING_META };
enum { READ_TOKEN, READ_DISPOSITION };
enum { LIST_LIMIT, LIST_CURSOR };

/* Text parts of an upload; the file itself is required, and looked at here. */
static const struct field form[] = {
	{ "file", FT_ANY, FF_REQUIRED, 0, 0, 0, "File" },
	{ "session_id", FT_TEXT, 0, 0, 128, 0, "Session ID" },
	{ "run_id", FT_TEXT, 0, 0, 128, 0, "Run ID" },
	{ "tool_call_id", FT_TEXT, 0, 0, 128, 0, "Tool call ID" },
	{ "meta", FT_OBJECT, FF_NULL, 0, 65536, 0, "Meta" },
	{ NULL, FT_TEXT, 0, 0, 0, 0, NULL }
};

size_t
artifact_limit(const struct conf *conf)
{
	return (size_t)conf->artifact_mb * 1048576;
}

/* A UUID of a path in canonical form: RFC 9562's, or without its dashes. */
static const char *
path_uuid(struct req *r)
{
	const struct value	*v = &r->arg[0];
	char			 uuid[UUID_TEXT + 1];

	if (!uuid_strict(v->s, v->n, uuid) && (v->n != 32 ||
	    strspn(v->s, "0123456789abcdefABCDEF") != 32 ||
	    !uuid_lax(v->s, v->n, uuid)))
		return NULL;
	return arena_strdup(r->arena, uuid);
}

/* --- Answers */

void
artifact_url(struct req *r, struct buf *out, const char *id)
{
	const struct list	*secrets = &r->conf->link_secrets;
	size_t			 start;

	if (r->conf->public_url != NULL)
		buf_str(out, r->conf->public_url);
	buf_printf(out, "/api/artifacts/%s", id);
	start = out->len;
	buf_str(out, "?token=");
	if (secrets->n == 0 || !link_sign(secrets, LINK_READ, id,
	    link_expiry(time(NULL), r->conf->link_ttl), out)) {
		buf_cut(out, start);
		buf_str(out, "/download");
	}
}

static void
write_url(struct req *r, const char *id)
{
	struct buf	b;

	buf_init(&b, KB(4));
	artifact_url(r, &b, id);
	jw_key(r->out, "url");
	jw_str(r->out, b.p, b.len);
	buf_free(&b);
}

/* Columns of artifact_put and artifact_list, which go out in this order. */
enum { A_ID, A_URL = 4, A_REST = A_URL, A_CREATED = 5, A_NEW = 11 };

static void
write_artifact(struct req *r, const struct db_res *res, size_t row)
{
	static const struct col	cols[] = {
		{ "id", COL_TEXT }, { "name", COL_TEXT }, { "mime", COL_TEXT },
		{ "size", COL_INT }, { "sha256", COL_TEXT },
		{ "created_at", COL_UTC }, { "thread_id", COL_TEXT },
		{ "session_id", COL_TEXT }, { "run_id", COL_TEXT },
		{ "tool_call_id", COL_TEXT }, { "meta", COL_JSON },
	};
	int			i;

	jw_open(r->out, '{');
	row_json(r->out, res, row, cols, A_URL);
	write_url(r, res_str(res, row, A_ID));
	for (i = A_REST; i < (int)nitems(cols); i++) {
		jw_key(r->out, cols[i].name);
		res_json(r->out, res, row, i, cols[i].type);
	}
	jw_close(r->out, '}');
}

/* --- Writing */

/* Where the object lies in S3 stands in meta, whatever a client put there. */
static const char *
with_s3(struct req *r, const struct value *meta, const char *sha)
{
	struct json_object	*o = meta->s != NULL ? meta->obj : NULL;
	char			 key[S3_KEY_MAX];
	const char		*s = NULL;
	struct buf		 b;

	if (r->conf->s3_bucket == NULL)
		return meta->s;
	s3_key(sha, key);
	buf_init(&b, KB(256));
	if (o == NULL)
		buf_chr(&b, '{');
	else if (json_object_object_get_ex(o, "s3_key", NULL) ||
	    json_object_object_get_ex(o, "s3_url", NULL)) {
		json_object_object_del(o, "s3_key");
		json_object_object_del(o, "s3_url");
		jw_obj(&b, o);
		buf_cut(&b, b.len - 1);
	} else	/* byte for byte, up to its last brace */
		buf_add(&b, meta->s, meta->n - 1);
	if (o != NULL && json_object_object_length(o) > 0)
		buf_chr(&b, ',');
	buf_printf(&b, "\"s3_key\":\"%s\",\"s3_url\":\"s3://%s/%s\"}", key,
	    r->conf->s3_bucket, key);
	if (!b.over)
		s = arena_memdup(r->arena, b.p, b.len);
	buf_free(&b);
	return s;
}

/* One row to be, of either way in. */
struct row {
	const char	*thread, *sha, *name, *mime;
	int64_t		 size;
	bool		 here;
	const struct value *session, *run, *call, *meta;
};

static enum rc
put_row(struct req *r, const struct row *a)
{
	static const struct value	 none;
	char				 id[UUID_TEXT + 1];
	struct db_res			*res;
	enum rc				 rc;

	req_mint(r, "artifact", id);
	rc = db_one(r->db, &res, Q_ARTIFACT_PUT, a->thread, id, a->sha,
	    arena_int(r->arena, a->size), a->here ? "t" : "f", a->name,
	    a->mime, a->session->s, a->run->s, a->call->s,
	    with_s3(r, a->meta != NULL ? a->meta : &none, a->sha));
	if (rc == RC_NOTFOUND)
		return fail(r, rc, "Thread not found");
	if (rc != RC_OK)
		return rc;
	write_artifact(r, res, 0);
	return reply(r, res_bool(res, 0, A_NEW) ? 201 : 200);
}

static enum rc
check_upload(struct req *r, const struct file_in *f)
{
	if (f->files > 1)
		return fields_refuse(r, AT_BODY, "file", NULL,
		    "Exactly one file is allowed");
	return r->nfaults > 0 ? RC_INVALID : RC_OK;
}

static enum rc
upload(struct req *r, struct file_in *f, const char *thread)
{
	const struct value	*v = f->form ? r->body : r->query;
	struct row		 a = { .thread = thread, .here = true };
	char			 name[FILENAME_MAX_BYTES + 1];
	const char		*sent = f->name;
	enum rc			 rc;

	if (!f->form && r->query[IN_FILENAME].given)
		sent = r->query[IN_FILENAME].s;
	filename_clean(sent != NULL ? sent : "",
	    sent != NULL ? strlen(sent) : 0, name);
	if ((rc = file_commit(r, f)) != RC_OK)
		return rc;
	a.sha = f->put.sha256;
	a.size = f->put.size;
	a.name = name;
	a.mime = filetype_of(r->arena, &f->put.seen, name, f->type,
	    &r->conf->inline_types);
	a.session = &v[f->form ? FORM_SESSION : IN_SESSION];
	a.run = &v[f->form ? FORM_RUN : IN_RUN];
	a.call = &v[f->form ? FORM_CALL : IN_CALL];
	a.meta = f->form ? &v[FORM_META] : NULL;
	rc = put_row(r, &a);
	store_end(&f->put);
	return rc;
}

/*
 * POST /api/threads/{id}/artifacts.  A thread that is not there is known before
 * the body is read, and told after it was looked at: nothing is kept for it.
 */
enum rc
artifact_upload(struct req *r)
{
	const char	*thread = path_uuid(r);
	struct file_in	*f = arena_alloc(r->arena, sizeof(*f));
	struct db_res	*res;
	enum rc		 found = RC_NOTFOUND, rc;

	if (thread != NULL)
		found = db_one(r->db, &res, Q_ARTIFACT_THREAD, thread);
	if (found != RC_OK && found != RC_NOTFOUND)
		return found;
	rc = file_receive(r, f, form, true, found == RC_OK);
	if (rc != RC_OK || (rc = check_upload(r, f)) != RC_OK)
		return rc;
	if (found != RC_OK)
		return fail(r, found, "Thread not found");
	return upload(r, f, thread);
}

/* The hash that the body names, in one way or two; NULL: told why not. */
static const char *
ingested(struct req *r)
{
	const struct value	*key = &r->body[ING_KEY];
	const struct value	*sha = &r->body[ING_SHA];
	char			 want[S3_KEY_MAX];
	const char		*s = sha->s;

	if (s == NULL && key->s == NULL) {
		fields_refuse(r, AT_BODY, "s3_key", NULL,
		    "s3_key or sha256 is required");
		return NULL;
	}
	if (s != NULL && !store_is_sha(s)) {
		fields_refuse(r, AT_BODY, "sha256", s,
		    "sha256 must be 64 lower-case hexadecimal digits");
		return NULL;
	}
	if (key->s == NULL)
		return s;
	if (s == NULL && key->n > STORE_SHA)
		s = key->s + key->n - STORE_SHA;
	if (s != NULL && store_is_sha(s)) {
		s3_key(s, want);
		if (strcmp(want, key->s) == 0)
			return s;
	}
	fields_refuse(r, AT_BODY, "s3_key", key->s,
	    "s3_key must be output/artifacts/ab/cd/<sha256>");
	return NULL;
}

/* POST /api/threads/{id}/artifacts/ingest: bytes that nobody here has seen. */
enum rc
artifact_ingest(struct req *r)
{
	const struct value	*v = r->body;
	struct row		 a = { .thread = path_uuid(r) };
	char			 name[FILENAME_MAX_BYTES + 1];

	if ((a.sha = ingested(r)) == NULL)
		return RC_INVALID;
	a.size = v[ING_SIZE].i;
	if ((uint64_t)a.size > artifact_limit(r->conf))
		return fail(r, RC_TOOLARGE, "File too large (> %zu bytes).",
		    artifact_limit(r->conf));
	if (r->conf->s3_bucket == NULL)
		return fail(r, RC_NOAGENT, "S3 is not configured");
	if (a.thread == NULL)
		return fail(r, RC_NOTFOUND, "Thread not found");
	filename_clean(v[ING_NAME].s, v[ING_NAME].n, name);
	a.name = name;
	a.mime = filetype_unseen(r->arena, name, v[ING_MIME].s);
	a.session = &v[ING_SESSION];
	a.run = &v[ING_RUN];
	a.call = &v[ING_CALL];
	a.meta = &v[ING_META];
	return put_row(r, &a);
}

/* --- Reading */

static void
next_page(struct req *r, const struct db_res *res, size_t last)
{
	const char	*time = res_str(res, last, A_CREATED), *cursor;

	time = arena_memdup(r->arena, time, strcspn(time, "+"));
	cursor = cursor_make(r, time, res_str(res, last, A_ID));
	reply_header(r, "X-Next-Cursor", cursor);
	reply_header(r, "Link", arena_printf(r->arena,
	    "</api/threads/%s/artifacts?limit=%" PRId64 "&cursor=%s>; "
	    "rel=\"next\"", path_uuid(r), r->query[LIST_LIMIT].i, cursor));
}

/* GET /api/threads/{id}/artifacts, newest first. */
enum rc
artifact_list(struct req *r)
{
	const struct value	*cursor = &r->query[LIST_CURSOR];
	const char		*thread = path_uuid(r);
	const char		*time = NULL, *id = NULL;
	char			 uuid[UUID_TEXT + 1];
	struct db_res		*res = NULL;
	size_t			 i, n = 0;
	enum rc			 rc;

	if (cursor->given) {
		if (!cursor_take(r, cursor, &time, &id))
			return RC_INVALID;
		if (time == NULL || !uuid_strict(id, strlen(id), uuid))
			return fields_refuse(r, AT_QUERY, "cursor",
			    cursor->s, "Invalid cursor");
	}
	if (thread != NULL) {
		rc = db_run(r->db, &res, Q_ARTIFACT_LIST, thread,
		    arena_int(r->arena, r->query[LIST_LIMIT].i + 1), time, id);
		if (rc != RC_OK)
			return rc;
		n = res_rows(res);
	}
	if (n > (size_t)r->query[LIST_LIMIT].i)
		next_page(r, res, --n - 1);
	jw_open(r->out, '[');
	for (i = 0; i < n; i++)
		write_artifact(r, res, i);
	jw_close(r->out, ']');
	return reply(r, 200);
}

/* Columns of artifact_get and artifact_link. */
enum { G_ID, G_SHA, G_MIME, G_NAME, G_SIZE, G_CREATED, G_THREAD, G_SESSION,
    G_RUN, G_CALL, G_ON_DISK, G_IN_S3, G_MISSING };

static enum rc
check_link(struct req *r, const char *id)
{
	switch (link_verify(&r->conf->link_secrets, LINK_READ,
	    id != NULL ? id : r->arg[0].s, time(NULL), r->link)) {
	case LINK_OK:
		return RC_OK;
	case LINK_OTHER:
		return fail(r, RC_FORBIDDEN,
		    "Token does not match artifact");
	case LINK_SIGNATURE:
		return fail(r, RC_BADTOKEN, "Invalid token signature");
	case LINK_EXPIRED:
		return fail(r, RC_BADTOKEN, "Token expired");
	default:
		return fail(r, RC_BADTOKEN, "Invalid token format");
	}
}

/* The row, by a link or as its owner; the first fault in the order of 7.3. */
static enum rc
fetch(struct req *r, struct db_res **res)
{
	const char	*id = path_uuid(r);
	enum rc		 rc;

	if (r->link != NULL && (rc = check_link(r, id)) != RC_OK)
		return rc;
	if (id == NULL)
		return fail(r, RC_MALFORMED, "Invalid artifact ID format");
	rc = r->link != NULL ? db_one(r->db, res, Q_ARTIFACT_LINK, id) :
	    db_one(r->db, res, Q_ARTIFACT_GET, id);
	return rc == RC_NOTFOUND ? fail(r, rc, "Artifact not found") : rc;
}

/* GET /api/artifacts/{id} and /download. */
enum rc
artifact_read(struct req *r)
{
	const struct value	*how = &r->query[READ_DISPOSITION];
	struct file_out		 f;
	struct db_res		*res;
	enum rc			 rc;

	if ((rc = fetch(r, &res)) != RC_OK)
		return rc;
	f.sha256 = res_str(res, 0, G_SHA);
	f.name = res_str(res, 0, G_NAME);
	f.mime = res_str(res, 0, G_MIME);
	f.size = res_int(res, 0, G_SIZE);
	f.on_disk = res_bool(res, 0, G_ON_DISK);
	f.in_s3 = res_bool(res, 0, G_IN_S3);
	f.missing = res_bool(res, 0, G_MISSING);
	f.attach = how->given && strcmp(how->s, "attachment") == 0;
	f.image = false;
	return file_reply(r, &f);
}

/* GET /api/artifacts/{id}/head.  Its time ends in +00:00, here alone. */
enum rc
artifact_head(struct req *r)
{
	static const struct col	cols[] = {
		{ "id", COL_TEXT }, { "sha256", COL_TEXT },
		{ "mime", COL_TEXT }, { "filename", COL_TEXT },
		{ "size", COL_INT }, { "created_at", COL_UTC },
		{ "thread_id", COL_TEXT }, { "session_id", COL_TEXT },
		{ "run_id", COL_TEXT }, { "tool_call_id", COL_TEXT },
	};
	struct db_res		*res;
	enum rc			 rc;
	int			 i;

	if ((rc = fetch(r, &res)) != RC_OK)
		return rc;
	jw_open(r->out, '{');
	for (i = 0; i < (int)nitems(cols); i++) {
		jw_key(r->out, cols[i].name);
		res_json(r->out, res, 0, i, cols[i].type);
		if (i == G_CREATED) {
			buf_cut(r->out, r->out->len - 2);	/* Z" */
			buf_str(r->out, "+00:00\"");
		}
	}
	jw_close(r->out, '}');
	return reply(r, 200);
}

/* DELETE /api/artifacts/{id}: gone, whether it was there or not. */
enum rc
artifact_delete(struct req *r)
{
	const char	*id = path_uuid(r);
	struct db_res	*res;
	enum rc		 rc;

	if (id != NULL &&
	    (rc = db_run(r->db, &res, Q_ARTIFACT_DELETE, id)) != RC_OK)
		return rc;
	r->reply.no_body = true;
	return reply(r, 204);
}
