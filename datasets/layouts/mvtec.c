/* MVTec AD (Bergmann et al., CVPR 2019), and the many that follow its tree. */
#include "datasets/layouts/layout.h"
#include "datasets/layouts/tree.h"

static bool categories(const char *root, SnNames *names) { return sn_tree_categories(root, "good", names); }

static bool open_category(SnDataset *dataset) { return sn_tree_open(dataset, "good"); }

const SnLayout sn_layout_mvtec = {
    .name = "mvtec",
    .shape = "CATEGORY/train/good, CATEGORY/test/KIND, CATEGORY/ground_truth/KIND/NAME_mask.png",
    .categories = categories,
    .open = open_category,
};
