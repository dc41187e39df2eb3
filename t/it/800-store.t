# 800-store.t: ChatKit's store over HTTP: documents, order, pages, ratings.
. "${SRCDIR:?}/t/it/lib.sh"
. "$top/t/it/load.sh"

it_conf='CHATKIT_STORE_ACCESS = user'
it_site='s/rate=50r/rate=5000r/'
it_start

s=/chatkit/store/threads

# _thread ID [MEMBERS]: its document; _item ID TIME [MEMBERS].
_thread() {
	printf '{"id":"%s","created_at":"2026-01-02T03:04:05"%s}' "$1" "$2"
}
_item() {
	printf '{"id":"%s","thread_id":"t","created_at":"%s","type":"x"%s}' \
	    "$1" "$2" "$3"
}

# _make WHO THREAD: saves it.
_make() {
	as "$1" put "$s/$2" "$(_thread "$2")"
	status_is 204
}

# _refused STATUS DETAIL
_refused() {
	status_is "$1"
	body_is "{\"detail\":\"$2\"}"
	header_is Cache-Control no-store
}

# --- Threads

a_document_comes_back_byte_for_byte() {
	cat >"$T/doc" <<-'X'
	 { "zero" : -0.0,"big":1e22, "n":12345678901234567890123 ,
	"id":"odd","created_at":"2026-01-02 03:04:05.120000001+0230","e":"",
	"esc":"\u0061\/\ud83d\ude00\u007f","title":null,"metadata":{"b":1,"a":[ ]},
	"status":null , "items":{"data":[1]},"":{"":null},"größe":"ß" } 
	X
	as ann put "$s/odd" "@$T/doc"
	status_is 204
	body_is ''
	as ann get "$s/odd"
	status_is 200
	cmp -s "$T/doc" "$T/body" || flunk "$(diff "$T/doc" "$T/body")"
	as ann get "$s"
	json_is '[.has_more, .after]' '[false,null]'
	body_is "$(printf '{"data":[%s],"has_more":false,"after":null}' \
	    "$(sed '1s/^ //; $s/ $//' "$T/doc")")"
}

a_key_stands_in_every_answer_about_a_thread() {
	_make alice thr_0df84abe
	_make bob thr_0df84abe
	_make alice thread-a
	header_is X-Bobbin-Thread-Key 0cc0fa62-3537-5b26-8183-f5c848c0d3ed
	as bob get "$s/thr_0df84abe"
	header_is X-Bobbin-Thread-Key 856abac0-1797-597f-9d53-28276e03765c
	key=eeaf291a-38fc-5d92-ac13-4bb6722e2148
	as alice post "$s/thr_0df84abe/items" \
	    "$(_item msg_0ba893a5 2026-01-01T00:00:00Z)"
	status_is 201
	header_is X-Bobbin-Thread-Key $key
	for p in '' /items '/items?after=msg_0ba893a5' /items/msg_0ba893a5 \
	    /items/none /feedback; do
		as alice get "$s/thr_0df84abe$p"
		header_is X-Bobbin-Thread-Key $key
	done
	is "$(sql "SELECT id FROM messages WHERE item_id = 'msg_0ba893a5'")" \
	    461d4142-e367-5162-a172-02f32a6143ab
	is "$(sql "SELECT email FROM thread_claims WHERE thread_id = '$key'")" \
	    alice@example.com
	is "$(sql "SELECT count(*) FROM thread_claims
	    WHERE thread_id = 'thr_0df84abe'")" 0 'claims of the short id'
	as alice delete "$s/thr_0df84abe/items/msg_0ba893a5"
	header_is X-Bobbin-Thread-Key $key
	as alice delete "$s/thr_0df84abe"
	header_is X-Bobbin-Thread-Key $key
	as alice get "$s/thr_0df84abe"
	no_header X-Bobbin-Thread-Key
	as bob get "$s/thr_0df84abe"
	status_is 200
}

a_key_with_checkpoints_is_claimed_by_agents_only() {
	langgraph_tables
	langgraph_rows 91f50a4b-85ee-58b7-8ea2-c46d5a63d2a7
	as kim put "$s/pre" "$(_thread pre)"
	status_is 204
	id=$(header X-Bobbin-Thread-Key)
	sql "UPDATE checkpoints SET thread_id = '$id'"
	sql "DELETE FROM thread_claims WHERE thread_id = '$id'"
	as kim delete "$s/pre"
	as kim put "$s/pre" "$(_thread pre)"
	status_is 204
	is "$(sql "SELECT count(*) FROM thread_claims
	    WHERE thread_id = '$id'")" 0 'claims'
	as kim delete "$s/pre"
	as agent put "$s/pre" "$(_thread pre)" \
	    -H 'X-Bobbin-On-Behalf-Of: kim@example.com'
	is "$(sql "SELECT email FROM thread_claims
	    WHERE thread_id = '$id'")" kim@example.com
	as kim delete "$s/pre"
	is "$(sql "SELECT count(*) FROM checkpoints
	    WHERE thread_id = '$id'")" 0 'checkpoints left'
}

a_thread_is_replaced_as_a_whole_and_keeps_its_place() {
	for id in first second third; do
		_make pat $id
	done
	as pat put "$s/second" '{"id":"second","created_at":"2030-01-01T00:00:00Z","title":"T","metadata":{"a":1}}'
	status_is 204
	as pat get "$s?order=asc"
	json_is '[.data[].id]' '["first","second","third"]'
	json_is '.data[1]' '{"id":"second","created_at":"2030-01-01T00:00:00Z","title":"T","metadata":{"a":1}}'
	as pat put "$s/second" "$(_thread second ',"title":null')"
	as pat get "$s/second"
	body_is "$(_thread second ',"title":null')"
	is "$(sql "SELECT title IS NULL FROM threads
	    WHERE thread_id = 'second'")" t
}

the_column_holds_the_first_512_characters() {
	long=$(printf 'ä%.0s' $(seq 600))
	as pat put "$s/long" "$(_thread long ",\"title\":\"$long\"")"
	status_is 204
	is "$(sql "SELECT char_length(title) FROM threads
	    WHERE thread_id = 'long'")" 512
	as pat get "$s/long"
	body_has "$long"
}

# A title changed elsewhere changes in the document, and nothing besides.
_titled() {
	as tia put "$s/$1" "$2"
	status_is 204
	sql_as bobbin_app "BEGIN; SET LOCAL bobbin.email = 'tia@example.com';
	    UPDATE threads SET title = $3 WHERE email = 'tia@example.com'
	    AND thread_id = '$1'; COMMIT"
	as tia get "$s/$1"
	body_is "$4"
}

another_faces_title_is_spliced_in() {
	_titled a '{ "ä":"😀" ,"title" : "Ö\u0061" , "id":"a","created_at":"2026-01-02T03:04:05", "n":1e2 }' \
	    "E'new \"\\\\\\n 😀'" \
	    '{ "ä":"😀" ,"title" : "new \"\\\n 😀" , "id":"a","created_at":"2026-01-02T03:04:05", "n":1e2 }'
	_titled b '{"id":"b","title":null,"created_at":"2026-01-02T03:04:05"}' \
	    "'x'" '{"id":"b","title":"x","created_at":"2026-01-02T03:04:05"}'
	_titled c '{"id":"c","created_at":"2026-01-02T03:04:05","metadata":{"title":"}"} } ' \
	    "'x'" '{"id":"c","created_at":"2026-01-02T03:04:05","metadata":{"title":"}"} ,"title":"x"} '
	# Again and again: the place moves with it.
	for title in "'longer than before'" "'z'" NULL "'ü'"; do
		sql "UPDATE threads SET title = $title
		    WHERE email = 'tia@example.com' AND thread_id = 'c'"
	done
	as tia get "$s/c"
	body_is '{"id":"c","created_at":"2026-01-02T03:04:05","metadata":{"title":"}"} ,"title":"ü"} '
}

an_id_of_another_face_gets_the_document() {
	as gus post /chat/plans/runs '{"prompt":"x"}'
	as gus get "$s/plans"
	_refused 404 'Thread plans not found'
	as gus get "$s"
	json_is .data '[]'
	as gus delete "$s/plans"
	status_is 204
	as gus get /chat-threads
	json_is '[.threads[].thread_id]' '["plans"]'
	_make gus later
	_make gus plans
	is "$(sql "SELECT count(*) FROM threads
	    WHERE email = 'gus@example.com'")" 2 threads
	as gus get "$s?order=asc"
	json_is '[.data[].id]' '["later","plans"]'
	# Its uuid is not the formula's: an item is made of it all the same.
	as gus post "$s/plans/items" "$(_item m 2026-01-01T00:00:00Z)"
	status_is 201
	is "$(header X-Bobbin-Thread-Key)" \
	    "$(sql "SELECT id FROM threads WHERE thread_id = 'plans'")"
	as gus get "$s/plans/items"
	json_is '[.data[].id]' '["m"]'
	as gus get /chat/plans/run-ids
	json_is '.run_ids | length' 1
}

a_thread_is_deleted_with_all_that_is_in_it() {
	_make del gone
	as del post "$s/gone/items" "$(_item m 2026-01-01T00:00:00Z)"
	for i in 1 2; do
		as del delete "$s/gone"
		status_is 204
		body_is ''
	done
	as del get "$s/gone"
	_refused 404 'Thread gone not found'
	is "$(sql "SELECT count(*) FROM messages
	    WHERE email = 'del@example.com'")" 0 'items left'
	as del get "$s/gone/items/m"
	_refused 404 'Thread gone not found'
	as del post "$s/gone/items" "$(_item m 2026-01-01T00:00:00Z)"
	_refused 404 'Thread gone not found'
}

a_bad_thread_is_refused_and_changes_nothing() {
	_make bad one
	remember_rows
	while IFS='|' read -r doc why; do
		as bad put "$s/one" "$doc"
		_refused 400 "$why"
	done <<-'X'
	[]|body: must be an object
	"one"|body: must be an object
	{}|id: required
	{"id":"two","created_at":"2026-01-02T03:04:05"}|id: must be the path's
	{"id":1,"created_at":"2026-01-02T03:04:05"}|id: must be a string
	{"id":null,"created_at":"2026-01-02T03:04:05"}|id: must be a string
	{"id":"one"}|created_at: required
	{"id":"one","created_at":"yesterday"}|created_at: must be a date and time (ISO 8601)
	{"id":"one","created_at":1767322000}|created_at: must be a string
	{"id":"one","created_at":"2026-01-02T03:04:05","title":1}|title: must be a string
	{"id":"one","created_at":"2026-01-02T03:04:05","status":"active"}|status: must be an object
	{"id":"one","created_at":"2026-01-02T03:04:05","metadata":[]}|metadata: must be an object
	{"id":"one","created_at":"2026-01-02T03:04:05","id":"one"}|Malformed JSON: duplicate member
	{"id":"one","created_at":"2026-01-02T03:04:05","a":"\u0000"}|Malformed JSON: U+0000 is not allowed
	{"id":"one","created_at":"2026-01-02T03:04:05","a":"\ud800"}|Malformed JSON: lone surrogate
	{"id":"one","created_at":"2026-01-02T03:04:05","a":1e999}|Malformed JSON: number out of range
	{"id":"one","created_at":"2026-01-02T03:04:05","a":NaN}|Malformed JSON: syntax error
	X
	as bad request PUT "$s/one" -H 'Content-Type: text/plain' \
	    --data-binary "$(_thread one)"
	status_is 415
	as bad put "$s/one?x=1" "$(_thread one)"
	_refused 400 'Unknown query parameter: x'
	head -c 262144 /dev/zero | tr '\0' ' ' >"$T/big"
	_thread one >>"$T/big"
	as bad put "$s/one" "@$T/big"
	_refused 413 'Request body too large'
	as bad put "$s/%0A" '{}'
	_refused 400 'thread_id: must not contain control characters'
	long=$(printf 'x%.0s' $(seq 256))
	as bad put "$s/$long" '{}'
	_refused 400 'thread_id: must have at most 255 characters'
	nothing_changed
}

an_id_may_hold_anything_that_is_no_control_character() {
	for id in a%20b a%2Fb '%25' "it's" '%C3%A4%22%5C' 'health'; do
		as odd put "$s/$id" "$(printf '{"created_at":"2026-01-02T03:04:05","id":%s}' \
		    "$(printf %s "$id" | perl -pe 's/%([0-9A-F]{2})/chr hex $1/ge; s/(["\\])/\\$1/g; s/^|$/"/g')")"
		status_is 204
		as odd get "$s/$id"
		status_is 200
	done
	as odd get "$s"
	json_is '.data | length' 6
}

# --- Items

an_item_is_added_once() {
	_make add t
	as add post "$s/t/items" "$(_item i 2026-01-01T00:00:00Z)"
	status_is 201
	body_is '{}'
	remember_rows
	as add post "$s/t/items" "$(_item i 2026-01-01T00:00:00Z)"
	status_is 200
	body_is '{}'
	nothing_changed
	as add post "$s/t/items" "$(_item i 2026-01-01T00:00:00Z ',"a":1')"
	_refused 409 'Item i already exists'
	as add post "$s/t/items" "$(_item i 2026-01-01T00:00:00Z) "
	_refused 409 'Item i already exists'
	nothing_changed
	as add get "$s/t/items/i"
	body_is "$(_item i 2026-01-01T00:00:00Z)"
}

fifty_clients_add_one_item() {
	_make fifty t
	for i in $(seq 50); do
		send f$i fifty POST "$s/t/items" -d "$(_item same \
		    2026-01-01T00:00:00Z ",\"by\":$i")"
	done
	for i in $(seq 50); do
		reap f$i
	done
	is "$(cat "$T"/f*.status | fold -w 3 | sort | uniq -c | xargs)" \
	    '1 201 49 409'
	is "$(sql "SELECT count(*) FROM messages
	    WHERE email = 'fifty@example.com'")" 1 items
}

saving_replaces_and_keeps_the_place() {
	_make sav t
	for i in a b c; do
		as sav put "$s/t/items/$i" "$(_item $i 2026-01-01T00:00:00Z)"
		status_is 204
		body_is ''
	done
	as sav put "$s/t/items/b" '{"id":"b","created_at":"2020-01-01T00:00:00Z","type":"other","thread_id":"elsewhere"}'
	status_is 204
	as sav get "$s/t/items?order=asc"
	json_is '[.data[] | [.id, .type]]' \
	    '[["a","x"],["b","other"],["c","x"]]'
	as sav get "$s/t/items/b"
	body_has '"thread_id":"elsewhere"'
	is "$(sql "SELECT item_type FROM messages WHERE item_id = 'b'
	    AND email = 'sav@example.com'")" other
}

a_bad_item_is_refused_and_changes_nothing() {
	_make bad t
	as bad post "$s/t/items" "$(_item i 2026-01-01T00:00:00Z)"
	remember_rows
	while IFS='|' read -r doc why; do
		as bad put "$s/t/items/i" "$doc"
		_refused 400 "$why"
	done <<-'X'
	[1]|body: must be an object
	{"id":"j","type":"x","created_at":"2026-01-01T00:00:00Z"}|id: must be the path's
	{"id":"i","created_at":"2026-01-01T00:00:00Z"}|type: required
	{"id":"i","type":"","created_at":"2026-01-01T00:00:00Z"}|type: must not be empty
	{"id":"i","type":[],"created_at":"2026-01-01T00:00:00Z"}|type: must be a string
	{"id":"i","type":"x"}|created_at: required
	{"id":"i","type":"x","created_at":""}|created_at: must be a date and time (ISO 8601)
	X
	as bad post "$s/t/items" "$(_item '' 2026-01-01T00:00:00Z)"
	_refused 400 'id: must not be empty'
	as bad post "$s/t/items" "$(_item 'a\u0007' 2026-01-01T00:00:00Z)"
	_refused 400 'id: must not contain control characters'
	as bad post "$s/t/items" "$(printf '{"id":"z","created_at":"2026-01-01T00:00:00Z","type":"%065d"}' 0)"
	_refused 400 'type: must have at most 64 characters'
	nothing_changed
}

# Eight MiB of numbers would be hundreds of MiB of parsed ones.
a_large_item_stays_text() {
	_make big t
	{
		printf '{"id":"l","created_at":"2026-01-01T00:00:00Z","type":"x","n":['
		head -c 8388000 /dev/zero | tr '\0' 1 | sed 's/11/1,/g'
		printf '1]}'
	} >"$T/large"
	as big post "$s/t/items" "@$T/large"
	status_is 201
	as big get "$s/t/items/l"
	cmp -s "$T/large" "$T/body" || flunk "not the same"
	printf '%700s' ' ' >>"$T/large"
	as big put "$s/t/items/l" "@$T/large"
	status_is 413
}

roles_and_texts_are_kept_for_the_other_faces() {
	_make rol t
	as rol put "$s/t/items/u" '{"id":"u","type":"user_message","created_at":"2026-01-01T00:00:00Z","content":[{"type":"input_text","text":"he"},{"type":"input_tag","text":"l\u006co"}]}'
	as rol put "$s/t/items/a" '{"id":"a","type":"assistant_message","created_at":"2026-01-01T00:00:01Z","content":[]}'
	as rol put "$s/t/items/w" '{"id":"w","type":"widget","created_at":"2026-01-01T00:00:02Z"}'
	is "$(sql "SELECT role, plain, item_type, created_at FROM messages
	    WHERE email = 'rol@example.com' ORDER BY created_at")" \
	    "user|hello|user_message|2026-01-01 00:00:00+00
assistant||assistant_message|2026-01-01 00:00:01+00
||widget|2026-01-01 00:00:02+00"
}

an_item_is_deleted_there_or_not() {
	_make idl t
	as idl post "$s/t/items" "$(_item i 2026-01-01T00:00:00Z)"
	for i in 1 2; do
		as idl delete "$s/t/items/i"
		status_is 204
	done
	as idl delete "$s/none/items/i"
	status_is 204
	no_header X-Bobbin-Thread-Key
	as idl get "$s/t/items/i"
	_refused 404 'Item i not found in thread t'
}

# --- Pages

# _walk WHO PATH ORDER LIMIT: all ids, page by page.
_walk() {
	after=
	while :; do
		as "$1" get "$2?order=$3&limit=$4&after=$after"
		status_is 200 || return
		field 'data[].id'
		[ "$(field has_more)" = true ] || break
		after=$(field after)
		is "$after" "$(field 'data[-1].id')" 'the last id'
	done
	is "$(field after)" null 'after at the end'
}

pages_neither_lose_nor_repeat_rows() {
	_make pag t
	# Ties, offsets, and times that no text order would get right.
	n=0
	for at in 2026-01-01T00:00:00Z 2026-01-01T00:00:00Z \
	    2026-01-01T01:00:00+01:00 2026-01-01T00:00:00 \
	    2025-12-31T23:59:59.999999Z 2026-01-01T00:00:00.000001 \
	    2026-01-01T00:00:00.000001999Z '2026-01-01 00:00:00'; do
		n=$((n + 1))
		as pag post "$s/t/items" "$(_item i$n "$at")"
		as pag put "$s/p$n" "$(_thread p$n | sed "s/2026[^\"]*/$at/")"
		status_is 204
	done
	want='i5 i1 i2 i3 i4 i8 i6 i7'
	back=$(echo $want | tr ' ' '\n' | tac | xargs)
	as pag delete "$s/t"	# of the list
	for k in 1 2 3 8 9; do
		is "$(_walk pag "$s" asc $k | xargs)" \
		    "$(echo $want | tr i p)" "threads by $k"
		is "$(_walk pag "$s" desc $k | xargs)" \
		    "$(echo $back | tr i p)" "threads back by $k"
	done
	_make pag t
	n=0
	for at in 2026-01-01T00:00:00Z 2026-01-01T00:00:00Z \
	    2026-01-01T01:00:00+01:00 2026-01-01T00:00:00 \
	    2025-12-31T23:59:59.999999Z 2026-01-01T00:00:00.000001 \
	    2026-01-01T00:00:00.000001999Z '2026-01-01 00:00:00'; do
		n=$((n + 1))
		as pag post "$s/t/items" "$(_item i$n "$at")"
		status_is 201
	done
	for k in 1 2 3 8 9; do
		is "$(_walk pag "$s/t/items" asc $k | xargs)" "$want" "by $k"
		is "$(_walk pag "$s/t/items" desc $k | xargs)" "$back" \
		    "back by $k"
	done
}

a_page_is_20_rows_newest_first() {
	_make def t
	for n in $(seq 10 31); do
		as def put "$s/t/items/i$n" "$(_item i$n 2026-01-01T00:00:$n)"
	done
	for q in '' '?' '?limit=' '?limit=0' '?limit=00' '?after=' \
	    '?limit=20&order=desc'; do
		as def get "$s/t/items$q"
		json_is '[(.data | length), .data[0].id, .has_more, .after]' \
		    '[20,"i31",true,"i12"]'
	done
	for q in 22 10000 10001 99999999999999999999; do
		as def get "$s/t/items?limit=$q"
		json_is '[(.data | length), .has_more, .after]' \
		    '[22,false,null]'
	done
	head_ "$s/t/items"
	as def head_ "$s/t/items"
	status_is 200
}

bad_pages_are_400() {
	_make bpg t
	for p in "$s" "$s/t/items" "$s/t/feedback"; do
		for q in -1 x 1.0 0x1 1e1 %201; do
			as bpg get "$p?limit=$q"
			_refused 400 'limit: must be an integer from 0 on'
		done
		as bpg get "$p?order=up"
		_refused 400 'order: must be one of asc, desc'
		as bpg get "$p?page=1"
		_refused 400 'Unknown query parameter: page'
		as bpg get "$p?limit=1&limit=1"
		_refused 400 'Repeated query parameter: limit'
	done
}

an_unknown_position_is_404() {
	_make unk t
	_make unk u
	as unk post "$s/u/items" "$(_item other 2026-01-01T00:00:00Z)"
	as unk get "$s?after=none"
	_refused 404 'Thread none not found'
	for id in none other "%25" "'"; do
		as unk get "$s/t/items?after=$id"
		status_is 404
		json_is '.detail | test("^Item .* not found$")' true
	done
	as unk get "$s/t/feedback?after=none"
	_refused 404 'Item none not found'
	# The last row of all: an empty page.
	as unk get "$s/u/items?after=other"
	body_is '{"data":[],"has_more":false,"after":null}'
	as unk get "$s?after=t&order=desc"
	body_is '{"data":[],"has_more":false,"after":null}'
	as unk delete "$s/u/items/other"
	as unk get "$s/u/items?after=other"
	_refused 404 'Item other not found'
}

items_of_a_missing_thread_are_an_empty_page() {
	for q in '' '?after=x' '?limit=1'; do
		as ann get "$s/nowhere/items$q"
		status_is 200
		body_is '{"data":[],"has_more":false,"after":null}'
		no_header X-Bobbin-Thread-Key
	done
}

a_page_is_cut_at_16_mib() {
	_make cut t
	for i in 1 2 3; do
		{
			printf '{"id":"c%d","created_at":"2026-01-01T00:00:0%d","type":"x","d":"' $i $i
			head -c 7000000 /dev/zero | tr '\0' "$i"
			printf '"}'
		} >"$T/c$i"
		as cut post "$s/t/items" "@$T/c$i"
		status_is 201
	done
	as cut get "$s/t/items?order=asc"
	json_is '[[.data[].id], .has_more, .after]' '[["c1","c2"],true,"c2"]'
	as cut get "$s/t/items?order=asc&after=c2"
	json_is '[[.data[].id], .has_more, .after]' '[["c3"],false,null]'
	alive
}

# --- Ratings

_rate() {
	as "$1" post /chatkit '{"type":"items.feedback","params":{"thread_id":"'"$2"'","item_ids":'"$3"',"kind":"'"$4"'"}}'
}

ratings_are_listed_by_time_and_item() {
	_make rat t
	for i in b a c; do
		as rat post "$s/t/items" "$(_item $i 2026-01-01T00:00:00Z)"
	done
	_rate rat t '["b","a"]' positive
	_rate rat t '["c"]' negative
	as rat get "$s/t/feedback?order=asc"
	status_is 200
	json_is '[.data[] | [.item_id, .kind, .run_id]]' \
	    '[["a","positive",null],["b","positive",null],["c","negative",null]]'
	json_is '.data[0] | keys_unsorted' \
	    '["item_id","kind","run_id","created_at","updated_at"]'
	json_is '[.data[] | .created_at | test("^[-0-9]{10}T[:0-9]{8}(\\.[0-9]{6})?Z$")] | all' true
	for o in asc desc; do
		got= after=
		while :; do
			as rat get "$s/t/feedback?limit=1&order=$o&after=$after"
			got="$got$(field 'data[].item_id')"
			[ "$(field has_more)" = true ] || break
			after=$(field after)
		done
		is "$got" "$([ $o = asc ] && echo abc || echo cba)"
	done
	as rat get "$s/none/feedback"
	_refused 404 'Thread none not found'
	as rat delete "$s/t"
	is "$(sql "SELECT count(*) FROM feedback
	    WHERE email = 'rat@example.com'")" 0 'ratings left'
}

# --- Attachments

a=/chatkit/store/attachments

# _file ID [MEMBERS]
_file() {
	printf '{"id":"%s","name":"a.png","mime_type":"image/png","type":"image"%s}' \
	    "$1" "$2"
}

an_attachment_is_what_was_saved() {
	doc="$(_file f1 ',"upload_descriptor" : {"url":"u"},"n":1e2,"thread_id":"t"') "
	as att put $a/f1 "$doc"
	status_is 204
	body_is ''
	as att get $a/f1
	status_is 200
	body_is "$doc"
	as att put $a/f1 "$(_file f1)"
	as att get $a/f1
	body_is "$(_file f1)"
	is "$(sql "SELECT thread_id IS NULL, made_here, name, mime_type
	    FROM attachments")" 't|f|a.png|image/png'
	as ann get $a/f1
	_refused 404 'Attachment f1 not found'
	as ann delete $a/f1
	status_is 204
	for i in 1 2; do
		as att delete $a/f1
		status_is 204
	done
	as att get $a/f1
	_refused 404 'Attachment f1 not found'
}

# What is known of the bytes survives; nobody is asked to send them again.
an_uploaded_attachment_asks_for_no_upload() {
	as att put $a/up "$(_file up ',"upload_descriptor":{"url":"u"}')"
	sql "INSERT INTO blobs (sha256, size, on_disk, in_s3, state)
	    VALUES (repeat('a', 64), 1, true, false, 'stored')"
	sql "UPDATE attachments SET made_here = true, size = 1,
	    mime = 'image/png', uploaded_at = now(), sha256 = repeat('a', 64)"
	as att put $a/up "$(_file up ', "upload_descriptor" : {"url":"}"} ,"thread_id":"t"')"
	status_is 204
	as att get $a/up
	body_is "$(_file up ', "upload_descriptor" : null ,"thread_id":"t"')"
	is "$(sql "SELECT made_here, size, thread_id FROM attachments")" 't|1|t'
	as att delete $a/up
	is "$(sql 'SELECT unreferenced_at IS NOT NULL FROM blobs')" t
}

attachments_go_with_the_thread_that_they_name() {
	_make att t
	as att put $a/in "$(_file in ',"thread_id":"t"')"
	as att put $a/out "$(_file out ',"thread_id":"u"')"
	as att put $a/odd "$(_file odd ',"thread_id":["t"]')"
	as att put $a/long "$(_file long ",\"thread_id\":\"$(printf '%03000d' 0)\"")"
	status_is 204
	as att delete "$s/t"
	for id in out odd long; do
		as att get $a/$id
		status_is 200
	done
	as att get $a/in
	status_is 404
}

a_bad_attachment_is_refused() {
	remember_rows
	while IFS='|' read -r doc why; do
		as att put $a/f "$doc"
		_refused 400 "$why"
	done <<-'X'
	[]|body: must be an object
	{"id":"f","name":"n","mime_type":"m"}|type: required
	{"id":"f","name":1,"mime_type":"m","type":"t"}|name: must be a string
	{"id":"f","name":"n","mime_type":null,"type":"t"}|mime_type: must be a string
	{"id":"g","name":"n","mime_type":"m","type":"t"}|id: must be the path's
	X
	nothing_changed
}

# --- Ids

ids_have_their_type() {
	while read -r type prefix; do
		as ann get "/chatkit/store/ids?type=$type"
		status_is 200
		json_is '[.ids[] | test("^'$prefix'_[0-9a-f]{32}$")]' '[true]'
	done <<-'X'
	thread thr
	message msg
	tool_call tc
	workflow wf
	task tsk
	attachment atc
	sdk_hidden_context shcx
	X
	as ann get '/chatkit/store/ids?type=message&n=1000'
	json_is '[(.ids | length), (.ids | unique | length)]' '[1000,1000]'
	as ann get /chatkit/store/ids
	_refused 400 'type: required'
	as ann get '/chatkit/store/ids?type=widget'
	status_is 400
	for n in 0 1001 x ''; do
		as ann get "/chatkit/store/ids?type=task&n=$n"
		status_is 400
	done
}

# --- Who may

# Every id is per owner: the same one is another thread.
owners_never_meet() {
	for o in ida ivo; do
		as $o put "$s/same" "$(_thread same ",\"title\":\"$o\"")"
		as $o post "$s/same/items" \
		    "$(_item i 2026-01-01T00:00:00Z ",\"by\":\"$o\"")"
		status_is 201
	done
	for o in ida ivo; do
		as $o get "$s/same"
		json_is .title "\"$o\""
		as $o get "$s/same/items/i"
		json_is .by "\"$o\""
		as $o get "$s"
		json_is '.data | length' 1
	done
	as ida delete "$s/same"
	as ivo get "$s/same/items"
	json_is '.data | length' 1
}

a_run_comes_from_agents_only() {
	_make run t
	id=0a0b0c0d-1111-4222-8333-000000000001
	as run put "$s/t/items/u" "$(_item u 2026-01-01T00:00:00Z)" \
	    -H "X-Bobbin-Run: $id"
	status_is 204
	for run in "$id" ''; do	# without the header it stays
		as agent put "$s/t/items/a" "$(_item a 2026-01-01T00:00:00Z)" \
		    -H 'X-Bobbin-On-Behalf-Of: run@example.com' \
		    -H "X-Bobbin-Run: $(echo $run | tr a-f A-F)"
		status_is 204
		is "$(sql "SELECT item_id, run_id FROM messages
		    WHERE email = 'run@example.com' ORDER BY 1")" "a|$id
u|"
	done
	remember_rows
	as agent put "$s/t/items/a" "$(_item a 2026-01-01T00:00:00Z)" \
	    -H 'X-Bobbin-On-Behalf-Of: run@example.com' -H 'X-Bobbin-Run: x'
	_refused 400 'X-Bobbin-Run: must be a UUID'
	nothing_changed
}

each_write_moves_the_thread() {
	_make mov t
	_moved() {
		now=$(sql "SELECT updated_at FROM threads
		    WHERE email = 'mov@example.com'")
		[ "$now" != "$then" ] || flunk "$(cat "$T/asked") moved nothing"
		then=$now
	}
	then=
	_moved
	as mov post "$s/t/items" "$(_item i 2026-01-01T00:00:00Z)"
	_moved
	as mov put "$s/t/items/i" "$(_item i 2026-01-01T00:00:00Z ',"a":1')"
	_moved
	_rate mov t '["i"]' positive
	status_is 200
	_moved
	as mov put "$s/t" "$(_thread t ',"a":1')"
	_moved
	as mov delete "$s/t/items/i"
	_moved
}

a_dead_database_is_no_empty_page() {
	_make dwn t
	pg_down fast
	for p in "$s" "$s/t" "$s/t/items" "$s/none/items" "$s/t/feedback"; do
		as dwn get "$p"
		_refused 503 'Database unavailable'
		header_is Retry-After 5
	done
	as dwn delete "$s/t"
	status_is 503
	_pg_up
	_wait_for alive
	as dwn get "$s/t"
	status_is 200
}

without_the_option_only_agents_may() {
	stop_bobbin
	grep -v ^CHATKIT "$T/bobbin.conf" >"$T/conf.agent"
	cat "$T/conf.agent" >"$T/bobbin.conf"
	start_bobbin
	_make_denied() {
		_refused 403 'Insufficient scope'
		header_like WWW-Authenticate insufficient_scope
	}
	as ann get "$s/odd"
	_make_denied
	as ann get "$s/none"
	_make_denied
	as ann put "$s/new" "$(_thread new)"
	_make_denied
	as ann get '/chatkit/store/ids?type=task'
	_make_denied
	as agent get "$s/odd" -H 'X-Bobbin-On-Behalf-Of: ann@example.com'
	status_is 200
	request GET "$s/odd"
	status_is 401
}

it_run
