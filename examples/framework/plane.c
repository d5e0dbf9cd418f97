/* SimpleNet's idea in the plane, where it can be seen: good points lie on an arc, points moved by noise stand for the
 * defects that nobody has, and a small network learns to tell the two apart. Draws what it has learned.
 *
 *     make framework-examples && build/examples/framework/plane plane.png [SIGMA]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "autograd/ops.h"
#include "base/number.h"
#include "nn/linear.h"
#include "nn/optimizer.h"
#include "report/draw/colormap.h"
#include "report/draw/png.h"

enum { POINTS = 256, HIDDEN = 64, STEPS = 600, SHOWN = 150, SIDE = 480 };

static const double margin = 0.5, reach = 2; /* the picture shows [-reach, reach] along both axes */

typedef struct Discriminator {
  SnModule module;
  SnLinear *first, *second, *last;
} Discriminator;

static Discriminator *discriminator_new(void) {
  SnGenerator generator = {.dtype = SN_FLOAT32, .seed = 0};
  Discriminator *d = sn_scope_allocate(1, sizeof *d, NULL);
  if (!d) return NULL;
  d->first = sn_linear_new(2, HIDDEN, true, &generator);
  d->second = sn_linear_new(HIDDEN, HIDDEN, true, &generator);
  d->last = sn_linear_new(HIDDEN, 1, true, &generator);
  if (!sn_ok()) return NULL;
  sn_module_add(&d->module, "first", &d->first->module);
  sn_module_add(&d->module, "second", &d->second->module);
  sn_module_add(&d->module, "last", &d->last->module);
  return d;
}

/* points [N,2] -> [N,1], high for good ones */
static SnTensor *forward(const Discriminator *d, SnTensor *points) {
  SnTensor *hidden = sn_leaky_relu(sn_linear_forward(d->first, points), 0.2);
  return sn_linear_forward(d->last, sn_leaky_relu(sn_linear_forward(d->second, hidden), 0.2));
}

/* On the upper half of the unit circle, with a little noise of their own. */
static SnTensor *good_points(void) {
  static float values[POINTS][2];
  for (int i = 0; i < POINTS; i++) {
    double angle = acos(-1) * i / (POINTS - 1);
    values[i][0] = (float)cos(angle);
    values[i][1] = (float)sin(angle);
  }
  SnTensor *arc = sn_from_host(SN_FLOAT32, SN_SHAPE(POINTS, 2), values);
  return sn_add(arc, sn_normal(SN_FLOAT32, SN_SHAPE(POINTS, 2), 0, 0.03, sn_random(0, SN_STREAM_DATA, 1)));
}

/* The truncated L1 loss: max(0, margin - D(good)) + max(0, margin + D(moved)). */
static double step(const Discriminator *d, SnOptimizer *optimizer, SnTensor *good, double sigma, uint32_t number) {
  SnScope *scope = sn_scope_open();
  SnTape *tape = sn_tape_begin();
  SnRandom source = sn_random(0, SN_STREAM_NOISE, number);
  SnTensor *moved = sn_add(good, sn_normal(SN_FLOAT32, SN_SHAPE(POINTS, 2), 0, sigma, source));
  SnTensor *low = sn_relu(sn_add_scalar(sn_neg(forward(d, good)), margin));
  SnTensor *high = sn_relu(sn_add_scalar(forward(d, moved), margin));
  SnTensor *loss = sn_add(sn_mean(low, SN_ALL_DIMS, false), sn_mean(high, SN_ALL_DIMS, false));
  sn_optimizer_zero_gradients(optimizer);
  sn_backward(tape, loss);
  sn_optimizer_step(optimizer);
  double value = sn_item(loss);
  sn_tape_end(tape);
  sn_scope_close(scope);
  return value;
}

/* The anomaly score -D of one point. */
static double score(const Discriminator *d, double x, double y) {
  SnScope *scope = sn_scope_open();
  float point[2] = {(float)x, (float)y};
  SnTensor *value = forward(d, sn_from_host(SN_FLOAT32, SN_SHAPE(1, 2), point));
  double found = -sn_item(value);
  sn_scope_close(scope);
  return found;
}

/* A row of pixels at a time; y points upwards. */
static bool draw_scores(const Discriminator *d, SnPicture *picture) {
  SnColormap colors;
  sn_colormap_make(&colors);
  for (int64_t row = 0; row < SIDE && sn_ok(); row++) {
    SnScope *scope = sn_scope_open();
    float points[SIDE][2], values[SIDE] = {0};
    for (int64_t i = 0; i < SIDE; i++) {
      points[i][0] = (float)(reach * (2 * ((double)i + 0.5) / SIDE - 1));
      points[i][1] = (float)(reach * (1 - 2 * ((double)row + 0.5) / SIDE));
    }
    SnTensor *scores = forward(d, sn_from_host(SN_FLOAT32, SN_SHAPE(SIDE, 2), points));
    if (scores) sn_to_host(scores, SN_FLOAT32, values);
    for (int64_t i = 0; i < SIDE; i++)
      sn_draw_pixel(picture, i, row, sn_colormap_color(&colors, -(double)values[i], -1.5, 1.5), 1);
    sn_scope_close(scope);
  }
  return sn_ok();
}

static void draw_points(SnTensor *good, SnPicture *picture) {
  float values[POINTS][2];
  if (!sn_to_host(good, SN_FLOAT32, values)) return;
  for (int i = 0; i < POINTS; i++) {
    int64_t x = (int64_t)(((double)values[i][0] / reach + 1) * SIDE / 2);
    int64_t y = (int64_t)((1 - (double)values[i][1] / reach) * SIDE / 2);
    sn_draw_rectangle(picture, x - 1, y - 1, 3, 3, SN_RGB(0xffffff));
  }
}

static bool draw(const Discriminator *d, SnTensor *good, const char *path) {
  SnPicture picture;
  if (!sn_picture_create(SIDE, SIDE, SN_RGB(0), &picture)) return false;
  if (draw_scores(d, &picture)) {
    draw_points(good, &picture);
    sn_picture_write(&picture, path);
  }
  sn_picture_free(&picture);
  return sn_ok();
}

int main(int argc, char **argv) {
  double sigma = 0.2;
  if (argc < 2 || argc > 3 || (argc == 3 && !sn_parse_real("SIGMA", argv[2], 0, 10, &sigma))) {
    fprintf(stderr, "usage: plane OUT.png [SIGMA]\n");
    return 2;
  }
  SnScope *scope = sn_scope_open();
  SnTensor *good = good_points();
  Discriminator *d = discriminator_new();
  SnOptimizer *optimizer = d ? sn_optimizer_new(&d->module, sn_optimizer_defaults(SN_ADAM, 3e-3)) : NULL;
  for (uint32_t i = 1; i <= STEPS && sn_ok(); i++) {
    double loss = step(d, optimizer, good, sigma, i);
    if (i % SHOWN == 0) printf("step %3u  loss %.3f\n", i, loss);
  }
  if (sn_ok() && draw(d, good, argv[1]))
    printf("score on the arc %.2f, in its middle %.2f, below it %.2f\nwritten: %s\n", score(d, 0, 1), score(d, 0, 0),
           score(d, 0, -1), argv[1]);
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  if (!sn_ok()) fprintf(stderr, "plane: %s\n", sn_error());
  sn_scope_close(scope);
  return status;
}
