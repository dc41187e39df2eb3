# echo is the server; transport and manager are its peers.
check_PROGRAMS += t/fcgi/echo t/fcgi/transport t/fcgi/manager
t_fcgi_echo_SOURCES = t/fcgi/echo.c
t_fcgi_transport_SOURCES = t/fcgi/transport.c t/fcgi/client.c \
	t/fcgi/client.h t/fcgi/harness.c t/fcgi/harness.h
t_fcgi_transport_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/t
t_fcgi_manager_SOURCES = t/fcgi/manager.c t/fcgi/client.c \
	t/fcgi/client.h t/fcgi/harness.c t/fcgi/harness.h
t_fcgi_manager_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/t
# door is bobbin's own dispatcher before other routes.
check_PROGRAMS += t/fcgi/door
t_fcgi_door_SOURCES = t/fcgi/door.c
TESTS += t/fcgi/transport.t t/fcgi/manager.t t/fcgi/door.t
EXTRA_DIST += t/fcgi/transport.t t/fcgi/manager.t t/fcgi/door.t
