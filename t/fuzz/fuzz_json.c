/* fuzz_json.c: what the scan accepts, json-c and our own writer must, too. */
#include "config.h"

#include "fuzz.h"

#include <stdlib.h>

#include "base/text.h"
#include "codec/json.h"

#define DEPTH	100

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char		*text = (const char *)data;
	struct arena		*a;
	struct json_object	*obj;
	struct buf		 b;
	enum json_err		 e;

	a = arena_new(1 << 20);
	buf_init(&b, 64 + len * 16);
	e = json_scan(text, len, DEPTH);
	if (json_parse(a, text, len, DEPTH, &obj) != e)
		abort();
	if (e == JSON_OK) {
		jw_obj(&b, obj);
		if (b.over || json_scan(b.p, b.len, DEPTH) != JSON_OK)
			abort();
	}
	if (utf8_valid(text, len)) {
		buf_cut(&b, 0);
		jw_str(&b, text, len);
		e = json_scan(b.p, b.len, 0);
		if (b.over || (e != JSON_OK && e != JSON_NUL))
			abort();
	}
	buf_free(&b);
	arena_free(a);
	return 0;
}
