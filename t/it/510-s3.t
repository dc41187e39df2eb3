#!/bin/sh
# 510-s3.t: objects in a real S3 server, and URLs beside those of AWS's own
# library.
. "${SRCDIR:?}/t/it/lib.sh"
. "$top/t/it/s3.sh"

s3_up
it_conf=$s3_conf
it_start
secret "$s3_secret"
probe=$BUILDDIR/t/it/probe

# _probe [NAME=VALUE...] VERB ARGUMENT...: its answer in $T/said.
_probe() {
	env S3_BUCKET="$s3_bucket" S3_ENDPOINT="$s3_endpoint" \
	    AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID="$s3_key_id" \
	    AWS_SECRET_ACCESS_KEY="$s3_secret" $with "$probe" "$@" \
	    >"$T/said" 2>>"$T/log/probe.log" || flunk "probe $*: status $?"
}

_says() {
	it_want=$1
	shift
	_probe "$@"
	is "$(cat "$T/said")" "$it_want" "$*"
}

_file() {
	head -c "$1" /dev/urandom >"$T/file"
	sha=$(sha256sum "$T/file" | cut -d ' ' -f 1)
	key=output/artifacts/$(echo "$sha" | cut -c 1-2)/$(echo "$sha" |
	    cut -c 3-4)/$sha
}

objects_are_put_and_found_and_deleted() {
	for size in 0 1 5000000; do
		_file $size
		_says missing head "$sha"
		_says ok put "$sha" "$T/file" $size
		_says "ok $size" head "$sha"
		_says ok put "$sha" "$T/file" $size
		_says "ok $size" head "$sha"
		cmp "$T/file" "$s3_dir/store/$s3_bucket/$key._S3rver_object" ||
		    flunk "other bytes"
		_says ok delete "$sha"
		_says missing head "$sha"
		_says ok delete "$sha"
	done
}

the_hash_goes_with_the_bytes() {
	_file 100
	: >"$s3_dir/requests"
	_says ok put "$sha" "$T/file" 100
	sum=$(openssl dgst -sha256 -binary "$T/file" | openssl base64 -A)
	is "$(cat "$s3_dir/requests")" "PUT /$s3_bucket/$key \
x-amz-checksum-sha256=$sum x-amz-content-sha256=$sha content-length=100"
}

a_temporary_key_sends_its_token() {
	_file 10
	: >"$s3_dir/requests"
	with=AWS_SESSION_TOKEN=FwoGZXIvYXdzEJr//////////wEaDA+/=
	_says ok put "$sha" "$T/file" 10
	_says 'ok 10' head "$sha"
	_says ok delete "$sha"
	with=
	is "$(grep -c ' x-amz-security-token=FwoGZXIvYXdzEJr//////////wEaDA+/=' \
	    "$s3_dir/requests")" 3
}

other_bytes_are_refused() {
	_file 100
	echo >>"$T/file"
	_says denied put "$sha" "$T/file" 101
	_says missing head "$sha"
}

a_file_that_is_not_there_is_not_sent() {
	_file 10
	: >"$s3_dir/requests"
	_says missing put "$sha" "$T/nothing" 10
	_says missing put "$sha" "$T/file" 11
	ln -s "$T/file" "$T/link"
	_says missing put "$sha" "$T/link" 10
	_says missing put "$sha" "$T" 10
	is "$(cat "$s3_dir/requests")" ''
}

# 48 MiB in an address space that could not hold them.
a_file_is_streamed() {
	! grep -aq __asan_init "$bobbin" || { skip "AddressSanitizer"; return; }
	_file 50331648
	(ulimit -v 100000 && _says ok put "$sha" "$T/file" 50331648) || flunk no
	_says 'ok 50331648' head "$sha"
	_says ok delete "$sha"
}

refusals_are_told_apart() {
	_file 10
	with=AWS_SECRET_ACCESS_KEY=wrong
	_says denied put "$sha" "$T/file" 10
	_says denied head "$sha"
	_says denied delete "$sha"
	with=AWS_ACCESS_KEY_ID=UNKNOWN
	_says denied put "$sha" "$T/file" 10
	# A bucket that is not there makes no object missing.
	with=S3_BUCKET=nowhere
	_says denied put "$sha" "$T/file" 10
	_says denied head "$sha"
	_says denied delete "$sha"
	with=S3_ENDPOINT=http://127.0.0.1:1
	_says retry put "$sha" "$T/file" 10
	_says retry head "$sha"
	_says retry delete "$sha"
	with=
	for odd in 500:retry 503:retry 429:retry 400:denied 403:denied \
	    301:denied 307:denied; do
		for call in "put $sha $T/file 10" "head $sha" "delete $sha"; do
			echo "${odd%:*}" >"$s3_dir/odd"
			_says "${odd#*:}" $call
		done
	done
	echo 400 RequestTimeout >"$s3_dir/odd"
	_says retry put "$sha" "$T/file" 10
	! grep elsewhere "$s3_dir/requests" || flunk 'it followed'
	_says missing head "$sha"
}

a_presigned_url_opens_one_object() {
	_file 20
	_says ok put "$sha" "$T/file" 20
	now=$(date +%s)
	_probe presign "$now" 60 GET "$key" \
	    "attachment; filename=\"a.txt\"; filename*=UTF-8''%C3%A4%20b" \
	    'text/plain; charset=utf-8'
	link=$(cat "$T/said")
	curl -sS -D "$T/headers" -o "$T/body" "$link" || flunk curl
	cmp "$T/file" "$T/body" || flunk "$(head -c 300 "$T/body")"
	header_is content-disposition \
	    "attachment; filename=\"a.txt\"; filename*=UTF-8''%C3%A4%20b"
	header_is content-type 'text/plain; charset=utf-8'
	for bad in "$(echo "$link" | sed 's/a\.txt/b.txt/')" \
	    "$(echo "$link" | sed 's/Expires=60/Expires=61/')" \
	    "$(echo "$link" | sed 's/.$/x/')"; do
		is "$(curl -sS -o /dev/null -w '%{http_code}' "$bad")" 403
	done
	is "$(curl -sS -I -o /dev/null -w '%{http_code}' "$link")" 403 HEAD
	_probe presign "$now" 60 HEAD "$key"
	is "$(curl -sS -I -o /dev/null -w '%{http_code}' \
	    "$(cat "$T/said")")" 200
	_probe presign "$((now - 120))" 60 GET "$key"
	is "$(curl -sS -o /dev/null -w '%{http_code}' "$(cat "$T/said")")" 403
}

# endpoint region bucket token method key disposition type, by tabs.
_cases() {
	sed 's/ | /\t/g' <<-'X'
	- | us-east-1 | examplebucket | - | GET | test.txt | - | -
	- | eu-central-1 | my-bucket-1 | - | HEAD | output/artifacts/ab/cd/abcd | - | -
	- | eu-central-1 | dotted.bucket | - | GET | a/b.txt | - | -
	- | cn-north-1 | chinese | - | GET | a | - | text/html
	- | eu-west-1 | bucket | FwoGZXIvYXdzEJr//////////wEaDA+/= | GET | a | inline | image/png
	https://s3.example.com | eu-central-1 | bucket | - | GET | k | - | -
	https://s3.example.com:443 | eu-central-1 | bucket | - | GET | k | - | -
	http://localhost:9000 | us-east-1 | bucket | tok/en+= | HEAD | k | attachment | -
	http://127.0.0.1:9000/minio/s3 | us-east-1 | bucket | - | GET | a/b | - | -
	http://localhost:80 | us-east-1 | Bucket_X | - | GET | a | - | -
	- | eu-central-1 | bucket | - | GET | ä ö/日本 🦊.txt | attachment; filename="_ _.txt"; filename*=UTF-8''%C3%A4%20%F0%9F%A6%8A.txt | text/plain; charset=utf-8
	- | eu-central-1 | bucket | - | GET | a+b&c=d?e#f%20g!h'i(j)k*l~m;n:o@p$q,r[s]t^u`v | - | -
	- | eu-central-1 | bucket | - | GET | a\b"c<d>e{f}g|h | x !'()*~%41+/?&= | a/b
	X
}

# The parameters in one order; both sides sign them in it.
_sorted() {
	tr '?&' '\n\n' | sort
}

urls_are_those_of_the_library() {
	now=1369353600
	_cases >"$T/cases"
	AWS_ACCESS_KEY_ID=$s3_key_id AWS_SECRET_ACCESS_KEY=$s3_secret \
	    node "$s3_js/presign.mjs" $now 86400 <"$T/cases" >"$T/theirs" \
	    2>"$T/node.err" || flunk "$(tail -n 20 "$T/node.err")"
	is "$(wc -l <"$T/theirs")" "$(wc -l <"$T/cases")" || return 1
	tab=$(printf '\t')
	n=0
	while IFS=$tab read -r endpoint region bucket token method key how type
	do
		n=$((n + 1))
		[ "$endpoint" != - ] || endpoint=
		[ "$token" != - ] || token=
		env S3_ENDPOINT="$endpoint" AWS_REGION="$region" \
		    S3_BUCKET="$bucket" AWS_SESSION_TOKEN="$token" \
		    AWS_ACCESS_KEY_ID="$s3_key_id" \
		    AWS_SECRET_ACCESS_KEY="$s3_secret" "$probe" presign $now \
		    86400 "$method" "$key" "$how" "$type" 2>&1 |
		    _sorted >"$T/ours.sorted"
		sed -n ${n}p "$T/theirs" | _sorted >"$T/theirs.sorted"
		cmp -s "$T/ours.sorted" "$T/theirs.sorted" ||
		    flunk "$key: $(diff "$T/ours.sorted" "$T/theirs.sorted")"
	done <"$T/cases"
	is $n 13
}

it_run
