#ifndef SN_TESTS_SUPPORT_STATE_DICTS_H
#define SN_TESTS_SUPPORT_STATE_DICTS_H

#include "base/file.h"
#include "tensor/state_dict.h"

/* Same names, dtypes, shapes and bits, in any order, and the same texts. */
bool same_state_dicts(const SnStateDict *a, const SnStateDict *b);
void assert_same_state_dicts(const SnStateDict *a, const SnStateDict *b);

/* The standing error contains `part`; clears it. */
void assert_error(const char *part);

/* A whole file; ends the test on failure. */
SnBytes read_whole(const char *path);
void write_whole(const char *path, const void *bytes, size_t size);

#endif
