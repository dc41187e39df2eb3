# 195-lanes.t: requests of many owners that one worker has under way at once:
# each gets its own answer, whatever becomes of the others'.
. "${SRCDIR:?}/t/it/lib.sh"

it_args='--workers 1'
it_site='s/rate=50r/rate=50000r/; s/burst=100/burst=1000/'
it_start

clients=12

# Every owner has other threads, runs and ratings.
_fill() {
	sql "INSERT INTO users_threads_runs (email, thread_id, run_id, prompt,
	    timestamp, sentiment)
	    SELECT 'o' || o || '@example.com', 't' || o || '-' || t,
		   gen_random_uuid(), 'prompt of o' || o || ' ' || t || ' ' || r,
		   timestamp '2026-01-01' + o * interval '1 day' + t *
		   interval '1 hour' + r * interval '1 second', (o + r) % 2 = 0
	      FROM generate_series(1, $clients) o, generate_series(1, 3 + o % 5)
		   t, generate_series(1, 1 + o % 7) r"
	for o in $(seq $clients); do
		token_of "o$o" >/dev/null
		for path in $(_paths "$o"); do
			as "o$o" get "$path"
			status_is 200
			cp "$T/body" "$T/want.$o.$(echo "$path" | tr / _)"
		done
	done
}

_paths() {
	echo "/chat-threads?limit=10 /chat/t$1-1/run-ids /chat/t$1-2/sentiments"
}

# _crowd SECONDS [STATUS [SHARE]]: all at once, on kept connections, in any
# order; each answer is the owner's, or has that status and nothing of anybody's.
# That share of them is lists (0.9), between which come bad input and no token.
_crowd() {
	cat >"$T/crowd.pl" <<'P'
use strict;
use warnings;
use IO::Socket::INET;
my ($dir, $port, $clients, $seconds, $also, $share) = @ARGV;
$share //= 0.9;
$SIG{PIPE} = 'IGNORE';
sub file { local (@ARGV, $/) = ($_[0]); return <> }
sub ask {
	my ($s, $text) = @_;
	print $s $text or return;
	my ($head, $body) = ('', '');
	while (my $line = <$s>) {
		last if $line eq "\r\n";
		$head .= $line;
	}
	my ($status) = $head =~ m{^HTTP/1\.1 (\d+)} or return;
	if ($head =~ /^Content-Length: (\d+)/mi) {
		read($s, $body, $1) == $1 or return;
	} elsif ($head =~ /^Transfer-Encoding: chunked/mi) {
		while (defined(my $n = <$s>)) {
			last unless $n =~ /^([0-9a-f]+)/i;
			my $part;
			read $s, $part, hex($1) + 2;
			$body .= substr $part, 0, -2;
			last if hex($1) == 0;
		}
	}
	return ($status, $body);
}
my @pids;
for my $o (1 .. $clients) {
	my $pid = fork;
	if ($pid) {
		push @pids, $pid;
		next;
	}
	srand $o;
	my $token = file("$dir/token.o$o");
	chomp $token;
	my @paths = ('/chat-threads?limit=10', "/chat/t$o-1/run-ids",
	    "/chat/t$o-2/sentiments");
	my %want = map { my $f = $_ =~ s{/}{_}gr; $_ => file("$dir/want.$o.$f") }
	    @paths;
	my %bad = ('/chat-threads?cursor=x' => 422, '/nothing' => 404,
	    '/chat-threads?limit=0' => 422);
	my ($s, $good, $end) = (undef, 0, time + $seconds);
	while (time < $end) {
		$s //= IO::Socket::INET->new("127.0.0.1:$port") or next;
		my $path = rand() < $share ? $paths[rand @paths] :
		    (sort keys %bad)[rand keys %bad];
		my $lost = rand() < (1 - $share) / 3;
		my ($status, $body) = ask($s, "GET $path HTTP/1.1\r\n" .
		    "Host: x\r\n" . ($lost ? '' :
		    "Authorization: Bearer $token\r\n") . "\r\n");
		if (!defined $status) {
			undef $s;
			next;
		}
		my $expect = $path eq '/nothing' ? 404 : $lost ? 401 :
		    $bad{$path} // 200;
		$good++, next if $status == $expect &&
		    ($status != 200 || $body eq $want{$path});
		next if $also && $status =~ /^(?:$also)$/ &&
		    $body !~ /prompt of/;
		print "o$o $path: $status, $body\n";
		exit 1;
	}
	print "o$o: nothing was answered\n" if $good == 0;
	exit($good == 0);
}
my $rc = 0;
for (@pids) { waitpid $_, 0; $rc ||= $?; }
exit($rc ? 1 : 0);
P
	perl "$T/crowd.pl" "$T" "$port" $clients "$@" >"$T/crowd.out" 2>&1 || {
		flunk "$(head -c 2000 "$T/crowd.out")"
		return 1
	}
}

everybody_gets_their_own() {
	_fill
	_crowd 5
}

# Whose statement was on the way asks again, alone.
a_dead_backend_mixes_nothing_up() {
	_crowd 6 503 &
	crowd=$!
	while kill -0 $crowd 2>/dev/null; do
		sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		    WHERE usename = 'bobbin_app'" >/dev/null
		sleep 0.05
	done
	wait $crowd || flunk "not all were answered"
	_crowd 1
}

# A table is locked away for longer than a statement has: it is cancelled, with
# others on the way behind it.
a_cancelled_statement_mixes_nothing_up() {
	stop_bobbin
	sed -i '/DATABASE_TIMEOUT_MS/d' "$T/bobbin.conf"
	echo 'DATABASE_TIMEOUT_MS = 300' >>"$T/bobbin.conf"
	start_bobbin
	_crowd 1
	_crowd 4 503 &
	crowd=$!
	for _ in 1 2; do
		sql "BEGIN; LOCK TABLE users_threads_runs IN ACCESS EXCLUSIVE
		    MODE; SELECT pg_sleep(0.7); COMMIT" >/dev/null
	done
	wait $crowd || flunk "not all were answered"
	_crowd 1
}

# With the limits as they are: each waits for its own answer alone, and the
# watchdog has nothing to do.
a_long_lock_kills_no_worker() {
	stop_bobbin
	sed -i '/DATABASE_TIMEOUT_MS/d' "$T/bobbin.conf"
	start_bobbin
	_crowd 1
	_crowd 32 '503|504' 1 &
	crowd=$!
	sql "BEGIN; LOCK TABLE threads, users_threads_runs; SELECT pg_sleep(30);
	    COMMIT" >/dev/null
	wait $crowd || flunk "not all were answered"
	! grep -q stuck "$T/log/bobbin.log" || flunk "a worker was stuck"
	_crowd 1
}

# The table changes behind prepared statements, again and again.
a_plan_made_again_mixes_nothing_up() {
	_crowd 4 &
	crowd=$!
	while kill -0 $crowd 2>/dev/null; do
		pg_sql bobbin_owner -c "ALTER TABLE users_threads_runs
		    ALTER sentiment SET STATISTICS 50" >/dev/null
		sleep 0.1
	done
	wait $crowd || flunk "not all were answered"
}

# A worker that is told to go answers all that it has begun.
a_reload_loses_nothing() {
	_crowd 5 &
	crowd=$!
	for _ in 1 2 3; do
		sleep 1
		kill -HUP "$bobbin_pid"
	done
	wait $crowd || flunk "not all were answered"
}

it_run
