#ifndef CODEC_EAX_H
#define CODEC_EAX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/rc.h"

#define EAX_OVERHEAD	32	/* nonce and tag, before the ciphertext */

/* 16, 24 or 32 bytes. */
bool	eax_key_ok(size_t keylen) MUST_CHECK;
/*
 * Opens nonce (16), tag (16), ciphertext under AES-EAX with an empty header;
 * out takes n - EAX_OVERHEAD bytes.  False, nothing decrypted: too short, a
 * wrong tag, a key of no AES length, or no AES in this OpenSSL.
 */
bool	eax_open(const void *key, size_t keylen, const void *sealed, size_t n,
	    void *out) NONNULL MUST_CHECK;

#endif
