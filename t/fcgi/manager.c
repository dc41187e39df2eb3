/* manager.c: sockets, signals, generations, deaths. */
#include "config.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "fcgi/client.h"
#include "fcgi/harness.h"

#define CLIENTS	4

/* What the load has seen so far; shared with its processes. */
struct load {
	atomic_bool	 stop;
	atomic_uint	 answered;
	atomic_uint	 lost;		/* sent whole, not answered */
	pid_t		 pid[CLIENTS];
};

/* One send() is all or nothing for a request of this size. */
static void
client(struct load *l, const char *sock, bool keep, const struct buf *req)
{
	struct buf	r;
	int		fd = -1;

	buf_init(&r, 1 << 20);
	while (!atomic_load(&l->stop)) {
		if (fd == -1 && (fd = fc_connect(sock)) == -1) {
			nap(1);
			continue;
		}
		if (!fc_send(fd, req->p, req->len)) {
			/* It was closed before; nothing has left us. */
			if (!keep)
				atomic_fetch_add(&l->lost, 1);
		} else if (fc_reply(fd, &r) == FC_DONE &&
		    fc_status(&r) == 200) {
			atomic_fetch_add(&l->answered, 1);
			if (keep)
				continue;
		} else
			atomic_fetch_add(&l->lost, 1);
		close(fd);
		fd = -1;
	}
}

/* Every other client keeps its connection. */
static struct load *
load_start(const char *sock)
{
	struct load	*l;
	struct buf	 req;
	size_t		 i;

	l = mmap(NULL, sizeof(*l), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (l == MAP_FAILED)
		abort();
	fflush(stdout);
	for (i = 0; i < CLIENTS; i++)
		if ((l->pid[i] = fork()) == 0) {
			buf_init(&req, 1 << 20);
			fc_request(&req, i % 2 == 0, "GET", "/bytes/2000",
			    NULL, 0);
			client(l, sock, i % 2 == 0, &req);
			_exit(0);
		}
	return l;
}

/* Waits until n more were answered; false: they never are. */
static bool
load_wait(struct load *l, unsigned n)
{
	unsigned	from = atomic_load(&l->answered);
	int		i;

	for (i = 0; i < 4000; i++, nap(5))
		if (atomic_load(&l->answered) - from >= n)
			return true;
	return expect(false, "the load stands still");
}

static void
load_end(struct load *l)
{
	unsigned	lost;
	size_t		i;

	atomic_store(&l->stop, true);
	for (i = 0; i < CLIENTS; i++)
		waitpid(l->pid[i], NULL, 0);
	lost = atomic_load(&l->lost);
	expect(lost == 0, "%u of %u lost", lost,
	    lost + atomic_load(&l->answered));
	expect(atomic_load(&l->answered) > 0, "nothing was answered");
	munmap(l, sizeof(*l));
}

static void
err_says(const struct server *s, const char *text)
{
	char	path[96];

	snprintf(path, sizeof(path), "%s/err", s->dir);
	expect(strstr(contents(path), text) != NULL, "no \"%s\" in: %s", text,
	    contents(path));
}

/* It ends by itself with this status, and says why. */
static void
refuses(struct server *s, void (*setup)(void *), void *arg, int status,
    const char *text)
{
	int	got;

	server_exec(s, setup, arg);
	got = server_end(s, 0);
	expect(got == status, "want status %d, got %d", status, got);
	err_says(s, text);
}

static int
listening(const char *path, int backlog)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	int			fd;

	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    (backlog > 0 && listen(fd, backlog) == -1))
		expect(false, "%s: %s", path, strerror(errno));
	return fd;
}

static void
socket_is_0660(void)
{
	struct server	s;
	struct stat	st;

	server_start(&s, "");
	expect(stat(s.sock, &st) == 0 && (st.st_mode & 07777) == 0660,
	    "mode %o", (unsigned)(st.st_mode & 07777));
	expect(stat(s.slow, &st) == 0 && (st.st_mode & 07777) == 0660,
	    "mode %o", (unsigned)(st.st_mode & 07777));
	server_stop(&s);
}

static void
the_socket_is_given_away(void)
{
	struct server	s;
	struct stat	st;

	if (geteuid() != 0) {
		skip("needs root");
		return;
	}
	server_start(&s, "BOBBIN_SOCKET_OWNER = daemon\n"
	    "BOBBIN_SOCKET_GROUP = daemon\n");
	expect(stat(s.sock, &st) == 0 && st.st_uid != 0 && st.st_gid != 0,
	    "%d:%d", (int)st.st_uid, (int)st.st_gid);
	server_stop(&s);
	server_make(&s, "BOBBIN_SOCKET_GROUP = no-such-group\n");
	refuses(&s, NULL, NULL, EX_NOUSER, "no-such-group");
	expect(access(s.sock, F_OK) == -1, "the socket stayed");
	server_remove(&s);
}

static void
a_taken_path_is_an_error_not_an_exit(void)
{
	struct server	s, second;
	FILE		*f;

	server_start(&s, "");
	second = s;
	refuses(&second, NULL, NULL, EX_CANTCREAT, "is taken");
	expect(ask(s.sock, "/pid")[0] != '\0', "the first lost its socket");
	server_stop(&s);

	/* Something else at that path stays what it is. */
	server_make(&s, "");
	if ((f = fopen(s.sock, "w")) != NULL) {
		fprintf(f, "precious");
		fclose(f);
	}
	refuses(&s, NULL, NULL, EX_CANTCREAT, "not a socket");
	expect(strcmp(contents(s.sock), "precious") == 0, "overwritten");
	server_remove(&s);
}

static void
a_stale_socket_is_replaced(void)
{
	struct server	s;

	server_make(&s, "");
	close(listening(s.sock, 1));
	server_exec(&s, NULL, NULL);
	expect(server_answers(&s), "no answer");
	/* What another instance put there is not ours to remove. */
	close(listening(s.sock, 1));
	expect(server_end(&s, SIGTERM) == 0, "TERM");
	expect(access(s.sock, F_OK) == 0, "removed another's socket");
	server_remove(&s);
}

static void
as_stdin(void *arg)
{
	dup2(*(int *)arg, STDIN_FILENO);
}

static void
serve_refuses_a_tcp_listener(void)
{
	struct sockaddr_in	in = { .sin_family = AF_INET };
	struct server		s;
	int			fd;

	server_make(&s, "");
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	expect(bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0 &&
	    listen(fd, 1) == 0, "listen");
	refuses(&s, as_stdin, &fd, EX_USAGE, "not a unix socket");
	close(fd);
	server_remove(&s);
}

static void
wrong_fd0_fails_loudly(void)
{
	struct server	s;
	int		sv[2], fd;

	server_make(&s, "");
	expect(socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == 0, "pair");
	refuses(&s, as_stdin, &sv[0], EX_USAGE, "not a listening");
	fd = listening(s.sock, 0);
	refuses(&s, as_stdin, &fd, EX_USAGE, "not a listening");
	close(sv[0]);
	close(sv[1]);
	close(fd);
	server_remove(&s);
}

static void
without_stdio(void *arg)
{
	(void)arg;
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
}

static void
closed_descriptors_are_no_sockets(void)
{
	struct server	s;

	server_make(&s, "");
	server_exec(&s, without_stdio, NULL);
	expect(server_answers(&s), "no answer");
	server_stop(&s);
}

static void
spawn_fcgi_hands_its_socket_over(void)
{
	struct server	s;
	struct load	*l;
	int		fd;

	server_make(&s, "");
	fd = listening(s.sock, 64);
	chmod(s.sock, 0666);
	server_exec(&s, as_stdin, &fd);
	close(fd);
	expect(server_answers(&s), "no answer");
	l = load_start(s.sock);
	load_wait(l, 500);
	expect(server_end(&s, SIGTERM) == 0, "TERM");
	load_end(l);
	expect(access(s.sock, F_OK) == 0, "removed another's socket");
	server_remove(&s);
}

struct systemd {
	int		 fd[2];
	const char	*names, *notify;
};

static void
as_systemd(void *arg)
{
	struct systemd	*sd = arg;
	char		 pid[32];
	int		 hi[2];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "2", 1);
	if (sd->names != NULL)
		setenv("LISTEN_FDNAMES", sd->names, 1);
	setenv("NOTIFY_SOCKET", sd->notify, 1);
	hi[0] = dup2(sd->fd[0], 20);
	hi[1] = dup2(sd->fd[1], 21);
	dup2(hi[0], 3);
	dup2(hi[1], 4);
	close(hi[0]);
	close(hi[1]);
}

/* The next datagram, as a string. */
static const char *
told(int fd)
{
	static char	text[256];
	ssize_t		n;

	n = recv(fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static int
datagrams(const char *path)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	struct timeval		tv = { .tv_sec = 20 };
	int			fd;

	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		expect(false, "%s: %s", path, strerror(errno));
	chmod(path, 0666);
	return fd;
}

static void
systemd_hands_its_sockets_over(void)
{
	static const char *const names[] = { NULL, "slow:quick" };
	struct server	s;
	struct systemd	sd;
	char		path[96];
	size_t		i;
	int		fd, note;

	for (i = 0; i < nitems(names); i++) {
		server_make(&s, "BOBBIN_WORKERS = 1\n"
		    "BOBBIN_SLOW_WORKERS = 1\n");
		snprintf(path, sizeof(path), "%s/notify", s.dir);
		note = datagrams(path);
		sd.fd[i] = listening(s.sock, 64);
		sd.fd[1 - i] = listening(s.slow, 64);
		sd.names = names[i];
		sd.notify = path;
		server_exec(&s, as_systemd, &sd);
		expect(strcmp(told(note), "READY=1") == 0, "not ready");
		expect(ask(s.sock, "/pid")[0] != '\0', "no answer");
		/* Only the quick pool keeps a connection. */
		expect(atoi(ask(s.sock, "/pid")) != atoi(ask(s.slow, "/pid")),
		    "one worker for both");
		kill(s.pid, SIGHUP);
		expect(strncmp(told(note), "RELOADING=1\nMONOTONIC_USEC=",
		    27) == 0, "not reloading");
		expect(strcmp(told(note), "READY=1") == 0, "not ready again");
		expect(server_end(&s, SIGTERM) == 0, "TERM");
		expect(strcmp(told(note), "STOPPING=1") == 0, "not stopping");
		/* systemd goes on listening for the next instance. */
		fd = fc_connect(s.sock);
		expect(fd != -1, "connect: %s", strerror(errno));
		close(fd);
		close(sd.fd[0]);
		close(sd.fd[1]);
		close(note);
		server_remove(&s);
	}
}

static void
root_is_gone_for_good(void)
{
	struct server	s;

	if (geteuid() != 0) {
		skip("needs root");
		return;
	}
	server_start(&s, "");
	expect(strcmp(ask(s.sock, "/uid"), "65534 65534 65534 root=0 groups=1")
	    == 0, "%s", ask(s.sock, "/uid"));
	server_stop(&s);
	server_make(&s, "# BOBBIN_USER is not set\n");
	refuses(&s, NULL, NULL, EX_CONFIG, "set BOBBIN_USER");
	server_remove(&s);
	server_make(&s, "BOBBIN_USER = root\n");
	refuses(&s, NULL, NULL, EX_NOUSER, "is root");
	server_remove(&s);
}

static void
term_under_load_loses_nothing(void)
{
	struct server	s;
	struct load	*l;
	int		round;

	for (round = 0; round < 5; round++) {
		server_start(&s, "BOBBIN_WORKERS = 2\n");
		l = load_start(s.sock);
		load_wait(l, 300);
		expect(server_end(&s, SIGTERM) == 0, "TERM");
		load_end(l);
		server_remove(&s);
	}
}

/* In hand, and in the queue behind it. */
static void
term_finishes_what_came_before(void)
{
	struct server	s;
	struct buf	b;
	int		fd[4];
	size_t		i;

	server_start(&s, "BOBBIN_WORKERS = 1\n");
	buf_init(&b, 1 << 20);
	fc_request(&b, true, "GET", "/sleep/300", NULL, 0);
	for (i = 0; i < nitems(fd); i++) {
		fd[i] = fc_connect(s.sock);
		fc_send(fd[i], b.p, b.len);
	}
	kill(s.pid, SIGTERM);
	for (i = 0; i < nitems(fd); i++) {
		expect(fc_reply(fd[i], &b) == FC_DONE, "%zu was lost", i);
		close(fd[i]);
	}
	expect(server_end(&s, 0) == 0, "TERM");
	buf_free(&b);
	server_remove(&s);
}

static int
sleeper(const struct server *s)
{
	struct buf	b;
	int		fd = fc_connect(s->sock);

	buf_init(&b, 1 << 20);
	fc_request(&b, false, "GET", "/sleep/100000", NULL, 0);
	fc_send(fd, b.p, b.len);
	buf_free(&b);
	return fd;
}

static void
is_lost(int fd)
{
	struct buf	b;
	enum fc_end	end;

	buf_init(&b, 1 << 20);
	end = fc_reply(fd, &b);
	expect(end == FC_CLOSED || end == FC_RESET, "end %d", (int)end);
	buf_free(&b);
	close(fd);
}

/* TERM with a deadline, INT at once, TERM twice likewise. */
static void
nothing_outlives_the_deadline(void)
{
	static const struct {
		const char	*lines;
		int		 first, second;
	} ends[] = {
		{ "BOBBIN_DRAIN_SECONDS = 1\n", SIGTERM, 0 },
		{ "BOBBIN_DRAIN_SECONDS = 3600\n", SIGINT, 0 },
		{ "BOBBIN_DRAIN_SECONDS = 3600\n", SIGQUIT, 0 },
		{ "BOBBIN_DRAIN_SECONDS = 3600\n", SIGTERM, SIGTERM },
	};
	struct server	s;
	size_t		i;
	int		fd;

	for (i = 0; i < nitems(ends); i++) {
		server_start(&s, ends[i].lines);
		fd = sleeper(&s);
		expect(ask(s.sock, "/pid")[0] != '\0', "no answer");
		if (ends[i].second != 0) {
			kill(s.pid, ends[i].first);
			expect(logged(&s, "stopping"), "not stopping");
		}
		expect(server_end(&s, ends[i].second != 0 ? ends[i].second :
		    ends[i].first) == 0, "end %zu", i);
		is_lost(fd);
		server_remove(&s);
	}
}

static void
hup_under_load_loses_nothing(void)
{
	struct server	s;
	struct load	*l;
	char		lines[128];
	int		i, tries;

	server_start(&s, "BOBBIN_WORKERS = 2\n");
	l = load_start(s.sock);
	for (i = 0; i < 8; i++) {
		load_wait(l, 100);
		snprintf(lines, sizeof(lines), "BOBBIN_WORKERS = %d\n"
		    "AGENT_LOCATION = @number%d\n", 1 + i % 3, i);
		server_configure(&s, lines);
		kill(s.pid, SIGHUP);
		snprintf(lines, sizeof(lines), "@number%d", i);
		for (tries = 0; tries < 2000; tries++, nap(5))
			if (strcmp(ask(s.sock, "/agent"), lines) == 0)
				break;
		expect(tries < 2000, "%s never came", lines);
	}
	load_wait(l, 100);
	load_end(l);
	server_stop(&s);
}

static void
a_bad_file_on_hup_changes_nothing(void)
{
	static const struct {
		const char	*why, *lines, *says;
	} bad[] = {
		{ "a name that is none", "NO_SUCH_OPTION = 1\n",
		  "nothing was changed" },
		{ "a value out of range", "BOBBIN_WORKERS = 0\n",
		  "nothing was changed" },
		{ "workers that will not start", "AGENT_LOCATION = @refuse\n",
		  "generation 2 failed" },
		{ "workers that die", "AGENT_LOCATION = @crash\n",
		  "generation 2 failed" },
	};
	struct server	s;
	struct load	*l;
	char		before[32];
	size_t		i;

	for (i = 0; i < nitems(bad); i++) {
		server_start(&s, "BOBBIN_WORKERS = 1\nAGENT_LOCATION = @a\n");
		snprintf(before, sizeof(before), "%s", ask(s.sock, "/pid"));
		l = load_start(s.sock);
		server_configure(&s, bad[i].lines);
		kill(s.pid, SIGHUP);
		expect(logged(&s, bad[i].says), "%s", bad[i].why);
		load_wait(l, 100);
		load_end(l);
		expect(strcmp(ask(s.sock, "/pid"), before) == 0,
		    "%s: another worker", bad[i].why);
		expect(strcmp(ask(s.sock, "/agent"), "@a") == 0,
		    "%s: another configuration", bad[i].why);
		/* And the next good one is taken. */
		server_configure(&s, "AGENT_LOCATION = @b\n");
		kill(s.pid, SIGHUP);
		while (strcmp(ask(s.sock, "/agent"), "@b") != 0 &&
		    expect(ask(s.sock, "/pid")[0] != '\0', "no answer"))
			nap(5);
		server_stop(&s);
	}
}

/* The file is put right while workers of the bad one still come and die. */
static void
a_hup_behind_a_bad_one_counts(void)
{
	struct server	s;
	int		tries;

	server_start(&s, "BOBBIN_WORKERS = 1\nAGENT_LOCATION = @a\n");
	server_configure(&s, "AGENT_LOCATION = @crash\n");
	kill(s.pid, SIGHUP);
	expect(logged(&s, "generation 2 starts"), "the bad one");
	server_configure(&s, "AGENT_LOCATION = @b\n");
	kill(s.pid, SIGHUP);
	expect(logged(&s, "generation 2 failed"), "it failed");
	for (tries = 0; tries < 2000; tries++, nap(5))
		if (strcmp(ask(s.sock, "/agent"), "@b") == 0)
			break;
	expect(tries < 2000, "the good one never came");
	server_stop(&s);
}

static void
usr1_reopens_the_logs(void)
{
	struct server	s;
	char		moved[96];
	int		i;

	server_start(&s, "BOBBIN_WORKERS = 1\n");
	snprintf(moved, sizeof(moved), "%s.1", s.log);
	ask(s.sock, "/log/one");
	expect(rename(s.log, moved) == 0, "rename");
	kill(s.pid, SIGUSR1);
	/* The worker follows the master in its own time. */
	for (i = 0; i < 2000; i++, nap(5)) {
		ask(s.sock, "/log/two");
		if (strstr(contents(s.log), "marked two") != NULL)
			break;
	}
	expect(i < 2000, "no new log");
	expect(strstr(contents(moved), "marked one") != NULL, "old log");
	server_stop(&s);
}

static void
a_crash_costs_one_request(void)
{
	struct server	s;
	struct buf	b;
	int		i;

	server_start(&s, "BOBBIN_WORKERS = 2\n");
	buf_init(&b, 1 << 20);
	for (i = 0; i < 20; i++) {
		expect(fc_get(s.sock, "/crash", &b) != FC_DONE, "no crash");
		expect(ask(s.sock, "/pid")[0] != '\0', "no answer after %d", i);
	}
	buf_free(&b);
	server_stop(&s);
}

static void
a_crash_loop_ends_the_master(void)
{
	static const struct {
		const char	*lines;
		int		 status;
	} loops[] = {
		{ "AGENT_LOCATION = @crash\nBOBBIN_WORKERS = 1\n",
		  EX_SOFTWARE },
		{ "AGENT_LOCATION = @crash\nBOBBIN_WORKERS = 20\n",
		  EX_SOFTWARE },
		{ "AGENT_LOCATION = @refuse\n", EX_CONFIG },
	};
	struct server	s;
	size_t		i;
	int		status;

	for (i = 0; i < nitems(loops); i++) {
		server_make(&s, loops[i].lines);
		server_exec(&s, NULL, NULL);
		status = server_end(&s, 0);
		expect(status == loops[i].status, "loop %zu: status %d", i,
		    status);
		expect(strstr(contents(s.log), "giving up") != NULL,
		    "not logged");
		expect(access(s.sock, F_OK) == -1, "the socket stayed");
		server_remove(&s);
	}
}

/* By sleeping, and by a peer that sends one byte before each timeout. */
static void
the_watchdog_frees_a_stuck_worker(void)
{
	struct server	s;
	char		before[32];
	int		fd;

	server_start(&s, "BOBBIN_WORKERS = 1\nBOBBIN_WATCHDOG_SECONDS = 1\n");
	snprintf(before, sizeof(before), "%s", ask(s.sock, "/pid"));
	fd = sleeper(&s);
	is_lost(fd);
	expect(strcmp(ask(s.sock, "/pid"), before) != 0, "the same worker");
	expect(logged(&s, "is stuck"), "not logged");
	server_stop(&s);
}

static void
a_drip_meets_the_watchdog(void)
{
	struct server	s;
	struct buf	b;
	size_t		i;
	int		fd;

	server_start(&s, "BOBBIN_WORKERS = 1\nBOBBIN_WATCHDOG_SECONDS = 1\n"
	    "BOBBIN_IO_TIMEOUT_MS = 1000\n");
	buf_init(&b, 1 << 20);
	fc_request(&b, true, "GET", "/echo", NULL, 0);
	fd = fc_connect(s.sock);
	for (i = 0; i < b.len && fc_send(fd, b.p + i, 1); i++)
		nap(100);
	expect(i < b.len, "it dripped to the end");
	close(fd);
	expect(ask(s.sock, "/pid")[0] != '\0', "no answer");
	buf_free(&b);
	server_stop(&s);
}

static void
recycling_under_load_loses_nothing(void)
{
	struct server	s;
	struct load	*l;
	char		first[32];
	int		 i, round;

	server_start(&s, "BOBBIN_WORKERS = 1\nBOBBIN_MAX_REQUESTS = 50\n");
	l = load_start(s.sock);
	for (round = 0; round < 4; round++) {
		snprintf(first, sizeof(first), "%s", ask(s.sock, "/pid"));
		load_wait(l, 50);
		for (i = 0; i < 2000; i++, nap(5))
			if (strcmp(ask(s.sock, "/pid"), first) != 0)
				break;
		expect(i < 2000, "always the same worker");
	}
	load_end(l);
	expect(strstr(contents(s.log), "died") == NULL, "a death");
	server_stop(&s);
}

/* A master that is killed leaves nobody behind. */
static void
workers_follow_their_master(void)
{
	struct server	s;
	int		i, fd;

	server_start(&s, "BOBBIN_WORKERS = 2\n");
	expect(server_end(&s, SIGKILL) == 128 + SIGKILL, "KILL");
	for (i = 0; i < 2000; i++, nap(5)) {
		if ((fd = fc_connect(s.sock)) == -1)
			break;
		close(fd);
	}
	expect(i < 2000, "somebody listens");
	server_exec(&s, NULL, NULL);
	expect(server_answers(&s), "its socket cannot be replaced");
	server_stop(&s);
}

/* Descriptors beyond those that a worker needs reach nobody. */
static void
no_descriptor_is_inherited(void)
{
	struct server	s;
	char		command[160];

	server_start(&s, "BOBBIN_WORKERS = 1\nBOBBIN_SLOW_WORKERS = 0\n");
	/* 0-2, the log, the listener, the signals, one connection. */
	snprintf(command, sizeof(command),
	    "test $(ls /proc/%d/fd | wc -l) -le 7", atoi(ask(s.sock, "/pid")));
	expect(system(command) == 0, "%s", command);
	server_stop(&s);
}

#define C(fn)	{ #fn, fn }
static const struct tcase cases[] = {
	C(socket_is_0660),
	C(the_socket_is_given_away),
	C(a_taken_path_is_an_error_not_an_exit),
	C(a_stale_socket_is_replaced),
	C(serve_refuses_a_tcp_listener),
	C(wrong_fd0_fails_loudly),
	C(closed_descriptors_are_no_sockets),
	C(spawn_fcgi_hands_its_socket_over),
	C(systemd_hands_its_sockets_over),
	C(root_is_gone_for_good),
	C(term_under_load_loses_nothing),
	C(term_finishes_what_came_before),
	C(nothing_outlives_the_deadline),
	C(hup_under_load_loses_nothing),
	C(a_bad_file_on_hup_changes_nothing),
	C(a_hup_behind_a_bad_one_counts),
	C(usr1_reopens_the_logs),
	C(a_crash_costs_one_request),
	C(a_crash_loop_ends_the_master),
	C(the_watchdog_frees_a_stuck_worker),
	C(a_drip_meets_the_watchdog),
	C(recycling_under_load_loses_nothing),
	C(workers_follow_their_master),
	C(no_descriptor_is_inherited),
};

int
main(int argc, char **argv)
{
	return run_cases(argc, argv, cases, nitems(cases));
}
