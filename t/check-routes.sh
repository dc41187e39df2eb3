#!/bin/sh
# Routes: the table, bobbin-api(7), openapi.json, nginx and t/it agree.
set -eu
: "${BOBBIN:?}"
cd "${SRCDIR:-.}"
bad=0
json=$("$BOBBIN" routes --json)
list=$(echo "$json" | jq -r '.[] | "\(.method) \(.path)"' | sort)
[ "$(echo "$list" | wc -l)" -gt 10 ] || { echo "no routes found" >&2; exit 1; }
differ() {	# what list
	diff=$(printf '%s\n%s\n' "$list" "$2" | sort | uniq -u)
	[ -z "$diff" ] || { printf 'routes and %s differ:\n%s\n' "$1" "$diff" >&2
		bad=1; }
}
differ 'bobbin-api(7)' "$(sed -n \
    's/^\.It Cm \([A-Z]*\) \(\/[^ ]*\)$/\1 \2/p' packaging/man/bobbin-api.7 | sort)"
differ openapi.json "$(jq -r '.paths | to_entries[] | .key as $p | .value |
    keys[] | select(. != "parameters") | "\(ascii_upcase) \($p)"' \
    packaging/openapi.json | sort)"
# What is answered below /api too is what openapi.json says of its tag.
tag=$(jq -r '.info.description' packaging/openapi.json |
    sed -n 's/.*operations with the tag \([a-z]*\) are also answered below .*/\1/p')
[ "$(echo "$json" | jq -r '.[] | select(.below_api) |
    "\(.method) \(.path)"' | sort)" = "$(jq -r --arg tag "$tag" '.paths |
    to_entries[] | .key as $p | .value | to_entries[] |
    select(.key != "parameters") | select(.value.tags | index([$tag])) |
    "\(.key | ascii_upcase) \($p)"' packaging/openapi.json | sort)" ] || {
	echo "the operations of tag '$tag' are not those below /api" >&2
	bad=1
}
# Every route stands in a test over nginx, by its first words.
for path in $(echo "$json" | jq -r '.[].path' | sort -u); do
	re=$(echo "$path" | sed 's/[.]/\\./g; s/{[^}]*}/[^ \/]+/g')
	grep -qrE -- "$re" t/it || { echo "no test in t/it names $path" >&2; bad=1; }
done
# nginx lets through what the route takes, and not more: the first regular
# expression that fits decides, as in nginx, else the server's own cap.  A file
# may be as large as an option says, which an operator raises together with
# nginx's cap: there the default has to fit.
nginx_cap() {
	awk -v path="$1" '
	function bytes(s,	n) {
		n = s + 0
		return s ~ /k/ ? n * 1024 : s ~ /m/ ? n * 1048576 : n
	}
	$1 == "location" && $2 == "~" {
		re = $3
		gsub(/\(\?:/, "(", re)
		inside = 1
		fits = !done && path ~ re
		if (fits)
			done = 1
	}
	$1 == "location" && $2 != "~" { inside = 1; fits = 0 }
	$1 == "}" { inside = fits = 0 }
	$1 == "client_max_body_size" && !inside { all = bytes($2) }
	$1 == "client_max_body_size" && fits { own = bytes($2) }
	END { print own ? own : all }' nginx/bobbin.conf
}
echo "$json" | jq -r '.[] | select(.max_body != 0) |
    "\("", if .below_api then "/api" else empty end)\(.path) \(
    .max_body) \(if .file then "-ge" else "-eq" end)"' |
while read -r path max how; do
	cap=$(nginx_cap "$path")
	[ "$max" -gt 0 ] && [ "$cap" "$how" "$max" ] || {
		echo "$path takes $max bytes, nginx lets $cap pass" >&2
		exit 1
	}
done || bad=1
exit $bad
