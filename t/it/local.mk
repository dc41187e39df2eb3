IT_TESTS = \
	t/it/100-nginx.t \
	t/it/120-owner.t \
	t/it/130-runs.t \
	t/it/140-feedback.t \
	t/it/150-tokens.t \
	t/it/160-input.t \
	t/it/170-agent.t \
	t/it/180-tls.t \
	t/it/190-attacks.t \
	t/it/195-lanes.t \
	t/it/200-migrate.t \
	t/it/210-schema.t \
	t/it/300-cgi.t \
	t/it/310-serve.t \
	t/it/320-database.t \
	t/it/330-cli.t \
	t/it/400-messages.t \
	t/it/410-prune.t \
	t/it/420-live.t \
	t/it/500-jobs.t \
	t/it/510-s3.t \
	t/it/520-keys.t \
	t/it/600-threads.t \
	t/it/605-writes.t \
	t/it/610-decide.t \
	t/it/615-state.t \
	t/it/640-studio.t \
	t/it/650-studio-messages.t \
	t/it/660-studio-keys.t \
	t/it/670-import.t \
	t/it/850-events.t \
	t/it/851-relay.t \
	t/it/852-no-events.t
IT_TESTS += t/it/145-statistics.t
IT_TESTS += t/it/860-names.t
IT_TESTS += t/it/900-quickstart.t
TESTS += $(IT_TESTS)
EXTRA_DIST += $(IT_TESTS) t/it/lib.sh t/it/load.sh t/it/agent.pl \
	t/it/fcgi-env.pl t/it/langsmith.pl t/it/live/live.mjs \
	t/it/live/install.sh t/it/live/package.json t/it/live/package-lock.json \
	t/it/events.sh t/it/listen.pl \
	t/it/s3.sh t/it/s3/server.mjs t/it/s3/presign.mjs \
	t/it/s3/package.json t/it/s3/package-lock.json
check_PROGRAMS += t/it/probe
t_it_probe_SOURCES = t/it/probe.c

IT_CHATKIT = t/it/800-store.t t/it/805-protocol.t t/it/810-handover.t \
	t/it/815-adapters.t
TESTS += $(IT_CHATKIT)
EXTRA_DIST += $(IT_CHATKIT) t/it/golden.pl

clean-local: clean-it
clean-it:
	rm -rf t/it/pgtemplate* t/it/live-js t/it/s3-js*

FILE_TESTS = t/it/700-artifacts.t t/it/710-blobs.t t/it/720-bucket.t
TESTS += $(FILE_TESTS)
EXTRA_DIST += $(FILE_TESTS) t/it/fcgi-slow.pl

IT_ATTACHMENTS = t/it/830-attachments.t t/it/835-retention.t \
	t/it/840-import.t
TESTS += $(IT_ATTACHMENTS)
EXTRA_DIST += $(IT_ATTACHMENTS)
