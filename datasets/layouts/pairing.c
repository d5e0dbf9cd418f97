#include "datasets/layouts/pairing.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/layouts/build.h"

/* A file of a mask. Those of a folder that holds the defects of one image have the folder's stem. */
typedef struct Mask {
  char *stem; /* below the folder of masks, without the extension: that of the image, with or without "_mask" */
  char *path;
  bool in_folder, used;
} Mask;

typedef struct Masks {
  Mask *items;
  int64_t count;
} Masks;

static int compare_masks(const void *a, const void *b) {
  const Mask *first = a, *second = b;
  int order = strcmp(first->stem, second->stem);
  if (order == 0) order = second->in_folder - first->in_folder;
  return order ? order : strcmp(first->path, second->path);
}

static void free_masks(Masks *masks) {
  for (int64_t i = 0; i < masks->count; i++) {
    free(masks->items[i].stem);
    free(masks->items[i].path);
  }
  free(masks->items);
}

/* The part of a path below the folder with which it begins. */
static const char *below(const char *path, const char *folder) {
  path += strlen(folder);
  while (*path == '/') path++;
  return path;
}

/* Length of the path without its last name's extension. */
static int stem_length(const char *path) {
  const char *name = sn_path_name(path);
  return (int)(name - path) + sn_stem_length(name);
}

/* A sub-folder holds masks of single images where the images have such a sub-folder, too; else it is one image's. */
static bool is_of_one_image(const char *images, const char *sub_folder) {
  if (*sub_folder == '\0') return false;
  char *path = sn_path_join(images, sub_folder);
  bool mirrored = path && sn_is_directory(path);
  free(path);
  return !mirrored;
}

/* All masks, sorted by stem; none where the folder is absent. */
static bool list_masks(SnDataset *dataset, const char *images, const char *folder, const SnPhotographSearch *search,
                       Masks *masks) {
  *masks = (Masks){0};
  SnNames paths = {0};
  SnPhotographSearch all = search ? *search : (SnPhotographSearch){0};
  all.sub_folders = all.keep_unreadable = true;
  if (!sn_is_directory(folder)) return sn_ok();
  sn_find_photographs(folder, &all, &paths, &dataset->left_out);
  masks->items = sn_allocate(paths.count, sizeof *masks->items, folder);
  char *last = NULL; /* the sub-folder that was looked at last */
  bool of_one_image = false;
  for (int64_t i = 0; i < paths.count && sn_ok(); i++) {
    const char *path = below(paths.items[i], folder), *name = sn_path_name(path);
    int length = name > path ? (int)(name - path) - 1 : 0;
    if (!last || strncmp(last, path, (size_t)length) != 0 || last[length] != '\0') {
      free(last);
      last = sn_format("%.*s", length, path);
      of_one_image = last && is_of_one_image(images, last);
    }
    Mask *mask = &masks->items[masks->count++];
    mask->in_folder = of_one_image;
    mask->stem = sn_format("%.*s", of_one_image ? length : stem_length(path), path);
    mask->path = sn_copy_text(paths.items[i]);
  }
  free(last);
  sn_names_free(&paths);
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

/* The end of what is one mask: a single file, or all files of a folder. */
static int64_t end_of(const Masks *masks, int64_t i) {
  int64_t end = i + 1;
  while (masks->items[i].in_folder && end < masks->count && masks->items[end].in_folder &&
         strcmp(masks->items[end].stem, masks->items[i].stem) == 0)
    end++;
  return end;
}

/* The file, or the folder of those of one image; to be released with free(). */
static char *place_of(const Mask *mask, const char *folder) {
  return mask->in_folder ? sn_path_join(folder, mask->stem) : sn_copy_text(mask->path);
}

static bool add_mask(SnDataset *dataset, SnSample *sample, const Masks *masks, int64_t begin, int64_t end,
                     const char *folder) {
  bool second = sample->mask_count > 0;
  for (int64_t i = begin; i < end && sn_ok(); i++) {
    Mask *mask = &masks->items[i];
    mask->used = true;
    if (!second && sn_dataset_check_file(dataset, mask->path)) sn_sample_add_mask(sample, mask->path);
  }
  char *place = second ? place_of(&masks->items[begin], folder) : NULL;
  if (place)
    sn_dataset_add_problem(dataset, SN_PROBLEM_SECOND_MASK, place, "%s: a second mask of %s, which has %s already",
                           place, sample->path, sample->mask_paths[0]);
  free(place);
  return sn_ok();
}

static bool pair(SnDataset *dataset, SnSample *sample, const Masks *masks, const char *images, const char *folder) {
  static const char *const endings[] = {"_mask", ""};
  const char *name = below(sample->path, images);
  for (int e = 0; e < 2 && sn_ok(); e++) {
    char *stem = sn_format("%.*s%s", stem_length(name), name, endings[e]);
    int64_t i = stem ? find_stem(masks, stem) : masks->count;
    while (i < masks->count && strcmp(masks->items[i].stem, stem) == 0 && sn_ok()) {
      int64_t end = end_of(masks, i);
      if (!masks->items[i].used) add_mask(dataset, sample, masks, i, end, folder);
      i = end;
    }
    free(stem);
  }
  if (sample->mask_count > 0 || !dataset->has_masks) return sn_ok();
  return sn_dataset_add_problem(dataset, SN_PROBLEM_MISSING_MASK, sample->path, "%s: is defective and has no mask",
                                sample->path);
}

bool sn_pair_masks(SnDataset *dataset, SnSamples *samples, int64_t first, const char *images, const char *folder,
                   const SnPhotographSearch *search) {
  if (!sn_ok()) return false;
  Masks masks;
  list_masks(dataset, images, folder, search, &masks);
  for (int64_t i = first; i < samples->count && sn_ok(); i++) pair(dataset, &samples->items[i], &masks, images, folder);
  for (int64_t i = 0; i < masks.count && sn_ok(); i = end_of(&masks, i)) {
    if (masks.items[i].used) continue;
    char *place = place_of(&masks.items[i], folder);
    if (place)
      sn_dataset_add_problem(dataset, SN_PROBLEM_MASK_WITHOUT_IMAGE, place, "%s: a mask without an image", place);
    free(place);
  }
  free_masks(&masks);
  return sn_ok();
}
