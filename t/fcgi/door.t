# door.t: what the gate lets pass on each face, and how it says no.
set -u
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
export JWT_HS256_SECRET=door-door-door-door-door-door-door \
    DATABASE_URL=postgresql://nobody@127.0.0.1:1/none \
    AGENT_LOCATION=@agent GATEWAY_INTERFACE=CGI/1.1 \
    CORS_ALLOWED_ORIGINS=https://page.example
bearer="Bearer $("${BOBBIN:?}" token ann@example.com)"
n=0 bad=0

# door METHOD URI BODY [NAME=value...]
door() {
	method=$1 uri=$2
	printf %s "$3" >"$T/in"
	shift 3
	env REQUEST_METHOD="$method" REQUEST_URI="$uri" \
	    CONTENT_LENGTH="$(($(wc -c <"$T/in")))" \
	    CONTENT_TYPE=application/json HTTP_AUTHORIZATION="$bearer" \
	    "$@" "${BUILDDIR:?}/t/fcgi/door" <"$T/in" >"$T/out" 2>"$T/err"
	tr -d '\r' <"$T/out" >"$T/all"
	sed '/^$/q' "$T/all" >"$T/head"
	sed '1,/^$/d' "$T/all" >"$T/body"
}
tell() {	# ok? name
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
		return
	fi
	bad=1
	echo "not ok $n - $2"
	sed 's/^/# /' "$T/all" "$T/err"
}
says() {	# name status body
	grep -q "^Status: $2 " "$T/head" && [ "$(cat "$T/body")" = "$3" ]
	tell $? "$1"
}
has() {	# name header-line...
	what=$1 all=0
	shift
	for line; do
		grep -qxF -e "$line" "$T/head" || all=1
	done
	tell $all "$what"
}
lacks() {	# name regex
	! grep -qE -e "$2" "$T/head"
	tell $? "$1"
}
things() { door POST "$@"; }

u=01234567-89AB-cdef-0123-456789abcdef
low=01234567-89ab-cdef-0123-456789abcdef
defaults='{"owner":"ann@example.com","limit":5,"id":null,"n":3,"status":0,"cleared":false,"meta":null}'
things /api/v1/things '{}'
says 'a strict face takes an empty object' 200 "$defaults"
things /api/v1/things '' CONTENT_TYPE=
says 'and an empty body' 200 "$defaults"
things /api/v1/things '{"id":null,"n":null,"status":null}'
says 'null is absent' 200 "$defaults"
things /api/v1/things '{"meta":null}'
says 'null may be told apart' 200 "$(echo "$defaults" | sed s/d\":false/d\":true/)"
things '/api/v1/things?limit=10' \
    '{"id":"'$u'","n":9,"status":"closed","m\u0065ta" : { "a" :1e2 , "b":"}"} }'
says 'documents keep their bytes' 200 '{"owner":"ann@example.com","limit":10,"id":"'$low'","n":9,"status":1,"cleared":false,"meta":"{ \"a\" :1e2 , \"b\":\"}\"}"}'
while IFS='|' read -r body detail; do
	things /api/v1/things "$body"
	says "strict: $body" 400 '{"detail":"'"$detail"'"}'
done <<'X'
{"id":"{01234567-89ab-cdef-0123-456789abcdef}"}|id: must be a UUID
{"id":"0123456789abcdef0123456789abcdef"}|id: must be a UUID
{"id":7}|id: must be a string
{"n":"3"}|n: must be an integer
{"n":3.0}|n: must be an integer
{"n":true}|n: must be an integer
{"n":10}|n: must be at most 9
{"status":"pending"}|status: must be one of open, closed
{"status":7}|status: must be one of open, closed
{"meta":[]}|meta: must be an object
{"meta":{"a":"01234567890123456789012345"}}|meta: must be at most 32 bytes
{"meta":7,"n":0}|n: must be at least 1
[]|body: must be an object
{|Malformed JSON: syntax error
X
while IFS='|' read -r query detail; do
	things "/api/v1/things?$query" '{"n":0}'
	says "strict: ?$query" 400 '{"detail":"'"$detail"'"}'
done <<'X'
x=1|Unknown query parameter: x
x|Unknown query parameter: x
%6cimit=1&limit=1|Repeated query parameter: limit
limit=%zz|Malformed query
limit=0|limit: must be at least 1
limit=+1|limit: must be an integer
X
door GET '/api/v1/refused?a=1' ''
says 'strict without a table, too' 400 '{"detail":"Unknown query parameter: a"}'
things '/api/v1/things?x=1' '{' HTTP_AUTHORIZATION=
says 'identity comes before the query' 401 '{"detail":"Missing Authorization header"}'
big=$(printf %02000d 0)
things '/api/v1/things?limit=0' "$big" CONTENT_TYPE=text/plain
says 'size comes before type and fields' 413 '{"detail":"Request body too large"}'
things '/api/v1/things?limit=0' x CONTENT_TYPE=text/plain
says 'type comes before JSON and fields' 415 '{"detail":"Content-Type must be application/json"}'
door GET /api/v1/refused ''
says 'a 403 of its own' 403 '{"detail":"user_id does not match the token"}'
lacks 'is no challenge' '^WWW-Authenticate'

things '/api/things?x=1&limit=0&limit=2' '{"id":"{0123456789abcdef0123456789ABCDEF}","n":"3"}'
says 'studio is lax, and keeps its /api' 200 '{"owner":"ann@example.com","limit":2,"id":"'$low'","n":3,"status":0,"cleared":false,"meta":null}'
things /api/things '{"n":0,"meta":7}'
fault='{"type":"greater_than_equal","loc":["body","n"],"msg":"Input should be greater than or equal to 1","input":0,"ctx":{"ge":1}},{"type":"dict_type","loc":["body","meta"],"msg":"Input should be a valid dictionary","input":7}'
says 'studio lists its faults' 422 '{"detail":['"$fault"']}'
things /things '{"n":0,"meta":7}'
says 'runs names them errors' 422 '{"detail":"Validation error","errors":['"$fault"']}'
things '/things?limit=0' "$big"
says 'only a 422 lists faults' 413 '{"detail":"Request body too large"}'
door GET /only ''
says 'studio is not found without /api' 404 '{"detail":"Not Found"}'
door GET /api/api/only ''
says 'nor with two' 404 '{"detail":"Not Found"}'
door GET /api/only ''
says 'a redirect has no body' 307 ''
has 'but a place' 'Location: https://elsewhere.example/x' 'Content-Length: 0' \
    'Cache-Control: no-store'
lacks 'and no type' '^Content-Type'

things /chatkit/doc ' {"a" : 1} '
says 'a document is an object' 200 ' {"a" : 1} '
things /chatkit/doc '[1]'
says 'and nothing else' 400 '{"detail":"body: must be an object"}'
things /chatkit/any '[1]'
says 'or anything' 200 '[1]'
things /chatkit/any '[1'
says 'as long as it is JSON' 400 '{"detail":"Malformed JSON: syntax error"}'

door PUT /chatkit/file abc CONTENT_TYPE=text/plain
says 'a file needs no JSON' 201 '{"owner":"ann@example.com","link":null,"len":3,"sum":294}'
door PUT '/chatkit/file?token=t%2Ex' "$(printf %0150d 0)" HTTP_AUTHORIZATION=nonsense \
    HTTP_ORIGIN=https://other.example
says 'a link needs no owner' 201 '{"owner":null,"link":"t.x","len":150,"sum":7200}'
has 'and may come from anywhere' 'Access-Control-Allow-Origin: *'
lacks 'without credentials' '^Access-Control-Allow-Credentials'
door PUT '/chatkit/file?token=x' "$(printf %0151d 0)"
says 'a file has its limit' 413 '{"detail":"File too large (> 100 bytes)."}'
has 'and the link its header' 'Access-Control-Allow-Origin: *'
door PUT '/chatkit/file?token=x&stop=true' "$(printf %0150d 0)"
says 'a handler may stop' 410 '{"detail":"Gone"}'
door PUT '/chatkit/file?token=x' abc CONTENT_LENGTH=4
says 'a short file is none' 400 '{"detail":"Request body is incomplete"}'
door PUT '/chatkit/file' abc HTTP_AUTHORIZATION=
says 'without a link it takes a bearer' 401 '{"detail":"Missing Authorization header"}'
door PUT '/chatkit/file?token=' '' HTTP_ORIGIN=https://page.example
says 'an empty token is one' 201 '{"owner":null,"link":"","len":0,"sum":0}'
has 'but opens nothing to others' 'Access-Control-Allow-Origin: https://page.example'
door PUT '/chatkit/file?token=a&token=b' ''
says 'one token, not two' 400 '{"detail":"Repeated query parameter: token"}'
door PUT '/chatkit/file?token=%zz' '' HTTP_AUTHORIZATION=
says 'a malformed token' 400 '{"detail":"Malformed query"}'
# The writer would be killed, if the unread body were left in the pipe.
printf %0300000d 0 >"$T/large"
(cat "$T/large" && echo written >&2) 2>"$T/writer" |
    env REQUEST_METHOD=PUT REQUEST_URI='/chatkit/file?token=x' \
    CONTENT_LENGTH=300000 "$BUILDDIR/t/fcgi/door" >"$T/all" 2>"$T/err"
grep -q '^Status: 413' "$T/all" && [ "$(cat "$T/writer")" = written ]
tell $? 'an unread body is taken nevertheless'

door GET '/api/stored?token=t' ''
has 'type and cache rule go along to a file' 'X-Accel-Redirect: /_bobbin/files/x' \
    'Content-Type: image/png' 'Cache-Control: private, no-cache' 'ETag: "tag"'
door GET '/api/stored?token=t' '' HTTP_IF_NONE_MATCH='"tag"'
says 'or nothing, if it is known' 304 ''
lacks 'and no file' '^X-Accel'
door POST /chatkit/handed ''
has 'the agent is told what is known' 'X-Accel-Redirect: @agent' \
    'X-Bobbin-Owner: ann@example.com' 'X-Bobbin-Thread: a%20b' \
    'X-Bobbin-Action: message' 'X-Bobbin-Repeat: 0' 'X-Bobbin-Message: m%2F1' \
    'X-Bobbin-Title: %C3%A4%0D%0A' 'X-Bobbin-Thread-Key: key'
lacks 'and nothing else' '^(X-Bobbin-Run|Content-Type|Cache-Control):'
echo "1..$n"
exit $bad
