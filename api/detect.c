/* Photographs in, detections out. */
#include <math.h>
#include <stdlib.h>

#include "anomaly/map.h"
#include "anomaly/view.h"
#include "api/detector.h"
#include "api/failure.h"
#include "api/pixels.h"
#include "base/error.h"
#include "datasets/image.h"

/* What a failure leaves behind, so that nobody takes the last photograph's verdict for this one's. */
static const SnDetection no_detection = {.score = NAN, .threshold = NAN, .normalised = NAN};

/* NONE where the threshold is NaN. */
static SnVerdict verdict_of(double score, double threshold) {
  return score >= threshold ? SN_VERDICT_DEFECTIVE : score < threshold ? SN_VERDICT_GOOD : SN_VERDICT_NONE;
}

static const char *name_of(const SnPhotograph *photograph) {
  return photograph->path ? photograph->path : photograph->encoded ? "the file in memory" : "the photograph in memory";
}

/* ---- reading ---- */

static bool read_image(const SnDetector *detector, const SnPhotograph *photograph, SnImage *image) {
  int forms = (photograph->path != NULL) + (photograph->encoded != NULL) + (photograph->pixels != NULL);
  if (forms != 1)
    return sn_fail("a photograph is a path, the bytes of a file or pixels, one of the three: found %d", forms) ||
           sn_api_ok(SN_ERROR_ARGUMENT);
  if (photograph->pixels) return sn_image_from_pixels(photograph->pixels, image) || sn_api_ok(SN_ERROR_ARGUMENT);
  SnImageOptions options = sn_view_image_options(&detector->model->settings.view);
  const char *name = name_of(photograph);
  return (photograph->path
              ? sn_image_read(name, SN_IMAGE_RGB, &options, image)
              : sn_image_decode(photograph->encoded, photograph->encoded_size, name, SN_IMAGE_RGB, &options, image)) ||
         sn_api_ok(SN_ERROR_PHOTOGRAPH);
}

/* The photograph as the network sees it, and the part of it that this is. */
static bool look(const SnDetector *detector, const SnPhotograph *photograph, float *input, SnDetection *detection) {
  const SnSettings *settings = &detector->model->settings;
  SnImage image;
  if (!read_image(detector, photograph, &image)) return false;
  SnTransform transform = sn_view_transform(&settings->view);
  SnNormalization normalization = sn_settings_normalization(settings);
  if (sn_transform_image(&transform, &normalization, &image, input)) {
    SnRectangle covered = sn_transform_covered(&transform, image.width, image.height);
    detection->left = covered.left;
    detection->top = covered.top;
    detection->width = covered.width;
    detection->height = covered.height;
  }
  sn_image_free(&image);
  return sn_api_ok(SN_ERROR_PHOTOGRAPH);
}

/* ---- scoring ---- */

static bool run(SnDetector *detector, const float *input, int64_t count, float *maps, float *scores) {
  pthread_mutex_lock(&detector->mutex);
  SnCompute before = sn_compute_enter(&detector->compute);
  sn_scorer_run_images(detector->scorer, input, count, maps, scores);
  sn_compute_leave(&detector->compute, &before);
  pthread_mutex_unlock(&detector->mutex);
  return sn_api_ok(SN_ERROR_DEVICE);
}

static bool judge(const SnDetector *detector, const char *name, float score, const float *map, SnDetection *detection) {
  const SnCalibration *calibration = &detector->model->calibration;
  SnSize crop = detector->model->settings.view.crop;
  if (!sn_check_scores(name, score, map, sn_size_pixels(crop))) return sn_api_ok(SN_ERROR_MODEL);
  detection->score = (double)score;
  detection->threshold = sn_decision_threshold(calibration);
  detection->verdict = verdict_of(detection->score, detection->threshold);
  detection->normalised = sn_calibrated_score(calibration, detection->score);
  detection->map = map;
  detection->map_height = crop.height;
  detection->map_width = crop.width;
  return true;
}

/* The first error of a batch, and which kind it is, are kept while the other photographs are looked at. */
typedef struct FirstError {
  SnError error;
  SnErrorCode code;
} FirstError;

static void set_aside(FirstError *first, SnDetection *detection) {
  SnErrorCode code = sn_error_code();
  SnError error = sn_error_take();
  *detection = no_detection;
  if (!first->error.raised) *first = (FirstError){error, code};
}

/* At most a batch. */
static void detect_together(SnDetector *detector, SnWorkspace *workspace, const SnPhotograph *photographs, int count,
                            float *maps, SnDetection *detections, FirstError *first) {
  int64_t pixels = sn_size_pixels(detector->model->settings.view.crop);
  int seen[SN_API_MAX_BATCH], looked = 0;
  float scores[SN_API_MAX_BATCH];
  for (int i = 0; i < count; i++) {
    detections[i] = no_detection;
    if (look(detector, &photographs[i], workspace->input + looked * 3 * pixels, &detections[i]))
      seen[looked++] = i;
    else
      set_aside(first, &detections[i]);
  }
  if (looked == 0) return;
  bool ran = run(detector, workspace->input, looked, maps, scores);
  if (!ran) set_aside(first, &detections[seen[0]]);
  for (int j = 0; j < looked; j++) {
    int i = seen[j];
    if (!ran)
      detections[i] = no_detection;
    else if (!judge(detector, name_of(&photographs[i]), scores[j], maps + j * pixels, &detections[i]))
      set_aside(first, &detections[i]);
  }
}

static bool detect(SnDetector *detector, const SnPhotograph *photographs, int64_t count, SnDetection *detections) {
  FirstError first = {.code = SN_ERROR_NONE};
  int64_t pixels = sn_size_pixels(detector->model->settings.view.crop);
  for (int64_t i = 0; i < count; i++) detections[i] = no_detection;
  SnWorkspace *workspace = sn_detector_workspace(detector, count);
  if (!workspace) return false;
  for (int64_t done = 0; done < count; done += detector->batch) {
    int64_t left = count - done;
    detect_together(detector, workspace, photographs + done, left < detector->batch ? (int)left : detector->batch,
                    workspace->maps + done * pixels, detections + done, &first);
  }
  sn_error_raise(&first.error);
  return sn_api_ok(first.code);
}

/* ---- simplenet.h ---- */

/* The reason why there is no detector stays: so opening need not be checked first. */
static bool begin(const SnDetector *detector, const void *detections) {
  if (!detector) return sn_fail("there is no detector to look at a photograph with") || sn_api_ok(SN_ERROR_ARGUMENT);
  sn_api_begin();
  return detections || sn_fail("there is no SnDetection to fill in") || sn_api_ok(SN_ERROR_ARGUMENT);
}

bool sn_detector_detect_batch(SnDetector *detector, const SnPhotograph *photographs, int64_t count,
                              SnDetection *detections) {
  if (!begin(detector, detections)) return false;
  if (count < 0 || (count > 0 && !photographs))
    return sn_fail("there are no photographs to look at") || sn_api_ok(SN_ERROR_ARGUMENT);
  return count == 0 || detect(detector, photographs, count, detections);
}

static bool detect_one(SnDetector *detector, const SnPhotograph *photograph, SnDetection *detection) {
  return begin(detector, detection) && detect(detector, photograph, 1, detection);
}

bool sn_detector_detect_file(SnDetector *detector, const char *path, SnDetection *detection) {
  return detect_one(detector, &(SnPhotograph){.path = path}, detection);
}

bool sn_detector_detect_encoded(SnDetector *detector, const void *bytes, size_t size, SnDetection *detection) {
  return detect_one(detector, &(SnPhotograph){.encoded = bytes, .encoded_size = size}, detection);
}

bool sn_detector_detect_pixels(SnDetector *detector, const SnPixels *pixels, SnDetection *detection) {
  return detect_one(detector, &(SnPhotograph){.pixels = pixels}, detection);
}

bool sn_detector_detect(SnDetector *detector, const uint8_t *rgb, int64_t width, int64_t height,
                        SnDetection *detection) {
  SnPixels pixels = {.format = SN_PIXELS_RGB, .width = width, .height = height, .data = rgb};
  return sn_detector_detect_pixels(detector, &pixels, detection);
}
