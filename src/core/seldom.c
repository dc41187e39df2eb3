/* seldom.c: unreadable channels in the log, once an hour each. */
#include "config.h"

#include "core/seldom.h"

#include "base/log.h"
#include "base/text.h"

/* FNV-1a, with the byte that ends it. */
static uint64_t
hash(uint64_t h, const char *s)
{
	do
		h = (h ^ (unsigned char)*s) * 0x100000001b3;
	while (*s++ != '\0');
	return h;
}

bool
seldom(struct seldom *t, const char *thread, const char *channel, int64_t now)
{
	uint64_t	key = hash(hash(0xcbf29ce484222325, thread), channel);
	size_t		set = (size_t)(key >> 32) % SELDOM_SETS;
	int		i, room = -1;

	for (i = 0; i < SELDOM_WAYS; i++) {
		if (t->v[set][i].at == 0 || now - t->v[set][i].at >= HOUR_US)
			room = i;
		else if (t->v[set][i].key == key)
			return false;
	}
	if (room < 0)
		return false;
	t->v[set][room].key = key;
	t->v[set][room].at = now;
	return true;
}

void
seldom_unreadable(const char *thread, const char *channel, const char *type,
    enum outcome rc)
{
	static struct seldom	said;

	if (rc == OUT_VALUE || rc == OUT_EMPTY ||
	    !seldom(&said, thread, channel, mono_us()))
		return;
	log_warn("channel %.100s cannot be read: %s, stored as %.100s", channel,
	    outcome_reason(rc), type != NULL ? type : "JSON");
}
