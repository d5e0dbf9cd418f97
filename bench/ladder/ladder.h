/* One 3x3 convolution at every speed. Each rung is a file that computes the same function, faster than the one before:
 *
 *   y[n][o][i][j] = sum over c, u, v of weight[o][c][u][v] x[n][c][i + u - 1][j + v - 1],
 *
 * stride 1, with zeros beyond the border of x, so that y is as large as x. */
#ifndef SN_BENCH_LADDER_LADDER_H
#define SN_BENCH_LADDER_LADDER_H

#include <stdbool.h>
#include <stddef.h>

enum { LADDER_TAPS = 9 };                                              /* weights of a 3x3 window */
enum { LADDER_WEIGHTS, LADDER_IMAGE, LADDER_RESULT, LADDER_MEMORIES }; /* what a rung may keep */

typedef struct Problem {
  int images, in, out, height, width; /* in, out: channels */
  int threads;
  float *x;      /* [images][in][height][width] */
  float *weight; /* [out][in][3][3] */
  float *y;      /* [images][out][height][width] */
  float *memory[LADDER_MEMORIES];
} Problem;

/* A rung computes y from x and weight; false: memory was refused. Weights do not change between calls, so what depends
 * on them alone is computed in the first call, and kept in memory[LADDER_WEIGHTS]. */
typedef bool LadderFunction(Problem *p);

LadderFunction ladder_seven_loops, ladder_order, ladder_im2col, ladder_blocked, ladder_portable_tile, ladder_avx2,
    ladder_avx512, ladder_in_place, ladder_threads, ladder_winograd_2, ladder_winograd_4, ladder_project;

typedef struct Rung {
  const char *name;
  LadderFunction *convolve;
  bool (*supported)(void); /* by this processor; NULL: by every one */
  bool threaded;           /* works on problem->threads threads, others on one */
} Rung;

extern const Rung ladder_rungs[];
extern const int ladder_rung_count;

/* x and weight are filled with numbers between -1 and 1; false: memory was refused. */
bool ladder_problem_new(Problem *p, int images, int in, int out, int height, int width, int threads);
void ladder_problem_free(Problem *p);

/* Memory of `count` floats for a rung, aligned to 64 bytes: the same in each call until the next rung. NULL: refused.
 */
float *ladder_memory(Problem *p, int which, size_t count);

/* What a rung kept is forgotten, and y is zero: before another rung. */
void ladder_forget(Problem *p);

/* max |a - b| / max |b| over all results. */
double ladder_difference(const Problem *p, const float *a, const float *b);

/* What is drawn of one rung. */
typedef struct LadderBar {
  const char *name;
  double speed, limit; /* GFLOP/s; 0: not known */
} LadderBar;

/* Bars on a logarithmic axis, each with its limit; false: it could not be written, and why was said. */
bool ladder_draw(const LadderBar *bars, int count, const char *path);

#endif
