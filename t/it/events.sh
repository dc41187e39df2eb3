# events.sh: sourced after lib.sh: listeners to live events.

ev_secret=it-events-0123456789abcdef0123456789abcdef
listeners=

ev_start() {
	it_conf="EVENTS_SECRET = $ev_secret
EVENTS_POLL_MS = 20
$it_conf"
	it_site="s/rate=50r/rate=5000r/;$it_site"
	it_start
	secret "$ev_secret"
	trap _ev_stop EXIT
	[ -z "$it_args" ] || _wait_for _ev_on || _bail 'no relay'
}

_ev_stop() {
	status=$?
	for pid in $listeners; do
		kill "$pid" 2>/dev/null
	done
	(exit $status)
	it_stop
}

# Events are written once a relay has been seen, and told once it knows nginx.
_ev_on() {
	[ "$(sql "SELECT seen > now() - interval '1 hour'
	    FROM event_switch")" = t ]
}

# What was written is told: who listens from now on hears nothing of it.
_told() {
	_wait_for _all_told || flunk "events wait"
}

_all_told() {
	[ "$(sql "SELECT until < clock_timestamp() AND NOT EXISTS (
	    SELECT FROM events WHERE seq IS NULL OR seq > sent)
	    FROM event_relay")" = t ]
}

# _listen NAME FILE [PATH [curl's arguments]]: returns once it is subscribed.
_listen() {
	l_who=$1 l_file=$2 l_path=${3:-/api/v1/events}
	shift $(($# < 3 ? $# : 3))
	[ -z "$l_who" ] ||
	    set -- -H "Authorization: Bearer $(token_of "$l_who")" "$@"
	: >"$l_file"
	curl -sSN -m 300 -D "$l_file.h" -H 'Accept: text/event-stream' "$@" \
	    "$url$l_path" >"$l_file" 2>"$l_file.err" &
	listener=$!
	listeners="$listeners $listener"
	_wait_for _greeted "$l_file" || flunk "$l_path: not subscribed:" \
	    "$(cat "$l_file" "$l_file.err")"
}

_greeted() {
	grep -q '^: hi' "$1" && return
	kill -0 "$listener" 2>/dev/null || return 9
	return 1
}

# The data of a stream's events, one a line.
_data() {
	sed -n 's/^data: //p' "$1"
}

# _hears FILE N: N events or more come.
_hears() {
	_wait_for _has_data "$1" "$2" ||
	    flunk "$(_data "$1" | wc -l) events in $1, not $2"
}

_has_data() {
	[ "$(grep -c '^data: ' "$1")" -ge "$2" ]
}

# _listeners N WAY FILE PATH [HEADER...]: by listen.pl.
_listeners() {
	l_n=$1 l_file=$3
	l_way=$2 l_path=$4
	shift 4
	rm -f "$l_file.ready" "$l_file.count"
	perl "$top/t/it/listen.pl" "$port" "$l_n" "$l_way" "$l_file" \
	    "$l_path" "$@" &
	listener=$!
	listeners="$listeners $listener"
	_wait_for _all_ready || flunk "$(cat "$l_file.ready" 2>/dev/null) of" \
	    "$l_n are subscribed: $(head -c 300 "$l_file")"
}

_all_ready() {
	[ "$(cat "$l_file.ready" 2>/dev/null)" = "$l_n" ] && return
	kill -0 "$listener" 2>/dev/null || return 9
	return 1
}
