# 805-protocol.t: ChatKit's protocol, POST /chatkit: what is answered here.
. "${SRCDIR:?}/t/it/lib.sh"

it_agent=yes
it_conf='CHATKIT_STORE_ACCESS = user'
it_site='s/rate=50r/rate=5000r/'
it_start
touch "$T/agent.go"

s=/chatkit/store/threads
at=2026-01-02T03:04:05

# _call WHO TYPE PARAMS
_call() {
	as "$1" post /chatkit '{"type":"'"$2"'","params":'"$3"'}'
}

# _thread WHO ID [MEMBERS], _item WHO THREAD ID TYPE [MEMBERS [TIME]]
_thread() {
	as "$1" put "$s/$2" '{"id":"'$2'","created_at":"'$at'"'"$3"'}'
	status_is 204
}
_item() {
	as "$1" put "$s/$2/items/$3" '{"id":"'$3'","created_at":"'${6:-$at}'","type":"'$4'"'"$5"'}'
	status_is 204
}

_refused() {
	status_is "$1"
	body_is "{\"detail\":\"$2\"}"
	header_is Cache-Control no-store
}

# What the SDK raises, and bobbin answers with a status.
_status_of() {
	case $1 in
	*'again (no pending)' | 'threads.add_structured_input again') echo 409 ;;
	'custom_action on non-widget' | 'sync_custom_action widget' | \
	'bad json' | 'unknown type' | 'missing '* | 'bad order') echo 400 ;;
	'threads.retry_after_item unknown item' | *'unknown attachment' | \
	*'deleted' | *'bad cursor' | *'missing thread '*) echo 404 ;;
	*) echo 200 ;;
	esac
}

the_recorded_requests_get_the_recorded_answers() {
	mkdir "$T/golden"
	perl "$top/t/it/golden.pl" "$T/golden" \
	    <"$top/t/vectors/chatkit/golden.txt"
	n=100 compared=0
	while n=$((n + 1)) && [ -e "$T/golden/$n.name" ]; do
		name=$(cat "$T/golden/$n.name") g=$T/golden/$n
		case $name in
		'attachments.create '*)	# links differ
			id=$(jq -r .id "$g.want")
			as gold put /chatkit/store/attachments/$id "@$g.want"
			status_is 204
			continue ;;
		'items.list deleted thread') want=200 ;;
		*) want=$(_status_of "$name") ;;
		esac
		as gold post /chatkit "@$g.ask"
		[ "$(status)" = $want ] ||
		    flunk "$name: $(status), not $want: $(cat "$T/body")"
		if [ -e "$g.want" ] && [ ! -e "$g.puts" ] &&
		    ! grep -q '"input.transcribe"\|"threads.sync' "$g.ask"
		then
			cmp -s "$T/body" "$g.want" || flunk "$name: $(cat \
			    "$T/body"), not $(cat "$g.want")"
			compared=$((compared + 1))
		fi
		[ -e "$g.puts" ] || continue
		[ "$name" != 'create -> hidden' ] || printf '%s\t%s\n' \
		    "$s/thr_0d01b7b9/items/hc_1" '{"id":"hc_1","type":"hidden_context_item","created_at":"2026-01-02T03:04:23.178000","content":"secret"}' >>"$g.puts"
		while IFS='	' read -r path doc; do
			printf %s "$doc" >"$T/doc"
			as gold put "$path" "@$T/doc"
			status_is 204
		done <"$g.puts"
	done
	[ $n -gt 145 ] && [ $compared -ge 14 ] ||
	    flunk "$((n - 101)) sections, $compared answers"
}

a_page_of_threads_has_empty_items() {
	_thread tom one ',"title":"T","status":{"type":"locked","reason":null},"allowed_image_domains":["a"],"metadata":{"secret":1},"items":{"data":[1]}'
	_call tom threads.list '{}'
	status_is 200
	body_is '{"data":[{"title":"T","id":"one","created_at":"'$at'","status":{"type":"locked"},"allowed_image_domains":["a"],"metadata":{},"items":{"data":[],"has_more":false}}],"has_more":false}'
	header_is Content-Type application/json
}

a_thread_comes_with_its_first_items() {
	_thread fay t
	for i in $(seq 10 31); do
		_item fay t i$i task '' 2026-01-02T03:04:$i
	done
	_call fay threads.get_by_id '{"thread_id":"t"}'
	status_is 200
	json_is '[.id, (.items.data | length), .items.data[0].id, .items.has_more, .items.after]' \
	    '["t",20,"i10",true,"i29"]'
	json_is 'keys_unsorted' '["id","created_at","status","metadata","items"]'
}

hidden_items_go_after_the_cut() {
	_thread hid t
	n=10
	for type in user_message sdk_hidden_context hidden_context_item task; do
		n=$((n + 1))
		_item hid t i$n $type '' 2026-01-02T03:04:$n
	done
	_call hid items.list '{"thread_id":"t","limit":2,"order":"asc"}'
	json_is '[[.data[].id], .has_more, .after]' '[["i11"],true,"i12"]'
	_call hid items.list '{"thread_id":"t","limit":1,"order":"asc","after":"i12"}'
	json_is '[[.data[].id], .has_more, .after]' '[[],true,"i13"]'
	_call hid items.list '{"thread_id":"t","after":"i13","order":"asc"}'
	json_is '[[.data[].id], .has_more, .after]' '[["i14"],false,null]'
	_call hid threads.get_by_id '{"thread_id":"t"}'
	json_is '[.items.data[].id]' '["i11","i14"]'
	# The owner reads them in the store.
	as hid get "$s/t/items"
	json_is '.data | length' 4
}

a_title_is_changed_in_the_document_alone() {
	_thread tit t ',"x" : 1e2,"metadata":{"a":1}'
	_call tit threads.update '{"thread_id":"t","title":"Ü \"q\""}'
	status_is 200
	body_is '{"title":"Ü \"q\"","id":"t","created_at":"'$at'","status":{"type":"active"},"metadata":{},"items":{"data":[],"has_more":false}}'
	as tit get "$s/t"
	body_is '{"id":"t","created_at":"'$at'","x" : 1e2,"metadata":{"a":1},"title":"Ü \"q\""}'
	_call tit threads.update '{"thread_id":"t","title":""}'
	json_is .title '""'
	# Longer than the column: whole in the document.
	long=$(printf 'ä%.0s' $(seq 700))
	_call tit threads.update '{"thread_id":"t","title":"'$long'"}'
	json_is '.title | length' 700
	is "$(sql "SELECT char_length(title) FROM threads
	    WHERE email = 'tit@example.com'")" 512
	as tit get "$s/t"
	json_is '[(.title | length), (keys_unsorted | length)]' '[700,5]'
	_call tit threads.update '{"thread_id":"none","title":"x"}'
	_refused 404 'Thread none not found'
}

two_clients_change_one_title() {
	. "$top/t/it/load.sh"
	_thread two t ',"title":"","n":1'
	for i in $(seq 20); do
		send u$i two POST /chatkit -d '{"type":"threads.update","params":{"thread_id":"t","title":"'"$(printf "%0${i}d" 0)"'"}}'
	done
	for i in $(seq 20); do
		reap u$i
		ended_with u$i 200
	done
	as two get "$s/t"
	json_is '[.n, (.title | test("^0+$"))]' '[1,true]'
	is "$(sql "SELECT title = document->>'title' FROM threads
	    WHERE email = 'two@example.com'")" t
}

a_thread_is_deleted_twice() {
	_thread dee t
	for i in 1 2; do
		_call dee threads.delete '{"thread_id":"t"}'
		status_is 200
		body_is '{}'
	done
	_call dee threads.get_by_id '{"thread_id":"t"}'
	_refused 404 'Thread t not found'
}

an_attachment_is_deleted_twice() {
	as fil put /chatkit/store/attachments/f '{"id":"f","name":"n","mime_type":"a/b","type":"file"}'
	_call eve attachments.delete '{"attachment_id":"f"}'
	as fil get /chatkit/store/attachments/f
	status_is 200
	for i in 1 2; do
		_call fil attachments.delete '{"attachment_id":"f"}'
		status_is 200
		body_is '{}'
	done
	as fil get /chatkit/store/attachments/f
	status_is 404
}

# --- Ratings

_ratings() {
	sql "SELECT item_id, score FROM feedback WHERE email =
	    '$1@example.com' AND item_id IS NOT NULL ORDER BY 1" | xargs
}

the_later_rating_wins() {
	_thread lat t
	_item lat t a assistant_message
	_item lat t b client_tool_call
	_item lat t h sdk_hidden_context
	_call lat items.feedback '{"thread_id":"t","item_ids":["a","b","h","none","a"],"kind":"positive"}'
	status_is 200
	body_is '{}'
	is "$(_ratings lat)" 'a|1 b|1'
	_call lat items.feedback '{"thread_id":"t","item_ids":["b"],"kind":"negative"}'
	is "$(_ratings lat)" 'a|1 b|0'
	remember_rows
	_call lat items.feedback '{"thread_id":"t","item_ids":[],"kind":"negative"}'
	body_is '{}'
	_call lat items.feedback '{"thread_id":"t","item_ids":["no\"},{","x"],"kind":"negative"}'
	_refused 404 'Item no\"},{ not found in thread t'
	_call lat items.feedback '{"thread_id":"t","item_ids":["h"],"kind":"negative"}'
	_refused 404 'Item h not found in thread t'
	_call lat items.feedback '{"thread_id":"none","item_ids":[],"kind":"negative"}'
	_refused 404 'Thread none not found'
	nothing_changed
	# The runs' face does not show them.
	as lat get /feedback
	json_is .feedback '[]'
}

a_rating_reaches_the_run_and_langsmith() {
	stop_bobbin
	echo 'LANGSMITH_API_KEY = a-key-for-nobody' >>"$T/bobbin.conf"
	start_bobbin
	run=0a0b0c0d-1111-4222-8333-00000000000
	as ron post /chat/other/runs '{"run_id":"'${run}1'"}'
	as eve post /chat/hers/runs '{"run_id":"'${run}2'"}'
	_thread ron t
	for i in 1 2 3; do
		as agent put "$s/t/items/i$i" '{"id":"i'$i'","created_at":"'$at'","type":"task"}' \
		    -H 'X-Bobbin-On-Behalf-Of: ron@example.com' \
		    -H "X-Bobbin-Run: $run$i"
		status_is 204
	done
	as ron post /feedback '{"run_id":"'${run}1'","comment":"mine"}'
	_call ron items.feedback '{"thread_id":"t","item_ids":["i1","i2","i3"],"kind":"positive"}'
	status_is 200
	as ron get /feedback
	json_is '[.feedback[] | [.run_id, .thread_id, .feedback, .comment, .delivery]]' \
	    '[["'${run}1'","other",1,"mine","pending"]]'
	as eve get /feedback
	json_is .feedback '[]'
	is "$(sql "SELECT dirty_score, dirty_comment, revision
	    FROM feedback_outbox")" 't|t|2'
	as ron get "$s/t/feedback?order=asc"
	json_is '[.data[] | [.item_id, .kind, .run_id]]' \
	    '[["i1","positive","'${run}1'"],["i2","positive","'${run}2'"],["i3","positive","'${run}3'"]]'
	_call ron items.feedback '{"thread_id":"t","item_ids":["i1"],"kind":"negative"}'
	as ron get /feedback
	json_is '[.feedback[].feedback]' '[0]'
}

# --- What is refused

bad_requests_say_where() {
	_thread bad t
	remember_rows
	while IFS='|' read -r body why; do
		as bad post /chatkit "$body"
		_refused 400 "$why"
	done <<-'X'
	{|Malformed JSON: syntax error
	[]|body: must be an object
	{"params":{}}|type: required
	{"type":"nope","params":{}}|type: unknown
	{"type":"threads.list"}|params: required
	{"type":"threads.list","params":{},"metadata":[]}|metadata: must be an object
	{"type":"threads.list","params":{"limit":true}}|params.limit: must be an integer
	{"type":"threads.list","params":{"limit":-1}}|params.limit: must be at least 0
	{"type":"threads.update","params":{"thread_id":"t"}}|params.title: required
	{"type":"threads.update","params":{"thread_id":"t","title":null}}|params.title: must be a string
	{"type":"threads.update","params":{"thread_id":"t","title":"\u0000"}}|Malformed JSON: U+0000 is not allowed
	{"type":"threads.list","params":{},"type":"threads.list"}|Malformed JSON: duplicate member
	X
	_call bad threads.list '{"after":"none"}'
	_refused 404 'Thread none not found'
	_call bad items.list '{"thread_id":"t","after":"none"}'
	_refused 404 'Item none not found'
	_call bad items.list '{"thread_id":"none","after":"none"}'
	body_is '{"data":[],"has_more":false}'
	as bad post '/chatkit?x=1' '{"type":"threads.list","params":{}}'
	_refused 400 'Unknown query parameter: x'
	as bad request POST /chatkit -H 'Content-Type: text/plain' -d '{}'
	status_is 415
	as bad get /chatkit
	status_is 405
	request POST /chatkit -H 'Content-Type: application/json' -d '{}'
	status_is 401
	nothing_changed
}

only_a_recording_may_be_large() {
	head -c 2097100 /dev/zero | tr '\0' x >"$T/x"
	printf '{"type":"threads.list","params":{"pad":"%s"}}' "$(cat "$T/x")" \
	    >"$T/large"
	as lar post /chatkit "@$T/large"
	status_is 200
	printf '%100s' ' ' >>"$T/large"
	as lar post /chatkit "@$T/large"
	_refused 413 'Request body too large'
	{
		printf '{"params":{"mime_type":"audio/webm","audio_base64":"'
		for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
			cat "$T/x"
		done
		printf '"},"type":"input.transcribe"}'
	} >"$T/large"
	rm -f "$T/agent.request"
	as lar post /chatkit "@$T/large"
	status_is 200
	tail -c 40 "$T/agent.request" | grep -q 'input.transcribe"}$' ||
	    flunk 'the recording did not arrive whole'
	for i in 1 2; do
		cat "$T/x" >>"$T/large"
	done
	as lar post /chatkit "@$T/large"
	_refused 413 'Request body too large'
}

# The client names headers of its own, from a frame of its own origin.
the_clients_own_headers_pass() {
	request OPTIONS /chatkit -H "Origin: $it_origin" \
	    -H 'Access-Control-Request-Method: POST' \
	    -H 'Access-Control-Request-Headers: chatkit-frame-instance-id'
	status_is 200
	header_is Access-Control-Allow-Headers chatkit-frame-instance-id
	as cor post /chatkit '{}' -H "Origin: $it_origin"
	status_is 400
	header_is Access-Control-Allow-Origin "$it_origin"
}

# --- Ten thousand threads

# _peak: the most memory that one of the workers has had, in KiB.
_peak() {
	for w in $(ps -o pid= --ppid "$bobbin_pid"); do
		awk '/^VmHWM/ { print $2 }' "/proc/$w/status"
	done | sort -n | tail -n 1
}

a_history_of_ten_thousand_threads_is_one_page() {
	_thread his first
	sql "INSERT INTO threads (email, thread_id, document, title_at,
	    title_length, sorted_at)
	    SELECT 'his@example.com', 'thr_' || g,
	       format('{\"id\":\"thr_%s\",\"created_at\":\"2026-01-02T03:04:05\",\"title\":\"%s\",\"metadata\":{}}',
	       g, repeat('t', 40))::json, 1, 0,
	       '2026-02-01'::timestamptz + g * interval '1 second'
	    FROM generate_series(1, 9999) g"
	before=$(_peak)
	_call his threads.list '{"limit":9999}'
	status_is 200
	json_is '[(.data | length), .has_more, .after, .data[0].id]' \
	    '[9999,true,"thr_1","thr_9999"]'
	_call his threads.list '{"limit":9999,"after":"thr_1"}'
	json_is '[[.data[].id], .has_more]' '[["first"],false]'
	grown=$(($(_peak) - before))
	[ $grown -lt 20480 ] || grep -q __asan "$bobbin" ||
	    flunk "a worker grew by $grown KiB"
}

# As large as documents may be, they would be 2.5 GiB.
large_documents_cut_the_page() {
	_thread fat first
	sql "INSERT INTO threads (email, thread_id, document, title_at,
	    title_length, sorted_at)
	    SELECT 'fat@example.com', 'thr_' || g,
	       format('{\"id\":\"thr_%s\",\"created_at\":\"2026-01-02T03:04:05\",\"pad\":\"%s\"}',
	       g, repeat('t', 250000))::json, 1, 0,
	       '2026-02-01'::timestamptz + g * interval '1 second'
	    FROM generate_series(1, 2000) g"
	before=$(_peak)
	_call fat threads.list '{"limit":9999}'
	status_is 200
	json_is '[(.data | length), .has_more, .after]' '[67,true,"thr_1934"]'
	as fat get "$s?limit=10000"
	json_is '[(.data | length), .has_more, .after]' '[67,true,"thr_1934"]'
	grown=$(($(_peak) - before))
	[ $grown -lt 102400 ] || grep -q __asan "$bobbin" ||
	    flunk "a worker grew by $grown KiB"
	_call fat threads.list '{"limit":1}'
	status_is 200
}

it_run
