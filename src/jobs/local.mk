libbobbin_a_SOURCES += \
	src/jobs/blobs.c \
	src/jobs/httpc.c \
	src/jobs/httpc.h \
	src/jobs/jobs.c \
	src/jobs/jobs.h \
	src/jobs/jwks_fetch.c \
	src/jobs/langsmith.c \
	src/jobs/langsmith.h \
	src/jobs/prune_threads.c \
	src/jobs/relay.c \
	src/jobs/retention.c \
	src/jobs/s3.c \
	src/jobs/s3.h \
	src/jobs/sweep.c
