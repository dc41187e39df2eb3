/* fuzz_link.c: the input as the token of a link, and as what it is for. */
#include "config.h"

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "auth/link.h"

#define ID	"11111111-2222-3333-4444-555555555555"
#define END	1700086400

static char	 secret[] = "fixed-secret-key-for-development";
static char	*secrets[] = { secret };
static const struct list	 ours = { secrets, 1 };

/* What it opens it opens for this id and purpose alone. */
static void
as_token(const char *token)
{
	enum link_purpose	p;
	unsigned		opened = 0;
	char			id[UUID_TEXT + 1];

	for (p = 0; p < LINK__MAX; p++) {
		if (link_open(&ours, p, END, token, id, sizeof(id)) ==
		    LINK_OK && link_verify(&ours, p, id, END, token) != LINK_OK)
			abort();
		if (link_verify(&ours, p, ID, END, token) != LINK_OK)
			continue;
		opened++;
		if (link_verify(&ours, p, "other", END, token) != LINK_OTHER)
			abort();
	}
	if (opened > 1)
		abort();
}

static void
as_id(const char *id)
{
	struct buf	b = { .max = 4096 };

	if (link_sign(&ours, LINK_UPLOAD, id, END, &b)) {
		buf_chr(&b, '\0');
		if (link_verify(&ours, LINK_UPLOAD, id, END, b.p) != LINK_OK)
			abort();
		if (link_verify(&ours, LINK_UPLOAD, id, END + 1, b.p) !=
		    LINK_EXPIRED)
			abort();
		if (link_verify(&ours, LINK_PREVIEW, id, END, b.p) !=
		    LINK_OTHER)
			abort();
	}
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char	*s = strndup((const char *)data, len);

	if (s == NULL)
		abort();
	as_token(s);
	as_id(s);
	free(s);
	return 0;
}
