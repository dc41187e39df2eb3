/* debug.c: why is my run not found? */
#include "config.h"

#include "api/api.h"

#include <string.h>

#include "base/text.h"
#include "codec/json.h"
#include "http/reply.h"

/* GET /debug/run-id/{run_id}.  A foreign run looks missing, but to ADMIN. */
enum rc
debug_run(struct req *r)
{
	static const struct col	cols[] = {
		{ "email", COL_TEXT }, { "thread_id", COL_TEXT },
		{ "prompt", COL_TEXT }, { "timestamp", COL_NAIVE },
	};
	const char		*id = r->arg[0].s;
	char			 uuid[UUID_TEXT + 1];
	struct db_res		*res;
	struct buf		*b = r->out;
	bool			 valid, found;
	enum rc			 rc;

	valid = uuid_lax(id, strlen(id), uuid);
	rc = db_run(r->db, &res, r->who.admin ? Q_DEBUG_RUN_ANY :
	    Q_DEBUG_RUN_OWN, valid ? uuid : id);
	if (rc != RC_OK)
		return rc;
	found = res_rows(res) > 0;
	jw_open(b, '{');
	jw_kstr(b, "run_id", id);
	jw_kstr(b, "run_id_type", "str");
	jw_kint(b, "run_id_length", (int64_t)utf8_count(id, strlen(id)));
	jw_kbool(b, "is_valid_uuid_format", valid);
	jw_kbool(b, "exists_in_database", found);
	jw_kbool(b, "user_owns_run_id",
	    found && strcmp(res_str(res, 0, 0), r->owner) == 0);
	jw_key(b, "database_details");
	if (found) {
		jw_open(b, '{');
		row_json(b, res, 0, cols, nitems(cols));
		jw_close(b, '}');
	} else
		jw_null(b);
	if (valid)
		jw_kstr(b, "uuid_parsed", uuid);
	else
		jw_kstr(b, "uuid_error",
		    "badly formed hexadecimal UUID string");
	jw_close(b, '}');
	return reply(r, 200);
}
