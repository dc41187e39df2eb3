/* prune_threads.c: pruning, by the command line or a piece at a time. */
#include "config.h"

#include "jobs/jobs.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"

#define LINE_MAX	((size_t)1024 * 1024)
#define TURN_US		2000000		/* the other jobs wait meanwhile */

bool
prune_due(const struct jobs *j)
{
	return *j->conf->prune != 'o';
}

static bool
put(struct buf *b)
{
	bool	 ok = !b->over && fwrite(b->p, 1, b->len, stdout) == b->len &&
	    fflush(stdout) == 0;

	buf_reset(b, 4096);
	return ok;
}

/* Everything at once, a line for each thread. */
static enum rc
report(struct jobs *j)
{
	struct prune_report	 r;
	struct buf		 b;
	enum rc			 rc;
	bool			 told = true;

	buf_init(&b, LINE_MAX);
	while ((rc = prune_next(j->prune, &r)) != RC_NOTFOUND &&
	    r.thread != NULL) {
		prune_add(&j->pruned, &r);
		prune_print(&b, &r, j->json);
		told = put(&b) && told;
		if (rc != RC_OK)
			break;
	}
	prune_print_total(&b, &j->pruned, j->json);
	told = put(&b) && told;
	buf_free(&b);
	if (rc != RC_NOTFOUND)
		return rc;
	return told && j->pruned.failed == 0 ? RC_OK : RC_FAIL;
}

/* Some of it; the next turn goes on, soon, unless this was the end. */
static enum rc
piece(struct jobs *j, int64_t *wait)
{
	struct prune_report	 r;
	int64_t			 until = mono_us() + TURN_US;
	enum rc			 rc;

	while ((rc = prune_next(j->prune, &r)) == RC_OK) {
		prune_add(&j->pruned, &r);
		if (mono_us() >= until) {
			*wait = j->conf->jobs_period;
			return RC_OK;
		}
	}
	if (j->pruned.sum[PRUNE_BYTES].removed > 0 || j->pruned.failed > 0)
		log_info("prune: %" PRId64 " threads, %" PRId64 " bytes "
		    "removed, %" PRId64 " failed", j->pruned.threads,
		    j->pruned.sum[PRUNE_BYTES].removed, j->pruned.failed);
	prune_free(j->prune);
	j->prune = NULL;
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
prune_threads(struct jobs *j, int64_t *wait)
{
	static const struct prune_how	 all;

	if (j->prune == NULL) {
		j->pruned = (struct prune_total){ .threads = 0 };
		j->prune = prune_new(j->db, j->arena, j->conf,
		    j->how != NULL ? j->how : &all, j->stop);
	}
	if (j->prune == NULL)
		return RC_FAIL;
	return j->how != NULL ? report(j) : piece(j, wait);
}
