libbobbin_a_SOURCES += \
	src/proc/drop.c \
	src/proc/drop.h \
	src/proc/kids.c \
	src/proc/kids.h \
	src/proc/master.c \
	src/proc/master.h \
	src/proc/notify.c \
	src/proc/notify.h \
	src/proc/sock.c \
	src/proc/sock.h \
	src/proc/worker.c \
	src/proc/worker.h
