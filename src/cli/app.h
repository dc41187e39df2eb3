#ifndef CLI_APP_H
#define CLI_APP_H

#include "proc/worker.h"

/* What `serve` and `cgi` answer requests with: keys, database, routes. */
extern const struct app_ops	app_ops;

#endif
