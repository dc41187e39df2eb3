#ifndef AUTH_JWKS_H
#define AUTH_JWKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"
#include "codec/jwk.h"

/*
 * The keys of one worker: JWT_JWKS_FILE and JWT_HS256_SECRET.  Nothing here
 * waits for the network: jobs writes the file.  Between the two stands:
 *
 * - jobs fetches JWT_JWKS_URL into a temporary file beside JWT_JWKS_FILE and
 *   renames it.  The file's mtime is the time of the last good fetch, so an
 *   unchanged document is renamed in (or touched) as well.
 * - A worker that met an unknown kid touches JWT_JWKS_FILE with ".want"
 *   appended, which asks for an early fetch.  It does so only with
 *   JWT_JWKS_URL set, and at most once in JWKS_WANT_SECONDS: it looks at the
 *   mtime of that file too, so the limit is one for all workers.  jobs
 *   fetches early when ".want" is newer than its last attempt.
 */
#define JWKS_WANT_SUFFIX	".want"
#define JWKS_WANT_SECONDS	60
#define JWKS_FILE_MAX		(256 * 1024)

struct jwks;

/* conf must outlive it.  NULL: err says why.  A missing file is no error. */
struct jwks	*jwks_new(const struct conf *, char err[256]) MUST_CHECK;
void		 jwks_free(struct jwks *);
/*
 * Looks at the file again if now is another second than the last time, and
 * returns the generation: another one whenever a key came or went, and the same
 * in all workers that have the same keys.  A file without one usable key
 * replaces nothing.
 */
uint64_t	 jwks_look(struct jwks *, int64_t now) NONNULL;
/* Keys that verify now, the secret included. */
size_t		 jwks_count(const struct jwks *) NONNULL;
/* False: the keys that alg needs are not there yet, or too old. */
bool		 jwks_ready(const struct jwks *, enum jwk_alg) NONNULL;
/*
 * The next key of this algorithm and kid (NULL: any); *pos starts at 0.  The
 * secret has no kid and answers to any.  NULL: no more.
 */
const struct jwk *jwks_next(const struct jwks *, enum jwk_alg,
		    const char *kid, size_t *pos)
		    __attribute__((nonnull(1, 4)));
/* A token named this kid: asks for a fetch if no key has it. */
void		 jwks_want(struct jwks *, const char *kid, int64_t now) NONNULL;

#endif
