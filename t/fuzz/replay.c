/* replay.c: feeds directories of files to a fuzz target, without libFuzzer. */
#include "config.h"

#include "fuzz.h"

#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* On the heap, no byte longer than the file: a sanitizer sees the next one. */
static void
replay(const char *path)
{
	FILE	*f;
	uint8_t	*p;
	long	 n;

	if ((f = fopen(path, "rb")) == NULL || fseek(f, 0, SEEK_END) == -1 ||
	    (n = ftell(f)) == -1 || fseek(f, 0, SEEK_SET) == -1)
		err(1, "%s", path);
	if ((p = malloc(n > 0 ? (size_t)n : 1)) == NULL)
		err(1, NULL);
	if (fread(p, 1, (size_t)n, f) != (size_t)n)
		errx(1, "%s: short read", path);
	fclose(f);
	LLVMFuzzerTestOneInput(p, (size_t)n);
	free(p);
}

static unsigned
replay_all(const char *dir)
{
	struct dirent	*e;
	char		*path;
	unsigned	 n = 0;
	DIR		*d;

	if ((d = opendir(dir)) == NULL)
		err(1, "%s", dir);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (asprintf(&path, "%s/%s", dir, e->d_name) == -1)
			err(1, NULL);
		replay(path);
		free(path);
		n++;
	}
	closedir(d);
	return n;
}

/* Options, which are libFuzzer's, are passed over. */
int
main(int argc, char **argv)
{
	unsigned	n = 0;
	int		i;

	for (i = 1; i < argc; i++)
		if (argv[i][0] != '-')
			n += replay_all(argv[i]);
	if (n == 0)
		errx(1, "nothing to replay");
	printf("%u inputs\n", n);
	return 0;
}
