/* fuzz_conf.c: the input as a configuration file, and as a secret in one. */
#include "config.h"

#include "fuzz.h"

#include <sys/mman.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/conf.h"

#define SETS	"JWT_HS256_SECRET = "
#define MARK	"hunter2"

/* Whatever it took is shown one option a line; why it did not, in one. */
static void
load(int fd, const char *path, const char *secret)
{
	struct conf	*c;
	char		 err[256], *shown = NULL, *p;
	size_t		 n = 0, lines = 0;
	FILE		*f;

	memset(err, 'x', sizeof(err));
	if ((c = conf_load(path, err)) != NULL) {
		if ((f = open_memstream(&shown, &n)) == NULL)
			abort();
		conf_print(c, f);
		if (fclose(f) != 0)
			abort();
		for (p = shown; *p != '\0'; p++)
			if (*p == '\n')
				lines++;
			else if ((unsigned char)*p < ' ')
				abort();
		if (lines != nconf_options || strlen(shown) != n)
			abort();
	} else if (*err == '\0' || memchr(err, '\0', sizeof(err)) == NULL ||
	    strchr(err, '\n') != NULL)
		abort();
	if (secret != NULL && strstr(c != NULL ? shown : err, secret) != NULL)
		abort();
	free(shown);
	conf_free(c);
	close(fd);
}

static void
as_file(const char *before, const void *p, size_t len, const char *secret)
{
	char	path[32];
	int	fd = memfd_create("conf", MFD_CLOEXEC);
	size_t	n = strlen(before);

	if (fd == -1 || write(fd, before, n) != (ssize_t)n ||
	    write(fd, p, len) != (ssize_t)len)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	load(fd, path, secret);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t	*eol = memchr(data, '\n', len);
	size_t		 line = eol != NULL ? (size_t)(eol - data) : len;

	as_file("", data, len, NULL);
	as_file(SETS MARK, data, line, MARK);
	/* And one that has lost its name. */
	as_file(MARK, data, line, MARK);
	return 0;
}
