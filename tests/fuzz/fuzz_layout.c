/* Any bytes as the table of a VisA data set and as the class names of CIFAR-10: an error, or categories whose names are
 * parts of a path and files that lie below the data set's folder. The one target that needs files, since layouts read
 * folders: they lie in /dev/shm where it is, else in /tmp. Photographs that a table may name are there, but empty. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "datasets/cifar10.h"
#include "datasets/dataset.h"
#include "datasets/summary.h"
#include "tests/fuzz/limits.h"

enum { MAX_OPENED = 4 };

static char top[32];

/* In the order in which they are made; what ends in a slash is a folder. */
static const char *const paths[] = {"visa/",
                                    "visa/split_csv/",
                                    "visa/split_csv/1cls.csv",
                                    "visa/a/",
                                    "visa/a/0.png",
                                    "visa/a/1.png",
                                    "cifar10/",
                                    "cifar10/data_batch_1.bin",
                                    "cifar10/data_batch_2.bin",
                                    "cifar10/data_batch_3.bin",
                                    "cifar10/data_batch_4.bin",
                                    "cifar10/data_batch_5.bin",
                                    "cifar10/test_batch.bin",
                                    "cifar10/batches.meta.txt"};
enum { PATHS = sizeof paths / sizeof *paths };

static const char *below(const char *path) {
  static char whole[128];
  snprintf(whole, sizeof whole, "%s/%s", top, path);
  return whole;
}

static void remove_files(void) {
  for (int i = PATHS; i-- > 0;) remove(below(paths[i]));
  remove(top);
}

static void write_bytes(const char *path, const uint8_t *data, size_t size) {
  FILE *file = fopen(below(path), "wb");
  if (!file || (size > 0 && fwrite(data, 1, size, file) != size) || fclose(file) != 0) {
    perror(path);
    exit(EXIT_FAILURE);
  }
}

/* Folders, empty files, and CIFAR-10's batches of one record. */
static void make_files(void) {
  static const uint8_t record[SN_CIFAR10_RECORD_SIZE];
  snprintf(top, sizeof top, "%s/fuzz-layout-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
  if (!mkdtemp(top)) exit(EXIT_FAILURE);
  atexit(remove_files);
  for (int i = 0; i < PATHS; i++) {
    if (paths[i][strlen(paths[i]) - 1] != '/')
      write_bytes(paths[i], record, strstr(paths[i], ".bin") ? sizeof record : 0);
    else if (mkdir(below(paths[i]), 0700) != 0)
      exit(EXIT_FAILURE);
  }
}

/* A name that is appended to a folder must stay in that folder. */
static void check_part(const char *name) {
  if (*name == '\0' || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) abort();
}

static void check_path(const char *root, const char *path) {
  const size_t length = strlen(root);
  if (strncmp(path, root, length) != 0 || path[length] != '/') abort();
  for (const char *at = path + length; (at = strstr(at, "/..")); at += 3)
    if (at[3] == '/' || at[3] == '\0') abort();
}

static void check_samples(const char *root, const SnSamples *samples) {
  for (int64_t i = 0; i < samples->count; i++) {
    check_path(root, samples->items[i].path);
    check_part(samples->items[i].kind);
    for (int64_t m = 0; m < samples->items[i].mask_count; m++) check_path(root, samples->items[i].mask_paths[m]);
  }
}

static void open_categories(const char *root, const char *layout) {
  SnNames names;
  sn_clear_error();
  const bool listed = sn_dataset_categories(root, layout, &names);
  if (listed != sn_ok()) abort();
  for (int64_t i = 0; listed && i < names.count; i++) check_part(names.items[i]);
  for (int64_t i = 0; listed && i < names.count && i < MAX_OPENED; i++) {
    SnDataset dataset;
    sn_clear_error();
    if (sn_dataset_open(root, names.items[i], layout, &dataset) != sn_ok()) abort();
    check_samples(root, &dataset.train);
    check_samples(root, &dataset.validation);
    check_samples(root, &dataset.test);
    sn_dataset_free(&dataset);
  }
  sn_names_free(&names);
}

/* Each in a limit of its own: with the names, some categories opened, and all of them summarised. */
static void read_layout(const char *layout, const char *path, const uint8_t *data, size_t size) {
  char root[128];
  snprintf(root, sizeof root, "%s", below(layout));
  write_bytes(path, data, size);
  sn_fuzz_read_again();
  open_categories(root, layout);
  sn_fuzz_read_again();
  SnSummary summary;
  sn_clear_error();
  const bool summarized = sn_dataset_summarize(root, &(SnSummaryOptions){.layout = layout}, &summary);
  if (summarized != sn_ok()) abort();
  sn_summary_free(&summary);
}

void sn_fuzz_input(const uint8_t *data, size_t size) {
  if (*top == '\0') make_files();
  read_layout("visa", "visa/split_csv/1cls.csv", data, size);
  read_layout("cifar10", "cifar10/batches.meta.txt", data, size);
}
