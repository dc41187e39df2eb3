#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"

#define UUID_TEXT	36	/* without the terminator */

/* Strict UTF-8 (RFC 3629): no overlong form, no surrogate, to U+10FFFF. */
bool	 utf8_valid(const char *, size_t) NONNULL MUST_CHECK;
/* Code points of valid UTF-8. */
size_t	 utf8_count(const char *, size_t) NONNULL MUST_CHECK;
/* Bytes of the first n code points of valid UTF-8 (all, if fewer). */
size_t	 utf8_prefix(const char *, size_t len, size_t n) NONNULL MUST_CHECK;

/*
 * Moves *s and *len past white space at both ends.  White space is U+0009-
 * 000D, 001C-0020, 0085, 00A0, 1680, 2000-200A, 2028, 2029, 202F, 205F, 3000.
 */
void	 text_trim(const char **s, size_t *len) NONNULL;
/* Valid UTF-8 has control characters: C0, DEL, C1. */
bool	 text_control(const char *, size_t) NONNULL MUST_CHECK;
/* ASCII letters only; everything else stays. */
void	 text_lower(char *) NONNULL;
/* a and b (n bytes each) are equal but for ASCII case. */
bool	 text_same(const char *a, const char *b, size_t n) NONNULL;

/* Canonical 8-4-4-4-12, any case; out gets lower case and a NUL. */
bool	 uuid_strict(const char *, size_t, char out[UUID_TEXT + 1])
	    NONNULL MUST_CHECK;
/*
 * What Python's uuid.UUID() takes: "urn:" and "uuid:" dropped, braces at the
 * ends, every '-' removed, then exactly 32 hexadecimal digits.  Does not trim.
 */
bool	 uuid_lax(const char *, size_t, char out[UUID_TEXT + 1])
	    NONNULL MUST_CHECK;
/* What uuid_lax() makes of s (n bytes and a NUL); s where that is no UUID. */
const char *uuid_or_text(const char *s, size_t n, char out[UUID_TEXT + 1])
	    NONNULL MUST_CHECK;
/* Version 5 (RFC 9562, 5.5) of name in the namespace ns (canonical text). */
void	 uuid_v5(const char *ns, const char *name, size_t,
	    char out[UUID_TEXT + 1]) NONNULL;
/* Version 4. */
void	 uuid_random(char out[UUID_TEXT + 1]) NONNULL;

/* Whole decimal integer, no sign but '-', no blanks, within min..max. */
bool	 int_strict(const char *, size_t, int64_t min, int64_t max, int64_t *)
	    NONNULL MUST_CHECK;

#define INT_TEXT	20	/* digits and sign of any int64_t */
/* Decimal, terminated; returns its length. */
size_t	 int_text(int64_t, char out[INT_TEXT + 1]) NONNULL;

/*
 * Decodes %XX in place.  False: a bad escape, U+0000 or invalid UTF-8.
 * plus: '+' means a space (query strings).  *len is set to the new length.
 */
bool	 percent_decode(char *, size_t *len, bool plus) NONNULL MUST_CHECK;

/* "2026-11-22T06:00:00.123456Z"; out takes 32 bytes.  us since 1970. */
void	 time_utc(int64_t us, char out[32]) NONNULL;
/* Microseconds since 1970, CLOCK_REALTIME; and a CLOCK_MONOTONIC one. */
int64_t	 now_us(void);
int64_t	 mono_us(void);

#endif
