/* cmd_checkpoint.c: `bobbin checkpoint`: a look at what LangGraph stored. */
#include "config.h"

#include "cli/cli.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "codec/json.h"
#include "codec/lctext.h"
#include "core/checkpoint.h"

#define ARENA_MAX	((size_t)32 * 1024 * 1024)
#define OUTPUT_MAX	((size_t)256 * 1024 * 1024)
#define PAGE		"1000"

/* A command line, and what it works with. */
struct look {
	const char	*path, *thread, *ns, *channel;
	bool		 raw;
	const struct conf *conf;
	struct db	*db;
	struct arena	*arena;
	struct buf	 out;
};

typedef enum rc	look_fn(struct look *);

static void
bind(struct look *l)
{
	arena_reset(l->arena);
	db_bind(l->db, l->arena, NULL);
}

static const char *
schema(const struct look *l)
{
	return l->conf->ckpt_schema != NULL ? l->conf->ckpt_schema : "";
}

static enum rc
put(struct look *l)
{
	bool	 ok;

	buf_chr(&l->out, '\n');
	ok = !l->out.over &&
	    fwrite(l->out.p, 1, l->out.len, stdout) == l->out.len;
	buf_reset(&l->out, 65536);
	return ok ? RC_OK : RC_FAIL;
}

/* Each thread with a conversation: its id and its head's. */
static enum rc
list_one(struct look *l, const char *thread, const char *head)
{
	jw_open(&l->out, '{');
	jw_kstr(&l->out, "thread_id", thread);
	jw_kstr(&l->out, "checkpoint_id", head);
	jw_close(&l->out, '}');
	return put(l);
}

/* What it costs, all namespaces together. */
static enum rc
size_one(struct look *l, const char *thread, const char *head)
{
	static const char *const names[] = {
		"checkpoints", "writes", "blobs", "bytes"
	};
	enum { FIRST = 3 };
	struct db_res	*r;
	size_t		 i;
	enum rc		 rc;

	(void)head;
	bind(l);
	db_queue(l->db, Q_READ_ONLY);
	if ((rc = db_one(l->db, &r, Q_PRUNE_PLAN, schema(l), thread, "1", "0",
	    "true")) != RC_OK)
		return rc;
	if (strcmp(res_str(r, 0, 0), "absent") == 0)
		return RC_NOTFOUND;
	jw_open(&l->out, '{');
	jw_kstr(&l->out, "thread_id", thread);
	for (i = 0; i < nitems(names); i++)
		jw_kint(&l->out, names[i],
		    res_int(r, 0, (int)(FIRST + 2 * i)));
	jw_close(&l->out, '}');
	return put(l);
}

/* fn for every thread, a page at a time. */
static enum rc
each(struct look *l, enum rc (*fn)(struct look *, const char *, const char *))
{
	struct db_res	*r;
	struct arena	*page = arena_new(ARENA_MAX);
	char		*after = NULL;
	size_t		 i, n;
	enum rc		 rc = page != NULL ? RC_OK : RC_FAIL;

	while (rc == RC_OK) {
		arena_reset(page);
		db_bind(l->db, page, NULL);
		if ((rc = db_run(l->db, &r, Q_PRUNE_LIST, schema(l), after,
		    PAGE, "true")) != RC_OK || (n = res_rows(r)) == 0)
			break;
		for (i = 0; rc == RC_OK && i < n; i++)
			if (!res_null(r, i, 1))
				rc = fn(l, res_str(r, i, 0), res_str(r, i, 1));
		free(after);
		if ((after = strdup(res_str(r, n - 1, 0))) == NULL)
			rc = RC_FAIL;
	}
	free(after);
	db_bind(l->db, l->arena, NULL);
	arena_free(page);
	return rc;
}

static enum rc
list(struct look *l)
{
	return each(l, list_one);
}

static enum rc
size(struct look *l)
{
	return l->thread != NULL ? size_one(l, l->thread, NULL) :
	    each(l, size_one);
}

/* One channel of the state; a string of --raw is its bytes. */
static enum rc
show_channel(struct look *l, struct lc_text state)
{
	struct lc_text	 v, s;
	struct buf	 text;
	char		*key;

	v = lc_member(state, l->channel);
	if (strcmp(l->channel, "messages") != 0) {
		buf_init(&text, OUTPUT_MAX);
		lc_chars(&text, l->channel, strlen(l->channel));
		key = arena_memdup(l->arena, text.p != NULL ? text.p : "",
		    text.len);
		buf_free(&text);
		v = lc_member(lc_member(state, "values"), key);
	}
	if (v.p == NULL)
		return RC_NOTFOUND;
	buf_init(&text, OUTPUT_MAX);
	s = lc_unquote(v);
	if (l->raw && s.p != NULL)
		lc_unescape(&text, s);
	else
		buf_add(&text, v.p, v.n);
	buf_free(&l->out);
	l->out = text;
	return put(l);
}

static enum rc
show(struct look *l)
{
	struct ckpt	*c = ckpt_new(l->db, l->conf);
	struct lc_text	 state;
	enum rc		 rc = c != NULL ? RC_OK : RC_FAIL;

	if (rc == RC_OK)
		rc = ckpt_ready(c);
	if (rc == RC_OK)
		rc = ckpt_state(c, NULL, l->thread, l->ns, &l->out);
	ckpt_free(c);
	if (rc != RC_OK)
		return rc;
	if (l->channel == NULL)
		return put(l);
	state.p = l->out.p;
	state.n = l->out.len;
	return show_channel(l, state);
}

static const struct verb {
	const char	*name;
	look_fn		*run;
	bool		 needs, takes;	/* a thread */
} verbs[] = {
	{ "list",	list,	false,	false },
	{ "show",	show,	true,	true },
	{ "size",	size,	false,	true },
};

static int
explain(const struct look *l, enum rc rc)
{
	if (rc == RC_OK)
		return fflush(stdout) == EOF ? EX_IOERR : EX_OK;
	if (rc == RC_NOTFOUND)
		fprintf(stderr, "bobbin checkpoint: %s\n",
		    l->channel != NULL ? "no such thread or channel" :
		    "no such thread");
	else
		fprintf(stderr, "bobbin checkpoint: database: %s\n",
		    *db_sqlstate(l->db) != '\0' ? db_sqlstate(l->db) :
		    "unavailable, or LangGraph's tables cannot be read");
	return 1;
}

static int
run(struct look *l, const struct verb *v)
{
	struct conf	*conf = cli_conf(l->path);
	int		 status = EX_OSERR;

	log_open(NULL, LOG_L_ERROR, "checkpoint");
	if (conf->database_url == NULL) {
		fprintf(stderr, "bobbin checkpoint: DATABASE_URL is not "
		    "set\n");
		conf_free(conf);
		return EX_CONFIG;
	}
	l->conf = conf;
	l->arena = arena_new(ARENA_MAX);
	l->db = db_new(conf->database_url, conf);
	buf_init(&l->out, OUTPUT_MAX);
	if (l->arena != NULL && l->db != NULL) {
		db_trust(l->db);
		db_bind(l->db, l->arena, NULL);
		status = explain(l, v->run(l));
	}
	buf_free(&l->out);
	db_free(l->db);
	arena_free(l->arena);
	conf_free(conf);
	return status;
}

static const struct verb *
find(const char *name)
{
	size_t	 i;

	for (i = 0; i < nitems(verbs); i++)
		if (strcmp(name, verbs[i].name) == 0)
			return &verbs[i];
	return NULL;
}

int
cmd_checkpoint(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "ns",		required_argument,	NULL, 'n' },
		{ "channel",	required_argument,	NULL, 'k' },
		{ "raw",	no_argument,		NULL, 'r' },
		{ "help",	no_argument,		NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct look		 l = { .ns = NULL };
	const struct verb	*v = NULL;
	int			 c;

	while ((c = getopt_long(argc, argv, "c:", longopts, NULL)) != -1)
		switch (c) {
		case 'c':
			l.path = optarg;
			break;
		case 'n':
			l.ns = optarg;
			break;
		case 'k':
			l.channel = optarg;
			break;
		case 'r':
			l.raw = true;
			break;
		case 'h':
			return cli_usage(argv[0], EX_OK);
		default:
			return cli_usage(argv[0], EX_USAGE);
		}
	if (optind < argc)
		v = find(argv[optind++]);
	if (optind < argc)
		l.thread = argv[optind++];
	if (v == NULL || optind < argc || (v->needs && l.thread == NULL) ||
	    (!v->takes && l.thread != NULL) || (l.raw && l.channel == NULL) ||
	    (v->run != show && (l.ns != NULL || l.channel != NULL)))
		return cli_usage(argv[0], EX_USAGE);
	if (l.ns == NULL)
		l.ns = "";
	return run(&l, v);
}
