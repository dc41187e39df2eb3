# s3.sh: sourced after lib.sh: a real S3 server on loopback, from npm.
#
#	. "$top/t/it/s3.sh"
#	s3_up			# before it_start
#	it_conf=$s3_conf
#	it_start
#
# $s3_dir/requests has a line for each request: method, path, some headers.
# A status, and maybe a code, in $s3_dir/odd is the answer to the next one.
# it_stop ends it.

s3_js=$BUILDDIR/t/it/s3-js
s3_bucket=bobbin-test
s3_key_id=S3TESTKEYID
s3_secret=s3-test-secret/0123456789+abcdef

# The packages of s3/package-lock.json; not having them is no skip.
s3_install() {
	for s3_p in node npm; do
		command -v $s3_p >/dev/null || _bail "$s3_p is not installed"
	done
	mkdir -p "$BUILDDIR/t/it"
	(
		flock 8
		sh "$top/t/it/live/install.sh" "$s3_js" "$top/t/it/s3" 8>&-
	) 8>"$s3_js.lock" >"$s3_js.log" 2>&1 || _bail "npm: $(cat "$s3_js.log")"
	cp "$top"/t/it/s3/*.mjs "$s3_js"
}

s3_up() {
	s3_install
	s3_dir=$(mktemp -d "${TMPDIR:-/tmp}/bobbin-s3.XXXXXX") || _bail "no s3"
	chmod 755 "$s3_dir"
	node "$s3_js/server.mjs" "$s3_dir" >"$s3_dir/log" 2>&1 &
	s3_pid=$!
	it_pids="$it_pids $s3_pid"
	trap s3_down EXIT
	_wait_for test -s "$s3_dir/port" || _bail "s3: $(cat "$s3_dir/log")"
	s3_endpoint=http://127.0.0.1:$(cat "$s3_dir/port")
	s3_conf="S3_BUCKET = $s3_bucket
S3_ENDPOINT = $s3_endpoint
AWS_REGION = us-east-1
AWS_ACCESS_KEY_ID = $s3_key_id
AWS_SECRET_ACCESS_KEY = $s3_secret"
}

s3_down() {
	priv_kill "$s3_pid"
}
