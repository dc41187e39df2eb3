/* importfile.c: files of another system, copied into the store. */
#include "config.h"

#include "core/importfile.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE	((size_t)65536)

/* The file's bytes into the store; the name must be what they hash to. */
static enum rc
copy(struct import_file *f, FILE *in, const char *sha, int64_t size)
{
	char	piece[PIECE];
	size_t	n;
	enum rc	rc;

	if ((rc = store_begin(&f->put, f->to)) != RC_OK)
		return rc;
	while (rc == RC_OK && (n = fread(piece, 1, sizeof(piece), in)) > 0)
		rc = store_write(&f->put, piece, n);
	if (rc == RC_OK && ferror(in))
		rc = RC_FAIL;
	if (rc == RC_OK)
		rc = store_commit(&f->put);
	if (rc == RC_OK && (strcmp(f->put.sha256, sha) != 0 ||
	    f->put.size != size))
		rc = RC_NOTFOUND;
	if (rc != RC_OK)
		store_end(&f->put);
	return rc;
}

static enum rc
take(struct import_file *f, struct json_object *row)
{
	struct json_object	*sha, *size;
	char			 path[STORE_PATH + 1], *name = NULL;
	const char		*s;
	FILE			*in;
	enum rc			 rc;

	if (!json_object_object_get_ex(row, "sha256", &sha) ||
	    !json_object_object_get_ex(row, "size", &size) ||
	    (s = json_object_get_string(sha)) == NULL || !store_is_sha(s))
		return RC_NOTFOUND;
	store_path(s, path);
	if (asprintf(&name, "%s/%s", f->from, path) == -1)
		return RC_FAIL;
	in = fopen(name, "re");
	free(name);
	if (in == NULL)
		return RC_NOTFOUND;
	rc = copy(f, in, s, json_object_get_int64(size));
	fclose(in);
	return rc;
}

enum rc
import_file_keep(void *arg, const char *row)
{
	struct import_file	*f = arg;
	struct json_object	*o;
	enum rc			 rc;

	if (f->from == NULL)
		return RC_NOTFOUND;
	if ((o = json_tokener_parse(row)) == NULL)
		return RC_FAIL;
	rc = take(f, o);
	json_object_put(o);
	return rc;
}

void
import_file_done(void *arg)
{
	struct import_file	*f = arg;

	store_end(&f->put);
}
