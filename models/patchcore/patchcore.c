#include "models/patchcore/patchcore.h"

#include "models/patchcore/fit.h"
#include "models/patchcore/scoring.h"
#include "models/patchcore/settings.h"

static const char name_of_bank[] = "memory_bank";

/* The file says how many vectors there are; it holds as many. */
static bool read_size(const SnStateDict *file, const char *path, int64_t channels, int64_t *size) {
  const SnTensor *bank = sn_state_dict_find(file, name_of_bank);
  if (!bank) return sn_fail("%s: missing %s", path, name_of_bank);
  *size = bank->array.ndim == 2 ? bank->array.shape[0] : 0;
  return (*size > 0 && bank->array.shape[1] == channels) ||
         sn_fail("%s: %s: expected the shape [M, %lld] with M > 0, found %s", path, name_of_bank, (long long)channels,
                 sn_tensor_text(bank));
}

static bool create(SnModel *model, SnGenerator *generator, const SnStateDict *file, const char *path) {
  int64_t size = 1;
  SnPatchCore *own = sn_scope_allocate(1, sizeof *own, NULL);
  if (!own || (file && !read_size(file, path, model->features.channels, &size))) return false;
  own->bank = sn_zeros(sn_generator_dtype(generator), SN_SHAPE(size, model->features.channels));
  model->own = own;
  sn_module_add_buffer(&model->head, name_of_bank, own->bank);
  return sn_ok();
}

static bool forward(const SnModel *model, SnTensor *features, SnScores *scores) {
  const SnPatchCore *own = model->own;
  int64_t neighbours = sn_patchcore_settings(&model->settings).neighbours;
  if (!sn_patchcore_scores(features, own->bank, neighbours, &scores->patches, &scores->images)) return false;
  if (model->settings.map.image_score == SN_IMAGE_SCORE_MAP) scores->images = NULL;
  return true;
}

/* A bank of all patches needs no choice. */
static bool has_chance(const SnModel *model) { return sn_patchcore_settings(&model->settings).coreset < 1; }

/* What `simplenet train --tune` tries. */
static const char *const levels[] = {"levels=1,2,3 grid-level=2", "levels=2", "levels=3", NULL};
static const char *const size[] = {"resize=x1.5 crop=x1.5", NULL};
static const SnTuneAxis tune[] = {
    {"levels", "levels=2,3 grid-level=0", levels}, {"input size", NULL, size}, {NULL, NULL, NULL}};

static const char *const idea[] = {
    "PatchCore remembers good images:",
    "A network that was trained on other images beforehand looks at each photograph and describes every spot of it by "
    "a list of numbers, its feature. It is never changed.",
    "The features of all spots of the good images go into a memory bank. Most of them are much alike, so only one in "
    "ten is kept: those from which no other is far.",
    "In a test each spot is compared with the memory bank: its distance to the most similar spot that was ever seen is "
    "its score. The spots' scores form the heat map.",
    "The worst spot is the image's score, less where the memory bank has many spots like the one that it resembles.",
    NULL};

const SnMethod sn_patchcore = {
    .name = "patchcore",
    .title = "PatchCore",
    .paper =
        "K. Roth, L. Pemula, J. Zepeda, B. Schölkopf, T. Brox and P. Gehler, Towards Total Recall in Industrial "
        "Anomaly Detection, CVPR 2022",
    .idea = idea,
    .groups = SN_GROUP_VIEW | SN_GROUP_FEATURES | SN_GROUP_MAP | SN_GROUP_MASKS | SN_GROUP_SEED,
    .settings = sn_patchcore_setting_rows,
    .setting_count = SN_PATCHCORE_SETTINGS,
    .presets = sn_patchcore_presets,
    .preset = sn_patchcore_preset,
    .check = sn_patchcore_check,
    .tune = tune,
    .create = create,
    .forward = forward,
    .has_chance = has_chance,
    .fit_new = sn_patchcore_fit_new,
    .fit_next = sn_patchcore_fit_next,
};
