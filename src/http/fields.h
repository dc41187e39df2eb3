#ifndef HTTP_FIELDS_H
#define HTTP_FIELDS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"

struct req;

enum field_type {
	FT_TEXT,	/* string */
	FT_TRIM,	/* string, trimmed after its length was checked */
	FT_UUID,	/* string; lax UUID, canonical in s */
	FT_INT,
	FT_BOOL,
	FT_CURSOR,	/* string; opaque, decoded by its handler */
	FT__MAX
};

#define FF_REQUIRED	1	/* must be there */
#define FF_NULL		2	/* may be null */
#define FF_NOBLANK	4	/* not only white space: `label` cannot … */

/*
 * One member of a body, one query key, one path parameter.  min and max are
 * code points of a text, or bounds of an integer; 0, 0 means unbounded.
 * label: how texts call it ("Thread ID").  A table ends with a NULL name.
 */
struct field {
	const char	*name;
	enum field_type	 type;
	unsigned	 flags;
	int64_t		 min, max;
	int64_t		 def;		/* of an absent integer or boolean */
	const char	*label;
};

/* A validated value.  s is terminated, its n bytes hold no NUL. */
struct value {
	bool		 given;		/* present, null included */
	bool		 null;
	const char	*s;
	size_t		 n;
	int64_t		 i;		/* integer, boolean */
};

enum field_at { AT_PATH, AT_QUERY, AT_BODY, AT__MAX };

/*
 * Checks all fields of a table; faults are collected in the request, in field
 * order, as its face writes them (runs.md 1.4).
 */
void	fields_query(struct req *, const struct field *, struct value *);
void	fields_body(struct req *, const struct field *, struct value *,
	    struct json_object *);
void	fields_path(struct req *, const struct field *, struct value *);
/*
 * Adds one fault: value_error with a text of the handler's own.  Returns
 * RC_INVALID.
 */
enum rc	fields_refuse(struct req *, enum field_at, const char *name,
	    const char *input, const char *why);

#endif
