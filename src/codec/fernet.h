#ifndef CODEC_FERNET_H
#define CODEC_FERNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define FERNET_KEY	32	/* bytes: 16 that sign, 16 that encrypt */
#define FERNET_IV	16
#define FERNET_KEY_TEXT	44	/* characters of a key, without a NUL */
#define FERNET_KEYS	32	/* in one ring */

enum fernet_err {
	FERNET_OK,
	FERNET_FORM,		/* no token: base64, length, version */
	FERNET_KEYLESS,		/* no key of the ring signed it */
	FERNET_PADDING,		/* signed, but no text within */
	FERNET_FAIL,		/* memory */
	FERNET__MAX
};

/* Keys by which text is sealed (the first) and opened (any of them). */
struct fernet;

struct fernet	*fernet_new(void) MUST_CHECK;
/* Wipes the keys. */
void		 fernet_free(struct fernet *);
/* One more key, urlsafe base64.  False: it is none, or there are too many. */
bool		 fernet_add(struct fernet *, const char *, size_t)
		    NONNULL MUST_CHECK;
size_t		 fernet_keys(const struct fernet *) NONNULL;

/* A new key, terminated; false without random bytes. */
bool		 fernet_generate(char out[FERNET_KEY_TEXT + 1])
		    NONNULL MUST_CHECK;

/*
 * The token of a text (Fernet, version 0x80), of now and a random IV, in the
 * form that is stored: its text, once more in standard base64.
 */
enum fernet_err	 fernet_seal(const struct fernet *, const char *, size_t,
		    struct buf *out) NONNULL MUST_CHECK;
/*
 * The text of a token, in the stored form or bare, however old it is; with
 * *which, if wanted, the place of its key, 0 for the one that seals.  Free out
 * by fernet_wipe().
 */
enum fernet_err	 fernet_open(const struct fernet *, const char *, size_t,
		    struct buf *out, size_t *which)
		    __attribute__((nonnull(1, 2, 4))) MUST_CHECK;

/* buf_free(), and nothing stays of what it held. */
void		 fernet_wipe(struct buf *) NONNULL;

/* The bare token of that time and IV: for test vectors alone. */
enum fernet_err	 fernet_token(const struct fernet *, int64_t now,
		    const unsigned char iv[FERNET_IV], const char *, size_t,
		    struct buf *out) NONNULL MUST_CHECK;

#define MASK_MAX	24
/* What may be shown of a key: "sk-...abcdef". */
void		 mask_key(const char *, char out[MASK_MAX]) NONNULL;
/* A text that some page may have taken from a mask: never to be sealed. */
bool		 mask_like(const char *) NONNULL MUST_CHECK;

#endif
