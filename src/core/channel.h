#ifndef CORE_CHANNEL_H
#define CORE_CHANNEL_H

#include "base/conf.h"

#define CHANNEL_NAME	44	/* 43 characters of base64url, terminated */

/*
 * The name of the channel where nginx tells an owner's events, or, with a
 * thread's uuid, those of that thread: by EVENTS_SECRET, so that whoever does
 * not have it cannot name one.  False without a secret, or memory.
 */
bool	channel_name(const struct conf *, const char *owner,
	    const char *thread, char out[CHANNEL_NAME]) MUST_CHECK;

#endif
