#!/bin/sh
# 100-threads.t: signing in to the page, and its list of threads.
. "${SRCDIR:?}/t/page/lib.sh"

it_conf='JWT_LEEWAY_SECONDS = 0'
page_start threads
_demo || _bail 'no demo data'
sql "INSERT INTO users_threads_runs (email, thread_id, run_id, prompt)
    VALUES ('alice@example.com', 'percent', gen_random_uuid()::text,
	'Is this 100%_sure?'), ('alice@example.com', 'percent-not',
	gen_random_uuid()::text, 'Is this 1000 sure?')"

the_libraries_are_those_of_the_lock_file() {
	for pair in marked.js:marked/lib/marked.esm.js \
	    marked.txt:marked/LICENSE purify.txt:dompurify/LICENSE \
	    purify.js:dompurify/dist/purify.min.js; do
		cmp "$page_js/node_modules/${pair#*:}" \
		    "$top/nginx/html/lib/${pair%:*}" || flunk "$pair"
	done
	! grep -nE '"resolved"|https?:' "$top/t/page/package-lock.json" ||
	    flunk 'the lock file names a place'
}

a_link_signs_in_and_leaves_no_token_behind() { _page link; }
a_pasted_token_signs_in_and_out() { _page paste; }
a_proxy_signs_in_without_a_token() { _page proxy; }

an_expired_sign_in_is_said_and_renewed() {
	bobbin_run token --ttl 1 alice@example.com >"$T/token.past"
	_wait_for _is_past || flunk 'it never ends'
	_page expiry
}

_is_past() {
	as past get /chat-threads
	[ "$(status)" = 401 ]
}

a_link_of_somebody_else_asks_first() { _page other_link; }
two_users_in_two_tabs_do_not_mix() { _page two_users; }
a_thread_is_renamed() { _page renames; }
a_thread_is_archived_and_back() { _page archives; }
a_deletion_can_be_undone_until_it_is_sent() { _page deletes; }
titles_are_searched() { _page searches; }
a_thread_is_exported() { _page exports_; }
the_keyboard_is_enough() { _page keyboard; }
offline_is_said_and_what_was_missed_comes() { _page offline; }

five_thousand_threads_cost_little() {
	# Each in a transaction of its own, as in life.
	pg_sql postgres <<-'X' >/dev/null || return 1
	DO $$ BEGIN
		FOR n IN 1..5000 LOOP
			INSERT INTO users_threads_runs
			    (email, thread_id, run_id, prompt)
			SELECT 'carol@example.com', 'q-' || n,
			       gen_random_uuid()::text, 'Question ' || n
			  FROM generate_series(0, 1);
			COMMIT;
		END LOOP;
	END $$;
	DELETE FROM events;
	X
	_told			# or the page hears of them, and asks
	_page many
}

it_run
