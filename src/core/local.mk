libbobbin_a_SOURCES += \
	src/core/outbox.c \
	src/core/outbox.h
