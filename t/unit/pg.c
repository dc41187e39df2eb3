/* pg.c: a private PostgreSQL for the suites that need one. */
#include "config.h"

#include "unit/pg.h"

#include <ftw.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/unit.h"

static char	dir[64];
static char	bindir[512];
static pid_t	server, pooler;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static int
drop(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st, (void)type, (void)f;
	return remove(path);
}

static void
stop(pid_t *pid)
{
	if (*pid > 0 && kill(*pid, SIGINT) == 0)
		waitpid(*pid, NULL, 0);
	*pid = 0;
}

static void
stop_all(void)
{
	stop(&pooler);
	stop(&server);
	nftw(dir, drop, 16, FTW_DEPTH | FTW_PHYS);
}

/* The server will not run as root. */
static void
unroot(bool only_dir)
{
	const struct passwd	*pw;

	if (geteuid() != 0)
		return;
	if ((pw = getpwnam("postgres")) == NULL &&
	    (pw = getpwnam("nobody")) == NULL)
		die("getpwnam");
	if (only_dir ? chown(dir, pw->pw_uid, pw->pw_gid) == -1 :
	    setgroups(0, NULL) == -1 || setgid(pw->pw_gid) == -1 ||
	    setuid(pw->pw_uid) == -1)
		die("unroot");
}

static pid_t
start(const char *const *argv)
{
	pid_t	pid;

	if ((pid = fork()) == -1)
		die("fork");
	if (pid > 0)
		return pid;
	unroot(false);
	prctl(PR_SET_PDEATHSIG, SIGINT);
	if (chdir(dir) == -1 || freopen("log", "a", stdout) == NULL ||
	    dup2(1, 2) == -1)
		_exit(126);
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

const char *
pg_dir(void)
{
	if (*dir != '\0')
		return dir;
	snprintf(dir, sizeof(dir), "/tmp/bobbin-unit.XXXXXX");
	if (mkdtemp(dir) == NULL)
		die("mkdtemp");
	unroot(true);
	atexit(stop_all);
	return dir;
}

static bool
find_binaries(void)
{
	FILE	*f;
	char	 path[600];

	if ((f = popen("pg_config --bindir 2>/dev/null", "r")) == NULL ||
	    fgets(bindir, sizeof(bindir), f) == NULL)
		*bindir = '\0';
	if (f != NULL)
		pclose(f);
	bindir[strcspn(bindir, "\n")] = '\0';
	snprintf(path, sizeof(path), "%s/initdb", bindir);
	if (*bindir != '\0' && access(path, X_OK) == 0)
		return true;
	fprintf(stderr, "# no PostgreSQL server here: tests left out\n");
	return false;
}

static void
await(const char *url)
{
	int	i;

	for (i = 0; i < 600; i++) {
		if (PQping(url) == PQPING_OK)
			return;
		usleep(50000);
	}
	fprintf(stderr, "%s does not answer\n", url);
	exit(1);
}

static const char *
url(const char *role, int port)
{
	static char	buf[8][256];
	static int	i;

	i = (i + 1) % 8;
	snprintf(buf[i], sizeof(buf[i]), "host=%s port=%d user=%s "
	    "dbname=postgres", dir, port, role);
	return buf[i];
}

static void
boot(void)
{
	char		 initdb[600], postgres[600];
	const char	*const init[] = { initdb, "-D", "data", "-U", "boss",
			     "-A", "trust", "-E", "UTF8", "--no-locale",
			     "--no-sync", NULL };
	const char	*const run[] = { postgres, "-D", "data", "-k", pg_dir(),
			     "-h", "", "-p", "5432", "-F", NULL };
	int		 status;

	snprintf(initdb, sizeof(initdb), "%s/initdb", bindir);
	snprintf(postgres, sizeof(postgres), "%s/postgres", bindir);
	if (waitpid(start(init), &status, 0) == -1 || status != 0)
		die("initdb");
	server = start(run);
	await(url("boss", 5432));
	pg_do("CREATE ROLE app LOGIN; CREATE ROLE lax LOGIN BYPASSRLS;"
	    "CREATE SCHEMA AUTHORIZATION app");
}

const char *
pg_url(const char *role)
{
	static int	there = -1;

	if (there == -1 && (there = find_binaries()) == 1)
		boot();
	return there ? url(role, 5432) : NULL;
}

const char *
pg_pool_url(const char *role)
{
	const char	*const run[] = { "/usr/sbin/pgbouncer", "-q",
			     "pool.ini", NULL };
	char		 path[128];
	FILE		*f;

	if (pg_url(role) == NULL || access(run[0], X_OK) == -1) {
		fprintf(stderr, "# no PgBouncer here: tests left out\n");
		return NULL;
	}
	if (pooler > 0)
		return url(role, 6432);
	snprintf(path, sizeof(path), "%s/users", dir);
	if ((f = fopen(path, "w")) == NULL)
		die(path);
	fprintf(f, "\"app\" \"\"\n\"boss\" \"\"\n");
	fclose(f);
	snprintf(path, sizeof(path), "%s/pool.ini", dir);
	if ((f = fopen(path, "w")) == NULL)
		die(path);
	fprintf(f, "[databases]\npostgres = host=%s port=5432\n[pgbouncer]\n"
	    "listen_addr =\nlisten_port = 6432\nunix_socket_dir = %s\n"
	    "auth_type = trust\nauth_file = %s/users\npool_mode = transaction\n"
	    "default_pool_size = 1\n", dir, dir, dir);
	fclose(f);
	pooler = start(run);
	await(url(role, 6432));
	return url(role, 6432);
}

void
pg_do(const char *sql)
{
	PGconn		*pg = PQconnectdb(pg_url("boss"));
	PGresult	*r = PQexec(pg, sql);

	if (PQresultStatus(r) != PGRES_COMMAND_OK &&
	    PQresultStatus(r) != PGRES_TUPLES_OK) {
		fprintf(stderr, "%s: %s", sql, PQerrorMessage(pg));
		exit(1);
	}
	PQclear(r);
	PQfinish(pg);
}
