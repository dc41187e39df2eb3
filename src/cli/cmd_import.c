/* cmd_import.c: `bobbin import`: rows of another system's database. */
#include "config.h"

#include "cli/cli.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "cli/import_chatkit.h"
#include "core/import.h"
#include "core/importfile.h"

#define MESSAGES_ORDER	"ORDER BY m.thread_id, m.created_at, " \
	"array_position(ARRAY['system', 'user', 'tool', 'assistant'], " \
	"m.role::text), m.ctid"

/* Seed 002's tables.  Rows of one answer have one time: tools come first. */
static const struct import_plan studio = {
	.users = {
		{ "threads", "SELECT DISTINCT user_id::text FROM threads" },
		{ "user_api_keys", "SELECT user_id::text FROM user_api_keys" },
	},
	.steps = {
		{ "threads", "threads",
		  "SELECT row_to_json(r) FROM (SELECT id, title, meta, "
		  "created_at::timestamptz, updated_at::timestamptz, "
		  "archived_at::timestamptz FROM threads "
		  "WHERE user_id::text = $1::text "
		  "ORDER BY threads.created_at, id) r",
		  Q_IMPORT_THREADS, NULL, NULL },
		{ "messages", "messages",
		  "SELECT row_to_json(r) FROM (SELECT m.id, m.thread_id, "
		  "m.message_id, m.role, m.content, m.tool_name, "
		  "m.tool_input, m.tool_output, m.meta, "
		  "m.created_at::timestamptz FROM messages m "
		  "JOIN threads t ON t.id = m.thread_id "
		  "WHERE t.user_id::text = $1::text " MESSAGES_ORDER ") r",
		  Q_IMPORT_MESSAGES, NULL, NULL },
		{ "configs", "configs",
		  "SELECT row_to_json(r) FROM (SELECT c.thread_id, c.model, "
		  "c.temperature, c.system_prompt, c.context_window, "
		  "c.settings FROM configs c "
		  "JOIN threads t ON t.id = c.thread_id "
		  "WHERE t.user_id::text = $1::text) r",
		  Q_IMPORT_CONFIGS, NULL, NULL },
		{ "keys", "user_api_keys",
		  "SELECT row_to_json(r) FROM (SELECT openai_key, "
		  "anthropic_key, created_at::timestamptz, "
		  "updated_at::timestamptz FROM user_api_keys "
		  "WHERE user_id::text = $1::text) r",
		  Q_IMPORT_KEYS, NULL, NULL },
		{ "artifacts", "artifacts",
		  "SELECT row_to_json(r) FROM (SELECT a.id, a.thread_id, "
		  "a.sha256, a.filename, a.mime, a.size, a.session_id, "
		  "a.run_id, a.tool_call_id, a.meta, "
		  "a.created_at::timestamptz FROM artifacts a "
		  "JOIN threads t ON t.id = a.thread_id "
		  "WHERE t.user_id::text = $1::text "
		  "ORDER BY a.created_at, a.id) r",
		  Q_IMPORT_ARTIFACTS, import_file_keep, import_file_done },
	},
};

static const struct {
	const char			*name;
	const struct import_plan	*plan;
} systems[] = {
	{ "studio", &studio },
	{ "chatkit", &import_chatkit },
};

/* A command line. */
struct order {
	const char		*path, *map, *dsn, *files;
	const struct import_plan *plan;
};

static const struct import_plan *
find(const char *name)
{
	size_t	i;

	for (i = 0; i < nitems(systems); i++)
		if (strcmp(systems[i].name, name) == 0)
			return systems[i].plan;
	return NULL;
}

/* True: nothing was left behind. */
static bool
report(const struct import *im, const struct import_plan *plan)
{
	const struct import_count	*c;
	bool				 all = im->unmapped == 0;
	size_t				 i;

	printf("%-10s %10s %10s %10s %10s\n", "", "added", "there",
	    "refused", "left out");
	for (i = 0; i < IMPORT_STEPS && plan->steps[i].name != NULL; i++) {
		c = &im->count[i];
		printf("%-10s %10" PRId64 " %10" PRId64 " %10" PRId64 " %10"
		    PRId64 "\n", plan->steps[i].name, c->added, c->there,
		    c->refused, c->left);
		all = all && c->refused == 0 && c->left == 0;
	}
	printf("users %zu, without an email %zu\n", im->users, im->unmapped);
	return all;
}

static int
complain(const char *what)
{
	fprintf(stderr, "bobbin import: %s\n", what);
	return 1;
}

/* Without --files, bytes may be in the bucket: jobs will look. */
static void
choose_files(struct import_plan *plan, const struct import *im,
    const struct order *o)
{
	struct import_step	*s;

	for (s = plan->steps; s < plan->steps + IMPORT_STEPS; s++)
		if (s->keep == import_file_keep && o->files == NULL &&
		    im->conf->s3_bucket != NULL) {
			s->keep = NULL;
			s->done = NULL;
			s->write = Q_IMPORT_ARTIFACTS_S3;
		}
}

static int
copy(struct import *im, const struct order *o)
{
	struct import_file	files = { .from = o->files,
				    .to = im->conf->blob_dir };
	struct import_plan	plan = *o->plan;
	char			err[256];
	int			status = 1;
	enum rc			rc;

	im->arg = &files;
	choose_files(&plan, im, o);

	if ((im->map = import_map_read(o->map, err)) == NULL)
		return complain(err);
	im->from = source_open(o->dsn, err);
	im->to = db_new(conf_app_url(im->conf), im->conf);
	if (im->from == NULL || im->to == NULL)
		complain(im->from == NULL ? err : "no memory");
	else if ((rc = import_run(im, &plan)) != RC_OK)
		complain("not finished; run it again to go on");
	else if (report(im, &plan))
		status = 0;
	db_free(im->to);
	source_close(im->from);
	import_map_free((struct import_map *)im->map);
	return status;
}

/* A password would be in the list of processes for everybody. */
static int
run(struct order *o)
{
	struct conf	*conf;
	struct import	 im = { .log = stderr };
	int		 status;

	if (o->dsn != NULL && source_is_secret(o->dsn)) {
		fprintf(stderr, "bobbin import: the DSN is not understood, or "
		    "holds a password: give that in IMPORT_DATABASE_URL, "
		    "PGPASSWORD, a service or a password file\n");
		return EX_USAGE;
	}
	conf = cli_conf(o->path);
	log_open(NULL, LOG_L_ERROR, "import");
	if (o->dsn == NULL)
		o->dsn = conf->import_url;
	im.conf = conf;
	if (o->dsn == NULL || conf_app_url(conf) == NULL) {
		complain(o->dsn == NULL ? "IMPORT_DATABASE_URL is not set" :
		    "DATABASE_URL is not set");
		status = EX_CONFIG;
	} else
		status = copy(&im, o);
	conf_free(conf);
	return fflush(stdout) == EOF && status == 0 ? EX_IOERR : status;
}

int
cmd_import(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "files",	required_argument,	NULL, 'f' },
		{ "map",	required_argument,	NULL, 'm' },
		{ "help",	no_argument,		NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct order	o = { .path = NULL };
	int		c;

	while ((c = getopt_long(argc, argv, "c:", longopts, NULL)) != -1)
		switch (c) {
		case 'c':
			o.path = optarg;
			break;
		case 'f':
			o.files = optarg;
			break;
		case 'm':
			o.map = optarg;
			break;
		case 'h':
			return cli_usage(argv[0], EX_OK);
		default:
			return cli_usage(argv[0], EX_USAGE);
		}
	if (optind < argc)
		o.plan = find(argv[optind++]);
	if (optind < argc)
		o.dsn = argv[optind++];
	if (o.plan == NULL || (o.map == NULL && !o.plan->emails) ||
	    optind < argc)
		return cli_usage(argv[0], EX_USAGE);
	return run(&o);
}
