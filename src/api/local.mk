libbobbin_a_SOURCES += \
	src/api/api.h \
	src/api/analyze.c \
	src/api/cursor.c \
	src/api/debug.c \
	src/api/feedback.c \
	src/api/handover.c \
	src/api/handover.h \
	src/api/health.c \
	src/api/messages.c \
	src/api/routes.c \
	src/api/runs.c
libbobbin_a_SOURCES += \
	src/api/artifacts.c \
	src/api/files.c \
	src/api/files.h
