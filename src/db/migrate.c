/* migrate.c: one line of versions, up and down, one migrator at a time. */
#include "config.h"

#include "db/migrate.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "db/conn.h"

const struct migration migrations[] = {
#define ROLES(text)
#define MIGRATION(version, name, up, down)	{ version, name, up, down },
#include "db/migrations.h"
#undef MIGRATION
#undef ROLES
};

static const char roles[] =
#define ROLES(text)	text
#define MIGRATION(version, name, up, down)
#include "db/migrations.h"
#undef MIGRATION
#undef ROLES
;

#define HEAD		((int)nitems(migrations))
#define LOCK_KEY	"108230531508590"	/* "bobbin" */

/* Everybody may know the version: workers look whether it is theirs. */
#define CREATE_TABLE							\
	"SET LOCAL ROLE bobbin_owner;\n"				\
	"CREATE TABLE IF NOT EXISTS bobbin_migrations (\n"		\
	"    version int PRIMARY KEY,\n"				\
	"    name text NOT NULL,\n"					\
	"    applied_at timestamptz NOT NULL DEFAULT now());\n"		\
	"GRANT SELECT ON bobbin_migrations TO PUBLIC;\n"		\
	"RESET ROLE"

/* A run under way.  With sql there is no connection. */
struct run {
	PGconn	*pg;
	bool	 sql;
	FILE	*out;
	int	 now;		/* the version that the database has */
};

int
migrate_head(void)
{
	return HEAD;
}

static int
complain(struct run *m, const char *what, int status)
{
	const char	*text = PQerrorMessage(m->pg);

	fprintf(stderr, "bobbin: migrate: %s: %s%s", what, text,
	    *text == '\0' || text[strlen(text) - 1] != '\n' ? "\n" : "");
	return status;
}

/* "0002", or the name of no version. */
static const char *
label(int version, char out[16])
{
	if (version == 0)
		return "<base>";
	snprintf(out, 16, "%04d", version);
	return out;
}

/* Runs SQL, or prints it.  Statements may be several. */
static int
put(struct run *m, const char *what, const char *sql)
{
	PGresult	*r;
	bool		 ok;

	if (m->sql) {
		fprintf(m->out, "%s%s\n", sql,
		    sql[strlen(sql) - 1] == '\n' ? "" : ";");
		return EX_OK;
	}
	r = PQexec(m->pg, sql);
	ok = PQresultStatus(r) == PGRES_COMMAND_OK ||
	    PQresultStatus(r) == PGRES_TUPLES_OK;
	PQclear(r);
	return ok ? EX_OK : complain(m, what, EX_SOFTWARE);
}

/* One number; the error is said. */
static int
ask(struct run *m, const char *sql, int *out)
{
	PGresult	*r = PQexec(m->pg, sql);
	bool		 ok = PQntuples(r) == 1;

	if (ok)
		*out = (int)strtol(PQgetvalue(r, 0, 0), NULL, 10);
	PQclear(r);
	return ok ? EX_OK : complain(m, "reading the version", EX_SOFTWARE);
}

/* The version that the database has; a newer one than ours is an answer. */
static int
look(struct run *m)
{
	int	there, status;

	m->now = 0;
	status = ask(m, "SELECT (to_regclass('bobbin_migrations') IS NOT NULL)"
	    "::int", &there);
	if (status != EX_OK || !there)
		return status;
	return ask(m, "SELECT coalesce(max(version), 0) "
	    "FROM bobbin_migrations", &m->now);
}

static void
quiet(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

static int
dial(struct run *m, const char *url)
{
	const char	*const keys[] = { "application_name",
			     "target_session_attrs", "connect_timeout",
			     "dbname", "client_encoding", NULL };
	const char	*values[] = { "bobbin migrate", "any", "10", NULL,
			     "UTF8", NULL };
	char		*plain;

	if (url == NULL || *url == '\0') {
		fprintf(stderr, "bobbin: migrate: DATABASE_URL is not set\n");
		return EX_CONFIG;
	}
	if ((plain = conn_url(url)) == NULL)
		return EX_OSERR;
	if (!conn_parses(plain)) {
		fprintf(stderr, "bobbin: migrate: DATABASE_URL cannot be "
		    "parsed\n");
		free(plain);
		return EX_CONFIG;
	}
	if (conn_many(plain))
		values[1] = "read-write";
	values[3] = plain;
	m->pg = PQconnectdbParams(keys, values, 1);
	free(plain);
	if (PQstatus(m->pg) != CONNECTION_OK)
		return complain(m, "connecting", EX_UNAVAILABLE);
	PQsetNoticeProcessor(m->pg, quiet, NULL);
	return EX_OK;
}

/*
 * The session's lock, released by its end.  A lock_timeout of the role or the
 * URL stands.  A search_path that names no schema, or finds the temporary
 * one first, would make tables that vanish with the session.
 */
static int
lock(struct run *m)
{
	PGresult	*r;
	const char	*code;
	int		 status, lost = 1;
	bool		 ok;

	status = put(m, "lock_timeout", "SELECT set_config('lock_timeout', "
	    "CASE current_setting('lock_timeout') WHEN '0' THEN '60s' "
	    "ELSE current_setting('lock_timeout') END, false)");
	if (status != EX_OK)
		return status;
	r = PQexec(m->pg, "SELECT pg_advisory_lock(" LOCK_KEY ")");
	ok = PQresultStatus(r) == PGRES_TUPLES_OK;
	code = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	status = code != NULL && strcmp(code, "55P03") == 0 ? EX_TEMPFAIL :
	    EX_SOFTWARE;
	PQclear(r);
	if (!ok)
		return complain(m, "waiting for another migrator", status);
	status = ask(m, "SELECT coalesce(current_schema() LIKE 'pg\\_temp%', "
	    "true)::int", &lost);
	if (status == EX_OK && lost) {
		fprintf(stderr, "bobbin: migrate: the role's search_path "
		    "names no schema that exists\n");
		return EX_CONFIG;
	}
	return status;
}

static int
record(struct run *m, int version, bool there)
{
	char	sql[256];

	if (there)
		snprintf(sql, sizeof(sql), "INSERT INTO bobbin_migrations "
		    "(version, name) VALUES (%d, '%s') ON CONFLICT DO NOTHING",
		    version, migrations[version - 1].name);
	else
		snprintf(sql, sizeof(sql), "DELETE FROM bobbin_migrations "
		    "WHERE version = %d", version);
	return put(m, "recording the version", sql);
}

static int
commit(struct run *m, int status)
{
	if (status == EX_OK)
		return put(m, "commit", "COMMIT");
	if (!m->sql)
		PQclear(PQexec(m->pg, "ROLLBACK"));
	return status;
}

/* One version, up or down, and its record: one transaction. */
static int
step(struct run *m, int version, bool up)
{
	const struct migration	*g = &migrations[version - 1];
	char			 what[128];
	int			 status;

	snprintf(what, sizeof(what), "%04d-%s.%s", version, g->name,
	    up ? "up" : "down");
	fprintf(m->out, "%s%s\n", m->sql ? "\n-- " : "", what);
	if ((status = put(m, what, "BEGIN")) != EX_OK)
		return status;
	status = put(m, what, up ? g->up : g->down);
	if (status == EX_OK && !m->sql &&
	    PQtransactionStatus(m->pg) != PQTRANS_INTRANS) {
		fprintf(stderr, "bobbin: migrate: %s ends its transaction\n",
		    what);
		status = EX_SOFTWARE;
	}
	if (status == EX_OK)
		status = record(m, version, up);
	if ((status = commit(m, status)) == EX_OK)
		m->now = up ? version : version - 1;
	return status;
}

/*
 * Roles and the table of versions.  Roles go with every upgrade, even where
 * nothing is missing: tables that came since then get their grants.
 */
static int
ground(struct run *m)
{
	int	status;

	if (m->sql)
		fprintf(m->out, "-- roles\n");
	if ((status = put(m, "roles", "BEGIN")) != EX_OK)
		return status;
	if ((status = put(m, "roles", roles)) == EX_OK)
		status = put(m, "bobbin_migrations", CREATE_TABLE);
	return commit(m, status);
}

static int
walk(struct run *m, int to)
{
	int	status = EX_OK;

	while (status == EX_OK && m->now < to)
		status = step(m, m->now + 1, true);
	while (status == EX_OK && m->now > to)
		status = step(m, m->now, false);
	return status;
}

static int
stamp(struct run *m, int to)
{
	int	status, v;

	if ((status = put(m, "stamp", "BEGIN")) != EX_OK)
		return status;
	for (v = 1; status == EX_OK && v <= to; v++)
		status = record(m, v, true);
	for (; status == EX_OK && v <= HEAD; v++)
		status = record(m, v, false);
	return commit(m, status);
}

static int
usage(const char *why, const char *target)
{
	fprintf(stderr, "bobbin: migrate: %s: %s\n", why, target);
	return EX_USAGE;
}

/* Digits alone, up to HEAD. */
static bool
number(const char *s, size_t len, int *out)
{
	if (len == 0 || len > 8 || strspn(s, "0123456789") < len)
		return false;
	*out = (int)strtol(s, NULL, 10);
	return *out <= HEAD;
}

/* A version in words; relative ones count from now. */
static bool
resolve(const char *s, size_t len, int now, int *out)
{
	if (len == 4 && strncmp(s, "head", 4) == 0)
		*out = HEAD;
	else if (len == 4 && strncmp(s, "base", 4) == 0)
		*out = 0;
	else if (*s == '+' && number(s + 1, len - 1, out))
		*out = now + *out;
	else if (*s == '-' && number(s + 1, len - 1, out))
		*out = now - *out;
	else
		return number(s, len, out);
	return *out >= 0 && *out <= HEAD;
}

static int
change(struct run *m, enum mig_verb verb, const char *target)
{
	int	status, to;

	if (m->now > HEAD) {
		fprintf(stderr, "bobbin: migrate: the database has version "
		    "%d, this program knows %d\n", m->now, HEAD);
		return EX_DATAERR;
	}
	if (!resolve(target, strlen(target), m->now, &to))
		return usage("no such version", target);
	if (verb != MIG_DOWNGRADE && (status = ground(m)) != EX_OK)
		return status;
	if (verb == MIG_STAMP)
		return stamp(m, to);
	/* Asked again, or from beyond: nothing is left to do. */
	if (verb == MIG_UPGRADE ? to <= m->now : to >= m->now)
		return EX_OK;
	return walk(m, to);
}

/* The script, for somebody else to run. */
static int
script(struct run *m, enum mig_verb verb, const char *target)
{
	const char	*colon = strchr(target, ':');

	if (colon == NULL && verb == MIG_DOWNGRADE)
		return usage("--sql needs from:to", target);
	if (colon == NULL)
		return change(m, verb, target);
	if (verb == MIG_STAMP ||
	    !resolve(target, (size_t)(colon - target), 0, &m->now))
		return usage("no such range", target);
	return change(m, verb, colon + 1);
}

static void
line(FILE *out, int version, const char *end)
{
	char	a[16];

	fprintf(out, "%s%s%s", label(version, a),
	    version == HEAD ? " (head)" : "", end);
}

static void
history(FILE *out)
{
	char	a[16];
	int	v;

	for (v = HEAD; v > 0; v--) {
		fprintf(out, "%s -> ", label(v - 1, a));
		line(out, v, ", ");
		fprintf(out, "%s\n", migrations[v - 1].name);
	}
}

static int
show(FILE *out, const char *target)
{
	int	v;

	if (!resolve(target, strlen(target), 0, &v) || v == 0)
		return usage("no such version", target);
	fprintf(out, "-- %04d-%s.up\n%s\n-- %04d-%s.down\n%s", v,
	    migrations[v - 1].name, migrations[v - 1].up, v,
	    migrations[v - 1].name, migrations[v - 1].down);
	return EX_OK;
}

/* roles.sql wants to know where LangGraph's tables are. */
static int
tell(struct run *m, const char *schema)
{
	const char	*const values[] = { schema != NULL ? schema : "" };
	PGresult	*r;
	bool		 ok;

	r = PQexecParams(m->pg, "SELECT set_config("
	    "'bobbin.checkpoint_schema', $1, false)", 1, NULL, values, NULL,
	    NULL, 0);
	ok = PQresultStatus(r) == PGRES_TUPLES_OK;
	PQclear(r);
	return ok ? EX_OK : complain(m, "CHECKPOINT_SCHEMA", EX_SOFTWARE);
}

static int
with_database(struct run *m, const struct migrate *how)
{
	int	status;

	if ((status = dial(m, how->url)) != EX_OK)
		;
	else if (how->verb == MIG_CURRENT) {
		if ((status = look(m)) == EX_OK && m->now > 0)
			line(m->out, m->now, "\n");
	} else if ((status = lock(m)) == EX_OK &&
	    (status = tell(m, how->ckpt_schema)) == EX_OK &&
	    (status = look(m)) == EX_OK)
		status = change(m, how->verb, how->target);
	PQfinish(m->pg);
	return status;
}

int
migrate_run(const struct migrate *how)
{
	struct run	m = { .sql = how->sql, .out = how->out };

	switch (how->verb) {
	case MIG_HISTORY:
		history(how->out);
		return EX_OK;
	case MIG_HEADS:
		line(how->out, HEAD, "\n");
		return EX_OK;
	case MIG_SHOW:
		return show(how->out, how->target);
	default:
		if (how->sql)
			return script(&m, how->verb, how->target);
		return with_database(&m, how);
	}
}
