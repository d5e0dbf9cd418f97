/* The classes of the pretraining images. */
#ifndef SN_DATASETS_GENERATED_PRETRAINING_CLASSES_H
#define SN_DATASETS_GENERATED_PRETRAINING_CLASSES_H

#include "datasets/generated/pattern.h"

/* How a class uses colour. */
typedef enum SnPalette {
  SN_PALETTE_ANY,
  SN_PALETTE_WARM,
  SN_PALETTE_GREEN,
  SN_PALETTE_BLUE,
  SN_PALETTE_HUE_ONLY,
  SN_PALETTE_MANY_HUES,
  SN_PALETTE_LIGHT_ON_DARK,
  SN_PALETTE_DARK_ON_LIGHT
} SnPalette;

typedef struct SnPretrainingClass {
  const char *name;
  SnPatternFunction *pattern; /* NULL: any of those that colour classes share */
  int variant;
  float fewest, most; /* repeats across the image; 2 and 2 for a single thing */
  SnPalette palette;
} SnPretrainingClass;

enum { SN_PRETRAINING_CLASSES = 85 };

extern const SnPretrainingClass sn_pretraining_classes[SN_PRETRAINING_CLASSES];

#endif
