/* msgpack.c: msgpack with LangGraph's extensions to JSON, bounded, one pass. */
#include "config.h"

#include "codec/msgpack.h"

#include <inttypes.h>
#include <string.h>

#include "base/b64.h"
#include "codec/lcpy.h"
#include "codec/lctext.h"
#include "codec/ndarray.h"

enum kind {
	MP_NIL, MP_NEVER, MP_FALSE, MP_TRUE, MP_BIN, MP_EXT, MP_FLOAT, MP_UINT,
	MP_INT, MP_STR, MP_ARRAY, MP_MAP
};

/*
 * 0xc0 to 0xdf: width is the number of bytes that hold the length, the count
 * or the value itself; fixed is the length that a fixext implies.
 */
static const struct {
	uint8_t	kind, width, fixed;
} formats[32] = {
	{ MP_NIL, 0, 0 },   { MP_NEVER, 0, 0 }, { MP_FALSE, 0, 0 },
	{ MP_TRUE, 0, 0 },  { MP_BIN, 1, 0 },	{ MP_BIN, 2, 0 },
	{ MP_BIN, 4, 0 },   { MP_EXT, 1, 0 },	{ MP_EXT, 2, 0 },
	{ MP_EXT, 4, 0 },   { MP_FLOAT, 4, 0 }, { MP_FLOAT, 8, 0 },
	{ MP_UINT, 1, 0 },  { MP_UINT, 2, 0 },	{ MP_UINT, 4, 0 },
	{ MP_UINT, 8, 0 },  { MP_INT, 1, 0 },	{ MP_INT, 2, 0 },
	{ MP_INT, 4, 0 },   { MP_INT, 8, 0 },	{ MP_EXT, 0, 1 },
	{ MP_EXT, 0, 2 },   { MP_EXT, 0, 4 },	{ MP_EXT, 0, 8 },
	{ MP_EXT, 0, 16 },  { MP_STR, 1, 0 },	{ MP_STR, 2, 0 },
	{ MP_STR, 4, 0 },   { MP_ARRAY, 2, 0 }, { MP_ARRAY, 4, 0 },
	{ MP_MAP, 2, 0 },   { MP_MAP, 4, 0 },
};

/* What stands before a value's contents. */
struct head {
	enum kind	kind;
	uint64_t	n;	/* length, count, or the number's bits */
	unsigned	width;
	int8_t		ext;
};

struct mp {
	const uint8_t	*p, *end;
	struct buf	*out;
	struct buf	 members;	/* struct lc_member of the open maps */
	struct lc_limits limits;
	size_t		 values;
	size_t		 spelt;		/* bytes of keys that became strings */
	unsigned	 depth, flags;
};

static enum outcome	value(struct mp *);

static size_t
left(const struct mp *m)
{
	return (size_t)(m->end - m->p);
}

/* False: no such format, or more is announced than bytes are left. */
static bool
read_head(struct mp *m, struct head *h)
{
	unsigned	b, i;

	memset(h, 0, sizeof(*h));
	if (left(m) == 0)
		return false;
	b = *m->p++;
	if (b < 0x80 || b >= 0xe0) {
		h->kind = b < 0x80 ? MP_UINT : MP_INT;
		h->width = 1;
		h->n = b;
	} else if (b < 0xc0) {
		h->kind = b < 0x90 ? MP_MAP : b < 0xa0 ? MP_ARRAY : MP_STR;
		h->n = b & (b < 0xa0 ? 0x0f : 0x1f);
	} else {
		h->kind = formats[b - 0xc0].kind;
		h->width = formats[b - 0xc0].width;
		h->n = formats[b - 0xc0].fixed;
		if (left(m) < h->width)
			return false;
		for (i = 0; i < h->width; i++)
			h->n = h->n << 8 | *m->p++;
	}
	if (h->kind == MP_EXT) {
		if (left(m) == 0)
			return false;
		h->ext = (int8_t)*m->p++;
	}
	switch (h->kind) {
	case MP_NEVER:
		return false;
	case MP_STR:
	case MP_BIN:
	case MP_EXT:
	case MP_ARRAY:
		return h->n <= left(m);
	case MP_MAP:
		return h->n <= left(m) / 2;
	default:
		return true;
	}
}

static int64_t
sign_extended(const struct head *h)
{
	unsigned	shift = 64 - 8 * h->width;

	return (int64_t)(h->n << shift) >> shift;
}

static double
real(const struct head *h)
{
	uint32_t	word = (uint32_t)h->n;
	double		d;
	float		f;

	if (h->width == 8) {
		memcpy(&d, &h->n, sizeof(d));
		return d;
	}
	memcpy(&f, &word, sizeof(f));
	return (double)f;
}

static struct lc_text
bytes(struct mp *m, const struct head *h)
{
	struct lc_text	t = { (const char *)m->p, (size_t)h->n };

	m->p += h->n;
	return t;
}

static enum outcome
array(struct mp *m, uint64_t n)
{
	enum outcome	o;
	uint64_t	i;

	buf_chr(m->out, '[');
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_chr(m->out, ',');
		if ((o = value(m)) != OUT_VALUE)
			return o;
	}
	buf_chr(m->out, ']');
	return OUT_VALUE;
}

/* A key that is no string becomes its text; nested, that doubles the '\\'s. */
static enum outcome
map_key(struct mp *m)
{
	size_t		mark = m->out->len;
	enum outcome	o;

	if ((o = value(m)) != OUT_VALUE)
		return o;
	if (m->out->over)
		return OUT_TOO_LARGE;
	if (m->out->p[mark] != '"') {
		m->spelt += m->out->len - mark;
		if (m->spelt > m->out->max)
			return OUT_TOO_LARGE;
		lc_stringify(m->out, mark);
	}
	return OUT_VALUE;
}

static enum outcome
map(struct mp *m, uint64_t n)
{
	struct lc_member member;
	size_t		 first = m->members.len;
	enum outcome	 o;
	uint64_t	 i;

	buf_chr(m->out, '{');
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_chr(m->out, ',');
		member.at = m->out->len;
		if ((o = map_key(m)) != OUT_VALUE)
			return o;
		member.klen = m->out->len - member.at;
		buf_add(&m->members, &member, sizeof(member));
		buf_chr(m->out, ':');
		if ((o = value(m)) != OUT_VALUE)
			return o;
	}
	if (n > 1 && lc_unique(m->out, (void *)(m->members.p + first),
	    (size_t)n) == SIZE_MAX)
		return OUT_TOO_LARGE;
	buf_cut(&m->members, first);
	buf_chr(m->out, '}');
	return OUT_VALUE;
}

static bool
read_text(struct mp *m, struct lc_text *t)
{
	struct head	h;

	if (!read_head(m, &h) || h.kind != MP_STR)
		return false;
	*t = bytes(m, &h);
	return true;
}

/* [dtype, [shape], "C" or "F", bytes] */
static enum outcome
numpy(struct mp *m)
{
	struct ndarray	a;
	struct lc_text	order;
	struct head	h;
	unsigned	i;

	if (!read_text(m, &a.dtype) || !read_head(m, &h) ||
	    h.kind != MP_ARRAY || h.n > NDARRAY_DIMS)
		return OUT_CORRUPT;
	a.dims = (unsigned)h.n;
	for (i = 0; i < a.dims; i++) {
		if (!read_head(m, &h) || (h.kind != MP_UINT &&
		    (h.kind != MP_INT || sign_extended(&h) < 0)))
			return OUT_CORRUPT;
		a.shape[i] = h.n;
	}
	if (!read_text(m, &order) || !(lc_is(order, "C") || lc_is(order, "F")))
		return OUT_CORRUPT;
	a.fortran = *order.p == 'F';
	if (!read_head(m, &h) || h.kind != MP_BIN)
		return OUT_CORRUPT;
	a.data = bytes(m, &h);
	return ndarray_json(m->out, &a) ? OUT_VALUE : OUT_CORRUPT;
}

/* {"value": X} at the top of a write: the one class that changes meaning. */
static void
overwrite(struct mp *m, size_t mark)
{
	static const char	open[] = "{\"__overwrite__\":";
	struct lc_text		t, v;
	size_t			at;

	if (m->out->over)
		return;
	t.p = m->out->p + mark;
	t.n = m->out->len - mark;
	v = lc_member(t, "value");
	if (v.p == NULL || buf_room(m->out, sizeof(open)) == NULL)
		return;
	at = (size_t)(v.p - t.p);
	t.p = m->out->p + mark;
	memmove(m->out->p + mark + sizeof(open) - 1, t.p + at, v.n);
	memcpy(m->out->p + mark, open, sizeof(open) - 1);
	m->out->len = mark + sizeof(open) - 1 + v.n;
	buf_chr(m->out, '}');
}

/* [module, name, payload, method]: what 0 to 5 have in common. */
static const struct {
	uint64_t	arity;
	enum kind	kind;	/* of the payload; MP_NEVER: any */
	enum lc_form	form;
} constructors[] = {
	{ 3, MP_NEVER,	LC_ARG },
	{ 3, MP_ARRAY,	LC_ARGS },
	{ 3, MP_MAP,	LC_KWARGS },
	{ 4, MP_NEVER,	LC_ARG },
	{ 3, MP_MAP,	LC_KWARGS },
	{ 4, MP_MAP,	LC_KWARGS },
};

static enum outcome
constructor(struct mp *m, unsigned ext, uint64_t arity)
{
	struct lc_text	module, name, method;
	const uint8_t	*payload;
	size_t		mark = m->out->len;
	struct head	h;
	enum outcome	o;

	if (arity != constructors[ext].arity || !read_text(m, &module) ||
	    !read_text(m, &name))
		return OUT_CORRUPT;
	payload = m->p;
	if (!read_head(m, &h) || (constructors[ext].kind != MP_NEVER &&
	    constructors[ext].kind != h.kind))
		return OUT_CORRUPT;
	m->p = payload;
	if ((o = value(m)) != OUT_VALUE)
		return o;
	if (arity == 4 && !read_text(m, &method))
		return OUT_CORRUPT;
	if (ext == 2 && m->depth == 1 && (m->flags & MP_OVERWRITE) &&
	    lc_is(module, "langgraph.types") && lc_is(name, "Overwrite"))
		overwrite(m, mark);
	else
		(void)lc_python(m->out, mark, module, name,
		    constructors[ext].form);
	return OUT_VALUE;
}

static enum outcome
extension_body(struct mp *m, unsigned ext)
{
	struct head	h;
	enum outcome	o;

	if (ext == 7)
		o = value(m);
	else if (!read_head(m, &h) || h.kind != MP_ARRAY)
		return OUT_CORRUPT;
	else if (ext == 6)
		o = h.n == 4 ? numpy(m) : OUT_CORRUPT;
	else
		o = constructor(m, ext, h.n);
	return o == OUT_VALUE && left(m) > 0 ? OUT_CORRUPT : o;
}

/* What is wrong inside 0 to 6 costs that extension alone: cut back, null. */
static enum outcome
extension(struct mp *m, const struct head *h)
{
	const uint8_t	*outer = m->end, *next = m->p + h->n;
	size_t		mark = m->out->len, members = m->members.len;
	enum outcome	o = OUT_CORRUPT;

	if (h->ext >= 0 && h->ext <= 7) {
		m->end = next;
		o = extension_body(m, (unsigned)h->ext);
		m->end = outer;
		if (o == OUT_TOO_LARGE || (o == OUT_CORRUPT && h->ext == 7))
			return o;
	}
	if (o == OUT_CORRUPT) {
		buf_cut(m->out, mark);
		buf_cut(&m->members, members);
		buf_str(m->out, "null");
	}
	m->p = next;
	return OUT_VALUE;
}

static enum outcome
nested(struct mp *m, const struct head *h)
{
	enum outcome	o;

	if (m->depth >= m->limits.depth)
		return OUT_CORRUPT;
	m->depth++;
	if (h->kind == MP_ARRAY)
		o = array(m, h->n);
	else if (h->kind == MP_MAP)
		o = map(m, h->n);
	else
		o = extension(m, h);
	m->depth--;
	return o;
}

static void
scalar(struct mp *m, const struct head *h)
{
	struct lc_text	t;

	switch (h->kind) {
	case MP_FALSE:
		buf_str(m->out, "false");
		break;
	case MP_TRUE:
		buf_str(m->out, "true");
		break;
	case MP_UINT:
		buf_printf(m->out, "%" PRIu64, h->n);
		break;
	case MP_INT:
		buf_printf(m->out, "%" PRId64, sign_extended(h));
		break;
	case MP_FLOAT:
		lc_double(m->out, real(h));
		break;
	case MP_STR:
		t = bytes(m, h);
		lc_str(m->out, t.p, t.n);
		break;
	case MP_BIN:
		t = bytes(m, h);
		buf_chr(m->out, '"');
		b64_encode(m->out, t.p, t.n);
		buf_chr(m->out, '"');
		break;
	default:
		buf_str(m->out, "null");
	}
}

static enum outcome
value(struct mp *m)
{
	struct head	h;

	if (m->out->over || m->members.over || ++m->values > m->limits.values)
		return OUT_TOO_LARGE;
	if (!read_head(m, &h))
		return OUT_CORRUPT;
	if (h.kind == MP_ARRAY || h.kind == MP_MAP || h.kind == MP_EXT)
		return nested(m, &h);
	scalar(m, &h);
	return OUT_VALUE;
}

enum outcome
mp_json(const void *p, size_t n, const struct lc_limits *limits,
    unsigned flags, struct buf *out)
{
	struct mp	m = { .p = p, .out = out, .limits = *limits,
			    .flags = flags };
	size_t		mark = out->len;
	bool		over = out->over;
	enum outcome	o;

	m.end = m.p + n;
	if (m.limits.depth > LC_DEPTH_MAX)
		m.limits.depth = LC_DEPTH_MAX;
	buf_init(&m.members, SIZE_MAX / 4);
	o = value(&m);
	if (o == OUT_VALUE && left(&m) > 0)
		o = OUT_CORRUPT;
	if (o == OUT_VALUE && out->over)
		o = OUT_TOO_LARGE;
	buf_free(&m.members);
	if (o != OUT_VALUE) {
		buf_cut(out, mark);
		out->over = over;
	}
	return o;
}

/* Past a value, without recursion: what is still to come is counted. */
static bool
skip(struct mp *m)
{
	struct head	h;
	uint64_t	todo;

	for (todo = 1; todo > 0; todo--) {
		if (!read_head(m, &h))
			return false;
		if (h.kind == MP_ARRAY)
			todo += h.n;
		else if (h.kind == MP_MAP)
			todo += 2 * h.n;
		else if (h.kind == MP_STR || h.kind == MP_BIN ||
		    h.kind == MP_EXT)
			m->p += h.n;
	}
	return true;
}

bool
mp_measure(const void *p, size_t n, size_t *ends, size_t count)
{
	struct mp	 m = { .p = p, .end = (const uint8_t *)p + n };
	const uint8_t	*from;
	struct head	 h;
	size_t		 i;

	if (!read_head(&m, &h) || h.kind != MP_ARRAY || h.n != count)
		return false;
	from = m.p;
	for (i = 0; i < count; i++) {
		if (!skip(&m))
			return false;
		ends[i] = (size_t)(m.p - from) +
		    (i + 1 < 16 ? 1 : i + 1 < 65536 ? 3 : 5);
	}
	return m.p == m.end;
}
