# One program; each test_*.c is a suite, named once more in suites.h.
UNIT_SUITES = \
	t/unit/test_appended.c \
	t/unit/test_arena.c \
	t/unit/test_b64.c \
	t/unit/test_bearer.c \
	t/unit/test_board.c \
	t/unit/test_buf.c \
	t/unit/test_chatkit.c \
	t/unit/test_checkpoint.c \
	t/unit/test_conf.c \
	t/unit/test_fields.c \
	t/unit/test_fernet.c \
	t/unit/test_jobs.c \
	t/unit/test_json.c \
	t/unit/test_jsonspan.c \
	t/unit/test_jwk.c \
	t/unit/test_jwks.c \
	t/unit/test_jws.c \
	t/unit/test_link.c \
	t/unit/test_log.c \
	t/unit/test_pipe.c \
	t/unit/test_route.c \
	t/unit/test_seldom.c \
	t/unit/test_row.c \
	t/unit/test_sigv4.c \
	t/unit/test_sqlstate.c \
	t/unit/test_text.c \
	t/unit/test_verdicts.c \
	t/unit/forge.c \
	t/unit/forge.h \
	t/unit/lcrows.c \
	t/unit/lcrows.h \
	t/unit/lctest.c \
	t/unit/lctest.h \
	t/unit/test_eax.c \
	t/unit/test_lcjson.c \
	t/unit/test_match.c \
	t/unit/test_msgpack.c \
	t/unit/test_replay.c \
	t/unit/test_tasks.c \
	t/unit/test_multipart.c \
	t/unit/test_filename.c \
	t/unit/test_filetype.c \
	t/unit/test_store.c \
	t/unit/test_title.c
EXTRA_DIST += t/vectors
if HAVE_CUNIT
check_PROGRAMS += t/unit/unit
TESTS += t/unit/unit
endif
t_unit_unit_SOURCES = t/unit/main.c t/unit/unit.h t/unit/suites.h \
	t/unit/pg.c t/unit/pg.h $(UNIT_SUITES)
t_unit_unit_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/t
t_unit_unit_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
t_unit_unit_LDADD = $(LDADD) $(CUNIT_LIBS)
