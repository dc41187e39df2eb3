/* jobs.c: the only process that speaks to the outside, on timers. */
#include "config.h"

#include "jobs/jobs.h"

#include <poll.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/text.h"

/* One answer (HTTPC_BODY_MAX), parsed, is the most that a turn holds. */
#define ARENA_MAX	((size_t)32 * 1024 * 1024)

static int64_t
often(const struct conf *conf)
{
	return conf->jobs_period;
}

static int64_t
hourly(const struct conf *conf)
{
	(void)conf;
	return 3600;
}

const struct job jobs[] = {
	{ "feedback",	often,	langsmith_deliver,	NULL },
	{ "jwks",	often,	jwks_fetch,		jwks_due },
	{ "sweep",	hourly,	sweep_checkpoints,	NULL },
	{ "prune",	hourly,	prune_threads,		prune_due },
	{ "blobs",	often,	blobs_turn,		NULL },
};
const size_t njobs = nitems(jobs);

static volatile sig_atomic_t	stop;	/* no further delivery */
static volatile sig_atomic_t	cut;	/* not even the one under way */
static volatile sig_atomic_t	reload, reopen;

static void
note(int sig)
{
	switch (sig) {
	case SIGINT:
		cut = 1;
		stop = 1;
		break;
	case SIGTERM:
		stop = 1;
		break;
	case SIGHUP:
		reload = 1;
		break;
	default:
		reopen = 1;
	}
}

static void
catch_signals(bool alone)
{
	static const int	 sigs[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1 };
	struct sigaction	 sa = { .sa_handler = note };
	sigset_t		 none;
	size_t			 i;

	sa.sa_flags = SA_RESTART;
	for (i = 0; i < nitems(sigs); i++)
		sigaction(sigs[i], &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	/* Under a master, a new generation takes our place. */
	if (!alone)
		sigaction(SIGHUP, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Sleeps, unless a signal has left something to do. */
static void
nap(int64_t us)
{
	struct timespec	 ts = { us / 1000000, us % 1000000 * 1000 };
	sigset_t	 all, old;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	if (us > 0 && !stop && !reload && !reopen)
		ppoll(NULL, 0, &ts, &old);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

/* An unknown level was refused when the configuration was read. */
static void
open_log(const struct conf *conf)
{
	static const char *const names[LOG_L__MAX] = {
		[LOG_L_ERROR] = "error",
		[LOG_L_WARN] = "warn",
		[LOG_L_INFO] = "info",
		[LOG_L_DEBUG] = "debug",
	};
	size_t	 i = 0;

	while (i < LOG_L_DEBUG && strcmp(names[i], conf->log_level) != 0)
		i++;
	log_open(conf->log_file, (enum log_level)i, "jobs");
}

static void
jobs_close(struct jobs *j)
{
	prune_free(j->prune);
	httpc_free(j->http);
	db_free(j->db);
	arena_free(j->arena);
	memset(j, 0, sizeof(*j));
}

/* Why nothing can be done with it; NULL: nothing is wrong. */
static const char *
unfit(const struct conf *conf)
{
	if (conf_jobs_url(conf) == NULL)
		return "BOBBIN_JOBS_DATABASE_URL or DATABASE_URL is not set";
	if (conf->ckpt_url != NULL &&
	    !db_same(conf->ckpt_url, conf_jobs_url(conf)))
		return "LANGGRAPH_CHECKPOINT_DB_URL is not the database of "
		    "jobs";
	return NULL;
}

static bool
jobs_open(struct jobs *j, const struct conf *conf)
{
	memset(j, 0, sizeof(*j));
	if (unfit(conf) != NULL) {
		log_error("%s", unfit(conf));
		return false;
	}
	j->conf = conf;
	j->stop = &stop;
	j->http = httpc_new(&cut);
	j->arena = arena_new(ARENA_MAX);
	j->db = db_new(conf_jobs_url(conf), conf);
	if (j->http != NULL && j->arena != NULL && j->db != NULL)
		return true;
	log_error("jobs: out of memory");
	jobs_close(j);
	return false;
}

static enum rc
turn(struct jobs *j, const struct job *job, int64_t *wait)
{
	enum rc	 rc;

	*wait = job->period(j->conf);
	db_bind(j->db, j->arena, NULL);
	rc = job->run(j, wait);
	arena_reset(j->arena);
	return rc;
}

/* Runs what is due (mono_us); returns when the next one is. */
static int64_t
run_due(struct jobs *j, int64_t due[])
{
	int64_t	 wait, next = INT64_MAX;
	size_t	 i;

	for (i = 0; i < njobs && !stop; i++) {
		wait = jobs[i].period(j->conf);
		if (mono_us() >= due[i]) {
			if (jobs[i].due == NULL || jobs[i].due(j))
				(void)turn(j, &jobs[i], &wait);
			due[i] = mono_us() + wait * 1000000;
		}
		if (due[i] < next)
			next = due[i];
	}
	return next;
}

/*
 * The file again, as far as it may change.  A file that does not parse
 * changes nothing.  mine: what the last reload made, ours to free.
 */
static void
read_again(struct jobs *j, struct conf **mine)
{
	struct conf	*fresh;
	struct jobs	 next;
	char		 err[256];

	if ((fresh = conf_load(j->conf->path, err)) == NULL) {
		log_error("reload: %s; nothing changed", err);
		return;
	}
	conf_keep(fresh, j->conf);
	if (!jobs_open(&next, fresh)) {
		conf_free(fresh);
		return;
	}
	next.fetched = j->fetched;
	jobs_close(j);
	conf_free(*mine);
	*mine = fresh;
	*j = next;
	open_log(fresh);
	log_info("reloaded");
}

static void
loop(struct jobs *j, struct conf **mine)
{
	int64_t	 due[nitems(jobs)] = { 0 };

	while (!stop) {
		if (reopen) {
			reopen = 0;
			log_reopen();
		}
		if (reload) {
			reload = 0;
			read_again(j, mine);
			memset(due, 0, sizeof(due));
		}
		nap(run_due(j, due) - mono_us());
	}
}

int
jobs_run(const struct conf *conf, struct board *board)
{
	struct conf	*mine = NULL;
	struct jobs	 j;

	catch_signals(board == NULL);
	if (board == NULL)
		open_log(conf);
	if (!jobs_open(&j, conf))
		return unfit(conf) != NULL ? EX_CONFIG : EX_OSERR;
	log_info("jobs started");
	loop(&j, &mine);
	log_info("jobs stopped");
	jobs_close(&j);
	conf_free(mine);
	return 0;
}

int
jobs_once(const struct conf *conf, const char *name,
    const struct prune_how *how, bool json)
{
	struct jobs	 j;
	int64_t		 wait;
	size_t		 i;
	enum rc		 rc;

	for (i = 0; i < njobs && strcmp(jobs[i].name, name) != 0; i++)
		;
	if (i == njobs)
		return EX_USAGE;
	catch_signals(true);
	open_log(conf);
	if (!jobs_open(&j, conf))
		return unfit(conf) != NULL ? EX_CONFIG : EX_OSERR;
	j.how = how;
	j.json = json;
	rc = turn(&j, &jobs[i], &wait);
	jobs_close(&j);
	return rc != RC_OK;
}
