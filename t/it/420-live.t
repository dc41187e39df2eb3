#!/bin/sh
# 420-live.t: what LangGraph.js stores while the test runs, read by bobbin and
# by the library itself.  live/live.mjs holds the graphs; npm installs the
# versions of live/package-lock.json.
. "${SRCDIR:?}/t/it/lib.sh"

js=$BUILDDIR/t/it/live-js

it_start
# Without them nothing is tested here: that is a failure, no skip.
for program in node npm; do
	command -v $program >/dev/null || _bail "$program is not installed"
done
sh "$top/t/it/live/install.sh" "$js" >"$T/log/npm.log" 2>&1 ||
    _bail 'npm ci failed'
cp "$top/t/it/live/live.mjs" "$js/live.mjs"

# What the library says after it did something, as JSON.
_library() {
	node "$js/live.mjs" "$1" \
	    "postgresql://bobbin_owner@localhost/bobbin?host=$T" \
	    >"$T/$2" 2>"$T/node.err" ||
	    flunk "live.mjs $1: $(tail -n 20 "$T/node.err")"
}

# bobbin's answers for the threads of such a file, in its form.
_same_as() {
	for thread in $(jq -r 'keys[]' "$T/$1"); do
		jq -S --arg t "$thread" '.[$t]' "$T/$1" >"$T/want"
		bobbin_run checkpoint show "$thread" | jq -S '{checkpoint_id,
		    messages, next, interrupts, values}' >"$T/got"
		cmp -s "$T/want" "$T/got" || flunk "$thread differs:" \
		    "$(diff "$T/want" "$T/got" | head -n 20)"
	done
}

_status() {
	bobbin_run checkpoint show "$1" | jq -r .status
}

the_library_stores_its_threads() {
	_library write written && is "$(jq -c 'keys | length' "$T/written")" 9 &&
	    bobbin_run migrate upgrade
	# The graphs did what they are here for.
	is "$(jq -c '[.["live-tool"].messages[].type]' "$T/written")" \
	    '["human","ai","tool","ai","human","ai"]'
	is "$(jq -c '[.["live-waiting"].interrupts[].value.tool]' \
	    "$T/written")" '["ask"]'
	is "$(sql "SELECT count(*) FROM (SELECT FROM checkpoints
	    WHERE thread_id = 'live-fork' GROUP BY parent_checkpoint_id
	    HAVING count(*) > 1) s")" 1
	is "$(jq -c '.["live-pair"].next' "$T/written")" '["slow"]'
}

bobbin_reads_what_the_library_reads() {
	_same_as written
	for want in live-talk:idle live-waiting:interrupted live-resumed:idle \
	    live-error:error live-pair:interrupted live-stopped:interrupted; do
		is "$(_status "${want%:*}")" "${want#*:}" "${want%:*}"
	done
}

# Over the route, to the holder of the claim alone.
the_route_says_what_the_library_says() {
	sql "INSERT INTO thread_claims (thread_id, email)
	    SELECT DISTINCT thread_id, 'carol@example.com' FROM checkpoints"
	as carol get /chat/no-such-thread/state
	status_is 404
	cp "$T/body" "$T/missing"
	for thread in $(jq -r 'keys[]' "$T/written"); do
		as carol get "/chat/$thread/state"
		status_is 200
		jq -S --arg t "$thread" '.[$t]' "$T/written" >"$T/want"
		jq -S '{checkpoint_id, messages, next, interrupts, values}' \
		    "$T/body" >"$T/got"
		cmp -s "$T/want" "$T/got" || flunk "$thread differs:" \
		    "$(diff "$T/want" "$T/got" | head -n 20)"
		as bob get "/chat/$thread/state"
		status_is 404
		cmp -s "$T/body" "$T/missing" || flunk "$(cat "$T/body")"
	done
	sql "DELETE FROM thread_claims WHERE email = 'carol@example.com'"
}

# The holder of the claim sees the questions and answers, nobody else does.
the_routes_show_the_conversation() {
	sql "INSERT INTO thread_claims (thread_id, email)
	    VALUES ('live-tool', 'alice@example.com')"
	jq -r '.["live-tool"].messages[] | select(.type == "human").content' \
	    "$T/written" >"$T/prompts"
	while read -r prompt; do
		as alice post /chat/live-tool/runs "{\"prompt\":\"$prompt\"}"
		status_is 201 || return 1
		field run_id
	done <"$T/prompts" >"$T/runs"
	is "$(wc -l <"$T/runs")" 2
	jq -c --rawfile runs "$T/runs" '[.["live-tool"].messages
	    | map(select(.type == "human")),
	      map(select(.type == "ai" and .tool_calls == []))
	    | map(.content)] | [., [$runs / "\n" | .[:2]]] | add' \
	    "$T/written" >"$T/want"
	as alice get /chat/live-tool/messages
	status_is 200
	json_is '[map(.prompt), map(.final_answer), map(.run_id)]' \
	    "$(cat "$T/want")"
	as bob get /chat/live-tool/messages
	status_is 200
	body_is '[]'
}

the_library_reads_the_same_after_pruning() {
	sql "UPDATE checkpoints SET checkpoint = jsonb_set(checkpoint, '{ts}',
	    to_jsonb(now() - interval '25 hours'));
	    UPDATE threads SET handed_at = now() - interval '25 hours'"
	before=$(sql 'SELECT count(*) FROM checkpoint_blobs')
	bobbin_run jobs --once prune --unclaimed --json >"$T/report" \
	    2>"$T/log/jobs.log" || return 1
	is "$(jq -r 'select(.result == "pruned").thread_id' "$T/report" |
	    sort | tr '\n' ' ')" \
	    'live-fork live-removed live-resumed live-talk live-tool '
	[ "$(sql 'SELECT count(*) FROM checkpoint_blobs')" -lt "$before" ] ||
	    flunk 'nothing went'
	_library read pruned && cmp -s "$T/written" "$T/pruned" ||
	    flunk "$(diff "$T/written" "$T/pruned" | cut -c 1-300)"
	_same_as pruned
}

conversations_go_on_after_pruning() {
	_library go-on further || return 1
	_same_as further
	is "$(jq -c '.["live-talk"].messages | length' "$T/further")" \
	    "$(($(jq '.["live-talk"].messages | length' "$T/written") + 2))"
	is "$(_status live-pair)" idle
}

# What the quickstart loads is what this script writes.
demo_conversations_are_of_this_make() {
	sql 'DROP TABLE checkpoints, checkpoint_blobs, checkpoint_writes,
	    checkpoint_migrations'
	_library demo nothing || return 1
	for thread in $(_demo_threads); do
		bobbin_run checkpoint show "$thread" |
		    jq -c '.messages, .next, .interrupts'
	done >"$T/made"
	sql 'DROP TABLE checkpoints, checkpoint_blobs, checkpoint_writes,
	    checkpoint_migrations'
	pg_sql bobbin_owner -f "$top/packaging/demo-checkpoints.sql" \
	    >/dev/null && pg_sql postgres -f "$top/packaging/demo.sql" || return 1
	for thread in $(_demo_threads); do
		bobbin_run checkpoint show "$thread" |
		    jq -c '.messages, .next, .interrupts'
	done >"$T/shipped"
	[ "$(wc -l <"$T/shipped")" = 15 ] || flunk "$(wc -l <"$T/shipped")"
	# Interrupts are named after their checkpoints, which are new ones.
	for f in made shipped; do
		sed -i -E 's/"id":"[0-9a-f]{32}"/"id":""/g' "$T/$f"
	done
	cmp -s "$T/made" "$T/shipped" ||
	    flunk "$(diff "$T/made" "$T/shipped" | cut -c 1-300)"
	# Its prompts are those of the runs, in their order.
	for thread in $(_demo_threads); do
		is "$(bobbin_run checkpoint show "$thread" | jq -r '.messages[] |
		    select(.type == "human").content')" "$(sql "SELECT prompt
		    FROM users_threads_runs WHERE thread_id = '$thread'
		    ORDER BY timestamp")" "$thread"
	done
}

_demo_threads() {
	sql 'SELECT DISTINCT thread_id FROM checkpoints ORDER BY 1'
}

it_run
