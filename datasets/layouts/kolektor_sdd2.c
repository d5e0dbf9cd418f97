/* KolektorSDD2 (Bozic et al., Computers in Industry 2021): train/10000.png with train/10000_GT.png, and test likewise.
 * Its training split holds defective photographs for supervised methods; one-class training leaves them out. */
#include <stdlib.h>

#include "base/error.h"
#include "datasets/layouts/build.h"
#include "datasets/layouts/labelled.h"
#include "datasets/layouts/layout.h"

static bool categories(const char *root, SnNames *names) {
  *names = (SnNames){0};
  char *train = sn_path_join(root, "train");
  bool present = train && sn_labelled_present(train, "_GT");
  free(train);
  return sn_single_category(present, "kolektor_sdd2", names);
}

static bool open_category(SnDataset *dataset) {
  dataset->has_masks = dataset->mask_is_nonzero = true;
  char *train = sn_path_join(dataset->root, "train"), *test = sn_path_join(dataset->root, "test");
  SnSamples defective = {0};
  if (train && test) {
    sn_labelled_add(dataset, train, "_GT", &dataset->train, &defective);
    sn_labelled_add(dataset, test, "_GT", &dataset->test, &dataset->test);
  }
  dataset->train_left_out = defective.count;
  sn_samples_free(&defective);
  free(train);
  free(test);
  return sn_ok();
}

const SnLayout sn_layout_kolektor_sdd2 = {
    .name = "kolektor_sdd2",
    .shape = "train/10000.png, train/10000_GT.png, and the same in test",
    .categories = categories,
    .open = open_category,
};
