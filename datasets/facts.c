#include "datasets/facts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

enum { FULL_WHITE = 65535 };

void sn_facts_add_photograph(SnFacts *facts, const SnImage *image) {
  facts->photographs++;
  if (image->orientation >= 1 && image->orientation <= 8) facts->orientations[image->orientation]++;
  if (image->bits != 16 || !image->pixels) return;
  facts->deep++;
  if (image->peak > facts->largest) facts->largest = image->peak;
}

void sn_facts_add(SnFacts *facts, const SnFacts *more) {
  if (facts->empty_masks == 0) snprintf(facts->first_empty, sizeof facts->first_empty, "%s", more->first_empty);
  facts->photographs += more->photographs;
  for (int i = 0; i < 9; i++) facts->orientations[i] += more->orientations[i];
  facts->deep += more->deep;
  if (more->largest > facts->largest) facts->largest = more->largest;
  facts->masks += more->masks;
  facts->class_masks += more->class_masks;
  facts->empty_masks += more->empty_masks;
}

/* "3 of orientation 6, 1 of 8" */
static char *list_orientations(const SnFacts *facts) {
  char *text = sn_copy_text("");
  for (int i = 2; i <= 8 && text; i++) {
    if (facts->orientations[i] == 0) continue;
    char *longer =
        sn_format("%s%s%lld of orientation %d", text, *text ? ", " : "", (long long)facts->orientations[i], i);
    free(text);
    text = longer;
  }
  return text;
}

char *sn_facts_orientation_text(const SnFacts *facts, const SnImageOptions *options) {
  int64_t turned = 0;
  for (int i = 2; i <= 8; i++) turned += facts->orientations[i];
  char *list = turned > 0 && sn_ok() ? list_orientations(facts) : NULL;
  if (!list) return NULL;
  char *text = sn_format("%lld of %lld photographs are to be turned by their EXIF (%s): %s", (long long)turned,
                         (long long)facts->photographs, list,
                         options->apply_orientation
                             ? "they are (--orientation exif), and their masks must fit the turned photographs"
                             : "they are looked at as they are stored; --orientation exif turns them");
  free(list);
  return text;
}

/* 8, 10, 12 or 14: the bits that a camera's samples of that size have; 16 where they use all. */
static int used_bits(int largest) {
  int bits = 8;
  while (bits < 16 && largest >= 1 << bits) bits += 2;
  return bits;
}

char *sn_facts_bits_text(const SnFacts *facts, const SnImageOptions *options) {
  if (facts->deep == 0 || facts->largest == 0 || !sn_ok()) return NULL;
  const int white = options->white_level > 0 ? options->white_level : FULL_WHITE, bits = used_bits(facts->largest);
  if (facts->largest > white)
    return sn_format("the largest value of %lld 16-bit photographs is %d: what is above --white-level %d is white",
                     (long long)facts->deep, facts->largest, white);
  if (white < FULL_WHITE || bits == 16) return NULL;
  return sn_format(
      "the largest value of %lld 16-bit photographs is %d: they use %d of 16 bits and look nearly black; "
      "train with --white-level %d",
      (long long)facts->deep, facts->largest, bits, (1 << bits) - 1);
}

char *sn_facts_masks_text(const SnFacts *facts) {
  if (facts->empty_masks == 0 || !sn_ok()) return NULL;
  if (facts->empty_masks == 1) return sn_copy_text(facts->first_empty);
  return sn_format("%lld of %lld masks of defective images hold no defect; the first: %s",
                   (long long)facts->empty_masks, (long long)facts->masks, facts->first_empty);
}
