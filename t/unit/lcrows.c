/* lcrows.c: the sample threads' rows, as a database connection gives them. */
#include "config.h"

#include "unit/lcrows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/lctest.h"
#include "unit/unit.h"

struct lc_blob
blob_of(struct json_object *row)
{
	struct lc_blob	 b = { string_of(row, "type"), NULL, 0 };
	const char	*hex = string_of(row, "blob");
	struct buf	 bytes;

	if (hex == NULL)
		return b;
	buf_init(&bytes, 1 << 20);
	unhex(&bytes, hex + 2);
	b.n = bytes.len;
	/* Of exactly its size, so that a sanitizer sees the end. */
	b.p = memcpy(malloc(b.n + !b.n), bytes.p != NULL ? bytes.p : "", b.n);
	buf_free(&bytes);
	return b;
}

static struct lc_text
jsonb(struct json_object *row, const char *member)
{
	struct json_object	*o;
	const char		*s;

	if (!json_object_object_get_ex(row, member, &o) || o == NULL)
		return (struct lc_text){ NULL, 0 };
	s = json_object_to_json_string_ext(o, JSON_C_TO_STRING_SPACED);
	return (struct lc_text){ s, strlen(s) };
}

static int
int_of(struct json_object *row, const char *member)
{
	return json_object_get_int(json_object_object_get(row, member));
}

static void
read_messages(struct sample *s, struct json_object *rows)
{
	struct json_object	*row;
	struct replay_row	*r;
	size_t			 i;

	s->nmessages = json_object_array_length(rows);
	s->messages = calloc(s->nmessages, sizeof(*s->messages));
	for (i = 0; i < s->nmessages; i++) {
		row = json_object_array_get_idx(rows, i);
		r = &s->messages[i];
		r->k = *string_of(row, "k");
		r->depth = int_of(row, "depth");
		r->idx = int_of(row, "idx");
		r->task_path = string_of(row, "task_path");
		r->task_id = string_of(row, "task_id");
		r->channel = string_of(row, "channel");
		r->blob = blob_of(row);
		r->inline_val = jsonb(row, "inline_val");
		r->info = jsonb(row, "info");
	}
}

static void
read_tasks(struct sample *s, struct json_object *rows)
{
	struct json_object	*row;
	struct task_row		*r;
	size_t			 i;

	s->ntasks = json_object_array_length(rows);
	s->tasks = calloc(s->ntasks, sizeof(*s->tasks));
	for (i = 0; i < s->ntasks; i++) {
		row = json_object_array_get_idx(rows, i);
		r = &s->tasks[i];
		s->checkpoint = string_of(row, "checkpoint_id");
		r->k = *string_of(row, "k");
		r->idx = int_of(row, "idx");
		r->name = string_of(row, "name");
		r->task_path = string_of(row, "task_path");
		r->task_id = string_of(row, "task_id");
		r->blob = blob_of(row);
		r->info = jsonb(row, "info");
	}
}

static void
release(struct sample *s)
{
	size_t	i;

	for (i = 0; i < s->nmessages; i++)
		free((void *)(uintptr_t)s->messages[i].blob.p);
	for (i = 0; i < s->ntasks; i++)
		free((void *)(uintptr_t)s->tasks[i].blob.p);
	free(s->messages);
	free(s->tasks);
}

static void
sample(const char *id, struct json_object *rows, struct json_object *expected,
    const char *key, void (*fn)(struct sample *))
{
	struct sample	s = { .id = id, .opts = { .limits = LC_LIMITS } };

	read_messages(&s, json_object_object_get(rows, "messages"));
	read_tasks(&s, json_object_object_get(rows, "tasks"));
	s.values = json_object_object_get(rows, "values");
	s.state = json_object_object_get(expected, "state");
	if (key != NULL) {
		expected = json_object_object_get(expected, "with_key");
		s.opts.key = key;
		s.opts.keylen = strlen(key);
	}
	s.want = json_object_object_get(expected, "decoded");
	fn(&s);
	release(&s);
}

static size_t
language(const char *rows_file, const char *expected_file,
    void (*fn)(struct sample *))
{
	struct json_object	*rows = json_file(rows_file), *e, *k;
	struct json_object	*expected = json_file(expected_file);
	size_t			 n = 0;

	json_object_object_foreach(rows, id, row) {
		e = json_object_object_get(expected, id);
		sample(id, row, e, NULL, fn);
		n++;
		if (!json_object_object_get_ex(e, "with_key", &k))
			continue;
		sample(id, row, e, string_of(k, "LANGGRAPH_AES_KEY"), fn);
		n++;
	}
	json_object_put(rows);
	json_object_put(expected);
	return n;
}

size_t
samples(void (*fn)(struct sample *))
{
	return language("vectors/langgraph/py_rows.json",
	    "vectors/langgraph/py_expected.json", fn) +
	    language("vectors/langgraph/js_rows.json",
	    "vectors/langgraph/js_expected.json", fn);
}
