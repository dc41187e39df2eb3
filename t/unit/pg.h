#ifndef UNIT_PG_H
#define UNIT_PG_H

#include <stdbool.h>

/*
 * A private PostgreSQL on a unix socket, started at the first call and
 * stopped at exit; the connection string for a role of it.  Roles: boss
 * (superuser), lax (BYPASSRLS), app.  NULL, said once on stderr: there are no
 * server programs on this machine.
 */
const char	*pg_url(const char *role);
/* The same through PgBouncer: transaction mode, one server connection. */
const char	*pg_pool_url(const char *role);
/* Runs SQL as boss; exits when that fails. */
void		 pg_do(const char *sql);
/* A directory that goes away at exit. */
const char	*pg_dir(void);

#endif
