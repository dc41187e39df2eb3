/* fault.c: what is wrong with a field, in the words of the request's face. */
#include "config.h"

#include "http/fault.h"

#include <string.h>

#include "codec/json.h"
#include "http/req.h"
#include "http/route.h"

#define INPUT_MAX	1024	/* longer offending values show as null */

/*
 * runs.md 1.4: type, text (with room for a bound or a reason), context; and
 * what a face says that has one line for the first fault.
 */
static const struct {
	const char	*type, *msg, *ctx, *plain;
} faults[] = {
	[E_MISSING] = { "missing", "Field required", NULL, "required" },
	[E_BODY] = { "model_attributes_type", "Input should be a valid "
	    "dictionary or object to extract fields from", NULL,
	    "must be an object" },
	[E_STRING] = { "string_type", "Input should be a valid string", NULL,
	    "must be a string" },
	[E_SHORT] = { "string_too_short",
	    "String should have at least %lld character", "min_length",
	    "must have at least %lld characters" },
	[E_LONG] = { "string_too_long",
	    "String should have at most %lld characters", "max_length",
	    "must have at most %lld characters" },
	[E_INT] = { "int_type", "Input should be a valid integer", NULL,
	    "must be an integer" },
	[E_INT_PARSE] = { "int_parsing", "Input should be a valid integer, "
	    "unable to parse string as an integer", NULL,
	    "must be an integer" },
	[E_INT_FRACTION] = { "int_from_float", "Input should be a valid "
	    "integer, got a number with a fractional part", NULL,
	    "must be an integer" },
	[E_NUM] = { "float_type", "Input should be a valid number", NULL,
	    "must be a number" },
	[E_NUM_PARSE] = { "float_parsing", "Input should be a valid number, "
	    "unable to parse string as a number", NULL, "must be a number" },
	[E_BOOL] = { "bool_type", "Input should be a valid boolean", NULL,
	    "must be true or false" },
	[E_BOOL_PARSE] = { "bool_parsing", "Input should be a valid boolean, "
	    "unable to interpret input", NULL, "must be true or false" },
	[E_OBJECT] = { "dict_type", "Input should be a valid dictionary", NULL,
	    "must be an object" },
	[E_ARRAY] = { "list_type", "Input should be a valid list", NULL,
	    "must be an array" },
	[E_GE] = { "greater_than_equal",
	    "Input should be greater than or equal to %lld", "ge",
	    "must be at least %lld" },
	[E_LE] = { "less_than_equal",
	    "Input should be less than or equal to %lld", "le",
	    "must be at most %lld" },
	[E_VALUE] = { "value_error", NULL, "error", NULL },
};
_Static_assert(nitems(faults) == E__MAX, "one row per fault");

static const char *const places[] = {
	[AT_PATH] = "path", [AT_QUERY] = "query", [AT_BODY] = "body",
};

/* A text with the number in the place of its %lld, if it has one. */
static char *
with_bound(struct req *r, const char *text, int64_t bound)
{
	const char	*mark = strchr(text, '%');

	if (mark == NULL)
		return arena_strdup(r->arena, text);
	return arena_printf(r->arena, "%.*s%lld%s", (int)(mark - text), text,
	    (long long)bound, mark + 4);
}

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
write_context(struct buf *b, enum fault e, int64_t bound)
{
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

static void
write_fault(const struct at *at, enum fault e, int64_t bound, const char *why)
{
	struct buf	*b = &at->r->faults;

	jw_open(b, '{');
	jw_kstr(b, "type", faults[e].type);
	jw_key(b, "loc");
	jw_open(b, '[');
	jw_cstr(b, places[at->where]);
	if (at->list != NULL) {
		jw_cstr(b, at->list);
		jw_int(b, (int64_t)at->index);
	}
	if (at->name != NULL)
		jw_cstr(b, at->name);
	jw_close(b, ']');
	jw_kstr(b, "msg", e == E_VALUE ?
	    arena_printf(at->r->arena, "Value error, %s", why) :
	    with_bound(at->r, faults[e].msg, bound));
	write_input(b, at);
	if (faults[e].ctx != NULL)
		write_context(b, e, bound);
	jw_close(b, '}');
}

void
fault_add(const struct at *at, enum fault e, int64_t bound, const char *why)
{
	struct req	*r = at->r;

	r->nfaults++;
	if (face_of(r)->faults != FAULTS_FIRST) {
		write_fault(at, e, bound, why);
		return;
	}
	if (r->fault != NULL)
		return;
	if (e == E_SHORT && bound == 1)
		why = "must not be empty";
	else if (e != E_VALUE)
		why = with_bound(r, faults[e].plain, bound);
	r->fault = arena_printf(r->arena, "%s: %s",
	    at->name != NULL ? at->name : "body", why);
}
