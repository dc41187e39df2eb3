#!/usr/bin/perl
# oauth2.pl: what oauth2-proxy does with requests, as its manual has it, for
# tests of what stands around it.
#	oauth2.pl DIR CFG	listens where CFG says, in front of the
#				upstream that it names
# Who signs in is asked on a page, as a provider would.  A session is a file
# DIR/session.WHO, its ID token DIR/token.WHO.  The head of every request goes
# to DIR/oauth2.seen.  While DIR/cut exists all streams end.  Ends when DIR is
# gone.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;

my ($dir, $cfg) = @ARGV;
my %conf;
open(my $in, '<', $cfg) or die "$cfg: $!\n";
while (<$in>) {
	$conf{$1} = $2 if /^(\w+) = (.*)$/;
}
my ($cookie) = $conf{cookie_name} =~ /"(.*)"/;
my ($address) = $conf{http_address} =~ /"(.*)"/;
my ($upstream) = $conf{upstreams} =~ m{"http://([^/"]*)/"};
my @api = $conf{api_routes} =~ /"(.*?)"/g;
my @open = $conf{skip_auth_routes} =~ /"(.*?)"/g;
my $flags = "Path=/; Secure; HttpOnly; SameSite=$conf{cookie_samesite}";
$flags =~ tr/"//d;

my $listener = IO::Socket::INET->new(LocalAddr => $address, Listen => 64,
    ReuseAddr => 1) or die "$address: $!\n";
$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = sub { exit 0 };

sub head_of
{
	my ($c) = @_;
	my $head = '';

	while ($head !~ /\r\n\r\n$/) {
		sysread($c, my $byte, 1) or exit 0;
		$head .= $byte;
	}
	open(my $seen, '>>', "$dir/oauth2.seen") or exit 1;
	syswrite($seen, $head);
	return $head;
}

sub answer
{
	my ($c, $status, $headers, $body) = @_;

	print $c "HTTP/1.1 $status\r\n", map({ "$_\r\n" } @$headers),
	    'Content-Length: ', length($body), "\r\nConnection: close\r\n\r\n",
	    $body;
	exit 0;
}

sub decoded
{
	my ($text) = @_;

	$text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/eg;
	return $text;
}

# A place on this site, as it checks what it redirects to.
sub place
{
	my ($query) = @_;
	my $rd = ($query // '') =~ /(?:^|&)rd=([^&]*)/ ? decoded($1) : '/';

	return $rd =~ m{^/(?![/\\])[^\r\n]*$} ? $rd : '/';
}

sub page_of_the_provider
{
	my ($c, $query) = @_;
	my $rd = place($query);

	$rd =~ s/([^A-Za-z0-9])/sprintf('%%%02X', ord $1)/eg;
	answer($c, '200 OK', ['Content-Type: text/html',
	    'Cache-Control: no-store'],
	    '<!DOCTYPE html><html lang="en"><title>Provider</title>' .
	    '<link rel="icon" href="data:,"><h1>Who are you?</h1>' .
	    join('', map { "<p><a href=\"/oauth2/callback?as=$_&amp;rd=$rd" .
	    "\">$_</a></p>" } qw(alice bob)));
}

sub signed_in
{
	my ($c, $query) = @_;
	my ($who) = $query =~ /(?:^|&)as=(alice|bob)(?:&|$)/ or
	    answer($c, '403 Forbidden', [], 'no');

	open(my $f, '>', "$dir/session.$who") or die;
	answer($c, '302 Found', ['Location: ' . place($query),
	    "Set-Cookie: $cookie=$who; $flags"], '');
}

sub signed_out
{
	my ($c, $who, $query) = @_;

	unlink "$dir/session.$who" if defined $who;
	answer($c, '302 Found', ['Location: ' . place($query),
	    "Set-Cookie: $cookie=; Max-Age=0; $flags"], '');
}

# Both ways until either side is done.
sub pass_on
{
	my ($c, $head) = @_;
	my $up = IO::Socket::INET->new(PeerAddr => $upstream) or
	    answer($c, '502 Bad Gateway', [], '');
	my $ends = IO::Select->new($c, $up);

	$head =~ s/^connection: .*\r\n//gim;
	$head =~ s/\r\n\r\n$/\r\nConnection: close\r\n\r\n/;
	print $up $head;
	$up->flush;
	while (-d $dir) {
		exit 0 if -e "$dir/cut" && $head =~ m{^GET \S*/events };
		for my $from ($ends->can_read(0.1)) {
			sysread($from, my $bytes, 65536) or exit 0;
			syswrite($from == $c ? $up : $c, $bytes);
		}
	}
}

sub serve
{
	my ($c) = @_;
	my $head = head_of($c);
	my ($method, $path, $query) = $head =~ /^(\S+) ([^? ]*)(?:\?(\S*))? /
	    or exit 0;
	my ($who) = $head =~ /^cookie:.*?\b\Q$cookie\E=(\w+)/im;

	undef $who unless defined $who && -e "$dir/session.$who";
	page_of_the_provider($c, $query) if $path eq '/oauth2/start';
	signed_in($c, $query // '') if $path eq '/oauth2/callback';
	signed_out($c, $who, $query) if $path eq '/oauth2/sign_out';
	if (!defined $who &&
	    !grep { /^\Q$method\E=(.*)/ && $path =~ /$1/ } @open) {
		answer($c, '401 Unauthorized',
		    ['Content-Type: application/json'], '{}')
		    if grep { $path =~ /$_/ } @api;
		answer($c, '302 Found', ["Location: /oauth2/start?rd=$path"],
		    '');
	}
	# Its own headers are never the client's.
	$head =~ s/^authorization: .*\r\n//gim;
	if (defined $who) {
		open(my $f, '<', "$dir/token.$who") or die;
		chomp(my $token = <$f>);
		$head =~ s/\r\n/\r\nAuthorization: Bearer $token\r\n/;
	}
	pass_on($c, $head);
}

while (-d $dir) {
	IO::Select->new($listener)->can_read(0.2) or next;
	my $c = $listener->accept or next;

	if (fork) {
		close $c;
		next;
	}
	close $listener;
	serve($c);
	exit 0;
}
