/* The framework's tape on a graph of three operations: what is recorded, the gradients, a check, and a picture.
 *
 *     make course-programs && build/examples/course/three_nodes build/course/three_nodes.svg
 */
#include <stdio.h>
#include <stdlib.h>

#include "autograd/ops.h"
#include "autograd/trace.h"
#include "examples/course/svg.h"

typedef struct Numbers {
  double w, x, t, p, e, loss, dw, dp, de;
} Numbers;

/* loss = (w x - t)^2 in three operations: p = w x, e = p - t, loss = e e. */
static SnTensor *loss_of_error(SnTensor *e) { return sn_mul(e, e); }
static SnTensor *loss_of_product(SnTensor *p, SnTensor *t) { return loss_of_error(sn_sub(p, t)); }
static SnTensor *loss_of(SnTensor *w, SnTensor *x, SnTensor *t) { return loss_of_product(sn_mul(w, x), t); }

/* A trace (chapter 9) gets the same records as a tape, and lets us read them. */
static void print_records(SnTensor *w, SnTensor *x, SnTensor *t) {
  static const char *const results[] = {"p", "e", "loss"};
  SnTrace *trace = sn_trace_begin();
  if (!trace) return;
  loss_of(w, x, t);
  sn_trace_end(trace);
  for (int i = 0; i < trace->count && sn_ok(); i++) {
    printf("record %d: %-4s = %s(", i, results[i], trace->records[i].op->name);
    for (int k = 0; k < 2; k++) {
      const SnStorage *input = trace->records[i].inputs[k]->storage;
      const char *name = input == w->storage ? "w" : input == x->storage ? "x" : input == t->storage ? "t" : NULL;
      for (int j = 0; j < i && !name; j++)
        if (input == trace->records[j].outputs[0]->storage) name = results[j];
      printf("%s%s", k > 0 ? ", " : "", name);
    }
    printf(")\n");
  }
  sn_trace_free(trace);
}

/* d loss / d parameter, the loss being computed by the rest of the graph behind it: of w, p or e. */
static double gradient_of(char parameter, const Numbers *n) {
  SnScope *scope = sn_scope_open();
  double value = parameter == 'w' ? n->w : parameter == 'p' ? n->p : n->e;
  SnTensor *x = sn_scalar(SN_FLOAT64, n->x), *t = sn_scalar(SN_FLOAT64, n->t);
  SnTensor *leaf = sn_require_gradient(sn_scalar(SN_FLOAT64, value));
  SnTape *tape = sn_tape_begin();
  SnTensor *loss = parameter == 'w'   ? loss_of(leaf, x, t)
                   : parameter == 'p' ? loss_of_product(leaf, t)
                                      : loss_of_error(leaf);
  sn_backward(tape, loss);
  double gradient = sn_item(sn_gradient(leaf));
  sn_tape_end(tape);
  sn_scope_close(scope);
  return gradient;
}

static double loss_at(double w, const Numbers *n) {
  SnScope *scope = sn_scope_open();
  SnTensor *numbers[] = {sn_scalar(SN_FLOAT64, w), sn_scalar(SN_FLOAT64, n->x), sn_scalar(SN_FLOAT64, n->t)};
  double loss = sn_item(loss_of(numbers[0], numbers[1], numbers[2]));
  sn_scope_close(scope);
  return loss;
}

static void draw_node(SnMarkup *svg, int x, int y, const char *what, double value, const char *name, double gradient) {
  char text[64];
  svg_box(svg, x, y, 120, 64, name ? "#dbeafe" : "#f3f4f6");
  svg_text(svg, x + 60, y + 20, "middle", "", what);
  snprintf(text, sizeof text, "%g", value);
  svg_text(svg, x + 60, y + 38, "middle", "", text);
  if (!name) return;
  snprintf(text, sizeof text, "∂L/∂%s = %g", name, gradient);
  svg_text(svg, x + 60, y + 56, "middle", "small", text);
}

static bool draw(const Numbers *n, const char *path) {
  SnMarkup svg = {0};
  svg_open(&svg, 720, 230);
  svg_arrow(&svg, 140, 52, 198, 80);
  svg_arrow(&svg, 140, 168, 198, 115);
  svg_arrow(&svg, 320, 97, 378, 97);
  svg_arrow(&svg, 320, 182, 400, 131);
  svg_arrow(&svg, 500, 85, 558, 85);
  svg_arrow(&svg, 500, 110, 558, 110);
  draw_node(&svg, 20, 20, "w", n->w, "w", n->dw);
  draw_node(&svg, 20, 136, "x", n->x, NULL, 0);
  draw_node(&svg, 200, 65, "p = w · x", n->p, "p", n->dp);
  draw_node(&svg, 200, 150, "t", n->t, NULL, 0);
  draw_node(&svg, 380, 65, "e = p − t", n->e, "e", n->de);
  draw_node(&svg, 560, 65, "L = e · e", n->loss, "L", 1);
  svg_text(&svg, 700, 215, "end", "small", "values from left to right, gradients from right to left");
  return svg_close(&svg, path);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: three_nodes OUT.svg\n");
    return 2;
  }
  SnScope *scope = sn_scope_open();
  Numbers n = {.w = 3, .x = 2, .t = 5};
  print_records(sn_scalar(SN_FLOAT64, n.w), sn_scalar(SN_FLOAT64, n.x), sn_scalar(SN_FLOAT64, n.t));
  n.p = n.w * n.x;
  n.e = n.p - n.t;
  n.loss = loss_at(n.w, &n);
  n.dw = gradient_of('w', &n);
  n.dp = gradient_of('p', &n);
  n.de = gradient_of('e', &n);
  const double h = 1e-5;
  double difference = (loss_at(n.w + h, &n) - loss_at(n.w - h, &n)) / (2 * h);
  if (sn_ok() && draw(&n, argv[1])) {
    printf("loss %.3f; d loss / d e = %.3f, d p: %.3f, d w: %.3f\n", n.loss, n.de, n.dp, n.dw);
    printf("d loss / d w by finite differences: %.3f\n", difference);
  }
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  if (!sn_ok()) fprintf(stderr, "three_nodes: %s\n", sn_error());
  sn_scope_close(scope);
  return status;
}
