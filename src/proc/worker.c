/* worker.c: many kept connections, one request at a time. */
#include "config.h"

#include "proc/worker.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "http/fcgi.h"

#define PAUSE_US	100000	/* without descriptors: before we try again */
#define SPARE_FDS	64	/* besides connections */
#define LINGER_US	5000000	/* after HUP: for kept connections to be used */
#define FAREWELL_US	1000000	/* after TERM: for first requests to come */

/* AddressSanitizer reserves terabytes of address space. */
#if defined(__SANITIZE_ADDRESS__)
#define LIMIT_AS	0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LIMIT_AS	0
#endif
#endif
#ifndef LIMIT_AS
#define LIMIT_AS	1
#endif

#define READY_MAX	64	/* connections of one turn */

struct conn {
	struct gateway	*gw;		/* NULL: free */
	int64_t		 fresh;		/* no request yet, since then; or 0 */
};

struct worker {
	const struct worker_args *args;
	struct app	*app;
	struct conn	*conn;		/* max, of which n are in use */
	size_t		 n, max;
	size_t		 nfresh;
	int		 epoll;		/* conn[i] is &conn[i] there */
	int		 signals;	/* NULL */
	bool		 listening;	/* the listener is args */
	int64_t		 paused;	/* no accept() until then */
	int64_t		 leaving;	/* when at the latest; 0: not */
	bool		 stop;
};

/*
 * HUP, TERM and USR1 are read from a descriptor and interrupt nothing.  (With
 * a mask for ppoll they would stay pending as long as a connection is ready.)
 */
static int
take_signals(void)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	struct sigaction ign = { .sa_handler = SIG_IGN };
	sigset_t	 set;

	sigaction(SIGTERM, &dfl, NULL);
	sigaction(SIGUSR1, &dfl, NULL);
	sigaction(SIGINT, &dfl, NULL);
	sigaction(SIGQUIT, &dfl, NULL);
	sigaction(SIGCHLD, &dfl, NULL);
	sigaction(SIGHUP, &dfl, NULL);
	sigaction(SIGPIPE, &ign, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_SETMASK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
read_signals(struct worker *w)
{
	struct signalfd_siginfo	si;

	while (read(w->signals, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGTERM)
			w->stop = true;
		if (si.ssi_signo == SIGHUP && w->leaving == 0)
			w->leaving = mono_us() + LINGER_US;
		if (si.ssi_signo == SIGUSR1)
			log_reopen();
	}
}

static void
set_limits(const struct conf *conf, size_t conns)
{
	struct rlimit	rl;

	rl.rlim_cur = rl.rlim_max = (rlim_t)conf->memory << 20;
	if (LIMIT_AS && setrlimit(RLIMIT_AS, &rl) == -1)
		log_warn("RLIMIT_AS: %s", strerror(errno));
	conns += SPARE_FDS;
	if (getrlimit(RLIMIT_NOFILE, &rl) == -1 || rl.rlim_cur >= conns)
		return;
	rl.rlim_cur = rl.rlim_max < conns ? rl.rlim_max : conns;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		log_warn("RLIMIT_NOFILE: %s", strerror(errno));
}

/*
 * A batch process that wakes up does not push the one aside that woke it: nginx
 * hands out all the requests it has, then sleeps.  Whoever started us with
 * another policy knows better.
 */
static void
give_way(void)
{
	struct sched_param	sp = { .sched_priority = 0 };

	if (sched_getscheduler(0) == SCHED_OTHER &&
	    sched_setscheduler(0, SCHED_BATCH, &sp) == -1)
		log_debug("SCHED_BATCH: %s", strerror(errno));
}

static bool
watch(const struct worker *w, int op, int fd, uint32_t events, const void *what)
{
	struct epoll_event	ev = { .events = events,
				    .data.ptr = (void *)(uintptr_t)what };

	return epoll_ctl(w->epoll, op, fd, &ev) == 0;
}

static int
start(struct worker *w, const struct worker_args *a)
{
	w->args = a;
	/* What takes long must not have a second client waiting behind it. */
	w->max = a->pool == POOL_SLOW ? 1 : (size_t)a->conf->max_conns;
	if ((w->conn = calloc(w->max, sizeof(*w->conn))) == NULL ||
	    (w->epoll = epoll_create1(EPOLL_CLOEXEC)) == -1 ||
	    (w->signals = take_signals()) == -1 ||
	    !watch(w, EPOLL_CTL_ADD, w->signals, EPOLLIN, NULL) ||
	    !watch(w, EPOLL_CTL_ADD, a->listener, 0, a))
		return EX_OSERR;
	set_limits(a->conf, w->max);
	give_way();
	if ((w->app = a->ops->app_new(a->conf, a->verdicts)) == NULL)
		return EX_CONFIG;
	w->app->board = a->board;
	w->app->slot = a->slot;
	return 0;
}

/* The peer's uid, before libfcgi reads its first byte. */
static bool
welcome(const struct worker *w, int fd)
{
	struct ucred	uc;
	socklen_t	len = sizeof(uc);
	size_t		i;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &uc, &len) == -1)
		return false;
	if (uc.uid == geteuid() || uc.uid == 0)
		return true;
	for (i = 0; i < w->args->npeers; i++)
		if (uc.uid == w->args->peers[i])
			return true;
	log_warn("connection of uid %d refused: not in BOBBIN_PEERS",
	    (int)uc.uid);
	return false;
}

static bool
limit_silence(const struct worker *w, int fd)
{
	int64_t		ms = w->args->conf->io_timeout;
	struct timeval	tv = { .tv_sec = (time_t)(ms / 1000),
			    .tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) == 0;
}

/* The next good connection in line, or NULL. */
static struct gateway *
admit(struct worker *w)
{
	int	fd;

	while ((fd = accept4(w->args->listener, NULL, NULL,
	    SOCK_CLOEXEC)) != -1) {
		if (welcome(w, fd) && limit_silence(w, fd))
			return fcgi_open(fd, w->args->pool == POOL_QUICK);
		close(fd);
	}
	/* EAGAIN: another worker was faster. */
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
	    errno == ENOBUFS) {
		log_error("accept: %s", strerror(errno));
		w->paused = mono_us() + PAUSE_US;
	}
	return NULL;
}

/* What the watchdog counts from: the first request of some, or the next. */
static void
busy(const struct worker *w)
{
	atomic_store(&w->args->slot->since, mono_us());
	atomic_store(&w->args->slot->state, SLOT_BUSY);
}

static void
idle(const struct worker *w)
{
	atomic_store(&w->args->slot->state, SLOT_IDLE);
	atomic_store(&w->args->slot->since, 0);
}

/* One request, if a whole one comes.  True: the connection can carry more. */
static bool
serve(struct worker *w, struct gateway *gw)
{
	bool	again = false;

	busy(w);
	if (fcgi_accept(gw)) {
		w->args->ops->begin(w->app, gw, 0);
		w->args->ops->end(w->app, 0, &again);
		atomic_fetch_add(&w->args->slot->served, 1);
	}
	idle(w);
	return again;
}

static void
add(struct worker *w)
{
	struct gateway	*gw;
	struct conn	*c;

	if ((gw = admit(w)) == NULL)
		return;
	for (c = w->conn; c->gw != NULL; c++)
		;
	if (!watch(w, EPOLL_CTL_ADD, fcgi_fd(gw), EPOLLIN, c)) {
		log_error("epoll: %s", strerror(errno));
		fcgi_close(gw);
		return;
	}
	*c = (struct conn){ gw, mono_us() };
	w->n++;
	w->nfresh++;
}

static void
settle(struct worker *w, struct conn *c)
{
	if (c->fresh != 0)
		w->nfresh--;
	c->fresh = 0;
}

/* Its close takes it out of the epoll set. */
static void
drop(struct worker *w, struct conn *c)
{
	settle(w, c);
	fcgi_close(c->gw);
	c->gw = NULL;
	w->n--;
}

/* Milliseconds until the next silent newcomer has to go, or we; -1: never. */
static int
patience(struct worker *w, int64_t now)
{
	int64_t		 until, next = w->paused > now ? w->paused : INT64_MAX;
	struct conn	*c;

	if (w->leaving != 0 && w->leaving < next)
		next = w->leaving;
	for (c = w->conn; w->nfresh > 0 && c < w->conn + w->max; c++) {
		if (c->fresh == 0)
			continue;
		until = c->fresh + w->args->conf->io_timeout * 1000;
		if (until <= now)
			drop(w, c);
		else if (until < next)
			next = until;
	}
	if (next == INT64_MAX)
		return -1;
	return next > now ? (int)((next - now) / 1000 + 1) : 0;
}

static void
listen_or_not(struct worker *w, int64_t now)
{
	bool	want = w->n < w->max && w->paused <= now && w->leaving == 0;

	if (want != w->listening && watch(w, EPOLL_CTL_MOD, w->args->listener,
	    want ? EPOLLIN : 0, w->args))
		w->listening = want;
}

static struct conn *
heard(struct worker *w, struct conn *c)
{
	settle(w, c);
	if (w->leaving != 0)
		fcgi_last(c->gw);
	return c;
}

/*
 * As many of them as begin together: while the database works for the first,
 * the others' requests are read.  Returns how many that were.
 */
static size_t
serve_some(struct worker *w, struct conn *const c[], size_t n)
{
	const struct app_ops	*ops = w->args->ops;
	bool			 again[LANES], more = true;
	size_t			 i, lanes;

	for (lanes = 0; more && lanes < n && lanes < LANES; lanes++) {
		busy(w);
		if (!fcgi_accept(c[lanes]->gw))
			break;
		more = ops->begin(w->app, c[lanes]->gw, lanes);
	}
	for (i = 0; i < lanes; i++) {
		busy(w);
		ops->end(w->app, i, &again[i]);
		atomic_fetch_add(&w->args->slot->served, 1);
	}
	idle(w);
	for (i = 0; i < lanes; i++)
		if (!again[i])
			drop(w, c[i]);
	/* The one with which accepting ended has no more to say. */
	if (more && lanes < n && lanes < LANES)
		drop(w, c[lanes++]);
	return lanes;
}

/*
 * Each connection that has something to say gets one request, then the
 * listener gets its turn: last, since an idle worker should be faster.
 *
 * Once we are leaving, a connection closes right behind a reply, so that nginx
 * sees both at once.  Closing idle ones all together made 502s: nginx took
 * several dead ones in a row from its cache before it saw their ends.
 */
static void
turn(struct worker *w)
{
	struct epoll_event	 ready[READY_MAX];
	struct conn		*said[READY_MAX];
	int64_t			 now = mono_us();
	int			 wait = patience(w, now), i, n;
	size_t			 nsaid = 0, done;
	bool			 signals = false, newcomer = false;

	listen_or_not(w, now);
	n = epoll_wait(w->epoll, ready, READY_MAX, wait);
	for (i = 0; i < n; i++)
		if (ready[i].data.ptr == NULL)
			signals = true;
		else if (ready[i].data.ptr == w->args)
			newcomer = (ready[i].events & EPOLLIN) != 0;
		else if ((ready[i].events & (EPOLLHUP | EPOLLERR)) != 0)
			/* Nobody is left who would read a reply. */
			drop(w, ready[i].data.ptr);
		else
			said[nsaid++] = heard(w, ready[i].data.ptr);
	for (done = 0; done < nsaid;)
		done += serve_some(w, said + done, nsaid - done);
	if (newcomer)
		add(w);
	if (signals)
		read_signals(w);
	if (w->leaving != 0 && (w->n == 0 || mono_us() >= w->leaving))
		w->stop = true;
}

/* What was sent is answered; a newcomer has until then to send it. */
static void
serve_last(struct worker *w, struct gateway *gw, bool fresh, int64_t until)
{
	struct pollfd	p = { fcgi_fd(gw), POLLIN, 0 };
	int64_t		left = fresh ? until - mono_us() : 0;
	int		ready;

	fcgi_last(gw);
	ready = poll(&p, 1, left > 0 ? (int)(left / 1000) : 0);
	/*
	 * From now on the peer's write fails before a byte has left, so it can
	 * safely send elsewhere; what came meanwhile can still be read.
	 */
	if (ready == 0)
		shutdown(p.fd, SHUT_RD);
	if (ready == 0 || (p.revents & POLLHUP) == 0)
		serve(w, gw);
	fcgi_close(gw);
}

/* True after sock_shut(): the queue holds all that will ever come. */
static bool
is_shut(int listener)
{
	struct pollfd	p = { listener, POLLRDHUP, 0 };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLRDHUP) != 0;
}

static void
farewell(struct worker *w)
{
	int64_t		 until = mono_us() + FAREWELL_US;
	struct gateway	*gw;
	size_t		 i;

	for (i = 0; i < w->max; i++)
		if (w->conn[i].gw != NULL)
			serve_last(w, w->conn[i].gw, w->conn[i].fresh != 0,
			    until);
	if (is_shut(w->args->listener))
		while ((gw = admit(w)) != NULL)
			serve_last(w, gw, true, until);
}

int
worker_run(const struct worker_args *a)
{
	struct worker	w = { 0 };
	int		rc;

	if ((rc = start(&w, a)) == 0) {
		atomic_store(&a->slot->state, SLOT_IDLE);
		atomic_store(&a->slot->since, 0);
		while (!w.stop)
			turn(&w);
		farewell(&w);
		a->ops->app_free(w.app);
	}
	free(w.conn);
	return rc;
}
