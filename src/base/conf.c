/* conf.c: the option table, read from defaults, a file and the environment. */
#include "config.h"

#include "base/conf.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

#define PROMPTS_MAX	20
#define PROMPT_MAX	500	/* code points */
#define HS256_MIN	32	/* bytes; RFC 7518, 3.2 */
#define FILE_VALUE_MAX	16384

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
	bool		 indented;	/* the line goes on with the one before */
	bool		 failed;
};

static void *
field(const struct conf *c, const struct conf_option *o)
{
	return (char *)c + o->offset;
}

static char *
xdup(const char *s, size_t n)
{
	char	*p;

	if ((p = strndup(s, n)) == NULL) {
		log_error("out of memory");
		exit(EXIT_FAILURE);
	}
	return p;
}

static bool
is_level(const char *s)
{
	return strcmp(s, "error") == 0 || strcmp(s, "warn") == 0 ||
	    strcmp(s, "info") == 0 || strcmp(s, "debug") == 0;
}

/* RFC 9110, 5.6.2. */
static bool
is_token(const char *s)
{
	size_t	n;

	n = strspn(s, "!#$%&'*+-.^_`|~0123456789"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	return n > 0 && s[n] == '\0';
}

static bool
is_strong(const char *s)
{
	return strlen(s) >= HS256_MIN;
}

/* scheme "://" host [":" port], as a browser writes it (RFC 6454, 6.2). */
static bool
is_origin(const char *s)
{
	static const char	 scheme[] =
	    "abcdefghijklmnopqrstuvwxyz0123456789+-.";
	static const char	 host[] =
	    "abcdefghijklmnopqrstuvwxyz0123456789-._";
	int64_t			 port;
	size_t			 n;

	n = strspn(s, scheme);
	if (n == 0 || s[0] < 'a' || s[0] > 'z' ||
	    strncmp(s + n, "://", 3) != 0)
		return false;
	s += n + 3;
	if (*s == '[') {
		n = strspn(s + 1, "0123456789abcdef:.");
		if (n == 0 || s[n + 1] != ']')
			return false;
		s += n + 2;
	} else {
		if ((n = strspn(s, host)) == 0)
			return false;
		s += n;
	}
	return *s == '\0' || (*s == ':' &&
	    int_strict(s + 1, strlen(s + 1), 1, 65535, &port));
}

static bool
is_location(const char *s)
{
	static const char	chars[] = "0123456789-._/"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	if (*s == '@')
		return s[1] != '\0' && strchr(s, '/') == NULL &&
		    s[1 + strspn(s + 1, chars)] == '\0';
	return *s == '/' && s[strspn(s, chars)] == '\0';
}

/* PostgreSQL cuts longer names silently. */
static bool
is_identifier(const char *s)
{
	return strlen(s) <= 63;
}

static const struct {
	const char	*name;
	bool		(*ok)(const char *);	/* never asked about "" */
	const char	*why;
} demands[] = {
	{ "LOG_LEVEL", is_level, "must be error, warn, info or debug" },
	{ "JWT_HEADER", is_token, "must be the name of a header" },
	{ "JWT_HS256_SECRET", is_strong, "must have 32 bytes at least" },
	{ "CORS_ALLOWED_ORIGINS", is_origin, "each must be an exact origin, "
	  "scheme://host or scheme://host:port in lower case" },
	{ "AGENT_LOCATION", is_location, "must be @name or a path" },
	{ "CHECKPOINT_SCHEMA", is_identifier, "must have 63 bytes at most" },
};

/* NULL when the text will do for the option, else why not. */
static const char *
demand(const struct conf_option *o, const char *s)
{
	const char	*p;
	size_t		 i;

	for (p = s; o->type != OPT_SECRET && *p != '\0'; p++)
		if (iscntrl((unsigned char)*p))
			return "must not hold control characters";
	for (i = 0; i < nitems(demands); i++)
		if (strcmp(demands[i].name, o->name) == 0 &&
		    !demands[i].ok(s))
			return demands[i].why;
	return NULL;
}

static const char *
set_text(const struct conf_option *o, const char *s, char **out)
{
	const char	*why;

	if (*s == '\0')
		return o->def != NULL ? "must not be empty" : NULL;
	if ((why = demand(o, s)) == NULL)
		*out = xdup(s, strlen(s));
	return why;
}

static const char *
set_bool(const char *s, bool *out)
{
	static const struct {
		const char	*word;
		bool		 value;
	} words[] = {
		{ "on", true }, { "off", false }, { "true", true },
		{ "false", false }, { "yes", true }, { "no", false },
		{ "1", true }, { "0", false },
	};
	size_t	i, n = strlen(s);

	for (i = 0; i < nitems(words); i++)
		if (strlen(words[i].word) == n &&
		    text_same(words[i].word, s, n)) {
			*out = words[i].value;
			return NULL;
		}
	return "must be on or off";
}

static void
list_add(struct list *l, const char *s, size_t n)
{
	char	**v;

	if ((v = reallocarray(l->v, l->n + 1, sizeof(*v))) == NULL) {
		log_error("out of memory");
		exit(EXIT_FAILURE);
	}
	l->v = v;
	l->v[l->n++] = xdup(s, n);
}

static const char *
set_list(const struct conf_option *o, const char *s, struct list *l)
{
	const char	*item, *why;
	size_t		 n, len;

	for (;; s += n + 1) {
		item = s;
		n = len = strcspn(s, ",");
		text_trim(&item, &len);
		if (len > 0) {
			list_add(l, item, len);
			if ((why = demand(o, l->v[l->n - 1])) != NULL)
				return why;
		}
		if (s[n] == '\0')
			return NULL;
	}
}

static const char *
add_prompts(struct json_object *array, struct list *l)
{
	struct json_object	*item;
	const char		*text;
	size_t			 i, len, n;

	n = json_object_array_length(array);
	if (n < 1 || n > PROMPTS_MAX)
		return "must hold 1 to 20 strings";
	for (i = 0; i < n; i++) {
		item = json_object_array_get_idx(array, i);
		if (!json_object_is_type(item, json_type_string))
			return "must hold strings only";
		text = json_object_get_string(item);
		len = (size_t)json_object_get_string_len(item);
		if (len == 0 || strlen(text) != len ||
		    utf8_count(text, len) > PROMPT_MAX)
			return "must hold strings of 1 to 500 characters";
		list_add(l, text, len);
	}
	return NULL;
}

static const char *
set_json(const char *s, struct list *l)
{
	struct json_tokener	*tok;
	struct json_object	*array = NULL;
	const char		*why = "must be a JSON array of strings";
	size_t			 n = strlen(s);

	if (n >= INT_MAX || !utf8_valid(s, n) ||
	    (tok = json_tokener_new_ex(4)) == NULL)
		return why;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	array = json_tokener_parse_ex(tok, s, (int)n + 1);
	if (json_tokener_get_error(tok) == json_tokener_success &&
	    json_tokener_get_parse_end(tok) == n &&
	    json_object_is_type(array, json_type_array))
		why = add_prompts(array, l);
	json_object_put(array);
	json_tokener_free(tok);
	return why;
}

static const char *
set(struct conf *c, const struct conf_option *o, const char *s)
{
	switch (o->type) {
	case OPT_STR:
	case OPT_SECRET:
		return set_text(o, s, field(c, o));
	case OPT_INT:
		return int_strict(s, strlen(s), o->min, o->max, field(c, o)) ?
		    NULL : "out of range or not a whole number";
	case OPT_BOOL:
		return set_bool(s, field(c, o));
	case OPT_LIST:
		return set_list(o, s, field(c, o));
	case OPT_JSON:
		return set_json(s, field(c, o));
	}
	return "has no type";
}

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
	f->value[i] = xdup(value, strlen(value));
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
		if (value == NULL || (why = set(c, o, value)) == NULL)
			continue;
		if (o->type == OPT_INT)
			snprintf(f->err, 256, "%s (%s): must be a whole number "
			    "from %lld to %lld", o->name,
			    from_names[c->from[i]], (long long)o->min,
			    (long long)o->max);
		else
			snprintf(f->err, 256, "%s (%s): %s", o->name,
			    from_names[c->from[i]], why);
		return false;
	}
	return true;
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
		c->path = xdup(path, strlen(path));
	ok = ok && set_all(c, &f);
	for (i = 0; i < nconf_options; i++)
		free(f.value[i]);
	if (ok)
		return c;
	conf_free(c);
	return NULL;
}

static void
clear(struct conf *c, const struct conf_option *o)
{
	struct list	*l;

	switch (o->type) {
	case OPT_STR:
	case OPT_SECRET:
		free(*(char **)field(c, o));
		*(char **)field(c, o) = NULL;
		break;
	case OPT_LIST:
	case OPT_JSON:
		l = field(c, o);
		while (l->n > 0)
			free(l->v[--l->n]);
		free(l->v);
		l->v = NULL;
		break;
	case OPT_INT:
	case OPT_BOOL:
		break;
	}
}

void
conf_free(struct conf *c)
{
	size_t	i;

	if (c == NULL)
		return;
	for (i = 0; i < nconf_options; i++)
		clear(c, &conf_options[i]);
	free(c->path);
	free(c);
}

/* Makes fresh's option that of old; false if it was that already. */
static bool
keep(struct conf *fresh, const struct conf *old, const struct conf_option *o)
{
	char	**new, *was;

	switch (o->type) {
	case OPT_STR:
	case OPT_SECRET:
		new = field(fresh, o);
		was = *(char **)field(old, o);
		if (*new == was ||
		    (*new != NULL && was != NULL && strcmp(*new, was) == 0))
			return false;
		free(*new);
		*new = was != NULL ? xdup(was, strlen(was)) : NULL;
		return true;
	case OPT_INT:
		if (*(int64_t *)field(fresh, o) == *(int64_t *)field(old, o))
			return false;
		*(int64_t *)field(fresh, o) = *(int64_t *)field(old, o);
		return true;
	case OPT_BOOL:
		if (*(bool *)field(fresh, o) == *(bool *)field(old, o))
			return false;
		*(bool *)field(fresh, o) = *(bool *)field(old, o);
		return true;
	case OPT_LIST:
	case OPT_JSON:
		break;
	}
	/* No list needs a restart, and a test sees that none does. */
	abort();
}

void
conf_keep(struct conf *fresh, const struct conf *old)
{
	size_t	i;

	for (i = 0; i < nconf_options; i++) {
		if (conf_options[i].reload || !keep(fresh, old, &conf_options[i]))
			continue;
		fresh->from[i] = old->from[i];
		log_warn("%s: a change needs a restart", conf_options[i].name);
	}
}

static void
print_json(const struct list *l, FILE *f)
{
	struct json_object	*array;
	size_t			 i;

	if ((array = json_object_new_array()) == NULL)
		return;
	for (i = 0; i < l->n; i++)
		json_object_array_add(array, json_object_new_string(l->v[i]));
	fputs(json_object_to_json_string_ext(array, JSON_C_TO_STRING_PLAIN |
	    JSON_C_TO_STRING_NOSLASHESCAPE), f);
	json_object_put(array);
}

static void
print_value(const struct conf *c, const struct conf_option *o, FILE *f)
{
	const struct list	*l = field(c, o);
	size_t			 i;

	switch (o->type) {
	case OPT_STR:
		fputs(*(char **)field(c, o), f);
		break;
	case OPT_SECRET:
		fputs("********", f);
		break;
	case OPT_INT:
		fprintf(f, "%lld", (long long)*(int64_t *)field(c, o));
		break;
	case OPT_BOOL:
		fputs(*(bool *)field(c, o) ? "on" : "off", f);
		break;
	case OPT_LIST:
		for (i = 0; i < l->n; i++)
			fprintf(f, "%s%s", i > 0 ? "," : "", l->v[i]);
		break;
	case OPT_JSON:
		print_json(l, f);
		break;
	}
}

static bool
is_set(const struct conf *c, const struct conf_option *o)
{
	switch (o->type) {
	case OPT_STR:
	case OPT_SECRET:
		return *(char **)field(c, o) != NULL;
	case OPT_LIST:
	case OPT_JSON:
		return ((struct list *)field(c, o))->n > 0;
	case OPT_INT:
	case OPT_BOOL:
		break;
	}
	return true;
}

void
conf_print(const struct conf *c, FILE *f)
{
	const struct conf_option	*o;
	size_t			 i;

	for (i = 0; i < nconf_options; i++) {
		o = &conf_options[i];
		if (!is_set(c, o)) {
			fprintf(f, "# %s (not set)  # %s\n", o->name,
			    from_names[c->from[i]]);
			continue;
		}
		fprintf(f, "%s = ", o->name);
		print_value(c, o, f);
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
