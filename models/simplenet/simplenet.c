#include "models/simplenet/simplenet.h"

#include <stdio.h>
#include <string.h>

#include "autograd/ops.h"
#include "models/simplenet/earlier.h"
#include "models/simplenet/fit.h"
#include "models/simplenet/paper.h"
#include "models/simplenet/released.h"
#include "models/simplenet/tune.h"

/* ---- the network ---- */

/* The matrix of that name is as large as the settings say, so that a file cannot ask for more memory than it fills. */
static bool check_matrix(const SnStateDict *file, const char *path, const char *name, int64_t rows, int64_t columns) {
  if (!sn_ok()) return false;
  const SnTensor *weight = sn_state_dict_find(file, name);
  if (!weight) return sn_fail("%s: missing %s", path, name);
  int64_t expected[] = {rows, columns};
  return sn_has_shape(weight, 2, expected) || sn_fail("%s: %s: expected the shape %s, found %s", path, name,
                                                      sn_shape_text(2, expected), sn_tensor_text(weight));
}

/* prefix: of the head's names, "" or "head2.". */
static bool check_file(const SnStateDict *file, const char *path, const char *prefix,
                       const SnSimpleNetSettings *settings, int64_t channels) {
  char name[64];
  for (int64_t i = 0; i < settings->adaptor_depth; i++) {
    snprintf(name, sizeof name, "%spre_projection.layers.%dfc.weight", prefix, (int)i);
    check_matrix(file, path, name, channels, channels);
  }
  for (int64_t i = 1; i < settings->discriminator_depth; i++) {
    snprintf(name, sizeof name, "%sdiscriminator.body.block%d.0.weight", prefix, (int)i);
    check_matrix(file, path, name, settings->hidden, i == 1 ? channels : settings->hidden);
  }
  snprintf(name, sizeof name, "%sdiscriminator.tail.weight", prefix);
  return check_matrix(file, path, name, 1, settings->discriminator_depth > 1 ? settings->hidden : channels);
}

static void add_parts(SnSimpleNet *network, SnModule *parent, int64_t channels, SnGenerator *generator) {
  network->adaptor = sn_adaptor_new(&network->settings, channels, generator);
  network->discriminator = sn_discriminator_new(&network->settings, channels, generator);
  if (!sn_ok()) return;
  sn_module_add(parent, "pre_projection", &network->adaptor->module);
  sn_module_add(parent, "discriminator", &network->discriminator->module);
}

/* Heads from 0. Their seeds are far from those of trainings that begin with the next one. */
static SnSimpleNet *new_network(const SnSettings *settings, int head) {
  SnSimpleNet *network = sn_scope_allocate(1, sizeof *network, NULL);
  if (!network) return NULL;
  network->settings = sn_simplenet_settings(settings);
  network->seed = (uint64_t)settings->training.seed + (uint64_t)head * UINT64_C(0x9e3779b97f4a7c15);
  if (head > 0) snprintf(network->prefix, sizeof network->prefix, "head%d.", head + 1);
  return network;
}

static void add_to_model(SnModel *model, SnSimpleNet *network) {
  char name[sizeof network->prefix];
  snprintf(name, sizeof name, "%.*s", (int)strcspn(network->prefix, "."), network->prefix);
  sn_module_add(&model->head, name, &network->module);
}

static bool create(SnModel *model, SnGenerator *generator, const SnStateDict *file, const char *path) {
  int64_t channels = model->features.channels, heads = sn_simplenet_settings(&model->settings).heads;
  SnSimpleNet **place = (SnSimpleNet **)&model->own;
  for (int head = 0; head < heads && sn_ok(); head++) {
    SnSimpleNet *network = *place = new_network(&model->settings, head);
    if (!network || (file && !check_file(file, path, network->prefix, &network->settings, channels))) return false;
    SnGenerator own = {.dtype = sn_generator_dtype(generator), .seed = network->seed};
    add_parts(network, head == 0 ? &model->head : &network->module, channels, generator ? &own : NULL);
    if (head > 0) add_to_model(model, network);
    place = &network->next;
  }
  return sn_ok();
}

SnTensor *sn_simplenet_patch_scores(const SnSimpleNet *network, SnTensor *features) {
  if (!sn_ok()) return NULL;
  const int64_t *shape = features->array.shape, heads = network->settings.heads;
  SnTensor *o = sn_reshape(features, SN_SHAPE(shape[0] * shape[1] * shape[2], shape[3])), *sum = NULL;
  for (; network && sn_ok(); network = network->next) {
    SnTensor *scores = sn_discriminator_forward(network->discriminator, sn_adaptor_forward(network->adaptor, o));
    sum = sum ? sn_add(sum, scores) : scores;
  }
  SnTensor *patches = heads == 1 ? sn_neg(sum) : sn_scale(sum, -1.0 / (double)heads);
  return sn_reshape(patches, SN_SHAPE(shape[0], shape[1], shape[2]));
}

static bool forward(const SnModel *model, SnTensor *features, SnScores *scores) {
  scores->patches = sn_simplenet_patch_scores(model->own, features);
  return scores->patches != NULL;
}

/* ---- the entry ---- */

static const char *const idea[] = {
    "SimpleNet learns from good images alone:",
    "A network that was trained on other images beforehand looks at each photograph and describes every spot of it by "
    "a "
    "list of numbers, its feature. It is never changed.",
    "An adaptor, one linear layer, moves these features to where the product at hand lives.",
    "A little random noise is added to the features of good images. That is all there is of defects in training: not "
    "images, but features that are slightly off.",
    "A small discriminator learns to tell the clean features from the noisy ones, and so where good ends.",
    "In a test the noise is left out: where the discriminator takes a spot for noisy, something is wrong with it. The "
    "spots' scores form the heat map, and the worst spot is the image's score.",
    NULL};

static const char *const columns[] = {"loss", "p_true", "p_fake", NULL};

const SnMethod sn_simplenet = {
    .name = "simplenet",
    .title = "SimpleNet",
    .paper =
        "Z. Liu, Y. Zhou, Y. Xu and Z. Wang, SimpleNet: A Simple Network for Image Anomaly Detection and Localization, "
        "CVPR 2023",
    .idea = idea,
    .groups = SN_GROUP_VIEW | SN_GROUP_FEATURES | SN_GROUP_MAP | SN_GROUP_MASKS | SN_GROUP_SEED | SN_GROUP_TRAINING,
    .settings = sn_simplenet_setting_rows,
    .setting_count = SN_SIMPLENET_SETTINGS,
    .presets = sn_simplenet_presets,
    .preset = sn_simplenet_preset,
    .check = sn_simplenet_check,
    .demo = sn_simplenet_demo,
    .tune = sn_simplenet_tune,
    .create = create,
    .forward = forward,
    .columns = columns,
    .fit_new = sn_simplenet_fit_new,
    .fit_next = sn_simplenet_fit_next,
    .epoch_steps = sn_simplenet_epoch_steps,
    .fit_save = sn_simplenet_fit_save,
    .fit_load = sn_simplenet_fit_load,
    .publication = &sn_simplenet_paper,
    .foreign = &sn_released_model,
    .read_earlier = sn_simplenet_read_earlier,
};
