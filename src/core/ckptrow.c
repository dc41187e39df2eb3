/* ckptrow.c: what the statements on LangGraph's tables returned, as rows. */
#include "config.h"

#include "core/ckptrow.h"

#include <stdlib.h>
#include <string.h>

#include "codec/lcjson.h"

/* Columns of ckpt_messages and of ckpt_tasks. */
enum { M_K, M_DEPTH, M_PATH, M_TASK, M_IDX, M_CHANNEL, M_TYPE, M_BLOB,
    M_INLINE, M_INFO };
enum { T_K, T_NAME, T_PATH, T_TASK, T_IDX, T_TYPE, T_BLOB, T_INFO,
    T_CHECKPOINT };

static const char *
string(const struct db_res *res, size_t i, int col)
{
	return res_null(res, i, col) ? NULL : res_str(res, i, col);
}

/* As it is: p NULL for SQL NULL. */
static struct lc_text
field_text(const struct db_res *res, size_t i, int col)
{
	return (struct lc_text){ string(res, i, col), res_len(res, i, col) };
}

struct lc_blob
field_blob(const struct db_res *res, size_t i, int col)
{
	return (struct lc_blob){ string(res, i, col),
	    string(res, i, col + 1), res_len(res, i, col + 1) };
}

enum outcome
stored_value(const struct db_res *res, size_t i, int col,
    const struct lc_opts *o, struct buf *out)
{
	struct lc_blob	b = field_blob(res, i, col);
	struct lc_text	t = field_text(res, i, col + 2);

	if (b.type != NULL)
		return lc_value(&b, o, 0, out);
	if (t.p == NULL)
		return OUT_EMPTY;
	return lj_json(t.p, t.n, &o->limits, LJ_PLAIN, out);
}

enum outcome
stored_list(const struct db_res *res, size_t i, int col,
    const struct lc_opts *o, struct buf *out)
{
	size_t		mark = out->len;
	enum outcome	rc = stored_value(res, i, col, o, out);

	if (rc != OUT_VALUE || out->p[mark] == '[')
		return rc;
	if (out->len - mark == 4 && memcmp(out->p + mark, "null", 4) == 0) {
		buf_cut(out, mark);
		buf_str(out, "[]");
	} else if (buf_room(out, 2) != NULL) {
		memmove(out->p + mark + 1, out->p + mark, out->len - mark);
		out->p[mark] = '[';
		out->len++;
		buf_chr(out, ']');
	}
	if (!out->over)
		return OUT_VALUE;
	buf_cut(out, mark);
	out->over = false;
	return OUT_TOO_LARGE;
}

struct replay_row *
message_rows(const struct db_res *res)
{
	struct replay_row	*r;
	size_t			 i, n = res_rows(res);

	if ((r = calloc(n + 1, sizeof(*r))) == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		r[i].k = *res_str(res, i, M_K);
		r[i].depth = (int)res_int(res, i, M_DEPTH);
		r[i].idx = (int)res_int(res, i, M_IDX);
		r[i].task_path = res_str(res, i, M_PATH);
		r[i].task_id = string(res, i, M_TASK);
		r[i].channel = string(res, i, M_CHANNEL);
		r[i].blob = field_blob(res, i, M_TYPE);
		r[i].inline_val = field_text(res, i, M_INLINE);
		r[i].info = field_text(res, i, M_INFO);
	}
	return r;
}

struct task_row *
task_rows(const struct db_res *res)
{
	struct task_row	*r;
	size_t		 i, n = res_rows(res);

	if ((r = calloc(n + 1, sizeof(*r))) == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		r[i].k = *res_str(res, i, T_K);
		r[i].idx = (int)res_int(res, i, T_IDX);
		r[i].name = string(res, i, T_NAME);
		r[i].task_path = string(res, i, T_PATH);
		r[i].task_id = string(res, i, T_TASK);
		r[i].blob = field_blob(res, i, T_TYPE);
		r[i].info = field_text(res, i, T_INFO);
	}
	return r;
}

bool
tasks_of(struct tasks *ts, const struct db_res *res, const struct lc_opts *o,
    size_t max)
{
	struct task_row	*r;
	size_t		 n = res_rows(res);
	bool		 ok;

	memset(ts, 0, sizeof(*ts));
	if (n == 0)
		return true;
	if ((r = task_rows(res)) == NULL)
		return false;
	ok = tasks_read(ts, r, n, res_str(res, 0, T_CHECKPOINT), o, max);
	free(r);
	return ok;
}
