# 640-studio.t: threads by their uuid, their settings, their state (seed 002).
. "${SRCDIR:?}/t/it/lib.sh"

it_site='s/rate=50r/rate=5000r/'
it_conf='DEFAULT_MODEL = house-model
DEFAULT_TEMPERATURE = 0.3
CONTEXT_WINDOW = 1234'
it_start
langgraph_tables

star=$(printf '\360\237\214\237')
none=99999999-9999-4999-8999-999999999999

# _uuid: another one each time, in $uuid.
_uuid() {
	serial=$((${serial:-0} + 1))
	uuid=$(printf '0a0b0c0d-640a-4222-8333-%012d' $serial)
}

# _thread WHO [BODY]: its id is in $id.
_thread() {
	as "$1" post /api/threads "${2:-{\}}"
	status_is 200
	id=$(field id)
}

_moved() {
	sql "SELECT updated_at FROM threads WHERE id = '$id'"
}

# _still COMMAND...: updated_at stays; _moves: it does not.
_still() {
	was=$(_moved)
	"$@"
	is "$(_moved)" "$was" "updated_at after $*"
}
_moves() {
	was=$(_moved)
	"$@"
	[ "$(_moved)" != "$was" ] || flunk "$* moves nothing"
}

_long() { printf "%0${1}d" 0 | sed "s/0/$2/g"; }

health_needs_no_database_and_no_token() {
	get /healthz
	status_is 200
	body_is '{"status":"ok"}'
}

a_thread_is_made_with_its_defaults() {
	as ann post /api/threads '{}'
	status_is 200
	id=$(field id)
	json_is 'keys_unsorted' '["id","user_id","title","archived_at","meta","created_at","updated_at"]'
	json_is '[.user_id, .title, .archived_at, .meta]' \
	    '["ann@example.com","New chat",null,null]'
	field created_at | grep -qE \
	    '^[0-9-]{10}T[0-9:]{8}(\.[0-9]{6})?Z$' || flunk "$(field created_at)"
	header_is Cache-Control no-store
	as ann request POST /api/threads
	status_is 200
	is "$(sql "SELECT email FROM thread_claims WHERE thread_id = '$id'")" \
	    ann@example.com
}

what_is_given_is_kept() {
	as ann post /api/threads '{"user_id":"me","title":"","meta":{ "b":1.50, "a":"\u00fc\/" }}'
	status_is 200
	json_is .title '""'
	body_has '"meta":{ "b":1.50, "a":"\u00fc\/" }'
	as ann post /api/threads '{"title":"'"$(_long 512 "$star")"'"}'
	status_is 200
	json_is '.title | length' 512
}

bad_fields_are_422() {
	remember_rows
	as ann post /api/threads '{"title":null,"id":"x","meta":[1],"user_id":7}'
	status_is 422
	json_is '[.detail[] | [.type, .loc]]' '[["string_type",["body","user_id"]],["string_type",["body","title"]],["value_error",["body","id"]],["dict_type",["body","meta"]]]'
	as ann post /api/threads '{"title":"'"$(_long 513 x)"'"}'
	status_is 422
	json_is '.detail[0] | [.type, .ctx]' \
	    '["string_too_long",{"max_length":512}]'
	as ann post /api/threads '[]'
	status_is 422
	json_is '.detail[0].type' '"model_attributes_type"'
	as ann post /api/threads '{"meta":{"a":1,"a":2}}'
	status_is 400
	as ann request POST /api/threads -H 'Content-Type: text/plain' -d '{}'
	status_is 415
	post /api/threads '{}'
	status_is 401
	nothing_changed
}

the_owner_may_be_named_and_nobody_else() {
	for u in null '"me"' '"ann@example.com"' '"ANN@Example.COM"'; do
		as ann post /api/threads '{"user_id":'"$u"'}'
		status_is 200
		json_is .user_id '"ann@example.com"'
	done
	remember_rows
	for u in '"bob@example.com"' '""' '"ME"' '"ann@example.co"'; do
		as ann post /api/threads '{"user_id":'"$u"'}'
		status_is 403
		body_is '{"detail":"user_id does not match the token"}'
	done
	as ann get '/api/threads?user_id=bob@example.com'
	status_is 403
	as ann get '/api/threads?user_id=bob@example.com&limit=0'
	status_is 422
	as ann get '/api/threads?user_id=ann%40example.com'
	status_is 200
	as agent get '/api/threads?user_id=ann@example.com' \
	    -H 'X-Bobbin-On-Behalf-Of: Ann@example.com'
	status_is 200
	nothing_changed
}

a_clients_id_makes_it_once() {
	_uuid
	as ann post /api/threads '{"id":"'$uuid'","title":"one"}'
	status_is 200
	json_is .id "\"$uuid\""
	remember_rows
	as ann post /api/threads '{"id":"{'$(echo $uuid | tr a-f A-F)'}","title":"two","meta":{}}'
	status_is 200
	same_body_as_before
	nothing_changed
}

a_taken_id_is_409_whoever_has_it() {
	_uuid
	as ann post /api/threads '{"id":"'$uuid'"}'
	rows=$uuid
	_uuid
	as ann post "/chat/$uuid/runs" '{"prompt":"x"}'	# her outside id
	rows="$rows $uuid"
	_uuid
	langgraph_rows $uuid				# nobody's yet
	rows="$rows $uuid"
	remember_rows
	for i in $rows; do
		as bob post /api/threads '{"id":"'$i'"}'
		status_is 409
		body_is '{"detail":"Thread id is already in use"}'
		nothing_changed
	done
	# Her own other thread has it for its outside id.
	set -- $rows
	as ann post /api/threads '{"id":"'$2'"}'
	status_is 409
	nothing_changed
	# An agent may take up what LangGraph has already.
	as agent post /api/threads '{"id":"'$3'"}' \
	    -H 'X-Bobbin-On-Behalf-Of: bob@example.com'
	status_is 200
	json_is .user_id '"bob@example.com"'
}

fifty_clients_make_one_thread() {
	_uuid
	for i in $(seq 50); do
		curl -sS -o "$T/one.$i" -w '%{http_code}\n' -X POST \
		    -H "Authorization: Bearer $(token_of ann)" \
		    -H 'Content-Type: application/json' \
		    -d '{"id":"'$uuid'","title":"'$i'"}' "$url/api/threads" \
		    >"$T/one.status.$i" &
		pids="$pids $!"
	done
	wait $pids
	is "$(cat "$T"/one.status.* | sort -u)" 200
	for i in $(seq 2 50); do
		cmp -s "$T/one.1" "$T/one.$i" || flunk "$(cat "$T/one.$i")"
	done
	is "$(sql "SELECT count(*) FROM threads WHERE id = '$uuid'")" 1
}

a_thread_is_shown_with_a_tag() {
	_thread ann '{"title":"shown"}'
	as ann get "/api/threads/$id"
	status_is 200
	same_body_as_before
	header_is Cache-Control 'private, no-cache'
	tag=$(header ETag)
	as ann get "/api/threads/$id" -H "If-None-Match: W/$tag"
	status_is 304
	body_is ''
	for i in "$(echo $id | tr a-f A-F)" "$(echo $id | tr -d -)"; do
		as ann get "/api/threads/$i"
		status_is 200
		json_is .id "\"$id\""
	done
	as ann head_ "/api/threads/$id"
	status_is 200
}

an_odd_id_is_a_missing_thread() {
	_thread ann
	for i in x "%7B$id%7D" "urn:uuid:$id" "%20$id" "$id%00" \
	    "$(echo $id | sed s/-//)" $none; do
		as ann get "/api/threads/$i"
		case $i in
		*%00) status_is 400; continue ;;
		esac
		status_is 404
		body_is '{"detail":"Thread not found"}'
		as ann patch "/api/threads/$i" '{"title":"x"}'
		status_is 404
		as ann patch "/api/threads/$i/title" '{"title":"x"}'
		status_is 404
		as ann request POST "/api/threads/$i/archive"
		status_is 404
		as ann request POST "/api/threads/$i/unarchive"
		status_is 404
		as ann request POST "/api/threads/$i/title/auto"
		status_is 404
		as ann get "/api/threads/$i/state"
		status_is 404
		as ann post "/api/threads/$i/config" '{}'
		status_is 404
		as ann get "/api/threads/$i/config"
		status_is 200
		json_is .model '"house-model"'
		as ann get "/api/threads/$i/messages"
		status_is 200
		body_is '[]'
		as ann delete "/api/threads/$i/config"
		status_is 204
		as ann delete "/api/threads/$i"
		status_is 204
	done
}

lists_are_bare_arrays_newest_first() {
	as cat get /api/threads
	status_is 200
	body_is '[]'
	no_header X-Next-Cursor
	for n in 1 2 3 4 5; do
		_thread cat '{"title":"'$n'"}'
	done
	_thread cat '{"title":"archived"}'
	as cat request POST "/api/threads/$id/archive"
	as cat get /api/threads
	json_is '[.[].title]' '["5","4","3","2","1"]'
	as cat get '/api/threads?include_archived=yes&_=123'
	json_is '[.[].title]' '["archived","5","4","3","2","1"]'
	as cat get '/api/threads?limit=6&include_archived=1'
	no_header X-Next-Cursor
	no_header Link
}

pages_follow_their_cursor() {
	sql "UPDATE threads SET updated_at = '2026-01-01 10:00:00.5+00'
	    WHERE email = 'cat@example.com'"	# one time for all
	as cat get '/api/threads?include_archived=true'
	jq -c '[.[].id]' "$T/body" >"$T/all"
	: >"$T/walk"
	next='/api/threads?limit=2&include_archived=true'
	while [ -n "$next" ]; do
		as cat get "$next"
		status_is 200
		jq -r '.[].id' "$T/body" >>"$T/walk"
		[ "$(wc -l <"$T/walk")" -le 6 ] || return 1
		next=$(header Link | sed -n 's/^<\(.*\)>; rel="next"$/\1/p')
		[ -z "$next" ] || is "${next##*cursor=}" \
		    "$(header X-Next-Cursor)"
	done
	is "$(jq -Rsc 'split("\n")[:-1]' "$T/walk")" "$(cat "$T/all")"
	for q in limit=0 limit=101 limit=x cursor=x cursor= include_archived=2 \
	    cursor=MjAyNi0wMS0wMSAxMDowMDowMAp4; do
		as cat get "/api/threads?$q"
		status_is 422
	done
	json_is '.detail[0] | [.type, .loc, .msg]' '["value_error",["query","cursor"],"Value error, Invalid cursor"]'
}

what_other_faces_made_is_here_too() {
	as dan post /chat/elsewhere/runs '{"prompt":"x"}'
	as dan get /api/threads
	json_is '[.[] | [.title, .meta]]' '[[null,null]]'
	id=$(field '[0].id')
	as dan get "/api/threads/$id"
	status_is 200
	as dan delete "/api/threads/$id"
	as dan get /chat/elsewhere/run-ids
	json_is .run_ids '[]'
}

a_patch_changes_what_it_names() {
	_thread ann '{"title":"a","meta":{"k":1}}'
	_still as ann patch "/api/threads/$id" '{}'
	status_is 200
	_still as ann patch "/api/threads/$id" '{"title":"a","meta":{"k":1}}'
	_moves as ann patch "/api/threads/$id" '{"title":"b"}'
	json_is '[.title, .meta]' '["b",{"k":1}]'
	_moves as ann patch "/api/threads/$id" '{"meta":{ "z" : 0.10 }}'
	body_has '"meta":{ "z" : 0.10 }'
	json_is .title '"b"'
	_moves as ann patch "/api/threads/$id" '{"title":null,"meta":null}'
	json_is '[.title, .meta]' '[null,null]'
	remember_rows
	as ann patch "/api/threads/$id" '{"title":"'"$(_long 513 x)"'"}'
	status_is 422
	as ann patch "/api/threads/$id" '{"meta":"x"}'
	status_is 422
	json_is '.detail[0].type' '"dict_type"'
	nothing_changed
}

a_title_is_set() {
	_thread ann
	_moves as ann patch "/api/threads/$id/title" '{"title":"t"}'
	status_is 200
	json_is .title '"t"'
	_still as ann patch "/api/threads/$id/title" '{"title":"t"}'
	_moves as ann patch "/api/threads/$id/title" '{"title":""}'
	json_is .title '""'
	for b in '{}' '{"title":null}' '{"title":1}'; do
		as ann patch "/api/threads/$id/title" "$b"
		status_is 422
	done
	as ann request PATCH "/api/threads/$id/title"
	status_is 415
}

archiving_keeps_the_first_time() {
	_thread ann
	_moves as ann request POST "/api/threads/$id/archive"
	status_is 200
	at=$(field archived_at)
	[ "$at" != null ] || flunk 'not archived'
	_still as ann request POST "/api/threads/$id/archive"
	is "$(field archived_at)" "$at"
	as ann get "/api/threads/$id"	# still readable and writable
	status_is 200
	as ann patch "/api/threads/$id/title" '{"title":"t"}'
	status_is 200
	_moves as ann request POST "/api/threads/$id/unarchive"
	json_is .archived_at null
	_still as ann request POST "/api/threads/$id/unarchive"
	status_is 200
}

deleting_takes_everything_along() {
	_thread ann
	langgraph_rows "$id"
	as ann post "/api/threads/$id/config" '{"model":"m"}'
	as agent post "/api/threads/$id/messages" \
	    '{"message_id":"'$id'","role":"system","content":"x"}' \
	    -H 'X-Bobbin-On-Behalf-Of: ann@example.com'
	status_is 201
	as bob delete "/api/threads/$id"
	status_is 204
	as ann get "/api/threads/$id"
	status_is 200
	as ann delete "/api/threads/$id"
	status_is 204
	body_is ''
	no_header Content-Type
	is "$(sql "SELECT (SELECT count(*) FROM threads WHERE id = '$id'),
	    (SELECT count(*) FROM messages WHERE thread_id = '$id'),
	    (SELECT count(*) FROM configs WHERE thread_id = '$id'),
	    (SELECT count(*) FROM checkpoints WHERE thread_id = '$id'),
	    (SELECT count(*) FROM checkpoint_writes WHERE thread_id = '$id'),
	    (SELECT count(*) FROM thread_claims WHERE thread_id = '$id'
	    AND deleted_at IS NOT NULL)")" '0|0|0|0|0|1'
	as ann delete "/api/threads/$id"
	status_is 204
	as bob post /api/threads '{"id":"'$id'"}'	# the claim stays
	status_is 409
	as ann post /api/threads '{"id":"'$id'"}'
	status_is 200
}

settings_default_until_they_are_set() {
	_thread ann
	as ann get /api/config/defaults
	status_is 200
	body_is '{"model":"house-model","temperature":0.3,"system_prompt":null,"context_window":1234,"settings":null}'
	as ann get "/api/threads/$id/config"
	same_body_as_before
	_moves as ann post "/api/threads/$id/config" '{"temperature":0.7}'
	status_is 200
	body_is '{"model":null,"temperature":0.7,"system_prompt":null,"context_window":null,"settings":null}'
	as ann get "/api/threads/$id/config"
	same_body_as_before
	as ann get "/api/threads/$id/config?effective=true"
	body_is '{"model":"house-model","temperature":0.7,"system_prompt":null,"context_window":1234,"settings":null}'
	_still as ann post "/api/threads/$id/config" '{"temperature":"0.70","model":null}'
	status_is 200
	_still as ann post "/api/threads/$id/config" '{}'
	_moves as ann post "/api/threads/$id/config" '{"model":"m","system_prompt":"","context_window":"9","settings":{ "x":1e2 }}'
	body_is '{"model":"m","temperature":0.7,"system_prompt":"","context_window":9,"settings":{ "x":1e2 }}'
	_moves as ann delete "/api/threads/$id/config"
	status_is 204
	_still as ann delete "/api/threads/$id/config"
	status_is 204
	as ann get "/api/threads/$id/config"
	json_is .temperature 0.3
}

numbers_are_their_shortest() {
	_thread ann
	for n in 0.1 1e-7 0.30000000000000004 1.9999999999999998; do
		as ann post "/api/threads/$id/config" '{"temperature":'$n'}'
		body_has '"temperature":'"$(printf %s $n | sed s/e-7/e-07/)",
	done
}

settings_have_bounds() {
	_thread ann
	remember_rows
	while read -r body; do
		as ann post "/api/threads/$id/config" "$body"
		status_is 422
	done <<-'X'
	{"model":""}
	{"model":1}
	{"temperature":-0.1}
	{"temperature":2.1}
	{"temperature":"x"}
	{"temperature":true}
	{"context_window":0}
	{"context_window":10000001}
	{"context_window":1.5}
	{"settings":[]}
	{"system_prompt":1}
	X
	as ann post "/api/threads/$id/config" '{"model":"'"$(_long 129 x)"'"}'
	status_is 422
	printf '{"system_prompt":"%s"}' "$(_long 100001 x)" |
	    as ann post "/api/threads/$id/config" @-
	status_is 422
	printf '{"settings":{"x":"%s"}}' "$(_long 65530 x)" |
	    as ann post "/api/threads/$id/config" @-
	status_is 422
	as ann post "/api/threads/$id/config" '{"temperature":NaN}'
	status_is 400
	head -c 1048577 /dev/zero | tr '\0' ' ' |
	    as ann post "/api/threads/$id/config" @-
	status_is 413
	nothing_changed
	printf '{"system_prompt":"%s","model":"%s","context_window":10000000,"temperature":2}' \
	    "$(_long 100000 "$star")" "$(_long 128 x)" |
	    as ann post "/api/threads/$id/config" @-
	status_is 200
	as ann get '/api/threads/x/config?effective=2'
	status_is 422
}

state_counts_for_the_claims_holder() {
	_thread ann
	as ann get "/api/threads/$id/state"
	body_is '{"token_count":0,"context_window":1234}'
	langgraph_rows "$id"
	as ann get "/api/threads/$id/state"
	body_is '{"token_count":0,"context_window":1234}'
	for n in 4711:4711 0:0 -1:0 1.5:0 '"7":0' null:0 1e30:0 '[1]:0'; do
		sql "UPDATE checkpoints SET checkpoint = jsonb_set(checkpoint,
		    '{channel_values,token_count}', CASE WHEN checkpoint_id
		    LIKE '%2' THEN '${n%:*}' ELSE '99' END::jsonb)
		    WHERE thread_id = '$id'"
		as ann get "/api/threads/$id/state"
		json_is .token_count "${n##*:}"
	done
	as ann post "/api/threads/$id/config" '{"context_window":77}'
	sql "UPDATE checkpoints SET checkpoint = jsonb_set(checkpoint,
	    '{channel_values,token_count}', '5') WHERE thread_id = '$id'"
	as ann get "/api/threads/$id/state"
	body_is '{"token_count":5,"context_window":77}'
	sql "UPDATE thread_claims SET email = 'eve@example.com'
	    WHERE thread_id = '$id'"
	as ann get "/api/threads/$id/state"
	body_is '{"token_count":0,"context_window":77}'
	# Of another face's thread it is the outside id that counts.
	as ann post /chat/counted/runs '{"prompt":"x"}'
	langgraph_rows counted
	sql "UPDATE checkpoints SET checkpoint = jsonb_set(checkpoint,
	    '{channel_values,token_count}', '8') WHERE thread_id = 'counted'"
	id=$(sql "SELECT id FROM threads WHERE thread_id = 'counted'")
	as ann get "/api/threads/$id/state"
	json_is .token_count 8
}

an_unreadable_table_is_no_zero() {
	_thread ann
	sql 'REVOKE SELECT ON checkpoints FROM bobbin_app'
	as ann get "/api/threads/$id/state"
	status_is 503
	header_is Retry-After 5
	sql 'GRANT SELECT ON checkpoints TO bobbin_app'
}

# The routes of this face, with ids for their parameters.
_routes() {
	jq -r '.[] | select(.face == "studio" and .path != "/healthz"
	    and .path != "/api/config/defaults"
	    and (.path | test("artifacts") | not)) | "\(.method) \(.path)"' \
	    "$T/routes" | sed "s/{id}/$id/; s/{user_id}/me/"
}

_body_of() {
	case $1 in
	*/messages) echo '{"message_id":"m","role":"user","content":{}}' ;;
	*)	echo '{"title":"t"}' ;;
	esac
}

every_body_is_strict_json() {
	bobbin_run routes --json >"$T/routes"
	_thread ann
	_routes | grep -E '^(POST|PATCH) ' |
	    grep -vE '/(un)?archive$|/auto$' >"$T/bodies"
	[ "$(wc -l <"$T/bodies")" -gt 5 ] || flunk 'no routes'
	remember_rows
	while read -r method path; do
		for bad in '{' '{"title":"\\u0000"}' '{"a":"\\ud800"}' \
		    '{"a":1,"a":1}' '{"a":"\377"}' '{"a":NaN}' '{} x' \
		    '{"a":"\000"}' "$(_long 101 '[')"; do
			printf "$bad" >"$T/bad"
			_with_body $method "$path" "@$T/bad" </dev/null
			status_is 401
			as ann _with_body $method "$path" "@$T/bad"
			status_is 400
			json_is '.detail | startswith("Malformed JSON: ")' true
		done
		for bad in '[]' '"x"' 7 null; do
			as ann _with_body $method "$path" "$bad"
			status_is 422
			json_is '.detail[0].type' '"model_attributes_type"'
		done
		as ann request $method "$path" -H 'Content-Type: text/json' \
		    --data-binary '{}'
		status_is 415
	done <"$T/bodies"
	nothing_changed
}

without_a_database_it_is_503() {
	_thread ann
	_routes | grep -v 'POST /api/users' >"$T/asking"
	pg_down
	while read -r method path; do
		set -- $method "$path"
		case $path in
		*/raw)	continue ;;
		*/messages | */config | */title | */threads | */threads/*)
			[ $method = GET ] || [ $method = DELETE ] ||
			    set -- "$@" -H 'Content-Type: application/json' \
				--data-binary "$(_body_of "$path")" ;;
		esac
		as ann request "$@"
		status_is 503
		body_is '{"detail":"Database unavailable"}'
		header_is Retry-After 5
	done <"$T/asking"
	get /healthz
	status_is 200
	as ann get /api/config/defaults
	status_is 200
	as ann get /api/threads?limit=0
	status_is 422
	_pg_up || _bail 'PostgreSQL did not come back'
	_wait_for _back || flunk 'it stays down'
}
_back() {
	as ann get /api/threads
	[ "$(status)" = 200 ]
}

methods_have_their_405() {
	as ann put /api/threads '{}'
	status_is 405
	header_is Allow 'POST, GET, HEAD, OPTIONS'
	as ann post /api/config/defaults '{}'
	status_is 405
	as ann get /api/threads/
	status_is 404
}

it_run
