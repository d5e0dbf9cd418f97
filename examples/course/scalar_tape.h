/* Reverse-mode differentiation of numbers, complete: values, a tape, backward. Chapter 4 goes through it. */
#ifndef EXAMPLES_COURSE_SCALAR_TAPE_H
#define EXAMPLES_COURSE_SCALAR_TAPE_H

#include <math.h>
#include <stdlib.h>

enum { CAPACITY = 64 };

/* One number that was computed. */
typedef struct Node {
  const char *operation;
  double value;
  int input[2];    /* nodes that it was computed from; -1: none */
  double slope[2]; /* d value / d that input */
  double gradient; /* d loss / d value, once backward has run */
} Node;

static Node tape[CAPACITY];
static int count;

/* ---- forward: compute, and write down how ---- */

static inline int record(const char *operation, double value, int a, double slope_a, int b, double slope_b) {
  if (count == CAPACITY) abort();
  tape[count] = (Node){operation, value, {a, b}, {slope_a, slope_b}, 0};
  return count++;
}

static inline double value(int node) { return tape[node].value; }

static inline int leaf(const char *name, double number) { return record(name, number, -1, 0, -1, 0); }

static inline int add(int a, int b) { return record("add", value(a) + value(b), a, 1, b, 1); }

static inline int subtract(int a, int b) { return record("subtract", value(a) - value(b), a, 1, b, -1); }

static inline int multiply(int a, int b) { return record("multiply", value(a) * value(b), a, value(b), b, value(a)); }

static inline int hyperbolic_tangent(int a) {
  double y = tanh(value(a));
  return record("tanh", y, a, 1 - y * y, -1, 0);
}

/* ---- backward ---- */

static inline void backward(int loss) {
  tape[loss].gradient = 1;
  for (int i = loss; i >= 0; i--)
    for (int k = 0; k < 2; k++)
      if (tape[i].input[k] >= 0) tape[tape[i].input[k]].gradient += tape[i].gradient * tape[i].slope[k];
}

#endif
