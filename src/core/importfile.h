#ifndef CORE_IMPORTFILE_H
#define CORE_IMPORTFILE_H

#include "core/store.h"

/* Where files come from, and whereto: keep() and done() of an import_step. */
struct import_file {
	const char	*from;		/* DIR/ab/cd/<sha256>; NULL: nowhere */
	const char	*to;		/* BLOBSTORE_DIR */
	struct store_put put;		/* the one at hand */
};
/*
 * A row with "sha256" and "size": its file is in the store afterwards.
 * RC_NOTFOUND: there is none, or its bytes are others.
 */
enum rc	 import_file_keep(void *, const char *row) MUST_CHECK;
void	 import_file_done(void *);

#endif
