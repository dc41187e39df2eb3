/* status.c: what each rc is in HTTP. */
#include "config.h"

#include "http/status.h"

#include "base/board.h"

#define BEARER	"Bearer"

static const struct status statuses[] = {
	[RC_OK]		= { 200, 0, "OK", NULL },
	[RC_MALFORMED]	= { 400, 0, "Bad Request", NULL },
	[RC_NOAUTH]	= { 401, 0, "Missing Authorization header", BEARER },
	[RC_BADTOKEN]	= { 401, 0, "Invalid JWT token format",
			    BEARER " error=\"invalid_token\"" },
	[RC_DENIED]	= { 403, 0, "Insufficient scope",
			    BEARER " error=\"insufficient_scope\"" },
	[RC_FORBIDDEN]	= { 403, 0, "Forbidden", NULL },
	[RC_NOTFOUND]	= { 404, 0, "Not Found", NULL },
	[RC_METHOD]	= { 405, 0, "Method Not Allowed", NULL },
	[RC_CONFLICT]	= { 409, 0, "Conflict", NULL },
	[RC_GONE]	= { 410, 0, "Gone", NULL },
	[RC_TOOLARGE]	= { 413, 0, "Request body too large", NULL },
	[RC_MEDIATYPE]	= { 415, 0, "Content-Type must be application/json",
			    NULL },
	[RC_INVALID]	= { 422, 0, "Validation error", NULL },
	[RC_FAIL]	= { 500, 0, "Internal server error", NULL },
	[RC_DOWN]	= { 503, 5, "Database unavailable", NULL },
	[RC_NOAGENT]	= { 503, 0, "No agent is configured", NULL },
};
_Static_assert(nitems(statuses) == RC__MAX, "one row per rc");

/* All that are sent. */
static const struct {
	int		 code;
	const char	*line;
} lines[] = {
	{ 200, "200 OK" },
	{ 201, "201 Created" },
	{ 202, "202 Accepted" },
	{ 204, "204 No Content" },
	{ 304, "304 Not Modified" },
	{ 307, "307 Temporary Redirect" },
	{ 400, "400 Bad Request" },
	{ 401, "401 Unauthorized" },
	{ 403, "403 Forbidden" },
	{ 404, "404 Not Found" },
	{ 405, "405 Method Not Allowed" },
	{ 409, "409 Conflict" },
	{ 410, "410 Gone" },
	{ 413, "413 Content Too Large" },
	{ 415, "415 Unsupported Media Type" },
	{ 422, "422 Unprocessable Content" },
	{ 503, "503 Service Unavailable" },
	{ 500, "500 Internal Server Error" },	/* and what is none of these */
};
_Static_assert(nitems(lines) == BOARD_STATUSES, "a counter per status");

const struct status *
status_of(enum rc rc)
{
	return &statuses[rc];
}

unsigned
status_row(int code)
{
	unsigned	i;

	for (i = 0; i < nitems(lines) - 1; i++)
		if (lines[i].code == code)
			break;
	return i;
}

int
status_code(unsigned row)
{
	return lines[row].code;
}

const char *
status_line(int code)
{
	return lines[status_row(code)].line;
}
