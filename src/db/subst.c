/* subst.c: names in statements that only the database at hand can tell. */
#include "config.h"

#include "db/conn.h"

#include <stdlib.h>
#include <string.h>

static const char	name_chars[] = "abcdefghijklmnopqrstuvwxyz_";

/* Length of a {name} at the start of s, braces included, or 0. */
static size_t
name_len(const char *s)
{
	size_t	n;

	if (*s != '{' || (n = strspn(s + 1, name_chars)) == 0 ||
	    s[n + 1] != '}')
		return 0;
	return n + 2;
}

static struct define *
find(struct db *db, const char *name, size_t n)
{
	size_t	i;

	for (i = 0; i < DEFINES && db->defines[i].name != NULL; i++)
		if (strlen(db->defines[i].name) == n &&
		    memcmp(db->defines[i].name, name, n) == 0)
			return &db->defines[i];
	return i < DEFINES ? &db->defines[i] : NULL;
}

/* Where the next {name} of a text begins, or NULL. */
static const char *
next_name(const char *s)
{
	while ((s = strchr(s, '{')) != NULL && name_len(s) == 0)
		s++;
	return s;
}

void
db_define(struct db *db, const char *name, const char *text)
{
	struct define	*d = find(db, name, strlen(name));
	size_t		 q;

	if (d == NULL)
		abort();	/* more names than the statements have */
	if (d->text != NULL && strcmp(d->text, text) == 0)
		return;
	free(d->text);
	d->name = name;
	if ((d->text = strdup(text)) == NULL)
		abort();
	for (q = 0; q < db->nstmts; q++)
		if (next_name(db->stmts[q].text) != NULL)
			conn_forget(db, q);
}

bool
db_query_uses(enum query q, const char *name)
{
	const char	*s = db_query_text(q);
	size_t		 n = strlen(name);

	while ((s = next_name(s)) != NULL) {
		if (name_len(s) == n + 2 && memcmp(s + 1, name, n) == 0)
			return true;
		s++;
	}
	return false;
}

/* A name that nobody has defined means itself. */
const char *
conn_text(struct db *db, const char *text)
{
	struct buf		*b = &db->text;
	const struct define	*d;
	const char		*s;
	size_t			 n;

	if (next_name(text) == NULL)
		return text;
	buf_cut(b, 0);
	for (; (s = next_name(text)) != NULL; text = s + n) {
		buf_add(b, text, (size_t)(s - text));
		n = name_len(s);
		d = find(db, s + 1, n - 2);
		if (d != NULL && d->text != NULL)
			buf_str(b, d->text);
		else
			buf_add(b, s + 1, n - 2);
	}
	buf_str(b, text);
	buf_chr(b, '\0');
	return b->over ? NULL : b->p;
}
