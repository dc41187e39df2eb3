/* analyze.c: the doors to the agent: recorded here, then handed over. */
#include "config.h"

#include "api/api.h"

#include "api/handover.h"
#include "codec/json.h"
#include "http/reply.h"

enum { A_PROMPT, A_THREAD, A_RUN, A_STREAM };	/* body of analyze */
enum { STOP_THREAD, STOP_RUN };			/* body of stop_execution */

static enum rc
record(struct req *r, const char *action)
{
	struct handover	 h = { .action = action };
	struct db_res	*row;
	enum rc		 rc;

	if (r->conf->agent == NULL)
		return RC_NOAGENT;
	rc = run_record(r, r->body[A_THREAD].s, &r->body[A_PROMPT],
	    &r->body[A_RUN], &row);
	if (rc != RC_OK)
		return rc;
	h.thread = res_str(row, 0, 1);
	h.run = res_str(row, 0, 0);
	h.repeat = !res_bool(row, 0, RUN_CREATED);
	return hand_over(r, &h);
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
	struct handover		 h = { .action = "stop", .thread = thread->s,
				    .repeat = true };
	struct db_res		*res;
	enum rc			 rc;

	rc = db_run(r->db, &res, Q_RUN_IN_THREAD, thread->s, run->s);
	if (rc != RC_OK)
		return rc;
	if (res_rows(res) > 0 && r->conf->agent != NULL) {
		h.run = res_str(res, 0, 0);
		return hand_over(r, &h);
	}
	jw_open(r->out, '{');
	jw_kstr(r->out, "status", "not_found");
	jw_kstr(r->out, "message",
	    "Execution not found or already completed");
	jw_kstr(r->out, "thread_id", thread->s);
	jw_kstr(r->out, "run_id", run->s);
	jw_close(r->out, '}');
	return reply(r, 200);
}
