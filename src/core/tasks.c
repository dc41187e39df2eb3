/* tasks.c: a checkpoint's tasks, what they wait for and how they failed. */
#include "config.h"

#include "core/tasks.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/json.h"
#include "codec/lctext.h"

#define PUSH	"~__pregel_push, "
#define PULL	"~__pregel_pull, "
#define PUSHLEN	(sizeof(PUSH) - 1 + 10)		/* with the number */
#define TASKS_SENDS	10000	/* more than any graph fans out to */

/* An __error__ or __interrupt__ row; its JSON is text[at, at + n). */
struct event {
	size_t	at, n;
	size_t	task;		/* SIZE_MAX: none that we know */
	size_t	seq;
	bool	error;
};

/* Under way: what the checkpoint says of itself. */
struct reading {
	struct tasks	*ts;
	const char	*checkpoint;
	bool		 uuid;		/* which is one */
	long long	 step;
};

const char *
task_status_name(enum task_status s)
{
	static const char *const names[TASKS__MAX] = {
		"idle", "interrupted", "error"
	};

	return names[s];
}

static bool
is_uuid(const char *s)
{
	char	out[UUID_TEXT + 1];

	return uuid_strict(s, strlen(s), out);
}

/* A version that is a number is LangGraph.js's. */
static void
read_info(struct reading *r, const struct task_row *row)
{
	struct json_span	info, key, v;
	struct json_iter	it;
	int64_t			step;

	info = json_whole(row->info.p, row->info.n);
	if (json_member(info, "versions", &v)) {
		it = json_walk(v);
		if (json_next(&it, &key, &v) && key.p != NULL)
			r->ts->js = *v.p != '"';
	}
	if (json_member(info, "metadata", &v) && json_member(v, "step", &v) &&
	    lc_int((struct lc_text){ v.p, v.n }, &step))
		r->step = step + 1;
}

/* UUID version 5 in the checkpoint's namespace, as LangGraph.js does it. */
static void
javascript_id(const struct reading *r, struct task *t, bool send, size_t i)
{
	struct buf	 b;
	const char	*trigger;

	buf_init(&b, SIZE_MAX / 4);
	buf_chr(&b, '[');
	lc_str(&b, t->name, strlen(t->name));
	buf_printf(&b, ",\"%lld\",", r->step);
	lc_str(&b, t->name, strlen(t->name));
	if (send)
		buf_printf(&b, ",\"__pregel_push\",\"%zu\"]", i);
	else {
		trigger = strcmp(t->name, "__start__") == 0 ? "" :
		    "branch:to:";
		buf_printf(&b, ",\"__pregel_pull\",[\"%s", trigger);
		lc_chars(&b, t->name, strlen(t->name));
		buf_str(&b, "\"]]");
	}
	if (r->uuid && !b.over)
		uuid_v5(r->checkpoint, b.p, b.len, t->id);
	buf_free(&b);
}

/* Python's ids come from the rows; until one is seen it is one of ours. */
static void
identify(const struct reading *r, struct task *t, bool send, size_t i)
{
	const char	*name = send ? t->path : t->name;

	if (r->ts->js)
		javascript_id(r, t, send, i);
	else if (r->uuid)
		uuid_v5(r->checkpoint, name, strlen(name), t->id);
	t->guessed = !r->ts->js;
}

static bool
add_task(struct reading *r, const char *name, bool send, size_t i)
{
	struct task	*t = &r->ts->v[r->ts->n++];
	int		 n;

	if ((t->name = strdup(name)) == NULL)
		return false;
	n = send ? asprintf(&t->path, PUSH "%010zu", i) :
	    asprintf(&t->path, PULL "%s", name);
	if (n == -1) {
		t->path = NULL;
		return false;
	}
	identify(r, t, send, i);
	return true;
}

static bool
add_sends(struct reading *r, struct lc_text list)
{
	struct lc_iter	it;
	struct lc_text	send, node;
	struct buf	name;
	size_t		i;
	bool		ok = true;

	buf_init(&name, SIZE_MAX / 4);
	lc_walk(&it, list);
	for (i = 0; ok && lc_next(&it, &send); i++) {
		buf_cut(&name, 0);
		node = lc_unquote(lc_member(send, "node"));
		if (node.p != NULL)
			lc_unescape(&name, node);
		buf_chr(&name, '\0');
		ok = !name.over && add_task(r, name.p, true, i);
	}
	buf_free(&name);
	return ok;
}

static size_t
count(struct lc_text list)
{
	struct lc_iter	it;
	struct lc_text	v;
	size_t		n = 0;

	for (lc_walk(&it, list); lc_next(&it, &v); n++)
		;
	return n;
}

/* Pending sends first, then the triggered nodes in the rows' order. */
static bool
list_tasks(struct reading *r, const struct task_row *row, size_t n,
    const struct lc_opts *o)
{
	struct tasks	*ts = r->ts;
	struct lc_text	 list = { NULL, 0 };
	struct buf	 sends;
	size_t		 i;
	bool		 ok;

	buf_init(&sends, ts->text.max);
	for (i = 0; i < n; i++)
		if (row[i].k == 's')
			ts->sends = lc_value(&row[i].blob, o, 0, &sends);
	if (ts->sends == OUT_EMPTY)
		ts->sends = OUT_VALUE;
	if (sends.len > 0 && *sends.p == '[') {
		list.p = sends.p;
		list.n = sends.len;
	}
	if (count(list) > TASKS_SENDS) {
		ts->sends = OUT_TOO_LARGE;
		list.p = NULL;
	}
	ts->v = calloc(count(list) + n + 1, sizeof(*ts->v));
	ok = ts->v != NULL && add_sends(r, list);
	for (i = 0; ok && i < n; i++)
		if (row[i].k == 'n')
			ok = add_task(r, row[i].name, false, 0);
	buf_free(&sends);
	return ok;
}

static int
by_id(const void *a, const void *b)
{
	return strcmp((*(struct task *const *)a)->id,
	    (*(struct task *const *)b)->id);
}

static int
by_path(const void *a, const void *b)
{
	return strcmp((*(struct task *const *)a)->path,
	    (*(struct task *const *)b)->path);
}

/* JavaScript's rows are told by their task's id, Python's by its path. */
static bool
index_tasks(struct tasks *ts)
{
	size_t	i;

	if ((ts->index = calloc(ts->n + 1, sizeof(*ts->index))) == NULL)
		return false;
	for (i = 0; i < ts->n; i++)
		ts->index[i] = &ts->v[i];
	qsort(ts->index, ts->n, sizeof(*ts->index), ts->js ? by_id : by_path);
	return true;
}

static struct task *
task_of(const struct tasks *ts, const char *task_path, const char *task_id)
{
	struct task	probe = { .name = NULL }, *p = &probe, **at;
	char		push[PUSHLEN + 1];

	if ((ts->js ? task_id : task_path) == NULL)
		return NULL;
	(void)snprintf(probe.id, sizeof(probe.id), "%s",
	    task_id != NULL ? task_id : "");
	/* A further number follows that of the send. */
	if (!ts->js && strncmp(task_path, PUSH, sizeof(PUSH) - 1) == 0 &&
	    strlen(task_path) > PUSHLEN && task_path[PUSHLEN] == ',') {
		memcpy(push, task_path, PUSHLEN);
		push[PUSHLEN] = '\0';
		task_path = push;
	}
	probe.path = (char *)(uintptr_t)task_path;
	at = bsearch(&p, ts->index, ts->n, sizeof(*ts->index),
	    ts->js ? by_id : by_path);
	return at != NULL ? *at : NULL;
}

static void
add_event(struct tasks *ts, const struct task_row *row, struct task *t,
    const struct lc_opts *o)
{
	struct event	*e = &ts->events[ts->nevents++];
	enum outcome	 rc;

	e->seq = ts->nevents;
	e->error = strcmp(row->name, "__error__") == 0;
	e->task = t != NULL ? (size_t)(t - ts->v) : SIZE_MAX;
	e->at = ts->text.len;
	rc = lc_value(&row->blob, o, 0, &ts->text);
	if (rc == OUT_EMPTY)
		buf_str(&ts->text, "null");
	else if (rc != OUT_VALUE)
		buf_printf(&ts->text, "{\"unreadable\":\"%s\"}",
		    outcome_reason(rc));
	e->n = ts->text.len - e->at;
}

static void
read_write(struct tasks *ts, const struct task_row *row,
    const struct lc_opts *o)
{
	struct task	*t = task_of(ts, row->task_path, row->task_id);

	if (t != NULL && t->guessed && strlen(row->task_id) == UUID_TEXT) {
		memcpy(t->id, row->task_id, UUID_TEXT);
		t->guessed = false;
	}
	if (strcmp(row->name, "__error__") == 0 ||
	    strcmp(row->name, "__interrupt__") == 0)
		add_event(ts, row, t, o);
	else if (t != NULL)
		t->done = true;
}

static int
by_task(const void *va, const void *vb)
{
	const struct event	*a = va, *b = vb;

	if (a->task != b->task)
		return a->task < b->task ? -1 : 1;
	return a->seq < b->seq ? -1 : 1;
}

/* Events in the order of their tasks; each task knows its own. */
static void
conclude(struct tasks *ts)
{
	struct event	*e;
	struct task	*t;
	size_t		 i;

	qsort(ts->events, ts->nevents, sizeof(*ts->events), by_task);
	for (i = 0; i < ts->n; i++)
		if (!ts->v[i].done)
			ts->status = TASKS_INTERRUPTED;
	for (i = 0; i < ts->nevents; i++) {
		e = &ts->events[i];
		if (e->error)
			ts->status = TASKS_ERROR;
		else if (ts->status == TASKS_IDLE)
			ts->status = TASKS_INTERRUPTED;
		if (e->task == SIZE_MAX)
			continue;
		t = &ts->v[e->task];
		if (t->nevents++ == 0)
			t->event = i;
		if (e->error && e->n > 0) {
			t->error.p = ts->text.p + e->at;
			t->error.n = e->n;
		}
	}
}

bool
tasks_read(struct tasks *ts, const struct task_row *row, size_t n,
    const char *checkpoint, const struct lc_opts *o, size_t max)
{
	struct reading	r = { .ts = ts, .checkpoint = checkpoint };
	size_t		i;

	memset(ts, 0, sizeof(*ts));
	buf_init(&ts->text, max);
	r.uuid = is_uuid(checkpoint);
	for (i = 0; i < n; i++)
		if (row[i].k == 'c')
			read_info(&r, &row[i]);
	if (!list_tasks(&r, row, n, o) || !index_tasks(ts) ||
	    (ts->events = calloc(n + 1, sizeof(*ts->events))) == NULL)
		return false;
	for (i = 0; i < n; i++)
		if (row[i].k == 'w')
			read_write(ts, &row[i], o);
	conclude(ts);
	return true;
}

void
tasks_free(struct tasks *ts)
{
	size_t	i;

	for (i = 0; i < ts->n; i++) {
		free(ts->v[i].name);
		free(ts->v[i].path);
	}
	free(ts->v);
	free(ts->index);
	free(ts->events);
	buf_free(&ts->text);
	memset(ts, 0, sizeof(*ts));
}

static void
element(struct buf *out, struct lc_text v)
{
	if (out->len > 0 && out->p[out->len - 1] != '[')
		buf_chr(out, ',');
	buf_add(out, v.p, v.n);
}

/* An interrupt row holds a list of them. */
static void
interrupts(struct buf *out, struct lc_text list)
{
	struct lc_iter	it;
	struct lc_text	v;

	if (*list.p != '[') {
		element(out, list);
		return;
	}
	for (lc_walk(&it, list); lc_next(&it, &v);)
		element(out, v);
}

static void
events(struct buf *out, const struct tasks *ts, size_t from, size_t to,
    bool error)
{
	const struct event	*e;
	struct lc_text		 v;

	buf_chr(out, '[');
	for (; from < to; from++) {
		e = &ts->events[from];
		v.p = ts->text.p + e->at;
		v.n = e->n;
		if (e->error != error || e->n == 0)
			continue;
		if (error)
			element(out, v);
		else
			interrupts(out, v);
	}
	buf_chr(out, ']');
}

void
tasks_interrupts(struct buf *out, const struct tasks *ts,
    const struct task *t)
{
	if (t == NULL)
		events(out, ts, 0, ts->nevents, false);
	else
		events(out, ts, t->event, t->event + t->nevents, false);
}

void
tasks_errors(struct buf *out, const struct tasks *ts)
{
	events(out, ts, 0, ts->nevents, true);
}

void
tasks_next(struct buf *out, const struct tasks *ts, bool history)
{
	size_t	i;
	bool	first = true;

	buf_chr(out, '[');
	for (i = 0; i < ts->n; i++) {
		if (ts->v[i].done && !history)
			continue;
		if (!first)
			buf_chr(out, ',');
		first = false;
		lc_str(out, ts->v[i].name, strlen(ts->v[i].name));
	}
	buf_chr(out, ']');
}

static int
by_application(const void *va, const void *vb)
{
	const struct replay_row	*a = va, *b = vb;
	int			 c;

	if ((c = strcmp(a->task_path, b->task_path)) != 0 ||
	    (c = strcmp(a->task_id, b->task_id)) != 0)
		return c;
	return a->idx < b->idx ? -1 : a->idx > b->idx;
}

void
tasks_order(const struct tasks *ts, struct replay_row *r, size_t n)
{
	struct task	*t;
	size_t		 i, first = n;

	if (!ts->js)
		return;
	for (i = n; i-- > 0 && r[i].k == 'w' && r[i].depth == 0; first = i) {
		t = task_of(ts, NULL, r[i].task_id);
		r[i].task_path = t != NULL ? t->path : "";
	}
	if (n - first > 1)
		qsort(r + first, n - first, sizeof(*r), by_application);
}
