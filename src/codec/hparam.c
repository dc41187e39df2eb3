/* hparam.c: parameters of a header: tokens, quoted strings, RFC 8187. */
#include "config.h"

#include "codec/hparam.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

static const char	tchar[] = "!#$%&'*+-.^_`|~0123456789"
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

static const char *
blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/*
 * The text of a quoted string behind its first quote; *s moves behind its last.
 * A backslash that escapes nothing is one: old browsers sent whole paths.
 */
static const char *
quoted(struct arena *a, const char **s)
{
	const char	*p = *s;
	char		*out = arena_alloc(a, strlen(p) + 1), *o = out;

	for (; *p != '"'; p++) {
		if (*p == '\0')
			return NULL;
		if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
			p++;
		*o++ = *p;
	}
	*o = '\0';
	*s = p + 1;
	return out;
}

static char *
token(struct arena *a, const char **s)
{
	size_t		 n = strspn(*s, tchar);
	char		*t = n > 0 ? arena_memdup(a, *s, n) : NULL;

	*s += n;
	return t;
}

/* One `name=value`; false when it is none, or its name came before. */
static bool
parameter(struct arena *a, const char **s, struct hparams *h)
{
	const char	*text;
	char		*name;

	if (h->n == HPARAM_MAX || (name = token(a, s)) == NULL ||
	    *(*s)++ != '=')
		return false;
	if (**s == '"') {
		(*s)++;
		text = quoted(a, s);
	} else
		text = token(a, s);
	if (text == NULL)
		return false;
	text_lower(name);
	if (hparam_get(h, name) != NULL)
		return false;
	h->p[h->n].name = name;
	h->p[h->n++].text = text;
	return true;
}

bool
hparam_parse(struct arena *a, const char *text, size_t len, struct hparams *h)
{
	const char	*s = arena_memdup(a, text, len);
	char		*value;
	size_t		 i, n;

	memset(h, 0, sizeof(*h));
	if (!utf8_valid(s, len))
		return false;
	for (i = 0; i < len; i++)
		if (((unsigned char)s[i] < 0x20 && s[i] != '\t') ||
		    s[i] == 0x7f)
			return false;
	s = blanks(s);
	if ((n = strcspn(s, "; \t")) == 0)
		return false;
	value = arena_memdup(a, s, n);
	text_lower(value);
	h->value = value;
	for (s = blanks(s + n); *s == ';'; s = blanks(s)) {
		s = blanks(s + 1);
		if (*s != '\0' && *s != ';' && !parameter(a, &s, h))
			return false;
	}
	return *s == '\0';
}

const char *
hparam_get(const struct hparams *h, const char *name)
{
	size_t	i;

	for (i = 0; i < h->n; i++)
		if (strcmp(h->p[i].name, name) == 0)
			return h->p[i].text;
	return NULL;
}

const char *
hparam_unform(struct arena *a, const char *s)
{
	static const char	code[] = "220D0A", byte[] = "\"\r\n";
	char			*out = arena_alloc(a, strlen(s) + 1), *o = out;
	int			 i;

	for (; *s != '\0'; s++) {
		*o = *s;
		for (i = 0; *s == '%' && i < 3; i++)
			if (strncasecmp(s + 1, code + i * 2, 2) == 0) {
				*o = byte[i];
				s += 2;
				break;
			}
		o++;
	}
	*o = '\0';
	return out;
}

const char *
hparam_filename(struct arena *a, const struct hparams *h)
{
	const char	*s = hparam_get(h, "filename*"), *p;
	char		*text;
	size_t		 n;

	if (s != NULL && strncasecmp(s, "utf-8'", 6) == 0 &&
	    (p = strchr(s + 6, '\'')) != NULL) {
		text = arena_strdup(a, p + 1);
		n = strlen(text);
		if (percent_decode(text, &n, false))
			return arena_memdup(a, text, n);
	}
	s = hparam_get(h, "filename");
	return s != NULL ? hparam_unform(a, s) : NULL;
}
