#!/bin/sh
# 600-quickstart.t: what the quickstart's links open, in a tree of its own.
. "${SRCDIR:?}/t/page/lib.sh"

page_start quickstart
tree=$T/tree
mkdir -p "$tree/var"
cp -R "$top/packaging" "$top/nginx" "$top/sql" "$top/configure.ac" "$tree"
chmod -R u+w "$tree"
# It is built already.
ln -s "$BUILDDIR" "$tree/var/build"
cp -p "$top/configure" "$tree"
touch "$tree/configure"
env -u MAKEFLAGS -u MAKELEVEL "$tree/packaging/quickstart" \
    --port "$(free_port)" >"$T/quickstart" 2>&1 &
quickstart=$!
it_pids="$it_pids $quickstart"

_is_up() {
	[ -s "$tree/var/quickstart.env" ] && return
	kill -0 "$quickstart" 2>/dev/null || return 9
	return 1
}

# Longer than others: it makes a database.
_wait_for _is_up || _wait_for _is_up || _wait_for _is_up ||
    _wait_for _is_up || _bail "$(cat "$T/quickstart")"

_link() {
	sed -n "s/^ *as $1 *\(http.*\)/\1/p" "$T/quickstart"
}

_opens() {
	qs_link=$(_link "$1")
	_page "$2" PAGE_URL="${qs_link%%/#*}" PAGE_LINK="$qs_link"
}

alice_s_link_opens_the_demo() { _opens Alice alice; }
bob_s_link_opens_his_own() { _opens Bob bob; }

it_run
