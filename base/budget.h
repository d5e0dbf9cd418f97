/* What reading one file may cost. A small file can describe endless work and memory: a list that is copied again and
 * again, one dictionary visited a hundred thousand times. So every loop and every copy of a reader draws on a budget
 * that its file's size sets; there is one for a file, whatever parts it is read in. */
#ifndef SN_BASE_BUDGET_H
#define SN_BASE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

typedef struct SnBudget {
  const char *path; /* for messages; must live as long as the budget */
  int64_t size;     /* the file's bytes */
  int64_t work;     /* items or bytes that may still be looked at */
  int64_t memory;   /* bytes that may still be taken */
} SnBudget;

SnBudget sn_budget_for(const char *path, int64_t size);

/* Take from the budget before the work is done, and before the memory is asked for. False and an error that names the
 * path, also when an error is pending. */
bool sn_budget_work(SnBudget *budget, int64_t steps);
bool sn_budget_memory(SnBudget *budget, int64_t bytes);

#endif
