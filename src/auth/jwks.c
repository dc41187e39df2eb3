/* jwks.c: the key set, cached, never blocking a request. */
#include "config.h"

#include "auth/jwks.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "codec/jws.h"

struct jwks {
	const struct conf *conf;
	char		*want;		/* path, or NULL without a URL */
	struct jwk_set	 set;
	struct jwk	 secret;
	struct stat	 seen;		/* the file as it was read last */
	int		 error;		/* errno of the last look, logged */
	int64_t		 fetched;	/* mtime of the set in force */
	bool		 stale;
	uint64_t	 generation;	/* of the set */
	int64_t		 looked;
	int64_t		 wanted;
};

struct jwks *
jwks_new(const struct conf *conf, char err[256])
{
	struct jwks	*j;
	bool		 url = conf->jwks_url != NULL;

	if (url && conf->jwks_file == NULL) {
		snprintf(err, 256, "JWT_JWKS_URL needs JWT_JWKS_FILE");
		return NULL;
	}
	if ((j = calloc(1, sizeof(*j))) == NULL || (url &&
	    asprintf(&j->want, "%s" JWKS_WANT_SUFFIX, conf->jwks_file) == -1)) {
		free(j);
		snprintf(err, 256, "out of memory");
		return NULL;
	}
	j->conf = conf;
	j->generation = 1;
	j->looked = INT64_MIN;
	j->wanted = -JWKS_WANT_SECONDS;
	if (conf->jwt_secret != NULL && jwk_secret(conf->jwt_secret,
	    strlen(conf->jwt_secret), &j->secret) != JWK_OK) {
		jwks_free(j);
		snprintf(err, 256, "JWT_HS256_SECRET has less than %d bytes",
		    JWK_SECRET_MIN);
		return NULL;
	}
	return j;
}

void
jwks_free(struct jwks *j)
{
	if (j == NULL)
		return;
	jwk_set_clear(&j->set);
	jwk_clear(&j->secret);
	free(j->want);
	free(j);
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* The whole file, for free(); NULL with errno. */
static char *
read_whole(const char *path, struct stat *st)
{
	char	*p = NULL;
	size_t	 n = 0;
	ssize_t	 got = 0;
	int	 fd, saved;

	/* O_NONBLOCK: a FIFO in its place must not hold the worker. */
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return NULL;
	if (fstat(fd, st) == -1)
		goto out;
	errno = EFBIG;
	if (!S_ISREG(st->st_mode) || st->st_size > JWKS_FILE_MAX)
		goto out;
	if ((p = malloc((size_t)st->st_size + 1)) == NULL)
		goto out;
	while (n < (size_t)st->st_size &&
	    (got = read(fd, p + n, (size_t)st->st_size - n)) > 0)
		n += (size_t)got;
	if (n < (size_t)st->st_size) {
		if (got == 0)
			errno = EIO;	/* cut while it was read */
		free(p);
		p = NULL;
	}
out:
	saved = errno;
	close(fd);
	errno = saved;
	return p;
}

/* The same number for the same text, in every worker. */
static bool
digest(const char *text, size_t n, uint64_t *out)
{
	unsigned char	hash[32];

	if (!jws_sha256(text, n, hash))
		return false;
	memcpy(out, hash, sizeof(*out));
	return true;
}

/* Takes the file's keys over, if there is one. */
static void
load(struct jwks *j)
{
	struct jwk_set	 fresh = { .n = 0 };
	struct stat	 st;
	uint64_t	 number;
	char		*text;
	bool		 ok;

	if ((text = read_whole(j->conf->jwks_file, &st)) == NULL) {
		if (j->error != errno)
			log_warn("JWT_JWKS_FILE cannot be read: %s",
			    strerror(errno));
		j->error = errno;
		return;
	}
	j->error = 0;
	j->seen = st;
	ok = digest(text, (size_t)st.st_size, &number) &&
	    jwk_set_load(text, (size_t)st.st_size, &fresh);
	free(text);
	if (!ok || fresh.n == 0) {
		log_warn("JWT_JWKS_FILE has no usable key (%s, %zu refused); "
		    "%zu keys stay", ok ? "a key set" : "not a key set",
		    fresh.refused, j->set.n);
		return;
	}
	jwk_set_clear(&j->set);
	j->set = fresh;
	j->fetched = st.st_mtim.tv_sec;
	j->generation = number;
	log_info("JWT_JWKS_FILE: %zu keys, %zu refused", fresh.n,
	    fresh.refused);
}

static uint64_t
generation(const struct jwks *j)
{
	return j->stale ? ~j->generation : j->generation;
}

uint64_t
jwks_look(struct jwks *j, int64_t now)
{
	struct stat	 st;
	bool		 stale;

	if (now == j->looked || j->conf->jwks_file == NULL)
		return generation(j);
	j->looked = now;
	if (stat(j->conf->jwks_file, &st) == -1 || !same_file(&st, &j->seen))
		load(j);
	stale = j->want != NULL &&
	    now - j->fetched > j->conf->jwks_max_age * 3600;
	if (stale != j->stale && j->set.n > 0) {
		j->stale = stale;
		if (stale)
			log_error("keys are older than "
			    "JWT_JWKS_MAX_AGE_HOURS and no longer used");
	}
	return generation(j);
}

static size_t
usable(const struct jwks *j)
{
	return j->stale ? 0 : j->set.n;
}

size_t
jwks_count(const struct jwks *j)
{
	return usable(j) + (j->secret.alg != JWK_NONE);
}

bool
jwks_ready(const struct jwks *j, enum jwk_alg alg)
{
	if (alg != JWK_HS256 && j->conf->jwks_file != NULL)
		return usable(j) > 0;
	return jwks_count(j) > 0;
}

const struct jwk *
jwks_next(const struct jwks *j, enum jwk_alg alg, const char *kid,
    size_t *pos)
{
	const struct jwk	*k;

	if (alg == JWK_HS256)
		return (*pos)++ == 0 && j->secret.alg == alg ?
		    &j->secret : NULL;
	while (*pos < usable(j)) {
		k = &j->set.v[(*pos)++];
		if (k->alg == alg && (kid == NULL || strcmp(k->kid, kid) == 0))
			return k;
	}
	return NULL;
}

void
jwks_want(struct jwks *j, const char *kid, int64_t now)
{
	struct timespec	 times[2] = { { .tv_sec = now }, { .tv_sec = now } };
	struct stat	 st;
	size_t		 i;
	int		 fd;

	if (j->want == NULL || now - j->wanted < JWKS_WANT_SECONDS)
		return;
	for (i = 0; i < j->set.n; i++)
		if (strcmp(j->set.v[i].kid, kid) == 0)
			return;
	j->wanted = now;
	if (stat(j->want, &st) == 0 &&
	    now - st.st_mtim.tv_sec < JWKS_WANT_SECONDS)
		return;
	fd = open(j->want, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC, 0644);
	if (fd == -1 || futimens(fd, times) == -1)
		log_warn("cannot ask for new keys: %s", strerror(errno));
	if (fd != -1)
		close(fd);
}
