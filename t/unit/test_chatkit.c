/* test_chatkit.c: ChatKit's documents and requests, its ids and times. */
#include "config.h"

#include <stdio.h>

#include "api/chatkit.h"
#include "codec/ckcall.h"
#include "codec/ckdoc.h"
#include "unit/unit.h"

#define ITEM	"{\"id\":\"x\",\"thread_id\":\"t\"," \
		"\"created_at\":\"2026-01-02T03:04:05Z\",\"type\":"

static struct json_span
scanned(const char *text)
{
	check(text, JSON_OK, json_scan(text, strlen(text), 100));
	return json_whole(text, strlen(text));
}

static void
wrote(const char *why, const char *want, struct buf *b)
{
	buf_chr(b, '\0');
	check_str(why, want, b->p);
	buf_cut(b, 0);
}

static const struct {
	const char	*why, *type, *stored, *wire;
} items[] = {
	{ "a tool call's arguments are its own", "client_tool_call",
	  ITEM "\"client_tool_call\",\"status\":\"pending\",\"call_id\":\"c\","
	  "\"name\":\"n\",\"arguments\":{\"a\":null,\"b\":{\"c\":null}},"
	  "\"output\":null}",
	  ITEM "\"client_tool_call\",\"status\":\"pending\",\"call_id\":\"c\","
	  "\"name\":\"n\",\"arguments\":{\"a\":null,\"b\":{\"c\":null}}}" },
	{ "a message with a tag and an attachment", "user_message",
	  ITEM "\"user_message\",\"content\":[{\"type\":\"input_tag\","
	  "\"id\":\"1\",\"text\":\"t\",\"data\":{\"a\":null},\"group\":null,"
	  "\"interactive\":false}],\"attachments\":[{\"id\":\"a\","
	  "\"name\":\"n\",\"mime_type\":\"m\",\"upload_descriptor\":null,"
	  "\"thread_id\":null,\"metadata\":{\"k\":null},\"type\":\"file\"}],"
	  "\"quoted_text\":null,\"inference_options\":{\"tool_choice\":null,"
	  "\"model\":null}}",
	  ITEM "\"user_message\",\"content\":[{\"type\":\"input_tag\","
	  "\"id\":\"1\",\"text\":\"t\",\"data\":{\"a\":null},"
	  "\"interactive\":false}],\"attachments\":[{\"id\":\"a\","
	  "\"name\":\"n\",\"mime_type\":\"m\",\"type\":\"file\"}],"
	  "\"inference_options\":{}}" },
	{ "an entity's data, before its type", "assistant_message",
	  "{\"content\":[{\"annotations\":[{\"source\":{\"data\":{\"a\":null},"
	  "\"type\":\"entity\",\"icon\":null}}]}]}",
	  "{\"content\":[{\"annotations\":[{\"source\":{\"data\":{\"a\":null},"
	  "\"type\":\"entity\"}}]}]}" },
	{ "data of anything else", "workflow",
	  "{\"a\":{\"type\":\"x\",\"data\":{\"a\":null}}}",
	  "{\"a\":{\"type\":\"x\",\"data\":{}}}" },
	{ "a widget is its own, whatever is in it", "widget",
	  "{\"widget\":{\"type\":\"Card\",\"x\":[null,{\"y\":null}]},"
	  "\"copy_text\":null,\"z\":{\"widget\":{\"a\":null}}}",
	  "{\"widget\":{\"type\":\"Card\",\"x\":[null,{\"y\":null}]},"
	  "\"z\":{\"widget\":{}}}" },
	{ "arguments of another type are not", "task",
	  "{\"arguments\":{\"a\":null}}", "{\"arguments\":{}}" },
	{ "an output that is there", "client_tool_call",
	  "{\"output\":{\"a\":null}}", "{\"output\":{\"a\":null}}" },
	{ "an unknown type: only at the top", "hologram",
	  "{\"a\":null,\"b\":{\"c\":null},\"d\":[{\"e\":null}]}",
	  "{\"b\":{\"c\":null},\"d\":[{\"e\":null}]}" },
	{ "elements stay", "task", "{\"a\":[null,{\"b\":null},[null]]}",
	  "{\"a\":[null,{},[null]]}" },
	{ "nothing is rewritten", "task",
	  " { \"\\u0061\" : 1e22 , \"b\":-0.0,\"n\":\"null\",\"null\":[ ],"
	  "\"z\":12345678901234567890, \"\\/\" : \"\\ud83d\\ude00\" }\n",
	  "{\"\\u0061\":1e22,\"b\":-0.0,\"n\":\"null\",\"null\":[],"
	  "\"z\":12345678901234567890,\"\\/\":\"\\ud83d\\ude00\"}" },
	{ "names by what they mean", "widget",
	  "{\"w\\u0069dget\":{\"a\":null}}",
	  "{\"w\\u0069dget\":{\"a\":null}}" },
	{ "metadata of a message's attachments only", "user_message",
	  "{\"metadata\":{\"a\":1},\"attachments\":{\"metadata\":1},"
	  "\"content\":[{\"metadata\":2}]}",
	  "{\"metadata\":{\"a\":1},\"attachments\":{\"metadata\":1},"
	  "\"content\":[{\"metadata\":2}]}" },
	{ "nothing left", "task", "{\"a\":null}", "{}" },
	{ "an empty one", "task", "{}", "{}" },
};

static const struct ckdoc_links	none;

static void
items_lose_their_nulls(void)
{
	struct buf	b;
	size_t		i;

	buf_init(&b, 4096);
	for (i = 0; i < nitems(items); i++) {
		ckdoc_item(&b, items[i].type, scanned(items[i].stored), &none);
		wrote(items[i].why, items[i].wire, &b);
	}
	buf_free(&b);
}

static const struct {
	const char	*why, *stored, *wire;
} threads[] = {
	{ "the contract's",
	  "{\"title\":null,\"id\":\"t\",\"created_at\":"
	  "\"2026-01-02T03:04:05.678901\",\"status\":{\"type\":\"closed\","
	  "\"reason\":null},\"allowed_image_domains\":null,"
	  "\"metadata\":{\"a\":1}}",
	  "{\"id\":\"t\",\"created_at\":\"2026-01-02T03:04:05.678901\","
	  "\"status\":{\"type\":\"closed\"},\"metadata\":{},\"items\":" },
	{ "without a status, in another order, with more",
	  "{\"x\":1,\"allowed_image_domains\":[\"a\"],\"status\":null,"
	  "\"created_at\":\"c\",\"id\":\"t\",\"title\":\"T\",\"items\":[1]}",
	  "{\"title\":\"T\",\"id\":\"t\",\"created_at\":\"c\",\"status\":"
	  "{\"type\":\"active\"},\"allowed_image_domains\":[\"a\"],"
	  "\"metadata\":{},\"items\":" },
};

static void
threads_have_their_members(void)
{
	struct buf	b;
	size_t		i;

	buf_init(&b, 4096);
	for (i = 0; i < nitems(threads); i++) {
		ckdoc_thread(&b, scanned(threads[i].stored));
		wrote(threads[i].why, threads[i].wire, &b);
	}
	buf_free(&b);
}

static const struct {
	const char	*why, *type, *doc, *want;
} plains[] = {
	{ "all parts, joined", "user_message", "{\"content\":[{\"text\":"
	  "\"a\"},{\"x\":1},{\"text\":\"\\u00e4\\n\"},{\"text\":1}]}",
	  "a\xc3\xa4\n" },
	{ "of an assistant", "assistant_message",
	  "{\"content\":[{\"text\":\"a\",\"type\":\"output_text\"}]}", "a" },
	{ "no content", "user_message", "{}", "" },
	{ "content of another kind", "user_message", "{\"content\":\"a\"}",
	  "" },
	{ "an object", "user_message", "{\"content\":{\"text\":\"a\"}}", "" },
	{ "a widget", "widget", "{\"content\":[{\"text\":\"a\"}]}", NULL },
};

static void
messages_have_a_text(void)
{
	struct arena	*a = arena_new(1 << 16);
	size_t		 i;

	for (i = 0; i < nitems(plains); i++)
		check_str(plains[i].why, plains[i].want,
		    ckdoc_plain(a, plains[i].type, scanned(plains[i].doc)));
	arena_free(a);
	check("hidden", 1, ckdoc_hidden("sdk_hidden_context") &&
	    ckdoc_hidden("hidden_context_item"));
	check("not hidden", 0, ckdoc_hidden("user_message") ||
	    ckdoc_hidden("hologram"));
}

static const struct {
	const char	*why, *doc;
	size_t		 at, length;
} titles[] = {
	{ "a string", "{\"title\":\"ab\"}", 10, 4 },
	{ "null", "{\"id\":1,\"title\": null }", 18, 4 },
	{ "characters, not bytes",
	  "{\"\xc3\xa4\":\"\xf0\x9f\x98\x80\",\"title\":\"\xc3\xb6\"}", 18, 3 },
	{ "an escaped name", "{\"t\\u0069tle\":\"a\"}", 15, 3 },
	{ "blanks around", " {\"title\":\"a\"} ", 11, 3 },
	{ "not at the top", "{\"a\":{\"title\":\"a\"}}", 19, 0 },
	{ "none", "{\"id\":\"}\" }\n", 11, 0 },
};

static void
titles_are_found(void)
{
	struct ckdoc_title	t;
	size_t			i;

	for (i = 0; i < nitems(titles); i++) {
		t = ckdoc_title(titles[i].doc, strlen(titles[i].doc));
		check(titles[i].why, titles[i].at, t.at);
		check(titles[i].why, titles[i].length, t.length);
	}
}

static const struct {
	const char	*why, *doc, *want;
} uploads[] = {
	{ "an object", " { \"a\":1, \"upload_descriptor\" : {\"url\":\"}\"} ,"
	  "\"b\":1e2}\n",
	  " { \"a\":1, \"upload_descriptor\" : null ,\"b\":1e2}\n" },
	{ "null", "{\"upload_descriptor\":null}",
	  "{\"upload_descriptor\":null}" },
	{ "none", "{\"x\":{\"upload_descriptor\":1}}",
	  "{\"x\":{\"upload_descriptor\":1}}" },
};

static void
uploaded_ones_take_no_more(void)
{
	struct arena	*a = arena_new(1 << 16);
	size_t		 i;

	for (i = 0; i < nitems(uploads); i++) {
		(void)scanned(uploads[i].doc);
		check_str(uploads[i].why, uploads[i].want, ckdoc_uploaded(a,
		    uploads[i].doc, strlen(uploads[i].doc)));
	}
	arena_free(a);
}

#define P(type, params)	"{\"type\":\"" type "\",\"params\":" params "}"
#define CREATE(input)	P("threads.create", "{\"input\":" input "}")
#define INPUT(content)	CREATE("{\"content\":[" content "]," \
			"\"attachments\":[],\"inference_options\":{}}")

/* want: NULL for a good one. */
static const struct {
	const char	*body, *want;
} bodies[] = {
	{ "[]", "body: must be an object" },
	{ "{}", "type: required" },
	{ "{\"type\":1,\"params\":{}}", "type: must be a string" },
	{ P("nope", "{}"), "type: unknown" },
	{ P("threads", "{}"), "type: unknown" },
	{ "{\"type\":\"threads.list\"}", "params: required" },
	{ P("threads.list", "[]"), "params: must be an object" },
	{ P("threads.list", "null"), "params: must be an object" },
	{ P("threads.list", "{},\"metadata\":[]"),
	  "metadata: must be an object" },
	{ P("threads.list", "{},\"metadata\":null"), NULL },
	{ P("threads.list", "{\"x\":1},\"y\":1,\"metadata\":{\"a\":1}"), NULL },
	{ P("threads.list", "{\"limit\":-1}"), "params.limit: must be at "
	  "least 0" },
	{ P("threads.list", "{\"limit\":true}"),
	  "params.limit: must be an integer" },
	{ P("threads.list", "{\"limit\":1.5}"),
	  "params.limit: must be an integer" },
	{ P("threads.list", "{\"limit\":\"x\"}"),
	  "params.limit: must be an integer" },
	{ P("threads.list", "{\"limit\":\"\"}"),
	  "params.limit: must be an integer" },
	{ P("threads.list", "{\"limit\":\"-\"}"),
	  "params.limit: must be an integer" },
	{ P("threads.list", "{\"limit\":\"1.0\"}"),
	  "params.limit: must be an integer" },
	{ P("threads.list", "{\"limit\":[1]}"),
	  "params.limit: must be an integer" },
	{ P("threads.list", "{\"order\":\"sideways\"}"),
	  "params.order: must be one of desc, asc" },
	{ P("threads.list", "{\"after\":1}"), "params.after: must be a "
	  "string" },
	{ P("threads.get_by_id", "{}"), "params.thread_id: required" },
	{ P("threads.get_by_id", "{\"thread_id\":\"\"}"),
	  "params.thread_id: must not be empty" },
	{ P("threads.get_by_id", "{\"thread_id\":\"\\n\"}"),
	  "params.thread_id: must not contain control characters" },
	{ P("threads.update", "{\"thread_id\":\"t\"}"),
	  "params.title: required" },
	{ P("threads.update", "{\"thread_id\":\"t\",\"title\":null}"),
	  "params.title: must be a string" },
	{ P("threads.update", "{\"thread_id\":\"t\",\"title\":\"\"}"), NULL },
	{ P("items.feedback", "{\"thread_id\":\"t\",\"item_ids\":[\"a\",1],"
	  "\"kind\":\"positive\"}"), "params.item_ids[1]: must be a string" },
	{ P("items.feedback", "{\"thread_id\":\"t\",\"item_ids\":[]}"),
	  "params.kind: required" },
	{ P("items.feedback", "{\"thread_id\":\"t\",\"item_ids\":{},"
	  "\"kind\":\"positive\"}"), "params.item_ids: must be an array" },
	{ P("attachments.create", "{\"name\":\"\",\"size\":1,"
	  "\"mime_type\":\"a/b\"}"), "params.name: must not be empty" },
	{ P("attachments.create", "{\"name\":\"a\",\"size\":-1,"
	  "\"mime_type\":\"a/b\"}"), "params.size: must be at least 0" },
	{ P("attachments.create", "{\"name\":\"a\",\"size\":\"3\","
	  "\"mime_type\":\"a/b\"}"), NULL },
	{ P("threads.add_client_tool_output", "{\"thread_id\":\"t\"}"),
	  "params.result: required" },
	{ P("threads.add_client_tool_output", "{\"thread_id\":\"t\","
	  "\"result\":null}"), NULL },
	{ P("threads.retry_after_item", "{\"thread_id\":\"t\","
	  "\"item_id\":null}"), "params.item_id: must be a string" },
	{ P("threads.custom_action", "{\"thread_id\":\"t\",\"item_id\":null,"
	  "\"action\":{\"type\":\"x\"}}"), NULL },
	{ P("threads.custom_action", "{\"thread_id\":\"t\","
	  "\"action\":{\"payload\":1}}"), "params.action.type: required" },
	{ P("threads.sync_custom_action", "{\"thread_id\":\"t\"}"),
	  "params.action: required" },
	{ P("input.transcribe", "{\"audio_base64\":\"aGk=\","
	  "\"mime_type\":\"audio/webm;codecs=opus\"}"), NULL },
	{ P("input.transcribe", "{\"audio_base64\":\"aGk=\"}"),
	  "params.mime_type: required" },
	{ CREATE("{\"content\":[],\"attachments\":[]}"),
	  "params.input.inference_options: required" },
	{ CREATE("{\"content\":[],\"attachments\":[],"
	  "\"inference_options\":null}"),
	  "params.input.inference_options: must be an object" },
	{ CREATE("{\"content\":{},\"attachments\":[],"
	  "\"inference_options\":{}}"),
	  "params.input.content: must be an array" },
	{ CREATE("{\"content\":[],\"attachments\":[],"
	  "\"inference_options\":{},\"quoted_text\":1}"),
	  "params.input.quoted_text: must be a string" },
	{ INPUT(""), NULL },
	{ INPUT("{\"type\":\"input_text\",\"text\":\"a\"},"
	  "{\"type\":\"input_tag\",\"id\":\"1\",\"text\":\"\",\"data\":{},"
	  "\"group\":null,\"interactive\":true}"), NULL },
	{ INPUT("{\"type\":\"input_text\",\"text\":\"a\"},1"),
	  "params.input.content[1]: must be an object" },
	{ INPUT("{\"text\":\"a\"}"), "params.input.content[0].type: required" },
	{ INPUT("{\"type\":\"output_text\",\"text\":\"a\"}"),
	  "params.input.content[0].type: must be one of input_text, "
	  "input_tag" },
	{ INPUT("{\"type\":\"input_text\"}"),
	  "params.input.content[0].text: required" },
	{ INPUT("{\"type\":\"input_tag\",\"id\":\"1\",\"text\":\"\","
	  "\"data\":[]}"),
	  "params.input.content[0].data: must be an object" },
	{ INPUT("{\"type\":\"input_tag\",\"id\":\"1\",\"text\":\"\","
	  "\"data\":{},\"interactive\":1}"),
	  "params.input.content[0].interactive: must be true or false" },
	{ P("threads.add_structured_input", "{\"thread_id\":\"t\","
	  "\"item_id\":\"i\",\"input\":{\"status\":\"answered\",\"answers\":"
	  "{\"p\":{\"values\":[\"a\"],\"skipped\":false},\"q\":{}}}}"), NULL },
	{ P("threads.add_structured_input", "{\"thread_id\":\"t\","
	  "\"item_id\":\"i\",\"input\":{\"status\":\"lost\"}}"),
	  "params.input.status: must be one of answered, skipped" },
	{ P("threads.add_structured_input", "{\"thread_id\":\"t\","
	  "\"item_id\":\"i\",\"input\":{\"status\":\"answered\",\"answers\":"
	  "{\"p\":{\"values\":[1]}}}}"),
	  "params.input.answers.values[0]: must be a string" },
	{ P("threads.add_structured_input", "{\"thread_id\":\"t\","
	  "\"item_id\":\"i\",\"input\":{\"status\":\"answered\",\"answers\":"
	  "{\"p\":[]}}}"), "params.input.answers: must hold objects" },
};

static const char *
fault_of(struct arena *a, const char *text, struct ck_params *p)
{
	struct json_span	body = scanned(text);
	const char		*why = NULL;
	enum ck_type		t = ckcall_type(a, body, &why);

	return why != NULL ? why : ckcall_params(a, body, t, p);
}

static void
requests_are_checked(void)
{
	struct arena		*a = arena_new(1 << 20);
	struct ck_params	 p;
	size_t			 i;

	for (i = 0; i < nitems(bodies); i++)
		check_str(bodies[i].body, bodies[i].want,
		    fault_of(a, bodies[i].body, &p));
	arena_free(a);
}

static const struct {
	const char	*text;
	long long	 want;
} limits[] = {
	{ "null", 20 }, { "0", 20 }, { "1", 1 }, { "1.0", 1 }, { "1e3", 1000 },
	{ "\"1\"", 1 }, { "\"+7\"", 7 }, { "10000", 10000 },
	{ "10001", 10000 }, { "1e300", 10000 },
	{ "123456789012345678901234567890", 10000 }, { "-0", 20 },
	{ "\"123456789012345678901234567890\"", 10000 },
};

static void
values_are_taken(void)
{
	struct arena		*a = arena_new(1 << 20);
	struct ck_params	 p;
	int64_t			 n;
	size_t			 i;

	for (i = 0; i < nitems(limits); i++) {
		check_str(limits[i].text, NULL, fault_of(a, arena_printf(a,
		    P("threads.list", "{\"limit\":%s}"), limits[i].text), &p));
		check(limits[i].text, limits[i].want, p.limit);
	}
	check_str("a page", NULL, fault_of(a, P("items.list", "{\"thread_id\":"
	    "\"\\u00e4\",\"order\":\"asc\",\"after\":\"\"}"), &p));
	check_str("thread", "\xc3\xa4", p.thread_id);
	check_str("after", "", p.after);
	check("ascending", 1, p.ascending);
	check("limit", 20, p.limit);
	check_str("a rating", NULL, fault_of(a, P("items.feedback",
	    "{\"thread_id\":\"t\",\"item_ids\":[\"a\",\"b\"],"
	    "\"kind\":\"positive\"}"), &p));
	check("positive", 1, p.positive);
	check("items", 2, p.item_ids.n);
	check_str("the array", "{\"a\",\"b\"}",
	    ck_array(a, p.item_ids.v, p.item_ids.n));
	check("query", 1, ckcall_limit("", 0, &n) && n == 20);
	check("query 0", 1, ckcall_limit("0", 1, &n) && n == 20);
	check("many digits", 1, ckcall_limit("99999999999999999999", 20, &n) &&
	    n == 10000);
	check("a sign", 0, ckcall_limit("+1", 2, &n));
	check("negative", 0, ckcall_limit("-1", 2, &n));
	arena_free(a);
}

static void
a_thousand_ids_and_no_more(void)
{
	struct arena		*a = arena_new(1 << 20);
	struct ck_params	 p;
	struct buf		 b;
	const char		*ids[] = { "\\\"{,", "" };
	int			 i;

	buf_init(&b, 1 << 16);
	buf_str(&b, "{\"type\":\"items.feedback\",\"params\":{\"thread_id\":"
	    "\"t\",\"kind\":\"negative\",\"item_ids\":[\"0\"");
	for (i = 1; i < 1000; i++)
		buf_printf(&b, ",\"%d\"", i);
	check_str("1000", NULL, fault_of(a, arena_printf(a, "%.*s]}}",
	    (int)b.len, b.p), &p));
	check("all", 1000, p.item_ids.n);
	check_str("1001", "params.item_ids: must have at most 1000 elements",
	    fault_of(a, arena_printf(a, "%.*s,\"x\"]}}", (int)b.len, b.p),
	    &p));
	check_str("quoted", "{\"\\\\\\\"{,\",\"\"}", ck_array(a, ids, 2));
	check_str("none", "{}", ck_array(a, NULL, 0));
	buf_free(&b);
	arena_free(a);
}

static const struct {
	const char	*text, *want;
} times[] = {
	{ "2026-01-02T03:04:05.678901", "2026-01-02T03:04:05.678901Z" },
	{ "2026-01-02 03:04:05", "2026-01-02T03:04:05.000000Z" },
	{ "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000Z" },
	{ "2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123456Z" },
	{ "2026-01-02T03:04:05.1234567891Z", NULL },
	{ "2026-01-02T03:04:05+02:30", "2026-01-02T00:34:05.000000Z" },
	{ "2026-01-02T03:04:05-0230", "2026-01-02T05:34:05.000000Z" },
	{ "2026-01-02T03:04:05+01", "2026-01-02T02:04:05.000000Z" },
	{ "2026-01-02T03:04:05z", NULL },
	{ "2026-01-02t03:04:05Z", NULL },
	{ "2026-01-02T03:04:05 Z", NULL },
	{ "2026-01-02T03:04:05.Z", NULL },
	{ "2026-01-02T03:04:05+1", NULL },
	{ "2026-01-02T03:04:05+01:0", NULL },
	{ "2026-01-02T03:04:05ZZ", NULL },
	{ "2026-02-30T03:04:05Z", NULL },
	{ "2026-01-02T24:00:00Z", NULL },
	{ "2026-01-02", NULL },
	{ "2026-01-02T", NULL },
	{ "now", NULL },
	{ "", NULL },
	{ "infinity", NULL },
	{ "0001-01-01T00:00:00+01:00", NULL },
};

static void
times_are_read(void)
{
	struct arena	*a = arena_new(1 << 16);
	char		 out[32];
	bool		 ok;
	size_t		 i;

	for (i = 0; i < nitems(times); i++) {
		ok = ck_time(a, times[i].text, strlen(times[i].text), out);
		check_str(times[i].text, times[i].want, ok ? out : NULL);
	}
	arena_free(a);
}

static const struct {
	const char	*owner, *thread, *want;
} uuids[] = {
	{ "alice@example.com", "thr_0df84abe",
	  "eeaf291a-38fc-5d92-ac13-4bb6722e2148" },
	{ "bob@example.com", "thr_0df84abe",
	  "856abac0-1797-597f-9d53-28276e03765c" },
	{ "alice@example.com", "thread-a",
	  "0cc0fa62-3537-5b26-8183-f5c848c0d3ed" },
};

static void
uuids_hang_on_the_owner(void)
{
	char	out[UUID_TEXT + 1];
	size_t	i;

	for (i = 0; i < nitems(uuids); i++) {
		ck_thread_uuid(uuids[i].owner, uuids[i].thread, out);
		check_str(uuids[i].owner, uuids[i].want, out);
	}
	uuid_v5("eeaf291a-38fc-5d92-ac13-4bb6722e2148", "msg_0ba893a5", 12,
	    out);
	check_str("an item", "461d4142-e367-5162-a172-02f32a6143ab", out);
}

static CU_TestInfo tests[] = {
	{ "items lose their nulls", items_lose_their_nulls },
	{ "threads have their members", threads_have_their_members },
	{ "messages have a text", messages_have_a_text },
	{ "titles are found", titles_are_found },
	{ "uploaded ones take no more", uploaded_ones_take_no_more },
	{ "requests are checked", requests_are_checked },
	{ "values are taken", values_are_taken },
	{ "a thousand ids and no more", a_thousand_ids_and_no_more },
	{ "times are read", times_are_read },
	{ "uuids hang on the owner", uuids_hang_on_the_owner },
	CU_TEST_INFO_NULL
};
const struct suite chatkit_suite = { "chatkit", tests };
