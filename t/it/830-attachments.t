# 830-attachments.t: files that ChatKit's users send along (chatkit.md, 10).
. "${SRCDIR:?}/t/it/lib.sh"

link_secret=it-link-0123456789abcdef0123456789abcdef
it_conf="ARTIFACTS_SECRET = $link_secret
CHATKIT_STORE_ACCESS = user
CHATKIT_ATTACHMENT_MAX_MB = 1"
it_site='s/rate=50r/rate=5000r/'
it_start
blobs=$T/blobs
a=/chatkit/attachments

printf '\211PNG\r\n\032\n123' >"$T/plot.png"
printf '\0\0\0\034ftypavif\0\0\0\0avifmif1' >"$T/x.avif"
printf 'plain' >"$T/plain.txt"
printf '<svg onload="alert(1)"/>' >"$T/x.svg"

_sha() {
	sha256sum "$1" | cut -d ' ' -f 1
}

_path() {
	echo "$blobs/$(_sha "$1" | cut -c 1-2)/$(_sha "$1" |
	    cut -c 3-4)/$(_sha "$1")"
}

# _create WHO NAME TYPE [SIZE]: id, the links without their base.
_create() {
	as "$1" post /chatkit '{"type":"attachments.create","params":{"name":"'$2'","size":'${4-3}',"mime_type":"'$3'"}}'
	status_is 200
	id=$(field id) up=$(field upload_descriptor.url)
	see=$(field preview_url)
	up=${up#"$url"} see=${see#"$url"}
	secret "${up##*token=}"
	[ "$see" = null ] || secret "${see##*token=}"
}

# _form METHOD PATH FILE [curl's arguments]
_form() {
	fm_method=$1 fm_path=$2 fm_file=$3
	shift 3
	request "$fm_method" "$fm_path" -F "file=@$fm_file" "$@"
}

# _raw METHOD PATH FILE [curl's arguments]
_raw() {
	rw_method=$1 rw_path=$2 rw_file=$3
	shift 3
	request "$rw_method" "$rw_path" --data-binary "@$rw_file" \
	    -H 'Content-Type: x/y' "$@"
}

_refused() {
	status_is "$1"
	body_is "{\"detail\":\"$2\"}"
	header_is Cache-Control no-store
}

_doc() {
	sql "SELECT document FROM attachments WHERE attachment_id = '$1'"
}

# --- Two steps

an_image_is_announced_sent_and_seen() {
	_create alice a.png image/png
	json_is keys_unsorted '["id","name","mime_type","upload_descriptor","type","preview_url"]'
	json_is '[.name, .mime_type, .type, .upload_descriptor.method,
	    .upload_descriptor.headers]' '["a.png","image/png","image","POST",{}]'
	json_is '.id | test("^atc_[0-9a-f]{32}$")' true
	json_is '.upload_descriptor.url | startswith("'"$url$a/$id/upload?token="'")' true
	json_is '.preview_url | startswith("'"$url$a/$id/preview?token="'")' true
	is "$(sql "SELECT made_here, name, mime_type, declared_size,
	    sha256 IS NULL FROM attachments WHERE attachment_id = '$id'")" \
	    't|a.png|image/png|3|t'
	is "$(_doc $id | jq -c keys_unsorted)" '["id","name","mime_type","upload_descriptor","thread_id","metadata","type","preview_url"]'
	get "$see"
	_refused 404 "Attachment $id has not been uploaded yet"
	_form POST "$up" "$T/plot.png" -H 'Origin: https://any.example'
	status_is 200
	header_is Access-Control-Allow-Origin '*'
	no_header Access-Control-Allow-Credentials
	json_is keys_unsorted '["id","name","mime_type","type","preview_url"]'
	is "$(_doc $id | jq -c '[.upload_descriptor, .thread_id, .type]')" \
	    '[null,null,"image"]'
	cmp -s "$T/plot.png" "$(_path "$T/plot.png")" ||
	    flunk "the bytes are not where they belong"
	get "$see" -H 'Origin: https://any.example'
	status_is 200
	cmp -s "$T/body" "$T/plot.png" || flunk "other bytes"
	header_is Content-Type image/png
	header_is Content-Disposition \
	    "inline; filename=\"a.png\"; filename*=UTF-8''a.png"
	header_is X-Content-Type-Options nosniff
	header_is Cache-Control 'private, max-age=3600'
	header_is Referrer-Policy no-referrer
	header_is Access-Control-Allow-Origin '*'
	header_is ETag "\"$(_sha "$T/plot.png")\""
	header_like Content-Security-Policy "^sandbox; default-src 'none'"
	get "$see" -H 'Range: bytes=1-3'
	status_is 206
	body_is PNG
	head_ "$see"
	status_is 200
	header_is Content-Length 11
}

a_file_has_no_preview() {
	for c in 'n.txt text/plain' 'x.svg image/svg+xml' 'd.pdf application/pdf'; do
		_create alice ${c% *} ${c#* }
		json_is '[.type, has("preview_url")]' '["file",false]'
		_raw PUT "$up" "$T/x.svg"
		status_is 200
		as alice get $a/$id/preview
		_refused 404 "Attachment $id has no preview"
		as alice get $a/$id/content
		status_is 200
		header_like Content-Disposition '^attachment; '
		header_is X-Content-Type-Options nosniff
		header_like Content-Security-Policy \
		    "^sandbox; default-src 'none'"
	done
}

an_image_that_is_none_has_no_preview() {
	_create alice b.png IMAGE/PNG
	json_is .type '"image"'
	_raw POST "$up" "$T/x.svg"
	status_is 200
	get "$see"
	_refused 404 "Attachment $id has no preview"
	as alice get $a/$id/content
	header_is Content-Type 'text/plain; charset=utf-8'
}

avif_is_shown() {
	_create alice x.avif image/avif
	_raw PUT "$up" "$T/x.avif"
	status_is 200
	get "$see"
	status_is 200
	header_is Content-Type image/avif
	header_like Content-Disposition '^inline; '
	as alice get $a/$id/content
	header_like Content-Disposition '^attachment; '
}

every_way_in_takes_the_same_bytes() {
	for c in '_form POST' '_form PUT' '_raw POST' '_raw PUT'; do
		for who in '' alice; do
			_create alice w.txt text/plain
			p=$up
			[ -z "$who" ] || p=$a/$id/upload
			as "$who" ${c% *} ${c#* } "$p" "$T/plain.txt"
			status_is 200
			as alice get $a/$id/content
			body_is plain
		done
	done
	is "$(sql "SELECT count(*) FROM blobs
	    WHERE sha256 = '$(_sha "$T/plain.txt")'")" 1
	# Whatever the part calls itself; other parts count for nothing.
	_create alice n.txt text/plain
	request POST "$up" -F "file=@$T/plain.txt;filename=evil.html;type=text/html" \
	    -F file2=x -F id=y
	status_is 200
	json_is '[.name, .mime_type]' '["n.txt","text/plain"]'
	as alice get $a/$id/content
	header_is Content-Disposition \
	    "attachment; filename=\"n.txt\"; filename*=UTF-8''n.txt"
	# A part without a file name is one, too; and nothing is a file.
	_create alice e.txt text/plain
	request POST "$up" -F file=plain
	status_is 200
	_create alice e.txt text/plain
	request PUT "$up" -H 'Content-Type:' --data-binary @/dev/null
	status_is 200
	as alice get $a/$id/content
	status_is 200
	body_is ''
}

a_form_has_one_file() {
	_create alice one.txt text/plain
	remember_rows
	request POST "$up" -F other=x
	_refused 400 'file: exactly one part is needed'
	request POST "$up" -F "file=@$T/plain.txt" -F "file=@$T/plain.txt"
	_refused 400 'file: exactly one part is needed'
	as alice request POST $a -F "file=@$T/plain.txt" -F file=x
	_refused 400 'file: exactly one part is needed'
	request POST "$up" -H 'Content-Type: multipart/form-data' \
	    --data-binary x
	status_is 400
	nothing_changed
}

bytes_come_once() {
	_create alice once.txt text/plain
	_raw POST "$up" "$T/plain.txt"
	status_is 200
	cp "$T/body" "$T/first"
	sql "UPDATE attachments SET uploaded_at = '2026-01-01'
	    WHERE attachment_id = '$id'" >/dev/null
	remember_rows
	_form PUT "$up" "$T/plain.txt"
	status_is 200
	cmp -s "$T/body" "$T/first" || flunk "$(cat "$T/body")"
	_raw POST "$up" "$T/x.svg"
	_refused 409 "Attachment $id is already uploaded"
	as alice _raw POST $a/$id/upload "$T/x.svg"
	_refused 409 "Attachment $id is already uploaded"
	nothing_changed
	# The same bytes again heal what was lost.
	rm -f "$(_path "$T/plain.txt")"
	as alice get $a/$id/content
	_refused 410 'Blob missing (pruned?)'
	_raw POST "$up" "$T/plain.txt"
	status_is 200
	as alice get $a/$id/content
	status_is 200
}

a_document_saved_in_between_stays() {
	_create alice doc.txt text/plain
	sql "UPDATE attachments SET document = '{ \"upload_descriptor\" : {\"url\":\"u\",\"method\":\"POST\"} ,\"id\":\"$id\",\"name\":\"other\",\"mime_type\":\"m\",\"type\":\"file\",\"thread_id\":\"t9\",\"x\":1e22,\"metadata\":{\"k\":1}}'
	    WHERE attachment_id = '$id'" >/dev/null
	_raw POST "$up" "$T/plain.txt"
	body_is "{\"id\":\"$id\",\"name\":\"other\",\"mime_type\":\"m\",\"thread_id\":\"t9\",\"type\":\"file\"}"
	is "$(_doc $id)" "{ \"upload_descriptor\" : null ,\"id\":\"$id\",\"name\":\"other\",\"mime_type\":\"m\",\"type\":\"file\",\"thread_id\":\"t9\",\"x\":1e22,\"metadata\":{\"k\":1}}"
}

a_race_with_who_saves_it_loses_nothing() {
	_create alice race.txt text/plain
	# Saved by somebody else after it was read: the fill sees it.
	before=$(_doc $id)
	is "$(sql_as bobbin_app "BEGIN;
	    SELECT set_config('bobbin.email', 'alice@example.com', true);
	    UPDATE attachments SET document = '{\"id\":\"$id\",\"won\":true}'
	     WHERE attachment_id = '$id';
	    SELECT attachment_fill('alice@example.com', '$id', repeat('0', 64),
		5, 'text/plain', '$before', '{}');
	    ROLLBACK" | tail -n 1)" changed
}

the_store_and_the_files_agree() {
	st=/chatkit/store/attachments
	_create alice st.png image/png
	as alice get $st/$id
	json_is '[.upload_descriptor.method, .thread_id]' '["POST",null]'
	as alice put $st/$id '{"id":"'$id'","name":"st2.png","mime_type":"image/png","type":"image","upload_descriptor":{"url":"u","method":"POST"},"thread_id":"t7"}'
	status_is 204
	_raw POST "$up" "$T/plot.png"
	status_is 200
	json_is '[.name, .thread_id, has("upload_descriptor")]' '["st2.png","t7",false]'
	as alice get $st/$id
	body_is '{"id":"'$id'","name":"st2.png","mime_type":"image/png","type":"image","upload_descriptor":null,"thread_id":"t7"}'
	as alice put $st/$id '{"id":"'$id'","name":"n","mime_type":"image/png","type":"image","upload_descriptor":{}}'
	as alice get $st/$id
	json_is .upload_descriptor null
	get "$see"
	status_is 200
	as alice delete $st/$id
	get "$see"
	_refused 404 "Attachment $id not found"
	# What a server keeps itself.
	as alice put $st/far '{"id":"far","name":"n","mime_type":"image/png","type":"image","preview_url":"https://far.example/p"}'
	as alice _raw PUT $a/far/upload "$T/plot.png"
	_refused 409 'Attachment far is kept elsewhere'
	as alice delete $a/far
	as alice get $st/far
	_refused 404 'Attachment far not found'
}

# _shown WHO URL: as the client of POST /chatkit gets it in a message.
_shown() {
	as "$1" put "/chatkit/store/threads/links" '{"id":"links","created_at":"2026-01-01T00:00:00"}'
	as "$1" put "/chatkit/store/threads/links/items/m" "$(jq -cn --arg u "$2" \
	    '{id:"m",thread_id:"links",created_at:"2026-01-01T00:00:00",type:"user_message",content:[],attachments:[{id:"x",name:"n",mime_type:"image/png",type:"image",preview_url:$u,metadata:{k:1}}],quoted_text:null,inference_options:{}}')"
	status_is 204
	as "$1" post /chatkit '{"type":"threads.get_by_id","params":{"thread_id":"links"}}'
	json_is '.items.data[0].attachments[0] | keys_unsorted' \
	    '["id","name","mime_type","type","preview_url"]'
	shown=$(field 'items.data[0].attachments[0].preview_url')
}

previews_in_messages_are_renewed() {
	_create alice old.png image/png
	_raw POST "$up" "$T/plot.png"
	row=$(sql "SELECT id FROM attachments WHERE attachment_id = '$id'")
	old=$(_token p.$row.1000)
	get "$a/$id/preview?token=$old"
	_refused 401 'Token expired'
	# Under whatever name we were known then.
	for u in "$url$a/$id/preview?token=$old" \
	    "https://old.example$a/$id/preview?token=$old" \
	    "$url$a/$id/preview"; do
		_shown alice "$u"
		secret "${shown##*token=}"
		case $shown in
		"$u" | *"$old"*) flunk "$shown is not new" ;;
		"$url$a/$id/preview?token="*) ;;
		*)	flunk "$shown is not ours" ;;
		esac
		get "${shown#"$url"}"
		status_is 200
	done
	as alice post /chatkit '{"type":"items.list","params":{"thread_id":"links"}}'
	json_is '.data[0].attachments[0].preview_url' "\"$shown\""
	as alice get /chatkit/store/threads/links/items/m
	json_is '.attachments[0].preview_url' "\"$u\""
	# Nobody makes a good link of somebody else's old one, nor of what is
	# no link of ours to see an attachment.
	for u in "$url$a/$id/preview?token=$old" \
	    "$url$a/$id/preview?token=$(_token p.$row.1000 \
		another-secret-of-32-bytes-at-all)" \
	    "$url$a/$id/preview?token=$(_token u.$row.1000)" \
	    "$url$a/$id/upload?token=$(_token u.$row.1000)" \
	    "$url$a/other/preview?token=$old" \
	    "$url$a/$id/preview?x=1&token=$old" \
	    "$url$a/%zz/preview?token=$old" \
	    "https://old.example$a/$id/preview" \
	    "https://old.example/" ''; do
		_shown bob "$u"
		is "$shown" "$u"
	done
	u="$url$a/$id/preview"	# an own one of that name: not hers
	_shown bob "$u"
	secret "${shown##*token=}"
	get "${shown#"$url"}"
	_refused 404 "Attachment $id not found"
}

# --- One step

a_direct_upload_is_both_steps() {
	as alice _form POST $a "$T/plot.png" -F other=x
	status_is 200
	json_is keys_unsorted '["id","name","mime_type","type","preview_url"]'
	json_is '[.name, .mime_type, .type]' '["plot.png","image/png","image"]'
	id=$(field id) see=$(field preview_url)
	secret "${see##*token=}"
	is "$(sql "SELECT made_here, declared_size, size, sha256, mime
	    FROM attachments WHERE attachment_id = '$id'")" \
	    "t|11|11|$(_sha "$T/plot.png")|image/png"
	is "$(_doc $id | jq -c '[.upload_descriptor, .metadata]')" '[null,null]'
	get "${see#"$url"}"
	status_is 200
	as alice request POST $a -F 'file=plain'
	json_is '[.name, .mime_type, .type]' \
	    '["file","application/octet-stream","file"]'
	as alice request POST $a \
	    -F "file=@$T/plain.txt;filename=ä b.txt;type=text/plain; charset=x"
	json_is '[.name, .mime_type]' '["ä b.txt","text/plain"]'
}

a_direct_upload_with_an_id_can_be_repeated() {
	for i in 1 2; do
		as alice _form POST "$a?id=my%2Fown%20id" "$T/plain.txt"
		status_is 200
		json_is .id '"my/own id"'
	done
	same_body_as_before
	is "$(sql "SELECT count(*) FROM attachments
	    WHERE attachment_id = 'my/own id'")" 1
	as alice _form POST "$a?id=my%2Fown%20id" "$T/x.svg"
	_refused 409 'Attachment my/own id is already uploaded'
	as alice get "$a/my%2Fown%20id/content"
	status_is 200
	body_is plain
	# Somebody else's of that id is another one.
	as bob _form POST "$a?id=my%2Fown%20id" "$T/x.svg"
	status_is 200
	as alice get "$a/my%2Fown%20id/content"
	body_is plain
	as alice delete "$a/my%2Fown%20id"
	status_is 204
	as bob get "$a/my%2Fown%20id/content"
	status_is 200
	# One that was announced gets its bytes this way, too.
	_create alice ann.txt text/plain
	as alice _form POST "$a?id=$id" "$T/x.svg"
	status_is 200
	json_is '[.id, .name, has("upload_descriptor")]' \
	    "[\"$id\",\"ann.txt\",false]"
}

a_direct_upload_is_a_form() {
	remember_rows
	for t in 'application/json' 'x/y' 'text/plain'; do
		as alice request POST $a -H "Content-Type: $t" \
		    --data-binary '{}'
		_refused 415 'Content-Type must be multipart/form-data'
	done
	as alice request POST $a -H 'Content-Type:' --data-binary x
	status_is 415
	n=$(printf '%0513d' 0)
	as alice request POST $a -F "file=@$T/plain.txt;filename=$n"
	_refused 400 'file: its name must have 1 to 512 characters'
	printf -- '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\nContent-Type: text\r\n\r\nx\r\n--b--\r\n' |
	    as alice request POST $a --data-binary @- \
	    -H 'Content-Type: multipart/form-data; boundary=b'
	_refused 400 'file: its type must be type/subtype'
	as alice _form POST "$a?id=" "$T/plain.txt"
	status_is 400
	as alice _form POST "$a?id=a%0Ab" "$T/plain.txt"
	status_is 400
	as alice _form POST "$a?other=1" "$T/plain.txt"
	_refused 400 'Unknown query parameter: other'
	_form POST $a "$T/plain.txt"
	_refused 401 'Missing Authorization header'
	nothing_changed
}

# --- What is refused

bad_announcements_are_400() {
	remember_rows
	long=$(printf '%0513d' 0)
	while read -r params why; do
		as alice post /chatkit \
		    '{"type":"attachments.create","params":'"$params"'}'
		status_is 400
		json_is ".detail | startswith(\"$why\")" true
	done <<-X
	{"name":"a","size":1} params.mime_type
	{"size":1,"mime_type":"a/b"} params.name
	{"name":"a","mime_type":"a/b"} params.size
	{"name":"a","size":-1,"mime_type":"a/b"} params.size
	{"name":"a","size":true,"mime_type":"a/b"} params.size
	{"name":"a","size":1.5,"mime_type":"a/b"} params.size
	{"name":"","size":1,"mime_type":"a/b"} params.name
	{"name":"a\\nb","size":1,"mime_type":"a/b"} params.name
	{"name":"$long","size":1,"mime_type":"a/b"} params.name
	{"name":"a","size":1,"mime_type":""} params.mime_type
	{"name":"a","size":1,"mime_type":"a"} params.mime_type
	{"name":"a","size":1,"mime_type":"a/"} params.mime_type
	{"name":"a","size":1,"mime_type":"/b"} params.mime_type
	{"name":"a","size":1,"mime_type":"a/b/c"} params.mime_type
	{"name":"a","size":1,"mime_type":"a/b\\r\\nX:y"} params.mime_type
	{"name":"a","size":1,"mime_type":"a/$long"} params.mime_type
	X
	nothing_changed
	for size in 0 1048576 '"7"' 1.0; do
		_create alice s.txt text/plain "$size"
	done
	remember_rows
	as alice post /chatkit '{"type":"attachments.create","params":{"name":"a","size":1048577,"mime_type":"a/b"}}'
	_refused 413 'File too large (> 1048576 bytes).'
	nothing_changed
}

too_large_is_413() {
	_create alice big.bin x/y 3
	head -c 1048576 /dev/zero >"$T/full"
	head -c 1048577 /dev/zero >"$T/over"
	head -c 110000000 /dev/zero >"$T/huge"
	remember_rows
	for f in over huge; do
		_raw PUT "$up" "$T/$f" -H 'Origin: https://any.example'
		_refused 413 'File too large (> 1048576 bytes).'
		header_is Access-Control-Allow-Origin '*'
		_form POST "$up" "$T/$f"
		_refused 413 'File too large (> 1048576 bytes).'
		as alice _form POST $a "$T/$f"
		_refused 413 'File too large (> 1048576 bytes).'
	done
	_raw PUT "$up" "$T/huge" -H 'Transfer-Encoding: chunked'
	_refused 413 'File too large (> 1048576 bytes).'
	rm -f "$T/huge"
	nothing_changed
	is "$(ls "$blobs/tmp" | wc -l)" 0 leftovers
	_form PUT "$up" "$T/full"	# the size was declared as 3
	status_is 200
}

_token() {
	b=$(printf %s "$1" | base64 -w 0 | tr +/ -_ | tr -d =)
	s=$(printf %s "$1" | openssl dgst -sha256 -hmac "${2-$link_secret}" \
	    -binary | base64 -w 0 | tr +/ -_ | tr -d =)
	secret "$b.$s"
	echo "$b.$s"
}

every_bad_link_is_refused() {
	_create alice link.png image/png
	_raw PUT "$up" "$T/plot.png"
	mine=$id
	row=$(sql "SELECT id FROM attachments WHERE attachment_id = '$id'")
	_create alice other.png image/png
	other=$(sql "SELECT id FROM attachments WHERE attachment_id = '$id'")
	id=$mine
	soon=$(($(date +%s) + 60)) past=$(($(date +%s) - 60))
	none=99999999-2222-4333-8444-555555555555
	remember_rows
	for p in 'p preview GET' 'u upload POST' 'u upload PUT'; do
		set -- $p
		x=$(echo $1 | tr pu up)
		while IFS='|' read -r code why tok; do
			as alice _raw $3 "$a/$id/$2?token=$tok" "$T/plot.png" \
			    -H 'Origin: https://any.example'
			status_is $code
			body_is "{\"detail\":\"$why\"}"
			header_is Access-Control-Allow-Origin \
			    "$([ -z "$tok" ] || echo '*')"
		done <<-X
		401|Invalid token format|
		401|Invalid token format|a.b.c
		401|Invalid token format|$(_token $1.$row.)
		401|Invalid token signature|$(_token $1.$row.$soon another-secret-of-32-bytes-at-all)
		401|Invalid token signature|$(_token $1.$row.$past another-secret-of-32-bytes-at-all)
		401|Token expired|$(_token $1.$row.$past)
		403|Token does not match attachment|$(_token $x.$row.$soon)
		403|Token does not match attachment|$(_token $row.$soon)
		403|Token does not match attachment|$(_token $1.$other.$soon)
		403|Token does not match attachment|$(_token $1..$soon)
		403|Token does not match attachment|$(_token $1.nonsense.$soon)
		404|Attachment $id not found|$(_token $1.$none.$soon)
		X
		request $3 "$a/$id/$2"
		_refused 401 'Missing Authorization header'
		request $3 "$a/$id/$2?token=a&token=b"
		status_is 400
		as alice request $3 "$a/$id/$2?x=1"
		_refused 400 'Unknown query parameter: x'
	done
	nothing_changed
	get "$a/$id/preview?token=$(_token p.$row.$soon)" -H 'Authorization: x'
	status_is 200
	# A link to see is none to save, and content has none at all.
	get "$a/$id/content?token=$(_token p.$row.$soon)"
	_refused 401 'Missing Authorization header'
}

a_link_dies_with_its_row() {
	_create alice gone.png image/png
	as alice delete $a/$id
	status_is 204
	remember_rows
	_raw POST "$up" "$T/plot.png"
	_refused 404 "Attachment $id not found"
	get "$see"
	_refused 404 "Attachment $id not found"
	nothing_changed
}

links_can_be_asked_for_from_anywhere() {
	_create alice pre.png image/png
	for o in https://any.example "$it_origin"; do
		request OPTIONS "$up" -H "Origin: $o" \
		    -H 'Access-Control-Request-Method: POST' \
		    -H 'Access-Control-Request-Headers: chatkit-frame-instance-id, chatkit-device-id'
		status_is 200
		header_is Access-Control-Allow-Headers \
		    'chatkit-frame-instance-id, chatkit-device-id'
		header_like Access-Control-Allow-Methods PUT
	done
	request OPTIONS "$up" -H 'Origin: https://any.example' \
	    -H 'Access-Control-Request-Method: PUT'
	header_is Access-Control-Allow-Origin '*'
	no_header Access-Control-Allow-Credentials
	# Without a token, or for what opens nothing, the list decides.
	for c in "PUT $a/$id/upload" "PUT $a/$id/upload?token=" \
	    "DELETE $up" "GET $a/$id/content?token=x" "POST $a?token=x" \
	    "POST /chatkit?token=x" "GET /none?token=x"; do
		request OPTIONS "${c#* }" -H 'Origin: https://any.example' \
		    -H "Access-Control-Request-Method: ${c%% *}"
		_refused 400 'Disallowed CORS origin'
		no_header Access-Control-Allow-Origin
		no_header Allow
		request OPTIONS "${c#* }" -H "Origin: $it_origin" \
		    -H "Access-Control-Request-Method: ${c%% *}"
		status_is 200
		header_is Access-Control-Allow-Origin "$it_origin"
	done
}

# --- Whose it is

a_foreign_attachment_is_like_a_missing_one() {
	_create alice hers.png image/png
	_raw POST "$up" "$T/plot.png"
	none=atc_00000000000000000000000000000000
	remember_rows
	for p in 'GET /preview' 'GET /content' 'POST /upload' 'PUT /upload'; do
		for i in $id $none; do
			as bob _raw ${p% *} "$a/$i${p#* }" "$T/plain.txt"
			_refused 404 "Attachment $i not found"
		done
	done
	for i in $id $none; do
		as bob delete $a/$i
		status_is 204
		as bob post /chatkit '{"type":"attachments.delete","params":{"attachment_id":"'$i'"}}'
		status_is 200
		body_is '{}'
	done
	nothing_changed
	get "$see"
	status_is 200
}

an_agent_acts_for_the_owner() {
	as agent post /chatkit '{"type":"attachments.create","params":{"name":"a.txt","size":1,"mime_type":"text/plain"}}' \
	    -H 'X-Bobbin-On-Behalf-Of: Carol@Example.com'
	id=$(field id) up=$(field upload_descriptor.url)
	secret "${up##*token=}"
	as carol _raw PUT $a/$id/upload "$T/plain.txt"
	status_is 200
	as agent get $a/$id/content \
	    -H 'X-Bobbin-On-Behalf-Of: carol@example.com'
	body_is plain
	as agent get $a/$id/content
	status_is 404
	as carol get $a/$id/content -H 'X-Bobbin-On-Behalf-Of: alice@example.com'
	status_is 403
}

what_is_kept_elsewhere_has_no_bytes() {
	sql "INSERT INTO attachments (email, attachment_id, document)
	    VALUES ('alice@example.com', 'ext', '{\"id\":\"ext\"}')" >/dev/null
	remember_rows
	as alice _raw PUT $a/ext/upload "$T/plain.txt"
	_refused 409 'Attachment ext is kept elsewhere'
	as alice _form POST "$a?id=ext" "$T/plain.txt"
	_refused 409 'Attachment ext is kept elsewhere'
	nothing_changed
	for p in preview content; do
		as alice get $a/ext/$p
		_refused 404 'Attachment ext has not been uploaded yet'
	done
	as alice delete $a/ext
	status_is 204
}

# --- The end

bytes_go_with_the_last_reference() {
	printf 'last reference' >"$T/last"
	p=$(_path "$T/last")
	for i in 1 2; do
		as alice _form POST "$a?id=ref$i" "$T/last"
		status_is 200
	done
	as alice delete $a/ref1
	is "$(sql "SELECT unreferenced_at IS NULL FROM blobs
	    WHERE sha256 = '$(_sha "$T/last")'")" t
	as alice post /chatkit '{"type":"attachments.delete","params":{"attachment_id":"ref2"}}'
	body_is '{}'
	as alice get $a/ref2/content
	_refused 404 'Attachment ref2 not found'
	sql "UPDATE blobs SET unreferenced_at = now() - interval '2 days'
	    WHERE sha256 = '$(_sha "$T/last")'" >/dev/null
	touch -d '2 days ago' "$p"
	bobbin_run jobs --once blobs 2>>"$T/log/jobs.log" || flunk jobs
	[ ! -e "$p" ] || flunk 'the bytes are still there'
	is "$(sql "SELECT count(*) FROM blobs
	    WHERE sha256 = '$(_sha "$T/last")'")" 0
}

a_thread_takes_its_attachments_along() {
	as alice put /chatkit/store/threads/t1 \
	    '{"id":"t1","created_at":"2026-01-02T03:04:05"}'
	status_is 204
	as alice _form POST "$a?id=in1" "$T/plain.txt"
	as bob _form POST "$a?id=in1" "$T/plain.txt"
	sql "UPDATE attachments SET thread_id = 't1'
	    WHERE attachment_id = 'in1'" >/dev/null
	as alice delete /chatkit/store/threads/t1
	as alice get $a/in1/content
	_refused 404 'Attachment in1 not found'
	as bob get $a/in1/content
	status_is 200
}

a_dead_database_is_503() {
	_create alice down.png image/png
	pg_down
	_raw PUT "$up" "$T/plain.txt"
	_refused 503 'Database unavailable'
	get "$see"
	_refused 503 'Database unavailable'
	as alice delete $a/$id
	_refused 503 'Database unavailable'
	_pg_up
	is "$(ls "$blobs/tmp" | wc -l)" 0 leftovers
}

links_may_have_no_token() {
	sed -i '/^ARTIFACTS_SECRET/d' "$T/bobbin.conf"
	stop_bobbin
	start_bobbin
	as alice post /chatkit '{"type":"attachments.create","params":{"name":"a.png","size":1,"mime_type":"image/png"}}'
	id=$(field id)
	json_is '[.upload_descriptor.url, .preview_url]' \
	    "[\"$url$a/$id/upload\",\"$url$a/$id/preview\"]"
	_raw PUT $a/$id/upload "$T/plot.png"
	status_is 401
	as alice _raw PUT $a/$id/upload "$T/plot.png"
	status_is 200
	json_is .preview_url "\"$url$a/$id/preview\""
	as alice get $a/$id/preview
	status_is 200
	get "$a/$id/preview?token=$(_token p.x.99999999999)"
	_refused 401 'Invalid token signature'
}

links_begin_as_configured() {
	echo 'ARTIFACTS_PUBLIC_BASE_URL = https://files.example.com' \
	    >>"$T/bobbin.conf"
	stop_bobbin
	start_bobbin
	as alice post /chatkit '{"type":"attachments.create","params":{"name":"a.png","size":1,"mime_type":"image/png"}}' \
	    -H 'Host: evil.example'
	json_is '.preview_url | startswith("https://files.example.com'$a'/")' true
}

it_run
