#ifndef CODEC_JWS_H
#define CODEC_JWS_H

#include "base/arena.h"
#include "base/buf.h"
#include "codec/jwk.h"

#define JWS_MAX		8192	/* bytes of a compact token */
#define JWS_DEPTH	8	/* of the JSON in header and claims */

enum jws_err {
	JWS_OK,
	JWS_SIZE,		/* empty, or more than JWS_MAX */
	JWS_SEGMENTS,		/* not three */
	JWS_BASE64,
	JWS_HEADER,		/* not a strict JSON object */
	JWS_CLAIMS,		/* likewise */
	JWS_CRIT,		/* crit or b64: RFC 7515, 4.1.11 */
	JWS_ALG,		/* none, not a string, or not one of ours */
	JWS_KID,		/* not 1..128 printable bytes */
	JWS_KEY,		/* alg is not the key's */
	JWS_SIGNATURE,
	JWS__MAX
};

/* A compact token taken apart; everything lives in the arena. */
struct jws {
	struct json_object *header;
	enum jwk_alg	 alg;		/* from jws_header() on */
	const char	*kid;		/* likewise; NULL: none */
	const char	*input;		/* what is signed: inside the token */
	size_t		 inputlen;
	char		*payload;
	size_t		 payloadlen;
	unsigned char	*sig;
	size_t		 siglen;
};

/*
 * In this order, so that the first fault is the one that is told.  jws_open:
 * size and segments before anything is decoded, then base64url, then the
 * header as strict JSON.  Nothing of it is trusted yet.
 */
enum jws_err	 jws_open(struct arena *, const char *, size_t, struct jws *)
		    NONNULL MUST_CHECK;
/* The payload as a strict JSON object. */
enum jws_err	 jws_claims(struct arena *, const struct jws *,
		    struct json_object **) NONNULL MUST_CHECK;
/* alg and kid; keys in the header (jwk, jku, x5u, x5c) are not looked at. */
enum jws_err	 jws_header(struct jws *) NONNULL MUST_CHECK;
enum jws_err	 jws_check(const struct jws *, const struct jwk *) NONNULL
		    MUST_CHECK;
/* Cleanses what jws_open() decoded, on every path. */
void		 jws_wipe(struct jws *) NONNULL;

/* The key's algorithm over a message; the signature's length is part of it. */
bool		 jws_verify(const struct jwk *, const void *msg, size_t,
		    const unsigned char *sig, size_t) NONNULL MUST_CHECK;
/* SHA-256, with a digest that is fetched once per process. */
bool		 jws_sha256(const void *, size_t, unsigned char out[32])
		    NONNULL MUST_CHECK;
/* Appends a compact HS256 token over the claims' JSON. */
bool		 jws_mint(struct buf *, const char *claims, size_t,
		    const struct jwk *secret) NONNULL MUST_CHECK;

#endif
