/* Comparison with a golden file that tests/oracle/formula.py's Golden wrote. */
#ifndef SN_TESTS_SUPPORT_GOLDEN_H
#define SN_TESTS_SUPPORT_GOLDEN_H

#include "tensor/state_dict.h"

/* A program's golden file while its tests run: into *golden, for cmocka's set-up of a group, and its tear-down, which
 * gives all memory back. */
int golden_open(SnStateDict **golden, const char *path);
int golden_close(void **state);

/* In the innermost scope, on the reference device; fails the test when the file cannot be read. */
SnStateDict *golden_read(const char *path);

/* Fails the test unless `found` has the golden's shape and every number stored lies within tolerance times the largest
 * of them, and, where only samples are stored, so does the Euclidean norm. */
void golden_expect(const SnStateDict *golden, const char *key, const SnTensor *found, double tolerance);

/* |found - expected| / |expected|, Euclidean, of a result that is stored whole. */
double golden_distance(const SnStateDict *golden, const char *key, const SnTensor *found);

/* The numbers stored, as they are. */
const double *golden_values(const SnStateDict *golden, const char *key);

#endif
