#ifndef PROC_NOTIFY_H
#define PROC_NOTIFY_H

#include <stdint.h>

#include "base/rc.h"

/* sd_notify(3): "READY=1" and its like; nothing without NOTIFY_SOCKET. */
void	notify(const char *state) NONNULL;
/* Microseconds between two WATCHDOG=1, 0 for none. */
int64_t	notify_period(void);

#endif
