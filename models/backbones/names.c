#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "models/backbones/family.h"

const char *sn_backbone_name(int index) {
  if (index < 0) return NULL;
  for (const SnBackboneFamily *const *family = sn_backbone_families; *family; family++)
    for (int i = 0; (*family)->name(i); i++)
      if (index-- == 0) return (*family)->name(i);
  return NULL;
}

static const SnBackboneFamily *find(const char *name, int *index) {
  for (const SnBackboneFamily *const *family = sn_backbone_families; *family; family++)
    for (*index = 0; (*family)->name(*index); ++*index)
      if (strcmp((*family)->name(*index), name) == 0) return *family;
  return NULL;
}

bool sn_backbone_exists(const char *name) {
  int index;
  return find(name, &index) != NULL;
}

/* list, a comma and the item, in new memory; list, which may be NULL, is released. */
static char *joined(char *list, const char *item) {
  char *all = sn_format("%s%s%s", list ? list : "", list ? ", " : "", item);
  free(list);
  return all;
}

const SnBackboneFamily *sn_family_of(const char *name, int *index) {
  if (!sn_ok()) return NULL;
  const SnBackboneFamily *family = find(name, index);
  if (family) return family;
  char *names = NULL;
  for (int i = 0; sn_backbone_name(i) && sn_ok(); i++) names = joined(names, sn_backbone_name(i));
  sn_fail("there is no backbone '%.40s'; there are %s", name, names);
  free(names);
  return NULL;
}

const char *sn_backbone_title(const char *name) {
  int index;
  const SnBackboneFamily *family = sn_family_of(name, &index);
  return family ? family->title : NULL;
}

int sn_backbone_level_count(const char *name) {
  int index;
  const SnBackboneFamily *family = sn_family_of(name, &index);
  return family ? family->level_count(index) : 0;
}

SnLevel sn_backbone_level(const char *name, int64_t number) {
  int index;
  const SnBackboneFamily *family = sn_family_of(name, &index);
  if (family && number >= 1 && number <= family->level_count(index)) return family->level(index, number);
  if (family) sn_fail("%s: expected a level from 1 to %d, found %" PRId64, name, family->level_count(index), number);
  return (SnLevel){0};
}

bool sn_backbone_sets_scale(const char *name) {
  int index;
  const SnBackboneFamily *family = sn_family_of(name, &index);
  return family && family->sets_scale && family->sets_scale(index);
}

const char *sn_backbone_level_name(const char *name, int64_t number) { return sn_backbone_level(name, number).name; }

SnNormalization sn_backbone_normalization(const char *name) {
  int index;
  const SnBackboneFamily *family = sn_family_of(name, &index);
  return family && family->normalization ? family->normalization(index) : sn_imagenet_normalization;
}

SnLevels sn_backbone_usual_levels(const char *name) {
  int index;
  const SnBackboneFamily *family = sn_family_of(name, &index);
  if (!family) return (SnLevels){.count = 0};
  return family->usual_levels ? family->usual_levels(index) : (SnLevels){2, {2, 3}};
}

/* The number of the level that the text's first characters name or count; 0 when there is none. */
static int number_of(const char *backbone, const char *text, size_t length) {
  for (int number = 1, count = sn_backbone_level_count(backbone); number <= count; number++) {
    char digits[16];
    snprintf(digits, sizeof digits, "%d", number);
    const char *name = sn_backbone_level_name(backbone, number);
    if (strlen(digits) == length && memcmp(digits, text, length) == 0) return number;
    if (strlen(name) == length && memcmp(name, text, length) == 0) return number;
  }
  return 0;
}

static bool fail_with_list(const char *backbone, const char *text) {
  char *levels = NULL;
  for (int number = 1, count = sn_backbone_level_count(backbone); number <= count && sn_ok(); number++) {
    char *level = sn_format("%d (%s)", number, sn_backbone_level_name(backbone, number));
    levels = joined(levels, level ? level : "");
    free(level);
  }
  sn_fail("%s: expected levels in rising order with commas between, of %s; found '%.40s'", backbone, levels, text);
  free(levels);
  return false;
}

bool sn_parse_levels(const char *backbone, const char *text, SnLevels *levels) {
  int index;
  if (!sn_family_of(backbone, &index)) return false;
  SnLevels found = {0};
  for (const char *c = text;; c++) {
    size_t length = strcspn(c, ",");
    int number = number_of(backbone, c, length);
    if (number == 0 || (found.count > 0 && number <= found.numbers[found.count - 1]))
      return fail_with_list(backbone, text);
    if (found.count == SN_MAX_LEVELS)
      return sn_fail("%s: expected at most %d levels at once, found '%.40s'", backbone, SN_MAX_LEVELS, text);
    found.numbers[found.count++] = number;
    c += length;
    if (*c == '\0') break;
  }
  *levels = found;
  return true;
}
