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
#define PATIENCE	9		/* times the time of others */
#define PATIENCE_TEXT	"9"
#define FIRST_AT	"-infinity"
#define FIRST_ID	"00000000-0000-0000-0000-000000000000"

/* Columns of the statements; what was removed comes first. */
enum { R_THREADS, R_ITEMS, R_FILES, R_BYTES, R_AT, R_ID, R_SUMS = R_AT };

struct pass {
	struct jobs	*j;
	bool		 dry;
	bool		 single;	/* the next batch is of one */
	int64_t		 until;		/* mono_us() */
	int64_t		 sum[R_SUMS];
	int64_t		 skipped;
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
begin(struct jobs *j, struct db *db)
{
	arena_reset(j->arena);
	db_bind(db, j->arena, NULL);
}

/* The statement was cancelled. */
static bool
took_too_long(const struct db *db, enum rc rc)
{
	return rc == RC_DOWN && strcmp(db_sqlstate(db), "57014") == 0;
}

static void
queue_batch(struct jobs *j, struct db *db, bool dry, const char *n,
    const char *at, const char *id)
{
	db_queue(db, Q_RETENTION_BATCH, arena_int(j->arena,
	    j->conf->ck_retention), dry ? "t" : "f", n, at, id,
	    j->conf->ckpt_schema != NULL ? j->conf->ckpt_schema : "");
}

/* What was removed, and the place of the next batch. */
static void
count(struct pass *p, const struct db_res *r)
{
	int	 i;

	for (i = 0; i < R_SUMS; i++)
		p->sum[i] += res_int(r, 0, i);
}

static void
move_on(const struct db_res *r, char at[64], char id[UUID_TEXT + 1])
{
	snprintf(at, 64, "%s", res_str(r, 0, R_AT));
	snprintf(id, UUID_TEXT + 1, "%s", res_str(r, 0, R_ID));
}

/* What is too large for that, too, stays whole; a dry run finds its end. */
static enum rc
skip(struct pass *p, char at[64], char id[UUID_TEXT + 1])
{
	struct jobs	*j = p->j;
	struct db_res	*r;
	enum rc		 rc;

	begin(j, j->db);
	queue_batch(j, j->db, true, "1", at, id);
	if ((rc = failed(j, "retention", db_exec(j->db, &r, 1))) != RC_OK)
		return rc;
	move_on(r, at, id);
	p->skipped++;
	log_warn("retention: thread %s is too large to be deleted in time", id);
	return RC_OK;
}

/*
 * The thread whose deletion was cancelled, all of it in one transaction as
 * ever: by a connection of its own, which is more patient, and while the other
 * threads wait no longer than they would have.
 */
static enum rc
delete_large(struct pass *p, char at[64], char id[UUID_TEXT + 1])
{
	struct jobs	*j = p->j;
	struct conf	 conf = *j->conf;
	struct db_res	*res[2];
	struct db	*db;
	int64_t		 from = mono_us();
	enum rc		 rc;

	conf.db_timeout *= PATIENCE + 1;
	if ((db = db_new(conf_jobs_url(&conf), &conf)) == NULL)
		return RC_FAIL;
	begin(j, db);
	db_queue(db, Q_RETENTION_PATIENCE, PATIENCE_TEXT);
	queue_batch(j, db, false, "1", at, id);
	rc = db_exec(db, res, nitems(res));
	if (rc == RC_OK) {
		count(p, res[1]);
		move_on(res[1], at, id);
	} else if (took_too_long(db, rc))
		rc = skip(p, at, id);
	else
		log_error("retention: failed (SQLSTATE %s)", db_sqlstate(db));
	db_free(db);
	p->until += p->until != INT64_MAX ? mono_us() - from : 0;
	return rc;
}

/*
 * A transaction; the place of the next one in at and id.  Of a batch that is
 * cancelled, one thread is too large: they go one by one until it is found.
 */
static enum rc
batch(struct pass *p, char at[64], char id[UUID_TEXT + 1])
{
	struct jobs	*j = p->j;
	struct db_res	*r;
	enum rc		 rc;

	begin(j, j->db);
	queue_batch(j, j->db, p->dry, p->single ? "1" : BATCH_TEXT, at, id);
	rc = db_exec(j->db, &r, 1);
	if (rc == RC_OK) {
		count(p, r);
		move_on(r, at, id);
		return RC_OK;
	}
	if (!took_too_long(j->db, rc) || p->dry)
		return failed(j, "retention", rc);
	if (p->single) {
		p->single = false;
		return delete_large(p, at, id);
	}
	p->single = true;
	return RC_OK;
}

static enum rc
loose(struct pass *p, char at[64], char id[UUID_TEXT + 1])
{
	struct jobs	*j = p->j;
	struct db_res	*r;
	enum rc		 rc;

	begin(j, j->db);
	rc = failed(j, "retention", db_one(j->db, &r, Q_RETENTION_LOOSE,
	    arena_int(j->arena, j->conf->ck_retention), p->dry ? "t" : "f",
	    BATCH_TEXT, at, id));
	if (rc == RC_OK) {
		count(p, r);
		move_on(r, at, id);
	}
	return rc;
}

/* True in *more: the time was over before the end was reached. */
static enum rc
all(struct pass *p, enum rc (*some)(struct pass *, char *, char *),
    char at[64], char id[UUID_TEXT + 1], bool *more)
{
	enum rc	rc = RC_OK;

	if (*at == '\0') {
		strcpy(at, FIRST_AT);
		strcpy(id, FIRST_ID);
	}
	while (rc == RC_OK && *at != '\0' && !*more) {
		if ((rc = some(p, at, id)) == RC_OK && *at != '\0')
			*more = mono_us() >= p->until || *p->j->stop;
	}
	return rc;
}

static bool
print(const struct pass *p, bool json)
{
	static const char *const names[] = { "threads", "items", "files",
					    "bytes", "skipped" };
	size_t			 i;

	for (i = 0; i < nitems(names); i++)
		printf(json ? "%s\"%s\":%" PRId64 : "%s%-10s%" PRId64 "\n",
		    !json ? "" : i == 0 ? "{" : ",", names[i],
		    i < R_SUMS ? p->sum[i] : p->skipped);
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
	char		at[64] = "", id[UUID_TEXT + 1] = "";
	bool		more = false;
	enum rc		rc;

	if (j->how != NULL) {
		p.until = INT64_MAX;
		p.dry = j->how->dry;
		if (!retention_due(j))
			log_warn("retention: CHATKIT_RETENTION_DAYS is 0");
	}
	rc = all(&p, batch, j->rest_at, j->rest_id, &more);
	if (rc == RC_OK && !more)
		rc = all(&p, loose, at, id, &more);
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
		begin(j, j->db);
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
