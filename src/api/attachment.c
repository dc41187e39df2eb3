/* attachment.c: documents of ChatKit's attachments, and the links in them. */
#include "config.h"

#include "api/attachment.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "auth/link.h"
#include "http/route.h"

#define NAMESPACE_DNS	"6ba7b810-9dad-11d1-80b4-00c04fd430c8"
#define PLACE		"/chatkit/attachments/"
#define TOKEN		"?token="
#define NAME_MAX_CHARS	512
#define TYPE_MAX	255
#define HOST_MAX	300
#define ID_BYTES	(255 * 4 * 3)	/* escaped */
#define URL_MAX		KB(8)

#define ALNUM		"0123456789abcdefghijklmnopqrstuvwxyz" \
			"ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* --- What a client may say */

const char *
attachment_name_fault(const char *s)
{
	size_t	n = strlen(s);

	if (!utf8_valid(s, n))
		return "must be UTF-8";
	if (n == 0 || utf8_count(s, n) > NAME_MAX_CHARS)
		return "must have 1 to 512 characters";
	return text_control(s, n) ? "must not contain control characters" :
	    NULL;
}

/* RFC 9110, 5.6.2 and 8.3.1; nothing behind it. */
const char *
attachment_type_fault(const char *s)
{
	static const char	token[] = "!#$%&'*+-.^_`|~" ALNUM;
	size_t			n = strspn(s, token), sub;

	if (n == 0 || s[n] != '/')
		return "must be type/subtype";
	sub = strspn(s + n + 1, token);
	if (sub == 0 || s[n + 1 + sub] != '\0')
		return "must be type/subtype";
	return n + 1 + sub > TYPE_MAX ? "must have at most 255 characters" :
	    NULL;
}

bool
attachment_is_image(const char *type)
{
	static const char *const	images[] = { "image/png", "image/jpeg",
					    "image/gif", "image/webp",
					    "image/avif" };
	size_t				i;

	for (i = 0; i < nitems(images); i++)
		if (strcasecmp(images[i], type) == 0)
			return true;
	return false;
}

/* --- Links */

void
attachment_uuid(const char *owner, const char *id, char out[UUID_TEXT + 1])
{
	struct buf	b;

	buf_init(&b, KB(4));
	buf_printf(&b, "attachment-%s/%s", owner, id);
	uuid_v5(NAMESPACE_DNS, b.p != NULL ? b.p : "", b.len, out);
	buf_free(&b);
}

/*
 * What absolute links begin with.  A Host that is none, or a gateway that does
 * not tell the scheme, leaves them relative.  A page has many links: nothing
 * of them stays in the arena.
 */
static void
put_base(struct req *r, struct buf *b)
{
	const char	*host = req_env(r, "HTTP_HOST");
	const char	*scheme = req_env(r, "REQUEST_SCHEME");

	if (r->conf->public_url != NULL)
		buf_str(b, r->conf->public_url);
	else if (host != NULL && scheme != NULL && strlen(host) <= HOST_MAX &&
	    host[strspn(host, "-._~:[]" ALNUM)] == '\0' &&
	    (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0))
		buf_printf(b, "%s://%s", scheme, host);
}

/* An id is any text; a path segment is not. */
static void
put_segment(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		if (strchr("-._~" ALNUM, *s) != NULL)
			buf_chr(b, *s);
		else
			buf_printf(b, "%%%02X", (unsigned char)*s);
}

static void
write_link(struct req *r, struct buf *out, enum link_purpose purpose,
    const char *id)
{
	bool		up = purpose == LINK_UPLOAD;
	int64_t		ttl = up ? r->conf->ck_upload_ttl :
			    r->conf->ck_preview_ttl;
	char		uuid[UUID_TEXT + 1];
	struct buf	b;
	size_t		start;

	buf_init(&b, URL_MAX);
	put_base(r, &b);
	buf_str(&b, PLACE);
	put_segment(&b, id);
	buf_str(&b, up ? "/upload" : "/preview");
	attachment_uuid(r->owner, id, uuid);
	start = b.len;
	buf_str(&b, TOKEN);
	if (!link_sign(&r->conf->link_secrets, purpose, uuid,
	    link_expiry(time(NULL), ttl), &b))
		buf_cut(&b, start);
	jw_str(out, b.p, b.len);
	buf_free(&b);
}

/* The id of an attachment whose preview the URL is, by its form. */
static bool
is_preview(const char *url, char id[ID_BYTES + 1], const char **token)
{
	const char	*p = strstr(url, PLACE), *end;
	size_t		 n;

	if (p == NULL)
		return false;
	p += strlen(PLACE);
	n = strcspn(p, "/?#");
	end = p + n;
	if (n == 0 || n > ID_BYTES || strncmp(end, "/preview", 8) != 0)
		return false;
	end += 8;
	*token = strncmp(end, TOKEN, strlen(TOKEN)) == 0 ?
	    end + strlen(TOKEN) : NULL;
	if (*token == NULL && *end != '\0')
		return false;
	memcpy(id, p, n);
	if (!percent_decode(id, &n, false))
		return false;
	id[n] = '\0';
	return true;
}

/*
 * A token of ours that names this owner's row is proof, be it past: another
 * owner's stays what it is.  Without a token only the place tells.
 */
static bool
is_ours(struct req *r, const char *url, const char *id, const char *token)
{
	struct buf	b;
	char		uuid[UUID_TEXT + 1];
	bool		ours;

	if (token == NULL) {
		buf_init(&b, URL_MAX);
		put_base(r, &b);
		buf_str(&b, PLACE);
		ours = strncmp(url, b.p, b.len) == 0;
		buf_free(&b);
		return ours;
	}
	attachment_uuid(r->owner, id, uuid);
	return link_verify(&r->conf->link_secrets, LINK_PREVIEW, uuid, 0,
	    token) == LINK_OK;
}

void
attachment_preview(struct req *r, struct buf *out, struct json_span s)
{
	char		 url[URL_MAX], id[ID_BYTES + 1];
	const char	*token;

	if (*s.p == '"' && s.n < sizeof(url)) {
		url[json_unescape(s.p + 1, s.n - 2, url)] = '\0';
		if (is_preview(url, id, &token) &&
		    is_ours(r, url, id, token)) {
			write_link(r, out, LINK_PREVIEW, id);
			return;
		}
	}
	jw_raw(out, s.p, s.n);
}

/* --- Documents */

static void
put_descriptor(struct req *r, struct buf *b, const char *id)
{
	jw_key(b, "upload_descriptor");
	jw_open(b, '{');
	jw_key(b, "url");
	write_link(r, b, LINK_UPLOAD, id);
	jw_kstr(b, "method", "POST");
	jw_key(b, "headers");
	jw_raw(b, "{}", 2);
	jw_close(b, '}');
}

const char *
attachment_document(struct req *r, const char *id, const char *name,
    const char *mime_type, bool waiting)
{
	bool		 image = attachment_is_image(mime_type);
	struct buf	 b;
	const char	*s;

	buf_init(&b, KB(64));
	jw_open(&b, '{');
	jw_kstr(&b, "id", id);
	jw_kstr(&b, "name", name);
	jw_kstr(&b, "mime_type", mime_type);
	if (waiting)
		put_descriptor(r, &b, id);
	else
		jw_kstr(&b, "upload_descriptor", NULL);
	jw_kstr(&b, "thread_id", NULL);
	jw_kstr(&b, "metadata", NULL);
	jw_kstr(&b, "type", image ? "image" : "file");
	if (image) {
		jw_key(&b, "preview_url");
		write_link(r, &b, LINK_PREVIEW, id);
	}
	jw_close(&b, '}');
	s = arena_memdup(r->arena, b.p, b.len);
	buf_free(&b);
	return s;
}

void
attachment_write(struct req *r, struct json_span doc)
{
	static const char *const	members[] = { "id", "name",
					    "mime_type", "upload_descriptor",
					    "thread_id", "type" };
	struct json_span		v;
	size_t				i;

	jw_open(r->out, '{');
	for (i = 0; i < nitems(members); i++)
		if (json_member(doc, members[i], &v) && *v.p != 'n') {
			jw_key(r->out, members[i]);
			jw_raw(r->out, v.p, v.n);
		}
	if (json_member(doc, "preview_url", &v) && *v.p != 'n') {
		jw_key(r->out, "preview_url");
		attachment_preview(r, r->out, v);
	}
	jw_close(r->out, '}');
}
