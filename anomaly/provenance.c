#include "anomaly/provenance.h"

#include <stdlib.h>
#include <string.h>

#include "anomaly/saved_state.h"
#include "base/utf8.h"
#include "base/version.h"

SnProvenance sn_provenance_of_training(const SnDataset *dataset) {
  const char *category = dataset->category;
  SnProvenance provenance = {
      .program = SN_PROGRAM " " SN_VERSION, .train_images = dataset->train.count, .test_images = dataset->test.count};
  if (category && sn_utf8_is_printable(category, strlen(category))) provenance.category = sn_scope_text(category);
  return provenance;
}

enum { TEXTS = 4 };

static void list_texts(SnProvenance *provenance, const char *names[TEXTS], const char **texts[TEXTS]) {
  static const char *const all[TEXTS] = {"program", "category", "model_sha256", "exported"};
  const char **places[TEXTS] = {&provenance->program, &provenance->category, &provenance->model_sha256,
                                &provenance->exported};
  memcpy(names, all, sizeof all);
  memcpy(texts, places, sizeof places);
}

bool sn_add_provenance(SnStateDict *dict, const SnProvenance *provenance) {
  SnProvenance copy = *provenance;
  const char *names[TEXTS], **texts[TEXTS];
  list_texts(&copy, names, texts);
  for (int i = 0; i < TEXTS && sn_ok(); i++)
    if (*texts[i]) sn_state_dict_add_text(dict, names[i], *texts[i]);
  if (copy.train_images > 0) {
    sn_saved_add_integer(dict, "train_images", copy.train_images);
    sn_saved_add_integer(dict, "test_images", copy.test_images);
  }
  return sn_ok();
}

bool sn_read_provenance(const SnStateDict *dict, const char *path, SnProvenance *provenance) {
  const SnSavedState saved = {dict, path};
  const char *names[TEXTS], **texts[TEXTS];
  *provenance = (SnProvenance){.program = NULL};
  list_texts(provenance, names, texts);
  for (int i = 0; i < TEXTS && sn_ok(); i++) {
    const char *text = sn_state_dict_text(dict, names[i]);
    *texts[i] = text ? sn_scope_text(text) : NULL;
  }
  if (sn_ok() && sn_state_dict_text(dict, "train_images")) {
    provenance->train_images = sn_saved_integer(&saved, "train_images", INT64_C(1) << 53);
    provenance->test_images = sn_saved_integer(&saved, "test_images", INT64_C(1) << 53);
  }
  return sn_ok();
}
