#!/bin/sh
# 270-waits.t: what LangGraph's graph waits for, on the page.
. "${SRCDIR:?}/t/page/lib.sh"

page_start waits
pg_sql postgres -f "$top/t/vectors/langgraph/py_checkpoints.sql" >/dev/null &&
    pg_sql postgres -f "$top/sql/roles.sql" >/dev/null ||
    _bail "no LangGraph's tables"
sql "INSERT INTO threads (email, thread_id, title)
    SELECT DISTINCT 'alice@example.com', thread_id, thread_id
    FROM checkpoints"
sql "INSERT INTO thread_claims (thread_id, email)
    SELECT DISTINCT thread_id, 'alice@example.com' FROM checkpoints"

# A scenario is the agent too, which writes into the tables by itself.
_waits() { _page "$1" PGHOST="$T" PGDATABASE=bobbin PGUSER=postgres; }

what_waits_is_shown_at_the_end() { _waits shows; }
every_screen_and_the_keyboard_have_it() { _waits usable; }
no_thread_costs_a_request_more() { _waits requests; }
it_comes_and_goes_with_the_run() { _waits goes; }
stored_messages_leave_it_there() { _waits stored; }
what_is_hostile_stays_inert() { _waits inert; }
what_cannot_be_read_says_so() { _waits unreadable; }
another_owner_s_is_not_there() { _waits others; }

it_run
