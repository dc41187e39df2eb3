#!/usr/bin/perl
# fcgi-env.pl: a FastCGI responder that answers with its parameters.
#	fcgi-env.pl SOCKET
use strict;
use warnings;
use IO::Socket::UNIX;

my $path = shift or die "usage: fcgi-env.pl SOCKET\n";
unlink $path;
my $listener = IO::Socket::UNIX->new(Local => $path, Listen => 64)
    or die "$path: $!\n";
chmod 0666, $path;
$SIG{CHLD} = 'IGNORE';
my @children;
$SIG{TERM} = sub { kill 'KILL', @children; exit 0 };

sub record
{
	my ($type, $id, $data) = @_;

	return pack('CCnnCx', 1, $type, $id, length $data, 0) . $data;
}

sub length_of
{
	my ($s) = @_;
	my $n = unpack('C', $$s);

	if ($n < 128) {
		substr($$s, 0, 1, '');
		return $n;
	}
	return unpack('N', substr($$s, 0, 4, '')) & 0x7fffffff;
}

sub dump_of
{
	my ($params) = @_;
	my @lines;

	while (length $params) {
		my $n = length_of(\$params);
		my $v = length_of(\$params);
		my $name = substr($params, 0, $n, '');
		push @lines, "$name=" . substr($params, 0, $v, '') . "\n";
	}
	return join '', sort @lines;
}

while (1) {
	my $c = $listener->accept or next;
	if (my $pid = fork) {
		push @children, $pid;
		close $c;
		next;
	}
	close $listener;
	my $params = '';
	while (read($c, my $head, 8) == 8) {
		my (undef, $type, $id, $len, $pad) = unpack('CCnnC', $head);
		my $data = '';
		read($c, $data, $len) if $len;
		read($c, my $skip, $pad) if $pad;
		$params .= $data if $type == 4;
		next unless $type == 5 && $len == 0;
		print $c record(6, $id, "Content-Type: text/plain\r\n\r\n" .
		    dump_of($params)), record(6, $id, ''),
		    record(3, $id, pack('NCx3', 0, 0));
		$c->flush;
		$params = '';
	}
	exit 0;
}
