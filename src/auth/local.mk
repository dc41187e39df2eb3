libbobbin_a_SOURCES += \
	src/auth/bearer.c \
	src/auth/bearer.h \
	src/auth/jwks.c \
	src/auth/jwks.h \
	src/auth/link.c \
	src/auth/link.h \
	src/auth/verdicts.c \
	src/auth/verdicts.h
