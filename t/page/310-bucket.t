#!/bin/sh
# 310-bucket.t: files that have moved to S3, on the page: at another origin,
# which nginx's site names.
. "${SRCDIR:?}/t/page/lib.sh"
. "$top/t/it/s3.sh"

# As an operator has it, besides this port.
export S3_CORS='<CORSConfiguration><CORSRule>
<AllowedOrigin>http://127.0.0.1:*</AllowedOrigin>
<AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>'
s3_up
unset S3_CORS
it_conf="$s3_conf
ARTIFACTS_SECRET = page-link-0123456789abcdef0123456789abcdef"
# localhost is another origin than 127.0.0.1, and the same server.
s3_origin=http://localhost:${s3_endpoint##*:}
it_conf=$(printf %s "$it_conf" | sed "s|^S3_ENDPOINT = .*|S3_ENDPOINT = $s3_origin|")
page_start bucket
secret "$s3_secret"

_site_says() {
	sed -i "s|set \$bobbin_bucket .*|set \$bobbin_bucket \"$1\";|" \
	    "$T/nginx/site.conf"
	nginx_reload
	_says "$1" || flunk "the site does not say \"$1\""
}

_says() {
	get /
	header Content-Security-Policy | grep -qF "img-src 'self' blob:${1:+ $1};"
}

the_policy_is_as_ever_without_a_bucket() {
	get /
	header_is Content-Security-Policy "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types dompurify"
}

what_the_site_does_not_name_is_not_loaded() {
	_page unnamed PAGE_S3="$s3_origin" PAGE_S3_DIR="$s3_dir"
}

files_in_the_bucket_are_shown() {
	_site_says "$s3_origin"
	_page named PAGE_S3="$s3_origin" PAGE_S3_DIR="$s3_dir"
}

it_run
