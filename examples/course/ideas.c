/* SimpleNet with one idea taken out at a time, trained and tested on the same photographs, and one of them as each
 * variant sees it.
 *
 *     make course-programs && build/examples/course/ideas PHOTOGRAPHS CATEGORY NUMBER OUT.png
 *
 * NUMBER: of the test photograph that is drawn, from 0.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "anomaly/run.h"
#include "base/number.h"
#include "report/draw/png.h"
#include "report/draw/text.h"
#include "report/draw/tile.h"

enum { SIDE = 192, TILE = 150, TITLE = 34, GAP = 10, COLUMNS = 5 };

static const struct Variant {
  const char *name, *setting, *value; /* NULL: nothing is changed */
} variants[] = {{"as it is", NULL, NULL},
                {"sigma 0", "sigma", "0"},
                {"sigma 3", "sigma", "3"},
                {"no adaptor", "adaptor-depth", "0"},
                {"level 1 only", "levels", "1"},
                {"level 2 only", "levels", "2"},
                {"level 3 only", "levels", "3"},
                {"margin 0.000001", "margin", "0.000001"},
                {"cross-entropy", "loss", "cross-entropy"}};
enum { VARIANTS = sizeof variants / sizeof *variants };

/* Small, and otherwise the preset robust with the paper's loss. */
static bool settings_of(const struct Variant *variant, SnSettings *settings) {
  static const char *const common[][2] = {{"backbone", "embedded"}, {"resize", "192"}, {"crop", "192"},
                                          {"loss", "truncated-l1"}, {"epochs", "20"},  {"hidden", "256"},
                                          {"cosine", "to-zero"}};
  if (!sn_settings_preset(sn_method_find("simplenet"), NULL, settings)) return false;
  for (size_t i = 0; i < sizeof common / sizeof *common; i++) sn_settings_set(settings, common[i][0], common[i][1]);
  if (variant->setting) sn_settings_set(settings, variant->setting, variant->value);
  return sn_settings_check(settings);
}

/* Features, training and test. `last` becomes the last epoch's loss and shares beyond the margin. */
static SnTestResult *result_of(const struct Variant *variant, SnDataset *dataset, SnEpochRow *last, SnRun **run) {
  SnSettings settings;
  SnModel *model = settings_of(variant, &settings) ? sn_model_new(&settings, NULL) : NULL;
  SnRunEvent event;
  *run = model ? sn_run_new(model, dataset, &(SnRunOptions){.eval_every = 0}) : NULL;
  while (*run && sn_run_next(*run, &event))
    if (event.kind == SN_RUN_EPOCH) *last = *event.row;
  return *run && sn_run_is_done(*run) ? sn_run_test(*run, SN_SELECT_LAST, NULL) : NULL;
}

static void print(const char *name, const SnEpochRow *last, const SnEvaluation *found) {
  printf("%-15s  %5.3f  %5.2f  %5.2f   %5.2f  %5.2f  %5.2f\n", name, last->columns[0], last->columns[1],
         last->columns[2], found->image_auroc.value, found->pixel_auroc.value, found->au_pro.value);
}

/* Tile number `at` of the picture: the photograph with its defect's outline, or a map in the colours of its range. */
static bool draw(SnPicture *picture, int at, const char *title, SnExhibit exhibit, const float *map) {
  int64_t x = GAP + at % COLUMNS * (TILE + GAP), y = TITLE + at / COLUMNS * (TILE + TITLE);
  SnColormap colors;
  sn_colormap_make(&colors);
  sn_draw_text(picture, (double)x, (double)(y - GAP), (SnFont){10, 1.3, SN_RGB(0x202020)}, title);
  if (!map) return sn_draw_ground_truth(picture, x, y, sn_square(TILE), &exhibit);
  SnScale scale = sn_scale_of(map, SIDE * SIDE, NAN);
  static const uint8_t grey[3] = {128, 128, 128};
  exhibit.map = map;
  exhibit.photograph = grey;
  exhibit.photograph_height = exhibit.photograph_width = 1;
  return sn_draw_heat_map(picture, x, y, sn_square(TILE), &exhibit, &scale, &colors);
}

/* The photograph and its mask of a run. */
static SnExhibit exhibit_of(const SnRun *run, const SnImage *photograph, int64_t number) {
  return (SnExhibit){.photograph_height = photograph->height,
                     .photograph_width = photograph->width,
                     .photograph = photograph->pixels,
                     .mask_height = SIDE,
                     .mask_width = SIDE,
                     .mask = run->truth->masks + number * SIDE * SIDE,
                     .map_height = SIDE,
                     .map_width = SIDE};
}

static bool compare(SnDataset *dataset, int64_t number, SnPicture *picture) {
  SnImage photograph;
  if (number >= dataset->test.count) return sn_fail("NUMBER: there are only %d", (int)dataset->test.count);
  if (!sn_image_read(dataset->test.items[number].path, SN_IMAGE_RGB, NULL, &photograph)) return false;
  printf("%-15s  %-5s  p_true p_fake  image  pixel  AU-PRO\n", "", "loss");
  for (int v = 0; v < VARIANTS && sn_ok(); v++) {
    SnScope *scope = sn_scope_open();
    SnEpochRow last = {0};
    SnRun *run;
    SnTestResult *test = result_of(&variants[v], dataset, &last, &run);
    if (test) {
      SnExhibit exhibit = exhibit_of(run, &photograph, number);
      print(variants[v].name, &last, &test->evaluation);
      if (v == 0) draw(picture, 0, "photograph, defect", exhibit, NULL);
      draw(picture, v + 1, variants[v].name, exhibit, test->maps + number * SIDE * SIDE);
    }
    sn_scope_close(scope);
  }
  sn_image_free(&photograph);
  return sn_ok();
}

int main(int argc, char **argv) {
  SnDataset dataset = {.root = NULL};
  SnPicture picture = {.pixels = NULL};
  double number;
  if (argc != 5 || !sn_parse_real("NUMBER", argv[3], 0, 1e6, &number)) {
    fprintf(stderr, "usage: ideas PHOTOGRAPHS CATEGORY NUMBER OUT.png\n");
    return 2;
  }
  int64_t rows = (VARIANTS + COLUMNS) / COLUMNS;
  if (sn_picture_create(GAP + COLUMNS * (TILE + GAP), rows * (TILE + TITLE) + GAP, SN_RGB(0xffffff), &picture) &&
      sn_dataset_open(argv[1], argv[2], NULL, &dataset) && compare(&dataset, (int64_t)number, &picture) &&
      sn_picture_write(&picture, argv[4]))
    printf("written: %s\n", argv[4]);
  sn_dataset_free(&dataset);
  sn_picture_free(&picture);
  if (!sn_ok()) fprintf(stderr, "ideas: %s\n", sn_error());
  return sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}
