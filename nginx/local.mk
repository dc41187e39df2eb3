NGINX_FILES = \
	nginx/bobbin-errors \
	nginx/bobbin-events \
	nginx/bobbin-fastcgi \
	nginx/bobbin-headers \
	nginx/bobbin-http.conf \
	nginx/bobbin-params \
	nginx/bobbin-publish \
	nginx/bobbin-quick \
	nginx/bobbin-slow \
	nginx/bobbin-upload \
	nginx/bobbin.conf \
	nginx/sample.conf \
	nginx/tls.conf
NGINX_HTML = \
	nginx/html/actions.js \
	nginx/html/api.js \
	nginx/html/approvals.js \
	nginx/html/bobbin.css \
	nginx/html/bobbin.js \
	nginx/html/chatkit.js \
	nginx/html/decide.js \
	nginx/html/dom.js \
	nginx/html/export.js \
	nginx/html/files.js \
	nginx/html/icon.svg \
	nginx/html/index.html \
	nginx/html/list.js \
	nginx/html/live.js \
	nginx/html/markdown.js \
	nginx/html/model.js \
	nginx/html/plot.js \
	nginx/html/rating.js \
	nginx/html/session.js \
	nginx/html/settings.js \
	nginx/html/statistics.js \
	nginx/html/talk.js \
	nginx/html/theme.js \
	nginx/html/thread.js \
	nginx/html/threads.js \
	nginx/html/time.js \
	nginx/html/waits.js
# As npm has them, pinned by t/page/package-lock.json; a test compares.  Kept
# here so that neither a build nor the quickstart needs npm.
NGINX_LIB = nginx/html/lib/marked.js nginx/html/lib/marked.txt \
	nginx/html/lib/purify.js nginx/html/lib/purify.txt
nginxdir = $(pkgdatadir)/nginx
dist_nginx_DATA = $(NGINX_FILES)
htmldatadir = $(pkgdatadir)/nginx/html
dist_htmldata_DATA = $(NGINX_HTML)
htmllibdir = $(pkgdatadir)/nginx/html/lib
dist_htmllib_DATA = $(NGINX_LIB)
