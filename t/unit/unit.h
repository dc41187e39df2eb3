#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

#include <CUnit/CUnit.h>
#include <string.h>

#include "base/rc.h"

/* A suite of one file: exported, and named in suites.h. */
struct suite {
	const char	*name;
	const CU_TestInfo *tests;	/* ends with CU_TEST_INFO_NULL */
};

/* The file with this name below the source's t/, read whole; exits if not. */
char	*slurp(const char *name, size_t *len);

/* Checks that print the case and count as one assertion each. */
void	check_int(const char *file, int line, const char *why,
	    long long want, long long got);
void	check_text(const char *file, int line, const char *why,
	    const char *want, const char *got);
#define check(why, want, got)	\
	check_int(__FILE__, __LINE__, why, (long long)(want), (long long)(got))
#define check_str(why, want, got) \
	check_text(__FILE__, __LINE__, why, want, got)

#endif
