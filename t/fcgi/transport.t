# transport.t: requests by FastCGI and by CGI, and peers that misbehave.
exec "$BUILDDIR/t/fcgi/transport"
