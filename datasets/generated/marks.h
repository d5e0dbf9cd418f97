/* Damage that can befall any surface: each function changes the relief near (x, y). `strength` runs from 0, faint, to
 * 1, plain to see. */
#ifndef SN_DATASETS_GENERATED_MARKS_H
#define SN_DATASETS_GENERATED_MARKS_H

#include "datasets/generated/noise.h"
#include "datasets/generated/relief.h"

enum { SN_PATH_POINTS = 24 };

/* A line through the plane. */
typedef struct SnPath {
  float x[SN_PATH_POINTS], y[SN_PATH_POINTS];
  int count;
} SnPath;

/* An arc of the given length around (x, y) that runs in direction `turns` and bends by up to `bend` turns either way.
 */
SnPath sn_path_arc(SnDraws *draws, float x, float y, float length, float turns, float bend);

/* A jagged line: every stretch leaves the direction by up to `jag` turns. */
SnPath sn_path_jagged(SnDraws *draws, float x, float y, float length, float turns, float jag);

/* Distance from (x, y) to the path; *along, 0 to 1, is where the nearest point lies. */
float sn_path_distance(const SnPath *path, float x, float y, float *along);

/* A round area with an uneven edge. */
typedef struct SnBlob {
  float x, y, radius;
  float stretch, cosine, sine; /* `stretch` times as long in the direction (cosine, sine) */
  float uneven, offset;        /* edge noise: share of the radius, and where in the noise it is read */
} SnBlob;

/* Turned any way, and up to `stretch` times as long as wide. */
SnBlob sn_blob(SnDraws *draws, float x, float y, float radius, float stretch, float uneven);

/* Signed distance to the blob's edge, roughly, in image widths: negative inside. */
float sn_blob_distance(const SnBlob *blob, const SnNoise *noise, float x, float y);

/* The farthest that a blob reaches from its centre. */
float sn_blob_reach(const SnBlob *blob);

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
