#include "base/budget.h"

#include <inttypes.h>

#include "base/error.h"

/* An honest file's items are looked at a handful of times each, and take two bytes at least. In memory, a tensor needs
 * up to 8 times its bytes when they become int64, and more when tensors repeat each other's; a number of a list takes 2
 * bytes in a pickle and 72 as a value. What a few KB unpack to is not held to their size. A step takes some
 * nanoseconds: a file of 1 MB is done in a tenth of a second, and stays under 64 MB. */
enum { WORK_FLOOR = 1 << 20, WORK_EACH = 8, MEMORY_FLOOR = 16 << 20, MEMORY_EACH = 40 };

SnBudget sn_budget_for(const char *path, int64_t size) {
  int64_t fair = size < (INT64_C(1) << 56) ? size : INT64_C(1) << 56;
  return (SnBudget){path, size, WORK_FLOOR + WORK_EACH * fair, MEMORY_FLOOR + MEMORY_EACH * fair};
}

bool sn_budget_work(SnBudget *budget, int64_t steps) {
  if (!sn_ok()) return false;
  if (steps > budget->work)
    return sn_fail("%s: describes far more work than a file of its %" PRId64 " bytes can need", budget->path,
                   budget->size);
  budget->work -= steps;
  return true;
}

bool sn_budget_memory(SnBudget *budget, int64_t bytes) {
  if (!sn_ok()) return false;
  if (bytes > budget->memory)
    return sn_fail("%s: describes far more memory than a file of its %" PRId64 " bytes can need", budget->path,
                   budget->size);
  budget->memory -= bytes;
  return true;
}
