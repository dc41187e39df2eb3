/* handover.c: a request to the agent, with what it is told by headers. */
#include "config.h"

#include "api/handover.h"

#include <string.h>

#include "http/reply.h"

/* RFC 3986: all but the unreserved characters, in the arena. */
static const char *
percent_encode(struct req *r, const char *s)
{
	static const char	hex[] = "0123456789ABCDEF";
	static const char	plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	char			*out, *p;

	p = out = arena_alloc(r->arena, strlen(s) * 3 + 1);
	for (; *s != '\0'; s++) {
		if (strchr(plain, *s) != NULL) {
			*p++ = *s;
			continue;
		}
		*p++ = '%';
		*p++ = hex[(unsigned char)*s >> 4];
		*p++ = hex[(unsigned char)*s & 15];
	}
	return out;
}

enum rc
hand_over(struct req *r, const struct handover *h)
{
	const struct {
		const char	*name, *text;
	} texts[] = {
		{ "X-Bobbin-Thread", h->thread },
		{ "X-Bobbin-Run", h->run },
		{ "X-Bobbin-Message", h->message },
		{ "X-Bobbin-Title", h->title },
		{ "X-Bobbin-Thread-Key", h->thread_key },
	};
	size_t	i;

	if (r->conf->agent == NULL)
		return RC_NOAGENT;
	reply_header(r, "X-Bobbin-Owner", r->owner);
	for (i = 0; i < nitems(texts); i++)
		if (texts[i].text != NULL)
			reply_header(r, texts[i].name,
			    percent_encode(r, texts[i].text));
	reply_header(r, "X-Bobbin-Action", h->action);
	reply_header(r, "X-Bobbin-Repeat", h->repeat ? "1" : "0");
	reply_header(r, "X-Bobbin-Request-Id", r->id);
	return reply_accel(r, r->conf->agent);
}
