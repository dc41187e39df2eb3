#ifndef UNIT_LCTEST_H
#define UNIT_LCTEST_H

#include <json-c/json.h>

#include "base/buf.h"
#include "codec/lcvalue.h"

/* The bounds that the tests use unless they are about bounds. */
extern const struct lc_opts	lc_plain;

/* Bytes from hexadecimal digits; anything else among them is skipped. */
void	 unhex(struct buf *, const char *);
/* A file below t/ as JSON; exits if it is none. */
struct json_object *json_file(const char *name);
/* The text is JSON of this value: members in any order, 1 is not 1.0. */
void	 check_json(const char *why, struct json_object *want,
	    const char *p, size_t n);
/* The bytes of a text's string, or NULL for null. */
const char *string_of(struct json_object *, const char *member);

#endif
