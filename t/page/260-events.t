#!/bin/sh
# 260-events.t: the page on the server's own stream of events.
. "${SRCDIR:?}/t/page/lib.sh"

page_start live
_demo || _bail 'no demo data'

what_changes_is_told_by_the_server() { _page real; }

it_run
