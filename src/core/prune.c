/* prune.c: drops what a thread's newest state does not need. */
#include "config.h"

#include "core/prune.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "codec/json.h"
#include "core/checkpoint.h"
#include "core/ckptrow.h"

#define PAGE		"1000"	/* threads listed at once */
#define TEXT_MAX	((size_t)128 * 1024 * 1024)

struct entry {
	char	*head;
	char	 thread[];
};

struct prune {
	struct db	*db;
	struct ckpt	*ckpt;
	struct arena	*arena;
	const struct conf *conf;
	const struct prune_how *how;
	const volatile sig_atomic_t *stop;
	char		 keep[24], age[24], batch[24];
	bool		 listed;
	struct entry	**v;
	size_t		 n, cap, pos;
};

/* Columns of the statements. */
enum { L_THREAD, L_HEAD };
enum { P_REASON, P_HEAD, P_MARK, P_SUMS };
enum { B_REASON, B_SUMS, B_MORE = B_SUMS + PRUNE_WHAT__MAX };
#define T_HEAD	8	/* of ckpt_tasks */

static const char *const whys[] = {
	[PRUNE_DONE] = "pruned",
	[PRUNE_RECENT] = "recent",
	[PRUNE_INTERRUPTED] = "interrupted",
	[PRUNE_ERROR] = "error",
	[PRUNE_BUSY] = "busy",
	[PRUNE_INCOMPLETE] = "incomplete",
	[PRUNE_SHALLOW] = "shallow",
	[PRUNE_LOCKED] = "locked",
	[PRUNE_CHANGED] = "changed",
	[PRUNE_UNCLAIMED] = "unclaimed",
	[PRUNE_DELETED] = "deleted",
	[PRUNE_ABSENT] = "absent",
	[PRUNE_FAILED] = "failed",
};
_Static_assert(nitems(whys) == PRUNE__MAX, "one name per reason");

static const char *const whats[] = {
	[PRUNE_CHECKPOINTS] = "checkpoints",
	[PRUNE_WRITES] = "writes",
	[PRUNE_BLOBS] = "blobs",
	[PRUNE_BYTES] = "bytes",
};
_Static_assert(nitems(whats) == PRUNE_WHAT__MAX, "one name per sum");

/* What the database gave as a reason; none is PRUNE_DONE. */
static enum prune_why
why_of(const struct db_res *r, int col)
{
	enum prune_why	 why;

	if (res_null(r, 0, col))
		return PRUNE_DONE;
	for (why = PRUNE_RECENT; why < PRUNE_FAILED; why++)
		if (strcmp(res_str(r, 0, col), whys[why]) == 0)
			break;
	return why;
}

struct prune *
prune_new(struct db *db, struct arena *arena, const struct conf *conf,
    const struct prune_how *how, const volatile sig_atomic_t *stop)
{
	struct prune	*p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	if ((p->ckpt = ckpt_new(db, conf)) == NULL) {
		free(p);
		return NULL;
	}
	p->db = db;
	p->arena = arena;
	p->conf = conf;
	p->how = how;
	p->stop = stop;
	snprintf(p->keep, sizeof(p->keep), "%" PRId64, conf->prune_keep);
	snprintf(p->age, sizeof(p->age), "%" PRId64, conf->prune_age * 3600);
	snprintf(p->batch, sizeof(p->batch), "%" PRId64, conf->prune_batch);
	return p;
}

void
prune_free(struct prune *p)
{
	size_t	 i;

	if (p == NULL)
		return;
	for (i = 0; i < p->n; i++)
		free(p->v[i]);
	free(p->v);
	ckpt_free(p->ckpt);
	free(p);
}

static const char *
schema(const struct prune *p)
{
	return p->conf->ckpt_schema != NULL ? p->conf->ckpt_schema : "";
}

static const char *
unclaimed(const struct prune *p)
{
	return p->how->unclaimed ? "true" : "false";
}

/* A fresh arena for the next statements. */
static void
bind(struct prune *p)
{
	arena_reset(p->arena);
	db_bind(p->db, p->arena, NULL);
}

static bool
add(struct prune *p, const char *thread, const char *head)
{
	size_t		 n = strlen(thread) + 1, cap;
	struct entry	*e, **v;

	if (p->n == p->cap) {
		cap = p->cap == 0 ? 256 : p->cap * 2;
		if ((v = reallocarray(p->v, cap, sizeof(*v))) == NULL)
			return false;
		p->v = v;
		p->cap = cap;
	}
	if ((e = malloc(sizeof(*e) + n + strlen(head) + 1)) == NULL)
		return false;
	memcpy(e->thread, thread, n);
	e->head = e->thread + n;
	strcpy(e->head, head);
	p->v[p->n++] = e;
	return true;
}

/* Text order of heads is the order of their times. */
static int
by_head(const void *va, const void *vb)
{
	const struct entry	*a = *(struct entry *const *)va;
	const struct entry	*b = *(struct entry *const *)vb;
	int			 c = strcmp(a->head, b->head);

	return c != 0 ? c : strcmp(a->thread, b->thread);
}

/* By pages, because a statement must not run for long. */
static enum rc
list(struct prune *p)
{
	struct db_res	*r;
	char		*after = NULL;
	size_t		 i, n;
	enum rc		 rc;

	do {
		bind(p);
		rc = db_run(p->db, &r, Q_PRUNE_LIST, schema(p), after, PAGE,
		    unclaimed(p));
		free(after);
		if (rc != RC_OK)
			return rc;
		n = res_rows(r);
		for (i = 0; i < n; i++)
			if (!res_null(r, i, L_HEAD) && !add(p,
			    res_str(r, i, L_THREAD), res_str(r, i, L_HEAD)))
				return RC_FAIL;
		after = n > 0 ? strdup(res_str(r, n - 1, L_THREAD)) : NULL;
		if (n > 0 && after == NULL)
			return RC_FAIL;
	} while (n > 0 && !*p->stop);
	free(after);
	if (p->n > 0)
		qsort(p->v, p->n, sizeof(*p->v), by_head);
	return RC_OK;
}

/* The head's tasks in a word; what cannot be read may wait for something. */
static enum rc
status(struct prune *p, const struct db_res *res, const char *head,
    enum prune_why *why)
{
	struct task_row	*rows;
	struct tasks	 ts;
	bool		 ok;

	if (res_rows(res) == 0 || strcmp(res_str(res, 0, T_HEAD), head) != 0) {
		*why = PRUNE_CHANGED;
		return RC_OK;
	}
	if ((rows = task_rows(res)) == NULL)
		return RC_FAIL;
	ok = tasks_read(&ts, rows, res_rows(res), head, ckpt_opts(p->ckpt),
	    TEXT_MAX);
	if (ok && ts.status == TASKS_ERROR)
		*why = PRUNE_ERROR;
	else if (ok && (ts.status != TASKS_IDLE || ts.sends != OUT_VALUE))
		*why = PRUNE_INTERRUPTED;
	tasks_free(&ts);
	free(rows);
	return ok ? RC_OK : RC_FAIL;
}

/* Decides, in a transaction that cannot write. */
static enum rc
look(struct prune *p, const char *thread, struct prune_report *r,
    const struct db_res **plan)
{
	struct db_res	*res[3];
	int		 i;
	enum rc		 rc;

	bind(p);
	if ((rc = ckpt_ready(p->ckpt)) != RC_OK)
		return rc;
	db_queue(p->db, Q_READ_ONLY);
	db_queue(p->db, Q_PRUNE_PLAN, schema(p), thread, p->keep, p->age,
	    unclaimed(p));
	db_queue(p->db, Q_CKPT_TASKS, thread, "", NULL, NULL,
	    ckpt_bytes(p->ckpt));
	if ((rc = db_exec(p->db, res, nitems(res))) != RC_OK)
		return ckpt_judge(p->ckpt, rc);
	*plan = res[1];
	r->why = why_of(res[1], P_REASON);
	if (r->why == PRUNE_DONE || r->why == PRUNE_BUSY ||
	    r->why == PRUNE_INCOMPLETE)
		rc = status(p, res[2], res_str(res[1], 0, P_HEAD), &r->why);
	for (i = 0; i < PRUNE_WHAT__MAX; i++) {
		r->sum[i].before = res_int(res[1], 0, P_SUMS + 2 * i);
		r->sum[i].removed = r->why != PRUNE_DONE ? 0 :
		    res_int(res[1], 0, P_SUMS + 2 * i + 1);
	}
	return rc;
}

/* Whether any row would go. */
static bool
some(const struct prune_report *r)
{
	return r->sum[PRUNE_CHECKPOINTS].removed > 0 ||
	    r->sum[PRUNE_WRITES].removed > 0 ||
	    r->sum[PRUNE_BLOBS].removed > 0;
}

/* What carry_out() would find of the locks. */
static enum rc
ask_locks(struct prune *p, const char *thread, struct prune_report *r)
{
	struct db_res	*res[2];
	int		 i;
	enum rc		 rc;

	bind(p);
	db_queue(p->db, Q_READ_ONLY);
	db_queue(p->db, Q_PRUNE_LOCKED, thread);
	if ((rc = db_exec(p->db, res, nitems(res))) != RC_OK ||
	    !res_bool(res[1], 0, 0))
		return rc;
	r->why = PRUNE_LOCKED;
	for (i = 0; i < PRUNE_WHAT__MAX; i++)
		r->sum[i].removed = 0;
	return RC_OK;
}

/* One batch after the other, each a transaction, until nothing is left. */
static enum rc
carry_out(struct prune *p, const char *thread, struct prune_report *r,
    const struct db_res *plan)
{
	struct db_res	*b;
	char		*head = strdup(res_str(plan, 0, P_HEAD));
	char		*mark = strdup(res_str(plan, 0, P_MARK));
	int		 i;
	bool		 more = true;
	enum rc		 rc = head != NULL && mark != NULL ? RC_OK : RC_FAIL;

	for (i = 0; i < PRUNE_WHAT__MAX; i++)
		r->sum[i].removed = 0;
	while (rc == RC_OK && more && !*p->stop) {
		bind(p);
		if ((rc = db_one(p->db, &b, Q_PRUNE_BATCH, schema(p), thread,
		    p->keep, p->age, unclaimed(p), head, mark, p->batch)) !=
		    RC_OK)
			break;
		r->why = why_of(b, B_REASON);
		for (i = 0; i < PRUNE_WHAT__MAX; i++)
			r->sum[i].removed += res_int(b, 0, B_SUMS + i);
		more = r->why == PRUNE_DONE && res_bool(b, 0, B_MORE);
	}
	free(head);
	free(mark);
	/* Whoever came between two batches stopped a pruning. */
	if (some(r) && r->why == PRUNE_CHANGED)
		r->why = PRUNE_DONE;
	return rc;
}

/* What changed before the first batch is looked at once more. */
static enum rc
prune(struct prune *p, const char *thread, struct prune_report *r)
{
	const struct db_res	*plan = NULL;
	int			 tries = 0;
	enum rc			 rc;

	do {
		rc = look(p, thread, r, &plan);
		if (rc == RC_OK && r->why == PRUNE_DONE && some(r))
			rc = p->how->dry ? ask_locks(p, thread, r) :
			    carry_out(p, thread, r, plan);
	} while (rc == RC_OK && r->why == PRUNE_CHANGED && ++tries < 2);
	return rc;
}

/* A statement that takes too long is this thread's trouble alone. */
static enum rc
judge(struct prune *p, enum rc rc, struct prune_report *r)
{
	if (rc == RC_OK)
		return rc;
	log_error("prune: failed (SQLSTATE %s)", db_sqlstate(p->db));
	r->why = PRUNE_FAILED;
	if (rc == RC_DOWN && strcmp(db_sqlstate(p->db), "57014") != 0)
		return rc;
	return RC_OK;
}

enum rc
prune_next(struct prune *p, struct prune_report *r)
{
	enum rc	 rc = RC_OK;

	memset(r, 0, sizeof(*r));
	if (!p->listed && p->how->thread != NULL)
		rc = add(p, p->how->thread, "") ? RC_OK : RC_FAIL;
	else if (!p->listed)
		rc = list(p);
	p->listed = true;
	if (rc != RC_OK) {
		log_error("prune: no list of threads (SQLSTATE %s)",
		    db_sqlstate(p->db));
		return rc;
	}
	if (p->pos == p->n || *p->stop)
		return RC_NOTFOUND;
	r->thread = p->v[p->pos++]->thread;
	return judge(p, prune(p, r->thread, r), r);
}

void
prune_add(struct prune_total *t, const struct prune_report *r)
{
	size_t	 i;

	t->threads++;
	t->pruned += r->why == PRUNE_DONE;
	t->failed += r->why == PRUNE_FAILED;
	for (i = 0; i < PRUNE_WHAT__MAX; i++) {
		t->sum[i].before += r->sum[i].before;
		t->sum[i].removed += r->sum[i].removed;
	}
}

static void
sums(struct buf *b, const struct prune_sum *sum, bool json)
{
	size_t	 i;

	for (i = 0; i < PRUNE_WHAT__MAX; i++)
		if (json) {
			jw_key(b, whats[i]);
			jw_open(b, '{');
			jw_kint(b, "before", sum[i].before);
			jw_kint(b, "removed", sum[i].removed);
			jw_close(b, '}');
		} else
			buf_printf(b, "  %s %" PRId64 " - %" PRId64, whats[i],
			    sum[i].before, sum[i].removed);
	if (json)
		jw_close(b, '}');
	buf_chr(b, '\n');
}

/* The id is in quotes: it may be any text. */
void
prune_print(struct buf *b, const struct prune_report *r, bool json)
{
	if (json) {
		jw_open(b, '{');
		jw_kstr(b, "thread_id", r->thread);
		jw_kstr(b, "result", whys[r->why]);
	} else {
		jw_cstr(b, r->thread);
		buf_printf(b, "  %s", whys[r->why]);
	}
	sums(b, r->sum, json);
}

void
prune_print_total(struct buf *b, const struct prune_total *t, bool json)
{
	if (json) {
		jw_open(b, '{');
		jw_kint(b, "threads", t->threads);
		jw_kint(b, "pruned", t->pruned);
		jw_kint(b, "failed", t->failed);
	} else
		buf_printf(b, "total  %" PRId64 " threads, %" PRId64
		    " pruned", t->threads, t->pruned);
	sums(b, t->sum, json);
}
