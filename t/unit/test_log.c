/* test_log.c: what a line looks like, and what it never holds. */
#include "config.h"

#include "base/log.h"

#include <errno.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/unit.h"

static char	dir[] = "/tmp/bobbin-log-XXXXXX";
static char	path[64], moved[64];
static char	text[65536];

static void
begin(enum log_level level)
{
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	if (mkdtemp(dir) == NULL)
		abort();
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(moved, sizeof(moved), "%s/log.1", dir);
	log_open(path, level, "test");
	log_context(NULL, NULL);
}

static void
end(void)
{
	log_context(NULL, NULL);
	log_open(NULL, LOG_L_INFO, "test");
	unlink(path);
	unlink(moved);
	rmdir(dir);
}

static const char *
lines(const char *name)
{
	FILE	*f;
	size_t	 n = 0;

	if ((f = fopen(name, "r")) != NULL) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	return text;
}

static bool
matches(const char *s, const char *pattern)
{
	regex_t	re;
	bool	ok;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	ok = regexec(&re, s, 0, NULL, 0) == 0;
	regfree(&re);
	return ok;
}

#define STAMP	"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{6}Z "

static void
a_line_has_its_parts(void)
{
	begin(LOG_L_INFO);
	log_info("hello %d", 7);
	check("plain", true, matches(lines(path),
	    STAMP "info [0-9]+ test hello 7\n$"));
	unlink(path);
	log_reopen();
	log_process("worker");
	log_context("r-1", "alice@example.com");
	log_error("bad");
	check("with context", true, matches(lines(path), STAMP
	    "error [0-9]+ worker rid=r-1 owner=[0-9a-f]{12} bad\n$"));
	check("no email", 1, strstr(text, "alice") == NULL);
	end();
}

static void
levels_are_kept(void)
{
	static const char *const want[] = { "E", "EW", "EWI", "EWID" };
	char			 got[8], *p;
	int			 level;

	for (level = 0; level < LOG_L__MAX; level++) {
		begin((enum log_level)level);
		log_error("=E");
		log_warn("=W");
		log_info("=I");
		log_debug("=D");
		lines(path);
		got[0] = '\0';
		for (p = text; (p = strchr(p, '=')) != NULL; p++)
			strncat(got, p + 1, 1);
		check_str("level", want[level], got);
		end();
	}
}

static void
control_bytes_do_not_get_through(void)
{
	begin(LOG_L_INFO);
	log_context("a\nb", NULL);
	log_info("x\r\ny\x1b[0m\x7f\ttab \xc3\xa9");
	lines(path);
	check("rid", 1, strstr(text, "rid=a?b ") != NULL);
	check("text", 1, strstr(text, "x??y?[0m??tab \xc3\xa9\n") != NULL);
	check("one line", 1, strchr(text, '\n') == text + strlen(text) - 1);
	end();
}

static void
long_lines_are_cut(void)
{
	static char	big[10000];

	memset(big, 'x', sizeof(big) - 1);
	begin(LOG_L_INFO);
	log_info("%s", big);
	lines(path);
	check("4 KiB", 4096, strlen(text));
	check("with its end", '\n', text[4095]);
	unlink(path);
	log_reopen();
	log_context(big, big);
	log_info("after");
	check("context is bounded", true, matches(lines(path),
	    "rid=x{128} owner=[0-9a-f]{12} after\n$"));
	end();
}

static void
owner(const char *email, char out[13])
{
	const char	*p;

	unlink(path);
	log_reopen();
	log_context("r", email);
	log_info("x");
	out[0] = '\0';
	if ((p = strstr(lines(path), "owner=")) != NULL)
		snprintf(out, 13, "%s", p + 6);
}

/* A process writes its line with the key that it inherits. */
static void
owner_of_child(const char *email, char out[13])
{
	const char	*p;
	pid_t		 pid;
	int		 status;

	unlink(path);
	log_reopen();
	if ((pid = fork()) == 0) {
		log_context("r", email);
		log_info("x");
		_exit(0);
	}
	check("child", 1, pid > 0 && waitpid(pid, &status, 0) == pid &&
	    status == 0);
	out[0] = '\0';
	if ((p = strstr(lines(path), "owner=")) != NULL)
		snprintf(out, 13, "%s", p + 6);
}

static void
owners_can_be_matched_but_not_read(void)
{
	char	a[13], b[13], c[13];

	begin(LOG_L_INFO);
	owner("alice@example.com", a);
	owner("bob@example.com", b);
	owner("alice@example.com", c);
	check("twelve digits", 12, strlen(a));
	check_str("the same owner", a, c);
	check("another owner", 1, strcmp(a, b) != 0);
	/* SHA-256 of the address alone, as anybody can compute it. */
	check("no plain digest", 1, strcmp(a, "ff8d9819fc0e") != 0);
	owner_of_child("alice@example.com", c);
	check_str("the same in a child", a, c);
	end();
}

static void
reopens_by_name(void)
{
	struct stat	st = { .st_mode = 0777 };

	begin(LOG_L_INFO);
	log_info("one");
	check("moved away", 0, rename(path, moved));
	log_info("two");
	log_reopen();
	log_info("three");
	check("old file", true, matches(lines(moved), "one\n.*two\n$"));
	check("new file", true, matches(lines(path), " three\n$"));
	check("file is there", 0, stat(path, &st));
	check("not for everybody", 0, st.st_mode & 07);
	end();
}

static void
keeps_the_old_file_when_it_must(void)
{
	int	fd;

	begin(LOG_L_INFO);
	fd = log_fd();
	rename(path, moved);
	if (mkdir(path, 0700) != 0)
		CU_FAIL("mkdir");
	log_reopen();
	check("same descriptor", fd, log_fd());
	log_info("still here");
	check("still written", true, matches(lines(moved),
	    "Is a directory\n.*still here\n$"));
	rmdir(path);
	end();
}

static void
leaves_errno_alone(void)
{
	begin(LOG_L_INFO);
	errno = ENOENT;
	log_info("x");
	check("errno", ENOENT, errno);
	end();
}

static CU_TestInfo tests[] = {
	{ "a line has its parts", a_line_has_its_parts },
	{ "levels are kept", levels_are_kept },
	{ "control bytes do not get through",
	  control_bytes_do_not_get_through },
	{ "long lines are cut", long_lines_are_cut },
	{ "owners can be matched but not read",
	  owners_can_be_matched_but_not_read },
	{ "reopens by name", reopens_by_name },
	{ "keeps the old file when it must",
	  keeps_the_old_file_when_it_must },
	{ "leaves errno alone", leaves_errno_alone },
	CU_TEST_INFO_NULL
};
const struct suite log_suite = { "log", tests };
