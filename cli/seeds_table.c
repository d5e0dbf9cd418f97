#include "cli/seeds_table.h"

#include <math.h>

#include "base/print.h"
#include "cli/terminal.h"
#include "report/page/seeds_page.h"

enum { SHOWN = 3 }; /* the first of the metrics */

static void print_numbers(const double *values) {
  for (int i = 0; i < SHOWN; i++) {
    char text[16] = "n/a";
    if (!isnan(values[i])) sn_snprintf(text, sizeof text, "%.4f", values[i]);
    sn_print(" %8s", text);
  }
}

static void print_spread(const char *name, const double *values, const double *best) {
  sn_print("  %-10s", name);
  print_numbers(values);
  if (best) sn_print("   ");
  if (best) print_numbers(best);
  sn_print("\n");
}

void sn_print_seeds(const SnSeeds *seeds) {
  bool has_best = sn_seeds_have_best(seeds);
  double mean[2][SHOWN], deviation[2][SHOWN];
  sn_print("\n");
  if (*sn_seeds_epoch(seeds)) sn_print("  %-10s %26s", "", sn_seeds_epoch(seeds));
  if (has_best) sn_print("    %26s", "best on the test set");
  if (*sn_seeds_epoch(seeds)) sn_print("\n");
  sn_print("  %-10s %8s %8s %8s", "AUROC", "image", "pixel", "AU-PRO");
  if (has_best) sn_print("    %8s %8s %8s  epoch", "image", "pixel", "AU-PRO");
  sn_print("\n");
  for (int64_t s = 0; s < seeds->count; s++) {
    const SnSeedRow *row = &seeds->rows[s];
    sn_print("  seed %-5lld", (long long)row->seed);
    print_numbers(row->metrics);
    if (has_best) sn_print("   ");
    if (has_best) print_numbers(row->best);
    if (has_best) sn_print("  %5lld", (long long)row->best_epoch);
    sn_print("\n");
  }
  for (int i = 0; i < 2 * SHOWN; i++) {
    SnSpread spread = sn_seeds_spread(seeds, i % SHOWN, i >= SHOWN);
    mean[i / SHOWN][i % SHOWN] = spread.mean;
    deviation[i / SHOWN][i % SHOWN] = spread.deviation;
  }
  print_spread("mean", mean[0], has_best ? mean[1] : NULL);
  print_spread("deviation", deviation[0], has_best ? deviation[1] : NULL);
}

bool sn_write_seeds_files(const char *folder, const SnSeeds *seeds) {
  if (!sn_write_seeds(folder, seeds) || !sn_seeds_page_write(folder, seeds)) return false;
  sn_print("written: %s\n", folder);
  return true;
}
