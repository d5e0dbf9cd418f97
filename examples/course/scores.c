/* Every number that is computed from scores, by hand: ten photographs, four of them defective.
 *
 *     make course-programs && build/examples/course/scores ROC.svg
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "metrics/precision_recall.h"
#include "metrics/roc.h"
#include "report/plot/plot.h"

enum { COUNT = 10 };

/* From the highest score to the lowest; 1: defective. */
static const float scores[COUNT] = {0.95F, 0.90F, 0.80F, 0.75F, 0.60F, 0.55F, 0.50F, 0.40F, 0.30F, 0.20F};
static const uint8_t labels[COUNT] = {1, 1, 0, 1, 0, 0, 1, 0, 0, 0};

/* The chance that a defective photograph scores above a good one: pairs counted, a tie as half. */
static double auroc_by_pairs(void) {
  double won = 0, pairs = 0;
  for (int i = 0; i < COUNT; i++)
    for (int j = 0; j < COUNT; j++)
      if (labels[i] && !labels[j]) {
        pairs++;
        won += scores[i] > scores[j] ? 1 : scores[i] < scores[j] ? 0 : 0.5;
      }
  printf("a defective photograph wins %.0f of %.0f pairs\n", won, pairs);
  return won / pairs;
}

/* One row for each threshold; x and y become the ROC curve, which begins at (0, 0). */
static void walk(double x[COUNT + 1], double y[COUNT + 1], double *average_precision, double *best_f1) {
  int positives = 0, tp = 0, fp = 0;
  for (int i = 0; i < COUNT; i++) positives += labels[i];
  int negatives = COUNT - positives;
  x[0] = y[0] = *average_precision = *best_f1 = 0;
  printf("threshold  TP FP FN TN  recall  false alarms  precision  F1    accuracy\n");
  for (int i = 0; i < COUNT; i++) {
    tp += labels[i];
    fp += !labels[i];
    double recall = (double)tp / positives, alarms = (double)fp / negatives, precision = (double)tp / (tp + fp);
    double f1 = 2.0 * tp / (2 * tp + fp + (positives - tp));
    printf("%.2f       %2d %2d %2d %2d  %.2f    %.2f          %.2f       %.2f  %.2f\n", (double)scores[i], tp, fp,
           positives - tp, negatives - fp, recall, alarms, precision, f1, (double)(tp + negatives - fp) / COUNT);
    if (labels[i]) *average_precision += precision / positives; /* recall has grown by 1 / positives */
    if (f1 > *best_f1) *best_f1 = f1;
    x[i + 1] = alarms;
    y[i + 1] = recall;
  }
}

static bool draw(const double *x, const double *y, const char *path) {
  static const double diagonal[] = {0, 1};
  SnSeries series[] = {{.name = "ten scores", .kind = SN_SERIES_LINE_POINTS, .x = x, .y = y, .count = COUNT + 1},
                       {.name = "chance", .color = 1, .dashed = true, .x = diagonal, .y = diagonal, .count = 2}};
  SnPlot plot = {.title = "ROC curve",
                 .x = {.label = "share of good photographs that are called defective", .low = 0, .high = 1},
                 .y = {.label = "share of defective ones found", .low = 0, .high = 1},
                 .series = series,
                 .series_count = 2};
  return sn_plot_write(&plot, path);
}

int main(int argc, char **argv) {
  double x[COUNT + 1], y[COUNT + 1], ap, f1;
  SnRanking ranking;
  SnMetric library_f1, threshold;
  if (argc != 2) {
    fprintf(stderr, "usage: scores ROC.svg\n");
    return 2;
  }
  walk(x, y, &ap, &f1);
  double auroc = auroc_by_pairs();
  if (draw(x, y, argv[1]) && sn_rank("scores", scores, labels, COUNT, &ranking)) {
    sn_f1_max(&ranking, &library_f1, &threshold);
    printf("             by hand  metrics/\n");
    printf("AUROC         %.4f   %.4f\n", auroc, sn_auroc(&ranking).value);
    printf("AP            %.4f   %.4f\n", ap, sn_average_precision(&ranking).value);
    printf("best F1       %.4f   %.4f\n", f1, library_f1.value);
    sn_ranking_free(&ranking);
  }
  if (!sn_ok()) fprintf(stderr, "scores: %s\n", sn_error());
  return sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}
