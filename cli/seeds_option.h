/* --seeds of trainings and studies. */
#ifndef SN_CLI_SEEDS_OPTION_H
#define SN_CLI_SEEDS_OPTION_H

#include <stdbool.h>
#include <stdint.h>

typedef struct SnSeedList {
  int64_t count, *seeds;
} SnSeedList;

/* A number is how many, from `first` on. Numbers with a comma between or behind them are the seeds themselves, each
 * once, and so is 0, which is no count. None may be above `maximum`. In the innermost scope; false and an error
 * otherwise. */
bool sn_parse_seeds(const char *text, int64_t first, int64_t maximum, SnSeedList *list);

#endif
