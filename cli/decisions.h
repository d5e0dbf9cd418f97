/* What a model calls defective, by which threshold, and what that does on a test set. */
#ifndef SN_CLI_DECISIONS_H
#define SN_CLI_DECISIONS_H

#include "anomaly/testing.h"

/* The model's threshold with its basis, false alarms and detections by it, and beside a calibrated one the same of the
 * test set's best F1. */
void sn_print_decisions(const SnCalibration *calibration, const SnTestResult *test, const SnDataset *dataset);

/* "  false alarms 1 of 20, detected 60 of 63", on the line at hand. */
void sn_print_decision_counts(const SnDecisionCounts *counts);

#endif
