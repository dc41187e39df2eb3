/* studio_keys.c: an owner's API keys, sealed; shown as masks (seed 002). */
#include "config.h"

#include "api/studio.h"

#include <openssl/crypto.h>
#include <string.h>

#include "api/api.h"
#include "base/text.h"
#include "codec/fernet.h"
#include "codec/json.h"
#include "http/fault.h"
#include "http/reply.h"

#define KEY_MAX		512	/* characters */
#define SEALED_MAX	2048	/* a key that is stored */

enum { OPENAI, ANTHROPIC, KEYS };	/* columns of the statements, too */
static const char *const names[KEYS] = { "openai_key", "anthropic_key" };

/* What is to become of a key. */
struct order {
	enum { LEAVE, CLEAR, SEAL } what;
	const char	*text;
};

static enum rc
no_ring(struct req *r)
{
	return fail(r, RC_NOAGENT, "Encryption key is not configured");
}

static void
free_buf(void *arg)
{
	struct buf	*b = arg;

	if (b->p != NULL)
		OPENSSL_cleanse(b->p, b->cap);
	buf_free(b);
}

static struct buf *
new_buf(struct req *r)
{
	struct buf	*b = arena_alloc(r->arena, sizeof(*b));

	buf_init(b, SEALED_MAX);
	arena_cleanup(r->arena, free_buf, b);
	return b;
}

/* A stored key, terminated; NULL: no key of ours opens it. */
static const char *
open_key(struct req *r, const struct db_res *row, int c)
{
	struct buf	*b = new_buf(r);

	if (fernet_open(r->app->ring, res_str(row, 0, c), res_len(row, 0, c),
	    b, NULL) != FERNET_OK)
		return NULL;
	buf_chr(b, '\0');
	if (b->over || strlen(b->p) + 1 != b->len ||
	    !utf8_valid(b->p, b->len - 1))
		return NULL;
	return b->p;
}

/* What a page gets to see of a stored key. */
static void
show(struct req *r, const struct db_res *row, int c, char mask[MASK_MAX])
{
	const char	*key = open_key(r, row, c);

	if (key != NULL)
		mask_key(key, mask);
	else
		strcpy(mask, "***");
}

static enum rc
write_masks(struct req *r, const struct db_res *row)
{
	char	mask[MASK_MAX];
	int	c;

	jw_open(r->out, '{');
	for (c = 0; c < KEYS; c++) {
		jw_key(r->out, names[c]);
		if (res_rows(row) == 0 || res_null(row, 0, c)) {
			jw_null(r->out);
			continue;
		}
		show(r, row, c, mask);
		jw_cstr(r->out, mask);
	}
	jw_close(r->out, '}');
	return reply(r, 200);
}

/* GET /api/users/{user_id}/api-keys. */
enum rc
studio_keys(struct req *r)
{
	struct db_res	*row;
	enum rc		 rc;

	if ((rc = studio_owner(r, &r->arg[0])) != RC_OK ||
	    (rc = db_run(r->db, &row, Q_STUDIO_KEYS)) != RC_OK)
		return rc;
	return write_masks(r, row);
}

/* --- Changing them.  What was sent is never shown again: no input. */

static bool
is_key(const char *s, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return false;
	return n > 0 && n <= KEY_MAX;
}

static void
take_key(struct req *r, int c, struct order *o)
{
	struct at		 at = { .r = r, .where = AT_BODY,
				    .name = names[c] };
	struct json_object	*v;
	const char		*s;
	size_t			 n;

	o->what = LEAVE;
	if (!json_object_object_get_ex(r->doc, names[c], &v))
		return;
	o->what = CLEAR;
	if (v == NULL)
		return;
	if (!json_object_is_type(v, json_type_string)) {
		fault_add(&at, E_STRING, 0, NULL);
		return;
	}
	s = json_object_get_string(v);
	if ((n = (size_t)json_object_get_string_len(v)) == 0)
		return;
	o->what = SEAL;
	text_trim(&s, &n);
	if (is_key(s, n))
		o->text = arena_memdup(r->arena, s, n);
	else
		fault_add(&at, E_VALUE, 0, "API key must have 1 to 512 "
		    "printable ASCII characters and no space");
}

static enum rc
take_body(struct req *r, struct order order[KEYS])
{
	struct at	at = { .r = r, .where = AT_BODY };
	int		c;

	if (!json_object_is_type(r->doc, json_type_object))
		fault_add(&at, E_BODY, 0, NULL);
	else
		for (c = 0; c < KEYS; c++)
			take_key(r, c, &order[c]);
	return r->nfaults > 0 ? RC_INVALID : RC_OK;
}

/* Pages send the masks back that they were shown. */
static enum rc
drop_masks(struct req *r, struct order order[KEYS], const struct db_res *row)
{
	char	mask[MASK_MAX];
	int	c;

	for (c = 0; c < KEYS; c++) {
		if (order[c].what != SEAL)
			continue;
		*mask = '\0';
		if (res_rows(row) > 0 && !res_null(row, 0, c))
			show(r, row, c, mask);
		if (strcmp(order[c].text, mask) == 0)
			order[c].what = LEAVE;
		else if (mask_like(order[c].text))
			fields_refuse(r, AT_BODY, names[c], NULL,
			    "API key is masked");
	}
	return r->nfaults > 0 ? RC_INVALID : RC_OK;
}

static enum rc
seal(struct req *r, struct order *o)
{
	struct buf	*b;

	if (o->what != SEAL)
		return RC_OK;
	b = new_buf(r);
	if (fernet_seal(r->app->ring, o->text, strlen(o->text), b) !=
	    FERNET_OK)
		return RC_FAIL;
	buf_chr(b, '\0');
	o->text = b->p;
	return b->over ? RC_FAIL : RC_OK;
}

static const char *
sealed(const struct order *o)
{
	return o->what == SEAL ? o->text : NULL;
}

static enum rc
save(struct req *r, struct order *o, struct db_res *row)
{
	enum rc	rc;

	if (o[OPENAI].what == LEAVE && o[ANTHROPIC].what == LEAVE)
		return write_masks(r, row);
	if ((rc = seal(r, &o[OPENAI])) != RC_OK ||
	    (rc = seal(r, &o[ANTHROPIC])) != RC_OK)
		return rc;
	rc = db_one(r->db, &row, Q_STUDIO_KEYS_PUT,
	    o[OPENAI].what != LEAVE ? "t" : "f", sealed(&o[OPENAI]),
	    o[ANTHROPIC].what != LEAVE ? "t" : "f", sealed(&o[ANTHROPIC]));
	return rc != RC_OK ? rc : write_masks(r, row);
}

/* POST /api/users/{user_id}/api-keys. */
enum rc
studio_keys_put(struct req *r)
{
	struct order	 order[KEYS] = { { LEAVE, NULL } };
	struct db_res	*row;
	enum rc		 rc;

	if ((rc = take_body(r, order)) != RC_OK ||
	    (rc = studio_owner(r, &r->arg[0])) != RC_OK)
		return rc;
	if (fernet_keys(r->app->ring) == 0)
		return no_ring(r);
	if ((rc = db_run(r->db, &row, Q_STUDIO_KEYS)) != RC_OK ||
	    (rc = drop_masks(r, order, row)) != RC_OK)
		return rc;
	return save(r, order, row);
}

/* DELETE /api/users/{user_id}/api-keys. */
enum rc
studio_keys_drop(struct req *r)
{
	enum rc	rc;

	if ((rc = studio_owner(r, &r->arg[0])) != RC_OK ||
	    (rc = db_run(r->db, NULL, Q_STUDIO_KEYS_DROP)) != RC_OK)
		return rc;
	return reply(r, 204);
}

/* GET /api/users/{user_id}/api-keys/raw: for agents, and logged. */
enum rc
studio_keys_raw(struct req *r)
{
	const char	*key;
	struct db_res	*row;
	int		 c;
	enum rc		 rc;

	if ((rc = studio_owner(r, &r->arg[0])) != RC_OK)
		return rc;
	if (fernet_keys(r->app->ring) == 0)
		return no_ring(r);
	if ((rc = db_run(r->db, &row, Q_STUDIO_KEYS)) != RC_OK)
		return rc;
	jw_open(r->out, '{');
	for (c = 0; c < KEYS; c++) {
		key = NULL;
		if (res_rows(row) > 0 && !res_null(row, 0, c) &&
		    (key = open_key(r, row, c)) == NULL)
			return fail(r, RC_FAIL,
			    "Stored key cannot be decrypted");
		jw_kstr(r->out, names[c], key);
	}
	jw_close(r->out, '}');
	return reply(r, 200);
}
