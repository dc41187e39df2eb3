libbobbin_a_SOURCES += \
	src/proc/master.c \
	src/proc/master.h \
	src/proc/sock.c \
	src/proc/sock.h \
	src/proc/worker.c \
	src/proc/worker.h
