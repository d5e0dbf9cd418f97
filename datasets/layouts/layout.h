/* A layout: how one data set arranges its files. One file each in this folder; a new one is that file, a line below and
 * a line in layouts.c. */
#ifndef SN_DATASETS_LAYOUTS_LAYOUT_H
#define SN_DATASETS_LAYOUTS_LAYOUT_H

#include <stdbool.h>

#include "datasets/dataset.h"

typedef struct SnLayout {
  const char *name;
  const char *shape; /* the files that show the layout, below its root, for a person to compare */
  /* The categories found under root, in byte order; none where root has not the layout's shape. False only on an error.
   */
  bool (*categories)(const char *root, SnNames *categories);
  /* Fills in lists, masks and problems of a category that `categories` has found. Layout, root and category are set. */
  bool (*open)(SnDataset *dataset);
  /* Instead of `open`, where one table lists all categories: it is read once for any number of them. */
  void *(*read_table)(const char *root);
  bool (*open_from_table)(SnDataset *dataset, const void *table);
  void (*free_table)(void *table);
} SnLayout;

extern const SnLayout sn_layout_mvtec, sn_layout_mvtec_loco, sn_layout_visa, sn_layout_btad, sn_layout_mpdd,
    sn_layout_kolektor_sdd, sn_layout_kolektor_sdd2, sn_layout_cifar10, sn_layout_folder;

/* Fills in a data set of plain folders; see sn_dataset_open_folders. */
bool sn_folders_open(SnDataset *dataset, const SnPlainFolders *folders);

/* All layouts in the order in which detection asks them, the more particular first; ends with NULL. */
extern const SnLayout *const sn_layouts[];

#endif
