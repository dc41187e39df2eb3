/* test_tasks.c: tasks, next, interrupts, errors and status of checkpoints. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

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

static void
check_tasks(struct sample *s, const struct tasks *ts)
{
	struct json_object	*want = member(s->want, "tasks"), *t;
	const struct task	*got;
	struct buf		 out;
	size_t			 i;

	check(s->id, json_object_array_length(want), ts->n);
	for (i = 0; i < ts->n; i++) {
		t = json_object_array_get_idx(want, i);
		got = &ts->v[i];
		check_str(s->id, string_of(t, "name"), got->name);
		check(s->id, member(t, "id") == NULL, got->guessed);
		if (!got->guessed)
			check_str(s->id, string_of(t, "id"), got->id);
		check(s->id, UUID_TEXT, strlen(got->id));
		check(s->id, member(t, "error") == NULL, got->error.p == NULL);
		if (got->error.p != NULL)
			check_json(s->id, member(t, "error"), got->error.p,
			    got->error.n);
		buf_init(&out, ROOM);
		tasks_interrupts(&out, ts, got);
		check_json(s->id, member(t, "interrupts"), out.p, out.len);
		buf_free(&out);
	}
}

static void
thread(struct sample *s)
{
	struct tasks	ts;
	struct buf	out;

	check(s->id, true, tasks_read(&ts, s->tasks, s->ntasks, s->checkpoint,
	    &s->opts, ROOM));
	check_tasks(s, &ts);
	check_str(s->id, string_of(s->want, "status"),
	    task_status_name(ts.status));
	buf_init(&out, ROOM);
	tasks_interrupts(&out, &ts, NULL);
	check_json(s->id, member(s->want, "interrupts"), out.p, out.len);
	buf_reset(&out, ROOM);
	tasks_errors(&out, &ts);
	check_json(s->id, member(s->want, "errors"), out.p, out.len);
	buf_reset(&out, ROOM);
	tasks_next(&out, &ts, false);
	check_json(s->id, member(s->want, "next"), out.p, out.len);
	check_json(s->id, member(s->state, "next"), out.p, out.len);
	buf_free(&out);
	tasks_free(&ts);
}

static void
every_sample_thread(void)
{
	check("threads, one of them twice", 33, samples(thread));
}

#define CP	"1f1e6254-5573-6e80-8000-eccafe9b8933"
#define D16(s)	s s s s s s s s s s s s s s s s
#define D256(s)	D16(D16(s))
#define DEEP	D256("[") "[]" D256("]")	/* beyond the decoders' bound */
#define JS_INFO	"{\"versions\": {\"a\": 2}, \"metadata\": {\"deep\": " DEEP \
	", \"step\": 0}}"
#define PY_INFO	"{\"versions\": {\"a\": \"0002.0.5\"}, \"metadata\": {}}"
#define SENDS	"[{\"node\":\"w\",\"args\":{\"i\":0}}," \
	"{\"node\":\"w\",\"args\":{\"i\":1}}," \
	"{\"node\":\"w\",\"args\":{\"i\":2}}]"

static struct task_row
row(char k, const char *name, const char *path, const char *id,
    const char *json)
{
	struct task_row	r = { .k = k, .name = name, .task_path = path,
			    .task_id = id };

	if (k == 'c')
		r.info = (struct lc_text){ json, strlen(json) };
	else if (json != NULL)
		r.blob = (struct lc_blob){ "json", json, strlen(json) };
	return r;
}

/* The ids that LangGraph.js gave the three tasks of js-send's checkpoint. */
static void
sends_of_javascript(void)
{
	static const char *const ids[] = {
		"2a91a40e-1f33-554e-b9f1-8fde91ff4f1d",
		"120827d6-8b5f-5a28-9fea-7a55bd44a91e",
		"0ddddf0b-a06e-5e15-b3ce-d4e7d59f89bf",
	};
	struct task_row	r[] = {
		row('c', NULL, NULL, NULL, JS_INFO),
		row('n', "z", NULL, NULL, NULL),
		row('s', NULL, NULL, NULL, SENDS),
		row('w', "messages", "", ids[1], NULL),
	};
	struct tasks	ts;
	struct buf	out;
	size_t		i, k, hits = 0;

	check("read", true, tasks_read(&ts, r, nitems(r), CP, &lc_plain, ROOM));
	check("three sends, then the node", 4, ts.n);
	check("a version that is a number", true, ts.js);
	for (i = 0; i < 3; i++)
		for (k = 0; k < 3; k++)
			hits += strcmp(ts.v[i].id, ids[k]) == 0;
	check("their ids", 3, hits);
	check_str("the path of a send", "~__pregel_push, 0000000001",
	    ts.v[1].path);
	check_str("the path of a node", "~__pregel_pull, z", ts.v[3].path);
	buf_init(&out, ROOM);
	tasks_next(&out, &ts, false);
	buf_chr(&out, '\0');
	check_str("one is done", "[\"w\",\"w\",\"z\"]", out.p);
	buf_reset(&out, ROOM);
	tasks_next(&out, &ts, true);
	buf_chr(&out, '\0');
	check_str("a history names all", "[\"w\",\"w\",\"w\",\"z\"]", out.p);
	buf_free(&out);
	tasks_free(&ts);
}

/* js-send's first checkpoint: its own id is no valid UUID. */
static void
the_input_of_javascript(void)
{
	struct task_row	r[] = {
		row('c', NULL, NULL, NULL, "{\"versions\": {\"__start__\": 1},"
		    " \"metadata\": {\"step\": -1}}"),
		row('n', "__start__", NULL, NULL, NULL),
	};
	struct tasks	ts;

	check("read", true, tasks_read(&ts, r, nitems(r),
	    "1f1e6254-556f-6060-ffff-07c5143dabb0", &lc_plain, ROOM));
	check("one task", 1, ts.n);
	check_str("its id", "b041b8f0-f14f-5aed-afb7-190a1b186dea",
	    ts.v[0].id);
	tasks_free(&ts);
}

/* A row's path names the send by its number, whatever follows. */
static void
sends_of_python(void)
{
	struct task_row	r[] = {
		row('c', NULL, NULL, NULL, PY_INFO),
		row('s', NULL, NULL, NULL, SENDS),
		row('w', "messages", "~__pregel_push, 0000000001, 0000000000",
		    "00000000-1111-2222-3333-444444444444", NULL),
		row('w', "__interrupt__", "~__pregel_push, 0000000002",
		    "00000000-1111-2222-3333-555555555555",
		    "[{\"value\":1},{\"value\":2}]"),
		row('w', "messages", "~__pregel_push, 00000000001",
		    "00000000-1111-2222-3333-666666666666", NULL),
		row('w', "__error__", "~__pregel_pull, gone",
		    "00000000-1111-2222-3333-777777777777", "\"late\""),
		row('w', "__resume__", "",
		    "00000000-0000-0000-0000-000000000000", "1"),
	};
	struct tasks	ts;
	struct buf	out;

	check("read", true, tasks_read(&ts, r, nitems(r), CP, &lc_plain, ROOM));
	check("no row", true, ts.v[0].guessed && !ts.v[0].done);
	check("a row", true, !ts.v[1].guessed && ts.v[1].done);
	check_str("its id", "00000000-1111-2222-3333-444444444444",
	    ts.v[1].id);
	check("waiting", false, ts.v[2].done);
	check("equal nodes have ids of their own", true,
	    strcmp(ts.v[0].id, ts.v[2].id) != 0);
	check("an error that belongs to nobody counts", TASKS_ERROR, ts.status);
	buf_init(&out, ROOM);
	tasks_interrupts(&out, &ts, NULL);
	buf_chr(&out, '\0');
	check_str("flattened", "[{\"value\":1},{\"value\":2}]", out.p);
	buf_free(&out);
	tasks_free(&ts);
}

/* What cannot be read is not nothing. */
static void
unreadable_rows(void)
{
	struct task_row	r[] = {
		row('c', NULL, NULL, NULL, PY_INFO),
		row('n', "a", NULL, NULL, NULL),
		row('s', NULL, NULL, NULL, "["),
		row('w', "__interrupt__", "~__pregel_pull, a", "t", "x"),
		row('w', "__interrupt__", "~__pregel_pull, a", "t", "[1]"),
	};
	struct tasks	ts;
	struct buf	out;

	r[3].blob.type = "msgpack+aes";
	check("read", true, tasks_read(&ts, r, nitems(r), "no-uuid", &lc_plain,
	    ROOM));
	check("the sends are not known", OUT_CORRUPT, ts.sends);
	check("the node is", 1, ts.n);
	check_str("no id without a UUID to start from", "", ts.v[0].id);
	check("it waits", TASKS_INTERRUPTED, ts.status);
	buf_init(&out, ROOM);
	tasks_interrupts(&out, &ts, &ts.v[0]);
	buf_chr(&out, '\0');
	check_str("both show", "[{\"unreadable\":\"cipher\"},1]", out.p);
	buf_free(&out);
	tasks_free(&ts);
}

static CU_TestInfo	tests[] = {
	{ "every sample thread", every_sample_thread },
	{ "sends of JavaScript", sends_of_javascript },
	{ "the input of JavaScript", the_input_of_javascript },
	{ "sends of Python", sends_of_python },
	{ "unreadable rows", unreadable_rows },
	CU_TEST_INFO_NULL
};

const struct suite	tasks_suite = { "tasks", tests };
