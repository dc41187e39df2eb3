#ifndef CODEC_CKCALL_H
#define CODEC_CKCALL_H

#include "base/arena.h"
#include "codec/json.h"

/* The request types of ChatKit's protocol, POST /chatkit. */
enum ck_type {
	CK_THREAD_GET, CK_THREAD_LIST, CK_ITEM_LIST, CK_FEEDBACK,
	CK_THREAD_UPDATE, CK_THREAD_DELETE,
	CK_ATTACHMENT_CREATE, CK_ATTACHMENT_DELETE,
	/* from here on the agent's */
	CK_THREAD_CREATE, CK_USER_MESSAGE, CK_TOOL_OUTPUT,
	CK_STRUCTURED_INPUT, CK_RETRY, CK_ACTION, CK_SYNC_ACTION,
	CK_TRANSCRIBE,
	CK__MAX
};

/* Strings, NULL-terminated. */
struct ck_list {
	const char	**v;
	size_t		 n;
};

/* Parameters as the type has them; NULL, 0 for what was not given. */
struct ck_params {
	const char	*thread_id, *item_id, *attachment_id;
	const char	*after;
	const char	*title, *name, *mime_type;
	int64_t		 limit, size;
	int64_t		 ascending;	/* order: 0 or 1 */
	int64_t		 positive;	/* kind: 0 or 1 */
	struct ck_list	 item_ids, attachments;
};

/*
 * Of a body that json_scan() has accepted.  CK__MAX: no such type; *why says
 * it, as "<path>: <reason>".
 */
enum ck_type	 ckcall_type(struct arena *, struct json_span,
		    const char **why) NONNULL;
/* Its parameters; NULL, or what is wrong. */
const char	*ckcall_params(struct arena *, struct json_span, enum ck_type,
		    struct ck_params *) NONNULL;

/*
 * Rows of a page: 20 for 0, at most 10000.  False: not a decimal integer from
 * 0 on, of whatever length.
 */
bool		 ckcall_limit(const char *, size_t, int64_t *) NONNULL;

#endif
