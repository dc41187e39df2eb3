# 700-artifacts.t: files in and out over nginx (studio.md, section 7).
. "${SRCDIR:?}/t/it/lib.sh"

link_secret=it-link-0123456789abcdef0123456789abcdef
it_conf="ARTIFACTS_SECRET = $link_secret
MAX_ARTIFACT_SIZE_MB = 1"
it_start
blobs=$T/blobs

# _thread WHO: a new thread of theirs; its uuid.
_thread() {
	sql "INSERT INTO threads (email, title) VALUES ('$1@example.com', 'x')
	    RETURNING id" | head -n 1
}
plans=$(_thread alice)

# _upload WHO THREAD FILE [curl's arguments]: as a browser does.
_upload() {
	up_who=$1 up_thread=$2 up_file=$3
	shift 3
	as "$up_who" request POST "/api/threads/$up_thread/artifacts" \
	    -F "file=@$up_file" "$@"
}

# _file NAME BYTES...: by printf.
_file() {
	printf "$2" >"$T/$1"
	echo "$T/$1"
}

_sha() {
	sha256sum "$1" | cut -d ' ' -f 1
}

a_form_is_stored() {
	f=$(_file plot.png '\211PNG\r\n\032\n123')
	_upload alice $plans "$f" -F session_id=s1 -F run_id=r1 \
	    -F tool_call_id=c1 -F 'meta={"a" : 1.0}' -F unknown=x
	status_is 201
	sha=$(_sha "$f")
	json_is '[.name, .mime, .size, .sha256, .thread_id, .session_id,
	    .run_id, .tool_call_id]' \
	    '["plot.png","image/png",11,"'$sha'","'$plans'","s1","r1","c1"]'
	body_has '"meta":{"a" : 1.0}'
	json_is 'keys_unsorted' '["id","name","mime","size","url","sha256","created_at","thread_id","session_id","run_id","tool_call_id","meta"]'
	json_is '.created_at | test("^[-0-9]{10}T[0-9:]{8}(\\.[0-9]{6})?Z$")' \
	    true
	cmp -s "$f" "$blobs/$(echo $sha | cut -c 1-2)/$(echo $sha |
	    cut -c 3-4)/$sha" || flunk "the bytes are not where they belong"
	is "$(ls "$blobs/tmp" | wc -l)" 0 leftovers
	is "$(stat -c %a "$blobs" "$blobs/$(echo $sha | cut -c 1-2)" | uniq)" 750
	is "$(find "$blobs" -type f -name '????*???????' -exec stat -c %a {} + |
	    uniq)" 640
}

the_same_again_is_the_same_row() {
	first=$(field id)
	_upload alice $plans "$T/plot.png" -F tool_call_id=c1
	status_is 200
	json_is .id "\"$first\""
	json_is .session_id '"s1"'
	_upload alice $plans "$T/plot.png" -F tool_call_id=c2
	status_is 201
	_upload alice $plans "$T/plot.png" -F tool_call_id=c1 \
	    -F 'file=x' # no file name: no file
	status_is 200
	is "$(sql "SELECT count(*) FROM blobs")" 1
}

an_upload_moves_its_thread_and_a_repetition_does_not() {
	f=$(_file moves.txt moves)
	sql "UPDATE threads SET updated_at = '2020-01-01' WHERE id = '$plans'"
	_upload alice $plans "$f"
	is "$(sql "SELECT updated_at > '2021-01-01' FROM threads
	    WHERE id = '$plans'")" t
	sql "UPDATE threads SET updated_at = '2020-01-01' WHERE id = '$plans'"
	_upload alice $plans "$f"
	status_is 200
	is "$(sql "SELECT updated_at < '2021-01-01' FROM threads
	    WHERE id = '$plans'")" t
}

raw_bytes_are_stored() {
	f=$(_file raw 'a,b\n1,2\n')
	as alice request POST "/api/threads/$plans/artifacts?filename=%2E.%2Fd%C3%A4.csv&session_id=s&run_id=r&tool_call_id=c" \
	    -H 'Content-Type: application/json' --data-binary "@$f"
	status_is 201
	json_is '[.name, .mime, .session_id, .run_id, .tool_call_id, .meta]' \
	    '["dä.csv","text/csv","s","r","c",null]'
	as alice request POST "/api/threads/$plans/artifacts" \
	    -H 'Content-Type:' --data-binary "@$f" \
	    -H "Content-Disposition: attachment; filename*=UTF-8''t%e2%82%ac.md"
	status_is 201
	json_is '[.name, .mime]' '["t€.md","text/markdown"]'
	as alice request POST "/api/threads/$plans/artifacts" \
	    --data-binary "@$T/plot.png"
	status_is 201
	json_is '[.name, .mime]' '["artifact","image/png"]'
	as alice request POST "/api/threads/$plans/artifacts?filename=m" \
	    -H 'Content-Type: multipart/mixed; boundary=x' --data-binary "@$f"
	status_is 201
	json_is '[.name, .size]' '["m",8]'
	# Chunked, and nothing at all.
	as alice request POST "/api/threads/$plans/artifacts?filename=e" \
	    -H 'Transfer-Encoding: chunked' -H 'Content-Type: x/y' -T - </dev/null
	status_is 201
	json_is '[.size, .mime]' '[0,"text/plain"]'
	json_is .sha256 '"'$(_sha /dev/null)'"'
}

names_are_made_harmless() {
	f=$(_file n n)
	for c in '../../etc/passwd:passwd' 'a\b.sh:b.sh' '..:artifact' \
	    '.x. :x'; do
		_upload alice $plans "$f;filename=\"${c%%:*}\"" -F "run_id=$c"
		json_is .name "\"${c##*:}\""
	done
}

form_faults_are_422_and_change_nothing() {
	n=$(printf '%0129d' 0)
	remember_rows
	as alice request POST /api/threads/$plans/artifacts -F run_id=x
	status_is 422
	json_is '.detail[0] | [.type, .loc]' '["missing",["body","file"]]'
	_upload alice $plans "$T/raw" -F "file=@$T/n"
	status_is 422
	json_is '.detail[0].loc' '["body","file"]'
	_upload alice $plans "$T/raw" -F "run_id=$n"
	status_is 422
	json_is '.detail[0] | [.type, .loc]' \
	    '["string_too_long",["body","run_id"]]'
	for meta in '[1]' '{"a":' text; do
		_upload alice $plans "$T/raw" -F "meta=$meta"
		status_is 422
		json_is '.detail[0] | [.type, .loc]' \
		    '["dict_type",["body","meta"]]'
	done
	as alice request POST "/api/threads/$plans/artifacts?run_id=$n" \
	    -H 'Content-Type: x/y' --data-binary x
	status_is 422
	json_is '.detail[0].loc' '["query","run_id"]'
	nothing_changed
	is "$(ls "$blobs/tmp" | wc -l)" 0 leftovers
}

malformed_forms_are_400_and_change_nothing() {
	remember_rows
	for t in 'multipart/form-data' 'multipart/form-data; boundary=x' \
	    'Multipart/Form-Data;boundary='; do
		as alice request POST /api/threads/$plans/artifacts \
		    -H "Content-Type: $t" --data-binary 'hello'
		status_is 400
		json_is '.detail | startswith("Malformed form")' true
	done
	set --
	for i in $(seq 16); do set -- "$@" -F "p$i=x"; done
	_upload alice $plans "$T/raw" "$@"
	status_is 400
	body_is '{"detail":"Malformed form: too many parts"}'
	nothing_changed
	is "$(ls "$blobs/tmp" | wc -l)" 0 leftovers
}

too_large_is_413_before_the_body_is_read() {
	remember_rows
	head -c 1048576 /dev/zero >"$T/full"
	_upload alice $plans "$T/full"
	status_is 201
	remember_rows
	head -c 1048577 /dev/zero >"$T/over"
	_upload alice $plans "$T/over"
	status_is 413
	body_is '{"detail":"File too large (> 1048576 bytes)."}'
	# Above nginx's own limit, with and without a length.
	head -c 60000000 /dev/zero >"$T/huge"
	_upload alice $plans "$T/huge" -H 'Expect: 100-continue'
	status_is 413
	body_is '{"detail":"File too large (> 1048576 bytes)."}'
	as alice request POST /api/threads/$plans/artifacts \
	    -H 'Content-Type: x/y' -H 'Transfer-Encoding: chunked' -T - \
	    <"$T/huge"
	status_is 413
	body_is '{"detail":"File too large (> 1048576 bytes)."}'
	_upload nobody $plans "$T/over" -H 'Authorization: Bearer x'
	nothing_changed
	rm -f "$T/huge"
	is "$(ls "$blobs/tmp" | wc -l)" 0 leftovers
}

a_foreign_thread_is_like_a_missing_one() {
	f=$(_file foreign foreign)
	remember_rows
	for id in $plans 99999999-2222-4333-8444-555555555555 no-uuid; do
		_upload bob $id "$f"
		status_is 404
		body_is '{"detail":"Thread not found"}'
		as bob get /api/threads/$id/artifacts
		status_is 200
		body_is '[]'
	done
	_upload bob $plans "$f" -F "meta=[]"	# its faults come first
	status_is 422
	nothing_changed
	sha=$(_sha "$f")
	[ ! -e "$blobs/$(echo $sha | cut -c 1-2)/$(echo $sha | cut -c 3-4)/$sha" ] ||
	    flunk "the bytes were kept"
}

lists_are_newest_first_and_walk() {
	t=$(_thread walter)
	for i in 1 2 3; do
		_upload walter $t "$(_file w$i w$i)"
	done
	as walter get "/api/threads/$t/artifacts?limit=2"
	status_is 200
	json_is '[.[].name]' '["w3","w2"]'
	next=$(header X-Next-Cursor)
	header_is Link "</api/threads/$t/artifacts?limit=2&cursor=$next>; rel=\"next\""
	as walter get "/api/threads/$t/artifacts?limit=2&cursor=$next"
	json_is '[.[].name]' '["w1"]'
	no_header X-Next-Cursor
	tag=$(header ETag)
	as walter get "/api/threads/$t/artifacts?limit=2&cursor=$next" \
	    -H "If-None-Match: $tag"
	status_is 304
	as walter get "/api/threads/$(echo $t | tr -d - | tr a-f A-F)/artifacts"
	json_is length 3
	as walter get "/api/threads/$t/artifacts?cursor=x"
	status_is 422
	as walter get "/api/threads/$t/artifacts?limit=201"
	status_is 422
	as bob get "/api/threads/$t/artifacts"
	body_is '[]'
}

# _plot: alice's picture; its id and its link.
_plot() {
	_upload alice $plans "$T/plot.png" -F tool_call_id=c1
	id=$(field id) link=$(field url)
	secret "${link##*token=}"
}

a_link_opens_the_file_in_a_browser() {
	_plot
	case $link in
	/api/artifacts/$id\?token=*) ;;
	*)	flunk "the link is $link" ;;
	esac
	get "$link" -H 'Origin: https://any.example'
	status_is 200
	cmp -s "$T/body" "$T/plot.png" || flunk "other bytes"
	header_is Content-Type image/png
	header_is Content-Length 11
	header_is Content-Disposition \
	    "inline; filename=\"plot.png\"; filename*=UTF-8''plot.png"
	header_is ETag "\"$(_sha "$T/plot.png")\""
	header_is Cache-Control 'private, max-age=3600'
	header_is X-Content-Type-Options nosniff
	header_is Referrer-Policy no-referrer
	header_is Accept-Ranges bytes
	header_is Access-Control-Allow-Origin '*'
	no_header Access-Control-Allow-Credentials
	header_is Content-Security-Policy "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
	head_ "$link"
	status_is 200
	header_is Content-Length 11
	header_is ETag "\"$(_sha "$T/plot.png")\""
	get "$link&disposition=attachment"
	header_like Content-Disposition '^attachment; '
	get "/api/artifacts/$id/download?${link#*\?}" -H 'Authorization: x'
	status_is 200
	get "$(echo "$link" | sed 's|?|/head?|')"
	status_is 200
	json_is 'keys_unsorted' '["id","sha256","mime","filename","size","created_at","thread_id","session_id","run_id","tool_call_id"]'
	json_is '.created_at | endswith("+00:00")' true
}

ranges_and_tags_work() {
	_plot
	get "$link" -H 'Range: bytes=1-3'
	status_is 206
	body_is PNG
	header_is Content-Range 'bytes 1-3/11'
	tag=$(header ETag)
	get "$link" -H 'Range: bytes=8-' -H "If-Range: $tag"
	status_is 206
	body_is 123
	get "$link" -H 'Range: bytes=8-' -H 'If-Range: "other"'
	status_is 200
	get "$link" -H 'Range: bytes=99-'
	status_is 416
	get "$link" -H "If-None-Match: \"x\", W/$tag"
	status_is 304
	header_is ETag "$tag"
	header_is Cache-Control 'private, max-age=3600'
	get "$link" -H 'If-None-Match: "other"'
	status_is 200
}

no_time_tells_that_others_have_the_bytes() {
	_plot
	get "$link"
	no_header Last-Modified
	get "$link" -H 'If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT'
	status_is 200
	for year in 2000 2100; do
		get "$link" -H \
		    "If-Unmodified-Since: Fri, 01 Jan $year 00:00:00 GMT"
		status_is 412
		body_is '{"detail":"Precondition failed"}'
	done
}

pages_and_drawings_have_no_origin() {
	f=$(_file page.html '<script>alert(1)</script>')
	_upload alice $plans "$f"
	get "$(field url)"
	header_is Content-Type 'text/html; charset=utf-8'
	header_like Content-Disposition '^inline; '
	header_is Content-Security-Policy "sandbox allow-scripts allow-popups; base-uri 'none'; form-action 'none'; frame-ancestors 'self' $it_origin"
	header_is X-Content-Type-Options nosniff
	f=$(_file x.svg '<svg onload="alert(1)"/>')
	_upload alice $plans "$f"
	get "$(field url)"
	header_is Content-Type image/svg+xml
	header_like Content-Disposition '^inline; '
	header_like Content-Security-Policy "^sandbox; default-src 'none'"
	# A page that calls itself something else is no page.
	f=$(_file x.png '<script>alert(1)</script>')
	_upload alice $plans "$f;type=text/html"
	json_is .mime '"text/plain"'
	get "$(field url)"
	header_like Content-Disposition '^attachment; '
}

an_owner_needs_no_link() {
	_plot
	as alice get /api/artifacts/$id -H "Origin: $it_origin"
	status_is 200
	header_is Access-Control-Allow-Origin "$it_origin"
	header_is Access-Control-Allow-Credentials true
	as alice get "/api/artifacts/$(echo $id | tr -d - | tr a-f A-F)/head"
	status_is 200
	as alice get /api/artifacts/nonsense
	status_is 400
	body_is '{"detail":"Invalid artifact ID format"}'
	as bob get /api/artifacts/$id
	status_is 404
	body_is '{"detail":"Artifact not found"}'
	as bob get /api/artifacts/99999999-2222-4333-8444-555555555555
	same_body_as_before
	get /api/artifacts/$id
	status_is 401
	body_is '{"detail":"Missing Authorization header"}'
}

_token() {
	b=$(printf %s "$1.$2" | base64 -w 0 | tr +/ -_ | tr -d =)
	s=$(printf %s "$1.$2" | openssl dgst -sha256 -hmac "${3-$link_secret}" \
	    -binary | base64 -w 0 | tr +/ -_ | tr -d =)
	secret "$b.$s"
	echo "$b.$s"
}

every_bad_link_is_refused() {
	_plot
	now=$(date +%s) other=99999999-2222-4333-8444-555555555555
	for c in "401:Invalid token format:" \
	    "401:Invalid token format:a.b.c" \
	    "401:Invalid token format:$(_token $id '')" \
	    "401:Invalid token signature:$(_token $id $((now + 60)) \
		another-secret-of-32-bytes-at-all)" \
	    "401:Invalid token signature:$(_token $id $((now - 60)) \
		another-secret-of-32-bytes-at-all)" \
	    "401:Token expired:$(_token $id $((now - 60)))" \
	    "403:Token does not match artifact:$(_token $other \
		$((now + 60)))" \
	    "403:Token does not match artifact:$(_token p.$id \
		$((now + 60)))"; do
		for p in '' /download /head; do
			as alice get "/api/artifacts/$id$p?token=${c##*:}" \
			    -H 'Origin: https://any.example'
			status_is "${c%%:*}"
			m=${c#*:}
			body_is "{\"detail\":\"${m%%:*}\"}"
			header_is Cache-Control no-store
		done
	done
	get "/api/artifacts/$other?token=$(_token $other $((now + 60)))"
	status_is 404
	body_is '{"detail":"Artifact not found"}'
	get "/api/artifacts/$id?token=$(_token $id $((now + 60)))"
	status_is 200
}

a_vanished_file_is_410() {
	f=$(_file vanishing vanishing)
	_upload alice $plans "$f"
	link=$(field url) sha=$(field sha256)
	p=$blobs/$(echo $sha | cut -c 1-2)/$(echo $sha | cut -c 3-4)/$sha
	echo shorter >"$p.new" && mv "$p.new" "$p"
	get "$link"
	status_is 410
	rm -f "$p"
	get "$link"
	status_is 410
	body_is '{"detail":"Blob missing (pruned?)"}'
	_upload alice $plans "$f"	# heals it
	status_is 200
	get "$link"
	status_is 200
}

deletion_is_repeatable_and_only_the_owners() {
	_plot
	as bob delete /api/artifacts/$id
	status_is 204
	get "$link"
	status_is 200
	as alice delete /api/artifacts/$id
	status_is 204
	body_is ''
	as alice delete /api/artifacts/$id
	status_is 204
	as alice delete /api/artifacts/nonsense
	status_is 204
	get "$link"
	status_is 404
}

# Workers need not be in the web server's group for it to read.
the_stores_group_is_inherited() {
	[ "$(id -u)" = 0 ] || { skip 'needs root'; return; }
	mv "$blobs" "$blobs.away"
	install -d -o "$priv_user" -g www-data -m 2750 "$blobs"
	_upload alice $plans "$(_file group group)"
	status_is 201
	is "$(find "$blobs" -mindepth 1 -printf '%m %g\n' | sort -u |
	    xargs)" '2750 www-data 640 www-data'
	rm -r "$blobs"
	mv "$blobs.away" "$blobs"
}

it_run
