#include "models/padim/padim.h"

#include <stdlib.h>

#include "autograd/ops.h"
#include "datasets/transform.h"
#include "models/padim/fit.h"
#include "tensor/random.h"

/* ---- settings ---- */

/* clang-format off */
#define INTEGER(member) SN_GROUP_METHOD, SN_SETTING_INTEGER, SN_OWN_OFFSET(SnPadimSettings, member)
#define REAL(member) SN_GROUP_METHOD, SN_SETTING_REAL, SN_OWN_OFFSET(SnPadimSettings, member)
static const SnSetting own_settings[] = {
    {"channels", INTEGER(channels), 0, 1 << 14, .help = "how many of the features' are taken, by chance; 0: 100, or 550 of a thousand and more", .changes_cost = true},
    {"regularization", REAL(regularization), 0, 1e3, .help = "added to the variance of every channel"},
};
/* clang-format on */

static const char *const presets[] = {"paper", NULL};

/* Sections IV-B and V of the paper, with the smaller of its two backbones. */
/* What `simplenet train --tune` tries. */
static const char *const levels[] = {"levels=2,3", "levels=2", NULL};
static const char *const size[] = {"resize=x1.5 crop=x1.5", NULL};
static const SnTuneAxis tune[] = {{"levels", "levels=1,2,3", levels}, {"input size", NULL, size}, {NULL, NULL, NULL}};

static void preset(int number, SnSettings *settings) {
  (void)number;
  settings->view = (SnViewSettings){.white_level = SN_WHITE_LEVEL_FULL,
                                    .resize = {256, 0},
                                    .crop = {224, 224},
                                    .fit = SN_FIT_CROP,
                                    .mask_threshold = 0.5};
  settings->features = (SnFeatureSettings){.backbone = "resnet18",
                                           .levels = {3, {1, 2, 3}},
                                           .pooling = SN_POOLING_MEAN,
                                           .upsampling = SN_UPSAMPLING_NEAREST,
                                           .dimension = 1,
                                           .patch = 1};
  settings->map = (SnMapSettings){.smoothing = 4, .image_score = SN_IMAGE_SCORE_MAP};
  sn_set_own_settings(settings, sizeof(SnPadimSettings), &(SnPadimSettings){.regularization = 0.01});
}

int64_t sn_padim_channels(int64_t available) {
  int64_t wanted = available < 1000 ? 100 : 550;
  return wanted < available ? wanted : available;
}

/* ---- model ---- */

static int compare(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* `count` of `available` channels, each choice as likely as any other; in order, as memory is read. */
static SnTensor *choose_channels(uint64_t seed, int64_t count, int64_t available) {
  int64_t *order = sn_scope_allocate(available, sizeof *order, NULL);
  if (!order) return NULL;
  sn_permutation(seed, SN_STREAM_CHANNELS, 0, available, order);
  qsort(order, (size_t)count, sizeof *order, compare);
  return sn_from_host(SN_INT64, SN_SHAPE(count), order);
}

/* A file cannot ask for more memory than it fills. */
static bool check_file(const SnStateDict *file, const char *path, const char *name, int ndim, const int64_t *shape) {
  const SnTensor *found = sn_state_dict_find(file, name);
  return sn_has_shape(found, ndim, shape) || sn_fail("%s: %s: expected the shape %s, found %s", path, name,
                                                     sn_shape_text(ndim, shape), sn_tensor_text(found));
}

static bool create(SnModel *model, SnGenerator *generator, const SnStateDict *file, const char *path) {
  const SnFeatureShape *features = &model->features;
  SnPadimSettings settings;
  sn_own_settings(&model->settings, sizeof settings, &settings);
  int64_t channels = settings.channels > 0 ? settings.channels : sn_padim_channels(features->channels);
  int64_t positions = features->height * features->width;
  if (channels > features->channels)
    return sn_fail("--channels: expected at most the %lld channels of the features, found %lld",
                   (long long)features->channels, (long long)channels);
  SnPadim *own = sn_scope_allocate(1, sizeof *own, NULL);
  if (!own || (file && (!check_file(file, path, "mean", SN_SHAPE(positions, channels)) ||
                        !check_file(file, path, "whitening", SN_SHAPE(positions, channels, channels)))))
    return false;
  SnDtype dtype = sn_generator_dtype(generator);
  own->channels = choose_channels((uint64_t)model->settings.training.seed, channels, features->channels);
  own->mean = sn_zeros(dtype, SN_SHAPE(positions, channels));
  own->whitening = sn_zeros(dtype, SN_SHAPE(positions, channels, channels));
  model->own = own;
  sn_module_add_buffer(&model->head, "channels", own->channels);
  sn_module_add_buffer(&model->head, "mean", own->mean);
  sn_module_add_buffer(&model->head, "whitening", own->whitening);
  return sn_ok();
}

static bool has_chance(const SnModel *model) {
  const SnPadim *own = model->own;
  return own->channels->array.shape[0] < model->features.channels;
}

/* The chosen channels of all images as [positions, images, channels]: a product for each position. */
static bool forward(const SnModel *model, SnTensor *features, SnScores *scores) {
  const SnPadim *own = model->own;
  if (!features) return false;
  const int64_t *shape = features->array.shape;
  SnTensor *rows = sn_reshape(features, SN_SHAPE(shape[0], shape[1] * shape[2], shape[3]));
  SnTensor *difference = sn_sub(sn_index_select(rows, 2, own->channels), own->mean);
  SnTensor *turned = sn_permute(own->whitening, SN_DIMS(0, 2, 1));
  SnTensor *white = sn_matmul(sn_permute(difference, SN_DIMS(1, 0, 2)), turned);
  SnTensor *distance = sn_sqrt(sn_sum(sn_mul(white, white), SN_DIMS(2), false));
  scores->patches = sn_reshape(sn_permute(distance, SN_DIMS(1, 0)), SN_SHAPE(shape[0], shape[1], shape[2]));
  return scores->patches != NULL;
}

static const char *const idea[] = {
    "PaDiM expects good products to look alike at each place.",
    "For each position it keeps the mean and the covariance of the backbone's features over the good images.",
    "In a test it measures how far each position is from its mean, in units of how much it varies; the smoothed "
    "distances are the heat map, and the largest is the image's score.",
    NULL};

const SnMethod sn_padim = {
    .name = "padim",
    .title = "PaDiM",
    .paper =
        "Defard, Setkov, Loesch and Audigier, \"PaDiM: a Patch Distribution Modeling Framework for Anomaly "
        "Detection and Localization\", ICPR Workshops 2021",
    .idea = idea,
    .groups = SN_GROUP_VIEW | SN_GROUP_FEATURES | SN_GROUP_MAP | SN_GROUP_MASKS | SN_GROUP_SEED,
    .settings = own_settings,
    .setting_count = (int)(sizeof own_settings / sizeof *own_settings),
    .presets = presets,
    .preset = preset,
    .tune = tune,
    .create = create,
    .forward = forward,
    .has_chance = has_chance,
    .fit_new = sn_padim_fit_new,
    .fit_next = sn_padim_fit_next,
};
