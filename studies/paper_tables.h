/* The numbers that the paper prints (Liu, Zhou, Xu and Wang, CVPR 2023), to stand beside ours. AUROC in percent. */
#ifndef SN_STUDIES_PAPER_TABLES_H
#define SN_STUDIES_PAPER_TABLES_H

#include <stdbool.h>
#include <stdint.h>

typedef struct SnPaperScore {
  double image, pixel; /* NaN: not printed */
} SnPaperScore;

/* ---- table 1: MVTec AD ---- */

enum { SN_PAPER_CATEGORIES = 15, SN_PAPER_METHODS = 9, SN_PAPER_SIMPLENET = 8 };

typedef enum SnPaperGroup { SN_PAPER_TEXTURES, SN_PAPER_OBJECTS, SN_PAPER_ALL, SN_PAPER_GROUPS } SnPaperGroup;

extern const char *const sn_paper_methods[SN_PAPER_METHODS]; /* SimpleNet is the last */
extern const char *const sn_paper_groups[SN_PAPER_GROUPS];   /* "textures", "objects", "all categories" */

typedef struct SnPaperCategory {
  const char *name;
  SnPaperGroup group;
  int64_t train_images, test_images; /* of MVTec AD */
  SnPaperScore scores[SN_PAPER_METHODS];
} SnPaperCategory;

/* In the order of the table: textures, then objects. */
extern const SnPaperCategory sn_paper_categories[SN_PAPER_CATEGORIES];

/* NULL when MVTec AD has no category of that name. */
const SnPaperCategory *sn_paper_category(const char *name);

/* The means as the paper prints them. */
extern const SnPaperScore sn_paper_printed_means[SN_PAPER_GROUPS][SN_PAPER_METHODS];

/* The means of the rows above. PaDiM's differ from the printed ones by more than rounding. */
SnPaperScore sn_paper_mean(SnPaperGroup group, int method);

/* ---- tables 2 to 5 ---- */

typedef struct SnPaperLine {
  const char *label;
  SnPaperScore score;
} SnPaperLine;

enum { SN_PAPER_TABLE2 = 6, SN_PAPER_TABLE3 = 4, SN_PAPER_TABLE4 = 4, SN_PAPER_TABLE5 = 10 };
extern const SnPaperLine sn_paper_table2[SN_PAPER_TABLE2]; /* levels: "1", "1+2" */
extern const SnPaperLine sn_paper_table3[SN_PAPER_TABLE3]; /* "ours", "non-linear adaptor", … */
extern const SnPaperLine sn_paper_table4[SN_PAPER_TABLE4]; /* torchvision's names of backbones */
extern const SnPaperLine sn_paper_table5[SN_PAPER_TABLE5]; /* methods on CIFAR-10, one class at a time; image only */

/* Images a second that the paper states (RTX 3080 Ti, Xeon E5-2680 v3). */
#define SN_PAPER_IMAGES_PER_SECOND 77.0

#endif
