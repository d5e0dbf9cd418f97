/* CIFAR-10 as one-class novelty detection: trained on one class's share of the five training
 * batches, tested on all of the test batch, where every other class is defective. There are no masks. */
#include "datasets/cifar10.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/name.h"
#include "datasets/layouts/build.h"
#include "datasets/layouts/layout.h"

enum { BATCHES = 5, META_LIMIT = 4096 };

static const size_t BATCH_LIMIT = (size_t)64 << 20;

/* Where the batches are: root itself, or the folder that the archive unpacks to. NULL without an error when in neither.
 */
static char *find_folder(const char *root) {
  static const char *const places[] = {".", "cifar-10-batches-bin"};
  for (int i = 0; i < 2 && sn_ok(); i++) {
    char *folder = i == 0 ? sn_copy_text(root) : sn_path_join(root, places[i]);
    char *batch = folder ? sn_path_join(folder, "data_batch_1.bin") : NULL;
    bool found = batch && sn_is_file(batch);
    free(batch);
    if (found) return folder;
    free(folder);
  }
  return NULL;
}

/* The ten names, one a line, in label order; the usual ones where there is no batches.meta.txt. */
static bool read_classes(const char *folder, SnNames *classes) {
  static const char *const usual = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n";
  *classes = (SnNames){0};
  char *path = sn_path_join(folder, "batches.meta.txt");
  SnBytes text = {0};
  if (path && sn_is_file(path)) sn_file_read(path, META_LIMIT, &text);
  char *names = sn_copy_text(text.data ? (const char *)text.data : usual), *rest = names;
  for (char *name; sn_ok() && (name = strtok_r(rest, "\r\n", &rest));)
    if (sn_check_name(name, "%s: class %" PRId64, path, classes->count)) sn_names_append(classes, name);
  if (sn_ok() && classes->count != SN_CIFAR10_CLASSES)
    sn_fail("%s: expected %d class names, found %" PRId64, path, SN_CIFAR10_CLASSES, classes->count);
  free(names);
  sn_bytes_free(&text);
  free(path);
  if (!sn_ok()) sn_names_free(classes);
  return sn_ok();
}

static int compare_names(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static bool categories(const char *root, SnNames *names) {
  *names = (SnNames){0};
  char *folder = find_folder(root);
  if (folder && read_classes(folder, names))
    qsort(names->items, (size_t)names->count, sizeof *names->items, compare_names);
  free(folder);
  return sn_ok();
}

/* Appends the records of a batch: those of the class alone, or all of them. */
static bool add_batch(SnDataset *dataset, SnSamples *samples, const char *path, const SnNames *classes, bool all) {
  SnBytes bytes;
  if (!path || !sn_file_read(path, BATCH_LIMIT, &bytes)) return false;
  if (bytes.size == 0 || bytes.size % SN_CIFAR10_RECORD_SIZE != 0)
    sn_fail("%s: expected whole records of %d bytes, found %zu bytes", path, SN_CIFAR10_RECORD_SIZE, bytes.size);
  int64_t count = (int64_t)(bytes.size / SN_CIFAR10_RECORD_SIZE);
  for (int64_t record = 0; record < count && sn_ok(); record++) {
    uint8_t class = bytes.data[record * SN_CIFAR10_RECORD_SIZE];
    if (class >= SN_CIFAR10_CLASSES) {
      sn_fail("%s: record %" PRId64 " has the label %d, where 0 to 9 are expected", path, record, class);
      break;
    }
    bool normal = strcmp(classes->items[class], dataset->category) == 0;
    if (normal || all) sn_samples_append(samples, path, record, normal ? SN_GOOD : SN_DEFECTIVE, classes->items[class]);
  }
  sn_bytes_free(&bytes);
  return sn_ok();
}

static bool open_category(SnDataset *dataset) {
  char *folder = find_folder(dataset->root);
  SnNames classes = {0};
  if (folder && read_classes(folder, &classes)) {
    for (int batch = 1; batch <= BATCHES && sn_ok(); batch++) {
      char *name = sn_format("data_batch_%d.bin", batch), *path = name ? sn_path_join(folder, name) : NULL;
      add_batch(dataset, &dataset->train, path, &classes, false);
      free(path);
      free(name);
    }
    char *path = sn_path_join(folder, "test_batch.bin");
    add_batch(dataset, &dataset->test, path, &classes, true);
    free(path);
  }
  sn_names_free(&classes);
  free(folder);
  return sn_ok();
}

const SnLayout sn_layout_cifar10 = {
    .name = "cifar10",
    .shape =
        "data_batch_1.bin to data_batch_5.bin and test_batch.bin, in the folder or in cifar-10-batches-bin below it",
    .categories = categories,
    .open = open_category,
};
