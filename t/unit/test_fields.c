/* test_fields.c: bodies and query strings against their tables. */
#include "config.h"

#include "unit/unit.h"

#include <stdlib.h>

#include "codec/json.h"
#include "http/req.h"

#define END	{ NULL, FT_TEXT, 0, 0, 0, 0, NULL }

static const struct field body_table[] = {
	{ "prompt", FT_TRIM, FF_REQUIRED | FF_NOBLANK, 1, 5, 0, "Prompt" },
	{ "run_id", FT_UUID, FF_NULL | FF_NOBLANK, 1, 0, 0, "Run ID" },
	{ "n", FT_INT, FF_NULL, 0, 1, 0, "N" },
	{ "b", FT_BOOL, FF_NULL, 0, 0, 0, "B" },
	{ "x", FT_NUM, FF_NULL, 0, 2, 1, "X" },
	{ "list", FT_ARRAY, FF_NULL, 0, 8, 0, "List" },
	{ "any", FT_ANY, 0, 0, 0, 0, "Any" },
	{ "when", FT_TIME, 0, 0, 0, 0, "When" },
	{ "line", FT_TEXT, FF_LINE, 0, 0, 0, "Line" },
	END
};

#define PROMPT	"\"prompt\":\"x\""
#define LOC(f)	"\"loc\":[\"body\",\"" f "\"]"

/* want: the collected faults, "" for none. */
static const struct {
	const char	*why, *body, *want;
} bodies[] = {
	{ "all is well", "{" PROMPT "}", "" },
	{ "null where it may be", "{" PROMPT ",\"run_id\":null}", "" },
	{ "unknown members", "{" PROMPT ",\"zzz\":[1]}", "" },
	{ "five code points", "{\"prompt\":\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	    "\xc3\xa4\"}", "" },
	{ "missing", "{}",
	    "{\"type\":\"missing\"," LOC("prompt") ",\"msg\":"
	    "\"Field required\",\"input\":{}}" },
	{ "not an object", "[1]",
	    "{\"type\":\"model_attributes_type\",\"loc\":[\"body\"],"
	    "\"msg\":\"Input should be a valid dictionary or object to "
	    "extract fields from\",\"input\":[1]}" },
	{ "null where it may not be", "{\"prompt\":null}",
	    "{\"type\":\"string_type\"," LOC("prompt") ",\"msg\":"
	    "\"Input should be a valid string\",\"input\":null}" },
	{ "no coercion to string", "{\"prompt\":7}",
	    "{\"type\":\"string_type\"," LOC("prompt") ",\"msg\":"
	    "\"Input should be a valid string\",\"input\":7}" },
	{ "too short", "{\"prompt\":\"\"}",
	    "{\"type\":\"string_too_short\"," LOC("prompt") ",\"msg\":"
	    "\"String should have at least 1 character\",\"input\":\"\","
	    "\"ctx\":{\"min_length\":1}}" },
	{ "too long", "{\"prompt\":\"123456\"}",
	    "{\"type\":\"string_too_long\"," LOC("prompt") ",\"msg\":"
	    "\"String should have at most 5 characters\","
	    "\"input\":\"123456\",\"ctx\":{\"max_length\":5}}" },
	{ "blank", "{\"prompt\":\" \\u3000\"}",
	    "{\"type\":\"value_error\"," LOC("prompt") ",\"msg\":"
	    "\"Value error, Prompt cannot be empty or only whitespace\","
	    "\"input\":\" \xe3\x80\x80\",\"ctx\":{\"error\":{}}}" },
	{ "blank uuid", "{" PROMPT ",\"run_id\":\"  \"}",
	    "{\"type\":\"value_error\"," LOC("run_id") ",\"msg\":"
	    "\"Value error, Run ID cannot be empty\",\"input\":\"  \","
	    "\"ctx\":{\"error\":{}}}" },
	{ "no uuid", "{" PROMPT ",\"run_id\":\"x\"}",
	    "{\"type\":\"value_error\"," LOC("run_id") ",\"msg\":"
	    "\"Value error, Run ID must be a valid UUID format\","
	    "\"input\":\"x\",\"ctx\":{\"error\":{}}}" },
	{ "a fraction", "{" PROMPT ",\"n\":0.5}",
	    "{\"type\":\"int_from_float\"," LOC("n") ",\"msg\":"
	    "\"Input should be a valid integer, got a number with a "
	    "fractional part\",\"input\":0.5}" },
	{ "under the bound", "{" PROMPT ",\"n\":-1}",
	    "{\"type\":\"greater_than_equal\"," LOC("n") ",\"msg\":"
	    "\"Input should be greater than or equal to 0\",\"input\":-1,"
	    "\"ctx\":{\"ge\":0}}" },
	{ "over the bound", "{" PROMPT ",\"n\":2}",
	    "{\"type\":\"less_than_equal\"," LOC("n") ",\"msg\":"
	    "\"Input should be less than or equal to 1\",\"input\":2,"
	    "\"ctx\":{\"le\":1}}" },
	{ "no integer", "{" PROMPT ",\"n\":[]}",
	    "{\"type\":\"int_type\"," LOC("n") ",\"msg\":"
	    "\"Input should be a valid integer\",\"input\":[]}" },
	{ "two", "{" PROMPT ",\"b\":2}",
	    "{\"type\":\"bool_parsing\"," LOC("b") ",\"msg\":"
	    "\"Input should be a valid boolean, unable to interpret "
	    "input\",\"input\":2}" },
	{ "a spaced yes", "{" PROMPT ",\"b\":\" yes\"}",
	    "{\"type\":\"bool_parsing\"," LOC("b") ",\"msg\":"
	    "\"Input should be a valid boolean, unable to interpret "
	    "input\",\"input\":\" yes\"}" },
	{ "no number", "{" PROMPT ",\"x\":true}",
	    "{\"type\":\"float_type\"," LOC("x") ",\"msg\":"
	    "\"Input should be a valid number\",\"input\":true}" },
	{ "no number in a string", "{" PROMPT ",\"x\":\"nan\"}",
	    "{\"type\":\"float_parsing\"," LOC("x") ",\"msg\":"
	    "\"Input should be a valid number, unable to parse string as a "
	    "number\",\"input\":\"nan\"}" },
	{ "a number over its bound", "{" PROMPT ",\"x\":2.5}",
	    "{\"type\":\"less_than_equal\"," LOC("x") ",\"msg\":"
	    "\"Input should be less than or equal to 2\",\"input\":2.5,"
	    "\"ctx\":{\"le\":2}}" },
	{ "no array", "{" PROMPT ",\"list\":{}}",
	    "{\"type\":\"list_type\"," LOC("list") ",\"msg\":"
	    "\"Input should be a valid list\",\"input\":{}}" },
	{ "a long array", "{" PROMPT ",\"list\":[ 1,2,3 ]}",
	    "{\"type\":\"value_error\"," LOC("list") ",\"msg\":"
	    "\"Value error, List is too large\",\"input\":[1,2,3],"
	    "\"ctx\":{\"error\":{}}}" },
	{ "no time", "{" PROMPT ",\"when\":\"now\"}",
	    "{\"type\":\"value_error\"," LOC("when") ",\"msg\":"
	    "\"Value error, When must be a time with an offset\","
	    "\"input\":\"now\",\"ctx\":{\"error\":{}}}" },
	{ "a control character", "{" PROMPT ",\"line\":\"\\u0085\"}",
	    "{\"type\":\"value_error\"," LOC("line") ",\"msg\":"
	    "\"Value error, Line cannot contain control characters\","
	    "\"input\":\"\xc2\x85\",\"ctx\":{\"error\":{}}}" },
	{ "two faults, in field order", "{\"n\":\"x\"}",
	    "{\"type\":\"missing\"," LOC("prompt") ",\"msg\":"
	    "\"Field required\",\"input\":{\"n\":\"x\"}},"
	    "{\"type\":\"int_parsing\"," LOC("n") ",\"msg\":"
	    "\"Input should be a valid integer, unable to parse string as "
	    "an integer\",\"input\":\"x\"}" },
};

/* What lax clients may send for 1 and for true. */
static const char *const ones[] = {
	"1", "1.0", "true", "\"1\"", "\" 1 \"", "\"+1\"", "\"01\"", "\"1.0\"",
};
static const char *const yeses[] = {
	"true", "1", "1.0", "\"YES\"", "\"on\"", "\"t\"", "\"y\"", "\"1\"",
};

static void
open_req(struct req *r)
{
	memset(r, 0, sizeof(*r));
	r->arena = arena_new(1 << 20);
	buf_init(&r->faults, 1 << 16);
}

static void
close_req(struct req *r)
{
	buf_free(&r->faults);
	arena_free(r->arena);
}

static void
take(struct req *r, const char *text)
{
	struct json_object	*o = NULL;

	check(text, JSON_OK, json_parse(r->arena, text, strlen(text), 100,
	    &o));
	r->raw = text;
	r->rawlen = strlen(text);
	fields_body(r, body_table, r->body, o);
}

static const char *
faults_of(struct req *r)
{
	return arena_printf(r->arena, "%.*s", (int)r->faults.len,
	    r->faults.len > 0 ? r->faults.p : "");
}

static void
names_each_fault_of_a_body(void)
{
	struct req	r;
	size_t		i;

	for (i = 0; i < nitems(bodies); i++) {
		open_req(&r);
		take(&r, bodies[i].body);
		check_str(bodies[i].why, bodies[i].want, faults_of(&r));
		close_req(&r);
	}
}

static void
takes_what_lax_clients_send(void)
{
	struct req	r;
	size_t		i;

	for (i = 0; i < nitems(ones); i++) {
		open_req(&r);
		take(&r, arena_printf(r.arena, "{" PROMPT ",\"n\":%s}",
		    ones[i]));
		check(ones[i], 1, r.body[2].i);
		check_str(ones[i], "", faults_of(&r));
		close_req(&r);
	}
	for (i = 0; i < nitems(yeses); i++) {
		open_req(&r);
		take(&r, arena_printf(r.arena, "{" PROMPT ",\"b\":%s}",
		    yeses[i]));
		check(yeses[i], 1, r.body[3].i);
		check_str(yeses[i], "", faults_of(&r));
		close_req(&r);
	}
}

static void
hides_a_long_input(void)
{
	struct req	 r;
	char		*text;

	open_req(&r);
	text = arena_printf(r.arena, "{\"prompt\":\"%01100d\"}", 1);
	take(&r, text);
	check("input is null", 1,
	    strstr(faults_of(&r), "\"input\":null") != NULL);
	close_req(&r);
}

static void
trims_and_makes_canonical(void)
{
	struct req	r;

	open_req(&r);
	take(&r, "{\"prompt\":\" ab \",\"run_id\":"
	    "\" {12345678-1234-1234-1234-1234567890AB} \"}");
	check_str("prompt", "ab", r.body[0].s);
	check_str("run", "12345678-1234-1234-1234-1234567890ab", r.body[1].s);
	check("stream is absent", 0, r.body[3].given);
	close_req(&r);
}

static void
keeps_numbers_and_documents(void)
{
	struct req	r;

	open_req(&r);
	take(&r, "{" PROMPT ",\"x\":\" 0.5 \",\"list\" : [1, 2],"
	    "\"any\":null,\"when\":\"2025-01-01T01:00:00+01:00\"}");
	check_str("no faults", "", faults_of(&r));
	check("x", 1, r.body[4].d == 0.5);
	check_str("list", "[1, 2]", r.body[5].s);
	check("parsed", 2, (long)json_object_array_length(r.body[5].obj));
	check_str("any", "null", r.body[6].s);
	check("null", 1, r.body[6].null);
	check_str("when", "2025-01-01T00:00:00.000000Z", r.body[7].s);
	close_req(&r);
	open_req(&r);
	take(&r, "{" PROMPT "}");
	check("default", 1, r.body[4].d == 1);
	close_req(&r);
}

static const struct field query_table[] = {
	{ "page", FT_INT, 0, 1, 100, 1, "Page" },
	{ "q", FT_TEXT, 0, 0, 0, 0, "Q" },
	END
};

static const struct {
	const char	*why, *query;
	long		 page;
	const char	*q;
	size_t		 faults;
	enum rc		 rc;
} queries[] = {
	{ "nothing", "", 1, NULL, 0, RC_OK },
	{ "the last counts", "page=2&page=3", 3, NULL, 0, RC_OK },
	{ "unknown keys", "_=17&x&page=2&=5", 2, NULL, 0, RC_OK },
	{ "plus is a space", "q=a+b%2B", 1, "a b+", 0, RC_OK },
	{ "an encoded key", "%70age=4", 4, NULL, 0, RC_OK },
	{ "no value", "q", 1, "", 0, RC_OK },
	{ "not a number", "page=x", 0, NULL, 1, RC_OK },
	{ "empty number", "page=", 0, NULL, 1, RC_OK },
	{ "out of bounds", "page=0", 0, NULL, 1, RC_OK },
	{ "a bad escape", "q=%4", 1, NULL, 0, RC_MALFORMED },
	{ "NUL", "q=%00", 1, NULL, 0, RC_MALFORMED },
	{ "bad UTF-8", "q=%C3", 1, NULL, 0, RC_MALFORMED },
};

static void
reads_query_strings(void)
{
	struct req	r;
	size_t		i;

	for (i = 0; i < nitems(queries); i++) {
		open_req(&r);
		r.query_string = arena_strdup(r.arena, queries[i].query);
		fields_query(&r, query_table, r.query);
		check(queries[i].why, queries[i].rc, r.rc);
		check(queries[i].why, queries[i].faults, r.nfaults);
		if (r.rc == RC_OK && r.nfaults == 0) {
			check(queries[i].why, queries[i].page, r.query[0].i);
			check_str(queries[i].why, queries[i].q, r.query[1].s);
		}
		close_req(&r);
	}
}

static const CU_TestInfo tests[] = {
	{ "names each fault of a body", names_each_fault_of_a_body },
	{ "takes what lax clients send", takes_what_lax_clients_send },
	{ "hides a long input", hides_a_long_input },
	{ "trims and makes canonical", trims_and_makes_canonical },
	{ "keeps numbers and documents", keeps_numbers_and_documents },
	{ "reads query strings", reads_query_strings },
	CU_TEST_INFO_NULL
};
const struct suite fields_suite = { "fields", tests };
