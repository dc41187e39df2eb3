/* v1state.c: a thread's messages, tool calls and checkpoints, page by page. */
#include "config.h"

#include "api/v1.h"

#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/v1history.h"
#include "base/text.h"
#include "core/checkpoint.h"
#include "core/ckptrow.h"
#include "http/reply.h"
#include "http/route.h"

#define ATTEMPTS	3	/* to meet one and the same state */
#define TASKS_MAX	MB(128)	/* of what waits */

enum { Q_LIMIT, Q_CURSOR, Q_TAIL, Q_INCLUDE };	/* the query */
enum { I_STATE_DATA = 1, I_INTERRUPTS };	/* bits of include, from 1 */
enum { L_MESSAGES, L_CALLS, L_CHECKPOINTS, L__MAX };

/* Columns of conversation_show, _checkpoints and history_checkpoints. */
enum { S_THREAD, S_ID, S_META = 3, S_CLAIM = 7, S_HISTORY };
enum { K_ID, K_CREATED, K_STATE, K_FITS, K_AT, K_UUID };

/* What a page begins behind; the last three are LangGraph's. */
struct cursor {
	bool		 back;
	struct place	 list[L__MAX];
	bool		 history;
	const char	*head;		/* of the checkpoints */
	const char	*seen;		/* of them; NULL: none */
};

/* Results, in the order of the pipeline. */
enum { R_SHOW, R_MESSAGES, R_CALLS, R_CHECKPOINTS, R_THEIRS, R_HISTORY,
    R_TASKS = R_HISTORY + HISTORY__MAX, R__MAX };

struct state {
	struct req	*r;
	size_t		 limit;
	struct cursor	 asked, at;	/* at: where this try begins */
	struct db_res	*res[R__MAX];
	struct history	 history;
	struct tasks	 tasks;		/* now, if the history's are older */
	const struct tasks *waits;	/* of the two */
	bool		 more;
};

static bool
included(const struct req *r, int what)
{
	const struct value	*v = &r->query[Q_INCLUDE];

	return v->given && ((v->i + 1) & what) != 0;
}

static const char *
kept(const char *id)
{
	return id != NULL && *id != '\0' ? id : NULL;
}

static bool
parse_cursor(char *text, struct cursor *c)
{
	const char	*word = strsep(&text, "\t");

	c->back = strchr(word, 'b') != NULL;
	c->history = strchr(word, 'h') != NULL;
	return place_read(&text, PLACE_NUMBER, &c->list[L_MESSAGES]) &&
	    place_read(&text, PLACE_UUID, &c->list[L_CALLS]) &&
	    place_read(&text, PLACE_UUID, &c->list[L_CHECKPOINTS]) &&
	    (c->head = strsep(&text, "\t")) != NULL &&
	    (c->seen = strsep(&text, "\t")) != NULL && text == NULL;
}

static enum rc
take_cursor(struct req *r, struct cursor *c)
{
	const struct value	*v = &r->query[Q_CURSOR];
	const char		*time, *text;

	memset(c, 0, sizeof(*c));
	if (!v->given) {
		c->back = r->query[Q_TAIL].i != 0;
		return RC_OK;
	}
	if (!cursor_take(r, v, &time, &text))
		return RC_INVALID;
	if (time != NULL || !parse_cursor(arena_strdup(r->arena, text), c))
		return fields_refuse(r, AT_QUERY, "cursor", v->s, "invalid");
	c->head = kept(c->head);
	c->seen = kept(c->seen);
	return RC_OK;
}

static const char *
make_cursor(struct req *r, const struct cursor *c)
{
	struct buf	 text;
	const char	*s;
	size_t		 i;

	buf_init(&text, 4096);
	buf_printf(&text, "%s%s\t", c->back ? "b" : "f",
	    c->history ? "h" : "");
	for (i = 0; i < L__MAX; i++)
		place_write(&text, &c->list[i]);
	buf_printf(&text, "%s\t%s", c->head != NULL ? c->head : "",
	    c->seen != NULL ? c->seen : "");
	buf_chr(&text, '\0');
	s = cursor_make(r, NULL, text.p);
	buf_free(&text);
	return s;
}

/* A list that is done with has no row more; else one more than asked for. */
static const char *
rows(const struct state *s, size_t list)
{
	return s->at.list[list].done ? "0" :
	    arena_int(s->r->arena, (int64_t)s->limit + 1);
}

static void
queue_stored(struct state *s)
{
	struct req		*r = s->r;
	const char		*thread = r->arg[0].s, *uuid = v1_uuid(thread);
	const char		*back = s->at.back ? "t" : "f";
	const struct place	*p = s->at.list;

	db_queue(r->db, Q_CONVERSATION_SHOW, thread, uuid);
	if (s->at.history)	/* what it counts are no rows */
		db_queue(r->db, Q_CONVERSATION_MESSAGES, thread, uuid, "0",
		    back, NULL, NULL, PAGE_BYTES);
	else
		db_queue(r->db, Q_CONVERSATION_MESSAGES, thread, uuid,
		    rows(s, L_MESSAGES), back, p[L_MESSAGES].at,
		    p[L_MESSAGES].id, PAGE_BYTES);
	db_queue(r->db, Q_TOOLCALL_LIST, thread, uuid, NULL, rows(s, L_CALLS),
	    back, p[L_CALLS].at, p[L_CALLS].id, PAGE_BYTES);
	db_queue(r->db, Q_CONVERSATION_CHECKPOINTS, thread, uuid,
	    rows(s, L_CHECKPOINTS), back, p[L_CHECKPOINTS].at,
	    p[L_CHECKPOINTS].id, included(r, I_STATE_DATA) ? PAGE_BYTES :
	    NULL);
}

static void
queue_tasks(struct req *r, const char *key)
{
	db_queue(r->db, Q_CKPT_TASKS, key, "", NULL, r->owner,
	    ckpt_bytes(r->app->ckpt));
}

static enum rc
take_tasks(struct state *s, const struct db_res *res)
{
	s->waits = &s->tasks;
	return tasks_of(&s->tasks, res, ckpt_opts(s->r->app->ckpt),
	    TASKS_MAX) ? RC_OK : RC_FAIL;
}

static enum rc
run(struct state *s, size_t n)
{
	enum rc	rc = db_exec(s->r->db, s->res, n);

	if (rc == RC_OK && res_rows(s->res[R_SHOW]) == 0)
		rc = v1_missing(s->r, "Thread", s->r->arg[0].s);
	return rc;
}

static const char *
key_of(const struct state *s, int col)
{
	return res_null(s->res[R_SHOW], 0, col) ? NULL :
	    res_str(s->res[R_SHOW], 0, col);
}

/* Stored messages have no history, but perhaps something waits. */
static enum rc
read_tasks(struct state *s, const char *key)
{
	struct db_res	*res;
	enum rc		 rc;

	queue_tasks(s->r, key);
	if ((rc = db_exec(s->r->db, &res, 1)) != RC_OK)
		return ckpt_judge(s->r->app->ckpt, rc);
	return take_tasks(s, res);
}

/*
 * The same again with LangGraph's rows, which count only if the claim was held
 * in this very transaction.  *again: something has moved.
 */
static enum rc
read_history(struct state *s, const char *key, bool *again)
{
	struct req	*r = s->r;
	struct history	*h = &s->history;
	const char	*now;
	bool		 pinned;
	enum rc		 rc;

	/* Rows are not counted as LangGraph's messages are. */
	s->at.list[L_MESSAGES].done |= r->query[Q_CURSOR].given &&
	    !s->at.history;
	s->at.history = true;
	*h = (struct history){ .r = r, .key = key,
	    .thread = res_str(s->res[R_SHOW], 0, S_ID) };
	queue_stored(s);
	db_queue(r->db, Q_HISTORY_CHECKPOINTS, h->thread, key,
	    rows(s, L_CHECKPOINTS), s->at.back ? "t" : "f", s->at.seen,
	    s->at.head);
	history_queue(r, key, s->at.head);
	pinned = included(r, I_INTERRUPTS) && s->at.head != NULL;
	if (pinned)
		queue_tasks(r, key);
	if ((rc = run(s, pinned ? R__MAX : R_TASKS)) != RC_OK)
		return rc == RC_NOTFOUND ? rc : ckpt_judge(r->app->ckpt, rc);
	now = key_of(s, S_HISTORY);
	*again = now == NULL || strcmp(now, key) != 0;
	if (*again)
		return RC_OK;
	/* Pruned away: the newest has what it had. */
	if (s->at.head != NULL &&
	    res_rows(s->res[R_HISTORY + HISTORY_MESSAGES]) == 0) {
		s->asked.head = NULL;
		*again = true;
		return RC_OK;
	}
	rc = history_read(h, s->res + R_HISTORY);
	*again = h->moved;
	return rc == RC_OK && pinned && !h->moved ?
	    take_tasks(s, s->res[R_TASKS]) : rc;
}

static enum rc
read_theirs(struct state *s, bool *again)
{
	enum ckpt_layout	 layout;
	const char		*history = key_of(s, S_HISTORY), *key = history;
	enum rc			 rc;

	if (key == NULL && included(s->r, I_INTERRUPTS))
		key = key_of(s, S_CLAIM);
	if (key == NULL)
		return RC_OK;
	if ((rc = ckpt_find(s->r->app->ckpt, &layout)) != RC_OK)
		return rc;
	if (layout == CKPT_BROKEN)
		return RC_DOWN;
	if (layout == CKPT_ABSENT)
		return RC_OK;
	return history != NULL ? read_history(s, key, again) :
	    read_tasks(s, key);
}

static enum rc
read_state(struct state *s)
{
	bool	again = true;
	enum rc	rc = RC_OK;
	int	i;

	for (i = 0; i < ATTEMPTS && rc == RC_OK && again; i++) {
		history_free(&s->history);
		memset(&s->history, 0, sizeof(s->history));
		s->at = s->asked;
		queue_stored(s);
		again = false;
		if ((rc = run(s, R_THEIRS)) == RC_OK)
			rc = read_theirs(s, &again);
	}
	return rc == RC_OK && again ? RC_DOWN : rc;
}

/* The list goes on behind a row, or is done with. */
static void
move_on(struct state *s, size_t list, bool more, const char *at,
    const char *id)
{
	struct place	*p = &s->at.list[list];

	if (!more)
		*p = (struct place){ .done = true };
	else if (at != NULL)
		*p = (struct place){ .at = at, .id = id };
	s->more |= more;
}

static void
put_stored(struct buf *b, const void *res, size_t i)
{
	v1_message(b, res, i, MSG_ID, res_bool(res, i, MSG_ITEM));
}

static void
put_call(struct buf *b, const void *res, size_t i)
{
	v1_call(b, res, i, false);
}

/* Rows that came and have their place: up to the limit, all of them whole. */
static size_t
whole_rows(const struct state *s, const struct db_res *res, int fits)
{
	size_t	n;

	for (n = 0; n < res_rows(res) && n < s->limit &&
	    res_bool(res, n, fits); n++)
		;
	return n;
}

static void
write_messages(struct state *s, struct page *p)
{
	struct db_res	*res = s->res[R_MESSAGES];
	size_t		 n;

	n = page_list(p, "messages", whole_rows(s, res, MSG_FITS), put_stored,
	    res);
	move_on(s, L_MESSAGES, n < res_rows(res),
	    n > 0 ? res_str(res, n - 1, MSG_AT) : NULL,
	    n > 0 ? res_str(res, n - 1, MSG_SEQ) : NULL);
}

/* Messages from..to of LangGraph's. */
struct window {
	const struct history	*history;
	size_t			 from, to;
	bool			 back;
};

static void
put_theirs(struct buf *b, const void *ctx, size_t i)
{
	const struct window	*w = ctx;

	history_put(b, w->history, w->back ? w->to - 1 - i : w->from + i);
}

static void
write_history(struct state *s, struct page *p)
{
	struct place	*at = &s->at.list[L_MESSAGES];
	struct window	 w = { .history = &s->history, .back = s->at.back };
	size_t		 n, left, place;

	w.to = s->history.n;
	place = at->at != NULL ? (size_t)strtoull(at->at, NULL, 10) :
	    w.back ? w.to : 0;
	if (place > w.to)
		place = w.to;
	if (w.back)
		w.to = place;
	else
		w.from = place;
	left = at->done ? 0 : w.to - w.from;
	n = page_list(p, "messages", left < s->limit ? left : s->limit,
	    put_theirs, &w);
	place = w.back ? w.to - n : w.from + n;
	move_on(s, L_MESSAGES, n < left,
	    arena_int(s->r->arena, (int64_t)place), "0");
}

static void
write_calls(struct state *s, struct page *p)
{
	struct db_res	*res = s->res[R_CALLS];
	size_t		 n;

	n = page_list(p, "tool_calls", whole_rows(s, res, CALL_FITS), put_call,
	    res);
	move_on(s, L_CALLS, n < res_rows(res),
	    n > 0 ? res_str(res, n - 1, CALL_AT) : NULL,
	    n > 0 ? res_str(res, n - 1, CALL_ID) : NULL);
}

/* Stored checkpoints and LangGraph's, by time. */
struct checkpoint {
	const struct db_res	*res;
	size_t			 row;
	bool			 stored;
};
struct checkpoints {
	const struct state	*s;
	struct checkpoint	*v;
	size_t			 n;
};

static void
put_checkpoint(struct buf *b, const void *ctx, size_t i)
{
	const struct checkpoints	*c = ctx;
	const struct checkpoint		*k = &c->v[i];

	jw_key(b, "checkpoint_id");
	res_json(b, k->res, k->row, K_ID, COL_TEXT);
	jw_key(b, "thread_id");
	res_json(b, c->s->res[R_SHOW], 0, S_THREAD, COL_TEXT);
	jw_key(b, "created_at");
	res_json(b, k->res, k->row, K_CREATED, COL_UTC);
	if (!included(c->s->r, I_STATE_DATA))
		return;
	jw_key(b, "state_data");
	if (k->stored)
		res_json(b, k->res, k->row, K_STATE, COL_JSON);
	else
		jw_null(b);
}

/* Times as PostgreSQL writes them are in the order of their bytes. */
static bool
comes_first(const struct state *s, const struct db_res *a, size_t i,
    const struct db_res *b, size_t j)
{
	int	order;

	if (i == res_rows(a) || b == NULL || j == res_rows(b))
		return i < res_rows(a);
	order = strcmp(res_str(a, i, K_CREATED), res_str(b, j, K_CREATED));
	return s->at.back ? order > 0 : order <= 0;
}

/* Both are in order already; a row that is not whole ends them. */
static void
merge(struct checkpoints *c)
{
	const struct db_res	*ours = c->s->res[R_CHECKPOINTS];
	const struct db_res	*theirs = c->s->res[R_THEIRS];
	size_t			 i = 0, j = 0;
	bool			 stored;

	c->v = arena_alloc(c->s->r->arena, (c->s->limit + 1) * sizeof(*c->v));
	while (c->n < c->s->limit && (i < res_rows(ours) ||
	    (theirs != NULL && j < res_rows(theirs)))) {
		stored = comes_first(c->s, ours, i, theirs, j);
		if (stored && !res_bool(ours, i, K_FITS))
			break;
		c->v[c->n++] = (struct checkpoint){ stored ? ours : theirs,
		    stored ? i++ : j++, stored };
	}
}

static void
write_checkpoints(struct state *s, struct page *p)
{
	struct checkpoints	 c = { .s = s };
	const struct checkpoint	*k;
	const char		*at = NULL, *id = NULL;
	size_t			 n, all;

	merge(&c);
	all = res_rows(s->res[R_CHECKPOINTS]);
	if (s->res[R_THEIRS] != NULL)
		all += res_rows(s->res[R_THEIRS]);
	n = page_list(p, "checkpoints", c.n, put_checkpoint, &c);
	for (k = c.v; k < c.v + n; k++)
		if (k->stored) {
			at = res_str(k->res, k->row, K_AT);
			id = res_str(k->res, k->row, K_UUID);
		} else
			s->at.seen = res_str(k->res, k->row, K_ID);
	move_on(s, L_CHECKPOINTS, n < all, at, id);
}

static void
write_state(struct state *s)
{
	struct page	 page = { .out = s->r->out, .back = s->at.back };
	struct db_res	*show = s->res[R_SHOW];
	struct buf	*b = s->r->out;

	if (s->history.key != NULL)
		s->at.head = s->history.head;
	jw_open(b, '{');
	jw_key(b, "thread_id");
	res_json(b, show, 0, S_THREAD, COL_TEXT);
	jw_key(b, "conversation_id");
	res_json(b, show, 0, S_ID, COL_TEXT);
	if (s->history.key != NULL)
		write_history(s, &page);
	else
		write_messages(s, &page);
	write_calls(s, &page);
	write_checkpoints(s, &page);
	jw_key(b, "metadata");
	v1_document(b, show, 0, S_META);
	if (included(s->r, I_INTERRUPTS)) {
		jw_key(b, "interrupts");
		tasks_interrupts(b, s->waits, NULL);
	}
	jw_kbool(b, "has_more", s->more);
	jw_kstr(b, "next_cursor", s->more ? make_cursor(s->r, &s->at) : NULL);
	jw_close(b, '}');
}

/* GET /api/v1/threads/{thread_id}/state. */
enum rc
v1_state(struct req *r)
{
	struct state	s = { .r = r, .limit = (size_t)r->query[Q_LIMIT].i };
	enum rc		rc;

	s.waits = &s.history.tasks;
	if ((rc = take_cursor(r, &s.asked)) == RC_OK &&
	    (rc = read_state(&s)) == RC_OK) {
		write_state(&s);
		rc = reply(r, 200);
	}
	history_free(&s.history);
	tasks_free(&s.tasks);
	return rc;
}
