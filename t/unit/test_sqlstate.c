/* test_sqlstate.c: what each kind of failure is to the caller. */
#include "config.h"

#include "unit/unit.h"

#include "db/sqlstate.h"

static const struct {
	const char	*why, *code;
	enum rc		 want;
	unsigned	 flags;
} cases[] = {
	{ "unique",		"23505", RC_CONFLICT,	SS_QUIET },
	{ "foreign key",	"23503", RC_CONFLICT,	SS_QUIET },
	{ "check",		"23514", RC_FAIL,	0 },
	{ "row security",	"42501", RC_CONFLICT,	SS_TEXT },
	{ "syntax",		"42601", RC_FAIL,	SS_TEXT },
	{ "no table",		"42P01", RC_FAIL,	SS_TEXT },
	{ "bad text",		"22P02", RC_INVALID,	0 },
	{ "NUL in jsonb",	"22P05", RC_INVALID,	0 },
	{ "division",		"22012", RC_INVALID,	0 },
	{ "disk full",		"53100", RC_DOWN,	0 },
	{ "too many",		"53300", RC_DOWN,	0 },
	{ "cancelled",		"57014", RC_DOWN,	0 },
	{ "shutdown",		"57P01", RC_DOWN,	SS_DROP },
	{ "broken",		"08006", RC_DOWN,	SS_DROP },
	{ "read-only",		"25006", RC_DOWN,	SS_DROP },
	{ "no transaction",	"25P01", RC_FAIL,	0 },
	{ "serialization",	"40001", RC_DOWN,	SS_RETRY },
	{ "deadlock",		"40P01", RC_DOWN,	SS_RETRY },
	{ "integrity at end",	"40002", RC_FAIL,	0 },
	{ "lock timeout",	"55P03", RC_DOWN,	0 },
	{ "stale plan",		"0A000", RC_FAIL,	SS_RETRY | SS_FORGET },
	{ "no such statement",	"26000", RC_FAIL, SS_RETRY | SS_FORGET_ALL },
	{ "ours: not found",	"BB404", RC_NOTFOUND,	SS_QUIET },
	{ "ours: conflict",	"BB409", RC_CONFLICT,	SS_QUIET },
	{ "ours: later",	"BB503", RC_DOWN,	SS_QUIET },
	{ "unknown",		"XX000", RC_FAIL,	0 },
	{ "none",		NULL,	 RC_FAIL,	0 },
	{ "empty",		"",	 RC_FAIL,	0 },
	{ "a class alone",	"22",	 RC_FAIL,	0 },
	{ "too long",		"235050", RC_FAIL,	0 },
};

static void
states_have_meanings(void)
{
	const struct sqlstate	*s;
	size_t			 i;

	for (i = 0; i < nitems(cases); i++) {
		s = sqlstate_find(cases[i].code);
		check(cases[i].why, cases[i].want, s->rc);
		check(cases[i].why, cases[i].flags, s->flags);
	}
}

static CU_TestInfo tests[] = {
	{ "states_have_meanings", states_have_meanings },
	CU_TEST_INFO_NULL
};

const struct suite sqlstate_suite = { "sqlstate", tests };
