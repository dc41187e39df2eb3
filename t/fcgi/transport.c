/* transport.c: requests by FastCGI and by CGI, and peers that misbehave. */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fcgi/client.h"
#include "fcgi/harness.h"
#include "http/fcgi.h"

#define MB(n)	((size_t)(n) << 20)

/* A connection with a request on its way; closes nothing. */
static int
begin(const char *sock, bool keep, const char *method, const char *uri,
    const void *body, size_t len)
{
	struct buf	b;
	int		fd;

	if (!expect((fd = fc_connect(sock)) != -1, "connect: %s",
	    strerror(errno)))
		return -1;
	buf_init(&b, MB(8));
	fc_request(&b, keep, method, uri, body, len);
	expect(fc_send(fd, b.p, b.len), "send: %s", strerror(errno));
	buf_free(&b);
	return fd;
}

static void
again(int fd, bool keep, const char *uri)
{
	struct buf	b;

	buf_init(&b, MB(8));
	fc_request(&b, keep, "GET", uri, NULL, 0);
	expect(fc_send(fd, b.p, b.len), "send: %s", strerror(errno));
	buf_free(&b);
}

/* The reply comes whole and with this status. */
static bool
replies(int fd, int status)
{
	struct buf	b;
	enum fc_end	end;
	bool		ok;

	buf_init(&b, MB(64));
	end = fc_reply(fd, &b);
	ok = expect(end == FC_DONE && fc_status(&b) == status,
	    "want %d, got %d (end %d)", status, fc_status(&b), (int)end);
	buf_free(&b);
	return ok;
}

/* Nothing but an end comes. */
static void
is_cut(int fd, const char *why)
{
	struct buf	b;
	enum fc_end	end;

	buf_init(&b, MB(1));
	end = fc_reply(fd, &b);
	expect((end == FC_CLOSED || end == FC_RESET) && b.len == 0,
	    "%s: want an end, got %d with %zu bytes", why, (int)end, b.len);
	buf_free(&b);
	close(fd);
}

static void
alive(struct server *s)
{
	expect(ask(s->sock, "/pid")[0] != '\0', "the server is gone");
}

/* The same request by CGI: its standard output. */
static void
by_cgi(const char *method, const char *uri, const char *body, size_t len,
    struct buf *out)
{
	int	in[2], res[2];
	char	num[32], chunk[4096];
	ssize_t	n;

	if (!expect(pipe(in) == 0 && pipe(res) == 0, "pipe"))
		return;
	fflush(stdout);
	if (fork() == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(res[1], STDOUT_FILENO);
		close(in[1]);
		close(res[0]);
		snprintf(num, sizeof(num), "%zu", len);
		setenv("GATEWAY_INTERFACE", "CGI/1.1", 1);
		setenv("REQUEST_METHOD", method, 1);
		setenv("REQUEST_URI", uri, 1);
		setenv("QUERY_STRING", strchr(uri, '?') != NULL ?
		    strchr(uri, '?') + 1 : "", 1);
		setenv("CONTENT_LENGTH", len > 0 ? num : "", 1);
		execl(echo_path(), "echo", "cgi", (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(res[1]);
	/*
	 * More than was announced: it must not be read as the body.  Who has
	 * read all that was may be gone already.
	 */
	expect(write(in[1], body, len) == (ssize_t)len &&
	    (write(in[1], "surplus", 7) == 7 || errno == EPIPE), "write");
	close(in[1]);
	while ((n = read(res[0], chunk, sizeof(chunk))) > 0)
		buf_add(out, chunk, (size_t)n);
	close(res[0]);
	wait(NULL);
}

static const struct {
	const char	*why, *method, *uri, *body;
	int		 status;
	const char	*has;
} both[] = {
	{ "a GET", "GET", "/echo", "", 200, "REQUEST_METHOD=GET\n" },
	{ "a query", "GET", "/echo?a=b%20c", "", 200,
	  "QUERY_STRING=a=b%20c\n" },
	{ "a body", "POST", "/echo", "{\"a\":1}", 200, "\n{\"a\":1}" },
	{ "the library adds no variable", "GET", "/echo", "", 200,
	  "\nFCGI_ROLE=\n" },
	{ "bytes of more than one record", "GET", "/bytes/100000", "", 200,
	  "" },
	{ "an empty reply", "GET", "/bytes/0", "", 200, "" },
	{ "a status", "GET", "/nowhere", "", 404, "no such" },
	{ "a body that nobody reads", "POST", "/refuse", "unread", 413,
	  "too large" },
};

static void
cgi_and_fastcgi_answer_alike(void)
{
	struct server	s;
	struct buf	f, c;
	size_t		i, len;
	int		fd;

	server_start(&s, "BOBBIN_WORKERS = 1\n");
	buf_init(&f, MB(1));
	buf_init(&c, MB(1));
	for (i = 0; i < nitems(both); i++) {
		len = strlen(both[i].body);
		fd = begin(s.sock, false, both[i].method, both[i].uri,
		    both[i].body, len);
		expect(fc_reply(fd, &f) == FC_DONE, "%s: no reply",
		    both[i].why);
		close(fd);
		expect(fc_status(&f) == both[i].status &&
		    memmem(f.p, f.len, both[i].has, strlen(both[i].has)) !=
		    NULL, "%s: %.*s", both[i].why, (int)f.len, f.p);
		buf_reset(&c, 0);
		by_cgi(both[i].method, both[i].uri, both[i].body, len, &c);
		expect(c.len == f.len && memcmp(c.p, f.p, f.len) == 0,
		    "%s: CGI differs: %.*s", both[i].why, (int)c.len, c.p);
	}
	buf_free(&f);
	buf_free(&c);
	server_stop(&s);
}

/* The fields of FCGX_Request that fcgi.c sets do what it needs. */
static void
handover_survives_this_libfcgi(void)
{
	struct gateway	*gw;
	struct buf	 b;
	int		 sv[2], round;
	bool		 keep = false;

	fcgi_init();
	if (!expect(socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == 0, "pair"))
		return;
	gw = fcgi_open(sv[0], true);
	buf_init(&b, MB(1));
	for (round = 0; round < 3; round++) {
		buf_reset(&b, 0);
		fc_request(&b, round < 2, "POST", "/x", "body", 4);
		fc_send(sv[1], b.p, b.len);
		expect(fcgi_accept(gw), "round %d: no request", round);
		/* The body stays unread: it must not become a request. */
		expect(fcgi_write(gw, "Status: 200 OK\r\n\r\n", 18), "write");
		expect(fcgi_finish(gw, false, &keep), "finish");
		expect(keep == (round < 2), "round %d: keep %d", round, keep);
		expect(fc_reply(sv[1], &b) == FC_DONE, "reply %d", round);
	}
	expect(fcgi_fd(gw) == -1, "a last request leaves its connection open");
	fcgi_close(gw);
	close(sv[1]);

	if (!expect(socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == 0, "pair"))
		return;
	gw = fcgi_open(sv[0], true);
	close(sv[1]);
	expect(!fcgi_accept(gw), "a request out of nothing");
	expect(fcgi_fd(gw) == -1, "a failed handover left its descriptor");
	expect(!fcgi_accept(gw), "an accept() without a listener");
	fcgi_close(gw);
	buf_free(&b);
}

/* F1: the peer ends between two PARAMS records, or is silent from there on. */
static void
cut_params_are_no_request(void)
{
	struct server	s;
	struct buf	b, p;
	int		fd, silent;

	server_start(&s, "BOBBIN_WORKERS = 1\nBOBBIN_IO_TIMEOUT_MS = 200\n");
	for (silent = 0; silent < 2; silent++) {
		buf_init(&b, MB(1));
		buf_init(&p, MB(1));
		fc_param(&p, "REQUEST_METHOD", "GET");
		fc_param(&p, "REQUEST_URI", "/echo");
		fc_begin(&b, true);
		fc_record(&b, FC_PARAMS, 1, p.p, p.len);
		fd = fc_connect(s.sock);
		expect(fc_send(fd, b.p, b.len), "send");
		if (!silent)
			shutdown(fd, SHUT_WR);
		is_cut(fd, "cut");
		buf_free(&b);
		buf_free(&p);
	}
	alive(&s);
	server_stop(&s);
}

/* F2, by end of file and by silence. */
static void
short_body_changes_nothing(void)
{
	struct server	s;
	struct buf	b;
	char		lines[256];
	int		fd, silent;
	size_t		cut;

	server_make(&s, "");
	snprintf(lines, sizeof(lines), "AGENT_LOCATION = %s\n"
	    "BOBBIN_WORKERS = 1\nBOBBIN_IO_TIMEOUT_MS = 200\n", s.file);
	server_configure(&s, lines);
	server_exec(&s, NULL, NULL);
	expect(server_answers(&s), "no answer");
	buf_init(&b, MB(1));
	fc_request(&b, true, "POST", "/append", "0123456789abcdef", 16);
	/* Before the empty record, within the body, within its header. */
	for (cut = 8; cut <= 32; cut += 8)
		for (silent = 0; silent < 2; silent++) {
			fd = fc_connect(s.sock);
			fc_send(fd, b.p, b.len - cut);
			if (!silent)
				shutdown(fd, SHUT_WR);
			if (cut > 8)
				replies(fd, 400);
			close(fd);
		}
	expect(strlen(contents(s.file)) % 16 == 0, "a part was written");
	alive(&s);
	fd = begin(s.sock, false, "POST", "/append", "whole", 5);
	replies(fd, 200);
	close(fd);
	expect(strstr(contents(s.file), "whole") != NULL, "nothing written");
	buf_free(&b);
	server_stop(&s);
}

/* F3: by nothing, by part of a header, by part of the parameters. */
static void
silent_peer_frees_the_worker(void)
{
	struct server	s;
	struct buf	b;
	int		fd[3];
	size_t		i;

	server_start(&s, "BOBBIN_WORKERS = 1\nBOBBIN_IO_TIMEOUT_MS = 200\n");
	buf_init(&b, MB(1));
	fc_request(&b, true, "GET", "/echo", NULL, 0);
	for (i = 0; i < nitems(fd); i++) {
		fd[i] = fc_connect(s.sock);
		expect(fc_send(fd[i], b.p, i * 10), "send");
	}
	alive(&s);
	for (i = 0; i < nitems(fd); i++)
		is_cut(fd[i], "silent");
	buf_free(&b);
	server_stop(&s);
}

/* Connects as uid and expects an answer, or to be closed unread. */
static void
as_uid(struct server *s, uid_t uid, bool answered)
{
	struct buf	b;
	int		status;
	bool		ok;

	fflush(stdout);
	if (fork() == 0) {
		if (setresuid(uid, uid, uid) == -1)
			_exit(2);
		buf_init(&b, MB(1));
		ok = fc_get(s->sock, "/pid", &b) == FC_DONE;
		_exit(ok == answered && (ok || b.len == 0) ? 0 : 1);
	}
	wait(&status);
	expect(status == 0, "uid %d: %s", (int)uid,
	    answered ? "no answer" : "an answer");
}

static void
foreign_uid_is_closed_unread(void)
{
	struct server	s;

	if (geteuid() != 0) {
		skip("needs a second uid");
		return;
	}
	server_start(&s, "BOBBIN_WORKERS = 1\nBOBBIN_PEERS = 4711\n");
	/* The mode would keep it away: this is about what lies behind. */
	expect(chmod(s.sock, 0666) == 0, "chmod");
	as_uid(&s, 4712, false);
	expect(logged(&s, "uid 4712 refused"), "not logged");
	as_uid(&s, 4711, true);
	as_uid(&s, 0, true);
	server_stop(&s);
}

/* F5: 1.9 GB are announced; the memory limit ends that worker alone. */
static void
huge_length_costs_one_worker(void)
{
	static const unsigned char huge[] = "\x01\xf1\x40\x00\x00X";
	struct server	s;
	struct buf	b;
	char		before[32];
	int		fd;

	server_start(&s, "BOBBIN_WORKERS = 1\nBOBBIN_MEMORY_MB = 512\n"
	    "BOBBIN_IO_TIMEOUT_MS = 500\n");
	snprintf(before, sizeof(before), "%s", ask(s.sock, "/pid"));
	buf_init(&b, MB(1));
	fc_begin(&b, true);
	fc_record(&b, FC_PARAMS, 1, huge, sizeof(huge) - 1);
	fd = fc_connect(s.sock);
	expect(fc_send(fd, b.p, b.len), "send");
	is_cut(fd, "cut");
	alive(&s);
#ifndef __SANITIZE_ADDRESS__
	expect(strcmp(before, ask(s.sock, "/pid")) != 0, "no limit");
	expect(logged(&s, "died of signal 6"), "not logged");
#endif
	buf_free(&b);
	server_stop(&s);
}

static void
idle_kept_connections_block_nobody(void)
{
	struct server	s;
	int		fd[20];
	size_t		i;

	server_start(&s, "BOBBIN_WORKERS = 1\n");
	for (i = 0; i < nitems(fd); i++) {
		fd[i] = begin(s.sock, true, "GET", "/echo", NULL, 0);
		replies(fd[i], 200);
	}
	alive(&s);
	/* And all of them can still be used. */
	for (i = 0; i < nitems(fd); i++) {
		again(fd[i], true, "/echo");
		replies(fd[i], 200);
		close(fd[i]);
	}
	alive(&s);
	server_stop(&s);
}

static void
more_clients_than_workers(void)
{
	struct server	s;
	int		fd[60], round;
	size_t		i;

	server_start(&s, "BOBBIN_WORKERS = 2\n");
	for (i = 0; i < nitems(fd); i++)
		fd[i] = begin(s.sock, true, "GET", "/bytes/3000", NULL, 0);
	for (round = 0; round < 20; round++)
		for (i = 0; i < nitems(fd); i++) {
			if (!replies(fd[i], 200))
				goto out;
			again(fd[i], true, "/bytes/3000");
		}
	for (i = 0; i < nitems(fd); i++)
		replies(fd[i], 200);
out:
	for (i = 0; i < nitems(fd); i++)
		close(fd[i]);
	server_stop(&s);
}

/* Beyond BOBBIN_MAX_CONNECTIONS one waits, and comes when another goes. */
static void
a_full_worker_makes_nobody_lose(void)
{
	struct server	s;
	struct pollfd	p;
	int		fd[2], late;
	size_t		i;

	server_make(&s, "BOBBIN_WORKERS = 1\nBOBBIN_MAX_CONNECTIONS = 2\n");
	server_exec(&s, NULL, NULL);
	expect(server_answers(&s), "no answer");
	for (i = 0; i < nitems(fd); i++) {
		fd[i] = begin(s.sock, true, "GET", "/echo", NULL, 0);
		replies(fd[i], 200);
	}
	late = begin(s.sock, true, "GET", "/echo", NULL, 0);
	again(fd[0], true, "/sleep/100");
	replies(fd[0], 200);
	p.fd = late;
	p.events = POLLIN;
	expect(poll(&p, 1, 0) == 0, "more connections than allowed");
	close(fd[1]);
	replies(late, 200);
	close(late);
	close(fd[0]);
	server_stop(&s);
}

/* Kept connections that are never idle do not keep newcomers out. */
static void
the_listener_gets_its_turn(void)
{
	struct server	s;
	struct buf	b, r;
	pid_t		pid[3];
	size_t		i, n;
	int		fd;

	server_start(&s, "BOBBIN_WORKERS = 1\n");
	fflush(stdout);
	for (i = 0; i < nitems(pid); i++)
		if ((pid[i] = fork()) == 0) {
			buf_init(&b, MB(1));
			buf_init(&r, MB(1));
			fd = fc_connect(s.sock);
			fc_request(&b, true, "GET", "/echo", NULL, 0);
			while (fc_send(fd, b.p, b.len) &&
			    fc_reply(fd, &r) == FC_DONE)
				;
			_exit(0);
		}
	for (n = 0; n < 200; n++)
		if (!expect(ask(s.sock, "/pid")[0] != '\0', "newcomer %zu", n))
			break;
	for (i = 0; i < nitems(pid); i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	server_stop(&s);
}

/* F7: it neither closes nor reads; on both pools. */
static void
unclosing_peer_holds_nobody(void)
{
	enum { PEERS = 12 };	/* of 2 s each they outlast our patience */
	struct server	s;
	const char	*sock[2];
	int		fd[2][PEERS];
	size_t		i, k;

	server_start(&s, "BOBBIN_WORKERS = 1\nBOBBIN_SLOW_WORKERS = 1\n");
	sock[0] = s.sock;
	sock[1] = s.slow;
	for (i = 0; i < 2; i++) {
		for (k = 0; k < PEERS; k++)
			fd[i][k] = begin(sock[i], false, "GET", "/echo", NULL,
			    0);
		for (k = PEERS; k-- > 0;)
			replies(fd[i][k], 200);
		expect(ask(sock[i], "/pid")[0] != '\0', "it waits");
	}
	for (i = 0; i < 2; i++)
		for (k = 0; k < PEERS; k++)
			close(fd[i][k]);
	server_stop(&s);
}

/* Whatever the peer asks for. */
static void
the_slow_pool_keeps_no_connection(void)
{
	struct server	s;
	int		fd;

	server_start(&s, "BOBBIN_SLOW_WORKERS = 1\n");
	fd = begin(s.slow, true, "GET", "/echo", NULL, 0);
	replies(fd, 200);
	is_cut(fd, "cut");
	server_stop(&s);
}

static void
slow_requests_delay_no_quick_one(void)
{
	struct server	s;
	struct pollfd	p;
	int		fd;

	server_start(&s, "BOBBIN_WORKERS = 1\nBOBBIN_SLOW_WORKERS = 1\n");
	fd = begin(s.slow, false, "GET", "/sleep/1500", NULL, 0);
	alive(&s);
	p.fd = fd;
	p.events = POLLIN;
	expect(poll(&p, 1, 0) == 0, "the slow one was first");
	replies(fd, 200);
	close(fd);
	server_stop(&s);
}

/* F13, through a peer that reads in its own time. */
static void
thirty_two_mb_arrive_whole(void)
{
	struct server	s;
	struct buf	b;
	size_t		i, at;
	int		fd;

	server_start(&s, "BOBBIN_WORKERS = 1\n");
	buf_init(&b, MB(40));
	fd = begin(s.sock, false, "GET", "/bytes/33554432", NULL, 0);
	nap(50);
	expect(fc_reply(fd, &b) == FC_DONE, "cut");
	close(fd);
	at = fc_body(&b);
	expect(b.len - at == MB(32), "%zu bytes", b.len - at);
	for (i = 0; at + i < b.len; i++)
		if (b.p[at + i] != (char)(i * 7 + i / 251))
			break;
	expect(at + i == b.len, "byte %zu is wrong", i);
	buf_free(&b);
	server_stop(&s);
}

/* A body of any length is read before the connection goes on. */
static void
an_unread_body_is_no_next_request(void)
{
	static char	body[3 << 20];
	struct server	s;
	int		fd;

	server_start(&s, "BOBBIN_WORKERS = 1\n");
	fd = begin(s.sock, true, "POST", "/refuse", body, sizeof(body));
	replies(fd, 413);
	again(fd, true, "/echo");
	replies(fd, 200);
	close(fd);
	server_stop(&s);
}

/* Cut off, so that nginx sees an error and not a short success. */
static void
a_broken_reply_has_no_end(void)
{
	static const char *const uris[] = { "/broken/0", "/broken/100000" };
	struct server	s;
	struct buf	b;
	enum fc_end	end;
	size_t		i;

	server_start(&s, "BOBBIN_WORKERS = 1\n");
	buf_init(&b, MB(1));
	for (i = 0; i < nitems(uris); i++) {
		end = fc_get(s.sock, uris[i], &b);
		expect(end == FC_CLOSED || end == FC_RESET, "%s: end %d",
		    uris[i], (int)end);
	}
	buf_free(&b);
	alive(&s);
	server_stop(&s);
}

/* It asks for much, then goes without reading it. */
static void
a_lost_reader_costs_nothing(void)
{
	struct server	s;
	char		before[32];
	int		fd, i;

	server_start(&s, "BOBBIN_WORKERS = 1\nBOBBIN_IO_TIMEOUT_MS = 200\n");
	snprintf(before, sizeof(before), "%s", ask(s.sock, "/pid"));
	for (i = 0; i < 10; i++) {
		fd = begin(s.sock, true, "GET", "/bytes/8000000", NULL, 0);
		nap(2);
		close(fd);
	}
	/* And one that stays, and does not read. */
	fd = begin(s.sock, true, "GET", "/bytes/8000000", NULL, 0);
	expect(strcmp(before, ask(s.sock, "/pid")) == 0, "another worker");
	close(fd);
	server_stop(&s);
}

/* Byte by byte, and as the second request of a connection in one piece. */
static void
split_records_are_whole_requests(void)
{
	struct server	s;
	struct buf	b;
	size_t		i;
	int		fd;

	server_start(&s, "BOBBIN_WORKERS = 1\n");
	buf_init(&b, MB(1));
	fc_request(&b, true, "POST", "/echo", "body", 4);
	fd = fc_connect(s.sock);
	for (i = 0; i < b.len; i++)
		fc_send(fd, b.p + i, 1);
	replies(fd, 200);
	fc_send(fd, b.p, b.len);
	replies(fd, 200);
	close(fd);
	buf_free(&b);
	server_stop(&s);
}

static const struct {
	const char	*why, *bytes;
	size_t		 n;
} garbage[] = {
#define G(why, s)	{ why, s, sizeof(s) - 1 }
	G("HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
	G("version 2", "\2\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"),
	G("a short begin", "\1\1\0\1\0\1\0\0\0"),
	G("role 0", "\1\1\0\1\0\10\0\0\0\0\0\0\0\0\0\0\1\4\0\1\0\0\0\0"),
	G("a filter",
	    "\1\1\0\1\0\10\0\0\0\3\1\0\0\0\0\0\1\4\0\1\0\0\0\0"),
	G("no parameters", "\1\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0\1\4\0\1\0\0\0\0"),
	G("a length that ends",
	    "\1\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0\1\4\0\1\0\2\0\0\377\377"
	    "\1\4\0\1\0\0\0\0"),
	G("STDIN first", "\1\5\0\1\0\0\0\0"),
	G("abort first", "\1\2\0\1\0\0\0\0"),
#undef G
};

static void
garbage_is_closed(void)
{
	struct server	s;
	char		before[32];
	size_t		i;
	int		fd;

	server_start(&s, "BOBBIN_WORKERS = 1\nBOBBIN_IO_TIMEOUT_MS = 200\n");
	snprintf(before, sizeof(before), "%s", ask(s.sock, "/pid"));
	for (i = 0; i < nitems(garbage); i++) {
		fd = fc_connect(s.sock);
		fc_send(fd, garbage[i].bytes, garbage[i].n);
		is_cut(fd, garbage[i].why);
	}
	expect(strcmp(before, ask(s.sock, "/pid")) == 0, "another worker");
	server_stop(&s);
}

/* bobbin itself, before no database. */
static void
serve(void *arg)
{
	const struct server	*s = arg;

	execl(getenv("BOBBIN"), "bobbin", "serve", "-c", s->conf,
	    (char *)NULL);
	_exit(127);
}

static const char *const once[][2] = {
	{ "REQUEST_METHOD", "POST" }, { "REQUEST_URI", "/chat/x/runs" },
	{ "CONTENT_LENGTH", "2" }, { "CONTENT_TYPE", "application/json" },
	{ "HTTP_AUTHORIZATION", "Bearer x" }, { "BOBBIN_REQUEST_ID", "1" },
	{ "HTTP_X_BOBBIN_ON_BEHALF_OF", "a@example.com" },
	{ "HTTP_ACCEPT", "*/*" },
};

static const struct {
	const char	*name, *value;
	int		 status;
} repeated[] = {
	{ "HTTP_X", "y", 401 },		/* not at all */
	{ "HTTP_ACCEPT", "text/html", 401 },
	{ "CONTENT_LENGTH", "2", 400 },
	{ "CONTENT_LENGTH", "0", 400 },
	{ "CONTENT_LENGTH", "3", 400 },
	{ "REQUEST_METHOD", "GET", 400 },
	{ "REQUEST_URI", "/health", 400 },
	{ "BOBBIN_REQUEST_ID", "2", 400 },
	{ "HTTP_AUTHORIZATION", "Bearer y", 400 },
	{ "HTTP_X_BOBBIN_ON_BEHALF_OF", "b@example.com", 400 },
};

/* Two that are equal, too: who stands before us may have meant one of them. */
static void
repeated_identity_is_400(void)
{
	struct server	s;
	struct buf	b, params;
	size_t		i, k;
	int		fd;

	server_make(&s, "JWT_HS256_SECRET = "
	    "once-once-once-once-once-once-once\n"
	    "DATABASE_URL = postgresql://nobody@127.0.0.1:1/none\n");
	server_exec(&s, serve, &s);
	expect(server_answers(&s), "no answer: %s", contents(s.log));
	for (i = 0; i < nitems(repeated); i++) {
		buf_init(&b, MB(1));
		buf_init(&params, MB(1));
		for (k = 0; k < nitems(once); k++)
			fc_param(&params, once[k][0], once[k][1]);
		fc_param(&params, repeated[i].name, repeated[i].value);
		fc_begin(&b, false);
		fc_record(&b, FC_PARAMS, 1, params.p, params.len);
		fc_record(&b, FC_PARAMS, 1, NULL, 0);
		fc_record(&b, FC_STDIN, 1, "{}", 2);
		fc_record(&b, FC_STDIN, 1, NULL, 0);
		fd = fc_connect(s.sock);
		expect(fc_send(fd, b.p, b.len), "send: %s", strerror(errno));
		if (!replies(fd, repeated[i].status))
			expect(false, "%s: %s", repeated[i].name,
			    repeated[i].value);
		close(fd);
		buf_free(&params);
		buf_free(&b);
	}
	server_stop(&s);
}

#define C(fn)	{ #fn, fn }
static const struct tcase cases[] = {
	C(cgi_and_fastcgi_answer_alike),
	C(handover_survives_this_libfcgi),
	C(cut_params_are_no_request),
	C(short_body_changes_nothing),
	C(silent_peer_frees_the_worker),
	C(foreign_uid_is_closed_unread),
	C(huge_length_costs_one_worker),
	C(idle_kept_connections_block_nobody),
	C(more_clients_than_workers),
	C(a_full_worker_makes_nobody_lose),
	C(the_listener_gets_its_turn),
	C(unclosing_peer_holds_nobody),
	C(the_slow_pool_keeps_no_connection),
	C(slow_requests_delay_no_quick_one),
	C(thirty_two_mb_arrive_whole),
	C(an_unread_body_is_no_next_request),
	C(a_broken_reply_has_no_end),
	C(a_lost_reader_costs_nothing),
	C(split_records_are_whole_requests),
	C(garbage_is_closed),
	C(repeated_identity_is_400),
};

int
main(int argc, char **argv)
{
	return run_cases(argc, argv, cases, nitems(cases));
}
