/* main.c: runs every suite of suites.h; the exit status tells. */
#include "config.h"

#include "unit/unit.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>

#define SUITE(name) extern const struct suite name##_suite;
#include "unit/suites.h"
#undef SUITE

static const struct suite *const suites[] = {
#define SUITE(name) &name##_suite,
#include "unit/suites.h"
#undef SUITE
};

char *
slurp(const char *name, size_t *len)
{
	const char	*dir = getenv("SRCDIR");
	char		 path[4096], *p;
	FILE		*f;
	long		 n;

	snprintf(path, sizeof(path), "%s/t/%s", dir != NULL ? dir : ".", name);
	if ((f = fopen(path, "rb")) == NULL || fseek(f, 0, SEEK_END) == -1 ||
	    (n = ftell(f)) == -1 || fseek(f, 0, SEEK_SET) == -1 ||
	    (p = malloc((size_t)n + 1)) == NULL ||
	    fread(p, 1, (size_t)n, f) != (size_t)n) {
		perror(path);
		exit(1);
	}
	p[n] = '\0';
	if (len != NULL)
		*len = (size_t)n;
	fclose(f);
	return p;
}

void
check_int(const char *file, int line, const char *why, long long want,
    long long got)
{
	char	text[512];

	snprintf(text, sizeof(text), "%s: want %lld, got %lld", why, want, got);
	CU_assertImplementation(want == got, (unsigned)line, text, file, "",
	    CU_FALSE);
}

void
check_text(const char *file, int line, const char *why, const char *want,
    const char *got)
{
	char	text[1024];
	int	ok;

	ok = want == got ||
	    (want != NULL && got != NULL && strcmp(want, got) == 0);
	snprintf(text, sizeof(text), "%s: want %.400s, got %.400s", why,
	    want != NULL ? want : "(null)", got != NULL ? got : "(null)");
	CU_assertImplementation(ok, (unsigned)line, text, file, "", CU_FALSE);
}

/* One argument: the only suite to run. */
int
main(int argc, char **argv)
{
	unsigned	 failed;
	const CU_TestInfo *t;
	CU_pSuite	 s;
	size_t		 i;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	for (i = 0; i < nitems(suites); i++) {
		if (argc > 1 && strcmp(argv[1], suites[i]->name) != 0)
			continue;
		s = CU_add_suite(suites[i]->name, NULL, NULL);
		for (t = suites[i]->tests; s != NULL && t->pName != NULL; t++)
			if (CU_add_test(s, t->pName, t->pTestFunc) == NULL)
				return 1;
	}
	CU_basic_set_mode(CU_BRM_NORMAL);
	if (CU_basic_run_tests() != CUE_SUCCESS ||
	    CU_get_number_of_tests_run() == 0)
		return 1;
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
