/* outbox.c: the queue of feedback for LangSmith: leases, backoff, the dead. */
#include "config.h"

#include "core/outbox.h"

#include <inttypes.h>

#include "base/text.h"

#define BACKOFF_MAX_MS	(15 * 60 * 1000)
#define JITTER_MS	500
#define ANSWER_MAX	500	/* bytes of an answer that are kept */

enum rc
outbox_claim(struct db *db, struct delivery *d)
{
	struct db_res	*r;
	enum rc		 rc;

	if ((rc = db_one(db, &r, Q_OUTBOX_CLAIM, "1", OUTBOX_LEASE)) != RC_OK)
		return rc;
	d->row = r;
	d->created = res_bool(r, 0, OB_CREATED);
	return RC_OK;
}

/*
 * Whatever came, as text: '?' for control bytes and for what is no UTF-8, cut
 * between two characters.
 */
static const char *
legible(struct arena *a, const char *p, size_t n)
{
	char	*s;
	size_t	 i, end;
	bool	 utf8;

	if (n > ANSWER_MAX)
		n = ANSWER_MAX;
	s = arena_memdup(a, p, n);
	for (end = n; end > 0 && n - end < 3 && !utf8_valid(s, end); end--)
		;
	utf8 = utf8_valid(s, end);
	for (i = 0; i < end; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f ||
		    (!utf8 && (unsigned char)s[i] > 0x7f))
			s[i] = '?';
	s[end] = '\0';
	return s;
}

enum rc
outbox_settle(struct db *db, struct arena *a, const struct delivery *d,
    const struct verdict *v)
{
	const char	*id = res_str(d->row, 0, OB_ID);
	const char	*revision = res_str(d->row, 0, OB_REVISION);
	const char	*status = NULL, *answer, *delay;

	delay = arena_printf(a, "%" PRId64, v->delay_ms);
	if (v->status != 0)
		status = arena_printf(a, "%d", v->status);
	answer = legible(a, v->answer, v->answerlen);
	if (d->created != res_bool(d->row, 0, OB_CREATED))
		db_queue(db, d->created ? Q_OUTBOX_CREATED : Q_OUTBOX_MISSING,
		    id);
	switch (v->outcome) {
	case OUT_DELIVERED:
		if (res_bool(d->row, 0, OB_GONE))
			db_queue(db, Q_OUTBOX_GONE, id);
		else
			db_queue(db, Q_OUTBOX_DELIVERED, id, revision, status);
		break;
	case OUT_RETRY:
		db_queue(db, Q_OUTBOX_RETRY, id, delay, status, answer);
		break;
	case OUT_DEAD:
		db_queue(db, Q_OUTBOX_DEAD, id, revision, status, answer);
		break;
	case OUT_PAUSED:
	case OUT__MAX:
		db_queue(db, Q_OUTBOX_PAUSE, arena_printf(a, "%" PRId64,
		    v->delay_ms / 1000));
		break;
	}
	return db_exec(db, NULL, 0);
}

int64_t
outbox_backoff(int64_t n, unsigned random)
{
	int64_t	 ms = BACKOFF_MAX_MS;

	if (n < 1)
		n = 1;
	if (n < 10)		/* 2^10 s is past the ceiling */
		ms = ((int64_t)1000 << n) + random % (JITTER_MS + 1);
	return ms < BACKOFF_MAX_MS ? ms : BACKOFF_MAX_MS;
}
