/* master.c: generations of workers, from the first to the last signal. */
#include "config.h"

#include "proc/master.h"

#include <sys/stat.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/log.h"
#include "base/text.h"
#include "http/fcgi.h"
#include "proc/drop.h"
#include "proc/kids.h"
#include "proc/notify.h"
#include "proc/sock.h"

#define SEC		1000000
#define START_US	10000	/* between two looks, while workers start, */
#define BUSY_US		250000	/* while somebody may get stuck, */
#define IDLE_US		(1 * SEC)	/* and otherwise */
#define FAST_US		(1 * SEC)	/* from INT to KILL */

struct master {
	struct kids	 kids;
	struct listeners socks;
	struct gen	*old;		/* of a reload under way */
	uint32_t	 ids;		/* generations so far */
	int64_t		 ping, next_ping;
	bool		 reload_again;
	bool		 stopping;
	int		 status;
};

/* The master waits for these; it has no handler for any. */
static const int signals[] = {
	SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1
};

static void
block_signals(sigset_t *set)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	size_t		 i;

	sigemptyset(set);
	for (i = 0; i < nitems(signals); i++) {
		sigaddset(set, signals[i]);
		sigaction(signals[i], &dfl, NULL);
	}
	sigprocmask(SIG_BLOCK, set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void
open_log(const struct conf *conf)
{
	log_open(conf->log_file, log_level(conf->log_level), "master");
}

/* A generation for conf becomes the current one; false without memory. */
static bool
advance(struct master *m, struct conf *conf)
{
	struct gen	*g;

	if ((g = gen_new(++m->ids, conf)) == NULL)
		return false;
	m->kids.gen = g;
	memset(m->kids.deaths, 0, sizeof(m->kids.deaths));
	atomic_store(&m->kids.board->generation, g->id);
	return true;
}

static void
notify_reloading(void)
{
	char	text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)mono_us());
	notify(text);
}

static void
reload(struct master *m)
{
	struct gen	*live = m->kids.gen;
	struct conf	*fresh;
	char		 err[256];

	if (m->old != NULL || !live->ready) {
		m->reload_again = true;
		return;
	}
	notify_reloading();
	if ((fresh = conf_load(m->kids.args->conf_path, err)) == NULL) {
		log_error("reload: %s; nothing was changed", err);
		notify("READY=1");
		return;
	}
	conf_keep(fresh, live->conf);
	if (fresh->slow_workers > 0 && m->socks.slow.fd == -1)
		log_warn("reload: a slow pool needs a restart");
	if (!advance(m, fresh)) {
		log_error("reload: %s; nothing was changed", strerror(errno));
		conf_free(fresh);
		notify("READY=1");
		return;
	}
	m->old = live;
	log_info("reload: generation %u starts", (unsigned)m->ids);
}

/* What HUP asked for while a generation was starting. */
static void
reload_next(struct master *m)
{
	if (!m->reload_again)
		return;
	m->reload_again = false;
	reload(m);
}

/* The current generation is up: the one before may go. */
static void
settle(struct master *m)
{
	struct gen	*g = m->kids.gen;

	g->ready = true;
	if (m->old != NULL) {
		open_log(g->conf);
		kids_retire(&m->kids, m->old);
		gen_free(m->old);
		m->old = NULL;
	}
	log_info("ready: generation %u, workers %d+%d", (unsigned)g->id,
	    (int)g->conf->workers,
	    m->socks.slow.fd == -1 ? 0 : (int)g->conf->slow_workers);
	notify("READY=1");
	reload_next(m);
}

static void
stop(struct master *m, int sig, int64_t us, int status)
{
	if (!m->stopping) {
		log_info("stopping");
		notify("STOPPING=1");
		m->stopping = true;
		m->status = status;
		sock_shut(&m->socks);
	}
	kids_signal(&m->kids, NULL, sig, us);
}

/* The current generation cannot live: back to the one before, or the end. */
static void
give_up(struct master *m)
{
	struct gen	*bad = m->kids.gen;

	if (m->old == NULL) {
		log_error("workers cannot start or stay: giving up");
		stop(m, SIGTERM, bad->conf->drain * SEC, bad->verdict);
		return;
	}
	log_error("reload: generation %u failed; nothing was changed",
	    (unsigned)bad->id);
	kids_signal(&m->kids, bad, SIGTERM, FAST_US);
	m->kids.gen = m->old;
	m->old = NULL;
	atomic_store(&m->kids.board->generation, m->kids.gen->id);
	memset(m->kids.deaths, 0, sizeof(m->kids.deaths));
	gen_free(bad);
	notify("READY=1");
	reload_next(m);
}

static void
take_signal(struct master *m, int sig)
{
	switch (sig) {
	case SIGHUP:
		if (!m->stopping)
			reload(m);
		break;
	case SIGUSR1:
		log_reopen();
		kids_signal(&m->kids, NULL, SIGUSR1, 0);
		break;
	case SIGTERM:
		if (!m->stopping) {
			stop(m, SIGTERM, m->kids.gen->conf->drain * SEC, 0);
			break;
		}
		/* FALLTHROUGH */
	case SIGINT:
	case SIGQUIT:
		stop(m, SIGINT, FAST_US, 0);
		break;
	default:
		break;
	}
}

static struct timespec
patience(struct master *m)
{
	int64_t	us = IDLE_US, now;

	if (!m->kids.gen->ready)
		us = START_US;
	else if (kids_busy(&m->kids))
		us = BUSY_US;
	if (m->ping != 0) {
		now = mono_us();
		if (now >= m->next_ping) {
			notify("WATCHDOG=1");
			m->next_ping = now + m->ping;
		}
		if (us > m->next_ping - now)
			us = m->next_ping - now;
	}
	return (struct timespec){ us / SEC, us % SEC * 1000 };
}

static void
run(struct master *m, const sigset_t *set)
{
	struct timespec	ts;

	kids_fill(&m->kids);
	while (!m->stopping || m->kids.n > 0) {
		ts = patience(m);
		take_signal(m, sigtimedwait(set, NULL, &ts));
		kids_reap(&m->kids);
		kids_watch(&m->kids);
		if (m->stopping)
			continue;
		if (m->kids.gen->verdict != 0)
			give_up(m);
		else if (!m->kids.gen->ready && kids_ready(&m->kids))
			settle(m);
		if (!m->stopping)
			kids_fill(&m->kids);
	}
}

/* What needs root or the terminal comes first. */
static int
prepare(struct master *m, const struct conf *conf)
{
	char	err[256];
	int	rc;

	if (!sock_fds())
		return EX_OSERR;
	umask(027);
	if ((rc = sock_open(&m->socks, conf, err)) != 0 ||
	    (rc = drop_root(conf, err)) != 0) {
		log_error("%s", err);
		return rc;
	}
	open_log(conf);
	if ((m->kids.board = board_new()) == NULL) {
		log_error("scoreboard: %s", strerror(errno));
		return EX_OSERR;
	}
	atomic_store(&m->kids.board->started_us, now_us());
	m->ping = notify_period();
	return 0;
}

int
master_run(const struct master_args *args)
{
	struct master	*m;
	sigset_t	 set;
	int		 status;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		return EX_OSERR;
	m->socks.quick.fd = m->socks.slow.fd = -1;
	m->kids.args = args;
	m->kids.socks = &m->socks;
	block_signals(&set);
	fcgi_init();
	if ((m->status = prepare(m, args->conf)) != 0)
		conf_free(args->conf);
	else if (!advance(m, args->conf)) {
		conf_free(args->conf);
		m->status = EX_OSERR;
	} else
		run(m, &set);
	sock_close(&m->socks);
	if (m->kids.board != NULL)
		log_info("stopped");
	gen_free(m->old);
	gen_free(m->kids.gen);
	board_free(m->kids.board);
	status = m->status;
	free(m);
	return status;
}
