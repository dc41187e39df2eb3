#!/bin/sh
# 500-jobs.t: deliveries to LangSmith, keys by rename, the sweep.
# langsmith.pl is LangSmith and the issuer; time passes by moving it back in
# the database.
. "${SRCDIR:?}/t/it/lib.sh"

key=lsv2_a-secret-key
mail=alice@example.com
job= first= stub= tls=

it_start

_start_stub() {
	mkdir "$T/ls"
	perl "$top/t/it/langsmith.pl" "$T/ls" 2>"$T/log/langsmith" &
	stub=$!
	_wait_for test -s "$T/ls/port" || _bail 'no stub'
	lsport=$(cat "$T/ls/port")
	secret "$key"
	secret 'a secret prompt'
}

_end() {
	status=$?
	for pid in $job $first $stub $tls; do
		kill -9 "$pid" 2>/dev/null
	done
	(exit $status)
	it_stop
}

# A configuration file; lines that are given replace those of that name.
_configure() {
	cat >"$T/jobs.conf" <<-END
	BOBBIN_JOBS_DATABASE_URL = $(pg_url bobbin_jobs)
	LANGSMITH_API_KEY = $key
	LANGSMITH_ENDPOINT = http://127.0.0.1:$lsport
	JOBS_PERIOD_SECONDS = 1
	LOG_LEVEL = debug
	LOG_FILE = $T/log/jobs.log
	END
	for line; do
		sed -i "/^${line%% *} /d" "$T/jobs.conf"
		echo "$line" >>"$T/jobs.conf"
	done
}

_jobs() {
	bobbin_run jobs -c "$T/jobs.conf" "$@"
}

_once() {
	_jobs --once feedback 2>>"$T/log/jobs.log"
}

_start_jobs() {
	bobbin_exec jobs -c "$T/jobs.conf" 2>>"$T/log/jobs.log" &
	job=$!
}

# Ends the jobs process with a signal; its exit status.
_stop_jobs() {
	kill "-${1:-TERM}" "$job"
	wait "$job" 2>/dev/null
}

# What LangSmith says next, one answer a line.
_script() {
	printf '%s\n' "$@" >"$T/ls/script"
}

# The methods of the requests for feedback, and a field of the n-th one.
_methods() {
	sed -n 's,^\([A-Z]*\)	/feedback[^	]*	.*,\1,p' "$T/ls/requests" |
	    tr '\n' ' ' | sed 's/ $//'
}

_field() {
	grep '/feedback' "$T/ls/requests" | sed -n "${1}p" | cut -f "$2"
}

_asked() {
	[ "$(grep -c "$1" "$T/ls/requests")" -ge "$2" ]
}

# The workers' own statement, with the owner as their pipeline sets it.
put=$(sed -n '/^-- name: feedback_put /,/;$/p' \
    "$top/sql/query/feedback.sql")
clear=$(sed -n '/^-- name: feedback_clear /,/;$/p' \
    "$top/sql/query/feedback.sql")

# Rates the current run: a score and a comment, as SQL.
_submit() {
	sql "SET bobbin.email = '$mail';
	    PREPARE put (text, text, smallint, text, boolean) AS
	    $put
	    EXECUTE put ('$mail', '$run', $1, $2, true)" >"$T/put"
}

# Takes back the current run's score (t or f) and comment.
_take_back() {
	sql "SET bobbin.email = '$mail';
	    PREPARE clear (text, text, boolean, boolean, boolean) AS
	    $clear
	    EXECUTE clear ('$mail', '$run', '$1', '$2', true)" >"$T/clear"
	is "$(cat "$T/clear")" "$run"
}

_queue_is_empty() {
	[ "$(sql 'SELECT count(*) FROM feedback_outbox')" = 0 ]
}

# A new run with a rating in the queue: sets id and run.
_rate() {
	run=$(sql 'SELECT gen_random_uuid()')
	sql "INSERT INTO users_threads_runs (email, thread_id, run_id, prompt)
	    VALUES ('$mail', 'plans', '$run', 'a secret prompt')" &&
	    _submit "$1" "$2" &&
	    id=$(sql "UPDATE feedback SET created_at = '2026-11-22 06:00:00Z',
	    updated_at = '2026-11-22 06:00:00.25Z' WHERE run_id = '$run'
	    RETURNING id")
}

_row() {
	sql "SELECT $1 FROM feedback_outbox WHERE feedback_id = '$id'"
}

_state() {
	_row "state || ' ' || attempts || ' ' || coalesce(last_status, 0)"
}

# Lets back-offs and leases end.
_hurry() {
	sql "UPDATE feedback_outbox SET next_at = now()
	    WHERE state = 'pending'"
}

_all_delivered() {
	[ "$(sql "SELECT count(*) FROM feedback_outbox
	    WHERE state <> 'delivered'")" = 0 ]
}

# Every test begins with an empty queue and a friendly LangSmith.
_fresh() {
	[ -z "$job" ] || kill -9 "$job" 2>/dev/null
	job=
	sql 'DELETE FROM feedback; DELETE FROM feedback_outbox'
	rm -f "$T/ls/go" "$T/ls/sessions"
	: >"$T/ls/script"
	: >"$T/ls/requests"
	_configure
}

# ---- the command

options_are_checked() {
	_fresh
	_jobs --help >"$T/out" && grep -q requeue "$T/out" || return 1
	_jobs --bogus 2>"$T/out"
	is $? 64 && grep -q usage "$T/out" || return 1
	_jobs --once 2>"$T/out"
	is $? 64 || return 1
	_jobs --once bogus 2>"$T/out"
	is $? 64 && grep -q 'no such job: bogus' "$T/out" || return 1
	_jobs --list --requeue 2>"$T/out"
	is $? 64 || return 1
	_jobs surplus 2>"$T/out"
	is $? 64
}

# ---- section 9, row by row

a_rating_is_created_as_documented() {
	_fresh
	_configure "LANGSMITH_PROJECT_ID = 5b8e7ad0-6d8c-4d43-8d6f-0f3ff0e5a1b1" \
	    "LANGSMITH_WORKSPACE_ID = tenant-1"
	_rate 1 "'good \"quote\" ä'"
	_once || return 1
	is "$(_methods)" POST && is "$(_field 1 2)" /feedback &&
	    is "$(_field 1 3)" "$key" && is "$(_field 1 4)" tenant-1 &&
	    is "$(_field 1 5)" application/json &&
	    is "$(_field 1 6)" "{\"id\":\"$id\",\"run_id\":\"$run\",\"key\":\
\"SENTIMENT\",\"score\":1,\"comment\":\"good \\\"quote\\\" ä\",\
\"feedback_source\":{\"type\":\"api\",\"metadata\":{}},\
\"created_at\":\"2026-11-22T06:00:00Z\",\
\"modified_at\":\"2026-11-22T06:00:00.250000Z\",\
\"session_id\":\"5b8e7ad0-6d8c-4d43-8d6f-0f3ff0e5a1b1\"}" &&
	    is "$(_row "state || created")" deliveredtrue
}

absent_values_are_left_out() {
	_fresh
	_configure "LANGSMITH_ENDPOINT = http://127.0.0.1:$lsport/"
	_rate NULL "'only words'"
	_once || return 1
	is "$(_field 1 2)" /feedback && is "$(_field 1 4)" - || return 1
	_field 1 6 | grep -q '"key":"SENTIMENT","comment":"only words",' ||
	    return 1
	if _field 1 6 | grep -e score -e session_id -e "$mail" -e prompt; then
		return 1
	fi
}

any_2xx_is_delivered() {
	_fresh
	for code in 200 201 202 204; do
		_script $code
		_rate 0 NULL
		_once && is "$(_state)" "delivered 0 $code" || return 1
	done
}

the_project_is_asked_for_once() {
	_fresh
	_configure 'LANGSMITH_PROJECT = my project&x'
	printf '200\n[{"id":"5B8E7AD0-6d8c-4d43-8d6f-0f3ff0e5a1b1"}]' \
	    >"$T/ls/sessions"
	_rate 1 NULL
	_rate 1 NULL
	_once || return 1
	is "$(grep -c '^GET' "$T/ls/requests")" 1 &&
	    is "$(sed -n 1p "$T/ls/requests" | cut -f 2,3)" \
	    "/sessions?name=my%20project%26x&limit=1	$key" || return 1
	_field 1 6 | grep -q 5b8e7ad0-6d8c-4d43-8d6f-0f3ff0e5a1b1 &&
	    _field 2 6 | grep -q 5b8e7ad0-6d8c-4d43-8d6f-0f3ff0e5a1b1
}

an_unknown_project_is_waited_for() {
	_fresh
	_configure 'LANGSMITH_PROJECT = tomorrow'
	for answer in '200\n[]' '404\n{}' '200\n{}' '200\n[{"id":7}]' \
	    '422\n' '500\n' '200\nnonsense'; do
		printf "$answer" >"$T/ls/sessions"
		_rate 1 NULL
		_once
		is $? 1 && is "$(_state)" 'pending 1 0' &&
		    is "$(_methods)" '' || return 1
		sql 'DELETE FROM feedback_outbox'
	done
}

a_second_submission_updates() {
	_fresh
	_rate 1 NULL
	_once || return 1
	_submit NULL "'worse'"
	_once || return 1
	_submit 0 "'bad'"
	_once || return 1
	is "$(_methods)" 'POST PATCH PATCH' &&
	    is "$(_field 2 2)" "/feedback/$id" && is "$(_field 2 3)" "$key" &&
	    is "$(_field 2 6)" '{"comment":"worse"}' &&
	    is "$(_field 3 6)" '{"score":0,"comment":"bad"}' &&
	    is "$(_state)" 'delivered 0 200'
}

an_update_of_nothing_creates_again() {
	_fresh
	_rate 1 NULL
	_once || return 1
	_submit 1 NULL
	_script 404 200
	_once || return 1
	is "$(_methods)" 'POST PATCH POST' && is "$(_state)" 'delivered 0 200' &&
	    _field 3 6 | grep -q "\"id\":\"$id\""
}

an_existing_one_is_updated() {
	_fresh
	_rate 1 NULL
	_script 409 200
	_once || return 1
	is "$(_methods)" 'POST PATCH' &&
	    is "$(_row "state || created")" deliveredtrue
}

no_answer_is_asked_for_ever() {
	_fresh
	_rate 1 NULL
	_script 409 404 409 200
	_once
	is "$(_methods)" 'POST PATCH POST' && is "$(_state)" 'pending 1 409'
}

a_fault_that_passes_is_tried_again() {
	_fresh
	for code in 302 404 408 429 500 502 503; do
		: >"$T/ls/requests"
		_script "$code Location: /elsewhere"
		_rate 1 NULL
		_once
		is "$(_state)" "pending 1 $code" && is "$(_methods)" POST &&
		    is "$(_row 'next_at > now()')" t || return 1
		_once && is "$(_methods)" POST || return 1
		_hurry
		_once && is "$(_state)" 'delivered 0 200' || return 1
	done
	if grep elsewhere "$T/ls/requests"; then
		return 1
	fi
}

delays_double_to_a_quarter_of_an_hour() {
	_fresh
	_rate 1 NULL
	for bounds in '0 2.5' '2.5 4.5' '4.5 8.5'; do
		_script 500
		_hurry
		_once || return 1
		is "$(_row "next_at - now() <= '${bounds#* } s'")" t || return 1
	done
	sql "UPDATE feedback_outbox SET attempts = 40"
	_script 500
	_hurry
	_once || return 1
	is "$(_row "next_at - now() <= '15 min'")" t &&
	    is "$(_row "next_at - now() > '9 min'")" t
}

too_many_is_heeded() {
	_fresh
	_rate 1 NULL
	_rate 1 NULL
	_script '429 Retry-After: 700'
	_once
	is $? 1 && is "$(_methods)" POST || return 1
	is "$(sql "SELECT count(*) FROM feedback_outbox
	    WHERE next_at - now() BETWEEN '1 min' AND '700 s'")" 1 || return 1
	for header in 'Retry-After: 99999' \
	    'Retry-After: Fri, 01 Jan 2100 00:00:00 GMT'; do
		_script "429 $header"
		_hurry
		_once
		is "$(sql "SELECT count(*) FROM feedback_outbox
		    WHERE next_at - now() BETWEEN '10 min' AND '15 min'")" 1 ||
		    return 1
	done
	_script 429
	_hurry
	_once
	is "$(sql "SELECT count(*) FROM feedback_outbox
	    WHERE next_at > now() AND next_at - now() <= '30 s'")" 1
}

a_refusal_is_a_dead_letter() {
	_fresh
	for code in 400 405 413 422; do
		_script $code
		_rate 1 NULL
		_once && is "$(_state)" "dead 0 $code" &&
		    is "$(_row 'length(last_error)')" 500 || return 1
		_row last_error | grep -q "stub says $code" || return 1
	done
	grep -q '1 dead' "$T/log/jobs.log" || return 1
	_once && is "$(_methods)" 'POST POST POST POST'
}

dead_letters_are_requeued() {
	_fresh
	_script 422 422
	_rate 1 NULL
	_rate 0 NULL
	_once || return 1
	_rate 1 NULL
	is "$(_jobs --list | tr -s ' \n' ' ')" 'pending 1 delivered 0 dead 2 ' &&
	    is "$(_jobs --requeue)" 2 && is "$(_jobs --requeue)" 0 || return 1
	_once && _all_delivered && is "$(_jobs --list | tr -s ' \n' ' ')" \
	    'pending 0 delivered 3 dead 0 '
}

a_submission_revives_a_dead_letter() {
	_fresh
	_script 422
	_rate 1 NULL
	_once || return 1
	_submit 1 NULL
	_once && is "$(_state)" 'delivered 0 200'
}

what_is_too_old_dies() {
	_fresh
	_script 500 500
	_rate 1 NULL
	sql "UPDATE feedback_outbox SET first_at = now() - interval '71 hours'"
	_once && is "$(_state)" 'pending 1 500' || return 1
	sql "UPDATE feedback_outbox SET first_at = now() - interval '72 hours'"
	_hurry
	_once && is "$(_state)" 'dead 1 500' &&
	    is "$(_row 'length(last_error)')" 500
}

# Keys are looked at in every period: what they do proves that one passed.
_a_period_passes() {
	rm -f "$T/jwks"
	seen=$(grep -c '/keys' "$T/ls/requests")
	_wait_for _asked /keys $((seen + 1))
}

a_refused_key_stops_the_queue() {
	_fresh
	for code in 401 403; do
		sql 'DELETE FROM feedback'
		: >"$T/ls/requests"
		_script $code
		_rate 1 NULL
		_rate 1 NULL
		_once
		is $? 1 && is "$(_methods)" POST &&
		    is "$(sql "SELECT count(*) FROM feedback_outbox
		    WHERE attempts = 0 AND state = 'pending'
		    AND next_at - now() BETWEEN '14 min' AND '15 min'")" 2 ||
		    return 1
	done
}

a_refused_key_is_told_once() {
	_fresh
	echo '{}' >"$T/jwks"
	_configure "JWT_JWKS_FILE = $T/jwks" \
	    "JWT_JWKS_URL = http://127.0.0.1:$lsport/keys"
	before=$(grep -c 'refuses the key' "$T/log/jobs.log")
	_script 401
	_rate 1 NULL
	_start_jobs
	_wait_for _asked /feedback 1 || return 1
	_rate 1 NULL
	# The keys' turn comes after the queue's, in every period.
	rm "$T/jwks"
	_wait_for _asked /keys 1 || return 1
	is "$(_methods)" POST &&
	    is "$(grep -c 'refuses the key' "$T/log/jobs.log")" $((before + 1)) ||
	    return 1
	# A reload may have brought a better key.
	sed -i "s/$key/lsv2_another-key/" "$T/jobs.conf"
	kill -HUP "$job"
	_wait_for _asked lsv2_another-key 1 && _hurry &&
	    _wait_for _all_delivered && _stop_jobs
}

# ---- what is taken back

what_was_not_sent_never_is() {
	_fresh
	_rate 1 "'a word'"
	_take_back t t
	_once && is "$(_methods)" '' && _queue_is_empty || return 1
	_rate 1 "'a word'"
	_take_back f t
	_once && is "$(_methods)" POST || return 1
	if _field 1 6 | grep 'a word'; then
		return 1
	fi
}

what_was_delivered_is_deleted_there() {
	_fresh
	_configure 'LANGSMITH_WORKSPACE_ID = tenant-1'
	for code in 200 202 204 404; do
		: >"$T/ls/requests"
		_rate 1 NULL
		_once || return 1
		_take_back t t
		_script $code
		_once && is "$(_methods)" 'POST DELETE' &&
		    is "$(_field 2 2)" "/feedback/$id" &&
		    is "$(_field 2 3-6)" "$key	tenant-1	-	-" &&
		    _queue_is_empty || return 1
	done
	_once && is "$(_methods)" 'POST DELETE'
}

a_deletion_outlives_its_thread() {
	_fresh
	_rate 1 NULL
	_once || return 1
	_take_back t t
	sql "DELETE FROM users_threads_runs; DELETE FROM threads"
	_once && is "$(_methods)" 'POST DELETE' && _queue_is_empty
}

a_deletion_is_tried_again() {
	_fresh
	_rate 1 NULL
	_once || return 1
	_take_back t t
	n=0
	for code in 302 408 409 429 503; do
		n=$((n + 1))
		_script "$code Location: /elsewhere"
		_hurry
		_once
		is "$(_state)" "pending $n $code" &&
		    is "$(_row "next_at > now()")" t || return 1
	done
	_script drop
	_hurry
	_once
	is "$(_state)" "pending $((n + 1)) 0" || return 1
	_script 401
	_hurry
	_once
	is $? 1 && is "$(_row attempts)" $((n + 1)) || return 1
	_hurry
	_once && _queue_is_empty
}

a_refused_deletion_is_a_dead_letter() {
	_fresh
	_rate 1 NULL
	_once || return 1
	_take_back t t
	_script 422
	_once && is "$(_state)" 'dead 0 422' &&
	    is "$(_jobs --list | tr -s ' \n' ' ')" \
	    'pending 0 delivered 0 dead 1 ' && is "$(_jobs --requeue)" 1 ||
	    return 1
	_script 500
	sql "UPDATE feedback_outbox SET first_at = now() - interval '72 hours'"
	_once && is "$(_state)" 'dead 0 500' && is "$(_jobs --requeue)" 1 &&
	    _once && _queue_is_empty
}

# Never before, whatever becomes of the deletion.
what_is_said_anew_comes_after_the_deletion() {
	_fresh
	_rate 1 "'old'"
	_once || return 1
	_take_back t t
	_submit 0 "'new'"
	_script 500
	_once && is "$(_methods)" 'POST DELETE' || return 1
	_once && is "$(_methods)" 'POST DELETE' || return 1
	_hurry
	_once && is "$(_methods)" 'POST DELETE DELETE POST' &&
	    _all_delivered || return 1
	_field 4 6 | grep -q '"score":0,"comment":"new"' || return 1
	if _field 4 6 | grep "$id"; then
		return 1
	fi
	# Given up, it is waited for no longer.
	id=$(sql 'SELECT id FROM feedback')
	_take_back t t
	_submit 1 NULL
	_script 422
	_once && is "$(_methods)" 'POST DELETE DELETE POST DELETE POST' &&
	    is "$(_state)" 'dead 0 422'
}

# A value that must not stay there is not left to a null in an update.
a_comment_is_taken_back_with_the_whole() {
	_fresh
	_rate 1 "'too much'"
	_once || return 1
	_take_back f t
	_once && is "$(_methods)" 'POST DELETE POST' &&
	    is "$(_field 2 2)" "/feedback/$id" && _all_delivered || return 1
	_field 3 6 | grep '"score":1,"feedback_source"' |
	    grep -q '"created_at":"2026-11-22T06:00:00Z"'
}

taken_back_in_mid_delivery_it_is_deleted() {
	_fresh
	_rate 1 NULL
	_script hang
	_start_jobs
	_wait_for _asked /feedback 1 || return 1
	_take_back t t
	_once && is "$(_methods)" POST || return 1
	: >"$T/ls/go"
	_wait_for _queue_is_empty && _stop_jobs &&
	    is "$(_methods)" 'POST DELETE'
}

taken_back_from_the_killed_it_is_deleted() {
	_fresh
	_rate 1 NULL
	_script hang
	_start_jobs
	_wait_for _asked /feedback 1 || return 1
	_stop_jobs KILL
	_take_back t t
	_once && is "$(_methods)" POST || return 1
	_hurry
	_once && is "$(_methods)" 'POST DELETE' && _queue_is_empty
}

# ---- nothing is lost, nothing is sent twice

silence_is_tried_again() {
	_fresh
	_rate 1 NULL
	_rate 1 NULL
	_script drop
	_once
	is $? 1 && is "$(_methods)" POST &&
	    is "$(sql "SELECT string_agg(attempts || coalesce(last_error, ''),
	    ' ' ORDER BY attempts) FROM feedback_outbox")" \
	    '0 1Server returned nothing (no headers, no data)' || return 1
	_hurry
	_once && _all_delivered
}

# The longest test: 15 s is the contract.
a_slow_answer_is_given_up() {
	_fresh
	_rate 1 NULL
	_script hang
	_once
	is $? 1 && is "$(_state)" 'pending 1 0' &&
	    is "$(_row last_error)" 'Timeout was reached'
}

langsmith_may_be_down() {
	_fresh
	_configure 'LANGSMITH_ENDPOINT = http://127.0.0.1:1'
	_rate 1 NULL
	_start_jobs
	_wait_for eval 'test "$(_row attempts)" -ge 1' || return 1
	_stop_jobs || return 1
	is "$(_row state)" pending || return 1
	_configure
	_hurry
	_once && is "$(_state)" 'delivered 0 200'
}

the_certificate_is_verified() {
	_fresh
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/tls.key" \
	    -out "$T/tls.crt" -days 1 -subj /CN=localhost 2>"$T/openssl" ||
	    return 1
	openssl s_server -accept 127.0.0.1:0 -key "$T/tls.key" \
	    -cert "$T/tls.crt" -www >"$T/tls" 2>&1 &
	tls=$!
	_wait_for grep -q '^ACCEPT' "$T/tls" || return 1
	_configure "LANGSMITH_ENDPOINT = https://localhost:$(
	    sed -n 's/^ACCEPT.*://p' "$T/tls")"
	_rate 1 NULL
	_once
	is $? 1 && is "$(_state)" 'pending 1 0' &&
	    _row last_error | grep -qi certificate
}

other_protocols_are_refused() {
	_fresh
	_rate 1 NULL
	for endpoint in "file://$T/jobs.conf" ftp://127.0.0.1:1 \
	    gopher://127.0.0.1:1; do
		_configure "LANGSMITH_ENDPOINT = $endpoint"
		_hurry
		_once
		_row last_error | grep -q 'Unsupported protocol' || return 1
	done
}

killed_in_mid_delivery_is_delivered() {
	_fresh
	_rate 1 NULL
	_script hang
	_start_jobs
	_wait_for _asked /feedback 1 || return 1
	_stop_jobs KILL
	is $? 137 && is "$(_state)" 'pending 0 0' &&
	    is "$(_row 'next_at > now()')" t || return 1
	_hurry
	_once && is "$(_methods)" 'POST POST' &&
	    is "$(_state)" 'delivered 0 200' &&
	    is "$(_field 1 6)" "$(_field 2 6)"
}

a_submission_in_mid_delivery_is_delivered_too() {
	_fresh
	_rate 1 NULL
	_script hang
	_start_jobs
	_wait_for _asked /feedback 1 || return 1
	_submit 0 "'on second thought'"
	: >"$T/ls/go"
	_wait_for _all_delivered || return 1
	_stop_jobs && is "$(_methods)" 'POST PATCH' &&
	    is "$(_field 2 6)" '{"score":0,"comment":"on second thought"}'
}

a_rating_deleted_in_mid_delivery_is_gone() {
	_fresh
	_rate 1 NULL
	_script hang
	_start_jobs
	_wait_for _asked /feedback 1 || return 1
	sql 'DELETE FROM feedback'
	: >"$T/ls/go"
	_rate 1 NULL
	_wait_for _all_delivered && _stop_jobs && is "$(_methods)" 'POST POST'
}

term_finishes_what_is_under_way() {
	_fresh
	_rate 1 NULL
	_rate 1 NULL
	_script hang
	_start_jobs
	_wait_for _asked /feedback 1 || return 1
	kill -TERM "$job"
	: >"$T/ls/go"
	wait "$job" || return 1
	is "$(_methods)" POST && is "$(_jobs --list | tr -s ' \n' ' ')" \
	    'pending 1 delivered 1 dead 0 '
}

int_gives_it_up() {
	_fresh
	_rate 1 NULL
	_script hang
	_start_jobs
	_wait_for _asked /feedback 1 || return 1
	_stop_jobs INT && is "$(_state)" 'pending 0 0'
}

two_processes_share_the_queue() {
	_fresh
	n=0
	while [ $n -lt 30 ]; do
		_rate 1 NULL || return 1
		n=$((n + 1))
	done
	_script hang
	_start_jobs
	first=$job
	_wait_for _asked /feedback 1 || return 1
	_start_jobs
	# The second takes all but the one that the first waits for.
	_wait_for _asked /feedback 30 || return 1
	: >"$T/ls/go"
	_wait_for _all_delivered && _stop_jobs && job=$first && _stop_jobs &&
	    is "$(cut -f 6 "$T/ls/requests" | sort -u | wc -l)" 30 &&
	    is "$(wc -l <"$T/ls/requests")" 30
}

without_a_key_nothing_is_sent() {
	_fresh
	_rate 1 NULL
	sed -i /API_KEY/d "$T/jobs.conf"
	_once && is "$(cat "$T/ls/requests")" '' && is "$(_state)" 'pending 0 0'
}

a_bad_reload_changes_nothing() {
	_fresh
	_start_jobs
	_rate 1 NULL
	_wait_for _all_delivered || return 1
	echo 'NO_SUCH_OPTION = 1' >>"$T/jobs.conf"
	kill -HUP "$job"
	_wait_for grep -q 'nothing changed' "$T/log/jobs.log" || return 1
	_rate 1 NULL
	_wait_for _all_delivered && _stop_jobs
}

# ---- the issuer's keys

good='{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","use":"sig",
"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}'

_with_keys() {
	_configure "JWT_JWKS_FILE = $T/jwks" \
	    "JWT_JWKS_URL = http://joe:pass@127.0.0.1:$lsport/keys?token=hidden"
	rm -f "$T/jwks" "$T/jwks.want"
}

_fetch() {
	_jobs --once jwks 2>>"$T/log/jobs.log"
}

keys_become_a_file() {
	_fresh
	_with_keys
	printf %s "$good" >"$T/ls/keys"
	_fetch && is "$(cat "$T/jwks")" "$good" &&
	    is "$(stat -c %a "$T/jwks")" 640 &&
	    is "$(ls "$T" | grep -c jwks)" 1 || return 1
	grep -q 'jwks: 127.0.0.1.*1 usable' "$T/log/jobs.log" || return 1
	if grep -e joe -e hidden "$T/log/jobs.log"; then
		return 1
	fi
}

empty_jwks_replaces_nothing() {
	_fresh
	_with_keys
	printf %s "$good" >"$T/jwks"
	for set in '' '{}' '{"keys":[]}' '[]' 'no json' '{"keys":{}}' \
	    '{"keys":[{"kty":"oct","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}]}' \
	    '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}' \
	    "$good]" "$(head -c 1100000 /dev/zero | tr '\0' ' ')$good"; do
		printf %s "$set" >"$T/ls/keys"
		_fetch
		is $? 1 && is "$(cat "$T/jwks")" "$good" || return 1
	done
	rm "$T/ls/keys"
	_fetch
	is $? 1 && is "$(cat "$T/jwks")" "$good" &&
	    is "$(ls "$T" | grep -c jwks)" 1
}

a_file_that_cannot_be_written_is_an_error() {
	_fresh
	_configure "JWT_JWKS_FILE = $T/none/jwks" \
	    "JWT_JWKS_URL = http://127.0.0.1:$lsport/keys"
	printf %s "$good" >"$T/ls/keys"
	_fetch
	is $? 1 && grep -q 'jwks: .*No such file' "$T/log/jobs.log"
}

# Two ratings, one after the other: a whole period lies between.
_a_period_passes() {
	for turn in 1 2; do
		_rate 1 NULL
		_wait_for _all_delivered || return 1
	done
}

a_thousand_kids_are_one_fetch() {
	_fresh
	_with_keys
	printf %s "$good" >"$T/ls/keys"
	printf %s "$good" >"$T/jwks"
	touch -d '2 minutes ago' "$T/jwks"
	_start_jobs
	_a_period_passes || return 1
	# Fresh enough, and nobody asked.
	is "$(grep -c /keys "$T/ls/requests")" 0 || return 1
	touch "$T/jwks.want"
	_wait_for _asked /keys 1 || return 1
	n=0
	while [ $n -lt 1000 ]; do
		: >"$T/jwks.want"
		n=$((n + 1))
	done
	_a_period_passes && _stop_jobs &&
	    is "$(grep -c /keys "$T/ls/requests")" 1 || return 1
	# Nor does a restart ask.
	_start_jobs
	_a_period_passes && _stop_jobs &&
	    is "$(grep -c /keys "$T/ls/requests")" 1
}

old_keys_are_fetched_anew() {
	_fresh
	_with_keys
	printf %s "$good" >"$T/ls/keys"
	for age in '61 minutes ago' 'tomorrow'; do
		: >"$T/ls/requests"
		echo stale >"$T/jwks"
		touch -d "$age" "$T/jwks"
		_start_jobs
		_wait_for grep -q Ed25519 "$T/jwks" && _stop_jobs || return 1
	done
}

# ---- the rest

deleted_threads_are_swept() {
	_fresh
	sql "CREATE TABLE IF NOT EXISTS checkpoints (thread_id text);
	    GRANT SELECT, DELETE ON checkpoints TO bobbin_jobs;
	    INSERT INTO thread_claims (thread_id, email, deleted_at) VALUES
	    ('gone', '$mail', now() - interval '23 hours'),
	    ('long gone', '$mail', now() - interval '25 hours'),
	    ('here', '$mail', NULL);
	    INSERT INTO checkpoints VALUES ('gone'), ('long gone'), ('here'),
	    ('nobody''s')"
	_jobs --once sweep 2>>"$T/log/jobs.log" &&
	    is "$(sql "SELECT string_agg(thread_id, ', ' ORDER BY thread_id)
	    FROM checkpoints")" "here, long gone, nobody's"
}

without_a_database_it_is_an_error() {
	_fresh
	_configure "BOBBIN_JOBS_DATABASE_URL = postgresql:///bobbin?host=$T/none"
	_once
	is $? 1 || return 1
	for option in --list --requeue '--once sweep'; do
		# shellcheck disable=SC2086
		_jobs $option >"$T/out" 2>&1
		is $? 1 && is "$(grep -c '^[0-9]*$' "$T/out")" 0 || return 1
	done
}

trap _end EXIT
_start_stub
it_run
