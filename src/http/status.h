#ifndef HTTP_STATUS_H
#define HTTP_STATUS_H

#include "base/rc.h"

struct status {
	int		 code;
	int		 retry_after;	/* seconds, 0: none */
	const char	*detail;	/* when nobody said more */
	const char	*challenge;	/* WWW-Authenticate */
};

const struct status	*status_of(enum rc);
/* "404 Not Found". */
const char		*status_line(int code);

#endif
