#ifndef CORE_REPLAY_H
#define CORE_REPLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "codec/lcvalue.h"

/* A row of thread_messages.sql; NULLs are SQL's. */
struct replay_row {
	char		 k;		/* 'h', 's' or 'w' */
	int		 depth, idx;
	const char	*task_path, *task_id, *channel;
	struct lc_blob	 blob;
	struct lc_text	 inline_val, info;	/* jsonb as text */
};

struct replay_how {
	const char	*channel;
	bool		 js;		/* written by LangGraph.js */
	bool		 history;	/* no pending writes but the input's */
};

/*
 * The rows, in the order of application, to the channel's list of messages as
 * a JSON array.  OUT_EMPTY: no checkpoint, or no such channel.  Unless
 * OUT_VALUE, out is as it was before.
 */
enum outcome	replay_rows(const struct replay_row *, size_t n,
		    const struct replay_how *, const struct lc_opts *,
		    struct buf *out) MUST_CHECK;

/*
 * The stored value (p NULL: none) with the writes applied; all of them in the
 * spelling of lctext.h.  OUT_VALUE or OUT_TOO_LARGE.
 */
enum outcome	replay(struct lc_text stored, const struct lc_text *writes,
		    size_t n, bool js, const struct lc_limits *,
		    struct buf *out) MUST_CHECK;

#endif
