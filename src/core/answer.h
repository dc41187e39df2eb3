#ifndef CORE_ANSWER_H
#define CORE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "codec/lctext.h"

/*
 * One prompt with its answer (runs.md 7.1).  The values are JSON in the
 * spelling of lctext.h; p NULL: not there, or not to be read.
 */
struct answer {
	const char	*checkpoint, *thread, *owner, *ts;
	struct lc_text	 prompt, final;
	struct lc_text	 queries, before;	/* the list until then */
	struct lc_text	 codes, chunks, followups;
	bool		 nulls;			/* members may be null */
};

/*
 * As a ChatMessage; *cut is where its run_id goes: answer_run() writes it.
 */
void	answer_write(struct buf *, const struct answer *, size_t *cut) NONNULL;
void	answer_run(struct buf *, const char *run, bool nulls);

/* A string's text, trimmed, as bytes; false, nothing added: no string. */
bool	answer_text(struct buf *, struct lc_text value) NONNULL;

/*
 * From a list of messages: the last human one's text, and that of the last AI
 * message behind it that calls no tool; as JSON strings, added to out.  p NULL:
 * there is none.  The texts point into out when it is no more added to.
 */
void	answer_find(struct buf *out, struct lc_text messages,
	    size_t prompt[2], size_t final[2]) NONNULL;

/* The same from n elements of such a list. */
void	answer_in(struct buf *out, const struct lc_text *, size_t n,
	    size_t prompt[2], size_t final[2]) NONNULL;

/* ISO 8601 with a zone to milliseconds since 1970; 0 for anything else. */
int64_t	answer_ms(const char *) NONNULL;

#endif
