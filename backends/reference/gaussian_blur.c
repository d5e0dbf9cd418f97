/* Gaussian smoothing (scipy.ndimage.gaussian_filter, mode="reflect", truncate=4), one direction after the other:
 *
 *   y[i] = sum over k from -radius to radius of g[|k|] x[mirror(i + k)]     g[k] = e^(-k^2 / 2 sigma^2) / their sum
 *
 * mirror() repeats the line and its mirror image for ever: d c b a | a b c d | d c b a. The matrix of that map is
 * symmetric: i takes from j as often, and from as far, as j takes from i. So it is its own transpose, and the transpose
 * of rows first, then columns is columns first, then rows.
 */
#include <math.h>
#include <stdlib.h>

#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"
#include "base/memory.h"

static int64_t mirror(int64_t i, int64_t size) {
  int64_t period = 2 * size, place = i % period;
  if (place < 0) place += period;
  return place < size ? place : period - 1 - place;
}

static void gaussian_weights(double *weights, int64_t radius, double sigma) {
  double total = weights[0] = 1;
  for (int64_t k = 1; k <= radius; k++) {
    weights[k] = exp(-0.5 / (sigma * sigma) * (double)(k * k));
    total += 2 * weights[k];
  }
  for (int64_t k = 0; k <= radius; k++) weights[k] /= total;
}

/* Blurs along dimension 2 (down) or 3 (across) of [N,C,H,W]; y may be x. `line` has capacity for a line and both radii.
 */
static void blur_along(int dim, const SnArray *x, const SnArray *y, const double *weights, int64_t radius,
                       double *line) {
  int64_t size = y->shape[dim];
  SnArray starts = *y;
  starts.shape[dim] = 1;
  int64_t index[SN_MAX_DIMS] = {0};
  for (int64_t left = sn_array_count(&starts); left > 0; left--, sn_advance(&starts, index)) {
    int64_t from = sn_at(x, index), to = sn_at(y, index);
    for (int64_t i = -radius; i < size + radius; i++)
      line[i + radius] = sn_get(x, from + mirror(i, size) * x->stride[dim]);
    for (int64_t i = 0; i < size; i++) {
      const double *centre = line + i + radius;
      double sum = weights[0] * centre[0];
      for (int64_t k = radius; k > 0; k--) sum += weights[k] * (centre[-k] + centre[k]);
      sn_set(y, to + i * y->stride[dim], sum);
    }
  }
}

/* Between the two directions the values are rounded to the array's dtype, as scipy's are. */
static bool blur(const SnCall *call, int first_dim, int second_dim) {
  const SnArray *x = call->in[0], *y = call->out[0];
  double sigma = call->attributes.gaussian_blur.sigma;
  if (sn_array_count(y) == 0) return true;
  int64_t radius = sn_truncate(4 * sigma + 0.5, 0, INT64_MAX / 32);
  double *weights = sn_allocate(radius + 1, sizeof *weights, "the weights of a Gaussian blur");
  double *line = sn_allocate(sn_larger(y->shape[2], y->shape[3]) + 2 * radius, sizeof *line, "a line to blur");
  bool ready = weights && line;
  if (ready) {
    gaussian_weights(weights, radius, sigma);
    blur_along(first_dim, x, y, weights, radius, line);
    blur_along(second_dim, y, y, weights, radius, line);
  }
  free(weights);
  free(line);
  return ready;
}

bool sn_reference_gaussian_blur2d(const SnCall *call) { return blur(call, 2, 3); }

bool sn_reference_gaussian_blur2d_backward(const SnCall *call) { return blur(call, 3, 2); }
