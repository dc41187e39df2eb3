#!/bin/sh
# 400-access.t: every view of the page for everybody.
. "${SRCDIR:?}/t/page/lib.sh"

page_start access

axe_finds_nothing_serious_in_light() { _page in_light; }
axe_finds_nothing_serious_in_dark() { _page in_dark; }
axe_finds_nothing_serious_on_a_small_screen() { _page small; }
axe_finds_nothing_serious_on_a_small_dark_screen() { _page small_dark; }
at_400_percent_nothing_is_cut() { _page zoomed; }
what_opens_above_the_page_is_usable() { _page above; }
light_and_dark_can_be_chosen() { _page colours; }
the_tab_key_reaches_everything() { _page focus; }
motion_is_reduced_on_request() { _page still; }

it_run
