/* analyze.c: the doors to the agent: recorded here, then handed over. */
#include "config.h"

#include "api/api.h"

#include <string.h>

#include "codec/json.h"
#include "http/reply.h"

enum { A_PROMPT, A_THREAD, A_RUN, A_STREAM };	/* body of analyze */
enum { STOP_THREAD, STOP_RUN };			/* body of stop_execution */

/* RFC 3986: all but the unreserved, for a header is no place for text. */
static const char *
percent_encode(struct req *r, const char *s)
{
	static const char	hex[] = "0123456789ABCDEF";
	static const char	plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	char			*out, *p;

	p = out = arena_alloc(r->arena, strlen(s) * 3 + 1);
	for (; *s != '\0'; s++) {
		if (strchr(plain, *s) != NULL) {
			*p++ = *s;
			continue;
		}
		*p++ = '%';
		*p++ = hex[(unsigned char)*s >> 4];
		*p++ = hex[(unsigned char)*s & 15];
	}
	return out;
}

/* nginx sends the same request on, with these headers (runs.md 4.4). */
static enum rc
hand_over(struct req *r, const char *action, const char *thread,
    const char *run, bool repeat)
{
	reply_header(r, "X-Bobbin-Owner", r->owner);
	reply_header(r, "X-Bobbin-Thread", percent_encode(r, thread));
	reply_header(r, "X-Bobbin-Run", percent_encode(r, run));
	reply_header(r, "X-Bobbin-Action", action);
	reply_header(r, "X-Bobbin-Repeat", repeat ? "1" : "0");
	reply_header(r, "X-Bobbin-Request-Id", r->id);
	return reply_accel(r, r->conf->agent);
}

static enum rc
record(struct req *r, const char *action)
{
	struct db_res	*row;
	enum rc		 rc;

	if (r->conf->agent == NULL)
		return RC_NOAGENT;
	rc = run_record(r, r->body[A_THREAD].s, &r->body[A_PROMPT],
	    &r->body[A_RUN], &row);
	if (rc != RC_OK)
		return rc;
	return hand_over(r, action, res_str(row, 0, 1), res_str(row, 0, 0),
	    !res_bool(row, 0, RUN_CREATED));
}

/* POST /analyze. */
enum rc
analyze(struct req *r)
{
	return record(r, r->body[A_STREAM].i ? "analyze-stream" : "analyze");
}

/* POST /analyze/stream. */
enum rc
analyze_stream(struct req *r)
{
	return record(r, "analyze-stream");
}

/* POST /stop-execution: what is not the caller's is not running. */
enum rc
stop_execution(struct req *r)
{
	const struct value	*thread = &r->body[STOP_THREAD];
	const struct value	*run = &r->body[STOP_RUN];
	struct db_res		*res;
	enum rc			 rc;

	rc = db_run(r->db, &res, Q_RUN_IN_THREAD, thread->s, run->s);
	if (rc != RC_OK)
		return rc;
	if (res_rows(res) > 0 && r->conf->agent != NULL)
		return hand_over(r, "stop", thread->s, res_str(res, 0, 0),
		    true);
	jw_open(r->out, '{');
	jw_kstr(r->out, "status", "not_found");
	jw_kstr(r->out, "message",
	    "Execution not found or already completed");
	jw_kstr(r->out, "thread_id", thread->s);
	jw_kstr(r->out, "run_id", run->s);
	jw_close(r->out, '}');
	return reply(r, 200);
}
