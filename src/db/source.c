/* source.c: another system's database, to read from alone. */
#include "config.h"

#include "db/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/conn.h"

#define FETCH	"FETCH FORWARD 100 FROM bobbin_import"

struct source {
	PGconn	*pg;
	char	 why[256];
};

/* What cannot quote a value: the server's own words for its class of error. */
static void
explain(struct source *s, const PGresult *r)
{
	const char	*code = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char	*text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

	if (code == NULL)
		snprintf(s->why, sizeof(s->why), "connection lost");
	else if (strncmp(code, "42", 2) == 0 && text != NULL)
		snprintf(s->why, sizeof(s->why), "SQLSTATE %s: %s", code, text);
	else
		snprintf(s->why, sizeof(s->why), "SQLSTATE %s", code);
}

/* NULL, explained, for a statement that failed. */
static PGresult *
ask(struct source *s, const char *sql, const char *param)
{
	PGresult	*r;
	ExecStatusType	 st;

	r = PQexecParams(s->pg, sql, param != NULL, NULL, &param, NULL, NULL,
	    0);
	st = PQresultStatus(r);
	if (st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK)
		return r;
	explain(s, r);
	PQclear(r);
	return NULL;
}

static bool
run(struct source *s, const char *sql, const char *param)
{
	PGresult	*r = ask(s, sql, param);

	PQclear(r);
	return r != NULL;
}

bool
source_is_secret(const char *dsn)
{
	PQconninfoOption	*opts, *o;
	char			*url = conn_url(dsn);
	bool			 secret = true;

	if (url != NULL && strpbrk(url, "=:/@") == NULL)
		secret = false;		/* the name of a database alone */
	else if (url != NULL &&
	    (opts = PQconninfoParse(url, NULL)) != NULL) {
		secret = false;
		for (o = opts; o->keyword != NULL; o++)
			if (o->val != NULL && *o->val != '\0' &&
			    strstr(o->keyword, "password") != NULL)
				secret = true;
		PQconninfoFree(opts);
	}
	free(url);
	return secret;
}

static bool
settle(struct source *s)
{
	static const char *const	sets[] = {
		"SET TimeZone = 'UTC'",
		"SET client_encoding = 'UTF8'",
		"SET statement_timeout = 0",
		"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
	};
	size_t				i;

	for (i = 0; i < nitems(sets); i++)
		if (!run(s, sets[i], NULL))
			return false;
	return true;
}

struct source *
source_open(const char *dsn, char err[256])
{
	const char	*keys[] = { "dbname", "application_name", NULL };
	const char	*values[] = { NULL, "bobbin import", NULL };
	char		*url = conn_url(dsn);
	struct source	*s = calloc(1, sizeof(*s));

	values[0] = url;
	if (s == NULL || url == NULL ||
	    (s->pg = PQconnectdbParams(keys, values, 1)) == NULL)
		snprintf(err, 256, "no memory");
	else if (PQstatus(s->pg) != CONNECTION_OK)
		snprintf(err, 256, "%.*s", conn_line(PQerrorMessage(s->pg)),
		    PQerrorMessage(s->pg));
	else if (!settle(s))
		snprintf(err, 256, "%s", s->why);
	else {
		free(url);
		return s;
	}
	free(url);
	source_close(s);
	return NULL;
}

void
source_close(struct source *s)
{
	if (s == NULL)
		return;
	PQfinish(s->pg);
	free(s);
}

const char *
source_why(const struct source *s)
{
	return s->why;
}

enum rc
source_has(struct source *s, const char *table, bool *has)
{
	PGresult	*r;

	r = ask(s, "SELECT to_regclass($1::text) IS NOT NULL", table);
	if (r == NULL)
		return RC_DOWN;
	*has = *PQgetvalue(r, 0, 0) == 't';
	PQclear(r);
	return RC_OK;
}

enum rc
source_each(struct source *s, const char *sql, const char *param,
    enum rc (*fn)(void *, const struct db_res *, size_t), void *arg)
{
	struct db_res	 res;
	char		*declare;
	bool		 ok;
	size_t		 i, n = 1;
	enum rc		 rc = RC_OK;

	if (asprintf(&declare, "DECLARE bobbin_import NO SCROLL CURSOR FOR %s",
	    sql) == -1)
		return RC_FAIL;
	ok = run(s, declare, param);
	free(declare);
	if (!ok)
		return RC_DOWN;
	while (rc == RC_OK && n > 0) {
		if ((res.pg = ask(s, FETCH, NULL)) == NULL)
			return RC_DOWN;
		n = res_rows(&res);
		for (i = 0; rc == RC_OK && i < n; i++)
			rc = fn(arg, &res, i);
		PQclear(res.pg);
	}
	if (!run(s, "CLOSE bobbin_import", NULL) && rc == RC_OK)
		rc = RC_DOWN;
	return rc;
}
