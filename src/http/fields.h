#ifndef HTTP_FIELDS_H
#define HTTP_FIELDS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "codec/json.h"

struct req;

enum field_type {
	FT_TEXT,	/* string */
	FT_TRIM,	/* string, trimmed after its length was checked */
	FT_UUID,	/* string; canonical in s */
	FT_INT,
	FT_NUM,		/* finite, in d */
	FT_BOOL,
	FT_CURSOR,	/* string; opaque, decoded by its handler */
	FT_ENUM,	/* one of label's "a, b, c"; its place in i */
	FT_TIME,	/* RFC 3339 with an offset; UTC for PostgreSQL in s */
	FT_OBJECT,	/* of a body: parsed in obj, the very bytes in s */
	FT_ARRAY,
	FT_ANY,		/* whatever JSON; null too, if not FF_NULL */
	FT__MAX
};

#define FF_REQUIRED	1	/* must be there */
#define FF_NULL		2	/* null is a value of its own */
#define FF_NOBLANK	4	/* not only white space: `label` cannot … */
#define FF_LINE		8	/* no control characters (C0, DEL, C1) */

/*
 * One member of a body, one query key, one path parameter.  min and max are
 * code points of a text or bounds of a number, max the bytes of an object, an
 * array or any JSON; 0, 0 means unbounded.  label: how lax faces call it
 * ("Thread ID"); of FT_ENUM its words.  A table ends with a NULL name.
 *
 * A lax face coerces as runs.md 1.4 says.  A strict one takes no JSON type for
 * another, only 36 characters for a UUID, and null for "absent" unless the
 * field is FF_REQUIRED or FF_NULL.
 */
struct field {
	const char	*name;
	enum field_type	 type;
	unsigned	 flags;
	int64_t		 min, max;
	int64_t		 def;		/* of an absent number, boolean, enum */
	const char	*label;
};

/* A validated value.  s is terminated, its n bytes hold no NUL. */
struct value {
	bool		 given;		/* present; null too, where it counts */
	bool		 null;
	const char	*s;		/* NULL of a null */
	size_t		 n;
	int64_t		 i;		/* integer, boolean, enum */
	double		 d;		/* FT_NUM */
	struct json_object *obj;	/* FT_OBJECT, FT_ARRAY, FT_ANY */
};

enum field_at { AT_PATH, AT_QUERY, AT_BODY, AT__MAX };

/*
 * Checks all fields of a table; faults are collected in the request, in field
 * order, as its face writes them (runs.md 1.4; a strict face keeps the first).
 * A query that is malformed, or has keys that a strict face does not know or
 * knows already, sets the request's rc.
 */
void	fields_query(struct req *, const struct field *, struct value *);
void	fields_body(struct req *, const struct field *, struct value *,
	    struct json_object *);
/* The same of one element of the body's array `list`; v is zeroed. */
void	fields_element(struct req *, const struct field *, struct value *,
	    struct json_object *, struct json_span, const char *list,
	    size_t index);
void	fields_path(struct req *, const struct field *, struct value *);
/* The last value of a query's key: "" for none or a malformed one, or NULL. */
const char *query_find(struct req *, const char *key);
/*
 * Adds one fault: value_error with a text of the handler's own; from a strict
 * face "name: why".  input may be NULL.  Returns RC_INVALID.
 */
enum rc	fields_refuse(struct req *, enum field_at, const char *name,
	    const char *input, const char *why);

#endif
