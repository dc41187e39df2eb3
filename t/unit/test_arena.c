/* test_arena.c: per-request memory, its cleanups and its ceiling. */
#include "config.h"

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "unit/unit.h"

static char	order[8];

static void
note(void *arg)
{
	strncat(order, arg, sizeof(order) - strlen(order) - 1);
}

static bool
all_zero(const char *p, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

static void
gives_zeroed_aligned_memory(void)
{
	static const size_t	 sizes[] = { 0, 1, 15, 16, 17, 4000, 8191,
				    8192, 8193, 32767, 32768, 100000 };
	struct arena		*a = arena_new(1 << 20);
	char			*p;
	size_t			 i, round;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < nitems(sizes); i++) {
			p = arena_alloc(a, sizes[i]);
			check("aligned", 0,
			    (uintptr_t)p % _Alignof(max_align_t));
			check("zeroed, also after a reset", 1,
			    all_zero(p, sizes[i]));
			memset(p, 0xa5, sizes[i]);
		}
		arena_reset(a);
		check("nothing in use after a reset", 0, arena_used(a));
	}
	arena_free(a);
	arena_free(NULL);
}

static void
allocations_do_not_overlap(void)
{
	struct arena	*a = arena_new(1 << 20);
	unsigned char	*p[300];
	size_t		 i, j, bad = 0;

	for (i = 0; i < nitems(p); i++) {
		p[i] = arena_alloc(a, i + 1);
		memset(p[i], (int)(i & 0xff), i + 1);
	}
	for (i = 0; i < nitems(p); i++)
		for (j = 0; j <= i; j++)
			bad += p[i][j] != (i & 0xff);
	check("300 blocks keep what was written", 0, bad);
	check("used counts them", 1, arena_used(a) >= 300 * 301 / 2);
	arena_free(a);
}

static void
copies_text(void)
{
	struct arena	*a = arena_new(1 << 20);
	char		 big[10001], *p;

	check_str("strdup", "abc", arena_strdup(a, "abc"));
	check_str("strdup of nothing", "", arena_strdup(a, ""));
	check_str("memdup terminates", "ab", arena_memdup(a, "abc", 2));
	p = arena_memdup(a, "a\0b", 3);
	check("memdup takes NUL bytes", 0, memcmp(p, "a\0b", 4));
	check_str("printf", "7 x", arena_printf(a, "%d %s", 7, "x"));
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	check("printf of much", 10002, strlen(arena_printf(a, "%s%s", big,
	    "yy")));
	arena_free(a);
}

static void
cleanups_run_last_first_and_once(void)
{
	struct arena	*a = arena_new(1 << 20);
	char		 one[] = "1", two[] = "2", three[] = "3";

	order[0] = '\0';
	arena_cleanup(a, note, one);
	arena_cleanup(a, note, two);
	arena_reset(a);
	check_str("at reset", "21", order);
	arena_reset(a);
	check_str("not again", "21", order);
	arena_cleanup(a, note, three);
	arena_free(a);
	check_str("at free", "213", order);
}

/* The exit status of a process that takes n bytes of an arena of cap. */
static int
take(size_t cap, size_t n, size_t times, const char *log)
{
	struct arena	*a;
	pid_t		 pid;
	int		 status = -1;

	if ((pid = fork()) == 0) {
		log_open(log, LOG_L_INFO, "test");
		a = arena_new(cap);
		while (times-- > 0)
			if (arena_alloc(a, n) == NULL)
				_exit(1);
		_exit(0);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
past_the_cap_the_process_ends(void)
{
	static const struct {
		const char	*why;
		size_t		 cap, n, times;
		int		 want;
	} cases[] = {
		{ "exactly the cap", 4096, 16, 256, 0 },
		{ "one more", 4096, 16, 257, EX_OSERR },
		{ "at once", 4096, 4097, 1, EX_OSERR },
		{ "a size that wraps", 4096, SIZE_MAX, 1, EX_OSERR },
		{ "big ones count, too", 100000, 50000, 3, EX_OSERR },
		{ "big ones fit", 100000, 50000, 2, 0 },
	};
	char	 path[] = "/tmp/bobbin-arena-XXXXXX", text[4096];
	FILE	*f;
	size_t	 i, n;
	int	 fd;

	if ((fd = mkstemp(path)) == -1) {
		CU_FAIL("mkstemp");
		return;
	}
	close(fd);
	for (i = 0; i < nitems(cases); i++) {
		if ((f = fopen(path, "w")) != NULL)
			fclose(f);
		check(cases[i].why, cases[i].want, take(cases[i].cap,
		    cases[i].n, cases[i].times, path));
		n = 0;
		if ((f = fopen(path, "r")) != NULL) {
			n = fread(text, 1, sizeof(text) - 1, f);
			fclose(f);
		}
		text[n] = '\0';
		check("logged when it ends", cases[i].want != 0,
		    strstr(text, "arena exhausted") != NULL);
	}
	unlink(path);
}

static CU_TestInfo tests[] = {
	{ "gives zeroed aligned memory", gives_zeroed_aligned_memory },
	{ "allocations do not overlap", allocations_do_not_overlap },
	{ "copies text", copies_text },
	{ "cleanups run last first and once",
	  cleanups_run_last_first_and_once },
	{ "past the cap the process ends", past_the_cap_the_process_ends },
	CU_TEST_INFO_NULL
};
const struct suite arena_suite = { "arena", tests };
