EXTRA_DIST += packaging/demo.sh packaging/demo.sql \
	packaging/demo-checkpoints.sql \
	packaging/deps.sh packaging/private.sh \
	packaging/quickstart

exampledir = $(pkgdatadir)/examples
dist_example_DATA = packaging/examples/oauth2-proxy.cfg \
	packaging/examples/oauth2-proxy.nginx

dist_man_MANS = packaging/man/bobbin.8 packaging/man/bobbin.conf.5 \
	packaging/man/bobbin-api.7
dist_pkgdata_DATA = packaging/bobbin.conf packaging/openapi.json
systemddatadir = $(pkgdatadir)/systemd
dist_systemddata_DATA = packaging/systemd/bobbin.service \
	packaging/systemd/bobbin.socket packaging/systemd/bobbin-jobs.service \
	packaging/systemd/nginx-events.conf

examplesdir = $(docdir)/examples
dist_examples_DATA = packaging/examples/chatkit_store.py \
	packaging/examples/README.chatkit-python.md \
	packaging/examples/chatkit_store.mjs \
	packaging/examples/README.chatkit-javascript.md
