/* Implements simplenet.h. */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "anomaly/map.h"
#include "anomaly/scorer.h"
#include "anomaly/view.h"
#include "api/pixels.h"
#include "base/error.h"
#include "base/memory.h"
#include "simplenet.h"
#include "tensor/safetensors.h"

/* A thread's last map. */
typedef struct ThreadMap {
  pthread_t thread;
  float *map; /* [height, width] of the crop */
  struct ThreadMap *next;
} ThreadMap;

struct SnDetector {
  pthread_mutex_t mutex; /* one photograph at a time */
  SnScope *scope;        /* holds the model */
  SnModel *model;
  SnScorer *scorer; /* of one photograph */
  float *input;     /* [3, height, width] of the crop */
  ThreadMap *maps;
  char *threshold_text;
};

/* ---- opening ---- */

typedef struct Source {
  const char *path, *weights; /* of files */
  const void *bytes;          /* or these; path names them */
  size_t size;
} Source;

static SnModel *load(const Source *source) {
  if (!source->bytes) return sn_model_load(source->path, source->weights);
  SnFileReader reader = sn_file_reader_on_memory(source->path, source->bytes, source->size);
  SnScope *scope = sn_scope_new(); /* not the innermost: the model outlives the dictionary */
  sn_scope_enter(scope);
  SnStateDict *file = sn_safetensors_read_from(&reader);
  sn_scope_leave(scope);
  SnModel *model = file ? sn_model_load_from(file, source->path, NULL) : NULL;
  sn_scope_free(scope);
  return sn_ok() ? model : NULL;
}

static SnDetector *open_source(const Source *source) {
  SnDetector *detector = sn_allocate(1, sizeof *detector, "a detector");
  if (!detector) return NULL;
  pthread_mutex_init(&detector->mutex, NULL);
  detector->scope = sn_scope_new();
  if (sn_scope_enter(detector->scope)) {
    detector->model = load(source);
    if (detector->model) {
      int64_t pixels = sn_size_pixels(detector->model->settings.view.crop);
      detector->scorer = sn_scorer_consume(detector->model, 1);
      detector->input = sn_scope_allocate(3 * pixels, sizeof(float), NULL);
      detector->threshold_text = sn_threshold_text(&detector->model->calibration);
    }
    sn_scope_leave(detector->scope);
  }
  if (sn_ok()) return detector;
  sn_detector_close(detector);
  return NULL;
}

SnDetector *sn_detector_open(const char *model, const char *weights) {
  sn_clear_error();
  return open_source(&(Source){.path = model, .weights = weights});
}

SnDetector *sn_detector_open_memory(const void *bytes, size_t size, const char *name) {
  sn_clear_error();
  if (!name) name = "the detector in memory";
  if (!bytes) return sn_fail_null("%s: there are no bytes", name);
  return open_source(&(Source){.path = name, .bytes = bytes, .size = size});
}

const char *sn_detector_threshold_text(const SnDetector *detector) {
  return detector ? detector->threshold_text : NULL;
}

void sn_detector_close(SnDetector *detector) {
  if (!detector) return;
  for (ThreadMap *map = detector->maps, *next; map; map = next) {
    next = map->next;
    free(map->map);
    free(map);
  }
  free(detector->threshold_text);
  sn_scope_free(detector->scope);
  pthread_mutex_destroy(&detector->mutex);
  free(detector);
}

/* ---- detecting ---- */

/* What a failure leaves behind, so that nobody takes the last photograph's verdict for this one's. */
static const SnDetection no_detection = {.score = NAN, .threshold = NAN, .normalised = NAN};

/* NONE where the threshold is NaN. */
static SnVerdict verdict_of(double score, double threshold) {
  return score >= threshold ? SN_VERDICT_DEFECTIVE : score < threshold ? SN_VERDICT_GOOD : SN_VERDICT_NONE;
}

/* The calling thread's; NULL on failure. The mutex is held. */
static float *map_of_thread(SnDetector *detector) {
  ThreadMap *map = detector->maps;
  while (map && !pthread_equal(map->thread, pthread_self())) map = map->next;
  if (map) return map->map;
  int64_t pixels = sn_size_pixels(detector->model->settings.view.crop);
  map = sn_allocate(1, sizeof *map, "a map");
  if (!map) return NULL;
  *map = (ThreadMap){pthread_self(), sn_allocate(pixels, sizeof(float), "a map"), detector->maps};
  if (!map->map) {
    free(map);
    return NULL;
  }
  detector->maps = map;
  return map->map;
}

static bool score(SnDetector *detector, const char *name, const SnImage *image, SnDetection *detection) {
  const SnModel *model = detector->model;
  SnTransform transform = sn_view_transform(&model->settings.view);
  SnNormalization normalization = sn_settings_normalization(&model->settings);
  SnSize crop = model->settings.view.crop;
  float found = NAN, *map = map_of_thread(detector);
  if (!map || !sn_transform_image(&transform, &normalization, image, detector->input) ||
      !sn_scorer_run_images(detector->scorer, detector->input, 1, map, &found) ||
      !sn_check_scores(name, found, map, sn_size_pixels(crop)))
    return false;
  SnRectangle covered = sn_transform_covered(&transform, image->width, image->height);
  double threshold = sn_decision_threshold(&model->calibration);
  *detection = (SnDetection){.score = (double)found,
                             .threshold = threshold,
                             .verdict = verdict_of((double)found, threshold),
                             .normalised = sn_calibrated_score(&model->calibration, (double)found),
                             .map_height = crop.height,
                             .map_width = crop.width,
                             .map = map,
                             .left = covered.left,
                             .top = covered.top,
                             .width = covered.width,
                             .height = covered.height};
  return true;
}

static bool detect(SnDetector *detector, const char *name, const SnImage *image, SnDetection *detection) {
  pthread_mutex_lock(&detector->mutex);
  bool detected = score(detector, name, image, detection);
  pthread_mutex_unlock(&detector->mutex);
  return detected;
}

static bool begin(const SnDetector *detector, SnDetection *detection) {
  if (!detector) return sn_fail("there is no detector to look at a photograph with");
  sn_clear_error();
  *detection = no_detection;
  return true;
}

bool sn_detector_detect_file(SnDetector *detector, const char *path, SnDetection *detection) {
  if (!detector) return sn_fail("there is no detector to look at %s with", path);
  if (!begin(detector, detection)) return false;
  SnImageOptions options = sn_view_image_options(&detector->model->settings.view);
  SnImage image;
  if (!sn_image_read(path, SN_IMAGE_RGB, &options, &image)) return false;
  detect(detector, path, &image, detection);
  sn_image_free(&image);
  return sn_ok();
}

bool sn_detector_detect_encoded(SnDetector *detector, const void *bytes, size_t size, SnDetection *detection) {
  static const char name[] = "the file in memory";
  if (!begin(detector, detection)) return false;
  if (!bytes) return sn_fail("%s: there are no bytes", name);
  SnImageOptions options = sn_view_image_options(&detector->model->settings.view);
  SnImage image;
  if (!sn_image_decode(bytes, size, name, SN_IMAGE_RGB, &options, &image)) return false;
  detect(detector, name, &image, detection);
  sn_image_free(&image);
  return sn_ok();
}

bool sn_detector_detect_pixels(SnDetector *detector, const SnPixels *pixels, SnDetection *detection) {
  SnImage image;
  if (!begin(detector, detection) || !sn_image_from_pixels(pixels, &image)) return false;
  detect(detector, "the photograph in memory", &image, detection);
  sn_image_free(&image);
  return sn_ok();
}

bool sn_detector_detect(SnDetector *detector, const uint8_t *rgb, int64_t width, int64_t height,
                        SnDetection *detection) {
  SnPixels pixels = {.format = SN_PIXELS_RGB, .width = width, .height = height, .data = rgb};
  return sn_detector_detect_pixels(detector, &pixels, detection);
}
