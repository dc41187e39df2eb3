/* runs.c: registering runs, listing and deleting threads (seed 000). */
#include "config.h"

#include "api/api.h"

#include <string.h>

#include "base/text.h"
#include "codec/json.h"
#include "http/reply.h"

#define TITLE_MAX	50	/* code points that a title may have */
#define TITLE_CUT	47	/* of a longer one, before the dots */
#define FEW		100	/* runs of a thread, and one */
#define BY_ROW		'\t'	/* in a cursor: a row's uuid follows, no id */

enum { RUN_PROMPT, RUN_ID };			/* body of run_register */
enum { LIST_PAGE, LIST_LIMIT, LIST_CURSOR };	/* query of threads_list */

/* POST /chat/{thread_id}/runs. */
enum rc
run_register(struct req *r)
{
	static const struct col	cols[] = {
		{ "run_id", COL_TEXT }, { "thread_id", COL_TEXT },
		{ "prompt", COL_TEXT }, { "timestamp", COL_NAIVE },
		{ "sentiment", COL_BOOL }, { "created", COL_BOOL },
	};
	struct db_res		*row;
	enum rc			 rc;

	rc = run_record(r, r->arg[0].s, &r->body[RUN_PROMPT],
	    &r->body[RUN_ID], &row);
	if (rc != RC_OK)
		return rc;
	jw_open(r->out, '{');
	row_json(r->out, row, 0, cols, nitems(cols));
	jw_close(r->out, '}');
	return reply(r, res_bool(row, 0, RUN_CREATED) ? 201 : 200);
}

enum rc
run_record(struct req *r, const char *thread, const struct value *prompt,
    const struct value *run, struct db_res **row)
{
	char	 minted[UUID_TEXT + 1];
	const char *id = run->s;
	enum rc	 rc;

	if (id == NULL) {
		req_mint(r, "run", minted);
		id = arena_strdup(r->arena, minted);
	}
	rc = db_one(r->db, row, Q_RUN_REGISTER, thread, id, prompt->s,
	    prompt->given ? "f" : "t", r->who.agent ? "t" : "f",
	    r->conf->ckpt_schema);
	if (rc == RC_CONFLICT)
		return fail(r, rc, "Run ID or thread ID is already in use");
	return rc;
}

static void
write_title(struct buf *b, const char *prompt, size_t n)
{
	char	title[TITLE_CUT * 4 + 4];
	size_t	cut;

	jw_key(b, "title");
	if (n == 0)
		jw_cstr(b, "Untitled Conversation");
	else if (utf8_count(prompt, n) <= TITLE_MAX)
		jw_str(b, prompt, n);
	else {
		cut = utf8_prefix(prompt, n, TITLE_CUT);
		memcpy(title, prompt, cut);
		memcpy(title + cut, "...", 3);
		jw_str(b, title, cut + 3);
	}
}

/* Columns of thread_list and thread_list_after. */
enum { T_ID, T_LATEST, T_RUNS, T_PROMPT, T_TOTAL, T_UUID };

static void
write_thread(struct buf *b, const struct db_res *res, size_t i)
{
	static const struct col	cols[] = {
		{ "thread_id", COL_TEXT }, { "latest_timestamp", COL_NAIVE },
		{ "run_count", COL_INT },
	};

	jw_open(b, '{');
	row_json(b, res, i, cols, nitems(cols));
	write_title(b, res_str(res, i, T_PROMPT), res_len(res, i, T_PROMPT));
	jw_key(b, "full_prompt");
	jw_str(b, res_str(res, i, T_PROMPT), res_len(res, i, T_PROMPT));
	jw_close(b, '}');
}

/* One row more than asked for tells whether there are more. */
static enum rc
fetch_page(struct req *r, struct db_res **res)
{
	const struct value	*cursor = &r->query[LIST_CURSOR];
	const char		*limit, *time, *id;
	char			 uuid[UUID_TEXT + 1];

	limit = arena_int(r->arena, r->query[LIST_LIMIT].i + 1);
	if (!cursor->given)
		return db_run(r->db, res, Q_THREAD_LIST, limit,
		    arena_int(r->arena, (r->query[LIST_PAGE].i - 1) *
		    r->query[LIST_LIMIT].i));
	if (r->query[LIST_PAGE].given)
		return fields_refuse(r, AT_QUERY, "page",
		    r->query[LIST_PAGE].s,
		    "page and cursor exclude each other");
	if (!cursor_take(r, cursor, &time, &id))
		return RC_INVALID;
	return db_run(r->db, res, Q_THREAD_LIST_AFTER, limit, time,
	    *id != BY_ROW ? id : NULL, *id != BY_ROW ? NULL :
	    uuid_strict(id + 1, strlen(id + 1), uuid) ? uuid : NULL);
}

/* The position behind row i; a long id stands there as its row's uuid. */
static const char *
next_cursor(struct req *r, const struct db_res *res, size_t i)
{
	const char	*time, *cursor;
	char		 text[RES_TIME];

	time = res_null(res, i, T_LATEST) ? NULL :
	    res_time(res, i, T_LATEST, false, text);
	cursor = *res_str(res, i, T_ID) == BY_ROW ? NULL :
	    cursor_make(r, time, res_str(res, i, T_ID));
	return cursor != NULL ? cursor : cursor_make(r, time,
	    arena_printf(r->arena, "%c%s", BY_ROW, res_str(res, i, T_UUID)));
}

static enum rc
count_threads(struct req *r, int64_t *n)
{
	struct db_res	*res;
	enum rc		 rc;

	if ((rc = db_run(r->db, &res, Q_THREAD_COUNT)) == RC_OK)
		*n = res_rows(res) > 0 ? res_int(res, 0, 0) : 0;
	return rc;
}

/* GET /chat-threads.  Page and count come from one snapshot. */
enum rc
threads_list(struct req *r)
{
	struct db_res	*res;
	struct buf	*b = r->out;
	size_t		 n, i, limit = (size_t)r->query[LIST_LIMIT].i;
	int64_t		 total;
	bool		 more;
	enum rc		 rc;

	if ((rc = fetch_page(r, &res)) != RC_OK)
		return rc;
	n = res_rows(res);
	if (n > 0)
		total = res_int(res, 0, T_TOTAL);
	else if ((rc = count_threads(r, &total)) != RC_OK)
		return rc;
	if ((more = n > limit))
		n = limit;
	jw_open(b, '{');
	jw_key(b, "threads");
	jw_open(b, '[');
	for (i = 0; i < n; i++)
		write_thread(b, res, i);
	jw_close(b, ']');
	jw_kint(b, "total_count", total);
	jw_kint(b, "page", r->query[LIST_CURSOR].given ? 1 :
	    r->query[LIST_PAGE].i);
	jw_kint(b, "limit", (int64_t)limit);
	jw_kbool(b, "has_more", more);
	jw_kstr(b, "next_cursor", more ? next_cursor(r, res, n - 1) : NULL);
	jw_close(b, '}');
	return reply(r, 200);
}

/* GET /chat-threads/count. */
enum rc
threads_count(struct req *r)
{
	int64_t	n;
	enum rc	rc;

	if ((rc = count_threads(r, &n)) != RC_OK)
		return rc;
	jw_open(r->out, '{');
	jw_kint(r->out, "total_count", n);
	jw_close(r->out, '}');
	return reply(r, 200);
}

/* DELETE /chat/{thread_id}.  Unknown and foreign are 200 and nothing. */
enum rc
thread_delete(struct req *r)
{
	static const struct col	counts[] = {
		{ "checkpoint_blobs", COL_INT },
		{ "checkpoint_writes", COL_INT },
		{ "checkpoints", COL_INT },
		{ "users_threads_runs", COL_INT },
		{ "messages", COL_INT }, { "artifacts", COL_INT },
		{ "feedback", COL_INT },
	};
	const char	*thread = r->arg[0].s;
	struct db_res	*row;
	struct buf	*b = r->out;
	enum rc		 rc;
	bool		 found;

	rc = db_one(r->db, &row, Q_THREAD_DELETE, thread,
	    r->conf->ckpt_schema);
	if (rc != RC_OK)
		return rc;
	found = res_bool(row, 0, nitems(counts));
	jw_open(b, '{');
	jw_kstr(b, "message", !found ? "Thread not found or access denied" :
	    arena_printf(r->arena, "Checkpoint records and thread entries "
	    "deleted for thread_id: %s", thread));
	if (found) {
		jw_key(b, "deleted_counts");
		jw_open(b, '{');
		row_json(b, row, 0, counts, nitems(counts));
		jw_close(b, '}');
	}
	jw_kstr(b, "thread_id", thread);
	jw_kstr(b, "user_email", r->owner);
	if (!found) {
		jw_key(b, "deleted_counts");
		jw_open(b, '{');
		jw_close(b, '}');
	}
	jw_close(b, '}');
	return reply(r, 200);
}

static void
write_run(struct buf *b, const struct db_res *res, size_t i)
{
	char	uuid[UUID_TEXT + 1];

	if (!uuid_lax(res_str(res, i, 0), res_len(res, i, 0), uuid))
		return;
	jw_open(b, '{');
	jw_key(b, "run_id");
	jw_str(b, uuid, UUID_TEXT);
	jw_key(b, "prompt");
	res_json(b, res, i, 1, COL_TEXT);
	jw_key(b, "timestamp");
	res_json(b, res, i, 2, COL_NAIVE);
	jw_close(b, '}');
}

static enum rc
take_run(void *arg, const struct db_res *res)
{
	struct buf	*b = arg;

	write_run(b, res, 0);
	return b->over ? RC_FAIL : RC_OK;
}

/* Few runs with short prompts, as mostly; false: more, and nothing written. */
static bool
write_few(struct buf *b, const struct db_res *res)
{
	size_t	i, n = res_rows(res);

	for (i = 0; i < n; i++)
		if (i + 1 == FEW || res_bool(res, i, 3))
			return false;
	for (i = 0; i < n; i++)
		write_run(b, res, i);
	return true;
}

/*
 * GET /chat/{thread_id}/run-ids: UUIDs only (seed 000, section 12).  What is
 * long comes row by row: a thread of long prompts would take all memory beside
 * the reply's, and a few short ones cost a quarter more that way.
 */
enum rc
run_ids(struct req *r)
{
	struct db_res	*few;
	enum rc		 rc;

	rc = db_run(r->db, &few, Q_RUN_IDS_FEW, r->arg[0].s,
	    arena_int(r->arena, FEW));
	if (rc != RC_OK)
		return rc;
	jw_open(r->out, '{');
	jw_key(r->out, "run_ids");
	jw_open(r->out, '[');
	if (!write_few(r->out, few))
		rc = db_each(r->db, take_run, r->out, Q_RUN_IDS, r->arg[0].s);
	if (rc != RC_OK)
		return rc;
	jw_close(r->out, ']');
	jw_close(r->out, '}');
	return reply(r, 200);
}

/* GET /initial-followup-prompts.  Never empty, never the database. */
enum rc
prompts_list(struct req *r)
{
	size_t	i;

	r->reply.cache = "private, max-age=300";
	jw_open(r->out, '[');
	for (i = 0; i < r->conf->prompts.n; i++)
		jw_cstr(r->out, r->conf->prompts.v[i]);
	jw_close(r->out, ']');
	return reply(r, 200);
}
