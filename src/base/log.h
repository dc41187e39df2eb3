#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/rc.h"

enum log_level {
	LOG_L_ERROR,
	LOG_L_WARN,
	LOG_L_INFO,
	LOG_L_DEBUG,
	LOG_L__MAX
};

/*
 * One line a call, one write(2): time, level, pid, process, then the context
 * (request id and hashed owner, where there are any), then event and text:
 *	2026-11-22T06:00:00.123456Z info 4711 worker rid=… owner=… text
 * Control bytes in the text become '?'; a line is cut at 4 KiB.  Never give
 * it a token, a prompt, a key or an email.
 */
void	 log_open(const char *path, enum log_level, const char *process);
/* Opens the same path again (USR1); keeps the old one when that fails. */
void	 log_reopen(void);
void	 log_process(const char *name);
/* The level of this name; LOG_L_INFO for any other. */
enum log_level	 log_level(const char *name) NONNULL;
int	 log_fd(void);

/* Context of all lines until the next call; NULLs clear it.  Copied. */
void	 log_context(const char *request_id, const char *owner);

#define LOG_DIGEST	13
/* What stands for an owner in this run's lines: 12 digits of a keyed hash. */
void	 log_digest(const char *, char out[LOG_DIGEST]) NONNULL;

void	 log_msg(enum log_level, const char *, ...) PRINTF(2, 3);
#define log_error(...)	log_msg(LOG_L_ERROR, __VA_ARGS__)
#define log_warn(...)	log_msg(LOG_L_WARN, __VA_ARGS__)
#define log_info(...)	log_msg(LOG_L_INFO, __VA_ARGS__)
#define log_debug(...)	log_msg(LOG_L_DEBUG, __VA_ARGS__)

#endif
