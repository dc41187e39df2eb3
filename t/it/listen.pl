# listen.pl PORT N WAY OUT PATH [HEADER...]: N listeners to live events at
# once, until it is killed.  WAY is sse or ws.  How many are subscribed is in
# OUT.ready, how many events they got together in OUT.count, and what the
# first one got, a line each, in OUT.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;

my ($port, $n, $way, $out, $path, @headers) = @ARGV;
my (%buf, %open, $first);
my ($ready, $count) = (0, 0);

$SIG{PIPE} = 'IGNORE';
open(my $log, '>', $out) or die "$out: $!";
$log->autoflush;

sub tell_file {
	my ($name, $what) = @_;
	open(my $f, '>', "$out.new") or die;
	print $f "$what\n";
	close($f);
	rename("$out.new", "$out.$name");
}

push(@headers, $way eq 'sse' ? 'Accept: text/event-stream' :
    ('Connection: Upgrade', 'Upgrade: websocket',
	'Sec-WebSocket-Version: 13',
	'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='));
my $head = join("\r\n", "GET $path HTTP/1.1", 'Host: localhost', @headers) .
    "\r\n\r\n";

sub got {
	my ($s, $data) = @_;
	$count++;
	print $log "$data\n" if $s == $first;
}

# Text frames; to a ping nothing is said, nginx minds only at its timeout.
sub frames {
	my ($s) = @_;
	while (length($buf{$s}) >= 2) {
		my ($op, $len) = unpack('CC', $buf{$s});
		my $at = 2;
		if ($len == 126) {
			return if length($buf{$s}) < 4;
			($len, $at) = (unpack('x2n', $buf{$s}), 4);
		} elsif ($len == 127) {
			return if length($buf{$s}) < 10;
			($len, $at) = (unpack('x2Q>', $buf{$s}), 10);
		}
		return if length($buf{$s}) < $at + $len;
		my $data = substr($buf{$s}, $at, $len);
		substr($buf{$s}, 0, $at + $len) = '';
		got($s, $data) if ($op & 15) == 1;
	}
}

sub lines {
	my ($s) = @_;
	while ($buf{$s} =~ s/^([^\n]*)\n//) {
		my $line = $1;
		got($s, $line) if $line =~ s/^data: //;
	}
}

sub opened {
	my ($s) = @_;
	my $want = $way eq 'sse' ? qr/\n: hi\r?\n/ : qr/\r\n\r\n/;
	return unless $buf{$s} =~ /\r\n\r\n/;
	if ($buf{$s} !~ m{^HTTP/1\.1 (?:200|101) }) {
		print $log $buf{$s};
		exit 1;
	}
	return unless $buf{$s} =~ s/^.*?$want//s;
	$open{$s} = 1;
	tell_file('ready', ++$ready);
}

my $all = IO::Select->new;
for (1 .. $n) {
	my $s = IO::Socket::INET->new("127.0.0.1:$port") or die "connect: $!";
	$first //= $s;
	$buf{$s} = '';
	print $s $head;
	$s->flush;
	$all->add($s);
}
while ($all->count) {
	my $before = $count;
	for my $s ($all->can_read) {
		my $got = sysread($s, my $more, 65536);
		if (!$got) {
			$all->remove($s);
			next;
		}
		$buf{$s} .= $more;
		opened($s) unless $open{$s};
		next unless $open{$s};
		$way eq 'sse' ? lines($s) : frames($s);
	}
	tell_file('count', $count) if $count != $before;
}
