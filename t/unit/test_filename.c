/* test_filename.c: names of files, and what a browser is told of them. */
#include "config.h"

#include "codec/filename.h"

#include "base/text.h"
#include "unit/unit.h"

static void
clean_names(void)
{
	static const struct {
		const char	*why, *name, *want;
	} cases[] = {
		{ "as it is", "plot 1.png", "plot 1.png" },
		{ "a path", "/etc/passwd", "passwd" },
		{ "a path upward", "../../x.sh", "x.sh" },
		{ "a path of Windows", "C:\\dir\\a.txt", "a.txt" },
		{ "nothing behind the slash", "a/", "artifact" },
		{ "empty", "", "artifact" },
		{ "only dots", "...", "artifact" },
		{ "dots and blanks around", " ..a.b. . ", "a.b" },
		{ "hidden", ".htaccess", "htaccess" },
		{ "a header", "a\r\nSet-Cookie: x", "aSet-Cookie: x" },
		{ "DEL and C1", "a\x7f" "b\xc2\x85" "c", "abc" },
		{ "no-break space stays", "a\xc2\xa0" "b", "a\xc2\xa0" "b" },
		{ "bidi override", "gpj.\xe2\x80\xae" "exe", "gpj.exe" },
		{ "marks and isolates", "a\xe2\x80\x8e\xe2\x81\xa6\xe2\x81\xa9"
		  "b", "ab" },
		{ "control before the dots", "\1.\2.a", "a" },
		{ "quotes stay", "a\"b.txt", "a\"b.txt" },
		{ "other scripts", "\xe6\x97\xa5\xf0\x9f\x93\x88.csv",
		  "\xe6\x97\xa5\xf0\x9f\x93\x88.csv" },
	};
	char	out[FILENAME_MAX_BYTES + 1], again[sizeof(out)];
	size_t	i;

	for (i = 0; i < nitems(cases); i++) {
		filename_clean(cases[i].name, strlen(cases[i].name), out);
		check_str(cases[i].why, cases[i].want, out);
		filename_clean(out, strlen(out), again);
		check_str("clean is clean", out, again);
	}
	filename_clean("a\0b", 3, out);
	check_str("NUL", "ab", out);
}

static void
long_names(void)
{
	char	name[20000], out[FILENAME_MAX_BYTES + 1];
	size_t	n, cut;

	for (n = 0; n < 600; n += 2)
		memcpy(name + n, "\xc3\xa4", 2);
	for (cut = 0; cut < 4; cut++) {
		memcpy(name + n, ".parquet", 8 - cut);
		filename_clean(name, n + 8 - cut, out);
		check("fits", true, strlen(out) <= FILENAME_MAX_BYTES &&
		    strlen(out) >= FILENAME_MAX_BYTES - 1);
		check("whole characters", true, utf8_valid(out, strlen(out)));
		check("the extension stays", 0,
		    strncmp(filename_extension(out), "parquet", 7 - cut));
	}
	memset(name, 'x', 300);
	name[1] = '.';
	filename_clean(name, 300, out);
	check("what is all extension is cut", FILENAME_MAX_BYTES, strlen(out));
	memset(name, ' ', 300);
	name[0] = 'x';
	filename_clean(name, 300, out);
	check_str("blanks before the cut", "x", out);
	memset(name, 'y', sizeof(name));
	filename_clean(name, sizeof(name), out);
	check("beyond all bounds", FILENAME_MAX_BYTES, strlen(out));
}

static void
dispositions(void)
{
	static const struct {
		const char	*why, *name, *want;
		bool		 in_line;
	} cases[] = {
		{ "plain", "a b.png", "inline; filename=\"a b.png\"; "
		  "filename*=UTF-8''a%20b.png", true },
		{ "quotes and percent", "a\"b\\c%d", "attachment; "
		  "filename=\"a_b_c_d\"; filename*=UTF-8''a%22b%5Cc%25d",
		  false },
		{ "not ASCII: one _ each", "\xe2\x82\xac\xc3\xa4.txt",
		  "attachment; filename=\"__.txt\"; "
		  "filename*=UTF-8''%E2%82%AC%C3%A4.txt", false },
		{ "CR and LF", "a\r\nb", "attachment; filename=\"a__b\"; "
		  "filename*=UTF-8''a%0D%0Ab", false },
		{ "marks that need no escape", "a!#$&+-.^_`|~b",
		  "attachment; filename=\"a!#$&+-.^_`|~b\"; "
		  "filename*=UTF-8''a!#$&+-.^_`|~b", false },
		{ "marks that do", "a;='()*,b", "attachment; "
		  "filename=\"a;='()*,b\"; "
		  "filename*=UTF-8''a%3B%3D%27%28%29%2A%2Cb", false },
	};
	struct buf	b;
	size_t		i;

	buf_init(&b, 4096);
	for (i = 0; i < nitems(cases); i++) {
		buf_cut(&b, 0);
		filename_disposition(&b, cases[i].in_line, cases[i].name);
		buf_chr(&b, '\0');
		check_str(cases[i].why, cases[i].want, b.p);
	}
	buf_free(&b);
}

static CU_TestInfo	tests[] = {
	{ "clean names", clean_names },
	{ "long names", long_names },
	{ "dispositions", dispositions },
	CU_TEST_INFO_NULL
};

const struct suite	filename_suite = { "filename", tests };
