#include "models/patchcore/fit.h"

#include <stdlib.h>

#include "autograd/ops.h"
#include "models/patchcore/coreset.h"
#include "models/patchcore/patchcore.h"
#include "models/patchcore/settings.h"

enum { IMAGES_AT_ONCE = 8, PATCHES_AT_ONCE = 64 };

/* Steps of the stream of chance. */
enum { STEP_PROJECTION, STEP_FIRST_PATCH };

typedef struct Fit {
  SnModel *model;
  const SnFeatures *features;
  int64_t images, patches;   /* all; of one image */
  int64_t projected, copied; /* images so far */
  int64_t wanted, chosen;    /* patches of the bank; copied so far */
  int64_t choices;           /* steps in which patches were chosen */
  SnTensor *projection;      /* [D,C]; NULL: the features are used as they are */
  SnTensor *points;          /* [images * patches, D] */
  SnCoreset *coreset;
} Fit;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static bool prepare(Fit *fit) {
  SnModel *model = fit->model;
  SnPatchCoreSettings settings = sn_patchcore_settings(&model->settings);
  int64_t channels = model->features.channels, dimensions = smaller(settings.projection, channels);
  int64_t rows = fit->images * fit->patches;
  uint64_t seed = (uint64_t)model->settings.training.seed;
  SnRandom source = sn_random(seed, SN_STREAM_CORESET, STEP_PROJECTION);
  if (dimensions < channels) fit->projection = sn_normal(SN_FLOAT32, SN_SHAPE(dimensions, channels), 0, 1, source);
  fit->points = sn_empty(SN_FLOAT32, SN_SHAPE(rows, dimensions));
  fit->wanted = (int64_t)(settings.coreset * (double)rows);
  if (fit->wanted < 1) fit->wanted = 1;
  int64_t first = sn_random_below(sn_random(seed, SN_STREAM_CORESET, STEP_FIRST_PATCH), rows);
  if (fit->points) fit->coreset = sn_coreset_new(fit->points, fit->wanted, first);
  return sn_ok();
}

void *sn_patchcore_fit_new(SnModel *model, const SnFeatures *features) {
  Fit *fit = sn_scope_allocate(1, sizeof *fit, NULL);
  if (!fit) return NULL;
  fit->model = model;
  fit->features = features;
  fit->images = features->levels[0]->array.shape[0];
  fit->patches = model->features.height * model->features.width;
  return prepare(fit) ? fit : NULL;
}

/* Patch features of images first ... first + count - 1, [count * patches, C]. */
static SnTensor *patch_features(const Fit *fit, int64_t first, int64_t count) {
  SnTensor *features = sn_features_assembled(fit->model, fit->features, first, count);
  return features ? sn_reshape(features, SN_SHAPE(count * fit->patches, fit->model->features.channels)) : NULL;
}

/* Rows first ... first + count - 1 of a matrix, sharing its memory. */
static SnTensor *rows_of(const SnTensor *matrix, int64_t first, int64_t count) {
  int64_t columns = matrix->array.shape[1];
  return sn_view(matrix, 2, (int64_t[]){count, columns}, (int64_t[]){columns, 1}, first * columns);
}

static bool project_images(Fit *fit) {
  int64_t count = smaller(IMAGES_AT_ONCE, fit->images - fit->projected);
  SnScope *scope = sn_scope_open();
  SnTensor *points = patch_features(fit, fit->projected, count);
  if (points && fit->projection) points = sn_linear(points, fit->projection, NULL);
  SnTensor *target = rows_of(fit->points, fit->projected * fit->patches, count * fit->patches);
  if (points && target) sn_copy_into(target, points);
  sn_scope_close(scope);
  fit->projected += count;
  return sn_ok();
}

static int rising(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* All is chosen: the bank gets its size, and the order of the images. The points are needed no more. */
static bool finish_coreset(Fit *fit) {
  SnPatchCore *own = fit->model->own;
  qsort(fit->coreset->indices, (size_t)fit->coreset->count, sizeof *fit->coreset->indices, rising);
  fit->wanted = fit->coreset->count;
  SnScope *scope = sn_scope_open();
  SnTensor *bank = sn_empty(SN_FLOAT32, SN_SHAPE(fit->wanted, fit->model->features.channels));
  bool done = bank && sn_become(own->bank, bank) && sn_empty_out(fit->points);
  sn_scope_close(scope);
  return done;
}

static bool is_chosen(const Fit *fit) { return fit->coreset->count == fit->coreset->wanted; }

static bool choose_patches(Fit *fit) {
  sn_coreset_next(fit->coreset, PATCHES_AT_ONCE);
  fit->choices++;
  return sn_ok() && (!is_chosen(fit) || finish_coreset(fit));
}

/* Those of the coreset that lie in the next images. */
static bool copy_images(Fit *fit) {
  int64_t count = smaller(IMAGES_AT_ONCE, fit->images - fit->copied), first = fit->copied * fit->patches, chosen = 0;
  const int64_t *indices = fit->coreset->indices + fit->chosen;
  while (fit->chosen + chosen < fit->wanted && indices[chosen] < first + count * fit->patches) chosen++;
  SnScope *scope = sn_scope_open();
  int64_t *own = sn_scope_allocate(chosen, sizeof *own, NULL);
  for (int64_t i = 0; own && i < chosen; i++) own[i] = indices[i] - first;
  if (own && chosen > 0) {
    SnTensor *index = sn_from_host(SN_INT64, SN_SHAPE(chosen), own);
    SnTensor *bank = ((SnPatchCore *)fit->model->own)->bank, *features = patch_features(fit, fit->copied, count);
    SnTensor *kept = sn_index_select(features, 0, index);
    if (kept) sn_copy_into(rows_of(bank, fit->chosen, chosen), kept);
  }
  sn_scope_close(scope);
  fit->copied += count;
  fit->chosen += chosen;
  return sn_ok();
}

static int64_t steps_of(int64_t count, int64_t at_once) { return (count + at_once - 1) / at_once; }

/* The coreset may end early. */
static int64_t total_steps(const Fit *fit) {
  int64_t chosen = steps_of(fit->wanted, PATCHES_AT_ONCE);
  return 2 * steps_of(fit->images, IMAGES_AT_ONCE) + (is_chosen(fit) ? fit->choices : chosen);
}

bool sn_patchcore_fit_next(void *memory, SnFitStep *step) {
  Fit *fit = memory;
  bool done;
  if (!sn_ok() || fit->copied == fit->images) return false;
  if (fit->projected < fit->images)
    done = project_images(fit);
  else if (!is_chosen(fit))
    done = choose_patches(fit);
  else
    done = copy_images(fit);
  step->total = total_steps(fit);
  step->done = steps_of(fit->projected, IMAGES_AT_ONCE) + fit->choices + steps_of(fit->copied, IMAGES_AT_ONCE);
  step->ends_epoch = fit->copied == fit->images;
  return done;
}
