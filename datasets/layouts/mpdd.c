/* MPDD, Metal Parts Defect Detection (Jezek et al., ICUMT 2021): MVTec's tree, known by its categories' names. */
#include <string.h>

#include "base/error.h"
#include "datasets/layouts/layout.h"
#include "datasets/layouts/tree.h"

static bool is_category(const char *name) {
  static const char *const known[] = {"bracket_black", "bracket_brown", "bracket_white",
                                      "connector",     "metal_plate",   "tubes"};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(name, known[i]) == 0) return true;
  return false;
}

static bool categories(const char *root, SnNames *names) {
  *names = (SnNames){0};
  SnNames all;
  if (!sn_tree_categories(root, "good", &all)) return false;
  for (int64_t i = 0; i < all.count && sn_ok(); i++)
    if (is_category(all.items[i])) sn_names_append(names, all.items[i]);
  sn_names_free(&all);
  if (!sn_ok()) sn_names_free(names);
  return sn_ok();
}

static bool open_category(SnDataset *dataset) { return sn_tree_open(dataset, "good"); }

const SnLayout sn_layout_mpdd = {
    .name = "mpdd",
    .shape = "bracket_black|bracket_brown|bracket_white|connector|metal_plate|tubes/train/good, then as mvtec",
    .categories = categories,
    .open = open_category,
};
