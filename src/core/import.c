/* import.c: another system's rows, copied owner by owner, batch by batch. */
#include "config.h"

#include "core/import.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#define BATCH_ROWS	500
#define BATCH_BYTES	((size_t)4 * 1024 * 1024)
#define ROWS_MAX	((size_t)512 * 1024 * 1024)	/* of one batch */
#define ARENA_MAX	((size_t)16 * 1024 * 1024)
#define SECOND		INT64_C(1000000)

/* A run under way. */
struct run {
	struct import		*im;
	const struct import_plan *plan;
	struct arena		*arena;
	char			**users;	/* of the source, each once */
	size_t			 nusers, maxusers;
	size_t			 step;		/* at hand */
	const char		*email;
	char			 own[IMPORT_EMAIL + 1];	/* user's name */
	struct buf		 rows;		/* the batch so far */
	size_t			 nrows;
	int64_t			 told;		/* mono_us() */
};

static enum rc
add_user(void *arg, const struct db_res *res, size_t row)
{
	struct run	*r = arg;
	char		**v, *s;
	size_t		 max = r->maxusers == 0 ? 64 : 2 * r->maxusers;

	if (r->nusers == r->maxusers) {
		if ((v = reallocarray(r->users, max, sizeof(*v))) == NULL)
			return RC_FAIL;
		r->users = v;
		r->maxusers = max;
	}
	if ((s = strdup(res_str(res, row, 0))) == NULL)
		return RC_FAIL;
	r->users[r->nusers++] = s;
	return RC_OK;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All users of all tables, sorted, each once. */
static enum rc
find_users(struct run *r)
{
	const struct import_users	*u;
	bool				 has;
	size_t				 i, n = 0;
	enum rc				 rc;

	for (u = r->plan->users; u < r->plan->users +
	    nitems(r->plan->users) && u->table != NULL; u++) {
		if ((rc = source_has(r->im->from, u->table, &has)) != RC_OK)
			return rc;
		if (has && (rc = source_each(r->im->from, u->read, NULL,
		    add_user, r)) != RC_OK)
			return rc;
	}
	if (r->nusers > 0)
		qsort(r->users, r->nusers, sizeof(*r->users), by_name);
	for (i = 0; i < r->nusers; i++)
		if (n > 0 && strcmp(r->users[n - 1], r->users[i]) == 0)
			free(r->users[i]);
		else
			r->users[n++] = r->users[i];
	r->nusers = n;
	return RC_OK;
}

static void
tell(struct run *r)
{
	int64_t	now = mono_us();

	if (now - r->told < SECOND)
		return;
	r->told = now;
	fprintf(r->im->log, "user %zu of %zu, %s: %" PRId64 " added, %" PRId64
	    " there\n", r->im->users, r->nusers, r->plan->steps[r->step].name,
	    r->im->count[r->step].added, r->im->count[r->step].there);
}

/* One transaction. */
static enum rc
flush(struct run *r)
{
	struct import_count	*c = &r->im->count[r->step];
	struct db_res		*res;
	enum rc			 rc;

	if (r->nrows == 0)
		return RC_OK;
	buf_add(&r->rows, "]", sizeof("]"));
	if (r->rows.over)
		return RC_FAIL;
	arena_reset(r->arena);
	db_bind(r->im->to, r->arena, r->email);
	rc = db_one(r->im->to, &res, r->plan->steps[r->step].write,
	    r->rows.p, r->im->conf->ckpt_schema);
	if (rc != RC_OK) {
		fprintf(r->im->log, "writing %s: SQLSTATE %s\n",
		    r->plan->steps[r->step].name, db_sqlstate(r->im->to));
		return RC_DOWN;
	}
	c->added += res_int(res, 0, 0);
	c->refused += res_int(res, 0, 1);
	c->there += (int64_t)r->nrows - res_int(res, 0, 0) -
	    res_int(res, 0, 1);
	r->nrows = 0;
	buf_reset(&r->rows, BATCH_BYTES);
	tell(r);
	return RC_OK;
}

/* False, and nothing is put, if the plan leaves it out. */
static bool
put_row(struct run *r, const char *s, size_t n)
{
	size_t	start = r->rows.len;

	buf_chr(&r->rows, r->nrows == 0 ? '[' : ',');
	if (r->plan->edit == NULL) {
		buf_add(&r->rows, s, n);
		return true;
	}
	buf_add(&r->rows, s, n - 1);
	if (!r->plan->edit(r->step, &r->rows, r->email, json_whole(s, n))) {
		buf_cut(&r->rows, start);
		return false;
	}
	buf_chr(&r->rows, '}');
	return true;
}

static enum rc
add_row(void *arg, const struct db_res *res, size_t row)
{
	struct run			*r = arg;
	const struct import_step	*s = &r->plan->steps[r->step];

	enum rc				 rc = RC_OK;

	if (s->keep != NULL)
		rc = s->keep(r->im->arg, res_str(res, row, 0));
	if (rc == RC_NOTFOUND) {
		r->im->count[r->step].left++;
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	if (!put_row(r, res_str(res, row, 0), res_len(res, row, 0))) {
		r->im->count[r->step].left++;
		return RC_OK;
	}
	r->nrows++;
	if (s->keep == NULL && r->nrows < BATCH_ROWS &&
	    r->rows.len < BATCH_BYTES)
		return RC_OK;
	rc = flush(r);
	if (s->done != NULL)
		s->done(r->im->arg);
	return rc;
}

static enum rc
copy_user(struct run *r, const char *user)
{
	const struct import_step	*s;
	bool				 has;
	enum rc				 rc = RC_OK;

	for (r->step = 0; rc == RC_OK && r->step < IMPORT_STEPS; r->step++) {
		s = &r->plan->steps[r->step];
		if (s->name == NULL)
			break;
		if ((rc = source_has(r->im->from, s->table, &has)) != RC_OK ||
		    !has)
			continue;
		rc = source_each(r->im->from, s->read, user, add_row, r);
		if (rc == RC_OK)
			rc = flush(r);
		if (rc != RC_OK)
			break;
	}
	return rc;
}

static enum rc
copy(struct run *r)
{
	size_t	i;
	enum rc	rc = find_users(r);

	for (i = 0; rc == RC_OK && i < r->nusers; i++) {
		r->im->users++;
		r->email = import_map_find(r->im->map, r->users[i]);
		if (r->email == NULL && r->plan->emails &&
		    import_email(r->users[i], r->own))
			r->email = r->own;
		if (r->email != NULL)
			rc = copy_user(r, r->users[i]);
		else {
			r->im->unmapped++;
			fprintf(r->im->log, "no email for user %s\n",
			    r->users[i]);
		}
	}
	return rc;
}

enum rc
import_run(struct import *im, const struct import_plan *plan)
{
	struct run	r = { .im = im, .plan = plan, .told = mono_us() };
	size_t		i;
	enum rc		rc = RC_FAIL;

	buf_init(&r.rows, ROWS_MAX);
	if ((r.arena = arena_new(ARENA_MAX)) != NULL)
		rc = copy(&r);
	if (rc != RC_OK && *source_why(im->from) != '\0')
		fprintf(im->log, "source: %s\n", source_why(im->from));
	for (i = 0; i < r.nusers; i++)
		free(r.users[i]);
	free(r.users);
	buf_free(&r.rows);
	arena_free(r.arena);
	return rc;
}
