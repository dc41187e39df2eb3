/* v1history.c: LangGraph's messages of a thread in the form of stored ones. */
#include "config.h"

#include "api/v1history.h"

#include <stdlib.h>
#include <string.h>

#include "api/v1.h"
#include "base/text.h"
#include "codec/msgpack.h"
#include "core/checkpoint.h"
#include "core/ckptrow.h"
#include "core/lcmessage.h"
#include "core/seldom.h"
#include "http/coerce.h"
#include "http/route.h"

#define STATE_MAX	MB(128)		/* of one state's JSON */
#define INFO_MAX	KB(16)		/* no id or time is longer */
#define CHANNEL		"messages"

enum { T_CHECKPOINT = 8 };		/* column of ckpt_tasks */
enum { W_TS, W_TYPE };			/* columns of history_writes */

static const char	unreadable[] = "This conversation is stored in a "
			    "form that cannot be read here.";

void
history_queue(struct req *r, const char *key, const char *head)
{
	const char	*bytes = ckpt_bytes(r->app->ckpt);

	db_queue(r->db, Q_CKPT_MESSAGES, key, "", CHANNEL, bytes, head,
	    NULL);
	db_queue(r->db, Q_CKPT_TASKS, key, "", head, NULL,
	    ckpt_bytes(r->app->ckpt));
	db_queue(r->db, Q_HISTORY_WRITES, key, head, bytes);
}

/* An agent's time as ours are; NULL for what is none. */
static const char *
utc(struct req *r, const char *ts)
{
	static const char	zeros[] = ".000000Z";
	char			out[32], *dot;

	if (!time_strict(ts, strlen(ts), out))
		return NULL;
	if ((dot = strstr(out, zeros)) != NULL)
		strcpy(dot, "Z");
	return arena_strdup(r->arena, out);
}

/* When which message came; ids with their quotes. */
struct arrival {
	struct lc_text	 id;
	const char	*time;
	size_t		 n;
};

struct arrivals {
	struct buf	 text;
	struct arrival	*v;
	size_t		 n, cap;
};

static int
by_id(const void *va, const void *vb)
{
	const struct arrival	*a = va, *b = vb;

	if (a->id.n != b->id.n)
		return a->id.n < b->id.n ? -1 : 1;
	return memcmp(a->id.p, b->id.p, a->id.n);
}

/* The first arrival of an id counts. */
static int
by_id_and_age(const void *va, const void *vb)
{
	const struct arrival	*a = va, *b = vb;
	int			 order = by_id(a, b);

	return order != 0 ? order : a->n < b->n ? -1 : 1;
}

static void
arrive(struct arrivals *a, struct lc_text t, const char *time)
{
	struct message	 m;
	struct arrival	*v;

	message_read(&m, t);
	if (m.id.p == NULL)
		return;
	if (a->n == a->cap) {
		v = realloc(a->v, (a->cap * 2 + 64) * sizeof(*v));
		if (v == NULL)
			return;
		a->v = v;
		a->cap = a->cap * 2 + 64;
	}
	a->v[a->n] = (struct arrival){ m.id, time, a->n };
	a->n++;
}

static void
read_writes(struct history *h, const struct db_res *res, struct arrivals *a)
{
	const struct lc_opts	*opts = ckpt_opts(h->r->app->ckpt);
	struct lc_blob		 blob;
	struct lc_text		 t, v;
	struct lc_iter		 it;
	size_t			 i, *end;

	if ((end = calloc(res_rows(res) + 1, sizeof(*end))) == NULL)
		return;
	for (i = 0; i < res_rows(res); i++) {
		blob = field_blob(res, i, W_TYPE);
		(void)!lc_value(&blob, opts, 0, &a->text);
		end[i + 1] = a->text.len;
	}
	/* Only now the text does not move any more. */
	for (i = 0; i < res_rows(res); i++) {
		t = (struct lc_text){ a->text.p + end[i], end[i + 1] - end[i] };
		if (t.n == 0)
			continue;
		if (*t.p != '[')
			arrive(a, t, res_str(res, i, W_TS));
		for (lc_walk(&it, t); *t.p == '[' && lc_next(&it, &v);)
			arrive(a, v, res_str(res, i, W_TS));
	}
	free(end);
}

/*
 * A message's time is that of the checkpoint that brought it; where nothing
 * tells, that of its neighbour, or of the head.
 */
static void
tell_times(struct history *h, const struct db_res *writes, const char *head)
{
	struct arrivals	 a = { .n = 0 };
	struct arrival	 key, *found;
	struct message	 m;
	const char	*last = NULL;
	size_t		 i, first;

	buf_init(&a.text, STATE_MAX);
	read_writes(h, writes, &a);
	if (a.n > 0)
		qsort(a.v, a.n, sizeof(*a.v), by_id_and_age);
	for (i = 0, first = h->n; i < h->n; i++) {
		message_read(&m, h->message[i]);
		key.id = m.id;
		found = a.n == 0 || m.id.p == NULL ? NULL :
		    bsearch(&key, a.v, a.n, sizeof(*a.v), by_id);
		while (found > a.v && by_id(found - 1, found) == 0)
			found--;
		if (found != NULL && (h->time[i] = utc(h->r, found->time)) !=
		    NULL) {
			last = h->time[i];
			first = i < first ? i : first;
		} else
			h->time[i] = last;
	}
	for (i = 0; i < h->n && h->time[i] == NULL; i++)
		h->time[i] = first < h->n ? h->time[first] : head;
	buf_free(&a.text);
	free(a.v);
}

static enum rc
index_list(struct history *h)
{
	struct lc_text	list = { h->list.p, h->list.len }, v;
	struct lc_iter	it;
	size_t		n = 0;

	for (lc_walk(&it, list); lc_next(&it, &v);)
		n++;
	h->message = calloc(n + 1, sizeof(*h->message));
	h->time = calloc(n + 1, sizeof(*h->time));
	if (h->message == NULL || h->time == NULL)
		return RC_FAIL;
	for (lc_walk(&it, list); lc_next(&it, &v);)
		h->message[h->n++] = v;
	return RC_OK;
}

static void
write_unreadable(struct history *h, enum outcome rc)
{
	buf_printf(&h->list, "[{\"type\":\"system\",\"id\":\"unreadable\","
	    "\"additional_kwargs\":{\"unreadable\":\"%s\"},\"content\":"
	    "\"%s\"}]", outcome_reason(rc), unreadable);
}

/* The messages at the head, as one JSON array. */
static enum rc
read_list(struct history *h, struct replay_row *row, size_t n,
    const struct db_res *tasks)
{
	const struct lc_opts	*opts = ckpt_opts(h->r->app->ckpt);
	struct replay_how	 how = { .channel = CHANNEL };
	enum outcome		 rc;
	const char		*type = NULL;
	size_t			 i;

	if (!tasks_of(&h->tasks, tasks, opts, STATE_MAX))
		return RC_FAIL;
	how.js = h->tasks.js;
	tasks_order(&h->tasks, row, n);
	for (i = 0; i < n && type == NULL; i++)
		type = row[i].blob.type;
	rc = replay_rows(row, n, &how, opts, &h->list);
	seldom_unreadable(h->key, CHANNEL, type, rc);
	if (rc == OUT_EMPTY)
		buf_str(&h->list, "[]");
	else if (rc != OUT_VALUE)
		write_unreadable(h, rc);
	return RC_OK;
}

static const char *
member_text(struct req *r, struct lc_text info, const char *name)
{
	struct lc_text	t = lc_unquote(lc_member(info, name));
	struct buf	raw;
	const char	*s = NULL;

	if (t.p == NULL)
		return NULL;
	buf_init(&raw, t.n + 8);
	lc_unescape(&raw, t);
	if (!raw.over)
		s = arena_memdup(r->arena, raw.p != NULL ? raw.p : "",
		    raw.len);
	buf_free(&raw);
	return s;
}

static const char *
info_text(struct req *r, struct json_span info, const char *name)
{
	struct json_span	 v;
	char			*s;

	if (!json_member(info, name, &v) || *v.p != '"' || v.n > INFO_MAX)
		return NULL;
	s = arena_alloc(r->arena, v.n);
	s[json_unescape(v.p + 1, v.n - 2, s)] = '\0';
	return s;
}

/* The head's id and time. */
static enum rc
read_info(struct history *h, struct lc_text info, const char **time)
{
	struct json_span	whole = json_whole(info.p, info.n);

	h->head = info_text(h->r, whole, "checkpoint_id");
	if (h->head == NULL)
		return RC_FAIL;
	*time = info_text(h->r, whole, "ts");
	*time = *time != NULL ? utc(h->r, *time) : NULL;
	return RC_OK;
}

enum rc
history_read(struct history *h, struct db_res *res[HISTORY__MAX])
{
	const struct db_res	*rows = res[HISTORY_MESSAGES];
	const struct db_res	*tasks = res[HISTORY_TASKS];
	struct replay_row	*row;
	const char		*time = NULL;
	enum rc			 rc;

	buf_init(&h->list, STATE_MAX);
	if (res_rows(rows) == 0)
		return RC_OK;
	if ((row = message_rows(rows)) == NULL)
		return RC_FAIL;
	rc = read_info(h, row[0].info, &time);
	h->moved = rc == RC_OK && (res_rows(tasks) == 0 ||
	    strcmp(res_str(tasks, 0, T_CHECKPOINT), h->head) != 0);
	if (rc == RC_OK && !h->moved) {
		rc = read_list(h, row, res_rows(rows), tasks);
		if (rc == RC_OK)
			rc = index_list(h);
		if (rc == RC_OK)
			tell_times(h, res[HISTORY_WRITES], time);
	}
	free(row);
	return rc;
}

void
history_free(struct history *h)
{
	buf_free(&h->list);
	tasks_free(&h->tasks);
	free(h->message);
	free(h->time);
}

static const struct {
	const char	*type, *role;
} roles[] = {
	{ "human", "user" },		{ "HumanMessageChunk", "user" },
	{ "ai", "assistant" },		{ "AIMessageChunk", "assistant" },
	{ "system", "system" },		{ "SystemMessageChunk", "system" },
	{ "tool", "tool" },		{ "ToolMessageChunk", "tool" },
	{ "function", "tool" },		{ "FunctionMessageChunk", "tool" },
	/* What the role of a ChatMessage may be. */
	{ "user", "user" },		{ "assistant", "assistant" },
	{ "developer", "system" },
};

/* What speaks as nobody whom we know is the system. */
static const char *
role_of(struct req *r, const struct message *m)
{
	struct lc_text	object = m->t;
	const char	*type = m->type;
	size_t		i;

	if (type == NULL && *object.p == '{')
		type = member_text(r, object, "type");
	if (type != NULL && *object.p == '{' && (strcmp(type, "chat") == 0 ||
	    strcmp(type, "generic") == 0))
		type = member_text(r, object, "role");
	for (i = 0; type != NULL && i < nitems(roles); i++)
		if (strcmp(type, roles[i].type) == 0)
			return roles[i].role;
	return "system";
}

/* Whoever gives no id gets one by place, which does not change. */
static void
put_id(struct buf *b, const struct history *h, const struct message *m,
    size_t i)
{
	struct lc_text	t = lc_unquote(m->id);
	char		uuid[UUID_TEXT + 1];
	const char	*name;

	jw_key(b, "id");
	if (t.n > 0) {
		jw_raw(b, m->id.p, m->id.n);
		return;
	}
	name = arena_int(h->r->arena, (int64_t)i);
	uuid_v5(h->thread, name, strlen(name), uuid);
	jw_cstr(b, uuid);
}

void
history_put(struct buf *b, const struct history *h, size_t i)
{
	struct json_span	 content;
	struct lc_text		 name;
	struct message		 m;
	const char		*role;

	message_read(&m, h->message[i]);
	role = role_of(h->r, &m);
	content = (struct json_span){ m.content.p, m.content.n };
	if (content.p == NULL)
		content.n = 0;
	put_id(b, h, &m, i);
	jw_kstr(b, "role", role);
	v1_text(b, content, false);
	jw_kstr(b, "created_at", h->time[i]);
	v1_parts(b, content);
	if (strcmp(role, "tool") != 0)
		return;
	name = lc_member(m.t, "name");
	jw_key(b, "tool_name");
	if (name.p != NULL)
		jw_raw(b, name.p, name.n);
	else
		jw_null(b);
}
