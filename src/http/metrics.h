#ifndef HTTP_METRICS_H
#define HTTP_METRICS_H

#include "base/board.h"
#include "base/buf.h"

/* The scoreboard as Prometheus text (exposition format 0.0.4). */
void	metrics_write(struct buf *, const struct board *) NONNULL;

#endif
