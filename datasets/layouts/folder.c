/* Plain folders of one's own photographs: train, and where there are some, test_good, test_bad and masks, each with
 * its sub-folders. */
#include <stdlib.h>

#include "base/error.h"
#include "datasets/layouts/build.h"
#include "datasets/layouts/layout.h"
#include "datasets/layouts/pairing.h"

enum { LISTS = 5 };

static bool fail_empty(const SnDataset *dataset, const char *folder) {
  char *others = sn_left_out_text(&dataset->left_out, SN_LEFT_OUT_FORMAT);
  sn_fail("%s: holds no images (" SN_IMAGE_EXTENSIONS ")%s%s", folder, others ? ", but " : "", others ? others : "");
  free(others);
  return false;
}

/* Adds the photographs of a folder and of its sub-folders but those named for something else. */
static bool add_folder(SnDataset *dataset, SnSamples *samples, const char *folder, const char *const all[LISTS],
                       int label) {
  if (!sn_ok() || !folder) return sn_ok();
  if (!sn_is_directory(folder)) return sn_fail("%s: is not a folder that can be read", folder);
  int64_t before = samples->count;
  SnPhotographSearch search = {.sub_folders = true, .without = all, .without_count = LISTS};
  if (!sn_dataset_add_folder(dataset, samples, folder, &search, label, label == SN_GOOD ? "good" : "defective"))
    return false;
  return samples->count > before || fail_empty(dataset, folder);
}

bool sn_folders_open(SnDataset *dataset, const SnPlainFolders *folders) {
  const char *masks = folders->masks;
  const char *const all[LISTS] = {folders->train, folders->test_good, folders->test_bad, masks, folders->out};
  dataset->has_masks = masks != NULL;
  add_folder(dataset, &dataset->train, folders->train, all, SN_GOOD);
  add_folder(dataset, &dataset->test, folders->test_good, all, SN_GOOD);
  int64_t first = dataset->test.count;
  add_folder(dataset, &dataset->test, folders->test_bad, all, SN_DEFECTIVE);
  if (sn_ok() && masks && !sn_is_directory(masks)) sn_fail("%s: is not a folder that can be read", masks);
  SnPhotographSearch search = {.without = all, .without_count = LISTS};
  return masks ? sn_pair_masks(dataset, &dataset->test, first, folders->test_bad, masks, &search) : sn_ok();
}

/* Images in train or its sub-folders; those of one category of MVTec's tree are no plain folder. */
static bool categories(const char *root, SnNames *names) {
  SnNames images = {0};
  SnPhotographSearch search = {.sub_folders = true};
  char *train = sn_path_join(root, "train");
  bool present = train && sn_list_images(train, NULL, &images) && images.count > 0;
  if (sn_ok() && !present && sn_is_directory(train) && !sn_is_category_folder(root))
    present = sn_find_photographs(train, &search, &images, NULL) && images.count > 0;
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
  SnPlainFolders folders = {
      .train = train, .test_good = test_good, .test_bad = test_bad, .masks = test_bad ? masks : NULL};
  sn_folders_open(dataset, &folders);
  free(train);
  free(test_good);
  free(test_bad);
  free(masks);
  return sn_ok();
}

const SnLayout sn_layout_folder = {
    .name = "folder",
    .shape = "images in train or its sub-folders; test_good, test_bad and masks beside it where there are some",
    .categories = categories,
    .open = open_category,
};
