/* Solution of the exercise of chapter 4: two more operations on our own tape, and the logistic function made of them.
 *
 *     make course-programs && build/examples/course/logistic
 */
#include <stdio.h>

#include "examples/course/scalar_tape.h"

/* y = e^a: dy/da = y */
static int exponential(int a) {
  double y = exp(value(a));
  return record("exp", y, a, y, -1, 0);
}

/* y = a / b: dy/da = 1 / b, dy/db = -a / b^2 */
static int divide(int a, int b) {
  double y = value(a) / value(b);
  return record("divide", y, a, 1 / value(b), b, -y / value(b));
}

/* 1 / (1 + e^-x) */
static int logistic(double x) {
  count = 0;
  leaf("x", x);
  int one = leaf("one", 1), zero = leaf("zero", 0);
  return divide(one, add(one, exponential(subtract(zero, 0))));
}

int main(void) {
  for (double x = -2; x <= 2; x += 2) {
    const double h = 1e-5;
    double difference = (value(logistic(x + h)) - value(logistic(x - h))) / (2 * h);
    int y = logistic(x);
    backward(y);
    printf("x %4.1f  y %.3f  dy/dx by the tape %.3f, y (1 - y) = %.3f, by differences %.3f\n", x, value(y),
           tape[0].gradient, value(y) * (1 - value(y)), difference);
  }
  return 0;
}
