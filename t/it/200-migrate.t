#!/bin/sh
# 200-migrate.t: `bobbin migrate` against a private PostgreSQL.
: "${BOBBIN:?}"

T=$(mktemp -d) || exit 1
server=
unset BOBBIN_CONF DATABASE_URL CHECKPOINT_SCHEMA PGOPTIONS

finish() {
	[ -z "$server" ] ||
	    { kill -INT "$(head -n 1 "$T/data/postmaster.pid")" && wait; }
	rm -rf "$T"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

# The server will not run as root.
as_pg() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=postgres --regid=postgres --clear-groups \
		    --pdeathsig=INT "$@"
	else
		"$@"
	fi
}

sql() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$T" -U boss -d "$db" -c "$1" \
	    2>&1
}

start_cluster() {
	bin=$(pg_config --bindir) && [ -x "$bin/initdb" ] ||
	    { echo '1..0 # SKIP no PostgreSQL server here'; exit 0; }
	[ "$(id -u)" != 0 ] || chown postgres "$T"
	cd "$T" || exit 1
	as_pg "$bin/initdb" -D "$T/data" -U boss -A trust --no-sync \
	    >initdb.log 2>&1 || { sed 's/^/# /' initdb.log; exit 1; }
	as_pg "$bin/postgres" -D "$T/data" -k "$T" -h '' -F >pg.log 2>&1 &
	server=$!
	i=0
	until pg_isready -q -h "$T" -U boss; do
		i=$((i + 1))
		[ $i -lt 300 ] || { sed 's/^/# /' pg.log; exit 1; }
		sleep 0.1
	done
}

# A database of its own.
fresh() {
	dbs=$((dbs + 1))
	db=postgres
	sql "CREATE DATABASE t$dbs" && db=t$dbs
	DATABASE_URL="postgresql://boss@/$db?host=$T"
	export DATABASE_URL
}

# migrate STATUS ARGUMENTS: runs, compares the status, keeps both streams.
migrate() {
	want=$1
	shift
	"$BOBBIN" migrate "$@" >"$T/out" 2>"$T/err"
	got=$?
	[ $got = "$want" ] && return
	echo "# migrate $*: want $want, got $got"
	sed 's/^/# /' "$T/err"
	return 1
}

prints() {
	printf '%s' "$1" | cmp -s - "$T/out" && return
	echo "# want: $1"
	sed 's/^/# got: /' "$T/out"
	return 1
}

schema() {
	pg_dump -s -h "$T" -U boss "$db" | sed '/^.\(un\)*restrict /d' >"$T/$1"
}

help_and_bad_usage() {
	unset DATABASE_URL
	migrate 0 --help && grep -q '^usage: bobbin migrate' "$T/out" &&
	    migrate 64 && migrate 64 nonsense && migrate 64 upgrade --nonsense &&
	    migrate 64 show && migrate 64 downgrade && migrate 64 current 1 &&
	    migrate 64 current --sql && migrate 64 upgrade 1 2 &&
	    migrate 64 show 99999 && migrate 64 show base && migrate 64 -c &&
	    migrate 64 downgrade 1 --sql && migrate 64 stamp base:1 --sql &&
	    migrate 64 upgrade 1x --sql
}

what_it_knows_needs_no_database() {
	unset DATABASE_URL
	migrate 0 heads && prints "$head (head)
" && migrate 0 history && [ "$(wc -l <"$T/out")" = "$((last))" ] &&
	    grep -q '^<base> -> 0001.*, [a-z]' "$T/out" &&
	    migrate 0 show 1 && grep -q '^-- 0001-.*\.up$' "$T/out" &&
	    grep -q '^-- 0001-.*\.down$' "$T/out" && grep -q ';$' "$T/out"
}

no_database_is_said() {
	unset DATABASE_URL
	migrate 78 current && grep -q DATABASE_URL "$T/err" || return 1
	DATABASE_URL="postgresql://boss@/none?host=$T"
	export DATABASE_URL
	migrate 69 upgrade && grep -q none "$T/err" || return 1
	DATABASE_URL="postgresql://boss:hidden@/none?host=$T/nowhere"
	migrate 69 current && ! grep -q hidden "$T/err"
}

up_down_up_is_one_schema() {
	fresh && migrate 0 current && prints '' && migrate 0 upgrade &&
	    [ -s "$T/out" ] && migrate 0 current && prints "$head (head)
" && schema one && migrate 0 downgrade base && migrate 0 current &&
	    prints '' && migrate 0 upgrade head && schema two &&
	    [ "$(wc -c <"$T/one")" -gt 1000 ] && cmp "$T/one" "$T/two"
}

again_is_nothing() {
	fresh && migrate 0 upgrade &&
	    was=$(sql 'SELECT * FROM bobbin_migrations ORDER BY 1') &&
	    migrate 0 upgrade && prints '' && migrate 0 upgrade "$last" &&
	    prints '' &&
	    [ "$was" = "$(sql 'SELECT * FROM bobbin_migrations ORDER BY 1')" ] &&
	    migrate 0 downgrade base && migrate 0 downgrade base && prints ''
}

steps_count_from_where_it_stands() {
	fresh && migrate 0 upgrade +1 && migrate 0 current &&
	    grep -q '^0001' "$T/out" && migrate 0 downgrade -1 &&
	    migrate 0 current && prints '' && migrate 64 downgrade -1 &&
	    migrate 0 upgrade && migrate 64 upgrade +1 &&
	    migrate 0 current && prints "$head (head)
"
}

stamp_records_and_runs_nothing() {
	fresh && migrate 0 stamp head && migrate 0 current &&
	    prints "$head (head)
" && [ "$(sql "SELECT to_regclass('users_threads_runs') IS NULL")" = t ] &&
	    migrate 0 stamp base && migrate 0 current && prints ''
}

a_script_does_the_same() {
	fresh && migrate 0 upgrade && schema one || return 1
	fresh && unset DATABASE_URL && migrate 0 upgrade --sql &&
	    psql -X -q -v ON_ERROR_STOP=1 -h "$T" -U boss -d "$db" \
	    -f "$T/out" >/dev/null 2>"$T/err" && schema two &&
	    cmp "$T/one" "$T/two" && migrate 0 downgrade head:base --sql &&
	    psql -X -q -v ON_ERROR_STOP=1 -h "$T" -U boss -d "$db" \
	    -f "$T/out" >/dev/null 2>"$T/err" &&
	    [ "$(sql 'SELECT count(*) FROM bobbin_migrations')" = 0 ]
}

a_failure_leaves_nothing_behind() {
	fresh && migrate 0 stamp base && schema one && sql "
	    CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS
		\$\$BEGIN RAISE 'not today'; END\$\$;
	    CREATE TRIGGER no BEFORE INSERT ON bobbin_migrations
		FOR EACH ROW EXECUTE FUNCTION no()" &&
	    migrate 70 upgrade && grep -q 'not today' "$T/err" &&
	    migrate 0 current && prints '' &&
	    sql 'DROP TRIGGER no ON bobbin_migrations; DROP FUNCTION no()' && schema two &&
	    cmp "$T/one" "$T/two" && migrate 0 upgrade
}

two_at_once_are_one() {
	fresh
	"$BOBBIN" migrate upgrade >"$T/a" 2>&1 &
	a=$!
	"$BOBBIN" migrate upgrade >"$T/b" 2>&1
	b=$?
	wait $a && [ $b = 0 ] || { sed 's/^/# /' "$T/a" "$T/b"; return 1; }
	[ "$(cat "$T/a" "$T/b" | grep -c '\.up$')" = "$((last))" ] &&
	    [ "$(sql 'SELECT count(*) FROM bobbin_migrations')" = \
	    "$((last))" ]
}

# The lock is that of the first statement; held by somebody else, it is waited
# for as long as lock_timeout says.
another_one_at_work_is_waited_for() {
	fresh
	key=$(sed -n 's/.*LOCK_KEY[^"]*"\([0-9]*\)".*/\1/p' \
	    "${SRCDIR:?}/src/db/migrate.c")
	mkfifo "$T/hold"
	psql -X -q -A -t -h "$T" -U boss -d "$db" <"$T/hold" >"$T/held" &
	holder=$!
	exec 9>"$T/hold"
	echo "SELECT pg_advisory_lock($key); SELECT 'held';" >&9
	i=0
	until grep -q held "$T/held"; do
		i=$((i + 1))
		[ $i -lt 300 ] || return 1
		sleep 0.1
	done
	PGOPTIONS='-c lock_timeout=100ms' migrate 75 upgrade
	rc=$?
	exec 9>&-
	wait $holder
	[ $rc = 0 ] && migrate 0 upgrade
}

a_newer_database_is_left_alone() {
	fresh && migrate 0 upgrade && sql "INSERT INTO bobbin_migrations
	    VALUES ($((last + 1)), 'later')" && migrate 65 upgrade &&
	    migrate 65 downgrade base && migrate 65 stamp head &&
	    [ "$(sql 'SELECT count(*) FROM bobbin_migrations')" = \
	    "$((last + 1))" ]
}

no_schema_is_no_temporary_one() {
	fresh && sql 'ALTER ROLE boss SET search_path = none, pg_temp' || return 1
	migrate 78 upgrade
	rc=$?
	sql 'ALTER ROLE boss RESET search_path'
	[ $rc = 0 ] && grep -q search_path "$T/err"
}

workers_may_read_the_version() {
	fresh && migrate 0 upgrade && [ "$(sql "SET ROLE bobbin_owner;
	    SELECT has_table_privilege('public', 'bobbin_migrations',
		'SELECT'), tableowner FROM pg_tables
	    WHERE tablename = 'bobbin_migrations'")" = 't|bobbin_owner' ]
}

tests='help_and_bad_usage
what_it_knows_needs_no_database
no_database_is_said
up_down_up_is_one_schema
again_is_nothing
steps_count_from_where_it_stands
stamp_records_and_runs_nothing
a_script_does_the_same
a_failure_leaves_nothing_behind
two_at_once_are_one
another_one_at_work_is_waited_for
a_newer_database_is_left_alone
no_schema_is_no_temporary_one
workers_may_read_the_version'

start_cluster
head=$("$BOBBIN" migrate heads | cut -d ' ' -f 1)
last=$(expr "$head" + 0) || exit 1
echo "1..$(echo "$tests" | wc -l)"
n=0
dbs=0
status=0
for t in $tests; do
	n=$((n + 1))
	if $t; then
		echo "ok $n - $t"
	else
		echo "not ok $n - $t"
		status=1
	fi
done
exit $status
