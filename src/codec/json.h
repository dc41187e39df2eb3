#ifndef CODEC_JSON_H
#define CODEC_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

enum json_err {
	JSON_OK,
	JSON_EMPTY,
	JSON_UTF8,
	JSON_SYNTAX,
	JSON_TAIL,
	JSON_DEPTH,
	JSON_MANY,		/* objects and arrays, for their memory */
	JSON_DUPLICATE,
	JSON_NUL,		/* U+0000, raw or escaped */
	JSON_SURROGATE,		/* a lone one */
	JSON_RANGE,		/* a number beyond a double's range */
	JSON__MAX
};

/*
 * Strict prescan (RFC 8259): json-c alone lets much pass.  Any value may
 * stand at the top.  Time n log n in len at worst, memory linear; depth counts
 * objects and arrays, 1024 at most.  There may be 65536 of them in all.
 */
enum json_err	 json_scan(const char *, size_t len, unsigned depth)
		    NONNULL MUST_CHECK;
/* A reason in words, for "Malformed JSON: <why>". */
const char	*json_why(enum json_err);
/* Prescan, then json-c; the object is put by the arena. */
enum json_err	 json_parse(struct arena *, const char *, size_t len,
		    unsigned depth, struct json_object **) NONNULL MUST_CHECK;

/*
 * A value within a text that json_scan() has accepted, without the blanks
 * around it: the client's own bytes.  All that follows trusts that scan.
 */
struct json_span {
	const char	*p;
	size_t		 n;
};

/* Walks over the members of an object, or the elements of an array. */
struct json_iter {
	const char	*p, *end;
};

/* The one value of a whole text. */
struct json_span json_whole(const char *, size_t) NONNULL;
/* Of a value that is neither object nor array the walk is empty. */
struct json_iter json_walk(struct json_span);
/*
 * The next one.  key is the string with its quotes, for json_is() and
 * json_unescape(); its p is NULL in an array.  False at the end.
 */
bool		 json_next(struct json_iter *, struct json_span *key,
		    struct json_span *value) NONNULL;
/* The member of an object by its decoded name; false if there is none. */
bool		 json_member(struct json_span object, const char *name,
		    struct json_span *value) NONNULL;
/* A string, its quotes included, means just this text. */
bool		 json_is(struct json_span, const char *) NONNULL;
/*
 * What stands between a string's quotes, decoded: n bytes of room are enough.
 * Returns the length; adds no NUL.
 */
size_t		 json_unescape(const char *, size_t n, char *out) NONNULL;

/*
 * Writing, straight into a buffer.  Commas come by themselves: a member or an
 * element is preceded by one unless the last byte opens something.
 */
void	jw_open(struct buf *, char) NONNULL;	/* '{' or '[' */
void	jw_close(struct buf *, char) NONNULL;	/* '}' or ']' */
void	jw_key(struct buf *, const char *) NONNULL;	/* ASCII, no escapes */
void	jw_key_n(struct buf *, const char *, size_t) NONNULL; /* any UTF-8 */
void	jw_str(struct buf *, const char *, size_t) NONNULL;
void	jw_cstr(struct buf *, const char *);		/* NULL: null */
void	jw_int(struct buf *, int64_t) NONNULL;
void	jw_double(struct buf *, double) NONNULL;	/* not finite: null */
void	jw_bool(struct buf *, bool) NONNULL;
void	jw_null(struct buf *) NONNULL;
void	jw_raw(struct buf *, const char *, size_t) NONNULL;
/* PLAIN and NOSLASHESCAPE. */
void	jw_obj(struct buf *, struct json_object *);
/* Shorthands: key and value. */
void	jw_kstr(struct buf *, const char *k, const char *v);
void	jw_kint(struct buf *, const char *k, int64_t) NONNULL;
void	jw_kbool(struct buf *, const char *k, bool) NONNULL;

#endif
