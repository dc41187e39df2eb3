/* fields.c: bodies, query strings and path parameters against their tables. */
#include "config.h"

#include "http/fields.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "codec/json.h"
#include "http/req.h"
#include "http/route.h"

#define INPUT_MAX	1024	/* longer offending values show as null */

enum fault {
	E_MISSING, E_OBJECT, E_STRING, E_SHORT, E_LONG,
	E_INT, E_INT_PARSE, E_INT_FRACTION, E_BOOL, E_BOOL_PARSE,
	E_GE, E_LE, E_VALUE, E__MAX
};

/* runs.md 1.4: type, text (with room for a bound or a reason), context. */
static const struct {
	const char	*type, *msg, *ctx;
} faults[] = {
	[E_MISSING] = { "missing", "Field required", NULL },
	[E_OBJECT] = { "model_attributes_type", "Input should be a valid "
	    "dictionary or object to extract fields from", NULL },
	[E_STRING] = { "string_type", "Input should be a valid string", NULL },
	[E_SHORT] = { "string_too_short",
	    "String should have at least %lld character", "min_length" },
	[E_LONG] = { "string_too_long",
	    "String should have at most %lld characters", "max_length" },
	[E_INT] = { "int_type", "Input should be a valid integer", NULL },
	[E_INT_PARSE] = { "int_parsing", "Input should be a valid integer, "
	    "unable to parse string as an integer", NULL },
	[E_INT_FRACTION] = { "int_from_float", "Input should be a valid "
	    "integer, got a number with a fractional part", NULL },
	[E_BOOL] = { "bool_type", "Input should be a valid boolean", NULL },
	[E_BOOL_PARSE] = { "bool_parsing", "Input should be a valid boolean, "
	    "unable to interpret input", NULL },
	[E_GE] = { "greater_than_equal",
	    "Input should be greater than or equal to %lld", "ge" },
	[E_LE] = { "less_than_equal",
	    "Input should be less than or equal to %lld", "le" },
	[E_VALUE] = { "value_error", "Value error, %s", "error" },
};
_Static_assert(nitems(faults) == E__MAX, "one row per fault");

static const char *const places[] = {
	[AT_PATH] = "path", [AT_QUERY] = "query", [AT_BODY] = "body",
};

/* Where a check stands: what it says of the value goes to the request. */
struct at {
	struct req		*r;
	enum field_at		 where;
	const struct field	*f;
	struct json_object	*obj;	/* of a body */
	const char		*text;	/* of a query or path */
	size_t			 n;
};

/* The offending value, or null when it is long. */
static void
write_input(struct buf *b, const struct at *at)
{
	size_t	mark;

	jw_key(b, "input");
	mark = b->len;
	if (at->text != NULL)
		jw_str(b, at->text, at->n);
	else
		jw_obj(b, at->obj);
	if (b->len - mark > INPUT_MAX || b->over) {
		b->over = false;
		buf_cut(b, mark);
		jw_null(b);
	}
}

static void
write_fault(const struct at *at, enum fault e, int64_t bound, const char *why,
    const char *name)
{
	struct buf	*b = &at->r->faults;
	char		*msg;

	jw_open(b, '{');
	jw_kstr(b, "type", faults[e].type);
	jw_key(b, "loc");
	jw_open(b, '[');
	jw_cstr(b, places[at->where]);
	if (name != NULL)
		jw_cstr(b, name);
	jw_close(b, ']');
	if (e == E_VALUE)
		msg = arena_printf(at->r->arena, "Value error, %s", why);
	else if (faults[e].ctx != NULL)
		msg = arena_printf(at->r->arena, "%.*s%lld%s",
		    (int)strcspn(faults[e].msg, "%"), faults[e].msg,
		    (long long)bound, strchr(faults[e].msg, '%') + 4);
	else
		msg = arena_strdup(at->r->arena, faults[e].msg);
	jw_kstr(b, "msg", msg);
	write_input(b, at);
	if (faults[e].ctx != NULL) {
		jw_key(b, "ctx");
		jw_open(b, '{');
		if (e == E_VALUE) {
			jw_key(b, faults[e].ctx);
			jw_open(b, '{');
			jw_close(b, '}');
		} else
			jw_kint(b, faults[e].ctx, bound);
		jw_close(b, '}');
	}
	jw_close(b, '}');
	at->r->nfaults++;
}

static void
refuse(const struct at *at, enum fault e, int64_t bound)
{
	write_fault(at, e, bound, NULL, at->f->name);
}

static void
refuse_why(const struct at *at, const char *fmt)
{
	write_fault(at, E_VALUE, 0, arena_printf(at->r->arena, "%s %s",
	    at->f->label, fmt), at->f->name);
}

/* "1", " 1 ", "+1", "01", "1.0": what lax clients call an integer. */
static bool
int_lax(const char *s, size_t n, int64_t *out)
{
	const char	*dot;
	size_t		 digits, i;

	text_trim(&s, &n);
	if (n > 0 && *s == '+' && n > 1 && s[1] != '-')
		s++, n--;
	if ((dot = memchr(s, '.', n)) != NULL) {
		digits = (size_t)(dot - s);
		for (i = digits + 1; i < n; i++)
			if (s[i] != '0')
				return false;
		if (digits + 1 == n)
			return false;
		n = digits;
	}
	return int_strict(s, n, INT64_MIN, INT64_MAX, out);
}

static bool
bool_lax(const char *s, int64_t *out)
{
	static const char *const	yes[] = { "true", "yes", "on", "t",
					    "y", "1" };
	static const char *const	no[] = { "false", "no", "off", "f",
					    "n", "0" };
	size_t				i;

	for (i = 0; i < nitems(yes); i++) {
		*out = strcasecmp(s, yes[i]) == 0;
		if (*out || strcasecmp(s, no[i]) == 0)
			return true;
	}
	return false;
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
		    "cannot be empty or only whitespace");
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

	check_text(at, v);
	if (at->r->nfaults != before)
		return;
	text_trim(&s, &n);
	if (!uuid_lax(s, n, uuid)) {
		refuse_why(at, "must be a valid UUID format");
		return;
	}
	v->s = arena_strdup(at->r->arena, uuid);
	v->n = UUID_TEXT;
}

static void
check_bounds(const struct at *at, int64_t i)
{
	const struct field	*f = at->f;

	if (f->min == 0 && f->max == 0)
		return;
	if (i < f->min)
		refuse(at, E_GE, f->min);
	else if (i > f->max)
		refuse(at, E_LE, f->max);
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
	case json_type_string:
		if (!int_lax(json_object_get_string(at->obj),
		    (size_t)json_object_get_string_len(at->obj), &v->i)) {
			refuse(at, E_INT_PARSE, 0);
			return;
		}
		break;
	default:
		refuse(at, E_INT, 0);
		return;
	}
	check_bounds(at, v->i);
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
		if (d != 0 && d != 1)
			break;
		v->i = d == 1;
		return;
	case json_type_string:
		if (!bool_lax(json_object_get_string(at->obj), &v->i))
			break;
		return;
	default:
		refuse(at, E_BOOL, 0);
		return;
	}
	refuse(at, E_BOOL_PARSE, 0);
}

/* v->s and v->n are set: a string of a body, a query or a path. */
static void
check_string(const struct at *at, struct value *v)
{
	switch (at->f->type) {
	case FT_TEXT:
	case FT_TRIM:
	case FT_CURSOR:
		check_text(at, v);
		break;
	case FT_UUID:
		check_uuid(at, v);
		break;
	case FT_INT:
		if (!int_lax(v->s, v->n, &v->i))
			refuse(at, E_INT_PARSE, 0);
		else
			check_bounds(at, v->i);
		break;
	case FT_BOOL:
		if (!bool_lax(v->s, &v->i))
			refuse(at, E_BOOL_PARSE, 0);
		break;
	case FT__MAX:
		break;
	}
}

static void
check_member(const struct at *at, struct value *v)
{
	if (at->obj == NULL) {
		v->null = true;
		if (at->f->flags & FF_NULL)
			return;
	}
	if (at->f->type == FT_INT)
		check_int_json(at, v);
	else if (at->f->type == FT_BOOL)
		check_bool_json(at, v);
	else if (!json_object_is_type(at->obj, json_type_string))
		refuse(at, E_STRING, 0);
	else {
		v->s = json_object_get_string(at->obj);
		v->n = (size_t)json_object_get_string_len(at->obj);
		check_string(at, v);
	}
}

void
fields_body(struct req *r, const struct field *f, struct value *v,
    struct json_object *body)
{
	struct at	at = { .r = r, .where = AT_BODY };

	if (!json_object_is_type(body, json_type_object)) {
		at.obj = body;
		write_fault(&at, E_OBJECT, 0, NULL, NULL);
		return;
	}
	for (; f->name != NULL; f++, v++) {
		at.f = f;
		v->i = f->def;
		v->given = json_object_object_get_ex(body, f->name, &at.obj);
		if (v->given)
			check_member(&at, v);
		else if (f->flags & FF_REQUIRED) {
			at.obj = body;
			refuse(&at, E_MISSING, 0);
		}
	}
}

/* One key=value; the last of equal keys counts. */
static void
take_pair(struct req *r, char *pair, const struct field *f, struct value *v)
{
	char	*eq = strchr(pair, '=');
	size_t	 nk, nv = 0;

	nk = eq != NULL ? (size_t)(eq - pair) : strlen(pair);
	if (eq != NULL)
		nv = strlen(++eq);
	if (!percent_decode(pair, &nk, true) ||
	    (eq != NULL && !percent_decode(eq, &nv, true))) {
		fail(r, RC_MALFORMED, "Malformed query");
		r->rc = RC_MALFORMED;
		return;
	}
	for (; f->name != NULL; f++, v++)
		if (strlen(f->name) == nk && memcmp(f->name, pair, nk) == 0) {
			v->given = true;
			v->s = arena_memdup(r->arena, eq != NULL ? eq : "",
			    nv);
			v->n = nv;
		}
}

void
fields_query(struct req *r, const struct field *f, struct value *v)
{
	struct at	 at = { .r = r, .where = AT_QUERY };
	char		*qs, *pair;

	qs = arena_strdup(r->arena, r->query_string);
	while ((pair = strsep(&qs, "&")) != NULL && r->rc == RC_OK)
		if (*pair != '\0')
			take_pair(r, pair, f, v);
	for (; f->name != NULL && r->rc == RC_OK; f++, v++) {
		at.f = f;
		v->i = f->def;
		if (!v->given)
			continue;
		at.text = v->s;
		at.n = v->n;
		check_string(&at, v);
	}
}

void
fields_path(struct req *r, const struct field *f, struct value *v)
{
	struct at	at = { .r = r, .where = AT_PATH };

	for (; f->name != NULL; f++, v++) {
		at.f = f;
		at.text = v->s;
		at.n = v->n;
		check_string(&at, v);
	}
}

enum rc
fields_refuse(struct req *r, enum field_at where, const char *name,
    const char *input, const char *why)
{
	struct at	at = { .r = r, .where = where, .text = input,
			    .n = strlen(input) };

	write_fault(&at, E_VALUE, 0, why, name);
	return RC_INVALID;
}
