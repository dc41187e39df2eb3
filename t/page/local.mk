PAGE_TESTS = \
	t/page/100-threads.t \
	t/page/200-talk.t \
	t/page/250-live.t \
	t/page/260-events.t \
	t/page/270-waits.t \
	t/page/300-files.t \
	t/page/310-bucket.t \
	t/page/350-everywhere.t \
	t/page/400-access.t \
	t/page/500-proxy.t \
	t/page/600-quickstart.t
TESTS += $(PAGE_TESTS)
EXTRA_DIST += $(PAGE_TESTS) t/page/lib.sh t/page/install.sh t/page/run.mjs \
	t/page/threads.mjs t/page/talk.mjs t/page/live.mjs t/page/waits.mjs \
	t/page/files.mjs t/page/bucket.mjs t/page/everywhere.mjs \
	t/page/access.mjs t/page/proxy.mjs t/page/oauth2.pl \
	t/page/quickstart.mjs \
	t/page/package.json t/page/package-lock.json

clean-local: clean-page
clean-page:
	rm -rf t/page/js t/page/shots
