# 170-agent.t: what is recorded before a request is the agent's, and what is
# handed over at all.
. "${SRCDIR:?}/t/it/lib.sh"

it_agent=yes
it_site='s/rate=50r/rate=5000r/'
it_start
touch "$T/agent.go"

# _told LINE: the agent got this header.
_told() {
	tr -d '\r' <"$T/agent.request" | grep -qxF "$1" ||
	    flunk "not told $1: $(grep -i ^x-bobbin "$T/agent.request")"
}

# _asked COMMAND...: it reached the agent; _not_asked: it did not.
_asked() {
	rm -f "$T/agent.request"
	"$@"
	[ -e "$T/agent.request" ] || flunk "the agent was not asked"
}
_not_asked() {
	rm -f "$T/agent.request"
	"$@"
	[ ! -e "$T/agent.request" ] || flunk "the agent was asked"
}

_run() {
	serial=$((${serial:-0} + 1))
	run=$(printf '0a0b0c0d-1111-4222-8333-%012d' $serial)
}

# _analyze WHO THREAD [MEMBERS [PATH]]: with the run at hand.
_analyze() {
	as "$1" post "${4:-/analyze}" \
	    '{"prompt":" what? ","thread_id":"'"$2"'","run_id":"'$run'"'"$3"'}'
}
_stop() {
	as "$1" post /stop-execution \
	    '{"thread_id":"'"$2"'","run_id":"'"${3:-$run}"'"}'
}

a_run_is_recorded_before_it_is_handed_over() {
	_run
	_asked _analyze ann '  plans\n'
	status_is 200
	_told 'X-Bobbin-Thread: plans'
	_told "X-Bobbin-Run: $run"
	as ann get /chat/plans/run-ids
	json_is '.run_ids[] | [.run_id, .prompt]' "[\"$run\",\"what?\"]"
}

a_run_without_an_id_gets_one() {
	for id in '' ',"run_id":null'; do
		_asked as ann post /analyze \
		    '{"prompt":"x","thread_id":"minted"'"$id"'}'
		status_is 200
	done
	as ann get /chat/minted/run-ids
	json_is '.run_ids | length' 2
	_told "X-Bobbin-Run: $(field 'run_ids[1].run_id')"
}

# The frontend asks again as JSON when its stream breaks.
a_run_may_be_asked_for_again() {
	_run
	_asked _analyze ann again '' /analyze/stream
	_told 'X-Bobbin-Repeat: 0'
	_told 'X-Bobbin-Action: analyze-stream'
	_asked _analyze ann again
	status_is 200
	_told 'X-Bobbin-Repeat: 1'
	_told 'X-Bobbin-Action: analyze'
	as ann get /chat/again/run-ids
	json_is '.run_ids | length' 1
}

stream_true_is_the_other_path() {
	_run
	for yes in true 1 '"yes"'; do
		_asked _analyze ann streams ',"stream":'"$yes"
		_told 'X-Bobbin-Action: analyze-stream'
		header_is Content-Type text/event-stream
	done
	for no in false null '"off"'; do
		_asked _analyze ann streams ',"stream":'"$no"
		_told 'X-Bobbin-Action: analyze'
	done
	_asked _analyze ann streams ',"stream":false' /analyze/stream
	_told 'X-Bobbin-Action: analyze-stream'
}

prompts_and_ids_have_their_lengths() {
	star=$(printf '\360\237\214\237')
	id=$(printf %0100d 0 | sed "s/0/$star/g")
	_asked as ann post /analyze \
	    '{"prompt":"'$(printf %010000d 0)'","thread_id":"'$id'"}'
	status_is 200
	_told "X-Bobbin-Thread: $(printf %0100d 0 | sed s/0/%F0%9F%8C%9F/g)"
}

# Whoever names a thread would be shown its checkpoints.
what_is_taken_is_not_handed_over() {
	_run
	_analyze ann anns
	remember_rows
	for p in /analyze /analyze/stream; do
		_not_asked _analyze bob anns '' $p
		status_is 409
		body_is '{"detail":"Run ID or thread ID is already in use"}'
		_not_asked _analyze bob free '' $p
		status_is 409
		_not_asked _analyze ann elsewhere '' $p
		status_is 409
	done
	nothing_changed
}

# A row of one's own is not yet the claim: agents write rows with SQL.
a_run_without_the_claim_is_not_handed_over() {
	_run
	sql_as demo_agent "INSERT INTO users_threads_runs
	    (email, thread_id, run_id) VALUES
	    ('bob@example.com', 'anns', '$run')"
	remember_rows
	_not_asked _analyze bob anns
	status_is 409
	_not_asked _stop bob anns
	nothing_changed
}

a_run_is_stopped_by_its_owner() {
	_run
	_analyze ann stops
	remember_rows
	for id in $run "$(echo $run | tr a-f- A-F_ | tr -d _)"; do
		_asked _stop ann stops $id
		status_is 200
		_told 'X-Bobbin-Action: stop'
		_told 'X-Bobbin-Owner: ann@example.com'
		_told 'X-Bobbin-Thread: stops'
		_told "X-Bobbin-Run: $run"
	done
	nothing_changed
}

what_is_not_the_callers_is_not_running() {
	remember_rows
	for who_thread in 'bob stops' 'ann elsewhere'; do
		_not_asked _stop $who_thread
		status_is 200
		body_is '{"status":"not_found","message":"Execution not found or already completed","thread_id":"'${who_thread#* }'","run_id":"'$run'"}'
	done
	_not_asked _stop ann stops 'no uuid'
	json_is '[.status, .run_id]' '["not_found","no uuid"]'
	nothing_changed
}

# An id that is no UUID, as agents may write it, travels encoded as well.
an_odd_run_id_travels_percent_encoded() {
	sql_as demo_agent "INSERT INTO users_threads_runs
	    (email, thread_id, run_id) VALUES
	    ('ann@example.com', 'odd', 'a b/č~')"
	_asked _stop ann odd 'a b/č~'
	status_is 200
	_told 'X-Bobbin-Run: a%20b%2F%C4%8D~'
}

an_agent_may_ask_for_its_owner() {
	_run
	_asked as agent post /analyze \
	    '{"prompt":"x","thread_id":"owned","run_id":"'$run'"}' \
	    -H 'X-Bobbin-On-Behalf-Of: Ann@example.com'
	status_is 200
	_told 'X-Bobbin-Owner: ann@example.com'
}

# What this action has no word for is not sent, whoever says it.
a_client_tells_the_agent_nothing() {
	_run
	_asked _analyze ann mute
	for h in Message Title Thread-Key; do
		_asked as ann post /analyze \
		    '{"prompt":"x","thread_id":"mute"}' -H "X-Bobbin-$h: evil"
		status_is 200
		! grep -i "^x-bobbin-$h" "$T/agent.request" ||
		    flunk "the agent was told"
		no_header "X-Bobbin-$h"
	done
}

nothing_is_handed_over_that_was_not_stored() {
	pg_down
	_run
	_not_asked _analyze ann unstored
	status_is 503
	header_is Retry-After 5
	_pg_up
	_wait_for alive
	as ann get /chat/unstored/run-ids
	body_is '{"run_ids":[]}'
}

it_run
