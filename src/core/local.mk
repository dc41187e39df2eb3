libbobbin_a_SOURCES += \
	src/core/answer.c \
	src/core/answer.h \
	src/core/appended.c \
	src/core/appended.h \
	src/core/checkpoint.c \
	src/core/checkpoint.h \
	src/core/ckptrow.c \
	src/core/ckptrow.h \
	src/core/conversation.c \
	src/core/conversation.h \
	src/core/keyring.c \
	src/core/keyring.h \
	src/core/match.c \
	src/core/match.h \
	src/core/outbox.c \
	src/core/outbox.h \
	src/core/lcmessage.c \
	src/core/lcmessage.h \
	src/core/replay.c \
	src/core/replay.h \
	src/core/seldom.c \
	src/core/seldom.h \
	src/core/tasks.c \
	src/core/tasks.h \
	src/core/prune.c \
	src/core/prune.h
