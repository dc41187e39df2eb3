#!/bin/sh
# 250-live.t: what the page makes of an event stream, of one that breaks, and
# of none.
. "${SRCDIR:?}/t/page/lib.sh"

page_start live
_demo || _bail 'no demo data'

a_stream_is_opened_with_the_token_in_a_header() { _page header; }
frames_come_in_any_pieces() { _page pieces; }
a_broken_stream_goes_on_where_it_was() { _page resumes; }
what_was_missed_is_read_again() { _page missed; }
an_event_is_newer_than_a_list_on_its_way() { _page crossed; }
a_slow_stream_is_waited_for() { _page slow; }
a_conversation_follows_its_events() { _page conversation; }
without_a_stream_the_page_asks() { _page without; }

it_run
