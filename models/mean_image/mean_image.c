#include "models/mean_image/mean_image.h"

#include "autograd/ops.h"
#include "datasets/transform.h"

static const double variance_floor = 0.01;

/* What model->own is: [H,W,3], under these names in the model file. */
typedef struct MeanImage {
  SnTensor *mean, *variance;
} MeanImage;

static const char *const presets[] = {"plain", NULL};

static void preset(int number, SnSettings *settings) {
  (void)number;
  settings->view = (SnViewSettings){.white_level = SN_WHITE_LEVEL_FULL,
                                    .resize = {256, 0},
                                    .crop = {224, 224},
                                    .fit = SN_FIT_CROP,
                                    .mask_threshold = 0.5};
  settings->map = (SnMapSettings){.smoothing = 4, .image_score = SN_IMAGE_SCORE_MAP};
}

/* A file cannot ask for more memory than it fills. */
static bool check_file(const SnStateDict *file, const char *path, const char *name, const int64_t *shape) {
  const SnTensor *found = sn_state_dict_find(file, name);
  return sn_has_shape(found, 3, shape) ||
         sn_fail("%s: %s: expected the shape %s, found %s", path, name, sn_shape_text(3, shape), sn_tensor_text(found));
}

static bool create(SnModel *model, SnGenerator *generator, const SnStateDict *file, const char *path) {
  const SnFeatureShape *features = &model->features;
  int64_t shape[] = {features->height, features->width, features->channels};
  MeanImage *own = sn_scope_allocate(1, sizeof *own, NULL);
  if (!own || (file && (!check_file(file, path, "mean", shape) || !check_file(file, path, "variance", shape))))
    return false;
  own->mean = sn_zeros(sn_generator_dtype(generator), 3, shape);
  own->variance = sn_zeros(sn_generator_dtype(generator), 3, shape);
  model->own = own;
  sn_module_add_buffer(&model->head, "mean", own->mean);
  sn_module_add_buffer(&model->head, "variance", own->variance);
  return sn_ok();
}

static bool forward(const SnModel *model, SnTensor *features, SnScores *scores) {
  const MeanImage *own = model->own;
  SnTensor *difference = sn_sub(features, own->mean);
  SnTensor *distance = sn_div(sn_mul(difference, difference), sn_add_scalar(own->variance, variance_floor));
  scores->patches = sn_mean(distance, SN_DIMS(3), false);
  return scores->patches != NULL;
}

/* ---- fit: an image a step, by Welford's update ---- */

typedef struct Fit {
  SnModel *model;
  const SnFeatures *features;
  int64_t images, numbers; /* all; of one */
  int64_t done;
  double *mean, *squares; /* the mean so far, and the sum of squared deviations from it */
  float *image;
} Fit;

static void *fit_new(SnModel *model, const SnFeatures *features) {
  Fit *fit = sn_scope_allocate(1, sizeof *fit, NULL);
  if (!fit) return NULL;
  fit->model = model;
  fit->features = features;
  fit->images = features->levels[0]->array.shape[0];
  fit->numbers = model->features.height * model->features.width * model->features.channels;
  fit->mean = sn_scope_allocate(fit->numbers, sizeof *fit->mean, NULL);
  fit->squares = sn_scope_allocate(fit->numbers, sizeof *fit->squares, NULL);
  fit->image = sn_scope_allocate(fit->numbers, sizeof *fit->image, NULL);
  if (fit->images < 2)
    return sn_fail_null("the mean image: expected at least 2 training images, found %lld", (long long)fit->images);
  return sn_ok() ? fit : NULL;
}

static bool add_image(Fit *fit) {
  SnScope *scope = sn_scope_open();
  SnTensor *image = NULL;
  if (sn_features_levels(fit->features, fit->done, 1, &image)) sn_to_host(image, SN_FLOAT32, fit->image);
  sn_scope_close(scope);
  fit->done++;
  for (int64_t i = 0; i < fit->numbers && sn_ok(); i++) {
    double before = (double)fit->image[i] - fit->mean[i];
    fit->mean[i] += before / (double)fit->done;
    fit->squares[i] += before * ((double)fit->image[i] - fit->mean[i]);
  }
  return sn_ok();
}

static bool store(const double *values, SnTensor *target) {
  SnTensor *host = sn_from_host(SN_FLOAT64, target->array.ndim, target->array.shape, values);
  return sn_copy_into(target, sn_to_dtype(host, target->array.dtype));
}

static bool finish(Fit *fit) {
  const MeanImage *own = fit->model->own;
  for (int64_t i = 0; i < fit->numbers; i++) fit->squares[i] /= (double)(fit->images - 1);
  SnScope *scope = sn_scope_open();
  store(fit->mean, own->mean);
  store(fit->squares, own->variance);
  sn_scope_close(scope);
  return sn_ok();
}

static bool fit_next(void *memory, SnFitStep *step) {
  Fit *fit = memory;
  if (fit->done == fit->images || !add_image(fit)) return false;
  *step = (SnFitStep){.done = fit->done, .total = fit->images, .ends_epoch = fit->done == fit->images};
  return fit->done < fit->images || finish(fit);
}

static const char *const idea[] = {"The mean image is the plainest detector there is:",
                                   "It keeps the mean and the variance of every pixel over the good images.",
                                   "In a test it measures how far each pixel is from its mean; the smoothed distances "
                                   "are the heat map, and the largest "
                                   "is the image's score.",
                                   NULL};

const SnMethod sn_mean_image = {
    .name = "mean_image",
    .title = "Mean image",
    .paper = "no paper: the distance of each pixel from the mean training image",
    .idea = idea,
    .groups = SN_GROUP_VIEW | SN_GROUP_MAP | SN_GROUP_MASKS,
    .presets = presets,
    .preset = preset,
    .create = create,
    .forward = forward,
    .fit_new = fit_new,
    .fit_next = fit_next,
};
