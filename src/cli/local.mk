libbobbin_a_SOURCES += \
	src/cli/cli.h \
	src/cli/app.c \
	src/cli/app.h \
	src/cli/cmd_serve.c \
	src/cli/cmd_cgi.c \
	src/cli/cmd_jobs.c \
	src/cli/cmd_key.c \
	src/cli/cmd_import.c \
	src/cli/import_chatkit.c \
	src/cli/import_chatkit.h \
	src/cli/cmd_migrate.c \
	src/cli/cmd_checkpoint.c \
	src/cli/cmd_token.c \
	src/cli/cmd_check.c \
	src/cli/cmd_routes.c \
	src/cli/cmd_config.c
