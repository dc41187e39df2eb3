/* test_eax.c: AES-EAX against Wycheproof; what becomes of each type. */
#include "config.h"

#include <stdio.h>

#include "codec/eax.h"
#include "codec/lcvalue.h"
#include "unit/lctest.h"
#include "unit/unit.h"

#define EAX_KEY		"00000000000000000000000000000000"
#define EAX_SEALED	"00000000000000000000000000000000" \
	"00000000000000000000000000000000" \
	"1d"

static void
wycheproof_case(struct json_object *t, bool *valid)
{
	struct buf	key, in, want;
	unsigned char	out[1024];
	char		why[64];

	snprintf(why, sizeof(why), "tcId %s", string_of(t, "tcId"));
	*valid = strcmp(string_of(t, "result"), "valid") == 0;
	buf_init(&key, 64);
	buf_init(&in, sizeof(out) + EAX_OVERHEAD);
	buf_init(&want, sizeof(out));
	unhex(&key, string_of(t, "key"));
	unhex(&in, string_of(t, "iv"));
	unhex(&in, string_of(t, "tag"));
	unhex(&in, string_of(t, "ct"));
	unhex(&want, string_of(t, "msg"));
	check(why, *valid, eax_open(key.p, key.len, in.p, in.len, out));
	check(why, in.len - EAX_OVERHEAD, want.len);
	if (*valid && want.len > 0)
		check(why, 0, memcmp(out, want.p, want.len));
	buf_free(&key);
	buf_free(&in);
	buf_free(&want);
}

/* Counters that wrap at 32, 64 and 128 bits among them. */
static void
wycheproof(void)
{
	struct json_object	*all, *groups, *g, *tests, *t;
	size_t			 i, k, count[2] = { 0, 0 };
	bool			 valid;

	all = json_file("vectors/eax/aes_eax_test.json");
	groups = json_object_object_get(all, "testGroups");
	for (i = 0; i < json_object_array_length(groups); i++) {
		g = json_object_array_get_idx(groups, i);
		if (strcmp(string_of(g, "ivSize"), "128") != 0 ||
		    strcmp(string_of(g, "tagSize"), "128") != 0)
			continue;
		tests = json_object_object_get(g, "tests");
		for (k = 0; k < json_object_array_length(tests); k++) {
			t = json_object_array_get_idx(tests, k);
			if (*string_of(t, "aad") != '\0')
				continue;
			wycheproof_case(t, &valid);
			count[valid]++;
		}
	}
	check("valid ones", 47, count[true]);
	check("invalid ones", 81, count[false]);
	json_object_put(all);
}

/* Every single bit counts: of the nonce, the tag, the text and the key. */
static void
refuses_a_changed_bit(void)
{
	struct buf	key, in;
	unsigned char	out[256];
	size_t		i;

	buf_init(&key, 64);
	buf_init(&in, 512);
	/* Wycheproof's tcId 20. */
	unhex(&key, EAX_KEY);
	unhex(&in, EAX_SEALED);
	check("as it was sealed", true,
	    eax_open(key.p, key.len, in.p, in.len, out));
	memset(out, 0x55, sizeof(out));
	for (i = 0; i < in.len * 8; i++) {
		in.p[i / 8] ^= (char)(1 << i % 8);
		check("a changed bit", false,
		    eax_open(key.p, key.len, in.p, in.len, out));
		in.p[i / 8] ^= (char)(1 << i % 8);
	}
	for (i = 0; i < key.len * 8; i++) {
		key.p[i / 8] ^= (char)(1 << i % 8);
		check("another key", false,
		    eax_open(key.p, key.len, in.p, in.len, out));
		key.p[i / 8] ^= (char)(1 << i % 8);
	}
	for (i = 0; i < sizeof(out) && out[i] == 0x55; i++)
		;
	check("nothing was decrypted", sizeof(out), i);
	buf_free(&key);
	buf_free(&in);
}

static void
refuses_wrong_sizes(void)
{
	char	zero[64] = "", out[64];
	size_t	n;

	for (n = 0; n <= 40; n++)
		check("key length", n == 16 || n == 24 || n == 32,
		    eax_key_ok(n));
	for (n = 0; n < EAX_OVERHEAD; n++)
		check("too short", false, eax_open(zero, 16, zero, n, out));
	check("a key of 17", false, eax_open(zero, 17, zero, 40, out));
}

static void
by_type_column(void)
{
	static const struct {
		const char	*why, *type, *key;
		bool		 there;
		enum outcome	 want;
	} c[] = {
		{ "no key", "msgpack+aes", NULL, true, OUT_CIPHER },
		{ "a wrong key", "msgpack+aes", "0000000000000000", true,
		  OUT_CIPHER },
		{ "another cipher", "msgpack+gcm", "0123456789abcdef", true,
		  OUT_CIPHER },
		{ "two ciphers", "msgpack+aes+aes", "0123456789abcdef", true,
		  OUT_CIPHER },
		{ "withheld", "msgpack+aes", "0123456789abcdef", false,
		  OUT_TOO_LARGE },
		{ "pickle", "pickle", NULL, true, OUT_TYPE },
		{ "somebody's", "cbor", NULL, true, OUT_TYPE },
		{ "an upper case one", "JSON", NULL, true, OUT_TYPE },
		{ "empty", "empty", NULL, false, OUT_EMPTY },
		{ "null", "null", NULL, false, OUT_VALUE },
		{ "SQL's NULL", NULL, NULL, false, OUT_VALUE },
		{ "bytes", "bytes", NULL, true, OUT_VALUE },
		{ "a bytearray", "bytearray", NULL, true, OUT_VALUE },
		{ "withheld msgpack", "msgpack", NULL, false, OUT_TOO_LARGE },
	};
	struct lc_opts	o = lc_plain;
	struct lc_blob	b;
	struct buf	out;
	size_t		i;

	for (i = 0; i < nitems(c); i++) {
		buf_init(&out, 4096);
		o.key = c[i].key;
		o.keylen = c[i].key != NULL ? 16 : 0;
		b.type = c[i].type;
		b.p = c[i].there ? "\x00\x01\x02" : NULL;
		b.n = c[i].there ? 3 : 0;
		check(c[i].why, c[i].want, lc_value(&b, &o, 0, &out));
		buf_chr(&out, '\0');
		check_str(c[i].why, c[i].want != OUT_VALUE ? "" :
		    c[i].there ? "\"AAEC\"" : "null", out.p);
		buf_free(&out);
	}
}

static CU_TestInfo	tests[] = {
	{ "Wycheproof", wycheproof },
	{ "refuses a changed bit", refuses_a_changed_bit },
	{ "refuses wrong sizes", refuses_wrong_sizes },
	{ "by type column", by_type_column },
	CU_TEST_INFO_NULL
};

const struct suite	eax_suite = { "eax", tests };
