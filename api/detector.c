/* Implements simplenet.h. */
#include <math.h>
#include <stdlib.h>

#include "anomaly/map.h"
#include "anomaly/scorer.h"
#include "anomaly/view.h"
#include "base/error.h"
#include "base/memory.h"
#include "simplenet.h"

struct SnDetector {
  SnScope *scope; /* holds the model */
  SnModel *model;
  SnScorer *scorer; /* of one photograph */
  float *input;     /* [3, crop, crop] */
  float *map;       /* [crop, crop] */
  char *threshold_text;
};

SnDetector *sn_detector_open(const char *model, const char *weights) {
  sn_clear_error();
  SnDetector *detector = sn_allocate(1, sizeof *detector, "a detector");
  if (!detector) return NULL;
  detector->scope = sn_scope_new();
  if (sn_scope_enter(detector->scope)) {
    detector->model = sn_model_load(model, weights);
    if (detector->model) {
      int64_t crop = detector->model->settings.view.crop, pixels = crop * crop;
      detector->scorer = sn_scorer_consume(detector->model, 1);
      detector->input = sn_scope_allocate(3 * pixels, sizeof(float), NULL);
      detector->map = sn_scope_allocate(pixels, sizeof(float), NULL);
      detector->threshold_text = sn_threshold_text(&detector->model->calibration);
    }
    sn_scope_leave(detector->scope);
  }
  if (sn_ok()) return detector;
  sn_detector_close(detector);
  return NULL;
}

/* What a failure leaves behind, so that nobody takes the last photograph's verdict for this one's. */
static const SnDetection no_detection = {.score = NAN, .threshold = NAN, .normalised = NAN};

/* NONE where the threshold is NaN. */
static SnVerdict verdict_of(double score, double threshold) {
  return score >= threshold ? SN_VERDICT_DEFECTIVE : score < threshold ? SN_VERDICT_GOOD : SN_VERDICT_NONE;
}

static bool detect(SnDetector *detector, const char *name, const SnImage *image, SnDetection *detection) {
  const SnModel *model = detector->model;
  SnTransform transform = sn_view_transform(&model->settings.view);
  SnNormalization normalization = sn_settings_normalization(&model->settings);
  int64_t crop = model->settings.view.crop;
  float score = NAN;
  if (!sn_transform_image(&transform, &normalization, image, detector->input) ||
      !sn_scorer_run_images(detector->scorer, detector->input, 1, detector->map, &score) ||
      !sn_check_scores(name, score, detector->map, crop * crop))
    return false;
  SnRectangle covered = sn_transform_covered(&transform, image->width, image->height);
  double threshold = sn_decision_threshold(&model->calibration);
  *detection = (SnDetection){.score = (double)score,
                             .threshold = threshold,
                             .verdict = verdict_of((double)score, threshold),
                             .normalised = sn_calibrated_score(&model->calibration, (double)score),
                             .size = crop,
                             .map = detector->map,
                             .left = covered.left,
                             .top = covered.top,
                             .width = covered.width,
                             .height = covered.height};
  return true;
}

bool sn_detector_detect_file(SnDetector *detector, const char *path, SnDetection *detection) {
  if (!detector) return sn_fail("there is no detector to look at %s with", path);
  sn_clear_error();
  *detection = no_detection;
  SnImageOptions options = sn_view_image_options(&detector->model->settings.view);
  SnImage image;
  if (!sn_image_read(path, SN_IMAGE_RGB, &options, &image)) return false;
  detect(detector, path, &image, detection);
  sn_image_free(&image);
  return sn_ok();
}

bool sn_detector_detect(SnDetector *detector, const uint8_t *rgb, int64_t width, int64_t height,
                        SnDetection *detection) {
  if (!detector) return sn_fail("there is no detector to look at a photograph with");
  sn_clear_error();
  *detection = no_detection;
  if (!rgb || width < 1 || height < 1 || width > SN_IMAGE_MAX_PIXELS / height)
    return sn_fail("a photograph of %lld x %lld pixels cannot be looked at", (long long)width, (long long)height);
  SnImage image = {.width = width, .height = height, .channels = 3, .pixels = (uint8_t *)rgb}; /* only read */
  return detect(detector, "the photograph in memory", &image, detection);
}

const char *sn_detector_threshold_text(const SnDetector *detector) {
  return detector ? detector->threshold_text : NULL;
}

void sn_detector_close(SnDetector *detector) {
  if (!detector) return;
  free(detector->threshold_text);
  sn_scope_free(detector->scope);
  free(detector);
}
