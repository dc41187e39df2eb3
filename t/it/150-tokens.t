# 150-tokens.t: whom a token makes you, and what is said when it does not.
. "${SRCDIR:?}/t/it/lib.sh"

it_site='s/rate=50r/rate=5000r/'
it_start
cp -p "$T/bobbin.conf" "$T/bobbin.conf.base"
now=$(date +%s)

# _with [LINE...]: bobbin again, with these options too.
_with() {
	stop_bobbin
	cp -p "$T/bobbin.conf.base" "$T/bobbin.conf"
	for l in "$@"; do
		echo "$l" >>"$T/bobbin.conf"
	done
	start_bobbin
	_wait_for alive
}

_b64() { basenc --base64url -w0 | tr -d =; }

# _hs CLAIMS [HEADER [SECRET]]: a token.
_hs() {
	t=$(printf %s "${2:-{\"alg\":\"HS256\"\}}" | _b64).$(printf %s "$1" | _b64)
	echo "$t.$(printf %s "$t" | openssl dgst -sha256 -mac HMAC \
	    -macopt "key:${3:-$it_secret}" -binary | _b64)"
}

# _claims MEMBERS: these after an email and an expiry, which they may repeat
# only instead of them.
_claims() {
	case $1 in
	*'"email":'*) ;;
	*)	set -- '"email":"tess@example.com"'"${1:+,$1}" ;;
	esac
	case $1 in
	*'"exp":'*) ;;
	*)	set -- '"exp":'$((now + 3600))",$1" ;;
	esac
	printf '{%s}\n' "$1"
}

# _bear TOKEN [curl's arguments]: a request with it.
_bear() {
	[ ${#1} -lt 20 ] || secret "$1"
	it_bearer=$1
	shift
	get /chat-threads -H "Authorization: Bearer $it_bearer" "$@"
}

_refused() {
	status_is 401
	body_is "{\"detail\":\"$1\"}"
	header_is WWW-Authenticate "${2-Bearer error=\"invalid_token\"}"
	header_is Cache-Control no-store
	no_header Retry-After
}

# _judged CLAIMS DETAIL: of a token with a good signature.
_judged() {
	_bear "$(_hs "$(_claims "$1")")"
	[ -n "$2" ] || {
		status_is 200
		return
	}
	_refused "$2"
}

# --- 401, the first case that applies

no_token_is_a_challenge() {
	get /chat-threads
	_refused 'Missing Authorization header' Bearer
	post /sentiment 'not even JSON'
	_refused 'Missing Authorization header' Bearer
	get '/chat-threads?limit=0'
	_refused 'Missing Authorization header' Bearer
	get /chat-threads -H "Cookie: token=$(token_of alice)" \
	    -H "X-Authorization: Bearer $(token_of alice)"
	_refused 'Missing Authorization header' Bearer
}

the_scheme_is_bearer() {
	for v in 'Basic YTpi' "$(token_of alice)" 'Bearerx y' 'Token a' \
	    "Bearer,$(token_of alice)"; do
		get /chat-threads -H "Authorization: $v"
		_refused "Invalid Authorization header format. Expected 'Bearer <token>'"
	done
	for v in Bearer 'Bearer   '; do
		get /chat-threads -H "Authorization: $v"
		_refused 'Invalid Authorization header format'
	done
	for v in Bearer bearer BEARER 'BeArEr  '; do
		get /chat-threads -H "Authorization: $v $(token_of alice)"
		status_is 200
	done
}

a_token_has_three_parts_of_json() {
	good=$(_hs "$(_claims)")
	head=$(echo $good | cut -d . -f 1) claims=$(echo $good | cut -d . -f 2)
	sig=$(echo $good | cut -d . -f 3)
	for bad in x a.b "$head.$claims" "$good." "$good.$sig" ".$claims.$sig" \
	    "$head..$sig" "$head.$claims.$sig=" "$head.$claims=.$sig" \
	    "$head.$claims.$sig+" "$head.$claims. $sig" "$head.+$claims.$sig" \
	    "$(_hs "$(_claims)" x)" "$(_hs "$(_claims)" '[]')" "$(_hs 7)" \
	    "$(_hs x)" "$(_hs '[]')" "$(_hs "$(_claims)x")" \
	    "$(_hs "{\"email\":\"a@b\",$(_claims '"email":"c@d"' | cut -c 2-)")" \
	    "$(_hs "$(_claims)" '{"alg":"HS256","alg":"HS256"}')" \
	    "$(_hs "$(_claims)" '{"alg":"HS256","crit":["x"],"x":1}')" \
	    "$(head -c 9000 /dev/zero | tr '\0' a)"; do
		_bear "$bad"
		case $(status) in
		431)	continue ;;	# nginx's, before us
		esac
		_refused 'Invalid JWT token format'
	done
}

the_algorithm_is_the_keys() {
	none=$(printf '{"alg":"none"}' | _b64).$(_claims | tr -d '\n' | _b64)
	for bad in "$(_hs "$(_claims)" '{"alg":"none"}')" \
	    "$(_hs "$(_claims)" '{"alg":"HS512"}')" \
	    "$(_hs "$(_claims)" '{"alg":"hs256"}')" \
	    "$(_hs "$(_claims)" '{"alg":"RS256"}')" \
	    "$none.AA"; do
		_bear "$bad"
		_refused 'Invalid token: public key not found'
	done
	# An unsigned one is refused whatever it is called.
	_bear "$none."
	status_is 401
}

a_signature_is_for_these_bytes() {
	_bear "$(_hs "$(_claims)" '' another-secret-0123456789abcdef0123456789)"
	_refused 'Invalid token signature'
	good=$(_hs "$(_claims)")
	_bear "${good%.*}.$(printf x | _b64)"
	_refused 'Invalid token signature'
	forged=$(_claims '"email":"alice@example.com"' | tr -d '\n' | _b64)
	_bear "${good%%.*}.$forged.${good##*.}"
	_refused 'Invalid token signature'
	# Nothing of a claim is said before the signature.
	_bear "$(_hs '{"exp":1}' '' another-secret-0123456789abcdef0123456789)"
	_refused 'Invalid token signature'
}

a_token_has_its_time() {
	for exp in $((now - 3600)) 0 -1 "\"$((now + 3600))\"" null true \
	    1e300 99999999999999999999 $((now - 31)); do
		_judged "\"exp\":$exp" 'Token has expired'
	done
	_bear "$(_hs '{"email":"tess@example.com"}')"
	_refused 'Token has expired'
	for t in nbf iat; do
		_judged "\"$t\":$((now + 3600))" 'Token not yet valid'
		_judged "\"$t\":\"$now\"" 'Token not yet valid'
		_judged "\"$t\":$((now - 3600))"
		_judged "\"$t\":$((now + 20))"
	done
	_judged "\"exp\":$(($(date +%s) - 5))"
	_judged "\"exp\":$(($(date +%s) + 60)).75"
}

leeway_is_configured() {
	_with 'JWT_LEEWAY_SECONDS = 0'
	_judged "\"exp\":$(($(date +%s) - 1))" 'Token has expired'
	_judged "\"nbf\":$(($(date +%s) + 60))" 'Token not yet valid'
	_judged ''
	_with
}

issuer_and_audience_are_configured() {
	_judged '"iss":"anybody","aud":7'
	_with 'JWT_ISSUER = https://a.example,https://b.example' \
	    'JWT_AUDIENCE = one,two'
	for good in '"iss":"https://a.example","aud":"one"' \
	    '"iss":"https://b.example","aud":["x","two"]'; do
		_judged "$good"
	done
	for bad in '' '"iss":"https://a.example/"' '"iss":["https://a.example"]' \
	    '"iss":"HTTPS://A.EXAMPLE","aud":"one"' '"iss":null'; do
		_judged "$bad" 'Invalid token issuer'
	done
	for bad in '' ',"aud":"three"' ',"aud":["three"]' ',"aud":[]' \
	    ',"aud":{"one":1}' ',"aud":"one,two"'; do
		_judged '"iss":"https://a.example"'"$bad" \
		    'Invalid token audience'
	done
	_judged '"exp":1' 'Token has expired'
	rm -f "$T/token.kate"
	as kate get /chat-threads	# bobbin token knows both
	status_is 200
	_with
}

a_token_names_an_email() {
	long=$(printf '%0255d' 0)
	for bad in 7 null '""' '["a@b"]' '"'${long}0'"' '"a\nb@c"' \
	    '"\u0000"' '" alice@example.com"' '"alice@example.com "'; do
		case $bad in
		*u0000*)  _judged '"email":'"$bad" 'Invalid JWT token format' ;;
		*)	_judged '"email":'"$bad" 'User email not found in token' ;;
		esac
	done
	_bear "$(_hs '{"exp":'$((now + 3600))'}')"
	_refused 'User email not found in token'
	_judged '"email":"'$long'"'
	_judged '"email":"'"$(printf '%0255d' 0 | sed 's/0/č/g')"'"'
	_judged '"email":"'"$(printf '%0256d' 0 | sed 's/0/č/g')"'"' \
	    'User email not found in token'
}

an_email_must_be_verified() {
	for bad in false '"false"' '"False"'; do
		_judged '"email_verified":'"$bad" 'User email not verified'
	done
	for good in true '"true"' null; do
		_judged '"email_verified":'"$good"
	done
}

the_first_case_counts() {
	_with 'JWT_ISSUER = us' 'JWT_AUDIENCE = us'
	_judged '"exp":1,"iss":"x","email":7' 'Token has expired'
	_judged "\"nbf\":$((now + 3600)),\"iss\":\"x\"" 'Token not yet valid'
	_judged '"iss":"x","aud":"x"' 'Invalid token issuer'
	_judged '"iss":"us","aud":"x","email":7' 'Invalid token audience'
	_judged '"iss":"us","aud":"us","email":7,"email_verified":false' \
	    'User email not found in token'
	_with
}

an_email_is_lower_cased() {
	_bear "$(_hs "$(_claims '"email":"Tess@EXAMPLE.com"')")"
	as tess post /chat/cased/runs '{}'
	get /chat/cased/run-ids -H \
	    "Authorization: Bearer $(_hs "$(_claims '"email":"TESS@Example.com"')")"
	json_is '.run_ids | length' 1
	delete /chat/cased -H \
	    "Authorization: Bearer $(_hs "$(_claims '"email":"TESS@Example.com"')")"
	json_is .user_email '"tess@example.com"'
}

# --- Agents and administrators

an_agent_acts_for_the_owner_it_names() {
	as agent post /chat/behalf/runs '{"prompt":"x"}' \
	    -H 'X-Bobbin-On-Behalf-Of: Olga@Example.COM' \
	    -H 'X-Request-Id: on-behalf-1'
	status_is 201
	as olga get /chat/behalf/run-ids
	json_is '.run_ids | length' 1
	as agent get /chat/behalf/run-ids
	json_is '.run_ids | length' 0
	as agent get /chat/behalf/run-ids \
	    -H 'X-Bobbin-On-Behalf-Of: olga@example.com'
	json_is '.run_ids | length' 1
	grep 'rid=on-behalf-1 ' "$T/log/bobbin.log" >"$T/line"
	is "$(wc -l <"$T/line")" 1 'lines about the write'
	grep -q 'owner=.* sub=sub-of-agent$' "$T/line" ||
	    flunk "$(cat "$T/line")"
}

nobody_else_may_name_an_owner() {
	remember_rows
	for w in bob admin; do
		as $w post /chat/behalf/runs '{}' \
		    -H 'X-Bobbin-On-Behalf-Of: olga@example.com'
		status_is 403
		body_is '{"detail":"Insufficient scope"}'
		header_is WWW-Authenticate 'Bearer error="insufficient_scope"'
		header_is Cache-Control no-store
	done
	as bob get /chat-threads -H 'X-Bobbin-On-Behalf-Of: bob@example.com'
	status_is 403
	get /chat-threads -H 'X-Bobbin-On-Behalf-Of: bob@example.com'
	status_is 401
	nothing_changed
}

an_owner_must_look_like_one() {
	remember_rows
	for bad in "$(printf '%0256d' 0)" "$(printf '\377')" \
	    "$(printf 'a\tb')"; do
		as agent post /chat/behalf/runs '{}' \
		    -H "X-Bobbin-On-Behalf-Of: $bad"
		status_is 400
		json_is '.detail | type' '"string"'
	done
	nothing_changed
}

# As of an agent whose variable is not set.
an_empty_owner_is_not_the_agent_itself() {
	as agent post /chat/own/runs '{"prompt":"x"}'
	status_is 201
	remember_rows
	none='X-Bobbin-On-Behalf-Of;'	# curl's word for an empty header
	as agent get /chat/own/run-ids -H "$none"
	status_is 400
	body_is '{"detail":"X-Bobbin-On-Behalf-Of is invalid"}'
	as agent post /chat/own/runs '{"prompt":"y"}' -H "$none"
	status_is 400
	as agent delete /chat/own -H "$none"
	status_is 400
	as agent post /api/v1/threads/own/checkpoints '{}' -H "$none"
	status_is 400
	body_is '{"detail":"X-Bobbin-On-Behalf-Of is invalid"}'
	for w in bob admin; do
		as $w get /chat-threads -H "$none"
		status_is 403
		body_is '{"detail":"Insufficient scope"}'
		as $w post /chat/own/runs '{}' -H "$none"
		status_is 403
	done
	get /chat-threads -H "$none"
	status_is 401
	nothing_changed
}

scopes_are_words() {
	for s in '"scope":"x bobbin:agent y"' '"scope":["bobbin:agent"]' \
	    '"scp":["x","bobbin:agent"]'; do
		_bear "$(_hs "$(_claims "$s")")" \
		    -H 'X-Bobbin-On-Behalf-Of: olga@example.com'
		status_is 200
		json_is .total_count 1
	done
	for s in '"scope":"bobbin:agents"' '"scope":"xbobbin:agent"' \
	    '"scope":"BOBBIN:AGENT"' '"scope":{"bobbin:agent":true}' \
	    '"scope":["x bobbin:agent"]' '"scope":"bobbin:agent,x"' \
	    '"scopes":"bobbin:agent"'; do
		_bear "$(_hs "$(_claims "$s")")" \
		    -H 'X-Bobbin-On-Behalf-Of: olga@example.com'
		status_is 403
	done
}

a_subject_forges_no_log_line() {
	t=$(_hs "$(_claims '"scope":"bobbin:agent","sub":"x\nFORGED y"')")
	secret "$t"
	post /chat/forged/runs '{}' -H "Authorization: Bearer $t" \
	    -H 'X-Request-Id: forging-1'
	status_is 201
	! grep -q '^FORGED' "$T/log/bobbin.log" || flunk "it does"
	grep -q 'rid=forging-1 ' "$T/log/bobbin.log" || flunk "no line at all"
}

a_repeated_identity_is_400() {
	remember_rows
	as agent post /chat/behalf/runs '{}' \
	    -H 'X-Bobbin-On-Behalf-Of: olga@example.com' \
	    -H 'X-Bobbin-On-Behalf-Of: bob@example.com'
	status_is 400
	json_is '.detail | type' '"string"'
	as alice post /chat/behalf/runs '{}' \
	    -H "Authorization: Bearer $(token_of olga)"
	status_is 400
	nothing_changed
}

# --- Keys from a file

# _key KIND: a key pair and its JWK, with the kind as kid.
_key() {
	case $1 in
	rs*)	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 ;;
	es*)	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 ;;
	ed*)	openssl genpkey -algorithm ED25519 ;;
	esac >"$T/$1.pem" 2>/dev/null
	openssl pkey -in "$T/$1.pem" -pubout -outform DER >"$T/$1.der"
	case $1 in
	rs*)	n=$(openssl rsa -in "$T/$1.pem" -noout -modulus |
		    sed 's/.*=//' | perl -ne 'chomp; print pack "H*", $_' | _b64)
		echo '{"kty":"RSA","kid":"'$1'","e":"AQAB","n":"'$n'"}' ;;
	es*)	echo '{"kty":"EC","crv":"P-256","kid":"'$1'","x":"'$(tail -c 64 \
		    "$T/$1.der" | head -c 32 | _b64)'","y":"'$(tail -c 32 \
		    "$T/$1.der" | _b64)'"}' ;;
	ed*)	echo '{"kty":"OKP","crv":"Ed25519","kid":"'$1'","x":"'$(tail \
		    -c 32 "$T/$1.der" | _b64)'"}' ;;
	esac >"$T/$1.jwk"
}

# _jwks KIND...: the file with these keys, by rename.
_jwks() {
	for k in "$@"; do
		cat "$T/$k.jwk"
	done | jq -sc '{keys: .}' >"$T/jwks.new"
	chmod 644 "$T/jwks.new"
	mv "$T/jwks.new" "$T/jwks.json"
}

# _signed ALG KEY [KID [CLAIMS]]
_signed() {
	header='{"alg":"'$1'","kid":"'${3:-$2}'"}'
	t=$(printf %s "$header" | _b64).$(printf %s "${4:-$(_claims)}" | _b64)
	printf %s "$t" >"$T/to-sign"
	case $1 in
	RS256)	openssl dgst -sha256 -sign "$T/$2.pem" "$T/to-sign" ;;
	ES256)	openssl dgst -sha256 -sign "$T/$2.pem" "$T/to-sign" |
		    openssl asn1parse -inform DER |
		    perl -ne 'print pack "H*", substr("0" x 64 . $1, -64)
			if /INTEGER *:([0-9A-F]+)/' ;;
	EdDSA)	openssl pkeyutl -sign -rawin -inkey "$T/$2.pem" \
		    -in "$T/to-sign" ;;
	esac >"$T/signature"
	echo "$t.$(_b64 <"$T/signature")"
}

_with_keys() {
	for k in rs1 rs2 es1 ed1; do
		_key $k
	done
	rm -f "$T/jwks.json"
	_with "JWT_JWKS_FILE = $T/jwks.json"
}

without_keys_it_is_503() {
	_with_keys
	_bear "$(_signed RS256 rs1)" -H "Origin: $it_origin"
	status_is 503
	body_is '{"detail":"Token verification keys are unavailable"}'
	header_is Retry-After 5
	header_is Access-Control-Allow-Origin "$it_origin"
	no_header WWW-Authenticate
	_bear x
	_refused 'Invalid JWT token format'
	as alice get /chat-threads
	status_is 200
}

# _becomes STATUS TOKEN: keys are looked at once a second.
_becomes() {
	_bear "$2"
	[ "$(status)" = "$1" ]
}

a_file_that_comes_is_picked_up() {
	_jwks rs1 es1 ed1
	_wait_for _becomes 200 "$(_signed RS256 rs1)" || status_is 200
	# Each worker looks for itself.
	for i in 1 2 3 4 5 6 7 8; do
		_wait_for _becomes 200 "$(_signed ES256 es1)" || status_is 200
	done
	_bear "$(_signed EdDSA ed1)"
	status_is 200
}

a_key_is_chosen_by_kid_and_algorithm() {
	_bear "$(_signed RS256 rs2)"
	_refused 'Invalid token: public key not found'
	_bear "$(_signed RS256 rs2 rs1)"
	_refused 'Invalid token signature'
	_bear "$(_signed RS256 rs1 es1)"
	_refused 'Invalid token: public key not found'
	_bear "$(_hs "$(_claims)" '{"alg":"HS256","kid":"rs1"}' \
	    "$(openssl pkey -in "$T/rs1.pem" -pubout)")"
	_refused 'Invalid token signature'
	t=$(_signed ES256 es1)
	_bear "${t%.*}.$(openssl dgst -sha256 -sign "$T/es1.pem" "$T/to-sign" |
	    _b64)"
	_refused 'Invalid token signature'
	_bear "$(_signed RS256 rs1 rs1 '{"exp":1}')"
	_refused 'Token has expired'
}

a_rotated_file_is_picked_up() {
	old=$(_signed RS256 rs1)
	_bear "$old"
	status_is 200
	_jwks rs2
	_wait_for _becomes 200 "$(_signed RS256 rs2)" || status_is 200
	# What was good is forgotten with its key, by every worker.
	for i in 1 2 3 4 5 6 7 8; do
		_wait_for _becomes 401 "$old" || status_is 401
	done
	_refused 'Invalid token: public key not found'
}

a_useless_file_replaces_nothing() {
	t=$(_signed RS256 rs2)
	for bad in '' '{' '{"keys":[]}' '[]'; do
		printf %s "$bad" >"$T/jwks.new"
		mv "$T/jwks.new" "$T/jwks.json"
		_wait_for _warned || flunk "no warning about $bad"
		for i in 1 2 3 4; do
			_bear "$t"
			status_is 200
		done
	done
	rm "$T/jwks.json"
	_bear "$t"
	status_is 200
}

# Asks until a line tells that the file at hand was looked at.
_warned() {
	_bear "$t"
	[ "$(grep -c 'no usable key' "$T/log/bobbin.log")" -gt "${warned:-0}" ] &&
	    warned=$(grep -c 'no usable key' "$T/log/bobbin.log")
}

# --- Another header

a_proxys_header_may_carry_the_token() {
	_with 'JWT_HEADER = X-Forwarded-Access-Token'
	t=$(token_of alice)
	for v in "$t" "Bearer $t" "bearer $t"; do
		get /chat-threads -H "X-Forwarded-Access-Token: $v"
		status_is 200
		header_is Vary 'Origin, X-Forwarded-Access-Token'
	done
	get /chat-threads -H "Authorization: Bearer $t"
	_refused 'Missing Authorization header' Bearer
	get /chat-threads -H 'X-Forwarded-Access-Token: x'
	_refused 'Invalid JWT token format'
	get /chat-threads -H "X-Forwarded-Access-Token: $t" \
	    -H "X-Forwarded-Access-Token: $t"
	status_is 400
	_with
}

# --- bobbin token

# _token STATUS [ARGUMENTS]: its answer in $T/out and $T/err.
_token() {
	want=$1
	shift
	bobbin_run token "$@" >"$T/out" 2>"$T/err"
	is $? "$want" "status of token $*"
}

bobbin_token_mints_what_bobbin_takes() {
	_token 0 --ttl 60 --scope 'a bobbin:admin' --sub me New@example.com
	_bear "$(cat "$T/out")"
	status_is 200
	cut -d . -f 2 "$T/out" | tr '_-' '/+' |
	    sed 's/$/==/' | base64 -di 2>/dev/null >"$T/body"
	json_is '[.email, .sub, .scope, .email_verified, .exp - .iat]' \
	    '["New@example.com","me","a bobbin:admin",true,60]'
	_token 0 new@example.com
	cut -d . -f 2 "$T/out" | tr '_-' '/+' |
	    sed 's/$/==/' | base64 -di 2>/dev/null >"$T/body"
	json_is '[.sub, .scope, .exp - .iat]' '["new@example.com",null,3600]'
	_token 0 "$(printf '%0255d' 0 | sed 's/0/č/g')"
	_bear "$(cat "$T/out")"
	status_is 200
}

bobbin_token_says_what_is_wrong() {
	for bad in '' '--ttl 0 a@b' '--ttl x a@b' '--ttl 315360001 a@b' \
	    '--scope' 'a@b c@d' '--nothing a@b' '--ttl 5'; do
		_token 64 $bad
		grep -q '^usage: bobbin token' "$T/err" || flunk "no usage"
		is "$(wc -c <"$T/out")" 0 'length of the output'
	done
	_token 64 ''
	_token 64 "$(printf '%0256d' 0)"
	_token 65 --scope "$(printf '%09000d' 0)" a@b
	grep -q 'longer than' "$T/err" || flunk "$(cat "$T/err")"
	_token 0 --help
	: >"$T/none.conf"
	chmod 644 "$T/none.conf"
	_token 78 -c "$T/none.conf" a@b
	grep -q JWT_HS256_SECRET "$T/err" || flunk "$(cat "$T/err")"
	echo 'JWT_HS256_SECRET = too-short' >"$T/none.conf"
	_token 78 -c "$T/none.conf" a@b
	is "$(wc -c <"$T/out")" 0 'length of the output'
	! grep -q too-short "$T/err" || flunk "it shows the secret"
}

it_run
