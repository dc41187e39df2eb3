/* files.c: bodies into the store, and files out of it; for all faces. */
#include "config.h"

#include "api/files.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/filename.h"
#include "codec/filetype.h"
#include "codec/hparam.h"
#include "codec/json.h"
#include "codec/multipart.h"
#include "codec/sigv4.h"
#include "http/reply.h"
#include "http/route.h"

#define PIECE		KB(64)
#define TEXT_MAX	KB(128)	/* of one text part */
#define DEPTH		100
#define PRESIGNED_MAX	KB(16)
#define STORE_DOWN	"File store is unavailable"

/* A body on its way in. */
struct intake {
	struct req	*r;
	struct file_in	*f;
	const struct field *table;
	bool		 named, keep;
	bool		 is_file;	/* the part at hand; and */
	const struct field *field;	/* its field, or NULL */
	struct buf	 text;		/* of that field */
	struct buf	 doc;		/* all fields, as JSON */
	enum rc		 rc;
};

/* --- In */

static void
end_put(void *p)
{
	store_end(p);
}

static enum rc
store_failed(struct req *r, enum rc rc)
{
	return rc == RC_OK ? rc : fail(r, rc, STORE_DOWN);
}

static enum rc
take_bytes(struct intake *in, const char *s, size_t n)
{
	struct store_put	*p = &in->f->put;

	if ((uint64_t)p->size + n > in->r->route->limit(in->r->conf))
		return req_file_too_large(in->r);
	if (in->keep)
		return store_failed(in->r, store_write(p, s, n));
	p->size += (int64_t)n;
	return RC_OK;
}

/* The text part at hand is over: one more member of the document. */
static enum rc
close_text(struct intake *in)
{
	struct buf	*t = &in->text;

	if (in->field == NULL)
		return RC_OK;
	if (t->over || (t->len > 0 && !utf8_valid(t->p, t->len)))
		return fail(in->r, RC_MALFORMED, "Malformed form: %s is %s",
		    in->field->name, t->over ? "too long" : "not UTF-8");
	jw_key(&in->doc, in->field->name);
	if (in->field->type == FT_OBJECT && t->len > 0 &&
	    json_scan(t->p, t->len, DEPTH - 1) == JSON_OK)
		jw_raw(&in->doc, t->p, t->len);
	else
		jw_str(&in->doc, t->len > 0 ? t->p : "", t->len);
	in->field = NULL;
	return RC_OK;
}

static bool
on_part(void *arg, const struct mp_part *p)
{
	struct intake		*in = arg;
	const struct field	*f = in->table;

	if ((in->rc = close_text(in)) != RC_OK)
		return false;
	in->is_file = false;
	if (strcmp(p->name, "file") == 0 &&
	    (p->filename != NULL || !in->named)) {
		if ((in->is_file = in->f->files++ == 0)) {
			in->f->name = p->filename;
			in->f->type = p->type;
			jw_kstr(&in->doc, "file", "");
		}
		return true;
	}
	for (; f != NULL && f->name != NULL; f++)
		if (strcmp(f->name, p->name) == 0 && f->type != FT_ANY)
			in->field = f;
	buf_cut(&in->text, 0);
	return true;
}

static bool
on_data(void *arg, const char *s, size_t n)
{
	struct intake	*in = arg;

	if (in->is_file)
		in->rc = take_bytes(in, s, n);
	else if (in->field != NULL)
		buf_add(&in->text, s, n);
	return in->rc == RC_OK;
}

/* Each piece of the body to fn. */
static enum rc
read_all(struct intake *in, enum rc (*fn)(struct intake *, void *,
    const char *, size_t), void *arg)
{
	char	*piece = arena_alloc(in->r->arena, PIECE);
	size_t	 n;
	enum rc	 rc;

	while ((rc = req_read(in->r, piece, PIECE, &n)) == RC_OK && n > 0)
		if ((rc = fn(in, arg, piece, n)) != RC_OK)
			break;
	return rc;
}

static enum rc
malformed(struct intake *in, enum mp_err e)
{
	if (e == MP_OK || e == MP_STOP)
		return e == MP_OK ? RC_OK : in->rc;
	return fail(in->r, RC_MALFORMED, "Malformed form: %s",
	    multipart_why(e));
}

static enum rc
push_form(struct intake *in, void *arg, const char *s, size_t n)
{
	return malformed(in, multipart_push(arg, s, n));
}

static enum rc
push_raw(struct intake *in, void *arg, const char *s, size_t n)
{
	(void)arg;
	return take_bytes(in, s, n);
}

/* The text parts through the gate that JSON goes through. */
static enum rc
take_fields(struct intake *in)
{
	struct req	*r = in->r;
	enum json_err	 e;

	jw_close(&in->doc, '}');
	if (in->doc.over)
		return fail(r, RC_MALFORMED, "Malformed form: too long");
	r->raw = arena_memdup(r->arena, in->doc.p, in->doc.len);
	r->rawlen = in->doc.len;
	e = json_parse(r->arena, r->raw, r->rawlen, DEPTH, &r->doc);
	if (e != JSON_OK)
		return fail(r, RC_MALFORMED, "Malformed form: %s",
		    json_why(e));
	if (in->table != NULL)
		fields_body(r, in->table, r->body, r->doc);
	return RC_OK;
}

static enum rc
take_form(struct intake *in, const char *type)
{
	struct mp_sink		 sink = { on_part, on_data, in };
	struct multipart	*m;
	enum rc			 rc;

	m = arena_alloc(in->r->arena, sizeof(*m));
	buf_init(&in->text, TEXT_MAX);
	buf_init(&in->doc, MULTIPART_PARTS * TEXT_MAX);
	jw_open(&in->doc, '{');
	rc = malformed(in, multipart_init(m, in->r->arena, type, &sink));
	if (rc == RC_OK && (rc = read_all(in, push_form, m)) == RC_OK &&
	    (rc = malformed(in, multipart_end(m))) == RC_OK &&
	    (rc = close_text(in)) == RC_OK)
		rc = take_fields(in);
	buf_free(&in->text);
	buf_free(&in->doc);
	return rc;
}

static enum rc
take_raw(struct intake *in, const char *type)
{
	const char	*s = req_env(in->r, "HTTP_CONTENT_DISPOSITION");
	struct hparams	 h;

	in->f->files = 1;
	/* What curl says of anything. */
	if (type != NULL && strncasecmp(type,
	    "application/x-www-form-urlencoded", 33) != 0)
		in->f->type = type;
	if (s != NULL && hparam_parse(in->r->arena, s, strlen(s), &h))
		in->f->name = hparam_filename(in->r->arena, &h);
	return read_all(in, push_raw, NULL);
}

static bool
is_form(const char *type)
{
	static const char	form[] = "multipart/form-data";
	size_t			n = sizeof(form) - 1;

	return strncasecmp(type, form, n) == 0 &&
	    strchr("; \t", type[n]) != NULL;
}

enum rc
file_receive(struct req *r, struct file_in *f, const struct field *table,
    bool named, bool keep)
{
	struct intake	 in = { .r = r, .f = f, .table = table,
			    .named = named, .keep = keep };
	const char	*type = req_env(r, "CONTENT_TYPE");
	enum rc		 rc;

	memset(f, 0, sizeof(*f));
	if (keep) {
		arena_cleanup(r->arena, end_put, &f->put);
		rc = store_begin(&f->put, r->conf->blob_dir);
		if (rc != RC_OK)
			return store_failed(r, rc);
	}
	f->form = type != NULL && is_form(type);
	return f->form ? take_form(&in, type) : take_raw(&in, type);
}

enum rc
file_commit(struct req *r, struct file_in *f)
{
	return store_failed(r, store_commit(&f->put));
}

/* --- Out */

/* Nothing of a stored page may act as one of ours. */
static const char *
policy(struct req *r, const char *mime)
{
	struct buf	 b;
	const char	*s;
	size_t		 i;

	if (strcmp(mime, "text/html") != 0)
		return "sandbox; default-src 'none'; "
		    "style-src 'unsafe-inline'; img-src data:";
	buf_init(&b, KB(8));
	buf_str(&b, "sandbox allow-scripts allow-popups; base-uri 'none'; "
	    "form-action 'none'; frame-ancestors 'self'");
	for (i = 0; i < r->conf->cors.n; i++) {
		buf_chr(&b, ' ');
		buf_str(&b, r->conf->cors.v[i]);
	}
	s = b.over ? "sandbox; frame-ancestors 'none'" :
	    arena_memdup(r->arena, b.p, b.len);
	buf_free(&b);
	return s;
}

static const char *
disposition(struct req *r, const struct file_out *f)
{
	struct buf	 b;
	const char	*s;

	buf_init(&b, KB(4));
	filename_disposition(&b, f->image || (!f->attach &&
	    filetype_inline(f->mime, &r->conf->inline_types)), f->name);
	s = arena_memdup(r->arena, b.p, b.len);
	buf_free(&b);
	return s;
}

/* Text was seen to be UTF-8; a browser would guess something else. */
static const char *
content_type(struct req *r, const char *mime)
{
	return strncmp(mime, "text/", 5) != 0 ? mime :
	    arena_printf(r->arena, "%s; charset=utf-8", mime);
}

static enum rc
by_nginx(struct req *r, const struct file_out *f)
{
	char	path[STORE_PATH + 1];

	store_path(f->sha256, path);
	r->reply.type = content_type(r, f->mime);
	r->reply.cache = "private, max-age=3600";
	if (reply_etag(r, f->sha256, false))
		return RC_OK;
	reply_header(r, "Content-Disposition", disposition(r, f));
	reply_header(r, "Content-Security-Policy", policy(r, f->mime));
	return reply_accel(r, arena_printf(r->arena, "/_bobbin/files/%s",
	    path));
}

static enum rc
by_s3(struct req *r, const struct file_out *f)
{
	struct s3_place	 place;
	struct s3_get	 get = { .method = r->method == M_HEAD ? "HEAD" :
			    "GET" };
	char		 key[S3_KEY_MAX];
	struct buf	 b;
	const char	*url = NULL;

	s3_place(r->conf, &place);
	s3_key(f->sha256, key);
	get.key = key;
	get.disposition = disposition(r, f);
	get.type = content_type(r, f->mime);
	get.now = time(NULL);
	get.expires = r->conf->s3_presign;
	buf_init(&b, PRESIGNED_MAX);
	if (sigv4_presign(&b, &place, &get) && !b.over)
		url = arena_memdup(r->arena, b.p, b.len);
	buf_free(&b);
	return url != NULL ? reply_redirect(r, url) : RC_FAIL;
}

enum rc
file_reply(struct req *r, const struct file_out *f)
{
	bool	here, again = req_env(r, "BOBBIN_MOVED") != NULL;

	here = f->on_disk && store_has(r->conf->blob_dir, f->sha256, f->size);
	if (!f->missing && here && !again)
		return by_nginx(r, f);
	if (!f->missing && f->in_s3 && r->conf->s3_bucket != NULL)
		return by_s3(r, f);
	if (!f->missing && here) {
		log_error("nginx finds no file where there is one: its store "
		    "must be BLOBSTORE_DIR");
		return RC_FAIL;
	}
	/* It may have gone to S3 since its row was read. */
	if (!f->missing && f->on_disk && !again &&
	    r->conf->s3_bucket != NULL)
		return reply_accel(r, "@bobbin_moved");
	if (!f->missing)
		log_error("file %s is nowhere (%" PRId64 " bytes)", f->sha256,
		    f->size);
	return fail(r, RC_GONE, "Blob missing (pruned?)");
}
