#ifndef CORE_LCMESSAGE_H
#define CORE_LCMESSAGE_H

#include <stdbool.h>

#include "base/buf.h"
#include "codec/lctext.h"

/* One element of a list of messages, looked at but not copied. */
struct message {
	struct lc_text	 t;		/* as it is stored */
	struct lc_text	 id;		/* with its quotes; p NULL: none */
	struct lc_text	 content;	/* while it has no form */
	const char	*type;		/* to be; NULL: it goes as it is */
	bool		 developer;
	bool		 removes;	/* a RemoveMessage */
};

/* What the text is, and what it is to become. */
void	message_read(struct message *, struct lc_text) NONNULL;
/* In message form: with Python's defaults or JavaScript's few. */
void	message_write(struct buf *, const struct message *, bool js,
	    const struct lc_limits *) NONNULL;

#endif
