#!/bin/sh
# Every statement is used, every owned one names the owner, and none leaves
# anything in the session: behind a pooler the next client has it.
set -eu
cd "${SRCDIR:-.}"
bad=0 n=0
for name in $(sed -n 's/^-- name: \([a-z_]*\) .*/\1/p' sql/query/*.sql); do
	n=$((n + 1))
	upper=$(echo "$name" | tr a-z A-Z)
	grep -rqw "Q_$upper" src || {
		echo "sql/query: nobody uses $name" >&2
		bad=1
	}
done
[ "$n" -gt 10 ] || { echo "only $n statements found" >&2; exit 1; }
awk '
/^-- name:/ { if (name != "" && owned && !ok) { print name; bad = 1 }
	name = $3; owned = $4 == ":owned"; ok = 0; next }
/^--/ { next }
# Either the email is compared, or a function of ours gets it first.
/email = \$1::text/ || /[a-z_]+\(\$1::text/ { ok = 1 }
END { if (owned && !ok) { print name; bad = 1 } exit bad }
' sql/query/*.sql >&2 || { echo "owned, but the owner is not named" >&2; bad=1; }
awk '
function judge(	t, depth, i, c) {
	t = toupper(text)
	gsub(/[ \t]+/, " ", t)
	gsub(/(^|; ?) ?SET (LOCAL|TRANSACTION|CONSTRAINTS) /, ";", t)
	if (t ~ /(^|;) ?(SET|RESET|DISCARD|DEALLOCATE|PREPARE|LISTEN|UNLISTEN) / ||
	    t ~ /(^|;) ?(DISCARD|LOAD|CREATE (LOCAL )?TEMP)/ ||
	    t ~ /PG_(TRY_)?ADVISORY_LOCK(_SHARED)? ?\(/ || t ~ / WITH HOLD /)
		return 0
	while (match(t, /SET_CONFIG ?\(/)) {
		t = substr(t, RSTART + RLENGTH)
		depth = 1
		for (i = 1; depth > 0 && i <= length(t); i++) {
			c = substr(t, i, 1)
			depth += (c == "(") - (c == ")")
		}
		if (substr(t, 1, i - 2) !~ /, ?TRUE ?$/)
			return 0
	}
	return 1
}
function done() { if (name != "" && !judge()) { print name; bad = 1 } }
/^-- name:/ { done(); name = $3; text = ""; next }
{ sub(/--.*/, ""); text = text " " $0 }
END { done(); exit bad }
' sql/query/*.sql >&2 || { echo "outlives its transaction" >&2; bad=1; }
exit $bad
