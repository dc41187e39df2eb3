/* harness.c: TAP, and an echo server to start, ask and stop. */
#include "config.h"

#include "fcgi/harness.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/rc.h"

#define TRIES	2000		/* of 5 ms each: for what must come */

static int		 failed;
static const char	*skipped;

static void
die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

bool
expect(bool ok, const char *fmt, ...)
{
	va_list	ap;

	if (ok)
		return true;
	failed++;
	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	return false;
}

void
skip(const char *why)
{
	skipped = why;
}

static bool
chosen(int argc, char **argv, const char *name)
{
	int	i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return argc < 2;
}

int
run_cases(int argc, char **argv, const struct tcase *cases, size_t n)
{
	size_t	i, count = 0, bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < n; i++) {
		if (!chosen(argc, argv, cases[i].name))
			continue;
		failed = 0;
		skipped = NULL;
		cases[i].fn();
		bad += failed != 0;
		printf("%sok %zu - %s%s%s\n", failed != 0 ? "not " : "",
		    ++count, cases[i].name, skipped != NULL ? " # SKIP " : "",
		    skipped != NULL ? skipped : "");
	}
	printf("1..%zu\n", count);
	return bad != 0 || count == 0;
}

void
nap(int ms)
{
	struct timespec	ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

const char *
echo_path(void)
{
	static char	path[4096];
	const char	*dir = getenv("BUILDDIR");

	snprintf(path, sizeof(path), "%s/t/fcgi/echo",
	    dir != NULL ? dir : ".");
	return path;
}

void
server_configure(struct server *s, const char *lines)
{
	FILE	*f;

	if ((f = fopen(s->conf, "w")) == NULL)
		die(s->conf);
	fprintf(f, "BOBBIN_SOCKET = %s\nBOBBIN_SLOW_SOCKET = %s\n"
	    "LOG_FILE = %s\nLOG_LEVEL = debug\n", s->sock, s->slow, s->log);
	/* Root has to become somebody. */
	if (geteuid() == 0 && strstr(lines, "BOBBIN_USER is not set") == NULL &&
	    strstr(lines, "BOBBIN_USER = ") == NULL)
		fprintf(f, "BOBBIN_USER = nobody\n");
	fprintf(f, "%s", lines);
	if (fclose(f) != 0)
		die(s->conf);
}

void
server_make(struct server *s, const char *lines)
{
	struct passwd	*pw;

	memset(s, 0, sizeof(*s));
	strcpy(s->dir, "/tmp/bobbin-fcgi.XXXXXX");
	if (mkdtemp(s->dir) == NULL || chmod(s->dir, 0755) == -1)
		die(s->dir);
	if (geteuid() == 0 && ((pw = getpwnam("nobody")) == NULL ||
	    chown(s->dir, pw->pw_uid, pw->pw_gid) == -1))
		die("nobody");
	snprintf(s->sock, sizeof(s->sock), "%s/quick", s->dir);
	snprintf(s->slow, sizeof(s->slow), "%s/slow", s->dir);
	snprintf(s->conf, sizeof(s->conf), "%s/conf", s->dir);
	snprintf(s->log, sizeof(s->log), "%s/log", s->dir);
	snprintf(s->file, sizeof(s->file), "%s/file", s->dir);
	server_configure(s, lines);
}

void
server_exec(struct server *s, void (*setup)(void *), void *arg)
{
	char	 err[96];
	int	 fd;

	fflush(stdout);
	if ((s->pid = fork()) == -1)
		die("fork");
	if (s->pid != 0)
		return;
	/* What it says before it has a log. */
	snprintf(err, sizeof(err), "%s/err", s->dir);
	if ((fd = open(err, O_WRONLY | O_CREAT | O_TRUNC, 0644)) == -1 ||
	    dup2(fd, STDERR_FILENO) == -1 ||
	    (fd = open("/dev/null", O_RDWR)) == -1 ||
	    dup2(fd, STDIN_FILENO) == -1 || dup2(fd, STDOUT_FILENO) == -1)
		_exit(126);
	if (setup != NULL)
		setup(arg);
	execl(echo_path(), "echo", "serve", s->conf, (char *)NULL);
	_exit(127);
}

bool
server_answers(struct server *s)
{
	int	i;

	for (i = 0; i < TRIES; i++) {
		if (ask(s->sock, "/pid")[0] != '\0')
			return true;
		if (s->pid != 0 && waitpid(s->pid, NULL, WNOHANG) != 0) {
			s->pid = 0;
			break;
		}
		nap(5);
	}
	return false;
}

void
server_start(struct server *s, const char *lines)
{
	server_make(s, lines);
	server_exec(s, NULL, NULL);
	expect(server_answers(s), "the server does not answer: %s",
	    contents(s->log));
}

int
server_end(struct server *s, int sig)
{
	int	i, status;

	if (s->pid == 0)
		return -1;
	if (sig != 0)
		kill(s->pid, sig);
	for (i = 0; i < 10 * TRIES; i++) {
		if (waitpid(s->pid, &status, WNOHANG) == s->pid) {
			s->pid = 0;
			return WIFEXITED(status) ? WEXITSTATUS(status) :
			    128 + WTERMSIG(status);
		}
		nap(5);
	}
	kill(s->pid, SIGKILL);
	waitpid(s->pid, &status, 0);
	s->pid = 0;
	return -1;
}

void
server_remove(struct server *s)
{
	char	command[128], err[96];

	snprintf(err, sizeof(err), "%s/err", s->dir);
	expect(strstr(contents(err), "Sanitizer") == NULL, "%s",
	    contents(err));
	if (failed == 0) {
		snprintf(command, sizeof(command), "rm -rf '%s'", s->dir);
		expect(system(command) == 0, "%s", command);
	} else
		printf("# see %s\n", s->dir);
}

void
server_stop(struct server *s)
{
	int	status;

	if (s->pid != 0) {
		status = server_end(s, SIGTERM);
		expect(status == 0, "TERM: status %d", status);
		expect(access(s->sock, F_OK) == -1, "%s stayed", s->sock);
	}
	server_remove(s);
}

const char *
ask(const char *sock, const char *uri)
{
	static char	text[4096];
	struct buf	b;
	size_t		at, n;

	buf_init(&b, 64 << 20);
	text[0] = '\0';
	if (fc_get(sock, uri, &b) == FC_DONE) {
		at = fc_body(&b);
		n = b.len - at < sizeof(text) ? b.len - at : sizeof(text) - 1;
		memcpy(text, b.p + at, n);
		text[n] = '\0';
	}
	buf_free(&b);
	return text;
}

const char *
contents(const char *path)
{
	static char	text[1 << 18];
	size_t		n;
	FILE		*f;

	text[0] = '\0';
	if ((f = fopen(path, "r")) == NULL)
		return text;
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

bool
logged(const struct server *s, const char *text)
{
	int	i;

	for (i = 0; i < TRIES; i++, nap(5))
		if (strstr(contents(s->log), text) != NULL)
			return true;
	return false;
}
