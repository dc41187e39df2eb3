/*
 * echo.c: the process manager and the transport around a dispatcher that does
 * what REQUEST_URI says, so that both are tested without an API.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "http/fcgi.h"
#include "proc/master.h"

#define BODY_MAX	(4 << 20)

struct echo {
	struct app	*app;
	struct gateway	*gw;
	const char	*method, *arg;
	size_t		 len;		/* announced */
	char		*body;
	size_t		 got;
	bool		 broken;
};

static const char *
var(struct gateway *gw, const char *name)
{
	char	**e = fcgi_env(gw);
	size_t	  n = strlen(name);

	for (; *e != NULL; e++)
		if (strncmp(*e, name, n) == 0 && (*e)[n] == '=')
			return *e + n + 1;
	return "";
}

static void
answer(struct echo *e, int status, const void *p, size_t n)
{
	char	head[256];
	int	len;

	len = snprintf(head, sizeof(head), "Status: %d Answer\r\n"
	    "Content-Type: text/plain\r\nContent-Length: %zu\r\n\r\n",
	    status, n);
	if (!fcgi_write(e->gw, head, (size_t)len) || !fcgi_write(e->gw, p, n))
		log_info("peer is gone");
}

static void
say(struct echo *e, int status, const char *s)
{
	answer(e, status, s, strlen(s));
}

static void
number(struct echo *e, long n)
{
	char	s[32];

	snprintf(s, sizeof(s), "%ld", n);
	say(e, 200, s);
}

static bool
whole(struct echo *e)
{
	e->got = fcgi_read(e->gw, e->body, e->len);
	if (e->got == e->len)
		return true;
	say(e, 400, "short body");
	return false;
}

/* What came in, body last. */
static void
do_echo(struct echo *e)
{
	static const char *const names[] = { "REQUEST_METHOD", "REQUEST_URI",
	    "QUERY_STRING", "CONTENT_LENGTH", "HTTP_X_TEST", "FCGI_ROLE" };
	struct buf	 b;
	size_t		 i;

	if (!whole(e))
		return;
	buf_init(&b, 2 * BODY_MAX);
	for (i = 0; i < nitems(names); i++)
		buf_printf(&b, "%s=%s\n", names[i], var(e->gw, names[i]));
	buf_add(&b, e->body, e->got);
	answer(e, 200, b.p, b.len);
	buf_free(&b);
}

/* The body to the end of the file AGENT_LOCATION, if it is whole. */
static void
do_append(struct echo *e)
{
	FILE	*f;

	if (!whole(e))
		return;
	if ((f = fopen(e->app->conf->agent, "a")) == NULL) {
		say(e, 500, "fopen");
		return;
	}
	fwrite(e->body, 1, e->got, f);
	fclose(f);
	say(e, 200, "appended");
}

static void
do_bytes(struct echo *e)
{
	size_t	n = (size_t)strtoul(e->arg, NULL, 10), i;
	char	*p;

	if ((p = malloc(n + 1)) == NULL)
		abort();
	for (i = 0; i < n; i++)
		p[i] = (char)(i * 7 + i / 251);
	answer(e, 200, p, n);
	free(p);
}

/* A reply that is cut off after so many bytes. */
static void
do_broken(struct echo *e)
{
	size_t	n = (size_t)strtoul(e->arg, NULL, 10);
	char	*p;

	if ((p = calloc(1, n + 1)) == NULL)
		abort();
	fcgi_write(e->gw, "Status: 200 OK\r\n\r\n", 18);
	fcgi_write(e->gw, p, n);
	free(p);
	e->broken = true;
}

static void
do_sleep(struct echo *e)
{
	long		ms = strtol(e->arg, NULL, 10);
	struct timespec	ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
	say(e, 200, "slept");
}

static void
do_crash(struct echo *e)
{
	(void)e;
	_exit(EX_SOFTWARE);
}

static void
do_pid(struct echo *e)
{
	number(e, getpid());
}

/* Real, effective and saved; root's would be 0. */
static void
do_uid(struct echo *e)
{
	uid_t	r, f, s;
	gid_t	groups[64];
	int	n = getgroups(64, groups);
	char	text[128];

	getresuid(&r, &f, &s);
	snprintf(text, sizeof(text), "%d %d %d root=%d groups=%d", (int)r,
	    (int)f, (int)s, setuid(0) == 0, n);
	say(e, 200, text);
}

static void
do_agent(struct echo *e)
{
	say(e, 200, e->app->conf->agent != NULL ? e->app->conf->agent : "");
}

static void
do_log(struct echo *e)
{
	log_info("marked %s", e->arg);
	say(e, 200, "logged");
}

/* Without a look at the body. */
static void
do_refuse(struct echo *e)
{
	say(e, 413, "too large");
}

static const struct {
	const char	*path;
	void		(*fn)(struct echo *);
} actions[] = {
	{ "/echo",	do_echo },
	{ "/append",	do_append },
	{ "/bytes/",	do_bytes },
	{ "/broken/",	do_broken },
	{ "/sleep/",	do_sleep },
	{ "/crash",	do_crash },
	{ "/pid",	do_pid },
	{ "/uid",	do_uid },
	{ "/agent",	do_agent },
	{ "/log/",	do_log },
	{ "/refuse",	do_refuse },
};

static void
act(struct app *app, struct gateway *gw, bool *again)
{
	struct echo	e = { .app = app, .gw = gw };
	const char	*uri = var(gw, "REQUEST_URI");
	size_t		i, n;

	e.method = var(gw, "REQUEST_METHOD");
	e.len = (size_t)strtoul(var(gw, "CONTENT_LENGTH"), NULL, 10);
	if (e.len > BODY_MAX || (e.body = malloc(e.len + 1)) == NULL)
		e.len = 0;
	for (i = 0; i < nitems(actions); i++) {
		n = strlen(actions[i].path);
		if (strncmp(uri, actions[i].path, n) == 0) {
			e.arg = uri + n;
			actions[i].fn(&e);
			break;
		}
	}
	if (i == nitems(actions))
		say(&e, 404, "no such action");
	free(e.body);
	fcgi_finish(gw, e.broken, again);
}

/* AGENT_LOCATION makes a start fail, in one of two ways. */
static struct app *
make(const struct conf *conf, struct verdicts *verdicts)
{
	struct app	*app;

	(void)verdicts;
	if (conf->agent != NULL && strcmp(conf->agent, "@crash") == 0)
		_exit(EX_SOFTWARE);
	if (conf->agent != NULL && strcmp(conf->agent, "@refuse") == 0)
		return NULL;
	if ((app = calloc(1, sizeof(*app))) != NULL)
		app->conf = conf;
	return app;
}

static void
delete(struct app *app)
{
	free(app);
}

static struct gateway	*begun;

static bool
begin(struct app *app, struct gateway *gw, size_t lane)
{
	(void)app;
	(void)lane;
	begun = gw;
	return false;
}

static void
end(struct app *app, size_t lane, bool *again)
{
	(void)lane;
	act(app, begun, again);
}

static const struct app_ops	ops = { make, delete, begin, end };

static int
cgi(struct conf *conf)
{
	struct app	*app = make(conf, NULL);
	struct gateway	*gw = fcgi_cgi();
	bool		 again;

	if (app == NULL || gw == NULL || !fcgi_is_cgi() || !fcgi_accept(gw))
		return EX_USAGE;
	act(app, gw, &again);
	fcgi_close(gw);
	delete(app);
	conf_free(conf);
	return 0;
}

/* echo serve FILE, or echo cgi. */
int
main(int argc, char **argv)
{
	struct master_args	args = { .ops = &ops };
	char			err[256];

	args.conf_path = argc > 2 ? argv[2] : NULL;
	if ((args.conf = conf_load(args.conf_path, err)) == NULL) {
		fprintf(stderr, "echo: %s\n", err);
		return EX_CONFIG;
	}
	if (argc > 1 && strcmp(argv[1], "cgi") == 0)
		return cgi(args.conf);
	return master_run(&args);
}
