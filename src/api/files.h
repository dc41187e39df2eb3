#ifndef API_FILES_H
#define API_FILES_H

#include "core/store.h"
#include "http/req.h"

/* A file that came with a request, as it was sent: nothing here is checked. */
struct file_in {
	struct store_put put;		/* put.size counts in any case */
	const char	*name;		/* NULL: it has none */
	const char	*type;		/* as declared, or NULL */
	bool		 form;		/* multipart/form-data */
	unsigned	 files;		/* parts named `file` */
};

/*
 * Reads the whole body of an RF_FILE route, 64 KiB at a time, into the store
 * (keep) or nowhere; store_end() comes by itself with the arena.  Of a form,
 * the text parts that table knows become r->body, as if they had been a JSON
 * body's members; a file is a part called `file`, which must have a file name
 * if named is true, and of several only the first is kept.  Of any other type
 * the body is the file, named by Content-Disposition.
 *
 * Then: check nfaults and files, store_commit(), the row, store_end().
 */
enum rc	file_receive(struct req *, struct file_in *,
	    const struct field *table, bool named, bool keep) MUST_CHECK;
/* store_commit(), with the right words for the client. */
enum rc	file_commit(struct req *, struct file_in *) MUST_CHECK;

/* A file to send, by a row that the caller may read. */
struct file_out {
	const char	*sha256, *name, *mime;
	int64_t		 size;
	bool		 on_disk, in_s3, missing;	/* by blob_find() */
	bool		 attach;	/* a download, whatever it is */
	bool		 image;		/* shown, whatever it is */
};
/*
 * Hands a GET or HEAD to nginx, or to S3 by a presigned link; 304 if the client
 * has it; RC_GONE if nobody has.  Sets all headers.  nginx asks again, once,
 * for a file that went to S3 in between.
 */
enum rc	file_reply(struct req *, const struct file_out *) MUST_CHECK;

#endif
