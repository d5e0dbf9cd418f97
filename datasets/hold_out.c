#include "datasets/hold_out.h"

#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/memory.h"
#include "tensor/random.h"

/* ---- a share of the training images ---- */

static bool move_marked(SnSamples *from, const bool *moved, int64_t count, SnSamples *to) {
  SnSample *items = sn_allocate(count, sizeof *items, "the photographs held out");
  if (!items) return false;
  *to = (SnSamples){.items = items};
  int64_t kept = 0;
  for (int64_t i = 0; i < from->count; i++)
    *(moved[i] ? &to->items[to->count++] : &from->items[kept++]) = from->items[i];
  from->count = kept;
  return true;
}

bool sn_dataset_hold_out(SnDataset *dataset, double share, int64_t fewest, uint64_t seed) {
  if (!sn_ok()) return false;
  int64_t images = dataset->train.count, count = llround(share * (double)images);
  if (count < fewest || count >= images)
    return sn_fail("%lld of %lld training images would be held out, and %lld to %lld can be", (long long)count,
                   (long long)images, (long long)fewest, (long long)images - 1);
  int64_t *order = sn_allocate(images, sizeof *order, "the photographs held out");
  bool *moved = sn_allocate(images, sizeof *moved, "the photographs held out");
  if (order && moved) {
    sn_permutation(seed, SN_STREAM_CALIBRATION, 0, images, order);
    for (int64_t i = 0; i < count; i++) moved[order[i]] = true;
    move_marked(&dataset->train, moved, count, &dataset->calibration);
  }
  free(order);
  free(moved);
  return sn_ok();
}

/* ---- photographs that are seen twice ---- */

typedef struct FileOf {
  dev_t device;
  ino_t inode;
  const char *path;
} FileOf;

static int compare(const void *a, const void *b) {
  const FileOf *x = a, *y = b;
  if (x->device != y->device) return x->device < y->device ? -1 : 1;
  return (x->inode > y->inode) - (x->inode < y->inode);
}

/* What is not there is named by whoever reads it. */
static bool find_file(const SnSample *sample, FileOf *file) {
  struct stat status;
  if (sample->record >= 0 || stat(sample->path, &status) != 0) return false;
  *file = (FileOf){status.st_dev, status.st_ino, sample->path};
  return true;
}

static bool check_apart(const FileOf *files, int64_t count, const SnSamples *others, const char *what) {
  for (int64_t i = 0; i < others->count; i++) {
    FileOf other;
    if (!find_file(&others->items[i], &other)) continue;
    const FileOf *same = bsearch(&other, files, (size_t)count, sizeof *files, compare);
    if (same)
      return sn_fail("%s: is to set the threshold, and is one of the %s images (%s)", same->path, what, other.path);
  }
  return true;
}

bool sn_dataset_check_calibration(const SnDataset *dataset) {
  const SnSamples *samples = &dataset->calibration;
  FileOf *files = sn_allocate(samples->count, sizeof *files, "the photographs for the threshold");
  int64_t count = 0;
  for (int64_t i = 0; files && i < samples->count; i++) count += find_file(&samples->items[i], &files[count]);
  if (files) {
    qsort(files, (size_t)count, sizeof *files, compare);
    if (check_apart(files, count, &dataset->train, "training")) check_apart(files, count, &dataset->test, "test");
  }
  free(files);
  return sn_ok();
}
