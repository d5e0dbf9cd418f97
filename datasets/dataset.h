/* A data set as everything else sees it: lists of photographs with their labels and masks, whatever its folders look
 * like.
 *
 *     SnDataset dataset;
 *     if (sn_dataset_open("data/mvtec", "bottle", NULL, &dataset))
 *       printf("%s: %lld good images to train on\n", dataset.layout, (long long)dataset.train.count);
 *     sn_dataset_free(&dataset);
 *
 * Opening reads folders and tables, and no photograph (KolektorSDD and SDD2: the masks, which hold the labels). Every
 * list is sorted by path as bytes, as Python's sorted(glob(...)) sorts, CIFAR-10's by batch file and record. */
#ifndef SN_DATASETS_DATASET_H
#define SN_DATASETS_DATASET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/file.h"
#include "datasets/left_out.h"
#include "datasets/samples.h"

typedef enum SnProblemKind {
  SN_PROBLEM_MISSING_MASK,       /* a defective image has no mask */
  SN_PROBLEM_MASK_WITHOUT_IMAGE, /* a mask belongs to no image */
  SN_PROBLEM_MASK_SIZE,          /* a mask has another size than its image; found by sn_dataset_summarize */
  SN_PROBLEM_EMPTY_MASK,         /* the mask of a defective image holds no defect; found by sn_dataset_summarize */
  SN_PROBLEM_SECOND_MASK,        /* an image has two masks where the layout knows one; the first is used */
  SN_PROBLEM_DEFECTIVE_IN_TRAIN, /* a folder of defective images is under train; left out */
  SN_PROBLEM_UNREADABLE,         /* missing, not a regular file or not to be opened; stays in its list */
  SN_PROBLEM_EMPTY,              /* no images to train on */
  SN_PROBLEM_KIND_COUNT
} SnProblemKind;

typedef struct SnProblem {
  SnProblemKind kind;
  char *path;    /* the file or folder */
  char *message; /* one sentence that names it */
} SnProblem;

typedef struct SnProblems {
  SnProblem *items;
  int64_t count;
} SnProblems;

typedef struct SnDataset {
  char *root, *category;
  const char *layout;    /* "mvtec", "mvtec_loco", "visa", "btad", "mpdd", "kolektor_sdd", "kolektor_sdd2", "cifar10" or
                            "folder"; not owned */
  SnSamples train;       /* good images only */
  SnSamples validation;  /* good images; MVTec LOCO only */
  SnSamples test;        /* good and defective images */
  SnSamples calibration; /* good images that set the threshold; empty unless hold_out.h or the caller put some there */
  bool has_masks;        /* defective images come with masks; false for CIFAR-10 and a plain folder without any */
  bool mask_is_nonzero;  /* masks hold class numbers: every value but 0 is defect (VisA, KolektorSDD, SDD2) */
  int64_t train_left_out; /* defective images of the official training split, which one-class training leaves out */
  SnProblems problems;
  const char *advice; /* ends the error of an image that cannot be read, after a semicolon; not owned; NULL: nothing */
  SnLeftOut left_out; /* what is in the folders of photographs and masks but was not taken */
} SnDataset;

/* Opens one category of the data set under root. layout NULL: found from the folder's shape. category NULL: the only
 * one. On failure an error says what was looked for, and *dataset is empty. What does not prevent work is in
 * dataset->problems: a training list may be empty (SN_PROBLEM_EMPTY) where only evaluation is wanted. */
bool sn_dataset_open(const char *root, const char *category, const char *layout, SnDataset *dataset);

/* The categories under root in byte order; layout as above. Each is a name without fault (base/name.h), so that it can
 * be a folder's name among results. */
bool sn_dataset_categories(const char *root, const char *layout, SnNames *categories);

/* A data set's folder, looked at once for any number of its categories. */
typedef struct SnDatasetRoot {
  char *path;
  const struct SnLayout *layout; /* not owned */
  SnNames categories;            /* in byte order */
  void *table;                   /* the layout's, of all categories; NULL where it has none */
} SnDatasetRoot;

/* On failure an error says what was looked for, and *root is empty. */
bool sn_dataset_root_open(const char *path, const char *layout, SnDatasetRoot *root);

/* As sn_dataset_open. */
bool sn_dataset_root_category(const SnDatasetRoot *root, const char *category, SnDataset *dataset);

void sn_dataset_root_free(SnDatasetRoot *root);

/* The name of the layout that the folder's shape shows, not owned; NULL and an error when none does. */
const char *sn_dataset_detect(const char *root);

/* The layout's own name for a text that spells it, which lives as long as the program; NULL and an error, which lists
 * the known ones, for any other text. */
const char *sn_dataset_layout_name(const char *text);

/* Plain folders of images, with all their sub-folders. Each may be NULL, but not all of train, test_good and test_bad.
 * A mask has the place below `masks` that its image has below test_bad, and its name, with or without "_mask" before
 * the extension. A folder inside another belongs to its own list alone; `out`, a folder of results or NULL, to
 * none. The category is "folder". */
typedef struct SnPlainFolders {
  const char *train, *test_good, *test_bad, *masks, *out;
} SnPlainFolders;

bool sn_dataset_open_folders(const SnPlainFolders *folders, SnDataset *dataset);

void sn_dataset_free(SnDataset *dataset);

/* Records a problem of a data set. The message is formatted as by printf. */
bool sn_dataset_add_problem(SnDataset *dataset, SnProblemKind kind, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void sn_problems_free(SnProblems *problems);

/* The sample's name in tables: its path below dataset->root, with "#record" where it is one of several in a file. To be
 * released with free(). */
char *sn_sample_name(const SnDataset *dataset, const SnSample *sample);

#endif
