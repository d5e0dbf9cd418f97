#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/generated/category.h"
#include "datasets/generated/difference_mask.h"

/* A category's number decides its random numbers: new ones come last. */
static const SnPainter *const painters[] = {&sn_painter_circuit, &sn_painter_fabric, &sn_painter_gear,
                                            &sn_painter_tiles,   &sn_painter_wood,   &sn_painter_label,
                                            &sn_painter_tablet};

enum { PAINTER_COUNT = sizeof painters / sizeof painters[0], DEFAULT_COUNT = 5 };

/* Streams of random numbers of a category: its number times STREAMS, plus one of these, or DAMAGE + defect. */
enum { GOOD, SENSOR, DAMAGE = 8, STREAMS = 256 };

/* A defect whose mask is smaller than this share of the image would not be seen. */
#define SMALLEST_SHARE 0.0006f
enum { TRIES = 8 };

int sn_generated_category_count(void) { return PAINTER_COUNT; }

int sn_generated_default_count(void) { return DEFAULT_COUNT; }

const SnGeneratedCategory *sn_generated_category(int category) {
  if (!sn_ok()) return NULL;
  if (category < 0 || category >= PAINTER_COUNT)
    return sn_fail_null("generated category %d: expected 0 to %d", category, PAINTER_COUNT - 1);
  return &painters[category]->category;
}

int sn_generated_find_category(const char *name) {
  if (!sn_ok()) return -1;
  char names[256] = "";
  for (int i = 0; i < PAINTER_COUNT; i++) {
    if (strcmp(painters[i]->category.name, name) == 0) return i;
    if (i > 0) strcat(names, ", ");
    strcat(names, painters[i]->category.name);
  }
  sn_fail("there is no generated category \"%s\": expected one of %s", name, names);
  return -1;
}

uint32_t sn_generated_find_categories(const char *names) {
  uint32_t categories = 0;
  for (const char *at = names; sn_ok() && *at;) {
    int length = (int)strcspn(at, ",");
    char *name = sn_format("%.*s", length, at);
    int category = name && length > 0 ? sn_generated_find_category(name) : -1;
    if (category >= 0) categories |= 1u << category;
    free(name);
    at += length + (at[length] == ',');
  }
  if (sn_ok() && categories == 0) sn_generated_find_category(names);
  return sn_ok() ? categories : 0;
}

/* How plain the defect is: the golden ratio's multiples spread any run of indices evenly over 0.5 to 1. What is fainter
 * people overlook as well. */
static float strength_of(int64_t index, int defect) {
  uint32_t turned = (uint32_t)index * 2654435769u + (uint32_t)defect * 1234567891u;
  return 0.5f + 0.5f * sn_uniform_from_bits(turned);
}

static void photograph(SnScene *scene, int category, uint64_t seed, int64_t index, int defect, int attempt,
                       float *image) {
  uint32_t stream = (uint32_t)category * STREAMS;
  scene->draws = sn_draws(seed, stream + GOOD, (uint32_t)index);
  sn_noise_fill(&scene->noise, &scene->draws);
  scene->defect = defect;
  if (defect != SN_GENERATED_GOOD) {
    scene->damage = sn_draws(seed, stream + DAMAGE + (uint32_t)defect, (uint32_t)index);
    scene->damage.block = (uint64_t)attempt << 32;
    scene->strength = sn_smaller(1, strength_of(index, defect) + 0.15f * (float)attempt);
  }
  painters[category]->paint(scene);
  sn_relief_photograph(&scene->relief, &scene->light, image);
}

/* Sensor noise, close to normal: the sum of a word's four bytes, one word a channel; then 8 bits. */
static void expose(int category, uint64_t seed, int64_t index, int64_t count, const float *image, uint8_t *rgb) {
  SnDraws draws = sn_draws(seed, (uint32_t)category * STREAMS + SENSOR, (uint32_t)index);
  float level = sn_draw(&draws, 0.006f, 0.014f) * (1 / 147.8f); /* a sum of four bytes has deviation 147.8 */
  for (int64_t i = 0; i < count; i++) {
    SnPhilox words = sn_philox(seed, draws.stream, draws.step, (uint64_t)i + 1);
    for (int64_t channel = 0; channel < 3; channel++) {
      uint32_t word = words.word[channel];
      uint32_t sum = (word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24);
      float value = image[3 * i + channel] + level * ((float)sum - 510);
      rgb[3 * i + channel] = (uint8_t)(sn_clamp(value, 0, 1) * 255 + 0.5f);
    }
  }
}

/* The defect is drawn anew, stronger, until it can be seen; outside its mask it is the good image. */
static bool damage(SnScene *scene, int category, uint64_t seed, int64_t index, int defect, float *good, uint8_t *mask) {
  int64_t size = scene->relief.size, count = size * size, marked = 0;
  float *bad = sn_allocate(3 * count, sizeof *bad, "a drawn image");
  for (int attempt = 0; bad && attempt < TRIES && (float)marked < SMALLEST_SHARE * (float)count; attempt++) {
    photograph(scene, category, seed, index, defect, attempt, bad);
    marked = sn_difference_mask(good, bad, size, mask);
  }
  if (bad && marked == 0)
    sn_fail("%s, %s, image %" PRId64 ": the defect cannot be seen", painters[category]->category.name,
            painters[category]->category.defects[defect], index);
  for (int64_t i = 0; bad && i < count; i++)
    if (mask[i]) memcpy(good + 3 * i, bad + 3 * i, 3 * sizeof *good);
  free(bad);
  return sn_ok();
}

bool sn_generated_draw(int category, uint64_t seed, int64_t index, int defect, int64_t size, uint8_t *rgb,
                       uint8_t *mask) {
  const SnGeneratedCategory *about = sn_generated_category(category);
  if (!about) return false;
  if (defect != SN_GENERATED_GOOD && (defect < 0 || defect >= about->defect_count))
    return sn_fail("%s: defect %d: expected 0 to %d", about->name, defect, about->defect_count - 1);
  if (index < 0 || index > UINT32_MAX)
    return sn_fail("%s: image %" PRId64 ": expected 0 to 2^32 - 1", about->name, index);
  if (size < SN_GENERATED_MIN_SIZE || size > SN_GENERATED_MAX_SIZE)
    return sn_fail("%s: size %" PRId64 ": expected %d to %d", about->name, size, SN_GENERATED_MIN_SIZE,
                   SN_GENERATED_MAX_SIZE);
  int64_t count = size * size;
  SnScene *scene = sn_allocate(1, sizeof *scene, "a drawn image");
  float *image = sn_allocate(3 * count, sizeof *image, "a drawn image");
  uint8_t *marked = mask ? mask : sn_allocate(count, 1, "a drawn mask");
  if (sn_ok() && sn_relief_create(&scene->relief, size)) {
    photograph(scene, category, seed, index, SN_GENERATED_GOOD, 0, image);
    memset(marked, 0, (size_t)count);
    if (defect != SN_GENERATED_GOOD) damage(scene, category, seed, index, defect, image, marked);
    if (sn_ok()) expose(category, seed, index, count, image, rgb);
    sn_relief_free(&scene->relief);
  }
  if (!mask) free(marked);
  free(image);
  free(scene);
  return sn_ok();
}
