/* ckpage.c: pages of ChatKit's threads and items, written row by row. */
#include "config.h"

#include "api/chatkit.h"

#include <string.h>

#include "http/route.h"

#define PAGE_BYTES	MB(16)	/* of documents */

/* Columns of the statements for pages. */
enum { P_HEAD, P_ID, P_TYPE, P_DOCUMENT, P_KNOWN };

static struct json_span
document(const struct db_res *row)
{
	return json_whole(res_str(row, 0, P_DOCUMENT),
	    res_len(row, 0, P_DOCUMENT));
}

static void
begin(struct ck_page *p)
{
	jw_open(p->r->out, '{');
	jw_key(p->r->out, "data");
	jw_open(p->r->out, '[');
}

static enum rc
take_head(struct ck_page *p, const struct db_res *row)
{
	p->head = true;
	p->known = res_bool(row, 0, P_KNOWN);
	if (!res_null(row, 0, P_ID))
		p->key = arena_strdup(p->r->arena, res_str(row, 0, P_ID));
	if (p->open != NULL)
		p->open(p->r->out, document(row));
	begin(p);
	return RC_OK;
}

/* The row beyond the limit only tells that there is one. */
static enum rc
take(void *arg, const struct db_res *row)
{
	struct ck_page	*p = arg;
	size_t		 n;

	if (res_bool(row, 0, P_HEAD))
		return take_head(p, row);
	if (!p->head)
		return RC_FAIL;		/* UNION ALL comes in order */
	n = res_len(row, 0, P_DOCUMENT);
	p->cut = p->rows > 0 && p->bytes + n > PAGE_BYTES;
	p->more = p->cut || p->rows == (size_t)p->limit;
	if (p->more)
		return p->cut ? RC_FAIL : RC_OK;
	p->rows++;
	p->bytes += n;
	p->last = arena_strdup(p->r->arena, res_str(row, 0, P_ID));
	p->put(p->r, res_str(row, 0, P_TYPE), document(row));
	return RC_OK;
}

void
ck_put_document(struct req *r, const char *type, struct json_span doc)
{
	(void)type;
	jw_raw(r->out, doc.p, doc.n);
}

void
ck_page_end(struct buf *b, bool more, const char *last, bool protocol)
{
	jw_close(b, ']');
	jw_kbool(b, "has_more", more);
	if (more || !protocol)
		jw_kstr(b, "after", more ? last : NULL);
	jw_close(b, '}');
}

/* Returns the number of rows to read. */
static const char *
prepare(struct req *r, struct ck_page *p)
{
	p->r = r;
	if (p->after != NULL && *p->after == '\0')
		p->after = NULL;
	return arena_int(r->arena, p->limit + 1);
}

/* What db_each() said, and whether the page is one. */
static enum rc
finish(struct ck_page *p, enum rc rc)
{
	if (rc != RC_OK && !p->cut)
		return rc;
	if (!p->head)
		begin(p);
	else if (!p->known)
		return RC_NOTFOUND;
	ck_page_end(p->r->out, p->more, p->last, p->protocol);
	return RC_OK;
}

enum rc
ck_page_threads(struct req *r, struct ck_page *p)
{
	const char	*limit = prepare(r, p);
	enum rc		 rc;

	rc = finish(p, db_each(r->db, take, p, p->ascending ?
	    Q_CK_THREADS_UP : Q_CK_THREADS_DOWN, p->after, limit));
	return rc == RC_NOTFOUND ? ck_no_thread(r, p->after) : rc;
}

enum rc
ck_page_items(struct req *r, struct ck_page *p, const char *thread)
{
	const char	*limit = prepare(r, p);
	enum rc		 rc;

	rc = finish(p, db_each(r->db, take, p, p->ascending ?
	    Q_CK_ITEMS_UP : Q_CK_ITEMS_DOWN, thread, p->after, limit,
	    p->open != NULL ? "t" : "f"));
	return rc == RC_NOTFOUND ? ck_no_item(r, p->after, NULL) : rc;
}
