# 180-tls.t: nginx/tls.conf and the sample's lines for it, before real clients.
. "${SRCDIR:?}/t/it/lib.sh"
. "$top/t/it/events.sh"

it_agent=yes it_args=--with-jobs
ev_start
plain=$url
tls=$(free_port)

# What OpenSSL's own policy refuses is not this file's merit.
cat >"$T/openssl.cnf" <<-'C'
	openssl_conf = all
	[all]
	ssl_conf = ssl
	[ssl]
	system_default = lax
	[lax]
	MinProtocol = TLSv1
	CipherString = ALL:@SECLEVEL=0
C

# Of both kinds: the set names suites for each.
_certificate() {
	openssl req -x509 -newkey "$@" -nodes -days 2 -subj /CN=127.0.0.1 \
	    -addext subjectAltName=IP:127.0.0.1 -keyout "$T/$kind.key" \
	    -out "$T/$kind.pem" 2>"$T/log/openssl.log" ||
	    _bail 'no certificate'
	chmod 644 "$T/$kind.key"
}
kind=rsa _certificate rsa:2048
kind=ec _certificate ec -pkeyopt ec_paramgen_curve:P-256
cat "$T/rsa.pem" "$T/ec.pem" >"$T/ca.pem"

# _placed SCRIPT...: the site with this machine's places.
_placed() {
	for p_edit; do
		sed "$p_edit" "$T/nginx/site.conf" >"$T/nginx/site.new"
		! cmp -s "$T/nginx/site.conf" "$T/nginx/site.new" ||
		    _bail "sample.conf lacks $p_edit"
		mv "$T/nginx/site.new" "$T/nginx/site.conf"
	done
}
_placed "s|# listen 443 ssl|listen 127.0.0.1:$tls ssl|" \
    "s|# ssl_certificate /etc/ssl/certs/bobbin.pem;|ssl_certificate $T/rsa.pem; ssl_certificate $T/ec.pem;|" \
    "s|# ssl_certificate_key /etc/ssl/private/bobbin.key;|ssl_certificate_key $T/rsa.key; ssl_certificate_key $T/ec.key;|" \
    's|# include bobbin/tls.conf;|include bobbin/tls.conf;|'

export OPENSSL_CONF="$T/openssl.cnf" CURL_CA_BUNDLE="$T/ca.pem"
priv_kill "$nginx_pid"
nginx_up
url=https://127.0.0.1:$tls
_wait_for _answers || _bail 'no TLS'

good='ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256
ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384
ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-RSA-CHACHA20-POLY1305'

# _greets [s_client's arguments]: a request by it; all that it says is in
# $T/hello.
_greets() {
	printf 'GET /health HTTP/1.0\r\n\r\n' |
	    timeout 30 openssl s_client -connect "127.0.0.1:$tls" -ign_eof \
	    -CAfile "$T/ca.pem" -verify_return_error "$@" >"$T/hello" 2>&1
}

# _agreed PROTOCOL [SUITE]
_agreed() {
	grep -q "^New, $1, Cipher is ${2:-}" "$T/hello" &&
	    grep -q '^HTTP/1.1 200' "$T/hello" ||
	    flunk "not $*: $(grep -E '^New|^HTTP|alert|rror' "$T/hello")"
}

# _refused ALERT [s_client's arguments]: by the server, not by the client.
_refused() {
	r_alert=$1
	shift
	! _greets "$@" || flunk "accepted: $*"
	grep -q "SSL alert number $r_alert\$" "$T/hello" ||
	    flunk "$*: no alert $r_alert: $(tail -n 5 "$T/hello")"
}

tls_1_2_and_1_3_work() {
	_greets -tls1_2
	_agreed TLSv1.2
	_greets -tls1_3
	_agreed TLSv1.3
	_greets
	_agreed TLSv1.3
}

older_protocols_are_refused() {
	_refused 70 -tls1_1
	_refused 70 -tls1
}

every_suite_of_the_set_works() {
	for s in $good; do
		_greets -tls1_2 -cipher "$s"
		_agreed TLSv1.2 "$s"
	done
}

every_other_suite_is_refused() {
	for s in ECDHE-RSA-AES128-SHA256 ECDHE-ECDSA-AES256-SHA384 \
	    ECDHE-RSA-AES128-SHA DHE-RSA-AES256-GCM-SHA384 \
	    DHE-RSA-CHACHA20-POLY1305 AES128-GCM-SHA256 AES256-SHA; do
		_refused 40 -tls1_2 -cipher "$s:@SECLEVEL=0"
	done
	_refused 40 -tls1_2 -cipher \
	    "ALL:@SECLEVEL=0$(printf ':!%s' $good)"
}

curves_are_those_of_the_set() {
	for g in X25519 P-256 P-384; do
		_greets -tls1_3 -groups "$g"
		_agreed TLSv1.3
	done
	_refused 40 -tls1_3 -groups P-521
	_refused 40 -tls1_3 -groups X448
}

# The client chooses: one without AES in hardware is right to.
the_client_s_order_counts() {
	for s in ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256 \
	    ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305; do
		_greets -tls1_2 -cipher "$s"
		_agreed TLSv1.2 "${s%%:*}"
	done
}

# The length of the last session's ticket, 0 without one.
_ticket() {
	awk '/TLS session ticket:/ { n = 0; on = 1; next }
	    on && /^ *[0-9a-f]+ - / { n += 16; next }
	    { on = 0 } END { print n + 0 }' "$T/hello"
}

# A ticket holds the session under a key that outlives it, so there are none;
# those of TLS 1.3 then are names, of 32 bytes, in the server's own cache.
sessions_come_back_without_tickets() {
	_greets -tls1_2 -sess_out "$T/session"
	is "$(_ticket)" 0 'a ticket of'
	_greets -tls1_2 -sess_in "$T/session"
	grep -q '^Reused, TLSv1.2' "$T/hello" || flunk 'not from the cache'
	_greets -tls1_3 -sess_out "$T/session"
	is "$(_ticket)" 32 'a ticket of'
	_greets -tls1_3 -sess_in "$T/session"
	grep -q '^Reused, TLSv1.3' "$T/hello" || flunk 'not from the cache'
}

hsts_is_on_every_answer() {
	for p in / /bobbin.js /health /chat-threads /nothing-here /chat/%zz/x \
	    /api/threads/x /_bobbin/files/x; do
		get "$p"
		header_is Strict-Transport-Security max-age=63072000
	done
	as alice get /chat-threads
	status_is 200
	header_is Strict-Transport-Security max-age=63072000
	as alice post /analyze '{"prompt":"x","thread_id":"agent"}'
	status_is 200
	header_is Strict-Transport-Security max-age=63072000
	post / '{}'
	status_is 405
	header_is Strict-Transport-Security max-age=63072000
	head -c 65537 /dev/zero | as alice post /sentiment @-
	status_is 413
	header_is Strict-Transport-Security max-age=63072000
}

hsts_is_on_a_stream_of_events() {
	_listen alice "$T/stream"
	grep -qi '^strict-transport-security: max-age=63072000' "$T/stream.h" ||
	    flunk "$(cat "$T/stream.h")"
}

# What differs by itself is left out.
_headers() {
	tr -d '\r' <"$1" | tr '[:upper:]' '[:lower:]' | sed '1d; /^$/d' |
	    grep -vE '^(date|connection|x-request-id):' | sort
}

a_token_gets_the_answer_of_plain_http() {
	as alice post /chat/plans/runs '{"prompt":"x"}'
	status_is 201
	for p in /nothing-here /chat-threads /chat/plans/run-ids; do
		url=$plain
		as alice get "$p" --compressed
		url=https://127.0.0.1:$tls
		no_header Strict-Transport-Security
		as alice get "$p" --compressed
		same_body_as_before
		no_header Content-Encoding
		_headers "$T/headers.before" >"$T/want"
		_headers "$T/headers" |
		    grep -v '^strict-transport-security:' >"$T/got"
		cmp -s "$T/want" "$T/got" ||
		    flunk "$p: $(diff "$T/want" "$T/got")"
	done
	json_is '.run_ids | length' 1
}

http_2_is_spoken() {
	as alice get /chat-threads
	status_is 200
	head -n 1 "$T/headers" | grep -q '^HTTP/2 200' ||
	    flunk "$(head -n 1 "$T/headers")"
}

it_run
