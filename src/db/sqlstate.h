#ifndef DB_SQLSTATE_H
#define DB_SQLSTATE_H

#include "base/rc.h"

#define SS_RETRY	1u	/* worth a second try: nothing was changed */
#define SS_FORGET	2u	/* the statement must be prepared anew */
#define SS_FORGET_ALL	4u	/* so must every one */
#define SS_DROP		8u	/* this backend is of no more use */
#define SS_TEXT		16u	/* the message holds our names, never data */
#define SS_QUIET	32u	/* an answer, not a fault */

/* What a code, or a class (its first two characters), means to us. */
struct sqlstate {
	const char	*code;
	enum rc		 rc;
	unsigned	 flags;
};

/* Never NULL: an unknown code (or NULL) is RC_FAIL without flags. */
const struct sqlstate	*sqlstate_find(const char *code);

#endif
