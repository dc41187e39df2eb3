# manager.t: sockets, signals, generations, deaths.
exec "$BUILDDIR/t/fcgi/manager"
