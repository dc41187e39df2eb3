libbobbin_a_SOURCES += \
	src/api/routes.c \
	src/api/routes.h \
	src/api/analyze.c \
	src/api/debug.c \
	src/api/feedback.c \
	src/api/health.c \
	src/api/runs.c \
	src/api/api.h
