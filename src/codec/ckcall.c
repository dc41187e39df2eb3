/* ckcall.c: requests of ChatKit's protocol against the table of their types. */
#include "config.h"

#include "codec/ckcall.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define ID_MAX		255	/* characters */
#define IDS_MAX		1000	/* in one list */
#define PAGE_DEFAULT	20
#define PAGE_MAX	10000
#define DIGITS		"0123456789"

enum kind {
	K_ANY,		/* null too */
	K_TEXT,		/* a string */
	K_WORD,		/* a string, not empty, without control characters */
	K_ID,		/* a word of at most 255 characters */
	K_IDS,
	K_LIMIT,
	K_SIZE,
	K_BOOL,
	K_ENUM,		/* one of two; the place of it */
	K_OBJECT,
	K_LIST,		/* of objects by sub, or of texts */
	K_MAP,		/* of objects by sub, by names of the client's */
	K_CONTENT,	/* text or tag */
	K__MAX
};

#define REQUIRED	1
#define NOWHERE		((size_t)-1)
#define AT(m)		offsetof(struct ck_params, m)

/* at: where in struct ck_params it goes.  A table ends with a NULL name. */
struct member {
	const char	*name;
	enum kind	 kind;
	unsigned	 flags;
	size_t		 at;
	const struct member *sub;
	const char	*words[2];
};
#define MEMBERS_MAX	6

#define END	{ NULL, K_ANY, 0, NOWHERE, NULL, { NULL, NULL } }
#define M(name, kind, flags, at) \
	{ name, kind, flags, at, NULL, { NULL, NULL } }
#define SUB(name, kind, flags, at, sub) \
	{ name, kind, flags, at, sub, { NULL, NULL } }
#define ENUM(name, flags, at, no, yes) \
	{ name, K_ENUM, flags, at, NULL, { no, yes } }

#define THREAD	M("thread_id", K_ID, REQUIRED, AT(thread_id))
#define ITEM	M("item_id", K_ID, REQUIRED, AT(item_id))
#define PAGE	M("limit", K_LIMIT, 0, AT(limit)),	\
		ENUM("order", 0, AT(ascending), "desc", "asc"),	\
		M("after", K_TEXT, 0, AT(after))

static const struct member text_part[] = {
	M("text", K_TEXT, REQUIRED, NOWHERE),
	END
};
static const struct member tag_part[] = {
	M("id", K_TEXT, REQUIRED, NOWHERE),
	M("text", K_TEXT, REQUIRED, NOWHERE),
	M("data", K_OBJECT, REQUIRED, NOWHERE),
	M("group", K_TEXT, 0, NOWHERE),
	M("interactive", K_BOOL, 0, NOWHERE),
	END
};
static const struct member input[] = {
	M("content", K_CONTENT, REQUIRED, NOWHERE),
	M("attachments", K_IDS, REQUIRED, AT(attachments)),
	M("inference_options", K_OBJECT, REQUIRED, NOWHERE),
	M("quoted_text", K_TEXT, 0, NOWHERE),
	END
};
static const struct member answer[] = {
	M("values", K_LIST, 0, NOWHERE),
	M("skipped", K_BOOL, 0, NOWHERE),
	END
};
static const struct member answers[] = {
	ENUM("status", REQUIRED, NOWHERE, "answered", "skipped"),
	SUB("answers", K_MAP, 0, NOWHERE, answer),
	END
};
static const struct member action[] = {
	M("type", K_TEXT, REQUIRED, NOWHERE),
	M("payload", K_ANY, 0, NOWHERE),
	END
};

static const struct {
	const char	*name;
	struct member	 params[MEMBERS_MAX];
} types[] = {
	[CK_THREAD_GET] = { "threads.get_by_id", { THREAD, END } },
	[CK_THREAD_LIST] = { "threads.list", { PAGE, END } },
	[CK_ITEM_LIST] = { "items.list", { THREAD, PAGE, END } },
	[CK_FEEDBACK] = { "items.feedback", { THREAD,
	    M("item_ids", K_IDS, REQUIRED, AT(item_ids)),
	    ENUM("kind", REQUIRED, AT(positive), "negative", "positive"),
	    END } },
	[CK_THREAD_UPDATE] = { "threads.update", { THREAD,
	    M("title", K_TEXT, REQUIRED, AT(title)), END } },
	[CK_THREAD_DELETE] = { "threads.delete", { THREAD, END } },
	[CK_ATTACHMENT_CREATE] = { "attachments.create", {
	    M("name", K_WORD, REQUIRED, AT(name)),
	    M("size", K_SIZE, REQUIRED, AT(size)),
	    M("mime_type", K_WORD, REQUIRED, AT(mime_type)), END } },
	[CK_ATTACHMENT_DELETE] = { "attachments.delete", {
	    M("attachment_id", K_ID, REQUIRED, AT(attachment_id)), END } },
	[CK_THREAD_CREATE] = { "threads.create", {
	    SUB("input", K_OBJECT, REQUIRED, NOWHERE, input), END } },
	[CK_USER_MESSAGE] = { "threads.add_user_message", { THREAD,
	    SUB("input", K_OBJECT, REQUIRED, NOWHERE, input), END } },
	[CK_TOOL_OUTPUT] = { "threads.add_client_tool_output", { THREAD,
	    M("result", K_ANY, REQUIRED, NOWHERE), END } },
	[CK_STRUCTURED_INPUT] = { "threads.add_structured_input", { THREAD,
	    ITEM, SUB("input", K_OBJECT, REQUIRED, NOWHERE, answers), END } },
	[CK_RETRY] = { "threads.retry_after_item", { THREAD, ITEM, END } },
	[CK_ACTION] = { "threads.custom_action", { THREAD,
	    M("item_id", K_ID, 0, AT(item_id)),
	    SUB("action", K_OBJECT, REQUIRED, NOWHERE, action), END } },
	[CK_SYNC_ACTION] = { "threads.sync_custom_action", { THREAD,
	    M("item_id", K_ID, 0, AT(item_id)),
	    SUB("action", K_OBJECT, REQUIRED, NOWHERE, action), END } },
	[CK_TRANSCRIBE] = { "input.transcribe", {
	    M("audio_base64", K_TEXT, REQUIRED, NOWHERE),
	    M("mime_type", K_TEXT, REQUIRED, NOWHERE), END } },
};
_Static_assert(nitems(types) == CK__MAX, "a row for each type");

/* Where a check stands: a member of up, or its element i without a name. */
struct at {
	struct arena		*arena;
	struct ck_params	*params;
	const struct at		*up;
	const char		*name;
	size_t			 i;
};

static const char	*check_object(const struct at *, const struct member *,
			    struct json_span);

static struct at
inside(const struct at *up, const char *name, size_t i)
{
	return (struct at){ up->arena, up->params, up, name, i };
}

static const char *
path(const struct at *at)
{
	const char	*up;

	if (at->up == NULL)
		return "";
	up = path(at->up);
	if (at->name == NULL)
		return arena_printf(at->arena, "%s[%zu]", up, at->i);
	return arena_printf(at->arena, "%s%s%s", up, *up != '\0' ? "." : "",
	    at->name);
}

static const char *
say(const struct at *at, const char *why)
{
	return arena_printf(at->arena, "%s: %s", path(at), why);
}

static bool
is_string(struct json_span s)
{
	return *s.p == '"';
}

static char *
text_of(struct arena *a, struct json_span s)
{
	char	*out = arena_alloc(a, s.n);

	out[json_unescape(s.p + 1, s.n - 2, out)] = '\0';
	return out;
}

static void
store(const struct at *at, const struct member *m, const void *v, size_t n)
{
	if (m->at != NOWHERE)
		memcpy((char *)at->params + m->at, v, n);
}

static void
store_int(const struct at *at, const struct member *m, int64_t v)
{
	store(at, m, &v, sizeof(v));
}

/* Nothing of what nobody reads is decoded: it may be 32 MiB. */
static const char *
check_text(const struct at *at, const struct member *m, struct json_span s)
{
	const char	*text;

	if (!is_string(s))
		return say(at, "must be a string");
	if (m->at != NOWHERE) {
		text = text_of(at->arena, s);
		store(at, m, &text, sizeof(text));
	}
	return NULL;
}

static const char *
check_word(const struct at *at, enum kind kind, struct json_span s,
    const char **out)
{
	if (!is_string(s))
		return say(at, "must be a string");
	*out = text_of(at->arena, s);
	if (**out == '\0')
		return say(at, "must not be empty");
	if (kind == K_ID && utf8_count(*out, strlen(*out)) > ID_MAX)
		return say(at, "must have at most 255 characters");
	if (text_control(*out, strlen(*out)))
		return say(at, "must not contain control characters");
	return NULL;
}

static const char *
check_ids(const struct at *at, const struct member *m, struct json_span s)
{
	struct json_iter	it = json_walk(s);
	struct json_span	key, value;
	struct ck_list		list = { NULL, 0 };
	struct at		in;
	const char		*why;

	if (*s.p != '[')
		return say(at, "must be an array");
	list.v = arena_alloc(at->arena, IDS_MAX * sizeof(*list.v));
	while (json_next(&it, &key, &value)) {
		if (list.n == IDS_MAX)
			return say(at, "must have at most 1000 elements");
		in = inside(at, NULL, list.n);
		why = check_word(&in, K_ID, value, &list.v[list.n++]);
		if (why != NULL)
			return why;
	}
	store(at, m, &list, sizeof(list));
	return NULL;
}

/*
 * An integer as a number, integral ones with a fraction or an exponent too,
 * or in a string.  One that is too large is the largest.
 */
static bool
integer(struct arena *a, struct json_span s, int64_t *out)
{
	const char	*text = s.p;
	size_t		 n = s.n, sign;
	double		 d;

	if (is_string(s)) {
		text = text_of(a, s);
		text += *text == '+';
		n = strlen(text);
		sign = *text == '-';
		if (n == sign || strspn(text + sign, DIGITS) != n - sign)
			return false;
	} else if (*s.p != '-' && (*s.p < '0' || *s.p > '9'))
		return false;
	if (int_strict(text, n, INT64_MIN, INT64_MAX, out))
		return true;
	d = strtod(arena_memdup(a, text, n), NULL);
	if (d != floor(d))
		return false;
	*out = d >= 9e18 ? INT64_MAX : d <= -9e18 ? INT64_MIN : (int64_t)d;
	return true;
}

static int64_t
page_rows(int64_t n)
{
	return n == 0 ? PAGE_DEFAULT : n > PAGE_MAX ? PAGE_MAX : n;
}

static const char *
check_int(const struct at *at, const struct member *m, struct json_span s)
{
	int64_t	n;

	if (!integer(at->arena, s, &n))
		return say(at, "must be an integer");
	if (n < 0)
		return say(at, "must be at least 0");
	store_int(at, m, m->kind == K_LIMIT ? page_rows(n) : n);
	return NULL;
}

bool
ckcall_limit(const char *s, size_t n, int64_t *out)
{
	if (strspn(s, DIGITS) != n)
		return false;
	if (n == 0)
		*out = 0;
	else if (!int_strict(s, n, 0, INT64_MAX, out))
		*out = PAGE_MAX;	/* digits that are too many */
	*out = page_rows(*out);
	return true;
}

static const char *
check_enum(const struct at *at, const struct member *m, struct json_span s)
{
	int64_t	i;

	for (i = 0; i < 2; i++)
		if (is_string(s) && json_is(s, m->words[i])) {
			store_int(at, m, i);
			return NULL;
		}
	return say(at, arena_printf(at->arena, "must be one of %s, %s",
	    m->words[0], m->words[1]));
}

static const char *
check_list(const struct at *at, struct json_span s)
{
	struct json_iter	it = json_walk(s);
	struct json_span	key, value;
	struct at		in;
	size_t			i;

	if (*s.p != '[')
		return say(at, "must be an array");
	for (i = 0; json_next(&it, &key, &value); i++)
		if (!is_string(value)) {
			in = inside(at, NULL, i);
			return say(&in, "must be a string");
		}
	return NULL;
}

/* Its names are the client's: no error quotes them. */
static const char *
check_map(const struct at *at, const struct member *m, struct json_span s)
{
	struct json_iter	it = json_walk(s);
	struct json_span	key, value;
	const char		*why;

	if (*s.p != '{')
		return say(at, "must be an object");
	while (json_next(&it, &key, &value)) {
		if (*value.p != '{')
			return say(at, "must hold objects");
		if ((why = check_object(at, m->sub, value)) != NULL)
			return why;
	}
	return NULL;
}

static const char *
check_part(const struct at *at, struct json_span part)
{
	struct at		in = inside(at, "type", 0);
	struct json_span	type;

	if (*part.p != '{')
		return say(at, "must be an object");
	if (!json_member(part, "type", &type))
		return say(&in, "required");
	if (json_is(type, "input_text"))
		return check_object(at, text_part, part);
	if (json_is(type, "input_tag"))
		return check_object(at, tag_part, part);
	return say(&in, "must be one of input_text, input_tag");
}

static const char *
check_content(const struct at *at, struct json_span s)
{
	struct json_iter	it = json_walk(s);
	struct json_span	key, value;
	struct at		in;
	const char		*why;
	size_t			i;

	if (*s.p != '[')
		return say(at, "must be an array");
	for (i = 0; json_next(&it, &key, &value); i++) {
		in = inside(at, NULL, i);
		if ((why = check_part(&in, value)) != NULL)
			return why;
	}
	return NULL;
}

static const char *
check(const struct at *at, const struct member *m, struct json_span s)
{
	const char	*text, *why;

	switch (m->kind) {
	case K_TEXT:
		return check_text(at, m, s);
	case K_WORD:
	case K_ID:
		if ((why = check_word(at, m->kind, s, &text)) == NULL)
			store(at, m, &text, sizeof(text));
		return why;
	case K_IDS:
		return check_ids(at, m, s);
	case K_LIMIT:
	case K_SIZE:
		return check_int(at, m, s);
	case K_BOOL:
		return *s.p == 't' || *s.p == 'f' ? NULL :
		    say(at, "must be true or false");
	case K_ENUM:
		return check_enum(at, m, s);
	case K_OBJECT:
		if (*s.p != '{')
			return say(at, "must be an object");
		return m->sub != NULL ? check_object(at, m->sub, s) : NULL;
	case K_LIST:
		return check_list(at, s);
	case K_MAP:
		return check_map(at, m, s);
	case K_CONTENT:
		return check_content(at, s);
	case K_ANY:
	case K__MAX:
		break;
	}
	return NULL;
}

/* The members of the table, in its order; others are not looked at. */
static const char *
check_object(const struct at *at, const struct member *m, struct json_span s)
{
	struct json_span	found[MEMBERS_MAX] = { { NULL, 0 } };
	struct json_iter	it = json_walk(s);
	struct json_span	key, value;
	struct at		in;
	const char		*why;
	size_t			i;

	while (json_next(&it, &key, &value))
		for (i = 0; m[i].name != NULL; i++)
			if (json_is(key, m[i].name))
				found[i] = value;
	for (i = 0; m[i].name != NULL; i++) {
		in = inside(at, m[i].name, 0);
		if (found[i].p == NULL && (m[i].flags & REQUIRED))
			return say(&in, "required");
		if (found[i].p == NULL ||
		    (*found[i].p == 'n' && !(m[i].flags & REQUIRED)))
			continue;
		if ((why = check(&in, &m[i], found[i])) != NULL)
			return why;
	}
	return NULL;
}

enum ck_type
ckcall_type(struct arena *a, struct json_span body, const char **why)
{
	struct at		body_at = { .arena = a };
	struct at		at = inside(&body_at, "type", 0);
	struct json_span	value;
	enum ck_type		t;

	if (*body.p != '{') {
		*why = "body: must be an object";
		return CK__MAX;
	}
	if (!json_member(body, "type", &value)) {
		*why = say(&at, "required");
		return CK__MAX;
	}
	for (t = 0; t < CK__MAX; t++)
		if (json_is(value, types[t].name))
			return t;
	*why = say(&at, is_string(value) ? "unknown" : "must be a string");
	return t;
}

const char *
ckcall_params(struct arena *a, struct json_span body, enum ck_type t,
    struct ck_params *p)
{
	const struct member	envelope[] = {
		SUB("params", K_OBJECT, REQUIRED, NOWHERE, types[t].params),
		M("metadata", K_OBJECT, 0, NOWHERE),
		END
	};
	struct at		at = { .arena = a, .params = p };

	memset(p, 0, sizeof(*p));
	p->limit = PAGE_DEFAULT;
	return check_object(&at, envelope, body);
}
