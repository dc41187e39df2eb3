# check-nginx.sh: nginx's locations against the route table: the body cap of
# each route's location is the route's own, and bulk routes go to the slow pool.
conf=$SRCDIR/nginx/bobbin.conf
routes=$("$BOBBIN" routes --json) || exit 1

# Per location in order: pattern, cap in bytes, pool.
locations=$(awk '
function bytes(s) {
	return s ~ /m$/ ? s * 1048576 : s ~ /k$/ ? s * 1024 : s + 0
}
/^client_max_body_size/ { sub(/;/, "", $2); all = bytes($2) }
/^location ~/ { pattern = $3; cap = all }
/^\tclient_max_body_size/ { sub(/;/, "", $2); cap = bytes($2) }
/^\tinclude bobbin\/bobbin-(quick|slow);/ && pattern != "" {
	pool = $2 ~ /slow/ ? "slow" : "quick"
	print pattern, cap, pool
	pattern = ""
}' "$conf" | sed 's/(?:/(/g')

[ -n "$locations" ] || { echo "no locations in $conf"; exit 1; }
n=$(echo "$routes" | jq -r '.[] |
    [.path, (.max_body // 0), (.slow // false)] | @tsv' |
    { failed=0 n=0
    while IFS='	' read -r path cap slow; do
	n=$((n + 1))
	url=$(echo "$path" | sed 's/{[^}]*}/x/g')
	found=
	while read -r pattern has pool; do
		if echo "$url" | grep -qE -e "$pattern"; then
			found=1
			break
		fi
	done <<X
$locations
X
	if [ -z "$found" ]; then
		echo "$path: no location takes it" >&2
		failed=1
	elif [ "$cap" -ne 0 ] && [ "$cap" -ne "$has" ]; then
		echo "$path: cap $cap, nginx has $has" >&2
		failed=1
	elif [ "$slow" = true ] && [ "$pool" != slow ] ||
	    [ "$slow" = false ] && [ "$pool" = slow ]; then
		echo "$path: nginx sends it to the $pool pool" >&2
		failed=1
	fi
    done
    [ $failed = 0 ] && echo $n; })
[ "${n:-0}" -gt 0 ] || { echo "routes and $conf differ"; exit 1; }
echo "$n routes agree with nginx"
