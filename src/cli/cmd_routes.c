/* cmd_routes.c: prints the whole API, for people or for programs. */
#include "config.h"

#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>

#include "codec/json.h"
#include "http/route.h"

static const char *const access_names[] = {
	[A_NONE] = "none", [A_USER] = "user", [A_AGENT] = "agent",
	[A_ADMIN] = "admin", [A_LINK] = "link", [A_STORE] = "store",
};
_Static_assert(nitems(access_names) == A__MAX, "one name per access");

static void
fields(struct buf *b, const char *key, const struct field *f)
{
	jw_key(b, key);
	jw_open(b, '[');
	for (; f != NULL && f->name != NULL; f++)
		jw_cstr(b, f->name);
	jw_close(b, ']');
}

/* Of a file what the options say; -1 if they cannot be read. */
static int64_t
body_of(const struct route *e, const struct conf *conf)
{
	if (e->limit == NULL)
		return (int64_t)e->max_body;
	return conf != NULL ? (int64_t)route_body(e, conf) : -1;
}

static void
print_json(const struct conf *conf)
{
	const struct route	*e;
	struct buf		 b;

	buf_init(&b, MB(1));
	jw_open(&b, '[');
	for (e = routes; e < routes + nroutes; e++) {
		jw_open(&b, '{');
		jw_kstr(&b, "face", faces[e->face].name);
		jw_kstr(&b, "method", method_name(e->method));
		jw_kstr(&b, "path", e->path);
		jw_kbool(&b, "below_api", faces[e->face].strip_api);
		jw_kstr(&b, "access", access_names[e->access]);
		jw_kint(&b, "max_body", body_of(e, conf));
		jw_kbool(&b, "document",
		    e->flags & (RF_DOC | RF_DOC_ANY));
		jw_kbool(&b, "file", e->flags & RF_FILE);
		jw_kbool(&b, "slow", e->flags & RF_SLOW);
		jw_kbool(&b, "etag", e->flags & RF_ETAG);
		fields(&b, "query", e->query);
		fields(&b, "body", e->body);
		jw_kstr(&b, "help", e->help);
		jw_close(&b, '}');
	}
	jw_close(&b, ']');
	printf("%.*s\n", (int)b.len, b.p);
	buf_free(&b);
}

static void
print_text(const struct conf *conf)
{
	const struct route	*e;
	char			 size[24];
	int64_t			 max;

	for (e = routes; e < routes + nroutes; e++) {
		max = body_of(e, conf);
		snprintf(size, sizeof(size), "%lldK", (long long)max / 1024);
		printf("%-11s %-6s  %-34s %-5s %6s  %s\n",
		    faces[e->face].name, method_name(e->method), e->path,
		    access_names[e->access], max > 0 ? size : "-",
		    e->help);
	}
}

int
cmd_routes(int argc, char **argv)
{
	static const struct option	longopts[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	char				err[256];
	struct conf			*conf;
	int				ch, json = 0;

	while ((ch = getopt_long(argc, argv, "", longopts, NULL)) != -1)
		switch (ch) {
		case 'j':
			json = 1;
			break;
		case 'h':
			return cli_usage(argv[0], EX_OK);
		default:
			return cli_usage(argv[0], EX_USAGE);
		}
	if (optind != argc)
		return cli_usage(argv[0], EX_USAGE);
	conf = conf_load(NULL, err);
	if (json)
		print_json(conf);
	else
		print_text(conf);
	conf_free(conf);
	return EX_OK;
}
