/* statistics.c: runs and their ratings by day. */
#include "config.h"

#include "api/api.h"

#include "codec/json.h"
#include "http/reply.h"

enum { ST_DAYS, ST_TZ };			/* query of statistics */
enum { S_DAY, S_RUNS, S_GOOD, S_BAD, S_THREADS };	/* its columns */

static int64_t
sum(const struct db_res *res, int col)
{
	int64_t	 n = 0;
	size_t	 i;

	for (i = 0; i < res_rows(res); i++)
		n += res_int(res, i, col);
	return n;
}

/* GET /statistics.  There is a row for every day, used or not. */
enum rc
statistics(struct req *r)
{
	static const struct col	cols[] = {
		{ "day", COL_TEXT }, { "runs", COL_INT },
		{ "positive", COL_INT }, { "negative", COL_INT },
	};
	struct db_res		*res;
	size_t			 i;
	enum rc			 rc;

	rc = db_run(r->db, &res, Q_RUN_STATISTICS,
	    arena_int(r->arena, r->query[ST_DAYS].i),
	    arena_int(r->arena, r->query[ST_TZ].i));
	if (rc != RC_OK)
		return rc;
	jw_open(r->out, '{');
	jw_key(r->out, "days");
	jw_open(r->out, '[');
	for (i = 0; i < res_rows(res); i++) {
		jw_open(r->out, '{');
		row_json(r->out, res, i, cols, nitems(cols));
		jw_close(r->out, '}');
	}
	jw_close(r->out, ']');
	jw_key(r->out, "totals");
	jw_open(r->out, '{');
	jw_kint(r->out, "threads", res_int(res, 0, S_THREADS));
	jw_kint(r->out, "runs", sum(res, S_RUNS));
	jw_kint(r->out, "rated", sum(res, S_GOOD) + sum(res, S_BAD));
	jw_kint(r->out, "positive", sum(res, S_GOOD));
	jw_close(r->out, '}');
	jw_close(r->out, '}');
	return reply(r, 200);
}
