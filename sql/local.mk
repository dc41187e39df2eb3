SQL_QUERIES = sql/query/run.sql sql/query/thread.sql sql/query/feedback.sql \
	sql/query/event.sql sql/query/ops.sql sql/query/outbox.sql \
	sql/query/checkpoint.sql sql/query/prune.sql \
	sql/query/key.sql \
	sql/query/artifact.sql sql/query/blob.sql \
	sql/query/conversation.sql sql/query/toolcall.sql \
	sql/query/studio.sql sql/query/studio_message.sql \
	sql/query/import.sql sql/query/chatkit.sql
SQL_QUERIES += sql/query/attachment.sql
SQL_MIGRATIONS = sql/roles.sql sql/migrate/0001-runs.up.sql \
	sql/migrate/0001-runs.down.sql sql/migrate/0002-prune.up.sql \
	sql/migrate/0002-prune.down.sql \
	sql/migrate/0003-messages.up.sql \
	sql/migrate/0003-messages.down.sql \
	sql/migrate/0004-decisions.up.sql \
	sql/migrate/0004-decisions.down.sql \
	sql/migrate/0005-settings.up.sql \
	sql/migrate/0005-settings.down.sql \
	sql/migrate/0006-chatkit.up.sql \
	sql/migrate/0006-chatkit.down.sql \
	sql/migrate/0007-files.up.sql \
	sql/migrate/0007-files.down.sql \
	sql/migrate/0008-events.up.sql \
	sql/migrate/0008-events.down.sql \
	sql/migrate/0009-retention.up.sql \
	sql/migrate/0009-retention.down.sql \
	sql/migrate/0010-import.up.sql \
	sql/migrate/0010-import.down.sql \
	sql/migrate/0011-feedback.up.sql \
	sql/migrate/0011-feedback.down.sql \
	sql/migrate/0012-handed.up.sql \
	sql/migrate/0012-handed.down.sql \
	sql/migrate/0013-version.up.sql \
	sql/migrate/0013-version.down.sql \
	sql/migrate/0014-columns.up.sql \
	sql/migrate/0014-columns.down.sql \
	sql/migrate/0015-backlog.up.sql \
	sql/migrate/0015-backlog.down.sql
EXTRA_DIST += sql/embed-queries.awk sql/embed-migrations.awk \
	$(SQL_QUERIES) $(SQL_MIGRATIONS)

src/db/queries.h: sql/embed-queries.awk $(SQL_QUERIES)
	$(AM_V_GEN)$(MKDIR_P) src/db && cd $(srcdir) && $(AWK) -f \
	    sql/embed-queries.awk $(SQL_QUERIES) >$(abs_builddir)/$@.tmp && \
	    mv $(abs_builddir)/$@.tmp $(abs_builddir)/$@
src/db/migrations.h: sql/embed-migrations.awk $(SQL_MIGRATIONS)
	$(AM_V_GEN)$(MKDIR_P) src/db && cd $(srcdir) && $(AWK) -f \
	    sql/embed-migrations.awk $(SQL_MIGRATIONS) \
	    >$(abs_builddir)/$@.tmp && \
	    mv $(abs_builddir)/$@.tmp $(abs_builddir)/$@
