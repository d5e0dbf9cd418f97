/* Where damage lies: lines and uneven areas of the plane, in whatever unit of length. */
#ifndef SN_DATASETS_GENERATED_SHAPES_H
#define SN_DATASETS_GENERATED_SHAPES_H

#include "datasets/generated/draws.h"
#include "datasets/generated/noise.h"

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

/* Signed distance to the blob's edge, roughly: negative inside. */
float sn_blob_distance(const SnBlob *blob, const SnNoise *noise, float x, float y);

/* The farthest that a blob reaches from its centre. */
float sn_blob_reach(const SnBlob *blob);

#endif
