/* Rung 1: the formula, written down. Images, outputs, rows, columns, channels and the two sides of the window are seven
 * loops around one multiplication and one addition. The sum is one chain: each addition waits for the one before it. */
#include "bench/ladder/ladder.h"

bool ladder_seven_loops(Problem *p) {
  for (int n = 0; n < p->images; n++)
    for (int o = 0; o < p->out; o++)
      for (int i = 0; i < p->height; i++)
        for (int j = 0; j < p->width; j++) {
          float sum = 0;
          for (int c = 0; c < p->in; c++)
            for (int u = 0; u < 3; u++)
              for (int v = 0; v < 3; v++) {
                int row = i + u - 1, column = j + v - 1;
                if (row < 0 || row >= p->height || column < 0 || column >= p->width) continue;
                const float *plane = p->x + (size_t)(n * p->in + c) * (size_t)(p->height * p->width);
                sum += p->weight[((o * p->in + c) * 3 + u) * 3 + v] * plane[row * p->width + column];
              }
          p->y[((size_t)(n * p->out + o) * (size_t)p->height + (size_t)i) * (size_t)p->width + (size_t)j] = sum;
        }
  return true;
}
