#ifndef CODEC_FILENAME_H
#define CODEC_FILENAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define FILENAME_MAX_BYTES	255

/*
 * A client's name of a file, valid UTF-8, made harmless: its last component
 * (behind / and \), without control and bidi characters, without leading and
 * trailing dots and spaces, at most 255 bytes with its extension kept.  What
 * is empty then is `artifact`.  Terminated.
 */
void	 filename_clean(const char *, size_t, char out[FILENAME_MAX_BYTES + 1])
	    NONNULL;
/*
 * A Content-Disposition (RFC 6266): an ASCII form of the name and all of it
 * (RFC 8187).  Neither CR, LF nor a quote of the name gets through.
 */
void	 filename_disposition(struct buf *, bool in_line, const char *name)
	    NONNULL;
/* Behind the last dot, "" without one. */
const char *filename_extension(const char *) NONNULL;

#endif
