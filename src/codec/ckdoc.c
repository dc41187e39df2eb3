/* ckdoc.c: what ChatKit's client is shown of documents that are kept whole. */
#include "config.h"

#include "codec/ckdoc.h"

#include <string.h>

#include "base/text.h"

enum how {
	H_PRUNE,	/* null members go */
	H_FREE,		/* untouched */
	H_FILES,	/* attachments: metadata goes, too */
	H_LINK		/* a preview_url of theirs */
};

/* Item types whose every null member may go. */
static const struct {
	const char	*type, *role;
	bool		 hidden;
} types[] = {
	{ "user_message", "user", false },
	{ "assistant_message", "assistant", false },
	{ "client_tool_call", NULL, false },
	{ "widget", NULL, false },
	{ "structured_input", NULL, false },
	{ "workflow", NULL, false },
	{ "task", NULL, false },
	{ "generated_image", NULL, false },
	{ "end_of_turn", NULL, false },
	{ "hidden_context_item", NULL, true },
	{ "sdk_hidden_context", NULL, true },
};

/* Members of an item that are not pruned like the rest. */
static const struct {
	const char	*type, *member;
	enum how	 how;
} specials[] = {
	{ "client_tool_call", "arguments", H_FREE },
	{ "client_tool_call", "output", H_FREE },
	{ "widget", "widget", H_FREE },
	{ "user_message", "attachments", H_FILES },
};

/* Whose member "data" is free, wherever they stand. */
static const char *const carriers[] = { "input_tag", "entity" };

/* Where it is written, and who writes the links. */
struct pen {
	struct buf		*b;
	const struct ckdoc_links *links;
};

static void	put_value(const struct pen *, struct json_span, enum how);

static size_t
find_type(const char *type)
{
	size_t	i;

	for (i = 0; i < nitems(types); i++)
		if (strcmp(types[i].type, type) == 0)
			break;
	return i;
}

bool
ckdoc_hidden(const char *type)
{
	size_t	i = find_type(type);

	return i < nitems(types) && types[i].hidden;
}

const char *
ckdoc_role(const char *type)
{
	size_t	i = find_type(type);

	return i < nitems(types) ? types[i].role : NULL;
}

static bool
is_null(struct json_span s)
{
	return *s.p == 'n';
}

char *
ckdoc_plain(struct arena *a, const char *type, struct json_span doc)
{
	struct json_span	content, key, part, text;
	struct json_iter	it;
	char			*out;
	size_t			 n = 0;

	if (ckdoc_role(type) == NULL)
		return NULL;
	if (!json_member(doc, "content", &content))
		return arena_strdup(a, "");
	out = arena_alloc(a, content.n + 1);
	for (it = json_walk(content); json_next(&it, &key, &part);)
		if (key.p == NULL && json_member(part, "text", &text) &&
		    *text.p == '"')
			n += json_unescape(text.p + 1, text.n - 2, out + n);
	out[n] = '\0';
	return out;
}

static bool
is_carrier(struct json_span object)
{
	struct json_span	type;
	size_t			i;

	if (!json_member(object, "type", &type))
		return false;
	for (i = 0; i < nitems(carriers); i++)
		if (json_is(type, carriers[i]))
			return true;
	return false;
}

static void
put_member(const struct pen *p, struct json_span key, struct json_span value,
    enum how how)
{
	jw_raw(p->b, key.p, key.n);
	buf_chr(p->b, ':');
	put_value(p, value, how);
}

static enum how
how_within(struct json_span object, struct json_span key, bool file)
{
	if (file && json_is(key, "preview_url"))
		return H_LINK;
	return json_is(key, "data") && is_carrier(object) ? H_FREE : H_PRUNE;
}

/* file: an attachment, whose metadata is the server's. */
static void
put_object(const struct pen *p, struct json_span object, bool file)
{
	struct json_iter	it = json_walk(object);
	struct json_span	key, value;

	jw_open(p->b, '{');
	while (json_next(&it, &key, &value))
		if (!is_null(value) && !(file && json_is(key, "metadata")))
			put_member(p, key, value,
			    how_within(object, key, file));
	jw_close(p->b, '}');
}

static void
put_array(const struct pen *p, struct json_span array, enum how how)
{
	struct json_iter	it = json_walk(array);
	struct json_span	key, value;

	jw_open(p->b, '[');
	while (json_next(&it, &key, &value)) {
		if (how == H_FILES && *value.p == '{')
			put_object(p, value, true);
		else
			put_value(p, value, H_PRUNE);
	}
	jw_close(p->b, ']');
}

/* No deeper than the scan went. */
static void
put_value(const struct pen *p, struct json_span s, enum how how)
{
	if (how == H_LINK && *s.p == '"' && p->links->fn != NULL)
		p->links->fn(p->links->arg, p->b, s);
	else if (how != H_FREE && *s.p == '{')
		put_object(p, s, false);
	else if (how != H_FREE && *s.p == '[')
		put_array(p, s, how);
	else
		jw_raw(p->b, s.p, s.n);
}

static enum how
how_of(const char *type, struct json_span key)
{
	size_t	i;

	if (find_type(type) == nitems(types))
		return H_FREE;
	for (i = 0; i < nitems(specials); i++)
		if (strcmp(specials[i].type, type) == 0 &&
		    json_is(key, specials[i].member))
			return specials[i].how;
	return H_PRUNE;
}

void
ckdoc_item(struct buf *b, const char *type, struct json_span doc,
    const struct ckdoc_links *links)
{
	const struct pen	p = { b, links };
	struct json_iter	it = json_walk(doc);
	struct json_span	key, value;

	jw_open(b, '{');
	while (json_next(&it, &key, &value))
		if (!is_null(value))
			put_member(&p, key, value, how_of(type, key));
	jw_close(b, '}');
}

void
ckdoc_thread(struct buf *b, struct json_span doc)
{
	static const struct {
		const char	*name, *otherwise;
	} members[] = {
		{ "title", NULL },
		{ "id", NULL },
		{ "created_at", NULL },
		{ "status", "{\"type\":\"active\"}" },
		{ "allowed_image_domains", NULL },
	};
	static const struct ckdoc_links	none;
	const struct pen	p = { b, &none };
	struct json_span	value;
	size_t			i;

	jw_open(b, '{');
	for (i = 0; i < nitems(members); i++) {
		if (json_member(doc, members[i].name, &value) &&
		    !is_null(value)) {
			jw_key(b, members[i].name);
			put_value(&p, value, H_PRUNE);
		} else if (members[i].otherwise != NULL) {
			jw_key(b, members[i].name);
			buf_str(b, members[i].otherwise);
		}
	}
	jw_key(b, "metadata");
	buf_add(b, "{}", 2);
	jw_key(b, "items");
}

struct ckdoc_title
ckdoc_title(const char *text, size_t n)
{
	struct json_span	doc = json_whole(text, n), value;
	struct ckdoc_title	t = { 0, 0 };
	const char		*at = doc.p + doc.n - 1;	/* the brace */

	if (json_member(doc, "title", &value)) {
		at = value.p;
		t.length = utf8_count(value.p, value.n);
	}
	t.at = utf8_count(text, (size_t)(at - text)) + 1;
	return t;
}

const char *
ckdoc_uploaded(struct arena *a, const char *text, size_t n)
{
	struct json_span	value;
	const char		*end = text + n;
	size_t			 before;

	if (!json_member(json_whole(text, n), "upload_descriptor", &value))
		return text;
	before = (size_t)(value.p - text);
	return arena_printf(a, "%.*snull%.*s", (int)before, text,
	    (int)(end - value.p - value.n), value.p + value.n);
}
