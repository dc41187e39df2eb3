/* fuzz_chatkit.c: what ChatKit's client is shown of any document is JSON. */
#include "config.h"

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "codec/ckcall.h"
#include "codec/ckdoc.h"

#define DEPTH	100

static void
check(struct buf *b)
{
	if (b->over || json_scan(b->p, b->len, DEPTH) != JSON_OK)
		abort();
	buf_cut(b, 0);
}

static void
shown(struct buf *b, struct arena *a, struct json_span doc)
{
	static const char *const	types[] = { "user_message", "widget",
					    "client_tool_call", "unknown" };
	static const struct ckdoc_links	none;
	struct json_span		again;
	char				*first;
	size_t				 i, n;

	for (i = 0; i < nitems(types); i++) {
		ckdoc_item(b, types[i], doc, &none);
		first = arena_memdup(a, b->p, n = b->len);
		check(b);
		/* What is shown once is shown the same again. */
		again = json_whole(first, n);
		ckdoc_item(b, types[i], again, &none);
		if (b->len != n || memcmp(b->p, first, n) != 0)
			abort();
		check(b);
		(void)ckdoc_plain(a, types[i], doc);
	}
	ckdoc_thread(b, doc);
	buf_str(b, "{}}");
	check(b);
}

/* The place of the title is one where a title can stand. */
static void
titled(struct buf *b, const char *text, size_t len)
{
	struct ckdoc_title	t = ckdoc_title(text, len);
	size_t			at, end;

	at = utf8_prefix(text, len, t.at - 1);
	end = at + utf8_prefix(text + at, len - at, t.length);
	buf_add(b, text, at);
	if (t.length == 0)
		buf_str(b, json_walk(json_whole(text, len)).p ==
		    text + at ? "\"title\":" : ",\"title\":");
	buf_str(b, "\"x\"");
	buf_add(b, text + end, len - end);
	check(b);
}

static void
called(struct arena *a, struct json_span body)
{
	struct ck_params	p;
	const char		*why = NULL;
	enum ck_type		t;

	t = ckcall_type(a, body, &why);
	if ((t == CK__MAX) != (why != NULL))
		abort();
	for (t = 0; t < CK__MAX; t++) {
		why = ckcall_params(a, body, t, &p);
		if (why != NULL && !utf8_valid(why, strlen(why)))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char	*text = (const char *)data;
	struct json_span doc;
	struct arena	*a;
	struct buf	 b;

	if (json_scan(text, len, DEPTH - 1) != JSON_OK)
		return 0;
	a = arena_new((1 << 20) + len * 512);
	buf_init(&b, 4096 + len * 4);
	doc = json_whole(text, len);
	called(a, doc);
	if (*doc.p == '{') {
		shown(&b, a, doc);
		titled(&b, text, len);
	}
	buf_free(&b);
	arena_free(a);
	return 0;
}
