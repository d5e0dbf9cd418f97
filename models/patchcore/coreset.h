/* Which patch features the memory bank keeps: greedy k-centre selection (algorithm 1 of the paper; Gonzalez,
 * "Clustering to minimize the maximum intercluster distance", 1985). Each centre is the point that is farthest from all
 * centres before it:
 *
 *     centre = argmax over points p of min over centres c of |p - c|
 *
 * Of equally far points the first is taken, so the choice is the same on any number of threads. It is pulled:
 *
 *     SnCoreset *coreset = sn_coreset_new(points, wanted, first);
 *     while (sn_coreset_next(coreset, 256)) show(coreset->count, coreset->wanted);
 *
 * Done plainly, N points and M centres of D dimensions cost N M D multiplications and reading all points M times. Here
 * a point's distance is a bound that is made true only when the point may be the farthest. The points with the largest
 * bounds are the active ones, few enough for the cache: they are measured against the centres that they have not seen
 * by matrix products, and centres are chosen among them for as long as the farthest of them is farther than the bound
 * of every other point. The result is that of the plain way. */
#ifndef SN_MODELS_PATCHCORE_CORESET_H
#define SN_MODELS_PATCHCORE_CORESET_H

#include "tensor/tensor.h"

typedef struct SnCoreset {
  int64_t count, wanted; /* centres chosen so far, and at the end */
  int64_t *indices;      /* [wanted]: which points they are, in the order of choice */

  SnTensor *points;
  const float *values; /* the points in the host's memory, */
  float *copy;         /* or a copy there; NULL: none is needed */
  int64_t first;
  int64_t point_count, dimensions;
  float *bounds;   /* [N]: squared distance to the nearest of the first seen[i] centres */
  int64_t *seen;   /* [N] */
  int64_t *active; /* [N], of which active_count: their bounds are distances */
  int64_t active_count, active_bin;
  int64_t *counts; /* of points by bin */
  float farthest;  /* the largest bound when the active points were chosen */
} SnCoreset;

/* In the innermost scope. points [N,D] float32, which are read from the first sn_coreset_next on and must outlive it;
 * 1 <= wanted <= N; 0 <= first < N: the first centre. Allocates 20 bytes a point, and a copy of the points where the
 * host cannot read them. */
SnCoreset *sn_coreset_new(SnTensor *points, int64_t wanted, int64_t first);

/* Chooses up to `most` more centres. False when there was none left, or on failure; points that are not finite are an
 * error. When every point is a centre or equal to one, `wanted` becomes `count`. */
bool sn_coreset_next(SnCoreset *coreset, int64_t most);

#endif
