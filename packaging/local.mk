EXTRA_DIST += packaging/demo.sql packaging/deps.sh packaging/private.sh \
	packaging/quickstart
