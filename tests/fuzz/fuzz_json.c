/* Any bytes as a trial's or a seed's metrics.json and as cost.json: an error, or numbers that are finite or not
 * available.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "models/simplenet/simplenet.h"
#include "report/seeds.h"
#include "studies/trial_json.h"
#include "tests/fuzz/limits.h"

static void check(double number) {
  if (isinf(number)) abort();
}

void sn_fuzz_input(const uint8_t *data, size_t size) {
  static SnTrialIdentity identity = {.sha256 = "0123", .data = "/", .train_images = 6, .test_images = 7};
  sn_clear_error();
  if (!sn_settings_preset(&sn_simplenet, "paper", &identity.settings)) abort();
  SnBytes text = {malloc(size + 1), size};
  if (!text.data) exit(EXIT_FAILURE);
  if (size > 0) memcpy(text.data, data, size);
  text.data[size] = 0;
  SnTrialResult result = {0};
  bool parsed = sn_trial_parse_metrics("input", text, &identity, &result);
  if (parsed != sn_ok() || result.present != parsed || result.best_epoch < 0) abort();
  sn_clear_error();
  parsed = sn_trial_parse_cost("input", text, &result);
  if (parsed != sn_ok()) abort();
  const double numbers[] = {result.image_auroc,      result.pixel_auroc,      result.au_pro,     result.seconds,
                            result.best_image_auroc, result.best_pixel_auroc, result.peak_memory};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) check(numbers[i]);
  sn_clear_error();
  SnSeedRow row = {0};
  parsed = sn_seed_row_parse("input", text, &row);
  if (parsed != sn_ok() || row.seed < 0 || row.best_epoch < 0 || row.train_images < 0) abort();
  for (int i = 0; i < SN_SEED_METRICS; i++) {
    check(row.metrics[i]);
    check(row.best[i]);
  }
  free(text.data);
}
