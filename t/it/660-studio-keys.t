# 660-studio-keys.t: API keys: sealed, masked, opened for agents alone.
. "${SRCDIR:?}/t/it/lib.sh"

it_conf='ENCRYPTION_KEY = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
it_site='s/rate=50r/rate=5000r/'
it_start
secret AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=

keys=/api/users/me/api-keys
for_ann='X-Bobbin-On-Behalf-Of: ann@example.com'
long=$(printf %0512d 0)

_keys() { as ann get $keys; }
_save() { as ann post $keys "$@"; }
_raw() { as agent get $keys/raw -H "$for_ann"; }

# _masks OPENAI ANTHROPIC: as JSON.
_masks() {
	status_is 200
	body_is '{"openai_key":'"$1"',"anthropic_key":'"$2"'}'
	header_is Cache-Control no-store
}

nothing_is_stored_at_first() {
	_keys
	_masks null null
	_raw
	_masks null null
	_save '{}'
	_masks null null
	as ann request POST $keys
	_masks null null
	is "$(sql 'SELECT count(*) FROM user_api_keys')" 0
}

a_saved_key_is_sealed_and_masked() {
	secret sk-test-1234567890abcdef
	_save '{"openai_key":"  sk-test-1234567890abcdef\n"}'
	_masks '"sk-...abcdef"' null
	_keys
	_masks '"sk-...abcdef"' null
	is "$(sql "SELECT left(openai_key, 8), anthropic_key IS NULL, email
	    FROM user_api_keys")" 'Z0FBQUFB|t|ann@example.com'
	_raw
	_masks '"sk-test-1234567890abcdef"' null
}

every_kind_has_its_mask() {
	while read -r key mask; do
		secret "$key"
		_save '{"anthropic_key":"'"$key"'"}'
		json_is .anthropic_key "\"$mask\""
		_raw
		json_is .anthropic_key "\"$key\""
	done <<-X
	sk-ant-api03-zyxwvutsrq sk-ant-...vutsrq
	plain-key-without-prefix plai...efix
	kurz-7-1 kurz...-7-1
	seven-7 ***
	$long 0000...0000
	X
	_keys
	json_is .openai_key '"sk-...abcdef"'
}

masks_sent_back_change_nothing() {
	_save '{"anthropic_key":"sk-ant-api03-zyxwvutsrq"}'
	remember_rows
	_save '{"openai_key":"sk-...abcdef","anthropic_key":" sk-ant-...vutsrq "}'
	_masks '"sk-...abcdef"' '"sk-ant-...vutsrq"'
	nothing_changed
	# One is sent back, the other one is new.
	secret sk-new-000000000000
	_save '{"openai_key":"sk-new-000000000000","anthropic_key":"sk-ant-...vutsrq"}'
	_masks '"sk-...000000"' '"sk-ant-...vutsrq"'
	_raw
	_masks '"sk-new-000000000000"' '"sk-ant-api03-zyxwvutsrq"'
}

other_masks_are_refused() {
	remember_rows
	for k in '***' 'sk-...abcdef' 'a...b' 'sk-ant-...000000'; do
		_save '{"anthropic_key":"new-key-that-is-not-stored","openai_key":"'"$k"'"}'
		status_is 422
		body_is '{"detail":[{"type":"value_error","loc":["body","openai_key"],"msg":"Value error, API key is masked","input":null,"ctx":{"error":{}}}]}'
	done
	nothing_changed
}

what_is_no_key_is_refused_and_not_repeated() {
	remember_rows
	secret do-not-echo
	for v in '7' 'true' '["do-not-echo"]' '{"do-not-echo":1}' \
	    '"do-not-echo two"' '"do-not-echo-\u00fc"' '"do-not-echo\u0001"' \
	    "\"${long}do-not-echo\"" '" "'; do
		_save '{"openai_key":'"$v"',"anthropic_key":"other-do-not-echo"}'
		status_is 422
		json_is '.detail[0] | [.loc, .input]' \
		    '[["body","openai_key"],null]'
		! grep -q do-not-echo "$T/body" || flunk "$(cat "$T/body")"
	done
	for b in '["do-not-echo"]' '"do-not-echo"' null; do
		_save "$b"
		status_is 422
		json_is '.detail[0] | [.type, .input]' \
		    '["model_attributes_type",null]'
	done
	_save '{"openai_key":"do-not-echo'
	status_is 400
	! grep -q do-not-echo "$T/body" || flunk "$(cat "$T/body")"
	nothing_changed
}

absent_stays_null_and_empty_clear() {
	_save '{"openai_key":""}'
	_masks null '"sk-ant-...vutsrq"'
	_save '{"anthropic_key":null}'
	_masks null null
	_save '{"openai_key":"sk-test-1234567890abcdef"}'
	as ann delete $keys
	status_is 204
	_keys
	_masks null null
	as ann delete $keys
	status_is 204
}

owners_do_not_meet() {
	_save '{"openai_key":"sk-test-1234567890abcdef"}'
	as bob get $keys
	_masks null null
	as bob delete $keys
	_keys
	_masks '"sk-...abcdef"' null
	for u in ann@example.com x '%20me' 'ann@example.com%00'; do
		remember_rows
		as bob get "/api/users/$u/api-keys"
		case $u in
		*%00) status_is 400 ;;
		*)	status_is 403
			body_is '{"detail":"user_id does not match the token"}' ;;
		esac
		as bob post "/api/users/$u/api-keys" '{"openai_key":""}'
		as bob delete "/api/users/$u/api-keys"
		nothing_changed
	done
	as bob post "/api/users/ann@example.com/api-keys" '{"openai_key":1}'
	status_is 422
	as ann get /api/users/ANN%40example.com/api-keys
	_masks '"sk-...abcdef"' null
}

plain_keys_are_for_agents_and_logged() {
	for who_ in ann bob admin; do
		as $who_ get $keys/raw
		status_is 403
		body_is '{"detail":"Insufficient scope"}'
	done
	as ann get $keys/raw -H "$for_ann"
	status_is 403
	as agent get $keys/raw
	status_is 400
	body_is '{"detail":"X-Bobbin-On-Behalf-Of is required"}'
	as agent get /api/users/bob@example.com/api-keys/raw -H "$for_ann"
	status_is 403
	as agent get /api/users/ann@example.com/api-keys/raw -H "$for_ann" \
	    -H 'X-Request-Id: the-raw-one'
	_masks '"sk-test-1234567890abcdef"' null
	grep 'rid=the-raw-one owner=[0-9a-f]* agent read: GET /api/users/{user_id}/api-keys/raw sub=sub-of-agent' \
	    "$T/log/bobbin.log" >/dev/null ||
	    flunk "$(tail -n 3 "$T/log/bobbin.log")"
}

what_no_key_opens_survives_a_save() {
	sql "UPDATE user_api_keys SET anthropic_key = 'Z0FBQUFBnonsense'
	    WHERE email = 'ann@example.com'"
	_keys
	_masks '"sk-...abcdef"' '"***"'
	remember_rows
	_save '{"openai_key":"sk-...abcdef","anthropic_key":"***"}'
	_masks '"sk-...abcdef"' '"***"'
	nothing_changed
	_raw
	status_is 500
	body_is '{"detail":"Stored key cannot be decrypted"}'
	_save '{"openai_key":"sk-test-1234567890abcdef"}'
	is "$(sql "SELECT anthropic_key FROM user_api_keys
	    WHERE email = 'ann@example.com'")" Z0FBQUFBnonsense
	_save '{"anthropic_key":""}'
	_masks '"sk-...abcdef"' null
}

stored_forms_of_the_reference_are_read() {
	bare=gAAAAABlU_EAAAECAwQFBgcICQoLDA0OD31LZKZ7Opj7TmhwS3zHsq3ZUCcC0jtaTEj8a6ihR4cgXkgipCOeZ71OLBZP9nTZdH786iEeYWSdItCO6MP_Y1I=
	double=Z0FBQUFBQmxVX0VBQUFFQ0F3UUZCZ2NJQ1FvTERBME9EMzFMWktaN09wajdUbWh3UzN6SHNxM1pVQ2NDMGp0YVRFajhhNmloUjRjZ1hrZ2lwQ09lWjcxT0xCWlA5blRaZEg3ODZpRWVZV1NkSXRDTzZNUF9ZMUk9
	sql "UPDATE user_api_keys SET openai_key = '$bare',
	    anthropic_key = '$double' WHERE email = 'ann@example.com'"
	_raw
	_masks '"sk-test-1234567890abcdef"' '"sk-test-1234567890abcdef"'
}

without_an_encryption_key_nothing_is_opened() {
	sed -i '/^ENCRYPTION_KEY/d' "$T/bobbin.conf"
	stop_bobbin
	start_bobbin
	_keys
	_masks '"***"' '"***"'
	remember_rows
	_save '{"openai_key":"sk-test-1234567890abcdef"}'
	status_is 503
	body_is '{"detail":"Encryption key is not configured"}'
	no_header Retry-After
	_save '{"openai_key":7}'
	status_is 422
	_raw
	status_is 503
	nothing_changed
	as ann delete $keys
	status_is 204
	_keys
	_masks null null
}

it_run
