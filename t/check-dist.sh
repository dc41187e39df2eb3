#!/bin/sh
# The tarball: all that the repository holds is in it, but for what only a
# repository needs.
set -eu
top=$(cd "${SRCDIR:-.}" && pwd)
cd "$top"
# A tarball has no list of its own to be held against.
[ -e .git ] && command -v git >/dev/null || exit 77
unset MAKEFLAGS MAKELEVEL
dist=$(mktemp -d)/bobbin
trap 'chmod -R u+w "${dist%/*}"; rm -rf "${dist%/*}"' EXIT
(cd "${BUILDDIR:-.}" && make -s distdir distdir="$dist" \
    >/dev/null) || exit 1
git -c safe.directory='*' ls-files | grep -vE '^(\.ci/|\.gitignore$)' | sort >"$dist.want"
(cd "$dist" && find . -type f) | sed 's|^\./||' | sort >"$dist.got"
[ "$(wc -l <"$dist.want")" -gt 200 ] || { echo 'no files found' >&2; exit 1; }
missing=$(comm -23 "$dist.want" "$dist.got")
[ -z "$missing" ] || {
	echo "the tarball lacks:" $missing >&2
	exit 1
}
