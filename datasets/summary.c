#include "datasets/summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/cifar10.h"
#include "datasets/image.h"
#include "datasets/layouts/build.h"

typedef struct Survey {
  SnDataset dataset;
  SnCategorySummary *result;
  bool decode;
} Survey;

static bool is_known_unreadable(const SnProblems *problems, const char *path) {
  for (int64_t i = 0; i < problems->count; i++)
    if (problems->items[i].kind == SN_PROBLEM_UNREADABLE && strcmp(problems->items[i].path, path) == 0) return true;
  return false;
}

/* False for a file that cannot be read, which becomes a problem; no error stands then. */
static bool measure(Survey *survey, const char *path, int64_t *width, int64_t *height) {
  if (is_known_unreadable(&survey->dataset.problems, path)) return false;
  SnImage image;
  bool read = sn_image_read_size(path, NULL, width, height);
  if (read && survey->decode) {
    read = sn_image_read(path, SN_IMAGE_GREY, NULL, &image);
    sn_image_free(&image);
  }
  if (read) return true;
  SnError error = sn_error_take();
  sn_dataset_add_problem(&survey->dataset, SN_PROBLEM_UNREADABLE, path, "%s", error.message);
  return false;
}

static bool count_size(SnCategorySummary *result, int64_t width, int64_t height, int64_t images) {
  int64_t i = 0;
  while (i < result->size_count && (result->sizes[i].width != width || result->sizes[i].height != height)) i++;
  if (i == result->size_count) {
    if ((i & (i - 1)) == 0) {
      SnSizeCount *sizes = realloc(result->sizes, (size_t)(i ? 2 * i : 1) * sizeof *sizes);
      if (!sizes) return sn_fail("out of memory for the list of image sizes");
      result->sizes = sizes;
    }
    result->sizes[result->size_count++] = (SnSizeCount){width, height, 0};
  }
  result->sizes[i].count += images;
  if (result->min_width == 0 || width < result->min_width) result->min_width = width;
  if (result->min_height == 0 || height < result->min_height) result->min_height = height;
  if (width > result->max_width) result->max_width = width;
  if (height > result->max_height) result->max_height = height;
  return true;
}

static bool survey_masks(Survey *survey, const SnSample *sample, bool measured, int64_t width, int64_t height) {
  for (int64_t m = 0; m < sample->mask_count && sn_ok(); m++) {
    const char *path = sample->mask_paths[m];
    int64_t mask_width, mask_height;
    if (measure(survey, path, &mask_width, &mask_height) && measured && (mask_width != width || mask_height != height))
      sn_dataset_add_problem(&survey->dataset, SN_PROBLEM_MASK_SIZE, path,
                             "%s: the mask is %" PRId64 " x %" PRId64 " pixels, its image %s %" PRId64 " x %" PRId64,
                             path, mask_width, mask_height, sample->path, width, height);
  }
  return sn_ok();
}

static bool survey_samples(Survey *survey, const SnSamples *samples) {
  for (int64_t i = 0; i < samples->count && sn_ok(); i++) {
    const SnSample *sample = &samples->items[i];
    int64_t width = SN_CIFAR10_SIDE, height = SN_CIFAR10_SIDE;
    bool measured = sample->record >= 0 || measure(survey, sample->path, &width, &height);
    if (measured && sn_ok()) count_size(survey->result, width, height, 1);
    survey_masks(survey, sample, measured, width, height);
    if (sample->label == SN_DEFECTIVE && sample->mask_count == 0) survey->result->missing_masks++;
  }
  return sn_ok();
}

static int compare_sizes(const void *a, const void *b) {
  const SnSizeCount *first = a, *second = b;
  if (first->count != second->count) return first->count < second->count ? 1 : -1;
  if (first->width != second->width) return first->width < second->width ? -1 : 1;
  return (first->height > second->height) - (first->height < second->height);
}

static bool summarize_category(const char *root, const char *category, const char *layout, bool decode,
                               SnCategorySummary *result) {
  result->category = sn_copy_text(category);
  Survey survey = {.result = result, .decode = decode};
  SnDataset *dataset = &survey.dataset;
  if (!sn_ok()) return false;
  if (!sn_dataset_open(root, category, layout, dataset)) {
    SnError error = sn_error_take();
    result->error = sn_copy_text(error.message);
    return sn_ok();
  }
  result->train = dataset->train.count;
  result->train_left_out = dataset->train_left_out;
  result->validation = dataset->validation.count;
  result->test_defective = sn_samples_defective(&dataset->test);
  result->test_good = dataset->test.count - result->test_defective;
  result->has_masks = dataset->has_masks;
  survey_samples(&survey, &dataset->train);
  survey_samples(&survey, &dataset->validation);
  survey_samples(&survey, &dataset->test);
  if (!dataset->has_masks) result->missing_masks = 0;
  if (result->size_count > 0) qsort(result->sizes, (size_t)result->size_count, sizeof *result->sizes, compare_sizes);
  result->problems = dataset->problems;
  dataset->problems = (SnProblems){0};
  for (int64_t i = 0; i < result->problems.count; i++)
    result->unreadable += result->problems.items[i].kind == SN_PROBLEM_UNREADABLE;
  sn_dataset_free(dataset);
  return sn_ok();
}

bool sn_dataset_summarize(const char *root, const char *category, const char *layout, bool decode, SnSummary *summary) {
  *summary = (SnSummary){0};
  const char *found = layout ? layout : sn_dataset_detect(root);
  SnNames names = {0};
  if (!found || !sn_dataset_categories(root, found, &names)) return false;
  summary->layout = sn_dataset_layout_name(found);
  summary->categories = sn_allocate(names.count, sizeof *summary->categories, "a summary");
  for (int64_t i = 0; i < names.count && sn_ok(); i++)
    if (!category || strcmp(names.items[i], category) == 0)
      summarize_category(root, names.items[i], found, decode, &summary->categories[summary->count++]);
  if (sn_ok() && summary->count == 0) sn_fail("%s: has no category '%s'", root, category);
  sn_names_free(&names);
  if (!sn_ok()) sn_summary_free(summary);
  return sn_ok();
}

void sn_summary_free(SnSummary *summary) {
  for (int64_t i = 0; i < summary->count; i++) {
    SnCategorySummary *category = &summary->categories[i];
    free(category->category);
    free(category->error);
    free(category->sizes);
    sn_problems_free(&category->problems);
  }
  free(summary->categories);
  *summary = (SnSummary){0};
}
