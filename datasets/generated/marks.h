/* Damage that can befall any surface: each function changes the relief near (x, y). `strength` runs from 0, faint, to
 * 1, plain to see. */
#ifndef SN_DATASETS_GENERATED_MARKS_H
#define SN_DATASETS_GENERATED_MARKS_H

#include "datasets/generated/relief.h"
#include "datasets/generated/shapes.h"

/* A groove with raised rims, and colour `bare` where material was torn off. */
void sn_mark_scratch(SnRelief *relief, const SnPath *path, float width, float depth, SnColour bare, float strength);

/* A thin dark gap. */
void sn_mark_crack(SnRelief *relief, const SnPath *path, float width, float strength);

/* Colours the area with the filter `tint`, stronger at the rim, as dried liquid does. */
void sn_mark_stain(SnRelief *relief, const SnNoise *noise, const SnBlob *blob, SnColour tint, float soft,
                   float strength);

/* A pit of the given depth with a dark ground. */
void sn_mark_hole(SnRelief *relief, const SnNoise *noise, const SnBlob *blob, float depth, SnColour ground);

/* A smooth hollow with a slight rim, in height alone. */
void sn_mark_dent(SnRelief *relief, const SnNoise *noise, const SnBlob *blob, float depth);

#endif
