/* retention.c: threads of ChatKit at rest, uploads that never came. */
#include "config.h"

#include "jobs/jobs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

#define BATCH		500		/* of one transaction */
#define BATCH_TEXT	"500"
#define TURN_US		2000000		/* the other jobs wait meanwhile */

/* Columns of the statements; what was removed comes first. */
enum { R_THREADS, R_ITEMS, R_FILES, R_BYTES, R_AT, R_ID, R_SUMS = R_AT };

struct pass {
	struct jobs	*j;
	bool		 dry;
	int64_t		 until;		/* mono_us() */
	int64_t		 sum[R_SUMS];
};

static enum rc
failed(struct jobs *j, const char *job, enum rc rc)
{
	if (rc != RC_OK)
		log_error("%s: failed (SQLSTATE %s)", job,
		    db_sqlstate(j->db));
	return rc;
}

static void
begin(struct jobs *j)
{
	arena_reset(j->arena);
	db_bind(j->db, j->arena, NULL);
}

/* A transaction; the place of the next one in at and id. */
static enum rc
batch(struct pass *p, enum query q, char at[64], char id[UUID_TEXT + 1])
{
	struct jobs	*j = p->j;
	const char	*days, *dry = p->dry ? "t" : "f";
	struct db_res	*r;
	enum rc		 rc;
	int		 i;

	begin(j);
	days = arena_int(j->arena, j->conf->ck_retention);
	rc = q == Q_RETENTION_BATCH ? db_one(j->db, &r, q, days, dry,
	    BATCH_TEXT, at, id, j->conf->ckpt_schema != NULL ?
	    j->conf->ckpt_schema : "") :
	    db_one(j->db, &r, q, days, dry, BATCH_TEXT, at, id);
	if (rc != RC_OK)
		return failed(j, "retention", rc);
	for (i = 0; i < R_SUMS; i++)
		p->sum[i] += res_int(r, 0, i);
	snprintf(at, 64, "%s", res_str(r, 0, R_AT));
	snprintf(id, UUID_TEXT + 1, "%s", res_str(r, 0, R_ID));
	return RC_OK;
}

/* True in *more: the time was over before the end was reached. */
static enum rc
all(struct pass *p, enum query q, bool *more)
{
	char	at[64] = "-infinity";
	char	id[UUID_TEXT + 1] = "00000000-0000-0000-0000-000000000000";
	enum rc	rc = RC_OK;

	while (rc == RC_OK && *at != '\0' && !*more) {
		if ((rc = batch(p, q, at, id)) == RC_OK && *at != '\0')
			*more = mono_us() >= p->until || *p->j->stop;
	}
	return rc;
}

static bool
print(const struct pass *p, bool json)
{
	static const char *const names[] = { "threads", "items", "files",
					    "bytes" };
	size_t			 i;

	for (i = 0; i < nitems(names); i++)
		printf(json ? "%s\"%s\":%" PRId64 : "%s%-10s%" PRId64 "\n",
		    !json ? "" : i == 0 ? "{" : ",", names[i], p->sum[i]);
	if (json)
		puts("}");
	return fflush(stdout) == 0;
}

bool
retention_due(const struct jobs *j)
{
	return j->conf->ck_retention > 0;
}

enum rc
retention_turn(struct jobs *j, int64_t *wait)
{
	struct pass	p = { .j = j, .until = mono_us() + TURN_US };
	bool		more = false;
	enum rc		rc;

	if (j->how != NULL) {
		p.until = INT64_MAX;
		p.dry = j->how->dry;
		if (!retention_due(j))
			log_warn("retention: CHATKIT_RETENTION_DAYS is 0");
	}
	if ((rc = all(&p, Q_RETENTION_BATCH, &more)) == RC_OK && !more)
		rc = all(&p, Q_RETENTION_LOOSE, &more);
	if (more)
		*wait = j->conf->jobs_period;
	if (j->how != NULL)
		return print(&p, j->json) ? rc : RC_FAIL;
	if (p.sum[R_THREADS] + p.sum[R_FILES] > 0)
		log_info("retention: %" PRId64 " threads, %" PRId64
		    " items, %" PRId64 " files, %" PRId64 " bytes removed",
		    p.sum[R_THREADS], p.sum[R_ITEMS], p.sum[R_FILES],
		    p.sum[R_BYTES]);
	return rc;
}

enum rc
expire_attachments(struct jobs *j, int64_t *wait)
{
	struct db_res	*r;
	int64_t		 n, gone = 0;
	enum rc		 rc;

	(void)wait;
	do {
		begin(j);
		rc = failed(j, "expiry", db_one(j->db, &r,
		    Q_ATTACHMENT_EXPIRE, arena_int(j->arena,
		    j->conf->ck_upload_expiry), BATCH_TEXT));
		n = rc == RC_OK ? res_int(r, 0, 0) : 0;
		gone += n;
	} while (n == BATCH && !*j->stop);
	if (gone > 0)
		log_info("expiry: %" PRId64 " attachments that were never "
		    "uploaded", gone);
	return rc;
}
