#!/bin/sh
# Directories under src/ are layers: a file includes its own and lower ones.
# Each outside library is known to one directory.  Fails when it finds nothing.
set -eu
cd "${SRCDIR:-.}/src"
layers='base codec auth db core http api proc jobs cli'
rank() {
	case $1 in
	base) echo 0;; codec) echo 1;; auth) echo 2;; db) echo 3;;
	core) echo 4;; http) echo 5;; api) echo 6;; proc) echo 6;;
	jobs) echo 6;; cli) echo 7;; *) echo 99;;
	esac
}
bad=0 seen=0
for f in $(find $layers -name '*.[ch]' | sort); do
	from=${f%%/*}
	for inc in $(sed -n 's/^#[ 	]*include "\([a-z_]*\)\/.*/\1/p' "$f"); do
		seen=$((seen + 1))
		[ "$inc" = "$from" ] && continue
		if [ "$(rank "$inc")" -ge "$(rank "$from")" ]; then
			echo "src/$f: layer $from includes $inc" >&2
			bad=1
		fi
	done
done
only() {	# header directory
	users=$(grep -rl "include <$1>" $layers | sort)
	[ -n "$users" ] || { echo "nobody includes $1" >&2; bad=1; }
	for f in $users; do
		case $f in
		$2) ;;
		*) echo "src/$f: <$1> belongs to $2" >&2; bad=1;;
		esac
	done
}
only fcgiapp.h http/fcgi.c
only libpq-fe.h 'db/*'
only curl/curl.h jobs/httpc.c
only ini.h base/conf*.c
for f in $(find $layers -name '*.c'); do
	first=$(sed -n 1p "$f")
	case $first in
	"/* ${f##*/}: "*) ;;
	*) echo "src/$f: first line does not say what it is for" >&2; bad=1;;
	esac
done
[ "$seen" -gt 50 ] || { echo "only $seen includes found" >&2; bad=1; }
exit $bad
