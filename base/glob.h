/* Names by a pattern of the shell's. */
#ifndef SN_BASE_GLOB_H
#define SN_BASE_GLOB_H

#include <stdbool.h>

#include "base/file.h"

/* Whether a name holds *, ? or [. */
bool sn_is_pattern(const char *name);

/* Appends what is there and fits the pattern, in byte order: * and ? stand for anything but a slash, [a-z] for one
 * character; none of them for a dot that a name begins with. A folder that cannot be listed holds nothing. False on an
 * error, which no match is not. */
bool sn_glob(const char *pattern, SnNames *names);

#endif
