/* conversation.c: LangGraph's rows of a thread to prompts and answers. */
#include "config.h"

#include "core/conversation.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "codec/json.h"
#include "codec/lcjson.h"
#include "codec/msgpack.h"
#include "core/answer.h"
#include "core/appended.h"
#include "core/ckptrow.h"
#include "core/match.h"
#include "core/replay.h"
#include "core/seldom.h"
#include "core/tasks.h"

#define TEXT_MAX	(128UL << 20)	/* of one state's JSON */
#define ANSWERS_MAX	(48UL << 20)	/* of a thread's; they go out as one */

enum channel { C_PROMPT, C_FINAL, C_QUERIES, C_CODES, C_CHUNKS, C_FOLLOWUPS,
    C__MAX };
static const char *const channels[C__MAX] = {
	"prompt", "final_answer", "queries_and_results",
	"top_selection_codes", "top_chunks", "followup_prompts"
};

/* A piece of a buffer that still grows. */
struct piece {
	bool	 there;
	size_t	 at, n;
};

/* An interaction that is done with: pieces of text. */
struct done {
	struct piece	prompt, ids, message;
	size_t		cut;		/* where the run goes */
};

/* The interaction at hand. */
struct now {
	bool		 open;
	char		*checkpoint, *ts;
	struct piece	 ids;		/* of text */
	enum outcome	 rc[C__MAX];
	struct piece	 value[C__MAX];	/* of values */
	bool		 messages;	/* they changed */
	bool		 complete;
	enum outcome	 base;		/* what is in stored */
	const char	*type;		/* of what made up the messages */
	const struct lc_text *v;	/* or they are these elements */
	size_t		 nv;
	struct replay_row *w;
	size_t		 nw, capw;
};

struct conv {
	const struct lc_opts *opts;
	const char	*owner;
	bool		 nulls;

	/* Of the thread. */
	struct arena	*arena;
	char		*thread;
	bool		 truncated, answers, js;
	struct run	*run;
	size_t		 nruns, capruns;
	struct task_row	*task;
	size_t		 ntasks, captasks;
	char		*head;
	struct done	*done;
	size_t		 n, cap;
	struct buf	 text;
	struct buf	 queries;	/* the last list, or nothing */

	/*
	 * The messages as they were at the end of the interaction before: a
	 * delta channel goes on from there.
	 */
	struct buf	 list;
	enum outcome	 known;
	/* Instead of all that, if each list goes on where the last one ends. */
	struct appended	*grown;
	bool		 doubtful;

	/* Of the interaction. */
	struct arena	*scratch;
	struct now	 now;
	struct buf	 values, stored, work;
};

static struct lc_text
text_of(const struct buf *b, struct piece p)
{
	return (struct lc_text){ p.there ? b->p + p.at : NULL, p.n };
}

static struct piece
piece_from(const struct buf *b, size_t mark)
{
	return (struct piece){ true, mark, b->len - mark };
}

/* What makes a thread's answers too long is taken back. */
static bool
fits(struct buf *text, size_t mark)
{
	if (!text->over && text->len <= ANSWERS_MAX)
		return true;
	buf_cut(text, mark);
	text->over = false;
	return false;
}

/* Room for one element more; it is zeroed. */
static void *
grow(void *p, size_t *n, size_t *cap, size_t size)
{
	char	*v = *(char **)p;

	if (*n == *cap) {
		v = realloc(v, (*cap * 2 + 16) * size);
		if (v == NULL)
			return NULL;
		*(char **)p = v;
		*cap = *cap * 2 + 16;
	}
	return memset(v + (*n)++ * size, 0, size);
}

struct conv *
conv_new(const struct lc_opts *opts, const char *owner, bool nulls)
{
	struct conv	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->opts = opts;
	c->owner = owner;
	c->nulls = nulls;
	c->arena = arena_new(SIZE_MAX);
	c->scratch = arena_new(SIZE_MAX);
	buf_init(&c->text, TEXT_MAX);
	buf_init(&c->queries, TEXT_MAX);
	buf_init(&c->list, TEXT_MAX);
	buf_init(&c->values, TEXT_MAX);
	buf_init(&c->stored, TEXT_MAX);
	buf_init(&c->work, TEXT_MAX);
	return c;
}

void
conv_free(struct conv *c)
{
	if (c == NULL)
		return;
	appended_free(c->grown);
	arena_free(c->arena);
	arena_free(c->scratch);
	buf_free(&c->text);
	buf_free(&c->queries);
	buf_free(&c->list);
	buf_free(&c->values);
	buf_free(&c->stored);
	buf_free(&c->work);
	free(c->run);
	free(c->task);
	free(c->done);
	free(c->now.w);
	free(c);
}

const char *
conv_thread(const struct conv *c)
{
	return c->thread;
}

bool
conv_doubtful(const struct conv *c)
{
	return c->doubtful;
}

bool
conv_truncated(const struct conv *c)
{
	return c->truncated;
}

void
conv_begin(struct conv *c, const struct db_res *row)
{
	enum { KEEP = 65536 };

	arena_reset(c->arena);
	arena_reset(c->scratch);
	c->thread = arena_strdup(c->arena, res_str(row, 0, CV_THREAD));
	c->truncated = res_bool(row, 0, CV_A);
	c->answers = res_bool(row, 0, CV_B);
	c->js = res_bool(row, 0, CV_C);
	c->n = c->nruns = c->ntasks = 0;
	c->head = NULL;
	appended_free(c->grown);
	c->grown = NULL;
	c->doubtful = false;
	buf_reset(&c->text, KEEP);
	buf_reset(&c->queries, KEEP);
	buf_reset(&c->list, KEEP);
	buf_str(&c->list, "[]");
	c->known = c->truncated ? OUT_INCOMPLETE : OUT_VALUE;
	c->now.open = false;
}

/* A copy of a field, NULL for SQL NULL. */
static char *
copy(struct arena *a, const struct db_res *row, int col)
{
	return res_null(row, 0, col) ? NULL :
	    arena_memdup(a, res_str(row, 0, col), res_len(row, 0, col));
}

static struct lc_blob
copy_blob(struct arena *a, const struct db_res *row)
{
	return (struct lc_blob){ copy(a, row, CV_TYPE), copy(a, row, CV_BLOB),
	    res_len(row, 0, CV_BLOB) };
}

static enum rc
add_run(struct conv *c, const struct db_res *row)
{
	struct run	*r;
	char		 uuid[UUID_TEXT + 1];

	r = grow(&c->run, &c->nruns, &c->capruns, sizeof(*r));
	if (r == NULL)
		return RC_FAIL;
	r->id = arena_strdup(c->arena, uuid_or_text(res_str(row, 0, CV_A),
	    res_len(row, 0, CV_A), uuid));
	r->prompt.p = copy(c->arena, row, CV_B);
	r->prompt.n = res_len(row, 0, CV_B);
	if (r->prompt.p != NULL)
		text_trim(&r->prompt.p, &r->prompt.n);
	return RC_OK;
}

/* Of LangGraph.js's head, whose pending writes do not name their tasks. */
static enum rc
add_task(struct conv *c, const struct db_res *row, char kind)
{
	struct task_row	*t;

	t = grow(&c->task, &c->ntasks, &c->captasks, sizeof(*t));
	if (t == NULL)
		return RC_FAIL;
	t->k = kind;
	t->name = copy(c->arena, row, CV_CHANNEL);
	t->blob = copy_blob(c->arena, row);
	t->info.p = copy(c->arena, row, CV_INLINE);
	t->info.n = res_len(row, 0, CV_INLINE);
	c->head = copy(c->arena, row, CV_A);
	return RC_OK;
}

static enum rc
open_one(struct conv *c, const struct db_res *row)
{
	struct now		*w = &c->now;
	const struct now	 fresh = { .open = true, .w = w->w,
				     .capw = w->capw };
	enum channel		 ch;
	size_t			 mark = c->text.len;

	arena_reset(c->scratch);
	*w = fresh;
	w->checkpoint = copy(c->scratch, row, CV_A);
	w->ts = arena_strdup(c->scratch, res_str(row, 0, CV_B));
	for (ch = 0; ch < C__MAX; ch++)
		w->rc[ch] = OUT_EMPTY;
	w->base = OUT_EMPTY;
	buf_cut(&c->values, 0);
	buf_cut(&c->stored, 0);
	if (!res_null(row, 0, CV_C)) {
		if (lj_json(res_str(row, 0, CV_C), res_len(row, 0, CV_C),
		    &c->opts->limits, LJ_PLAIN, &c->text) == OUT_VALUE &&
		    fits(&c->text, mark))
			w->ids = piece_from(&c->text, mark);
	}
	return w->checkpoint != NULL ? RC_OK : RC_FAIL;
}

static enum rc
add_value(struct conv *c, const struct db_res *row)
{
	const char	*name = res_str(row, 0, CV_CHANNEL);
	size_t		 mark = c->values.len;
	enum channel	 ch;

	for (ch = 0; ch < C__MAX; ch++)
		if (strcmp(channels[ch], name) == 0)
			break;
	if (ch == C__MAX)
		return RC_FAIL;
	c->now.rc[ch] = stored_value(row, 0, CV_TYPE, c->opts, &c->values);
	seldom_unreadable(c->thread, name, copy(c->scratch, row, CV_TYPE),
	    c->now.rc[ch]);
	if (c->now.rc[ch] == OUT_VALUE)
		c->now.value[ch] = piece_from(&c->values, mark);
	return RC_OK;
}

static enum rc
add_write(struct conv *c, const struct db_res *row)
{
	struct now		*w = &c->now;
	struct replay_row	*r;

	if ((r = grow(&w->w, &w->nw, &w->capw, sizeof(*r))) == NULL)
		return RC_FAIL;
	r->k = 'w';
	r->depth = (int)res_int(row, 0, CV_A);
	r->idx = (int)res_int(row, 0, CV_C);
	r->channel = "messages";
	r->task_id = copy(c->scratch, row, CV_B);
	r->task_path = copy(c->scratch, row, CV_CHANNEL);
	r->blob = copy_blob(c->scratch, row);
	return r->task_id != NULL && r->task_path != NULL ? RC_OK : RC_FAIL;
}

/* The newest list, and then everything that was written. */
static void
add_grown(struct conv *c, const struct db_res *row, char kind)
{
	struct lc_blob	b = field_blob(row, 0, CV_TYPE);

	if (kind == 'H')
		c->grown = appended_new(&b, c->opts);
	else if (c->grown != NULL)
		appended_writes(c->grown, res_str(row, 0, CV_A), &b, c->opts);
}

/* A list by its bytes.  What waits to be added to it needs its text. */
static void
add_state(struct conv *c, const struct db_res *row)
{
	struct now	*w = &c->now;

	w->messages = w->complete = true;
	if (c->grown != NULL)
		w->v = appended_state(c->grown, res_str(row, 0, CV_B),
		    (size_t)res_int(row, 0, CV_A), &w->nv);
	if (w->v == NULL)
		c->doubtful = true;
}

/* Into the order of application, and decoded; text holds them. */
static enum outcome
decode_writes(struct conv *c, struct buf *text, struct lc_text *v)
{
	struct now	*w = &c->now;
	struct tasks	 ts;
	size_t		*ends, i, from = 0;
	enum outcome	 rc = OUT_VALUE;

	if (c->ntasks > 0) {
		if (tasks_read(&ts, c->task, c->ntasks, c->head, c->opts,
		    TEXT_MAX))
			tasks_order(&ts, w->w, w->nw);
	}
	if ((ends = calloc(w->nw, sizeof(*ends))) == NULL)
		rc = OUT_TOO_LARGE;
	for (i = 0; i < w->nw && rc == OUT_VALUE; i++) {
		w->type = w->w[i].blob.type;
		rc = lc_value(&w->w[i].blob, c->opts, MP_OVERWRITE, text);
		rc = rc == OUT_EMPTY ? OUT_VALUE : rc;
		ends[i] = text->len;
	}
	for (i = 0; i < w->nw && rc == OUT_VALUE; from = ends[i++]) {
		v[i].p = text->p + from;
		v[i].n = ends[i] - from;
	}
	free(ends);
	if (c->ntasks > 0)
		tasks_free(&ts);
	return rc;
}

/* The list goes on from what is stored, or from where it was. */
static enum outcome
go_on(struct conv *c)
{
	struct now	*w = &c->now;
	struct lc_text	*v, base = { c->stored.p, c->stored.len };
	struct buf	 text;
	enum outcome	 rc = w->base;

	if (!w->complete)
		return OUT_INCOMPLETE;
	if (w->v != NULL) {
		base = appended_text(c->grown);
		rc = OUT_VALUE;
	} else if (rc == OUT_EMPTY) {
		rc = c->known;
		base = (struct lc_text){ c->list.p, c->list.len };
	}
	if (rc != OUT_VALUE)
		return rc;
	buf_cut(&c->work, 0);
	c->work.over = false;
	if (w->nw == 0) {
		buf_add(&c->work, base.p, base.n);
		return c->work.over ? OUT_TOO_LARGE : OUT_VALUE;
	}
	buf_init(&text, TEXT_MAX);
	v = calloc(w->nw, sizeof(*v));
	rc = v == NULL ? OUT_TOO_LARGE : decode_writes(c, &text, v);
	if (rc == OUT_VALUE)
		rc = replay(base, v, w->nw, c->js, &c->opts->limits,
		    &c->work);
	free(v);
	buf_free(&text);
	return rc;
}

static void
swap(struct buf *a, struct buf *b)
{
	struct buf	t = *a;

	*a = *b;
	*b = t;
}

/*
 * A graph without a final_answer: the last question in its messages and what
 * was said to it.
 */
static void
from_messages(struct conv *c)
{
	struct now	*w = &c->now;
	size_t		 p[2], f[2];
	struct lc_text	 list;
	size_t		 mark = c->values.len;
	bool		 known = w->v != NULL && w->nw == 0;

	if (!known)
		c->known = go_on(c);
	seldom_unreadable(c->thread, "messages", w->type, c->known);
	w->rc[C_PROMPT] = w->rc[C_FINAL] = c->known;
	if (c->known != OUT_VALUE)
		return;
	if (known)
		answer_in(&c->values, w->v, w->nv, p, f);
	else {
		swap(&c->list, &c->work);
		list.p = c->list.p;
		list.n = c->list.len;
		answer_find(&c->values, list, p, f);
	}
	if (c->values.over) {
		buf_cut(&c->values, mark);
		c->values.over = false;
		p[0] = p[1] = f[0] = f[1] = mark;
		w->rc[C_PROMPT] = w->rc[C_FINAL] = OUT_TOO_LARGE;
	}
	w->value[C_PROMPT] = (struct piece){ p[1] > p[0], p[0], p[1] - p[0] };
	w->value[C_FINAL] = (struct piece){ f[1] > f[0], f[0], f[1] - f[0] };
	if (p[1] == p[0] && w->rc[C_PROMPT] == OUT_VALUE)
		w->rc[C_PROMPT] = OUT_EMPTY;
	if (f[1] == f[0] && w->rc[C_FINAL] == OUT_VALUE)
		w->rc[C_FINAL] = OUT_EMPTY;
}

/* There is an answer, or one that cannot be read. */
static bool
shown(struct conv *c)
{
	enum outcome	 rc = c->now.rc[C_FINAL];
	struct buf	 raw;
	struct lc_text	 v = text_of(&c->values, c->now.value[C_FINAL]);
	bool		 some;

	if (rc == OUT_EMPTY)
		return false;
	if (rc != OUT_VALUE)
		return true;
	buf_init(&raw, v.n + 8);
	some = answer_text(&raw, v) && raw.len > 0;
	buf_free(&raw);
	return some;
}

static struct lc_text
value(const struct conv *c, enum channel ch)
{
	return text_of(&c->values, c->now.value[ch]);
}

static void
write_answer(struct conv *c, struct done *d)
{
	struct answer	a = {
		.checkpoint = c->now.checkpoint, .thread = c->thread,
		.owner = c->owner, .ts = c->now.ts,
		.prompt = value(c, C_PROMPT), .final = value(c, C_FINAL),
		.queries = value(c, C_QUERIES), .codes = value(c, C_CODES),
		.before = { c->queries.len > 0 ? c->queries.p : NULL,
		    c->queries.len },
		.chunks = value(c, C_CHUNKS),
		.followups = value(c, C_FOLLOWUPS), .nulls = c->nulls
	};
	size_t		mark = c->text.len;

	answer_write(&c->text, &a, &d->cut);
	if (!fits(&c->text, mark)) {
		a.prompt = a.final = a.queries = a.codes = a.chunks =
		    a.followups = (struct lc_text){ NULL, 0 };
		answer_write(&c->text, &a, &d->cut);
		seldom_unreadable(c->thread, "final_answer", NULL,
		    OUT_TOO_LARGE);
	}
	if (mark < c->text.len && c->text.p[mark] == ',')
		mark++;		/* it stands behind something there */
	d->message = piece_from(&c->text, mark);
}

/* The interaction at hand is over. */
static enum rc
close_one(struct conv *c)
{
	struct lc_text	 v;
	struct done	*d;
	size_t		 mark;

	if (!c->now.open)
		return RC_OK;
	c->now.open = false;
	if (c->now.messages)
		from_messages(c);
	if ((d = grow(&c->done, &c->n, &c->cap, sizeof(*d))) == NULL)
		return RC_FAIL;
	d->ids = c->now.ids;
	mark = c->text.len;
	if (c->now.value[C_PROMPT].there &&
	    answer_text(&c->text, value(c, C_PROMPT)) &&
	    fits(&c->text, mark))
		d->prompt = piece_from(&c->text, mark);
	if (shown(c))
		write_answer(c, d);
	if (c->now.rc[C_QUERIES] != OUT_EMPTY) {
		v = value(c, C_QUERIES);
		buf_cut(&c->queries, 0);
		buf_add(&c->queries, v.p != NULL ? v.p : "", v.n);
	}
	return c->text.over || c->values.over ? RC_FAIL : RC_OK;
}

enum rc
conv_row(struct conv *c, const struct db_res *row)
{
	char	kind = *res_str(row, 0, CV_KIND);
	enum rc	rc;

	switch (kind) {
	case 'r':
		return add_run(c, row);
	case 'C':
	case 'N':
	case 'S':
		return add_task(c, row, kind == 'C' ? 'c' :
		    kind == 'N' ? 'n' : 's');
	case 'i':
		rc = close_one(c);
		return rc == RC_OK ? open_one(c, row) : rc;
	case 'v':
		return c->now.open ? add_value(c, row) : RC_FAIL;
	case 'm':
		c->now.messages = true;
		c->now.complete = res_bool(row, 0, CV_A);
		return RC_OK;
	case 's':
		c->now.type = copy(c->scratch, row, CV_TYPE);
		c->now.base = stored_list(row, 0, CV_TYPE, c->opts,
		    &c->stored);
		return RC_OK;
	case 'w':
		return c->now.open ? add_write(c, row) : RC_FAIL;
	case 'H':
	case 'd':
		add_grown(c, row, kind);
		return RC_OK;
	case 'p':
		add_state(c, row);
		return RC_OK;
	default:
		return RC_FAIL;
	}
}

static void
write_all(const struct conv *c, const struct asked *a, struct buf *out)
{
	const struct done	*d;
	size_t			 i;

	jw_open(out, '[');
	for (i = 0; i < c->n; i++) {
		d = &c->done[i];
		if (!d->message.there)
			continue;
		jw_raw(out, c->text.p + d->message.at,
		    d->cut - d->message.at);
		answer_run(out, a[i].run != NULL ? a[i].run->id : NULL,
		    c->nulls);
		buf_add(out, c->text.p + d->cut,
		    d->message.at + d->message.n - d->cut);
	}
	jw_close(out, ']');
}

enum rc
conv_end(struct conv *c, struct buf *out)
{
	struct asked	*a;
	size_t		 i;
	enum rc		 rc;

	if ((rc = close_one(c)) != RC_OK)
		return rc;
	if ((a = calloc(c->n + 1, sizeof(*a))) == NULL)
		return RC_FAIL;
	for (i = 0; i < c->n; i++) {
		a[i].prompt = text_of(&c->text, c->done[i].prompt);
		a[i].ids = text_of(&c->text, c->done[i].ids);
	}
	if (runs_match(a, c->n, c->run, c->nruns, !c->truncated))
		write_all(c, a, out);
	else
		rc = RC_FAIL;
	free(a);
	return rc;
}
