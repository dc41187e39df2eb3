libbobbin_a_SOURCES += \
	src/codec/json.c \
	src/codec/json.h \
	src/codec/jsonspan.c \
	src/codec/jsonw.c \
	src/codec/jwk.c \
	src/codec/jwk.h \
	src/codec/jws.c \
	src/codec/jws.h \
	src/codec/eax.c \
	src/codec/eax.h \
	src/codec/lcjson.c \
	src/codec/lcjson.h \
	src/codec/lcmark.c \
	src/codec/lcmark.h \
	src/codec/lcpy.c \
	src/codec/lcpy.h \
	src/codec/lctext.c \
	src/codec/lctext.h \
	src/codec/lcvalue.c \
	src/codec/lcvalue.h \
	src/codec/msgpack.c \
	src/codec/msgpack.h \
	src/codec/ndarray.c \
	src/codec/ndarray.h \
	src/codec/outcome.h \
	src/codec/sigv4.c \
	src/codec/sigv4.h
