#ifndef DB_STAMP_H
#define DB_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#define STAMP_MAX	48

/*
 * PostgreSQL's ISO text of a timestamp, from its binary form: microseconds
 * since 2000-01-01 00:00:00, the two ends being the infinities.  zone: of a
 * timestamptz, where TimeZone is UTC.
 */
void	 stamp_text(int64_t, bool zone, char out[STAMP_MAX]);

#endif
