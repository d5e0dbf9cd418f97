/* MVTec LOCO AD (Bergmann et al., IJCV 2022): MVTec's tree with validation/good, and a folder of masks for each image,
 * one mask a defect. */
#include <stdlib.h>

#include "base/error.h"
#include "datasets/layouts/build.h"
#include "datasets/layouts/layout.h"
#include "datasets/layouts/tree.h"

static bool categories(const char *root, SnNames *names) {
  *names = (SnNames){0};
  SnNames all;
  if (!sn_tree_categories(root, "good", &all)) return false;
  for (int64_t i = 0; i < all.count && sn_ok(); i++) {
    char *validation = sn_layout_path(root, all.items[i], "validation", "good", NULL);
    if (validation && sn_is_directory(validation)) sn_names_append(names, all.items[i]);
    free(validation);
  }
  sn_names_free(&all);
  if (!sn_ok()) sn_names_free(names);
  return sn_ok();
}

static bool open_category(SnDataset *dataset) {
  char *validation = sn_layout_path(dataset->root, dataset->category, "validation", "good", NULL);
  if (validation) sn_dataset_add_folder(dataset, &dataset->validation, validation, NULL, SN_GOOD, "good");
  free(validation);
  return sn_tree_open(dataset, "good");
}

const SnLayout sn_layout_mvtec_loco = {
    .name = "mvtec_loco",
    .shape =
        "CATEGORY/train/good, CATEGORY/validation/good, CATEGORY/test/KIND, CATEGORY/ground_truth/KIND/NAME/000.png",
    .categories = categories,
    .open = open_category,
};
