/* test_sigv4.c: presigned URLs: the published one, and their forms. */
#include "config.h"

#include "codec/sigv4.h"

#include <stdlib.h>
#include <string.h>

#include "unit/unit.h"

#define NOW	1369353600	/* 20130524T000000Z */
#define SHA	"9f86d081884c7d659a2feaa0c55ad015" \
		"a3bf4f1b2b0b822cd15d6c15b0f00a08"

static const struct s3_place aws = {
	"examplebucket", "us-east-1", "AKIAIOSFODNN7EXAMPLE",
	"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", NULL, NULL
};

static char *
text(struct buf *b)
{
	buf_chr(b, '\0');
	return b->p;
}

static void
the_published_example_is_met(void)
{
	struct s3_get	get = { .method = "GET", .key = "test.txt",
	    .now = NOW, .expires = 86400 };
	struct buf	b = { .max = 65536 };

	check("signed", true, sigv4_presign(&b, &aws, &get));
	check_str("URL", "https://examplebucket.s3.amazonaws.com/test.txt"
	    "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
	    "AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
	    "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400"
	    "&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b"
	    "86d86835f995330da4c265957d157751f604d404", text(&b));
	buf_free(&b);
}

static void
urls_have_their_form(void)
{
	static const struct {
		const char	*bucket, *region, *endpoint, *key, *want;
	} cases[] = {
		{ "b-1", "eu-central-1", NULL, "a/b",
		  "https://b-1.s3.eu-central-1.amazonaws.com/a/b" },
		{ "b.c", "eu-central-1", NULL, "a",
		  "https://s3.eu-central-1.amazonaws.com/b.c/a" },
		{ "B", "us-east-1", NULL, "a",
		  "https://s3.amazonaws.com/B/a" },
		{ "b", "cn-north-1", NULL, "a",
		  "https://b.s3.cn-north-1.amazonaws.com.cn/a" },
		{ "b", "x", "http://127.0.0.1:9000", "a",
		  "http://127.0.0.1:9000/b/a" },
		{ "b", "x", "https://h/p/q", "a", "https://h/p/q/b/a" },
		{ "b", "x", "https://h:443/p", "a", "https://h/p/b/a" },
		{ "b", "x", "http://h:80", "a", "http://h/b/a" },
		{ "b", "x", "http://h:443", "a", "http://h:443/b/a" },
		{ "b", "x", "http://[::1]:80", "a", "http://[::1]/b/a" },
		{ "b", "x", "http://h", "\xc3\xa4 b/c+d~e%f!'()*&=?#",
		  "http://h/b/%C3%A4%20b/c%2Bd~e%25f%21%27%28%29%2A%26%3D%3F"
		  "%23" },
	};
	struct s3_place	p = aws;
	struct buf	b = { .max = 65536 };
	size_t		i;

	for (i = 0; i < nitems(cases); i++) {
		p.bucket = cases[i].bucket;
		p.region = cases[i].region;
		p.endpoint = cases[i].endpoint;
		s3_url(&b, &p, cases[i].key);
		check_str(cases[i].want, cases[i].want, text(&b));
		buf_reset(&b, 65536);
	}
	buf_free(&b);
}

/* Whatever is asked for, and by whom, is signed. */
static void
every_part_is_signed(void)
{
	struct s3_get	 get = { .method = "GET", .key = "k", .now = NOW,
	    .expires = 60 }, g;
	struct s3_place	 p;
	struct buf	 b = { .max = 65536 };
	char		*sig[9] = { NULL };
	size_t		 i, j;

	for (i = 0; i < nitems(sig); i++) {
		g = get;
		p = aws;
		switch (i) {
		case 1: g.method = "HEAD"; break;
		case 2: g.key = "l"; break;
		case 3: g.expires = 61; break;
		case 4: g.disposition = "attachment"; break;
		case 5: g.type = "attachment"; break;
		case 6: p.token = "t"; break;
		case 7: p.secret = "s"; break;
		case 8: p.endpoint = "https://examplebucket.s3.amazonaws.co";
			break;
		}
		check("signed", true, sigv4_presign(&b, &p, &g));
		sig[i] = strdup(strstr(text(&b), "X-Amz-Signature="));
		buf_reset(&b, 65536);
		for (j = 0; j < i; j++)
			check("differs", 1, strcmp(sig[i], sig[j]) != 0);
	}
	for (i = 0; i < nitems(sig); i++)
		free(sig[i]);
	buf_free(&b);
}

static void
too_long_is_refused(void)
{
	struct s3_get	 get = { .method = "GET", .key = "k", .now = NOW,
	    .expires = 60 };
	struct buf	 b = { .max = 1 << 20 }, small = { .max = 64 };
	char		*long_ = malloc(70000);

	if (long_ == NULL)
		abort();
	check("fits", true, sigv4_presign(&b, &aws, &get));
	check("small", false, sigv4_presign(&small, &aws, &get));
	memset(long_, 'a', 69999);
	long_[69999] = '\0';
	get.disposition = long_;
	check("long", false, sigv4_presign(&b, &aws, &get));
	free(long_);
	buf_free(&b);
	buf_free(&small);
}

static void
keys_name_their_content(void)
{
	char	key[S3_KEY_MAX];

	s3_key(SHA, key);
	check_str("key", "output/artifacts/9f/86/" SHA, key);
}

static CU_TestInfo tests[] = {
	{ "the_published_example_is_met", the_published_example_is_met },
	{ "urls_have_their_form", urls_have_their_form },
	{ "every_part_is_signed", every_part_is_signed },
	{ "too_long_is_refused", too_long_is_refused },
	{ "keys_name_their_content", keys_name_their_content },
	CU_TEST_INFO_NULL
};

const struct suite sigv4_suite = { "sigv4", tests };
