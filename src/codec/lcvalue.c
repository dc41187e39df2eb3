/* lcvalue.c: one stored value, by its type column, to JSON. */
#include "config.h"

#include "codec/lcvalue.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "codec/eax.h"
#include "codec/lcjson.h"
#include "codec/msgpack.h"

enum form { F_NULL, F_EMPTY, F_BYTES, F_MSGPACK, F_JSON, F_FOREIGN };

static enum form
form_of(const char *type)
{
	static const struct {
		const char	*type;
		enum form	 form;
	} forms[] = {
		{ "msgpack", F_MSGPACK }, { "json", F_JSON },
		{ "null", F_NULL }, { "empty", F_EMPTY },
		{ "bytes", F_BYTES }, { "bytearray", F_BYTES },
	};
	size_t	i;

	for (i = 0; i < nitems(forms); i++)
		if (strcmp(type, forms[i].type) == 0)
			return forms[i].form;
	return F_FOREIGN;
}

static enum outcome
raw_bytes(const struct lc_blob *b, struct buf *out)
{
	size_t	mark = out->len;

	if (b->n > out->max)
		return OUT_TOO_LARGE;
	buf_chr(out, '"');
	b64_encode(out, b->p, b->n);
	buf_chr(out, '"');
	if (!out->over)
		return OUT_VALUE;
	buf_cut(out, mark);
	out->over = false;
	return OUT_TOO_LARGE;
}

static enum outcome
plain(const struct lc_blob *b, const struct lc_opts *o, unsigned flags,
    struct buf *out)
{
	enum form	form = form_of(b->type);

	if (form == F_EMPTY)
		return OUT_EMPTY;
	if (form == F_FOREIGN)
		return OUT_TYPE;
	if (form == F_NULL) {
		buf_str(out, "null");
		return OUT_VALUE;
	}
	if (b->p == NULL)
		return OUT_TOO_LARGE;
	if (form == F_MSGPACK)
		return mp_json(b->p, b->n, &o->limits, flags, out);
	if (form == F_JSON)
		return lj_json(b->p, b->n, &o->limits, 0, out);
	return raw_bytes(b, out);
}

/* type+cipher: the plaintext lives only as long as it is decoded. */
static enum outcome
sealed(const struct lc_blob *b, const char *plus, const struct lc_opts *o,
    unsigned flags, struct buf *out)
{
	struct lc_blob	 in;
	char		*type, *p;
	enum outcome	 rc = OUT_CIPHER;

	if (b->p == NULL)
		return OUT_TOO_LARGE;
	if (strcmp(plus, "+aes") != 0 || o->key == NULL ||
	    b->n < EAX_OVERHEAD)
		return OUT_CIPHER;
	type = strndup(b->type, (size_t)(plus - b->type));
	p = malloc(b->n);
	if (type == NULL || p == NULL)
		rc = OUT_TOO_LARGE;
	else if (eax_open(o->key, o->keylen, b->p, b->n, p)) {
		in.type = type;
		in.p = p;
		in.n = b->n - EAX_OVERHEAD;
		rc = plain(&in, o, flags, out);
	}
	if (p != NULL)
		OPENSSL_cleanse(p, b->n);
	free(p);
	free(type);
	return rc;
}

enum outcome
lc_value(const struct lc_blob *b, const struct lc_opts *o, unsigned flags,
    struct buf *out)
{
	static const struct lc_blob	 none = { "null", NULL, 0 };
	const char			*plus;

	if (b->type == NULL)
		return plain(&none, o, flags, out);
	if ((plus = strchr(b->type, '+')) != NULL)
		return sealed(b, plus, o, flags, out);
	return plain(b, o, flags, out);
}
