#include "datasets/dataset.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

bool sn_dataset_add_problem(SnDataset *dataset, SnProblemKind kind, const char *path, const char *format, ...) {
  if (!sn_ok()) return false;
  SnProblems *problems = &dataset->problems;
  SnProblem *items = sn_grow(problems->items, problems->count, sizeof *items, "problems");
  if (!items) return false;
  problems->items = items;
  char message[SN_ERROR_LENGTH];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  items[problems->count++] = (SnProblem){kind, sn_copy_text(path), sn_copy_text(message)};
  return sn_ok();
}

void sn_problems_free(SnProblems *problems) {
  for (int64_t i = 0; i < problems->count; i++) {
    free(problems->items[i].path);
    free(problems->items[i].message);
  }
  free(problems->items);
  *problems = (SnProblems){0};
}

void sn_dataset_free(SnDataset *dataset) {
  sn_samples_free(&dataset->train);
  sn_samples_free(&dataset->validation);
  sn_samples_free(&dataset->calibration);
  sn_samples_free(&dataset->test);
  sn_problems_free(&dataset->problems);
  sn_left_out_free(&dataset->left_out);
  free(dataset->root);
  free(dataset->category);
  *dataset = (SnDataset){0};
}

char *sn_sample_name(const SnDataset *dataset, const SnSample *sample) {
  size_t length = strlen(dataset->root);
  const char *name = sample->path;
  if (length > 0 && strncmp(name, dataset->root, length) == 0) name += length;
  while (name > sample->path && *name == '/') name++;
  return sample->record < 0 ? sn_copy_text(name) : sn_format("%s#%" PRId64, name, sample->record);
}
