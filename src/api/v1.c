/* v1.c: what the handlers of /api/v1 share: shapes, pages, refusals. */
#include "config.h"

#include "api/v1.h"

#include <string.h>

#include "base/text.h"

#define MICROS_MIN	INT64_C(-62135596800000000)	/* of the year 1 */
#define MICROS_MAX	INT64_C(253402300799999999)	/* of the year 9999 */

const char *
v1_uuid(const char *thread)
{
	char	uuid[UUID_TEXT + 1];

	/* As thread_find() has it: the canonical text, no other spelling. */
	if (!uuid_strict(thread, strlen(thread), uuid) ||
	    strcmp(uuid, thread) != 0)
		return NULL;
	return thread;
}

const char *
v1_written(const struct req *r, const char *name)
{
	return json_object_get_string(json_object_object_get(r->doc, name));
}

enum rc
v1_missing(struct req *r, const char *what, const char *id)
{
	return fail(r, RC_NOTFOUND, "%s not found: %s", what, id);
}

enum rc
v1_other(struct req *r, const char *what, const char *id)
{
	return fail(r, RC_CONFLICT, "%s already exists with other content: %s",
	    what, id);
}

void
v1_document(struct buf *b, const struct db_res *res, size_t i, int col)
{
	if (res_null(res, i, col))
		jw_raw(b, "{}", 2);
	else
		res_json(b, res, i, col, COL_JSON);
}

void
place_write(struct buf *b, const struct place *p)
{
	buf_printf(b, "%s\t%s\t", p->done ? "-" : p->at != NULL ? p->at : "",
	    p->id != NULL ? p->id : "");
}

bool
place_read(char **text, enum place_id kind, struct place *p)
{
	char		*at = strsep(text, "\t"), *id = strsep(text, "\t");
	char		 uuid[UUID_TEXT + 1];
	int64_t		 n;

	*p = (struct place){ .done = false };
	if (at == NULL || id == NULL)
		return false;
	p->done = strcmp(at, "-") == 0;
	if (p->done || *at == '\0')
		return *id == '\0';
	p->at = at;
	p->id = id;
	return int_strict(at, strlen(at), MICROS_MIN, MICROS_MAX, &n) &&
	    (kind == PLACE_UUID ? uuid_strict(id, strlen(id), uuid) :
	    int_strict(id, strlen(id), 0, INT64_MAX, &n));
}

size_t
page_list(struct page *p, const char *name, size_t n, page_row *put,
    const void *ctx)
{
	struct buf	 rows;
	struct json_span *row;
	size_t		 i, mark, shown = 0, *end;

	buf_init(&rows, 4 * PAGE_MAX);
	end = calloc(n + 1, sizeof(*end));
	row = calloc(n + 1, sizeof(*row));
	for (i = 0; i < n && end != NULL && row != NULL; i++) {
		mark = rows.len;
		jw_open(&rows, '{');
		put(&rows, ctx, i);
		jw_close(&rows, '}');
		if (i > 0 && p->used + rows.len > PAGE_MAX) {
			buf_cut(&rows, mark);
			break;
		}
		end[shown++] = rows.len;
	}
	/* Without the comma before it. */
	for (i = 0, mark = 0; i < shown; mark = end[i++]) {
		row[i].p = rows.p + mark + (i > 0);
		row[i].n = end[i] - mark - (i > 0);
	}
	jw_key(p->out, name);
	jw_open(p->out, '[');
	for (i = 0; i < shown; i++)
		jw_raw(p->out, row[p->back ? shown - 1 - i : i].p,
		    row[p->back ? shown - 1 - i : i].n);
	jw_close(p->out, ']');
	if (rows.over || end == NULL || row == NULL)
		p->out->over = true;
	p->used += rows.len;
	buf_free(&rows);
	free(end);
	free(row);
	return shown;
}

/* A string's characters as they stand between its quotes. */
static void
add_string(struct buf *b, struct json_span s)
{
	if (s.n > 1 && *s.p == '"')
		buf_add(b, s.p + 1, s.n - 2);
}

static void
add_block(struct buf *b, struct json_span block, bool every)
{
	struct json_span	s;

	add_string(b, block);
	if (*block.p != '{')
		return;
	if (!every && json_member(block, "type", &s) && !json_is(s, "text"))
		return;
	if (json_member(block, "text", &s))
		add_string(b, s);
}

void
v1_text(struct buf *b, struct json_span stored, bool every)
{
	struct json_iter	it;
	struct json_span	key, block;

	jw_key(b, "content");
	jw_raw(b, "\"", 1);
	if (stored.n > 0 && *stored.p == '[') {
		it = json_walk(stored);
		while (json_next(&it, &key, &block))
			add_block(b, block, every);
	} else if (stored.n > 0)
		add_block(b, stored, true);
	buf_chr(b, '"');
}

void
v1_parts(struct buf *b, struct json_span stored)
{
	if (stored.n == 0 || *stored.p == '"')
		return;
	jw_key(b, "parts");
	jw_raw(b, stored.p, stored.n);
}

void
v1_message(struct buf *b, const struct db_res *res, size_t i, int col,
    bool item)
{
	struct json_span	s;

	s = json_whole(res_str(res, i, col + MSG_CONTENT),
	    res_len(res, i, col + MSG_CONTENT));

	jw_key(b, "id");
	res_json(b, res, i, col + MSG_ID, COL_TEXT);
	jw_key(b, "role");
	res_json(b, res, i, col + MSG_ROLE, COL_TEXT);
	v1_text(b, s, item);
	jw_key(b, "created_at");
	res_json(b, res, i, col + MSG_CREATED, COL_UTC);
	if (!item)
		v1_parts(b, s);
	if (strcmp(res_str(res, i, col + MSG_ROLE), "tool") == 0) {
		jw_key(b, "tool_name");
		res_json(b, res, i, col + MSG_TOOL, COL_TEXT);
	}
}

void
v1_call(struct buf *b, const struct db_res *res, size_t i, bool thread)
{
	static const struct col	cols[] = {
		{ "id", COL_TEXT }, { "tool_id", COL_TEXT },
		{ "tool_name", COL_TEXT }, { "status", COL_TEXT },
		{ "inputs", COL_JSON }, { "outputs", COL_JSON },
		{ "error_message", COL_TEXT }, { "requested_at", COL_UTC },
		{ "responded_at", COL_UTC }, { "edited_inputs", COL_JSON },
		{ "responded_by", COL_TEXT }, { "message_id", COL_TEXT },
		{ "checkpoint_id", COL_TEXT },
	};
	size_t			c;

	for (c = 0; c < nitems(cols); c++) {
		jw_key(b, cols[c].name);
		res_json(b, res, i, CALL_ID + (int)c, cols[c].type);
	}
	jw_key(b, "metadata");
	v1_document(b, res, i, CALL_METADATA);
	jw_key(b, "updated_at");
	res_json(b, res, i, CALL_UPDATED, COL_UTC);
	if (!thread)
		return;
	jw_key(b, "thread_id");
	res_json(b, res, i, CALL_OUTSIDE, COL_TEXT);
	jw_key(b, "conversation_id");
	res_json(b, res, i, CALL_THREAD, COL_TEXT);
}
