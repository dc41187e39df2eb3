#ifndef BENCH_ANSWER_H
#define BENCH_ANSWER_H

#include <stdio.h>
#include <string.h>

#define ANSWER_BODY	2048

/* What both fixed-body responders say, and how long it is. */
static char	answer[256 + ANSWER_BODY];
static size_t	answer_len;

static void
compose(void)
{
	int	n;

	n = snprintf(answer, sizeof(answer),
	    "Status: 200 OK\r\nContent-Type: application/json\r\n"
	    "Content-Length: %d\r\nCache-Control: no-store\r\n\r\n",
	    ANSWER_BODY);
	memset(answer + n, 'x', ANSWER_BODY);
	answer[n] = answer[n + ANSWER_BODY - 1] = '"';
	answer_len = (size_t)n + ANSWER_BODY;
}

#endif
