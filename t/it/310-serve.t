# 310-serve.t: deaths, reloads and ends of workers behind nginx, seen outside.
. "${SRCDIR:?}/t/it/lib.sh"
. "$top/t/it/load.sh"

# What a test holds up is not to be cut off by the database or a deadline.
plain='DATABASE_TIMEOUT_MS = 60000
LOG_LEVEL = debug'
it_conf=$plain
it_start
sql "ALTER ROLE bobbin_app IN DATABASE bobbin SET lock_timeout = '60s';
    ALTER ROLE bobbin_app IN DATABASE bobbin SET statement_timeout = '60s'"
stop_bobbin
start_bobbin

_configure() {
	it_conf="$plain
$1"
	_write_conf
}

_runs_of() {
	sql "SELECT count(*) FROM users_threads_runs WHERE thread_id = '$1'"
}

_gone() {
	! kill -0 "$1" 2>/dev/null
}

# metric NAME{LABELS}: its value.
_metric() {
	get /metrics
	awk -v want="$1" '$1 == want { print $2 }' "$T/body"
}

start_to_first_200_takes_no_patience() {
	stop_bobbin
	start_bobbin
	as alice get /chat-threads
	status_is 200
}

workers_have_their_own_backends() {
	hold 'LOCK TABLE users_threads_runs, threads'
	send one alice GET /chat-threads
	send two bob GET /chat/x/run-ids
	_wait_for waiting 2 || flunk "two requests do not wait"
	is "$(sql "SELECT count(DISTINCT pid) FROM pg_stat_activity
	    WHERE usename LIKE 'bobbin%'")" 2 backends
	let_go
	reap one
	reap two
	ended_with one 200
	ended_with two 200
	# The master has a listener for each pool, and no other socket.
	is "$(find "/proc/$bobbin_pid/fd" -lname 'socket:*' | grep -c .)" 2 \
	    "the master's sockets"
}

killed_worker_is_invisible() {
	hold 'LOCK TABLE users_threads_runs, threads'
	send write alice POST /chat/killed/runs -d '{"prompt":"x"}'
	send read alice GET /chat-threads
	_wait_for waiting 2 || flunk "two requests do not wait"
	kill -KILL $(workers bobbin)
	# Others have them now; nobody told the first two backends.
	_wait_for waiting 4 || flunk "no other worker took them over"
	let_go
	reap write
	reap read
	ended_with read 200
	# Which of the two backends came first is nobody's business.
	case $(cat "$T/write.status") in
	200 | 201) ;;
	*)	ended_with write 201 ;;
	esac
	is "$(_runs_of killed)" 1 rows
}

# The commit is done, and nobody was told.
replay_after_kill_is_one_row() {
	hold 'LOCK TABLE users_threads_runs'
	send write alice POST /chat/replayed/runs -d '{"prompt":"x"}'
	_wait_for waiting 1 || flunk "no request waits"
	kill -STOP $(workers bobbin)
	let_go
	_wait_for _committed || flunk "not committed"
	kill -KILL $(workers bobbin)
	reap write
	ended_with write 200
	is "$(jq -r '.run_id' "$T/write.body")" \
	    "$(sql "SELECT run_id FROM users_threads_runs
		WHERE thread_id = 'replayed'")" 'the one run'
}

_committed() {
	[ "$(_runs_of replayed)" = 1 ]
}

# A request that kills whoever takes it: the test does, before each answer.
poison_costs_two_workers_and_no_more() {
	_configure ''
	stop_bobbin
	start_bobbin
	# Many kept connections, to every worker.
	for i in 1 2 3 4 5 6 7 8; do
		send warm$i alice GET /chat-threads
	done
	for i in 1 2 3 4 5 6 7 8; do
		reap warm$i
	done
	hold 'LOCK TABLE users_threads_runs'
	send poison alice POST /chat/poison/runs -d '{"prompt":"x"}'
	deaths=0
	while _wait_for _takes_or_ends $((deaths + 1)) &&
	    [ ! -s "$T/poison.status" ] && [ $deaths -lt 9 ]; do
		deaths=$((deaths + 1))
		kill -KILL $(_holder)
	done
	let_go
	reap poison
	is $deaths 2 deaths
	ended_with poison 503
	is "$(cat "$T/poison.body")" '{"detail":"Service unavailable"}' body
	as alice get /chat-threads
	status_is 200
}

_takes_or_ends() {
	[ -s "$T/poison.status" ] || waiting "$1"
}

# Who waits for the database polls one descriptor; who is idle, several.
_holder() {
	for p in $(workers bobbin); do
		read -r _ _ nfds _ <"/proc/$p/syscall" && [ "$nfds" = 0x1 ] &&
		    echo "$p"
	done
}

full_backlog_is_503() {
	stopped=$(workers slow)
	kill -STOP $stopped
	# Connects until there is no room; says so, then waits for its end.
	perl -MSocket=:all -MErrno=EAGAIN -e '$| = 1; my @s;
	    for (;;) {
		socket(my $s, PF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0) or last;
		if (!connect($s, sockaddr_un($ARGV[0]))) {
			print "full\n" if $! == EAGAIN;
			last;
		}
		push @s, $s;
	    }
	    <STDIN>' "$T/slow.sock" <"$T/full.in" >"$T/full" 2>&1 &
	full=$!
	exec 8>"$T/full.in"
	_wait_for grep -q full "$T/full" || skip "the backlog cannot be filled"
	as alice get /chat/all-messages-for-all-threads
	status_is 503
	header_is Content-Type application/json
	header_is Retry-After 5
	body_is '{"detail":"Service unavailable"}'
	as alice get /chat-threads
	status_is 200
	exec 8>&-
	wait $full
	kill -CONT $stopped
	_wait_for _slow_answers || flunk "the slow pool stays away"
}
mkfifo "$T/full.in"

_slow_answers() {
	as alice get /chat/all-messages-for-all-threads
	[ "$(status)" != 503 ]
}

a_stuck_worker_is_replaced_and_its_request_answered() {
	stop_bobbin
	_configure 'BOBBIN_WATCHDOG_SECONDS = 1'
	start_bobbin
	before=$(_metric bobbin_respawns_total)
	hold 'LOCK TABLE users_threads_runs'
	send stuck alice POST /chat/stuck/runs -d '{"prompt":"x"}'
	_wait_for waiting 1
	stuck=$(_holder)
	kill -STOP $stuck
	_wait_for _gone $stuck || flunk "it lives"
	let_go
	reap stuck
	case $(cat "$T/stuck.status") in
	200 | 201) ;;
	*)	ended_with stuck 201 ;;
	esac
	is "$(_runs_of stuck)" 1 rows
	[ "$(logged 'is stuck for')" -gt 0 ] || flunk "not logged"
	[ "$(_metric bobbin_killed_total)" -gt 0 ] || flunk "not counted"
	is "$(_metric bobbin_respawns_total)" $((before + 1)) respawns
	_configure ''
	reload
}

hup_under_load_loses_nothing() {
	as alice get /debug/run-id/x
	status_is 200
	load_start
	_configure 'DEBUG_ROUTES = off'
	reload
	load_goes_on 20
	as alice get /debug/run-id/x
	status_is 404
	_configure 'BOBBIN_MAX_CONNECTIONS = 8'
	reload
	load_goes_on 20
	as alice get /debug/run-id/x
	status_is 200
	load_end
}

a_bad_file_changes_nothing_and_says_so() {
	before=$(workers bobbin)
	load_start
	_configure 'DEBUG_ROUTES = perhaps'
	reload 'reload: DEBUG_ROUTES (file)'
	load_goes_on 20
	_configure 'DEBUG_ROUTES = off
NO_SUCH_OPTION = 1'
	reload 'nothing was changed'
	tail -n 1 "$T/log/bobbin.log" >/dev/null
	grep -q "reload: $T/bobbin.conf:[0-9]*: no option has the name \
NO_SUCH_OPTION; nothing was changed" "$T/log/bobbin.log" ||
	    flunk "no line number in the log"
	load_goes_on 20
	load_end
	as alice get /debug/run-id/x
	status_is 200
	is "$(workers bobbin)" "$before" workers
	_configure ''
	reload
}

recycling_under_load_loses_nothing() {
	respawns=$(_metric bobbin_respawns_total)
	_configure 'BOBBIN_MAX_REQUESTS = 25'
	reload
	died=$(logged ' died of ')
	load_start
	for round in 1 2 3; do
		before=$(workers bobbin)
		load_goes_on 40
		for p in $before; do
			_wait_for _gone "$p" || flunk "$p is never replaced"
		done
	done
	load_end
	is "$(logged ' died of ')" "$died" deaths
	_configure ''
	reload
	# Neither who has served enough nor a generation that goes has died.
	is "$(_metric bobbin_respawns_total)" "$respawns" respawns
}

deaths_under_load_lose_nothing() {
	load_start
	for round in 1 2 3 4; do
		kill -KILL "$(workers bobbin | head -n 1)"
		load_goes_on 20
	done
	load_end 200
}

term_drains() {
	hold 'LOCK TABLE users_threads_runs'
	send last alice POST /chat/drained/runs -d '{"prompt":"x"}'
	_wait_for waiting 1 || flunk "no request waits"
	kill -TERM "$bobbin_pid"
	_wait_for grep -q ' master stopping' "$T/log/bobbin.log"
	_wait_for test ! -e "$T/bobbin.sock"
	let_go
	reap last
	ended_with last 201
	wait "$bobbin_pid"
	is $? 0 "the master's status"
	as alice get /chat-threads
	status_is 503
	is "$(_runs_of drained)" 1 rows
	start_bobbin
}

jobs_are_a_child_with_jobs() {
	stop_bobbin
	it_args=--with-jobs
	start_bobbin
	_wait_for _jobs_run 1 || flunk "no jobs: $(_metric \
	    'bobbin_workers{pool="jobs",state="idle"}')"
	_wait_for _jobs_connect || flunk "no backend of bobbin_jobs"
	jobs=$(sed -n 's/.* info \([0-9]*\) jobs .*jobs started.*/\1/p' \
	    "$T/log/bobbin.log" | tail -n 1)
	kill -KILL "$jobs"
	_wait_for _logged_more 'jobs started' 1 || flunk "not started again"
	before=$(logged 'jobs started')
	reload
	_wait_for _logged_more 'jobs started' "$before" ||
	    flunk "no jobs of the new generation"
	_wait_for _jobs_run 1
}

_jobs_run() {
	[ "$(_metric 'bobbin_workers{pool="jobs",state="idle"}')" = "$1" ]
}

_jobs_connect() {
	[ "$(sql "SELECT count(*) FROM pg_stat_activity
	    WHERE usename = 'bobbin_jobs'")" = 1 ]
}

usr1_reopens_the_log() {
	mv "$T/log/bobbin.log" "$T/log/bobbin.log.1"
	kill -USR1 "$bobbin_pid"
	_wait_for test -e "$T/log/bobbin.log" || flunk "no new log"
	for pool in worker slow; do
		_wait_for _logs_anew $pool || flunk "$pool logs nothing new"
	done
	size=$(wc -c <"$T/log/bobbin.log.1")
	as alice get /chat-threads
	_slow_answers
	is "$(wc -c <"$T/log/bobbin.log.1")" "$size" "size of the old log"
	stop_bobbin
	grep -q ' jobs jobs stopped' "$T/log/bobbin.log" ||
	    flunk "jobs did not follow"
	it_args=
	start_bobbin
}

_logs_anew() {
	as alice get /chat-threads
	_slow_answers
	grep -q " debug [0-9]* $1 " "$T/log/bobbin.log"
}

metrics_count_what_was_asked() {
	stop_bobbin
	start_bobbin
	get /metrics
	# No family without a sample, before anybody has asked.
	for name in $(sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' "$T/body"); do
		grep -qE "^$name(_count)?[ {]" "$T/body" ||
		    flunk "no sample of $name"
	done
	for i in 1 2 3; do
		as alice get /chat-threads
	done
	get /chat-threads
	as alice get '/chat-threads?limit=x'
	as alice post /chat/counted/runs '{"prompt":"x"}'
	as alice get /api/chat/counted/run-ids
	get /no-such-path
	delete /chat-threads
	list='method="GET",route="/chat-threads"'
	get /metrics
	# Each status by itself, and none that never was.
	is "$(grep -F "bobbin_requests_total{$list," "$T/body" | sort)" \
	    "bobbin_requests_total{$list,status=\"200\"} 3
bobbin_requests_total{$list,status=\"401\"} 1
bobbin_requests_total{$list,status=\"422\"} 1" "requests of a list"
	is "$(_metric "bobbin_request_seconds_count{$list}")" 5 count
	is "$(_metric "bobbin_request_seconds_bucket{$list,le=\"+Inf\"}")" 5 \
	    +Inf
	for what in 'method="POST",route="/chat/{thread_id}/runs",status="201"' \
	    'method="GET",route="/chat/{thread_id}/run-ids",status="200"' \
	    'method="",route="",status="404"' \
	    'method="",route="",status="405"'; do
		is "$(_metric "bobbin_requests_total{$what}")" 1 "$what"
	done
	header_is Content-Type 'text/plain; version=0.0.4'
	is "$(_metric 'bobbin_workers{pool="slow",state="idle"}')" 1 slow
	is "$(_metric 'bobbin_workers{pool="quick",state="busy"}')" 1 busy
	is "$(_metric 'bobbin_workers{pool="quick",state="idle"}')" 1 idle
}

buckets_of_a_histogram_only_grow() {
	get /metrics
	awk '/^bobbin_request_seconds_bucket/ {
		key = $1; sub(/,le=.*/, "", key)
		if (key != last) { n = -1; last = key }
		if ($2 < n) bad = 1
		n = $2; lines++
	    }
	    END { exit bad || lines == 0 }' "$T/body" || flunk "$(cat "$T/body")"
	# A name has its HELP and TYPE once, and a sample has one value.
	awk '/^# TYPE/ { if (seen[$3]++) exit 1; next }
	    /^#/ { next }
	    NF != 2 || $1 !~ /^bobbin_[a-z_]+({.*})?$/ ||
	    $2 !~ /^[0-9.e+-]+$/ { print; exit 1 }' "$T/body" >"$T/found" ||
	    flunk "not well formed: $(cat "$T/found")"
}

reconnects_and_respawns_are_counted() {
	is "$(_metric bobbin_database_reconnects_total)" 0 'reconnects before'
	as alice get /chat-threads
	sql "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
	    WHERE usename = 'bobbin_app'" >/dev/null
	for i in 1 2 3 4 5 6; do
		as alice get /chat-threads
	done
	[ "$(_metric bobbin_database_reconnects_total)" -gt 0 ] ||
	    flunk "no reconnect counted"
	before=$(_metric bobbin_respawns_total)
	kill -KILL "$(workers bobbin | head -n 1)"
	_wait_for _respawned || flunk "no respawn counted"
}

_respawned() {
	[ "$(_metric bobbin_respawns_total)" = $((before + 1)) ]
}

workers_that_cannot_start_end_the_master() {
	stop_bobbin
	_configure 'JWT_JWKS_URL = https://keys.invalid/'
	bobbin_up
	wait "$bobbin_pid"
	is $? 78 status
	tail -n 20 "$T/log/bobbin.log" | grep -q 'giving up' || flunk "not said"
	[ ! -e "$T/bobbin.sock" ] || flunk "the socket stayed"
	_configure ''
	start_bobbin
}

# Killed as fast as they come, before any has answered.
a_crash_loop_ends_the_master() {
	stop_bobbin
	bobbin_up
	before=$(logged 'giving up')
	_wait_for _killed_to_the_end || flunk "it goes on for ever"
	wait "$bobbin_pid"
	is $? 70 status
	tail -n 20 "$T/log/bobbin.log" | grep -q 'giving up' || flunk "not said"
	start_bobbin
}

_killed_to_the_end() {
	kill -KILL $(ps -o pid= --ppid "$bobbin_pid") 2>/dev/null
	_logged_more 'giving up' "$before"
}

it_run
