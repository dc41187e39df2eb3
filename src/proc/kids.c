/* kids.c: forks, watches and buries the children of the master. */
#include "config.h"

#include "proc/kids.h"

#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "auth/verdicts.h"
#include "base/log.h"
#include "base/text.h"

#define SEC		1000000
#define GRACE_US	(1 * SEC)	/* from the watchdog's TERM to KILL */
#define CRASHES		10		/* before a first answer, ... */
#define CRASH_US	(30 * SEC)	/* ... within this time */
#define FREE_DEATHS	2		/* in a row, replaced at once */
#define BACKOFF_US	50000		/* then doubled up to ... */
#define BACKOFF_MAX_US	(1 * SEC)
#define CALM_US		(10 * SEC)	/* ends a row of deaths */

static const char *const pools[] = {
	[POOL_QUICK] = "worker",
	[POOL_SLOW] = "slow",
	[POOL_JOBS] = "jobs",
};
_Static_assert(nitems(pools) == POOL__MAX, "one name per pool");

/* Once for all workers of a generation: the name service may be slow. */
static void
find_peers(struct gen *g)
{
	struct passwd	*pw;
	const char	*s;
	int64_t		 uid;
	size_t		 i;

	for (i = 0; i < g->conf->peers.n && g->npeers < PEERS_MAX; i++) {
		s = g->conf->peers.v[i];
		if (int_strict(s, strlen(s), 0, UINT32_MAX - 1, &uid))
			g->peers[g->npeers++] = (uid_t)uid;
		else if ((pw = getpwnam(s)) != NULL)
			g->peers[g->npeers++] = pw->pw_uid;
		else
			log_warn("BOBBIN_PEERS: no such user: %s", s);
	}
	endpwent();
}

struct gen *
gen_new(uint32_t id, struct conf *conf)
{
	struct gen	*g;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		return NULL;
	if ((g->verdicts = verdicts_new()) == NULL) {
		free(g);
		return NULL;
	}
	g->id = id;
	g->conf = conf;
	find_peers(g);
	return g;
}

void
gen_free(struct gen *g)
{
	if (g == NULL)
		return;
	verdicts_free(g->verdicts);
	conf_free(g->conf);
	free(g);
}

static size_t
wanted(const struct kids *k, enum slot_pool pool)
{
	switch (pool) {
	case POOL_QUICK:
		return (size_t)k->gen->conf->workers;
	case POOL_SLOW:
		return k->socks->slow.fd == -1 ? 0 :
		    (size_t)k->gen->conf->slow_workers;
	default:
		return k->args->jobs != NULL;
	}
}

static bool
current(const struct kids *k, const struct kid *c)
{
	return c->pid != 0 && c->gen == k->gen->id && c->kill_at == 0;
}

static size_t
living(const struct kids *k, enum slot_pool pool)
{
	size_t	i, n = 0;

	for (i = 0; i < BOARD_SLOTS; i++)
		n += current(k, &k->kid[i]) && k->kid[i].pool == pool;
	return n;
}

static int
jobs_child(struct kids *k)
{
	struct sigaction ign = { .sa_handler = SIG_IGN };
	sigset_t	 none;

	/* Until it has a handler of its own. */
	sigaction(SIGUSR1, &ign, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close(k->socks->quick.fd);
	if (k->socks->slow.fd != -1)
		close(k->socks->slow.fd);
	return k->args->jobs(k->gen->conf, k->board);
}

static int
worker_child(struct kids *k, const struct kid *c)
{
	struct worker_args	a = {
		.conf = k->gen->conf,
		.ops = k->args->ops,
		.board = k->board,
		.verdicts = k->gen->verdicts,
		.slot = c->slot,
		.pool = c->pool,
		.peers = k->gen->peers,
		.npeers = k->gen->npeers,
	};

	if (c->pool == POOL_SLOW) {
		a.listener = k->socks->slow.fd;
		close(k->socks->quick.fd);
	} else {
		a.listener = k->socks->quick.fd;
		if (k->socks->slow.fd != -1)
			close(k->socks->slow.fd);
	}
	return worker_run(&a);
}

/* After the fork, all signals still blocked.  Does not return. */
static _Noreturn void
child(struct kids *k, const struct kid *c, pid_t master)
{
	/* The check: it may have died before prctl(). */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == -1 || getppid() != master)
		_exit(EX_OSERR);
	log_process(pools[c->pool]);
	exit(c->pool == POOL_JOBS ? jobs_child(k) : worker_child(k, c));
}

/* Ten per cent either way, so that a generation does not end at once. */
static uint64_t
jitter(int64_t n)
{
	uint64_t	r = 0, tenth = (uint64_t)n / 10;

	if (tenth == 0 || getrandom(&r, sizeof(r), GRND_NONBLOCK) != sizeof(r))
		return (uint64_t)n;
	return (uint64_t)n - tenth + r % (2 * tenth + 1);
}

static bool
spawn(struct kids *k, enum slot_pool pool)
{
	pid_t		 master = getpid();
	struct slot	*slot;
	struct kid	*c;

	if ((slot = board_take(k->board, pool, k->gen->id)) == NULL) {
		log_error("no slot left for another %s", pools[pool]);
		return false;
	}
	c = &k->kid[slot - k->board->slots];
	c->slot = slot;
	c->pool = pool;
	c->gen = k->gen->id;
	c->born = mono_us();
	c->quota = pool == POOL_JOBS ? 0 :
	    jitter(k->gen->conf->max_requests);
	c->kill_at = 0;
	if ((c->pid = fork()) == 0)
		child(k, c, master);
	if (c->pid == -1) {
		log_error("fork: %s", strerror(errno));
		c->pid = 0;
		atomic_store(&slot->state, SLOT_FREE);
		atomic_store(&slot->pid, 0);
		return false;
	}
	atomic_store(&slot->pid, c->pid);
	if (pool == POOL_JOBS)
		atomic_store(&slot->state, SLOT_IDLE);
	k->n++;
	return true;
}

void
kids_fill(struct kids *k)
{
	enum slot_pool	pool;
	int64_t		now = mono_us();
	size_t		n;

	for (pool = 0; pool < POOL__MAX; pool++) {
		if (now < k->deaths[pool].next)
			continue;
		for (n = living(k, pool); n < wanted(k, pool); n++) {
			if (!spawn(k, pool)) {
				k->deaths[pool].next = now + BACKOFF_MAX_US;
				break;
			}
		}
	}
}

/* The first few cost nothing: one crash must not cost capacity. */
static void
back_off(struct deaths *d, int64_t now)
{
	int64_t		us = BACKOFF_US;
	unsigned	i;

	d->row = now - d->last > CALM_US ? 1 : d->row + 1;
	d->last = now;
	if (d->row <= FREE_DEATHS)
		return;
	for (i = FREE_DEATHS + 1; i < d->row && us < BACKOFF_MAX_US; i++)
		us *= 2;
	d->next = now + (us < BACKOFF_MAX_US ? us : BACKOFF_MAX_US);
}

static bool
answered(const struct kids *k)
{
	size_t	i;

	if (k->gen->served > 0)
		return true;
	for (i = 0; i < BOARD_SLOTS; i++)
		if (k->kid[i].pid != 0 && k->kid[i].gen == k->gen->id &&
		    atomic_load(&k->kid[i].slot->served) > 0)
			return true;
	return false;
}

/* A death that nobody ordered, in the current generation. */
static void
count_death(struct kids *k, const struct kid *c, int status)
{
	struct gen	*g = k->gen;
	int64_t		 now = mono_us();

	back_off(&k->deaths[c->pool], now);
	if (c->pool == POOL_JOBS)
		return;
	if (now - g->window > CRASH_US) {
		g->window = now;
		g->died = 0;
	}
	g->died++;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EX_CONFIG && !g->ready)
		g->verdict = EX_CONFIG;
	else if (g->died >= CRASHES && !answered(k)) {
		log_error("%u deaths before a first answer", g->died);
		g->verdict = EX_SOFTWARE;
	}
}

static void
bury(struct kids *k, struct kid *c, int status)
{
	bool	good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	/* That nobody ordered.  Jobs have no reason to end on their own. */
	bool	died = c->kill_at == 0 && (!good || c->pool == POOL_JOBS);
	bool	ours = current(k, c);

	if (WIFSIGNALED(status) && c->kill_at == 0)
		log_error("%s %d died of signal %d, route %u", pools[c->pool],
		    (int)c->pid, WTERMSIG(status),
		    (unsigned)atomic_load(&c->slot->route));
	else if (WIFEXITED(status) && !good)
		log_error("%s %d ended with status %d", pools[c->pool],
		    (int)c->pid, WEXITSTATUS(status));
	if (c->gen == k->gen->id)
		k->gen->served += atomic_load(&c->slot->served);
	c->pid = 0;
	k->n--;
	if (died)
		atomic_fetch_add(&k->board->totals.respawns, 1);
	if (died && ours)
		count_death(k, c, status);
	atomic_store(&c->slot->state, SLOT_FREE);
	atomic_store(&c->slot->since, 0);
	atomic_store(&c->slot->pid, 0);
}

void
kids_reap(struct kids *k)
{
	pid_t	pid;
	size_t	i;
	int	status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (i = 0; i < BOARD_SLOTS; i++)
			if (k->kid[i].pid == pid) {
				bury(k, &k->kid[i], status);
				break;
			}
}

/* Since when it does what it should be done with, or 0. */
static int64_t
held_up(const struct kids *k, const struct kid *c)
{
	const struct conf *conf = k->gen->conf;
	int64_t		 limit, since;

	if (c->pool == POOL_JOBS)
		return 0;
	limit = c->pool == POOL_SLOW ? conf->slow_watchdog : conf->watchdog;
	switch (atomic_load(&c->slot->state)) {
	case SLOT_BUSY:
		since = atomic_load(&c->slot->since);
		break;
	case SLOT_START:
		since = c->born;
		break;
	default:
		return 0;
	}
	return since != 0 && mono_us() - since > limit * SEC ? since : 0;
}

static void
retire(const struct kids *k, struct kid *c)
{
	kill(c->pid, c->pool == POOL_JOBS ? SIGTERM : SIGHUP);
	c->kill_at = mono_us() + k->gen->conf->drain * SEC;
}

static void
watch(struct kids *k, struct kid *c, int64_t now)
{
	int64_t	since;

	if (c->kill_at == 0 && (since = held_up(k, c)) != 0) {
		log_error("%s %d is stuck for %lld s, route %u",
		    pools[c->pool], (int)c->pid,
		    (long long)((now - since) / SEC),
		    (unsigned)atomic_load(&c->slot->route));
		kill(c->pid, SIGTERM);
		atomic_fetch_add(&k->board->totals.respawns, 1);
		c->kill_at = now + GRACE_US;
	}
	if (c->kill_at == 0 && c->quota != 0 &&
	    atomic_load(&c->slot->served) >= c->quota)
		retire(k, c);
	if (c->kill_at == 0 || now < c->kill_at)
		return;
	log_error("%s %d did not go: killed", pools[c->pool], (int)c->pid);
	kill(c->pid, SIGKILL);
	atomic_fetch_add(&k->board->totals.killed, 1);
	c->kill_at = INT64_MAX;
}

void
kids_watch(struct kids *k)
{
	int64_t	now = mono_us();
	size_t	i;

	for (i = 0; i < BOARD_SLOTS; i++)
		if (k->kid[i].pid != 0)
			watch(k, &k->kid[i], now);
}

bool
kids_ready(const struct kids *k)
{
	size_t	i;

	if (living(k, POOL_QUICK) < wanted(k, POOL_QUICK) ||
	    living(k, POOL_SLOW) < wanted(k, POOL_SLOW))
		return false;
	for (i = 0; i < BOARD_SLOTS; i++)
		if (current(k, &k->kid[i]) &&
		    atomic_load(&k->kid[i].slot->state) == SLOT_START)
			return false;
	return true;
}

bool
kids_busy(const struct kids *k)
{
	const struct kid *c;
	enum slot_pool	 pool;
	size_t		 i;

	for (pool = 0; pool < POOL__MAX; pool++)
		if (living(k, pool) < wanted(k, pool))
			return true;
	for (i = 0; i < BOARD_SLOTS; i++) {
		c = &k->kid[i];
		if (c->pid != 0 && (c->kill_at != 0 ||
		    atomic_load(&c->slot->state) != SLOT_IDLE))
			return true;
	}
	return false;
}

void
kids_signal(struct kids *k, const struct gen *g, int sig, int64_t us)
{
	struct kid	*c;
	int64_t		 at = mono_us() + us;
	size_t		 i;

	for (i = 0; i < BOARD_SLOTS; i++) {
		c = &k->kid[i];
		if (c->pid == 0 || (g != NULL && c->gen != g->id))
			continue;
		kill(c->pid, sig);
		if (us != 0 && (c->kill_at == 0 || at < c->kill_at))
			c->kill_at = at;
	}
}

void
kids_retire(struct kids *k, const struct gen *g)
{
	size_t	i;

	for (i = 0; i < BOARD_SLOTS; i++)
		if (k->kid[i].pid != 0 && k->kid[i].gen == g->id &&
		    k->kid[i].kill_at == 0)
			retire(k, &k->kid[i]);
}
