/* fuzz_fernet.c: the input as a sealed text, and as a text to seal. */
#include "config.h"

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "codec/fernet.h"

#define KEY	"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static void
comes_back(const struct fernet *f, const char *p, size_t len)
{
	static const unsigned char	iv[FERNET_IV];
	struct buf			s = { .max = 1 << 20 };
	struct buf			b = { .max = 1 << 20 };

	if (len <= 4096 && (fernet_token(f, 0, iv, p, len, &s) != FERNET_OK ||
	    fernet_open(f, s.p, s.len, &b, NULL) != FERNET_OK ||
	    b.len != len || (len > 0 && memcmp(b.p, p, len) != 0)))
		abort();
	buf_free(&s);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct fernet	*f;
	struct buf		 b = { .max = 1 << 20 };
	const char		*p = (const char *)data;
	size_t			 which = 9;

	if (f == NULL && ((f = fernet_new()) == NULL ||
	    !fernet_add(f, KEY, strlen(KEY))))
		abort();
	if (fernet_open(f, p, len, &b, &which) == FERNET_OK ?
	    which != 0 || b.len >= len : which != 9 || b.len != 0)
		abort();
	buf_free(&b);
	comes_back(f, p, len);
	return 0;
}
