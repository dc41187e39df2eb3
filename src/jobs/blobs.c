/* blobs.c: bytes of files: into S3, looked for there, and removed. */
#include "config.h"

#include "jobs/jobs.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/text.h"
#include "core/store.h"
#include "jobs/s3.h"

#define BATCH		20		/* of one statement */
#define BATCH_TEXT	"20"
#define STRAYS		256		/* names that one statement looks up */
#define BUSY_SECONDS	30		/* to wait for another process */
#define PARTS		256		/* of the store, for store_each() */
#define TURN_US		2000000		/* the other jobs wait meanwhile */
#define PAUSE_US	60000000	/* after S3 has failed */
#define PASS_US		INT64_C(3600000000)	/* between two walks */

/* Names of one look-up. */
struct strays {
	struct jobs	*j;
	time_t		 before;
	unsigned	 removed;
	size_t		 n;
	char		 sha[STRAYS][STORE_SHA + 1];
	enum rc		 rc;
};

/* What is in the arena is done with; a pass may be longer than its memory. */
static void
begin(struct jobs *j)
{
	arena_reset(j->arena);
	db_bind(j->db, j->arena, NULL);
}

static enum rc
failed(struct jobs *j, enum rc rc)
{
	if (rc != RC_OK && rc != RC_NOTFOUND)
		log_error("blobs: failed (SQLSTATE %s)", db_sqlstate(j->db));
	return rc;
}

/* S3 has failed for this one: it and all others can wait. */
static enum rc
put_off(struct jobs *j, const char *sha)
{
	struct db_res	*r;
	enum rc		 rc;

	j->s3_after = mono_us() + PAUSE_US;
	rc = failed(j, db_run(j->db, &r, Q_BLOB_LATER, sha));
	return rc != RC_OK ? rc : RC_NOAGENT;
}

/* --- Into S3 */

/* The local copy goes once no reader is sent to it any more. */
static enum rc
drop_local(struct jobs *j, const char *sha)
{
	struct db_res	*r;
	int		 lock = store_lock(j->conf->blob_dir);
	enum rc		 rc;

	if (lock == -1)
		return RC_OK;	/* writers at work: another time */
	rc = failed(j, db_run(j->db, &r, Q_BLOB_OFF_DISK, sha));
	if (rc == RC_OK && res_affected(r) > 0 &&
	    !store_remove(j->conf->blob_dir, sha))
		rc = RC_FAIL;
	store_unlock(lock);
	return rc;
}

static enum rc
move_one(struct jobs *j, const char *sha, int64_t size, bool in_s3)
{
	char		 path[PATH_MAX], name[STORE_PATH + 1];
	struct db_res	*r;
	enum rc		 rc;

	if (!in_s3) {
		store_path(sha, name);
		snprintf(path, sizeof(path), "%s/%s", j->conf->blob_dir, name);
		if (s3_put(j->http, j->conf, sha, path, size) != S3_OK)
			return put_off(j, sha);
		rc = failed(j, db_run(j->db, &r, Q_BLOB_IN_S3, sha));
		if (rc != RC_OK)
			return rc;
	}
	return drop_local(j, sha);
}

/* RC_NOTFOUND: there is no more to do. */
static enum rc
move_some(struct jobs *j)
{
	struct db_res	*r;
	size_t		 i, n;
	enum rc		 rc;

	begin(j);
	rc = failed(j, db_run(j->db, &r, Q_BLOB_TO_S3, BATCH_TEXT));
	if (rc != RC_OK)
		return rc;
	n = res_rows(r);
	for (i = 0; i < n && !*j->stop; i++) {
		rc = move_one(j, res_str(r, i, 0), res_int(r, i, 1),
		    res_bool(r, i, 2));
		if (rc != RC_OK)
			return rc;
	}
	return n < BATCH ? RC_NOTFOUND : RC_OK;
}

/* --- What agents say is in S3 */

static enum rc
verify_one(struct jobs *j, const char *sha)
{
	struct db_res	*r;
	int64_t		 size = 0;
	const char	*found = NULL;

	switch (s3_head(j->http, j->conf, sha, &size)) {
	case S3_OK:
		found = arena_int(j->arena, size);
		break;
	case S3_MISSING:
		log_warn("blobs: %.12s is not in the bucket", sha);
		break;
	default:
		return put_off(j, sha);
	}
	return failed(j, db_run(j->db, &r, Q_BLOB_VERIFIED, sha, found));
}

static enum rc
verify_some(struct jobs *j)
{
	struct db_res	*r;
	size_t		 i, n;
	enum rc		 rc;

	begin(j);
	rc = failed(j, db_run(j->db, &r, Q_BLOB_UNVERIFIED, BATCH_TEXT));
	if (rc != RC_OK)
		return rc;
	n = res_rows(r);
	for (i = 0; i < n && !*j->stop; i++)
		if ((rc = verify_one(j, res_str(r, i, 0))) != RC_OK)
			return rc;
	return n < BATCH ? RC_NOTFOUND : RC_OK;
}

/* --- What nobody refers to */

/*
 * Marked under the lock of its row, then removed, then forgotten: whoever
 * refers to it in between finds the mark, and takes it away if he has the
 * bytes.  A fresh file may be that of a writer that died while PostgreSQL went
 * on.
 */
static enum rc
collect_one(struct jobs *j, const char *sha, const char *grace)
{
	struct db_res	*r;
	int		 lock = store_lock(j->conf->blob_dir);
	bool		 gone, in_s3;
	enum rc		 rc;

	if (lock == -1 || store_changed(j->conf->blob_dir, sha) >
	    time(NULL) - (time_t)j->conf->blob_grace) {
		store_unlock(lock);
		return RC_OK;
	}
	rc = failed(j, db_one(j->db, &r, Q_BLOB_TAKE, sha, grace));
	gone = rc == RC_OK && store_remove(j->conf->blob_dir, sha);
	store_unlock(lock);
	if (!gone)
		return rc == RC_NOTFOUND ? RC_OK : rc;
	in_s3 = res_bool(r, 0, 1);
	if (in_s3 && (j->conf->s3_bucket == NULL ||
	    s3_delete(j->http, j->conf, sha) != S3_OK))
		return put_off(j, sha);
	return failed(j, db_run(j->db, &r, Q_BLOB_DROP, sha));
}

/* after: the last one seen, which this moves on. */
static enum rc
collect_some(struct jobs *j, char after[STORE_SHA + 1])
{
	const char	*grace;
	struct db_res	*r;
	size_t		 i, n;
	enum rc		 rc;

	begin(j);
	grace = arena_int(j->arena, j->conf->blob_grace);
	rc = failed(j, db_run(j->db, &r, Q_BLOB_DEAD, grace, BATCH_TEXT,
	    *after != '\0' ? after : NULL,
	    j->conf->s3_bucket != NULL ? "t" : "f"));
	if (rc != RC_OK)
		return rc;
	n = res_rows(r);
	for (i = 0; i < n && !*j->stop; i++) {
		snprintf(after, STORE_SHA + 1, "%s", res_str(r, i, 0));
		if ((rc = collect_one(j, after, grace)) != RC_OK)
			return rc;
	}
	return n < BATCH ? RC_NOTFOUND : RC_OK;
}

/* --- Files without a row */

static const char *
name_list(struct strays *s)
{
	char	*list = arena_alloc(s->j->arena, s->n * (STORE_SHA + 1) + 2);
	size_t	 i;

	for (i = 0; i < s->n; i++) {
		list[i * (STORE_SHA + 1)] = i == 0 ? '{' : ',';
		memcpy(list + i * (STORE_SHA + 1) + 1, s->sha[i], STORE_SHA);
	}
	list[s->n * (STORE_SHA + 1)] = '}';
	return list;
}

/* Of the names, those that no row has; what is left is in s. */
static enum rc
look_up(struct strays *s)
{
	struct db_res	*r;
	size_t		 i;
	enum rc		 rc;

	begin(s->j);
	rc = failed(s->j, db_run(s->j->db, &r, Q_BLOB_STRAYS, name_list(s)));
	s->n = 0;
	for (i = 0; rc == RC_OK && i < res_rows(r); i++)
		memcpy(s->sha[s->n++], res_str(r, i, 0), STORE_SHA + 1);
	return rc;
}

/*
 * Looked up twice: most have a row, and of the others one may have come until
 * no writer can be between its bytes and its row.
 */
static enum rc
remove_strays(struct strays *s)
{
	size_t	i;
	int	lock;
	enum rc	rc = RC_OK;

	if (s->n > 0)
		rc = look_up(s);
	if (rc != RC_OK || s->n == 0)
		return rc;
	if ((lock = store_lock(s->j->conf->blob_dir)) != -1) {
		rc = look_up(s);
		for (i = 0; rc == RC_OK && i < s->n; i++)
			s->removed += store_remove(s->j->conf->blob_dir,
			    s->sha[i]);
		store_unlock(lock);
	}
	s->n = 0;
	return rc;
}

static bool
stray(void *arg, const char *sha, time_t changed)
{
	struct strays	*s = arg;

	if (changed > s->before || *s->j->stop)
		return !*s->j->stop;
	memcpy(s->sha[s->n++], sha, STORE_SHA + 1);
	if (s->n == STRAYS)
		s->rc = remove_strays(s);
	return s->rc == RC_OK;
}

/* As much of a walk as there is time for; all of it by the command line. */
static enum rc
walk(struct jobs *j, int64_t until)
{
	struct strays	*s = &(struct strays){ .j = j, .rc = RC_OK };
	unsigned	 left = 0;

	s->before = time(NULL) - (time_t)j->conf->blob_grace;
	if (j->walked == 0)
		left = store_sweep(j->conf->blob_dir, s->before + 1);
	while (s->rc == RC_OK && j->walked < PARTS && mono_us() < until) {
		if (store_each(j->conf->blob_dir, j->walked, stray, s))
			s->rc = remove_strays(s);
		j->walked++;
	}
	if (j->walked == PARTS) {
		j->walked = 0;
		j->walk_at = mono_us() + PASS_US;
	}
	if (left + s->removed > 0)
		log_info("blobs: %u files without a row, %u of dead writers "
		    "removed", s->removed, left);
	return s->rc;
}

/* --- A turn */

static enum rc
collect_all(struct jobs *j, int64_t until)
{
	char	after[STORE_SHA + 1] = "";
	enum rc	rc = RC_OK;

	while (rc == RC_OK && mono_us() < until && !*j->stop)
		rc = collect_some(j, after);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc
repeat(struct jobs *j, enum rc (*some)(struct jobs *), int64_t until)
{
	enum rc	rc = RC_OK;

	while (rc == RC_OK && mono_us() < until && !*j->stop)
		rc = some(j);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* RC_NOAGENT stands for S3 within this file: it did not do as it should. */
static enum rc
do_turn(struct jobs *j, int64_t now, int64_t until)
{
	enum rc	rc = RC_OK, last;

	if (j->conf->s3_bucket != NULL && now >= j->s3_after &&
	    (rc = repeat(j, verify_some, until)) == RC_OK)
		rc = repeat(j, move_some, until);
	if (rc != RC_OK && rc != RC_NOAGENT)
		return rc;
	if ((last = collect_all(j, until)) != RC_OK)
		rc = last;
	if (rc != RC_OK && rc != RC_NOAGENT)
		return rc;
	if (now >= j->walk_at && (last = walk(j, until)) != RC_OK)
		rc = last;
	return rc;
}

enum rc
blobs_turn(struct jobs *j, int64_t *wait)
{
	bool	all = j->how != NULL;	/* by the command line */
	int64_t	now = mono_us();
	int	lock = store_job(j->conf->blob_dir, all ? BUSY_SECONDS : 0);
	enum rc	rc;

	(void)wait;
	if (lock == -1) {
		if (all)
			log_error("blobs: the store is not usable, or another "
			    "process is at it");
		return all ? RC_FAIL : RC_OK;
	}
	rc = do_turn(j, now, all ? INT64_MAX : now + TURN_US);
	store_unlock(lock);
	return rc;
}
