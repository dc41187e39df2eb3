#!/bin/sh
# install.sh DIR: the browser's driver as package-lock.json has it, once per
# lock file.  What is there goes with `make clean`.
set -eu
from=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
exec 7>"$1/lock"
flock 7
want=$(cat "$from"/package*.json | cksum)
if [ "$(cat "$1/installed" 2>/dev/null)" != "$want" ]; then
	rm -rf "$1/node_modules" "$1"/package*.json
	cp "$from"/package*.json "$1"
	chmod u+w "$1"/package*.json
	(cd "$1" && npm ci --ignore-scripts --no-audit --no-fund)
	echo "$want" >"$1/installed"
fi
for file in "$from"/*.mjs; do
	cmp -s "$file" "$1/${file##*/}" || cp -f "$file" "$1"
done
