TESTS += t/it/200-migrate.t
EXTRA_DIST += t/it/200-migrate.t
TESTS += t/it/210-schema.t
EXTRA_DIST += t/it/210-schema.t
