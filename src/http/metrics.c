/* metrics.c: the scoreboard as Prometheus text. */
#include "config.h"

#include "http/metrics.h"

#include <inttypes.h>

#include "base/text.h"
#include "http/route.h"
#include "http/status.h"

#define NO_ROUTE	(BOARD_ROUTES - 1)	/* nothing matched */

static const char *const states[] = {
	[SLOT_FREE] = "free", [SLOT_START] = "start", [SLOT_IDLE] = "idle",
	[SLOT_BUSY] = "busy",
};
_Static_assert(nitems(states) == SLOT__MAX, "one name per state");

static const char *const pools[] = {
	[POOL_QUICK] = "quick", [POOL_SLOW] = "slow", [POOL_JOBS] = "jobs",
};
_Static_assert(nitems(pools) == POOL__MAX, "one name per pool");

static void
head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* method="GET",route="/health"; the last index is for what matched nothing. */
static void
route_labels(struct buf *b, unsigned i)
{
	if (i < nroutes)
		buf_printf(b, "method=\"%s\",route=\"%s\"",
		    method_name(routes[i].method), routes[i].path);
	else
		buf_str(b, "method=\"\",route=\"\"");
}

static void
requests(struct buf *b, const struct totals *t)
{
	unsigned	not_found = status_row(404), i, s;
	uint64_t	n;

	/* What never was is left out; one sample there always is. */
	head(b, "bobbin_requests_total", "counter",
	    "Requests by route and status.");
	for (i = 0; i < BOARD_ROUTES; i++)
		for (s = 0; s < BOARD_STATUSES; s++) {
			n = atomic_load(&t->requests[i][s]);
			if (n == 0 && (i != NO_ROUTE || s != not_found))
				continue;
			buf_str(b, "bobbin_requests_total{");
			route_labels(b, i);
			buf_printf(b, ",status=\"%d\"} %" PRIu64 "\n",
			    status_code(s), n);
		}
}

static void
histogram(struct buf *b, const struct totals *t, unsigned i)
{
	uint64_t	sum = 0;
	unsigned	k;

	for (k = 0; k < BOARD_BUCKETS; k++) {
		sum += atomic_load(&t->bucket[i][k]);
		buf_str(b, "bobbin_request_seconds_bucket{");
		route_labels(b, i);
		if (k == BOARD_BUCKETS - 1)
			buf_str(b, ",le=\"+Inf\"");
		else
			buf_printf(b, ",le=\"%g\"",
			    (double)board_bounds_us[k] / 1e6);
		buf_printf(b, "} %" PRIu64 "\n", sum);
	}
	buf_str(b, "bobbin_request_seconds_sum{");
	route_labels(b, i);
	buf_printf(b, "} %.6f\n", (double)atomic_load(&t->sum_us[i]) / 1e6);
	buf_str(b, "bobbin_request_seconds_count{");
	route_labels(b, i);
	buf_printf(b, "} %" PRIu64 "\n", sum);
}

static bool
was_asked(const struct totals *t, unsigned i)
{
	unsigned	s;

	for (s = 0; s < BOARD_STATUSES; s++)
		if (atomic_load(&t->requests[i][s]) != 0)
			return true;
	return false;
}

static void
latencies(struct buf *b, const struct totals *t)
{
	unsigned	i;

	head(b, "bobbin_request_seconds", "histogram",
	    "Seconds from the first parameter to the reply.");
	for (i = 0; i < BOARD_ROUTES; i++)
		if (i == NO_ROUTE || was_asked(t, i))
			histogram(b, t, i);
}

static void
workers(struct buf *b, const struct board *board)
{
	unsigned	n[POOL__MAX][SLOT__MAX] = { { 0 } }, p, s, i;

	for (i = 0; i < BOARD_SLOTS; i++) {
		if (atomic_load(&board->slots[i].pid) == 0)
			continue;
		p = atomic_load(&board->slots[i].pool);
		s = atomic_load(&board->slots[i].state);
		if (p < POOL__MAX && s < SLOT__MAX)
			n[p][s]++;
	}
	head(b, "bobbin_workers", "gauge", "Processes by pool and state.");
	for (p = 0; p < POOL__MAX; p++)
		for (s = SLOT_START; s < SLOT__MAX; s++)
			buf_printf(b, "bobbin_workers{pool=\"%s\","
			    "state=\"%s\"} %u\n", pools[p], states[s], n[p][s]);
}

static void
single(struct buf *b, const char *name, const char *type, const char *help,
    uint64_t n)
{
	head(b, name, type, help);
	buf_printf(b, "%s %" PRIu64 "\n", name, n);
}

void
metrics_write(struct buf *b, const struct board *board)
{
	const struct totals	*t = &board->totals;

	requests(b, t);
	latencies(b, t);
	workers(b, board);
	single(b, "bobbin_database_reconnects_total", "counter",
	    "Connections to the database that had to be made again.",
	    atomic_load(&t->reconnects));
	single(b, "bobbin_respawns_total", "counter",
	    "Workers that died or got stuck, so that others took their place.",
	    atomic_load(&t->respawns));
	single(b, "bobbin_killed_total", "counter",
	    "Workers that the watchdog killed.", atomic_load(&t->killed));
	single(b, "bobbin_generation", "gauge",
	    "Generation of the configuration.",
	    atomic_load(&board->generation));
	head(b, "bobbin_uptime_seconds", "gauge", "Age of the master.");
	buf_printf(b, "bobbin_uptime_seconds %.3f\n", (double)(now_us() -
	    atomic_load(&board->started_us)) / 1e6);
}
