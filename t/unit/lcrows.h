#ifndef UNIT_LCROWS_H
#define UNIT_LCROWS_H

#include <json-c/json.h>

#include "core/replay.h"
#include "core/tasks.h"

/* One sample thread: the statements' rows and what is expected of them. */
struct sample {
	const char		*id;
	struct json_object	*want;		/* "decoded" */
	struct json_object	*state;		/* as the library sees it */
	struct replay_row	*messages;
	struct task_row		*tasks;
	size_t			 nmessages, ntasks;
	const char		*checkpoint;
	struct json_object	*values;
	struct lc_opts		 opts;
};

/* Calls fn for each thread of t/vectors/langgraph; says how many. */
size_t	samples(void (*fn)(struct sample *));
/* A blob from the rows' "\x00ff". */
struct lc_blob blob_of(struct json_object *row);

#endif
