# measure.pl: rounds of all cells, a table, and the ratios that must hold.
# Run by t/bench/run, which says in %ENV what is up already.
use strict;
use warnings;
use IO::Socket::INET;
use POSIX qw(setsid);
use Time::HiRes qw(sleep time);

$| = 1;
my ($dir, $top) = @ARGV;
my $port = $ENV{BENCH_PORT};
my $workers = $ENV{BENCH_WORKERS};
my @as = split ' ', $ENV{BENCH_AS} // '';
my @clients = split ' ', $ENV{BENCH_CLIENTS} // '1 8 32 64';
my $rounds = $ENV{BENCH_ROUNDS} // 5;
my $seconds = int(($ENV{BENCH_SECONDS} // 5) / $rounds) || 1;
my $hz = POSIX::sysconf(&POSIX::_SC_CLK_TCK);
my %root = (nginx => $ENV{BENCH_NGINX}, postgres => $ENV{BENCH_POSTGRES});
my @groups = qw(nginx responder postgres);
my $failures = 0;
my ($big, $small) = (2001, 1000);	# owners

sub fault {
	print STDERR "bench: $_[0]\n";
	$failures++;
}

# --- Processes

sub spawn {
	my ($name, @command) = @_;
	my $pid = fork() // die "fork: $!";
	if ($pid == 0) {
		setsid();
		chdir $dir or die "$dir: $!";
		%ENV = (PATH => $ENV{PATH}, LC_ALL => 'C.UTF-8');
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', "$dir/log/$name.out";
		open STDERR, '>&', \*STDOUT;
		exec @as, @command or die "$command[0]: $!";
	}
	return $root{$name} = $pid;
}

sub finish {
	my ($name) = @_;
	my $pid = delete $root{$name} or return;
	kill TERM => $pid;
	for (1 .. 500) {
		return if waitpid($pid, POSIX::WNOHANG) != 0;
		sleep 0.01;
	}
	fault("$name did not end");
	kill KILL => $pid;
}

sub start_bobbin {
	spawn('bobbin', $ENV{BENCH_BOBBIN}, 'serve', '-c', "$dir/bobbin.conf");
}

$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);
END {
	my $status = $?;
	# The others are the caller's.
	finish($_) for grep { /bobbin|kept|classic/ } keys %root;
	$? = $status;
}

sub stat_of {
	open my $f, '<', "/proc/$_[0]/stat" or return;
	my $line = <$f> // return;
	$line =~ s/^.*\) //s;
	return split ' ', $line;	# from field 3 on
}

# A root and its children, for they have none of their own.
sub family {
	my ($root) = @_;
	my @all = ($root);
	opendir my $d, '/proc' or die "/proc: $!";
	for my $pid (grep { /^\d+$/ } readdir $d) {
		my @s = stat_of($pid);
		push @all, $pid if @s && $s[1] == $root;
	}
	return @all;
}

# Seconds of CPU, with what the root's dead children used.
sub cpu {
	my ($root) = @_;
	my $ticks = 0;
	for my $pid (family($root)) {
		my @s = stat_of($pid) or next;
		$ticks += $s[11] + $s[12];
		$ticks += $s[13] + $s[14] if $pid == $root;
	}
	return $ticks / $hz;
}

sub cpu_all {
	my ($responder) = @_;
	return map {
		my $r = $root{$_ eq 'responder' ? $responder : $_};
		defined $r ? cpu($r) : 0;
	} @groups;
}

sub pss {
	my ($root) = @_;
	my $kib = 0;
	for my $pid (family($root)) {
		open my $f, '<', "/proc/$pid/smaps_rollup" or next;
		/^Pss:\s+(\d+)/ and $kib += $1 while <$f>;
	}
	return $kib;
}

# --- A request by hand

sub get {
	my ($path, $token) = @_;
	my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") or return;
	print $s "GET $path HTTP/1.0\r\nAuthorization: Bearer $token\r\n\r\n";
	local $/;
	my $answer = <$s> // '';
	return $answer =~ m{^HTTP/1\.\d (\d+) .*?\r\n\r\n(.*)}s;
}

sub token {
	my ($file, $n) = @_;
	open my $f, '<', $file or die "$file: $!";
	while (<$f>) {
		chomp;
		return $_ if $. == $n;
	}
	die "$file has no line $n";
}

# Tries until the answer is 200; since when, in milliseconds.
sub until_up {
	my ($path, $token, $since) = @_;
	for (1 .. 10000) {
		my ($status) = get($path, $token);
		return 1000 * (time - $since) if ($status // 0) == 200;
		sleep 0.001;
	}
	die "no answer to $path";
}

# The cursor behind which the last page of ten begins.
sub deepest {
	my ($token) = @_;
	my ($cursor, $left) = ('', 5000);
	while ($left > 10) {
		my $n = $left > 60 ? 50 : 10;
		my $q = "limit=$n" . ($cursor ne '' ? "&cursor=$cursor" : '');
		my ($status, $body) = get("/chat-threads?$q", $token);
		($cursor) = ($body // '') =~ /"next_cursor":"([^"]+)"/ or
		    die "no cursor behind page $q";
		$cursor =~ s/([^A-Za-z0-9_.~-])/sprintf '%%%02X', ord $1/ge;
		$left -= $n;
	}
	return $cursor;
}

# --- One measurement: requests, seconds, p50 and p99 in us, errors, CPU

sub load_of {
	my ($cell, $c, $time) = @_;
	open my $p, '-|', 'wrk', '-t', 1, '-c', $c, '-d', "${time}s", '-s',
	    "$top/t/bench/client.lua", "http://127.0.0.1:$port", '--',
	    @{$cell->{args}} or die "wrk: $!";
	my $out = join '', <$p>;
	close $p;
	return $out;
}

# What client.lua printed.
sub count {
	my ($cell, $c, $out) = @_;
	my @said = $out =~ /^BENCH (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)$/m or
	    die "wrk said: $out";
	fault("$cell->{name} with $c clients: $said[4] errors in $said[0] " .
	    'requests') if $said[4] > 0 || $said[0] == 0;
	return \@said;
}

# As with pgbench a first second, of connecting and of tokens that no worker
# has seen for a minute, does not count.
sub wrk {
	my ($cell, $c, $time) = @_;
	load_of($cell, $c, 1);
	my @before = cpu_all($cell->{responder});
	my $out = load_of($cell, $c, $time);
	my @after = cpu_all($cell->{responder});
	my ($n, $us, $p50, $p99, $errors, $bytes) = @{count($cell, $c, $out)};
	return { n => $n, s => $us / 1e6, p50 => $p50, p99 => $p99,
	    errors => $errors, bytes => $bytes,
	    cpu => [map { $after[$_] - $before[$_] } 0 .. 2] };
}

sub quoted {
	my ($s) = @_;
	return $s =~ s/:(?=\w)/\\x3a/g ? "E'$s'" : "'$s'";
}

sub statement {
	my ($name) = @_;
	for my $file (glob "$top/sql/query/*.sql") {
		open my $f, '<', $file or die "$file: $!";
		local $/;
		my $text = <$f>;
		$text =~ /^-- name: \Q$name\E :(?:owned|free)[^\n]*\n(.*?;)\n/ms or next;
		(my $sql = $1) =~ s/^--.*\n//mg;
		# As core/checkpoint.c defines them for LangGraph.js's tables.
		$sql =~ s/\{thread_id\}/thread_id/g;
		$sql =~ s/\{task_path\}/''::text/g;
		$sql =~ s/\{(checkpoint\w+)\}/public.$1/g;
		# pgbench sees variables inside of strings, too.
		$sql =~ s/'([^']*)'/quoted($1)/ge;
		return $sql;
	}
	die "no query $name";
}

# What bobbin sends for it: identity and statement, one Sync.  In the run's
# id alone an integer has to become a UUID.
my $uuid = "('00000000-0000-4000-8000-' || lpad(:run::text, 12, '0'))";
my $studio = "('00000000-0000-4000-8002-' || lpad(:u::text, 12, '0'))";
my $long = '00000000-0000-4000-8002-000000010000';
sub script {
	my ($name, @params) = @_;
	return pipeline($name, <<'X', [$name, ':owner', @params]);
\set u random(1, 2000)
\set t random(1, 50)
\set owner 1000000000000000000 + :u
\set thread 2000000000000000000 + 10000 * :u + :t
\set run 10 * (10000 * :u + :t) + random(0, 9)
\set zero 0
\set limit 11
\set few 100
\set rating random(0, 1)
\set fifty 51
\set key random(1, 9000000000000000)
X
}

# A variable that was never set is NULL.  pgbench asks for text where bobbin
# asks for the bytes themselves.
sub thread_script {
	my ($as, @statements) = @_;
	return pipeline($as, <<"X", @statements);
\\set owner $ENV{BENCH_HOLDER}
\\set rows 20000
\\set bytes 67108864
\\set ledger 0
\\set grown 1
X
}

my @conversation = (['conversations', ':owner', ':thread', ':rows', ':bytes',
	':unset', ':unset', ':ledger', ':grown']);
my @state = (
	['ckpt_messages', ':thread', "''", "'messages'", ':bytes', ':unset',
	    ':owner'],
	['ckpt_tasks', ':thread', "''", ':unset', ':owner', ':bytes'],
	['ckpt_values', ':thread', "''", "'messages'", ':bytes', ':owner'],
);

sub filled {
	my ($name, @values) = @_;
	my $sql = statement($name);
	$sql =~ s/\$(\d+)/$values[$1 - 1]/g;
	return $sql;
}

sub pipeline {
	my ($as, $sets, @statements) = @_;
	my $sql = join "\n", map { filled(@$_) } @statements;
	my $file = "$dir/$as.pgbench";
	open my $f, '>', $file or die "$file: $!";
	print $f <<"X";
$sets\\startpipeline
SELECT set_config('bobbin.email', :owner\::text, true);
$sql
\\endpipeline
X
	return $file;
}

# The first second, of connecting and preparing, does not count.
sub pgbench {
	my ($cell, $c, $time) = @_;
	my $logs = "$dir/pgbench_log";
	unlink glob "$logs*";
	$c = $cell->{connections} // $c;
	open my $p, '-|', "exec pgbench -n -M prepared -c $c -j 1 -T " .
	    ($time + 2) . " -f $cell->{script} -l --log-prefix=$logs " .
	    ($cell->{thread} ? "-D thread=$cell->{thread} " : '') .
	    "-h $dir -U bobbin_app bobbin 2>&1" or die "pgbench: $!";
	sleep 1.2;
	my ($from, @before) = (time, cpu_all(''));
	sleep $time;
	my ($to, @after) = (time, cpu_all(''));
	my $out = join '', <$p>;
	close $p;
	my ($failed) = $out =~ /^number of failed transactions: (\d+)/m;
	my @us;
	for my $log (glob "$logs*") {
		open my $f, '<', $log or die "$log: $!";
		while (<$f>) {
			my (undef, undef, $us, undef, $s, $frac) = split;
			my $at = $s + $frac / 1e6;
			push @us, $us if $at >= $from && $at < $to;
		}
	}
	$failed = 1 if $? != 0 || !@us;
	fault("$cell->{name} with $c clients: $out") if $failed;
	@us = sort { $a <=> $b } @us;
	return { n => scalar @us, s => $to - $from, errors => $failed,
	    p50 => $us[@us / 2] // 0, p99 => $us[@us * 0.99] // 0, bytes => 0,
	    cpu => [map { $after[$_] - $before[$_] } 0 .. 2] };
}

# getState() or getStateHistory() on one connection, of a Node.js that has warmed
# up, whose CPU is given as the responder's.
sub library {
	my ($cell, $c, $time) = @_;
	my (@before, $out);
	open my $p, '-|', 'node', $ENV{BENCH_READER}, $cell->{reads},
	    $ENV{BENCH_URL}, $cell->{thread}, $time or die "node: $!";
	while (<$p>) {
		@before = cpu_all('') if /^WARM$/;
		$out = $_;
	}
	close $p;
	my @after = cpu_all('');
	$out =~ /^BENCH (\d+) (\d+) (\d+) (\d+) (\d+)$/ or
	    die "$cell->{name}: $out";
	return { n => $1, s => $2 / 1e6, p50 => $3, p99 => $4, errors => 0,
	    bytes => 0, cpu => [0, $5 / 1e6, $after[2] - $before[2]] };
}

# As autovacuum would at some time: what the last round wrote is not what this
# one reads.
sub sweep {
	system('psql', '-Xq', '-h', $dir, '-U', 'postgres', '-d', 'bobbin',
	    '-c', 'VACUUM users_threads_runs, threads') == 0 or
	    die 'no VACUUM';
}

# --- The cells

sub median {
	my @v = sort { $a <=> $b } @_;
	return @v % 2 ? $v[$#v / 2] : ($v[@v / 2 - 1] + $v[@v / 2]) / 2;
}

sub http {
	my ($name, $responder, $tokens, $method, $path, @only) = @_;
	return { name => $name, run => \&wrk, responder => $responder,
	    args => ["$dir/$tokens", $method, $path, @only] };
}

sub sql {
	my ($name, $connections, @call) = @_;
	return { name => $name, run => \&pgbench, script => script(@call),
	    connections => $connections };
}

# Threads v1: creating, deciding (each call's first is its decision, the others
# repeat it), and 1,000 messages with 200 tool calls.
sub v1 {
	my ($name, @request) = @_;
	return { %{http($name, 'bobbin', 'hs256', @request)}, most => 64 };
}

# One of the threads: who asked what and got which answer, over all its history;
# its newest state; and both as the library reads them, the history once, since
# that takes seconds.
sub readings {
	my ($thread) = @_;
	my %of = ($thread => ['messages', @conversation],
	    "state $thread" => ['state', @state]);
	return (map({
		my ($path, @sql) = @{$of{$_}};
		({ %{http($_, 'bobbin', 'hs256', 'GET', "/chat/$thread/$path",
		    substr $ENV{BENCH_HOLDER}, -4)}, most => 8 },
		{ name => "pg $_", run => \&pgbench, most => 8,
		    script => thread_script("$path-$thread", @sql),
		    thread => $thread });
	    } sort keys %of),
	    { name => "getState $thread", run => \&library, most => 1,
		thread => $thread, reads => 'state' },
	    { name => "history $thread", run => \&library, most => 1,
		thread => $thread, reads => 'history', once => 1 });
}

spawn('classic', "$dir/classic", "$dir/classic.sock", $workers);
spawn('kept', "$dir/kept", "$dir/kept.conf");
start_bobbin();
my $me = token("$dir/hs256", $small);
until_up($_, $me, time) for '/bench-classic', '/bench-kept',
    '/chat-threads?limit=10';
my $list = '/chat-threads?limit=10';
my $deep = "$list&cursor=" . deepest(token("$dir/hs256", $big));

my @threads = split ' ', $ENV{BENCH_THREADS};
my @cells = grep { $_->{name} =~ /${\($ENV{BENCH_ONLY} || '')}/ } (
	http('classic', 'classic', 'hs256', 'GET', '/bench-classic?limit=10'),
	http('classic, RS256', 'classic', 'rs256', 'GET',
	    '/bench-classic?limit=10'),
	http('kept', 'kept', 'hs256', 'GET', '/bench-kept?limit=10'),
	http('prompts', 'bobbin', 'hs256', 'GET',
	    '/initial-followup-prompts'),
	http('threads', 'bobbin', 'hs256', 'GET', $list),
	http('threads, RS256', 'bobbin', 'rs256', 'GET', $list),
	http('threads, of 50', 'bobbin', 'hs256', 'GET', $list, $small),
	http('threads, of 5000', 'bobbin', 'hs256', 'GET', $list, $big),
	http('threads, deepest', 'bobbin', 'hs256', 'GET', $deep, $big),
	http('run-ids', 'bobbin', 'hs256', 'GET', '/chat/%t/run-ids'),
	http('sentiments', 'bobbin', 'hs256', 'GET', '/chat/%t/sentiments'),
	http('sentiment', 'bobbin', 'hs256', 'POST', '/sentiment'),
	http('download, 64 KiB', 'bobbin', 'hs256', 'GET',
	    "/api/artifacts/$ENV{BENCH_FILE}", substr $ENV{BENCH_HOLDER}, -4),
	http('items', 'bobbin', 'hs256', 'GET',
	    '/chatkit/store/threads/ck/items'),
	v1('create', 'POST', '/api/v1/threads'),
	v1('tool-result', 'POST', '/api/v1/threads/%t/tool-result'),
	v1('state', 'GET', '/api/v1/threads/2000000000010000001/state',
	    $small),
	http('studio page', 'bobbin', 'hs256', 'GET',
	    '/api/threads/%s/messages'),
	http('studio page, long', 'bobbin', 'hs256', 'GET',
	    "/api/threads/$long/messages?limit=10", 1999),
	http('studio list', 'bobbin', 'hs256', 'GET', '/api/threads?limit=10'),
	http('studio message', 'bobbin', 'hs256', 'POST',
	    '/api/threads/%s/messages'),
	sql('pg studio page', undef, 'studio_messages', $studio, ':fifty',
	    ':unset', ':unset'),
	sql('pg studio message', undef, 'studio_ask', $studio, ':key',
	    q('{"text": "What did each of them cost us?"}'), ':unset',
	    q('f'), q('f'), ':unset'),
	sql('pg threads', undef, 'thread_list', ':limit', ':zero'),
	sql('pg run-ids', undef, 'run_ids_few', ':thread', ':few'),
	sql('pg sentiments', undef, 'sentiments', ':thread'),
	sql('pg items', undef, 'ck_items_down', "'ck'", ':unset', '21', "'f'"),
	sql('pg sentiment', undef, 'sentiment_set', $uuid, ':rating'),
	sql("pg sentiment, $workers", $workers, 'sentiment_set', $uuid,
	    ':rating'),
	sql('pg tool-result', undef, 'toolcall_decide', ':thread', "'bench'",
	    ':unset', "'approved'", (':unset') x 3, ':owner'),
	map { readings($_) } @threads,
);

my %got;	# name, clients
for my $c (@clients) {
	for my $round (1 .. $rounds) {
		sweep();
		for my $cell (grep { $c <= ($_->{most} // $c) &&
		    !($_->{once} && $round > 1) } @cells) {
			print STDERR "\r$c clients, round $round of $rounds: ",
			    "$cell->{name}              ";
			push @{$got{$cell->{name}}{$c}},
			    $cell->{run}->($cell, $c, $seconds);
		}
	}
}
print STDERR "\n";

sub rate {
	my ($name, $c) = @_;
	my $r = $got{$name}{$c} or return;
	return median(map { $_->{n} / $_->{s} } @$r);
}

sub total {
	my ($r, $what) = @_;
	my $sum = 0;
	$sum += $_->{$what} for @$r;
	return $sum;
}

print "\n", `uname -srm`, 'processors: ', `nproc`, "load before: ",
    `cut -d ' ' -f 1-3 /proc/loadavg`;
print "each cell: median of $rounds interleaved rounds of $seconds s; CPU in ",
    "us a request\n\n";
printf "%-18s %4s %9s %8s %8s %5s %6s %6s %7s %6s\n", '', 'at', 'req/s',
    'p50 ms', 'p99 ms', 'errs', 'nginx', 'resp.', 'postgr.', 'bytes';
for my $cell (@cells) {
	for my $c (@clients) {
		my $r = $got{$cell->{name}}{$c} or next;
		my $n = total($r, 'n') || 1;
		my @cpu = map {
			my $g = $_;
			my $sum = 0;
			$sum += $_->{cpu}[$g] for @$r;
			1e6 * $sum / $n;
		} 0 .. 2;
		printf "%-18s %4d %9.0f %8.2f %8.2f %5d %6.1f %6.1f %7.1f " .
		    "%6d\n", $cell->{name}, $c, rate($cell->{name}, $c),
		    median(map { $_->{p50} } @$r) / 1e3,
		    median(map { $_->{p99} } @$r) / 1e3,
		    total($r, 'errors'), @cpu, total($r, 'bytes') / $n;
	}
	print "\n";
}

# --- What must hold

sub verdict {
	my ($what, $is, $sign, $limit, $aim) = @_;
	return printf "%-6s %-46s %8.2f\n", '', $what, $is unless $sign;
	my $holds = $sign eq '>=' ? $is >= $limit : $is <= $limit;
	printf "%-6s %-46s %8.2f  %s %s%s\n", $holds ? 'holds' : 'MISSES',
	    $what, $is, $sign eq '>=' ? 'at least' : 'at most', $limit,
	    $aim ? ", aim $aim" : '';
}

sub ratio {
	my ($name, $base, $c, @rest) = @_;
	my ($a, $b) = (rate($name, $c), rate($base, $c));
	return unless $a && $b;
	verdict("$name / $base at $c", $a / $b, @rest);
}

my ($mid) = grep { $_ == 8 } @clients, $clients[-1];
my @at = grep { $_ == 8 || $_ == 64 } @clients;
@at = @clients unless @at;
for my $c (@at) {
	ratio('threads', 'classic', $c, '>=', 0.55, 0.75);
	ratio('threads, RS256', 'classic, RS256', $c, '>=', 0.55, 0.75);
	ratio($_, 'classic', $c, '>=', 0.6)
	    for 'run-ids', 'sentiments', 'studio list';
	ratio('studio page', 'studio page, long', $c, '<=', 1.5);
	ratio('prompts', 'kept', $c, '>=', 0.9);
	# Upside down: what a page costs.
	ratio('threads, of 50', "threads, $_", $c, '<=', 1.5)
	    for 'of 5000', 'deepest';
}
for my $c (@clients) {
	ratio('items', 'pg items', $c, '>=', 0.5);
	ratio('sentiment', 'pg sentiment', $c, '>=', 0.8);
	ratio('studio message', 'pg studio message', $c, '>=', 0.8);
	ratio('sentiment', "pg sentiment, $workers", $c, '>=', 0.8);
}
for my $thread (@threads) {
	# The statement's rate over the request's: what a request costs.
	for my $c (@clients) {
		ratio("pg $_", $_, $c, '<=', 3) for $thread, "state $thread";
	}
	ratio("state $thread", "getState $thread", 1, '>=', 10);
	# getState() knows the last answer's checkpoint alone.
	ratio($thread, "history $thread", 1, '>=', 10);
	ratio($thread, "getState $thread", 1);
}
print "no threads were read: see above\n" unless @threads;

# --- Start and memory, with fresh processes

my @starts;
for (1 .. 7) {
	finish('bobbin');
	my $since = time;
	start_bobbin();
	push @starts, until_up($list, $me, $since);
}
verdict('start to the first 200, ms', median(@starts), '<=', 100);

# Some of each kind, so that growth is none of a kind's first request.
my ($sent, @pss) = (0);
my @mix = grep { ($_->{responder} // '') eq 'bobbin' && !$_->{most} }
    @cells;
for my $goal (50_000, 200_000) {
	local $ENV{BENCH_MOST} = @mix && int(50_000 / @mix) + 1;
	while (@mix && $sent < $goal) {
		my $cell = shift @mix;
		push @mix, $cell;
		$sent += count($cell, $clients[-1],
		    load_of($cell, $clients[-1], 1))->[0];
	}
	push @pss, pss($root{bobbin}) / 1024;
}
verdict("master and $workers workers, MiB of PSS", $pss[1], '<=', 16);
verdict('growth from request 50,000 to 200,000, MiB', $pss[1] - $pss[0],
    '<=', 0.1);

for my $kind (qw(hs256 rs256)) {
	my $us = `$ENV{BENCH_TOKENS} $dir/bobbin.conf verify <$dir/$kind`;
	fault("tokens verify: $kind") if $? != 0;
	printf "verify %s: %.1f us for a token that is not in the cache\n",
	    uc $kind, $us;
}
print "\n$failures measurements failed\n" if $failures;
exit($failures ? 1 : 0);
