/* Plain folders of one's own photographs: train, and where there are some, test_good, test_bad and masks. */
#include <stdlib.h>

#include "base/error.h"
#include "datasets/layouts/build.h"
#include "datasets/layouts/layout.h"
#include "datasets/layouts/pairing.h"

static bool add_folder(SnDataset *dataset, SnSamples *samples, const char *folder, int label) {
  if (!sn_ok() || !folder) return sn_ok();
  if (!sn_is_directory(folder)) return sn_fail("%s: is not a folder that can be read", folder);
  int64_t before = samples->count;
  if (!sn_dataset_add_folder(dataset, samples, folder, label, label == SN_GOOD ? "good" : "defective")) return false;
  if (samples->count == before) return sn_fail("%s: holds no images (" SN_IMAGE_EXTENSIONS ")", folder);
  return true;
}

bool sn_folders_open(SnDataset *dataset, const char *train, const char *test_good, const char *test_bad,
                     const char *masks) {
  dataset->has_masks = masks != NULL;
  add_folder(dataset, &dataset->train, train, SN_GOOD);
  add_folder(dataset, &dataset->test, test_good, SN_GOOD);
  int64_t first = dataset->test.count;
  add_folder(dataset, &dataset->test, test_bad, SN_DEFECTIVE);
  if (sn_ok() && masks && !sn_is_directory(masks)) sn_fail("%s: is not a folder that can be read", masks);
  return masks ? sn_pair_masks(dataset, &dataset->test, first, masks) : sn_ok();
}

static bool categories(const char *root, SnNames *names) {
  SnNames images = {0};
  char *train = sn_path_join(root, "train");
  bool present = train && sn_list_images(train, &images) && images.count > 0;
  sn_names_free(&images);
  free(train);
  return sn_single_category(present, "folder", names);
}

/* root/underscored or root/hyphened, whichever is there; NULL when neither is. */
static char *find_folder(const char *root, const char *underscored, const char *hyphened) {
  char *path = sn_path_join(root, underscored);
  if (path && sn_is_directory(path)) return path;
  free(path);
  path = sn_path_join(root, hyphened);
  if (path && sn_is_directory(path)) return path;
  free(path);
  return NULL;
}

static bool open_category(SnDataset *dataset) {
  char *train = find_folder(dataset->root, "train", "train");
  char *test_good = find_folder(dataset->root, "test_good", "test-good");
  char *test_bad = find_folder(dataset->root, "test_bad", "test-bad");
  char *masks = find_folder(dataset->root, "masks", "masks");
  sn_folders_open(dataset, train, test_good, test_bad, test_bad ? masks : NULL);
  free(train);
  free(test_good);
  free(test_bad);
  free(masks);
  return sn_ok();
}

const SnLayout sn_layout_folder = {
    .name = "folder",
    .shape = "images in train; test_good, test_bad and masks beside it where there are some",
    .categories = categories,
    .open = open_category,
};
