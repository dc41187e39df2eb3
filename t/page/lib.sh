# lib.sh: sourced: the page in Debian's Chromium, against the servers of
# t/it/lib.sh.
#
#	. "${SRCDIR:?}/t/page/lib.sh"
#	page_start threads		# scenarios of threads.mjs; ev_start
#	a_thread_is_renamed() { _page renames; }
#	it_run
#
# A scenario fails by an exception, by an error on the console, and by a
# request to anywhere else.  Pictures are left in $BUILDDIR/t/page/shots.

. "${SRCDIR:?}/t/it/lib.sh"
. "$top/t/it/events.sh"

page_js=$BUILDDIR/t/page/js

page_start() {
	page_file=$1
	it_args=--with-jobs		# the relay of events
	ev_start
	# Without them nothing is tested here: that is a failure, no skip.
	for program in node npm chromium; do
		command -v $program >/dev/null ||
		    _bail "$program is not installed"
	done
	sh "$top/t/page/install.sh" "$page_js" >"$T/log/npm.log" 2>&1 ||
	    _bail "npm ci failed"
	mkdir -p "$BUILDDIR/t/page/shots" "$T/home"
	for page_who in alice bob carol agent; do
		token_of $page_who >/dev/null
	done
}

# The quickstart's data.
_demo() {
	pg_sql bobbin_owner -f "$top/packaging/demo-checkpoints.sql" \
	    >/dev/null && bobbin_run migrate upgrade >/dev/null 2>&1 &&
	    pg_sql demo_agent -f "$top/packaging/demo.sql" >/dev/null
}

# _page SCENARIO [NAME=VALUE...]
_page() {
	page_what=$1
	shift
	env HOME="$T/home" PAGE_URL="$url" PAGE_TOKENS="$T" \
	    PAGE_SHOTS="$BUILDDIR/t/page/shots" "$@" \
	    timeout -k 5 180 node "$page_js/run.mjs" "$page_file" \
	    "$page_what" >"$T/page.out" 2>&1 ||
	    flunk "$(tail -n 40 "$T/page.out")"
}
