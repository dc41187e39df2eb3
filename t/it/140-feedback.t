# 140-feedback.t: ratings and comments, as clients see them.
. "${SRCDIR:?}/t/it/lib.sh"
. "$top/t/it/load.sh"

it_site='s/rate=50r/rate=5000r/'
it_start

no_run=99999999-2222-4333-8444-555555555555

# _run WHO THREAD: a new run of theirs.
_run() {
	serial=$((${serial:-0} + 1))
	run=$(printf '0a0b0c0d-1111-4222-8333-%012d' $serial)
	as "$1" post "/chat/$2/runs" '{"run_id":"'$run'"}'
	status_is 201
}

# _rate WHO MEMBERS: of the run at hand.
_rate() {
	as "$1" post /sentiment '{"run_id":"'$run'"'"$2"'}'
}
_say() {
	as "$1" post /feedback '{"run_id":"'$run'"'"$2"'}'
}

_error() {
	status_is 422
	json_is .detail '"Validation error"'
	json_is '[.errors[] | [.type, (.loc | join("/")), .msg]]' \
	    "[[\"$1\",\"$2\",\"$3\"]]"
}

_refused() {
	status_is "$1"
	body_is "{\"detail\":\"$2\"}"
	header_is Cache-Control no-store
}

# --- POST /sentiment, GET /chat/{thread_id}/sentiments

a_sentiment_is_set_and_cleared() {
	_run sue talk
	_rate sue ',"sentiment":true'
	status_is 200
	body_is '{"message":"Sentiment updated successfully","run_id":"'$run'","sentiment":true}'
	_rate sue ',"sentiment":false'
	json_is .sentiment false
	as sue get /chat/talk/sentiments
	body_is '{"'$run'":false}'
	for clear in '' ',"sentiment":null'; do
		_rate sue ',"sentiment":true'
		_rate sue "$clear"
		status_is 200
		json_is .sentiment null
		as sue get /chat/talk/sentiments
		body_is '{}'
		header_is Cache-Control no-store
	done
}

sentiments_come_in_order() {
	sql_as demo_agent "INSERT INTO users_threads_runs
	    (email, thread_id, run_id, sentiment, timestamp) VALUES
	    ('sue@example.com', 'old', 'no uuid', true, NULL),
	    ('sue@example.com', 'old', '0A0B0C0D-1111-4222-8333-AAAAAAAAAAAA',
		false, '2026-01-02'),
	    ('sue@example.com', 'old', 'zz', true, '2026-01-01'),
	    ('sue@example.com', 'old', 'unrated', NULL, '2026-01-01')"
	as sue get /chat/old/sentiments
	status_is 200
	body_is '{"zz":true,"0a0b0c0d-1111-4222-8333-aaaaaaaaaaaa":false,"no uuid":true}'
	for p in unknown %20; do
		as sue get "/chat/$p/sentiments"
		status_is 200
		body_is '{}'
	done
}

a_run_that_an_agent_wrote_is_rated() {
	for s in 0A0B0C0D-1111-4222-8333-AAAAAAAAAAAA \
	    urn:uuid:0a0b0c0d-1111-4222-8333-aaaaaaaaaaaa \
	    0a0b0c0d111142228333aaaaaaaaaaaa; do
		as sue post /sentiment '{"run_id":"'$s'","sentiment":true}'
		status_is 200
		json_is .run_id '"0a0b0c0d-1111-4222-8333-aaaaaaaaaaaa"'
	done
}

somebody_elses_run_is_not_rated() {
	_run sue talk
	remember_rows
	_rate bob ',"sentiment":true'
	_refused 404 "Run ID not found or access denied: $run"
	as bob post /sentiment '{"run_id":"'$(echo $no_run | tr -d -)'"}'
	_refused 404 "Run ID not found or access denied: $no_run"
	nothing_changed
}

a_rating_must_be_a_boolean() {
	_run sue talk
	for yes in true 1 1.0 '"TRUE"' '"yes"' '"On"' '"t"' '"Y"' '"1"'; do
		_rate sue ',"sentiment":'"$yes"
		json_is .sentiment true
	done
	for no in false 0 0.0 -0.0 '"False"' '"NO"' '"off"' '"f"' '"n"' '"0"'; do
		_rate sue ',"sentiment":'"$no"
		json_is .sentiment false
	done
	remember_rows
	for bad in 2 -1 0.5 '""' '" true"' '"ja"' '"1.0"' 1e300; do
		_rate sue ',"sentiment":'"$bad"
		_error bool_parsing body/sentiment \
		    'Input should be a valid boolean, unable to interpret input'
	done
	for bad in '[]' '{}'; do
		_rate sue ',"sentiment":'"$bad"
		_error bool_type body/sentiment 'Input should be a valid boolean'
	done
	nothing_changed
}

a_rating_needs_a_run() {
	as sue post /sentiment '{"sentiment":true}'
	_error missing body/run_id 'Field required'
	json_is '.errors[0].input' '{"sentiment":true}'
	as sue post /sentiment '{"run_id":null}'
	_error string_type body/run_id 'Input should be a valid string'
	as sue post /sentiment '{"run_id":""}'
	_error string_too_short body/run_id \
	    'String should have at least 1 character'
	as sue post /sentiment '{"run_id":" "}'
	_error value_error body/run_id 'Value error, Run ID cannot be empty'
	as sue post /sentiment '{"run_id":"x"}'
	_error value_error body/run_id \
	    'Value error, Run ID must be a valid UUID format'
	as sue post /sentiment '["run_id"]'
	_error model_attributes_type body 'Input should be a valid dictionary or object to extract fields from'
}

# --- POST /feedback

feedback_says_what_was_sent() {
	_run fay said
	_say fay ',"feedback":1,"comment":" fine "'
	status_is 200
	header_is Cache-Control no-store
	body_is '{"message":"Feedback submitted successfully","run_id":"'$run'","feedback":1,"comment":" fine "}'
	_say fay ',"feedback":0'
	body_is '{"message":"Feedback submitted successfully","run_id":"'$run'","feedback":0,"comment":null}'
	as fay get /chat/said/feedback
	status_is 200
	json_is 'to_entries[] | [.key, .value.feedback, .value.comment]' \
	    '["'$run'",0," fine "]'
	json_is 'to_entries[0].value | keys_unsorted' \
	    '["feedback","comment","updated_at"]'
}

a_comment_may_come_later() {
	_run fay late
	_say fay ',"feedback":1'
	_say fay ',"feedback":null,"comment":"later"'
	json_is '[.feedback, .comment]' '[null,"later"]'
	as fay get /chat/late/feedback
	json_is '.[] | [.feedback, .comment]' '[1,"later"]'
	as fay get '/feedback?thread_id=late'
	json_is '.feedback | length' 1
	as fay get /chat/late/sentiments
	body_is '{}'
}

a_blank_comment_is_none() {
	_run fay blank
	for blank in '""' '" "' '"\u00a0\n\t"' null; do
		_say fay ',"comment":'"$blank"
		_refused 400 "At least one of 'feedback' or 'comment' must be provided"
		_say fay ',"feedback":1,"comment":'"$blank"
		status_is 200
		json_is .comment null
	done
	_say fay ''
	_refused 400 "At least one of 'feedback' or 'comment' must be provided"
}

# Fields first, then the run's form, then whether anything was said.
feedback_is_checked_in_order() {
	remember_rows
	as fay post /feedback '{"run_id":"x","feedback":2}'
	_error less_than_equal body/feedback \
	    'Input should be less than or equal to 1'
	as fay post /feedback '{"run_id":"x"}'
	_refused 400 'Invalid run_id format. Expected UUID, got: x'
	as fay post /feedback '{"run_id":"","feedback":1}'
	_refused 400 'Invalid run_id format. Expected UUID, got: '
	as fay post /feedback '{"run_id":"'$no_run'"}'
	_refused 400 "At least one of 'feedback' or 'comment' must be provided"
	as fay post /feedback '{"run_id":"'$no_run'","feedback":1}'
	_refused 404 'Run ID not found or access denied'
	as fay post /feedback '{"feedback":1}'
	_error missing body/run_id 'Field required'
	as fay post /feedback '{"run_id":7,"feedback":1}'
	_error string_type body/run_id 'Input should be a valid string'
	nothing_changed
}

a_bad_run_comes_back_cut() {
	star=$(printf '\360\237\214\237')
	hundred=$(printf '%0100d' 0 | sed "s/0/$star/g")
	as fay post /feedback '{"run_id":"'"$hundred"'x","feedback":1}'
	_refused 400 "Invalid run_id format. Expected UUID, got: $hundred"
	as fay post /feedback '{"run_id":" a\"b ","feedback":1}'
	_refused 400 'Invalid run_id format. Expected UUID, got:  a\"b '
}

a_score_is_0_or_1() {
	_run fay score
	for ok in 1 '"1"' '" 1 "' '"+1"' '"01"' '"1.0"' 1.0 true; do
		_say fay ',"feedback":'"$ok"
		status_is 200
		json_is .feedback 1
	done
	remember_rows
	for bad in -1 -9223372036854775809; do
		_say fay ',"feedback":'"$bad"
		_error greater_than_equal body/feedback \
		    'Input should be greater than or equal to 0'
	done
	for bad in 2 9223372036854775808 123456789012345678901234567890; do
		_say fay ',"feedback":'"$bad"
		_error less_than_equal body/feedback \
		    'Input should be less than or equal to 1'
	done
	_say fay ',"feedback":0.5'
	_error int_from_float body/feedback 'Input should be a valid integer, got a number with a fractional part'
	for bad in '""' '"one"' '"0.5"' '"0x1"' '"1e0"'; do
		_say fay ',"feedback":'"$bad"
		_error int_parsing body/feedback 'Input should be a valid integer, unable to parse string as an integer'
	done
	_say fay ',"feedback":[1]'
	_error int_type body/feedback 'Input should be a valid integer'
	nothing_changed
}

a_comment_has_1000_code_points() {
	_run fay long
	star=$(printf '\360\237\214\237')
	thousand=$(printf '%01000d' 0 | sed "s/0/$star/g")
	_say fay ',"comment":"'"$thousand"'"'
	status_is 200
	json_is '.comment | length' 1000
	_say fay ',"comment":"'"$thousand"'x"'
	_error string_too_long body/comment \
	    'String should have at most 1000 characters'
	json_is '.errors[0] | [.input, .ctx]' '[null,{"max_length":1000}]'
	as fay get /chat/long/feedback
	json_is '.[].comment | length' 1000
}

feedback_goes_with_its_thread() {
	_run fay going
	_say fay ',"feedback":1'
	as fay delete /chat/going
	json_is .deleted_counts.feedback 1
	as fay get '/feedback?thread_id=going'
	body_is '{"feedback":[],"next_cursor":null}'
	as fay get /chat/going/feedback
	body_is '{}'
}

# --- DELETE /feedback/{run_id}

_deleted() {
	status_is 200
	header_is Cache-Control no-store
	body_is '{"message":"'"$1"' deleted","run_id":"'$run'"}'
}

feedback_is_taken_back() {
	_run ned back
	_rate ned ',"sentiment":true'
	_say ned ',"feedback":1,"comment":"no"'
	for again in 1 2; do
		as ned delete "/feedback/$run"
		_deleted Feedback
		as ned get /feedback
		body_is '{"feedback":[],"next_cursor":null}'
		as ned get /chat/back/feedback
		body_is '{}'
	done
	as ned get /chat/back/sentiments
	body_is '{"'$run'":true}'
	_say ned ',"comment":"yes"'
	as ned get /chat/back/feedback
	json_is '.[] | [.feedback, .comment]' '[null,"yes"]'
}

one_value_is_taken_back() {
	_run ned half
	_say ned ',"feedback":1,"comment":"too long"'
	sql "UPDATE feedback SET created_at = '2026-01-01', updated_at =
	    '2026-01-01' WHERE run_id = '$run'"
	for again in 1 2; do
		as ned delete "/feedback/$run/comment"
		_deleted Comment
		as ned get '/feedback?thread_id=half'
		json_is '.feedback[] | [.feedback, .comment, .created_at,
		    .updated_at > .created_at]' \
		    '[1,null,"2026-01-01T00:00:00Z",true]'
	done
	_say ned ',"comment":"short"'
	as ned delete "/api/feedback/$run/score"
	_deleted Score
	as ned get /chat/half/feedback
	json_is '.[] | [.feedback, .comment]' '[null,"short"]'
	as ned delete "/feedback/$run/comment"
	as ned get /chat/half/feedback
	body_is '{}'
}

# The rest of an owner's feedback, and a run's other ratings, stay.
nothing_else_is_taken_back() {
	_run ned stays
	_say ned ',"feedback":0'
	_run ned goes
	_say ned ',"feedback":0'
	sql "INSERT INTO feedback (email, thread_id, run_id, item_id, score)
	    VALUES ('ned@example.com', 'goes', '$run', 'item', 1)"
	as ned delete "/feedback/$run"
	is "$(sql "SELECT string_agg(thread_id || coalesce(item_id, ''), ' '
	    ORDER BY 1) FROM feedback WHERE email = 'ned@example.com'
	    AND thread_id IN ('stays', 'goes')")" 'goesitem stays'
}

any_spelling_of_a_run_is_taken_back() {
	_run ned spelt
	for as_spelt in "$(echo $run | tr a-f A-F)" "urn:uuid:$run" \
	    "%7B$run%7D" "$(echo $run | tr -d -)" "%20$run"; do
		_say ned ',"feedback":0'
		as ned delete "/feedback/$as_spelt"
		_deleted Feedback
		as ned get /chat/spelt/feedback
		body_is '{}'
	done
}

what_cannot_be_taken_back_stays() {
	_run ned kept
	_say ned ',"feedback":1,"comment":"kept"'
	remember_rows
	for part in '' /score /comment; do
		for id in $run $no_run; do
			as bob delete "/feedback/$id$part"
			_refused 404 'Run ID not found or access denied'
		done
		as ned delete "/feedback/x%22%0Ay$part"
		_refused 400 'Invalid run_id format. Expected UUID, got: x\"\ny'
		delete "/feedback/$run$part"
		status_is 401
		as ned post "/feedback/$run$part" '{"feedback":1}'
		status_is 405
		header_is Allow 'DELETE, OPTIONS'
	done
	star=$(printf '\360\237\214\237')
	hundred=$(printf '%0100d' 0 | sed "s/0/$star/g")
	as ned delete "/feedback/${hundred}x"
	_refused 400 "Invalid run_id format. Expected UUID, got: $hundred"
	for path in "/feedback/$run/" "/feedback/$run/comments" /feedback/; do
		as ned delete "$path"
		status_is 404
	done
	nothing_changed
}

both_values_go_at_once() {
	_run ned both
	_say ned ',"feedback":1,"comment":"x"'
	hold "SELECT FROM users_threads_runs WHERE run_id = '$run' FOR UPDATE"
	send one ned DELETE "/feedback/$run/score"
	send two ned DELETE "/feedback/$run/comment"
	_wait_for waiting 2 || flunk "nobody waits"
	let_go
	reap one
	reap two
	ended_with one 200
	ended_with two 200
	as ned get /chat/both/feedback
	body_is '{}'
}

# --- GET /feedback

the_listing_has_its_shape() {
	_run lou shown
	_say lou ',"feedback":1,"comment":"c"'
	sql "UPDATE feedback SET created_at = '2026-01-01 00:00:00Z',
	    updated_at = '2026-01-02 00:00:00.5Z'
	    WHERE email = 'lou@example.com'"
	as lou get /feedback
	status_is 200
	header_is Cache-Control no-store
	body_is '{"feedback":[{"run_id":"'$run'","thread_id":"shown","feedback":1,"comment":"c","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-02T00:00:00.500000Z","delivery":"none"}],"next_cursor":null}'
	as lou get '/feedback?thread_id=other'
	body_is '{"feedback":[],"next_cursor":null}'
	as lou get '/feedback?thread_id='
	body_is '{"feedback":[],"next_cursor":null}'
	as lou get /chat/shown/feedback
	body_is '{"'$run'":{"feedback":1,"comment":"c","updated_at":"2026-01-02T00:00:00.500000Z"}}'
}

a_cursor_walks_over_ties() {
	for i in 1 2 3 4 5 6 7; do
		_run wim walk-$((i % 2))
		_say wim ',"feedback":1,"comment":"'$i'"'
	done
	sql "UPDATE feedback SET updated_at = CASE WHEN comment < '3'
	    THEN '2026-01-02' ELSE '2026-01-01' END::timestamptz
	    WHERE email = 'wim@example.com'"
	as wim get /feedback
	jq -c '.feedback[].comment' "$T/body" >"$T/all"
	json_is '[.feedback[].updated_at] == ([.feedback[].updated_at] | sort |
	    reverse)' true
	for limit in 1 2 3 6 7; do
		cursor= pages=0
		: >"$T/walk"
		while [ "$cursor" != null ] && [ $pages -lt 10 ]; do
			as wim get \
			    "/feedback?limit=$limit${cursor:+&cursor=$cursor}"
			status_is 200
			jq -c '.feedback[].comment' "$T/body" >>"$T/walk"
			cursor=$(field next_cursor)
			pages=$((pages + 1))
		done
		is $pages $(((6 + limit) / limit)) pages
		cmp -s "$T/walk" "$T/all" || flunk "limit $limit: $(xargs <"$T/walk")"
	done
	is "$(wc -l <"$T/all")" 7 rows
	as wim get '/feedback?limit=1&thread_id=walk-0'
	as wim get "/feedback?thread_id=walk-0&cursor=$(field next_cursor)"
	json_is '.feedback | length' 2
}

# What changes during a walk moves to the front and comes at most once.
a_changed_row_comes_at_most_once() {
	as wim get '/feedback?limit=3'
	seen=$(field 'feedback[0].comment')
	cursor=$(field next_cursor)
	run=$(field 'feedback[0].run_id')
	_say wim ',"feedback":0'
	as wim get "/feedback?cursor=$cursor"
	json_is "[.feedback[] | select(.comment == \"$seen\")]" '[]'
	json_is '.feedback | length' 4
}

the_limit_is_checked() {
	for bad in 0 -1; do
		as wim get "/feedback?limit=$bad"
		_error greater_than_equal query/limit \
		    'Input should be greater than or equal to 1'
	done
	as wim get '/feedback?limit=201'
	_error less_than_equal query/limit \
	    'Input should be less than or equal to 200'
	as wim get '/feedback?limit=200'
	status_is 200
	as wim get '/feedback?limit=x&cursor='
	status_is 422
	json_is '.errors[0].loc' '["query","limit"]'
}

# --- Delivery

_with_langsmith() {
	stop_bobbin
	echo 'LANGSMITH_API_KEY = a-key-for-nobody' >>"$T/bobbin.conf"
	start_bobbin
	_wait_for alive
}

delivery_is_shown() {
	secret a-key-for-nobody
	_with_langsmith
	_run dan sent
	_say dan ',"feedback":1'
	status_is 200
	as dan get /feedback
	json_is '.feedback[0].delivery' '"pending"'
	for s in delivered dead; do
		sql "UPDATE feedback_outbox SET state = '$s'
		    WHERE email = 'dan@example.com'"
		as dan get /feedback
		json_is '.feedback[0].delivery' \
		    "\"$(echo $s | sed s/dead/failed/)\""
	done
	_say dan ',"comment":"again"'
	as dan get /feedback
	json_is '.feedback[0].delivery' '"pending"'
	as dan delete /chat/sent
	is "$(sql "SELECT count(*) FROM feedback_outbox
	    WHERE email = 'dan@example.com'")" 0 'the outbox'
}

# What may have been sent waits for its deletion, even without its thread.
delivered_feedback_leaves_a_deletion() {
	_outbox="SELECT string_agg(state || ' ' || coalesce(run_id, 'stands'),
	    ', ' ORDER BY run_id) FROM feedback_outbox
	    WHERE email = 'dan@example.com'"
	_run dan taken
	_say dan ',"feedback":1,"comment":"x"'
	as dan delete "/feedback/$run/comment"
	as dan get /feedback
	json_is '.feedback[] | [.feedback, .comment, .delivery]' \
	    '[1,null,"pending"]'
	is "$(sql "$_outbox")" 'pending stands'
	as dan delete "/feedback/$run"
	is "$(sql "$_outbox")" ''
	_say dan ',"feedback":1,"comment":"x"'
	sql "UPDATE feedback_outbox SET tried = true, state = 'delivered'
	    WHERE email = 'dan@example.com'"
	as dan delete "/feedback/$run/score"
	is "$(sql "$_outbox")" "pending $run, pending stands"
	as dan delete /chat/taken
	is "$(sql "$_outbox")" "pending $run"
	as dan get /feedback
	body_is '{"feedback":[],"next_cursor":null}'
}

it_run
