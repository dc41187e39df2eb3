IT_TESTS = \
	t/it/200-migrate.t \
	t/it/210-schema.t \
	t/it/500-jobs.t
TESTS += $(IT_TESTS)
EXTRA_DIST += $(IT_TESTS) t/it/langsmith.pl
