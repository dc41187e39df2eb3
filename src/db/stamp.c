/* stamp.c: timestamps as PostgreSQL writes them, at a tenth of its price. */
#include "config.h"

#include "db/stamp.h"

#include <string.h>

#define DAY_US		INT64_C(86400000000)
#define FROM_MARCH_0	730425	/* days from 0000-03-01 to 2000-01-01 */
#define CYCLE_DAYS	146097	/* in 400 years */

static char *
put(char *p, int64_t v, int width)
{
	int	i;

	for (i = width; i-- > 0; v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + width;
}

/*
 * The Gregorian calendar before it was there, too.  Years begin in March, so
 * that the odd day is a year's last one.
 */
static char *
put_date(char *p, int64_t days, bool *bc)
{
	int64_t	cycle, day, year, month, n;
	int	width = 4;

	days += FROM_MARCH_0;
	cycle = (days >= 0 ? days : days - (CYCLE_DAYS - 1)) / CYCLE_DAYS;
	day = days - cycle * CYCLE_DAYS;
	year = (day - day / 1460 + day / 36524 - day / (CYCLE_DAYS - 1)) / 365;
	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	year += 400 * cycle + (month >= 10 ? 1 : 0);
	if ((*bc = year <= 0))
		year = 1 - year;
	for (n = year; n >= 10000; n /= 10)
		width++;
	p = put(p, year, width);
	*p++ = '-';
	p = put(p, month < 10 ? month + 3 : month - 9, 2);
	*p++ = '-';
	return put(p, day + 1, 2);
}

static char *
put_clock(char *p, int64_t us)
{
	int64_t	s = us / 1000000;

	p = put(p, s / 3600, 2);
	*p++ = ':';
	p = put(p, s / 60 % 60, 2);
	*p++ = ':';
	p = put(p, s % 60, 2);
	if ((us %= 1000000) == 0)
		return p;
	*p++ = '.';
	p = put(p, us, 6);
	while (p[-1] == '0')
		p--;
	return p;
}

void
stamp_text(int64_t us, bool zone, char out[STAMP_MAX])
{
	int64_t	 days = us / DAY_US, rest = us % DAY_US;
	char	*p;
	bool	 bc;

	if (us == INT64_MAX || us == INT64_MIN) {
		strcpy(out, us < 0 ? "-infinity" : "infinity");
		return;
	}
	if (rest < 0) {
		rest += DAY_US;
		days--;
	}
	p = put_date(out, days, &bc);
	*p++ = ' ';
	p = put_clock(p, rest);
	strcpy(p, zone ? bc ? "+00 BC" : "+00" : bc ? " BC" : "");
}
