/* test_link.c: tokens in links: made, verified, told apart. */
#include "config.h"

#include "auth/link.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "unit/unit.h"

#define PUBLISHED	"fixed-secret-key-for-development"
#define ID		"11111111-2222-3333-4444-555555555555"
#define END		1700086400
#define READ	"MTExMTExMTEtMjIyMi0zMzMzLTQ0NDQtNTU1NTU1NTU1NTU1LjE3MDAwODY0" \
	"MDA.N-FWAxPRSPET45KARi9e1RKC293a1iuru1WZ_rVvwz4"
#define PREVIEW	"cC4xMTExMTExMS0yMjIyLTMzMzMtNDQ0NC01NTU1NTU1NTU1NTUuMTcwMDA4" \
	"NjQwMA.OZMyuPwSuo9V6IrUsFMYUK4a0rL1C6EgpUq7fQTSbbo"

static char	 published[] = PUBLISHED;
static char	 fresh[] = "a-secret-of-another-day-0123456789";
static char	*only_published[] = { published };
static char	*both[] = { fresh, published };
static char	*only_fresh[] = { fresh };

static const struct list one = { only_published, 1 };
static const struct list two = { both, 2 };
static const struct list new = { only_fresh, 1 };
static const struct list none = { NULL, 0 };

static void
check_buf(const char *why, const char *want, struct buf *b)
{
	buf_chr(b, '\0');
	check_str(why, want, b->p);
	buf_reset(b, 1024);
}

static void
the_vectors_are_made(void)
{
	struct buf	b = { .max = 1024 };

	check("token", true, link_token(PUBLISHED, ID ".1700086400", &b));
	check_buf("any message", READ, &b);
	check("signed", true, link_sign(&one, LINK_READ, ID, END, &b));
	check_buf("to read", READ, &b);
	check("signed", true, link_sign(&one, LINK_PREVIEW, ID, END, &b));
	check_buf("to preview", PREVIEW, &b);
	check("no secret", false, link_sign(&none, LINK_READ, ID, END, &b));
	buf_free(&b);
}

static void
tokens_are_told_apart(void)
{
	static const struct {
		const char	*why;
		const struct list *secrets;
		enum link_purpose purpose;
		const char	*id;
		int64_t		 now;
		const char	*token;
		enum link_err	 want;
	} cases[] = {
		{ "good", &one, LINK_READ, ID, 0, READ, LINK_OK },
		{ "its last second", &one, LINK_READ, ID, END, READ, LINK_OK },
		{ "past", &one, LINK_READ, ID, END + 1, READ, LINK_EXPIRED },
		{ "the second secret", &two, LINK_READ, ID, 0, READ, LINK_OK },
		{ "another secret", &new, LINK_READ, ID, 0, READ,
		  LINK_SIGNATURE },
		{ "no secret", &none, LINK_READ, ID, 0, READ, LINK_SIGNATURE },
		{ "another id", &one, LINK_READ,
		  "11111111-2222-3333-4444-555555555556", 0, READ,
		  LINK_OTHER },
		{ "no id", &one, LINK_READ, "", 0, READ, LINK_OTHER },
		{ "past comes first", &one, LINK_READ, "x", END + 1, READ,
		  LINK_EXPIRED },
		{ "a preview", &one, LINK_PREVIEW, ID, 0, PREVIEW, LINK_OK },
		{ "a preview to read", &one, LINK_READ, ID, 0, PREVIEW,
		  LINK_OTHER },
		{ "a preview to upload", &one, LINK_UPLOAD, ID, 0, PREVIEW,
		  LINK_OTHER },
		{ "to read as a preview", &one, LINK_PREVIEW, ID, 0, READ,
		  LINK_OTHER },
		{ "nothing", &one, LINK_READ, ID, 0, "", LINK_FORM },
		{ "a dot", &one, LINK_READ, ID, 0, ".", LINK_FORM },
		{ "no signature", &one, LINK_READ, ID, 0,
		  "MTExMTExMTEuMQ", LINK_FORM },
		{ "an empty signature", &one, LINK_READ, ID, 0,
		  "MTExMTExMTEuMQ.", LINK_SIGNATURE },
		{ "no expiry", &one, LINK_READ, ID, 0,
		  "MTExMTExMTE.N-FWAxPRSPET45KARi9e1RKC293a1iuru1WZ_rVvwz4",
		  LINK_FORM },
		{ "an expiry in words", &one, LINK_READ, ID, 0, "MS54.AAAA",
		  LINK_FORM },
		{ "an expiry below zero", &one, LINK_READ, ID, 0, "MS4tMQ.AAAA",
		  LINK_FORM },
		{ "padded", &one, LINK_READ, ID, 0, READ "=", LINK_FORM },
		{ "a third part", &one, LINK_READ, ID, 0, READ ".AAAA",
		  LINK_FORM },
		{ "a blank in front", &one, LINK_READ, ID, 0, " " READ,
		  LINK_FORM },
	};
	size_t	i;

	for (i = 0; i < nitems(cases); i++)
		check(cases[i].why, cases[i].want,
		    link_verify(cases[i].secrets, cases[i].purpose,
		    cases[i].id, cases[i].now, cases[i].token));
}

static void
tokens_tell_their_id(void)
{
	static const struct {
		const char	*why;
		const struct list *secrets;
		enum link_purpose purpose;
		int64_t		 now;
		const char	*token;
		enum link_err	 want;
	} cases[] = {
		{ "a preview", &one, LINK_PREVIEW, END, PREVIEW, LINK_OK },
		{ "past", &one, LINK_PREVIEW, END + 1, PREVIEW,
		  LINK_EXPIRED },
		{ "another secret", &new, LINK_PREVIEW, 0, PREVIEW,
		  LINK_SIGNATURE },
		{ "to upload", &one, LINK_UPLOAD, 0, PREVIEW, LINK_OTHER },
		{ "to read", &one, LINK_READ, 0, PREVIEW, LINK_FORM },
		{ "of an artifact", &one, LINK_PREVIEW, 0, READ, LINK_OTHER },
		{ "an artifact", &one, LINK_READ, 0, READ, LINK_OK },
		{ "none", &one, LINK_PREVIEW, 0, "x", LINK_FORM },
	};
	char		id[UUID_TEXT + 1];
	size_t		i;

	for (i = 0; i < nitems(cases); i++) {
		memset(id, 0, sizeof(id));
		check(cases[i].why, cases[i].want,
		    link_open(cases[i].secrets, cases[i].purpose,
		    cases[i].now, cases[i].token, id, sizeof(id)));
		if (cases[i].want == LINK_OK)
			check_str("its id", ID, id);
	}
}

static void
every_signature_byte_counts(void)
{
	char	token[sizeof(READ)];
	size_t	i, dot = (size_t)(strchr(READ, '.') - READ);

	for (i = 0; i < sizeof(READ) - 1; i++) {
		if (i == dot)
			continue;
		memcpy(token, READ, sizeof(READ));
		token[i] = token[i] == 'A' ? 'B' : 'A';
		check("altered", 1, link_verify(&one, LINK_READ, ID, 0,
		    token) != LINK_OK);
	}
}

static void
ids_come_in_any_case(void)
{
	struct buf	b = { .max = 1024 };

	check("signed", true, link_sign(&two, LINK_UPLOAD,
	    "abcdef00-2222-3333-4444-555555555555", END, &b));
	buf_chr(&b, '\0');
	check("upper case", LINK_OK, link_verify(&new, LINK_UPLOAD,
	    "ABCDEF00-2222-3333-4444-555555555555", END, b.p));
	check("not by the old one", LINK_SIGNATURE, link_verify(&one,
	    LINK_UPLOAD, "abcdef00-2222-3333-4444-555555555555", END, b.p));
	buf_free(&b);
}

static void
links_last_and_stay_equal(void)
{
	static const struct {
		int64_t	now, ttl, want;
	} cases[] = {
		{ 0, 86400, 64800 },
		{ 1, 86400, 86400 },
		{ 21600, 86400, 86400 },
		{ 21601, 86400, 108000 },
		{ 7, 3, 9 },
		{ 7, 1, 7 },
	};
	int64_t	now, ttl, end;
	size_t	i;

	for (i = 0; i < nitems(cases); i++)
		check("expiry", cases[i].want,
		    link_expiry(cases[i].now, cases[i].ttl));
	for (ttl = 60; ttl <= 604800; ttl = ttl * 3 + 1)
		for (now = 1700000000; now < 1700000000 + 2 * ttl;
		    now += ttl / 16 + 1) {
			end = link_expiry(now, ttl);
			check("at most", 1, end - now <= ttl);
			check("at least", 1, end - now >= ttl - ttl / 4);
			check("equal for a while", end, link_expiry(
			    (now + ttl / 4 - 1) / (ttl / 4) * (ttl / 4), ttl));
		}
}

/* A token that names its owner: the longest email, too. */
static void
what_a_token_names_comes_out(void)
{
	char		 owner[1024], id[1024], small[8];
	char		 good[2048], other[2048];
	struct buf	 b = { .max = 2048 };
	size_t		 i;

	memset(owner, 0xc3, 1020);
	for (i = 1; i < 1020; i += 2)
		owner[i] = (char)0xa9;
	owner[1020] = '\0';
	check("signed", true, link_sign(&one, LINK_EVENTS, owner, END, &b));
	snprintf(good, sizeof(good), "%.*s", (int)b.len, b.p);
	buf_reset(&b, 1024);
	check("signed", true, link_sign(&one, LINK_UPLOAD, ID, END, &b));
	snprintf(other, sizeof(other), "%.*s", (int)b.len, b.p);
	buf_reset(&b, 1024);

	check("good", LINK_OK, link_open(&one, LINK_EVENTS, END, good, id,
	    sizeof(id)));
	check_str("its owner", owner, id);
	check("past", LINK_EXPIRED, link_open(&one, LINK_EVENTS, END + 1,
	    good, id, sizeof(id)));
	check("another secret", LINK_SIGNATURE, link_open(&new, LINK_EVENTS,
	    END, good, id, sizeof(id)));
	check("another purpose", LINK_OTHER, link_open(&one, LINK_EVENTS, END,
	    other, id, sizeof(id)));
	check("no purpose", LINK_OTHER, link_open(&one, LINK_EVENTS, END,
	    READ, id, sizeof(id)));
	check("no room", LINK_FORM, link_open(&one, LINK_EVENTS, END, good,
	    small, sizeof(small)));
	check("nobody", true, link_token(PUBLISHED, "e..1700086400", &b));
	buf_chr(&b, '\0');
	check("nobody", LINK_OTHER, link_open(&one, LINK_EVENTS, END, b.p, id,
	    sizeof(id)));
	buf_free(&b);
}

static CU_TestInfo tests[] = {
	{ "the_vectors_are_made", the_vectors_are_made },
	{ "tokens_are_told_apart", tokens_are_told_apart },
	{ "tokens_tell_their_id", tokens_tell_their_id },
	{ "every_signature_byte_counts", every_signature_byte_counts },
	{ "ids_come_in_any_case", ids_come_in_any_case },
	{ "links_last_and_stay_equal", links_last_and_stay_equal },
	{ "what_a_token_names_comes_out", what_a_token_names_comes_out },
	CU_TEST_INFO_NULL
};

const struct suite link_suite = { "link", tests };
