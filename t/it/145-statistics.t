# 145-statistics.t: runs and ratings by day, as clients see them.
. "${SRCDIR:?}/t/it/lib.sh"

it_site='s/rate=50r/rate=5000r/'
it_start

# _runs VALUES: (owner, thread, days ago, time of day, sentiment), days being
# those of UTC.
_runs() {
	sql "INSERT INTO users_threads_runs (email, thread_id, run_id,
	    timestamp, sentiment)
	    SELECT v.who || '@example.com', v.thread, gen_random_uuid(),
	    (now() AT TIME ZONE 'UTC')::date - v.ago + v.at::time, v.s
	    FROM (VALUES $1) AS v(who, thread, ago, at, s)"
}

# The same from all rows, in the plainest way.
_counted() {
	sql "WITH d AS (
	    SELECT ((now() + $3 * interval '1 minute') AT TIME ZONE 'UTC')::date
		- g AS day FROM generate_series(0, $2 - 1) g
	), r AS (
	    SELECT *, (timestamp + $3 * interval '1 minute')::date AS day
	      FROM users_threads_runs WHERE email = '$1@example.com'
	), n AS (
	    SELECT d.day, count(r.id) AS runs,
		count(*) FILTER (WHERE sentiment) AS positive,
		count(*) FILTER (WHERE NOT sentiment) AS negative
	      FROM d LEFT JOIN r USING (day) GROUP BY d.day
	)
	SELECT json_build_object('days', json_agg(n ORDER BY n.day), 'totals',
	    json_build_object('threads', (SELECT count(DISTINCT thread_id)
	    FROM r JOIN d USING (day)), 'runs', sum(runs),
	    'rated', sum(positive + negative), 'positive', sum(positive)))
	  FROM n" | jq -c .
}

_error() {
	status_is 422
	json_is '[.errors[] | [.type, (.loc | join("/"))]]' "[[\"$1\",\"$2\"]]"
}

who_has_nothing_has_zeros() {
	as eve get /statistics
	status_is 200
	header_is Cache-Control no-store
	json_is '.days | length' 30
	json_is '[.days[] | .runs, .positive, .negative] | unique' '[0]'
	json_is '.days[-1].day' \
	    "\"$(sql "SELECT (now() AT TIME ZONE 'UTC')::date")\""
	json_is '.days[0] | keys_unsorted' \
	    '["day","runs","positive","negative"]'
	json_is '[.days[].day] == ([.days[].day] | unique)' true
	json_is .totals '{"threads":0,"runs":0,"rated":0,"positive":0}'
	for path in '/statistics?days=1' '/api/statistics?days=1'; do
		as eve get "$path"
		body_is '{"days":[{"day":"'"$(sql "SELECT (now() AT TIME ZONE
		    'UTC')::date")"'","runs":0,"positive":0,"negative":0}],"totals":{"threads":0,"runs":0,"rated":0,"positive":0}}'
	done
}

runs_and_ratings_are_counted_by_day() {
	_runs "('sue', 'a', 1, '10:00', true), ('sue', 'a', 1, '11:00', true),
	    ('sue', 'a', 1, '23:59:59.999999', false),
	    ('sue', 'b', 1, '00:00', NULL), ('sue', 'b', 2, '12:00', false)"
	as sue get '/statistics?days=4'
	json_is '[.days[] | [.runs, .positive, .negative]]' \
	    '[[0,0,0],[1,0,1],[4,2,1],[0,0,0]]'
	json_is .totals '{"threads":2,"runs":5,"rated":4,"positive":2}'
	# Rated, unrated and deleted as ever.
	as sue delete /chat/b
	as sue get '/statistics?days=4'
	json_is .totals '{"threads":1,"runs":3,"rated":3,"positive":2}'
	run=$(sql "SELECT run_id FROM users_threads_runs
	    WHERE email = 'sue@example.com' AND NOT sentiment")
	as sue post /sentiment '{"run_id":"'"$run"'"}'
	as sue get '/statistics?days=4'
	json_is .totals '{"threads":1,"runs":3,"rated":2,"positive":2}'
}

days_outside_do_not_count() {
	_runs "('tom', 'edge', 9, '00:00', true),
	    ('tom', 'edge', 10, '23:59:59.999999', true),
	    ('tom', 'old', 100, '12:00', true),
	    ('tom', 'later', -1, '00:00', true),
	    ('tom', 'both', -1, '00:00', true),
	    ('tom', 'both', 3, '08:00', false)"
	sql "INSERT INTO users_threads_runs (email, thread_id, run_id,
	    timestamp) VALUES ('tom@example.com', 'never', 'no time', NULL)"
	as tom get '/statistics?days=10'
	json_is '.days[0] | [.runs, .positive]' '[1,1]'
	json_is .totals '{"threads":2,"runs":2,"rated":2,"positive":1}'
	as tom get '/statistics?days=11'
	json_is .totals '{"threads":2,"runs":3,"rated":3,"positive":2}'
	as tom get '/statistics?days=366'
	json_is '.days | length' 366
	json_is .totals '{"threads":3,"runs":4,"rated":4,"positive":3}'
}

any_clock_s_days_are_counted() {
	sql "SELECT setseed(0.25);
	    INSERT INTO users_threads_runs (email, thread_id, run_id, timestamp,
	    sentiment) SELECT 'joe@example.com', 't' || floor(random() * 40),
	    gen_random_uuid(), (now() AT TIME ZONE 'UTC')
	    - (random() * 420 - 5) * interval '1 day',
	    CASE floor(random() * 3) WHEN 0 THEN true WHEN 1 THEN false END
	    FROM generate_series(1, 1500)" >"$T/seed"
	for days in 1 2 31 366; do
		for tz in 0 60 345 840 -210 -840; do
			as joe get "/statistics?days=$days&tz=$tz"
			status_is 200
			want=$(_counted joe $days "$tz")
			[ "$(jq -c . "$T/body")" = "$want" ] ||
			    flunk "days=$days tz=$tz: $(head -c 300 "$T/body")
but: $(echo "$want" | head -c 300)"
		done
	done
	json_is '[.totals.threads, .totals.runs] | min > 20' true
}

only_the_own_runs_count() {
	_runs "('ann', 'shared', 0, '00:00', true)"
	_runs "('ben', 'shared', 0, '00:00', false),
	    ('ben', 'shared', 0, '00:00', false)"
	as ann get '/statistics?days=2'
	json_is .totals '{"threads":1,"runs":1,"rated":1,"positive":1}'
	as ben get '/statistics?days=2'
	json_is .totals '{"threads":1,"runs":2,"rated":2,"positive":0}'
	# An agent's are those of whom it acts for.
	as agent get '/statistics?days=2'
	json_is .totals.runs 0
	as agent get '/statistics?days=2' \
	    -H 'X-Bobbin-On-Behalf-Of: ben@example.com'
	json_is .totals.runs 2
	as ann get '/statistics?days=2' \
	    -H 'X-Bobbin-On-Behalf-Of: ben@example.com'
	status_is 403
	get /statistics
	status_is 401
	# Row security says it again: no owner, another owner.
	prep=$(sed -n '/^-- name: run_statistics /,/;$/p' \
	    "$top/sql/query/run.sql")
	for other in '' ann@example.com; do
		is "$(sql_as bobbin_app "SET bobbin.email = '$other';
		    PREPARE s (text, integer, integer) AS $prep
		    EXECUTE s ('ben@example.com', 1, 0)" | cut -d '|' -f 2-)" \
		    '0|0|0|0'
	done
}

odd_parameters_are_refused() {
	for bad in 0 -1; do
		as ann get "/statistics?days=$bad"
		_error greater_than_equal query/days
	done
	for bad in 367 2147483648; do
		as ann get "/statistics?days=$bad"
		_error less_than_equal query/days
	done
	for bad in '' x 30d 1.5 1e2 99999999999999999999 %00 "1'%3B--"; do
		as ann get "/statistics?days=$bad"
		case $(status) in
		400 | 422) ;;
		*)	flunk "days=$bad: $(status)" ;;
		esac
	done
	as ann get '/statistics?tz=841'
	_error less_than_equal query/tz
	as ann get '/statistics?tz=-841'
	_error greater_than_equal query/tz
	as ann get '/statistics?tz=Europe/Berlin'
	_error int_parsing query/tz
	as ann get '/statistics?days=0&tz=x'
	json_is '[.errors[].loc[1]]' '["days","tz"]'
	as ann get '/statistics?days=3&_=1&days=2'
	status_is 200
	json_is '.days | length' 2
	for path in /statistics/ /statistics/x; do
		as ann get $path
		status_is 404
	done
	as ann post /statistics '{}'
	status_is 405
	header_is Allow 'GET, HEAD, OPTIONS'
	as ann head_ /statistics
	status_is 200
}

# The page's own module of that name is a file.
the_page_s_file_is_not_hidden() {
	get /statistics.js
	status_is 200
	header_like Content-Type javascript
}

it_run
