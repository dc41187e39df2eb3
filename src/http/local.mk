libbobbin_a_SOURCES += \
	src/http/coerce.c \
	src/http/coerce.h \
	src/http/fault.c \
	src/http/fault.h \
	src/http/fcgi.c \
	src/http/fcgi.h \
	src/http/fields.c \
	src/http/fields.h \
	src/http/metrics.c \
	src/http/metrics.h \
	src/http/reply.c \
	src/http/reply.h \
	src/http/req.c \
	src/http/req.h \
	src/http/route.c \
	src/http/route.h \
	src/http/status.c \
	src/http/status.h
