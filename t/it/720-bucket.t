# 720-bucket.t: files that move into S3, and objects that agents put there
# (studio.md, 7.2 and 7.5), with a real S3 server.
. "${SRCDIR:?}/t/it/lib.sh"
. "$top/t/it/s3.sh"

link_secret=it-link-0123456789abcdef0123456789abcdef
s3_up
it_conf="$s3_conf
ARTIFACTS_SECRET = $link_secret"
it_start
secret "$s3_secret"
blobs=$T/blobs

_thread() {
	sql "INSERT INTO threads (email, title) VALUES ('$1@example.com', 'x')
	    RETURNING id" | head -n 1
}
thread=$(_thread alice)

_file() {
	printf "$2" >"$T/$1"
	sha=$(sha256sum "$T/$1" | cut -d ' ' -f 1)
	at=$(echo $sha | cut -c 1-2)/$(echo $sha | cut -c 3-4)/$sha
	key=output/artifacts/$at
	path=$blobs/$at
	object=$s3_dir/store/$s3_bucket/$key._S3rver_object
}

_upload() {
	as "$1" request POST "/api/threads/$2/artifacts" -F "file=@$T/$3" \
	    -F 'meta={"s3_key":"mine","n":1.50}'
	id=$(field id) link=$(field url)
	secret "${link##*token=}"
}

_jobs() {
	bobbin_run jobs --once blobs 2>>"$T/log/jobs.log"
}

_blob() {
	sql "SELECT size, on_disk, in_s3, state, unreferenced_at IS NULL
	    FROM blobs WHERE sha256 = '$sha'"
}

# _ingest JSON: of the file at hand.
_ingest() {
	as agent request POST "/api/threads/$thread/artifacts/ingest" \
	    -H 'X-Bobbin-On-Behalf-Of: alice@example.com' \
	    -H 'Content-Type: application/json' --data-binary "$1"
}

# As an agent would, past bobbin.
_object() {
	env S3_BUCKET="$s3_bucket" S3_ENDPOINT="$s3_endpoint" \
	    AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID="$s3_key_id" \
	    AWS_SECRET_ACCESS_KEY="$s3_secret" "$BUILDDIR/t/it/probe" put \
	    "$sha" "$T/$1" "$(stat -c %s "$T/$1")" >"$T/said" 2>&1
	is "$(cat "$T/said")" ok 'the probe'
}

# Where a 307 leads, asked as a browser asks.
_follow() {
	curl -sS -m 30 -D "$T/headers" -o "$T/body" -w '%{http_code}' "$@" \
	    "$(cat "$T/location")" >"$T/status"
	echo "the presigned URL" >"$T/asked"
}

an_upload_is_served_from_here_until_it_has_moved() {
	_file moving 'first here, then there'
	_upload alice $thread moving
	status_is 201
	body_has '"meta":{"n":1.50,"s3_key":"'$key'","s3_url":"s3://'$s3_bucket/$key'"}'
	get "$link"
	status_is 200
	_jobs || flunk 'jobs failed'
	is "$(_blob)" '22|f|t|stored|t'
	cmp "$T/moving" "$object" || flunk 'not there'
	[ ! -e "$path" ] || flunk 'still here'
	get "$link" -H 'Origin: https://any.example'
	status_is 307
	header_is Cache-Control no-store
	header_is Access-Control-Allow-Origin '*'
	header Location >"$T/location"
	secret "$(sed 's/.*X-Amz-Signature=//' "$T/location")"
	grep -q 'X-Amz-Expires=86400' "$T/location" || flunk 'another lifetime'
	_follow
	status_is 200
	body_is 'first here, then there'
	header_is Content-Type 'text/plain; charset=utf-8'
	header_is Content-Disposition \
	    "attachment; filename=\"moving\"; filename*=UTF-8''moving"
	_follow -H 'Range: bytes=6-9'
	body_is here
	head_ "$link"
	status_is 307
	header Location >"$T/location"
	_follow -I
	status_is 200
	header_is Content-Length 22
	as alice get "/api/artifacts/$id"
	status_is 307
}

the_same_bytes_again_move_again() {
	_file moving 'first here, then there'
	_upload alice $(_thread alice) moving
	status_is 201
	is "$(_blob)" '22|t|t|stored|t'
	get "$link"
	status_is 200
	_jobs
	is "$(_blob)" '22|f|t|stored|t'
	[ ! -e "$path" ] || flunk 'still here'
}

readers_never_see_the_move() {
	for i in 1 2 3 4 5; do
		_file racing$i "gone while we looked $i"
		_upload alice $thread racing$i
		rm -f "$T/moved"
		( _jobs; : >"$T/moved" ) &
		mover=$!
		while [ ! -e "$T/moved" ]; do
			get "$link"
			case $(status) in
			200 | 307) ;;
			*)	status_is 307 ;;
			esac
		done
		wait $mover
		get "$link"
		status_is 307
	done
}

# The move falls between a reader's row and its look at the disk.
a_row_that_is_too_old_is_read_again() {
	_file crossed 'moved after its row was read'
	_upload alice $thread crossed
	_jobs
	is "$(_blob)" '28|f|t|stored|t'
	stop_bobbin
	pg_sql postgres >"$T/said" 2>&1 <<-'X' || flunk "$(cat "$T/said")"
	ALTER FUNCTION blob_find RENAME TO blob_find_now;
	CREATE SEQUENCE reads;
	CREATE FUNCTION blob_find(p_sha bpchar, p_size bigint,
	    OUT on_disk boolean, OUT in_s3 boolean, OUT missing boolean)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
	BEGIN
		SELECT * INTO on_disk, in_s3, missing
		  FROM blob_find_now(p_sha, p_size);
		IF nextval('reads') = 1 THEN
			on_disk := true;
			in_s3 := false;
		END IF;
	END
	$$;
	X
	start_bobbin
	as alice get "/api/artifacts/$id"
	status_is 307
	is "$(sql 'SELECT last_value FROM reads')" 2 'times read'
	stop_bobbin
	pg_sql postgres >"$T/said" 2>&1 <<-'X' || flunk "$(cat "$T/said")"
	DROP FUNCTION blob_find;
	ALTER FUNCTION blob_find_now RENAME TO blob_find;
	DROP SEQUENCE reads;
	X
	start_bobbin
	as alice get "/api/artifacts/$id"
	status_is 307
}

# As long as nginx finds nothing where bobbin sees a file: an end, not a loop.
two_stores_are_an_error() {
	_file lost 'in another store'
	_upload alice $thread lost
	mv "$blobs" "$T/other"
	sed -i "s|^BLOBSTORE_DIR = .*|BLOBSTORE_DIR = $T/other|" \
	    "$T/bobbin.conf"
	stop_bobbin
	start_bobbin
	get "$link"
	status_is 500
	body_is '{"detail":"Internal server error"}'
	mv "$T/other" "$blobs"
	sed -i "s|^BLOBSTORE_DIR = .*|BLOBSTORE_DIR = $blobs|" "$T/bobbin.conf"
	stop_bobbin
	start_bobbin
	get "$link"
	status_is 200
}

a_failing_bucket_loses_nothing() {
	_file kept 'kept until it is there'
	_upload alice $thread kept
	echo '503 SlowDown' >"$s3_dir/odd"
	_jobs && flunk 'jobs did not say so'
	is "$(_blob)" '22|t|f|stored|t'
	get "$link"
	status_is 200
	sql "UPDATE blobs SET try_at = '-infinity'"
	_jobs || flunk 'jobs failed'
	is "$(_blob)" '22|f|t|stored|t'
}

objects_of_an_agent_are_believed_then_looked_for() {
	_file agents 'an object of the agent'
	_object agents
	_ingest '{"s3_key":"'$key'","filename":"../a.csv","size":22,
	    "tool_call_id":"c9","meta":null}'
	status_is 201
	json_is '[.name, .mime, .size, .sha256, .tool_call_id, .meta]' \
	    '["a.csv","text/csv",22,"'$sha'","c9",{"s3_key":"'$key'","s3_url":"s3://'$s3_bucket/$key'"}]'
	id=$(field id)
	is "$(_blob)" '22|f|t|unverified|t'
	_ingest '{"sha256":"'$sha'","filename":"a.csv","size":"22",
	    "tool_call_id":"c9","mime":"text/html; x=y"}'
	status_is 200
	json_is .id "\"$id\""
	_jobs || flunk 'jobs failed'
	is "$(_blob)" '22|f|t|stored|t'
	as alice get /api/artifacts/$id
	status_is 307
	header Location >"$T/location"
	_follow
	body_is 'an object of the agent'
}

objects_that_are_not_there_are_410() {
	_file absent absent
	_ingest '{"sha256":"'$sha'","filename":"a.png","size":6}'
	status_is 201
	json_is .mime '"image/png"'
	a=$(field id)
	_file lied 'of another size'
	_object lied
	_ingest '{"sha256":"'$sha'","filename":"b","size":7}'
	b=$(field id)
	_ingest '{"sha256":"'$sha'","filename":"c","size":15}'
	c=$(field id)
	_jobs || flunk 'jobs failed'
	is "$(_blob)" '15|f|t|stored|t'
	for i in $a $b; do
		as alice get /api/artifacts/$i
		status_is 410
		body_is '{"detail":"Blob missing (pruned?)"}'
	done
	as alice get /api/artifacts/$c
	status_is 307
	# Bytes that come after all are good.
	_file absent absent
	_upload alice $thread absent
	as alice get /api/artifacts/$a
	status_is 200
}

only_an_agent_may_name_bytes() {
	_file agents 'an object of the agent'
	remember_rows
	as alice post /api/threads/$thread/artifacts/ingest \
	    '{"sha256":"'$sha'","filename":"x","size":22}'
	status_is 403
	as agent post /api/threads/$thread/artifacts/ingest \
	    '{"sha256":"'$sha'","filename":"x","size":22}'
	status_is 400
	nothing_changed
}

what_is_no_key_is_422() {
	_file agents 'an object of the agent'
	remember_rows
	for k in "output/artifacts/00/00/$sha" "/$key" "$key/" \
	    "output/artifacts/../../$sha" "$sha" x; do
		_ingest '{"s3_key":"'$k'","filename":"x","size":22}'
		status_is 422
		json_is '.detail[0].loc' '["body","s3_key"]'
	done
	_ingest '{"s3_key":"'$key'","sha256":"'$(printf %064d 0)'",
	    "filename":"x","size":22}'
	status_is 422
	for s in "$(echo $sha | tr a-f A-F)" "${sha}0" ''; do
		_ingest '{"sha256":"'$s'","filename":"x","size":22}'
		status_is 422
		json_is '.detail[0].loc' '["body","sha256"]'
	done
	_ingest '{"filename":"x","size":22}'
	status_is 422
	_ingest '{"sha256":"'$sha'","filename":"","size":-1}'
	status_is 422
	json_is '[.detail[].type]' '["string_too_short","greater_than_equal"]'
	_ingest '{"sha256":"'$sha'","filename":"x","size":52428801}'
	status_is 413
	body_is '{"detail":"File too large (> 52428800 bytes)."}'
	thread=99999999-2222-4333-8444-555555555555 _ingest \
	    '{"sha256":"'$sha'","filename":"x","size":22}'
	status_is 404
	body_is '{"detail":"Thread not found"}'
	nothing_changed
}

objects_go_with_the_last_reference() {
	_file moving 'first here, then there'
	_jobs || flunk 'jobs failed'
	[ -e "$object" ] || flunk 'it is not there'
	sql "DELETE FROM artifacts WHERE sha256 = '$sha'"
	is "$(_blob)" '22|f|t|stored|f'
	sql "UPDATE blobs SET unreferenced_at = now() - interval '2 days'
	    WHERE sha256 = '$sha'"
	echo '503 SlowDown' >"$s3_dir/odd"
	_jobs && flunk 'jobs did not say so'
	is "$(_blob)" '22|f|t|gone|f'
	# Nobody can name what is being removed.
	_ingest '{"sha256":"'$sha'","filename":"x","size":22}'
	status_is 503
	sql "UPDATE blobs SET try_at = '-infinity'"
	_jobs || flunk 'jobs failed'
	is "$(_blob)" ''
	[ ! -e "$object" ] || flunk 'it is still there'
}

without_a_bucket_ingest_is_503() {
	sed -i '/^S3_BUCKET/d' "$T/bobbin.conf"
	stop_bobbin
	start_bobbin
	_file agents 'an object of the agent'
	_ingest '{"sha256":"'$sha'","filename":"x","size":22}'
	status_is 503
	body_is '{"detail":"S3 is not configured"}'
	no_header Retry-After
}

it_run
