/* studio_config.c: a thread's model settings, and what its state counts. */
#include "config.h"

#include "api/studio.h"

#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "codec/json.h"
#include "http/reply.h"

/* Body of studio_config_put, and columns of the statements. */
enum { C_MODEL, C_TEMPERATURE, C_PROMPT, C_WINDOW, C_SETTINGS, C__MAX };

static const struct col	cols[] = {
	[C_MODEL] = { "model", COL_TEXT },
	[C_TEMPERATURE] = { "temperature", COL_INT },
	[C_PROMPT] = { "system_prompt", COL_TEXT },
	[C_WINDOW] = { "context_window", COL_INT },
	[C_SETTINGS] = { "settings", COL_JSON },
};

static void
write_default(struct req *r, int c)
{
	switch (c) {
	case C_MODEL:
		jw_cstr(r->out, r->conf->model);
		break;
	case C_TEMPERATURE:
		jw_double(r->out, r->conf->temperature);
		break;
	case C_WINDOW:
		jw_int(r->out, r->conf->context_window);
		break;
	default:
		jw_null(r->out);
		break;
	}
}

/* row NULL: the defaults; fill: they stand for nulls, too. */
static enum rc
write_config(struct req *r, const struct db_res *row, bool fill)
{
	int	c;

	jw_open(r->out, '{');
	for (c = 0; c < C__MAX; c++) {
		jw_key(r->out, cols[c].name);
		if (row == NULL || (fill && res_null(row, 0, c)))
			write_default(r, c);
		else if (c == C_TEMPERATURE && !res_null(row, 0, c))
			jw_double(r->out, strtod(res_str(row, 0, c), NULL));
		else
			res_json(r->out, row, 0, c, cols[c].type);
	}
	jw_close(r->out, '}');
	return reply(r, 200);
}

/* GET /api/config/defaults. */
enum rc
studio_defaults(struct req *r)
{
	return write_config(r, NULL, false);
}

/* GET /api/threads/{id}/config: of no thread, the defaults. */
enum rc
studio_config(struct req *r)
{
	const char	*id = studio_id(r);
	struct db_res	*row = NULL;
	enum rc		 rc = RC_NOTFOUND;

	if (id != NULL)
		rc = db_one(r->db, &row, Q_STUDIO_CONFIG, id);
	if (rc != RC_OK && rc != RC_NOTFOUND)
		return rc;
	return write_config(r, rc == RC_OK ? row : NULL, r->query[0].i != 0);
}

/* POST /api/threads/{id}/config: absent and null leave what stands there. */
enum rc
studio_config_put(struct req *r)
{
	const struct value	*v = r->body;
	const char		*id = studio_id(r);
	const char		*t = NULL, *window = NULL;
	struct db_res		*row;
	enum rc			 rc;

	if (id == NULL)
		return studio_missing(r);
	if (v[C_TEMPERATURE].given && !v[C_TEMPERATURE].null)
		t = arena_printf(r->arena, "%.17g", v[C_TEMPERATURE].d);
	if (v[C_WINDOW].given && !v[C_WINDOW].null)
		window = arena_int(r->arena, v[C_WINDOW].i);
	rc = db_one(r->db, &row, Q_STUDIO_CONFIG_PUT, id, v[C_MODEL].s, t,
	    v[C_PROMPT].s, window, v[C_SETTINGS].s);
	if (rc == RC_NOTFOUND)
		return studio_missing(r);
	return rc != RC_OK ? rc : write_config(r, row, false);
}

/* DELETE /api/threads/{id}/config. */
enum rc
studio_config_drop(struct req *r)
{
	const char	*id = studio_id(r);
	enum rc		 rc = RC_OK;

	if (id != NULL)
		rc = db_run(r->db, NULL, Q_STUDIO_CONFIG_DROP, id);
	return rc != RC_OK ? rc : reply(r, 204);
}

/* GET /api/threads/{id}/state. */
enum rc
studio_state(struct req *r)
{
	const char	*id = studio_id(r);
	struct db_res	*row;
	enum rc		 rc;

	if (id == NULL)
		return studio_missing(r);
	rc = db_one(r->db, &row, Q_STUDIO_STATE, id, r->conf->ckpt_schema);
	if (rc == RC_NOTFOUND)
		return studio_missing(r);
	if (rc != RC_OK)
		return rc;
	jw_open(r->out, '{');
	jw_kint(r->out, "token_count", res_int(row, 0, 0));
	jw_kint(r->out, "context_window", res_int(row, 0, 1) != 0 ?
	    res_int(row, 0, 1) : r->conf->context_window);
	jw_close(r->out, '}');
	return reply(r, 200);
}
