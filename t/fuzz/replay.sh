#!/bin/sh
# Replays every target's corpus; a target without one is a failure.
set -u
: "${SRCDIR:?}" "${BUILDDIR:?}"
failed=0
found=0

for source in "$SRCDIR"/t/fuzz/fuzz_*.c; do
	[ -f "$source" ] || continue
	found=$((found + 1))
	name=$(basename "$source" .c)
	name=${name#fuzz_}
	corpus=$SRCDIR/t/fuzz/corpus/$name
	if [ -z "$(ls "$corpus" 2>/dev/null)" ]; then
		echo "$name: no corpus in $corpus"
		failed=1
	elif "$BUILDDIR/t/fuzz/fuzz_$name" -runs=0 "$corpus"; then
		echo "$name: ok"
	else
		echo "$name: failed"
		failed=1
	fi
done
if [ "$found" -eq 0 ]; then
	echo "no fuzz targets in $SRCDIR/t/fuzz"
	exit 1
fi
exit "$failed"
