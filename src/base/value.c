/* value.c: an option's value: from text, checked, copied, shown. */
#include "config.h"

#include "base/value.h"

#include <ctype.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/demand.h"
#include "base/log.h"
#include "base/text.h"

#define PROMPTS_MAX	20
#define PROMPT_MAX	500	/* code points */

void *
value_field(const struct conf *c, const struct conf_option *o)
{
	return (char *)c + o->offset;
}

char *
value_dup(const char *s, size_t n)
{
	char	*p;

	if ((p = strndup(s, n)) == NULL) {
		log_error("out of memory");
		exit(EX_OSERR);
	}
	return p;
}

/* NULL when the text will do for the option, else why not. */
static const char *
demand(const struct conf_option *o, const char *s)
{
	const char	*p;

	if (o->type != OPT_SECRET && o->type != OPT_SECRETS)
		for (p = s; *p != '\0'; p++)
			if (iscntrl((unsigned char)*p))
				return "must not hold control characters";
	return demand_unmet(o->name, s);
}

static const char *
set_text(const struct conf_option *o, const char *s, char **out)
{
	const char	*why;

	if (*s == '\0')
		return o->def != NULL ? "must not be empty" : NULL;
	if ((why = demand(o, s)) == NULL)
		*out = value_dup(s, strlen(s));
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

/* No hexadecimal, infinity or NaN, and nothing behind. */
static const char *
set_real(const struct conf_option *o, const char *s, double *out)
{
	char	*end;
	double	 d;

	if (*s == '\0' || s[strspn(s, "0123456789+-.eE")] != '\0')
		return "is not a number";
	d = strtod(s, &end);
	if (*end != '\0' || d < (double)o->min || d > (double)o->max)
		return "is not a number, or out of range";
	*out = d;
	return NULL;
}

static void
list_add(struct list *l, const char *s, size_t n)
{
	char	**v;

	if ((v = reallocarray(l->v, l->n + 1, sizeof(*v))) == NULL) {
		log_error("out of memory");
		exit(EX_OSERR);
	}
	l->v = v;
	l->v[l->n++] = value_dup(s, n);
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

const char *
value_set(struct conf *c, const struct conf_option *o, const char *s)
{
	void	*p = value_field(c, o);

	switch (o->type) {
	case OPT_STR:
	case OPT_SECRET:
		return set_text(o, s, p);
	case OPT_INT:
		return int_strict(s, strlen(s), o->min, o->max, p) ? NULL :
		    "out of range or not a whole number";
	case OPT_REAL:
		return set_real(o, s, p);
	case OPT_BOOL:
		return set_bool(s, p);
	case OPT_LIST:
	case OPT_SECRETS:
		return set_list(o, s, p);
	case OPT_JSON:
		return set_json(s, p);
	}
	return "has no type";
}

static void
wipe(char *s)
{
	if (s != NULL)
		explicit_bzero(s, strlen(s));
	free(s);
}

void
value_clear(struct conf *c, const struct conf_option *o)
{
	struct list	*l;

	switch (o->type) {
	case OPT_STR:
	case OPT_SECRET:
		wipe(*(char **)value_field(c, o));
		*(char **)value_field(c, o) = NULL;
		break;
	case OPT_LIST:
	case OPT_SECRETS:
	case OPT_JSON:
		l = value_field(c, o);
		while (l->n > 0)
			wipe(l->v[--l->n]);
		free(l->v);
		l->v = NULL;
		break;
	case OPT_INT:
	case OPT_REAL:
	case OPT_BOOL:
		break;
	}
}

bool
value_keep(struct conf *fresh, const struct conf *old,
    const struct conf_option *o)
{
	void	 *to = value_field(fresh, o), *from = value_field(old, o);
	char	**new = to, *was;

	switch (o->type) {
	case OPT_STR:
	case OPT_SECRET:
		was = *(char **)from;
		if (*new == was ||
		    (*new != NULL && was != NULL && strcmp(*new, was) == 0))
			return false;
		free(*new);
		*new = was != NULL ? value_dup(was, strlen(was)) : NULL;
		return true;
	case OPT_INT:
		if (*(int64_t *)to == *(int64_t *)from)
			return false;
		*(int64_t *)to = *(int64_t *)from;
		return true;
	case OPT_REAL:
		if (!(*(double *)to < *(double *)from) &&
		    !(*(double *)to > *(double *)from))
			return false;
		*(double *)to = *(double *)from;
		return true;
	case OPT_BOOL:
		if (*(bool *)to == *(bool *)from)
			return false;
		*(bool *)to = *(bool *)from;
		return true;
	case OPT_LIST:
	case OPT_SECRETS:
	case OPT_JSON:
		break;
	}
	/* No list needs a restart, and a test sees that none does. */
	abort();
}

bool
value_is_set(const struct conf *c, const struct conf_option *o)
{
	switch (o->type) {
	case OPT_STR:
	case OPT_SECRET:
		return *(char **)value_field(c, o) != NULL;
	case OPT_LIST:
	case OPT_SECRETS:
	case OPT_JSON:
		return ((struct list *)value_field(c, o))->n > 0;
	case OPT_INT:
	case OPT_REAL:
	case OPT_BOOL:
		break;
	}
	return true;
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

void
value_print(const struct conf *c, const struct conf_option *o, FILE *f)
{
	const struct list	*l = value_field(c, o);
	size_t			 i;

	switch (o->type) {
	case OPT_STR:
		fputs(*(char **)value_field(c, o), f);
		break;
	case OPT_SECRET:
	case OPT_SECRETS:
		fputs("********", f);
		break;
	case OPT_INT:
		fprintf(f, "%lld", (long long)*(int64_t *)value_field(c, o));
		break;
	case OPT_REAL:
		fprintf(f, "%.15g", *(double *)value_field(c, o));
		break;
	case OPT_BOOL:
		fputs(*(bool *)value_field(c, o) ? "on" : "off", f);
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
