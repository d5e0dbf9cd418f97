#include "models/padim/fit.h"

#include <math.h>

#include "autograd/ops.h"
#include "models/padim/padim.h"

/* A block's positions are gathered from the cached levels, some images a step, and then described, some positions a
 * step. */
enum { BLOCK_BYTES = 1 << 29, IMAGES_A_STEP = 8, POSITIONS_A_STEP = 64 };

typedef struct Fit {
  const SnModel *model;
  const SnFeatures *features;
  double regularization;
  int64_t images, positions, channels, block; /* block: positions of one */
  int64_t first, gathered, described;         /* of the block: its first position, images and positions done */
  int64_t done, total;                        /* steps */
  SnTensor *x;                                /* [images, block, channels] */
} Fit;

static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }
static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t count_steps(const Fit *fit) {
  int64_t steps = 0;
  for (int64_t first = 0; first < fit->positions; first += fit->block)
    steps += divide_up(fit->images, IMAGES_A_STEP) +
             divide_up(smaller(fit->block, fit->positions - first), POSITIONS_A_STEP);
  return steps;
}

void *sn_padim_fit_begin(SnModel *model, const SnFeatures *features, int64_t block_bytes) {
  const SnPadim *padim = model->own;
  SnPadimSettings settings;
  sn_own_settings(&model->settings, sizeof settings, &settings);
  Fit *fit = sn_scope_allocate(1, sizeof *fit, NULL);
  if (!fit) return NULL;
  *fit = (Fit){.model = model, .features = features, .regularization = settings.regularization};
  fit->images = features->levels[0]->array.shape[0];
  fit->positions = padim->mean->array.shape[0];
  fit->channels = padim->mean->array.shape[1];
  if (fit->images < 2)
    return sn_fail_null("PaDiM: expected at least 2 training images, found %lld", (long long)fit->images);
  int64_t bytes = fit->images * fit->channels * (int64_t)sn_dtype_size(padim->mean->array.dtype);
  fit->block = smaller(fit->positions, block_bytes / bytes);
  if (fit->block < 1) fit->block = 1;
  fit->total = count_steps(fit);
  fit->x = sn_empty(padim->mean->array.dtype, SN_SHAPE(fit->images, fit->block, fit->channels));
  return fit->x ? fit : NULL;
}

void *sn_padim_fit_new(SnModel *model, const SnFeatures *features) {
  return sn_padim_fit_begin(model, features, BLOCK_BYTES);
}

/* The chosen channels of some images, at the block's positions. */
static bool gather(Fit *fit) {
  const SnPadim *padim = fit->model->own;
  int64_t count = smaller(IMAGES_A_STEP, fit->images - fit->gathered);
  int64_t block = smaller(fit->block, fit->positions - fit->first);
  SnTensor *all = sn_features_assembled(fit->model, fit->features, fit->gathered, count);
  SnTensor *rows = sn_reshape(all, SN_SHAPE(count, fit->positions, -1));
  SnTensor *chosen = sn_index_select(sn_narrow(rows, 1, fit->first, block), 2, padim->channels);
  SnTensor *target = sn_narrow(sn_narrow(fit->x, 0, fit->gathered, count), 1, 0, block);
  fit->gathered += count;
  return chosen && sn_copy_into(target, chosen);
}

/* Names the first position without a Gaussian. */
static bool blame(const Fit *fit, const SnTensor *whitening, int64_t first) {
  int64_t width = fit->model->features.width;
  for (int64_t p = 0; p < whitening->array.shape[0] && sn_ok(); p++)
    if (!isfinite(sn_item(sn_sum(sn_narrow(sn_alias(whitening), 0, p, 1), SN_ALL_DIMS, false))))
      return sn_fail(
          "PaDiM: the covariance of %lld images in %lld channels is not positive definite at row %lld, column "
          "%lld of the grid: expected a regularization above 0 and features that are finite",
          (long long)fit->images, (long long)fit->channels, (long long)((first + p) / width),
          (long long)((first + p) % width));
  return sn_ok();
}

/* Mean and inverse factor at some of the block's positions. */
static bool describe(Fit *fit) {
  const SnPadim *padim = fit->model->own;
  int64_t block = smaller(fit->block, fit->positions - fit->first), first = fit->first + fit->described;
  int64_t count = smaller(POSITIONS_A_STEP, block - fit->described);
  SnTensor *x = sn_narrow(fit->x, 1, fit->described, count);
  SnTensor *out[] = {sn_narrow(padim->mean, 0, first, count), sn_narrow(padim->whitening, 0, first, count)};
  SnAttributes attributes = {.whitening = {fit->regularization}};
  fit->described += count;
  if (!sn_run_kernel(SN_KERNEL_whitening, 1, &x, 2, out, &attributes)) return false;
  if (!isfinite(sn_item(sn_sum(out[1], SN_ALL_DIMS, false))) && !blame(fit, out[1], first)) return false;
  if (fit->described < block) return sn_ok();
  fit->first += block;
  fit->gathered = fit->described = 0;
  return sn_ok();
}

bool sn_padim_fit_next(void *memory, SnFitStep *step) {
  Fit *fit = memory;
  if (fit->done == fit->total || !sn_ok()) return false;
  SnScope *scope = sn_scope_open();
  bool good = fit->gathered < fit->images ? gather(fit) : describe(fit);
  sn_scope_close(scope);
  fit->done++;
  *step = (SnFitStep){.done = fit->done, .total = fit->total, .ends_epoch = fit->done == fit->total};
  return good;
}
