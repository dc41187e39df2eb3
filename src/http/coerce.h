#ifndef HTTP_COERCE_H
#define HTTP_COERCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts, terminated, to values.  All return false for what is none. */

/* "1", " 1 ", "+1", "01", "1.0": what lax clients call an integer. */
bool	int_lax(const char *, size_t, int64_t *);
/* A decimal number, blanks around it allowed; always finite. */
bool	num_lax(const char *, size_t, double *);
/* true false yes no on off t f y n 1 0, in any case. */
bool	bool_lax(const char *, int64_t *);
/*
 * RFC 3339 with an offset, of a real day in the years 1 to 9999, as UTC in the
 * form of time_utc(); beyond microseconds it is cut.  No leap seconds.
 */
bool	time_strict(const char *, size_t, char out[32]);
/* Which of "a, b, a,b" it is; a blank ends each but the last. */
bool	word_of(const char *list, const char *, size_t, int64_t *);

#endif
