# 710-blobs.t: the bytes of files: once for all, whole or not at all, gone when
# nobody refers to them (studio.md, 7.1 and 7.6).
. "${SRCDIR:?}/t/it/lib.sh"

it_conf='DATABASE_TIMEOUT_MS = 60000
BOBBIN_SLOW_WATCHDOG_SECONDS = 300'
it_site='s/rate=50r/rate=5000r/'
holder= client=
_end() {
	status=$?
	for pid in $holder $client; do
		kill -9 "$pid" 2>/dev/null
	done
	(exit $status)
	it_stop
}
it_start
trap _end EXIT
blobs=$T/blobs

# _patience LOCK STATEMENT: of sessions that begin from now on.
_patience() {
	sql "ALTER ROLE bobbin_app IN DATABASE bobbin SET lock_timeout = '$1';
	    ALTER ROLE bobbin_app IN DATABASE bobbin
		SET statement_timeout = '$2'"
}

# A test may hold a lock longer than a worker would wait.
_patience 60s 60s
stop_bobbin
sed -i -e 's/^BOBBIN_WORKERS = .*/BOBBIN_WORKERS = 1/' \
    -e 's/^BOBBIN_SLOW_WORKERS = .*/BOBBIN_SLOW_WORKERS = 2/' "$T/bobbin.conf"
start_bobbin

_thread() {
	sql "INSERT INTO threads (email, title) VALUES ('$1@example.com', 'x')
	    RETURNING id" | head -n 1
}

# _upload WHO THREAD FILE
_upload() {
	as "$1" request POST "/api/threads/$2/artifacts" -F "file=@$3"
}

_file() {
	printf "$2" >"$T/$1"
	sha=$(sha256sum "$T/$1" | cut -d ' ' -f 1)
	path=$blobs/$(echo $sha | cut -c 1-2)/$(echo $sha | cut -c 3-4)/$sha
}

_jobs() {
	bobbin_run jobs --once blobs 2>>"$T/log/jobs.log" ||
	    flunk "jobs: $(tail -n 3 "$T/log/jobs.log")"
}

# It wants the settings that migrate makes.
_check() {
	_patience 3s 6s
	bobbin_run check --store >"$T/check" 2>&1
	checked=$?
	_patience 60s 60s
	return $checked
}

_blob() {
	sql "SELECT size, on_disk, in_s3, state, unreferenced_at IS NULL
	    FROM blobs WHERE sha256 = '$sha'"
}

_long_ago() {
	touch -d '2 days ago' "$@"
}

# _slow SENT [NAME=VALUE]: an upload of $T/$name by a client that stops; its
# answer comes to $T/slow.
_slow() {
	rm -f "$T/slow.go"
	perl "$top/t/it/fcgi-slow.pl" "$T/slow.sock" "$T/$name" "$1" \
	    "$T/slow.go" REQUEST_METHOD=POST CONTENT_TYPE=x/y \
	    "REQUEST_URI=/api/threads/$thread/artifacts?filename=$name" \
	    "HTTP_AUTHORIZATION=Bearer $(token_of alice)" \
	    BOBBIN_REQUEST_ID=${2:-11111111222233334444555555555555} \
	    >"$T/slow" 2>&1 &
	client=$!
}

# The process that has this file open.
_writer() {
	for w in $(pgrep -P "$bobbin_pid"); do
		if ls -l "/proc/$w/fd" 2>/dev/null | grep -qF "$1"; then
			echo "$w"
			return 0
		fi
	done
	return 1
}

# _hold ID: somebody else has that thread's row locked.
_hold() {
	rm -f "$T/held" "$T/release"
	mkfifo "$T/release"
	{
		echo "BEGIN; SELECT 1 FROM threads WHERE id = '$1' FOR UPDATE;"
		echo "\\! touch $T/held"
		cat "$T/release"
		echo "ROLLBACK;"
	} | pg_sql postgres >/dev/null 2>&1 &
	holder=$!
	_wait_for test -e "$T/held"
}

_release() {
	: >"$T/release"
	wait $holder
	holder=
}

_some_tmp() { [ -n "$(ls "$blobs/tmp" 2>/dev/null)" ]; }

thread=$(_thread alice)

fifty_uploads_of_one_content_are_one_blob() {
	_file same 'the same for all'
	tok=$(token_of alice)
	for i in $(seq 50); do
		echo next
		echo "url = $url/api/threads/$thread/artifacts?filename=f$i"
		echo "header = \"Content-Type: x/y\""
		echo "header = \"Authorization: Bearer $tok\""
		echo "data-binary = \"@$T/same\""
		echo "output = $T/same.$i"
		echo 'write-out = "%{http_code}\n"'
	done | sed 1d >"$T/many"
	curl -s -Z --parallel-max 50 -K "$T/many" \
	    >"$T/codes" 2>/dev/null
	is "$(sort "$T/codes" | uniq -c | xargs)" '50 201'
	is "$(_blob)" '16|t|f|stored|t'
	is "$(sql "SELECT count(*) FROM artifacts WHERE sha256 = '$sha'")" 50
	is "$(find "$blobs" -type f -name "$sha" | wc -l)" 1
	cmp -s "$T/same" "$path" || flunk 'other bytes'
	is "$(ls "$blobs/tmp" | wc -l)" 0 leftovers
}

bytes_go_with_the_last_reference_and_after_the_grace() {
	_file mine 'in two threads'
	other=$(_thread bob)
	_upload alice $thread "$T/mine"
	a=$(field id)
	_upload bob $other "$T/mine"
	b=$(field id)
	as alice delete /api/artifacts/$a
	is "$(_blob)" '14|t|f|stored|t'
	as bob delete /api/artifacts/$b
	is "$(_blob)" '14|t|f|stored|f'
	_long_ago "$path"
	_jobs
	is "$(_blob)" '14|t|f|stored|f' 'within the grace'
	[ -e "$path" ] || flunk 'gone too soon'
	sql "UPDATE blobs SET unreferenced_at = now() - interval '2 days'
	    WHERE sha256 = '$sha'"
	# A new reference takes the mark away.
	_upload bob $other "$T/mine"
	status_is 201
	b=$(field id)
	_jobs
	is "$(_blob)" '14|t|f|stored|t'
	as bob delete /api/artifacts/$b
	sql "UPDATE blobs SET unreferenced_at = now() - interval '2 days'
	    WHERE sha256 = '$sha'"
	# Fresh bytes may be those of a row that is on its way.
	_jobs
	is "$(_blob)" '14|t|f|stored|f'
	_long_ago "$path"
	_jobs
	is "$(_blob)" ''
	[ ! -e "$path" ] || flunk 'it is still there'
}

a_mark_that_is_wrong_removes_nothing() {
	_file marked marked
	_upload alice $thread "$T/marked"
	sql "UPDATE blobs SET unreferenced_at = now() - interval '2 days'
	    WHERE sha256 = '$sha'"
	_long_ago "$path"
	_jobs
	[ -e "$path" ] || flunk 'the bytes are gone'
	as alice get "/api/artifacts/$(field id)"
	status_is 200
}

a_thread_takes_its_files_along() {
	_file along along
	t=$(_thread carol)
	_upload carol $t "$T/along"
	as carol delete "/chat/$t"
	json_is .deleted_counts.artifacts 1
	is "$(_blob)" '5|t|f|stored|f'
}

# _as WHO STATEMENT...: as a worker for them.
_as() {
	as_who=$1
	shift
	{
		echo "BEGIN; SELECT set_config('bobbin.email',
		    '$as_who@example.com', true) \\g /dev/null"
		printf '%s;\n' "$@"
		echo 'COMMIT;'
	} | pg_sql bobbin_app 2>&1
}

# What the routes of attachments build on: filled once, by their owner, for one content.
attachments_hold_their_bytes_too() {
	id=11111111-2222-4333-8444-555555555555
	sha=$(printf '%064d' 7) other=$(printf '%064d' 8)
	fill="SELECT attachment_fill('dora@example.com', 'atc_1', '$sha', 5,
	    'image/png', '{}', '{\"n\":1.0}')"
	is "$(_as dora "$fill IS NULL")" t 'without a row'
	is "$(_as dora "INSERT INTO attachments (id, email, attachment_id,
	    document, thread_id, made_here) VALUES ('$id', 'dora@example.com',
	    'atc_1', '{}', 'chat', true)" "$fill" "$fill")" 'done
done'
	is "$(_blob)" '5|t|f|stored|t'
	is "$(_as dora "$(echo "$fill" | sed "s/$sha/$other/")")" other
	is "$(_as eve "$fill IS NULL")" t 'for somebody else'
	is "$(sql "SELECT document, mime, size, uploaded_at IS NOT NULL
	    FROM attachments")" '{"n":1.0}|image/png|5|t'
	is "$(_as dora "SELECT * FROM blob_find('$sha', 5)" \
	    "SELECT * FROM blob_find('$sha', 6)")" 't|f|f
t|f|t'
	is "$(_as eve "SELECT * FROM blob_find('$sha', 5)")" '||'
	is "$(_as eve "SELECT (attachment).email, on_disk, missing
	    FROM attachment_link('$id')")" 'dora@example.com|t|f'
	# A ChatKit thread takes them along, another one of that name does not.
	sql "INSERT INTO threads (email, thread_id, document, sorted_at,
	    title_at, title_length)
	    VALUES ('dora@example.com', 'chat', '{}', now(), 2, 0),
	    ('eve@example.com', 'chat', '{}', now(), 2, 0)"
	as eve delete /chat/chat
	is "$(_blob)" '5|t|f|stored|t'
	as dora delete /chat/chat
	is "$(_blob)" '5|t|f|stored|f'
	is "$(sql "SELECT count(*) FROM attachments")" 0
	sql "DELETE FROM blobs WHERE sha256 = '$sha'"
}

a_removal_that_broke_off_goes_on() {
	_file half half
	_upload alice $thread "$T/half"
	as alice delete "/api/artifacts/$(field id)"
	sql "UPDATE blobs SET state = 'gone',
	    unreferenced_at = now() - interval '2 days' WHERE sha256 = '$sha'"
	# Who brings the bytes again has them again.
	_upload alice $thread "$T/half"
	status_is 201
	is "$(_blob)" '4|t|f|stored|t'
	as alice delete "/api/artifacts/$(field id)"
	sql "UPDATE blobs SET state = 'gone',
	    unreferenced_at = now() - interval '2 days' WHERE sha256 = '$sha'"
	rm "$path"
	_jobs
	is "$(_blob)" ''
}

a_writer_killed_within_the_body_leaves_nothing_visible() {
	name=big
	head -c 1000000 /dev/urandom >"$T/big"
	_file big2 x
	remember_rows
	_slow 500000
	_wait_for _some_tmp
	tmp=$blobs/tmp/$(ls "$blobs/tmp")
	_wait_for _writer "$tmp" >/dev/null
	# Old as it may look, it is a living writer's.
	_long_ago "$tmp"
	_jobs
	[ -e "$tmp" ] || flunk 'taken from its writer'
	kill -9 "$(_writer "$tmp")"
	touch "$T/slow.go"
	wait $client
	client=
	is "$(find "$blobs" -type f -name "$(sha256sum "$T/big" |
	    cut -d ' ' -f 1)" | wc -l)" 0
	nothing_changed
	_jobs
	[ -e "$tmp" ] || [ -z "$(find "$tmp" -mmin -60 2>/dev/null)" ] ||
	    flunk 'removed within the grace'
	_long_ago "$tmp" 2>/dev/null
	_jobs
	[ ! -e "$tmp" ] || flunk 'the leftover stays'
}

a_client_that_goes_away_leaves_nothing() {
	name=big
	remember_rows
	_slow 500000
	_wait_for _some_tmp
	kill -9 $client
	wait $client 2>/dev/null
	client=
	_no_tmp() { ! _some_tmp; }
	_wait_for _no_tmp || flunk 'the temporary file stays'
	nothing_changed
}

a_writer_killed_before_its_row_leaves_bytes_that_go() {
	name=unrowed
	_file unrowed 'bytes without a row'
	_hold $thread
	_slow 1
	touch "$T/slow.go"
	_wait_for test -e "$path" || flunk 'no bytes came'
	_wait_for _writer "$blobs/lock" >/dev/null
	# Old as they may look, their row is on its way.
	_long_ago "$path"
	_jobs
	[ -e "$path" ] || flunk 'taken from under the row'
	# The machine is gone, not only the worker.
	kill -9 "$(_writer "$blobs/lock")"
	sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
	    WHERE usename = 'bobbin_app' AND wait_event_type = 'Lock'" >/dev/null
	wait $client
	client=
	_release
	is "$(_blob)" ''
	is "$(sql "SELECT count(*) FROM artifacts WHERE filename = '$name'")" 0
	cmp -s "$T/$name" "$path" || flunk 'half a file'
	touch "$path"
	_jobs
	[ -e "$path" ] || flunk 'removed within the grace'
	_long_ago "$path"
	_jobs
	[ ! -e "$path" ] || flunk 'the bytes stay'
}

a_request_whose_worker_dies_happens_once() {
	_file once 'once and no more'
	_hold $thread
	tok=$(token_of alice)
	curl -sS -m 60 -o "$T/once.body" -w '%{http_code}' -F "file=@$T/once" \
	    -H "Authorization: Bearer $tok" \
	    "$url/api/threads/$thread/artifacts" >"$T/once.status" &
	client=$!
	_wait_for test -e "$path"
	_wait_for _writer "$blobs/lock" >"$T/writer"
	kill -9 "$(cat "$T/writer")"
	_other() { w=$(_writer "$blobs/lock") && [ "$w" != "$(cat "$T/writer")" ]; }
	_wait_for _other || flunk 'nobody took it over'
	_release
	wait $client
	client=
	is "$(cat "$T/once.status")" 201
	is "$(sql "SELECT count(*) FROM artifacts WHERE sha256 = '$sha'")" 1
	is "$(_blob)" '16|t|f|stored|t'
}

a_repeated_request_is_answered_like_the_first() {
	name=repeated
	_file repeated repeated
	for i in 1 2; do
		_slow 3 22222222333344445555666666666666
		touch "$T/slow.go"
		wait $client
		client=
		mv "$T/slow" "$T/slow.$i"
		grep -q '^Status: 201' "$T/slow.$i" || flunk "$(cat "$T/slow.$i")"
	done
	is "$(grep -o '"id":"[^"]*"' "$T/slow.1")" \
	    "$(grep -o '"id":"[^"]*"' "$T/slow.2")"
	is "$(sql "SELECT count(*) FROM artifacts WHERE sha256 = '$sha'")" 1
}

removal_and_uploads_at_once_lose_nothing() {
	_file busy 'now here, now there'
	( while [ ! -e "$T/busy.end" ]; do
		sql "UPDATE blobs SET unreferenced_at = '2020-01-01'
		    WHERE unreferenced_at IS NOT NULL"
		find "$blobs" -type f -path '*/??/??/*' \
		    -exec touch -d '2 days ago' {} + 2>/dev/null
		bobbin_run jobs --once blobs
	done ) >>"$T/log/jobs.log" 2>&1 &
	client=$!
	for i in $(seq 25); do
		_upload alice $thread "$T/busy"
		case $(status) in
		20[01]) ;;
		*)	status_is 201 ;;
		esac
		id=$(field id)
		as alice get /api/artifacts/$id
		status_is 200 || break
		as alice delete /api/artifacts/$id
	done
	touch "$T/busy.end"
	wait $client
	client=
	_check || flunk "$(grep BAD "$T/check")"
}

fifty_megabytes_pass_through_a_small_worker() {
	head -c 52428800 /dev/urandom >"$T/fifty"
	_upload alice $thread "$T/marked"	# every buffer is there now
	for w in $(pgrep -P "$bobbin_pid"); do
		echo "$w $(awk '/VmHWM/ { print $2 }' "/proc/$w/status")"
	done >"$T/before"
	_upload alice $thread "$T/fifty"
	status_is 201
	json_is .size 52428800
	id=$(field id)
	# One worker has the quick pool: it does not send the bytes itself.
	tok=$(token_of alice)
	curl -sS --limit-rate 50M -H "Authorization: Bearer $tok" \
	    -o "$T/fifty.back" "$url/api/artifacts/$id" &
	client=$!
	_wait_for test -s "$T/fifty.back"
	as alice get /api/artifacts/$id/head
	status_is 200
	wait $client
	client=
	cmp "$T/fifty" "$T/fifty.back" || flunk 'other bytes'
	while read -r w kb; do
		now=$(awk '/VmHWM/ { print $2 }' "/proc/$w/status")
		grep -aq __asan_init "$bobbin" || [ $((now - kb)) -lt 3072 ] ||
		    flunk "worker $w grew from $kb to $now kB"
	done <"$T/before"
	rm -f "$T/fifty.back"
}

a_busy_slow_worker_holds_nobody_up() {
	name=big
	_slow 500000 44444444222233334444555555555555
	_wait_for _some_tmp
	as alice get /api/threads/$thread/artifacts
	status_is 200
	_upload alice $thread "$T/marked"	# by the other slow one
	status_is 200
	touch "$T/slow.go"
	wait $client
	client=
	grep -q '^Status: 201' "$T/slow" || flunk "$(cat "$T/slow")"
}

check_reads_every_file() {
	_check || flunk "$(grep BAD "$T/check")"
	grep -qE '^ok .*store: [0-9]+ files as they should be' "$T/check" ||
	    flunk "$(cat "$T/check")"
	for i in 1 2 3; do
		_file damaged$i "damaged $i"
		_upload alice $thread "$T/damaged$i"
		eval "d$i=$sha p$i=$path"
	done
	printf 'damagee 1' >"$p1"
	printf x >"$p2"
	rm "$p3"
	_check && flunk 'it found nothing'
	for want in "$d1 has other bytes" "$d2 has 1 bytes, not 9" \
	    "$d3 is not there"; do
		grep -q "^BAD .*store: $want" "$T/check" ||
		    flunk "not said: $want"
	done
	is "$(grep -c BAD "$T/check")" 4
	for i in 1 2 3; do
		_upload alice $thread "$T/damaged$i"
	done
	_check || flunk "$(grep BAD "$T/check")"
}

a_store_that_takes_nothing_is_503() {
	mv "$blobs" "$blobs.away"
	echo x >"$blobs"
	_upload alice $thread "$T/marked"
	status_is 503
	header_is Retry-After 5
	body_is '{"detail":"File store is unavailable"}'
	rm "$blobs"
	mv "$blobs.away" "$blobs"
	_upload alice $thread "$T/marked"
	status_is 200
}

it_run
