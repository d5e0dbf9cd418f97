/* Levels of a backbone: the places along a network whose feature maps can be asked for, numbered from 1 at the input's
 * end. Their names are the network's own. */
#ifndef SN_MODELS_BACKBONES_LEVELS_H
#define SN_MODELS_BACKBONES_LEVELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SN_MAX_LEVELS = 16 }; /* asked for at once; a network may have more */

/* Levels that are asked for together. */
typedef struct SnLevels {
  int64_t count, numbers[SN_MAX_LEVELS]; /* in rising order, each once */
} SnLevels;

/* What is known of one level. */
typedef struct SnLevel {
  const char *name; /* "layer2" */
  int64_t channels; /* of its feature map */
  int64_t stride;   /* input pixels to a cell of the feature map, along each side */
} SnLevel;

/* The index in numbers[] of a level; -1 when it is not among them. */
int sn_level_index(const SnLevels *levels, int64_t number);

/* Whether both ask for the same levels. */
bool sn_levels_equal(const SnLevels *a, const SnLevels *b);

enum { SN_LEVELS_TEXT = 128 };
/* "2,3", which sn_parse_levels takes back to the same levels. */
void sn_levels_text(const SnLevels *levels, char *text, size_t size);

#endif
