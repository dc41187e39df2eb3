/* buf.c: growing bytes with a ceiling. */
#include "config.h"

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST	256

void
buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max;
}

/* Memory that is not to be had is a ceiling, too. */
char *
buf_room(struct buf *b, size_t n)
{
	size_t	 cap;
	char	*p;

	if (b->over || n > b->max || b->len > b->max - n) {
		b->over = true;
		return NULL;
	}
	if (b->p != NULL && n <= b->cap - b->len)
		return b->p + b->len;
	cap = b->cap > b->max / 2 ? b->max : b->cap * 2;
	if (cap < FIRST)
		cap = FIRST;
	if (cap < b->len + n)
		cap = b->len + n;
	if ((p = realloc(b->p, cap)) == NULL) {
		b->over = true;
		return NULL;
	}
	b->p = p;
	b->cap = cap;
	return p + b->len;
}

void
buf_add(struct buf *b, const void *src, size_t n)
{
	char	*p;

	if ((p = buf_room(b, n)) == NULL)
		return;
	memcpy(p, src, n);
	b->len += n;
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_chr(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list	 ap;
	char	 small[128], *p;
	int	 n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->over = true;
		return;
	}
	if ((size_t)n < sizeof(small)) {
		buf_add(b, small, (size_t)n);
		return;
	}
	/* Not in place: the text may fill the ceiling, its NUL may not. */
	if (buf_room(b, (size_t)n) == NULL ||
	    (p = malloc((size_t)n + 1)) == NULL) {
		b->over = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf_add(b, p, (size_t)n);
	free(p);
}

void
buf_cut(struct buf *b, size_t len)
{
	if (len < b->len)
		b->len = len;
}

void
buf_reset(struct buf *b, size_t keep)
{
	if (b->cap > keep)
		buf_free(b);
	b->len = 0;
	b->over = false;
}

void
buf_free(struct buf *b)
{
	free(b->p);
	b->p = NULL;
	b->len = b->cap = 0;
}
