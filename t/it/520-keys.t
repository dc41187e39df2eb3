#!/bin/sh
# 520-keys.t: bobbin key, its ring, and the same tokens in Python.
. "${SRCDIR:?}/t/it/lib.sh"

python3 -c 'import cryptography.fernet' 2>/dev/null ||
    _bail 'python3-cryptography is not installed'
it_start
probe=$BUILDDIR/t/it/probe
old=$("$bobbin" key generate) new=$("$bobbin" key generate)
lost=$("$bobbin" key generate)
secret "$old"
secret "$new"
secret "$lost"

# _with KEYS COMMAND...: with this ENCRYPTION_KEY
_with() {
	it_keys=$1
	shift
	env ENCRYPTION_KEY="$it_keys" "$@"
}

# _key KEYS STATUS rotate: its output in $T/out
_key() {
	env -i PATH="$PATH" ENCRYPTION_KEY="$1" BOBBIN_CONF="$T/bobbin.conf" \
	    "$bobbin" key "$3" >"$T/out" 2>"$T/err"
	is $? "$2" "status of key $3"
}

_counts() {
	is "$(tr '\n' ' ' <"$T/out")" "resealed $1 current $2 unreadable $3 "
}

# Fernet of the reference: KEYS seal|open, a text a line, in the stored form.
_python() {
	_with "$1" python3 -c '
import base64, os, sys
from cryptography.fernet import Fernet, MultiFernet
ring = MultiFernet([Fernet(k) for k in os.environ["ENCRYPTION_KEY"].split(",")])
for line in sys.stdin.buffer:
    line = line.rstrip(b"\n")
    if sys.argv[1] == "seal":
        print(base64.b64encode(ring.encrypt(line)).decode())
    elif sys.argv[1] == "bare":
        print(ring.encrypt(line).decode())
    else:
        print(ring.decrypt(base64.b64decode(line)).decode())
' "$2"
}

_texts() {
	printf '%s\n' sk-test-1234567890abcdef '' x 0123456789abcdef \
	    'ä 🦊' "$(head -c 500 /dev/zero | tr '\0' k)"
}

a_new_key_is_a_new_key() {
	is ${#old} 44
	[ "$old" != "$new" ] || flunk "$old twice"
	python3 -c 'import sys
from cryptography.fernet import Fernet
Fernet(sys.stdin.readline().strip())' <<-X || flunk "no key: $old"
	$old
	X
}

python_opens_what_is_sealed() {
	_texts | _with "$new,$old" "$probe" seal >"$T/sealed" &&
	    _python "$new" open <"$T/sealed" >"$T/opened"
	_texts | cmp - "$T/opened" || flunk "$(cat "$T/opened")"
}

what_python_seals_is_opened() {
	for form in seal bare; do
		_texts | _python "$old" $form >"$T/sealed" &&
		    _with "$new,$old" "$probe" open <"$T/sealed" >"$T/opened"
		_texts | cmp - "$T/opened" || flunk "$(cat "$T/opened")"
	done
	_with "$lost" "$probe" open <"$T/sealed" >"$T/opened"
	is "$(sort -u "$T/opened")" 'error 2'
}

# _store EMAIL OPENAI ANTHROPIC: sealed values, or nothing
_store() {
	sql "INSERT INTO user_api_keys (email, openai_key, anthropic_key)
	    VALUES ('$1', nullif('$2', ''), nullif('$3', ''))"
}

_seal() {
	echo "$2" | _python "$1" "${3:-seal}"
}

_opened() {
	sql "SELECT coalesce($2, '') FROM user_api_keys WHERE email = '$1'" |
	    _with "$new" "$probe" open
}

rotation_seals_anew_what_it_must() {
	_store a@example.com "$(_seal "$old" one)" "$(_seal "$new" two)"
	_store b@example.com '' "$(_seal "$old" three bare)"
	_store c@example.com "$(_seal "$new" four)" ''
	_store d@example.com '' ''
	before=$(sql "SELECT openai_key FROM user_api_keys
	    WHERE email = 'c@example.com'")
	_key "$new,$old" 0 rotate
	_counts 2 2 0
	is "$(_opened a@example.com openai_key)" one
	is "$(_opened a@example.com anthropic_key)" two
	is "$(_opened b@example.com anthropic_key)" three
	is "$(sql "SELECT openai_key FROM user_api_keys
	    WHERE email = 'c@example.com'")" "$before"
	is "$(sql "SELECT count(*) FROM user_api_keys
	    WHERE openai_key IS NULL")" 2
	is "$(sql "SELECT count(*) FROM user_api_keys
	    WHERE anthropic_key NOT LIKE 'Z0FBQUFB%'")" 0
	_key "$new,$old" 0 rotate
	_counts 0 4 0
	_key "$new" 0 rotate
	_counts 0 4 0
}

what_no_key_opens_stays() {
	_store e@example.com "$(_seal "$lost" five)" 'not a token'
	_store f@example.com "$(_seal "$old" six)" ''
	before=$(sql "SELECT openai_key, anthropic_key FROM user_api_keys
	    WHERE email = 'e@example.com'")
	_key "$new,$old" 1 rotate
	_counts 1 4 2
	is "$(sql "SELECT openai_key, anthropic_key FROM user_api_keys
	    WHERE email = 'e@example.com'")" "$before"
	is "$(_opened f@example.com openai_key)" six
	_key "$new,$old" 1 rotate
	_counts 0 5 2
	! grep -F -e five -e six "$T/out" "$T/err" || flunk 'a key is shown'
}

rotation_goes_on_beside_writers() {
	sql "DELETE FROM user_api_keys"
	sealed=$(_seal "$old" seven)
	sql "INSERT INTO user_api_keys (email, openai_key)
	    SELECT 'u' || n || '@example.com', '$sealed'
	      FROM generate_series(1, 500) n"
	_key "$new,$old" 0 rotate &
	rotating=$!
	for n in 499 500; do
		sql "UPDATE user_api_keys SET openai_key = '$sealed',
		    anthropic_key = '$sealed'
		    WHERE email = 'u$n@example.com'"
	done
	wait $rotating
	_key "$new,$old" 0 rotate
	is "$(sql "SELECT openai_key FROM user_api_keys" |
	    _with "$new" "$probe" open | sort | uniq -c | tr -s ' ')" \
	    ' 500 seven'
}

rotation_says_what_it_lacks() {
	_key '' 78 rotate
	grep -q 'neither ENCRYPTION_KEY' "$T/err" || flunk "$(cat "$T/err")"
	printf 'ENCRYPTION_KEY_FILE = %s\n' "$T/keys" >"$T/k.conf"
	_file_says() {
		env -i PATH="$PATH" "$bobbin" key -c "$T/k.conf" rotate \
		    2>"$T/err"
		is $? 78
		grep -q "$1" "$T/err" || flunk "$(cat "$T/err")"
	}
	_file_says 'No such file'
	printf '# none\n\n' >"$T/keys"
	_file_says 'holds no key'
	printf '%s\n%s\n' "$new" "${old%=}" >"$T/keys"
	_file_says "keys:2: no key"
	printf '# new\n%s\n\n %s \n' "$new" "$old" >"$T/keys"
	_file_says 'DATABASE_URL is not set'
}

rotation_says_that_the_database_is_away() {
	sed 's|^DATABASE_URL.*|DATABASE_URL = postgresql:///x?host=/nowhere|' \
	    "$T/bobbin.conf" >"$T/away.conf"
	env -i PATH="$PATH" ENCRYPTION_KEY="$new" "$bobbin" key \
	    -c "$T/away.conf" rotate >"$T/out" 2>"$T/err"
	is $? 1
	grep -q 'database: unavailable' "$T/err" || flunk "$(cat "$T/err")"
}

# _refused OPTION VALUE PATTERN PATTERN STATUS: serve does not start, check
# says why, jobs that need it end with the status.
_refused() {
	sed "/^$1 /d" "$T/bobbin.conf" >"$T/bad.conf"
	printf '%s = %s\n' "$1" "$2" >>"$T/bad.conf"
	sed -i '/^LOG_FILE/d' "$T/bad.conf"
	chmod 644 "$T/bad.conf"
	(cd "$T" && as_priv env -i PATH="$PATH" timeout 20 "$priv_bobbin" \
	    serve -c "$T/bad.conf" --socket "$T/q.sock" \
	    --slow-socket "$T/s.sock") >"$T/out" 2>&1
	is $? 78 "serve with $1"
	grep -qE "$3" "$T/out" || flunk "$1: $(cat "$T/out")"
	(cd "$T" && as_priv env -i PATH="$PATH" timeout 20 "$priv_bobbin" \
	    jobs -c "$T/bad.conf" --once feedback) >"$T/out" 2>&1
	is $? "$5" "jobs with $1"
	env -i PATH="$PATH" "$bobbin" check -c "$T/bad.conf" >"$T/out" 2>&1
	is $? 78 "check with $1"
	grep -qE "$4" "$T/out" || flunk "$1: $(cat "$T/out")"
}

what_cannot_work_does_not_start() {
	_refused LANGGRAPH_CHECKPOINT_DB_URL 'postgresql://h.example/other' \
	    'is not the workers. database' \
	    '^BAD   LANGGRAPH_CHECKPOINT_DB_URL' 78
	_refused ENCRYPTION_KEY_FILE "$T/nowhere" 'No such file' \
	    '^BAD   users. API keys: .*No such file' 0
	_refused ARTIFACTS_SECRET fixed-secret-key-for-development \
	    'published default' 'published default' 78
}

the_same_database_is_the_same() {
	printf 'LANGGRAPH_CHECKPOINT_DB_URL = %s\n' \
	    "postgresql+psycopg2://agent@/bobbin?host=$T" |
	    cat "$T/bobbin.conf" - >"$T/same.conf"
	printf 'ENCRYPTION_KEY = %s\n' "$new" >>"$T/same.conf"
	chmod 644 "$T/same.conf"
	env -i PATH="$PATH" "$bobbin" check -c "$T/same.conf" >"$T/out" 2>&1
	is $? 0
	grep -q '^ok    LANGGRAPH_CHECKPOINT_DB_URL' "$T/out" ||
	    flunk "$(cat "$T/out")"
	grep -q '^ok    users. API keys: 1 keys' "$T/out" ||
	    flunk "$(cat "$T/out")"
}

it_run
