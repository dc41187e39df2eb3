/* studio.c: what the routes of seed 002 share: owners, ids, pages. */
#include "config.h"

#include "api/studio.h"

#include <string.h>

#include "api/api.h"
#include "base/text.h"
#include "codec/json.h"
#include "http/reply.h"

#define HEX	32	/* digits of a UUID without its dashes */

enum rc
studio_owner(struct req *r, const struct value *v)
{
	if (!v->given || v->null || strcmp(v->s, "me") == 0 ||
	    (v->n == strlen(r->owner) && text_same(v->s, r->owner, v->n)))
		return RC_OK;
	return fail(r, RC_FORBIDDEN, "user_id does not match the token");
}

const char *
studio_id(struct req *r)
{
	const struct value	*v = &r->arg[0];
	char			 uuid[UUID_TEXT + 1];

	if (uuid_strict(v->s, v->n, uuid) || (v->n == HEX &&
	    memchr(v->s, '-', HEX) == NULL && uuid_lax(v->s, HEX, uuid)))
		return arena_strdup(r->arena, uuid);
	return NULL;
}

enum rc
studio_missing(struct req *r)
{
	return fail(r, RC_NOTFOUND, "Thread not found");
}

bool
studio_is_uuid(const char *s)
{
	char	uuid[UUID_TEXT + 1];

	return uuid_strict(s, strlen(s), uuid);
}

bool
studio_cursor(struct req *r, const struct value *cursor,
    bool (*is_id)(const char *), const char **time, const char **id)
{
	*time = *id = NULL;
	if (!cursor->given)
		return true;
	if (!cursor_take(r, cursor, time, id))
		return false;
	if (*time != NULL && is_id(*id))
		return true;
	fields_refuse(r, AT_QUERY, "cursor", cursor->s, "Invalid cursor");
	return false;
}

void
studio_next(struct req *r, const char *url, const char *time, const char *id)
{
	const char	*cursor;

	/* Without the zone, which is UTC. */
	cursor = cursor_make(r, arena_memdup(r->arena, time,
	    strcspn(time, "+")), id);
	reply_header(r, "X-Next-Cursor", cursor);
	reply_header(r, "Link", arena_printf(r->arena,
	    "<%s&cursor=%s>; rel=\"next\"", url, cursor));
}

/* GET /healthz: the process answers; the database is another matter. */
enum rc
studio_health(struct req *r)
{
	jw_open(r->out, '{');
	jw_kstr(r->out, "status", "ok");
	jw_close(r->out, '}');
	return reply(r, 200);
}
