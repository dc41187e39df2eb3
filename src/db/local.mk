libbobbin_a_SOURCES += \
	src/db/db.h \
	src/db/ahead.c \
	src/db/ahead.h \
	src/db/conn.c \
	src/db/pipe.c \
	src/db/pipe.h \
	src/db/row.c \
	src/db/source.c \
	src/db/source.h \
	src/db/sqlstate.c \
	src/db/stamp.c \
	src/db/subst.c \
	src/db/migrate.c \
	src/db/conn.h \
	src/db/migrate.h \
	src/db/sqlstate.h \
	src/db/stamp.h
nodist_libbobbin_a_SOURCES = src/db/queries.h src/db/migrations.h
BUILT_SOURCES += src/db/queries.h src/db/migrations.h
CLEANFILES += src/db/queries.h src/db/migrations.h

# For `make bobbin` from a clean tree: all of it includes them.
$(libbobbin_a_OBJECTS) $(bobbin_OBJECTS): | src/db/queries.h src/db/migrations.h
