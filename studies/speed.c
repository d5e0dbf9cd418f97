#include "studies/speed.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "datasets/load.h"
#include "simplenet.h"

enum { WARM_UP = 2, MIN_IMAGES = 10, MAX_IMAGES = 100, SECONDS = 5 };

/* The first test image of the study's first category. */
static bool load_image(const SnStudy *study, SnImage *image) {
  SnDataset dataset;
  if (!sn_dataset_open(study->data, study->categories[0].name, study->layout, &dataset)) return false;
  if (dataset.test.count > 0)
    sn_load_photograph(&dataset.test.items[0], NULL, image);
  else
    sn_fail("%s: there is no test image to measure the speed on", study->data);
  sn_dataset_free(&dataset);
  return sn_ok();
}

static double speed_of(SnDetector *detector, const SnImage *image) {
  SnDetection detection;
  for (int i = 0; i < WARM_UP; i++)
    sn_detector_detect(detector, image->pixels, image->width, image->height, &detection);
  double start = sn_seconds();
  int done = 0;
  while (sn_ok() && done < MAX_IMAGES && (done < MIN_IMAGES || sn_seconds() - start < SECONDS))
    if (sn_detector_detect(detector, image->pixels, image->width, image->height, &detection)) done++;
  return done / (sn_seconds() - start);
}

bool sn_measure_speed(const SnStudy *study, int64_t variant, double *speed) {
  char *folder = sn_study_trial_folder(study, variant, 0, 0);
  char *path = folder ? sn_path_join(folder, "model.safetensors") : NULL;
  SnImage image = {0};
  if (path && load_image(study, &image)) {
    const SnBackend *device = sn_device();
    SnOptions options = {.size = sizeof options,
                         .weights = study->variants[variant].weights,
                         .device = device->name,
                         .precision = device->precision ? sn_precision_name(device->precision()) : NULL};
    SnDetector *detector = sn_detector_open(path, &options);
    if (detector) *speed = speed_of(detector, &image);
    sn_detector_close(detector);
  }
  sn_image_free(&image);
  free(folder);
  free(path);
  return sn_ok();
}
