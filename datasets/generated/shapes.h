/* Where things lie: objects in the image; lines and uneven areas of the plane, in whatever unit of length. */
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

/* Where an object lies in the image: its middle, its direction, and its size. */
typedef struct SnPose {
  float x, y, cosine, sine, scale;
} SnPose;

/* From a place in the image, (u, v), to the same on the object, whose middle is (0, 0); and the other way round. */
void sn_pose_to_object(const SnPose *pose, float u, float v, float *x, float *y);
void sn_pose_to_image(const SnPose *pose, float x, float y, float *u, float *v);

/* Signed distance to a rectangle around (0, 0) whose corners have the radius `round`: negative inside. */
float sn_box_distance(float x, float y, float width, float height, float round);

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
