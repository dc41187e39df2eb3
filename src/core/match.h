#ifndef CORE_MATCH_H
#define CORE_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/rc.h"
#include "codec/outcome.h"

/* A run of the ledger; id is canonical if it is a UUID. */
struct run {
	const char	*id;
	struct lc_text	 prompt;	/* trimmed; p NULL: none */
};

/* An interaction, and the run that it is found to answer. */
struct asked {
	struct lc_text	 prompt;	/* trimmed; p NULL: none */
	struct lc_text	 ids;		/* JSON array; p NULL: none */
	const struct run *run;
};

/*
 * Which run answered (runs.md 7.3), both lists oldest first: by a stored id;
 * of the rest by position, where whole tells that these are all interactions
 * and they are as many as the runs; else from the end by equal prompts.  No
 * run is given twice.  False without memory.
 */
bool	runs_match(struct asked *, size_t n, const struct run *, size_t nruns,
	    bool whole) MUST_CHECK;

#endif
