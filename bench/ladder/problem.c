/* The convolution that all rungs compute: its numbers and its memory. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/ladder/ladder.h"

/* Numbers between -1 and 1 by a linear congruential generator. */
static void fill(float *values, size_t count, uint32_t state) {
  for (size_t i = 0; i < count; i++) {
    state = state * 1664525 + 1013904223;
    values[i] = (float)(state >> 8) / 8388608 - 1;
  }
}

static float *floats(size_t count) { return aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64); }

static size_t result_count(const Problem *p) {
  return (size_t)p->images * (size_t)p->out * (size_t)p->height * (size_t)p->width;
}

bool ladder_problem_new(Problem *p, int images, int in, int out, int height, int width, int threads) {
  size_t x = (size_t)images * (size_t)in * (size_t)height * (size_t)width, weights = (size_t)(out * in * LADDER_TAPS);
  *p = (Problem){.images = images, .in = in, .out = out, .height = height, .width = width, .threads = threads};
  p->x = floats(x);
  p->weight = floats(weights);
  p->y = floats(result_count(p));
  if (!p->x || !p->weight || !p->y) {
    ladder_problem_free(p);
    return false;
  }
  fill(p->x, x, 1);
  fill(p->weight, weights, 2);
  ladder_forget(p);
  return true;
}

void ladder_problem_free(Problem *p) {
  for (int i = 0; i < LADDER_MEMORIES; i++) free(p->memory[i]);
  free(p->x);
  free(p->weight);
  free(p->y);
  *p = (Problem){0};
}

float *ladder_memory(Problem *p, int which, size_t count) {
  if (!p->memory[which]) p->memory[which] = floats(count);
  return p->memory[which];
}

void ladder_forget(Problem *p) {
  for (int i = 0; i < LADDER_MEMORIES; i++) {
    free(p->memory[i]);
    p->memory[i] = NULL;
  }
  memset(p->y, 0, result_count(p) * sizeof(float));
}

double ladder_difference(const Problem *p, const float *a, const float *b) {
  double difference = 0, largest = 0;
  for (size_t i = 0; i < result_count(p); i++) {
    difference = fmax(difference, fabs((double)a[i] - (double)b[i]));
    largest = fmax(largest, fabs((double)b[i]));
  }
  return largest > 0 ? difference / largest : difference;
}
