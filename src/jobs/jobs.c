/* jobs.c: the only process that speaks to the outside, on timers. */
#include "config.h"

#include "jobs/jobs.h"

#include <poll.h>
#include <string.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

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

static int64_t
poll_ms(const struct conf *conf)
{
	return conf->event_poll;
}

const struct job jobs[] = {
	{ "feedback",	often,	langsmith_deliver,	NULL, false },
	{ "jwks",	often,	jwks_fetch,		jwks_due, false },
	{ "sweep",	hourly,	sweep_checkpoints,	NULL, false },
	{ "prune",	hourly,	prune_threads,		prune_due, false },
	{ "retention",	hourly,	retention_turn,		retention_due, false },
	{ "expiry",	hourly,	expire_attachments,	NULL, false },
	{ "blobs",	often,	blobs_turn,		NULL, false },
	{ "events",	poll_ms, relay_events,		relay_due, true },
};
const size_t njobs = nitems(jobs);

static volatile sig_atomic_t	stop;	/* no further delivery */
static volatile sig_atomic_t	cut;	/* not even the one under way */
static volatile sig_atomic_t	reload, reopen;
static const char		*process = "jobs";	/* in the log */
static volatile sig_atomic_t	ended;	/* the other process did */

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
	case SIGCHLD:
		ended = 1;
		break;
	default:
		reopen = 1;
	}
}

static void
catch_signals(bool alone)
{
	static const int	 sigs[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1,
				    SIGCHLD };
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
	if (us > 0 && !stop && !reload && !reopen && !ended)
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
	log_open(conf->log_file, (enum log_level)i, process);
}

static void
jobs_close(struct jobs *j)
{
	prune_free(j->prune);
	relay_free(j->relay);
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

/* Runs what is due (mono_us), apart or not; returns when the next one is. */
static int64_t
run_due(struct jobs *j, bool apart, int64_t due[])
{
	int64_t	 wait, next = INT64_MAX;
	size_t	 i;

	for (i = 0; i < njobs && !stop; i++) {
		if (jobs[i].apart != apart)
			continue;
		wait = jobs[i].period(j->conf);
		if (mono_us() >= due[i]) {
			if (jobs[i].due == NULL || jobs[i].due(j))
				(void)turn(j, &jobs[i], &wait);
			due[i] = mono_us() +
			    wait * (apart ? 1000 : 1000000);
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

/* The process of what stands apart; pid 0: none. */
struct other {
	pid_t		 pid;
	int64_t		 again;		/* not before (mono_us()) */
};

static void	loop(struct jobs *, struct conf **, struct other *);

/*
 * Does not return.  What the parent has open stays as it is: a connection that
 * two close would end for both.
 */
static _Noreturn void
stand_apart(const struct conf *conf, pid_t parent)
{
	struct conf	*mine = NULL;
	struct jobs	 j;

	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == -1 || getppid() != parent)
		_exit(EX_OSERR);
	process = "relay";
	log_process(process);
	if (!jobs_open(&j, conf))
		_exit(EX_OSERR);
	loop(&j, &mine, NULL);
	jobs_close(&j);
	conf_free(mine);
	_exit(0);
}

static void
pass_on(const struct other *o, int sig)
{
	if (o != NULL && o->pid != 0)
		kill(o->pid, sig);
}

/* Makes it, or makes it again; returns when to look, unless it ends before. */
static int64_t
tend(struct other *o, const struct conf *conf)
{
	pid_t	parent = getpid(), pid;

	ended = 0;
	if (o->pid != 0 && waitpid(o->pid, NULL, WNOHANG) == o->pid) {
		log_error("the relay ended; making another");
		o->pid = 0;
		o->again = mono_us() + 1000000;
	}
	if (o->pid != 0 || conf->event_secrets.n == 0)
		return INT64_MAX;
	if (mono_us() < o->again)
		return o->again;
	if ((pid = fork()) == 0)
		stand_apart(conf, parent);
	if (pid == -1) {
		log_error("no process for the relay");
		o->again = mono_us() + 1000000;
		return o->again;
	}
	o->pid = pid;
	return INT64_MAX;
}

/* other is NULL in what stands apart itself. */
static void
loop(struct jobs *j, struct conf **mine, struct other *other)
{
	int64_t	 due[nitems(jobs)] = { 0 };
	int64_t	 look = INT64_MAX, next;

	while (!stop) {
		if (reopen) {
			reopen = 0;
			log_reopen();
			pass_on(other, SIGUSR1);
		}
		if (reload) {
			reload = 0;
			read_again(j, mine);
			pass_on(other, SIGHUP);
			memset(due, 0, sizeof(due));
		}
		if (other != NULL)
			look = tend(other, j->conf);
		next = run_due(j, other == NULL, due);
		nap((look < next ? look : next) - mono_us());
	}
}

int
jobs_run(const struct conf *conf, struct board *board)
{
	struct other	 other = { 0, 0 };
	struct conf	*mine = NULL;
	struct jobs	 j;

	catch_signals(board == NULL);
	if (board == NULL)
		open_log(conf);
	if (!jobs_open(&j, conf))
		return unfit(conf) != NULL ? EX_CONFIG : EX_OSERR;
	log_info("jobs started");
	loop(&j, &mine, &other);
	pass_on(&other, cut ? SIGINT : SIGTERM);
	if (other.pid != 0)
		waitpid(other.pid, NULL, 0);
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
