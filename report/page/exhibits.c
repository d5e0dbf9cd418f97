#include "report/page/exhibits.h"

#include <math.h>
#include <stdlib.h>

#include "anomaly/view.h"
#include "base/error.h"
#include "base/memory.h"

static double value_of(SnMetric metric) { return metric.reason ? NAN : metric.value; }

typedef struct Ranked {
  float score;
  int64_t index;
} Ranked;

static int by_falling_score(const void *left, const void *right) {
  const Ranked *a = left, *b = right;
  if (a->score != b->score) return a->score > b->score ? -1 : 1;
  return a->index < b->index ? -1 : a->index > b->index;
}

static bool fill(const SnCategoryReport *report, int64_t side, const Ranked *ranked, SnExhibits *exhibits) {
  SnSize crop = exhibits->section, tile = sn_tile_size(crop, side);
  int64_t pixels = sn_size_pixels(crop);
  SnLoadOptions options = sn_load_options(report->settings);
  options.thumbnail = tile;
  for (int64_t i = 0; i < exhibits->count && sn_ok(); i++) {
    int64_t index = ranked[i].index;
    const SnSample *sample = &report->dataset->test.items[index];
    uint8_t *photograph = exhibits->photographs + i * sn_size_pixels(tile) * 3;
    const uint8_t *masks = report->truth->masks;
    exhibits->names[i] = sn_sample_name(report->dataset, sample);
    exhibits->samples[i] = sample;
    exhibits->items[i] =
        (SnExhibit){.name = exhibits->names[i],
                    .label = sample->kind,
                    .score = (double)report->test->image_scores[index],
                    .photograph_height = tile.height,
                    .photograph_width = tile.width,
                    .photograph = photograph,
                    .mask_height = crop.height,
                    .mask_width = crop.width,
                    .mask = masks && !report->truth->mask_missing[index] ? masks + index * pixels : NULL,
                    .map_height = crop.height,
                    .map_width = crop.width,
                    .map = report->test->maps + index * pixels};
    sn_load_thumbnail(sample, &options, photograph);
  }
  return sn_ok();
}

bool sn_exhibits_load(const SnCategoryReport *report, int64_t side, SnExhibits *exhibits) {
  SnSize crop = report->settings->view.crop;
  int64_t count = report->test->image_count, pixels = sn_size_pixels(crop);
  *exhibits = (SnExhibits){
      .count = count, .section = crop, .score_threshold = value_of(report->test->evaluation.image_f1_threshold)};
  exhibits->scale =
      sn_scale_of(report->test->maps, count * pixels, value_of(report->test->evaluation.pixel_f1_threshold));
  exhibits->items = sn_allocate(count, sizeof *exhibits->items, "the images of a report");
  exhibits->samples = sn_allocate(count, sizeof *exhibits->samples, "the images of a report");
  exhibits->names = sn_allocate(count, sizeof *exhibits->names, "the images of a report");
  exhibits->photographs =
      sn_allocate(count, (size_t)(3 * sn_size_pixels(sn_tile_size(crop, side))), "the images of a report");
  Ranked *ranked = sn_allocate(count, sizeof *ranked, "the images of a report");
  for (int64_t i = 0; ranked && i < count; i++) ranked[i] = (Ranked){report->test->image_scores[i], i};
  if (sn_ok()) {
    qsort(ranked, (size_t)count, sizeof *ranked, by_falling_score);
    fill(report, side, ranked, exhibits);
  }
  free(ranked);
  if (!sn_ok()) sn_exhibits_free(exhibits);
  return sn_ok();
}

void sn_exhibits_free(SnExhibits *exhibits) {
  for (int64_t i = 0; exhibits->names && i < exhibits->count; i++) free(exhibits->names[i]);
  free(exhibits->names);
  free(exhibits->samples);
  free(exhibits->items);
  free(exhibits->photographs);
  *exhibits = (SnExhibits){0};
}

bool sn_exhibit_is_defective(const SnExhibits *exhibits, int64_t index) {
  return exhibits->samples[index]->label == SN_DEFECTIVE;
}

bool sn_exhibit_is_called_defective(const SnExhibits *exhibits, int64_t index) {
  return exhibits->items[index].score >= exhibits->score_threshold;
}
