#ifndef API_CHATKIT_H
#define API_CHATKIT_H

#include "base/text.h"
#include "codec/json.h"
#include "http/req.h"

/*
 * What ChatKit's store and its protocol share: names, failures, pages.
 */

/* The uuid of a thread made here, as long as no other face had it before. */
void	 ck_thread_uuid(const char *owner, const char *thread,
	    char out[UUID_TEXT + 1]) NONNULL;
/*
 * A document's created_at as a time for PostgreSQL: ISO 8601 with 'T' or a
 * blank, up to nine decimals, and Z, an offset, or nothing, which is UTC.
 */
bool	 ck_time(struct arena *, const char *, size_t, char out[32]) NONNULL;
/* {"…","…"} of PostgreSQL. */
const char *ck_array(struct arena *, const char *const *, size_t);

/* 404 in the face's words; thread NULL: of no thread in particular. */
enum rc	 ck_no_thread(struct req *, const char *thread) NONNULL;
enum rc	 ck_no_item(struct req *, const char *item, const char *thread);
enum rc	 ck_no_attachment(struct req *, const char *) NONNULL;
/* X-Bobbin-Thread-Key. */
void	 ck_key(struct req *, const char *key) NONNULL;

/*
 * The members that a document's envelope needs beyond their types: the id is
 * the path's (NULL: there is none), created_at (NULL: not asked for) a time.
 */
enum rc	 ck_envelope(struct req *, const char *id,
	    const struct value *given, const struct value *created,
	    char time[32]) MUST_CHECK;

/*
 * A page of threads or items, written to r->out as its rows come: at most
 * limit of them, and none but the first beyond 16 MiB of documents.
 */
struct ck_page {
	/* Asked for. */
	int64_t		 limit;
	bool		 ascending;
	const char	*after;		/* NULL or "": from the beginning */
	bool		 protocol;	/* its client: "after" never null */
	/* Writes an element; hidden ones not. */
	void		(*put)(struct req *, const char *type,
			    struct json_span);
	/* Writes what stands before the page of a thread, or NULL. */
	void		(*open)(struct buf *, struct json_span);

	/* Found out. */
	struct req	*r;
	bool		 head, known, more, cut;
	size_t		 rows, bytes;
	const char	*key;		/* of the thread, or NULL */
	const char	*last;		/* id of the last row */
};

/* What a store's query asks for. */
enum rc	 ck_take_page(struct req *, struct ck_page *) MUST_CHECK;
/* RC_NOTFOUND, with its words, of an unknown after. */
enum rc	 ck_page_threads(struct req *, struct ck_page *) MUST_CHECK;
/* The same; a thread that is missing has an empty page and no head. */
enum rc	 ck_page_items(struct req *, struct ck_page *, const char *thread)
	    MUST_CHECK;
/* What an element of the store's pages is: the document. */
void	 ck_put_document(struct req *, const char *type, struct json_span);
/* "has_more" and "after", behind the data. */
void	 ck_page_end(struct buf *, bool more, const char *last, bool protocol);

#endif
