/* health.c: is it up, is the database, and the numbers of the scoreboard. */
#include "config.h"

#include "api/api.h"

#include "base/text.h"
#include "codec/json.h"
#include "http/metrics.h"
#include "http/reply.h"

#define PATIENCE_MS	2000	/* a probe that hangs is a probe that fails */

struct probe {
	bool		 alive;
	const char	*checkpointer;
	double		 ms;
};

static void
stamp(struct req *r)
{
	char	t[32];

	time_utc(now_us(), t);
	jw_kstr(r->out, "timestamp", t);
}

/* One real statement on the connection that this worker has anyway. */
static struct probe
ask(struct req *r)
{
	struct probe	 p = { false, "none", 0 };
	struct db_res	*res;
	int64_t		 began = mono_us();

	db_limit(r->db, PATIENCE_MS);
	p.alive = db_run(r->db, &res, Q_PING, r->conf->ckpt_schema) == RC_OK;
	p.ms = (double)(mono_us() - began) / 1e3;
	if (p.alive && res_rows(res) == 1 && res_bool(res, 0, 0))
		p.checkpointer = "postgres";
	return p;
}

static enum rc
answer(struct req *r, bool alive)
{
	if (alive)
		return reply(r, 200);
	reply_header(r, "Retry-After", "5");
	return reply(r, 503);
}

enum rc
health(struct req *r)
{
	struct probe	 p = ask(r);
	int64_t		 since = 0;

	if (r->app->board != NULL)
		since = now_us() - atomic_load(&r->app->board->started_us);
	jw_open(r->out, '{');
	jw_kstr(r->out, "status", p.alive ? "healthy" : "degraded");
	stamp(r);
	jw_key(r->out, "uptime_seconds");
	jw_double(r->out, (double)since / 1e6);
	jw_key(r->out, "database");
	jw_open(r->out, '{');
	jw_kbool(r->out, "healthy", p.alive);
	jw_kstr(r->out, "checkpointer_type", p.checkpointer);
	jw_kstr(r->out, "error", p.alive ? NULL : "unavailable");
	jw_close(r->out, '}');
	jw_kstr(r->out, "version", PACKAGE_VERSION);
	jw_close(r->out, '}');
	return answer(r, p.alive);
}

enum rc
health_database(struct req *r)
{
	struct probe	p = ask(r);

	jw_open(r->out, '{');
	stamp(r);
	jw_kbool(r->out, "checkpointer_available",
	    p.checkpointer[0] == 'p');
	jw_kstr(r->out, "checkpointer_type", p.checkpointer);
	jw_kstr(r->out, "database_connection",
	    p.alive ? "healthy" : "error");
	jw_key(r->out, "read_latency_ms");
	jw_double(r->out, p.ms);
	jw_kstr(r->out, "read_test", p.alive ? "passed" : "failed");
	jw_close(r->out, '}');
	return answer(r, p.alive);
}

enum rc
metrics(struct req *r)
{
	if (r->app->board == NULL)
		return fail(r, RC_NOTFOUND, "Not Found");
	r->reply.type = "text/plain; version=0.0.4";
	metrics_write(r->out, r->app->board);
	return reply(r, 200);
}
