/* lcmark.c: the `lc` markers of LangGraph's JSON, as plain values. */
#include "config.h"

#include "codec/lcmark.h"

#include <stdio.h>
#include <string.h>

#include "base/b64.h"
#include "codec/lcpy.h"

/* The member's value, looked up before anything of it is moved. */
static struct lc_text
find(struct lc_object *ob, const char *key)
{
	const struct lc_member	*v = ob->members;
	struct lc_text		 t = { NULL, 0 }, k;
	size_t			 i, end;

	for (i = 0; i < ob->n; i++) {
		k.p = ob->out->p + v[i].at;
		k.n = v[i].klen;
		if (!lc_is(lc_unquote(k), key))
			continue;
		end = (i + 1 < ob->n ? v[i + 1].at : ob->out->len) - 1;
		t.p = k.p + k.n + 1;
		t.n = (size_t)(ob->out->p + end - t.p);
	}
	return t;
}

static bool
opens(struct lc_text t, char c)
{
	return t.p != NULL && *t.p == c;
}

static struct lc_text
nth(struct lc_text array_text, size_t n)
{
	struct lc_iter	it;
	struct lc_text	v = { NULL, 0 };

	if (!opens(array_text, '['))
		return v;
	lc_walk(&it, array_text);
	do {
		if (!lc_next(&it, &v))
			return (struct lc_text){ NULL, 0 };
	} while (n-- > 0);
	return v;
}

static void
add_type(struct buf *out, size_t mark, const char *type)
{
	buf_cut(out, out->len - 1);
	if (out->len > mark + 1)
		buf_chr(out, ',');
	buf_printf(out, "\"type\":\"%s\"}", type);
}

/* {"lc":1}: LangChain's own.  What is not a constructor holds no value. */
static enum outcome
langchain(struct lc_object *ob)
{
	static const char *const classes[][2] = {
		{ "HumanMessage", "human" }, { "AIMessage", "ai" },
		{ "SystemMessage", "system" }, { "ToolMessage", "tool" },
		{ "FunctionMessage", "function" },
		{ "ChatMessage", "generic" }, { "RemoveMessage", "remove" },
	};
	struct lc_text		 kwargs = find(ob, "kwargs"), class, v;
	struct lc_iter		 it;
	const char		*type = NULL;
	size_t			 i;

	if (!lc_is(find(ob, "type"), "\"constructor\"") ||
	    !opens(kwargs, '{')) {
		buf_cut(ob->out, ob->mark);
		buf_str(ob->out, "null");
		return OUT_VALUE;
	}
	class.p = NULL;
	class.n = 0;
	v = find(ob, "id");
	if (opens(v, '[')) {
		lc_walk(&it, v);
		while (lc_next(&it, &class))
			;
	}
	class = lc_unquote(class);
	if (class.n > 5 && memcmp(class.p + class.n - 5, "Chunk", 5) == 0)
		class.n -= 5;
	for (i = 0; i < nitems(classes); i++)
		if (lc_is(class, classes[i][0]))
			type = classes[i][1];
	lc_keep(ob->out, ob->mark, kwargs);
	ob->typed = ob->kwargs_typed || type != NULL;
	if (!ob->kwargs_typed && type != NULL)
		add_type(ob->out, ob->mark, type);
	return OUT_VALUE;
}

static bool
js_first(struct lc_object *ob, struct lc_text args, struct buf *to)
{
	struct lc_text	v = nth(args, 0);

	(void)ob;
	if (v.p == NULL)
		return false;
	buf_add(to, v.p, v.n);
	return true;
}

static bool
js_map(struct lc_object *ob, struct lc_text args, struct buf *to)
{
	struct lc_iter	 it;
	struct lc_text	 pair, key, v;
	struct lc_member member;
	struct buf	 members;
	size_t		 n = 0;
	bool		 ok = true;

	args = nth(args, 0);
	if (!opens(args, '['))
		return false;
	buf_init(&members, SIZE_MAX / 4);
	lc_walk(&it, args);
	for (; lc_next(&it, &pair); n++) {
		key = nth(pair, 0);
		v = nth(pair, 1);
		if (key.p == NULL || v.p == NULL) {
			ok = false;
			break;
		}
		buf_chr(to, n == 0 ? '{' : ',');
		member.at = to->len;
		buf_add(to, key.p, key.n);
		*ob->spelt += key.n;
		if (*ob->spelt <= ob->out->max)
			lc_stringify(to, member.at);
		else
			to->over = true;
		member.klen = to->len - member.at;
		buf_add(&members, &member, sizeof(member));
		buf_chr(to, ':');
		buf_add(to, v.p, v.n);
	}
	if (n == 0)
		buf_chr(to, '{');
	if (ok && n > 1 && (members.over ||
	    lc_unique(to, (void *)members.p, n) == SIZE_MAX))
		to->over = true;
	buf_chr(to, '}');
	buf_free(&members);
	return ok;
}

static bool
js_regexp(struct lc_object *ob, struct lc_text args, struct buf *to)
{
	struct lc_text	source = lc_unquote(nth(args, 0));
	struct lc_text	flags = lc_unquote(nth(args, 1));

	(void)ob;
	if (source.p == NULL)
		return false;
	buf_str(to, "\"/");
	buf_add(to, source.p, source.n);
	buf_chr(to, '/');
	if (flags.p != NULL)
		buf_add(to, flags.p, flags.n);
	buf_chr(to, '"');
	return true;
}

static void
as_base64(struct buf *to, struct buf *bytes)
{
	buf_chr(to, '"');
	if (bytes->len > 0)
		b64_encode(to, bytes->p, bytes->len);
	buf_chr(to, '"');
}

static bool
js_bytes(struct lc_object *ob, struct lc_text args, struct buf *to)
{
	struct lc_iter	it;
	struct lc_text	v;
	struct buf	bytes;
	int64_t		b = 0;
	bool		ok = true;

	args = nth(args, 0);
	if (!opens(args, '['))
		return false;
	buf_init(&bytes, ob->out->max);
	lc_walk(&it, args);
	while (ok && lc_next(&it, &v)) {
		ok = lc_int(v, &b) && b >= 0 && b <= 255;
		buf_chr(&bytes, (char)b);
	}
	if (ok)
		as_base64(to, &bytes);
	buf_free(&bytes);
	return ok;
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
py_fromhex(struct lc_object *ob, struct lc_text args, struct buf *to)
{
	struct lc_text	hex = lc_unquote(nth(args, 0));
	struct buf	bytes;
	bool		ok = hex.p != NULL && hex.n % 2 == 0;
	int		hi, lo;

	buf_init(&bytes, ob->out->max);
	for (; ok && hex.n > 0; hex.p += 2, hex.n -= 2) {
		hi = nibble(hex.p[0]);
		lo = nibble(hex.p[1]);
		ok = hi >= 0 && lo >= 0;
		buf_chr(&bytes, (char)(hi * 16 + lo));
	}
	if (ok)
		as_base64(to, &bytes);
	buf_free(&bytes);
	return ok;
}

typedef bool rebuild_fn(struct lc_object *, struct lc_text, struct buf *);

static enum outcome
rebuild(struct lc_object *ob, struct lc_text args,
    rebuild_fn *fn)
{
	struct buf	to;
	bool		over = false;

	buf_init(&to, ob->out->max);
	if (fn(ob, args, &to)) {
		over = to.over;
		buf_cut(ob->out, ob->mark);
		if (!over)
			buf_add(ob->out, to.p, to.len);
	}
	buf_free(&to);
	return over ? OUT_TOO_LARGE : OUT_VALUE;
}

/* ["a","b","C"] is module a.b and name C, cut short where none is known. */
static size_t
names(struct lc_text id, char module[64], char name[64])
{
	struct lc_iter	it;
	struct lc_text	v;
	size_t		n = 0, len;

	module[0] = name[0] = '\0';
	if (!opens(id, '['))
		return 0;
	lc_walk(&it, id);
	for (; lc_next(&it, &v); n++) {
		if (*name != '\0') {
			len = strlen(module);
			if (snprintf(module + len, 64 - len, "%s%s",
			    len > 0 ? "." : "", name) < 0)
				return 0;
		}
		if ((v = lc_unquote(v)).p == NULL)
			return 0;
		(void)snprintf(name, 64, "%.*s", (int)(v.n < 63 ? v.n : 63),
		    v.p);
	}
	return n;
}

static enum outcome
python(struct lc_object *ob, const char *module, const char *name)
{
	struct lc_text	mod = { module, strlen(module) };
	struct lc_text	nam = { name, strlen(name) };
	struct lc_text	v = find(ob, "kwargs"), one;

	if (opens(v, '{')) {
		lc_keep(ob->out, ob->mark, v);
		(void)lc_python(ob->out, ob->mark, mod, nam, LC_KWARGS);
		return OUT_VALUE;
	}
	v = find(ob, "args");
	if (!opens(v, '['))
		return OUT_VALUE;
	if (strcmp(module, "builtins") == 0 && strcmp(name, "bytes") == 0 &&
	    lc_is(find(ob, "method"), "\"fromhex\""))
		return rebuild(ob, v, py_fromhex);
	lc_keep(ob->out, ob->mark, v);
	if (lc_python(ob->out, ob->mark, mod, nam, LC_ARGS))
		return OUT_VALUE;
	v.p = ob->out->p + ob->mark;
	one = nth(v, 0);
	if (one.p != NULL && nth(v, 1).p == NULL) {
		lc_keep(ob->out, ob->mark, one);
		(void)lc_python(ob->out, ob->mark, mod, nam, LC_ARG);
	}
	return OUT_VALUE;
}

/* {"lc":2}: what the checkpoint savers add.  Unknown ones stay as they are. */
static enum outcome
langgraph(struct lc_object *ob)
{
	static const struct {
		const char	*name;
		rebuild_fn	*fn;
	} classes[] = {
		{ "Set", js_first }, { "Map", js_map },
		{ "RegExp", js_regexp }, { "Error", js_first },
		{ "Uint8Array", js_bytes },
	};
	struct lc_text		type = find(ob, "type"), v;
	char			module[64], name[64];
	size_t			n, i;

	if (lc_is(type, "\"undefined\"")) {
		buf_cut(ob->out, ob->mark);
		return OUT_EMPTY;
	}
	v = find(ob, "value");
	if (lc_is(type, "\"delta_snapshot\"") && v.p != NULL) {
		lc_keep(ob->out, ob->mark, v);
		return OUT_VALUE;
	}
	if (!lc_is(type, "\"constructor\""))
		return OUT_VALUE;
	n = names(find(ob, "id"), module, name);
	if (n > 1)
		return python(ob, module, name);
	for (i = 0; i < nitems(classes); i++)
		if (n == 1 && strcmp(name, classes[i].name) == 0)
			return rebuild(ob, find(ob, "args"),
			    classes[i].fn);
	return OUT_VALUE;
}

enum outcome
lc_mark(struct lc_object *ob)
{
	struct lc_text	lc = find(ob, "lc");

	if (ob->out->over)
		return OUT_TOO_LARGE;
	if (lc_is(lc, "1"))
		return langchain(ob);
	if (lc_is(lc, "2"))
		return langgraph(ob);
	return OUT_VALUE;
}
