/* test_replay.c: whole conversations, and the rules of replay one by one. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "codec/lcjson.h"
#include "core/replay.h"
#include "core/tasks.h"
#include "unit/lcrows.h"
#include "unit/lctest.h"
#include "unit/unit.h"

#define ROOM	(1 << 20)

static struct json_object *
member(struct json_object *o, const char *name)
{
	struct json_object	*v = NULL;

	json_object_object_get_ex(o, name, &v);
	return v;
}

/* As the library's get_state has it, and the reference reader. */
static void
conversation(struct sample *s)
{
	struct replay_how	 how = { .channel = "messages" };
	struct tasks		 ts;
	struct buf		 out;
	enum outcome		 rc;
	const char		*reason = string_of(s->want, "unreadable");

	check(s->id, true, tasks_read(&ts, s->tasks, s->ntasks, s->checkpoint,
	    &s->opts, ROOM));
	how.js = ts.js;
	check(s->id, s->id[0] == 'j', ts.js);
	tasks_order(&ts, s->messages, s->nmessages);
	buf_init(&out, ROOM);
	rc = replay_rows(s->messages, s->nmessages, &how, &s->opts, &out);
	if (rc == OUT_EMPTY)
		buf_str(&out, "[]");
	if (reason != NULL)
		check_str(s->id, reason, outcome_reason(rc));
	else {
		check(s->id, true, rc == OUT_VALUE || rc == OUT_EMPTY);
		check_json(s->id, member(s->want, "messages"), out.p, out.len);
		check_json(s->id, member(s->state, "messages"), out.p,
		    out.len);
	}
	buf_free(&out);
	tasks_free(&ts);
}

static void
every_sample_thread(void)
{
	check("threads, one of them twice", 33, samples(conversation));
}

static void
value_of(struct json_object *row, struct json_object *want, const char *id,
    const struct lc_opts *opts)
{
	struct json_object	*inl;
	struct lc_blob		 b = blob_of(row);
	struct buf		 out;
	const char		*text, *reason;
	enum outcome		 rc;

	buf_init(&out, ROOM);
	if (b.type == NULL && json_object_get_boolean(
	    member(row, "has_inline"))) {
		inl = member(row, "inline_val");
		text = json_object_to_json_string(inl);
		rc = lj_json(text, strlen(text), &opts->limits, LJ_PLAIN,
		    &out);
	} else if (b.type == NULL)
		rc = OUT_EMPTY;
	else
		rc = lc_value(&b, opts, 0, &out);
	reason = json_object_is_type(want, json_type_object) ?
	    string_of(want, "unreadable") : NULL;
	if (reason != NULL)	/* the reader that made them says more */
		check(id, 0, strncmp(reason, outcome_reason(rc),
		    strlen(outcome_reason(rc))));
	else
		check_json(id, want, out.p, out.len);
	buf_free(&out);
	free((void *)(uintptr_t)b.p);
}

static void
single_values(struct sample *s)
{
	struct json_object	*values = member(s->want, "values"), *row;
	size_t			 i, found = 0;

	for (i = 0; i < json_object_array_length(s->values); i++) {
		row = json_object_array_get_idx(s->values, i);
		if (!json_object_object_get_ex(values,
		    string_of(row, "channel"), NULL))
			continue;
		found++;
		value_of(row, member(values, string_of(row, "channel")),
		    s->id, &s->opts);
	}
	check(s->id, json_object_object_length(values), found);
}

static void
every_samples_values(void)
{
	check("threads", 33, samples(single_values));
}

#define M(id, text) "{\"type\":\"human\",\"additional_kwargs\":{}," \
	"\"id\":" id ",\"content\":\"" text "\"}"
#define RM(id) "{\"type\":\"remove\",\"additional_kwargs\":{},\"id\":" id "}"
#define BASE(content, kwargs, type, name, id) "{\"content\":" content \
	",\"additional_kwargs\":" kwargs ",\"response_metadata\":{}," \
	"\"type\":\"" type "\",\"name\":" name ",\"id\":" id
#define CALL "{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":" \
	"\"f\",\"arguments\":\"{\\\"a\\\": [1]}\"}}"
#define CALLED "{\"name\":\"f\",\"args\":{\"a\":[1]},\"id\":\"c\"," \
	"\"type\":\"tool_call\"}"

static const struct {
	const char	*why;
	bool		 js;
	const char	*stored, *writes[3], *want;
} cases[] = {
	{ "appended", false, "[" M("\"1\"", "a") "]", { M("\"2\"", "b") },
	  "[" M("\"1\"", "a") "," M("\"2\"", "b") "]" },
	{ "nothing stored", false, NULL, { "[" M("\"2\"", "b") "]" },
	  "[" M("\"2\"", "b") "]" },
	{ "null stored", false, "null", { M("\"2\"", "b") },
	  "[" M("\"2\"", "b") "]" },
	{ "one value stored", false, M("\"1\"", "a"), { "[]" },
	  "[" M("\"1\"", "a") "]" },
	{ "replaced in place", false,
	  "[" M("\"1\"", "a") "," M("\"2\"", "b") "]", { M("\"1\"", "c") },
	  "[" M("\"1\"", "c") "," M("\"2\"", "b") "]" },
	{ "replaced within a write", false, "[]",
	  { "[" M("\"1\"", "a") "," M("\"1\"", "b") "]" },
	  "[" M("\"1\"", "b") "]" },
	{ "null ids are all kept", false, "[" M("null", "a") "]",
	  { "[" M("null", "b") "," M("null", "c") "]" },
	  "[" M("null", "a") "," M("null", "b") "," M("null", "c") "]" },
	{ "an id of another type is another", false, "[" M("1", "a") "]",
	  { M("\"1\"", "b") }, "[" M("1", "a") "," M("\"1\"", "b") "]" },
	{ "removed", false, "[" M("\"1\"", "a") "," M("\"2\"", "b") "]",
	  { RM("\"1\"") }, "[" M("\"2\"", "b") "]" },
	{ "an unknown one removed", false, "[" M("\"1\"", "a") "]",
	  { RM("\"9\"") }, "[" M("\"1\"", "a") "]" },
	{ "removed and back again: at the end", false,
	  "[" M("\"1\"", "a") "," M("\"2\"", "b") "]",
	  { RM("\"1\""), M("\"1\"", "c") },
	  "[" M("\"2\"", "b") "," M("\"1\"", "c") "]" },
	{ "all removed", false, "[" M("\"1\"", "a") "," M("null", "b") "]",
	  { "[" M("\"3\"", "c") "," RM("\"__remove_all__\"") ","
	  M("\"1\"", "d") "]" }, "[" M("\"1\"", "d") "]" },
	{ "overwritten", false, "[" M("\"1\"", "a") "]",
	  { M("\"2\"", "b"), "{\"__overwrite__\":[" M("\"3\"", "c") "]}",
	  M("\"1\"", "d") }, "[" M("\"3\"", "c") "," M("\"1\"", "d") "]" },
	{ "overwritten by type", true, "[" M("\"1\"", "a") "]",
	  { "{\"type\":\"__overwrite__\",\"value\":null}" }, "[]" },
	{ "two members are no overwrite", false, NULL,
	  { "{\"__overwrite__\":[],\"a\":1}" },
	  "[{\"__overwrite__\":[],\"a\":1}]" },
	{ "a null write", false, "[" M("\"1\"", "a") "]", { "null" },
	  "[" M("\"1\"", "a") "]" },

	{ "a string is human", false, NULL, { "\"hi\"" },
	  "[" BASE("\"hi\"", "{}", "human", "null", "null") "}]" },
	{ "in JavaScript", true, NULL, { "\"hi\"" },
	  "[{\"type\":\"human\",\"content\":\"hi\",\"additional_kwargs\":{},"
	  "\"response_metadata\":{}}]" },
	{ "stored forms as well, once there is a write", false, "[\"hi\"]",
	  { "[]" }, "[" BASE("\"hi\"", "{}", "human", "null", "null") "}]" },
	{ "a pair", false, NULL, { "[[\"system\",[1]]]" },
	  "[" BASE("[1]", "{}", "system", "null", "null") "}]" },
	{ "a pair of an unknown role", false, NULL, { "[[\"boss\",\"x\"]]" },
	  "[[\"boss\",\"x\"]]" },
	{ "three are no pair", false, NULL, { "[[\"user\",\"x\",\"y\"]]" },
	  "[[\"user\",\"x\",\"y\"]]" },
	{ "two strings are two messages", false, NULL,
	  { "[\"user\",\"x\"]" },
	  "[" BASE("\"user\"", "{}", "human", "null", "null") "},"
	  BASE("\"x\"", "{}", "human", "null", "null") "}]" },
	{ "by role", false, NULL, { "{\"role\":\"assistant\",\"content\":null,"
	  "\"id\":\"i\",\"name\":\"n\",\"x\":1,\"tool_calls\":[" CALL "]}" },
	  "[" BASE("\"\"", "{\"x\":1}", "ai", "\"n\"", "\"i\"")
	  ",\"tool_calls\":[" CALLED "],\"invalid_tool_calls\":[],"
	  "\"usage_metadata\":null}]" },
	{ "by role in JavaScript", true, NULL, { "{\"role\":\"assistant\","
	  "\"content\":null,\"x\":1,\"tool_calls\":[" CALL "]}" },
	  "[{\"type\":\"ai\",\"content\":null,\"x\":1,\"tool_calls\":["
	  CALLED "],\"additional_kwargs\":{},\"response_metadata\":{},"
	  "\"invalid_tool_calls\":[]}]" },
	{ "by type", false, NULL, { "{\"type\":\"human\",\"content\":\"x\"}" },
	  "[" BASE("\"x\"", "{}", "human", "null", "null") "}]" },
	{ "another type", false, NULL, { "{\"type\":\"text\",\"text\":\"x\"}" },
	  "[{\"type\":\"text\",\"text\":\"x\"}]" },
	{ "another role", false, NULL, { "{\"role\":\"boss\"}" },
	  "[{\"role\":\"boss\"}]" },
	{ "a chat message's role is its own", false, NULL,
	  { "{\"type\":\"chat\",\"role\":\"user\",\"additional_kwargs\":{}}" },
	  "[{\"type\":\"chat\",\"role\":\"user\",\"additional_kwargs\":{}}]" },
	{ "and without kwargs", true, NULL,
	  { "{\"type\":\"generic\",\"role\":\"user\"}" },
	  "[{\"type\":\"generic\",\"role\":\"user\"}]" },
	{ "a tool's message", false, NULL, { "{\"role\":\"tool\",\"content\":"
	  "\"r\",\"tool_call_id\":\"c\",\"artifact\":[1]}" },
	  "[" BASE("\"r\"", "{}", "tool", "null", "null")
	  ",\"tool_call_id\":\"c\",\"artifact\":[1],\"status\":\"success\"}]" },
	{ "a developer", false, NULL, { "{\"role\":\"developer\",\"content\":"
	  "\"d\",\"additional_kwargs\":{\"a\":1}}" },
	  "[" BASE("\"d\"", "{\"a\":1,\"__openai_role__\":\"developer\"}",
	  "system", "null", "null") "}]" },
	{ "given kwargs win", false, NULL, { "{\"role\":\"user\",\"content\":"
	  "\"d\",\"a\":0,\"additional_kwargs\":{\"a\":1}}" },
	  "[" BASE("\"d\"", "{\"a\":1}", "human", "null", "null") "}]" },
	{ "removed by role", false, "[" M("\"1\"", "a") "]",
	  { "{\"role\":\"remove\",\"id\":\"1\"}" }, "[]" },
	{ "arguments that are no JSON", false, NULL, { "{\"role\":\"ai\","
	  "\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"f\","
	  "\"arguments\":\"{\"}}]}" },
	  "[" BASE("\"\"", "{}", "ai", "null", "null") ",\"tool_calls\":"
	  "[{\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}],"
	  "\"invalid_tool_calls\":[],\"usage_metadata\":null}]" },
	{ "arguments with escapes", false, NULL, { "{\"role\":\"ai\","
	  "\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"f\","
	  "\"arguments\":\"\\\"\\\\n\\u2028\\\\u0000\\\"\"},\"id\":\"x\"}]}" },
	  "[" BASE("\"\"", "{}", "ai", "null", "null") ",\"tool_calls\":"
	  "[{\"name\":\"f\",\"args\":\"\\n\\u2028\\u0000\",\"id\":\"x\","
	  "\"type\":\"tool_call\"}],\"invalid_tool_calls\":[],"
	  "\"usage_metadata\":null}]" },
};

static struct lc_text
text_of(const char *s)
{
	return (struct lc_text){ s, s != NULL ? strlen(s) : 0 };
}

static void
rule_by_rule(void)
{
	struct lc_text	writes[3];
	struct buf	out;
	size_t		i, n;

	for (i = 0; i < nitems(cases); i++) {
		for (n = 0; n < 3 && cases[i].writes[n] != NULL; n++)
			writes[n] = text_of(cases[i].writes[n]);
		buf_init(&out, ROOM);
		check(cases[i].why, OUT_VALUE, replay(text_of(cases[i].stored),
		    writes, n, cases[i].js, &lc_plain.limits, &out));
		buf_chr(&out, '\0');
		check_str(cases[i].why, cases[i].want, out.p);
		buf_free(&out);
	}
}

#define HEAD(versioned, complete) "{\"versioned\": " versioned \
	", \"complete\": " complete ", \"metadata\": {}}"

/* Rows that no sample thread has. */
static const struct {
	const char	*why, *info;
	struct lc_blob	 stored, write;
	bool		 history;
	enum outcome	 rc;
	const char	*want;
} rows[] = {
	{ "no such channel", HEAD("false", "true"), { "json", "[1]", 3 },
	  { NULL, NULL, 0 }, false, OUT_EMPTY, "" },
	{ "a delta channel's ancestors are gone", HEAD("true", "false"),
	  { "json", "[1]", 3 }, { NULL, NULL, 0 }, false, OUT_INCOMPLETE, "" },
	{ "withheld by the byte limit", HEAD("true", "true"),
	  { "json", NULL, 0 }, { NULL, NULL, 0 }, false, OUT_TOO_LARGE, "" },
	{ "as stored", HEAD("true", "true"), { "json", "[ \"a\" ]", 7 },
	  { NULL, NULL, 0 }, false, OUT_VALUE, "[\"a\"]" },
	{ "a stored null", HEAD("true", "true"), { "null", "", 0 },
	  { NULL, NULL, 0 }, false, OUT_VALUE, "[]" },
	{ "no list", HEAD("true", "true"), { "json", "{}", 2 },
	  { NULL, NULL, 0 }, false, OUT_VALUE, "[{}]" },
	{ "an undefined value", HEAD("true", "true"), { "json",
	  "{\"lc\":2,\"type\":\"undefined\"}", 27 }, { NULL, NULL, 0 }, false,
	  OUT_VALUE, "[]" },
	{ "a pickled one", HEAD("true", "true"), { "pickle", "x", 1 },
	  { NULL, NULL, 0 }, false, OUT_TYPE, "" },
	{ "a broken one", HEAD("true", "true"), { "json", "[", 1 },
	  { NULL, NULL, 0 }, false, OUT_CORRUPT, "" },
	{ "a write", HEAD("true", "true"), { "json", "[1]", 3 },
	  { "json", "[2]", 3 }, false, OUT_VALUE, "[1,2]" },
	{ "a broken write", HEAD("true", "true"), { "json", "[1]", 3 },
	  { "msgpack", "\xc1", 1 }, false, OUT_CORRUPT, "" },
	{ "a history takes no pending write", HEAD("true", "true"),
	  { "json", "[1]", 3 }, { "json", "[2]", 3 }, true, OUT_VALUE, "[1]" },
};

static void
rows_and_outcomes(void)
{
	struct replay_how	how = { .channel = "messages" };
	struct replay_row	r[3];
	struct buf		out;
	size_t			i;

	memset(r, 0, sizeof(r));
	check("no checkpoint", OUT_EMPTY, replay_rows(r, 0, &how, &lc_plain,
	    &out));
	for (i = 0; i < nitems(rows); i++) {
		memset(r, 0, sizeof(r));
		r[0].k = 'h';
		r[0].info = text_of(rows[i].info);
		r[1].k = 's';
		r[1].channel = r[2].channel = "messages";
		r[1].blob = rows[i].stored;
		r[2].k = 'w';
		r[2].task_id = "t";
		r[2].blob = rows[i].write;
		how.history = rows[i].history;
		buf_init(&out, ROOM);
		check(rows[i].why, rows[i].rc, replay_rows(r,
		    rows[i].write.type != NULL ? 3 : 2, &how, &lc_plain,
		    &out));
		buf_chr(&out, '\0');
		check_str(rows[i].why, rows[i].want, out.p);
		buf_free(&out);
	}
}

/* Ids that differ late, all replaced: time grows as the list does. */
static void
a_long_list(void)
{
	struct buf	list, out;
	struct lc_text	t;
	unsigned	i;

	buf_init(&list, 64 << 20);
	buf_init(&out, 64 << 20);
	for (i = 0; i < 20000; i++)
		buf_printf(&list, "%s{\"type\":\"human\",\"additional_kwargs\":"
		    "{},\"id\":\"m-%06u\"}", i > 0 ? "," : "[", i);
	buf_chr(&list, ']');
	t.p = list.p;
	t.n = list.len;
	check("a long list", OUT_VALUE, replay(t, &t, 1, false,
	    &lc_plain.limits, &out));
	check("comes out as it went in", true, out.len == list.len &&
	    memcmp(out.p, list.p, list.len) == 0);
	buf_reset(&out, 0);
	out.max = list.len - 1;
	check("under a ceiling", OUT_TOO_LARGE, replay(t, &t, 1, false,
	    &lc_plain.limits, &out));
	check("nothing is left", 0, out.len);
	buf_free(&list);
	buf_free(&out);
}

static CU_TestInfo	tests[] = {
	{ "every sample thread", every_sample_thread },
	{ "every sample's values", every_samples_values },
	{ "rule by rule", rule_by_rule },
	{ "rows and outcomes", rows_and_outcomes },
	{ "a long list", a_long_list },
	CU_TEST_INFO_NULL
};

const struct suite	replay_suite = { "replay", tests };
