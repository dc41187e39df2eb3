/* lctest.c: what the suites of the checkpoint decoders share. */
#include "config.h"

#include "unit/lctest.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit/unit.h"

const struct lc_opts	lc_plain = { .limits = LC_LIMITS };

void
unhex(struct buf *b, const char *s)
{
	static const char	 digits[] = "0123456789abcdef";
	const char		*at;
	unsigned		 byte = 1;

	for (; *s != '\0'; s++) {
		if ((at = strchr(digits, *s)) == NULL)
			continue;
		byte = byte << 4 | (unsigned)(at - digits);
		if (byte & 0x100) {
			buf_chr(b, (char)byte);
			byte = 1;
		}
	}
}

struct json_object *
json_file(const char *name)
{
	struct json_object	*o;
	char			*text = slurp(name, NULL);

	if ((o = json_tokener_parse(text)) == NULL) {
		fprintf(stderr, "%s: not JSON\n", name);
		exit(1);
	}
	free(text);
	return o;
}

void
check_json(const char *why, struct json_object *want, const char *p, size_t n)
{
	struct json_tokener	*tok = json_tokener_new_ex(200);
	struct json_object	*got;
	char			*text = strndup(p != NULL ? p : "", n);

	/* A NUL tells the end of a number at the top. */
	got = json_tokener_parse_ex(tok, text, (int)n + 1);
	if (json_tokener_get_error(tok) == json_tokener_success &&
	    json_object_equal(want, got))
		check(why, true, true);
	else
		check_str(why, json_object_to_json_string(want), text);
	json_object_put(got);
	json_tokener_free(tok);
	free(text);
}

const char *
string_of(struct json_object *o, const char *member)
{
	return json_object_get_string(json_object_object_get(o, member));
}
