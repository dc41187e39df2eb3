/* test_title.c: what a thread is called after its first message. */
#include "config.h"

#include "unit/unit.h"

#include "base/text.h"
#include "core/title.h"

#define TEN	"abcdefghij"
#define FIFTY	TEN TEN TEN TEN TEN
#define DOTS	"\xe2\x80\xa6"
#define UE	"\xc3\xbc"
#define STAR	"\xf0\x9f\x8c\x9f"
#define TEN_STARS STAR STAR STAR STAR STAR STAR STAR STAR STAR STAR

static const struct {
	const char	*why, *text, *want;
} titles[] = {
	{ "nothing", "", "" },
	{ "blanks and control characters", " \t\r\n\x01\x7f\xc2\x85\xc2\xa0"
	    "\xe3\x80\x80\xc2\x9f", "" },
	{ "as it is", "Plot the data", "Plot the data" },
	{ "one blank for many", "  a\n\n\tb \xe2\x80\x83 c\x1b[0m  ",
	    "a b c [0m" },
	{ "a control character parts words", "a\x01" "b", "a b" },
	{ "a dash of two bytes is no blank", "\xc3\xa0 \xc2\xa1",
	    "\xc3\xa0 \xc2\xa1" },
	{ "sixty", FIFTY TEN, FIFTY TEN },
	{ "sixty and blanks", FIFTY TEN "  \n ", FIFTY TEN },
	{ "sixty stars", TEN_STARS TEN_STARS TEN_STARS TEN_STARS TEN_STARS
	    TEN_STARS, TEN_STARS TEN_STARS TEN_STARS TEN_STARS TEN_STARS
	    TEN_STARS },
	{ "sixty-one in one word", FIFTY TEN "k", FIFTY "abcdefghi" DOTS },
	{ "sixty-one stars", TEN_STARS TEN_STARS TEN_STARS TEN_STARS TEN_STARS
	    TEN_STARS STAR, TEN_STARS TEN_STARS TEN_STARS TEN_STARS TEN_STARS
	    STAR STAR STAR STAR STAR STAR STAR STAR STAR DOTS },
	{ "cut before the last space", FIFTY " bcd fghij k",
	    FIFTY " bcd" DOTS },
	{ "the sixtieth is a space", FIFTY "abcdefghi klm",
	    FIFTY "abcdefghi" DOTS },
	{ "the fifty-ninth is a space", FIFTY "abcdefgh jkl",
	    FIFTY "abcdefgh" DOTS },
	{ "twenty stand before it", TEN TEN " " FIFTY, TEN TEN DOTS },
	{ "nineteen stand before it", TEN "abcdefghi " FIFTY,
	    TEN "abcdefghi " TEN TEN "abcdefghijabcdefghi" DOTS },
	{ "the last of two spaces", TEN " " TEN " " FIFTY,
	    TEN " " TEN DOTS },
	{ "marks at the end go", TEN TEN TEN ",;:- - " FIFTY,
	    TEN TEN TEN DOTS },
	{ "other marks stay", TEN TEN TEN "! " FIFTY, TEN TEN TEN "!" DOTS },
	{ "marks where a word is cut", FIFTY "abcdefg:-k:-",
	    FIFTY "abcdefg" DOTS },
	{ "marks alone", "--------------------------------------------------"
	    "-----------", DOTS },
	{ "blanks count as one", TEN TEN TEN "   \n " TEN TEN "abcdefghi",
	    TEN TEN TEN " " TEN TEN "abcdefghi" },
	{ "umlauts count as one", UE UE UE UE UE UE UE UE UE UE UE UE UE UE UE
	    UE UE UE UE UE " " FIFTY, UE UE UE UE UE UE UE UE UE UE UE UE UE
	    UE UE UE UE UE UE UE DOTS },
};

static void
names_a_thread(void)
{
	char	out[TITLE_BYTES];
	size_t	i, n;

	for (i = 0; i < nitems(titles); i++) {
		memset(out, 'x', sizeof(out));
		n = title_make(titles[i].text, strlen(titles[i].text), out);
		check_str(titles[i].why, titles[i].want, out);
		check(titles[i].why, strlen(titles[i].want), n);
		check(titles[i].why, 1, utf8_count(out, n) <= 60);
	}
}

static CU_TestInfo	tests[] = {
	{ "names a thread", names_a_thread },
	CU_TEST_INFO_NULL
};

const struct suite	title_suite = { "title", tests };
