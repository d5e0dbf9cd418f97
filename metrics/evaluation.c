#include "metrics/evaluation.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "metrics/connected_components.h"
#include "metrics/precision_recall.h"
#include "metrics/ranking.h"
#include "metrics/region_overlap.h"
#include "metrics/roc.h"

static const double mvtec_limit = 0.3;

/* The areas of all regions found so far, numbered through all images. */
typedef struct Regions {
  int64_t *areas;
  int64_t count;
} Regions;

static bool evaluate_images(const SnEvaluationData *data, SnEvaluation *evaluation, SnEvaluationCurves *curves) {
  SnRanking ranking;
  if (!sn_rank("image scores", data->image_scores, data->image_labels, data->images, &ranking)) return false;
  evaluation->image_auroc = sn_auroc(&ranking);
  evaluation->image_ap = sn_average_precision(&ranking);
  sn_f1_max(&ranking, &evaluation->image_f1_max, &evaluation->image_f1_threshold);
  if (curves) {
    sn_roc_curve(&ranking, &curves->image_roc);
    sn_precision_recall_curve(&ranking, &curves->image_precision_recall);
  }
  sn_ranking_free(&ranking);
  return sn_ok();
}

/* Gives the image's regions numbers after those before, and measures them. */
static bool number_regions(const uint8_t *mask, int64_t height, int64_t width, uint32_t *labels, Regions *regions) {
  uint32_t found = sn_connected_components(mask, height, width, labels);
  if (found == 0) return true;
  int64_t before = regions->count;
  int64_t *areas = sn_resize(regions->areas, before + found, sizeof *areas, "the list of ground-truth regions");
  if (!areas) return false;
  regions->areas = areas;
  regions->count = before + found;
  for (int64_t region = before; region < regions->count; region++) areas[region] = 0;
  for (int64_t i = 0; i < height * width; i++) {
    if (labels[i] == 0) continue;
    labels[i] += (uint32_t)before;
    areas[labels[i] - 1]++;
  }
  return true;
}

static bool rank_pixels(const SnEvaluationData *data, int64_t pixels, SnRanking *ranking, Regions *regions) {
  int64_t positives = 0, total = pixels * data->images;
  for (int64_t i = 0; i < total; i++) positives += data->masks[i] != 0;
  uint32_t *labels = sn_allocate(pixels, sizeof *labels, "the regions of a mask");
  sn_ranking_create(total - positives, positives, ranking);
  for (int64_t image = 0; image < data->images && sn_ok(); image++) {
    char name[48];
    snprintf(name, sizeof name, "anomaly map %lld", (long long)image);
    if (number_regions(data->masks + image * pixels, data->height, data->width, labels, regions))
      sn_ranking_add(ranking, name, data->maps + image * pixels, labels, pixels);
  }
  free(labels);
  return sn_ok() && sn_ranking_sort(ranking);
}

static void set_pixel_metrics(SnEvaluation *evaluation, SnMetric metric) {
  evaluation->pixel_auroc = evaluation->pixel_ap = metric;
  evaluation->pixel_f1_max = evaluation->pixel_f1_threshold = metric;
  evaluation->au_pro = metric;
}

static const char *why_no_defects(const SnEvaluationData *data) {
  for (int64_t i = 0; i < data->images; i++)
    if (data->image_labels[i])
      return "the masks of the defective images mark no defect where the model looks: --mask-threshold may be too "
             "large for them, or the crop cuts the defects off (`simplenet data` looks at the masks)";
  return "pixel metrics need defective images and their masks: add some";
}

static bool evaluate_pixels(const SnEvaluationData *data, SnEvaluation *evaluation, SnEvaluationCurves *curves) {
  set_pixel_metrics(
      evaluation,
      sn_no_metric(!data->maps
                       ? "pixel metrics need anomaly maps: none were made"
                       : "pixel metrics need ground-truth masks of all defective images: add those that are missing"));
  if (!data->maps || !data->masks) return true;
  int64_t pixels, total;
  if (!sn_multiply(data->height, data->width, &pixels) || !sn_multiply(pixels, data->images, &total))
    return sn_fail("anomaly maps: %lld of %lld x %lld pixels are too many", (long long)data->images,
                   (long long)data->height, (long long)data->width);
  double limit = data->region_overlap_limit > 0.0 ? data->region_overlap_limit : mvtec_limit;
  SnRanking ranking = {0};
  Regions regions = {0};
  if (rank_pixels(data, pixels, &ranking, &regions) && ranking.positive_count == 0) {
    set_pixel_metrics(evaluation, sn_no_metric(why_no_defects(data)));
  } else if (sn_ok()) {
    evaluation->pixel_auroc = sn_auroc(&ranking);
    evaluation->pixel_ap = sn_average_precision(&ranking);
    sn_f1_max(&ranking, &evaluation->pixel_f1_max, &evaluation->pixel_f1_threshold);
    evaluation->au_pro = sn_region_overlap(&ranking, regions.areas, regions.count, limit);
    if (curves) {
      sn_roc_curve(&ranking, &curves->pixel_roc);
      sn_precision_recall_curve(&ranking, &curves->pixel_precision_recall);
      sn_region_overlap_curve(&ranking, regions.areas, regions.count, &curves->region_overlap);
    }
  }
  sn_ranking_free(&ranking);
  free(regions.areas);
  return sn_ok();
}

bool sn_evaluate(const SnEvaluationData *data, SnEvaluation *evaluation, SnEvaluationCurves *curves) {
  *evaluation = (SnEvaluation){0};
  if (curves) *curves = (SnEvaluationCurves){0};
  if (!sn_ok()) return false;
  if (data->images < 0 || data->height < 0 || data->width < 0 || !(data->region_overlap_limit >= 0.0) ||
      data->region_overlap_limit > 1.0)
    return sn_fail(
        "evaluation: expected sizes from 0 and a region overlap limit in [0, 1], found %lld images of "
        "%lld x %lld and %g",
        (long long)data->images, (long long)data->height, (long long)data->width, data->region_overlap_limit);
  if (evaluate_images(data, evaluation, curves) && evaluate_pixels(data, evaluation, curves)) return true;
  if (curves) sn_evaluation_curves_free(curves);
  return false;
}

void sn_evaluation_curves_free(SnEvaluationCurves *curves) {
  sn_curve_free(&curves->image_roc);
  sn_curve_free(&curves->image_precision_recall);
  sn_curve_free(&curves->pixel_roc);
  sn_curve_free(&curves->pixel_precision_recall);
  sn_curve_free(&curves->region_overlap);
}
