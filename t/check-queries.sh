#!/bin/sh
# Every statement is used, and every owned one names the owner.
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
exit $bad
