#ifndef CORE_STORE_H
#define CORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/rc.h"
#include "codec/filetype.h"

/*
 * Files by the SHA-256 of their bytes: DIR/ab/cd/<sha256>, where DIR is
 * BLOBSTORE_DIR.  What stands there is whole and on the disk.  DIR/tmp has what
 * is being written, DIR/lock keeps removal out while bytes have no row yet.
 *
 * Writing goes: store_begin, store_write ..., store_commit, the row in one
 * transaction, store_end.  Whatever happens in between, a kill included, leaves
 * no half file, and no row without bytes; bytes without a row go later.
 */
#define STORE_SHA	64			/* hexadecimal, lower case */
#define STORE_PATH	(STORE_SHA + 6)		/* "ab/cd/<sha256>" */

struct store_put {
	char		 sha256[STORE_SHA + 1];	/* from store_commit() on */
	int64_t		 size;
	struct filetype	 seen;
	struct store_disk *disk;
};

/* RC_DOWN, logged, when the store is not writable; as with the next two. */
enum rc	 store_begin(struct store_put *, const char *dir) NONNULL MUST_CHECK;
enum rc	 store_write(struct store_put *, const char *, size_t)
	    NONNULL MUST_CHECK;
/*
 * The bytes to the disk and to their place, as a new file even if there was
 * one.  From here to store_end() nobody removes them.
 */
enum rc	 store_commit(struct store_put *) NONNULL MUST_CHECK;
/* Ends it, at whatever point; harmless when repeated, or after zeros. */
void	 store_end(struct store_put *) NONNULL;

bool	 store_is_sha(const char *) NONNULL MUST_CHECK;
/* Where a file lies below DIR. */
void	 store_path(const char *sha256, char out[STORE_PATH + 1]) NONNULL;
/* A file of this size is there. */
bool	 store_has(const char *dir, const char *sha256, int64_t size)
	    NONNULL MUST_CHECK;

/* --- For `bobbin jobs` and `bobbin check` */

/*
 * Keeps every writer between store_commit() and store_end() out, until
 * store_unlock().  -1: some are there and stay, or the store is not usable.
 */
int	 store_lock(const char *dir) NONNULL MUST_CHECK;
/* One process of jobs at a time; -1 if another has it for that long. */
int	 store_job(const char *dir, int seconds) NONNULL MUST_CHECK;
void	 store_unlock(int);
/* When a file was written last; 0: it is not there. */
time_t	 store_changed(const char *dir, const char *sha256) NONNULL;
/* True: it is gone, or was not there. */
bool	 store_remove(const char *dir, const char *sha256) NONNULL MUST_CHECK;
/* Removes what dead writers left in DIR/tmp before that time; how many. */
unsigned store_sweep(const char *dir, time_t before) NONNULL;
/* Reads a file whole.  RC_NOTFOUND, RC_DOWN; size may differ from the row's. */
enum rc	 store_hash(const char *dir, const char *sha256,
	    char out[STORE_SHA + 1], int64_t *size) NONNULL MUST_CHECK;
/* All files whose first byte is part, until fn returns false: then false. */
bool	 store_each(const char *dir, unsigned part,
	    bool (*fn)(void *, const char *sha256, time_t changed), void *)
	    MUST_CHECK;

#endif
