/* What several seeds give, on the terminal and in files. */
#ifndef SN_CLI_SEEDS_TABLE_H
#define SN_CLI_SEEDS_TABLE_H

#include "report/seeds.h"

/* A line a seed, then mean and standard deviation; the best on the test set beside them, where it is known. */
void sn_print_seeds(const SnSeeds *seeds);

/* seeds.csv, seeds.json and seeds.html in a folder that exists, and a line that says so. */
bool sn_write_seeds_files(const char *folder, const SnSeeds *seeds);

#endif
