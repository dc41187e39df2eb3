libbobbin_a_SOURCES += \
	src/base/rc.h \
	src/base/arena.c \
	src/base/arena.h \
	src/base/b64.c \
	src/base/b64.h \
	src/base/board.c \
	src/base/board.h \
	src/base/buf.c \
	src/base/buf.h \
	src/base/conf.c \
	src/base/conf.h \
	src/base/demand.c \
	src/base/demand.h \
	src/base/log.c \
	src/base/log.h \
	src/base/text.c \
	src/base/text.h \
	src/base/value.c \
	src/base/value.h \
	src/base/options.h
