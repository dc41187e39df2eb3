/* test_msgpack.c: LangGraph's values, another encoder's, and hostile ones. */
#include "config.h"

#include <msgpack.h>
#include <stdlib.h>

#include "base/b64.h"
#include "codec/msgpack.h"
#include "unit/lctest.h"
#include "unit/unit.h"

static void
a_vector_is_its_json(struct json_object *v)
{
	struct json_object	*parts, *part;
	struct lc_blob		 blob = { string_of(v, "type"), NULL, 0 };
	struct buf		 in, out;
	int			 i, k;
	size_t			 n;

	buf_init(&in, 1 << 20);
	buf_init(&out, 1 << 20);
	if ((parts = json_object_object_get(v, "parts")) == NULL)
		unhex(&in, string_of(v, "hex"));
	for (n = 0; parts != NULL && n < json_object_array_length(parts); n++) {
		part = json_object_array_get_idx(parts, n);
		k = json_object_get_int(json_object_array_get_idx(part, 1));
		for (i = 0; i < k; i++)
			unhex(&in, json_object_get_string(
			    json_object_array_get_idx(part, 0)));
	}
	blob.p = in.p != NULL ? in.p : "";
	blob.n = in.len;
	check(string_of(v, "name"), json_object_get_int(
	    json_object_object_get(v, "len")), in.len);
	check(string_of(v, "name"), OUT_VALUE,
	    lc_value(&blob, &lc_plain, 0, &out));
	if (parts == NULL)
		check_json(string_of(v, "name"),
		    json_object_object_get(v, "json"), out.p, out.len);
	else {
		check(string_of(v, "name"), 65538, out.len);
		for (n = 1; n < 65537 && out.p[n] == 'a'; n++)
			;
		check(string_of(v, "name"), 65537, n);
	}
	buf_free(&in);
	buf_free(&out);
}

static void
langgraphs_vectors(void)
{
	struct json_object	*all;
	size_t			 i, n;

	all = json_file("vectors/langgraph/msgpack_vectors.json");
	n = json_object_array_length(all);
	check("all vectors", 70, n);
	for (i = 0; i < n; i++)
		a_vector_is_its_json(json_object_array_get_idx(all, i));
	json_object_put(all);
}

/* out NULL: what becomes of it is no value. */
static const struct {
	const char	*why, *hex;
	enum outcome	 want;
	const char	*out;
} cases[] = {
	{ "nothing", "", OUT_CORRUPT, NULL },
	{ "0xc1", "c1", OUT_CORRUPT, NULL },
	{ "bytes after the value", "c0c0", OUT_CORRUPT, NULL },
	{ "an array of 2^32-1", "ddffffffff", OUT_CORRUPT, NULL },
	{ "a map of 2^32-1", "dfffffffff", OUT_CORRUPT, NULL },
	{ "a map with bytes for half", "8201", OUT_CORRUPT, NULL },
	{ "a string of 4 GiB", "dbffffffff61", OUT_CORRUPT, NULL },
	{ "bytes of 4 GiB", "c6ffffffff00", OUT_CORRUPT, NULL },
	{ "an extension of 4 GiB", "c9ffffffff0500", OUT_CORRUPT, NULL },
	{ "a cut number", "cf0000", OUT_CORRUPT, NULL },
	{ "a cut length", "d9", OUT_CORRUPT, NULL },
	{ "an extension without its type", "c700", OUT_CORRUPT, NULL },
	{ "infinity", "cb7ff0000000000000", OUT_VALUE, "null" },
	{ "a float of 32 bits", "ca3fc00000", OUT_VALUE, "1.5" },
	{ "the smallest double", "cb0000000000000001", OUT_VALUE, "5e-324" },
	{ "minus zero", "cb8000000000000000", OUT_VALUE, "-0.0" },
	{ "a power of two", "cb3d30000000000000", OUT_VALUE,
	  "5.684341886080802e-14" },
	{ "bad bytes, each a subpart", "a4ffc0fe80", OUT_VALUE,
	  "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "a cut sequence is one", "a4f09f9861", OUT_VALUE,
	  "\"\xef\xbf\xbd""a\"" },
	{ "a surrogate is three", "a3eda080", OUT_VALUE,
	  "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "line separators are escaped", "a6e280a8e280a9", OUT_VALUE,
	  "\"\\u2028\\u2029\"" },
	{ "controls are escaped", "a600080a0d097f", OUT_VALUE,
	  "\"\\u0000\\b\\n\\r\\t\x7f\"" },
	{ "quotes are escaped", "a2225c", OUT_VALUE, "\"\\\"\\\\\"" },
	{ "nil, booleans, numbers as keys", "83c001c202ff03", OUT_VALUE,
	  "{\"null\":1,\"false\":2,\"-1\":3}" },
	{ "bytes as a key", "81c40200ff04", OUT_VALUE, "{\"AP8=\":4}" },
	{ "an array as a key", "819201a16205", OUT_VALUE,
	  "{\"[1,\\\"b\\\"]\":5}" },
	{ "a map as a key", "8181a161c006", OUT_VALUE,
	  "{\"{\\\"a\\\":null}\":6}" },
	{ "of equal keys the last", "83a16101a16202a16103", OUT_VALUE,
	  "{\"b\":2,\"a\":3}" },
	{ "equal after their text", "820101a13102", OUT_VALUE, "{\"1\":2}" },
	{ "an unknown extension", "d40800", OUT_VALUE, "null" },
	{ "a timestamp", "d6ff00000000", OUT_VALUE, "null" },
	{ "extension 0 of two", "92c7050092a161a162" "05", OUT_VALUE,
	  "[null,5]" },
	{ "a name that is no string", "92c70400930102" "03" "05", OUT_VALUE,
	  "[null,5]" },
	{ "bytes after its payload", "92c7070093a161a16201c0" "05", OUT_VALUE,
	  "[null,5]" },
	{ "0xc1 inside an extension", "92c7060093a161a162c105", OUT_VALUE,
	  "[null,5]" },
	{ "0xc1 two extensions down: the inner one", "92c70e0093a161a162"
	  "c7060093a161a162c1" "05", OUT_VALUE, "[null,5]" },
	{ "0xc1 inside extension 7", "d407c1", OUT_CORRUPT, NULL },
	{ "two values in extension 7", "d507c0c0", OUT_CORRUPT, NULL },
};

static void
single_values(void)
{
	struct buf	in, out;
	size_t		i;

	for (i = 0; i < nitems(cases); i++) {
		buf_init(&in, 1 << 16);
		buf_init(&out, 1 << 16);
		unhex(&in, cases[i].hex);
		buf_str(&out, "x");
		check(cases[i].why, cases[i].want, mp_json(in.p != NULL ?
		    in.p : "", in.len, &lc_plain.limits, 0, &out));
		buf_chr(&out, '\0');
		check_str(cases[i].why, cases[i].out != NULL ? cases[i].out :
		    "", out.p + 1);
		buf_free(&in);
		buf_free(&out);
	}
}

/* The other encoder: JSON to msgpack through msgpack-c. */
static void
pack(msgpack_packer *pk, struct json_object *o)
{
	size_t	i, n;

	switch (json_object_get_type(o)) {
	case json_type_null:
		msgpack_pack_nil(pk);
		break;
	case json_type_boolean:
		if (json_object_get_boolean(o))
			msgpack_pack_true(pk);
		else
			msgpack_pack_false(pk);
		break;
	case json_type_double:
		msgpack_pack_double(pk, json_object_get_double(o));
		break;
	case json_type_int:
		msgpack_pack_int64(pk, json_object_get_int64(o));
		break;
	case json_type_string:
		n = (size_t)json_object_get_string_len(o);
		msgpack_pack_str(pk, n);
		msgpack_pack_str_body(pk, json_object_get_string(o), n);
		break;
	case json_type_array:
		n = json_object_array_length(o);
		msgpack_pack_array(pk, n);
		for (i = 0; i < n; i++)
			pack(pk, json_object_array_get_idx(o, i));
		break;
	case json_type_object:
		msgpack_pack_map(pk, (size_t)json_object_object_length(o));
		json_object_object_foreach(o, key, v) {
			msgpack_pack_str(pk, strlen(key));
			msgpack_pack_str_body(pk, key, strlen(key));
			pack(pk, v);
		}
	}
}

static void
pack_text(msgpack_sbuffer *sb, const char *json)
{
	struct json_object	*o = json_tokener_parse(json);
	msgpack_packer		 pk;

	msgpack_packer_init(&pk, sb, msgpack_sbuffer_write);
	pack(&pk, o);
	json_object_put(o);
}

static void
another_encoders_values(void)
{
	static const char *const texts[] = {
		"null", "[]", "{}", "\"\\u0000\\ud83d\\ude00\\\"\\\\/\"",
		("[1,-1,127,128,-32,-33,255,256,65535,65536,-32769,"
		"2147483648,9223372036854775807,-9223372036854775808]"),
		"[0.1,1.0,-2.5e-300,1.7976931348623157e308]",
		"{\"a\":{\"b\":[{\"c\":[[[{}]]]},null,true,false]},\"\":\"\"}",
	};
	struct json_object	*want;
	msgpack_sbuffer		 sb;
	struct buf		 out;
	size_t			 i;

	for (i = 0; i < nitems(texts); i++) {
		msgpack_sbuffer_init(&sb);
		buf_init(&out, 1 << 16);
		pack_text(&sb, texts[i]);
		check(texts[i], OUT_VALUE, mp_json(sb.data, sb.size,
		    &lc_plain.limits, 0, &out));
		want = json_tokener_parse(texts[i]);
		check_json(texts[i], want, out.p, out.len);
		json_object_put(want);
		buf_free(&out);
		msgpack_sbuffer_destroy(&sb);
	}
}

/* Extensions 0 to 5, their payload as JSON. */
static const struct {
	const char	*why;
	int		 ext;
	const char	*module, *name, *payload, *method, *want;
} extensions[] = {
	{ "a secret", 0, "pydantic.types", "SecretStr", "\"s\"", NULL,
	  "\"**********\"" },
	{ "a secret of any module", 0, "my", "SecretBytes", "\"s\"", NULL,
	  "\"**********\"" },
	{ "a secret by arguments", 1, "my", "SecretStr", "[\"s\"]", NULL,
	  "\"**********\"" },
	{ "a secret by fields", 5, "my", "SecretStr", "{\"v\":\"s\"}", "m",
	  "\"**********\"" },
	{ "a UUID", 0, "uuid", "UUID", "\"0123456789abcdef0123456789abcdef\"",
	  NULL, "\"01234567-89ab-cdef-0123-456789abcdef\"" },
	{ "a UUID of 31 digits", 0, "uuid", "UUID",
	  "\"123456789abcdef0123456789abcdef\"", NULL,
	  "\"123456789abcdef0123456789abcdef\"" },
	{ "another UUID class", 0, "my", "UUID",
	  "\"0123456789abcdef0123456789abcdef\"", NULL,
	  "\"0123456789abcdef0123456789abcdef\"" },
	{ "a date", 1, "datetime", "date", "[2024,2,29]", NULL,
	  "\"2024-02-29\"" },
	{ "no leap year", 1, "datetime", "date", "[2025,2,29]", NULL,
	  "[2025,2,29]" },
	{ "month 13", 1, "datetime", "date", "[2026,13,1]", NULL,
	  "[2026,13,1]" },
	{ "a date of strings", 1, "datetime", "date", "[\"2026\",1,1]", NULL,
	  "[\"2026\",1,1]" },
	{ "a date of two", 1, "datetime", "date", "[2026,1]", NULL,
	  "[2026,1]" },
	{ "a negative half second", 1, "datetime", "timedelta",
	  "[-1,86399,500000]", NULL, "-0.5" },
	{ "a second and a half ago", 1, "datetime", "timedelta",
	  "[-1,86398,500000]", NULL, "-1.5" },
	{ "whole seconds", 1, "datetime", "timedelta", "[1,0,0]", NULL,
	  "86400" },
	{ "the longest time", 1, "datetime", "timedelta",
	  "[999999999,86399,999999]", NULL, "86399999999999.999999" },
	{ "too many seconds", 1, "datetime", "timedelta", "[0,86400,0]", NULL,
	  "[0,86400,0]" },
	{ "an offset", 1, "datetime", "timezone", "[-19800]", NULL,
	  "\"-05:30\"" },
	{ "an offset with a name", 1, "datetime", "timezone", "[3661,\"X\"]",
	  NULL, "\"+01:01:01\"" },
	{ "an offset of a day", 1, "datetime", "timezone", "[86400]", NULL,
	  "[86400]" },
	{ "a time with an offset", 2, "datetime", "time",
	  "{\"hour\":1,\"minute\":2,\"second\":3,\"microsecond\":0,"
	  "\"tzinfo\":\"+02:00\",\"fold\":0}", NULL, "\"01:02:03+02:00\"" },
	{ "hour 24", 2, "datetime", "time", "{\"hour\":24,\"minute\":0,"
	  "\"second\":0,\"microsecond\":0}", NULL, "{\"hour\":24,"
	  "\"minute\":0,\"second\":0,\"microsecond\":0}" },
	{ "a send", 1, "langgraph.types", "Send", "[\"n\",[1,2]]", NULL,
	  "{\"node\":\"n\",\"arg\":[1,2]}" },
	{ "a send of three", 1, "langgraph.types", "Send", "[\"n\",1,2]",
	  NULL, "[\"n\",1,2]" },
	{ "a path from the root", 1, "pathlib._local", "PosixPath",
	  "[\"/\",\"a\",\"b\"]", NULL, "\"/a/b\"" },
	{ "a relative path", 1, "pathlib", "PurePath", "[\"a\",\"b\\\"\"]",
	  NULL, "\"a/b\\\"\"" },
	{ "an empty path", 1, "pathlib", "Path", "[]", NULL, "\"\"" },
	{ "a path of numbers", 1, "pathlib", "Path", "[1]", NULL, "[1]" },
	{ "a method's argument", 3, "datetime", "datetime", "\"2026-01-01\"",
	  "fromisoformat", "\"2026-01-01\"" },
	{ "an interrupt", 2, "langgraph.types", "Interrupt",
	  "{\"value\":1,\"id\":\"x\"}", NULL, "{\"value\":1,\"id\":\"x\"}" },
	{ "an unknown model", 5, "os", "system", "{\"a\":1}",
	  "model_validate_json", "{\"a\":1}" },
	{ "arguments that are no array", 1, "a", "b", "1", NULL, "null" },
	{ "named ones that are no map", 2, "a", "b", "[]", NULL, "null" },
	{ "fields that are no map", 5, "a", "b", "[]", "m", "null" },
	{ "a method too many", 0, "a", "b", "1", "m", "null" },
	{ "no method", 3, "a", "b", "1", NULL, "null" },
};

static void
pack_extension(msgpack_sbuffer *sb, int ext, const char *const *texts, size_t n)
{
	msgpack_sbuffer	body;
	msgpack_packer	pk;
	size_t		i;

	msgpack_sbuffer_init(&body);
	msgpack_packer_init(&pk, &body, msgpack_sbuffer_write);
	msgpack_pack_array(&pk, n);
	for (i = 0; i < n; i++)
		if (i == 2)
			pack_text(&body, texts[i]);
		else {
			msgpack_pack_str(&pk, strlen(texts[i]));
			msgpack_pack_str_body(&pk, texts[i],
			    strlen(texts[i]));
		}
	msgpack_packer_init(&pk, sb, msgpack_sbuffer_write);
	msgpack_pack_ext(&pk, body.size, (int8_t)ext);
	msgpack_pack_ext_body(&pk, body.data, body.size);
	msgpack_sbuffer_destroy(&body);
}

static void
classes_are_data(void)
{
	msgpack_sbuffer	sb;
	msgpack_packer	pk;
	struct buf	out;
	char		want[256];
	size_t		i;

	for (i = 0; i < nitems(extensions); i++) {
		msgpack_sbuffer_init(&sb);
		msgpack_packer_init(&pk, &sb, msgpack_sbuffer_write);
		msgpack_pack_array(&pk, 2);
		pack_extension(&sb, extensions[i].ext, (const char *[]){
		    extensions[i].module, extensions[i].name,
		    extensions[i].payload, extensions[i].method },
		    extensions[i].method != NULL ? 4 : 3);
		msgpack_pack_nil(&pk);
		buf_init(&out, 1 << 16);
		check(extensions[i].why, OUT_VALUE, mp_json(sb.data, sb.size,
		    &lc_plain.limits, 0, &out));
		buf_chr(&out, '\0');
		snprintf(want, sizeof(want), "[%s,null]", extensions[i].want);
		check_str(extensions[i].why, want, out.p);
		buf_free(&out);
		msgpack_sbuffer_destroy(&sb);
	}
}

static void
an_overwrite_is_kept_at_the_top(void)
{
	static const char *const ow[] = {
		"langgraph.types", "Overwrite", "{\"value\":[1,2]}"
	};
	msgpack_sbuffer	sb;
	struct buf	out;

	msgpack_sbuffer_init(&sb);
	buf_init(&out, 1 << 16);
	pack_extension(&sb, 2, ow, 3);
	check("as a value", OUT_VALUE, mp_json(sb.data, sb.size,
	    &lc_plain.limits, 0, &out));
	check("as a write", OUT_VALUE, mp_json(sb.data, sb.size,
	    &lc_plain.limits, MP_OVERWRITE, &out));
	buf_chr(&out, '\0');
	check_str("both", "{\"value\":[1,2]}{\"__overwrite__\":[1,2]}", out.p);
	buf_free(&out);
	msgpack_sbuffer_destroy(&sb);
}

static const struct {
	const char	*why, *dtype;
	size_t		 dims;
	uint64_t	 shape[3];
	const char	*order, *hex, *want;
} arrays[] = {
	{ "in Fortran's order", "|i1", 2, { 2, 3 }, "F", "000102030405",
	  "[[0,2,4],[1,3,5]]" },
	{ "big end first", ">i2", 1, { 2 }, "C", "0001ffff", "[1,-1]" },
	{ "halves", "<f2", 1, { 3 }, "C", "003c0100007c",
	  "[1.0,5.960464477539063e-08,null]" },
	{ "booleans", "|b1", 1, { 2 }, "C", "0001", "[false,true]" },
	{ "unsigned to the end", "<u8", 1, { 1 }, "C", "ffffffffffffffff",
	  "[18446744073709551615]" },
	{ "signed to the end", "<i8", 1, { 1 }, "C", "0000000000000080",
	  "[-9223372036854775808]" },
	{ "a scalar", "|u1", 0, { 0 }, "C", "07", "7" },
	{ "none beside many", "<f8", 2, { 0, UINT64_MAX }, "C", "", "[]" },
	{ "many beside none", "<f8", 3, { UINT64_MAX, UINT64_MAX, 0 }, "C",
	  "", "[]" },
	{ "none with a byte", "<f8", 1, { 0 }, "C", "00", "null" },
	{ "a product that wraps", "|u1", 2, { 1ULL << 32, 1ULL << 32 }, "C",
	  "", "null" },
	{ "a size that wraps", "<f8", 1, { 1ULL << 61 }, "C", "", "null" },
	{ "a byte too few", "<i2", 1, { 2 }, "C", "000000", "null" },
	{ "a byte too many", "<i2", 1, { 1 }, "C", "000000", "null" },
	{ "complex numbers", "<c16", 1, { 5 }, "C", "00",
	  "{\"dtype\":\"<c16\",\"shape\":[5]}" },
	{ "another order", "|u1", 1, { 1 }, "A", "00", "null" },
};

static void
pack_array(msgpack_sbuffer *sb, size_t i, const char *data, size_t n)
{
	msgpack_sbuffer	body;
	msgpack_packer	pk;
	size_t		k;

	msgpack_sbuffer_init(&body);
	msgpack_packer_init(&pk, &body, msgpack_sbuffer_write);
	msgpack_pack_array(&pk, 4);
	msgpack_pack_str(&pk, strlen(arrays[i].dtype));
	msgpack_pack_str_body(&pk, arrays[i].dtype, strlen(arrays[i].dtype));
	msgpack_pack_array(&pk, arrays[i].dims);
	for (k = 0; k < arrays[i].dims; k++)
		msgpack_pack_uint64(&pk, arrays[i].shape[k]);
	msgpack_pack_str(&pk, 1);
	msgpack_pack_str_body(&pk, arrays[i].order, 1);
	msgpack_pack_bin(&pk, n);
	msgpack_pack_bin_body(&pk, data, n);
	msgpack_packer_init(&pk, sb, msgpack_sbuffer_write);
	msgpack_pack_ext(&pk, body.size, 6);
	msgpack_pack_ext_body(&pk, body.data, body.size);
	msgpack_sbuffer_destroy(&body);
}

static void
arrays_of_numpy(void)
{
	msgpack_sbuffer	sb;
	struct buf	data, out;
	size_t		i;

	for (i = 0; i < nitems(arrays); i++) {
		msgpack_sbuffer_init(&sb);
		buf_init(&data, 1 << 16);
		buf_init(&out, 1 << 16);
		unhex(&data, arrays[i].hex);
		pack_array(&sb, i, data.p != NULL ? data.p : "", data.len);
		check(arrays[i].why, OUT_VALUE, mp_json(sb.data, sb.size,
		    &lc_plain.limits, 0, &out));
		buf_chr(&out, '\0');
		check_str(arrays[i].why, arrays[i].want, out.p);
		buf_free(&data);
		buf_free(&out);
		msgpack_sbuffer_destroy(&sb);
	}
}

/* n times before, then after: nested or repeated. */
static const struct {
	const char	*why, *head, *before;
	size_t		 n;
	const char	*after;
	enum outcome	 want;
} bounds[] = {
	{ "64 arrays", "", "91", 63, "90", OUT_VALUE },
	{ "65 arrays", "", "91", 64, "90", OUT_CORRUPT },
	{ "64 arrays and a number", "", "91", 64, "05", OUT_VALUE },
	{ "64 maps", "", "81a161", 64, "05", OUT_VALUE },
	{ "65 maps", "", "81a161", 65, "05", OUT_CORRUPT },
	{ "a million arrays", "", "91", 1000000, "90", OUT_CORRUPT },
	{ "as many values", "dd000003e7", "c0", 999, "", OUT_VALUE },
	{ "one value more", "dd000003e8", "c0", 1000, "", OUT_TOO_LARGE },
	{ "empty arrays count", "dd000003e8", "90", 1000, "", OUT_TOO_LARGE },
	{ "keys count", "de0200", "c0c0", 512, "", OUT_TOO_LARGE },
};

static void
bounds_hold(void)
{
	static const struct lc_limits	lim = { 1000, 64 };
	struct buf			in, out;
	size_t				i, k;

	for (i = 0; i < nitems(bounds); i++) {
		buf_init(&in, 1 << 24);
		buf_init(&out, 1 << 20);
		unhex(&in, bounds[i].head);
		for (k = 0; k < bounds[i].n; k++)
			unhex(&in, bounds[i].before);
		unhex(&in, bounds[i].after);
		check(bounds[i].why, bounds[i].want,
		    mp_json(in.p, in.len, &lim, 0, &out));
		buf_free(&in);
		buf_free(&out);
	}
}

/* Four bytes a level: c8, length, type; the deepest that may is 64. */
static void
nested_extensions(void)
{
	unsigned char	 in[4 * 100 + 1], *p;
	struct buf	 out;
	unsigned	 levels, left, k;

	for (levels = 64; levels <= 65; levels++) {
		p = in;
		for (k = 0; k < levels; k++) {
			left = 4 * (levels - 1 - k) + 1;
			*p++ = 0xc8;
			*p++ = (unsigned char)(left >> 8);
			*p++ = (unsigned char)left;
			*p++ = 7;
		}
		*p++ = 0x05;
		buf_init(&out, 1 << 16);
		check("nested extensions", levels == 64 ? OUT_VALUE :
		    OUT_CORRUPT, mp_json(in, (size_t)(p - in),
		    &lc_plain.limits, 0, &out));
		buf_free(&out);
	}
}

/* Keys of keys double their backslashes: the work is bounded, not the depth. */
static void
amplification_ends(void)
{
	struct buf	in, out;
	size_t		i, k;

	buf_init(&in, 1 << 24);
	buf_init(&out, 1 << 20);
	unhex(&in, "dd00002710");
	for (i = 0; i < 10000; i++) {
		/* An extension that fails after its key of keys. */
		unhex(&in, "c8004d00" "93a161a162");
		for (k = 0; k < 60; k++)
			unhex(&in, "81");
		unhex(&in, "a122" "c0c0c0c0c0" "c0c0c0c0c1");
	}
	check("keys of keys", OUT_TOO_LARGE, mp_json(in.p, in.len,
	    &lc_plain.limits, 0, &out));
	check("nothing is left", 0, out.len);
	check("the buffer is as it was", false, out.over);
	buf_free(&in);
	buf_free(&out);
}

static void
the_output_has_a_ceiling(void)
{
	struct buf	in, out;
	size_t		i;

	buf_init(&in, 1 << 16);
	unhex(&in, "dc0400");
	for (i = 0; i < 1024; i++)
		unhex(&in, "c0");
	/* 1024 times "null", 1023 commas, two brackets. */
	buf_init(&out, 5121);
	check("a nil is five bytes", OUT_VALUE, mp_json(in.p, in.len,
	    &lc_plain.limits, 0, &out));
	buf_free(&out);
	buf_init(&out, 5120);
	check("a byte less", OUT_TOO_LARGE, mp_json(in.p, in.len,
	    &lc_plain.limits, 0, &out));
	check("and nothing is left", 0, out.len);
	buf_free(&out);
	buf_free(&in);
}

/* More members than are compared pairwise. */
static void
repeated_keys_of_a_large_map(void)
{
	struct buf	in, out;
	unsigned	i;

	buf_init(&in, 1 << 20);
	buf_init(&out, 1 << 20);
	unhex(&in, "de07d0");
	for (i = 0; i < 2000; i++) {
		buf_add(&in, "\xa2", 1);
		buf_chr(&in, (char)('a' + i % 10));
		buf_chr(&in, 'k');
		buf_chr(&in, (char)(i / 100));
	}
	check("2000 of 10 keys", OUT_VALUE, mp_json(in.p, in.len,
	    &lc_plain.limits, 0, &out));
	buf_chr(&out, '\0');
	check_str("the last of each", "{\"ak\":19,\"bk\":19,\"ck\":19,"
	    "\"dk\":19,\"ek\":19,\"fk\":19,\"gk\":19,\"hk\":19,\"ik\":19,"
	    "\"jk\":19}", out.p);
	buf_free(&in);
	buf_free(&out);
}

static CU_TestInfo	tests[] = {
	{ "LangGraph's vectors", langgraphs_vectors },
	{ "single values", single_values },
	{ "another encoder's values", another_encoders_values },
	{ "classes are data", classes_are_data },
	{ "an Overwrite is kept at the top", an_overwrite_is_kept_at_the_top },
	{ "arrays of NumPy", arrays_of_numpy },
	{ "bounds hold", bounds_hold },
	{ "nested extensions", nested_extensions },
	{ "amplification ends", amplification_ends },
	{ "the output has a ceiling", the_output_has_a_ceiling },
	{ "repeated keys of a large map", repeated_keys_of_a_large_map },
	CU_TEST_INFO_NULL
};

const struct suite	msgpack_suite = { "msgpack", tests };
