libbobbin_a_SOURCES += \
	src/core/checkpoint.c \
	src/core/checkpoint.h \
	src/core/ckptrow.c \
	src/core/ckptrow.h \
	src/core/outbox.c \
	src/core/outbox.h \
	src/core/lcmessage.c \
	src/core/lcmessage.h \
	src/core/replay.c \
	src/core/replay.h \
	src/core/tasks.c \
	src/core/tasks.h
