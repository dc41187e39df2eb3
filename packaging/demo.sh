# demo.sh: sourced by the quickstart: what an agent did for Alice and Bob, told
# as an agent tells it, over HTTP.  Ids make it repeatable.
#
# Set before: $url, and the tokens $agent and $alice.

demo_as() {	# TOKEN OWNER METHOD PATH [curl's arguments]
	demo_token=$1 demo_owner=$2 demo_method=$3 demo_path=$4
	shift 4
	curl -fsS -m 30 -o "$run/demo.out" -X "$demo_method" \
	    -H "Authorization: Bearer $demo_token" \
	    ${demo_owner:+-H "X-Bobbin-On-Behalf-Of: $demo_owner"} "$@" \
	    "$url$demo_path"
}

demo_agent() {	# OWNER PATH: the document is on stdin
	demo_as "$agent" "$1@example.com" POST "/api/v1/threads$2" \
	    -H 'Content-Type: application/json' --data-binary @-
}

demo_says() {	# THREAD ID ROLE: the text, without backslashes, is on stdin
	awk -v id="$1-$2" -v role="$3" '
	    BEGIN {
		printf "{\"message_id\":\"%s\",\"role\":\"%s\"", id, role
		printf ",\"content\":\""
	    }
	    {
		gsub(/"/, "\\\"")
		printf "%s%s", (NR > 1 ? "\\n" : ""), $0
	    }
	    END { print "\"}" }' | demo_agent alice "/$1/messages"
}

demo_file() {	# CONVERSATION NAME TYPE: the bytes are on stdin
	cat >"$run/demo.file"
	demo_as "$alice" "" POST "/api/threads/$1/artifacts" \
	    -F "file=@$run/demo.file;filename=$2;type=$3"
}

demo_load() {
	echo '{"thread_id":"suppliers"}' | demo_agent alice "" || return
	demo_talk=$(sed 's/.*"conversation_id":"\([^"]*\)".*/\1/' \
	    "$run/demo.out")
	demo_as "$alice" "" PATCH /api/v1/threads/suppliers \
	    -H 'Content-Type: application/json' \
	    -d '{"title":"Prices of our electricity suppliers"}' || return
	demo_says suppliers 1 user <<-'X' || return
	Which of our suppliers was the cheapest in October? Draw it too.
	X
	demo_says suppliers 2 tool <<-'X' || return
	[["Ostrava Energy",2310],["North",2480],["Elta",2655]]
	X
	demo_agent alice /suppliers/tool-calls <<-'X' || return
	{"id":"00000000-0000-4000-8000-00000000d001","tool_id":"call-1",
	 "tool_name":"query","status":"completed",
	 "inputs":{"month":"2026-10"},"outputs":{"rows":3}}
	X
	demo_says suppliers 3 assistant <<-'X' || return
	**Ostrava Energy**, by 7 % before the next one:

	| Supplier | CZK per MWh | Since September |
	|---|--:|--:|
	| Ostrava Energy | 2 310 | −4 % |
	| North | 2 480 | +1 % |
	| Elta | 2 655 | +9 % |

	The prices are without VAT; they come from

	```sql
	SELECT supplier, avg(price) FROM prices
	 WHERE month = '2026-10' GROUP BY supplier ORDER BY 2;
	```

	The drawing is among the files. Shall I write to the board?
	X
	demo_says suppliers 4 user <<-'X' || return
	Yes, in two sentences.
	X
	demo_agent alice /suppliers/tool-calls <<-'X' || return
	{"id":"00000000-0000-4000-8000-00000000d002","tool_id":"call-2",
	 "tool_name":"send_mail","inputs":{"to":"board@example.com",
	 "subject":"Electricity in October","text":"Ostrava Energy was the cheapest supplier in October, at 2 310 CZK per MWh.\nElta rose by 9 %."}}
	X
	demo_file "$demo_talk" prices.svg image/svg+xml <<-'X' || return
	<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 180" font-family="sans-serif" font-size="12"><rect width="300" height="180" fill="#fff"/><g fill="#175e6b"><rect x="40" y="60" width="50" height="90"/><rect x="125" y="53" width="50" height="97"/><rect x="210" y="46" width="50" height="104"/></g><g text-anchor="middle" fill="#1c1f22"><text x="65" y="166">Ostrava</text><text x="150" y="166">North</text><text x="235" y="166">Elta</text><text x="65" y="52">2 310</text><text x="150" y="45">2 480</text><text x="235" y="38">2 655</text></g></svg>
	X
	demo_file "$demo_talk" prices.csv text/csv <<-'X' || return
	supplier,price
	Ostrava Energy,2310
	North,2480
	Elta,2655
	X
	echo '{"thread_id":"index"}' | demo_agent bob "" || return
	demo_agent bob /index/tool-calls <<-'X' || return
	{"id":"00000000-0000-4000-8000-00000000d003","tool_id":"call-1",
	 "tool_name":"rebuild_index","inputs":{"name":"search","force":true}}
	X
}
