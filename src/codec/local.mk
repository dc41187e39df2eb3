libbobbin_a_SOURCES += \
	src/codec/json.c \
	src/codec/json.h \
	src/codec/jwk.c \
	src/codec/jwk.h \
	src/codec/jws.c \
	src/codec/jws.h
