#ifndef BASE_B64_H
#define BASE_B64_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * base64url without padding (RFC 7515, 2): no '=', '+', '/', white space;
 * canonical last bits; length mod 4 is not 1.  out takes len / 4 * 3 + 2
 * bytes.  False leaves out undefined.
 */
bool	b64url_decode(const char *, size_t len, void *out, size_t *outlen)
	    NONNULL MUST_CHECK;
void	b64url_encode(struct buf *, const void *, size_t) NONNULL;
/* The same alphabet with padding, strict likewise; as Fernet has it. */
bool	b64url_decode_padded(const char *, size_t len, void *out,
	    size_t *outlen) NONNULL MUST_CHECK;
void	b64url_encode_padded(struct buf *, const void *, size_t) NONNULL;
/* base64 with padding (RFC 4648, 4), strict likewise. */
bool	b64_decode(const char *, size_t len, void *out, size_t *outlen)
	    NONNULL MUST_CHECK;
void	b64_encode(struct buf *, const void *, size_t) NONNULL;

#endif
