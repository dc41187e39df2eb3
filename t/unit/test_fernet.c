/* test_fernet.c: sealed texts, key rings, masks. */
#include "config.h"

#include "codec/fernet.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/b64.h"
#include "unit/unit.h"

#define KEY	"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define OTHER	"__79_Pv6-fj39vX08_Lx8O_u7ezr6uno5-bl5OPi4eA="
#define TEXT	"sk-test-1234567890abcdef"
#define TOKEN	"gAAAAABlU_EAAAECAwQFBgcICQoLDA0OD31LZKZ7Opj7TmhwS3zHsq3Z" \
	"UCcC0jtaTEj8a6ihR4cgXkgipCOeZ71OLBZP9nTZdH786iEeYWSdItCO6MP_Y1I="
#define STORED	"Z0FBQUFBQmxVX0VBQUFFQ0F3UUZCZ2NJQ1FvTERBME9EMzFMWktaN09wajdU" \
	"bWh3UzN6SHNxM1pVQ2NDMGp0YVRFajhhNmloUjRjZ1hrZ2lwQ09lWjcxT0xCW" \
	"lA5blRaZEg3ODZpRWVZV1NkSXRDTzZNUF9ZMUk9"

static struct fernet *
ring(const char *a, const char *b)
{
	struct fernet	*f = fernet_new();

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_TRUE_FATAL(a == NULL || fernet_add(f, a, strlen(a)));
	CU_ASSERT_TRUE_FATAL(b == NULL || fernet_add(f, b, strlen(b)));
	return f;
}

static void
check_buf(const char *why, const char *want, struct buf *b)
{
	buf_chr(b, '\0');
	check_str(why, want, b->p);
	b->len--;
}

static void
the_vector_is_made_and_opened(void)
{
	static const unsigned char iv[FERNET_IV] = { 0, 1, 2, 3, 4, 5, 6, 7,
		8, 9, 10, 11, 12, 13, 14, 15 };
	static const char *const forms[] = { TOKEN, STORED };
	struct fernet	*f = ring(KEY, NULL);
	struct buf	 b = { .max = 4096 };
	size_t		 i;

	check("sealed", FERNET_OK, fernet_token(f, 1700000000, iv, TEXT,
	    strlen(TEXT), &b));
	check_buf("token", TOKEN, &b);
	buf_reset(&b, 4096);
	b64_encode(&b, TOKEN, strlen(TOKEN));
	check_buf("stored", STORED, &b);
	for (i = 0; i < nitems(forms); i++) {
		buf_reset(&b, 4096);
		check("opened", FERNET_OK, fernet_open(f, forms[i],
		    strlen(forms[i]), &b, NULL));
		check_buf("text", TEXT, &b);
	}
	buf_free(&b);
	fernet_free(f);
}

static void
every_length_comes_back(void)
{
	struct fernet	*f = ring(OTHER, KEY);
	struct buf	 s = { .max = 4096 }, b = { .max = 4096 };
	char		 text[80];
	size_t		 n, which;

	memset(text, 'x', sizeof(text));
	for (n = 0; n < sizeof(text); n++) {
		buf_reset(&s, 4096);
		buf_reset(&b, 4096);
		check("sealed", FERNET_OK, fernet_seal(f, text, n, &s));
		check("form", 0, memcmp(s.p, "Z0FBQUFB", 8));
		which = 9;
		check("opened", FERNET_OK, fernet_open(f, s.p, s.len, &b,
		    &which));
		check("by the first", 0, which);
		check("length", n, b.len);
		check("text", 0, n == 0 ? 0 : memcmp(text, b.p, n));
	}
	buf_reset(&b, 4096);
	check("twice", FERNET_OK, fernet_seal(f, text, n, &b));
	check("differs", 1, s.len != b.len || memcmp(s.p, b.p, b.len) != 0);
	buf_free(&s);
	buf_free(&b);
	fernet_free(f);
}

static void
any_key_of_the_ring_opens(void)
{
	static const struct {
		const char	*why, *a, *b;
		enum fernet_err	 want;
		size_t		 which;
	} cases[] = {
		{ "the only one",	KEY, NULL,	FERNET_OK, 0 },
		{ "the second",		OTHER, KEY,	FERNET_OK, 1 },
		{ "another",		OTHER, NULL,	FERNET_KEYLESS, 9 },
		{ "none",		NULL, NULL,	FERNET_KEYLESS, 9 },
	};
	struct fernet	*f;
	struct buf	 b = { .max = 4096 };
	size_t		 i, which;

	for (i = 0; i < nitems(cases); i++) {
		f = ring(cases[i].a, cases[i].b);
		which = 9;
		check(cases[i].why, cases[i].want, fernet_open(f, STORED,
		    strlen(STORED), &b, &which));
		check(cases[i].why, cases[i].which, which);
		fernet_free(f);
	}
	buf_reset(&b, 4096);
	f = ring(NULL, NULL);
	check("without a key", FERNET_KEYLESS, fernet_seal(f, "a", 1, &b));
	buf_free(&b);
	fernet_free(f);
}

static void
keys_are_checked(void)
{
	static const struct {
		const char	*why, *key;
		bool		 ok;
	} cases[] = {
		{ "a key",		KEY, true },
		{ "not padded",
		  "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", false },
		{ "loose last bits",
		  "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=", false },
		{ "31 bytes",
		  "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==", false },
		{ "33 bytes",
		  "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g", false },
		{ "standard base64",
		  "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=", false },
		{ "a blank behind",	KEY " ", false },
		{ "nothing",		"", false },
	};
	struct fernet	*f = ring(NULL, NULL);
	char		 key[FERNET_KEY_TEXT + 1], again[FERNET_KEY_TEXT + 1];
	size_t		 i;

	for (i = 0; i < nitems(cases); i++)
		check(cases[i].why, cases[i].ok, fernet_add(f, cases[i].key,
		    strlen(cases[i].key)));
	check("generated", true, fernet_generate(key));
	check("again", true, fernet_generate(again));
	check("differ", 1, strcmp(key, again) != 0);
	for (i = fernet_keys(f); i < FERNET_KEYS; i++)
		check("room", true, fernet_add(f, key, strlen(key)));
	check("full", false, fernet_add(f, key, strlen(key)));
	fernet_free(f);
	fernet_free(NULL);
}

/* Each byte of the token matters, and it is strict base64. */
static void
altered_tokens_do_not_open(void)
{
	static const struct {
		const char	*why, *token;
	} cases[] = {
		{ "nothing", "" },
		{ "no base64", "not a token" },
		{ "a lone letter", "g" },
		{ "another version", "gQAAAABlU_EAAAECAwQFBgcICQoLDA0OD31LZKZ7"
		  "Opj7TmhwS3zHsq3ZUCcC0jtaTEj8a6ihR4cgXkgipCOeZ71OLBZP9nTZdH78"
		  "6iEeYWSdItCO6MP_Y1I=" },
		{ "cut", "gAAAAABlU_EAAAECAwQFBgcICQoLDA0OD31LZKZ7" },
		{ "not padded", "gAAAAABlU_EAAAECAwQFBgcICQoLDA0OD31LZKZ7Opj7"
		  "TmhwS3zHsq3ZUCcC0jtaTEj8a6ihR4cgXkgipCOeZ71OLBZP9nTZdH786iEe"
		  "YWSdItCO6MP_Y1I" },
		{ "a line end behind", TOKEN "\n" },
		{ "stored, a line end behind", STORED "\n" },
		{ "stored twice", "WjBGQlFVRkJRbXhWWDBWQlFVRkZRMEYzVVVaQ1oyTkpR"
		  "MUZ2" },
	};
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	struct fernet	*f = ring(KEY, OTHER);
	struct buf	 b = { .max = 4096 };
	char		 token[sizeof(TOKEN)];
	size_t		 i;

	for (i = 0; i < nitems(cases); i++)
		check(cases[i].why, FERNET_FORM, fernet_open(f,
		    cases[i].token, strlen(cases[i].token), &b, NULL));
	for (i = 0; i < strlen(TOKEN) - 1; i++) {
		memcpy(token, TOKEN, sizeof(TOKEN));
		token[i] = digits[(size_t)(strchr(digits, token[i]) - digits) ^
		    32];
		check("a bit", 1, fernet_open(f, token, strlen(token), &b,
		    NULL) != FERNET_OK);
	}
	check("nothing came out", 0, b.len);
	buf_free(&b);
	fernet_free(f);
}

/* Signed by the right key, but no text: what only the signer can make. */
static void
padding_is_checked(void)
{
	static const unsigned char sign[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
		10, 11, 12, 13, 14, 15 };
	unsigned char	 raw[25 + 48 + 32];
	struct fernet	*f = ring(KEY, NULL);
	struct buf	 token = { .max = 4096 }, b = { .max = 4096 };
	size_t		 n;

	for (n = 0; n <= 48; n += 8) {
		memset(raw, 0, sizeof(raw));
		raw[0] = 0x80;
		CU_ASSERT_TRUE_FATAL(HMAC(EVP_sha256(), sign, sizeof(sign),
		    raw, 25 + n, raw + 25 + n, NULL) != NULL);
		buf_reset(&token, 4096);
		b64url_encode_padded(&token, raw, 25 + n + 32);
		check("no text", n == 0 || n % 16 != 0 ? FERNET_FORM :
		    FERNET_PADDING, fernet_open(f, token.p, token.len, &b,
		    NULL));
		check("nothing came out", 0, b.len);
	}
	buf_free(&token);
	buf_free(&b);
	fernet_free(f);
}

static void
masks_show_little(void)
{
	static const struct {
		const char	*key, *want;
	} cases[] = {
		{ TEXT, "sk-...abcdef" },
		{ "sk-ant-api03-abcdefghij", "sk-ant-...efghij" },
		{ "sk-ant-x", "sk-ant-...-ant-x" },
		{ "sk-proj-0123456789", "sk-...456789" },
		{ "AIzaSy0123456789", "AIza...6789" },
		{ "12345678", "1234...5678" },
		{ "1234567", "***" },
		{ "sk-1234", "***" },
		{ "", "***" },
	};
	static const struct {
		const char	*text;
		bool		 like;
	} likes[] = {
		{ "***", true }, { "sk-...abcdef", true }, { "a...", true },
		{ "....", true }, { "****", false }, { "sk-..a", false },
		{ TEXT, false }, { "", false },
	};
	char	mask[MASK_MAX];
	size_t	i;

	for (i = 0; i < nitems(cases); i++) {
		mask_key(cases[i].key, mask);
		check_str(cases[i].key, cases[i].want, mask);
		check("looks like one", true, mask_like(mask));
	}
	for (i = 0; i < nitems(likes); i++)
		check(likes[i].text, likes[i].like, mask_like(likes[i].text));
}

static CU_TestInfo tests[] = {
	{ "the_vector_is_made_and_opened", the_vector_is_made_and_opened },
	{ "every_length_comes_back", every_length_comes_back },
	{ "any_key_of_the_ring_opens", any_key_of_the_ring_opens },
	{ "keys_are_checked", keys_are_checked },
	{ "altered_tokens_do_not_open", altered_tokens_do_not_open },
	{ "padding_is_checked", padding_is_checked },
	{ "masks_show_little", masks_show_little },
	CU_TEST_INFO_NULL
};

const struct suite fernet_suite = { "fernet", tests };
