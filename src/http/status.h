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
/* Which of the BOARD_STATUSES it is; that of 500 for what is none of them. */
unsigned		 status_row(int code);
int			 status_code(unsigned row);
/* "404 Not Found". */
const char		*status_line(int code);

#endif
