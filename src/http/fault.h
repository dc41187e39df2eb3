#ifndef HTTP_FAULT_H
#define HTTP_FAULT_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/json.h"
#include "http/fields.h"

enum fault {
	E_MISSING, E_BODY, E_STRING, E_SHORT, E_LONG,
	E_INT, E_INT_PARSE, E_INT_FRACTION, E_NUM, E_NUM_PARSE,
	E_BOOL, E_BOOL_PARSE, E_OBJECT, E_ARRAY,
	E_GE, E_LE, E_VALUE, E__MAX
};

/* Where a check stands: what it says of the value goes to the request. */
struct at {
	struct req		*r;
	enum field_at		 where;
	const struct field	*f;	/* NULL: the body itself */
	const char		*name;	/* of the field */
	struct json_object	*obj;	/* of a body */
	const char		*text;	/* of a query or path */
	size_t			 n;
	struct json_span	 doc;	/* of a body: the object's bytes */
	const char		*list;	/* the object is an element of this */
	size_t			 index;
};

/*
 * Adds a fault, as the request's face words it.  bound: of E_SHORT to E_LE.
 * why: of E_VALUE, the whole text.
 */
void	fault_add(const struct at *, enum fault, int64_t bound,
	    const char *why);

#endif
