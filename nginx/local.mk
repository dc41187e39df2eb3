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
	nginx/html/bobbin.css \
	nginx/html/bobbin.js \
	nginx/html/index.html
nginxdir = $(pkgdatadir)/nginx
dist_nginx_DATA = $(NGINX_FILES)
htmldatadir = $(pkgdatadir)/nginx/html
dist_htmldata_DATA = $(NGINX_HTML)
