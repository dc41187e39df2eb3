#!/bin/sh
# 500-proxy.t: packaging/examples: the page behind oauth2-proxy.  Its place
# takes oauth2.pl; nginx's half and the settings are the example's own.
. "${SRCDIR:?}/t/page/lib.sh"

examples=$top/packaging/examples
# As the example tells.
it_site='s|server_name _;|server_name _; set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP;|'
it_conf='ARTIFACTS_SECRET = page-link-0123456789abcdef0123456789abcdef'
page_start proxy
_demo || _bail 'no demo data'

# _placed FROM FILE SCRIPT...: the example with this machine's places.
_placed() {
	p_from=$1 p_to=$2
	cp "$p_from" "$p_to"
	shift 2
	for p_edit; do
		sed "$p_edit" "$p_to" >"$p_to.new"
		! cmp -s "$p_to" "$p_to.new" || _bail "$p_from lacks $p_edit"
		mv "$p_to.new" "$p_to"
	done
}

_proxied() {
	curl -ksS -m 5 -o /dev/null --resolve \
	    "bobbin.example.com:$tls:127.0.0.1" \
	    "https://bobbin.example.com:$tls/health"
}

tls=$(free_port)
middle=$(free_port)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -days 2 -subj /CN=bobbin.example.com -keyout "$T/proxy.key" \
    -out "$T/proxy.pem" 2>/dev/null || _bail 'no certificate'
chmod 644 "$T/proxy.key"
_placed "$examples/oauth2-proxy.cfg" "$T/oauth2-proxy.cfg" \
    "s/127\.0\.0\.1:4180/127.0.0.1:$middle/" \
    "s/\"http:\/\/127\.0\.0\.1:8080\//\"http:\/\/127.0.0.1:$port\//"
_placed "$examples/oauth2-proxy.nginx" "$T/nginx/proxy.conf" \
    "s/listen 443 /listen 127.0.0.1:$tls /" \
    "s/127\.0\.0\.1:4180/127.0.0.1:$middle/" \
    "s|/var/log/nginx/|$T/log/public-|" \
    "s|/etc/ssl/certs/bobbin.pem|$T/proxy.pem|" \
    "s|/etc/ssl/private/bobbin.key|$T/proxy.key|"
echo 'include proxy.conf;' >>"$T/nginx/site.conf"
perl "$top/t/page/oauth2.pl" "$T" "$T/oauth2-proxy.cfg" \
    >"$T/log/oauth2.out" 2>&1 &
it_pids="$it_pids $!"
kill -HUP "$nginx_pid"
_wait_for _proxied || _bail 'no proxy'

_through() {
	_page "$1" PAGE_BASE=https://bobbin.example.com PAGE_ARGS='[
	    "--host-resolver-rules=MAP bobbin.example.com 127.0.0.1:'$tls'",
	    "--ignore-certificate-errors"]'
}

people_sign_in_and_out() { _through signs_in; }
two_people_do_not_mix() { _through two_people; }
the_end_of_a_session_is_said() { _through ends; }
a_stream_notices_it_by_itself() { _through stream; }
nobody_brings_an_identity_along() { _through smuggles; }

no_link_is_in_the_logs() {
	grep -q 'GET /api/artifacts/[^ ]* HTTP' "$T"/log/public-*access.log ||
	    flunk 'no link was opened'
	! grep -r 'token=' "$T"/log/*.log | head -n 3 | grep . ||
	    flunk 'a token'
}

it_run
