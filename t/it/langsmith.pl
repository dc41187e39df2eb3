#!/usr/bin/perl
# langsmith.pl: a LangSmith, and an issuer of keys, for tests.
#	langsmith.pl DIR	writes its port to DIR/port
# Each request becomes a line of DIR/requests: method, path, x-api-key,
# X-Tenant-Id, Content-Type, body; "-" for what is absent.
# Each answer is the next line of DIR/script, 200 when there is none left:
#	STATUS [Header: value]
#	drop	close without an answer
#	hang	answer 200 once DIR/go exists
# GET /sessions answers DIR/sessions (a status, then a body) if that exists,
# GET /keys is 200 with DIR/keys, or 500 without.
use strict;
use warnings;
use Fcntl qw(:flock);
use IO::Socket::INET;

my $dir = shift or die "usage: langsmith.pl DIR\n";
my $server = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1',
    ReuseAddr => 1) or die "listen: $!\n";
$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';
put("$dir/port.new", $server->sockport);
rename("$dir/port.new", "$dir/port") or die "$dir/port: $!\n";

sub slurp {
	my ($name) = @_;
	open(my $f, '<', $name) or return undef;
	local $/;
	my $text = <$f>;
	return defined $text ? $text : '';
}

sub put {
	my ($name, $text) = @_;
	open(my $f, '>', $name) or die "$name: $!\n";
	print $f $text;
	close($f) or die "$name: $!\n";
}

# The next line of the script; connections take turns.
sub next_line {
	open(my $lock, '>', "$dir/lock") or die "$dir/lock: $!\n";
	flock($lock, LOCK_EX);
	my ($line, $rest) = split(/\n/, slurp("$dir/script") || '', 2);
	put("$dir/script", $rest || '');
	return defined $line && $line ne '' ? $line : '200';
}

sub note {
	open(my $f, '>>', "$dir/requests") or die "$dir/requests: $!\n";
	syswrite($f, join("\t", map { defined $_ && $_ ne '' ? $_ : '-' } @_) .
	    "\n");
}

sub reply {
	my ($c, $status, $header, $body) = @_;
	print $c "HTTP/1.1 $status X\r\nContent-Length: " . length($body) .
	    "\r\n" . ($header ne '' ? "$header\r\n" : '') . "\r\n$body";
	$c->flush;
}

sub answer {
	my ($c, $method, $path) = @_;
	if ($path =~ m{^/sessions} && -e "$dir/sessions") {
		my ($status, $body) = split(/\n/, slurp("$dir/sessions"), 2);
		return reply($c, $status, '', $body);
	}
	if ($path =~ m{^/keys}) {
		my $keys = slurp("$dir/keys");
		return defined $keys ? reply($c, 200, '', $keys) :
		    reply($c, 500, '', '');
	}
	my ($status, $header) = split(/ /, next_line(), 2);
	return 0 if $status eq 'drop';
	if ($status eq 'hang') {
		select(undef, undef, undef, 0.02) until -e "$dir/go";
		$status = 200;
	}
	# Longer than what is kept of an answer.
	return reply($c, $status, $header || '', $status == 204 ? '' :
	    "{\"detail\":\"stub says $status\",\"pad\":\"" . 'x' x 600 . '"}');
}

sub converse {
	my ($c) = @_;
	while (defined(my $line = <$c>)) {
		my ($method, $path) = split(/ /, $line);
		my (%h, $body);
		while (defined($line = <$c>) && $line =~ /^([^:]+):\s*(.*?)\r?\n/) {
			$h{lc $1} = $2;
		}
		my $n = $h{'content-length'} || 0;
		return if $n > 0 && read($c, $body, $n) != $n;
		note($method, $path, @h{'x-api-key', 'x-tenant-id',
		    'content-type'}, $body);
		answer($c, $method, $path) or return;
	}
}

for (;;) {
	my $c = $server->accept or next;
	my $pid = fork;
	if (defined $pid && $pid == 0) {
		$server->close;
		converse($c);
		exit 0;
	}
	$c->close;
}
