libbobbin_a_SOURCES += \
	src/api/api.h \
	src/api/analyze.c \
	src/api/chatkit.c \
	src/api/chatkit.h \
	src/api/ckfiles.c \
	src/api/ckitems.c \
	src/api/ckname.c \
	src/api/ckpage.c \
	src/api/ckthreads.c \
	src/api/cursor.c \
	src/api/debug.c \
	src/api/events.c \
	src/api/feedback.c \
	src/api/handover.c \
	src/api/handover.h \
	src/api/health.c \
	src/api/messages.c \
	src/api/routes.c \
	src/api/runs.c \
libbobbin_a_SOURCES += \
	src/api/artifacts.c \
	src/api/files.c \
	src/api/files.h
libbobbin_a_SOURCES += \
	src/api/v1.c \
	src/api/v1.h \
	src/api/v1calls.c \
	src/api/v1history.c \
	src/api/v1history.h \
	src/api/v1state.c \
	src/api/v1threads.c \
	src/api/v1writes.c
libbobbin_a_SOURCES += \
	src/api/studio.c \
	src/api/studio.h \
	src/api/studio_config.c \
	src/api/studio_keys.c \
	src/api/studio_messages.c \
	src/api/studio_threads.c
libbobbin_a_SOURCES += \
	src/api/attachment.c \
	src/api/attachment.h \
	src/api/attachments.c
