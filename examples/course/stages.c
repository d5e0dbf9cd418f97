/* One photograph through every stage of a SimpleNet: what its most anomalous patch and the one in the middle become,
 * in numbers, and the whole photograph in pictures.
 *
 *     make course-programs && build/examples/course/stages MODEL PHOTOGRAPH OUT.png
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "anomaly/local_features.h"
#include "anomaly/map.h"
#include "anomaly/view.h"
#include "autograd/ops.h"
#include "models/simplenet/anomalous_features.h"
#include "models/simplenet/simplenet.h"
#include "report/draw/png.h"
#include "report/draw/text.h"
#include "report/draw/tile.h"

enum { TILE = 190, TITLE = 28, GAP = 10, TILES = 5 };

/* The photograph as the network sees it: [1,3,H,W], resized, cropped and normalised. */
static SnTensor *input_of(const SnModel *model, const SnImage *photograph) {
  SnTransform transform = sn_view_transform(&model->settings.view);
  SnNormalization normalization = sn_settings_normalization(&model->settings);
  SnSize crop = transform.crop;
  float *pixels = sn_scope_allocate(3 * sn_size_pixels(crop), sizeof *pixels, NULL);
  if (!pixels || !sn_transform_image(&transform, &normalization, photograph, pixels)) return NULL;
  return sn_from_host(SN_FLOAT32, SN_SHAPE(1, 3, crop.height, crop.width), pixels);
}

/* Any tensor's numbers, in the scope. */
static float *numbers_of(SnTensor *tensor) {
  float *numbers = tensor ? sn_scope_allocate(sn_count(tensor), sizeof *numbers, NULL) : NULL;
  return numbers && sn_to_host(tensor, SN_FLOAT32, numbers) ? numbers : NULL;
}

/* Level [1,h,w,C] -> [h,w]: how far each cell is from the mean of all. */
static float *unlikeness(SnTensor *level) {
  SnTensor *off = sn_sub(level, sn_mean(level, SN_DIMS(1, 2), true));
  return numbers_of(sn_sqrt(sn_sum(sn_mul(off, off), SN_DIMS(3), false)));
}

static void print_vector(const char *name, const float *rows, int64_t cell, int64_t channels) {
  double square = 0;
  const float *row = rows + cell * channels;
  for (int64_t i = 0; i < channels; i++) square += (double)row[i] * (double)row[i];
  printf("  %-12s %6.2f %6.2f %6.2f ...  length %.2f\n", name, (double)row[0], (double)row[1], (double)row[2],
         sqrt(square));
}

/* Rows of two cells from the same matrix: the most anomalous one's and the middle one's. */
static void print_stage(const char *title, const float *rows, const int64_t cells[2], int64_t channels) {
  printf("%s\n", title);
  print_vector("anomalous", rows, cells[0], channels);
  print_vector("middle", rows, cells[1], channels);
}

/* A tile: the photograph, or a map over it in the colours of its own range. */
static void draw(SnPicture *picture, int at, const char *title, SnExhibit exhibit, const float *map, SnSize size) {
  int64_t x = GAP + at * (TILE + GAP);
  sn_draw_text(picture, (double)x, TITLE - GAP, (SnFont){10, 1.3, SN_RGB(0x202020)}, title);
  if (!map) {
    sn_draw_photograph(picture, x, TITLE, sn_square(TILE), &exhibit);
    return;
  }
  exhibit.map = map;
  exhibit.map_height = size.height;
  exhibit.map_width = size.width;
  SnScale scale = sn_scale_of(map, sn_size_pixels(size), NAN);
  SnColormap colors;
  sn_colormap_make(&colors);
  sn_draw_heat_map(picture, x, TITLE, sn_square(TILE), &exhibit, &scale, &colors);
}

static bool follow(const SnModel *model, const SnImage *photograph, SnPicture *picture) {
  SnTensor *levels[SN_MAX_LEVELS], *image = input_of(model, photograph);
  int count = image ? sn_feature_levels(model, image, levels) : 0;
  SnTensor *features = sn_assemble_levels(&model->settings, count, levels);
  if (!features) return false;
  const SnSimpleNet *network = model->own;
  int64_t h = features->array.shape[1], w = features->array.shape[2], channels = features->array.shape[3];
  SnTensor *o = sn_reshape(features, SN_SHAPE(h * w, channels));
  SnTensor *q = sn_adaptor_forward(network->adaptor, o);
  SnTensor *e = sn_anomalous_noise(&network->settings, 0, SN_FLOAT32, h * w, channels, 1);
  SnTensor *noisy = sn_add(q, e), *d = sn_discriminator_forward(network->discriminator, q);
  float *d_clean = numbers_of(d), *d_noisy = numbers_of(sn_discriminator_forward(network->discriminator, noisy));
  SnTensor *patches = sn_reshape(sn_neg(d), SN_SHAPE(1, h, w)), *map = sn_anomaly_maps(&model->settings, patches);
  double score = sn_item(sn_image_scores(&model->settings, patches, map));
  float *scores = numbers_of(patches), *pixels = numbers_of(map);
  if (!sn_ok()) return false;

  int64_t cells[] = {0, h / 2 * w + w / 2};
  for (int64_t i = 1; i < h * w; i++) cells[0] = scores[i] > scores[cells[0]] ? i : cells[0];
  int64_t side = model->settings.view.crop.width / w;
  for (int i = 0; i < 2; i++)
    printf("%s patch: row %d, column %d of %d x %d, around x %d, y %d\n", i ? "middle" : "anomalous",
           (int)(cells[i] / w), (int)(cells[i] % w), (int)h, (int)w, (int)(cells[i] % w * side + side / 2),
           (int)(cells[i] / w * side + side / 2));
  print_stage("features o", numbers_of(o), cells, channels);
  print_stage("after the adaptor q = G(o)", numbers_of(q), cells, channels);
  print_stage("noise e", numbers_of(e), cells, channels);
  double margin = network->settings.margin;
  for (int i = 0; i < 2 && sn_ok(); i++) {
    double clean = (double)d_clean[cells[i]], moved = (double)d_noisy[cells[i]];
    printf("%-9s D(q) %6.2f  D(q + e) %6.2f  loss %.2f + %.2f\n", i ? "middle" : "anomalous", clean, moved,
           fmax(0, margin - clean), fmax(0, margin + moved));
  }
  double threshold = sn_decision_threshold(&model->calibration);
  printf("score %.2f, threshold %.2f: %s\n", score, threshold, score >= threshold ? "defective" : "good");

  SnExhibit exhibit = {
      .photograph_height = photograph->height, .photograph_width = photograph->width, .photograph = photograph->pixels};
  SnSize grid = {h, w};
  draw(picture, 0, "photograph", exhibit, NULL, grid);
  for (int i = 1; i <= 2 && i < count; i++) {
    const int64_t *own = levels[i]->array.shape;
    draw(picture, i, i == 1 ? "level 2, off its mean" : "level 3, off its mean", exhibit, unlikeness(levels[i]),
         (SnSize){own[1], own[2]});
  }
  draw(picture, 3, "patch scores -D(q)", exhibit, scores, grid);
  draw(picture, 4, "anomaly map", exhibit, pixels, model->settings.view.crop);
  return sn_ok();
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: stages MODEL PHOTOGRAPH OUT.png\n");
    return 2;
  }
  SnScope *scope = sn_scope_open();
  SnPicture picture = {.pixels = NULL};
  SnImage photograph = {.pixels = NULL};
  SnModel *model = sn_model_load(argv[1], NULL);
  if (model) sn_module_train(&model->head, false);
  if (model && sn_image_read(argv[2], SN_IMAGE_RGB, NULL, &photograph) &&
      sn_picture_create(GAP + TILES * (TILE + GAP), TITLE + TILE + GAP, SN_RGB(0xffffff), &picture) &&
      follow(model, &photograph, &picture) && sn_picture_write(&picture, argv[3]))
    printf("written: %s\n", argv[3]);
  sn_image_free(&photograph);
  sn_picture_free(&picture);
  if (!sn_ok()) fprintf(stderr, "stages: %s\n", sn_error());
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  sn_scope_close(scope);
  return status;
}
