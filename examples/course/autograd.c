/* A neuron that is to answer 0.5 to 2, differentiated and trained on our own tape.
 *
 *     make course-programs && build/examples/course/autograd
 */
#include <stdio.h>

#include "examples/course/scalar_tape.h"

enum { W, B, X, TARGET }; /* the leaves: the tape's first nodes */
enum { ANSWER = 6, STEPS = 100 };

/* loss = (tanh(w x + b) - target)^2 */
static int forward(double w, double b) {
  count = 0;
  leaf("w", w);
  leaf("b", b);
  leaf("x", 2);
  leaf("target", 0.5);
  int y = hyperbolic_tangent(add(multiply(W, X), B));
  int error = subtract(y, TARGET);
  return multiply(error, error);
}

static void print_tape(void) {
  printf("node  operation   value   inputs   slopes          d loss / d value\n");
  for (int i = 0; i < count; i++) {
    const Node *node = &tape[i];
    char inputs[16] = "", slopes[32] = "";
    if (node->input[1] >= 0) {
      snprintf(inputs, sizeof inputs, "%d, %d", node->input[0], node->input[1]);
      snprintf(slopes, sizeof slopes, "%.3f, %.3f", node->slope[0], node->slope[1]);
    } else if (node->input[0] >= 0) {
      snprintf(inputs, sizeof inputs, "%d", node->input[0]);
      snprintf(slopes, sizeof slopes, "%.3f", node->slope[0]);
    }
    printf("%3d   %-9s  %6.3f   %-6s   %-14s  %6.3f\n", i, node->operation, node->value, inputs, slopes,
           node->gradient);
  }
}

int main(void) {
  double w = 0.3, b = 0.1, h = 1e-5;
  backward(forward(w, b));
  print_tape();
  double dw = tape[W].gradient, db = tape[B].gradient;
  double w_difference = (value(forward(w + h, b)) - value(forward(w - h, b))) / (2 * h);
  double b_difference = (value(forward(w, b + h)) - value(forward(w, b - h))) / (2 * h);
  printf("by finite differences: d loss / d w = %.3f, d loss / d b = %.3f\n", w_difference, b_difference);
  for (int step = 0; step < STEPS; step++) {
    w -= 0.1 * dw;
    b -= 0.1 * db;
    backward(forward(w, b));
    dw = tape[W].gradient;
    db = tape[B].gradient;
  }
  forward(w, b);
  printf("after %d steps of gradient descent: tanh(%.3f x + %.3f) is %.3f at x = 2\n", STEPS, w, b, value(ANSWER));
  return 0;
}
