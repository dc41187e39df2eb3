/* arena.c: per-request memory and what has to be cleaned up with it. */
#include "config.h"

#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

#define BLOCK	((size_t)32 * 1024)	/* seldom two a request */
#define BIG	(BLOCK / 4)		/* from here on its own block */
#define ALIGN	_Alignof(max_align_t)

struct block {
	struct block	*next;
	size_t		 len;
	_Alignas(max_align_t) char data[];
};

struct cleanup {
	struct cleanup	*next;
	void		(*fn)(void *);
	void		*arg;
};

struct arena {
	struct block	*blocks;	/* of BLOCK bytes, newest first */
	struct block	*big;
	struct cleanup	*cleanups;
	size_t		 used;
	size_t		 cap;
};

static _Noreturn void
exhausted(const struct arena *a, size_t n)
{
	log_error("arena exhausted: %zu bytes in use, %zu more asked for",
	    a->used, n);
	_exit(EX_OSERR);
}

static void
push_block(struct arena *a, struct block **list, size_t n)
{
	struct block	*b;

	if ((b = malloc(sizeof(*b) + n)) == NULL)
		exhausted(a, n);
	b->len = 0;
	b->next = *list;
	*list = b;
}

static void
free_blocks(struct block *b)
{
	struct block	*next;

	for (; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
}

struct arena *
arena_new(size_t cap)
{
	struct arena	*a;

	if ((a = calloc(1, sizeof(*a))) == NULL) {
		log_error("arena exhausted: out of memory");
		_exit(EX_OSERR);
	}
	/* So that rounding up never wraps. */
	a->cap = cap < SIZE_MAX / 2 ? cap : SIZE_MAX / 2;
	push_block(a, &a->blocks, BLOCK);
	/* Touched now: a worker's memory does not grow with its first hours. */
	memset(a->blocks->data, 0, BLOCK);
	return a;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	arena_reset(a);
	free_blocks(a->blocks);
	free(a);
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct block	*b;
	char		*p;

	if (n > a->cap)
		exhausted(a, n);
	n = (n + ALIGN - 1) & ~(ALIGN - 1);
	if (n == 0)
		n = ALIGN;
	if (n > a->cap || a->used > a->cap - n)
		exhausted(a, n);
	a->used += n;
	if (n >= BIG) {
		push_block(a, &a->big, n);
		return memset(a->big->data, 0, n);
	}
	if (a->blocks->len + n > BLOCK)
		push_block(a, &a->blocks, BLOCK);
	b = a->blocks;
	p = b->data + b->len;
	b->len += n;
	return memset(p, 0, n);
}

char *
arena_memdup(struct arena *a, const void *src, size_t n)
{
	char	*p;

	/* Checked here because n + 1 may wrap. */
	if (n >= a->cap)
		exhausted(a, n);
	p = arena_alloc(a, n + 1);
	memcpy(p, src, n);
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_memdup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list	 ap;
	char	*p;
	int	 n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		exhausted(a, SIZE_MAX);
	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

char *
arena_int(struct arena *a, int64_t n)
{
	char	text[INT_TEXT + 1];

	size_t	n_text = int_text(n, text);

	return arena_memdup(a, text, n_text);
}

void
arena_cleanup(struct arena *a, void (*fn)(void *), void *arg)
{
	struct cleanup	*c;

	c = arena_alloc(a, sizeof(*c));
	c->fn = fn;
	c->arg = arg;
	c->next = a->cleanups;
	a->cleanups = c;
}

void
arena_reset(struct arena *a)
{
	struct cleanup	*c;

	while ((c = a->cleanups) != NULL) {
		a->cleanups = c->next;
		c->fn(c->arg);
	}
	free_blocks(a->big);
	a->big = NULL;
	free_blocks(a->blocks->next);
	a->blocks->next = NULL;
	a->blocks->len = 0;
	a->used = 0;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
