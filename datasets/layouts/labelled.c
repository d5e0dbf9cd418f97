#include "datasets/layouts/labelled.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/layouts/build.h"
#include "datasets/mask.h"

static bool has_ending(const char *name, const char *ending) {
  size_t stem = (size_t)sn_stem_length(name), length = strlen(ending);
  return stem > length && strncmp(name + stem - length, ending, length) == 0;
}

/* The first of the sorted names that is `stem` (of some length), `ending`, a point and an extension; NULL when none is.
 */
static const char *find_name(const SnNames *names, const char *stem, int length, const char *ending) {
  char *wanted = sn_format("%.*s%s.", length, stem, ending);
  if (!wanted) return NULL;
  int64_t low = 0, high = names->count;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (strcmp(names->items[middle], wanted) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  bool found = low < names->count && strncmp(names->items[low], wanted, strlen(wanted)) == 0;
  free(wanted);
  return found ? names->items[low] : NULL;
}

static const char *find_image(const SnNames *names, const char *truth, const char *ending) {
  return find_name(names, truth, sn_stem_length(truth) - (int)strlen(ending), "");
}

bool sn_labelled_present(const char *folder, const char *ending) {
  SnNames names;
  bool present = false;
  if (!sn_list_images(folder, NULL, &names)) return false;
  for (int64_t i = 0; i < names.count && !present; i++)
    present = has_ending(names.items[i], ending) && find_image(&names, names.items[i], ending);
  sn_names_free(&names);
  return present;
}

/* 1 when any pixel is set, 0 when none is, -1 when the file cannot be decoded. */
static int read_label(SnDataset *dataset, const char *path) {
  SnImage image;
  SnMaskKind kind;
  if (!sn_mask_read(path, NULL, true, &image, &kind)) {
    SnError error;
    if (sn_error_forgive(&error)) sn_dataset_add_problem(dataset, SN_PROBLEM_UNREADABLE, path, "%s", error.message);
    return -1;
  }
  int label = sn_mask_largest(&image) > 0;
  sn_image_free(&image);
  return label;
}

static bool add(SnDataset *dataset, const char *path, const char *truth, SnSamples *good, SnSamples *bad) {
  if (!truth)
    return sn_dataset_add_problem(dataset, SN_PROBLEM_MISSING_MASK, path,
                                  "%s: has no ground truth, which holds its label: it is left out", path);
  int label = read_label(dataset, truth);
  if (label < 0 || !sn_dataset_check_file(dataset, path)) return sn_ok();
  SnSample *sample = label ? sn_samples_append(bad, path, -1, SN_DEFECTIVE, "defective")
                           : sn_samples_append(good, path, -1, SN_GOOD, "good");
  return sample && (!label || sn_sample_add_mask(sample, truth));
}

bool sn_labelled_add(SnDataset *dataset, const char *folder, const char *ending, SnSamples *good, SnSamples *bad) {
  SnNames names;
  if (!sn_list_images(folder, &dataset->left_out, &names)) return false;
  for (int64_t i = 0; i < names.count && sn_ok(); i++) {
    const char *name = names.items[i];
    char *path = sn_path_join(folder, name);
    if (path && has_ending(name, ending)) {
      if (!find_image(&names, name, ending))
        sn_dataset_add_problem(dataset, SN_PROBLEM_MASK_WITHOUT_IMAGE, path, "%s: a mask without an image", path);
    } else if (path) {
      const char *truth = find_name(&names, name, sn_stem_length(name), ending);
      char *truth_path = truth ? sn_path_join(folder, truth) : NULL;
      if (sn_ok()) add(dataset, path, truth_path, good, bad);
      free(truth_path);
    }
    free(path);
  }
  sn_names_free(&names);
  return sn_ok();
}
