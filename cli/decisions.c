#include "cli/decisions.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/number.h"
#include "cli/terminal.h"

static void print_share(const char *what, int64_t part, int64_t all) {
  if (all > 0) sn_print("  %s %" PRId64 " of %" PRId64 " (%.1f %%)", what, part, all, 100 * (double)part / (double)all);
}

void sn_print_decision_counts(const SnDecisionCounts *counts) {
  print_share("false alarms", counts->false_alarms, counts->good);
  print_share("detected", counts->detected, counts->defective);
}

static void print_at(const SnTestResult *test, const SnDataset *dataset, double threshold) {
  SnDecisionCounts counts = sn_test_decisions(test, dataset, threshold);
  if (test->image_count == 0) return;
  sn_print_decision_counts(&counts);
  sn_print("\n");
}

void sn_print_decisions(const SnCalibration *calibration, const SnTestResult *test, const SnDataset *dataset) {
  SnThresholdBasis basis = sn_threshold_basis(calibration);
  SnMetric best = test->evaluation.image_f1_threshold;
  char *text = sn_threshold_text(calibration), number[SN_NUMBER_TEXT];
  if (text) sn_print("%s\n", text);
  free(text);
  if (basis != SN_THRESHOLD_NONE) print_at(test, dataset, sn_decision_threshold(calibration));
  if (basis != SN_THRESHOLD_FALSE_ALARMS || best.reason) return;
  sn_print("threshold %s, this test set's best F1, chosen on its labels\n", sn_number_text(best.value, number));
  print_at(test, dataset, best.value);
}
