/* keyring.c: the keys that users' API keys are sealed with. */
#include "config.h"

#include "core/keyring.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define KEY_MAX		65536	/* sealed, of one user */
#define RACES		16	/* with workers, over one row */

static bool
add_list(struct fernet *ring, const struct list *keys, char err[256])
{
	size_t	i;

	for (i = 0; i < keys->n; i++)
		if (!fernet_add(ring, keys->v[i], strlen(keys->v[i]))) {
			snprintf(err, 256, "ENCRYPTION_KEY: more than %d keys",
			    FERNET_KEYS);
			return false;
		}
	return true;
}

static bool
add_lines(struct fernet *ring, FILE *f, const char *path, char err[256])
{
	const char	*key;
	char		*line = NULL;
	size_t		 cap = 0, len;
	unsigned	 n = 0;
	bool		 ok = true;

	while (ok && getline(&line, &cap, f) != -1) {
		n++;
		key = line;
		len = strlen(line);
		text_trim(&key, &len);
		if (len > 0 && *key != '#' && !fernet_add(ring, key, len)) {
			snprintf(err, 256, "%.150s:%u: no key as bobbin key "
			    "generate prints them, or too many", path, n);
			ok = false;
		}
	}
	if (line != NULL)
		explicit_bzero(line, cap);
	free(line);
	if (ok && ferror(f)) {
		snprintf(err, 256, "%.150s: cannot be read", path);
		ok = false;
	} else if (ok && fernet_keys(ring) == 0) {
		snprintf(err, 256, "%.150s: holds no key", path);
		ok = false;
	}
	return ok;
}

static bool
add_file(struct fernet *ring, const char *path, char err[256])
{
	static char	 block[4096];	/* stdio's, so that it can be wiped */
	FILE		*f;
	bool		 ok;

	if ((f = fopen(path, "re")) == NULL) {
		snprintf(err, 256, "ENCRYPTION_KEY_FILE: %.150s: %s", path,
		    strerror(errno));
		return false;
	}
	setvbuf(f, block, _IOFBF, sizeof(block));
	ok = add_lines(ring, f, path, err);
	fclose(f);
	explicit_bzero(block, sizeof(block));
	return ok;
}

struct fernet *
keyring_new(const struct conf *conf, char err[256])
{
	struct fernet	*ring;

	if ((ring = fernet_new()) == NULL) {
		snprintf(err, 256, "out of memory");
		return NULL;
	}
	if (add_list(ring, &conf->enc_keys, err) &&
	    (conf->enc_key_file == NULL ||
	    add_file(ring, conf->enc_key_file, err)))
		return ring;
	fernet_free(ring);
	return NULL;
}

/* The stored value, sealed anew where that must and can be. */
static const char *
reseal(struct arena *arena, const struct fernet *ring, const char *stored,
    struct keyring_count *n)
{
	struct buf	 text = { .max = KEY_MAX }, out = { .max = KEY_MAX };
	const char	*fresh = stored;
	size_t		 which = 0;
	enum fernet_err	 err;

	err = fernet_open(ring, stored, strlen(stored), &text, &which);
	if (err == FERNET_OK && which > 0)
		err = fernet_seal(ring, text.p, text.len, &out);
	if (err != FERNET_OK)
		n->unreadable++;
	else if (which == 0)
		n->current++;
	else {
		fresh = arena_memdup(arena, out.p, out.len);
		n->resealed++;
	}
	fernet_wipe(&text);
	buf_free(&out);
	return fresh;
}

/*
 * The row after *email, which becomes its own.  RC_NOTFOUND: there is none.
 * RC_CONFLICT: somebody has just changed it.
 */
static enum rc
rotate_row(struct db *db, struct arena *arena, const struct fernet *ring,
    char **email, struct keyring_count *total)
{
	enum { EMAIL, FIRST, KEYS = 2 };
	struct keyring_count	 n = *total;
	struct db_res		*row, *done;
	const char		*was[KEYS], *now[KEYS];
	char			*next;
	enum rc			 rc;
	int			 i;

	if ((rc = db_run(db, &row, Q_SEALED_NEXT, *email)) != RC_OK)
		return rc;
	if (res_rows(row) == 0)
		return RC_NOTFOUND;
	for (i = 0; i < KEYS; i++) {
		was[i] = now[i] = res_null(row, 0, FIRST + i) ? NULL :
		    res_str(row, 0, FIRST + i);
		if (was[i] != NULL)
			now[i] = reseal(arena, ring, was[i], &n);
	}
	if (n.resealed > total->resealed) {
		if ((rc = db_run(db, &done, Q_SEALED_PUT,
		    res_str(row, 0, EMAIL), was[0], was[1], now[0],
		    now[1])) != RC_OK)
			return rc;
		if (res_rows(done) == 0)
			return RC_CONFLICT;
	}
	if ((next = strdup(res_str(row, 0, EMAIL))) == NULL)
		return RC_FAIL;
	free(*email);
	*email = next;
	*total = n;
	return RC_OK;
}

enum rc
keyring_rotate(struct db *db, struct arena *arena, const struct fernet *ring,
    struct keyring_count *n)
{
	char	*email = NULL;
	int	 races = 0;
	enum rc	 rc;

	memset(n, 0, sizeof(*n));
	do {
		arena_reset(arena);
		db_bind(db, arena, NULL);
		rc = rotate_row(db, arena, ring, &email, n);
		races = rc == RC_CONFLICT ? races + 1 : 0;
	} while (rc == RC_OK || (rc == RC_CONFLICT && races < RACES));
	free(email);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}
