/* importmap.c: whose rows become whose. */
#include "config.h"

#include "core/import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define EMAIL_MAX	255	/* code points */

struct pair {
	char	*user;		/* and its email behind the terminator */
	size_t	 line;
};
struct import_map {
	struct pair	*v;
	size_t		 n, max;
};

static const char *
email_of(const struct pair *p)
{
	return p->user + strlen(p->user) + 1;
}

static int
by_user(const void *a, const void *b)
{
	return strcmp(((const struct pair *)a)->user,
	    ((const struct pair *)b)->user);
}

void
import_map_free(struct import_map *m)
{
	size_t	i;

	if (m == NULL)
		return;
	for (i = 0; i < m->n; i++)
		free(m->v[i].user);
	free(m->v);
	free(m);
}

static const char *
add(struct import_map *m, const char *user, size_t n, const char *email,
    size_t line)
{
	struct pair	*v;
	char		*s;

	if (m->n == m->max) {
		m->max = m->max == 0 ? 64 : 2 * m->max;
		if ((v = reallocarray(m->v, m->max, sizeof(*v))) == NULL)
			return "no memory";
		m->v = v;
	}
	if ((s = malloc(n + strlen(email) + 2)) == NULL)
		return "no memory";
	memcpy(s, user, n);
	s[n] = '\0';
	text_lower(strcpy(s + n + 1, email));
	m->v[m->n++] = (struct pair){ s, line };
	return NULL;
}

/* The email is the last word; a user's name may have blanks in it. */
static const char *
take(struct import_map *m, const char *s, size_t n, size_t line)
{
	const char	*email;
	size_t		 user;
	char		 word[EMAIL_MAX * 4 + 1];

	text_trim(&s, &n);
	if (n == 0 || *s == '#')
		return NULL;
	if (!utf8_valid(s, n) || memchr(s, '\0', n) != NULL)
		return "not UTF-8";
	for (email = s + n; email > s && email[-1] != ' ' &&
	    email[-1] != '\t'; email--)
		continue;
	user = (size_t)(email - s);
	n -= user;
	text_trim(&s, &user);
	if (user == 0 || memchr(email, '@', n) == NULL)
		return "want a user and an email";
	if (n >= sizeof(word) || utf8_count(email, n) > EMAIL_MAX)
		return "the email is too long";
	memcpy(word, email, n);
	word[n] = '\0';
	return add(m, s, user, word, line);
}

static const char *
read_lines(struct import_map *m, FILE *f, size_t *line)
{
	const char	*why = NULL;
	char		*s = NULL;
	size_t		 max = 0;
	ssize_t		 n;

	while (why == NULL && (n = getline(&s, &max, f)) != -1)
		why = take(m, s, (size_t)n, ++*line);
	if (why == NULL && ferror(f))
		why = "cannot be read";
	free(s);
	return why;
}

/* Sorted; one user is one owner. */
static const char *
settle(struct import_map *m, size_t *line)
{
	size_t	i;

	if (m->n > 0)
		qsort(m->v, m->n, sizeof(*m->v), by_user);
	for (i = 1; i < m->n; i++)
		if (by_user(&m->v[i - 1], &m->v[i]) == 0 &&
		    strcmp(email_of(&m->v[i - 1]), email_of(&m->v[i])) != 0) {
			*line = m->v[i].line;
			return "this user has another email, too";
		}
	return NULL;
}

bool
import_email(const char *user, char out[IMPORT_EMAIL + 1])
{
	size_t		 n = strlen(user);
	const char	*at = strchr(user, '@');

	if (!utf8_valid(user, n) || utf8_count(user, n) > EMAIL_MAX ||
	    text_control(user, n) || strchr(user, ' ') != NULL ||
	    at == NULL || at == user || at[1] == '\0' ||
	    strchr(at + 1, '@') != NULL)
		return false;
	text_lower(memcpy(out, user, n + 1));
	return true;
}

struct import_map *
import_map_read(const char *path, char err[256])
{
	struct import_map	*m = calloc(1, sizeof(*m));
	FILE			*f = path != NULL ? fopen(path, "re") : NULL;
	const char		*why = NULL;
	size_t			 line = 0;

	if (m == NULL)
		why = "no memory";
	else if (path == NULL)
		return m;
	else if (f == NULL)
		why = strerror(errno);
	else if ((why = read_lines(m, f, &line)) == NULL)
		why = settle(m, &line);
	if (why != NULL) {
		snprintf(err, 256, "%.150s:%zu: %s",
		    path != NULL ? path : "map", line, why);
		import_map_free(m);
		m = NULL;
	}
	if (f != NULL)
		fclose(f);
	return m;
}

const char *
import_map_find(const struct import_map *m, const char *user)
{
	char		*name = strdup(user);
	struct pair	 want = { name, 0 }, *p = NULL;

	if (name != NULL && m->n > 0)
		p = bsearch(&want, m->v, m->n, sizeof(*m->v), by_user);
	free(name);
	return p != NULL ? email_of(p) : NULL;
}
