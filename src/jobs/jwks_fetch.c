/* jwks_fetch.c: the issuer's keys, from its URL to a file by rename. */
#include "config.h"

#include "jobs/jobs.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/jwk.h"

/*
 * An unknown kid asks for an early turn by touching FILE.want.  Anybody can
 * send unknown kids: this is all the traffic to the issuer they can cause.
 */
#define EARLY_SECONDS	60

/* Seconds since 1970, 0 if there is no such file. */
static int64_t
modified(const char *path)
{
	struct stat	 st;

	return stat(path, &st) == 0 ? (int64_t)st.st_mtim.tv_sec : 0;
}

/*
 * The file's own time counts as a fetch, so neither a restart nor a second
 * process asks the issuer again.  A time ahead of the clock does not count.
 */
bool
jwks_due(const struct jobs *j)
{
	const struct conf	*conf = j->conf;
	char			 want[4096];
	int64_t			 now = now_us() / 1000000, last, file;

	if (conf->jwks_url == NULL || conf->jwks_file == NULL)
		return false;
	last = j->fetched <= now ? j->fetched : 0;
	if ((file = modified(conf->jwks_file)) > last && file <= now)
		last = file;
	if (now - last >= conf->jwks_refresh)
		return true;
	if (now - last < EARLY_SECONDS)
		return false;
	snprintf(want, sizeof(want), "%s.want", conf->jwks_file);
	return j->fetch_failed || modified(want) >= last;
}

static bool
write_all(int fd, const char *p, size_t n)
{
	ssize_t	 w;

	for (; n > 0; p += w, n -= (size_t)w)
		if ((w = write(fd, p, n)) == -1) {
			if (errno != EINTR)
				return false;
			w = 0;
		}
	return true;
}

static bool
sync_directory(const char *path)
{
	int	fd;
	bool	ok;

	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return false;
	ok = fsync(fd) == 0;
	close(fd);
	return ok;
}

/* Readers see the old file or the new one, whole, whenever we die. */
static bool
replace(struct arena *a, const char *path, const char *p, size_t n)
{
	char	*tmp = arena_printf(a, "%s.XXXXXX", path);
	bool	 ok;
	int	 fd;

	if ((fd = mkostemp(tmp, O_CLOEXEC)) == -1)
		return false;
	ok = write_all(fd, p, n) && fchmod(fd, 0640) == 0 && fsync(fd) == 0;
	if (close(fd) == -1 || !ok || rename(tmp, path) == -1) {
		unlink(tmp);
		return false;
	}
	return sync_directory(dirname(arena_strdup(a, path)));
}

/* A query or a user:password@ may hold a secret: the host is enough. */
static const char *
host(struct arena *a, const char *url)
{
	const char	*p = strstr(url, "://"), *at;
	size_t		 n;

	p = p != NULL ? p + 3 : url;
	n = strcspn(p, "/?#");
	if ((at = memrchr(p, '@', n)) != NULL) {
		n -= (size_t)(at + 1 - p);
		p = at + 1;
	}
	return arena_memdup(a, p, n);
}

/* Keys in it that workers will be able to use. */
static size_t
usable(const struct httpc_res *res)
{
	struct jwk_set	 set;
	size_t		 n = 0;

	memset(&set, 0, sizeof(set));
	if (!res->cut && jwk_set_load(res->body, res->bodylen, &set))
		n = set.n;
	jwk_set_clear(&set);
	return n;
}

static enum rc
store(struct jobs *j, const struct httpc_res *res, const char *from)
{
	size_t	 keys;

	if (res->status != 200) {
		log_warn("jwks: %s: %s (status %d); keys stay as they are",
		    from, res->status == 0 ? res->why : "refused",
		    res->status);
		return RC_DOWN;
	}
	if ((keys = usable(res)) == 0) {
		log_warn("jwks: %s: no usable key in %zu bytes; keys stay as "
		    "they are", from, res->bodylen);
		return RC_INVALID;
	}
	if (!replace(j->arena, j->conf->jwks_file, res->body, res->bodylen)) {
		log_error("jwks: %s: %s", j->conf->jwks_file, strerror(errno));
		return RC_FAIL;
	}
	log_info("jwks: %s: %zu usable keys", from, keys);
	return RC_OK;
}

enum rc
jwks_fetch(struct jobs *j, int64_t *wait)
{
	struct httpc_req	 req = {
		.method = "GET",
		.url = j->conf->jwks_url,
		.headers = { "Accept: application/json" },
	};
	struct httpc_res	 res;
	enum rc			 rc;

	(void)wait;
	if (j->conf->jwks_url == NULL || j->conf->jwks_file == NULL) {
		log_info("jwks: JWT_JWKS_URL and JWT_JWKS_FILE are not set");
		return RC_FAIL;
	}
	j->fetched = now_us() / 1000000;
	httpc_send(j->http, &req, &res);
	rc = store(j, &res, host(j->arena, j->conf->jwks_url));
	j->fetch_failed = rc != RC_OK;
	return rc;
}
