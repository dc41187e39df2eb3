/* sqlstate.c: what a SQLSTATE means to the request that met it. */
#include "config.h"

#include "db/sqlstate.h"

#include <string.h>

/* Codes stand before the class that they belong to: the first match wins. */
static const struct sqlstate states[] = {
	{ "08",		RC_DOWN,	SS_DROP },
	{ "0A000",	RC_FAIL,	SS_RETRY | SS_FORGET },	/* stale plan */
	{ "22",		RC_INVALID,	0 },
	{ "23503",	RC_CONFLICT,	SS_QUIET },
	{ "23505",	RC_CONFLICT,	SS_QUIET },
	{ "25006",	RC_DOWN,	SS_DROP },	/* after a failover */
	{ "25P03",	RC_DOWN,	SS_DROP },	/* idle too long */
	{ "26000",	RC_FAIL,	SS_RETRY | SS_FORGET_ALL },
	{ "40001",	RC_DOWN,	SS_RETRY },
	{ "40P01",	RC_DOWN,	SS_RETRY },
	{ "42501",	RC_CONFLICT,	SS_TEXT },
	{ "42",		RC_FAIL,	SS_TEXT },
	{ "53",		RC_DOWN,	0 },
	{ "55P03",	RC_DOWN,	0 },		/* lock_timeout */
	{ "57014",	RC_DOWN,	0 },		/* too slow */
	{ "57",		RC_DOWN,	SS_DROP },	/* shutting down */
	/* Raised by our own functions. */
	{ "BB404",	RC_NOTFOUND,	SS_QUIET },
	{ "BB409",	RC_CONFLICT,	SS_QUIET },
	{ "BB503",	RC_DOWN,	SS_QUIET },
};

static const struct sqlstate unknown = { "", RC_FAIL, 0 };

const struct sqlstate *
sqlstate_find(const char *code)
{
	size_t	i;

	if (code == NULL || strlen(code) != 5)
		return &unknown;
	for (i = 0; i < nitems(states); i++)
		if (strncmp(code, states[i].code, strlen(states[i].code)) == 0)
			return &states[i];
	return &unknown;
}
