TESTS += t/it/210-schema.t
EXTRA_DIST += t/it/210-schema.t
