/* fuzz_lcjson.c: whatever the savers' JSON decodes to is strict JSON, too. */
#include "config.h"

#include "fuzz.h"

#include <stdlib.h>

#include "codec/lcjson.h"
#include "lcfuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf	out;
	unsigned	flags;

	for (flags = 0; flags <= LJ_PLAIN; flags++) {
		buf_init(&out, 1 << 20);
		if (lj_json((const char *)data, len, &lcfuzz_limits, flags,
		    &out) == OUT_VALUE)
			lcfuzz_value(&out);
		else if (out.len != 0 || out.over)
			abort();
		buf_free(&out);
	}
	return 0;
}
