/* conf.c: the option table, read from defaults, a file and the environment. */
#include "config.h"

#include "base/conf.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/value.h"

#define FILE_VALUE_MAX	16384
#define SECRET_MIN	32	/* bytes */

const struct conf_option conf_options[] = {
#define O(type, name, field, def, reload, min, max, help)	\
	{ #name, def, help, OPT_##type, reload, min, max,	\
	  offsetof(struct conf, field) },
#include "base/options.h"
#undef O
};
const size_t nconf_options = nitems(conf_options);

_Static_assert(nitems(conf_options) <= sizeof(((struct conf *)0)->from),
    "conf.from has a byte for each option");

/* Other names of an option; its own one wins over them. */
static const struct {
	const char	*alias, *name;
} aliases[] = {
	{ "CORS_ORIGINS",	"CORS_ALLOWED_ORIGINS" },
	{ "LANGCHAIN_API_KEY",	"LANGSMITH_API_KEY" },
	{ "LANGCHAIN_ENDPOINT",	"LANGSMITH_ENDPOINT" },
	{ "LANGCHAIN_PROJECT",	"LANGSMITH_PROJECT" },
};

static const char *const from_names[] = {
	[FROM_DEFAULT] = "default",
	[FROM_FILE] = "file",
	[FROM_ENV] = "environment",
};
_Static_assert(nitems(from_names) == FROM__MAX, "one name per origin");

/* What the file said, until the environment has been asked, too. */
struct file {
	FILE		*f;
	char		*value[nitems(conf_options)];
	bool		 by_alias[nitems(conf_options)];
	const char	*path;
	char		*err;
	unsigned	 line;
	bool		 indented;	/* goes on with the line before */
	bool		 failed;
};

static void PRINTF(2, 3)
file_error(struct file *f, const char *fmt, ...)
{
	va_list	ap;
	int	n;

	if (f->failed)
		return;
	f->failed = true;
	n = snprintf(f->err, 256, "%.150s:%u: ", f->path, f->line);
	va_start(ap, fmt);
	vsnprintf(f->err + n, 256 - (size_t)n, fmt, ap);
	va_end(ap);
}

/*
 * A line for inih, whose buffer is small and which would take the rest of a
 * longer line for a line of its own, and what follows " ;" for a comment:
 * half a secret is worse than none, so both are refused.
 */
static char *
read_line(char *s, int size, void *arg)
{
	struct file	*f = arg;
	char		*p;
	int		 c, n = 0;

	if (f->failed || (c = getc(f->f)) == EOF)
		return NULL;
	f->line++;
	for (; c != EOF && c != '\n'; c = getc(f->f)) {
		if (n >= size - 2) {
			file_error(f, "longer than %d bytes; go on in a line "
			    "that begins with a blank", size - 2);
			return NULL;
		}
		if (c == '\0') {
			file_error(f, "holds a NUL byte");
			return NULL;
		}
		s[n++] = (char)c;
	}
	s[n] = '\0';
	f->indented = s[0] == ' ' || s[0] == '\t';
	/* inih tells of a section by its members alone. */
	if (s[0] == '[') {
		file_error(f, "there are no [sections]");
		return NULL;
	}
	p = s + strspn(s, " \t");
	if (*p != '#' && *p != ';' && *p != '\0' &&
	    (strstr(p, " ;") != NULL || strstr(p, "\t;") != NULL)) {
		file_error(f, "a comment needs a line of its own");
		return NULL;
	}
	s[n] = '\n';
	s[n + 1] = '\0';
	return s;
}

/* The option of that name, by_alias told; nconf_options if there is none. */
static size_t
find(const char *name, bool *by_alias)
{
	size_t	i;

	*by_alias = false;
	for (i = 0; i < nitems(aliases); i++)
		if (strcmp(aliases[i].alias, name) == 0) {
			*by_alias = true;
			name = aliases[i].name;
			break;
		}
	for (i = 0; i < nconf_options; i++)
		if (strcmp(conf_options[i].name, name) == 0)
			break;
	return i;
}

/* "NAME =" with the name of an option. */
static bool
is_setting(const char *s)
{
	char	name[64];
	size_t	n;
	bool	by_alias;

	n = strcspn(s, " \t=");
	if (n >= sizeof(name) || s[n + strspn(s + n, " \t")] != '=')
		return false;
	memcpy(name, s, n);
	name[n] = '\0';
	return find(name, &by_alias) != nconf_options;
}

/* What a line that begins with a blank adds to the value before it. */
static int
go_on(struct file *f, size_t i, const char *value)
{
	size_t	 n = strlen(f->value[i]), m = strlen(value);
	char	*p;

	if (is_setting(value)) {
		file_error(f, "an option must not be indented");
		return 0;
	}
	if (n + m > FILE_VALUE_MAX ||
	    (p = realloc(f->value[i], n + m + 1)) == NULL) {
		file_error(f, "%s is too long", conf_options[i].name);
		return 0;
	}
	memcpy(p + n, value, m + 1);
	f->value[i] = p;
	return 1;
}

static int
take(void *arg, const char *section, const char *name, const char *value)
{
	struct file	*f = arg;
	size_t		 i;
	bool		 by_alias;

	if (f->failed)
		return 0;
	if (*section != '\0') {
		file_error(f, "there are no [sections]");
		return 0;
	}
	if ((i = find(name, &by_alias)) == nconf_options) {
		/* A value that lost its name could be a secret. */
		if (name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")] != '\0')
			name = "that";
		file_error(f, "no option has the name %.50s", name);
		return 0;
	}
	if (f->value[i] != NULL && f->by_alias[i] == by_alias) {
		if (f->indented)
			return go_on(f, i, value);
		file_error(f, "%s is set twice", name);
		return 0;
	}
	if (f->value[i] != NULL && by_alias)
		return 1;
	free(f->value[i]);
	f->value[i] = value_dup(value, strlen(value));
	f->by_alias[i] = by_alias;
	return 1;
}

static bool
read_file(struct file *f)
{
	int	line;

	if ((f->f = fopen(f->path, "re")) == NULL) {
		snprintf(f->err, 256, "%.150s: %s", f->path, strerror(errno));
		return false;
	}
	line = ini_parse_stream(read_line, f, take, f);
	if (ferror(f->f)) {
		file_error(f, "cannot be read");
	} else if (line != 0) {
		f->line = line > 0 ? (unsigned)line : f->line;
		file_error(f, "not of the form NAME = value");
	}
	fclose(f->f);
	return !f->failed;
}

static const char *
from_env(const struct conf_option *o)
{
	const char	*value;
	size_t		 i;

	if ((value = getenv(o->name)) != NULL)
		return value;
	for (i = 0; i < nitems(aliases) && value == NULL; i++)
		if (strcmp(aliases[i].name, o->name) == 0)
			value = getenv(aliases[i].alias);
	return value;
}

static bool
set_all(struct conf *c, const struct file *f)
{
	const struct conf_option	*o;
	const char		*value, *why;
	size_t			 i;

	for (i = 0; i < nconf_options; i++) {
		o = &conf_options[i];
		c->from[i] = FROM_ENV;
		if ((value = from_env(o)) == NULL) {
			c->from[i] = FROM_FILE;
			value = f->value[i];
		}
		if (value == NULL) {
			c->from[i] = FROM_DEFAULT;
			value = o->def;
		}
		if (value == NULL || (why = value_set(c, o, value)) == NULL)
			continue;
		if (o->type == OPT_INT || o->type == OPT_REAL)
			snprintf(f->err, 256, "%s (%s): must be a %s from "
			    "%lld to %lld", o->name, from_names[c->from[i]],
			    o->type == OPT_INT ? "whole number" : "number",
			    (long long)o->min, (long long)o->max);
		else
			snprintf(f->err, 256, "%s (%s): %s", o->name,
			    from_names[c->from[i]], why);
		return false;
	}
	return true;
}

/* What no option can say of itself alone. */
static bool
agree(const struct conf *c, char err[256])
{
	const char	*why = NULL;
	size_t		 i;

	if (c->s3_bucket != NULL &&
	    (c->aws_key_id == NULL || c->aws_secret == NULL))
		why = "S3_BUCKET needs AWS_ACCESS_KEY_ID and "
		    "AWS_SECRET_ACCESS_KEY";
	for (i = 0; i < c->event_secrets.n; i++)
		if (strlen(c->event_secrets.v[i]) < SECRET_MIN)
			why = "EVENTS_SECRET: needs 32 bytes at least";
	if (c->enc_keys.n > 0 && c->enc_key_file != NULL)
		why = "ENCRYPTION_KEY and ENCRYPTION_KEY_FILE are both set";
	if (why != NULL)
		snprintf(err, 256, "%s", why);
	return why == NULL;
}

struct conf *
conf_load(const char *path, char err[256])
{
	struct file	 f = { .path = path, .err = err };
	struct conf	*c;
	size_t		 i;
	bool		 ok;

	err[0] = '\0';
	if ((c = calloc(1, sizeof(*c))) == NULL) {
		snprintf(err, 256, "out of memory");
		return NULL;
	}
	ok = path == NULL || read_file(&f);
	if (ok && path != NULL)
		c->path = value_dup(path, strlen(path));
	ok = ok && set_all(c, &f) && agree(c, err);
	for (i = 0; i < nconf_options; i++)
		free(f.value[i]);
	if (ok)
		return c;
	conf_free(c);
	return NULL;
}

void
conf_free(struct conf *c)
{
	size_t	i;

	if (c == NULL)
		return;
	for (i = 0; i < nconf_options; i++)
		value_clear(c, &conf_options[i]);
	free(c->path);
	free(c);
}

void
conf_keep(struct conf *fresh, const struct conf *old)
{
	const struct conf_option	*o;
	size_t				 i;

	for (i = 0; i < nconf_options; i++) {
		o = &conf_options[i];
		if (o->reload || !value_keep(fresh, old, o))
			continue;
		fresh->from[i] = old->from[i];
		log_warn("%s: a change needs a restart", o->name);
	}
}

void
conf_print(const struct conf *c, FILE *f)
{
	const struct conf_option	*o;
	size_t				 i;

	for (i = 0; i < nconf_options; i++) {
		o = &conf_options[i];
		if (!value_is_set(c, o)) {
			fprintf(f, "# %s (not set)  # %s\n", o->name,
			    from_names[c->from[i]]);
			continue;
		}
		fprintf(f, "%s = ", o->name);
		value_print(c, o, f);
		fprintf(f, "  # %s\n", from_names[c->from[i]]);
	}
}

const char *
conf_app_url(const struct conf *c)
{
	return c->app_url != NULL ? c->app_url : c->database_url;
}

const char *
conf_jobs_url(const struct conf *c)
{
	return c->jobs_url != NULL ? c->jobs_url : c->database_url;
}
