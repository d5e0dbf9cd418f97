#include "datasets/synthetic/synthetic.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/generated/difference_mask.h"
#include "datasets/synthetic/defect.h"

enum { STREAM = 0x52000000, LEVELS = 8 };

static const float least_area = 0.0008f; /* that must be seen, of the area's side squared: 40 of 224^2 pixels */

static const SnDefectKind *const kinds[] = {&sn_defect_cut_paste, &sn_defect_scar, &sn_defect_texture,
                                            &sn_defect_blur,      &sn_defect_tint, &sn_defect_missing};
enum { KINDS = sizeof kinds / sizeof *kinds, ATTEMPTS = 2 * KINDS };

int sn_synthetic_kind_count(void) { return KINDS; }

const char *sn_synthetic_kind(int64_t number) { return kinds[(number - 1) % KINDS]->name; }

/* ---- where it lies ---- */

static SnRectangle within(SnRectangle area, const SnImage *photograph) {
  double left = fmax(area.left, 0), top = fmax(area.top, 0);
  double right = fmin(area.left + area.width, (double)photograph->width);
  double bottom = fmin(area.top + area.height, (double)photograph->height);
  return (SnRectangle){left, top, right - left, bottom - top};
}

/* The mean colour around the area. */
static void border_colour(const SnDefect *defect, float width, float height, float *rgb) {
  enum { STEPS = 16 };
  for (int c = 0; c < 3; c++) rgb[c] = 0;
  for (int i = 0; i < 4 * STEPS; i++) {
    float t = ((float)(i / 4) + 0.5f) / STEPS, there[3];
    float x = i % 4 == 0 ? 0.01f : i % 4 == 1 ? width - 0.01f : t * width;
    float y = i % 4 == 2 ? 0.01f : i % 4 == 3 ? height - 0.01f : t * height;
    sn_defect_sample(defect, x, y, there);
    for (int c = 0; c < 3; c++) rgb[c] += there[c] / (4 * STEPS);
  }
}

static void choose_place(SnDefect *defect) {
  float width = (float)defect->area.width / defect->side, height = (float)defect->area.height / defect->side;
  float border[3], here[3], farthest = -1;
  border_colour(defect, width, height, border);
  for (int i = 0; i < 2; i++) {
    float x = sn_draw(&defect->draws, 0.1f, 0.9f) * width, y = sn_draw(&defect->draws, 0.1f, 0.9f) * height, apart = 0;
    sn_defect_sample(defect, x, y, here);
    for (int c = 0; c < 3; c++) apart += sn_absolute(here[c] - border[c]);
    if (apart <= farthest) continue;
    farthest = apart;
    defect->x = x;
    defect->y = y;
  }
}

/* ---- a square of the photograph, before and after ---- */

typedef struct Patch {
  int64_t left, top, size;
  float *before, *after; /* [size, size, 3]; beyond the photograph 0 */
  uint8_t *seen;         /* [size, size] */
} Patch;

static void free_patch(Patch *patch) {
  free(patch->before);
  free(patch->after);
  free(patch->seen);
}

static bool make_patch(const SnDefect *defect, float reach, Patch *patch) {
  int64_t half = (int64_t)(reach * defect->side) + 2;
  *patch = (Patch){.left = (int64_t)(defect->area.left + (double)(defect->x * defect->side)) - half,
                   .top = (int64_t)(defect->area.top + (double)(defect->y * defect->side)) - half,
                   .size = 2 * half + 1};
  patch->before = sn_allocate(3 * patch->size * patch->size, sizeof(float), "a synthetic defect");
  patch->after = sn_allocate(3 * patch->size * patch->size, sizeof(float), "a synthetic defect");
  patch->seen = sn_allocate(patch->size * patch->size, 1, "a synthetic defect");
  return sn_ok();
}

/* The photograph's pixel below the patch's; NULL beyond it. */
static uint8_t *pixel_below(const Patch *patch, const SnImage *image, int64_t row, int64_t column) {
  int64_t x = patch->left + column, y = patch->top + row;
  bool inside = x >= 0 && y >= 0 && x < image->width && y < image->height;
  return inside ? image->pixels + image->channels * (y * image->width + x) : NULL;
}

static void paint(const SnDefect *defect, const SnDefectKind *kind, Patch *patch) {
  for (int64_t i = 0; i < patch->size * patch->size; i++) {
    int64_t row = i / patch->size, column = i % patch->size;
    const uint8_t *pixel = pixel_below(patch, defect->photograph, row, column);
    float *before = patch->before + 3 * i, *after = patch->after + 3 * i, rgb[3];
    if (!pixel) continue;
    for (int c = 0; c < 3; c++) rgb[c] = before[c] = after[c] = (float)pixel[c] / 255;
    float x = (float)((double)(patch->left + column) + 0.5 - defect->area.left) / defect->side;
    float y = (float)((double)(patch->top + row) + 0.5 - defect->area.top) / defect->side;
    float cover = kind->paint(defect, x, y, rgb);
    for (int c = 0; c < 3 && cover > 0; c++) after[c] = sn_mix(before[c], sn_clamp(rgb[c], 0, 1), cover);
  }
}

static void store(const Patch *patch, SnImage *photograph, SnImage *mask) {
  for (int64_t i = 0; i < patch->size * patch->size; i++) {
    int64_t row = i / patch->size, column = i % patch->size;
    uint8_t *pixel = pixel_below(patch, photograph, row, column);
    if (!pixel) continue;
    for (int c = 0; c < 3; c++) pixel[c] = (uint8_t)(sn_clamp(patch->after[3 * i + c], 0, 1) * 255 + 0.5f);
    *pixel_below(patch, mask, row, column) = patch->seen[i];
  }
}

/* ---- the whole ---- */

/* Draws the defect when it can be seen, or must be taken as it is; returns whether it did. */
static bool draw(SnDefect *defect, const SnDefectKind *kind, bool last, SnImage *photograph, SnImage *mask) {
  Patch patch = {0};
  bool good = false;
  float reach = kind->choose(defect);
  if (sn_ok() && make_patch(defect, reach, &patch)) {
    paint(defect, kind, &patch);
    int64_t seen = sn_difference_mask(patch.before, patch.after, patch.size, patch.seen);
    good = sn_ok() && (last || (float)seen >= least_area * defect->side * defect->side);
    if (good) store(&patch, photograph, mask);
  }
  free_patch(&patch);
  free(defect->texture);
  defect->texture = NULL;
  return good;
}

bool sn_synthetic_draw(uint64_t seed, int64_t number, SnRectangle area, SnImage *photograph, SnImage *mask) {
  *mask = (SnImage){0};
  if (!sn_ok() || !sn_image_allocate(photograph->width, photograph->height, SN_IMAGE_GREY, mask)) return false;
  SnDefect *defect = sn_allocate(1, sizeof *defect, "a synthetic defect");
  bool drawn = false;
  for (int attempt = 0; defect && attempt < ATTEMPTS && !drawn && sn_ok(); attempt++) {
    *defect = (SnDefect){.photograph = photograph, .area = within(area, photograph)};
    defect->side = (float)fmin(defect->area.width, defect->area.height);
    defect->draws = sn_draws(seed, STREAM + (uint32_t)attempt, (uint32_t)number);
    sn_noise_fill(&defect->noise, &defect->draws);
    /* levels of strength take turns after the kinds have: 0, 5, 2, 7, 4, … of 8 */
    defect->strength = ((float)((number - 1) / KINDS * 5 % LEVELS) + sn_draw(&defect->draws, 0, 1)) / LEVELS;
    float size = sn_draw(&defect->draws, 0, 1);
    defect->radius = 0.018f * (1 + 3.5f * size * size); /* to 0.081: small ones are frequent */
    choose_place(defect);
    drawn = draw(defect, kinds[(number - 1 + attempt) % KINDS], attempt + 1 == ATTEMPTS, photograph, mask);
  }
  free(defect);
  if (!sn_ok()) sn_image_free(mask);
  return sn_ok();
}
