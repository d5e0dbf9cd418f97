/* Layer normalisation (torch.nn.functional.layer_norm): over the C numbers of one place,
 *
 *   m = mean x,   r = 1 / sqrt(mean (x - m)^2 + eps),   y = w (x - m) r + b
 */
#include <math.h>

#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

typedef struct Statistics {
  double mean, inverse_std;
} Statistics;

/* Of `count` numbers, `stride` apart. */
static Statistics statistics(const SnArray *x, int64_t first, int64_t count, int64_t stride, double eps) {
  double sum = 0, squares = 0;
  for (int64_t c = 0; c < count; c++) sum += sn_get(x, first + c * stride);
  double mean = sum / (double)count;
  for (int64_t c = 0; c < count; c++) {
    double d = sn_get(x, first + c * stride) - mean;
    squares += d * d;
  }
  return (Statistics){mean, 1 / sqrt(squares / (double)count + eps)};
}

bool sn_reference_layer_norm(const SnCall *call) {
  const SnArray *x = call->in[0], *weight = call->in[1], *bias = call->in[2], *y = call->out[0];
  int64_t channels = x->shape[1], positions = x->shape[2];
  for (int64_t n = 0; n < x->shape[0]; n++)
    for (int64_t s = 0; s < positions; s++) {
      int64_t first = n * channels * positions + s;
      Statistics own = statistics(x, first, channels, positions, call->attributes.layer_norm.eps);
      for (int64_t c = 0; c < channels; c++) {
        double value = (sn_get(x, first + c * positions) - own.mean) * own.inverse_std;
        sn_set(y, first + c * positions, value * (weight ? sn_get(weight, c) : 1) + (bias ? sn_get(bias, c) : 0));
      }
    }
  return true;
}

/* With h = w dy and xn = (x - m) r: dx = r (h - mean h - xn mean (h xn)), means over the row. */
static void backward_row(const SnCall *call, int64_t r) {
  const SnArray *dy = call->in[0], *x = call->in[1], *weight = call->in[2], *dx = call->out[0];
  int64_t columns = x->shape[1], first = r * columns;
  Statistics own = statistics(x, first, columns, 1, call->attributes.layer_norm.eps);
  double sum = 0, product = 0;
  for (int64_t c = 0; c < columns; c++) {
    double h = sn_get(dy, first + c) * (weight ? sn_get(weight, c) : 1);
    sum += h;
    product += h * (sn_get(x, first + c) - own.mean) * own.inverse_std;
  }
  for (int64_t c = 0; c < columns; c++) {
    double h = sn_get(dy, first + c) * (weight ? sn_get(weight, c) : 1);
    double xn = (sn_get(x, first + c) - own.mean) * own.inverse_std;
    sn_set(dx, first + c, own.inverse_std * (h - sum / (double)columns - xn * product / (double)columns));
  }
}

/* dw = sum dy xn and db = sum dy over all rows */
bool sn_reference_layer_norm_backward(const SnCall *call) {
  const SnArray *dy = call->in[0], *x = call->in[1], *dweight = call->out[1], *dbias = call->out[2];
  int64_t rows = x->shape[0], columns = x->shape[1];
  for (int64_t r = 0; r < rows; r++) backward_row(call, r);
  for (int64_t c = 0; c < columns; c++) {
    double sum = 0, product = 0;
    for (int64_t r = 0; r < rows; r++) {
      Statistics own = statistics(x, r * columns, columns, 1, call->attributes.layer_norm.eps);
      sum += sn_get(dy, r * columns + c);
      product += sn_get(dy, r * columns + c) * (sn_get(x, r * columns + c) - own.mean) * own.inverse_std;
    }
    sn_set(dweight, c, product);
    sn_set(dbias, c, sum);
  }
  return true;
}
