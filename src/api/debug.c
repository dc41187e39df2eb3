/* debug.c: why is my run not found? */
#include "config.h"

#include "api/api.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "codec/json.h"
#include "codec/lctext.h"
#include "core/checkpoint.h"
#include "core/ckptrow.h"
#include "core/seldom.h"
#include "http/reply.h"
#include "http/route.h"

#define HISTORY_FULL	10	/* checkpoints that are shown with messages */
#define PREVIEW		200	/* code points */

/* Columns of ckpt_history behind those of message_rows(). */
enum { H_INFO = 9, H_N, H_ID };

/* GET /debug/run-id/{run_id}.  A foreign run looks missing, but to ADMIN. */
enum rc
debug_run(struct req *r)
{
	static const struct col	cols[] = {
		{ "email", COL_TEXT }, { "thread_id", COL_TEXT },
		{ "prompt", COL_TEXT }, { "timestamp", COL_NAIVE },
	};
	const char		*id = r->arg[0].s;
	char			 uuid[UUID_TEXT + 1];
	struct db_res		*res;
	struct buf		*b = r->out;
	bool			 valid, found;
	enum rc			 rc;

	valid = uuid_lax(id, strlen(id), uuid);
	rc = db_run(r->db, &res, r->who.admin ? Q_DEBUG_RUN_ANY :
	    Q_DEBUG_RUN_OWN, valid ? uuid : id);
	if (rc != RC_OK)
		return rc;
	found = res_rows(res) > 0;
	jw_open(b, '{');
	jw_kstr(b, "run_id", id);
	jw_kstr(b, "run_id_type", "str");
	jw_kint(b, "run_id_length", (int64_t)utf8_count(id, strlen(id)));
	jw_kbool(b, "is_valid_uuid_format", valid);
	jw_kbool(b, "exists_in_database", found);
	jw_kbool(b, "user_owns_run_id",
	    found && strcmp(res_str(res, 0, 0), r->owner) == 0);
	jw_key(b, "database_details");
	if (found) {
		jw_open(b, '{');
		row_json(b, res, 0, cols, nitems(cols));
		jw_close(b, '}');
	} else
		jw_null(b);
	if (valid)
		jw_kstr(b, "uuid_parsed", uuid);
	else
		jw_kstr(b, "uuid_error",
		    "badly formed hexadecimal UUID string");
	jw_close(b, '}');
	return reply(r, 200);
}

static void
put_preview(struct buf *b, struct lc_text content)
{
	struct lc_text	t = lc_unquote(content);
	struct buf	raw;
	size_t		n, cut;

	buf_init(&raw, content.n + 8);
	if (t.p != NULL)
		lc_unescape(&raw, t);
	else if (content.p != NULL)
		buf_add(&raw, content.p, content.n);
	n = utf8_count(raw.p != NULL ? raw.p : "", raw.len);
	jw_key(b, "content_preview");
	if (n <= PREVIEW)
		jw_str(b, raw.p != NULL ? raw.p : "", raw.len);
	else {
		cut = utf8_prefix(raw.p, raw.len, PREVIEW);
		buf_cut(&raw, cut);
		buf_str(&raw, "...");
		jw_str(b, raw.p, raw.len);
	}
	jw_kint(b, "content_length", (int64_t)n);
	buf_free(&raw);
}

static void
put_member(struct buf *b, const char *name, struct lc_text v)
{
	jw_key(b, name);
	if (v.p != NULL)
		jw_raw(b, v.p, v.n);
	else
		jw_null(b);
}

static void
put_messages(struct buf *b, struct lc_text list)
{
	struct lc_iter	it;
	struct lc_text	v;
	int64_t		n = 0;

	for (lc_walk(&it, list); lc_next(&it, &v);)
		n++;
	jw_kint(b, "message_count", n);
	jw_key(b, "messages");
	jw_open(b, '[');
	n = 0;
	for (lc_walk(&it, list); lc_next(&it, &v); n++) {
		jw_open(b, '{');
		jw_kint(b, "index", n);
		put_member(b, "type", lc_member(v, "type"));
		put_member(b, "id", lc_member(v, "id"));
		put_preview(b, *v.p == '"' ? v : lc_member(v, "content"));
		jw_close(b, '}');
	}
	jw_close(b, ']');
}

/* What cannot be read is one message that says why. */
static void
put_values(struct req *r, const struct replay_row *row, size_t n)
{
	struct replay_how	how = { .channel = "messages",
				    .history = true };
	struct buf		list;
	enum outcome		rc;

	how.js = memmem(row->info.p, row->info.n, "\"js\": true", 10) != NULL;
	buf_init(&list, MB(128));
	rc = replay_rows(row, n, &how, ckpt_opts(r->app->ckpt), &list);
	seldom_unreadable(r->arg[0].s, how.channel, n > 1 ? row[1].blob.type :
	    NULL, rc);
	if (rc == OUT_EMPTY)
		buf_str(&list, "[]");
	else if (rc != OUT_VALUE)
		buf_printf(&list, "[{\"type\":\"system\",\"id\":\"unreadable\","
		    "\"additional_kwargs\":{\"unreadable\":\"%s\"},"
		    "\"content\":\"This conversation is stored in a form that "
		    "cannot be read here.\"}]", outcome_reason(rc));
	put_messages(r->out, (struct lc_text){ list.p, list.len });
	buf_free(&list);
}

static void
put_checkpoint(struct req *r, const struct db_res *res, size_t i,
    const struct replay_row *row, size_t n)
{
	struct buf	*b = r->out;
	int64_t		 index = res_int(res, i, H_N);

	jw_open(b, '{');
	jw_kint(b, "index", index);
	jw_kstr(b, "checkpoint_id", res_str(res, i, H_ID));
	jw_kbool(b, "has_checkpoint", true);
	jw_kbool(b, "has_metadata", strstr(res_str(res, i, H_INFO),
	    "\"has_metadata\": true") != NULL);
	jw_key(b, "metadata_writes");
	jw_open(b, '{');
	jw_close(b, '}');
	jw_key(b, "channel_values");
	jw_open(b, '{');
	if (index < HISTORY_FULL)
		put_values(r, row, n);
	jw_close(b, '}');
	jw_close(b, '}');
}

static enum rc
put_history(struct req *r, const struct db_res *res)
{
	struct replay_row	*row;
	size_t			 i, n, rows = res_rows(res);

	if ((row = message_rows(res)) == NULL)
		return RC_FAIL;
	for (i = 0; i < rows; i += n) {
		for (n = 1; i + n < rows && row[i + n].k != 'h'; n++)
			;
		put_checkpoint(r, res, i, row + i, n);
	}
	free(row);
	return RC_OK;
}

/* GET /debug/chat/{thread_id}/checkpoints.  Foreign is empty, but to ADMIN. */
enum rc
debug_checkpoints(struct req *r)
{
	struct ckpt	*c = r->app->ckpt;
	struct buf	*b = r->out;
	struct db_res	*res;
	size_t		 i, n = 0;
	enum rc		 rc;

	if ((rc = ckpt_ready(c)) != RC_OK)
		return rc;
	rc = ckpt_judge(c, db_run(r->db, &res, Q_CKPT_HISTORY, r->arg[0].s,
	    r->who.admin ? "t" : "f",
	    arena_printf(r->arena, "%" PRId64, r->query[0].i),
	    arena_printf(r->arena, "%d", HISTORY_FULL),
	    arena_printf(r->arena, "%" PRId64,
	    r->conf->ckpt_bytes / HISTORY_FULL)));
	if (rc != RC_OK)
		return rc;
	for (i = 0; i < res_rows(res); i++)
		n += *res_str(res, i, 0) == 'h';
	jw_open(b, '{');
	jw_kstr(b, "thread_id", r->arg[0].s);
	jw_kint(b, "total_checkpoints", (int64_t)n);
	jw_key(b, "checkpoints");
	jw_open(b, '[');
	rc = put_history(r, res);
	jw_close(b, ']');
	jw_close(b, '}');
	return rc == RC_OK ? reply(r, 200) : rc;
}
