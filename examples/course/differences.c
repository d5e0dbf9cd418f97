/* How exact finite differences are: of x^3 at 1, whose derivative is 3, for steps of every size.
 *
 *     make course-programs && build/examples/course/differences build/course/differences.svg
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "report/plot/plot.h"

enum { COUNT = 14 };

static double cube(double x) { return x * x * x; }

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: differences OUT.svg\n");
    return 2;
  }
  double exponent[COUNT], one_sided[COUNT], central[COUNT];
  printf("step h   (f(1+h) - f(1)) / h is wrong by   (f(1+h) - f(1-h)) / 2h is wrong by\n");
  for (int i = 0; i < COUNT; i++) {
    double h = pow(10, -i);
    double a = fabs((cube(1 + h) - cube(1)) / h - 3), b = fabs((cube(1 + h) - cube(1 - h)) / (2 * h) - 3);
    if (i % 3 == 0) printf("%5.0e    %18.0e                   %18.0e\n", h, a, b);
    exponent[i] = -i;
    one_sided[i] = log10(a);
    central[i] = log10(b);
  }
  const SnSeries series[] = {
      {.name = "one-sided", .kind = SN_SERIES_LINE_POINTS, .color = 1, .x = exponent, .y = one_sided, .count = COUNT},
      {.name = "central", .kind = SN_SERIES_LINE_POINTS, .color = 0, .x = exponent, .y = central, .count = COUNT}};
  const SnPlot plot = {.title = "Error of the derivative of x³ at 1",
                       .x = {.label = "logarithm of the step h (base 10)", .low = NAN, .high = NAN},
                       .y = {.label = "logarithm of the error", .low = NAN, .high = NAN},
                       .series = series,
                       .series_count = 2};
  if (!sn_plot_write(&plot, argv[1])) {
    fprintf(stderr, "differences: %s\n", sn_error());
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
