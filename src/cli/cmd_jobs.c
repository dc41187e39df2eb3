/* cmd_jobs.c: `bobbin jobs`: the jobs by themselves, or a look at the queue. */
#include "config.h"

#include "cli/cli.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "db/db.h"
#include "jobs/jobs.h"

#define ARENA_MAX	((size_t)1024 * 1024)

static enum rc
requeue(struct db *db)
{
	struct db_res	*r;
	enum rc		 rc;

	if ((rc = db_run(db, &r, Q_OUTBOX_REQUEUE)) == RC_OK)
		printf("%" PRId64 "\n", res_affected(r));
	return rc;
}

static int64_t
count_of(const struct db_res *r, const char *state)
{
	size_t	 i;

	for (i = 0; i < res_rows(r); i++)
		if (strcmp(res_str(r, i, 0), state) == 0)
			return res_int(r, i, 1);
	return 0;
}

static enum rc
list(struct db *db)
{
	static const char *const states[] = { "pending", "delivered", "dead" };
	struct db_res	*r;
	size_t		 i;
	enum rc		 rc;

	if ((rc = db_run(db, &r, Q_OUTBOX_COUNT)) != RC_OK)
		return rc;
	for (i = 0; i < nitems(states); i++)
		printf("%-10s%" PRId64 "\n", states[i],
		    count_of(r, states[i]));
	return RC_OK;
}

static int
with_db(const struct conf *conf, enum rc (*fn)(struct db *))
{
	struct arena	*a;
	struct db	*db;
	enum rc		 rc = RC_FAIL;

	if (conf_jobs_url(conf) == NULL) {
		fprintf(stderr, "bobbin jobs: BOBBIN_JOBS_DATABASE_URL or "
		    "DATABASE_URL is not set\n");
		return EX_CONFIG;
	}
	a = arena_new(ARENA_MAX);
	db = db_new(conf_jobs_url(conf), conf);
	if (a != NULL && db != NULL) {
		db_bind(db, a, NULL);
		if ((rc = fn(db)) != RC_OK)
			fprintf(stderr, "bobbin jobs: database: %s\n",
			    rc == RC_DOWN ? "unavailable" : db_sqlstate(db));
	}
	db_free(db);
	arena_free(a);
	return rc != RC_OK;
}

static int
once(const struct conf *conf, const char *name, const struct prune_how *how,
    bool json)
{
	size_t	 i;
	int	 status;

	if ((status = jobs_once(conf, name, how, json)) !=
	    EX_USAGE)
		return status;
	fprintf(stderr, "bobbin jobs: no such job: %s (there are", name);
	for (i = 0; i < njobs; i++)
		fprintf(stderr, "%s %s", i > 0 ? "," : "", jobs[i].name);
	fprintf(stderr, ")\n");
	return EX_USAGE;
}

/* What the command line asks for. */
struct asked {
	int		 what;		/* one of --once, --requeue, --list */
	const char	*path, *name;
	struct prune_how how;
	bool		 json;
	/* An option of prune's was given; or one that retention has, too. */
	bool		 pruning, removing;
};

static int
run(const struct conf *conf, const struct asked *a)
{
	switch (a->what) {
	case 'o':
		return once(conf, a->name, &a->how, a->json);
	case 'r':
		return with_db(conf, requeue);
	case 'l':
		return with_db(conf, list);
	default:
		return jobs_run(conf, NULL);
	}
}

/* False: not to be understood. */
static bool
take(struct asked *a, int c)
{
	switch (c) {
	case 'c':
		a->path = optarg;
		return true;
	case 'o':
	case 'r':
	case 'l':
		if (a->what != 0)
			return false;
		a->what = c;
		a->name = optarg;
		return true;
	case 'd':
	case 'j':
		*(c == 'd' ? &a->how.dry : &a->json) = true;
		a->removing = true;
		return true;
	case 't':
		a->how.thread = optarg;
		break;
	case 'u':
		a->how.unclaimed = true;
		break;
	default:
		return false;
	}
	a->pruning = true;
	return true;
}

/* The options are some that this job has. */
static bool
fits(const struct asked *a)
{
	bool	once = a->what == 'o';

	if (once && strcmp(a->name, "prune") == 0)
		return true;
	return !a->pruning && (!a->removing ||
	    (once && strcmp(a->name, "retention") == 0));
}

int
cmd_jobs(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "once",	required_argument,	NULL, 'o' },
		{ "requeue",	no_argument,		NULL, 'r' },
		{ "list",	no_argument,		NULL, 'l' },
		{ "dry-run",	no_argument,		NULL, 'd' },
		{ "thread",	required_argument,	NULL, 't' },
		{ "unclaimed",	no_argument,		NULL, 'u' },
		{ "json",	no_argument,		NULL, 'j' },
		{ "help",	no_argument,		NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct asked	 a = { .what = 0 };
	struct conf	*conf;
	int		 c, status;

	while ((c = getopt_long(argc, argv, "c:", longopts, NULL)) != -1) {
		if (c == 'h')
			return cli_usage("jobs", 0);
		if (!take(&a, c))
			return cli_usage("jobs", EX_USAGE);
	}
	if (optind < argc || !fits(&a))
		return cli_usage("jobs", EX_USAGE);
	conf = cli_conf(a.path);
	status = run(conf, &a);
	conf_free(conf);
	return status;
}
