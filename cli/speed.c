/* How many images a second a saved model scores. */
#include <math.h>
#include <stdlib.h>

#include "base/file.h"
#include "cli/children.h"
#include "cli/paper.h"
#include "cli/progress.h"
#include "datasets/load.h"
#include "simplenet.h"

enum { WARM_UP = 2, MIN_IMAGES = 10, MAX_IMAGES = 100, SECONDS = 5 };

typedef struct Speeds {
  const SnStudyRun *run;
  double *speeds;
} Speeds;

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

static int measure(void *context, int64_t variant, int descriptor) {
  const Speeds *all = context;
  const SnStudy *study = all->run->study;
  char *folder = sn_study_trial_folder(study, variant, 0, 0);
  char *path = folder ? sn_path_join(folder, "model.safetensors") : NULL;
  SnImage image;
  if (!path || !sn_use_device(&all->run->texts->device) || !load_image(study, &image)) return sn_report_error();
  SnDetector *detector = sn_detector_open(path, study->variants[variant].weights);
  SnDetection detection;
  for (int i = 0; i < WARM_UP; i++) sn_detector_detect(detector, image.pixels, image.width, image.height, &detection);
  double start = sn_seconds();
  int done = 0;
  while (sn_ok() && done < MAX_IMAGES && (done < MIN_IMAGES || sn_seconds() - start < SECONDS))
    if (sn_detector_detect(detector, image.pixels, image.width, image.height, &detection)) done++;
  double speed = done / (sn_seconds() - start);
  bool measured = sn_ok();
  if (!measured) sn_report_error();
  sn_detector_close(detector);
  sn_image_free(&image);
  free(folder);
  free(path);
  if (measured) sn_child_send(descriptor, &(SnMessage){0, {speed}});
  return measured ? SN_EXIT_OK : SN_EXIT_FAILURE;
}

static void hear(void *context, int64_t variant, const SnMessage *message) {
  const Speeds *all = context;
  all->speeds[variant] = message->values[0];
}

static void end(void *context, int64_t variant, int status) {
  (void)context;
  (void)variant;
  (void)status;
}

bool sn_measure_speeds(const SnStudyRun *run, double *speeds) {
  Speeds all = {run, speeds};
  for (int64_t v = 0; v < run->study->variant_count; v++) speeds[v] = NAN;
  SnChildren children = {measure, hear, end, &all};
  return sn_children_run(&children, run->study->variant_count, 1);
}
