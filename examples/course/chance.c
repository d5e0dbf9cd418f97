/* How good a detector that knows nothing looks where its best epoch is chosen on the test set: every epoch's scores are
 * drawn by chance.
 *
 *     make course-programs && build/examples/course/chance
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "backends/philox.h"
#include "base/error.h"
#include "metrics/roc.h"

enum { GOOD = 20, DEFECTIVE = 30, COUNT = GOOD + DEFECTIVE, TRIALS = 400 };

/* The AUROC of scores that do not depend on the photographs. */
static double random_auroc(uint32_t trial, uint32_t epoch) {
  float scores[COUNT];
  uint8_t labels[COUNT];
  SnRanking ranking;
  for (uint32_t i = 0; i < COUNT; i++) {
    scores[i] = (float)sn_uniform_from_bits(sn_philox(trial, 0, epoch, i).word[0]);
    labels[i] = i >= GOOD;
  }
  if (!sn_rank("scores", scores, labels, COUNT, &ranking)) return NAN;
  double auroc = sn_auroc(&ranking).value;
  sn_ranking_free(&ranking);
  return auroc;
}

int main(void) {
  static const uint32_t lengths[] = {1, 4, 10, 40, 160};
  printf("epochs tested  last  best on the test set\n");
  for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
    double last = 0, best = 0;
    for (uint32_t trial = 0; trial < TRIALS && sn_ok(); trial++) {
      double largest = 0, auroc = 0;
      for (uint32_t epoch = 1; epoch <= lengths[l]; epoch++) {
        auroc = random_auroc(trial, epoch);
        largest = fmax(largest, auroc);
      }
      last += auroc / TRIALS;
      best += largest / TRIALS;
    }
    printf("%13u  %.2f  %.2f\n", lengths[l], last, best);
  }
  if (!sn_ok()) fprintf(stderr, "chance: %s\n", sn_error());
  return sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}
