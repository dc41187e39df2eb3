/* store.c: content-addressed files: hash while writing, fsync, rename. */
#include "config.h"

#include "core/store.h"

#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define PIECE		((size_t)64 * 1024)
#define TMP_NAME	24	/* "tmp/" and 16 digits */
#define LOCK_MS		20		/* between two tries */

/* What a writer holds. */
struct store_disk {
	int		 dir, fd, lock;		/* -1: not open */
	char		 tmp[TMP_NAME];		/* "": there is none */
	EVP_MD_CTX	*md;
	size_t		 n;			/* of buf */
	char		 buf[PIECE];
};

/* nginx reads through the group, whatever umask this process was given. */
static int
make_dir(int at, const char *name)
{
	mode_t	old = umask(0027);
	int	rc = mkdirat(at, name, 0750);

	umask(old);
	return rc == 0 || errno == EEXIST ? 0 : -1;
}

static int
make_file(int at, const char *name, int flags)
{
	mode_t	old = umask(0027);
	int	fd = openat(at, name, O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags,
		    0640);

	umask(old);
	return fd;
}

static int
open_dir(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static enum rc
broken(const char *what)
{
	log_error("store: %s: %s", what, strerror(errno));
	return RC_DOWN;
}

/* A name that nobody has. */
static int
make_tmp(struct store_disk *d)
{
	unsigned char	r[8];
	size_t		i;
	int		n;

	if (getrandom(r, sizeof(r), 0) != sizeof(r))
		return -1;
	n = snprintf(d->tmp, sizeof(d->tmp), "tmp/");
	for (i = 0; i < sizeof(r); i++)
		n += snprintf(d->tmp + n, sizeof(d->tmp) - (size_t)n, "%02x",
		    r[i]);
	d->fd = make_file(d->dir, d->tmp, O_WRONLY | O_EXCL);
	if (d->fd == -1)
		d->tmp[0] = '\0';
	/* Held as long as its writer lives: store_sweep() asks. */
	return d->fd == -1 ? -1 : flock(d->fd, LOCK_EX | LOCK_NB);
}

enum rc
store_begin(struct store_put *p, const char *dir)
{
	struct store_disk	*d;

	memset(p, 0, sizeof(*p));
	if ((d = calloc(1, sizeof(*d))) == NULL)
		return broken("memory");
	p->disk = d;
	d->dir = d->fd = d->lock = -1;
	d->md = EVP_MD_CTX_new();
	if (d->md == NULL || EVP_DigestInit_ex(d->md, EVP_sha256(), NULL) != 1)
		return broken("SHA-256");
	if (make_dir(AT_FDCWD, dir) == -1 ||
	    (d->dir = open_dir(AT_FDCWD, dir)) == -1 ||
	    make_dir(d->dir, "tmp") == -1 || make_tmp(d) == -1)
		return broken(dir);
	return RC_OK;
}

static enum rc
flush(struct store_put *p)
{
	struct store_disk	*d = p->disk;
	const char		*s = d->buf;
	ssize_t			 done;

	if (d->n == 0)
		return RC_OK;
	filetype_push(&p->seen, d->buf, d->n);
	if (EVP_DigestUpdate(d->md, d->buf, d->n) != 1)
		return broken("SHA-256");
	for (; d->n > 0; s += done, d->n -= (size_t)done) {
		done = write(d->fd, s, d->n);
		if (done == -1 && errno == EINTR)
			done = 0;
		else if (done == -1)
			return broken("write");
	}
	return RC_OK;
}

enum rc
store_write(struct store_put *p, const char *s, size_t n)
{
	struct store_disk	*d = p->disk;
	size_t			 k;
	enum rc			 rc;

	p->size += (int64_t)n;
	for (; n > 0; s += k, n -= k) {
		k = PIECE - d->n < n ? PIECE - d->n : n;
		memcpy(d->buf + d->n, s, k);
		d->n += k;
		if (d->n == PIECE && (rc = flush(p)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

static void
to_hex(const unsigned char *md, char out[STORE_SHA + 1])
{
	static const char	digits[] = "0123456789abcdef";
	size_t			i;

	for (i = 0; i < STORE_SHA; i++)
		out[i] = digits[md[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
	out[STORE_SHA] = '\0';
}

void
store_path(const char *sha, char out[STORE_PATH + 1])
{
	snprintf(out, STORE_PATH + 1, "%.2s/%.2s/%.64s", sha, sha + 2, sha);
}

bool
store_is_sha(const char *s)
{
	return strspn(s, "0123456789abcdef") == STORE_SHA &&
	    s[STORE_SHA] == '\0';
}

/* A directory's entries to the disk. */
static int
sync_dir(int at, const char *name)
{
	int	fd = open_dir(at, name), rc;

	if (fd == -1)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

/*
 * To its place.  Over a file that is there too: it heals one that was damaged,
 * and takes the same time.
 */
static int
publish(struct store_disk *d, const char *sha)
{
	char	path[STORE_PATH + 1], ab[3], cd[6];

	store_path(sha, path);
	snprintf(ab, sizeof(ab), "%.2s", path);
	snprintf(cd, sizeof(cd), "%.5s", path);
	if (make_dir(d->dir, ab) == -1 || make_dir(d->dir, cd) == -1 ||
	    renameat(d->dir, d->tmp, d->dir, path) == -1)
		return -1;
	d->tmp[0] = '\0';
	return sync_dir(d->dir, cd) == -1 || sync_dir(d->dir, ab) == -1 ?
	    -1 : fsync(d->dir);
}

enum rc
store_commit(struct store_put *p)
{
	struct store_disk	*d = p->disk;
	unsigned char		 md[EVP_MAX_MD_SIZE];
	enum rc			 rc;

	if ((rc = flush(p)) != RC_OK)
		return rc;
	if (EVP_DigestFinal_ex(d->md, md, NULL) != 1)
		return broken("SHA-256");
	to_hex(md, p->sha256);
	if (fsync(d->fd) == -1)
		return broken("fsync");
	if ((d->lock = make_file(d->dir, "lock", O_RDWR)) == -1 ||
	    flock(d->lock, LOCK_SH) == -1)
		return broken("lock");
	return publish(d, p->sha256) == -1 ? broken("rename") : RC_OK;
}

void
store_end(struct store_put *p)
{
	struct store_disk	*d = p->disk;

	if (d == NULL)
		return;
	if (d->tmp[0] != '\0')
		unlinkat(d->dir, d->tmp, 0);
	close_fd(&d->fd);
	close_fd(&d->lock);
	close_fd(&d->dir);
	EVP_MD_CTX_free(d->md);
	free(d);
	p->disk = NULL;
}

/* --- Reading and removing */

/* "DIR/ab/cd/<sha256>", opened; -1 with errno. */
static int
open_blob(const char *dir, const char *sha)
{
	char	path[STORE_PATH + 1];
	int	at, fd, e;

	if ((at = open_dir(AT_FDCWD, dir)) == -1)
		return -1;
	store_path(sha, path);
	fd = openat(at, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	e = errno;
	close(at);
	errno = e;
	return fd;
}

static bool
stat_blob(const char *dir, const char *sha, struct stat *st)
{
	int	fd = open_blob(dir, sha);
	bool	ok;

	if (fd == -1)
		return false;
	ok = fstat(fd, st) == 0 && S_ISREG(st->st_mode);
	close(fd);
	return ok;
}

bool
store_has(const char *dir, const char *sha, int64_t size)
{
	struct stat	st;

	return stat_blob(dir, sha, &st) && st.st_size == size;
}

time_t
store_changed(const char *dir, const char *sha)
{
	struct stat	st;

	return stat_blob(dir, sha, &st) ? st.st_mtime : 0;
}

/* Shared locks overtake a waiting one: better to ask than to wait. */
static int
lock_file(const char *dir, const char *name, int tries)
{
	int	at, fd;

	if (make_dir(AT_FDCWD, dir) == -1 ||
	    (at = open_dir(AT_FDCWD, dir)) == -1)
		return -1;
	fd = make_file(at, name, O_RDWR);
	close(at);
	while (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (tries-- <= 0 || errno != EWOULDBLOCK)
			close_fd(&fd);
		else
			poll(NULL, 0, LOCK_MS);
	}
	return fd;
}

int
store_lock(const char *dir)
{
	return lock_file(dir, "lock", 1000 / LOCK_MS);
}

int
store_job(const char *dir, int seconds)
{
	return lock_file(dir, "jobs", seconds * 1000 / LOCK_MS);
}

void
store_unlock(int fd)
{
	close_fd(&fd);
}

bool
store_remove(const char *dir, const char *sha)
{
	char	path[STORE_PATH + 1];
	int	at = open_dir(AT_FDCWD, dir);
	bool	ok;

	if (at == -1)
		return errno == ENOENT;
	store_path(sha, path);
	ok = unlinkat(at, path, 0) == 0 || errno == ENOENT;
	if (!ok)
		broken("unlink");
	close(at);
	return ok;
}

/* A leftover: old, and its writer does not hold it any more. */
static bool
sweep_one(int at, const char *name, time_t before)
{
	struct stat	st;
	bool		gone;
	int		fd;

	fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1)
		return false;
	gone = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_mtime < before && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    unlinkat(at, name, 0) == 0;
	close(fd);
	return gone;
}

unsigned
store_sweep(const char *dir, time_t before)
{
	int		 at = open_dir(AT_FDCWD, dir), fd;
	unsigned	 n = 0;
	struct dirent	*e;
	DIR		*d;

	if (at == -1)
		return 0;
	fd = open_dir(at, "tmp");
	close(at);
	if (fd == -1 || (d = fdopendir(fd)) == NULL) {
		close_fd(&fd);
		return 0;
	}
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && sweep_one(fd, e->d_name, before))
			n++;
	closedir(d);
	return n;
}

enum rc
store_hash(const char *dir, const char *sha, char out[STORE_SHA + 1],
    int64_t *size)
{
	unsigned char	 md[EVP_MAX_MD_SIZE];
	EVP_MD_CTX	*c;
	char		*buf = malloc(PIECE);
	ssize_t		 n = -1;
	bool		 ok;
	int		 fd;

	*size = 0;
	if ((fd = open_blob(dir, sha)) == -1) {
		free(buf);
		return errno == ENOENT ? RC_NOTFOUND : broken(sha);
	}
	c = EVP_MD_CTX_new();
	ok = buf != NULL && c != NULL &&
	    EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1;
	while (ok && (n = read(fd, buf, PIECE)) > 0) {
		ok = EVP_DigestUpdate(c, buf, (size_t)n) == 1;
		*size += n;
	}
	ok = ok && n == 0 && EVP_DigestFinal_ex(c, md, NULL) == 1;
	if (ok)
		to_hex(md, out);
	else
		broken(sha);
	EVP_MD_CTX_free(c);
	close(fd);
	free(buf);
	return ok ? RC_OK : RC_DOWN;
}

/* The files of DIR/ab/cd. */
static bool
each_file(int at, const char *cd, bool (*fn)(void *, const char *, time_t),
    void *arg)
{
	int		 fd = open_dir(at, cd);
	struct dirent	*e;
	struct stat	 st;
	bool		 go = true;
	DIR		*d;

	if (fd == -1 || (d = fdopendir(fd)) == NULL) {
		close_fd(&fd);
		return true;
	}
	while (go && (e = readdir(d)) != NULL)
		if (store_is_sha(e->d_name) && fstatat(fd, e->d_name, &st,
		    AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
			go = fn(arg, e->d_name, st.st_mtime);
	closedir(d);
	return go;
}

bool
store_each(const char *dir, unsigned part,
    bool (*fn)(void *, const char *sha, time_t changed), void *arg)
{
	int		at = open_dir(AT_FDCWD, dir);
	unsigned	i;
	char		cd[8];
	bool		go = true;

	if (at == -1)
		return true;
	for (i = 0; go && i < 256; i++) {
		snprintf(cd, sizeof(cd), "%02x/%02x", part & 255, i);
		go = each_file(at, cd, fn, arg);
	}
	close(at);
	return go;
}
