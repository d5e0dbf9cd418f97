/* Rung 2: the same products in another order. The loop along a row of the image goes inside, the sums are rows of y:
 * additions no longer wait for one another, neighbours in memory are computed together, and the compiler makes vectors
 * of them. The border is a shorter loop, where rung 1 asked at every product. */
#include <string.h>

#include "bench/ladder/ladder.h"

/* y[height][width] += w * x, moved by (u - 1, v - 1). */
static void add_plane(const Problem *p, float w, int u, int v, const float *x, float *y) {
  int first_row = u == 0, end_row = p->height - (u == 2), first = v == 0, end = p->width - (v == 2);
  for (int i = first_row; i < end_row; i++) {
    const float *from = x + (i + u - 1) * p->width + v - 1;
    float *to = y + i * p->width;
    for (int j = first; j < end; j++) to[j] += w * from[j];
  }
}

bool ladder_order(Problem *p) {
  size_t plane = (size_t)(p->height * p->width);
  for (int n = 0; n < p->images; n++)
    for (int o = 0; o < p->out; o++) {
      float *y = p->y + (size_t)(n * p->out + o) * plane;
      memset(y, 0, plane * sizeof(float));
      for (int c = 0; c < p->in; c++)
        for (int u = 0; u < 3; u++)
          for (int v = 0; v < 3; v++)
            add_plane(p, p->weight[((o * p->in + c) * 3 + u) * 3 + v], u, v, p->x + (size_t)(n * p->in + c) * plane, y);
    }
  return true;
}
