#include "datasets/layouts/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "datasets/layouts/build.h"
#include "datasets/layouts/pairing.h"

bool sn_tree_categories(const char *root, const char *good, SnNames *categories) {
  *categories = (SnNames){0};
  SnNames names;
  if (!sn_list_folders(root, NULL, &names)) return false;
  for (int64_t i = 0; i < names.count && sn_ok(); i++) {
    char *folder = sn_layout_path(root, names.items[i], "train", good, NULL);
    if (folder && sn_is_directory(folder)) sn_names_append(categories, names.items[i]);
    free(folder);
  }
  sn_names_free(&names);
  if (!sn_ok()) sn_names_free(categories);
  return sn_ok();
}

/* Defective images under train are left out, as a problem. */
static bool open_train(SnDataset *dataset, const char *train, const char *good) {
  SnNames kinds;
  if (!sn_list_folders(train, &dataset->left_out, &kinds)) return false;
  for (int64_t i = 0; i < kinds.count && sn_ok(); i++) {
    char *folder = sn_path_join(train, kinds.items[i]);
    if (folder && strcmp(kinds.items[i], good) == 0) {
      sn_dataset_add_folder(dataset, &dataset->train, folder, NULL, SN_GOOD, "good");
    } else if (folder) {
      SnNames images;
      if (sn_list_images(folder, NULL, &images) && images.count > 0)
        sn_dataset_add_problem(dataset, SN_PROBLEM_DEFECTIVE_IN_TRAIN, folder,
                               "%s: %lld images under train that are not '%s': they are not trained on", folder,
                               (long long)images.count, good);
      dataset->train_left_out += images.count;
      sn_names_free(&images);
    }
    free(folder);
  }
  sn_names_free(&kinds);
  return sn_ok();
}

static bool open_test(SnDataset *dataset, const char *test, const char *masks, const char *good) {
  SnNames kinds;
  if (!sn_list_folders(test, &dataset->left_out, &kinds)) return false;
  for (int64_t i = 0; i < kinds.count && sn_ok(); i++) {
    bool is_good = strcmp(kinds.items[i], good) == 0;
    int64_t first = dataset->test.count;
    char *folder = sn_path_join(test, kinds.items[i]), *mask_folder = sn_path_join(masks, kinds.items[i]);
    if (folder && mask_folder) {
      sn_dataset_add_folder(dataset, &dataset->test, folder, NULL, is_good ? SN_GOOD : SN_DEFECTIVE,
                            is_good ? "good" : kinds.items[i]);
      if (!is_good) sn_pair_masks(dataset, &dataset->test, first, folder, mask_folder, NULL);
    }
    free(folder);
    free(mask_folder);
  }
  sn_names_free(&kinds);
  return sn_ok();
}

/* Masks of a kind of defect that the test set does not have. */
static bool find_orphans(SnDataset *dataset, const char *test, const char *masks, const char *good) {
  SnNames kinds;
  if (!sn_list_folders(masks, NULL, &kinds)) return false;
  for (int64_t i = 0; i < kinds.count && sn_ok(); i++) {
    char *folder = sn_path_join(test, kinds.items[i]), *mask_folder = sn_path_join(masks, kinds.items[i]);
    if (folder && mask_folder && strcmp(kinds.items[i], good) != 0 && !sn_is_directory(folder))
      sn_pair_masks(dataset, &dataset->test, dataset->test.count, folder, mask_folder, NULL);
    free(folder);
    free(mask_folder);
  }
  sn_names_free(&kinds);
  return sn_ok();
}

bool sn_tree_open(SnDataset *dataset, const char *good) {
  char *train = sn_layout_path(dataset->root, dataset->category, "train", NULL);
  char *test = sn_layout_path(dataset->root, dataset->category, "test", NULL);
  char *masks = sn_layout_path(dataset->root, dataset->category, "ground_truth", NULL);
  SnNames kinds = {0};
  if (sn_ok() && sn_list_folders(masks, &dataset->left_out, &kinds)) {
    dataset->has_masks = kinds.count > 0;
    open_train(dataset, train, good);
    open_test(dataset, test, masks, good);
    find_orphans(dataset, test, masks, good);
    if (!dataset->has_masks && sn_samples_defective(&dataset->test) > 0)
      sn_dataset_add_problem(dataset, SN_PROBLEM_MISSING_MASK, masks, "%s: holds no masks of the defective images",
                             masks);
  }
  sn_names_free(&kinds);
  free(train);
  free(test);
  free(masks);
  return sn_ok();
}
