/* Which kind of failure a call of simplenet.h ended with: errors below know sentences only. */
#ifndef SN_API_FAILURE_H
#define SN_API_FAILURE_H

#include "simplenet.h"

/* Of a public function: the error of the last one is gone. */
void sn_api_begin(void);

/* True while there is no error; else it is of this kind, unless it has one already, and false. */
bool sn_api_ok(SnErrorCode kind);

/* Copies what a program filled in, `size` bytes of which it knows, into a structure of this version, `known` bytes, and
 * 0 behind. An error where it is not the size of any version, or holds something this version does not know. */
bool sn_api_read(const void *structure, size_t known, void *copy, const char *name);

/* The other way: fills in as much of a program's structure as it has; its size stays. */
bool sn_api_write(void *structure, size_t known, const void *values, const char *name);

#endif
