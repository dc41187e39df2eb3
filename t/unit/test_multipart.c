/* test_multipart.c: forms as browsers send them, cut at every place. */
#include "config.h"

#include "codec/multipart.h"

#include <stdlib.h>

#include "base/buf.h"
#include "unit/unit.h"

#define CT	"multipart/form-data; boundary=xYz"
#define PART(disp)	"--xYz\r\nContent-Disposition: form-data; " disp "\r\n"
#define END	"\r\n--xYz--\r\n"

/* What a sink heard: <name|filename|type>bytes... */
static bool
heard_part(void *arg, const struct mp_part *p)
{
	buf_printf(arg, "<%s|%s|%s>", p->name,
	    p->filename != NULL ? p->filename : "-",
	    p->type != NULL ? p->type : "-");
	return true;
}

static bool
heard_data(void *arg, const char *s, size_t n)
{
	struct buf	*b = arg;
	size_t		 i;

	for (i = 0; i < n; i++)
		if (s[i] == '!')
			return false;
		else
			buf_printf(b, s[i] < ' ' ? "\\%02x" : "%c",
			    (unsigned char)s[i]);
	return true;
}

static const struct {
	const char	*why, *body, *heard;
	enum mp_err	 want;
} bodies[] = {
	{ "one file",
	  PART("name=\"file\"; filename=\"a.png\"")
	  "Content-Type: image/png\r\n\r\nbytes" END,
	  "<file|a.png|image/png>bytes", MP_OK },
	{ "text and a file",
	  PART("name=run_id") "\r\nr1\r\n" PART("name=file; filename=b")
	  "\r\n" END,
	  "<run_id|-|->r1<file|b|->", MP_OK },
	{ "a part that ends with CRLF",
	  PART("name=a") "\r\nx\r\n" END, "<a|-|->x\\0d\\0a", MP_OK },
	{ "what looks like a delimiter",
	  PART("name=a") "\r\n\r\n--xY\r\n--xYx\r\r\n-\r\n--\r\n" END,
	  "<a|-|->\\0d\\0a--xY\\0d\\0a--xYx\\0d\\0d\\0a-\\0d\\0a--\\0d\\0a",
	  MP_OK },
	{ "preamble, blanks, epilogue",
	  "hello\r\n--xYz \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1"
	  END "bye\r\n--xYz\r\n", "<a|-|->1", MP_OK },
	{ "a preamble of one line feed",
	  "\r\n" PART("name=a") "\r\n1" END, "<a|-|->1", MP_OK },
	{ "an empty part", PART("name=a") "\r\n" END, "<a|-|->", MP_OK },
	{ "no line break after the headers", PART("name=a") "\r\n--xYz--",
	  "<a|-|->--xYz--", MP_CUT },
	{ "other headers in any case",
	  "--xYz\r\nX-A: 1\r\ncontent-DISPOSITION:form-data;NAME=a\r\n"
	  "content-type:  text/plain; charset=utf-8 \r\n\r\n1" END,
	  "<a|-|text/plain; charset=utf-8>1", MP_OK },
	{ "a browser's quotes",
	  PART("name=\"f\"; filename=\"a%22b%0d%0Ac%41.txt\"") "\r\n1" END,
	  "<f|a\"b\r\nc%41.txt|->1", MP_OK },
	{ "quotes escaped as in RFC 9110",
	  PART("name=\"f\"; filename=\"C:\\\\d\\x\\\"y\"") "\r\n1" END,
	  "<f|C:\\d\\x\"y|->1", MP_OK },
	{ "RFC 8187 wins",
	  PART("name=f; filename=x; filename*=UTF-8''%e2%82%AC%20a") "\r\n1"
	  END, "<f|\xe2\x82\xac a|->1", MP_OK },
	{ "RFC 8187 with bad UTF-8 does not",
	  PART("name=f; filename=x; filename*=UTF-8''%ff") "\r\n1" END,
	  "<f|x|->1", MP_OK },
	{ "raw UTF-8", PART("name=f; filename=\"\xe2\x82\xac\"") "\r\n1" END,
	  "<f|\xe2\x82\xac|->1", MP_OK },
	{ "no UTF-8", PART("name=f; filename=\"\xff\"") "\r\n1" END, "",
	  MP_SYNTAX },
	{ "a name twice", PART("name=f; name=g") "\r\n1" END, "", MP_SYNTAX },
	{ "a disposition twice",
	  PART("name=f") "Content-Disposition: form-data; name=g\r\n\r\n1" END,
	  "", MP_SYNTAX },
	{ "not form-data",
	  "--xYz\r\nContent-Disposition: attachment; name=f\r\n\r\n1" END, "",
	  MP_SYNTAX },
	{ "no name", PART("filename=f") "\r\n1" END, "", MP_NAME },
	{ "no headers", "--xYz\r\n\r\n1" END, "", MP_NAME },
	{ "no colon", "--xYz\r\nhello\r\n\r\n1" END, "", MP_SYNTAX },
	{ "an open quote", PART("name=\"f") "\r\n1" END, "", MP_SYNTAX },
	{ "a control character", PART("name=\"f\1\"") "\r\n1" END, "",
	  MP_SYNTAX },
	{ "a longer boundary", "--xYzz\r\n\r\n", "", MP_SYNTAX },
	{ "half an end", PART("name=f") "\r\n1\r\n--xYz-x", "<f|-|->1",
	  MP_SYNTAX },
	{ "no delimiter at all", "hello", "", MP_CUT },
	{ "nothing", "", "", MP_CUT },
	{ "cut in the data", PART("name=f") "\r\n12", "<f|-|->12", MP_CUT },
	{ "cut at the end", PART("name=f") "\r\n1\r\n--xYz", "<f|-|->1",
	  MP_CUT },
	{ "not wanted", PART("name=f") "\r\n1!2" END, "<f|-|->1", MP_STOP },
};

/* The body in pieces: the first of `at` bytes, the others of `step`. */
static enum mp_err
parse(const char *body, size_t len, size_t at, size_t step, struct buf *heard)
{
	struct multipart	*m = malloc(sizeof(*m));
	struct mp_sink		 sink = { heard_part, heard_data, heard };
	struct arena		*a = arena_new(1 << 20);
	enum mp_err		 e;
	char			*piece;

	e = multipart_init(m, a, CT, &sink);
	while (e == MP_OK && len > 0) {
		if (at > len)
			at = len;
		/* Of its own, so that a sanitizer sees a read beyond it. */
		piece = malloc(at);
		memcpy(piece, body, at);
		e = multipart_push(m, piece, at);
		free(piece);
		body += at;
		len -= at;
		at = step;
	}
	if (e == MP_OK)
		e = multipart_end(m);
	arena_free(a);
	free(m);
	return e;
}

static void
every_split(void)
{
	struct buf	b;
	size_t		i, at, len;
	enum mp_err	e;
	bool		same;

	buf_init(&b, 65536);
	for (i = 0; i < nitems(bodies); i++) {
		len = strlen(bodies[i].body);
		for (at = 1; at <= len + 1; at++) {
			buf_cut(&b, 0);
			e = parse(bodies[i].body, len, at,
			    at == len + 1 ? 1 : len, &b);
			buf_chr(&b, '\0');
			same = e == bodies[i].want &&
			    strcmp(b.p, bodies[i].heard) == 0;
			if (!same) {
				check(bodies[i].why, bodies[i].want, e);
				check_str(bodies[i].why, bodies[i].heard, b.p);
				break;
			}
		}
		check(bodies[i].why, true, at > len + 1);
	}
	buf_free(&b);
}

static void
boundaries(void)
{
	static const struct {
		const char	*why, *type;
		enum mp_err	 want;
	} cases[] = {
		{ "a token", CT, MP_OK },
		{ "quoted", "Multipart/Form-Data; charset=x; BOUNDARY=\"a b\"",
		  MP_OK },
		{ "none", "multipart/form-data", MP_TYPE },
		{ "empty", "multipart/form-data; boundary=\"\"", MP_TYPE },
		{ "another type", "multipart/mixed; boundary=x", MP_TYPE },
		{ "a blank at its end", "multipart/form-data; boundary=\"a \"",
		  MP_TYPE },
		{ "a line feed", "multipart/form-data; boundary=\"a\nb\"",
		  MP_TYPE },
		{ "71 bytes", "multipart/form-data; boundary="
		  "0123456789012345678901234567890123456789"
		  "0123456789012345678901234567890", MP_TYPE },
		{ "70 bytes", "multipart/form-data; boundary="
		  "0123456789012345678901234567890123456789"
		  "012345678901234567890123456789", MP_OK },
	};
	struct mp_sink		 sink = { heard_part, heard_data, NULL };
	struct multipart	*m = malloc(sizeof(*m));
	struct arena		*a = arena_new(1 << 20);
	size_t			 i;

	for (i = 0; i < nitems(cases); i++)
		check(cases[i].why, cases[i].want,
		    multipart_init(m, a, cases[i].type, &sink));
	arena_free(a);
	free(m);
}

static void
bounds(void)
{
	struct buf	body, heard;
	int		i;

	buf_init(&body, 1 << 20);
	buf_init(&heard, 1 << 20);
	for (i = 0; i < MULTIPART_PARTS; i++)
		buf_str(&body, PART("name=a") "\r\n1\r\n");
	buf_str(&body, "--xYz--");
	check("as many parts as there may be", MP_OK,
	    parse(body.p, body.len, 100, 100, &heard));
	buf_cut(&body, body.len - 7);
	buf_str(&body, PART("name=a") "\r\n1" END);
	check("one more", MP_MANY,
	    parse(body.p, body.len, 100, 100, &heard));

	buf_cut(&body, 0);
	buf_str(&body, PART("name=a") "X: ");
	for (i = 0; i < MULTIPART_HEAD; i++)
		buf_chr(&body, 'x');
	check("headers without end", MP_HEAD,
	    parse(body.p, body.len, 100, 100, &heard));
	buf_free(&body);
	buf_free(&heard);
}

static CU_TestInfo	tests[] = {
	{ "every split", every_split },
	{ "boundaries", boundaries },
	{ "bounds", bounds },
	CU_TEST_INFO_NULL
};

const struct suite	multipart_suite = { "multipart", tests };
