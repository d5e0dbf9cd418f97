/* Data sets opened: the layout found or named, its category chosen, and what it put in judged as a whole. */
#include "datasets/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/name.h"
#include "datasets/layouts/build.h"
#include "datasets/layouts/layout.h"

/* The names as "a, b, c", at most a dozen of them. */
static char *join_names(const SnNames *names) {
  char *text = sn_copy_text("");
  for (int64_t i = 0; i < names->count && text; i++) {
    bool enough = i == 12;
    char *longer = sn_format("%s%s%s", text, i ? ", " : "", enough ? "…" : names->items[i]);
    free(text);
    text = longer;
    if (enough) break;
  }
  return text;
}

static const SnLayout *named_layout(const char *name) {
  SnNames known = {0};
  for (int i = 0; sn_layouts[i]; i++) {
    if (strcmp(sn_layouts[i]->name, name) == 0) {
      sn_names_free(&known);
      return sn_layouts[i];
    }
    sn_names_append(&known, sn_layouts[i]->name);
  }
  char *list = join_names(&known);
  if (list) sn_fail("layout '%.40s': is not known; there are %s", name, list);
  free(list);
  sn_names_free(&known);
  return NULL;
}

static void fail_undetected(const char *root) {
  if (sn_is_category_folder(root)) { /* a frequent slip */
    sn_fail("%s: is the folder of one category: give the folder above it as the data set, and its name as the category",
            root);
    return;
  }
  char *text = sn_copy_text("");
  for (int i = 0; sn_layouts[i] && text; i++) {
    char *longer = sn_format("%s%s%s (%s)", text, i ? "; " : "", sn_layouts[i]->name, sn_layouts[i]->shape);
    free(text);
    text = longer;
  }
  if (text) sn_fail("%s: no known layout of a data set; looked for %s", root, text);
  free(text);
}

/* The layout of root, named or found, with its categories. NULL and an error when there are none. */
static const SnLayout *find_layout(const char *root, const char *name, SnNames *categories) {
  *categories = (SnNames){0};
  if (!sn_ok()) return NULL;
  if (!sn_is_directory(root)) return sn_fail_null("%s: is not a folder that can be read", root);
  const SnLayout *layout = name ? named_layout(name) : NULL;
  for (int i = 0; sn_ok() && sn_layouts[i] && !name; i++) {
    if (!sn_layouts[i]->categories(root, categories)) return NULL;
    if (categories->count > 0) return sn_layouts[i];
  }
  if (!sn_ok()) return NULL;
  if (!layout) {
    fail_undetected(root);
    return NULL;
  }
  if (!layout->categories(root, categories)) return NULL;
  if (categories->count == 0)
    return sn_fail_null("%s: no data set of layout %s; looked for %s", root, layout->name, layout->shape);
  return layout;
}

bool sn_dataset_root_open(const char *path, const char *layout, SnDatasetRoot *root) {
  *root = (SnDatasetRoot){0};
  root->layout = find_layout(path, layout, &root->categories);
  if (root->layout) root->path = sn_copy_text(path);
  for (int64_t i = 0; i < root->categories.count && sn_ok(); i++)
    sn_check_name(root->categories.items[i], "%s: its categories", path);
  if (sn_ok() && root->layout->read_table) {
    root->table = root->layout->read_table(path);
    if (!root->table) sn_fail("%s: its table went away while it was read", path);
  }
  if (!sn_ok()) sn_dataset_root_free(root);
  return sn_ok();
}

void sn_dataset_root_free(SnDatasetRoot *root) {
  if (root->table) root->layout->free_table(root->table);
  sn_names_free(&root->categories);
  free(root->path);
  *root = (SnDatasetRoot){0};
}

static int compare_names(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* The category asked for, or the only one. NULL and an error when it is not there. */
static const char *choose_category(const SnDatasetRoot *root, const char *category) {
  const SnNames *names = &root->categories;
  if (!category && names->count == 1) return names->items[0];
  char **found =
      category ? bsearch(&category, names->items, (size_t)names->count, sizeof category, compare_names) : NULL;
  if (found) return *found;
  char *list = join_names(names);
  if (list && category)
    sn_fail("%s: has no category '%s'; there %s %s", root->path, category, names->count == 1 ? "is" : "are", list);
  else if (list)
    sn_fail("%s: has several categories, and one must be named: %s", root->path, list);
  free(list);
  return NULL;
}

static bool check_file(const SnDataset *dataset, const char *path) {
  size_t length = strlen(dataset->root);
  if (length == 0) return true; /* the user's own folders */
  const char *rest = path + length;
  bool below = strncmp(path, dataset->root, length) == 0 && sn_path_stays_below(rest + strspn(rest, "/"));
  return below || sn_fail("%s: lies outside the data set's folder %s", path, dataset->root);
}

/* What no layout may let pass, wherever it has it from: a kind of defect that is no name, a file outside the data set.
 */
static bool check_samples(const SnDataset *dataset, const SnSamples *samples) {
  for (int64_t i = 0; i < samples->count && sn_ok(); i++) {
    const SnSample *sample = &samples->items[i];
    sn_check_name(sample->kind, "%s: the kind of defect", sample->path);
    check_file(dataset, sample->path);
    for (int64_t m = 0; m < sample->mask_count && sn_ok(); m++) check_file(dataset, sample->mask_paths[m]);
  }
  return sn_ok();
}

/* Sorts what a layout has put in, and judges it as a whole. */
static bool finish(SnDataset *dataset, const char *place) {
  check_samples(dataset, &dataset->train);
  check_samples(dataset, &dataset->validation);
  check_samples(dataset, &dataset->test);
  sn_samples_sort(&dataset->train);
  sn_samples_sort(&dataset->validation);
  sn_samples_sort(&dataset->test);
  if (sn_ok() && dataset->train.count + dataset->test.count == 0)
    return sn_fail("%s: the category %s holds no images (" SN_IMAGE_EXTENSIONS ")", place, dataset->category);
  if (sn_ok() && dataset->train.count == 0)
    sn_dataset_add_problem(dataset, SN_PROBLEM_EMPTY, place, "%s: the category %s holds no good images to train on",
                           place, dataset->category);
  return sn_ok();
}

bool sn_dataset_root_category(const SnDatasetRoot *root, const char *category, SnDataset *dataset) {
  *dataset = (SnDataset){0};
  const char *chosen = sn_ok() ? choose_category(root, category) : NULL;
  if (!chosen) return false;
  const SnLayout *layout = root->layout;
  *dataset = (SnDataset){.layout = layout->name, .root = sn_copy_text(root->path), .category = sn_copy_text(chosen)};
  if (sn_ok() && (layout->read_table ? layout->open_from_table(dataset, root->table) : layout->open(dataset)))
    finish(dataset, root->path);
  if (!sn_ok()) sn_dataset_free(dataset);
  return sn_ok();
}

bool sn_dataset_open(const char *root, const char *category, const char *layout, SnDataset *dataset) {
  *dataset = (SnDataset){0};
  SnDatasetRoot opened;
  if (!sn_dataset_root_open(root, layout, &opened)) return false;
  sn_dataset_root_category(&opened, category, dataset);
  sn_dataset_root_free(&opened);
  return sn_ok();
}

bool sn_dataset_categories(const char *root, const char *layout, SnNames *categories) {
  SnDatasetRoot opened;
  *categories = (SnNames){0};
  if (!sn_dataset_root_open(root, layout, &opened)) return false;
  *categories = opened.categories;
  opened.categories = (SnNames){0};
  sn_dataset_root_free(&opened);
  return true;
}

const char *sn_dataset_detect(const char *root) {
  SnNames categories;
  const SnLayout *layout = find_layout(root, NULL, &categories);
  sn_names_free(&categories);
  return layout ? layout->name : NULL;
}

bool sn_dataset_open_folders(const SnPlainFolders *folders, SnDataset *dataset) {
  *dataset = (SnDataset){.layout = sn_layout_folder.name, .root = sn_copy_text(""), .category = sn_copy_text("folder")};
  const char *given = folders->train ? folders->train : folders->test_good ? folders->test_good : folders->test_bad;
  if (sn_ok() && !given) sn_fail("a data set of plain folders: expected a folder of images, found none");
  if (sn_ok() && folders->masks && !folders->test_bad)
    sn_fail("%s: masks are given without the defective images they belong to", folders->masks);
  if (sn_ok() && sn_folders_open(dataset, folders)) finish(dataset, given);
  if (!sn_ok()) sn_dataset_free(dataset);
  return sn_ok();
}

const char *sn_dataset_layout_name(const char *name) {
  const SnLayout *layout = sn_ok() ? named_layout(name) : NULL;
  return layout ? layout->name : NULL;
}
