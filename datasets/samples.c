#include "datasets/samples.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

SnSample *sn_samples_append(SnSamples *samples, const char *path, int64_t record, int label, const char *kind) {
  if (!sn_ok()) return NULL;
  SnSample *items = sn_grow(samples->items, samples->count, sizeof *items, "samples");
  if (!items) return NULL;
  samples->items = items;
  SnSample *sample = &items[samples->count];
  *sample = (SnSample){.path = sn_copy_text(path), .record = record, .label = label, .kind = sn_copy_text(kind)};
  samples->count++;
  return sn_ok() ? sample : NULL;
}

static void free_sample(SnSample *sample) {
  for (int64_t m = 0; m < sample->mask_count; m++) free(sample->mask_paths[m]);
  free(sample->mask_paths);
  free(sample->path);
  free(sample->kind);
}

void sn_samples_free(SnSamples *samples) {
  for (int64_t i = 0; i < samples->count; i++) free_sample(&samples->items[i]);
  free(samples->items);
  *samples = (SnSamples){0};
}

void sn_samples_remove(SnSamples *samples, const int64_t *positions, int64_t count) {
  int64_t kept = 0, removed = 0;
  for (int64_t i = 0; i < samples->count; i++) {
    if (removed < count && positions[removed] == i) {
      free_sample(&samples->items[i]);
      removed++;
    } else {
      samples->items[kept++] = samples->items[i];
    }
  }
  samples->count = kept;
}

static int compare_samples(const void *a, const void *b) {
  const SnSample *first = a, *second = b;
  int order = strcmp(first->path, second->path);
  return order ? order : (first->record > second->record) - (first->record < second->record);
}

void sn_samples_sort(SnSamples *samples) {
  if (sn_ok() && samples->count > 0)
    qsort(samples->items, (size_t)samples->count, sizeof *samples->items, compare_samples);
}

bool sn_sample_add_mask(SnSample *sample, const char *path) {
  if (!sn_ok()) return false;
  char **paths = sn_grow(sample->mask_paths, sample->mask_count, sizeof *paths, "masks");
  if (!paths) return false;
  sample->mask_paths = paths;
  paths[sample->mask_count] = sn_copy_text(path);
  if (!paths[sample->mask_count]) return false;
  sample->mask_count++;
  return true;
}

int64_t sn_samples_defective(const SnSamples *samples) {
  int64_t count = 0;
  for (int64_t i = 0; i < samples->count; i++) count += samples->items[i].label == SN_DEFECTIVE;
  return count;
}
