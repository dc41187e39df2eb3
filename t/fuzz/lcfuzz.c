/* lcfuzz.c: what holds of every value that a checkpoint decoder wrote. */
#include "config.h"

#include "lcfuzz.h"

#include <stdlib.h>
#include <string.h>

#include "codec/json.h"
#include "codec/lcjson.h"
#include "core/replay.h"

#define DEPTH	200	/* wrappers of replay come on top of the limit */

const struct lc_limits	lcfuzz_limits = { 10000, 64 };

/* U+0000 and numbers beyond a double are legal in blobs. */
static void
strict(const struct buf *b)
{
	enum json_err	e = json_scan(b->p, b->len, DEPTH);

	if (e != JSON_OK && e != JSON_NUL && e != JSON_RANGE)
		abort();
}

void
lcfuzz_value(const struct buf *v)
{
	static const struct lc_limits	any = { SIZE_MAX, DEPTH };
	struct lc_text			t = { v->p, v->len };
	struct buf			out;
	int				js;

	strict(v);
	buf_init(&out, 1 << 22);
	if (lj_json(v->p, v->len, &any, LJ_PLAIN, &out) != OUT_VALUE ||
	    out.len != v->len || memcmp(out.p, v->p, v->len) != 0)
		abort();	/* not in the one spelling */
	for (js = 0; js <= 1; js++) {
		buf_reset(&out, out.max);
		if (replay(t, &t, 1, js, &any, &out) == OUT_VALUE)
			strict(&out);
	}
	buf_free(&out);
}
