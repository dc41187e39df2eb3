#!/bin/sh
# Form that a compiler does not see: tabs, 80 columns, no trailing blanks, one
# file name once, everything in the tarball.
set -eu
export LC_ALL=C
cd "${SRCDIR:-.}"
bad=0
files=$(find src t -name '*.[ch]' | sort)
[ -n "$files" ] || { echo "no sources found" >&2; exit 1; }
complain() {
	[ -z "$1" ] || { printf '%s\n%s\n' "$2" "$1" >&2; bad=1; }
}
complain "$(grep -nE '^ {8}' $files | head -5)" "blanks where a tab belongs:"
complain "$(grep -nE '[ 	]+$' $files | head -5)" "trailing blanks:"
complain "$(for f in $files; do
	expand "$f" | awk -v f="$f" '{ gsub(/[\200-\277]/, "") }
	    length($0) > 80 { print f ":" NR; exit }'
done)" "longer than 80 columns:"
complain "$(find src -name '*.c' | sed 's,.*/,,' | sort | uniq -d)" \
    "file names used twice:"
complain "$(grep -rnwE 'TODO|FIXME|XXX' src sql nginx packaging | head -5)" \
    "left for later:"
exit $bad
