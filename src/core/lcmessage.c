/* lcmessage.c: what clients and graphs write as messages, in message form. */
#include "config.h"

#include "core/lcmessage.h"

#include <string.h>

#include "codec/lcjson.h"

static const struct {
	const char	*role, *type;
} roles[] = {
	{ "\"user\"", "human" },	{ "\"human\"", "human" },
	{ "\"assistant\"", "ai" },	{ "\"ai\"", "ai" },
	{ "\"system\"", "system" },	{ "\"developer\"", "system" },
	{ "\"tool\"", "tool" },		{ "\"function\"", "function" },
	{ "\"remove\"", "remove" },
};

/* Members that the Python class has, after those that all have. */
static const struct {
	const char	*type, *name, *value;
} extras[] = {
	{ "ai",		"\"tool_calls\"",		"[]" },
	{ "ai",		"\"invalid_tool_calls\"",	"[]" },
	{ "ai",		"\"usage_metadata\"",		"null" },
	{ "tool",	"\"tool_call_id\"",		"null" },
	{ "tool",	"\"artifact\"",			"null" },
	{ "tool",	"\"status\"",			"\"success\"" },
};

static const char *const common[] = {
	"\"content\"", "\"additional_kwargs\"", "\"response_metadata\"",
	"\"type\"", "\"role\"", "\"name\"", "\"id\""
};

static void
by_role(struct message *m, struct lc_text role)
{
	size_t	i;

	for (i = 0; i < nitems(roles); i++)
		if (lc_is(role, roles[i].role)) {
			m->type = roles[i].type;
			m->developer = lc_is(role, "\"developer\"");
		}
}

static void
read_pair(struct message *m)
{
	struct lc_text	role, content, more;
	struct lc_iter	it;

	lc_walk(&it, m->t);
	if (lc_next(&it, &role) && lc_next(&it, &content) &&
	    !lc_next(&it, &more)) {
		by_role(m, role);
		m->content = content;
	}
}

/* A message has a type and additional_kwargs; what lacks one may become it. */
static void
read_object(struct message *m)
{
	struct lc_text	key, v, role = { NULL, 0 }, type = { NULL, 0 };
	struct lc_iter	it;
	bool		kwargs = false;

	lc_walk(&it, m->t);
	while (lc_next_member(&it, &key, &v))
		if (lc_is(key, "\"role\""))
			role = v;
		else if (lc_is(key, "\"type\""))
			type = v;
		else if (lc_is(key, "\"content\""))
			m->content = v;
		else if (lc_is(key, "\"additional_kwargs\""))
			kwargs = true;
		else if (lc_is(key, "\"id\"") && !lc_is(v, "null"))
			m->id = v;
	/* A ChatMessage's role is free text, such as "user". */
	if (role.p != NULL && !lc_is(type, "\"chat\"") &&
	    !lc_is(type, "\"generic\"") && !(kwargs && type.p != NULL))
		by_role(m, role);
	else if (role.p == NULL && !kwargs)
		by_role(m, type);
	m->removes = m->type != NULL ? strcmp(m->type, "remove") == 0 :
	    lc_is(type, "\"remove\"");
}

void
message_read(struct message *m, struct lc_text t)
{
	memset(m, 0, sizeof(*m));
	m->t = t;
	if (*t.p == '"') {
		m->type = "human";
		m->content = t;
	} else if (*t.p == '[')
		read_pair(m);
	else if (*t.p == '{')
		read_object(m);
}

/* OpenAI's {"id","function":{"name","arguments":"<JSON>"}}. */
static bool
openai_call(struct buf *out, struct lc_text call, const struct lc_limits *lim)
{
	struct lc_text	f = lc_member(call, "function"), args, name, id;
	struct buf	raw;
	enum outcome	o;

	name = lc_member(f, "name");
	args = lc_member(f, "arguments");
	if (name.p == NULL || args.p == NULL)
		return false;
	buf_str(out, "{\"name\":");
	buf_add(out, name.p, name.n);
	buf_str(out, ",\"args\":");
	if (lc_unquote(args).p == NULL)
		buf_add(out, args.p, args.n);
	else {
		buf_init(&raw, out->max);
		lc_unescape(&raw, lc_unquote(args));
		o = raw.over ? OUT_TOO_LARGE : lj_json(raw.p != NULL ? raw.p :
		    "", raw.len, lim, LJ_PLAIN, out);
		buf_free(&raw);
		if (o != OUT_VALUE)
			return false;
	}
	buf_str(out, ",\"id\":");
	if ((id = lc_member(call, "id")).p != NULL)
		buf_add(out, id.p, id.n);
	else
		buf_str(out, "null");
	buf_str(out, ",\"type\":\"tool_call\"}");
	return true;
}

static void
tool_calls(struct buf *out, struct lc_text calls, const struct lc_limits *lim)
{
	struct lc_iter	it;
	struct lc_text	call;
	size_t		mark;
	bool		first = true;

	if (*calls.p != '[') {
		buf_add(out, calls.p, calls.n);
		return;
	}
	buf_chr(out, '[');
	lc_walk(&it, calls);
	for (; lc_next(&it, &call); first = false) {
		if (!first)
			buf_chr(out, ',');
		mark = out->len;
		if (!openai_call(out, call, lim)) {
			buf_cut(out, mark);
			buf_add(out, call.p, call.n);
		}
	}
	buf_chr(out, ']');
}

static void
value(struct buf *out, const struct message *m, struct lc_text key,
    struct lc_text v, const struct lc_limits *lim)
{
	if (strcmp(m->type, "ai") == 0 && lc_is(key, "\"tool_calls\""))
		tool_calls(out, v, lim);
	else
		buf_add(out, v.p, v.n);
}

/* Members of an object under way, so that repeated ones can go. */
struct object {
	struct buf	*out;
	struct buf	 members;
	size_t		 n;
};

static void
object_key(struct object *o, const char *key, size_t n)
{
	struct lc_member	v;

	if (o->n++ > 0)
		buf_chr(o->out, ',');
	v.at = o->out->len;
	v.klen = n;
	buf_add(&o->members, &v, sizeof(v));
	buf_add(o->out, key, n);
	buf_chr(o->out, ':');
}

static void
object_open(struct object *o, struct buf *out)
{
	o->out = out;
	o->n = 0;
	buf_init(&o->members, SIZE_MAX / 4);
	buf_chr(out, '{');
}

static void
object_close(struct object *o)
{
	if (o->members.over || (o->n > 1 && lc_unique(o->out,
	    (void *)o->members.p, o->n) == SIZE_MAX))
		o->out->over = true;
	buf_free(&o->members);
	buf_chr(o->out, '}');
}

static bool
belongs(const char *type, struct lc_text key)
{
	size_t	i;

	for (i = 0; i < nitems(common); i++)
		if (lc_is(key, common[i]))
			return true;
	for (i = 0; i < nitems(extras); i++)
		if (strcmp(type, extras[i].type) == 0 &&
		    lc_is(key, extras[i].name))
			return true;
	return false;
}

static const char	developer_key[] = "\"__openai_role__\"";

/* What the class has no member for, then what was there, which wins. */
static void
additional_kwargs(struct buf *out, const struct message *m, bool foreign)
{
	struct object	o;
	struct lc_text	key, v;
	struct lc_iter	it;

	object_open(&o, out);
	lc_walk(&it, m->t);
	while (foreign && lc_next_member(&it, &key, &v))
		if (!belongs(m->type, key)) {
			object_key(&o, key.p, key.n);
			buf_add(out, v.p, v.n);
		}
	v = lc_member(m->t, "additional_kwargs");
	if (v.p == NULL || *v.p != '{')
		v = (struct lc_text){ "{}", 2 };
	lc_walk(&it, v);
	while (lc_next_member(&it, &key, &v)) {
		object_key(&o, key.p, key.n);
		buf_add(out, v.p, v.n);
	}
	if (m->developer) {
		object_key(&o, developer_key, sizeof(developer_key) - 1);
		buf_str(out, "\"developer\"");
	}
	object_close(&o);
}

static void
member_or(struct buf *out, const struct message *m, const char *quoted,
    const char *otherwise, const struct lc_limits *lim)
{
	struct lc_text	key = { quoted, strlen(quoted) }, name, v;
	struct lc_iter	it;

	buf_chr(out, ',');
	buf_add(out, key.p, key.n);
	buf_chr(out, ':');
	if (*m->t.p == '{') {
		lc_walk(&it, m->t);
		while (lc_next_member(&it, &name, &v))
			if (lc_is(name, quoted)) {
				value(out, m, key, v, lim);
				return;
			}
	}
	buf_str(out, otherwise);
}

static void
write_python(struct buf *out, const struct message *m,
    const struct lc_limits *lim)
{
	size_t	i;

	buf_str(out, "{\"content\":");
	if (m->content.p == NULL || lc_is(m->content, "null"))
		buf_str(out, "\"\"");
	else
		buf_add(out, m->content.p, m->content.n);
	buf_str(out, ",\"additional_kwargs\":");
	additional_kwargs(out, m, *m->t.p == '{');
	member_or(out, m, "\"response_metadata\"", "{}", lim);
	buf_printf(out, ",\"type\":\"%s\"", m->type);
	member_or(out, m, "\"name\"", "null", lim);
	member_or(out, m, "\"id\"", "null", lim);
	for (i = 0; i < nitems(extras); i++)
		if (strcmp(m->type, extras[i].type) == 0)
			member_or(out, m, extras[i].name, extras[i].value,
			    lim);
	buf_chr(out, '}');
}

/* The members stay; those that every message has are added. */
static void
write_javascript(struct buf *out, const struct message *m,
    const struct lc_limits *lim)
{
	struct lc_text	key, v;
	struct lc_iter	it;

	buf_printf(out, "{\"type\":\"%s\"", m->type);
	lc_walk(&it, *m->t.p == '{' ? m->t : (struct lc_text){ "{}", 2 });
	while (lc_next_member(&it, &key, &v)) {
		if (lc_is(key, "\"role\"") || lc_is(key, "\"type\"") ||
		    lc_is(key, "\"additional_kwargs\""))
			continue;
		buf_chr(out, ',');
		buf_add(out, key.p, key.n);
		buf_chr(out, ':');
		value(out, m, key, v, lim);
	}
	if (*m->t.p != '{') {
		buf_str(out, ",\"content\":");
		buf_add(out, m->content.p, m->content.n);
	}
	buf_str(out, ",\"additional_kwargs\":");
	additional_kwargs(out, m, false);
	if (lc_member(m->t, "response_metadata").p == NULL)
		buf_str(out, ",\"response_metadata\":{}");
	if (strcmp(m->type, "ai") == 0 &&
	    lc_member(m->t, "tool_calls").p == NULL)
		buf_str(out, ",\"tool_calls\":[]");
	if (strcmp(m->type, "ai") == 0 &&
	    lc_member(m->t, "invalid_tool_calls").p == NULL)
		buf_str(out, ",\"invalid_tool_calls\":[]");
	buf_chr(out, '}');
}

void
message_write(struct buf *out, const struct message *m, bool js,
    const struct lc_limits *lim)
{
	if (m->type == NULL)
		buf_add(out, m->t.p, m->t.n);
	else if (js)
		write_javascript(out, m, lim);
	else
		write_python(out, m, lim);
}
