#include "datasets/summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/cifar10.h"
#include "datasets/image.h"
#include "datasets/layouts/layout.h"
#include "datasets/mask.h"
#include "tensor/name_index.h"
#include "tensor/scope.h"

/* Everything in it belongs to the innermost scope, but for the data set. */
typedef struct Survey {
  SnDataset dataset;
  SnCategorySummary *result;
  const SnSummaryOptions *options;
  SnNameIndex unreadable; /* paths that became problems, so that a file in several lists becomes one */
  SnSizeCount *sizes;     /* one an image, in no order */
  int64_t size_count;
} Survey;

static bool note_unreadable(Survey *survey, const char *path) {
  if (sn_name_index_find(&survey->unreadable, path) >= 0) return true;
  char *copy = sn_scope_text(path);
  return copy && sn_name_index_add(&survey->unreadable, copy);
}

/* The pending error becomes a problem of the file, unless memory was short. */
static bool note_flaw(Survey *survey, const char *path) {
  SnError error;
  if (!sn_error_forgive(&error)) return false;
  sn_dataset_add_problem(&survey->dataset, SN_PROBLEM_UNREADABLE, path, "%s", error.message);
  note_unreadable(survey, path);
  return false;
}

/* False for a file that cannot be read, which becomes a problem; no error is pending then but that memory was short. */
static bool measure(Survey *survey, const char *path, int64_t *width, int64_t *height) {
  enum { DEEP_DECODED = 8 }; /* of images of 16 bits, whose largest value no header says */
  const SnSummaryOptions *options = survey->options;
  SnImage image;
  if (sn_name_index_find(&survey->unreadable, path) >= 0) return false;
  bool read = sn_image_read_header(path, &options->image, &image);
  if (read && (options->decode || (image.bits == 16 && survey->result->facts.deep < DEEP_DECODED)))
    read = sn_image_read(path, SN_IMAGE_GREY, &options->image, &image);
  if (!read) return note_flaw(survey, path);
  sn_facts_add_photograph(&survey->result->facts, &image);
  *width = image.width;
  *height = image.height;
  sn_image_free(&image);
  return true;
}

/* What all masks of an image mark together. */
typedef struct Marks {
  int64_t read; /* masks */
  int largest;
  SnMaskKind kind;
} Marks;

static bool read_mask(Survey *survey, const SnSample *sample, const char *path, bool measured, int64_t width,
                      int64_t height, Marks *marks) {
  SnImage mask;
  SnMaskKind kind;
  if (sn_name_index_find(&survey->unreadable, path) >= 0) return false;
  if (!sn_mask_read(path, &survey->options->image, survey->dataset.mask_is_nonzero, &mask, &kind))
    return note_flaw(survey, path);
  const int largest = sn_mask_largest(&mask);
  marks->read++;
  if (largest > marks->largest) marks->largest = largest;
  if (kind == SN_MASK_CLASSES) marks->kind = kind;
  if (measured && (mask.width != width || mask.height != height))
    sn_dataset_add_problem(&survey->dataset, SN_PROBLEM_MASK_SIZE, path,
                           "%s: the mask is %" PRId64 " x %" PRId64 " pixels, its image %s %" PRId64 " x %" PRId64,
                           path, mask.width, mask.height, sample->path, width, height);
  sn_image_free(&mask);
  return sn_ok();
}

static bool survey_masks(Survey *survey, const SnSample *sample, bool measured, int64_t width, int64_t height) {
  Marks marks = {0};
  const double threshold = survey->options->mask_threshold;
  SnFacts *facts = &survey->result->facts;
  for (int64_t m = 0; m < sample->mask_count && sn_ok(); m++)
    read_mask(survey, sample, sample->mask_paths[m], measured, width, height, &marks);
  if (!sn_ok() || marks.read == 0) return sn_ok();
  facts->masks++;
  if (marks.kind == SN_MASK_CLASSES && !survey->dataset.mask_is_nonzero) facts->class_masks++;
  if (sn_mask_is_defect((uint8_t)marks.largest, threshold)) return true;
  char *text = sn_mask_empty_text(sample->mask_paths[0], marks.largest, threshold);
  if (text) sn_dataset_add_problem(&survey->dataset, SN_PROBLEM_EMPTY_MASK, sample->mask_paths[0], "%s", text);
  free(text);
  return sn_ok();
}

static bool survey_samples(Survey *survey, const SnSamples *samples) {
  for (int64_t i = 0; i < samples->count && sn_ok(); i++) {
    const SnSample *sample = &samples->items[i];
    int64_t width = SN_CIFAR10_SIDE, height = SN_CIFAR10_SIDE;
    bool measured = sample->record >= 0 || measure(survey, sample->path, &width, &height);
    if (measured && sn_ok()) survey->sizes[survey->size_count++] = (SnSizeCount){width, height, 1};
    survey_masks(survey, sample, measured, width, height);
    if (sample->label == SN_DEFECTIVE && sample->mask_count == 0) survey->result->missing_masks++;
  }
  return sn_ok();
}

static int compare_places(const void *a, const void *b) {
  const SnSizeCount *first = a, *second = b;
  if (first->width != second->width) return first->width < second->width ? -1 : 1;
  return (first->height > second->height) - (first->height < second->height);
}

static int compare_sizes(const void *a, const void *b) {
  const SnSizeCount *first = a, *second = b;
  if (first->count != second->count) return first->count < second->count ? 1 : -1;
  return compare_places(a, b);
}

static void sort_sizes(SnSizeCount *sizes, int64_t count, int (*compare)(const void *, const void *)) {
  if (count > 0) qsort(sizes, (size_t)count, sizeof *sizes, compare);
}

/* From one size an image to each size once. */
static bool count_sizes(Survey *survey) {
  SnCategorySummary *result = survey->result;
  int64_t kinds = 0;
  sort_sizes(survey->sizes, survey->size_count, compare_places);
  for (int64_t i = 0; i < survey->size_count; i++) {
    const SnSizeCount *size = &survey->sizes[i];
    if (kinds > 0 && compare_places(&survey->sizes[kinds - 1], size) == 0)
      survey->sizes[kinds - 1].count++;
    else
      survey->sizes[kinds++] = *size;
    if (result->min_width == 0 || size->width < result->min_width) result->min_width = size->width;
    if (result->min_height == 0 || size->height < result->min_height) result->min_height = size->height;
    if (size->width > result->max_width) result->max_width = size->width;
    if (size->height > result->max_height) result->max_height = size->height;
  }
  sort_sizes(survey->sizes, kinds, compare_sizes);
  result->sizes = sn_allocate(kinds, sizeof *result->sizes, "the list of image sizes");
  if (!result->sizes) return false;
  memcpy(result->sizes, survey->sizes, (size_t)kinds * sizeof *result->sizes);
  result->size_count = kinds;
  return true;
}

static bool survey_category(Survey *survey) {
  SnDataset *dataset = &survey->dataset;
  int64_t images = dataset->train.count + dataset->validation.count + dataset->test.count;
  survey->sizes = sn_scope_allocate(images, sizeof *survey->sizes, NULL);
  for (int64_t i = 0; i < dataset->problems.count && sn_ok(); i++)
    if (dataset->problems.items[i].kind == SN_PROBLEM_UNREADABLE)
      note_unreadable(survey, dataset->problems.items[i].path);
  survey_samples(survey, &dataset->train);
  survey_samples(survey, &dataset->validation);
  survey_samples(survey, &dataset->test);
  return sn_ok() && count_sizes(survey);
}

static bool summarize_category(const SnDatasetRoot *root, const char *category, const SnSummaryOptions *options,
                               SnCategorySummary *result) {
  result->category = sn_copy_text(category);
  Survey survey = {.result = result, .options = options};
  SnDataset *dataset = &survey.dataset;
  if (!sn_ok()) return false;
  if (!sn_dataset_root_category(root, category, dataset)) {
    SnError error;
    if (!sn_error_forgive(&error)) return false;
    result->error = sn_copy_text(error.message);
    return sn_ok();
  }
  result->train = dataset->train.count;
  result->train_left_out = dataset->train_left_out;
  result->validation = dataset->validation.count;
  result->test_defective = sn_samples_defective(&dataset->test);
  result->test_good = dataset->test.count - result->test_defective;
  result->has_masks = dataset->has_masks;
  SnScope *scope = sn_scope_open();
  survey_category(&survey);
  sn_scope_close(scope);
  if (!dataset->has_masks) result->missing_masks = 0;
  result->problems = dataset->problems;
  dataset->problems = (SnProblems){0};
  result->left_out = dataset->left_out;
  dataset->left_out = (SnLeftOut){0};
  for (int64_t i = 0; i < result->problems.count; i++)
    result->unreadable += result->problems.items[i].kind == SN_PROBLEM_UNREADABLE;
  sn_dataset_free(dataset);
  return sn_ok();
}

bool sn_dataset_summarize(const char *root, const SnSummaryOptions *options, SnSummary *summary) {
  *summary = (SnSummary){0};
  SnDatasetRoot opened;
  if (!sn_dataset_root_open(root, options->layout, &opened)) return false;
  const SnNames *names = &opened.categories;
  summary->layout = opened.layout->name;
  summary->categories = sn_allocate(names->count, sizeof *summary->categories, "a summary");
  for (int64_t i = 0; i < names->count && sn_ok(); i++)
    if (!options->category || strcmp(names->items[i], options->category) == 0)
      summarize_category(&opened, names->items[i], options, &summary->categories[summary->count++]);
  if (sn_ok() && summary->count == 0) sn_fail("%s: has no category '%s'", root, options->category);
  sn_dataset_root_free(&opened);
  if (!sn_ok()) sn_summary_free(summary);
  return sn_ok();
}

void sn_summary_free(SnSummary *summary) {
  for (int64_t i = 0; i < summary->count; i++) {
    SnCategorySummary *category = &summary->categories[i];
    free(category->category);
    free(category->error);
    free(category->sizes);
    sn_left_out_free(&category->left_out);
    sn_problems_free(&category->problems);
  }
  free(summary->categories);
  *summary = (SnSummary){0};
}
