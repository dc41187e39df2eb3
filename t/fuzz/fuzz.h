#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* One input for the decoder of fuzz_NAME.c; aborts when it finds a fault. */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#endif
