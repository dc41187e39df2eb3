/* title.c: a thread's name out of its first message. */
#include "config.h"

#include "core/title.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

#define LONGEST		60	/* code points */
#define SHORTEST	20	/* that stand before the space of a cut */
#define ELLIPSIS	"\xe2\x80\xa6"

/* The start of a text with single blanks, none at its ends. */
struct line {
	char	text[(LONGEST + 1) * 4];
	size_t	at[LONGEST + 2];	/* where each code point begins */
	size_t	n;			/* code points */
};

/* White space, C0, DEL, C1. */
static bool
is_blank(const char *s, size_t n)
{
	const unsigned char	*p = (const unsigned char *)s;

	if (*p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0))
		return true;
	text_trim(&s, &n);
	return n == 0;
}

static void
add(struct line *l, const char *s, size_t n)
{
	memcpy(l->text + l->at[l->n], s, n);
	l->at[l->n + 1] = l->at[l->n] + n;
	l->n++;
}

/* One code point more than a title has tells that the text is longer. */
static void
take(struct line *l, const char *s, size_t n)
{
	bool	blank = false;
	size_t	len;

	l->n = l->at[0] = 0;
	for (; n > 0 && l->n <= LONGEST; s += len, n -= len) {
		len = utf8_prefix(s, n, 1);
		if (is_blank(s, len)) {
			blank = l->n > 0;
			continue;
		}
		if (blank)
			add(l, " ", 1);
		blank = false;
		if (l->n <= LONGEST)
			add(l, s, len);
	}
}

static bool
is_space(const struct line *l, size_t i)
{
	return l->text[l->at[i]] == ' ';
}

/* Bytes of a long line that stay: whole words, no mark at the end. */
static size_t
cut(const struct line *l)
{
	size_t	n = LONGEST - 1, i;

	if (!is_space(l, n)) {
		for (i = n - 1; i > 0 && !is_space(l, i); i--)
			continue;
		if (i >= SHORTEST)
			n = i;
	}
	while (n > 0 && strchr(",;:- ", l->text[l->at[n - 1]]) != NULL)
		n--;
	return l->at[n];
}

size_t
title_make(const char *text, size_t n, char out[TITLE_BYTES])
{
	struct line	l;
	size_t		len;

	take(&l, text, n);
	len = l.n > LONGEST ? cut(&l) : l.at[l.n];
	memcpy(out, l.text, len);
	out[len] = '\0';
	if (l.n > LONGEST) {
		strcpy(out + len, ELLIPSIS);
		len += strlen(ELLIPSIS);
	}
	return len;
}
