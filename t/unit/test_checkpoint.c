/* test_checkpoint.c: the sample threads' states, out of a database. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "codec/json.h"
#include "core/checkpoint.h"
#include "unit/lctest.h"
#include "unit/pg.h"
#include "unit/unit.h"

#define ROOM	(1 << 20)
#define SPARE	4096	/* as core/checkpoint.c has it */

static struct arena	*arena;

/* Both languages' files, each into a schema of its own. */
static void
load(const char *schema, const char *file)
{
	char	*text = slurp(file, NULL), *sql;

	if (asprintf(&sql, "CREATE SCHEMA %s; SET search_path = %s;\n%s;\n"
	    "GRANT USAGE ON SCHEMA %s TO app;\n"
	    "GRANT SELECT ON ALL TABLES IN SCHEMA %s TO app", schema, schema,
	    text, schema, schema) == -1)
		exit(1);
	pg_do(sql);
	free(sql);
	free(text);
}

static bool
prepare(void)
{
	static int	there = -1;

	if (there != -1)
		return there;
	if ((there = pg_url("app") != NULL)) {
		pg_do("CREATE TABLE IF NOT EXISTS thread_claims (thread_id "
		    "text, email text, deleted_at timestamptz); "
		    "GRANT SELECT ON thread_claims TO app; INSERT INTO "
		    "thread_claims VALUES ('js-exit', 'a@example.com', NULL), "
		    "('js-delta', 'a@example.com', now())");
		load("lg_py", "vectors/langgraph/py_checkpoints.sql");
		load("lg_js", "vectors/langgraph/js_checkpoints.sql");
	}
	return there;
}

struct fixture {
	struct conf	 conf;
	struct db	*db;
	struct ckpt	*ckpt;
};

static void
begin(struct fixture *f, const char *schema, const char *key)
{
	memset(f, 0, sizeof(*f));
	f->conf.db_prepare = true;
	f->conf.db_timeout = 10000;
	f->conf.ckpt_schema = (char *)(uintptr_t)schema;
	f->conf.ckpt_key = (char *)(uintptr_t)key;
	f->conf.ckpt_bytes = 64 << 20;
	f->db = db_new(pg_url("app"), &f->conf);
	f->ckpt = ckpt_new(f->db, &f->conf);
	arena = arena_new(64UL << 20);
	db_bind(f->db, arena, NULL);
}

static void
end(struct fixture *f)
{
	ckpt_free(f->ckpt);
	db_free(f->db);
	arena_free(arena);
}

/* The reader that made the expectations says more of a reason. */
static void
shorten(struct json_object *values)
{
	struct json_object	*reason;

	json_object_object_foreach(values, name, v) {
		(void)name;
		if (json_object_is_type(v, json_type_object) &&
		    json_object_object_get_ex(v, "unreadable", &reason) &&
		    strncmp(json_object_get_string(reason), "type ", 5) == 0)
			json_object_set_string(reason, "type");
	}
}

static void
thread(struct fixture *f, const char *id, struct json_object *want)
{
	struct buf	out;

	buf_init(&out, ROOM);
	check(id, RC_OK, ckpt_state(f->ckpt, NULL, id, "", &out));
	shorten(json_object_object_get(want, "values"));
	check_json(id, want, out.p, out.len);
	buf_free(&out);
	arena_reset(arena);
	db_bind(f->db, arena, NULL);
}

static size_t
threads(const char *schema, const char *file, const char *key)
{
	struct json_object	*all = json_file(file), *keyed;
	struct fixture		 f;
	size_t			 n = 0;

	begin(&f, schema, key);
	json_object_object_foreach(all, id, v) {
		if (key == NULL)
			thread(&f, id, json_object_object_get(v, "decoded"));
		else if (json_object_object_get_ex(v, "with_key", &keyed))
			thread(&f, id,
			    json_object_object_get(keyed, "decoded"));
		else
			continue;
		n++;
	}
	end(&f);
	json_object_put(all);
	return n;
}

static void
every_sample_thread(void)
{
	if (!prepare())
		return;
	check("Python's", 18, threads("lg_py",
	    "vectors/langgraph/py_expected.json", NULL));
	check("JavaScript's", 14, threads("lg_js",
	    "vectors/langgraph/js_expected.json", NULL));
	check("with the key", 1, threads("lg_py",
	    "vectors/langgraph/py_expected.json", "0123456789abcdef"));
}

static const struct {
	const char	*why, *setup, *schema;
	enum ckpt_layout layout;
	enum rc		 rc;
	const char	*thread;
} layouts[] = {
	{ "no such schema", NULL, "lg_none", CKPT_ABSENT, RC_NOTFOUND,
	  "py-exit" },
	{ "no tables in the search path", NULL, NULL, CKPT_ABSENT,
	  RC_NOTFOUND, "py-exit" },
	{ "as they are made", NULL, "lg_py", CKPT_STANDARD, RC_OK, "py-exit" },
	{ "an unknown thread", NULL, "lg_py", CKPT_STANDARD, RC_NOTFOUND,
	  "py-nothing" },
	{ "without task_path", NULL, "lg_js", CKPT_STANDARD, RC_OK,
	  "js-exit" },
	{ "two tables only", "CREATE SCHEMA lg_two; CREATE TABLE "
	  "lg_two.checkpoints AS TABLE lg_py.checkpoints; CREATE TABLE "
	  "lg_two.checkpoint_blobs AS TABLE lg_py.checkpoint_blobs; GRANT "
	  "USAGE ON SCHEMA lg_two TO app; GRANT SELECT ON ALL TABLES IN SCHEMA "
	  "lg_two TO app", "lg_two", CKPT_BROKEN, RC_DOWN, "py-exit" },
	{ "no right on one", "CREATE SCHEMA \"lg \"\"3\"; SET search_path = "
	  "\"lg \"\"3\"; CREATE TABLE checkpoints AS TABLE "
	  "lg_py.checkpoints; CREATE TABLE checkpoint_blobs AS TABLE "
	  "lg_py.checkpoint_blobs; CREATE TABLE checkpoint_writes AS TABLE "
	  "lg_py.checkpoint_writes; GRANT USAGE ON SCHEMA \"lg \"\"3\" TO app; "
	  "GRANT SELECT ON checkpoints, checkpoint_blobs TO app", "lg \"3",
	  CKPT_BROKEN, RC_DOWN, "py-exit" },
	{ "a schema to be quoted", "GRANT SELECT ON "
	  "\"lg \"\"3\".checkpoint_writes TO app", "lg \"3", CKPT_STANDARD,
	  RC_OK, "py-exit" },
	{ "no right on the schema", "REVOKE USAGE ON SCHEMA \"lg \"\"3\" FROM "
	  "app", "lg \"3", CKPT_BROKEN, RC_DOWN, "py-exit" },
	{ "Shallow", "CREATE SCHEMA lg_shallow; SET search_path = lg_shallow; "
	  "CREATE TABLE checkpoints AS SELECT thread_id, checkpoint_ns, type, "
	  "checkpoint, metadata FROM lg_py.checkpoints WHERE thread_id = "
	  "'py-exit'; CREATE TABLE checkpoint_blobs AS SELECT thread_id, "
	  "checkpoint_ns, channel, type, blob FROM lg_py.checkpoint_blobs "
	  "WHERE thread_id = 'py-exit'; CREATE TABLE checkpoint_writes AS "
	  "TABLE lg_py.checkpoint_writes; GRANT USAGE ON SCHEMA lg_shallow TO "
	  "app; GRANT SELECT ON ALL TABLES IN SCHEMA lg_shallow TO app",
	  "lg_shallow", CKPT_SHALLOW, RC_OK, "py-exit" },
	{ "one column of the two", "ALTER TABLE lg_shallow.checkpoints ADD "
	  "checkpoint_id text", "lg_shallow", CKPT_BROKEN, RC_DOWN,
	  "py-exit" },
	{ "keys that are UUIDs", "CREATE SCHEMA lg_uuid; SET search_path = "
	  "lg_uuid; CREATE TABLE checkpoints AS SELECT uuid_nil.u AS "
	  "thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, "
	  "type, checkpoint, metadata FROM lg_py.checkpoints, (SELECT "
	  "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid AS u) uuid_nil WHERE "
	  "thread_id = 'py-exit'; CREATE TABLE checkpoint_blobs AS SELECT "
	  "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid AS thread_id, "
	  "checkpoint_ns, channel, version, type, blob FROM "
	  "lg_py.checkpoint_blobs WHERE thread_id = 'py-exit'; CREATE TABLE "
	  "checkpoint_writes (thread_id uuid, checkpoint_ns text, "
	  "checkpoint_id text, task_id uuid, idx int, channel text, type text, "
	  "blob bytea); GRANT USAGE ON SCHEMA lg_uuid TO app; GRANT SELECT ON "
	  "ALL TABLES IN SCHEMA lg_uuid TO app", "lg_uuid", CKPT_STANDARD,
	  RC_OK, "6ba7b810-9dad-11d1-80b4-00c04fd430c8" },
	{ "which a thread's id is not", NULL, "lg_uuid", CKPT_STANDARD,
	  RC_NOTFOUND, "py-exit" },
};

static void
layout_by_layout(void)
{
	enum ckpt_layout	layout;
	struct fixture		f;
	struct buf		out;
	size_t			i;

	if (!prepare())
		return;
	for (i = 0; i < nitems(layouts); i++) {
		if (layouts[i].setup != NULL)
			pg_do(layouts[i].setup);
		begin(&f, layouts[i].schema, NULL);
		buf_init(&out, ROOM);
		layout = CKPT__MAX;
		check(layouts[i].why, RC_OK, ckpt_find(f.ckpt, &layout));
		check(layouts[i].why, layouts[i].layout, layout);
		check(layouts[i].why, layouts[i].rc, ckpt_state(f.ckpt, NULL,
		    layouts[i].thread, "", &out));
		check(layouts[i].why, layouts[i].rc == RC_OK, out.len > 0);
		check(layouts[i].why, layouts[i].rc == RC_OK, out.len > 0 &&
		    memmem(out.p, out.len, "echo: exit mode", 15) != NULL);
		buf_free(&out);
		end(&f);
	}
}

/* What was found is found again when it has changed. */
static void
a_right_that_goes(void)
{
	struct fixture	f;
	struct buf	out;

	if (!prepare())
		return;
	buf_init(&out, ROOM);
	begin(&f, "lg_js", NULL);
	check("before", RC_OK, ckpt_state(f.ckpt, NULL, "js-exit", "", &out));
	pg_do("REVOKE SELECT ON lg_js.checkpoint_blobs FROM app");
	check("without", RC_DOWN,
	    ckpt_state(f.ckpt, NULL, "js-exit", "", &out));
	check("without, known", RC_DOWN,
	    ckpt_state(f.ckpt, NULL, "js-exit", "", &out));
	pg_do("GRANT SELECT ON lg_js.checkpoint_blobs TO app");
	check("after", RC_OK, ckpt_state(f.ckpt, NULL, "js-exit", "", &out));
	buf_free(&out);
	end(&f);
}

static void
only_the_claims_holder_reads(void)
{
	static const struct {
		const char	*why, *owner, *thread;
		enum rc		 rc;
	} cases[] = {
		{ "an operator", NULL, "js-delta", RC_OK },
		{ "the holder", "a@example.com", "js-exit", RC_OK },
		{ "another", "b@example.com", "js-exit", RC_NOTFOUND },
		{ "a deleted claim", "a@example.com", "js-delta", RC_NOTFOUND },
		{ "no claim", "a@example.com", "js-send", RC_NOTFOUND },
	};
	struct fixture	f;
	struct buf	out;
	size_t		i;

	if (!prepare())
		return;
	buf_init(&out, ROOM);
	begin(&f, "lg_js", NULL);
	for (i = 0; i < nitems(cases); i++) {
		buf_reset(&out, 0);
		check(cases[i].why, cases[i].rc, ckpt_state(f.ckpt,
		    cases[i].owner, cases[i].thread, "", &out));
	}
	buf_free(&out);
	end(&f);
}

static void
bytes_have_a_limit(void)
{
	struct fixture	f;
	struct buf	out;

	if (!prepare())
		return;
	buf_init(&out, ROOM);
	begin(&f, "lg_py", NULL);
	ckpt_free(f.ckpt);
	f.conf.ckpt_bytes = 1024;
	f.ckpt = ckpt_new(f.db, &f.conf);
	check("readable otherwise", RC_OK,
	    ckpt_state(f.ckpt, NULL, "py-multi-turn", "", &out));
	check("too large", true, memmem(out.p, out.len,
	    "\"unreadable\":\"too_large\"", 24) != NULL);
	check("its values", true, memmem(out.p, out.len,
	    "\"turn\":3", 8) != NULL);
	buf_reset(&out, 0);
	pg_do("UPDATE lg_py.checkpoint_writes SET type = 'json', blob = "
	    "convert_to('\"' || repeat('x', 1025) || '\"', 'UTF8') WHERE "
	    "thread_id = 'py-error' AND channel = '__error__'");
	check("an error", RC_OK,
	    ckpt_state(f.ckpt, NULL, "py-error", "", &out));
	check("too large, too", true, memmem(out.p, out.len,
	    "\"errors\":[{\"unreadable\":\"too_large\"}]", 37) != NULL);
	check("but an error", true, memmem(out.p, out.len,
	    "\"status\":\"error\"", 16) != NULL);
	buf_reset(&out, 0);
	pg_do("UPDATE lg_py.checkpoints SET checkpoint = jsonb_set(checkpoint, "
	    "'{channel_values,user_name}', to_jsonb(repeat('x', 1025))) "
	    "WHERE thread_id = 'py-multi-turn'");
	check("an inline value", RC_OK,
	    ckpt_state(f.ckpt, NULL, "py-multi-turn", "", &out));
	check("too large as well", true, memmem(out.p, out.len,
	    "\"user_name\":{\"unreadable\":\"too_large\"}", 38) != NULL);
	buf_reset(&out, 0);
	out.max = 64;
	check("no room", RC_FAIL,
	    ckpt_state(f.ckpt, NULL, "py-exit", "", &out));
	check("nothing left", 0, out.len);
	buf_free(&out);
	end(&f);
}

/* However little room there is, what is left says the truth. */
static void
parts_give_way(void)
{
	static const char *const threads[] = {
		"js-error", "js-interrupt-pending", "js-multi-turn",
	};
	struct json_object	*whole, *o;
	struct fixture		 f;
	struct buf		 out;
	size_t			 i, n, large = 0;

	if (!prepare())
		return;
	begin(&f, "lg_js", NULL);
	for (i = 0; i < nitems(threads); i++) {
		buf_init(&out, ROOM);
		check(threads[i], RC_OK, ckpt_state(f.ckpt, NULL, threads[i],
		    "", &out));
		n = out.len;
		check("JSON", JSON_OK, json_parse(arena, out.p, n, 64, &whole));
		for (out.max = SPARE + 1; out.max < n + SPARE; out.max += 41) {
			buf_cut(&out, 0);
			check("fits", RC_OK, ckpt_state(f.ckpt, NULL,
			    threads[i], "", &out));
			check("the ceiling", true, out.len <= out.max);
			check("JSON", JSON_OK, json_parse(arena, out.p,
			    out.len, 64, &o));
			check("members", json_object_object_length(whole),
			    json_object_object_length(o));
			check_str("status", string_of(whole, "status"),
			    string_of(o, "status"));
			large += memmem(out.p, out.len, "too_large", 9) != NULL;
		}
		buf_free(&out);
	}
	check("something did", true, large > 0);
	end(&f);
}

static CU_TestInfo	tests[] = {
	{ "every sample thread", every_sample_thread },
	{ "layout by layout", layout_by_layout },
	{ "a right that goes", a_right_that_goes },
	{ "only the claim's holder reads", only_the_claims_holder_reads },
	{ "bytes have a limit", bytes_have_a_limit },
	{ "parts give way", parts_give_way },
	CU_TEST_INFO_NULL
};

const struct suite	checkpoint_suite = { "checkpoint", tests };
