#!/usr/bin/perl
# fcgi-slow.pl: a FastCGI client that stops within a body.
#	fcgi-slow.pl SOCKET BODY SENT FILE NAME=VALUE...
# sends the request with the first SENT bytes of the file BODY, waits until
# FILE is there, sends what is left and prints the answer.
use strict;
use warnings;
use IO::Socket::UNIX;

my ($socket, $path, $sent, $go, @params) = @ARGV;
open(my $f, '<:raw', $path) or die "$path: $!";
my $body = do { local $/; <$f> };
$SIG{PIPE} = 'IGNORE';
my $s = IO::Socket::UNIX->new(Peer => $socket) or die "$socket: $!";

sub record
{
	my ($type, $data) = @_;

	syswrite($s, pack('CCnnCC', 1, $type, 1, length($data), 0, 0) . $data);
}

sub body
{
	my ($data) = @_;

	record(5, substr($data, 0, 32768, '')) while length($data);
}

record(1, pack('nCx5', 1, 0));
record(4, join('', map {
	my ($name, $value) = split(/=/, $_, 2);
	pack('NN', length($name) | 0x80000000, length($value) | 0x80000000) .
	    $name . $value;
} @params, 'CONTENT_LENGTH=' . length($body)));
record(4, '');
body(substr($body, 0, $sent, ''));
select(undef, undef, undef, 0.02) until -e $go;
body($body);
record(5, '');
my $all = do { local $/; <$s> } // '';
while (length($all) >= 8) {
	my ($type, $len, $pad) = (unpack('CCnnC', $all))[1, 3, 4];
	print substr($all, 8, $len) if $type == 6;
	substr($all, 0, 8 + $len + $pad, '');
}
