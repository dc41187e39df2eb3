# load.sh: sourced after lib.sh: requests that wait, and requests without end.

# --- A transaction that holds its locks

hold_n=0

# hold STATEMENTS: until let_go.
hold() {
	rm -f "$T/hold"
	mkfifo "$T/hold"
	pg_sql postgres <"$T/hold" >"$T/held" 2>&1 &
	hold_pid=$!
	exec 7>"$T/hold"
	echo 'BEGIN;' >&7
	then_hold "$1"
}

# then_hold STATEMENTS: within the same transaction.
then_hold() {
	hold_n=$((hold_n + 1))
	printf '%s;\n\\echo held %d\n' "$1" $hold_n >&7
	# A busy machine may need longer than usual for a new psql.
	_wait_for _held || _wait_for _held || _wait_for _held ||
	    flunk "no lock: $(cat "$T/held")"
}

_held() {
	! grep -q 'ERROR\|FATAL' "$T/held" 2>/dev/null || return 9
	grep -qx "held $hold_n" "$T/held" 2>/dev/null
}

# let_go [COMMIT]
let_go() {
	printf '%s;\n\\q\n' "${1:-ROLLBACK}" >&7
	exec 7>&-
	wait $hold_pid
}

# As many statements of workers wait for a lock.
waiting() {
	[ "$(sql "SELECT count(*) FROM pg_stat_activity
	    WHERE usename = 'bobbin_app' AND wait_event_type = 'Lock'")" = "$1" ]
}

# --- Requests in the background; their ends are in $T/NAME.status and .body

# send NAME WHO METHOD PATH [curl's arguments]; reap NAME waits for it.
send() {
	(
		bg_name=$1 bg_token=$(token_of "$2") bg_method=$3 bg_path=$4
		shift 4
		exec 7>&-
		curl -sS -m 60 -X "$bg_method" -H "Authorization: Bearer \
$bg_token" -H 'Content-Type: application/json' -D "$T/$bg_name.headers" \
		    -o "$T/$bg_name.body" -w '%{http_code}' "$@" \
		    "$url$bg_path" >"$T/$bg_name.status" 2>"$T/$bg_name.err"
	) &
	eval "send_$1=$!"
}

reap() {
	eval "wait \$send_$1"
}

ended_with() {
	[ "$(cat "$T/$1.status")" = "$2" ] ||
	    flunk "$1: status $(cat "$T/$1.status"), not $2:" \
		"$(head -c 300 "$T/$1.body") $(cat "$T/$1.err")"
}

# --- Workers

# workers NAME: pids of those who listen on that socket.
workers() {
	wk_inode=$(awk -v p="$T/$1.sock" '$4 == "00010000" && $NF == p {
	    print $7 }' /proc/net/unix)
	for wk_p in $(ps -o pid= --ppid "$bobbin_pid"); do
		! find "/proc/$wk_p/fd" -lname "socket:\[$wk_inode\]" \
		    2>/dev/null | grep -q . || echo "$wk_p"
	done
}

# How often the log says so.
logged() {
	grep -cF -e "$1" "$T/log/bobbin.log"
}

_logged_more() {
	[ "$(logged "$1")" -gt "$2" ]
}

# reload [SAYS]: with what the file is now; the log's word for the end of it.
reload() {
	rl_says=${1:-ready: generation}
	rl_before=$(logged "$rl_says")
	kill -HUP "$bobbin_pid"
	_wait_for _logged_more "$rl_says" "$rl_before" ||
	    flunk "no \"$rl_says\" in the log"
}

# --- Load: readers and writers, of whom no answer may be lost

# load_start: a writer's every request is a run of its own in the thread load.
load_start() {
	rm -f "$T"/load.*
	token_of load >/dev/null
	for ld in reader writer reader2 writer2; do
		{
			echo "header = \"Authorization: Bearer $(token_of load)\""
			case $ld in
			writer*)
				echo 'header = "Content-Type: application/json"'
				echo 'data = "{\"prompt\":\"load\"}"'
				ld_path=/chat/load/runs ;;
			*)	ld_path=/chat-threads ;;
			esac
			for ld_i in 1 2 3 4 5 6 7 8 9 10; do
				echo "url = \"$url$ld_path\""
				echo "output = \"$T/load.$ld.body\""
			done
		} >"$T/load.$ld.conf"
		_load_client $ld 7>&- &
		eval "load_$ld=$!"
	done
	load_goes_on 20
}

# One status a line; what curl says of a lost one goes beside it.
_load_client() {
	until [ -e "$T/load.stop" ]; do
		curl -sS -m 60 -K "$T/load.$1.conf" -w '%{http_code}\n' \
		    >>"$T/load.$1.codes" 2>>"$T/load.$1.err"
	done
}

_load_count() {
	cat "$T"/load.*.codes 2>/dev/null | wc -l
}

_load_more() {
	[ "$(_load_count)" -ge "$1" ]
}

# load_goes_on N: that many more are answered.
load_goes_on() {
	_wait_for _load_more $(($(_load_count) + $1)) ||
	    flunk "the load stands still"
}

# load_end [200]: every read was a 200, every write a 201 and one row; or a 200
# and one row, where a write may have been answered by its replay.
load_end() {
	touch "$T/load.stop"
	wait "$load_reader" "$load_reader2" "$load_writer" "$load_writer2"
	is "$(cat "$T"/load.reader*.codes | sort -u)" 200 'statuses of reads'
	is "$(sed "s/^${1:-none}\$/201/" "$T"/load.writer*.codes | sort -u)" \
	    201 'statuses of writes'
	! cat "$T"/load.*.err | grep . || flunk "curl has complained"
	is "$(sql "SELECT count(*) FROM users_threads_runs
	    WHERE email = 'load@example.com'")" \
	    "$(cat "$T"/load.writer*.codes | wc -l)" 'rows of writes'
	sql "DELETE FROM users_threads_runs WHERE email = 'load@example.com'"
}
