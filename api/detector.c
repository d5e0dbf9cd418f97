/* Opening detectors, and what is known of one. */
#include "api/detector.h"

#include <math.h>
#include <stdlib.h>

#include "api/failure.h"
#include "base/error.h"
#include "base/memory.h"
#include "tensor/safetensors.h"

typedef struct Source {
  const char *path;  /* of a file */
  const void *bytes; /* or these; path names them */
  size_t size;
} Source;

/* ---- opening ---- */

static SnModel *load(const Source *source, const char *weights) {
  if (!source->bytes) return sn_model_load(source->path, weights);
  SnFileReader reader = sn_file_reader_on_memory(source->path, source->bytes, source->size);
  SnScope *scope = sn_scope_new(); /* not the innermost: the model outlives the dictionary */
  sn_scope_enter(scope);
  SnStateDict *file = sn_safetensors_read_from(&reader);
  sn_scope_leave(scope);
  SnModel *model = file ? sn_model_load_from(file, source->path, weights) : NULL;
  sn_scope_free(scope);
  return sn_ok() ? model : NULL;
}

static bool fill(SnDetector *detector, const Source *source, const SnOptions *options) {
  detector->scope = sn_scope_new();
  if (sn_scope_enter(detector->scope)) {
    detector->model = load(source, options->weights);
    if (detector->model && !options->precision && detector->model->ranges.count > 0)
      sn_compute_set_int8(&detector->compute);
    if (options->tuned) sn_choices_use(detector->compute.choices = sn_choices_read(options->tuned));
    if (detector->model && sn_ok()) {
      detector->scorer = sn_scorer_consume(detector->model, detector->batch);
      detector->threshold_text = sn_threshold_text(&detector->model->calibration);
    }
    sn_scope_leave(detector->scope);
  }
  return sn_api_ok(SN_ERROR_MODEL);
}

static bool read_options(const SnOptions *given, SnOptions *options) {
  *options = (SnOptions){.size = sizeof *options};
  if (given && !sn_api_read(given, sizeof *options, options, "SnOptions")) return false;
  if (options->batch < 0 || options->batch > SN_API_MAX_BATCH)
    return sn_fail("batch: expected 0 to %d, found %d", SN_API_MAX_BATCH, options->batch) ||
           sn_api_ok(SN_ERROR_ARGUMENT);
  if (options->batch == 0) options->batch = 1;
  return true;
}

static SnDetector *open_source(const Source *source, const SnOptions *given) {
  SnOptions options;
  if (!read_options(given, &options)) return NULL;
  SnDetector *detector = sn_allocate(1, sizeof *detector, "a detector");
  if (!detector) return NULL;
  *detector = (SnDetector){.batch = options.batch};
  pthread_mutex_init(&detector->mutex, NULL);
  pthread_mutex_init(&detector->workspaces_mutex, NULL);
  if (sn_compute_open(&detector->compute, options.device, options.precision, options.threads)) {
    SnCompute before = sn_compute_enter(&detector->compute);
    fill(detector, source, &options);
    sn_compute_leave(&detector->compute, &before);
  }
  if (sn_ok()) return detector;
  sn_detector_close(detector);
  return NULL;
}

SnDetector *sn_detector_open(const char *model, const SnOptions *options) {
  sn_api_begin();
  if (model) return open_source(&(Source){.path = model}, options);
  sn_fail("there is no name of a model's file");
  sn_api_ok(SN_ERROR_ARGUMENT);
  return NULL;
}

SnDetector *sn_detector_open_memory(const void *bytes, size_t size, const char *name, const SnOptions *options) {
  sn_api_begin();
  if (!name) name = "the detector in memory";
  if (bytes) return open_source(&(Source){.path = name, .bytes = bytes, .size = size}, options);
  sn_fail("%s: there are no bytes", name);
  sn_api_ok(SN_ERROR_ARGUMENT);
  return NULL;
}

void sn_detector_close(SnDetector *detector) {
  if (!detector) return;
  sn_workspaces_free(detector->workspaces);
  free(detector->threshold_text);
  sn_scope_free(detector->scope);
  sn_compute_close(&detector->compute);
  pthread_mutex_destroy(&detector->mutex);
  pthread_mutex_destroy(&detector->workspaces_mutex);
  free(detector);
}

/* ---- what is known ---- */

const char *sn_detector_threshold_text(const SnDetector *detector) {
  return detector ? detector->threshold_text : NULL;
}

static SnInformation information_of(const SnDetector *detector) {
  const SnModel *model = detector->model;
  const SnSettings *settings = &model->settings;
  const SnProvenance *provenance = &model->provenance;
  const SnFalseAlarms *alarms = &model->calibration.false_alarms;
  bool has_backbone = sn_model_has_backbone(model);
  const SnBackend *device = detector->compute.device;
  SnPool *pool = detector->compute.pool, *before = device->pool_enter ? device->pool_enter(pool) : NULL;
  int threads = device->threads();
  if (device->pool_enter) device->pool_enter(before);
  return (SnInformation){.method = settings->method->name,
                         .backbone = has_backbone ? settings->features.backbone : NULL,
                         .category = provenance->category,
                         .program = provenance->program,
                         .exported = provenance->exported,
                         .backbone_sha256 = has_backbone ? model->backbone_sha256 : NULL,
                         .model_sha256 = provenance->model_sha256,
                         .train_photographs = provenance->train_images,
                         .map_height = settings->view.crop.height,
                         .map_width = settings->view.crop.width,
                         .threshold = sn_decision_threshold(&model->calibration),
                         .threshold_text = detector->threshold_text,
                         .false_alarms = alarms->photographs > 0 ? alarms->rate : NAN,
                         .calibration_photographs = alarms->photographs,
                         .device = device->name,
                         .precision = sn_compute_precision_name(&detector->compute),
                         .threads = threads,
                         .batch = detector->batch};
}

bool sn_detector_information(const SnDetector *detector, SnInformation *information) {
  if (!detector) return sn_fail("there is no detector to know something of") || sn_api_ok(SN_ERROR_ARGUMENT);
  sn_api_begin();
  if (!information) return sn_fail("there is no SnInformation to fill in") || sn_api_ok(SN_ERROR_ARGUMENT);
  SnInformation known = information_of(detector);
  return sn_api_write(information, sizeof known, &known, "SnInformation");
}
