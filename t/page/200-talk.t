#!/bin/sh
# 200-talk.t: conversations on the page, their ratings and tool calls.
. "${SRCDIR:?}/t/page/lib.sh"

page_start talk
_demo || _bail 'no demo data'

langgraph_s_conversations_are_shown() { _page langgraph; }
markdown_code_and_tools_are_shown() { _page markdown; }
an_answer_is_rated_changed_and_cleared() { _page rates; }
ratings_and_comments_are_taken_back() { _page takes_back; }
hostile_content_stays_inert() { _page inert; }
calls_are_approved_edited_and_rejected() { _page approvals; }
what_is_decided_elsewhere_shows() { _page elsewhere; }
long_conversations_are_walked_back() { _page long; }
what_others_write_arrives() { _page arrives; }
another_owner_s_are_not_there() { _page others; }

it_run
