/* The tree that MVTec AD has and others took over:
 *
 *     CATEGORY/train/good/000.png
 *     CATEGORY/test/good/000.png
 *     CATEGORY/test/KIND/000.png
 *     CATEGORY/ground_truth/KIND/000_mask.png
 */
#ifndef SN_DATASETS_LAYOUTS_TREE_H
#define SN_DATASETS_LAYOUTS_TREE_H

#include <stdbool.h>

#include "datasets/dataset.h"

/* The folders of root that have a folder train/GOOD. */
bool sn_tree_categories(const char *root, const char *good, SnNames *categories);

/* Fills in train, test, masks and problems of root/category; `good` names the folders of good images. */
bool sn_tree_open(SnDataset *dataset, const char *good);

#endif
