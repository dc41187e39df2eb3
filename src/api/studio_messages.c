/* studio_messages.c: a thread's messages: listed, asked by users, stored by
 * agents (seed 002). */
#include "config.h"

#include "api/studio.h"

#include <string.h>
#include <strings.h>

#include "api/api.h"
#include "api/handover.h"
#include "base/text.h"
#include "codec/json.h"
#include "core/title.h"
#include "http/reply.h"
#include "http/route.h"

#define BATCH		100		/* messages of one request */
#define ARRAYS		MB(24)		/* a body, quoted */
#define URL_MAX		8192
#define EVENT_MAX	7500		/* bytes of a token's text, escaped */

#define END	{ NULL, FT_TEXT, 0, 0, 0, 0, NULL }

enum { L_LIMIT, L_CURSOR };			/* query of studio_messages */

enum { A_MESSAGE, A_CONTENT, A_ROLE };
static const struct field body_ask[] = {
	{ "message_id", FT_TEXT, FF_REQUIRED, 1, 128, 0, "Message ID" },
	{ "content", FT_OBJECT, FF_REQUIRED, 0, 0, 0, "Content" },
	{ "role", FT_TEXT, 0, 0, 0, 0, "Role" },
	END
};

enum { S_MESSAGE, S_ROLE, S_CONTENT, S_TOOL, S_INPUT, S_OUTPUT, S_META,
	S__MAX };
static const struct field body_store[] = {
	{ "message_id", FT_TEXT, FF_REQUIRED, 1, 255, 0, "Message ID" },
	{ "role", FT_ENUM, FF_REQUIRED, 0, 0, 0,
	  "user, assistant, tool, system" },
	{ "content", FT_ANY, FF_NULL, 0, 0, 0, "Content" },
	{ "tool_name", FT_TEXT, FF_NULL, 0, 128, 0, "Tool name" },
	{ "tool_input", FT_ANY, FF_NULL, 0, 0, 0, "Tool input" },
	{ "tool_output", FT_ANY, FF_NULL, 0, 0, 0, "Tool output" },
	{ "meta", FT_OBJECT, FF_NULL, 0, 0, 0, "Meta" },
	END
};

/* --- Listing */

/* Columns of studio_messages. */
enum { M_ID, M_THREAD, M_ROLE, M_CONTENT, M_TOOL, M_INPUT, M_OUTPUT,
	M_MESSAGE, M_CREATED, M_META, M_SEQ, M_SAID, M_FILES };

/* What the JSON of a column begins with; 'n' for null and NULL. */
static char
kind(const struct db_res *res, size_t i, int c)
{
	const char	*s = res_str(res, i, c);

	return res_null(res, i, c) ? 'n' : s[strspn(s, " \t\r\n")];
}

/* The reference frontend reads an object's text. */
static void
write_content(struct buf *b, const struct db_res *res, size_t i)
{
	char	first = kind(res, i, M_CONTENT);

	jw_key(b, "content");
	if (first == 'n' || first == '{') {
		res_json(b, res, i, M_CONTENT, COL_JSON);
		return;
	}
	jw_open(b, '{');
	jw_key(b, "text");
	res_json(b, res, i, first == '[' || first == '"' ? M_SAID : M_CONTENT,
	    COL_TEXT);
	if (first == '[') {
		jw_key(b, "blocks");
		res_json(b, res, i, M_CONTENT, COL_JSON);
	}
	jw_close(b, '}');
}

static void
write_object(struct buf *b, const char *name, const struct db_res *res,
    size_t i, int c)
{
	char	first = kind(res, i, c);

	jw_key(b, name);
	if (first != 'n' && first != '{') {
		jw_open(b, '{');
		jw_key(b, "content");
		res_json(b, res, i, c, COL_JSON);
		jw_close(b, '}');
	} else
		res_json(b, res, i, c, COL_JSON);
}

/* The file that [id, name, type, size] tells of; its texts are JSON already. */
static void
write_file(struct req *r, struct json_span file)
{
	static const char *const names[] = { "id", "name", "mime", "size" };
	struct json_iter	 it = json_walk(file);
	struct json_span	 key, v;
	struct buf		 url;
	const char		*id = "";
	size_t			 i;

	jw_open(r->out, '{');
	for (i = 0; i < nitems(names) && json_next(&it, &key, &v); i++) {
		if (i == 0)
			id = arena_memdup(r->arena, v.p + 1, v.n - 2);
		jw_key(r->out, names[i]);
		jw_raw(r->out, v.p, v.n);
	}
	buf_init(&url, URL_MAX);
	artifact_url(r, &url, id);
	jw_key(r->out, "url");
	jw_str(r->out, url.len > 0 ? url.p : "", url.len);
	buf_free(&url);
	jw_close(r->out, '}');
}

static void
write_files(struct req *r, const struct db_res *res, size_t i)
{
	struct json_iter	it;
	struct json_span	key, file;

	jw_key(r->out, "artifacts");
	jw_open(r->out, '[');
	if (!res_null(res, i, M_FILES)) {
		it = json_walk(json_whole(res_str(res, i, M_FILES),
		    res_len(res, i, M_FILES)));
		while (json_next(&it, &key, &file))
			write_file(r, file);
	}
	jw_close(r->out, ']');
}

static void
write_message(struct req *r, const struct db_res *res, size_t i)
{
	static const struct col	head[] = {
		{ "id", COL_TEXT }, { "thread_id", COL_TEXT },
		{ "role", COL_TEXT },
	};
	struct buf		*b = r->out;

	jw_open(b, '{');
	row_json(b, res, i, head, nitems(head));
	write_content(b, res, i);
	jw_key(b, "tool_name");
	res_json(b, res, i, M_TOOL, COL_TEXT);
	write_object(b, "tool_input", res, i, M_INPUT);
	write_object(b, "tool_output", res, i, M_OUTPUT);
	write_files(r, res, i);
	jw_key(b, "message_id");
	res_json(b, res, i, M_MESSAGE, COL_TEXT);
	jw_key(b, "created_at");
	res_json(b, res, i, M_CREATED, COL_UTC);
	jw_key(b, "meta");
	res_json(b, res, i, M_META, COL_JSON);
	jw_close(b, '}');
}

static bool
is_seq(const char *s)
{
	int64_t	n;

	return int_strict(s, strlen(s), 0, INT64_MAX, &n);
}

/* GET /api/threads/{id}/messages, newest first; of no thread, none. */
enum rc
studio_messages(struct req *r)
{
	size_t		 limit = (size_t)r->query[L_LIMIT].i, n = 0, i;
	const char	*id = studio_id(r), *time, *seq;
	struct db_res	*res;
	enum rc		 rc;

	if (!studio_cursor(r, &r->query[L_CURSOR], is_seq, &time, &seq))
		return RC_INVALID;
	if (id != NULL) {
		db_queue(r->db, Q_IN_ORDER);
		rc = db_run(r->db, &res, Q_STUDIO_MESSAGES, id,
		    arena_int(r->arena, (int64_t)limit + 1), time, seq);
		if (rc != RC_OK)
			return rc;
		n = res_rows(res);
	}
	if (n > limit) {
		n = limit;
		studio_next(r, arena_printf(r->arena,
		    "/api/threads/%s/messages?limit=%zu", id, limit),
		    res_str(res, n - 1, M_CREATED), res_str(res, n - 1, M_SEQ));
	}
	jw_open(r->out, '[');
	for (i = 0; i < n; i++)
		write_message(r, res, i);
	jw_close(r->out, ']');
	return reply(r, 200);
}

/* --- What bobbin streams itself */

static void
begin_event(struct buf *b, const char *type)
{
	buf_str(b, "data: {");
	jw_kstr(b, "type", type);
}

static void
end_event(struct buf *b)
{
	buf_str(b, "}\n\n");
}

/* How much of a text fits one event, in whole code points. */
static size_t
piece(const char *s, size_t n)
{
	size_t	i, size = 0;

	for (i = 0; i < n && size < EVENT_MAX; i++)
		size += (unsigned char)s[i] < 0x20 ? 6 :
		    s[i] == '"' || s[i] == '\\' ? 2 : 1;
	while (i < n && (s[i] & 0xc0) == 0x80)
		i--;
	return i;
}

static enum rc
stream(struct req *r)
{
	r->reply.type = "text/event-stream";
	return reply(r, 200);
}

/* A finished answer once more. */
static enum rc
replay(struct req *r, const char *id, const char *text, size_t n)
{
	struct buf	*b = r->out;
	size_t		 len;

	for (; n > 0; text += len, n -= len) {
		len = piece(text, n);
		begin_event(b, "token");
		jw_key(b, "content");
		jw_str(b, text, len);
		end_event(b);
	}
	begin_event(b, "done");
	jw_kstr(b, "message_id", id);
	end_event(b);
	return stream(r);
}

static bool
wants_stream(const struct req *r)
{
	const char	*accept = req_env(r, "HTTP_ACCEPT");

	return strcmp(r->conf->agent_missing, "stream") == 0 ||
	    (accept != NULL && strcasestr(accept, "text/event-stream") != NULL);
}

static void
write_stored(struct buf *b, const char *message, const char *id)
{
	jw_open(b, '{');
	jw_kstr(b, "message_id", message);
	jw_kstr(b, "id", id);
	jw_kstr(b, "status", "stored");
	jw_close(b, '}');
}

/* --- By a user */

/* Columns of studio_ask. */
enum { K_ID, K_FRESH, K_HELD, K_KEY, K_TITLE, K_ANSWER, K_SAID };

/* The title that this message would give its thread, or NULL. */
static const char *
title_of(struct req *r, struct json_object *content)
{
	struct json_object	*text;
	char			 title[TITLE_BYTES];

	if (strcmp(r->conf->auto_title, "off") == 0 ||
	    !json_object_object_get_ex(content, "text", &text) ||
	    !json_object_is_type(text, json_type_string) ||
	    title_make(json_object_get_string(text),
	    (size_t)json_object_get_string_len(text), title) == 0)
		return NULL;
	return arena_strdup(r->arena, title);
}

/* What was stored, or stored before, is answered. */
static enum rc
answer(struct req *r, const struct db_res *row)
{
	struct handover	h = { .action = "message",
			    .message = r->body[A_MESSAGE].s };

	if (!res_null(row, 0, K_ANSWER) &&
	    (r->conf->agent != NULL || wants_stream(r)))
		return replay(r, res_str(row, 0, K_ANSWER),
		    res_str(row, 0, K_SAID), res_len(row, 0, K_SAID));
	if (r->conf->agent != NULL) {
		if (!res_bool(row, 0, K_HELD))
			return fail(r, RC_CONFLICT,
			    "Thread id is already in use");
		h.thread = res_str(row, 0, K_KEY);
		h.repeat = !res_bool(row, 0, K_FRESH);
		if (!res_null(row, 0, K_TITLE))
			h.title = res_str(row, 0, K_TITLE);
		return hand_over(r, &h);
	}
	if (!wants_stream(r)) {
		write_stored(r->out, h.message, res_str(row, 0, K_ID));
		return reply(r, 202);
	}
	begin_event(r->out, "error");
	jw_kstr(r->out, "error", "No agent is configured");
	end_event(r->out);
	return stream(r);
}

static enum rc
explain(struct req *r, enum rc rc)
{
	if (rc == RC_NOTFOUND)
		return studio_missing(r);
	return rc == RC_CONFLICT ? fail(r, rc, "Duplicate message_id") : rc;
}

static enum rc
ask(struct req *r)
{
	const struct value	*v = r->body;
	const char		*id = studio_id(r);
	struct db_res		*row;
	enum rc			 rc;

	fields_body(r, body_ask, r->body, r->doc);
	if (r->nfaults > 0)
		return RC_INVALID;
	if (v[A_ROLE].given && strcmp(v[A_ROLE].s, "user") != 0)
		return fail(r, RC_MALFORMED, "Only user role allowed");
	if (id == NULL)
		return studio_missing(r);
	rc = db_one(r->db, &row, Q_STUDIO_ASK, id, v[A_MESSAGE].s,
	    v[A_CONTENT].s, title_of(r, v[A_CONTENT].obj),
	    r->conf->agent != NULL ? "t" : "f", r->who.agent ? "t" : "f",
	    r->conf->ckpt_schema);
	return rc != RC_OK ? explain(r, rc) : answer(r, row);
}

/* --- By an agent */

/* One PostgreSQL array for each field, an element a message. */
struct batch {
	struct buf	cols[S__MAX];
	size_t		n;
};

static void
free_batch(void *arg)
{
	struct batch	*t = arg;
	size_t		 c;

	for (c = 0; c < S__MAX; c++)
		buf_free(&t->cols[c]);
}

static struct batch *
new_batch(struct req *r)
{
	struct batch	*t = arena_alloc(r->arena, sizeof(*t));
	size_t		 c;

	for (c = 0; c < S__MAX; c++) {
		buf_init(&t->cols[c], ARRAYS);
		buf_chr(&t->cols[c], '{');
	}
	arena_cleanup(r->arena, free_batch, t);
	return t;
}

static void
add_element(struct buf *b, const char *s, size_t n)
{
	size_t	i, run = 0;

	buf_chr(b, '"');
	for (i = 0; i < n; i++)
		if (s[i] == '"' || s[i] == '\\') {
			buf_add(b, s + run, i - run);
			buf_chr(b, '\\');
			run = i;
		}
	buf_add(b, s + run, n - run);
	buf_chr(b, '"');
}

static void
add_message(struct batch *t, const struct value *v)
{
	size_t	c;

	for (c = 0; c < S__MAX; c++) {
		if (t->n > 0)
			buf_chr(&t->cols[c], ',');
		if (v[c].s != NULL)
			add_element(&t->cols[c], v[c].s, v[c].n);
		else
			buf_str(&t->cols[c], "NULL");
	}
	t->n++;
}

/* The messages of a batch, one after the other. */
static enum rc
take_batch(struct req *r, struct batch *t, struct json_object *list)
{
	struct json_iter	 it;
	struct json_span	 all, key, span;
	struct value		 v[S__MAX];
	size_t			 n, i;

	n = json_object_is_type(list, json_type_array) ?
	    json_object_array_length(list) : 0;
	if (n < 1 || n > BATCH)
		return fields_refuse(r, AT_BODY, "messages", NULL,
		    "messages must be a list of 1 to 100");
	if (!json_member(json_whole(r->raw, r->rawlen), "messages", &all))
		return RC_FAIL;
	it = json_walk(all);
	for (i = 0; i < n && json_next(&it, &key, &span); i++) {
		memset(v, 0, sizeof(v));
		fields_element(r, body_store, v,
		    json_object_array_get_idx(list, i), span, "messages", i);
		if (r->nfaults == 0)
			add_message(t, v);
	}
	return r->nfaults > 0 ? RC_INVALID : RC_OK;
}

static enum rc
take_one(struct req *r, struct batch *t)
{
	fields_body(r, body_store, r->body, r->doc);
	if (r->nfaults > 0)
		return RC_INVALID;
	add_message(t, r->body);
	return RC_OK;
}

static enum rc
write_batch(struct req *r, const struct db_res *res, bool list)
{
	size_t	i;

	if (list) {
		jw_open(r->out, '{');
		jw_key(r->out, "messages");
		jw_open(r->out, '[');
	}
	for (i = 0; i < res_rows(res); i++)
		write_stored(r->out, res_str(res, i, 0), res_str(res, i, 1));
	if (list) {
		jw_close(r->out, ']');
		jw_close(r->out, '}');
	}
	return reply(r, res_bool(res, 0, 2) ? 201 : 200);
}

static enum rc
store(struct req *r)
{
	struct batch		*t = new_batch(r);
	const char		*id = studio_id(r);
	struct json_object	*list;
	struct db_res		*res;
	bool			 many;
	size_t			 c;
	enum rc			 rc;

	many = json_object_object_get_ex(r->doc, "messages", &list);
	rc = many ? take_batch(r, t, list) : take_one(r, t);
	if (rc != RC_OK)
		return rc;
	if (id == NULL)
		return studio_missing(r);
	for (c = 0; c < S__MAX; c++) {
		buf_add(&t->cols[c], "}", sizeof("}"));
		if (t->cols[c].over)
			return RC_TOOLARGE;
	}
	rc = db_one(r->db, &res, Q_STUDIO_STORE, id, t->cols[S_MESSAGE].p,
	    t->cols[S_ROLE].p, t->cols[S_CONTENT].p, t->cols[S_TOOL].p,
	    t->cols[S_INPUT].p, t->cols[S_OUTPUT].p, t->cols[S_META].p);
	return rc != RC_OK ? explain(r, rc) : write_batch(r, res, many);
}

/* POST /api/threads/{id}/messages: the two have bodies of their own. */
enum rc
studio_message(struct req *r)
{
	return r->who.agent ? store(r) : ask(r);
}
