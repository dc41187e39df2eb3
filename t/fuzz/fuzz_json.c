/* fuzz_json.c: what the scan accepts, json-c and our own writer must, too. */
#include "config.h"

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "codec/json.h"

#define DEPTH	100

static struct json_object *
object_of(const struct json_span *s)
{
	char			*copy;
	struct json_object	*o;

	if ((copy = malloc(s->n + 1)) == NULL)
		abort();
	memcpy(copy, s->p, s->n);
	copy[s->n] = '\0';
	o = json_tokener_parse(copy);
	free(copy);
	return o;
}

/*
 * Every value that the walk names is JSON, what lies between them is not more
 * than blanks and punctuation, and there are as many as json-c finds.
 */
static void
walk(struct json_span top, struct json_object *obj, bool first)
{
	struct json_iter	 it = json_walk(top);
	struct json_span	 key, value, again;
	struct json_object	*mine;
	const char		*at = top.p + 1;
	char			*name;
	size_t			 n, count = 0;

	for (; json_next(&it, &key, &value); count++) {
		if (key.p != NULL) {
			if (strspn(at, " \t\r\n,") != (size_t)(key.p - at) ||
			    json_scan(key.p, key.n, 0) != JSON_OK)
				abort();
			at = key.p + key.n;
			if ((name = malloc(key.n)) == NULL)
				abort();
			n = json_unescape(key.p + 1, key.n - 2, name);
			name[n] = '\0';
			if (!json_is(key, name) ||
			    !json_member(top, name, &again) ||
			    again.p != value.p ||
			    !json_object_object_get_ex(obj, name, &mine))
				abort();
			free(name);
		} else
			mine = json_object_array_get_idx(obj, count);
		if (strspn(at, " \t\r\n,:") != (size_t)(value.p - at) ||
		    json_scan(value.p, value.n, DEPTH) != JSON_OK)
			abort();
		at = value.p + value.n;
		if (first)
			walk(value, mine, false);
	}
	if (json_object_is_type(obj, json_type_object) &&
	    count != (size_t)json_object_object_length(obj))
		abort();
	if (json_object_is_type(obj, json_type_array) &&
	    count != json_object_array_length(obj))
		abort();
}

static void
check_spans(const char *text, size_t len, struct json_object *obj)
{
	struct json_span	 top = json_whole(text, len);
	struct json_object	*again;

	again = object_of(&top);
	if (!json_object_equal(obj, again))
		abort();
	json_object_put(again);
	walk(top, obj, true);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char		*text = (const char *)data;
	struct arena		*a;
	struct json_object	*obj;
	struct buf		 b;
	enum json_err		 e;

	a = arena_new(1 << 20);
	buf_init(&b, 64 + len * 16);
	e = json_scan(text, len, DEPTH);
	if (json_parse(a, text, len, DEPTH, &obj) != e)
		abort();
	if (e == JSON_OK) {
		jw_obj(&b, obj);
		if (b.over || json_scan(b.p, b.len, DEPTH) != JSON_OK)
			abort();
		check_spans(text, len, obj);
	}
	if (utf8_valid(text, len)) {
		buf_cut(&b, 0);
		jw_str(&b, text, len);
		e = json_scan(b.p, b.len, 0);
		if (b.over || (e != JSON_OK && e != JSON_NUL))
			abort();
	}
	buf_free(&b);
	arena_free(a);
	return 0;
}
