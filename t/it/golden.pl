#!/usr/bin/perl
# golden.pl: takes ChatKit's recorded requests and answers apart.
#	golden.pl DIR <golden.txt
# Section N becomes DIR/N.name, N.ask (the request), N.want (an answer that is
# no stream) and N.puts: what a ChatKit server writes to its store while it
# streams that answer, a path, a tab and a document in each line.  Stored forms
# have nulls and metadata that the answers lack.
use strict;
use warnings;

my $dir = shift or die "usage: golden.pl DIR\n";
my ($n, $thread) = (100, '');

sub put
{
	my ($suffix, $text) = @_;

	open(my $f, '>>', "$dir/$n.$suffix") or die "$dir: $!\n";
	print $f $text;
	close($f);
}

sub thread_doc
{
	my ($doc) = @_;

	($thread) = $doc =~ /"id":"([^"]+)"/;
	$doc =~ s/"metadata":\{\},"items":.*\}$/"allowed_image_domains":null,"metadata":{"k":[null]}}/;
	$doc =~ s/^\{(?!"title")/{"title":null,/;
	put('puts', "/chatkit/store/threads/$thread\t$doc\n");
}

sub item_doc
{
	my ($doc) = @_;
	my ($id) = $doc =~ /^\{"id":"([^"]+)"/;
	my ($t) = $doc =~ /"thread_id":"([^"]+)"/;

	$doc =~ s/("mime_type":"[^"]*",)/$1"metadata":{"m":1},/g;
	$doc =~ s/\}$/,"none":null}/;
	put('puts', "/chatkit/store/threads/$t/items/$id\t$doc\n");
}

while (<STDIN>) {
	chomp;
	if (/^#### (.*)/) {
		$n++;
		put('name', $1);
	} elsif (/^> (.*)/) {
		put('ask', $1);
	} elsif (/^< data: \{"type":"thread\.(?:created|updated)","thread":(.*)\}\\n\\n$/) {
		thread_doc($1);
	} elsif (/^< data: \{"type":"thread\.item\.(?:done|replaced)","item":(.*)\}\\n\\n$/) {
		item_doc($1);
	} elsif (/^< data: /) {
		put('stream', '');
	} elsif (/^< (.*)/) {
		put('want', $1);
	} elsif (/^! /) {
		put('raises', '');
	}
}
