#!/bin/sh
# Options: the table, bobbin.conf(5) and the sample file say the same.
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
exit $bad
