# deps.sh: sourced: which Debian packages bobbin needs, and their installation.

deps_build="gcc libc6-dev make autoconf automake pkg-config libfcgi-dev
    libpq-dev libjson-c-dev uuid-dev libssl-dev libcurl4-openssl-dev
    libmsgpack-dev libinih-dev"
deps_run="postgresql nginx libnginx-mod-nchan curl procps util-linux ca-certificates"
deps_test="jq openssl libcunit1-dev pgbouncer fcgiwrap spawn-fcgi apache2-bin
    python3-cryptography chromium"
# A Node.js from elsewhere brings its own npm and conflicts with Debian's.
command -v npm >/dev/null 2>&1 || deps_test="$deps_test nodejs npm"

deps_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

deps_missing() {
	for deps_p; do
		dpkg-query -W -f '${db:Status-Status}' "$deps_p" 2>/dev/null |
		    grep -qx installed || echo "$deps_p"
	done
}

deps_apt() {
	deps_root env DEBIAN_FRONTEND=noninteractive apt-get \
	    -o DPkg::Lock::Timeout=300 -qq "$@" </dev/null
}

# deps_install PACKAGE...  Installs what is missing, and leaves no service
# behind that was not there before: policy-rc.d keeps new ones from starting,
# systemd from starting them at the next boot, and the cluster that Debian
# makes for a new PostgreSQL goes again, empty as it is.
deps_install() {
	deps_new=$(deps_missing "$@")
	[ -n "$deps_new" ] || { deps_nginx_dirs; return; }
	echo "installing:" $deps_new
	deps_clusters=$(ls -d /etc/postgresql/*/* 2>/dev/null || :)
	deps_policy=/usr/sbin/policy-rc.d
	if [ -e $deps_policy ]; then
		deps_policy=
	else
		printf '#!/bin/sh\nexit 101\n' |
		    deps_root sh -c "cat >$deps_policy; chmod 755 $deps_policy"
		trap 'deps_root rm -f /usr/sbin/policy-rc.d' EXIT
		trap 'exit 130' INT TERM
	fi

	deps_rc=0
	# Known packages need no fresh lists, unless those are out of date.
	if apt-cache show $deps_new >/dev/null 2>&1 &&
	    deps_apt install --no-install-recommends $deps_new; then
		:
	else
		deps_apt update &&
		    deps_apt install --no-install-recommends $deps_new ||
		    deps_rc=1
	fi

	if [ -n "$deps_policy" ]; then
		deps_root rm -f "$deps_policy"
		trap - EXIT INT TERM
	fi
	for deps_p in $deps_new; do
		case $deps_p in
		postgresql)
			deps_drop_clusters
			deps_disable postgresql.service ;;
		nginx | pgbouncer)
			deps_disable $deps_p.service ;;
		fcgiwrap)
			deps_disable fcgiwrap.service fcgiwrap.socket ;;
		esac
	done
	deps_nginx_dirs
	return $deps_rc
}

# With nchan nginx asks for its built-in directories, whatever its
# configuration names; Debian's are made by a first start as root.
deps_nginx_dirs() {
	for deps_d in $(PATH=$PATH:/usr/sbin nginx -V 2>&1 | tr ' ' '\n' |
	    sed -n 's/^--http-.*-temp-path=//p'); do
		[ -d "$deps_d" ] || deps_root mkdir -p -m 0700 "$deps_d"
	done
}

deps_disable() {
	[ ! -d /run/systemd/system ] ||
	    deps_root systemctl disable -q "$@" 2>/dev/null || :
}

deps_drop_clusters() {
	for deps_c in /etc/postgresql/*/*; do
		[ -d "$deps_c" ] || continue
		case " $(echo $deps_clusters) " in
		*" $deps_c "*) continue ;;
		esac
		deps_root pg_dropcluster \
		    "$(basename "$(dirname "$deps_c")")" \
		    "$(basename "$deps_c")" || :
	done
}
