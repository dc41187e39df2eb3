#ifndef JOBS_S3_H
#define JOBS_S3_H

#include <stdint.h>

#include "base/conf.h"
#include "jobs/httpc.h"

/* What became of an object; why is logged, the key never. */
enum s3_rc {
	S3_OK,
	S3_MISSING,	/* it is not there */
	S3_DENIED,	/* and will be, until somebody changes something: */
			/* key, rights, bucket, region; bytes not the hash's */
	S3_RETRY,	/* no answer, or none that counts: try again later */
	S3__MAX
};

/*
 * The object output/artifacts/ab/cd/<sha256> in S3_BUCKET, which must be set;
 * sha256 is 64 lower-case hex digits.  A request signed, no redirect followed;
 * the limits are those of httpc_send().
 */

/*
 * The size bytes of the file at path; the server checks them against the hash.
 * S3_MISSING: that file is not there, or has another size.  May be repeated.
 */
enum s3_rc	s3_put(struct httpc *, const struct conf *,
		    const char *sha256, const char *path, int64_t size)
		    NONNULL MUST_CHECK;
/*
 * Its size.  S3_MISSING only if the bucket is there.  A key without the right
 * to list the bucket is denied what is missing.
 */
enum s3_rc	s3_head(struct httpc *, const struct conf *,
		    const char *sha256, int64_t *size) NONNULL MUST_CHECK;
/* S3_OK also if it was not there. */
enum s3_rc	s3_delete(struct httpc *, const struct conf *,
		    const char *sha256) NONNULL MUST_CHECK;

#endif
