/* classic.c: the ceiling: a prefork libfcgi responder with a fixed answer. */
#include "config.h"

#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/answer.h"

/* As the library's own examples do it: accept, answer, finish. */
static void
work(int sock)
{
	FCGX_Request	r;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (FCGX_InitRequest(&r, sock, 0) != 0)
		exit(1);
	while (FCGX_Accept_r(&r) == 0) {
		FCGX_PutStr(answer, (int)answer_len, r.out);
		FCGX_Finish_r(&r);
	}
	exit(0);
}

/* classic SOCKET WORKERS; ends with its workers on TERM. */
int
main(int argc, char **argv)
{
	int	sock, n, i;

	if (argc != 3 || (n = atoi(argv[2])) < 1) {
		fprintf(stderr, "usage: classic socket workers\n");
		return 64;
	}
	compose();
	if (FCGX_Init() != 0 || (sock = FCGX_OpenSocket(argv[1], 4096)) < 0)
		return 1;
	for (i = 0; i < n; i++)
		if (fork() == 0)
			work(sock);
	while (wait(NULL) > 0)
		;
	return 0;
}
