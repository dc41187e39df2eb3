/* checkpoint.c: LangGraph's tables: where they are, and a thread's state. */
#include "config.h"

#include "core/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/json.h"
#include "codec/lcjson.h"
#include "codec/lctext.h"
#include "core/ckptrow.h"
#include "core/replay.h"
#include "core/seldom.h"
#include "core/tasks.h"

#define AGAIN_US	10000000	/* until absent tables are looked for */
#define STATE_MAX	(128UL << 20)	/* of one state's JSON */
#define SPARE		4096	/* bytes for what parts give way to */
#define ROOM		256	/* of them, for one part */
#define TOO_LARGE	"{\"unreadable\":\"too_large\"}"
#define ATTEMPTS	3		/* to meet one and the same head */

struct ckpt {
	struct db	*db;
	struct lc_opts	 opts;
	const char	*schema;
	char		 bytes[24];	/* CHECKPOINT_MAX_BYTES */
	unsigned	 backend;	/* that was asked; 0: none */
	enum ckpt_layout layout;
	int64_t		 asked;
	int64_t		 told;		/* that they are broken, or 0 */
};

enum table { T_CHECKPOINTS, T_BLOBS, T_WRITES, T__MAX };

static const struct {
	const char	*name;
	const char	*shallow, *absent;	/* what stands for it */
} tables[T__MAX] = {
	[T_CHECKPOINTS] = { "checkpoints",
	    "(SELECT thread_id, checkpoint_ns, checkpoint->>'id' AS "
	    "checkpoint_id, NULL::text AS parent_checkpoint_id, checkpoint, "
	    "metadata FROM %s)",
	    "(SELECT ''::text AS thread_id, ''::text AS checkpoint_ns, "
	    "''::text AS checkpoint_id, ''::text AS parent_checkpoint_id, "
	    "NULL::jsonb AS checkpoint, NULL::jsonb AS metadata "
	    "WHERE false)" },
	[T_BLOBS] = { "checkpoint_blobs",
	    "(SELECT b.thread_id, b.checkpoint_ns, b.channel, "
	    "c.checkpoint->'channel_versions'->>b.channel AS version, b.type, "
	    "b.blob FROM %s b JOIN %s c USING (thread_id, checkpoint_ns))",
	    "(SELECT ''::text AS thread_id, ''::text AS checkpoint_ns, "
	    "''::text AS channel, ''::text AS version, ''::text AS type, "
	    "NULL::bytea AS blob WHERE false)" },
	[T_WRITES] = { "checkpoint_writes", "%s",
	    "(SELECT ''::text AS thread_id, ''::text AS checkpoint_ns, "
	    "''::text AS checkpoint_id, ''::text AS task_id, 0 AS idx, "
	    "''::text AS channel, ''::text AS type, NULL::bytea AS blob "
	    "WHERE false)" },
};

/* What the database says of the three. */
struct found {
	const char	*place[T__MAX];	/* NULL: not there */
	bool		 has[T__MAX];	/* its telling column */
	bool		 uuid;
	size_t		 n, readable;
};

struct ckpt *
ckpt_new(struct db *db, const struct conf *conf)
{
	static const struct lc_limits	 limits = LC_LIMITS;
	struct ckpt			*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->db = db;
	c->schema = conf->ckpt_schema;
	c->opts.limits = limits;
	c->opts.key = conf->ckpt_key;
	c->opts.keylen = conf->ckpt_key != NULL ? strlen(conf->ckpt_key) : 0;
	(void)snprintf(c->bytes, sizeof(c->bytes), "%" PRId64,
	    conf->ckpt_bytes);
	return c;
}

void
ckpt_free(struct ckpt *c)
{
	free(c);
}

const struct lc_opts *
ckpt_opts(const struct ckpt *c)
{
	return &c->opts;
}

const char *
ckpt_bytes(const struct ckpt *c)
{
	return c->bytes;
}

static void
look(const struct db_res *res, struct found *f)
{
	enum table	t;
	size_t		i;

	memset(f, 0, sizeof(*f));
	for (i = 0; i < res_rows(res); i++)
		for (t = 0; t < T__MAX; t++) {
			if (strcmp(tables[t].name, res_str(res, i, 0)) != 0)
				continue;
			f->place[t] = res_str(res, i, 1);
			f->n++;
			f->readable += res_bool(res, i, 2);
			f->has[t] = res_bool(res, i, 3);
			f->uuid = f->uuid || res_bool(res, i, 4);
		}
}

static enum ckpt_layout
judge(const struct found *f)
{
	if (f->n == 0)
		return CKPT_ABSENT;
	if (f->n < T__MAX || f->readable < T__MAX ||
	    f->has[T_CHECKPOINTS] != f->has[T_BLOBS])
		return CKPT_BROKEN;
	return f->has[T_BLOBS] ? CKPT_STANDARD : CKPT_SHALLOW;
}

/* The format has one %s, or a second one for the table of checkpoints. */
static void
define(struct ckpt *c, enum table t, const char *fmt, const struct found *f)
{
	struct buf	b;
	const char	*s, *place = f->place[t];

	buf_init(&b, 4096);
	for (; (s = strstr(fmt, "%s")) != NULL; fmt = s + 2) {
		buf_add(&b, fmt, (size_t)(s - fmt));
		buf_str(&b, place);
		place = f->place[T_CHECKPOINTS];
	}
	buf_str(&b, fmt);
	buf_chr(&b, '\0');
	db_define(c->db, tables[t].name, b.p);
	buf_free(&b);
}

static void
define_all(struct ckpt *c, const struct found *f)
{
	enum table	t;

	for (t = 0; t < T__MAX; t++)
		define(c, t, c->layout == CKPT_ABSENT ? tables[t].absent :
		    c->layout == CKPT_SHALLOW ? tables[t].shallow : "%s", f);
	c->told = 0;
	db_define(c->db, "task_path", f->has[T_WRITES] ? "task_path" :
	    "''::text");
	db_define(c->db, "thread_id", !f->uuid ? "thread_id" :
	    "CASE WHEN thread_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-"
	    "[0-9a-f]{12}$' THEN thread_id::uuid END");
}

static bool
known(const struct ckpt *c)
{
	if (c->backend == 0 || c->backend != db_backend(c->db))
		return false;
	return c->layout == CKPT_STANDARD || c->layout == CKPT_SHALLOW ||
	    (c->layout == CKPT_ABSENT && mono_us() - c->asked < AGAIN_US);
}

/* Every request looks for them again. */
static void
tell(struct ckpt *c, const struct found *f)
{
	if (c->told != 0 && c->asked - c->told < HOUR_US)
		return;
	c->told = c->asked;
	log_error("LangGraph's tables: %zu of 3 found, %zu may be read", f->n,
	    f->readable);
}

enum rc
ckpt_find(struct ckpt *c, enum ckpt_layout *layout)
{
	struct db_res	*res;
	struct found	 f;
	enum rc		 rc;

	if (!known(c)) {
		rc = db_run(c->db, &res, Q_CKPT_LAYOUT, c->schema);
		if (rc != RC_OK)
			return rc;
		look(res, &f);
		c->layout = judge(&f);
		c->asked = mono_us();
		c->backend = db_backend(c->db);
		if (c->layout == CKPT_BROKEN)
			tell(c, &f);
		else
			define_all(c, &f);
	}
	*layout = c->layout;
	return RC_OK;
}

enum rc
ckpt_ready(struct ckpt *c)
{
	enum ckpt_layout	layout;
	enum rc			rc;

	if ((rc = ckpt_find(c, &layout)) != RC_OK)
		return rc;
	return layout == CKPT_BROKEN ? RC_DOWN : RC_OK;
}

enum rc
ckpt_judge(struct ckpt *c, enum rc rc)
{
	static const char *const	changed[] = {
		"42501",	/* a right is gone */
		"42P01", "42703", "3F000",	/* a table, column, schema */
	};
	size_t				i;

	for (i = 0; rc != RC_OK && i < nitems(changed); i++)
		if (strcmp(db_sqlstate(c->db), changed[i]) == 0) {
			c->backend = 0;
			return RC_DOWN;
		}
	/* Rows that a statement cannot stand are no fault of the client's. */
	return rc == RC_INVALID ? RC_FAIL : rc;
}

/* All of a head, from three statements. */
struct state {
	const char		*thread;
	struct replay_row	*message;
	size_t			 nmessages;
	const struct db_res	*rows, *values;	/* of the tasks, of the rest */
	const char		*id;		/* of the checkpoint */
	struct json_span	 info;
	struct tasks		 tasks;
	size_t			 max;		/* bytes of its JSON */
};

/* The head may move between two of the statements. */
static bool
same_head(const struct db_res *tasks, const struct db_res *values,
    struct json_span info)
{
	enum { OF_TASKS = 8, OF_VALUES = 4 };
	const char		*a = res_str(tasks, 0, OF_TASKS);
	struct json_span	 id;

	if (res_rows(values) > 0 &&
	    strcmp(a, res_str(values, 0, OF_VALUES)) != 0)
		return false;
	return json_member(info, "checkpoint_id", &id) && json_is(id, a);
}

/* RC_OK and nothing in s->id: the head has moved, try again. */
static enum rc
fetch(struct ckpt *c, const char *owner, const char *ns, struct state *s)
{
	struct db_res	*res[3];
	enum rc		 rc;

	db_queue(c->db, Q_CKPT_MESSAGES, s->thread, ns, "messages", c->bytes,
	    NULL, owner);
	db_queue(c->db, Q_CKPT_TASKS, s->thread, ns, NULL, owner, c->bytes);
	db_queue(c->db, Q_CKPT_VALUES, s->thread, ns, "messages", c->bytes,
	    owner);
	if ((rc = db_exec(c->db, res, nitems(res))) != RC_OK)
		return ckpt_judge(c, rc);
	if (res_rows(res[0]) == 0 || res_rows(res[1]) == 0)
		return RC_NOTFOUND;
	s->nmessages = res_rows(res[0]);
	s->rows = res[1];
	s->values = res[2];
	s->message = message_rows(res[0]);
	if (s->message == NULL)
		return RC_FAIL;
	s->info = json_whole(s->message[0].info.p, s->message[0].info.n);
	if (same_head(res[1], res[2], s->info))
		s->id = res_str(res[1], 0, 8);
	return RC_OK;
}

static void
raise_ceiling(const struct state *s, struct buf *out)
{
	out->max = out->max + ROOM < s->max ? out->max + ROOM : s->max;
}

/* A part for which there is no room gives way to a few words. */
static void
end_part(const struct state *s, struct buf *out, size_t mark,
    const char *name, const char *instead)
{
	if (!out->over)
		return;
	buf_cut(out, mark);
	out->over = false;
	raise_ceiling(s, out);
	jw_key(out, name);
	buf_str(out, instead);
}

static void
write_messages(struct ckpt *c, struct state *s, struct buf *out)
{
	struct replay_how	how = { .channel = "messages",
				    .js = s->tasks.js };
	enum outcome		rc;
	const char		*type = NULL;
	size_t			mark = out->len, i;

	for (i = 0; i < s->nmessages && type == NULL; i++)
		type = s->message[i].blob.type;
	tasks_order(&s->tasks, s->message, s->nmessages);
	jw_key(out, "messages");
	rc = replay_rows(s->message, s->nmessages, &how, &c->opts, out);
	seldom_unreadable(s->thread, how.channel, type, rc);
	if (rc == OUT_EMPTY)
		buf_str(out, "[]");
	else if (rc != OUT_VALUE) {
		buf_cut(out, mark);
		jw_kstr(out, "unreadable", outcome_reason(rc));
	}
	end_part(s, out, mark, "unreadable", "\"too_large\"");
}

static void
write_task(struct buf *out, const struct tasks *ts, const struct task *t)
{
	jw_open(out, '{');
	jw_key(out, "name");
	lc_str(out, t->name, strlen(t->name));
	jw_kstr(out, "id", t->guessed || *t->id == '\0' ? NULL : t->id);
	jw_key(out, "error");
	if (t->error.p != NULL)
		buf_add(out, t->error.p, t->error.n);
	else
		jw_null(out);
	jw_key(out, "interrupts");
	tasks_interrupts(out, ts, t);
	jw_close(out, '}');
}

static void
next(struct buf *out, const struct tasks *ts)
{
	tasks_next(out, ts, false);
}

static void
interrupts(struct buf *out, const struct tasks *ts)
{
	tasks_interrupts(out, ts, NULL);
}

static void
each_task(struct buf *out, const struct tasks *ts)
{
	size_t	i;

	jw_open(out, '[');
	for (i = 0; i < ts->n; i++)
		write_task(out, ts, &ts->v[i]);
	jw_close(out, ']');
}

static void
write_tasks(const struct state *s, struct buf *out)
{
	static const struct {
		const char	*name;
		void		(*write)(struct buf *, const struct tasks *);
	} parts[] = {
		{ "next", next }, { "interrupts", interrupts },
		{ "errors", tasks_errors }, { "tasks", each_task },
	};
	size_t	i, mark;

	for (i = 0; i < nitems(parts); i++) {
		mark = out->len;
		jw_key(out, parts[i].name);
		parts[i].write(out, &s->tasks);
		end_part(s, out, mark, parts[i].name, "[" TOO_LARGE "]");
	}
}

static void
write_values(struct ckpt *c, const struct state *s, struct buf *out)
{
	const struct db_res	*res = s->values;
	enum outcome		 rc;
	size_t			 first = out->len, i, mark;

	jw_key(out, "values");
	jw_open(out, '{');
	for (i = 0; i < res_rows(res); i++) {
		mark = out->len;
		jw_key_n(out, res_str(res, i, 0), res_len(res, i, 0));
		rc = stored_value(res, i, 1, &c->opts, out);
		seldom_unreadable(s->thread, res_str(res, i, 0),
		    res_null(res, i, 1) ? NULL : res_str(res, i, 1), rc);
		if (rc == OUT_EMPTY)
			buf_cut(out, mark);
		else if (rc != OUT_VALUE)
			buf_printf(out, "{\"unreadable\":\"%s\"}",
			    outcome_reason(rc));
	}
	jw_close(out, '}');
	end_part(s, out, first, "values", TOO_LARGE);
}

static void
write_state(struct ckpt *c, struct state *s, struct buf *out)
{
	static const struct lc_limits	any = { SIZE_MAX, LC_DEPTH_MAX };
	static const char *const	names[] = {
		"checkpoint_id", "ts", "metadata", "complete"
	};
	struct json_span		v;
	size_t				i, mark;

	s->max = out->max;
	out->max -= out->max > SPARE ? SPARE : 0;
	jw_open(out, '{');
	for (i = 0; i < nitems(names); i++) {
		mark = out->len;
		jw_key(out, names[i]);
		if (!json_member(s->info, names[i], &v) ||
		    lj_json(v.p, v.n, &any, LJ_PLAIN, out) != OUT_VALUE)
			jw_null(out);
		end_part(s, out, mark, names[i], "null");
	}
	write_messages(c, s, out);
	write_tasks(s, out);
	raise_ceiling(s, out);
	jw_kstr(out, "status", task_status_name(s->tasks.status));
	write_values(c, s, out);
	out->max = s->max;
	jw_close(out, '}');
}

enum rc
ckpt_state(struct ckpt *c, const char *owner, const char *thread,
    const char *ns, struct buf *out)
{
	struct state	s = { .thread = thread };
	size_t		mark = out->len;
	enum rc		rc;
	int		i;

	if ((rc = ckpt_ready(c)) != RC_OK)
		return rc;
	for (i = 0; i < ATTEMPTS && rc == RC_OK && s.id == NULL; i++) {
		free(s.message);
		s.message = NULL;
		rc = fetch(c, owner, ns, &s);
	}
	if (rc == RC_OK && s.id == NULL)
		rc = RC_DOWN;
	if (rc == RC_OK) {
		if (tasks_of(&s.tasks, s.rows, &c->opts, STATE_MAX))
			write_state(c, &s, out);
		else
			rc = RC_FAIL;
		tasks_free(&s.tasks);
	}
	if (rc == RC_OK && out->over)
		rc = RC_FAIL;
	if (rc != RC_OK) {
		buf_cut(out, mark);
		out->over = false;
	}
	free(s.message);
	return rc;
}
