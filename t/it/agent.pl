#!/usr/bin/perl
# agent.pl: an agent server for tests.
#	agent.pl DIR	listens on DIR/agent.sock
# Each request goes to DIR/agent.request as it came.  A prompt chooses the
# answer: "die" closes, "silent" never answers, "conflict" is 409; an
# analyze-stream, and a message whose client accepts one, sends its second event
# once DIR/agent.go exists.
# A process that waits ends when DIR is gone.
use strict;
use warnings;
use IO::Socket::UNIX;

my $dir = shift or die "usage: agent.pl DIR\n";
my $path = "$dir/agent.sock";
my $listener = IO::Socket::UNIX->new(Local => $path, Listen => 64)
    or die "$path: $!\n";
chmod 0666, $path;
$SIG{CHLD} = 'IGNORE';
$SIG{TERM} = sub { exit 0 };

sub request
{
	my ($c) = @_;
	my ($head, $body) = ('', '');

	while ($head !~ /\r\n\r\n$/) {
		read($c, my $byte, 1) or return;
		$head .= $byte;
	}
	read($c, $body, $1) if $head =~ /^content-length: *(\d+)/im;
	open(my $f, '>', "$dir/agent.$$") or die;
	print $f $head, $body;
	close($f);
	rename("$dir/agent.$$", "$dir/agent.request") or die;
	return ($head, $body);
}

sub answer
{
	my ($c, $status, $type, $body) = @_;

	print $c "HTTP/1.1 $status\r\nContent-Type: $type\r\n",
	    "X-Request-Id: the-agents\r\nCache-Control: public\r\n",
	    "Access-Control-Allow-Origin: *\r\nConnection: close\r\n",
	    "X-Accel-Redirect: /_bobbin/files/x\r\n\r\n", $body;
	$c->flush;
}

sub wait_for
{
	my ($file) = @_;

	select(undef, undef, undef, 0.02) until -e $file || !-d $dir;
}

while (1) {
	my $c = $listener->accept or next;
	if (fork) {
		close $c;
		next;
	}
	close $listener;
	my ($head, $body) = request($c);
	exit 0 if !defined $head || $body =~ /"die"/;
	wait_for("$dir/agent.never") if $body =~ /"silent"/;
	if ($body =~ /"conflict"/) {
		answer($c, '409 Conflict', 'application/json',
		    '{"detail":"busy"}');
	} elsif ($head =~ /^x-bobbin-action: analyze-stream/im) {
		answer($c, '200 OK', 'text/event-stream',
		    "data: {\"type\":\"status\"}\n\n");
		wait_for("$dir/agent.go");
		print $c "data: {\"type\":\"final\"}\n\n";
	} elsif ($head =~ /^x-bobbin-action: message/im &&
	    $head =~ /^accept: text\/event-stream/im) {
		answer($c, '200 OK', 'text/event-stream',
		    "data: {\"type\":\"token\",\"content\":\"a\"}\n\n");
		wait_for("$dir/agent.go");
		print $c "data: {\"type\":\"done\"}\n\n";
	} else {
		answer($c, '200 OK', 'application/json', '{"result":"42"}');
	}
	exit 0;
}
