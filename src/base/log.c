/* log.c: one line a call, one write(2), nobody's secrets. */
#include "config.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/text.h"

#define LINE_MAX_BYTES	4096	/* newline included */
#define RID_MAX		128
#define OWNER_MAX	320
#define HASH_BYTES	((LOG_DIGEST - 1) / 2)

static const char *const names[] = {
	[LOG_L_ERROR] = "error",
	[LOG_L_WARN] = "warn",
	[LOG_L_INFO] = "info",
	[LOG_L_DEBUG] = "debug",
};
_Static_assert(nitems(names) == LOG_L__MAX, "one name per level");

/* Of the process: a log that every caller had to be handed would go unused. */
static struct {
	enum log_level	 level;
	int		 fd;
	char		 path[PATH_MAX];	/* empty: standard error */
	char		 process[32];
	char		 rid[RID_MAX + 1];
	char		 owner[OWNER_MAX + 1];
	char		 hash[LOG_DIGEST];	/* or empty */
	unsigned char	 key[32];
	bool		 keyed;
} lg = { .level = LOG_L_INFO, .fd = STDERR_FILENO, .process = "bobbin" };

static void
copy(char *dst, size_t size, const char *src)
{
	size_t	n;

	n = src != NULL ? strnlen(src, size - 1) : 0;
	if (n > 0)
		memcpy(dst, src, n);
	dst[n] = '\0';
}

/*
 * A random key that forks inherit: the lines of one run can be matched, but
 * a list of known addresses finds nobody in them.
 */
static void
make_key(void)
{
	if (!lg.keyed)
		lg.keyed = getrandom(lg.key, sizeof(lg.key), 0) ==
		    (ssize_t)sizeof(lg.key);
}

void
log_digest(const char *s, char out[LOG_DIGEST])
{
	unsigned char	md[EVP_MAX_MD_SIZE];
	unsigned	n = 0, i;

	make_key();
	if (!lg.keyed || HMAC(EVP_sha256(), lg.key, sizeof(lg.key),
	    (const unsigned char *)s, strlen(s), md, &n) == NULL) {
		memcpy(out, "?", 2);
		return;
	}
	for (i = 0; i < HASH_BYTES; i++)
		snprintf(out + 2 * i, 3, "%02x", md[i]);
}

static const char *
owner_hash(void)
{
	if (lg.hash[0] == '\0')
		log_digest(lg.owner, lg.hash);
	return lg.hash;
}

void
log_open(const char *path, enum log_level level, const char *process)
{
	lg.level = level;
	copy(lg.path, sizeof(lg.path), path);
	log_process(process);
	make_key();
	if (lg.path[0] != '\0') {
		log_reopen();
		return;
	}
	if (lg.fd != STDERR_FILENO)
		close(lg.fd);
	lg.fd = STDERR_FILENO;
}

void
log_reopen(void)
{
	int	fd;

	if (lg.path[0] == '\0')
		return;
	fd = open(lg.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (fd == -1) {
		log_error("log file %s: %s", lg.path, strerror(errno));
		return;
	}
	if (lg.fd != STDERR_FILENO)
		close(lg.fd);
	lg.fd = fd;
}

void
log_process(const char *name)
{
	copy(lg.process, sizeof(lg.process), name);
}

enum log_level
log_level(const char *name)
{
	size_t	i;

	for (i = 0; i < nitems(names); i++)
		if (strcmp(name, names[i]) == 0)
			return (enum log_level)i;
	return LOG_L_INFO;
}

int
log_fd(void)
{
	return lg.fd;
}

void
log_context(const char *request_id, const char *owner)
{
	copy(lg.rid, sizeof(lg.rid), request_id);
	copy(lg.owner, sizeof(lg.owner), owner);
	lg.hash[0] = '\0';
}

/* Appends to line, of which n bytes are used; stops at the end. */
static size_t PRINTF(3, 4)
put(char *line, size_t n, const char *fmt, ...)
{
	va_list	ap;
	int	w;

	va_start(ap, fmt);
	w = vsnprintf(line + n, LINE_MAX_BYTES - n, fmt, ap);
	va_end(ap);
	if (w < 0)
		return n;
	n += (size_t)w;
	return n < LINE_MAX_BYTES ? n : LINE_MAX_BYTES - 1;
}

void
log_msg(enum log_level level, const char *fmt, ...)
{
	va_list	 ap;
	char	 line[LINE_MAX_BYTES], when[32];
	size_t	 i, n;
	ssize_t	 w;
	int	 saved = errno, len;

	if (level > lg.level)
		return;
	time_utc(now_us(), when);
	n = put(line, 0, "%s %s %d %s ", when, names[level], (int)getpid(),
	    lg.process);
	if (lg.rid[0] != '\0')
		n = put(line, n, "rid=%s ", lg.rid);
	if (lg.owner[0] != '\0')
		n = put(line, n, "owner=%s ", owner_hash());
	errno = saved;	/* for %m */
	va_start(ap, fmt);
	len = vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	va_end(ap);
	if (len > 0)
		n = (size_t)len < sizeof(line) - n ? n + (size_t)len :
		    sizeof(line) - 1;
	for (i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[n++] = '\n';
	do
		w = write(lg.fd, line, n);
	while (w == -1 && errno == EINTR);
	errno = saved;
}
