/* fuzz_msgpack.c: whatever msgpack decodes to is strict JSON, and replays. */
#include "config.h"

#include "fuzz.h"

#include <stdlib.h>

#include "codec/msgpack.h"
#include "lcfuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf	out;
	unsigned	flags;

	for (flags = 0; flags <= MP_OVERWRITE; flags++) {
		buf_init(&out, 1 << 20);
		if (mp_json(data, len, &lcfuzz_limits, flags, &out) ==
		    OUT_VALUE)
			lcfuzz_value(&out);
		else if (out.len != 0 || out.over)
			abort();
		buf_free(&out);
	}
	return 0;
}
