#ifndef CORE_TITLE_H
#define CORE_TITLE_H

#include <stddef.h>

#include "base/rc.h"

#define TITLE_BYTES	241	/* 60 code points and a terminator */

/*
 * What a thread is called after its first message (studio.md 3): one line of
 * at most 60 code points, terminated.  text is valid UTF-8.  Returns its
 * length, 0 when the text has nothing but blanks and control characters.
 */
size_t	 title_make(const char *text, size_t n, char out[TITLE_BYTES])
	    NONNULL MUST_CHECK;

#endif
