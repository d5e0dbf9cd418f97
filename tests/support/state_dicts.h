#ifndef SN_TESTS_SUPPORT_STATE_DICTS_H
#define SN_TESTS_SUPPORT_STATE_DICTS_H

#include "base/file.h"
#include "base/file_reader.h"
#include "tensor/state_dict.h"

/* Same names, dtypes, shapes and bits, in any order, and the same texts. */
bool same_state_dicts(const SnStateDict *a, const SnStateDict *b);
void assert_same_state_dicts(const SnStateDict *a, const SnStateDict *b);

/* The standing error contains `part`; clears it. */
void assert_error(const char *part);

/* A whole file; ends the test on failure. */
SnBytes read_whole(const char *path);
void write_whole(const char *path, const void *bytes, size_t size);

/* Writes the file, opens it, cuts it off, at every `step` bytes once, and reads it: an error that says so. */
void assert_shrinking_is_noticed(const char *path, const SnBytes *file, size_t step,
                                 SnStateDict *(*read_from)(const SnFileReader *reader));

#endif
