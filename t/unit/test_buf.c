/* test_buf.c: growing bytes and their ceiling. */
#include "config.h"

#include "base/buf.h"

#include <stdint.h>
#include <string.h>

#include "unit/unit.h"

static void
same(const char *why, const char *want, const struct buf *b)
{
	check(why, strlen(want), b->len);
	check(why, 0, b->len == strlen(want) && b->len > 0 ?
	    memcmp(b->p, want, b->len) : b->len != strlen(want));
}

static void
appends(void)
{
	struct buf	b;

	buf_init(&b, 1000);
	same("empty", "", &b);
	buf_add(&b, "abc", 2);
	buf_str(&b, "cd");
	buf_chr(&b, 'e');
	buf_printf(&b, "%d%s", 12, "f");
	same("all writers", "abcde12f", &b);
	buf_cut(&b, 3);
	same("cut", "abc", &b);
	buf_cut(&b, 9);
	same("cut never lengthens", "abc", &b);
	check("not over", false, b.over);
	buf_free(&b);
	same("freed", "", &b);
	buf_str(&b, "x");
	same("of use after free", "x", &b);
	buf_free(&b);
}

static void
a_zeroed_struct_is_a_buffer(void)
{
	struct buf	b = { .max = 5 };

	buf_str(&b, "hello");
	same("filled", "hello", &b);
	check("to the brim is not over", false, b.over);
	buf_free(&b);
}

static void
stops_at_the_ceiling(void)
{
	static const struct {
		const char	*why;
		size_t		 max, first, second;
		bool		 over;
	} cases[] = {
		{ "room left", 1000, 500, 499, false },
		{ "exactly full", 1000, 500, 500, false },
		{ "one too many", 1000, 500, 501, true },
		{ "at once", 1000, 0, 1001, true },
		{ "no room at all", 0, 0, 1, true },
		{ "small ceiling", 10, 10, 0, false },
	};
	struct buf	b;
	char		x[1001];
	size_t		i;

	memset(x, 'x', sizeof(x));
	for (i = 0; i < nitems(cases); i++) {
		buf_init(&b, cases[i].max);
		buf_add(&b, x, cases[i].first);
		buf_add(&b, x, cases[i].second);
		check(cases[i].why, cases[i].over, b.over);
		check(cases[i].why, cases[i].first +
		    (cases[i].over ? 0 : cases[i].second), b.len);
		buf_chr(&b, 'y');
		check("once over, over", cases[i].over ||
		    cases[i].first + cases[i].second == cases[i].max, b.over);
		buf_reset(&b, 1 << 20);
		check("reset clears it", false, b.over);
		check("reset empties", 0, b.len);
		buf_free(&b);
	}
	buf_init(&b, SIZE_MAX);
	buf_chr(&b, 'x');
	check("a size that wraps", 1, buf_room(&b, SIZE_MAX) == NULL);
	buf_free(&b);
}

static void
formats_to_the_ceiling(void)
{
	struct buf	b;
	char		x[301];

	memset(x, 'x', sizeof(x) - 1);
	x[sizeof(x) - 1] = '\0';
	buf_init(&b, 300);
	buf_printf(&b, "%s", x);
	same("exactly full", x, &b);
	check("not over", false, b.over);
	buf_reset(&b, 300);
	buf_printf(&b, "%sy", x);
	check("over", true, b.over);
	check("nothing half", 0, b.len);
	buf_free(&b);
}

static void
gives_room_and_memory_back(void)
{
	struct buf	b;
	char		*p;

	buf_init(&b, 1 << 20);
	p = buf_room(&b, 70000);
	check("room", 1, p != NULL);
	check("room adds nothing", 0, b.len);
	memset(p, 'z', 70000);
	b.len += 70000;
	p = b.p;
	buf_reset(&b, b.cap);
	check("a block as large as keep stays", 1, b.p == p && b.cap > 0);
	buf_reset(&b, b.cap - 1);
	check("a larger one goes", 1, b.p == NULL && b.cap == 0);
	buf_free(&b);
}

static CU_TestInfo tests[] = {
	{ "appends", appends },
	{ "a zeroed struct is a buffer", a_zeroed_struct_is_a_buffer },
	{ "stops at the ceiling", stops_at_the_ceiling },
	{ "formats to the ceiling", formats_to_the_ceiling },
	{ "gives room and memory back", gives_room_and_memory_back },
	CU_TEST_INFO_NULL
};
const struct suite buf_suite = { "buf", tests };
