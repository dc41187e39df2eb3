#ifndef CORE_CKPTROW_H
#define CORE_CKPTROW_H

#include "core/replay.h"
#include "core/tasks.h"
#include "db/db.h"

/*
 * Rows of sql/query/checkpoint.sql as the readers take them; they point into
 * the result.  free() them; NULL: no memory.
 */
struct replay_row *message_rows(const struct db_res *) NONNULL;
struct task_row	*task_rows(const struct db_res *) NONNULL;
/* All rows of ckpt_tasks, perhaps none, by tasks_read(). */
bool		 tasks_of(struct tasks *, const struct db_res *,
		    const struct lc_opts *, size_t max) NONNULL MUST_CHECK;

/* A type, and the blob in the column behind it. */
struct lc_blob	 field_blob(const struct db_res *, size_t row, int col)
		    NONNULL;
/*
 * The value of columns type, blob, inline_val, from col on: a blob wins.
 * Unless OUT_VALUE, out is as it was before.
 */
enum outcome	 stored_value(const struct db_res *, size_t row, int col,
		    const struct lc_opts *, struct buf *out) NONNULL
		    MUST_CHECK;
/* The same as a list: null is none, another value its only element. */
enum outcome	 stored_list(const struct db_res *, size_t row, int col,
		    const struct lc_opts *, struct buf *out) NONNULL
		    MUST_CHECK;

#endif
