#ifndef API_HANDOVER_H
#define API_HANDOVER_H

#include "http/req.h"

/*
 * What the agent is told of a request that nginx sends on to it (runs.md 4.4).
 * Plain text: it travels percent-encoded.  NULL: that header is not sent.
 */
struct handover {
	const char	*action;	/* a word of ours */
	const char	*thread;
	const char	*run;
	bool		 repeat;
	const char	*message;
	const char	*title;
	const char	*thread_key;
};

/*
 * The request goes to AGENT_LOCATION with X-Bobbin-* of the owner, the request
 * id and what h says; RC_NOAGENT without that option.  Whoever records
 * something first asks for r->conf->agent before.
 */
enum rc		 hand_over(struct req *, const struct handover *) NONNULL;

#endif
