/* fuzz_multipart.c: a form whole, in pieces and by single bytes is one form. */
#include "config.h"

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "codec/filename.h"
#include "codec/filetype.h"
#include "codec/multipart.h"

/* What a sink heard, and how the parse ended. */
struct heard {
	struct buf	 b;
	struct filetype	 type;
	enum mp_err	 e;
};

static void
clean(struct buf *b, const char *name)
{
	char	out[FILENAME_MAX_BYTES + 1];
	size_t	n;

	filename_clean(name, strlen(name), out);
	n = strlen(out);
	if (n == 0 || n > FILENAME_MAX_BYTES || !utf8_valid(out, n) ||
	    strpbrk(out, "/\\\r\n") != NULL || *out == '.')
		abort();
	n = b->len;
	filename_disposition(b, false, out);
	if (!b->over && (memchr(b->p + n, '\r', b->len - n) != NULL ||
	    memchr(b->p + n, '\n', b->len - n) != NULL))
		abort();
}

static bool
part(void *arg, const struct mp_part *p)
{
	struct heard	*h = arg;

	buf_printf(&h->b, "\n%s %s\n", p->name,
	    p->type != NULL ? p->type : "");
	if (p->filename != NULL)
		clean(&h->b, p->filename);
	return true;
}

static bool
data(void *arg, const char *s, size_t n)
{
	struct heard	*h = arg;

	buf_add(&h->b, s, n);
	filetype_push(&h->type, s, n);
	return true;
}

static void
parse(struct heard *h, const char *s, size_t len, size_t step)
{
	struct arena		*a = arena_new(1 << 22);
	struct mp_sink		 sink = { part, data, h };
	struct multipart	 m;
	size_t			 k;

	memset(h, 0, sizeof(*h));
	buf_init(&h->b, 1 << 22);
	h->e = multipart_init(&m, a, "multipart/form-data; boundary=x", &sink);
	for (; h->e == MP_OK && len > 0; s += k, len -= k) {
		k = step < len ? step : len;
		h->e = multipart_push(&m, s, k);
	}
	if (h->e == MP_OK)
		h->e = multipart_end(&m);
	arena_free(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	static const size_t	steps[] = { 1, 7, 4096 };
	struct heard		whole, h;
	size_t			i;

	parse(&whole, (const char *)in, len, len + 1);
	for (i = 0; i < nitems(steps); i++) {
		parse(&h, (const char *)in, len, steps[i]);
		if (h.e != whole.e || h.b.len != whole.b.len ||
		    (h.b.len > 0 && memcmp(h.b.p, whole.b.p, h.b.len) != 0) ||
		    h.type.nhead != whole.type.nhead ||
		    (h.type.binary || h.type.ntail > 0) !=
		    (whole.type.binary || whole.type.ntail > 0))
			abort();
		buf_free(&h.b);
	}
	buf_free(&whole.b);
	return 0;
}
