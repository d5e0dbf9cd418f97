#include "datasets/layouts/pairing.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/layouts/build.h"

typedef struct Mask {
  char *stem, *path;
  bool is_folder, used;
} Mask;

typedef struct Masks {
  Mask *items;
  int64_t count;
} Masks;

static int compare_masks(const void *a, const void *b) {
  const Mask *first = a, *second = b;
  int order = strcmp(first->stem, second->stem);
  return order ? order : strcmp(first->path, second->path);
}

static void free_masks(Masks *masks) {
  for (int64_t i = 0; i < masks->count; i++) {
    free(masks->items[i].stem);
    free(masks->items[i].path);
  }
  free(masks->items);
}

/* Images and folders of a folder, sorted by stem; none where it is absent. */
static bool list_masks(const char *folder, Masks *masks) {
  *masks = (Masks){0};
  SnNames names;
  if (!sn_is_directory(folder)) return sn_ok();
  if (!sn_list_directory(folder, &names)) return false;
  masks->items = sn_allocate(names.count, sizeof *masks->items, folder);
  for (int64_t i = 0; i < names.count && sn_ok(); i++) {
    const char *name = names.items[i];
    Mask mask = {.path = sn_path_join(folder, name)};
    mask.is_folder = mask.path && sn_is_directory(mask.path);
    if (!mask.path || (!mask.is_folder && !sn_is_image_name(name))) {
      free(mask.path);
      continue;
    }
    mask.stem = mask.is_folder ? sn_copy_text(name) : sn_format("%.*s", sn_stem_length(name), name);
    masks->items[masks->count++] = mask;
  }
  sn_names_free(&names);
  if (sn_ok() && masks->count > 0) qsort(masks->items, (size_t)masks->count, sizeof *masks->items, compare_masks);
  return sn_ok();
}

/* The first mask whose stem is not before the text: a lower bound. */
static int64_t find_stem(const Masks *masks, const char *stem) {
  int64_t low = 0, high = masks->count;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (strcmp(masks->items[middle].stem, stem) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool add_mask(SnDataset *dataset, SnSample *sample, Mask *mask) {
  mask->used = true;
  if (sample->mask_count > 0)
    return sn_dataset_add_problem(dataset, SN_PROBLEM_SECOND_MASK, mask->path,
                                  "%s: a second mask of %s, which has %s already", mask->path, sample->path,
                                  sample->mask_paths[0]);
  if (!mask->is_folder) return sn_dataset_check_file(dataset, mask->path) && sn_sample_add_mask(sample, mask->path);
  SnNames names;
  if (!sn_list_images(mask->path, &names)) return false;
  for (int64_t i = 0; i < names.count && sn_ok(); i++) {
    char *path = sn_path_join(mask->path, names.items[i]);
    if (path && sn_dataset_check_file(dataset, path)) sn_sample_add_mask(sample, path);
    free(path);
  }
  sn_names_free(&names);
  return sn_ok();
}

static bool pair(SnDataset *dataset, SnSample *sample, Masks *masks) {
  static const char *const endings[] = {"_mask", ""};
  const char *name = sn_path_name(sample->path);
  for (int e = 0; e < 2 && sn_ok(); e++) {
    char *stem = sn_format("%.*s%s", sn_stem_length(name), name, endings[e]);
    for (int64_t i = stem ? find_stem(masks, stem) : masks->count;
         i < masks->count && strcmp(masks->items[i].stem, stem) == 0; i++)
      if (!masks->items[i].used && !add_mask(dataset, sample, &masks->items[i])) break;
    free(stem);
  }
  if (sample->mask_count > 0 || !dataset->has_masks) return sn_ok();
  return sn_dataset_add_problem(dataset, SN_PROBLEM_MISSING_MASK, sample->path, "%s: is defective and has no mask",
                                sample->path);
}

bool sn_pair_masks(SnDataset *dataset, SnSamples *samples, int64_t first, const char *folder) {
  if (!sn_ok()) return false;
  Masks masks;
  list_masks(folder, &masks);
  for (int64_t i = first; i < samples->count && sn_ok(); i++) pair(dataset, &samples->items[i], &masks);
  for (int64_t i = 0; i < masks.count && sn_ok(); i++)
    if (!masks.items[i].used)
      sn_dataset_add_problem(dataset, SN_PROBLEM_MASK_WITHOUT_IMAGE, masks.items[i].path, "%s: a mask without an image",
                             masks.items[i].path);
  free_masks(&masks);
  return sn_ok();
}
