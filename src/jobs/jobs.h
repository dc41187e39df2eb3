#ifndef JOBS_JOBS_H
#define JOBS_JOBS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/board.h"
#include "base/conf.h"
#include "base/text.h"
#include "core/prune.h"
#include "db/db.h"
#include "jobs/httpc.h"

/* What the jobs of one process share, and what each remembers. */
struct jobs {
	const struct conf *conf;
	struct db	*db;
	struct arena	*arena;		/* reset after each turn */
	struct httpc	*http;
	const volatile sig_atomic_t *stop;	/* end the turn soon */

	char		 session[64];	/* LangSmith's id of the project */
	int64_t		 fetched;	/* last try, seconds since 1970 */
	bool		 fetch_failed;

	int64_t		 s3_after;	/* mono_us() of the next try */
	int64_t		 walk_at;	/* and of the next walk, */
	unsigned	 walked;	/* parts of which are done */

	char		 rest_at[64];	/* retention's place in a pass that */
	char		 rest_id[UUID_TEXT + 1];	/* goes on, or "" */

	const struct prune_how *how;	/* by the command line, or NULL */
	bool		 json;		/* its report */
	struct relay	*relay;		/* made at its first turn */
	struct prune	*prune;		/* the pass under way */
	struct prune_total pruned;
};

/*
 * One row per job.  run() is one turn; it finds the period in *wait and may
 * put the next turn off.  RC_OK, or (logged) why it came to nothing.  due(),
 * if there is one, is asked when the period is over and may say: not yet.
 * A job that stands apart has a process of its own, because it may not wait
 * for the others' answers; its times are milliseconds.
 */
struct job {
	const char	*name;
	int64_t		(*period)(const struct conf *);	/* seconds */
	enum rc		(*run)(struct jobs *, int64_t *wait);
	bool		(*due)(const struct jobs *);
	bool		 apart;
};

extern const struct job jobs[];
extern const size_t njobs;

/*
 * All jobs on their timers, until TERM (finishes the delivery under way) or
 * INT (gives it up).  Without a board the process is `bobbin jobs`: HUP reads
 * the configuration again.  Returns the exit status.
 */
int	jobs_run(const struct conf *, struct board *) MUST_CHECK;
/*
 * One turn of one job: 0, 1 if it came to nothing, EX_USAGE: no such job.
 * how, of prune and (dry alone) retention, may be NULL.
 */
int	jobs_once(const struct conf *, const char *name,
	    const struct prune_how *how, bool json) MUST_CHECK;

/* The turns. */
enum rc	langsmith_deliver(struct jobs *, int64_t *wait) MUST_CHECK;
enum rc	jwks_fetch(struct jobs *, int64_t *wait) MUST_CHECK;
bool	jwks_due(const struct jobs *) MUST_CHECK;
enum rc	sweep_checkpoints(struct jobs *, int64_t *wait) MUST_CHECK;
enum rc	blobs_turn(struct jobs *, int64_t *wait) MUST_CHECK;
enum rc	retention_turn(struct jobs *, int64_t *wait) MUST_CHECK;
bool	retention_due(const struct jobs *) MUST_CHECK;
enum rc	expire_attachments(struct jobs *, int64_t *wait) MUST_CHECK;
enum rc	prune_threads(struct jobs *, int64_t *wait) MUST_CHECK;
bool	prune_due(const struct jobs *) MUST_CHECK;
enum rc	relay_events(struct jobs *, int64_t *wait) MUST_CHECK;
bool	relay_due(const struct jobs *) MUST_CHECK;
void	relay_free(struct relay *);

#endif
