/* test_store.c: files by content, and a kill at every step. */
#include "config.h"

#include "core/store.h"

#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "unit/unit.h"

#define ABC	"ba7816bf8f01cfea414140de5dae2223" \
		"b00361a396177a9cb410ff61f20015ad"
#define NOTHING	"e3b0c44298fc1c149afbf4c8996fb924" \
		"27ae41e4649b934ca495991b7852b855"
#define BIG	200000	/* more than three pieces */

static char	dir[] = "/tmp/bobbin-store.XXXXXX";
static char	store[sizeof(dir) + 6];

static void
setup(void)
{
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	if (mkdtemp(dir) == NULL)
		abort();
	snprintf(store, sizeof(store), "%s/store", dir);
	log_open("/dev/null", LOG_L_ERROR, "test");
}

static void
cleanup(void)
{
	char	cmd[sizeof(dir) + 16];

	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	check("removed", 0, system(cmd));
}

static enum rc
put(const char *s, size_t n, char sha[STORE_SHA + 1])
{
	struct store_put	p;
	enum rc			rc;

	if ((rc = store_begin(&p, store)) == RC_OK &&
	    (rc = store_write(&p, s, n)) == RC_OK)
		rc = store_commit(&p);
	memcpy(sha, p.sha256, STORE_SHA + 1);
	store_end(&p);
	return rc;
}

/* How many names DIR/tmp has. */
static int
leftovers(void)
{
	char	cmd[sizeof(store) + 32];
	int	n = -1;
	FILE	*f;

	snprintf(cmd, sizeof(cmd), "ls %s/tmp 2>/dev/null | wc -l", store);
	if ((f = popen(cmd, "r")) != NULL) {
		if (fscanf(f, "%d", &n) != 1)
			n = -1;
		pclose(f);
	}
	return n;
}

static mode_t
mode_of(const char *name)
{
	char		path[PATH_MAX];
	struct stat	st;

	snprintf(path, sizeof(path), "%s%s", store, name);
	return stat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

static void
known_bytes(void)
{
	char	sha[STORE_SHA + 1], path[STORE_PATH + 1];
	mode_t	old;

	setup();
	old = umask(0777);
	check("stored", RC_OK, put("abc", 3, sha));
	check("umask stays", 0777, umask(old));
	check_str("its name", ABC, sha);
	store_path(sha, path);
	check_str("its place", "ba/78/" ABC, path);
	check("it is there", true, store_has(store, ABC, 3));
	check("another size is another file", false, store_has(store, ABC, 4));
	check("file's mode", 0640, mode_of("/ba/78/" ABC));
	check("directories' modes", 0750, mode_of("/ba/78"));
	check("", 0750, mode_of("/ba"));
	check("", 0750, mode_of(""));
	check("nothing", RC_OK, put("", 0, sha));
	check_str("nothing's name", NOTHING, sha);
	check("no leftovers", 0, leftovers());
	check("names", true, store_is_sha(ABC));
	sha[0] = 'E';
	check("upper case is none", false, store_is_sha(sha));
	check("short is none", false, store_is_sha(&ABC[1]));
	check("a path is none", false, store_is_sha("../../../etc/passwd"));
	cleanup();
}

static void
given_up(void)
{
	struct store_put	p = { .size = 0 };

	setup();
	store_end(&p);
	check("begun", RC_OK, store_begin(&p, store));
	check("written", RC_OK, store_write(&p, "abc", 3));
	store_end(&p);
	store_end(&p);
	check("nothing is left", 0, leftovers());
	check("nor there", false, store_has(store, ABC, 3));
	cleanup();
}

static void
damaged(void)
{
	char	sha[STORE_SHA + 1], path[PATH_MAX];
	int64_t	size;

	setup();
	check("stored", RC_OK, put("abc", 3, sha));
	snprintf(path, sizeof(path), "%s/ba/78/%s", store, ABC);
	check("cut", 0, truncate(path, 1));
	check("cut is not there", false, store_has(store, ABC, 3));
	check("read", RC_OK, store_hash(store, ABC, sha, &size));
	check("its size", 1, size);
	check("its hash is another", true, strcmp(sha, ABC) != 0);
	check("stored again", RC_OK, put("abc", 3, sha));
	check("healed", true, store_has(store, ABC, 3));
	check("read", RC_OK, store_hash(store, ABC, sha, &size));
	check_str("hash", ABC, sha);
	check("removed", true, store_remove(store, ABC));
	check("and again", true, store_remove(store, ABC));
	check("gone", RC_NOTFOUND, store_hash(store, ABC, sha, &size));
	cleanup();
}

static bool
count(void *arg, const char *sha, time_t changed)
{
	(void)changed;
	check_str("what there is", ABC, sha);
	(*(int *)arg)++;
	return true;
}

static void
walk_and_sweep(void)
{
	struct store_put	p;
	char			sha[STORE_SHA + 1];
	int			n = 0;

	setup();
	check("no store yet", true, store_each(store, 0xba, count, &n));
	check("nothing to sweep", 0, store_sweep(store, time(NULL) + 10));
	check("stored", RC_OK, put("abc", 3, sha));
	check("walked", true, store_each(store, 0xba, count, &n));
	check("one", 1, n);
	check("just now", true, store_changed(store, ABC) > time(NULL) - 60);
	check("never", 0, store_changed(store, NOTHING));
	check("elsewhere none", true, store_each(store, 0xbb, count, &n));
	check("still one", 1, n);
	check("begun", RC_OK, store_begin(&p, store));
	check("a living writer's stays", 0, store_sweep(store,
	    time(NULL) + 10));
	store_end(&p);
	cleanup();
}

/* Removal and a writer with bytes but no row exclude each other. */
static void
locks(void)
{
	struct store_put	p;
	int			fd;

	setup();
	check("begun", RC_OK, store_begin(&p, store));
	check("written", RC_OK, store_write(&p, "abc", 3));
	fd = store_lock(store);
	check("free while it writes", true, fd != -1);
	store_unlock(fd);
	check("committed", RC_OK, store_commit(&p));
	check("not before the row", -1, store_lock(store));
	store_end(&p);
	fd = store_lock(store);
	check("free again", true, fd != -1);
	store_unlock(fd);
	cleanup();
}

static void
not_writable(void)
{
	struct store_put	p;
	int			fd;

	setup();
	if ((fd = open(store, O_WRONLY | O_CREAT, 0600)) != -1)
		close(fd);
	check("a file is no store", RC_DOWN, store_begin(&p, store));
	store_end(&p);
	check("nor lockable", -1, store_lock(store));
	cleanup();
}

static void
write_big(void)
{
	char	sha[STORE_SHA + 1], *s = calloc(1, BIG);

	_exit(s == NULL || put(s, BIG, sha) != RC_OK);
}

/* Kills the child at its n-th step in or out of the kernel; false: it ended. */
static bool
killed_at(int n)
{
	pid_t	pid;
	int	st;

	if ((pid = fork()) == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(77);
		raise(SIGSTOP);
		write_big();
	}
	for (; waitpid(pid, &st, 0) == pid && WIFSTOPPED(st); n--) {
		if (n == 0) {
			kill(pid, SIGKILL);
			waitpid(pid, &st, 0);
			return true;
		}
		ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	}
	check("the writer's end", 0, WIFEXITED(st) ? WEXITSTATUS(st) : -1);
	return false;
}

static void
kill_at_every_step(void)
{
	char	want[STORE_SHA + 1], sha[STORE_SHA + 1];
	char	*zeros = calloc(1, BIG);
	int	n, whole = 0, none = 0, wrong = 0, left = 0;
	int64_t	size;
	enum rc	rc;

	setup();
	check("what it should be", RC_OK, put(zeros, BIG, want));
	cleanup();
	for (n = 1; ; n++) {
		setup();
		if (!killed_at(n))
			break;
		rc = store_hash(store, want, sha, &size);
		none += rc != RC_OK;
		whole += rc == RC_OK && strcmp(sha, want) == 0;
		wrong += rc == RC_OK && strcmp(sha, want) != 0;
		left += leftovers() > 0;
		store_sweep(store, time(NULL) + 10);
		wrong += leftovers() > 0;
		wrong += store_lock(store) == -1;
		cleanup();
	}
	cleanup();
	free(zeros);
	check("no half file, no leftover that stays, no lock", 0, wrong);
	check("before its name", true, none > 10);
	check("after it", true, whole > 4);
	check("with leftovers", true, left > 4);
}

static CU_TestInfo	tests[] = {
	{ "known bytes", known_bytes },
	{ "given up", given_up },
	{ "damaged", damaged },
	{ "walk and sweep", walk_and_sweep },
	{ "locks", locks },
	{ "not writable", not_writable },
	{ "kill at every step", kill_at_every_step },
	CU_TEST_INFO_NULL
};

const struct suite	store_suite = { "store", tests };
