/* VisA (Zou et al., ECCV 2022), as its own table of the one-class split lists it:
 *
 *     object,split,label,image,mask
 *     candle,train,normal,candle/Data/Images/Normal/0836.JPG,
 *     candle,test,anomaly,candle/Data/Images/Anomaly/000.JPG,candle/Data/Masks/Anomaly/000.png
 *
 * Masks hold the numbers of defect classes, not white. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "datasets/csv.h"
#include "datasets/layouts/build.h"
#include "datasets/layouts/layout.h"

typedef enum Column { OBJECT, SPLIT, LABEL, IMAGE, MASK, COLUMN_COUNT } Column;

typedef struct Split {
  char *path;
  SnTable table;
  int64_t columns[COLUMN_COUNT];
} Split;

static void close_split(Split *split) {
  sn_table_free(&split->table);
  free(split->path);
}

/* Reads the table; where root has none, split->path is NULL and no error stands. */
static bool open_split(const char *root, Split *split) {
  static const char *const names[COLUMN_COUNT] = {"object", "split", "label", "image", "mask"};
  *split = (Split){.path = sn_layout_path(root, "split_csv", "1cls.csv", NULL)};
  if (split->path && !sn_is_file(split->path)) {
    free(split->path);
    split->path = NULL;
    return true;
  }
  if (!split->path || !sn_csv_read(split->path, &split->table)) return false;
  for (int c = 0; c < COLUMN_COUNT; c++) {
    split->columns[c] = sn_table_column(&split->table, names[c]);
    if (split->columns[c] < 0) return sn_fail("%s: the header has no column '%s'", split->path, names[c]);
  }
  return true;
}

static const char *cell(const Split *split, int64_t row, Column column) {
  return sn_table_cell(&split->table, row, split->columns[column]);
}

static int compare_names(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static bool categories(const char *root, SnNames *names) {
  *names = (SnNames){0};
  Split split;
  bool opened = open_split(root, &split);
  for (int64_t row = 0; opened && split.path && row < split.table.row_count && sn_ok(); row++) {
    const char *object = cell(&split, row, OBJECT);
    bool known = false;
    for (int64_t i = names->count; i-- > 0 && !known;) known = strcmp(names->items[i], object) == 0;
    if (!known) sn_names_append(names, object);
  }
  close_split(&split);
  if (!sn_ok()) sn_names_free(names);
  if (names->count > 0) qsort(names->items, (size_t)names->count, sizeof *names->items, compare_names);
  return sn_ok();
}

/* The file that a field names; a table must not lead outside its data set. */
static char *file_of(const SnDataset *dataset, const Split *split, int64_t row, Column column) {
  const char *field = cell(split, row, column);
  bool leaves = field[0] == '/' || strcmp(field, "..") == 0 || strncmp(field, "../", 3) == 0 || strstr(field, "/../");
  if (field[0] == '\0' || leaves)
    return sn_fail_null("%s, line %" PRId64 ": expected a path below the data set's folder, found '%.200s'",
                        split->path, sn_table_line(&split->table, row), field);
  return sn_path_join(dataset->root, field);
}

static bool one_of(const Split *split, int64_t row, Column column, const char *first, const char *second) {
  const char *field = cell(split, row, column);
  return strcmp(field, first) == 0 || strcmp(field, second) == 0 ||
         sn_fail("%s, line %" PRId64 ": expected '%s' or '%s', found '%.40s'", split->path,
                 sn_table_line(&split->table, row), first, second, field);
}

static bool add_mask(SnDataset *dataset, const Split *split, int64_t row, SnSample *sample) {
  if (cell(split, row, MASK)[0] == '\0')
    return sn_dataset_add_problem(dataset, SN_PROBLEM_MISSING_MASK, sample->path, "%s: is defective and has no mask",
                                  sample->path);
  char *path = file_of(dataset, split, row, MASK);
  if (path && sn_dataset_check_file(dataset, path)) sn_sample_add_mask(sample, path);
  free(path);
  return sn_ok();
}

static bool add_row(SnDataset *dataset, const Split *split, int64_t row) {
  if (!one_of(split, row, SPLIT, "train", "test") || !one_of(split, row, LABEL, "normal", "anomaly")) return false;
  bool train = strcmp(cell(split, row, SPLIT), "train") == 0;
  bool defective = strcmp(cell(split, row, LABEL), "anomaly") == 0;
  char *path = file_of(dataset, split, row, IMAGE);
  if (path && train && defective) {
    dataset->train_left_out++;
    sn_dataset_add_problem(dataset, SN_PROBLEM_DEFECTIVE_IN_TRAIN, path,
                           "%s: a defective image in the training split: it is not trained on", path);
  } else if (path && sn_dataset_check_file(dataset, path)) {
    SnSample *sample = sn_samples_append(train ? &dataset->train : &dataset->test, path, -1,
                                         defective ? SN_DEFECTIVE : SN_GOOD, defective ? "anomaly" : "good");
    if (sample && defective) add_mask(dataset, split, row, sample);
  }
  free(path);
  return sn_ok();
}

static bool open_category(SnDataset *dataset) {
  Split split;
  bool opened = open_split(dataset->root, &split);
  dataset->has_masks = dataset->mask_is_nonzero = true;
  for (int64_t row = 0; opened && row < split.table.row_count && sn_ok(); row++)
    if (strcmp(cell(&split, row, OBJECT), dataset->category) == 0) add_row(dataset, &split, row);
  close_split(&split);
  return sn_ok();
}

const SnLayout sn_layout_visa = {
    .name = "visa",
    .shape = "split_csv/1cls.csv with the columns object, split, label, image and mask",
    .categories = categories,
    .open = open_category,
};
