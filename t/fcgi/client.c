/* client.c: a small FastCGI peer. */
#include "config.h"

#include "fcgi/client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_MAX	65535

int
fc_connect(const char *path)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	struct timeval		tv = { .tv_sec = 20 };
	int			fd;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(sun.sun_path, path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

void
fc_record(struct buf *b, int type, int id, const void *p, size_t n)
{
	unsigned char	h[8] = { 1, (unsigned char)type };
	static const char zero[8];

	h[2] = (unsigned char)(id >> 8);
	h[3] = (unsigned char)id;
	h[4] = (unsigned char)(n >> 8);
	h[5] = (unsigned char)n;
	h[6] = (unsigned char)(-n & 7);
	buf_add(b, h, sizeof(h));
	if (n > 0)
		buf_add(b, p, n);
	buf_add(b, zero, h[6]);
}

void
fc_begin(struct buf *b, bool keep)
{
	unsigned char	body[8] = { 0, 1, keep };

	fc_record(b, FC_BEGIN, 1, body, sizeof(body));
}

static void
length(struct buf *b, size_t n)
{
	if (n > 127) {
		buf_chr(b, (char)(0x80 | n >> 24));
		buf_chr(b, (char)(n >> 16));
		buf_chr(b, (char)(n >> 8));
	}
	buf_chr(b, (char)n);
}

void
fc_param(struct buf *b, const char *name, const char *value)
{
	length(b, strlen(name));
	length(b, strlen(value));
	buf_str(b, name);
	buf_str(b, value);
}

/* As many records as it takes, and the empty one at the end. */
static void
stream(struct buf *b, int type, const char *p, size_t n)
{
	size_t	part;

	for (; n > 0; p += part, n -= part) {
		part = n > RECORD_MAX ? RECORD_MAX : n;
		fc_record(b, type, 1, p, part);
	}
	fc_record(b, type, 1, NULL, 0);
}

void
fc_request(struct buf *b, bool keep, const char *method, const char *uri,
    const void *body, size_t len)
{
	struct buf	params;
	char		num[32];
	const char	*query = strchr(uri, '?');

	buf_init(&params, 1 << 20);
	snprintf(num, sizeof(num), "%zu", len);
	fc_param(&params, "GATEWAY_INTERFACE", "CGI/1.1");
	fc_param(&params, "REQUEST_METHOD", method);
	fc_param(&params, "REQUEST_URI", uri);
	fc_param(&params, "QUERY_STRING", query != NULL ? query + 1 : "");
	fc_param(&params, "CONTENT_LENGTH", len > 0 ? num : "");
	fc_begin(b, keep);
	stream(b, FC_PARAMS, params.p, params.len);
	stream(b, FC_STDIN, body, len);
	buf_free(&params);
}

bool
fc_send(int fd, const void *p, size_t n)
{
	const char	*s = p;
	ssize_t		 done;

	for (; n > 0; s += done, n -= (size_t)done)
		if ((done = send(fd, s, n, MSG_NOSIGNAL)) == -1)
			return false;
	return true;
}

/* Exactly n bytes, or why not. */
static enum fc_end
take(int fd, unsigned char *p, size_t n)
{
	ssize_t	got;

	for (; n > 0; p += got, n -= (size_t)got) {
		if ((got = recv(fd, p, n, 0)) == 0)
			return FC_CLOSED;
		if (got == -1)
			return errno == EAGAIN ? FC_SILENT : FC_RESET;
	}
	return FC_DONE;
}

enum fc_end
fc_reply(int fd, struct buf *out)
{
	unsigned char	h[8], data[RECORD_MAX + 255];
	size_t		n;
	enum fc_end	end;

	buf_reset(out, 0);
	for (;;) {
		if ((end = take(fd, h, sizeof(h))) != FC_DONE)
			return end;
		n = (size_t)h[4] << 8 | h[5];
		if (h[0] != 1 || h[2] != 0 || h[3] != 1)
			return FC_BROKEN;
		if ((end = take(fd, data, n + h[6])) != FC_DONE)
			return end;
		switch (h[1]) {
		case FC_STDOUT:
			buf_add(out, data, n);
			break;
		case FC_STDERR:
			break;
		case FC_END:	/* FCGI_REQUEST_COMPLETE, status 0 */
			return n == 8 && memcmp(data, "\0\0\0\0\0", 5) == 0 ?
			    FC_DONE : FC_BROKEN;
		default:
			return FC_BROKEN;
		}
	}
}

int
fc_status(const struct buf *b)
{
	static const char	prefix[] = "Status: ";

	if (b->len < sizeof(prefix) + 3 ||
	    memcmp(b->p, prefix, sizeof(prefix) - 1) != 0)
		return -1;
	return (int)strtol(b->p + sizeof(prefix) - 1, NULL, 10);
}

size_t
fc_body(const struct buf *b)
{
	const char	*p;

	if (b->len == 0 || (p = memmem(b->p, b->len, "\r\n\r\n", 4)) == NULL)
		return b->len;
	return (size_t)(p - b->p) + 4;
}

enum fc_end
fc_get(const char *path, const char *uri, struct buf *out)
{
	struct buf	req;
	enum fc_end	end = FC_RESET;
	int		fd;

	buf_reset(out, 0);
	if ((fd = fc_connect(path)) == -1)
		return FC_RESET;
	buf_init(&req, 1 << 20);
	fc_request(&req, false, "GET", uri, NULL, 0);
	if (fc_send(fd, req.p, req.len))
		end = fc_reply(fd, out);
	buf_free(&req);
	close(fd);
	return end;
}
