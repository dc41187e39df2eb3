/* filetype.c: what a file is, by its bytes before its name (studio.md, 7.4). */
#include "config.h"

#include "codec/filetype.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "codec/filename.h"

#define UNKNOWN	"application/octet-stream"
#define ZIP	"application/zip"

static const struct {
	size_t		 at, n;
	const char	*bytes, *type;
} magic[] = {
	{ 0, 8, "\x89PNG\r\n\x1a\n",	"image/png" },
	{ 0, 3, "\xff\xd8\xff",		"image/jpeg" },
	{ 0, 6, "GIF87a",		"image/gif" },
	{ 0, 6, "GIF89a",		"image/gif" },
	{ 8, 4, "WEBP",			"image/webp" },	/* behind RIFF */
	{ 0, 5, "%PDF-",		"application/pdf" },
	{ 0, 4, "PK\3\4",		ZIP },
	{ 0, 4, "PK\5\6",		ZIP },		/* an empty one */
	{ 0, 2, "\x1f\x8b",		"application/gzip" },
	{ 0, 4, "PAR1",			"application/vnd.apache.parquet" },
};

struct extension {
	const char	*name, *type;
};
static const struct extension texts[] = {
	{ "html",	"text/html" },
	{ "svg",	"image/svg+xml" },
	{ "csv",	"text/csv" },
	{ "tsv",	"text/tab-separated-values" },
	{ "txt",	"text/plain" },
	{ "md",		"text/markdown" },
	{ "json",	"application/json" },
	{ "geojson",	"application/geo+json" },
	{ "xml",	"application/xml" },
	{ "py",		"text/x-python" },
	{ "ipynb",	"application/x-ipynb+json" },
	{ NULL, NULL }
};
#define OFFICE	"application/vnd.openxmlformats-officedocument."
static const struct extension zips[] = {
	{ "xlsx",	OFFICE "spreadsheetml.sheet" },
	{ "docx",	OFFICE "wordprocessingml.document" },
	{ "pptx",	OFFICE "presentationml.presentation" },
	{ NULL, NULL }
};
static const struct extension others[] = {
	{ "png",	"image/png" },
	{ "jpg",	"image/jpeg" },
	{ "jpeg",	"image/jpeg" },
	{ "gif",	"image/gif" },
	{ "webp",	"image/webp" },
	{ "pdf",	"application/pdf" },
	{ "zip",	ZIP },
	{ "gz",		"application/gzip" },
	{ "parquet",	"application/vnd.apache.parquet" },
	{ NULL, NULL }
};

static const char *const shown[] = {
	"image/png", "image/jpeg", "image/gif", "image/webp",
	"image/svg+xml", "text/html",
};

static const char *
by_extension(const struct extension *e, const char *name)
{
	const char	*ext = filename_extension(name);

	for (; e->name != NULL; e++)
		if (strcasecmp(e->name, ext) == 0)
			return e->type;
	return NULL;
}

/* Bytes that the character at c wants; 1 for what begins none. */
static size_t
wants(unsigned char c)
{
	return c < 0xc2 || c > 0xf4 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* Of n bytes, those of a character at the end that is not whole yet. */
static size_t
cut_tail(const char *s, size_t n)
{
	size_t	back;

	for (back = 1; back <= 3 && back <= n; back++)
		if ((s[n - back] & 0xc0) != 0x80)
			return wants((unsigned char)s[n - back]) > back ?
			    back : 0;
	return 0;
}

/* A character that the last piece began: its bytes here, at most three. */
static size_t
join(struct filetype *t, const char *s, size_t n)
{
	char	c[8];
	size_t	need, take;

	memcpy(c, &t->tail, sizeof(t->tail));
	need = wants((unsigned char)c[0]) - t->ntail;
	take = need < n ? need : n;
	memcpy(c + t->ntail, s, take);
	t->ntail += take;
	if (take == need) {
		t->binary = t->binary || !utf8_valid(c, t->ntail);
		t->ntail = 0;
	}
	memcpy(&t->tail, c, sizeof(t->tail));
	return take;
}

void
filetype_push(struct filetype *t, const char *s, size_t n)
{
	size_t	k = FILETYPE_HEAD - t->nhead;

	if (k > n)
		k = n;
	memcpy(t->head + t->nhead, s, k);
	t->nhead += k;
	if (t->binary)
		return;
	if (t->ntail > 0) {
		k = join(t, s, n);
		s += k;
		n -= k;
	}
	if (n == 0 || t->binary)
		return;
	k = cut_tail(s, n);
	t->binary = memchr(s, '\0', n) != NULL || !utf8_valid(s, n - k);
	memcpy(&t->tail, s + n - k, k);
	t->ntail = k;
}

/* ISO 14496-12: a box `ftyp` whose brands have one of AVIF's. */
static bool
is_avif(const struct filetype *t)
{
	size_t	i, n;

	if (t->nhead < 12 || memcmp(t->head + 4, "ftyp", 4) != 0)
		return false;
	n = (size_t)t->head[2] << 8 | t->head[3];
	if (n > t->nhead)
		n = t->nhead;
	for (i = 8; i + 4 <= n; i += 4)
		if (i != 12 && (memcmp(t->head + i, "avif", 4) == 0 ||
		    memcmp(t->head + i, "avis", 4) == 0))
			return true;
	return false;
}

static const char *
by_magic(const struct filetype *t)
{
	size_t	i;

	for (i = 0; i < nitems(magic); i++)
		if (t->nhead >= magic[i].at + magic[i].n &&
		    memcmp(t->head + magic[i].at, magic[i].bytes,
		    magic[i].n) == 0 &&
		    (magic[i].at == 0 || memcmp(t->head, "RIFF", 4) == 0))
			return magic[i].type;
	return is_avif(t) ? "image/avif" : NULL;
}

const char *
filetype_image(const struct filetype *t)
{
	const char	*type = by_magic(t);

	return type != NULL && strncmp(type, "image/", 6) == 0 ? type : NULL;
}

/* Lower case, without parameters; NULL: not type/subtype, or too long. */
static const char *
filetype_well(struct arena *a, const char *declared)
{
	static const char	 token[] = "!#$&^_.+-0123456789"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t			 n, sub;
	char			*s;

	if (declared == NULL)
		return NULL;
	n = strspn(declared, token);
	if (n == 0 || declared[n] != '/')
		return NULL;
	sub = strspn(declared + n + 1, token);
	if (sub == 0 || n + 1 + sub > FILETYPE_MAX ||
	    strchr("; \t", declared[n + 1 + sub]) == NULL)
		return NULL;
	s = arena_memdup(a, declared, n + 1 + sub);
	text_lower(s);
	return s;
}

bool
filetype_inline(const char *type, const struct list *own)
{
	size_t	i;

	for (i = 0; i < nitems(shown); i++)
		if (strcmp(shown[i], type) == 0)
			return true;
	for (i = 0; i < own->n; i++)
		if (strcasecmp(own->v[i], type) == 0)
			return true;
	return false;
}

const char *
filetype_of(struct arena *a, const struct filetype *t, const char *name,
    const char *declared, const struct list *in_line)
{
	const char	*type = by_magic(t), *ext;

	if (type != NULL) {
		ext = strcmp(type, ZIP) == 0 ? by_extension(zips, name) : NULL;
		return ext != NULL ? ext : type;
	}
	if (!t->binary && t->ntail == 0) {
		type = by_extension(texts, name);
		return type != NULL ? type : "text/plain";
	}
	type = filetype_well(a, declared);
	return type != NULL && !filetype_inline(type, in_line) ? type :
	    UNKNOWN;
}

const char *
filetype_unseen(struct arena *a, const char *name, const char *declared)
{
	const char	*type = filetype_well(a, declared);

	if (type == NULL)
		type = by_extension(texts, name);
	if (type == NULL)
		type = by_extension(zips, name);
	if (type == NULL)
		type = by_extension(others, name);
	return type != NULL ? type : UNKNOWN;
}
