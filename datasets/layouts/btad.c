/* BTAD, beanTech Anomaly Detection (Mishra et al., ISIE 2021): MVTec's tree with ok and ko, bmp and png mixed, masks
 * named as their image. */
#include "datasets/layouts/layout.h"
#include "datasets/layouts/tree.h"

static bool categories(const char *root, SnNames *names) { return sn_tree_categories(root, "ok", names); }

static bool open_category(SnDataset *dataset) { return sn_tree_open(dataset, "ok"); }

const SnLayout sn_layout_btad = {
    .name = "btad",
    .shape = "CATEGORY/train/ok, CATEGORY/test/ok, CATEGORY/test/ko, CATEGORY/ground_truth/ko",
    .categories = categories,
    .open = open_category,
};
