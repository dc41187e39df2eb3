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

#endif
