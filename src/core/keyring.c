/* keyring.c: the keys that users' API keys are sealed with. */
#include "config.h"

#include "core/keyring.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

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
