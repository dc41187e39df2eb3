#ifndef CODEC_CKDOC_H
#define CODEC_CKDOC_H

#include "base/arena.h"
#include "base/buf.h"
#include "codec/json.h"

/*
 * ChatKit's documents: stored as they came, and what its client is shown of
 * them.  All texts here have passed json_scan().
 */

/* An item that the client never sees. */
bool	ckdoc_hidden(const char *type) NONNULL;
/* "user", "assistant", or NULL: what an item of this type says as. */
const char *ckdoc_role(const char *type) NONNULL;
/*
 * The text of a message: that of all its content's parts, without separator.
 * NULL for what is no message.
 */
char	*ckdoc_plain(struct arena *, const char *type, struct json_span)
	    NONNULL;

/*
 * Writes what stands for the preview_url, a string, of an attachment within a
 * message; without fn it goes out as it is.
 */
struct ckdoc_links {
	void	(*fn)(void *, struct buf *, struct json_span url);
	void	*arg;
};
/*
 * An item as the client gets it: without null members, at every depth but
 * within free values; of an unknown type only the members at the top.
 */
void	ckdoc_item(struct buf *, const char *type, struct json_span,
	    const struct ckdoc_links *) NONNULL;
/* A thread likewise; open, behind "items":, whose page the caller writes. */
void	ckdoc_thread(struct buf *, struct json_span) NONNULL;

/*
 * Where a thread's title stands, in characters from 1 on: at and length of
 * the value; without one length is 0, and at is where ,"title":… can be put.
 */
struct ckdoc_title {
	size_t	at, length;
};
struct ckdoc_title ckdoc_title(const char *, size_t) NONNULL;

/* An attachment's document, with null as upload_descriptor if it has one. */
const char *ckdoc_uploaded(struct arena *, const char *, size_t) NONNULL;

#endif
