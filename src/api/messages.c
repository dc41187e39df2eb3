/* messages.c: conversations out of LangGraph's checkpoints (seed 000). */
#include "config.h"

#include "api/api.h"

#include <inttypes.h>
#include <string.h>

#include "base/b64.h"
#include "base/text.h"
#include "codec/json.h"
#include "codec/jws.h"
#include "core/checkpoint.h"
#include "core/conversation.h"
#include "http/reply.h"

#define PATIENCE	750	/* ms of each second before the watchdog */
#define PIECE	65536		/* of a body that is written as it is read */

enum form { LIST, ONE, ALL };
enum part { P_MESSAGES, P_RUNS, P_RATINGS, P__MAX };

/* An answer under way. */
struct feed {
	struct req	*r;
	struct conv	*conv;
	enum form	 form;
	enum part	 part;
	bool		 talking;	/* conv has a thread */
	bool		 open;		/* name is its last thread */
	struct buf	 name;
	bool		 known;		/* the client has this answer */
};

static const struct {
	const char	*name;
	char		 open, close;	/* of one thread's */
} parts[P__MAX] = {
	[P_MESSAGES] = { "messages", '\0', '\0' },
	[P_RUNS] = { "runIds", '[', ']' },
	[P_RATINGS] = { "sentiments", '{', '}' },
};

static void
put(struct feed *f, char c, void (*fn)(struct buf *, char))
{
	if (c != '\0')
		fn(f->r->out, c);
}

static void
begin_part(struct feed *f)
{
	jw_key(f->r->out, parts[f->part].name);
	put(f, f->form == ALL ? '{' : parts[f->part].open, jw_open);
}

static void
end_part(struct feed *f)
{
	if (f->form == ALL && f->open)
		put(f, parts[f->part].close, jw_close);
	put(f, f->form == ALL ? '}' : parts[f->part].close, jw_close);
	f->open = false;
}

/* Threads come in byte order; in another one a key might come twice. */
static enum rc
thread(struct feed *f, const char *name)
{
	int	order = f->open ? strcmp(name, f->name.p) : 1;

	if (f->form != ALL || order == 0)
		return RC_OK;
	if (order < 0)
		return RC_FAIL;
	if (f->open)
		put(f, parts[f->part].close, jw_close);
	f->open = true;
	buf_cut(&f->name, 0);
	buf_add(&f->name, name, strlen(name) + 1);
	jw_key_n(f->r->out, name, strlen(name));
	put(f, parts[f->part].open, jw_open);
	return f->name.over ? RC_FAIL : RC_OK;
}

static enum rc
pass_on(struct feed *f)
{
	return f->form == ALL && f->r->out->len > PIECE ?
	    reply_flush(f->r) : RC_OK;
}

/* The thread whose rows have come is complete. */
static enum rc
end_talk(struct feed *f)
{
	enum rc	rc;

	if (!f->talking)
		return RC_OK;
	f->talking = false;
	if ((rc = thread(f, conv_thread(f->conv))) == RC_OK)
		rc = conv_end(f->conv, f->r->out);
	return rc == RC_OK ? pass_on(f) : rc;
}

static enum rc
advance(struct feed *f, enum part to)
{
	enum rc	rc;

	if ((rc = end_talk(f)) != RC_OK || f->form == LIST)
		return rc;
	while (f->part < to) {
		end_part(f);
		f->part++;
		begin_part(f);
	}
	return RC_OK;
}

/* Ids come as they are stored: see run_ids. */
static const char *
run_id(const struct db_res *row, char uuid[UUID_TEXT + 1])
{
	return uuid_or_text(res_str(row, 0, CV_A), res_len(row, 0, CV_A), uuid);
}

static enum rc
add_run(struct feed *f, const struct db_res *row)
{
	struct buf	*b = f->r->out;
	char		 uuid[UUID_TEXT + 1];
	enum rc		 rc;

	if ((rc = advance(f, P_RUNS)) != RC_OK ||
	    (rc = thread(f, res_str(row, 0, CV_THREAD))) != RC_OK ||
	    f->form == LIST)
		return rc;
	jw_open(b, '{');
	jw_kstr(b, "run_id", run_id(row, uuid));
	jw_key(b, "prompt");
	res_json(b, row, 0, CV_B, COL_TEXT);
	jw_key(b, "timestamp");
	res_json(b, row, 0, CV_C, COL_NAIVE);
	jw_close(b, '}');
	return pass_on(f);
}

static enum rc
add_rating(struct feed *f, const struct db_res *row)
{
	char		 uuid[UUID_TEXT + 1];
	const char	*id;
	enum rc		 rc;

	if ((rc = advance(f, P_RATINGS)) != RC_OK ||
	    (rc = thread(f, res_str(row, 0, CV_THREAD))) != RC_OK ||
	    f->form == LIST)
		return rc;
	id = run_id(row, uuid);
	jw_key_n(f->r->out, id, strlen(id));
	res_json(f->r->out, row, 0, CV_B, COL_BOOL);
	return pass_on(f);
}

static enum rc
take(void *arg, const struct db_res *row)
{
	struct feed	*f = arg;
	enum rc		 rc;

	switch (*res_str(row, 0, CV_KIND)) {
	case CONV_TAG:
		if (f->form == ALL)
			f->known = reply_etag(f->r, res_str(row, 0, CV_A),
			    res_bool(row, 0, CV_B) && f->r->method == M_GET);
		return RC_OK;
	case CONV_THREAD:
		if ((rc = end_talk(f)) != RC_OK)
			return rc;
		conv_begin(f->conv, row);
		f->talking = true;
		return RC_OK;
	case CONV_RUN:
		return add_run(f, row);
	case CONV_RATING:
		return add_rating(f, row);
	default:
		return f->talking ? conv_row(f->conv, row) : RC_FAIL;
	}
}

/* What besides the rows makes the body; the key by its hash. */
static const char *
salt(struct req *r)
{
	const char	*key = r->conf->ckpt_key;
	unsigned char	 md[32] = "";
	struct buf	 b;
	const char	*s;

	if (key != NULL && !jws_sha256(key, strlen(key), md))
		return "";
	buf_init(&b, 64);
	b64url_encode(&b, md, 9);
	s = arena_printf(r->arena, "%s %" PRId64 " %" PRId64 " %.*s",
	    PACKAGE_VERSION, r->conf->ckpt_rows, r->conf->ckpt_bytes,
	    (int)b.len, b.p);
	buf_free(&b);
	return s;
}

/* The tags that the client has; bytes that no tag of ours holds are none. */
static const char *
tags(const struct req *r)
{
	const char	*s = req_env(r, "HTTP_IF_NONE_MATCH");

	if (r->method == M_HEAD)
		return "*";
	return s != NULL && utf8_valid(s, strlen(s)) ? s : NULL;
}

/* Bulk reads may last nearly as long as their pool lets them. */
static enum rc
read_rows(struct feed *f, bool short_cut)
{
	struct req	*r = f->r;
	const char	*rows = arena_int(r->arena, r->conf->ckpt_rows);
	const char	*known;
	enum rc		 rc;

	/* The others' tags are made of the body, which needs the rows. */
	known = f->form == ALL ? tags(r) : NULL;
	if ((rc = ckpt_ready(r->app->ckpt)) != RC_OK)
		return rc;
	if (f->form == ALL)
		db_queue(r->db, Q_PATIENCE,
		    arena_int(r->arena, r->conf->slow_watchdog * PATIENCE));
	rc = db_each(r->db, take, f, Q_CONVERSATIONS,
	    f->form == ALL ? NULL : r->arg[0].s, rows,
	    ckpt_bytes(r->app->ckpt), f->form == ALL ? salt(r) : NULL, known,
	    f->form == LIST ? "f" : "t", short_cut ? "t" : "f");
	return ckpt_judge(r->app->ckpt, rc);
}

static enum rc
finish(struct feed *f)
{
	enum rc	rc;

	if ((rc = advance(f, P_RATINGS)) != RC_OK || f->form == LIST)
		return rc;
	end_part(f);
	if (f->form == ONE && conv_truncated(f->conv))
		jw_kbool(f->r->out, "truncated", true);
	jw_close(f->r->out, '}');
	return RC_OK;
}

/* Perhaps again: all but the bulk answer stands in memory until it is whole. */
static void
begin(struct feed *f)
{
	buf_cut(f->r->out, 0);
	f->part = P_MESSAGES;
	f->talking = false;
	if (f->form == LIST)
		return;
	jw_open(f->r->out, '{');
	begin_part(f);
}

static enum rc
answer(struct req *r, enum form form)
{
	struct feed	f = { .r = r, .form = form };
	enum rc		rc = RC_FAIL;

	buf_init(&f.name, PIECE);
	f.conv = conv_new(ckpt_opts(r->app->ckpt), r->owner, form != ONE);
	if (f.conv == NULL)
		goto out;
	begin(&f);
	rc = read_rows(&f, form != ALL);
	if (rc == RC_OK && conv_doubtful(f.conv)) {
		begin(&f);
		rc = read_rows(&f, false);
	}
	if (rc == RC_OK && !f.known)
		rc = finish(&f);
	if (rc == RC_OK && !f.known)
		rc = reply(r, 200);
out:
	conv_free(f.conv);
	buf_free(&f.name);
	return rc;
}

/* GET /chat/{thread_id}/messages. */
enum rc
messages_list(struct req *r)
{
	return answer(r, LIST);
}

/* GET /chat/all-messages-for-one-thread/{thread_id}. */
enum rc
messages_thread(struct req *r)
{
	return answer(r, ONE);
}

/* GET /chat/all-messages-for-all-threads. */
enum rc
messages_all(struct req *r)
{
	if (r->conf->bulk_cache > 0)
		r->reply.cache = arena_printf(r->arena,
		    "private, max-age=%" PRId64, r->conf->bulk_cache);
	return answer(r, ALL);
}

/* GET /chat/{thread_id}/state. */
enum rc
messages_state(struct req *r)
{
	const struct value	*ns = &r->query[0];
	enum rc			 rc;

	rc = ckpt_state(r->app->ckpt, r->owner, r->arg[0].s,
	    ns->given ? ns->s : "", r->out);
	if (rc == RC_NOTFOUND)
		r->detail = "Thread state not found";
	return rc == RC_OK ? reply(r, 200) : rc;
}
