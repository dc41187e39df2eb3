/* ndarray.c: NumPy arrays as nested JSON lists. */
#include "config.h"

#include "codec/ndarray.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "codec/lctext.h"

struct dtype {
	char	kind;		/* b, i, u or f; 0: not one of ours */
	size_t	size;
	bool	big;
};

static struct dtype
dtype_of(struct lc_text t)
{
	static const struct {
		const char	*name;
		char		 kind;
		size_t		 size;
	} known[] = {
		{ "b1", 'b', 1 }, { "i1", 'i', 1 }, { "i2", 'i', 2 },
		{ "i4", 'i', 4 }, { "i8", 'i', 8 }, { "u1", 'u', 1 },
		{ "u2", 'u', 2 }, { "u4", 'u', 4 }, { "u8", 'u', 8 },
		{ "f2", 'f', 2 }, { "f4", 'f', 4 }, { "f8", 'f', 8 },
	};
	struct dtype	d = { 0, 0, false };
	size_t		i;

	if (t.n == 3 && memchr("<>|=", *t.p, 4) != NULL) {
		d.big = *t.p == '>';
		t.p++;
		t.n--;
	}
	for (i = 0; i < nitems(known); i++)
		if (lc_is(t, known[i].name)) {
			d.kind = known[i].kind;
			d.size = known[i].size;
		}
	return d;
}

static double
half(uint64_t bits)
{
	int	exponent = (int)(bits >> 10 & 0x1f);
	double	fraction = (double)(bits & 0x3ff), v;

	if (exponent == 0x1f)
		return NAN;	/* and the infinities: both are null */
	v = exponent == 0 ? ldexp(fraction, -24) :
	    ldexp(fraction + 1024, exponent - 25);
	return bits & 0x8000 ? -v : v;
}

static double
real(uint64_t bits, size_t size)
{
	uint32_t	word = (uint32_t)bits;
	double		d;
	float		f;

	if (size == 2)
		return half(bits);
	if (size == 4) {
		memcpy(&f, &word, sizeof(f));
		return (double)f;
	}
	memcpy(&d, &bits, sizeof(d));
	return d;
}

static void
element(struct buf *out, struct dtype d, const char *data, size_t i)
{
	const unsigned char	*p = (const unsigned char *)data + i * d.size;
	uint64_t		 v = 0;
	size_t			 k;

	for (k = 0; k < d.size; k++)
		v = v << 8 | p[d.big ? k : d.size - 1 - k];
	if (d.kind == 'f')
		lc_double(out, real(v, d.size));
	else if (d.kind == 'b')
		buf_str(out, v != 0 ? "true" : "false");
	else if (d.kind == 'u')
		buf_printf(out, "%" PRIu64, v);
	else if (d.size < 8 && v >> (8 * d.size - 1) != 0)
		buf_printf(out, "%" PRId64, (int64_t)v -
		    ((int64_t)1 << (8 * d.size)));
	else
		buf_printf(out, "%" PRId64, (int64_t)v);
}

static void
describe(struct buf *out, const struct ndarray *a)
{
	unsigned	i;

	buf_str(out, "{\"dtype\":");
	lc_str(out, a->dtype.p, a->dtype.n);
	buf_str(out, ",\"shape\":[");
	for (i = 0; i < a->dims; i++)
		buf_printf(out, "%s%" PRIu64, i > 0 ? "," : "", a->shape[i]);
	buf_str(out, "]}");
}

/* index[] runs in logical order, the last dimension fastest. */
static void
lists(struct buf *out, const struct ndarray *a, struct dtype d, size_t count)
{
	uint64_t	index[NDARRAY_DIMS] = { 0 };
	size_t		stride[NDARRAY_DIMS], at, n, done;
	unsigned	i, k, ended = a->dims;

	for (n = 1, i = 0; i < a->dims; i++) {
		k = a->fortran ? i : a->dims - 1 - i;
		stride[k] = n;
		n *= (size_t)a->shape[k];
	}
	for (done = 0; done < count; done++) {
		if (done > 0)
			buf_chr(out, ',');
		for (i = 0; i < ended; i++)
			buf_chr(out, '[');
		for (at = 0, i = 0; i < a->dims; i++)
			at += (size_t)index[i] * stride[i];
		element(out, d, a->data.p, at);
		for (ended = 0; ended < a->dims; ended++) {
			k = a->dims - 1 - ended;
			if (++index[k] < a->shape[k])
				break;
			index[k] = 0;
			buf_chr(out, ']');
		}
	}
}

bool
ndarray_json(struct buf *out, const struct ndarray *a)
{
	struct dtype	d = dtype_of(a->dtype);
	size_t		count = 1;
	bool		huge = false;
	unsigned	i;

	for (i = 0; i < a->dims && a->shape[i] != 0; i++)
		if (__builtin_mul_overflow(count, a->shape[i], &count))
			huge = true;
	if (i < a->dims) {
		buf_str(out, "[]");
		return a->data.n == 0;
	}
	if (d.kind != 0 && (huge || a->data.n / d.size != count ||
	    a->data.n % d.size != 0))
		return false;
	if (d.kind == 0 || count > NDARRAY_SHOWN)
		describe(out, a);
	else
		lists(out, a, d, count);
	return true;
}
