#ifndef API_V1_H
#define API_V1_H

#include "codec/json.h"
#include "http/req.h"

/* What the handlers of /api/v1 share. */

/* The thread as a UUID where it may be called by that, else NULL. */
const char	*v1_uuid(const char *thread) NONNULL;
/* A member of the body as the client wrote it; it is a string. */
const char	*v1_written(const struct req *, const char *name) NONNULL;
/* 404: "Thread not found: <id>", and so on. */
enum rc		 v1_missing(struct req *, const char *what, const char *id)
		    NONNULL;
/* 409: the id stands for something else. */
enum rc		 v1_other(struct req *, const char *what, const char *id)
		    NONNULL;
/* A field byte for byte, {} for SQL NULL. */
void		 v1_document(struct buf *, const struct db_res *, size_t row,
		    int col) NONNULL;

/*
 * The row behind which a list goes on: microseconds, and an id.  NULL: it
 * begins.  Writing one ends it with a tab; reading is false for what cannot be
 * one, "-" is a list that is done with.
 */
struct place {
	bool		 done;
	const char	*at, *id;
};
enum place_id { PLACE_UUID, PLACE_NUMBER };
void		 place_write(struct buf *, const struct place *) NONNULL;
bool		 place_read(char **text, enum place_id, struct place *)
		    NONNULL MUST_CHECK;

#define PAGE_MAX	((size_t)16 << 20)
#define PAGE_BYTES	"16777216"

/*
 * A page of lists, held to PAGE_MAX bytes, though each list keeps its first
 * row.  Rows are put in the order in which they were fetched; with back they
 * stand in the page the other way round.
 */
struct page {
	struct buf	*out;
	size_t		 used;
	bool		 back;
};
typedef void	page_row(struct buf *, const void *ctx, size_t i);
/* Adds `"name":[…]`, n rows if they fit; returns how many did. */
size_t		 page_list(struct page *, const char *name, size_t n,
		    page_row *, const void *ctx) NONNULL;

/* Columns of conversation_messages. */
enum { MSG_ID, MSG_ROLE, MSG_CONTENT, MSG_CREATED, MSG_TOOL, MSG_ITEM,
    MSG_FITS, MSG_AT, MSG_SEQ };
/* The first five of them stand from col on; item: it is one of ChatKit's. */
void		 v1_message(struct buf *, const struct db_res *, size_t row,
		    int col, bool item) NONNULL;
/*
 * A message's content, text and parts: the text of what is stored, and, unless
 * it is a mere string, the whole.  With every, each element's text counts.
 */
void		 v1_text(struct buf *, struct json_span stored, bool every)
		    NONNULL;
void		 v1_parts(struct buf *, struct json_span stored) NONNULL;

/* Columns of toolcall_put, toolcall_show and toolcall_list. */
enum { CALL_OUTCOME, CALL_OUTSIDE, CALL_THREAD, CALL_ID, CALL_METADATA = 16,
    CALL_UPDATED, CALL_FITS, CALL_AT };
/* The members of a ToolCall, and with thread those of its thread. */
void		 v1_call(struct buf *, const struct db_res *, size_t row,
		    bool thread) NONNULL;

#endif
