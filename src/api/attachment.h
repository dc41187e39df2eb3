#ifndef API_ATTACHMENT_H
#define API_ATTACHMENT_H

#include "base/text.h"
#include "codec/ckcall.h"
#include "codec/json.h"
#include "http/req.h"

/*
 * ChatKit's attachments: documents and links, for the Store, the protocol and
 * the routes of files.  All documents here have passed json_scan().
 */

/* attachments.create of POST /chatkit. */
enum rc	 attachment_create(struct req *, const struct ck_params *);

/*
 * The uuid of a row that is made here.  It tells nothing, but a link to it can
 * be made, and made for its owner alone, without a look at the row.
 */
void	 attachment_uuid(const char *owner, const char *id,
	    char out[UUID_TEXT + 1]) NONNULL;
/* The document of a new one; waiting: for its bytes, with a link for them. */
const char *attachment_document(struct req *, const char *id,
	    const char *name, const char *mime_type, bool waiting) NONNULL;

/* An attachment as the client gets it, of its document. */
void	 attachment_write(struct req *, struct json_span doc);
/*
 * A preview_url of a document, a string with its quotes: if it is this
 * server's, and an attachment's of the request's owner, with a fresh token;
 * else as it is.
 */
void	 attachment_preview(struct req *, struct buf *, struct json_span url);

/* NULL, or what is wrong with them. */
const char *attachment_name_fault(const char *) NONNULL;
const char *attachment_type_fault(const char *) NONNULL;
/* Types that have a preview. */
bool	 attachment_is_image(const char *mime_type) NONNULL;

#endif
