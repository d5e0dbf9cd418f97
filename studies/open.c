#include "studies/open.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "datasets/dataset.h"
#include "models/backbones/embedded.h"
#include "tensor/scope.h"

static bool holds(const SnNames *names, const char *name) {
  for (int64_t i = 0; i < names->count; i++)
    if (strcmp(names->items[i], name) == 0) return true;
  return false;
}

static bool add_category(const SnDatasetRoot *root, const char *name, SnStudy *study) {
  SnDataset dataset;
  if (!sn_dataset_root_category(root, name, &dataset)) return false;
  SnStudyCategory *category = &study->categories[study->category_count++];
  *category = (SnStudyCategory){.name = sn_scope_text(name),
                                .train_images = dataset.train.count,
                                .test_images = dataset.test.count,
                                .test_defective = sn_samples_defective(&dataset.test),
                                .mvtec = sn_mvtec_category(name),
                                .left_out = dataset.left_out};
  category->is_mvtecs = category->mvtec && category->mvtec->train_images == dataset.train.count &&
                        category->mvtec->test_images == dataset.test.count;
  dataset.left_out = (SnLeftOut){.ending_count = 0};
  sn_dataset_free(&dataset);
  return sn_ok();
}

static bool name_wanted(const SnNames *known, const char *data, const char *categories, SnNames *wanted) {
  char *rest = sn_scope_text(categories);
  for (char *part; rest && sn_ok() && (part = strtok_r(rest, ",", &rest));) {
    if (!holds(known, part)) sn_fail("%s: there is no category '%.60s'", data, part);
    if (!holds(wanted, part)) sn_names_append(wanted, part);
  }
  return sn_ok();
}

/* First MVTec AD's in its order, then the others in theirs. */
static bool open_categories(SnStudy *study, const char *categories) {
  SnDatasetRoot root;
  SnNames wanted = {0};
  if (!sn_dataset_root_open(study->data, study->layout, &root)) return false;
  if (categories) name_wanted(&root.categories, study->data, categories, &wanted);
  const SnNames *chosen = categories ? &wanted : &root.categories;
  study->categories = sn_scope_allocate(chosen->count + 1, sizeof *study->categories, NULL);
  for (int i = 0; i < SN_MVTEC_CATEGORIES && sn_ok(); i++)
    if (holds(chosen, sn_mvtec_categories[i].name)) add_category(&root, sn_mvtec_categories[i].name, study);
  for (int64_t i = 0; i < chosen->count && sn_ok(); i++)
    if (!sn_mvtec_category(chosen->items[i])) add_category(&root, chosen->items[i], study);
  sn_dataset_root_free(&root);
  sn_names_free(&wanted);
  return sn_ok() && (study->category_count > 0 || sn_fail("%s: there are no categories", study->data));
}

static bool hash_weights(SnStudy *study) {
  study->sha256 = sn_scope_allocate(study->variant_count, sizeof *study->sha256, NULL);
  for (int64_t v = 0; v < study->variant_count && sn_ok(); v++) {
    const char *weights = study->variants[v].weights;
    if (!sn_variant_has_backbone(&study->variants[v])) continue;
    bool known =
        v > 0 && weights && study->variants[v - 1].weights && strcmp(weights, study->variants[v - 1].weights) == 0;
    size_t size;
    if (known)
      memcpy(study->sha256[v], study->sha256[v - 1], sizeof study->sha256[v]);
    else if (weights)
      sn_sha256_file(weights, study->sha256[v]);
    else {
      const uint8_t *bytes = sn_embedded_weights(&size);
      sn_sha256(bytes, size, study->sha256[v]);
    }
  }
  return sn_ok();
}

/* "METHOD on MVTec AD" where it is that, though not of all categories. */
static const char *title_of(const SnStudy *study) {
  bool is_mvtec = false;
  for (int64_t c = 0; c < study->category_count; c++) is_mvtec |= study->categories[c].is_mvtecs;
  char *text = sn_format("%s%s", sn_study_method(study)->title, is_mvtec ? " on MVTec AD" : ", category by category");
  const char *title = text ? sn_scope_text(text) : NULL;
  free(text);
  return title;
}

bool sn_study_open(SnStudy *study, const char *categories) {
  if (!open_categories(study, categories) || !hash_weights(study)) return false;
  if (!study->title) study->title = title_of(study);
  int64_t trials = study->variant_count * study->category_count * study->seed_count;
  study->results = sn_scope_allocate(trials, sizeof *study->results, NULL);
  return sn_ok();
}
