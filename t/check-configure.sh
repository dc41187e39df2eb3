#!/bin/sh
# The builds that no test runs in: configure offers them, and what they compile
# has what they are for.
set -eu
top=$(cd "${SRCDIR:-.}" && pwd)
# Beside a tree that is configured in place there can be no other.
[ ! -e "$top/config.status" ] || exit 77
unset MAKEFLAGS MAKELEVEL
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
object=t/fuzz/fuzz_json.o
try() {	# symbol configure's-arguments...
	symbol=$1
	shift
	mkdir "$dir/$symbol"
	cd "$dir/$symbol"
	"$top/configure" -q "$@" >log 2>&1 && make -s "$object" >>log 2>&1 || {
		cat log >&2
		echo "$*: does not build" >&2
		exit 1
	}
	nm "$object" | grep -q "$symbol" || {
		echo "$*: $object has no $symbol" >&2
		exit 1
	}
}
try __gcov_ --enable-coverage --enable-werror
# gcc has no libFuzzer, and nothing else here needs clang.
if command -v clang >/dev/null; then
	try __sanitizer_cov_ --enable-fuzz CC=clang
else
	echo "no clang: --enable-fuzz is not tried"
fi
