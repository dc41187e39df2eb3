#!/bin/sh
# Options: the table, bobbin.conf(5) and the sample file say the same; what waits
# for another waits longer than that: a request is never with two workers.
set -eu
cd "${SRCDIR:-.}"
table=$(sed -n 's/^O([A-Z]*, *\([A-Z0-9_]*\),.*/\1/p' src/base/options.h | sort)
[ "$(echo "$table" | wc -l)" -gt 20 ] || { echo "no options found" >&2; exit 1; }
bad=0
man=$(sed -n 's/^\.It Cm \([A-Z0-9_]*\).*/\1/p' packaging/man/bobbin.conf.5 | sort)
sample=$(sed -n 's/^#*\([A-Z][A-Z0-9_]*\) = .*/\1/p' packaging/bobbin.conf | sort)
for what in man sample; do
	eval "list=\$$what"
	diff=$(printf '%s\n%s\n' "$table" "$list" | sort | uniq -u)
	[ -z "$diff" ] || {
		echo "options and $what differ:" $diff >&2
		bad=1
	}
done
default() {
	sed -n "s/^O(INT, *$1,.*\"\([0-9]*\)\".*/\1/p" src/base/options.h
}
seconds() {	# file
	sed -n 's/^fastcgi_read_timeout \([0-9]*\)s;/\1/p' "$1"
}
statement=$(sed -n "s/.*('statement_timeout', '\([0-9]*\)s').*/\1/p" sql/roles.sql)
pipeline=$(default DATABASE_TIMEOUT_MS)
quick=$(default BOBBIN_WATCHDOG_SECONDS)
slow=$(default BOBBIN_SLOW_WATCHDOG_SECONDS)
bulk=$(sed -n 's/^#define PATIENCE	*\([0-9]*\)	.*/\1/p' src/api/messages.c)
[ $((statement * 1000)) -lt $((pipeline)) ] &&
    [ $((pipeline)) -lt $((quick * 1000)) ] && [ "$bulk" -lt 1000 ] &&
    [ $((bulk * slow + pipeline)) -lt $((slow * 1000)) ] &&
    [ $((quick + 1)) -lt $(($(seconds nginx/bobbin-quick))) ] &&
    [ $((slow + 1)) -lt $(($(seconds nginx/bobbin-slow))) ] && [ "$statement" ] || {
	echo "time limits: statement $statement s, pipeline $pipeline ms," \
	    "bulk reads $bulk ms a second," \
	    "watchdogs $quick and $slow s, nginx" \
	    "$(seconds nginx/bobbin-quick) and $(seconds nginx/bobbin-slow) s" >&2
	bad=1
}
exit $bad
