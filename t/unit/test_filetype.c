/* test_filetype.c: types by bytes, by name, as declared. */
#include "config.h"

#include "codec/filetype.h"

#include <stdlib.h>

#include "unit/unit.h"

#define S(s)	s, sizeof(s) - 1
#define ANY	"application/octet-stream"
#define XLSX	"application/vnd.openxmlformats-officedocument." \
		"spreadsheetml.sheet"

static const struct {
	const char	*why, *bytes;
	size_t		 n;
	const char	*name, *declared, *want;
} files[] = {
	{ "png", S("\x89PNG\r\n\x1a\n123"), "a.html", "text/html",
	  "image/png" },
	{ "jpeg", S("\xff\xd8\xff\xe0"), "a", NULL, "image/jpeg" },
	{ "gif", S("GIF89a\1\2"), "a.txt", NULL, "image/gif" },
	{ "webp", S("RIFF\1\2\3\4WEBPVP8 "), "a", NULL, "image/webp" },
	{ "not webp", S("RIFX....WEBP"), "a", NULL, "text/plain" },
	{ "pdf", S("%PDF-1.7\n"), "a.html", NULL, "application/pdf" },
	{ "zip", S("PK\3\4\1\2"), "a", "text/html", "application/zip" },
	{ "office", S("PK\3\4\1\2"), "a.XLSX", NULL, XLSX },
	{ "office by name alone", S("hello"), "a.xlsx", NULL, "text/plain" },
	{ "gzip", S("\x1f\x8b\10"), "a", NULL, "application/gzip" },
	{ "parquet", S("PAR1\1\2"), "a", NULL,
	  "application/vnd.apache.parquet" },
	{ "avif", S("\0\0\0\x1c" "ftypavif\0\0\0\0avifmif1miaf"), "a.png",
	  NULL, "image/avif" },
	{ "avif by brand", S("\0\0\0\x18" "ftypmif1\0\0\0\0miafavif"), "a",
	  NULL, "image/avif" },
	{ "avif beyond the box", S("\0\0\0\x10" "ftypmif1\0\0\0\0avif"), "a",
	  NULL, ANY },
	{ "html", S("<html>"), "a.HTML", NULL, "text/html" },
	{ "html without its name", S("<html>"), "a", "text/html",
	  "text/plain" },
	{ "svg", S("<svg/>"), "a.svg", NULL, "image/svg+xml" },
	{ "utf-8", S("\xe2\x82\xac"), "a.csv", NULL, "text/csv" },
	{ "empty", S(""), "a.md", NULL, "text/markdown" },
	{ "notebook", S("{}"), "a.ipynb", NULL, "application/x-ipynb+json" },
	{ "NUL", S("a\0b"), "a.html", NULL, ANY },
	{ "latin-1", S("\xe4"), "a.html", NULL, ANY },
	{ "half a character", S("a\xe2\x82"), "a.html", NULL, ANY },
	{ "declared", S("\xff\xfe"), "a.bin", "Application/X-Foo; a=b",
	  "application/x-foo" },
	{ "declared as shown", S("\xff\xfe"), "a.bin", "image/svg+xml", ANY },
	{ "declared as the operator's", S("\xff\xfe"), "a.bin", "video/mp4",
	  ANY },
	{ "declared badly", S("\xff\xfe"), "a.bin", "text", ANY },
	{ "a header in it", S("\xff\xfe"), "a.bin", "a/b\r\nX: y", ANY },
};

static struct filetype
seen(const char *s, size_t n, size_t at)
{
	struct filetype	 t = { .nhead = 0 };
	char		*piece;
	size_t		 k;

	for (; n > 0; s += k, n -= k) {
		k = at < n ? at : n;
		piece = malloc(k);
		memcpy(piece, s, k);
		filetype_push(&t, piece, k);
		free(piece);
	}
	return t;
}

static void
types(void)
{
	char		 mp4[] = "video/mp4", *own[] = { mp4 };
	struct list	 in_line = { own, 1 };
	struct arena	*a = arena_new(1 << 20);
	struct filetype	 t;
	size_t		 i, at;

	for (i = 0; i < nitems(files); i++)
		for (at = 1; at < 6; at++) {
			t = seen(files[i].bytes, files[i].n, at);
			check_str(files[i].why, files[i].want, filetype_of(a,
			    &t, files[i].name, files[i].declared, &in_line));
		}
	check("SVG is shown", true, filetype_inline("image/svg+xml",
	    &in_line));
	check("the operator's own", true, filetype_inline("video/mp4",
	    &in_line));
	check("PDF is not", false, filetype_inline("application/pdf",
	    &in_line));
	t = seen(S("GIF87a"), 6);
	check_str("an image", "image/gif", filetype_image(&t));
	t = seen(S("<svg/>"), 6);
	check("SVG is none", true, filetype_image(&t) == NULL);
	arena_free(a);
}

/* Valid and invalid UTF-8, in pieces of every size. */
static void
text_in_pieces(void)
{
	static const char	good[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x93\x88"
	    "b\xe2\x82\xac\xe2\x82\xac";
	static const char *const bad[] = {
		"ab\xc3(", "\xe2(\xa1x", "\xf0\x9f\x93(", "\x80",
		"a\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80",
		"\xe2\x82\xe2\x82\xac",
	};
	struct filetype		 t;
	size_t			 i, at;

	for (at = 1; at < sizeof(good); at++) {
		t = seen(good, sizeof(good) - 1, at);
		check("good", false, t.binary || t.ntail > 0);
		for (i = 0; i < nitems(bad); i++) {
			t = seen(bad[i], strlen(bad[i]), at);
			check(bad[i], true, t.binary || t.ntail > 0);
		}
	}
}

static void
unseen(void)
{
	struct arena	*a = arena_new(1 << 20);

	check_str("declared", "a/b", filetype_unseen(a, "x.png", "a/b"));
	check_str("by name", "image/png", filetype_unseen(a, "x.PNG", NULL));
	check_str("by name, text", "text/csv", filetype_unseen(a, "x.csv",
	    "nonsense"));
	check_str("unknown", ANY, filetype_unseen(a, "x", NULL));
	arena_free(a);
}

static CU_TestInfo	tests[] = {
	{ "types", types },
	{ "text in pieces", text_in_pieces },
	{ "unseen", unseen },
	CU_TEST_INFO_NULL
};

const struct suite	filetype_suite = { "filetype", tests };
