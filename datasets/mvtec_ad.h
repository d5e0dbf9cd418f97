/* MVTec AD (Bergmann, Fauser, Sattlegger and Steger, CVPR 2019), the data set that papers of this field report on. */
#ifndef SN_DATASETS_MVTEC_AD_H
#define SN_DATASETS_MVTEC_AD_H

#include <stdint.h>

typedef enum SnMvtecGroup { SN_MVTEC_TEXTURES, SN_MVTEC_OBJECTS, SN_MVTEC_ALL, SN_MVTEC_GROUPS } SnMvtecGroup;

enum { SN_MVTEC_CATEGORIES = 15 };

typedef struct SnMvtecCategory {
  const char *name;
  SnMvtecGroup group; /* one of the first two */
  int64_t train_images, test_images;
} SnMvtecCategory;

extern const char *const sn_mvtec_groups[SN_MVTEC_GROUPS]; /* "textures", "objects", "all categories" */

/* In the order of papers' tables: textures, then objects. */
extern const SnMvtecCategory sn_mvtec_categories[SN_MVTEC_CATEGORIES];

/* NULL when MVTec AD has no category of that name. */
const SnMvtecCategory *sn_mvtec_category(const char *name);

#endif
