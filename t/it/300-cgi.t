# 300-cgi.t: the same binary as CGI, under nginx's fcgiwrap and Apache.
. "${SRCDIR:?}/t/it/lib.sh"

it_conf='AGENT_LOCATION = @agent'
it_start
site=$url
trap _cgi_stop EXIT
wrap_pid= apache_pid=

_cgi_stop() {
	_cgi_status=$?
	[ -z "$wrap_pid" ] || priv_kill "$wrap_pid"
	[ -z "$apache_pid" ] || priv_kill "$apache_pid"
	(exit $_cgi_status)
	it_stop
}

# Runs in the background with nothing but a path in its environment.
_daemon() {
	cd "$T" && as_priv env -i PATH="$PATH" "$@" </dev/null \
	    >>"$T/log/cgi.out" 2>&1
}

# The server block of bobbin(8), and a place for what is handed on.
_nginx_site() {
	cat >>"$T/nginx/site.conf" <<-X
		server {
			listen 127.0.0.1:$1;
			access_log off;
			location / {
				include /etc/nginx/fastcgi_params;
				fastcgi_param SCRIPT_FILENAME $priv_bobbin;
				fastcgi_param BOBBIN_CONF $T/bobbin.conf;
				fastcgi_param BOBBIN_REQUEST_ID \$request_id;
				fastcgi_param HTTP_PROXY "";
				fastcgi_pass unix:$T/fcgiwrap.sock;
			}
			location @agent {
				default_type text/plain;
				return 200 "\$upstream_http_x_bobbin_owner";
			}
		}
	X
	kill -HUP "$nginx_pid"
}

# Apache's configuration of bobbin(8).
_apache_conf() {
	mkdir -p "$T/apache"
	cat >"$T/apache/apache.conf" <<-X
		ServerRoot $T/apache
		ServerName localhost
		Listen 127.0.0.1:$1
		PidFile $T/apache.pid
		DefaultRuntimeDir $T
		ErrorLog $T/log/apache.log
		LoadModule mpm_prefork_module $modules/mod_mpm_prefork.so
		LoadModule authz_core_module $modules/mod_authz_core.so
		LoadModule env_module $modules/mod_env.so
		LoadModule alias_module $modules/mod_alias.so
		LoadModule cgi_module $modules/mod_cgi.so
		ScriptAlias / $priv_bobbin/
		<Location "/">
			SetEnv BOBBIN_CONF $T/bobbin.conf
			CGIPassAuth On
			Require all granted
		</Location>
		AllowEncodedSlashes NoDecode
	X
}

# _up URL: it answers, or never will.
_up() { curl -s -o /dev/null -m 5 "$1/health"; }

_start_servers() {
	wrap=http://127.0.0.1:$(free_port)
	_nginx_site "${wrap##*:}"
	_daemon /usr/sbin/fcgiwrap -s "unix:$T/fcgiwrap.sock" &
	wrap_pid=$!
	_wait_for test -S "$T/fcgiwrap.sock" || _bail "no fcgiwrap"
	_wait_for _up "$wrap" || _bail "no site for fcgiwrap"

	modules=$(dirname "$(find /usr/lib/apache2 /usr/lib64/httpd \
	    -name mod_cgi.so 2>/dev/null | head -n 1)")
	apache=http://127.0.0.1:$(free_port)
	_apache_conf "${apache##*:}"
	_daemon "$(PATH=$PATH:/usr/sbin command -v apache2)" -X -DFOREGROUND \
	    -f "$T/apache/apache.conf" &
	apache_pid=$!
	_wait_for _up "$apache" || _bail "no apache: $(cat "$T/log/cgi.out")"
}

# Each of the servers in turn.
_both() {
	for url in "$wrap" "$apache"; do
		"$@"
	done
	url=$site
}

# What a client sees of an answer, but for what names the server or the hour.
_seen() {
	cat "$T/status"
	echo
	for h in Content-Type Cache-Control ETag Allow WWW-Authenticate Vary \
	    X-Content-Type-Options Retry-After Access-Control-Allow-Origin \
	    X-Request-Id; do
		echo "$h: $(header $h | tr -d ' ')"	# Apache takes blanks
	done
	cat "$T/body"
}

# _alike request...: the daemon, fcgiwrap and Apache give one answer.
_alike() {
	"$@" -H 'X-Request-Id: same' -H "Origin: $it_origin"
	_seen >"$T/daemon.seen"
	for url in "$wrap" "$apache"; do
		"$@" -H 'X-Request-Id: same' -H "Origin: $it_origin"
		_seen | diff "$T/daemon.seen" - >"$T/differ" ||
		    flunk "$url $*: $(cat "$T/differ")"
	done
	url=$site
}

_start_servers

answers_are_those_of_the_daemon() {
	as alice post /chat/plans/runs '{"prompt":"first"}'
	status_is 201
	_alike as alice get /chat-threads
	_alike as alice get /chat-threads/count
	_alike as alice get '/chat-threads?limit=1&page=2'
	_alike as alice get /api/chat/plans/run-ids
	_alike as alice get /chat/plans/sentiments
	_alike as alice get /initial-followup-prompts
	_alike as alice delete /chat/never-was
	status_is 200
}

errors_are_those_of_the_daemon() {
	_alike get /chat-threads
	status_is 401
	_alike request GET /chat-threads -H 'Authorization: Bearer x.y.z'
	status_is 401
	_alike as alice get /nothing-of-that-name
	status_is 404
	_alike as alice delete /health
	status_is 405
	_alike as alice post /sentiment '{'
	status_is 400
	_alike as alice post /sentiment '{}'
	status_is 422
	_alike as alice request POST /sentiment -H 'Content-Type: text/plain' \
	    -d x
	status_is 415
	_alike as alice get '/chat-threads?limit=0'
	status_is 422
}

_posts() {
	as alice post /chat/posted/runs "{\"prompt\":\"$url\",\"run_id\":\"$1\"}"
	status_is 201
	json_is .created true
	as alice post /chat/posted/runs "{\"prompt\":\"$url\",\"run_id\":\"$1\"}"
	status_is 200
	json_is .created false
	# More than a pipe holds.
	head -c 300000 /dev/zero | tr '\0' x >"$T/long"
	printf '{"prompt":"%s"}' "$(cat "$T/long")" >"$T/long.json"
	as alice post /chat/long/runs "@$T/long.json"
	status_is 201
	json_is '.prompt | length' 300000
}

a_body_arrives_whole() {
	url=$wrap
	_posts 11111111-0000-4000-8000-000000000001
	url=$apache
	_posts 11111111-0000-4000-8000-000000000002
	url=$site
	as alice get /chat/posted/run-ids
	json_is '.run_ids | length' 2
}

_heads() {
	as alice get /chat-threads
	length=$(wc -c <"$T/body")
	as alice head_ /chat-threads
	status_is 200
	# Apache leaves it out.
	[ "$url" = "$apache" ] || header_is Content-Length "$length"
	header_like ETag '^(W/)?".+"$'
}

head_has_length_and_no_body() {
	_both _heads
}

_revalidates() {
	as alice get /chat-threads
	as alice get /chat-threads -H "If-None-Match: $(header ETag)"
	status_is 304
	body_is ''
	no_header Content-Type
}

an_unchanged_page_is_304() {
	_both _revalidates
}

_slashes() {
	as alice post '/chat/a%2Fb%20c/runs' '{"prompt":"slash"}'
	json_is .thread_id '"a/b c"'
	as alice get '/api/chat/a%2Fb%20c/run-ids?x=%2F'
	status_is 200
	json_is '.run_ids[0].prompt' '"slash"'
	as alice get /chat/a/b%20c/run-ids
	status_is 404
}

an_encoded_slash_belongs_to_the_id() {
	_both _slashes
}

_of_bob() {
	as bob get /chat-threads
	json_is .total_count 0
}

others_see_nothing() {
	_both _of_bob
}

_no_metrics() {
	get /metrics
	status_is 404
}

metrics_are_of_the_daemon_alone() {
	_both _no_metrics
}

fcgiwrap_hands_on_to_the_agent() {
	url=$wrap
	as alice post /analyze '{"prompt":"x","thread_id":"handed"}'
	status_is 200
	body_is alice@example.com
	url=$site
}

_mints() {
	as alice post "/chat/minted-${url##*:}/runs" '{"prompt":"x"}'
	status_is 201
	json_is '.run_id | length' 36
}

_owned_by_nobody() {
	as agent get /chat-threads -H 'X-Bobbin-On-Behalf-Of;'
	status_is 400
	body_is '{"detail":"X-Bobbin-On-Behalf-Of is invalid"}'
	as bob get /chat-threads -H 'X-Bobbin-On-Behalf-Of;'
	status_is 403
}

an_empty_owner_arrives() {
	_both _owned_by_nobody
}

run_ids_are_minted() {
	_both _mints
}

_is_down() {
	as alice get /chat-threads
	status_is 503
	header_is Retry-After 5
	body_is '{"detail":"Database unavailable"}'
	_still_prompts
}

_still_prompts() {
	as alice get /initial-followup-prompts
	status_is 200
}

without_a_database_it_is_503() {
	pg_down immediate
	_both _is_down
	_pg_up
	_both _heads
}

# _cgi STATUS TEXT [NAME=value...]: runs the program itself, without arguments.
_cgi() {
	want=$1 text=$2
	shift 2
	env -i PATH="$PATH" "$@" "$BOBBIN" <"${input:-/dev/null}" \
	    >"$T/cgi.stdout" 2>"$T/cgi.stderr"
	is $? "$want" "status of env $*"
	cat "$T/cgi.stdout" "$T/cgi.stderr" | grep -qF -e "$text" ||
	    flunk "env $*: no \"$text\" in: $(cat "$T/cgi.stdout" \
	    "$T/cgi.stderr")"
}

what_is_no_request_is_an_error() {
	cgi='GATEWAY_INTERFACE=CGI/1.1 BOBBIN_CONF='$T/bobbin.conf
	_cgi 64 'usage: bobbin command'
	_cgi 64 'no request in the environment' $cgi
	_cgi 78 "$T/nowhere.conf" GATEWAY_INTERFACE=CGI/1.1 \
	    "BOBBIN_CONF=$T/nowhere.conf"
	"$BOBBIN" cgi </dev/null >"$T/cgi.stdout" 2>"$T/cgi.stderr"
	is $? 64 'status of cgi by hand'
	grep -q 'GATEWAY_INTERFACE is not set' "$T/cgi.stderr" ||
	    flunk "$(cat "$T/cgi.stderr")"
}

a_bare_environment_is_answered() {
	_cgi 0 'Status: 200 OK' $cgi REQUEST_METHOD=GET \
	    REQUEST_URI=/initial-followup-prompts \
	    "HTTP_AUTHORIZATION=Bearer $(token_of alice)"
	_cgi 0 'Status: 400 Bad Request' $cgi REQUEST_METHOD=GET
	_cgi 0 'Status: 400 Bad Request' $cgi REQUEST_METHOD=POST \
	    REQUEST_URI=/sentiment CONTENT_LENGTH=100 \
	    CONTENT_TYPE=application/json \
	    "HTTP_AUTHORIZATION=Bearer $(token_of alice)"
}

a_blank_owner_is_none() {
	for none in '' ' ' '  x@example.com' 'x@example.com '; do
		for who_ in "agent 400 Bad Request" "bob 403 Forbidden"; do
			_cgi 0 "Status: ${who_#* }" $cgi REQUEST_METHOD=GET \
			    REQUEST_URI=/chat-threads \
			    "HTTP_X_BOBBIN_ON_BEHALF_OF=$none" \
			    "HTTP_AUTHORIZATION=Bearer $(token_of ${who_%% *})"
		done
	done
}

# As a web server might start a daemon, but with the wrong thing on fd 0.
wrong_fd0_fails_loudly() {
	perl -MSocket -e 'socket(my $s, PF_UNIX, SOCK_STREAM, 0);
	    bind($s, sockaddr_un($ARGV[0])); listen($s, 1);
	    open(STDIN, "<&", $s); %ENV = (GATEWAY_INTERFACE => "CGI/1.1");
	    exec $ARGV[1]' "$T/zero.sock" "$BOBBIN" >"$T/cgi.stdout" \
	    2>"$T/cgi.stderr"
	is $? 64 'a listening socket and no command'
	grep -q '^usage:' "$T/cgi.stderr" || flunk "$(cat "$T/cgi.stderr")"
	perl -MSocket -e 'socketpair(my $a, my $b, PF_UNIX, SOCK_STREAM, 0);
	    open(STDIN, "<&", $a); %ENV = (BOBBIN_CONF => $ARGV[0]);
	    exec $ARGV[1], "serve"' "$T/bobbin.conf" "$BOBBIN" \
	    >"$T/cgi.stdout" 2>"$T/cgi.stderr"
	is $? 64 'a connected socket'
	grep -q 'descriptor 0 is a socket, but not a listening' \
	    "$T/cgi.stderr" || flunk "$(cat "$T/cgi.stderr")"
}

it_run
