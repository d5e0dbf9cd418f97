/* The weights of Winograd's algorithm: G g G^T for each output and channel, [components][panels of outputs][C][WIDTH].
 */
#include <string.h>

#include "backends/cpu/conv2d_fused.h"
#include "backends/cpu/pool.h"
#include "backends/cpu/winograd.h"

enum { SIDE = SN_WINOGRAD_SIDE, WIDTH = SN_TILE_WIDTH };

int64_t SN_CPU(winograd_count)(const SnFusedConv2d *options) {
  return sn_winograd_side(options) * sn_winograd_side(options) * sn_winograd_padded(options->out) * options->in;
}

/* G g, rounded to float only after both directions. */
static void transform(int side, double g0, double g1, double g2, double out[SIDE]) {
  static const double two[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
  static const double strided[5][3] = {{1, 0, 0}, {1, 0, 1}, {0, 0, 1}, {0, 1, 0}, {0, 1, 0}};
  static const double four[6][3] = {{1. / 4, 0, 0},
                                    {-1. / 6, -1. / 6, -1. / 6},
                                    {-1. / 6, 1. / 6, -1. / 6},
                                    {1. / 24, 1. / 12, 1. / 6},
                                    {1. / 24, -1. / 12, 1. / 6},
                                    {0, 0, 1}};
  const double(*rows)[3] = side == 6 ? four : side == 5 ? strided : two;
  for (int i = 0; i < side; i++) {
    const double *row = rows[i];
    out[i] = row[0] * g0 + row[1] * g1 + row[2] * g2;
  }
}

typedef struct Weights {
  const SnFusedConv2d *options;
  const float *weight;
  float *prepared;
} Weights;

/* A block is one panel of outputs. */
static void prepare_block(void *context, int64_t panel) {
  const Weights *w = context;
  int side = sn_winograd_side(w->options);
  int64_t in = w->options->in, component = sn_winograd_padded(w->options->out) * in;
  float *to = w->prepared + panel * in * WIDTH;
  for (int i = 0; i < side * side; i++) memset(to + i * component, 0, (size_t)(in * WIDTH) * sizeof *to);
  for (int64_t c = 0; c < in; c++)
    for (int64_t o = panel * WIDTH; o < (panel + 1) * WIDTH && o < w->options->out; o++) {
      const float *g = w->weight + (o * in + c) * 9;
      double half[3][SIDE], whole[SIDE];
      for (int row = 0; row < 3; row++)
        transform(side, (double)g[row * 3], (double)g[row * 3 + 1], (double)g[row * 3 + 2], half[row]);
      for (int j = 0; j < side; j++) {
        transform(side, half[0][j], half[1][j], half[2][j], whole);
        for (int i = 0; i < side; i++) to[(i * side + j) * component + c * WIDTH + o % WIDTH] = (float)whole[i];
      }
    }
}

void SN_CPU(winograd_prepare)(const SnFusedConv2d *options, const float *weight, float *prepared) {
  Weights w = {options, weight, prepared};
  sn_parallel(sn_winograd_padded(options->out) / WIDTH, prepare_block, &w);
}
