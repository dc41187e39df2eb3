/* fields.c: bodies, query strings and path parameters against their tables. */
#include "config.h"

#include "http/fields.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "codec/json.h"
#include "http/coerce.h"
#include "http/fault.h"
#include "http/req.h"
#include "http/route.h"

static bool
is_strict(const struct at *at)
{
	return face_of(at->r)->strict;
}

static void
refuse(const struct at *at, enum fault e, int64_t bound)
{
	fault_add(at, e, bound, NULL);
}

/* lax goes behind the label, strict behind the name. */
static void
refuse_why(const struct at *at, const char *lax, const char *strict)
{
	fault_add(at, E_VALUE, 0, is_strict(at) ? strict :
	    arena_printf(at->r->arena, "%s %s", at->f->label, lax));
}

static void
check_text(const struct at *at, struct value *v)
{
	const struct field	*f = at->f;
	size_t			 count = utf8_count(v->s, v->n), n = v->n;
	const char		*s = v->s;

	if (f->min > 0 && (int64_t)count < f->min) {
		refuse(at, E_SHORT, f->min);
		return;
	}
	if (f->max > 0 && (int64_t)count > f->max) {
		refuse(at, E_LONG, f->max);
		return;
	}
	text_trim(&s, &n);
	if ((f->flags & FF_NOBLANK) && n == 0) {
		refuse_why(at, f->type == FT_UUID ? "cannot be empty" :
		    "cannot be empty or only whitespace", "must not be blank");
		return;
	}
	if ((f->flags & FF_LINE) && text_control(v->s, v->n)) {
		refuse_why(at, "cannot contain control characters",
		    "must not contain control characters");
		return;
	}
	if (f->type == FT_TRIM) {
		v->s = arena_memdup(at->r->arena, s, n);
		v->n = n;
	}
}

static void
check_uuid(const struct at *at, struct value *v)
{
	char		 uuid[UUID_TEXT + 1];
	const char	*s = v->s;
	size_t		 n = v->n, before = at->r->nfaults;
	bool		 ok;

	if (is_strict(at))
		ok = uuid_strict(s, n, uuid);
	else {
		check_text(at, v);
		if (at->r->nfaults != before)
			return;
		text_trim(&s, &n);
		ok = uuid_lax(s, n, uuid);
	}
	if (!ok) {
		refuse_why(at, "must be a valid UUID format",
		    "must be a UUID");
		return;
	}
	v->s = arena_strdup(at->r->arena, uuid);
	v->n = UUID_TEXT;
}

static void
check_enum(const struct at *at, struct value *v)
{
	if (!word_of(at->f->label, v->s, v->n, &v->i))
		fault_add(at, E_VALUE, 0, arena_printf(at->r->arena,
		    "must be one of %s", at->f->label));
}

static void
check_time(const struct at *at, struct value *v)
{
	char	out[32];

	if (!time_strict(v->s, v->n, out)) {
		refuse_why(at, "must be a time with an offset",
		    "must be a time with an offset (RFC 3339)");
		return;
	}
	v->s = arena_strdup(at->r->arena, out);
	v->n = strlen(out);
}

static void
check_bounds(const struct at *at, double d)
{
	const struct field	*f = at->f;

	if (f->min == 0 && f->max == 0)
		return;
	if (d < (double)f->min)
		refuse(at, E_GE, f->min);
	else if (d > (double)f->max)
		refuse(at, E_LE, f->max);
}

/* v->s and v->n are set: a string of a body, a query or a path. */
static void
check_string(const struct at *at, struct value *v)
{
	bool	strict = is_strict(at), ok;

	switch (at->f->type) {
	case FT_TEXT:
	case FT_TRIM:
	case FT_CURSOR:
		check_text(at, v);
		break;
	case FT_UUID:
		check_uuid(at, v);
		break;
	case FT_ENUM:
		check_enum(at, v);
		break;
	case FT_TIME:
		check_time(at, v);
		break;
	case FT_INT:
		ok = strict ? int_strict(v->s, v->n, INT64_MIN, INT64_MAX,
		    &v->i) : int_lax(v->s, v->n, &v->i);
		if (!ok)
			refuse(at, E_INT_PARSE, 0);
		else
			check_bounds(at, (double)v->i);
		break;
	case FT_NUM:
		if (!num_lax(v->s, v->n, &v->d))
			refuse(at, E_NUM_PARSE, 0);
		else
			check_bounds(at, v->d);
		break;
	case FT_BOOL:
		ok = strict ? word_of("false, true", v->s, v->n, &v->i) :
		    bool_lax(v->s, &v->i);
		if (!ok)
			refuse(at, E_BOOL_PARSE, 0);
		break;
	case FT_OBJECT:
	case FT_ARRAY:
	case FT_ANY:
	case FT__MAX:
		break;
	}
}

static void
check_int_json(const struct at *at, struct value *v)
{
	double	d;

	switch (json_object_get_type(at->obj)) {
	case json_type_int:
	case json_type_boolean:
		v->i = json_object_get_int64(at->obj);
		break;
	case json_type_double:
		d = json_object_get_double(at->obj);
		if (d != floor(d) || fabs(d) > 9007199254740992.0) {
			refuse(at, E_INT_FRACTION, 0);
			return;
		}
		v->i = (int64_t)d;
		break;
	default:
		refuse(at, E_INT, 0);
		return;
	}
	check_bounds(at, (double)v->i);
}

static void
check_num_json(const struct at *at, struct value *v)
{
	if (!json_object_is_type(at->obj, json_type_double) &&
	    !json_object_is_type(at->obj, json_type_int)) {
		refuse(at, E_NUM, 0);
		return;
	}
	v->d = json_object_get_double(at->obj);
	check_bounds(at, v->d);
}

static void
check_bool_json(const struct at *at, struct value *v)
{
	double	d;

	switch (json_object_get_type(at->obj)) {
	case json_type_boolean:
		v->i = json_object_get_boolean(at->obj);
		return;
	case json_type_int:
	case json_type_double:
		d = json_object_get_double(at->obj);
		v->i = d == 1;
		if (d != 0 && d != 1)
			refuse(at, E_BOOL_PARSE, 0);
		return;
	default:
		refuse(at, E_BOOL, 0);
	}
}

/* A document: what it is, and its bytes as they came. */
static void
check_document(const struct at *at, struct value *v)
{
	static const struct {
		enum json_type	type;
		enum fault	fault;
	} kinds[FT__MAX] = {
		[FT_OBJECT] = { json_type_object, E_OBJECT },
		[FT_ARRAY] = { json_type_array, E_ARRAY },
	};
	enum field_type		 t = at->f->type;
	struct req		*r = at->r;
	struct json_span	 s;

	v->obj = at->obj;
	if (t != FT_ANY && !json_object_is_type(at->obj, kinds[t].type)) {
		refuse(at, kinds[t].fault, 0);
		return;
	}
	if (!json_member(at->doc, at->name, &s))
		return;
	if (at->f->max > 0 && s.n > (size_t)at->f->max) {
		refuse_why(at, "is too large", arena_printf(r->arena,
		    "must be at most %lld bytes", (long long)at->f->max));
		return;
	}
	v->s = arena_memdup(r->arena, s.p, s.n);
	v->n = s.n;
}

/* JSON of another type where a strict face wants just the one. */
static bool
strict_fault(const struct at *at)
{
	static const struct {
		enum json_type	type;
		enum fault	fault;
	} want[FT__MAX] = {
		[FT_INT] = { json_type_int, E_INT },
		[FT_NUM] = { json_type_double, E_NUM },
		[FT_BOOL] = { json_type_boolean, E_BOOL },
	};
	enum field_type	t = at->f->type;

	if (want[t].fault == 0 || json_object_is_type(at->obj, want[t].type) ||
	    (t == FT_NUM && json_object_is_type(at->obj, json_type_int)))
		return false;
	refuse(at, want[t].fault, 0);
	return true;
}

static void
check_json(const struct at *at, struct value *v)
{
	enum field_type	t = at->f->type;

	if (t == FT_OBJECT || t == FT_ARRAY || t == FT_ANY) {
		check_document(at, v);
		return;
	}
	if (is_strict(at) && strict_fault(at))
		return;
	if (json_object_is_type(at->obj, json_type_string)) {
		v->s = json_object_get_string(at->obj);
		v->n = (size_t)json_object_get_string_len(at->obj);
		check_string(at, v);
	} else if (t == FT_INT)
		check_int_json(at, v);
	else if (t == FT_NUM)
		check_num_json(at, v);
	else if (t == FT_BOOL)
		check_bool_json(at, v);
	else if (t == FT_ENUM && is_strict(at))
		fault_add(at, E_VALUE, 0, arena_printf(at->r->arena,
		    "must be one of %s", at->f->label));
	else
		refuse(at, E_STRING, 0);
}

static void
check_member(const struct at *at, struct value *v)
{
	unsigned	flags = at->f->flags;

	v->null = at->obj == NULL;
	if (v->null && (flags & FF_NULL))
		return;
	if (v->null && !(flags & FF_REQUIRED) && is_strict(at))
		v->given = false;
	else
		check_json(at, v);
}

static void
set_default(const struct field *f, struct value *v)
{
	v->i = f->def;
	v->d = (double)f->def;
}

static void
check_object(struct at *at, const struct field *f, struct value *v,
    struct json_object *object)
{
	if (!json_object_is_type(object, json_type_object)) {
		at->obj = object;
		fault_add(at, E_BODY, 0, NULL);
		return;
	}
	for (; f->name != NULL; f++, v++) {
		at->f = f;
		at->name = f->name;
		set_default(f, v);
		v->given = json_object_object_get_ex(object, f->name,
		    &at->obj);
		if (v->given)
			check_member(at, v);
		else if (f->flags & FF_REQUIRED) {
			at->obj = object;
			refuse(at, E_MISSING, 0);
		}
	}
}

void
fields_body(struct req *r, const struct field *f, struct value *v,
    struct json_object *body)
{
	struct at	at = { .r = r, .where = AT_BODY };

	if (r->raw != NULL)
		at.doc = json_whole(r->raw, r->rawlen);
	check_object(&at, f, v, body);
}

void
fields_element(struct req *r, const struct field *f, struct value *v,
    struct json_object *element, struct json_span doc, const char *list,
    size_t index)
{
	struct at	at = { .r = r, .where = AT_BODY, .doc = doc,
			    .list = list, .index = index };

	check_object(&at, f, v, element);
}

/* One key=value, decoded in place; a key alone has the value "". */
static bool
split_pair(char *pair, char **value, size_t *n)
{
	char	*eq = strchr(pair, '=');
	size_t	 nk;

	nk = eq != NULL ? (size_t)(eq - pair) : strlen(pair);
	*value = eq != NULL ? eq + 1 : pair + nk;
	*n = strlen(*value);
	if (!percent_decode(pair, &nk, true) ||
	    !percent_decode(*value, n, true))
		return false;
	(*value)[*n] = '\0';
	pair[nk] = '\0';
	return true;
}

static enum rc
bad_query(struct req *r, const char *why, const char *key)
{
	r->detail = arena_printf(r->arena, "%s%s", why, key);
	r->rc = RC_MALFORMED;
	return r->rc;
}

/* The last of equal keys counts, where there may be two. */
static enum rc
take_pair(struct req *r, char *pair, const struct field *f, struct value *v)
{
	bool	 strict = face_of(r)->strict;
	char	*s;
	size_t	 n;

	if (!split_pair(pair, &s, &n))
		return bad_query(r, "Malformed query", "");
	while (f->name != NULL && strcmp(f->name, pair) != 0)
		f++, v++;
	if (f->name == NULL)
		return strict ? bad_query(r, "Unknown query parameter: ",
		    pair) : RC_OK;
	if (v->given && strict)
		return bad_query(r, "Repeated query parameter: ", pair);
	v->given = true;
	v->s = s;
	v->n = n;
	return RC_OK;
}

void
fields_query(struct req *r, const struct field *f, struct value *v)
{
	struct at	 at = { .r = r, .where = AT_QUERY };
	char		*qs, *pair;

	qs = arena_strdup(r->arena, r->query_string);
	while ((pair = strsep(&qs, "&")) != NULL)
		if (*pair != '\0' && take_pair(r, pair, f, v) != RC_OK)
			return;
	for (; f->name != NULL; f++, v++) {
		at.f = f;
		at.name = f->name;
		set_default(f, v);
		if (!v->given)
			continue;
		at.text = v->s;
		at.n = v->n;
		check_string(&at, v);
	}
}

const char *
query_find(struct req *r, const char *key)
{
	const char	*found = NULL;
	char		*qs, *pair, *value;
	size_t		 n, nk = strlen(key);
	bool		 ok;

	qs = arena_strdup(r->arena, r->query_string);
	while ((pair = strsep(&qs, "&")) != NULL) {
		ok = split_pair(pair, &value, &n);
		if (ok && strcmp(pair, key) == 0)
			found = value;
		else if (!ok && strncmp(pair, key, nk) == 0 &&
		    pair[nk] == '=')
			return "";
	}
	return found;
}

void
fields_path(struct req *r, const struct field *f, struct value *v)
{
	struct at	at = { .r = r, .where = AT_PATH };

	for (; f->name != NULL; f++, v++) {
		at.f = f;
		at.name = f->name;
		at.text = v->s;
		at.n = v->n;
		check_string(&at, v);
	}
}

enum rc
fields_refuse(struct req *r, enum field_at where, const char *name,
    const char *input, const char *why)
{
	struct at	at = { .r = r, .where = where, .name = name,
			    .text = input };

	at.n = input != NULL ? strlen(input) : 0;
	fault_add(&at, E_VALUE, 0, why);
	return RC_INVALID;
}
