/* A lamp that grows old: what a calibrated detector says of the same photographs at less and less light.
 *
 *     make course-programs && build/examples/course/drift DETECTOR TEST_FOLDER OUT.svg
 *
 * TEST_FOLDER: good/ and one folder for each kind of defect, as in the test sets of MVTec AD.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "datasets/dataset.h"
#include "datasets/image.h"
#include "report/plot/plot.h"
#include "simplenet.h"

enum { WEEKS = 6 };

static const double loss_a_week = 0.12; /* of the light of the first week */

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The photograph at a share of its light. */
static bool detect(SnDetector *detector, const char *path, double light, SnDetection *detection) {
  SnImage image;
  if (!sn_image_read(path, SN_IMAGE_RGB, NULL, &image)) return false;
  for (int64_t i = 0; i < image.width * image.height * 3; i++)
    image.pixels[i] = (uint8_t)(light * image.pixels[i] + 0.5);
  bool detected = sn_detector_detect(detector, image.pixels, image.width, image.height, detection);
  sn_image_free(&image);
  return detected;
}

/* The median of the normalised scores of good photographs; false alarms and detections are counted. */
static double week(SnDetector *detector, const SnSamples *samples, double light, int *alarms, int *detections) {
  double *normalised = calloc((size_t)samples->count, sizeof *normalised), median = NAN;
  int64_t good = 0;
  *alarms = *detections = 0;
  for (int64_t i = 0; normalised && i < samples->count; i++) {
    SnDetection found;
    if (!detect(detector, samples->items[i].path, light, &found)) break;
    if (samples->items[i].label == SN_GOOD) {
      normalised[good++] = found.normalised;
      *alarms += found.verdict == SN_VERDICT_DEFECTIVE;
    } else {
      *detections += found.verdict == SN_VERDICT_DEFECTIVE;
    }
  }
  if (normalised) qsort(normalised, (size_t)good, sizeof *normalised, by_value);
  if (good > 0) median = normalised[(good - 1) / 2];
  free(normalised);
  return median;
}

static bool draw(const double *weeks, const double *medians, const char *path) {
  static const double ends[] = {0, WEEKS - 1}, usual[] = {0.25, 0.25}, threshold[] = {0.5, 0.5};
  SnSeries series[] = {
      {.name = "median of good photographs", .kind = SN_SERIES_LINE_POINTS, .x = weeks, .y = medians, .count = WEEKS},
      {.name = "at calibration", .color = 2, .dashed = true, .x = ends, .y = usual, .count = 2},
      {.name = "threshold", .color = 1, .dashed = true, .x = ends, .y = threshold, .count = 2}};
  SnPlot plot = {.title = "The lamp grows old",
                 .x = {.label = "week", .low = NAN, .high = NAN, .whole = true},
                 .y = {.label = "normalised score", .low = 0, .high = 1},
                 .series = series,
                 .series_count = 3};
  return sn_plot_write(&plot, path);
}

int main(int argc, char **argv) {
  SnDataset dataset = {.root = NULL};
  if (argc != 4) {
    fprintf(stderr, "usage: drift DETECTOR TEST_FOLDER OUT.svg\n");
    return 2;
  }
  char good[4096];
  snprintf(good, sizeof good, "%s/good", argv[2]);
  SnPlainFolders folders = {.test_good = good, .test_bad = argv[2]};
  SnDetector *detector = sn_detector_open(argv[1], NULL);
  double weeks[WEEKS], medians[WEEKS];
  if (detector && sn_dataset_open_folders(&folders, &dataset)) {
    printf("week  light  median  false alarms  detected\n");
    for (int w = 0; w < WEEKS && !sn_error(); w++) {
      int alarms, detections;
      weeks[w] = w;
      medians[w] = week(detector, &dataset.test, 1 - loss_a_week * w, &alarms, &detections);
      printf("%4d  %.2f   %.2f    %2d            %2d\n", w, 1 - loss_a_week * w, medians[w], alarms, detections);
    }
    if (!sn_error()) draw(weeks, medians, argv[3]);
  }
  int status = sn_error() ? EXIT_FAILURE : EXIT_SUCCESS;
  if (sn_error()) fprintf(stderr, "drift: %s\n", sn_error());
  sn_dataset_free(&dataset);
  sn_detector_close(detector);
  return status;
}
