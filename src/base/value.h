#ifndef BASE_VALUE_H
#define BASE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/conf.h"
#include "base/rc.h"

/* The value of one option in a configuration; for conf.c alone. */

/* Where o's value lies in the configuration. */
void	*value_field(const struct conf *, const struct conf_option *) NONNULL;
/* n bytes of text, terminated; ends the process when memory does. */
char	*value_dup(const char *, size_t n) NONNULL MUST_CHECK;

/* Parses a text; NULL, or why it will not do (without the text). */
const char *value_set(struct conf *, const struct conf_option *, const char *)
	    NONNULL MUST_CHECK;
void	 value_clear(struct conf *, const struct conf_option *) NONNULL;
/* Makes fresh's value that of old; false if it was that already. */
bool	 value_keep(struct conf *fresh, const struct conf *old,
	    const struct conf_option *) NONNULL;
bool	 value_is_set(const struct conf *, const struct conf_option *) NONNULL;
/* As conf_print() shows it, secrets masked; only what is set. */
void	 value_print(const struct conf *, const struct conf_option *, FILE *)
	    NONNULL;

#endif
