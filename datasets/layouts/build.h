/* What layouts build a data set with. */
#ifndef SN_DATASETS_LAYOUTS_BUILD_H
#define SN_DATASETS_LAYOUTS_BUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "datasets/dataset.h"
#include "datasets/photographs.h"

/* Records a file that cannot be opened or is not a regular file. */
bool sn_dataset_check_file(SnDataset *dataset, const char *path);

/* root/category and what is below it, joined by slashes up to a NULL; to be released with free(). */
char *sn_layout_path(const char *root, ...) __attribute__((sentinel));

/* The names of images in a folder, in byte order; none where the folder is absent. What else is there is counted in
 * *left_out, which may be NULL. */
bool sn_list_images(const char *folder, SnLeftOut *left_out, SnNames *names);

/* The names of folders in a folder, in byte order; none where it is absent. Files there are counted in *left_out, which
 * may be NULL. */
bool sn_list_folders(const char *folder, SnLeftOut *left_out, SnNames *names);

/* Whether it is the folder of one category of MVTec's tree, or of BTAD's. */
bool sn_is_category_folder(const char *folder);

/* Length of a file's name without its extension. */
int sn_stem_length(const char *name);

/* The one category of a data set that has no categories of its own. */
bool sn_single_category(bool present, const char *name, SnNames *categories);

/* Appends every image of a folder, checked by sn_dataset_check_file, and counts what else is there. None where it is
 * absent. search: whether sub-folders are looked into, and which not; NULL: none. */
bool sn_dataset_add_folder(SnDataset *dataset, SnSamples *samples, const char *folder, const SnPhotographSearch *search,
                           int label, const char *kind);

#endif
