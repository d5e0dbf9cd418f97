/* KolektorSDD (Tabernik et al., JIM 2020): kos01/Part0.jpg with kos01/Part0_label.bmp, eight photographs of each of 50
 * items. It has no split for one-class training. As is usual, all defective photographs are tested on and about a fifth
 * of the good ones with them; here the fifth is by item, so that no item is both trained and tested on as good: those
 * of every fifth item in the order of their names (kos05, kos10, ...). */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "datasets/layouts/build.h"
#include "datasets/layouts/labelled.h"
#include "datasets/layouts/layout.h"

static bool list_items(const char *root, SnNames *items) {
  *items = (SnNames){0};
  SnNames folders;
  if (!sn_list_folders(root, NULL, &folders)) return false;
  for (int64_t i = 0; i < folders.count && sn_ok(); i++) {
    char *folder = sn_path_join(root, folders.items[i]);
    if (folder && strncmp(folders.items[i], "kos", 3) == 0 && sn_labelled_present(folder, "_label"))
      sn_names_append(items, folders.items[i]);
    free(folder);
  }
  sn_names_free(&folders);
  if (!sn_ok()) sn_names_free(items);
  return sn_ok();
}

static bool categories(const char *root, SnNames *names) {
  SnNames items;
  *names = (SnNames){0};
  if (!list_items(root, &items)) return false;
  bool present = items.count > 0;
  sn_names_free(&items);
  return sn_single_category(present, "kolektor_sdd", names);
}

static bool open_category(SnDataset *dataset) {
  dataset->has_masks = dataset->mask_is_nonzero = true;
  SnNames items;
  if (!list_items(dataset->root, &items)) return false;
  for (int64_t i = 0; i < items.count && sn_ok(); i++) {
    char *folder = sn_path_join(dataset->root, items.items[i]);
    SnSamples *good = i % 5 == 4 ? &dataset->test : &dataset->train;
    if (folder) sn_labelled_add(dataset, folder, "_label", good, &dataset->test);
    free(folder);
  }
  sn_names_free(&items);
  return sn_ok();
}

const SnLayout sn_layout_kolektor_sdd = {
    .name = "kolektor_sdd",
    .shape = "kos01/Part0.jpg, kos01/Part0_label.bmp",
    .categories = categories,
    .open = open_category,
};
