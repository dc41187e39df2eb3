# 190-attacks.t: what somebody hostile tries, with a token and without.
. "${SRCDIR:?}/t/it/lib.sh"

it_conf='BOBBIN_MEMORY_MB = 192'
it_start

# _cgi QUERY ARGUMENTS...: as a web server starts a CGI program for it.
_cgi() {
	it_query=$1
	shift
	(cd "$T" && as_priv env -i PATH="$PATH" BOBBIN_CONF="$T/bobbin.conf" \
	    GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET \
	    REQUEST_URI="/health?$it_query" QUERY_STRING="$it_query" \
	    "$priv_bobbin" "$@") </dev/null >"$T/body" 2>&1
}

a_query_is_no_command_line() {
	_cgi token+--scope+bobbin:admin+eve@example.com \
	    token --scope bobbin:admin eve@example.com
	body_has 'Status: 200'
	body_has '"status":"healthy"'
	_cgi migrate+downgrade+base migrate downgrade base
	body_has '"status":"healthy"'
	_cgi cgi+-c+/dev/null cgi -c /dev/null
	body_has '"status":"healthy"'
	_cgi a=b cgi -c /nonexistent
	body_has '/nonexistent'
}

it_run
