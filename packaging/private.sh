# private.sh: sourced: a PostgreSQL, an nginx and a bobbin of one's own, all
# below one directory and under one user without rights.  The quickstart and
# the tests run on it.
#
# The caller sets $top (the source tree) and $bobbin (the program), then
# calls priv_init DIR.  Everything below DIR belongs to $priv_user.

if [ "$(id -u)" = 0 ]; then
	# PostgreSQL refuses to run as root; its package brings this user.
	priv_user=postgres
	getent passwd postgres >/dev/null || priv_user=nobody
else
	priv_user=$(id -un)
fi

# Runs a command as that user, replacing a subshell, so that $! is its pid.
as_priv() {
	if [ "$(id -u)" = 0 ]; then
		exec setpriv --reuid="$priv_user" \
		    --regid="$(id -g "$priv_user")" --init-groups "$@"
	fi
	exec "$@"
}

# Whether that user can work below the directory, and sockets' names fit:
# they have 107 bytes.
priv_fits() {
	[ ${#1} -le 80 ] && (as_priv test -x "$1") 2>/dev/null
}

# Where PostgreSQL's programs are: Debian has them off the path.
priv_pg() {
	for priv_d in "$(pg_config --bindir 2>/dev/null)" \
	    $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
		if [ -x "$priv_d/initdb" ]; then
			echo "$priv_d"
			return
		fi
	done
	echo "no PostgreSQL server programs found" >&2
	return 1
}

priv_init() {
	priv=$1
	pgbin=$(priv_pg) || return 1
	mkdir -p "$priv/log" "$priv/nginx/tmp"
	[ "$(id -u)" != 0 ] || chown "$priv_user" "$priv" "$priv/log" \
	    "$priv/nginx" "$priv/nginx/tmp"
	chmod 700 "$priv"
	# What that user cannot reach, it gets a copy of.
	priv_bobbin=$bobbin
	if ! (as_priv test -x "$bobbin") 2>/dev/null; then
		priv_bobbin=$priv/bobbin
		cp -f "$bobbin" "$priv_bobbin"
		chmod 755 "$priv_bobbin"
	fi
}

# A new cluster in DIR/pg; what is in it can be made again.
pg_create() {
	(cd "$priv" && as_priv "$pgbin/initdb" -D "$priv/pg" -U postgres \
	    --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync \
	    --no-instructions --wal-segsize=4) >"$priv/log/initdb.log" 2>&1 || {
		cat "$priv/log/initdb.log" >&2
		return 1
	}
	cat >>"$priv/pg/postgresql.conf" <<-X
		listen_addresses = ''
		unix_socket_permissions = 0700
		max_connections = 60
		shared_buffers = 32MB
		jit = off
		timezone = UTC
		log_timezone = UTC
	X
}

# pg_up [OPTIONS]: the socket is in DIR, which nobody else may enter.
pg_up() {
	(cd "$priv" && as_priv "$pgbin/pg_ctl" -D "$priv/pg" -w -s \
	    -l "$priv/log/postgres.log" -o "-k '$priv' ${1-}" start) \
	    </dev/null >/dev/null 9>&-
}

pg_down() {
	[ ! -s "$priv/pg/postmaster.pid" ] ||
	    (cd "$priv" && as_priv "$pgbin/pg_ctl" -D "$priv/pg" -w -s \
	    -m "${1:-fast}" stop) 2>/dev/null
}

# pg_sql ROLE [psql's arguments]
pg_sql() {
	priv_role=$1
	shift
	psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$priv" -U "$priv_role" \
	    -d bobbin "$@"
}

pg_url() {
	echo "postgresql://$1@/bobbin?host=$(echo "$priv" | sed 's|/|%2F|g')"
}

# The database with its roles.  Here they log in without a password: only this
# directory's owner reaches the socket.
pg_setup() {
	"$pgbin/createdb" -h "$priv" -U postgres bobbin &&
	    pg_sql postgres -f "$top/sql/roles.sql" \
		-c "ALTER ROLE bobbin_owner LOGIN" \
		-c "CREATE ROLE demo_agent LOGIN IN ROLE bobbin_agent" \
		-c "ALTER DATABASE bobbin OWNER TO bobbin_owner" \
		-c "ALTER SCHEMA public OWNER TO bobbin_owner"
}

# bobbin's own configuration: what differs from the defaults, then stdin.
bobbin_conf() {
	(umask 077
	{
		cat <<-X
			DATABASE_URL = $(pg_url bobbin_owner)
			BOBBIN_APP_DATABASE_URL = $(pg_url bobbin_app)
			BOBBIN_JOBS_DATABASE_URL = $(pg_url bobbin_jobs)
			BOBBIN_SOCKET = $priv/bobbin.sock
			BOBBIN_SLOW_SOCKET = $priv/slow.sock
			LOG_FILE = $priv/log/bobbin.log
			BLOBSTORE_DIR = $priv/blobs
			EVENTS_PUBLISH = $priv/publish.sock
		X
		cat
	} >"$priv/bobbin.conf")
	[ "$(id -u)" != 0 ] || chown "$priv_user" "$priv/bobbin.conf"
}

# Nothing of the caller's environment counts but what a sanitizer wants.
bobbin_exec() {
	cd "$priv" && as_priv env -i PATH="$PATH" LC_ALL=C.UTF-8 \
	    ASAN_OPTIONS="${ASAN_OPTIONS-}" UBSAN_OPTIONS="${UBSAN_OPTIONS-}" \
	    LSAN_OPTIONS="${LSAN_OPTIONS-}" BOBBIN_CONF="$priv/bobbin.conf" \
	    $bobbin_wrap "$priv_bobbin" "$@"
}
bobbin_wrap=

bobbin_run() {
	(bobbin_exec "$@")
}

# bobbin_up [OPTIONS]: sets $bobbin_pid.
bobbin_up() {
	rm -f "$priv/bobbin.sock" "$priv/slow.sock"
	bobbin_wrap=setsid
	bobbin_exec serve -c "$priv/bobbin.conf" "$@" </dev/null \
	    >>"$priv/log/bobbin.out" 2>&1 9>&- &
	bobbin_wrap=
	bobbin_pid=$!
}

# nginx_conf PORT AGENT: the shipped site, with these places for its own.
nginx_conf() {
	rm -rf "$priv/nginx/bobbin"
	cp -R "$top/nginx" "$priv/nginx/bobbin"
	chmod -R a+rX "$priv/nginx/bobbin"
	sed -e "s|/run/bobbin/|$priv/|" -e "s|/run/bobbin-events/|$priv/|" \
	    -e "s|listen 80;|listen 127.0.0.1:$1;|" \
	    -e "s|127\.0\.0\.1:8123|$2|" -e "s|/var/log/nginx/|$priv/log/|" \
	    -e "s|/usr/share/bobbin/nginx/html|$priv/nginx/bobbin/html|" \
	    -e "s|/var/lib/bobbin/blobs|$priv/blobs|" \
	    "$top/nginx/sample.conf" >"$priv/nginx/site.conf"
	cat >"$priv/nginx/nginx.conf" <<-X
		$(priv_module ngx_nchan_module)
		daemon off;
		pid $priv/nginx.pid;
		error_log $priv/log/nginx.log;
		worker_processes 1;
		events { worker_connections 4096; }
		http {
			include /etc/nginx/mime.types;
			client_body_temp_path $priv/nginx/tmp/body;
			fastcgi_temp_path $priv/nginx/tmp/fastcgi;
			proxy_temp_path $priv/nginx/tmp/proxy;
			uwsgi_temp_path $priv/nginx/tmp/uwsgi;
			scgi_temp_path $priv/nginx/tmp/scgi;
			include site.conf;
		}
	X
}

# The line that loads a module of nginx's.
priv_module() {
	for priv_d in "$($(priv_nginx) -V 2>&1 |
	    sed -n 's/.*--modules-path=\([^ ]*\).*/\1/p')" \
	    /usr/lib/nginx/modules /usr/lib64/nginx/modules; do
		[ ! -e "$priv_d/$1.so" ] ||
		    { echo "load_module $priv_d/$1.so;"; return; }
	done
	echo "nginx has no $1" >&2
	return 1
}

# Sets $nginx_pid.
nginx_up() {
	rm -f "$priv/publish.sock"	# of one that was killed
	{
		cd "$priv" && as_priv setsid "$(priv_nginx)" \
		    -p "$priv/nginx" -e "$priv/log/nginx.log" \
		    -c "$priv/nginx/nginx.conf"
	} </dev/null >>"$priv/log/nginx.out" 2>&1 9>&- &
	nginx_pid=$!
}

priv_nginx() {
	PATH=$PATH:/usr/sbin command -v nginx
}

free_port() {
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1,
	    LocalAddr => "127.0.0.1")->sockport, "\n"'
}

# priv_kill PID [SIGNAL]: ends a process of ours and waits for its end.
priv_kill() {
	kill "-${2:-TERM}" "$1" 2>/dev/null || return 0
	priv_n=0
	while kill -0 "$1" 2>/dev/null && [ $priv_n -lt 100 ]; do
		# A zombie of this shell is gone as well.
		case $(ps -o stat= -p "$1") in Z* | "") break ;; esac
		priv_n=$((priv_n + 1))
		sleep 0.1
	done
	kill -KILL "$1" 2>/dev/null || :
}

# Ends what a killed run left behind.  Servers of ours work in DIR; a worker of
# nginx outlives its master and has no other mark.
priv_sweep() {
	find /proc/[0-9]* -maxdepth 1 -name cwd -lname "$priv" 2>/dev/null |
	    while IFS=/ read -r _ _ priv_p _; do
		case $(readlink "/proc/$priv_p/exe") in
		*/nginx* | */bobbin*) priv_kill "$priv_p" ;;
		esac
	done
	pg_down || :		# a stale pid file is PostgreSQL's to judge
}
