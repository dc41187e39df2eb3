#ifndef UNIT_FORGE_H
#define UNIT_FORGE_H

#include <openssl/evp.h>

#include "base/buf.h"
#include "codec/jwk.h"

/* Keys made once a run, and tokens that sign whatever they are told to. */
enum forge_key {
	F_RSA, F_RSA_OTHER, F_RSA_1024, F_EC, F_EC_OTHER, F_P384, F_ED,
	F_ED_OTHER, F__MAX
};

#define FORGE_SECRET	"0123456789abcdef0123456789abcdef"

EVP_PKEY	*forge_key(enum forge_key);
/* The public JWK; more: further members, such as ",\"use\":\"enc\"". */
char		*forge_jwk(enum forge_key, const char *more);
/* {"keys":[ … ]} of texts up to a NULL; frees none of them. */
char		*forge_set(const char *, ...);
/* Signature bytes; HS256 takes FORGE_SECRET.  Their number is returned. */
size_t		 forge_sign(enum jwk_alg, enum forge_key, const void *, size_t,
		    unsigned char sig[JWK_SIG_MAX]);
/* A token; JSON is signed as it is.  For free(). */
char		*forge_token(const char *header, const char *claims,
		    enum jwk_alg, enum forge_key);
/* A token around a signature of the caller's; NULL: an empty one. */
char		*forge_with(const char *header, const char *claims,
		    const void *sig, size_t);

#endif
