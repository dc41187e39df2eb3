# Each target is one program: replayed by `make check`, and with
# --enable-fuzz a libFuzzer.  A target adds its three lines at the end and a
# directory below corpus/, which is distributed whole.
if FUZZ
FUZZ_MAIN =
FUZZ_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_MAIN = t/fuzz/replay.c
FUZZ_LDFLAGS = $(AM_LDFLAGS)
endif
noinst_HEADERS += t/fuzz/fuzz.h
EXTRA_DIST += t/fuzz/replay.sh t/fuzz/corpus
TESTS += t/fuzz/replay.sh

check_PROGRAMS += t/fuzz/fuzz_json
t_fuzz_fuzz_json_SOURCES = t/fuzz/fuzz_json.c $(FUZZ_MAIN)
t_fuzz_fuzz_json_LDFLAGS = $(FUZZ_LDFLAGS)

check_PROGRAMS += t/fuzz/fuzz_jws
t_fuzz_fuzz_jws_SOURCES = t/fuzz/fuzz_jws.c $(FUZZ_MAIN)
t_fuzz_fuzz_jws_LDFLAGS = $(FUZZ_LDFLAGS)

noinst_HEADERS += t/fuzz/lcfuzz.h

check_PROGRAMS += t/fuzz/fuzz_msgpack
t_fuzz_fuzz_msgpack_SOURCES = t/fuzz/fuzz_msgpack.c t/fuzz/lcfuzz.c $(FUZZ_MAIN)
t_fuzz_fuzz_msgpack_LDFLAGS = $(FUZZ_LDFLAGS)

check_PROGRAMS += t/fuzz/fuzz_lcjson
t_fuzz_fuzz_lcjson_SOURCES = t/fuzz/fuzz_lcjson.c t/fuzz/lcfuzz.c $(FUZZ_MAIN)
t_fuzz_fuzz_lcjson_LDFLAGS = $(FUZZ_LDFLAGS)

check_PROGRAMS += t/fuzz/fuzz_fernet
t_fuzz_fuzz_fernet_SOURCES = t/fuzz/fuzz_fernet.c $(FUZZ_MAIN)
t_fuzz_fuzz_fernet_LDFLAGS = $(FUZZ_LDFLAGS)

check_PROGRAMS += t/fuzz/fuzz_link
t_fuzz_fuzz_link_SOURCES = t/fuzz/fuzz_link.c $(FUZZ_MAIN)
t_fuzz_fuzz_link_LDFLAGS = $(FUZZ_LDFLAGS)

check_PROGRAMS += t/fuzz/fuzz_request
t_fuzz_fuzz_request_SOURCES = t/fuzz/fuzz_request.c $(FUZZ_MAIN)
t_fuzz_fuzz_request_LDFLAGS = $(FUZZ_LDFLAGS)

check_PROGRAMS += t/fuzz/fuzz_conf
t_fuzz_fuzz_conf_SOURCES = t/fuzz/fuzz_conf.c $(FUZZ_MAIN)
t_fuzz_fuzz_conf_LDFLAGS = $(FUZZ_LDFLAGS)

check_PROGRAMS += t/fuzz/fuzz_multipart
t_fuzz_fuzz_multipart_SOURCES = t/fuzz/fuzz_multipart.c $(FUZZ_MAIN)
t_fuzz_fuzz_multipart_LDFLAGS = $(FUZZ_LDFLAGS)

check_PROGRAMS += t/fuzz/fuzz_chatkit
t_fuzz_fuzz_chatkit_SOURCES = t/fuzz/fuzz_chatkit.c $(FUZZ_MAIN)
t_fuzz_fuzz_chatkit_LDFLAGS = $(FUZZ_LDFLAGS)

check_PROGRAMS += t/fuzz/fuzz_route
t_fuzz_fuzz_route_SOURCES = t/fuzz/fuzz_route.c $(FUZZ_MAIN)
t_fuzz_fuzz_route_LDFLAGS = $(FUZZ_LDFLAGS)

check_PROGRAMS += t/fuzz/fuzz_appended
t_fuzz_fuzz_appended_SOURCES = t/fuzz/fuzz_appended.c $(FUZZ_MAIN)
t_fuzz_fuzz_appended_LDFLAGS = $(FUZZ_LDFLAGS)
