#!/bin/sh
# 350-everywhere.t: what must be true of every view: hostile names, history,
# very long threads, sign-ins that end, other tabs, other users.
. "${SRCDIR:?}/t/page/lib.sh"

it_conf='ARTIFACTS_SECRET = page-link-0123456789abcdef0123456789abcdef
ENCRYPTION_KEY = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
page_start everywhere
_demo || _bail 'no demo data'

hostile_names_stay_names() {
	bobbin_run token --ttl 3600 \
	    '<img/src=x/onerror=window.hacked=1>@example.com' \
	    >"$T/token.hostile"
	_page names
}

back_and_forward_lead_where_one_was() { _page walks; }
each_view_is_there_after_a_reload_and_by_its_link() { _page reloads; }
a_sign_in_that_ends_below_a_dialog_is_renewed() { _page dialogs; }
what_another_tab_deletes_is_gone_here() { _page deleted; }
two_users_do_everything_at_once() { _page two_users; }

five_thousand_messages_scroll() {
	sql "WITH t AS (INSERT INTO threads (email, thread_id, title)
	    VALUES ('alice@example.com', 'very-long', 'Very long')
	    RETURNING id)
	INSERT INTO messages (email, thread_id, message_id, role, content,
	    created_at)
	SELECT 'alice@example.com', t.id, 'long-' || n, CASE n % 2 WHEN 1
	       THEN 'user' ELSE 'assistant' END, to_json(CASE n % 2 WHEN 1
	       THEN 'Question ' || n ELSE 'Answer **' || n ||
	       E'**\n\n| a |\n|---|\n| 1 |\n\n' || repeat('words ', n % 90)
	       END), now() - (5001 - n) * interval '1 second'
	  FROM t, generate_series(1, 5000) n"
	_page very_long
}

it_run
