#ifndef CORE_KEYRING_H
#define CORE_KEYRING_H

#include "base/conf.h"
#include "codec/fernet.h"
#include "db/db.h"

/*
 * The keys of ENCRYPTION_KEY or ENCRYPTION_KEY_FILE; none, if neither is set
 * (fernet_keys() is 0).  NULL: err says why, without any key.
 */
struct fernet	*keyring_new(const struct conf *, char err[256])
		    NONNULL MUST_CHECK;

/* How many keys of users are what. */
struct keyring_count {
	size_t	resealed, current, unreadable;
};
/*
 * Seals again, row by row, what the first key does not open; what no key opens
 * stays as it is.  By the owner's role.  May be repeated, also after a failure,
 * and while workers write.
 */
enum rc		 keyring_rotate(struct db *, struct arena *,
		    const struct fernet *, struct keyring_count *)
		    NONNULL MUST_CHECK;

#endif
