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
#include "base/memory.h"
#include "base/name.h"
#include "datasets/csv.h"
#include "datasets/layouts/build.h"
#include "datasets/layouts/layout.h"

typedef enum Column { OBJECT, SPLIT, LABEL, IMAGE, MASK, COLUMN_COUNT } Column;

static const char *const column_names[COLUMN_COUNT] = {"object", "split", "label", "image", "mask"};

/* A row's number in the table, beside what it is sorted by. */
typedef struct Row {
  const char *object;
  int64_t number;
} Row;

typedef struct Split {
  char *path;
  SnTable table;
  int64_t columns[COLUMN_COUNT];
  Row *rows; /* [table.row_count], those of an object together, in the table's order */
} Split;

static void free_split(void *memory) {
  Split *split = memory;
  if (!split) return;
  sn_table_free(&split->table);
  free(split->path);
  free(split->rows);
  free(split);
}

static const char *cell(const Split *split, int64_t row, Column column) {
  return sn_table_cell(&split->table, row, split->columns[column]);
}

static int compare_objects(const void *a, const void *b) {
  return strcmp(((const Row *)a)->object, ((const Row *)b)->object);
}

static int compare_rows(const void *a, const void *b) {
  const Row *first = a, *second = b;
  int order = compare_objects(a, b);
  return order ? order : (first->number > second->number) - (first->number < second->number);
}

static bool sort_rows(Split *split) {
  int64_t count = split->table.row_count;
  split->rows = sn_allocate(count, sizeof *split->rows, split->path);
  if (!split->rows) return false;
  for (int64_t i = 0; i < count; i++) split->rows[i] = (Row){cell(split, i, OBJECT), i};
  if (count > 0) qsort(split->rows, (size_t)count, sizeof *split->rows, compare_rows);
  return true;
}

/* The number of rows that have the object of the first of them. */
static int64_t object_rows(const Split *split, int64_t first) {
  int64_t last = first;
  while (last < split->table.row_count && compare_objects(&split->rows[first], &split->rows[last]) == 0) last++;
  return last - first;
}

/* NULL and an error; or NULL without one where root has no table. */
static void *read_split(const char *root) {
  char *path = sn_layout_path(root, "split_csv", "1cls.csv", NULL);
  Split *split = path && sn_is_file(path) ? sn_allocate(1, sizeof *split, path) : NULL;
  if (!split) {
    free(path);
    return NULL;
  }
  split->path = path;
  sn_csv_read(path, &split->table);
  for (int c = 0; c < COLUMN_COUNT && sn_ok(); c++) {
    split->columns[c] = sn_table_column(&split->table, column_names[c]);
    if (split->columns[c] < 0) sn_fail("%s: the header has no column '%s'", path, column_names[c]);
  }
  if (sn_ok() && sort_rows(split)) return split;
  free_split(split);
  return NULL;
}

/* An object becomes a folder's name. */
static bool categories(const char *root, SnNames *names) {
  *names = (SnNames){0};
  Split *split = read_split(root);
  for (int64_t i = 0; split && i < split->table.row_count && sn_ok(); i += object_rows(split, i)) {
    const Row *row = &split->rows[i];
    if (sn_check_name(row->object, "%s, line %" PRId64 ", column object", split->path,
                      sn_table_line(&split->table, row->number)))
      sn_names_append(names, row->object);
  }
  free_split(split);
  if (!sn_ok()) sn_names_free(names);
  return sn_ok();
}

/* The file that a field names. */
static char *file_of(const SnDataset *dataset, const Split *split, int64_t row, Column column) {
  const char *field = cell(split, row, column);
  if (!sn_check_path(field, "%s, line %" PRId64 ", column %s", split->path, sn_table_line(&split->table, row),
                     column_names[column]))
    return NULL;
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

static bool open_category(SnDataset *dataset, const void *table) {
  const Split *split = table;
  Row wanted = {dataset->category, -1};
  int64_t low = 0, high = split->table.row_count;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (compare_rows(&split->rows[middle], &wanted) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  dataset->has_masks = dataset->mask_is_nonzero = true;
  for (int64_t i = low; i < split->table.row_count && compare_objects(&split->rows[i], &wanted) == 0 && sn_ok(); i++)
    add_row(dataset, split, split->rows[i].number);
  return sn_ok();
}

const SnLayout sn_layout_visa = {
    .name = "visa",
    .shape = "split_csv/1cls.csv with the columns object, split, label, image and mask",
    .categories = categories,
    .read_table = read_split,
    .open_from_table = open_category,
    .free_table = free_split,
};
