#!/bin/sh
# install.sh DIR [FROM]: packages as FROM/package-lock.json (beside this script)
# has them, once per lock file.
# What is there goes with `make clean`.
set -eu
from=${2:-$(dirname "$0")}
want=$(cat "$from"/package*.json | cksum)
[ "$(cat "$1/installed" 2>/dev/null)" != "$want" ] || exit 0
rm -rf "$1"
mkdir -p "$1"
cp "$from"/package*.json "$1"
chmod u+w "$1"/package*.json
(cd "$1" && npm ci --ignore-scripts --no-audit --no-fund)
echo "$want" >"$1/installed"
