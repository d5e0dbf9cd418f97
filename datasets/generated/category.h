/* What a category's painter is given, and the list of painters: one file each. */
#ifndef SN_DATASETS_GENERATED_CATEGORY_H
#define SN_DATASETS_GENERATED_CATEGORY_H

#include "datasets/generated/generate.h"
#include "datasets/generated/marks.h"
#include "datasets/generated/noise.h"
#include "datasets/generated/relief.h"

typedef struct SnScene {
  SnRelief relief; /* to be painted, every pixel */
  SnLight light;   /* to be set */
  SnNoise noise;
  SnDraws draws;  /* parameters of the good image: a painter takes the same ones whatever the defect */
  SnDraws damage; /* parameters of the defect */
  int defect;     /* position in the category's list, or SN_GENERATED_GOOD */
  float strength; /* of the defect, 0 faint to 1 plain */
} SnScene;

typedef struct SnPainter {
  SnGeneratedCategory category;
  void (*paint)(SnScene *scene);
} SnPainter;

extern const SnPainter sn_painter_circuit, sn_painter_fabric, sn_painter_gear, sn_painter_tiles, sn_painter_wood,
    sn_painter_label, sn_painter_tablet;

#endif
