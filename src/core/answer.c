/* answer.c: one interaction of a conversation as a ChatMessage. */
#include "config.h"

#include "core/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "codec/json.h"
#include "core/lcmessage.h"

int64_t
answer_ms(const char *s)
{
	struct tm	tm = { .tm_isdst = 0 };
	char		sign = 'Z';
	int		n = 0, frac = 0, digits = 0, h = 0, m = 0, off;

	if (sscanf(s, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon,
	    &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &n) != 6)
		return 0;
	s += n;
	if (*s == '.')
		for (s++; *s >= '0' && *s <= '9'; s++, digits++)
			if (digits < 3)
				frac = frac * 10 + (*s - '0');
	for (; digits < 3 && digits > 0; digits++)
		frac *= 10;
	if (strcmp(s, "Z") != 0 &&
	    sscanf(s, "%c%2d:%2d", &sign, &h, &m) != 3)
		return 0;
	off = (h * 60 + m) * (sign == '-' ? -60 : 60);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return ((int64_t)timegm(&tm) - off) * 1000 + frac;
}

bool
answer_text(struct buf *out, struct lc_text value)
{
	struct lc_text	 t = lc_unquote(value);
	size_t		 mark = out->len, n;
	const char	*s;

	if (t.p == NULL)
		return false;
	lc_unescape(out, t);
	if (out->len == mark)
		return true;
	s = out->p + mark;
	n = out->len - mark;
	text_trim(&s, &n);
	memmove(out->p + mark, s, n);
	buf_cut(out, mark + n);
	return true;
}

/* A string as it is; anything else its JSON text. */
static void
put_string(struct buf *out, struct lc_text v)
{
	struct lc_text	t = lc_unquote(v);
	struct buf	raw;

	if (t.p == NULL) {
		jw_str(out, v.p, v.n);
		return;
	}
	buf_init(&raw, v.n + 8);
	lc_unescape(&raw, t);
	jw_str(out, raw.p != NULL ? raw.p : "", raw.len);
	buf_free(&raw);
}

static bool
is_list(struct lc_text v)
{
	return v.p != NULL && *v.p == '[';
}

/* The two first of a pair; false: it is none. */
static bool
pair(struct lc_text v, struct lc_text of[2])
{
	struct lc_iter	it;

	if (!is_list(v))
		return false;
	lc_walk(&it, v);
	return lc_next(&it, &of[0]) && lc_next(&it, &of[1]);
}

static size_t
count(struct lc_text list)
{
	struct lc_iter	it;
	struct lc_text	v;
	size_t		n = 0;

	for (lc_walk(&it, list); lc_next(&it, &v);)
		n++;
	return n;
}

static bool
equal(struct lc_text a, struct lc_text b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/*
 * Length of the longest prefix of list that before ends with (Knuth, Morris,
 * Pratt).  Texts tell, since equal values are equal bytes.
 */
static size_t
overlap(struct lc_text list, struct lc_text before)
{
	size_t		 n = count(list), i, k = 0, *fail;
	struct lc_text	*v, b;
	struct lc_iter	 it;

	v = calloc(n + 1, sizeof(*v));
	fail = calloc(n + 1, sizeof(*fail));
	if (v == NULL || fail == NULL)
		n = 0;
	lc_walk(&it, list);
	for (i = 0; i < n && lc_next(&it, &v[i]); i++) {
		if (i == 0)
			continue;
		while (k > 0 && !equal(v[i], v[k]))
			k = fail[k - 1];
		fail[i] = k += equal(v[i], v[k]);
	}
	k = 0;
	for (lc_walk(&it, before); n > 0 && lc_next(&it, &b);) {
		if (k == n)
			k = fail[k - 1];
		while (k > 0 && !equal(b, v[k]))
			k = fail[k - 1];
		k += equal(b, v[k]);
	}
	free(v);
	free(fail);
	return k;
}

/* What is left of list when what it had before is taken off. */
static struct lc_iter
fresh(struct lc_text list, struct lc_text before)
{
	struct lc_iter	it;
	struct lc_text	v;
	size_t		skip = is_list(before) ? overlap(list, before) : 0;

	for (lc_walk(&it, list); skip > 0; skip--)
		lc_next(&it, &v);
	return it;
}

static void
put_null(struct buf *out, const char *name, bool nulls)
{
	if (nulls)
		jw_kstr(out, name, NULL);
}

static void
put_text(struct buf *out, const char *name, struct lc_text v, bool nulls)
{
	struct buf	raw;

	buf_init(&raw, v.n + 8);
	if (answer_text(&raw, v)) {
		jw_key(out, name);
		jw_str(out, raw.p != NULL ? raw.p : "", raw.len);
	} else
		put_null(out, name, nulls);
	buf_free(&raw);
}

static void
put_queries(struct buf *out, const struct answer *a, struct lc_text *sql)
{
	struct lc_iter	it;
	struct lc_text	v, of[2];

	sql->p = NULL;
	if (!is_list(a->queries)) {
		put_null(out, "queries_and_results", a->nulls);
		return;
	}
	jw_key(out, "queries_and_results");
	jw_open(out, '[');
	for (it = fresh(a->queries, a->before); lc_next(&it, &v);) {
		if (!pair(v, of))
			continue;
		if (sql->p == NULL)
			*sql = of[0];
		jw_open(out, '[');
		put_string(out, of[0]);
		put_string(out, of[1]);
		jw_close(out, ']');
	}
	jw_close(out, ']');
}

static void
put_list(struct buf *out, const char *name, struct lc_text list, bool nulls)
{
	struct lc_iter	it;
	struct lc_text	v;

	if (!is_list(list)) {
		put_null(out, name, nulls);
		return;
	}
	jw_key(out, name);
	jw_open(out, '[');
	for (lc_walk(&it, list); lc_next(&it, &v);)
		put_string(out, v);
	jw_close(out, ']');
}

static void
put_chunk(struct buf *out, struct lc_text v)
{
	static const char *const	copied[] = {
		"source_file", "page_number"
	};
	struct lc_text			content = v, meta = { NULL, 0 }, m;
	size_t				i;

	if (*v.p == '{') {
		content = lc_member(v, "page_content");
		meta = lc_member(v, "metadata");
	}
	if (content.p == NULL)
		return;
	jw_open(out, '{');
	jw_key(out, "page_content");
	put_string(out, content);
	if (meta.p != NULL && *meta.p == '{') {
		jw_key(out, "metadata");
		jw_raw(out, meta.p, meta.n);
	}
	for (i = 0; i < nitems(copied); i++)
		if ((m = lc_member(meta, copied[i])).p != NULL) {
			jw_key(out, copied[i]);
			jw_raw(out, m.p, m.n);
		}
	jw_close(out, '}');
}

static void
put_chunks(struct buf *out, struct lc_text list, bool nulls)
{
	struct lc_iter	it;
	struct lc_text	v;

	if (!is_list(list)) {
		put_null(out, "top_chunks", nulls);
		return;
	}
	jw_key(out, "top_chunks");
	jw_open(out, '[');
	for (lc_walk(&it, list); lc_next(&it, &v);)
		put_chunk(out, v);
	jw_close(out, ']');
}

void
answer_write(struct buf *out, const struct answer *a, size_t *cut)
{
	struct lc_text	sql;

	jw_open(out, '{');
	jw_key(out, "id");
	buf_str(out, "\"msg_");
	lc_chars(out, a->checkpoint, strlen(a->checkpoint));
	buf_chr(out, '"');
	jw_kstr(out, "threadId", a->thread);
	jw_kstr(out, "user", a->owner);
	jw_kint(out, "createdAt", answer_ms(a->ts));
	put_null(out, "startedAt", a->nulls);
	put_text(out, "prompt", a->prompt, a->nulls);
	put_text(out, "final_answer", a->final, a->nulls);
	put_queries(out, a, &sql);
	put_list(out, "datasets_used", a->codes, a->nulls);
	put_chunks(out, a->chunks, a->nulls);
	if (sql.p != NULL) {
		jw_key(out, "sql_query");
		put_string(out, sql);
	} else
		put_null(out, "sql_query", a->nulls);
	put_null(out, "error", a->nulls);
	jw_kbool(out, "isLoading", false);
	jw_kbool(out, "isError", false);
	*cut = out->len;
	put_list(out, "followup_prompts", a->followups, a->nulls);
	jw_close(out, '}');
}

void
answer_run(struct buf *out, const char *run, bool nulls)
{
	if (run != NULL || nulls)
		jw_kstr(out, "run_id", run);
}

enum kind { K_OTHER, K_HUMAN, K_AI };

static enum kind
kind_of(const struct message *m)
{
	struct lc_text	type;

	if (m->type != NULL)
		return strcmp(m->type, "human") == 0 ? K_HUMAN :
		    strcmp(m->type, "ai") == 0 ? K_AI : K_OTHER;
	type = lc_unquote(lc_member(m->t, "type"));
	if (lc_is(type, "human") || lc_is(type, "HumanMessageChunk"))
		return K_HUMAN;
	return lc_is(type, "ai") || lc_is(type, "AIMessageChunk") ? K_AI :
	    K_OTHER;
}

static bool
calls_tools(const struct message *m)
{
	struct lc_text	calls = lc_member(m->t, "tool_calls");

	if (!is_list(calls) || count(calls) == 0)
		calls = lc_member(lc_member(m->t, "additional_kwargs"),
		    "tool_calls");
	return is_list(calls) && count(calls) > 0;
}

/* The text of a message: a string, or those of its blocks one by one. */
static void
put_content(struct buf *out, const struct message *m)
{
	struct lc_text	content = m->content, v, t;
	struct lc_iter	it;

	if (content.p == NULL)
		content = lc_member(m->t, "content");
	buf_chr(out, '"');
	if ((t = lc_unquote(content)).p != NULL)
		buf_add(out, t.p, t.n);
	else if (is_list(content))
		for (lc_walk(&it, content); lc_next(&it, &v);) {
			if (*v.p == '{')
				v = lc_member(v, "text");
			if ((t = lc_unquote(v)).p != NULL)
				buf_add(out, t.p, t.n);
		}
	buf_chr(out, '"');
}

static void
put_message(struct buf *out, struct lc_text t, size_t at[2])
{
	struct message	m;

	at[0] = at[1] = out->len;
	if (t.p == NULL)
		return;
	message_read(&m, t);
	put_content(out, &m);
	at[1] = out->len;
}

/* K_AI only for what says something to a human. */
static enum kind
said(struct lc_text v)
{
	struct message	m;
	enum kind	kind;

	message_read(&m, v);
	kind = kind_of(&m);
	return kind == K_AI && calls_tools(&m) ? K_OTHER : kind;
}

/* What was said last: an answer counts until its question is found. */
struct last {
	struct lc_text	human, ai;
};

static bool
look_back(struct last *l, struct lc_text v)
{
	enum kind	kind = said(v);

	if (kind == K_HUMAN)
		l->human = v;
	else if (kind == K_AI && l->ai.p == NULL)
		l->ai = v;
	return kind == K_HUMAN;
}

static void
put_last(struct buf *out, const struct last *l, size_t prompt[2],
    size_t final[2])
{
	put_message(out, l->human, prompt);
	put_message(out, l->human.p != NULL ? l->ai : l->human, final);
}

void
answer_in(struct buf *out, const struct lc_text *v, size_t n,
    size_t prompt[2], size_t final[2])
{
	struct last	l = { .human = { NULL, 0 } };

	while (n > 0 && !look_back(&l, v[n - 1]))
		n--;
	put_last(out, &l, prompt, final);
}

void
answer_find(struct buf *out, struct lc_text messages, size_t prompt[2],
    size_t final[2])
{
	enum { BACK = 64 };
	struct last	l = { .human = { NULL, 0 } };
	struct lc_text	v[BACK];
	struct lc_iter	it;
	enum kind	kind;
	size_t		n, i;

	for (lc_walk(&it, messages), n = 0; lc_next(&it, &v[n % BACK]); n++)
		;
	/* Mostly the last messages tell, and the others need no look. */
	for (i = 1; i <= n && i <= BACK; i++)
		if (look_back(&l, v[(n - i) % BACK]))
			break;
	if (l.human.p == NULL && n > BACK) {
		for (lc_walk(&it, messages); lc_next(&it, &v[0]);) {
			if ((kind = said(v[0])) == K_HUMAN) {
				l.human = v[0];
				l.ai.p = NULL;
			} else if (kind == K_AI)
				l.ai = v[0];
		}
	}
	put_last(out, &l, prompt, final);
}
